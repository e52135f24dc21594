"""Label stock of a site's own size, and texts that a label may do without. Source: 4.5.5; 4.7.5 b."""

import pytest

from labels import typeface
from labels.arrangement import OPTIONAL
from labels.content import KINDS
from labels.drawing import GlyphRun
from labels.layout import lay_out, sizes, usual_template
from labels.proof import can_be_drawn, find_faults, label_sizes, proof
from labels.rendering import render, size_mm, sizes_of
from tests.labels.reading import LANGUAGE_PAIRS, STATUSES, from_pdf, from_png, from_zpl, read_zxing, status_sample
from tests.labels.test_layout import texts

OWN = ("60x40", "50x40", "80x60", "100x70", "110x50", "100x150", "210x210")
NEVER_HIDDEN = (
    "item_no",
    "batch_no",
    "quantity_unit",
    "expiry_date",
    "reinspect_on",
    "terms",
    "number",
    "qr",
    "code128",
)


@pytest.mark.parametrize("kind", ["status", "batch"])
@pytest.mark.parametrize("size", OWN)
def test_given_stock_of_another_size_when_laid_out_by_itself_then_nothing_is_cut_and_every_code_reads(kind, size):
    """4.5.5: the layout a manager starts from may be kept at once"""
    assert find_faults(kind, size, {}) == []
    own = {(kind, size): {}}
    label = proof(kind, "zh_Hans")
    wide, high = (int(side) for side in size.split("x"))
    assert size_mm(label, size=size, layouts=own) == (wide, high)
    assert size in sizes_of(label, own)
    assert size not in sizes_of(label)
    for form, read in (("png", from_png), ("pdf", from_pdf), ("zpl", from_zpl)):
        picture = read(render(kind, label, form=form, mode="mono", size=size, layouts=own))
        assert picture.size == (wide * 8, high * 8)
        assert len(read_zxing(picture)) == len(usual_template(kind, size)["code"])


@pytest.mark.parametrize("size", OWN)
@pytest.mark.parametrize("languages", LANGUAGE_PAIRS)
@pytest.mark.parametrize("status", STATUSES)
def test_given_stock_of_another_size_when_a_status_is_drawn_then_its_words_stay_in_the_band(status, languages, size):
    """4.5.5"""
    drawing = lay_out(status_sample(status, languages), size=size, layouts={("status", size): {}})
    x, y, wide, high = drawing.band_box
    for run in (shape for shape in drawing.band if isinstance(shape, GlyphRun)):
        assert x <= run.x <= run.x + typeface.width(run.text, bold=run.bold) * run.size <= x + wide
        assert y <= run.baseline - 0.74 * run.size <= run.baseline + 0.22 * run.size <= y + high


@pytest.mark.parametrize("size", ["40x20", "49x30", "60", "060x40", "60x40x1", "300x60", "", "x"])
def test_given_a_size_in_which_no_layout_lies_when_asked_then_none(size):
    """4.5.5: smaller stock would need fields chosen for it"""
    assert not can_be_drawn("status", size)
    with pytest.raises(ValueError, match=r"no (layout|size)"):
        lay_out(status_sample(), size=size or "40x20", layouts={("status", size or "40x20"): {}})


def test_given_no_layout_of_a_size_when_drawn_then_none_is_made_up():
    """4.5.5: stock of another size is there once its layout is kept"""
    with pytest.raises(ValueError, match="no size '60x40'"):
        lay_out(status_sample(), size="60x40")
    assert label_sizes("status", {("status", "60x40"): {}, ("batch", "80x60"): {}}) == (*sizes("status"), "60x40")


def test_given_a_text_that_is_hidden_or_shown_when_drawn_then_only_that_changes():
    """4.5.5: the smallest label has no name until somebody shows it"""
    label = status_sample(languages=("en", "zh_Hans"))
    large = texts(lay_out(label, layouts={("status", "100x50"): {"origin": {"shown": 0.0}}}))
    assert set(texts(lay_out(label))) - set(large) == {"Supplier Hangzhou Motor Works"}
    shown = {"name": {"shown": 1.0, "x_mm": 1.4, "y_mm": 18.7, "width_mm": 33.0, "height_mm": 2.2}}
    away = {"brief_terms": {"y_mm": 20.9, "height_mm": 2.2}}
    assert find_faults("status", "50x30", shown | away) == []
    small = texts(lay_out(label, size="50x30", layouts={("status", "50x30"): shown | away}))
    assert set(small) - set(texts(lay_out(label, size="50x30"))) == {"Electric fan motor, 220 V 50 Hz,…"}
    assert {fault.reason for fault in find_faults("status", "50x30", {"name": {"shown": 1.0}})} == {"over-another"}


def test_given_a_hidden_text_when_something_takes_its_place_then_that_is_no_fault():
    """4.5.5"""
    wider = {"batch_no": {"width_mm": 65.0}}
    assert find_faults("status", "100x50", wider)
    hidden = {"first_received_on": {"shown": 0.0}}
    assert find_faults("status", "100x50", wider | hidden) == []


@pytest.mark.parametrize("element", NEVER_HIDDEN)
def test_given_what_the_clauses_ask_for_when_it_is_to_be_hidden_then_an_error(element):
    """4.5.5, 4.7.5 b: status, numbers, both dates, terms and codes stay"""
    with pytest.raises(ValueError, match=element):
        find_faults("status", "100x50", {element: {"shown": 0.0}})


def test_given_every_kind_when_its_optional_texts_are_listed_then_none_of_them_says_a_number_a_date_due_or_a_status():
    """4.5.5, 4.7.5 b"""
    must = {
        "item_no",
        "batch_no",
        "expiry_date",
        "reinspect_on",
        "label_no",
        "number",
        "ncr_no",
        "fault",
        "disposition",
    }
    assert not OPTIONAL & (must | {"quantity_unit", "terms", "brief_terms", "bin_code", "code", "person", "copy"})
    for kind in KINDS:
        for size in sizes(kind):
            marked = {text.get("field") for text in usual_template(kind, size)["text"] if "shown" in text}
            assert marked <= OPTIONAL
