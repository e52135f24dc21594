"""Layouts of a site: only positions change, and a layout that cuts, overlaps or does not read back has faults."""

import pytest

from labels.arrangement import arranged, changed, elements
from labels.content import KINDS
from labels.drawing import Matrix
from labels.layout import lay_out, read_template, sizes, usual_template
from labels.proof import Fault, _of_samples, find_faults, places_of, proof
from labels.rendering import render
from tests.labels.reading import from_png, read_zxing, status_sample

EVERY = [(kind, size) for kind in KINDS for size in sizes(kind)]


@pytest.mark.parametrize(("kind", "size"), EVERY)
def test_given_a_layout_as_delivered_when_judged_then_it_has_no_fault_and_nothing_changed(kind, size):
    """4.5.5: what a manager starts from may be kept"""
    assert find_faults(kind, size, {}) == []
    places = places_of(kind, size, {})
    assert changed(usual_template(kind, size), places) == {}
    assert arranged(usual_template(kind, size), places) == usual_template(kind, size)
    as_kept = {(kind, size): {}}
    label = proof(kind, "en")
    assert lay_out(label, size=size, layouts=as_kept) == lay_out(label, size=size), "nothing hidden is drawn"


@pytest.mark.parametrize(
    ("places", "fault"),
    [
        ({"batch_no": {"x_mm": -1}}, Fault(element="batch_no", reason="off-the-label")),
        ({"number": {"y_mm": 48}}, Fault(element="number", reason="off-the-label")),
        ({"qr": {"x_mm": 86}}, Fault(element="qr", reason="off-the-label")),
        ({"quantity_unit": {"x_mm": 60}}, Fault(element="quantity_unit", reason="over-another", other="qr")),
        ({"item_no": {"y_mm": 9}}, Fault(element="item_no", reason="over-another", other="band")),
        ({"rule-1": {"y_mm": 15}}, Fault(element="item_no", reason="over-another", other="rule-1")),
        ({"batch_no": {"width_mm": 9}}, Fault(element="batch_no", reason="too-long")),
        ({"batch_no": {"size_pt": 5}}, Fault(element="batch_no", reason="too-small")),
        ({"batch_no": {"size_pt": 900}}, Fault(element="batch_no", reason="too-large")),
        ({"batch_no": {"width_mm": 0}}, Fault(element="batch_no", reason="too-small")),
        ({"qr": {"width_mm": 12}}, Fault(element="qr", reason="code-too-small")),
        ({"code128": {"height_mm": 4}}, Fault(element="code128", reason="code-too-small")),
    ],
)
def test_given_a_layout_that_cuts_or_overlaps_when_judged_then_the_element_is_named(places, fault):
    """4.5.5: refused before it is kept"""
    assert fault in find_faults("status", "100x50", places)


@pytest.mark.parametrize("places", [{"nothing": {"x_mm": 1}}, {"qr": {"size_pt": 9}}, {"label": {"width_mm": 40}}])
def test_given_what_the_kind_has_not_when_judged_then_an_error(places):
    """4.5.5: whitelisted elements and numbers only"""
    with pytest.raises(ValueError, match=next(iter(places))):
        find_faults("status", "100x50", places)


def test_given_a_code_under_a_black_rule_when_judged_then_it_does_not_read_back():
    """4.5.1: the whole drawn label is read, not the symbol alone"""
    kind, size = "status", "100x50"
    code = next(each for each in read_template(kind, size)["code"] if each["symbology"] == "qr")
    over = {"rule-1": {"x_mm": code["x_mm"], "y_mm": code["y_mm"], "width_mm": 14.0, "height_mm": 7.0}}
    faults = _of_samples(kind, size, over, [proof(kind, "en")])
    assert faults == [Fault(element="codes", reason="unreadable-code")]


def test_given_an_own_layout_when_drawn_then_things_stand_there_and_an_element_of_old_is_passed_over():
    """4.5.5: a label still comes out after an upgrade"""
    own = {("status", "100x50"): {"qr": {"x_mm": 83.0, "y_mm": 13.5}, "gone": {"x_mm": 1.0}}}
    usual, moved = lay_out(status_sample(), size="100x50"), lay_out(status_sample(), layouts=own)
    first, second = (next(shape for shape in each.items if isinstance(shape, Matrix)) for each in (usual, moved))
    assert (second.x - first.x, second.rows) == (-8, first.rows)
    picture = from_png(render("status", status_sample(), form="png", layouts=own))
    assert len(read_zxing(picture)) == 2
    assert lay_out(status_sample(), size="70x40", layouts=own) == lay_out(status_sample(), size="70x40")


def test_given_each_template_when_its_elements_are_named_then_each_name_is_there_once():
    """An element is changed by its name"""
    for kind, size in EVERY:
        template = read_template(kind, size)
        count = sum(len(template.get(key, [])) for key in ("text", "code", "rule"))
        count += sum(key in template for key in ("handling", "complete"))
        assert len(elements(template)) == count
