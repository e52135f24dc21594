"""Every kind of label in every size: whole, readable, and refused where it would say something wrong. Source: 4.5.5."""

from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest
import zxingcpp

from labels import gs1
from labels.content import KINDS, Concession, NcrTag, PackageLabel, Packed, RollCard, StatusLabel
from labels.drawing import GlyphRun, Matrix
from labels.kinds import PAPERS
from labels.layout import lay_out, sizes
from labels.numbers import is_label_no, make_label_no
from labels.pictograms import PICTOGRAMS
from labels.refused import LabelRefused, Reason
from labels.rendering import render, render_all
from labels.samples import sample
from labels.sheets import SHEETS
from tests.labels.reading import LANGUAGE_PAIRS, STATUSES, from_pdf, from_png, read_pyzbar, read_zxing
from tests.labels.test_layout import NASTY, box, texts

HEADS = {"pdf": b"%PDF-", "png": b"\x89PNG", "svg": b"<svg", "zpl": b"^XA"}
GTIN = "9506000134352"


def package(**changes) -> PackageLabel:
    label = sample("package")
    assert isinstance(label, PackageLabel)
    return replace(label, **changes)


def codes(drawing_png):
    """(identifier, bytes) of every code."""
    return {(code.symbology_identifier, bytes(code.bytes)) for code in zxingcpp.read_barcodes(from_png(drawing_png))}


@pytest.mark.parametrize("languages", LANGUAGE_PAIRS)
@pytest.mark.parametrize("kind", sorted(PAPERS))
def test_given_each_kind_when_drawn_in_each_language_then_all_four_forms_come(kind, languages):
    """4.5.5, 4.7.3, 4.7.4"""
    for form, head in HEADS.items():
        assert render(kind, sample(kind, languages=languages), form=form, dpi=203).startswith(head)


@pytest.mark.parametrize("languages", LANGUAGE_PAIRS)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_given_each_size_when_laid_out_then_nothing_is_cut_and_nothing_overlaps(kind, languages):
    """4.5.5"""
    for size in sizes(kind):
        for status in STATUSES if kind == "status" else ("qualified",):
            drawing = lay_out(sample(kind, status=status, languages=languages), size=size)
            boxes = [box(shape) for shape in drawing.shapes if isinstance(shape, GlyphRun | Matrix)]
            for left, top, right, bottom in boxes:
                assert min(left, top) >= 0
                assert right <= drawing.width
                assert bottom <= drawing.height
            for one, other in combinations(boxes, 2):
                across = min(one[2], other[2]) - max(one[0], other[0])
                down = min(one[3], other[3]) - max(one[1], other[1])
                assert across < 0.5 or down < 0.5, (size, one, other)


def test_given_the_sizes_when_asked_for_then_status_and_batch_come_in_four():
    """4.5.5"""
    for kind in ("status", "batch"):
        assert set(sizes(kind)) == {"100x50", "70x40", "50x30", "70x37"}
        for size in sizes(kind):
            wide, high = (int(side) for side in size.split("x"))
            assert (lay_out(sample(kind), size=size).width, lay_out(sample(kind), size=size).height) == (
                8 * wide,
                8 * high,
            )
    with pytest.raises(ValueError, match="no size '60x30'"):
        lay_out(sample("status"), size="60x30")


@pytest.mark.parametrize("size", ["100x50", "70x40", "50x30", "70x37"])
def test_given_a_small_label_when_read_then_both_readers_give_its_number_and_the_dates_stand_on_it(size):
    """4.7.5 b"""
    label = sample("status", status="nonconforming")
    picture = from_png(render("status", label, form="png", mode="mono", size=size))
    assert ("]Q", label.label_no) in read_zxing(picture)
    assert ("]Q", label.label_no) in read_pyzbar(picture)
    said = "\n".join(texts(lay_out(label, size=size)))
    assert "conforming" in said
    for fact in ("不合格", "2028-02-27", "2026-09-05", "NC-2026-0031", label.batch_no, label.item_no):
        assert fact in said


@pytest.mark.parametrize("kind", sorted(PAPERS.keys() - {"card"}))
def test_given_a_number_of_the_widest_letters_when_drawn_in_any_size_then_it_stands_there_whole(kind):
    """4.5.1: a number is never shortened, so every box must hold every number"""
    widest = next(f"LWWWWWWWM{last}" for last in "0123456789ABCDEFGHJKMNPQRSTVWXYZ" if is_label_no(f"LWWWWWWWM{last}"))
    paper = replace(sample(kind), label_no=widest)
    for size in sizes(kind) if kind in KINDS else ("",):
        assert render(kind, paper, form="zpl", size=size)


def test_given_an_sscc_when_the_package_is_drawn_then_its_code_is_gs1_and_reads_back():
    """R-D5"""
    label = package()
    data = render("package", label, form="png")
    assert codes(data) == {("]C1", b"00" + label.sscc.encode())}
    said = "".join(texts(lay_out(label)))
    for fact in ("1/2", label.customer, "(00) 395012340000000016", "20260305-018", "SO-2026-0412"):
        assert fact in said


def test_given_no_sscc_when_the_package_is_drawn_then_its_code_is_its_own_number():
    """R-D5"""
    label = package(sscc="")
    assert codes(render("package", label, form="png")) == {("]C0", label.label_no.encode())}


def test_given_serials_when_ssccs_are_built_then_check_digits_hold_and_every_other_digit_is_refused():
    """R-D5"""
    assert gs1.make_sscc("9501234", 1, extension=3) == "395012340000000016"
    assert gs1.check_digit("03456789000001234") == "0"
    built = {gs1.make_sscc("9501234", serial) for serial in range(500)}
    assert len(built) == 500
    for sscc in built:
        assert gs1.check_sscc(sscc) == sscc
    right = "395012340000000016"
    for place in range(18):
        for digit in set("0123456789") - {right[place]}:
            with pytest.raises(LabelRefused, match="sscc"):
                package(sscc=right[:place] + digit + right[place + 1 :])
    for prefix, serial in (("12", 1), ("9501234", 10**9), ("9501234", -1), ("95O1234", 1)):
        with pytest.raises(ValueError, match=r"prefix|serial"):
            gs1.make_sscc(prefix, serial)


def test_given_handling_marks_when_drawn_then_each_is_a_sign_of_its_own_and_unknown_ones_are_refused():
    """4.7.3"""
    outlines = {name: tuple(map(tuple, made())) for name, made in PICTOGRAMS.items()}
    assert len(set(outlines.values())) == len(outlines) >= 4
    for points in (point for made in PICTOGRAMS.values() for outline in made() for point in outline):
        assert min(points) > 0.05
        assert max(points) < 0.95
    assert "12" in texts(lay_out(package(stacking=12)))
    for changes, field in (
        ({"marks": ("explosive",)}, "marks"),
        ({"stacking": 100}, "stacking"),
        ({"contents": ()}, "contents"),
    ):
        with pytest.raises(LabelRefused, match=field):
            package(**changes)
    many = tuple(Packed(item_no="A", batch_no=str(number), quantity="1", unit="pcs") for number in range(7))
    with pytest.raises(LabelRefused, match="contents: too-long"):
        package(contents=many)


def test_given_goods_with_a_gtin_when_drawn_then_the_code_is_full_gs1_with_the_papers_number():
    """4.5.1"""
    label = replace(sample("status"), gtin=GTIN)
    wanted = b"0109506000134352112602271728022710" + b"20260305-017\x1d21" + label.label_no.encode()
    for size in sizes("status"):
        assert ("]Q3", wanted) in codes(render("status", label, form="png", mode="mono", size=size))


@pytest.mark.parametrize("batch_no", ["批号7", "A" * 21, "A B", "A^B"])
def test_given_a_batch_number_gs1_does_not_allow_when_drawn_then_the_compact_code_is_taken_whole(batch_no):
    """4.5.1"""
    label = replace(sample("status"), gtin=GTIN, batch_no=batch_no)
    found = codes(render("status", label, form="png", mode="mono"))
    assert {text for _, text in found} == {label.label_no.encode()}


@pytest.mark.parametrize("gtin", ["9506000134353", "95060001", "95060001343521", "950600013435X", "1"])
def test_given_a_wrong_gtin_digit_when_made_then_refused_before_paper(gtin):
    """4.5.1"""
    with pytest.raises(LabelRefused) as refused:
        replace(sample("batch"), gtin=gtin)
    assert (refused.value.field, refused.value.reason) == ("gtin", Reason.INVALID)


def test_given_a_tag_of_good_goods_or_a_roll_of_no_colour_when_made_then_refused():
    """4.5.5"""
    tag, roll = sample("ncr"), sample("roll")
    assert isinstance(tag, NcrTag)
    assert isinstance(roll, RollCard)
    for status in ("qualified", "pending", "good"):
        with pytest.raises(LabelRefused, match="status"):
            replace(tag, status=status)
    with pytest.raises(LabelRefused, match="colour"):
        replace(roll, colour="green")
    for colour, word in (("white", "白色"), ("blue", "藍色"), ("yellow", "黃色"), ("red", "紅色")):
        said = "".join(texts(lay_out(replace(roll, colour=colour))))
        assert word in said
        assert colour.capitalize() in said


@pytest.mark.parametrize("name", [*NASTY, "名" * 240, "word " * 48, "A😀", "a\u202eb", "x\x1b[2J"])
@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"location", "roll"}))
def test_given_any_name_when_drawn_then_one_whole_label_or_a_named_refusal(kind, name):
    """4.5.1"""
    changes = {"customer": name} if kind == "package" else {"name": name, "batch_no": name}
    label = replace(sample(kind), **changes)
    for form in ("pdf", "zpl"):
        data, refused = drawn_or_refused(kind, label, form)
        if refused is not None:
            assert refused.field in changes
            assert refused.reason is not Reason.INVALID
        elif form == "zpl":
            text = data.decode("ascii")
            assert (text.count("^XA"), text.count("^XZ"), "~" in text) == (1, 1, False)
        else:
            number = label.sscc if isinstance(label, PackageLabel) else label.label_no
            assert any(number in text for _, text in read_zxing(from_pdf(data, dpi=300)))


def drawn_or_refused(kind, label, form):
    try:
        return render(kind, label, form=form), None
    except LabelRefused as refused:
        return b"", refused


def test_given_a_sheet_that_was_begun_when_labels_are_laid_on_it_then_used_places_are_skipped():
    """4.5.5"""
    labels = [replace(sample("status"), label_no=make_label_no()) for _ in range(24)]
    pages = render_all(labels, form="pdf", sheet="3x8", used=[1, 2, 5], mode="mono")
    first = from_pdf(pages, dpi=203.2)
    assert first.size == (1680, 2376)
    found = {code.text: (code.position.top_left.x, code.position.top_left.y) for code in zxingcpp.read_barcodes(first)}
    assert set(found) == {label.label_no for label in labels[:21]}
    x, y = found[labels[0].label_no]
    assert (int(x / 560), int(y / 297)) == (2, 0)
    assert first.crop((0, 0, 1120, 290)).convert("L").getextrema() == (255, 255)
    assert pages.count(b"/Type /Page\n") == 2 or pages.count(b"/Type /Page ") == 2


@pytest.mark.parametrize(("name", "places"), [("3x8", 24), ("2x7", 14)])
def test_given_a_full_sheet_when_drawn_then_every_label_lies_on_the_paper_and_reads(name, places):
    """4.5.5"""
    labels = [replace(sample("batch"), label_no=make_label_no()) for _ in range(places)]
    picture = from_png(render_all(labels, form="png", sheet=name, mode="mono"))
    assert {code.text for code in zxingcpp.read_barcodes(picture)} == {label.label_no for label in labels}
    assert SHEETS[name].places == places
    for wrong in ([0], [places + 1], range(1, places + 1)):
        with pytest.raises(ValueError, match="used places"):
            render_all(labels, form="pdf", sheet=name, used=wrong)
    with pytest.raises(ValueError, match="sheet"):
        render_all(labels, form="pdf", sheet="9x9")
    with pytest.raises(ValueError, match="no label"):
        render_all([sample("pick_list")], form="pdf", sheet=name)


def test_given_labels_under_a_concession_when_drawn_small_then_its_number_and_end_stand_on_them():
    """R-D7, 4.5.4"""
    label = sample("status")
    assert isinstance(label, StatusLabel)
    terms = replace(label, concession=Concession(no="CN-2026-0007", until=date(2026, 12, 31)))
    for size in sizes("status"):
        said = "\n".join(texts(lay_out(terms, size=size)))
        assert "CN-2026-0007" in said
        assert "2026-12-31" in said
