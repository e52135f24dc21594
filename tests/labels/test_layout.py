"""What stands on a label, and what is refused because it cannot stand there whole. Source: 4.5.5, 4.7.5 b."""

from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest

from labels import typeface
from labels.band import Mode
from labels.content import KINDS, Concession
from labels.drawing import GlyphRun, Matrix, Polygon, Rect
from labels.fitting import Box, Fit, fit_text
from labels.layout import lay_out, read_template, sizes
from labels.marks import STATUS_MARKS, words
from labels.refused import LabelRefused, Reason
from labels.rendering import render
from labels.samples import sample
from tests.labels.reading import LANGUAGE_PAIRS, STATUSES, status_sample

NASTY = ("X^FS^XZ~JA", "a\\b_c>d", "<script>alert(1)</script>", "100 % & \"'", "`${7*7}` {{7*7}}", "電風扇馬達 Ø12 µ")


def texts(drawing):
    """Runs of one line joined again: what a person reads."""
    lines = {}
    for run in (shape for shape in drawing.shapes if isinstance(shape, GlyphRun)):
        lines.setdefault(round(run.baseline, 2), []).append(run)
    return ["".join(run.text for run in sorted(line, key=lambda run: run.x)) for line in lines.values()]


def refusal(label):
    with pytest.raises(LabelRefused) as refused:
        lay_out(label)
    return refused.value


@pytest.mark.parametrize(
    ("status", "colour", "letter", "said"),
    [
        ("pending", "#FFFFFF", "P", ("Pending", "待检", "待檢")),
        ("awaiting", "#FFFFFF", "P", ("Awaiting", "已检待判", "已檢待判")),
        ("qualified", "#90CAF9", "Q", ("Qualified", "合格", "合格")),
        ("nonconforming", "#FFD54F", "N", ("conforming", "不合格", "不合格")),
        ("scrap", "#FF8A80", "S", ("Scrap", "报废", "報廢")),
    ],
)
def test_given_a_status_when_drawn_then_colour_letter_and_both_words_are_in_the_band(status, colour, letter, said):
    """4.5.5"""
    order = ("en", "zh_Hans", "zh_Hant")
    for languages in LANGUAGE_PAIRS:
        drawing = lay_out(status_sample(status, languages))
        ground = drawing.band[0]
        assert isinstance(ground, Rect)
        assert (ground.ink, ground.width, ground.height) == (colour, drawing.width, drawing.band_box[3])
        first, *others = [run.text for run in drawing.band if isinstance(run, GlyphRun)]
        assert first == letter
        assert set(others) >= {said[order.index(language)] for language in languages}


@pytest.mark.parametrize("size", sizes("status"))
@pytest.mark.parametrize("languages", LANGUAGE_PAIRS)
@pytest.mark.parametrize("status", STATUSES)
def test_given_a_status_when_drawn_then_each_word_is_a_fifth_of_the_height_and_stays_in_the_band(
    status, languages, size
):
    """4.5.5: in one line, or two lines together; icon and letter yield to them"""
    drawing = lay_out(status_sample(status, languages), size=size)
    letter, *said = [run for run in drawing.band if isinstance(run, GlyphRun)]
    wanted = words(status, languages)
    assert "".join(run.text for run in said).replace("-", "") == "".join(wanted).replace(" ", "")
    for word in wanted:
        lines = [run for run in said if run.text.rstrip("-") in word]
        assert lines[-1].baseline - lines[0].baseline + lines[0].size >= drawing.height / 5
    x, y, wide, high = drawing.band_box
    end = letter.x
    for run in (letter, *said):
        deep = 0.22 if set(run.text) & set("gjpqyQ") else 0.1
        assert y + 2 < run.baseline - 0.74 * run.size < run.baseline + deep * run.size < y + high - 2
        assert run.x + typeface.width(run.text, bold=True) * run.size < x + wide * 0.985
        if run.x > end:
            assert run.x >= end + 0.2 * letter.size
        end = max(end, run.x + typeface.width(run.text, bold=True) * run.size)


def test_given_names_that_do_not_fit_when_drawn_then_the_day_beside_them_stands_whole():
    """4.5.5: a name may be shortened, a date not"""
    label = replace(status_sample("qualified", ("en", "zh_Hans")), inspector="Konstantin Alexandropoulos-Papadiamantis")
    found = next(text for text in texts(lay_out(label)) if "Konst" in text)
    assert found.startswith("2026-03-06 · Inspector Konst")
    assert found.endswith("…")
    cut = replace(label, inspector="A · " * 40)
    assert not any(" …" in text or "·…" in text for text in texts(lay_out(cut)))


def test_given_the_four_marks_when_compared_then_letter_icon_band_and_colour_all_differ():
    """4.5.5: colour is never the only sign"""
    marks = {mark.name: mark for mark in STATUS_MARKS.values()}
    assert len(marks) == 4
    for one, other in combinations(marks.values(), 2):
        for sign in ("colour", "letter", "icon", "band"):
            assert getattr(one, sign) != getattr(other, sign)
        one_band, other_band = (
            [
                shape
                for shape in lay_out(status_sample(status), mode=Mode.STOCK).band
                if isinstance(shape, Polygon | Rect)
            ]
            for status in (next(s for s, m in STATUS_MARKS.items() if m is mark) for mark in (one, other))
        )
        assert one_band != other_band


def luminance(colour):
    """Relative luminance of WCAG 2, 0 to 1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("status", STATUSES)
def test_given_a_mark_when_black_is_printed_on_it_then_contrast_is_seven_and_red_light_sees_bars(status):
    """4.5.5"""
    colour = STATUS_MARKS[status].colour
    assert (luminance(colour) + 0.05) / 0.05 >= 7
    assert int(colour[1:3], 16) / 255 >= 0.55


def test_given_mono_when_drawn_then_only_black_and_white_and_the_white_mark_is_not_reversed():
    """4.5.5"""
    for status in STATUSES:
        drawing = lay_out(status_sample(status), mode=Mode.MONO)
        assert {shape.ink for shape in drawing.shapes if not isinstance(shape, Matrix)} <= {"#000000", "#FFFFFF"}
        assert (drawing.band[0].ink == "#000000") == (status not in ("pending", "awaiting"))


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("languages", LANGUAGE_PAIRS)
def test_given_every_sample_when_laid_out_then_nothing_is_cut_and_nothing_overlaps(languages, dpi):
    """4.5.5"""
    labels = [status_sample(status, languages) for status in STATUSES]
    labels += [sample(kind, languages=languages) for kind in KINDS]
    labels.append(
        replace(labels[2], concession=Concession(no="CN-2026-0007", customer="客" * 60, until=date(2026, 12, 31)))
    )
    for label in labels:
        drawing = lay_out(label, dpi=dpi)
        boxes = [box(shape) for shape in drawing.items if isinstance(shape, GlyphRun | Matrix)]
        boxes += [box(shape) for shape in drawing.band if isinstance(shape, GlyphRun)]
        for left, top, right, bottom in boxes:
            assert left >= 0
            assert top >= 0
            assert right <= drawing.width
            assert bottom <= drawing.height
        for one, other in combinations(boxes, 2):
            across = min(one[2], other[2]) - max(one[0], other[0])
            down = min(one[3], other[3]) - max(one[1], other[1])
            assert across < 0.5 or down < 0.5


def box(shape):
    """Left, top, right, bottom of a symbol with its quiet zone, or of the capitals of a line."""
    if isinstance(shape, Matrix):
        quiet = (10 if len(shape.rows) == 1 else 4) * shape.module
        above = 0 if len(shape.rows) == 1 else quiet
        wide, high = len(shape.rows[0]) * shape.module, len(shape.rows) * shape.row_height
        return shape.x - quiet, shape.y - above, shape.x + wide + quiet, shape.y + high + above
    wide = typeface.width(shape.text.rstrip(), bold=shape.bold) * shape.size
    return shape.x, shape.baseline - 0.74 * shape.size, shape.x + wide, shape.baseline + 0.05 * shape.size


def test_given_a_status_label_when_drawn_then_every_fact_stands_on_it():
    """4.5.5, 4.7.5 b"""
    label = replace(status_sample("nonconforming", ("en", "zh_Hans")), traveller="T-9", supplier="Sun", copy="1/5")
    said = "\n".join(texts(lay_out(label)))
    for fact in (
        "EF-2210-S01",
        "480 pcs",
        "Electric fan motor",
        "20260305-017",
        "2026-03-05",
        "2026-02-27",
        "2028-02-27",
        "2026-09-05",
        "FG-A-03-2",
        "NCR NC-2026-0031 · rework",
        "2026-03-06 · Inspector Chen Y.",
        "Supplier Sun · Traveller T-9",
        "Printed 2026-03-05 14:20",
        "L7K2M9QX3F   1/5",
    ):
        assert fact in said


def test_given_the_storage_dates_when_drawn_then_they_are_the_largest_text_below_the_band():
    """4.7.5 b: a visible expiry label"""
    drawing = lay_out(status_sample())
    sizes = {run.text: run.size for run in drawing.items if isinstance(run, GlyphRun)}
    largest = max(sizes.values())
    assert sizes["2028-02-27"] == sizes["2026-09-05"] == pytest.approx(largest, rel=0.02)


def test_given_a_name_of_240_characters_when_drawn_then_shortened_and_the_numbers_are_whole():
    """4.5.1"""
    drawing = lay_out(replace(status_sample(), name="Wicklung " * 26 + "Ende12"))
    said = texts(drawing)
    assert any(line.endswith("…") for line in said)
    assert "EF-2210-S01" in "".join(said)


@pytest.mark.parametrize("field", ["item_no", "batch_no", "bin_code"])
def test_given_a_number_that_does_not_fit_when_drawn_then_refused_and_never_shortened(field):
    """4.5.1"""
    fits = lay_out(replace(status_sample(), **{field: "8" * 20}))
    assert any("8" * 20 in line for line in texts(fits))
    refused = refusal(replace(status_sample(), **{field: "8" * 60}))
    assert (refused.field, refused.reason) == (field, Reason.TOO_LONG)


def test_given_concession_terms_that_do_not_fit_when_drawn_then_refused():
    """4.5.4"""
    refused = refusal(replace(status_sample(), concession=Concession(no="CN-" + "7" * 80)))
    assert (refused.field, refused.reason) == ("terms", Reason.TOO_LONG)


def test_given_a_code_that_no_allowed_module_fits_when_drawn_then_refused():
    """4.5.1"""
    refused = refusal(replace(status_sample(), code="批" * 60))
    assert (refused.field, refused.reason) == ("code", Reason.TOO_LONG)


@pytest.mark.parametrize("character", ["😀", "⌀", "م", "한"])
@pytest.mark.parametrize("field", ["name", "batch_no", "supplier"])
def test_given_a_character_no_font_has_when_drawn_then_refused_by_name(field, character):
    """4.5.5: never a box"""
    refused = refusal(replace(status_sample(), **{field: f"A{character}"}))
    assert (refused.field, refused.reason, refused.character) == (field, Reason.MISSING_GLYPH, character)
    assert f"U+{ord(character):04X}" in str(refused)


def test_given_a_text_fitted_by_itself_when_no_font_has_it_then_refused_as_well():
    """4.5.5"""
    box = Box(x=0, y=0, width=400, height=40, size=30, bold=True)
    with pytest.raises(LabelRefused, match="note: missing-glyph"):
        fit_text("note", "A😀", box, Fit.KEEP, dots_per_mm=8, ink="#000000")


@pytest.mark.parametrize("character", ["\u202e", "\u200f", "\u200b", "\n", "\x00", "\x1d", "\u2028", "\ufeff"])
def test_given_a_control_or_direction_character_when_drawn_then_refused(character):
    """4.5.1"""
    refused = refusal(replace(status_sample(), name=f"fan{character}motor"))
    assert (refused.field, refused.reason, refused.character) == ("name", Reason.CONTROL_CHARACTER, character)


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("field", ["name", "batch_no", "supplier"])
def test_given_a_text_with_signs_of_other_languages_when_drawn_then_it_is_only_text(field, name):
    """4.5.1"""
    label = replace(status_sample(), **{field: name})
    assert name in "\n".join(texts(lay_out(label)))
    for form in ("pdf", "png", "svg", "zpl"):
        assert render("status", label, form=form)


def test_given_every_template_when_its_boxes_are_compared_then_each_has_room_for_six_points():
    """4.5.5"""
    for kind in KINDS:
        template = read_template(kind)
        assert template["label"]["kind"] == kind
        for text in template["text"]:
            caption = 2.3 if "caption" in text else 0
            assert text["height_mm"] - caption >= 6 * 25.4 / 72
            assert text["x_mm"] + text["width_mm"] <= template["label"]["width_mm"]
            assert text["y_mm"] + text["height_mm"] <= template["label"]["height_mm"]


@pytest.mark.parametrize(("dpi", "modules"), [(203, [4, 3]), (300, [6, 4]), (600, [12, 8])])
def test_given_a_resolution_when_laid_out_then_modules_are_whole_dots(dpi, modules):
    """4.5.1"""
    drawing = lay_out(status_sample(), dpi=dpi)
    symbols = [shape for shape in drawing.items if isinstance(shape, Matrix)]
    assert [symbol.module for symbol in symbols] == modules
    assert symbols[1].row_height / drawing.dots_per_mm >= 9.98
