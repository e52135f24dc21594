"""The papers that go with the goods. Source: 4.7.4, 4.7.5; R-C1, R-D7."""

from dataclasses import fields, replace
from datetime import date
from itertools import combinations

import pypdfium2
import pytest

from labels.documents import DOCUMENTS, CountLine, CountSheet, DeliveryNote, PickList
from labels.drawing import GlyphRun, Matrix
from labels.layout import read_template
from labels.page import lay_out_document
from labels.refused import LabelRefused, Reason
from labels.rendering import render
from labels.samples import sample
from tests.labels.reading import LANGUAGE_PAIRS, from_pdf, read_pyzbar, read_zxing
from tests.labels.test_layout import box, texts


def pdf_text(data):
    with pypdfium2.PdfDocument(data) as document:
        return [page.get_textpage().get_text_range() for page in document], document.get_metadata_dict()


def long_count_sheet(count) -> CountSheet:
    sheet = sample("count_sheet")
    assert isinstance(sheet, CountSheet)
    return replace(sheet, lines=tuple(replace(sheet.lines[0], bin_code=f"FG-{at:04d}") for at in range(count)))


@pytest.mark.parametrize("languages", LANGUAGE_PAIRS)
@pytest.mark.parametrize("kind", sorted(DOCUMENTS))
def test_given_a_document_when_drawn_then_nothing_is_cut_nothing_overlaps_and_its_code_reads(kind, languages):
    """4.7.4"""
    document = sample(kind, languages=languages)
    for page in lay_out_document(document):
        boxes = [box(shape) for shape in page.items if isinstance(shape, GlyphRun | Matrix)]
        for left, top, right, bottom in boxes:
            assert min(left, top) >= 0
            assert right <= page.width
            assert bottom <= page.height
        for one, other in combinations(boxes, 2):
            across = min(one[2], other[2]) - max(one[0], other[0])
            down = min(one[3], other[3]) - max(one[1], other[1])
            assert across < 0.5 or down < 0.5, (one, other)
    picture = from_pdf(render(kind, document, form="pdf"), dpi=150)
    assert read_zxing(picture) == {("]Q", document.label_no)}
    assert read_pyzbar(picture) == {("]Q", document.label_no)}


@pytest.mark.parametrize("kind", sorted(set(DOCUMENTS) - {"receipt_check"}))  # it names no batch yet
def test_given_long_numbers_when_a_document_is_drawn_then_they_go_on_below_whole_and_no_digit_of_a_quantity_is_parted(
    kind,
):
    """4.5.1: one long batch number must not keep a whole delivery from its papers"""
    document = sample(kind, languages=("en", "zh_Hans"))
    batch_no, most = "BATCH-" + "0123456789" * 4, {"quantity": "12345678.125"}
    known = {field.name for field in fields(document.lines[0])}
    line = replace(document.lines[0], batch_no=batch_no, **{name: most[name] for name in most if name in known})
    (page,) = lay_out_document(replace(document, lines=(line,)))
    runs = [shape for shape in page.items if isinstance(shape, GlyphRun)]
    lying = {run.text for run in runs}
    first = next(run for run in runs if run.text and run.text != "BATCH-" and batch_no.startswith(run.text))
    below = [run for run in runs if run.x == first.x and run.text in batch_no and run.baseline >= first.baseline]
    assert "".join(run.text for run in sorted(below, key=lambda run: run.baseline)) == batch_no
    assert "quantity" not in known or {"12345678.125", "pcs"} <= lying or "12345678.125 pcs" in lying


def test_given_a_quantity_wider_than_its_column_when_drawn_then_refused_and_not_broken():
    """4.5.1"""
    note = sample("delivery_note")
    line = replace(note.lines[0], quantity="1" * 24)
    with pytest.raises(LabelRefused) as refused:
        lay_out_document(replace(note, lines=(line,)))
    assert (refused.value.field, refused.value.reason) == ("quantity_unit", Reason.TOO_LONG)


def test_given_the_count_sheet_when_its_data_text_code_and_metadata_are_read_then_no_book_quantity_is_there():
    """R-C1"""
    names = {field.name for made in (CountSheet, CountLine) for field in fields(made)}
    assert not {name for name in names if "quantity" in name or "book" in name or "balance" in name}
    template = read_template("count_sheet")
    named = {each.get("field") for each in (*template["column"], *template["head"])}
    assert "quantity" not in named
    assert {"caption": "counted_quantity", "width_mm": 22} in template["column"]
    with pytest.raises(TypeError):
        CountLine(item_no="A", unit="pcs", bin_code="B", quantity="480")  # type: ignore[call-arg]
    pages, said = pdf_text(render("count_sheet", sample("count_sheet"), form="pdf"))
    assert "480" not in "".join(pages)
    assert said["Title"] == "C8H2Q5V1N9"


def test_given_many_lines_when_drawn_then_each_page_has_head_code_and_number_and_every_line_comes_once():
    """4.7.5 d"""
    sheet = long_count_sheet(100)
    drawn = render("count_sheet", sheet, form="pdf")
    pages, _ = pdf_text(drawn)
    assert len(pages) > 2
    lines = "".join(pages)
    for at in range(100):
        assert lines.count(f"FG-{at:04d}") == 1
    for number, page in enumerate(pages, start=1):
        assert f"{number} / {len(pages)}" in page
        assert "SC-2026-03-FG" in page
        assert ("盤點人" in page) == (number == len(pages))
    assert all(any(isinstance(shape, Matrix) for shape in page.items) for page in lay_out_document(sheet))
    with pytest.raises(ValueError, match="labels in one png"):
        render("count_sheet", sheet, form="png")


def test_given_no_lines_or_too_many_when_drawn_then_one_empty_page_or_refused():
    """4.7.5 d"""
    assert len(lay_out_document(long_count_sheet(0))) == 1
    with pytest.raises(LabelRefused, match="lines: too-long"):
        long_count_sheet(5001)


def test_given_lines_that_are_not_oldest_first_when_a_pick_list_is_made_then_refused():
    """4.7.5 b: the keeper takes them from the top"""
    pick = sample("pick_list")
    assert isinstance(pick, PickList)
    first, second = pick.lines
    with pytest.raises(LabelRefused) as refused:
        replace(pick, lines=(second, first))
    assert (refused.value.field, refused.value.reason) == ("lines", Reason.INVALID)
    assert replace(pick, lines=(replace(second, item_no="other"), first)).lines
    by_expiry = (replace(second, expiry_date=date(2026, 5, 1)), replace(first, expiry_date=date(2026, 6, 1)))
    assert replace(pick, policy="fefo", lines=by_expiry).lines == by_expiry
    with pytest.raises(LabelRefused, match="lines"):
        replace(pick, policy="fefo", lines=by_expiry[::-1])
    with pytest.raises(LabelRefused, match="policy"):
        replace(pick, policy="lifo")


def test_given_a_delivery_note_when_drawn_then_batch_quantity_status_or_concession_and_expiry_stand_on_it():
    """R-D7"""
    note = sample("delivery_note", languages=("en", "zh_Hans"))
    assert isinstance(note, DeliveryNote)
    said = "\n".join(texts(lay_out_document(note)[0]))
    for fact in ("20260305-017", "320 pcs", "Qualified", "2028-02-27", "20260311-004", "160 pcs", "CN-2026-0007"):
        assert fact in said
    none = replace(note, lines=(replace(note.lines[0], expiry_date=None),))
    assert "—" in "\n".join(texts(lay_out_document(none)[0]))
    with pytest.raises(LabelRefused, match="status"):
        replace(note.lines[0], status="blue")


@pytest.mark.parametrize("text", ["8" * 90, "A😀", "a\u202eb"])
def test_given_a_batch_number_that_cannot_stand_when_drawn_then_refused_and_never_shortened(text):
    """4.5.1"""
    note = sample("delivery_note")
    assert isinstance(note, DeliveryNote)
    with pytest.raises(LabelRefused, match="batch_no"):
        lay_out_document(replace(note, lines=(replace(note.lines[0], batch_no=text),)))


def test_given_names_of_240_characters_and_signs_of_other_languages_when_drawn_then_shortened_or_as_text():
    """4.5.1"""
    note = sample("delivery_note")
    assert isinstance(note, DeliveryNote)
    for name in ("名" * 240, "<script>alert(1)</script>", "X^FS^XZ~JA"):
        line = replace(note.lines[0], name=name)
        for form in ("pdf", "zpl"):
            data = render("delivery_note", replace(note, customer=name, lines=(line,)), form=form)
            assert form == "pdf" or (data.count(b"^XA"), data.count(b"^XZ"), data.count(b"~")) == (1, 1, 0)


@pytest.mark.parametrize("letter", ["W", "规", "檢"])
def test_given_the_longest_specification_and_standard_when_certified_then_they_stand_there_whole(letter):
    """4.7.4: as long as an item may have them, in one line of the certificate and in its head"""
    certificate = sample("conformity")
    spec, standard = letter * 50, letter * 36
    lines = tuple(replace(line, spec=f"{spec} · {standard}") for line in certificate.lines)
    for made in (replace(certificate, lines=lines, standard=""), replace(certificate, standard=standard)):
        drawn = "".join(texts(lay_out_document(made)[0]))
        assert drawn.count(letter * 10) >= 3


def test_given_a_certificate_without_specification_when_drawn_then_its_column_is_gone_and_the_names_have_its_width():
    """4.7.4: no empty rows on paper"""
    certificate = sample("conformity")
    bare = replace(certificate, standard="", lines=tuple(replace(line, spec="") for line in certificate.lines))
    (with_it,), (without,) = lay_out_document(certificate), lay_out_document(bare)
    captions = [each.text for each in without.items if isinstance(each, GlyphRun)]
    assert not {"规格型号", "Specification", "执行标准"} & set(captions)
    batch = [
        next(each.x for each in page.items if isinstance(each, GlyphRun) and each.text == certificate.lines[0].batch_no)
        for page in (with_it, without)
    ]
    assert batch[0] == pytest.approx(batch[1], abs=1), "the other columns stay where they were"
