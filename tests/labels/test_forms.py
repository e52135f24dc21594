"""The four forms and the fonts in them. Source: 4.5.5."""

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pypdfium2
import pytest
from PIL import Image, ImageFont

import labels
from labels import typeface
from labels.marks import LANGUAGES, names, word
from labels.rendering import render, render_all
from labels.samples import sample
from labels.zpl import escaped
from tests.labels.reading import STATUSES, SVG, from_zpl, status_sample

COMMANDS = {"XA", "XZ", "PW", "LL", "LH", "CI", "PQ", "FO", "FT", "FS", "GF", "GB", "A0", "FH", "FD"}
PACKAGE = Path(labels.__file__).parent


def fields(zpl):
    """The texts of the printer's own font, their escapes undone as a printer would."""
    found = re.findall(r"\^FH\\\^FD([^^~]*)\^FS", zpl)
    return [re.sub(rb"\\([0-9A-F]{2})", lambda hit: bytes([int(hit[1], 16)]), text.encode()).decode() for text in found]


@pytest.mark.parametrize("name", ["X^FS^XZ~JA", "a\\b_c>d", "<b>&amp;</b>", ">;>8\\1D", "100% `$`"])
def test_given_field_data_with_commands_when_written_as_zpl_then_no_command_comes_through(name):
    """4.5.1"""
    label = replace(status_sample(), name=name, batch_no=name)
    zpl = render("status", label, form="zpl").decode("ascii")
    assert set(re.findall(r"\^([A-Z][A-Z0-9])", zpl)) <= COMMANDS
    assert "~" not in zpl
    assert zpl.count("^XA") == zpl.count("^XZ") == 1
    assert fields(zpl).count(name) == 2


def test_given_any_text_when_escaped_then_only_plain_signs_remain():
    """4.5.1"""
    assert escaped("A-1 é^~\\_>") == "A-1 \\C3\\A9\\5E\\7E\\5C\\5F\\3E"


def test_given_chinese_when_written_as_zpl_then_it_is_a_bitmap_and_settings_are_our_own():
    """4.5.5"""
    zpl = render("status", status_sample(languages=("zh_Hans", "zh_Hant")), form="zpl").decode("ascii")
    assert zpl.startswith("^XA^PW800^LL400^LH0,0^CI28^PQ1\n")
    assert not any(character > "~" for text in fields(zpl) for character in text)
    picture = from_zpl(zpl.encode())
    name_line = picture.crop((16, 138, 300, 172))
    assert name_line.getextrema()[0] == 0


def test_given_font_0_is_wider_when_text_is_written_as_zpl_then_it_is_narrowed_to_its_place():
    """4.5.1: dates must not run into each other"""
    zpl = render("status", status_sample(), form="zpl").decode("ascii")
    sizes = {
        text: (int(high), int(wide)) for high, wide, text in re.findall(r"\^A0N,(\d+),(\d+)\^FH\\\^FD([^^]*)", zpl)
    }
    high, wide = sizes["2026-03-05"]
    assert wide * (8 * 0.556 + 2 * 1.0) <= high * typeface.width("2026-03-05", bold=False) + 1


def test_given_markup_when_drawn_as_svg_then_it_is_escaped_and_nothing_outside_is_named():
    """4.5.1"""
    name = "\"><script>alert('1')</script>&"
    data = render("status", replace(status_sample(), name=name), form="svg")
    root = ElementTree.fromstring(data)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "rect", "path", "polygon", "g"
    }  # fmt: skip
    assert name in {group.get("aria-label") for group in root.iter(f"{SVG}g")}
    assert b"href" not in data
    assert (root.get("width"), root.get("height")) == ("100mm", "50mm")


def test_given_a_label_when_drawn_as_pdf_then_page_is_its_size_and_text_can_be_found():
    """4.5.5"""
    label = status_sample()
    data = render("status", label, form="pdf")
    assert b"Helvetica" not in data
    with pypdfium2.PdfDocument(data) as document:
        assert len(document) == 1
        width, height = document[0].get_size()
        text = document[0].get_textpage().get_text_range()
    assert (round(width * 25.4 / 72, 2), round(height * 25.4 / 72, 2)) == (100, 50)
    for fact in (label.batch_no, label.label_no, "合格", "2028-02-27"):
        assert fact in text


def test_given_one_label_when_drawn_twice_then_the_bytes_are_equal():
    """4.5.5"""
    for form in ("pdf", "png", "svg", "zpl"):
        assert render("status", status_sample(), form=form) == render("status", status_sample(), form=form)


def test_given_several_labels_when_drawn_then_each_is_a_page_or_a_format():
    """4.5.1"""
    several = [status_sample(status) for status in STATUSES] + [sample("batch"), sample("location")]
    with pypdfium2.PdfDocument(render_all(several, form="pdf")) as document:
        assert len(document) == 7
    assert render_all(several, form="zpl").count(b"^XA") == 7
    for form in ("png", "svg"):
        with pytest.raises(ValueError, match="7 labels"):
            render_all(several, form=form)


def test_given_wrong_arguments_when_drawn_then_refused():
    """4.5.5"""
    for kind, changes in (
        ("batch", {}),
        ("poster", {}),
        ("status", {"form": "gif"}),
        ("status", {"mode": "sepia"}),
        ("status", {"dpi": 72}),
    ):
        with pytest.raises(ValueError, match=r"batch|poster|gif|sepia|72"):
            render(kind, status_sample(), **({"form": "png"} | changes))


@pytest.mark.parametrize(("dpi", "size"), [(203, (800, 400)), (300, (1181, 591)), (600, (2362, 1181))])
def test_given_a_resolution_when_drawn_as_png_then_a_pixel_is_a_dot(dpi, size):
    """4.5.5"""
    picture = Image.open(BytesIO(render("status", status_sample(), form="png", dpi=dpi)))
    assert picture.size == size
    assert picture.info["dpi"][0] == pytest.approx({203: 203.2}.get(dpi, dpi), abs=0.1)


def test_given_the_two_faces_when_compared_then_names_and_outlines_differ():
    """4.5.5: reportlab takes two faces of one name for one"""
    assert typeface.face(True).name != typeface.face(False).name
    for character in "Aé5合检":
        assert typeface.outline(character, True) != typeface.outline(character, False)
    data = render("status", status_sample(), form="pdf")
    assert {b"WarehouseLabelSans-Bold", b"WarehouseLabelSans-Regular"} <= set(
        re.findall(rb"WarehouseLabelSans-(?:Bold|Regular)", data)
    )
    ink = {}
    for bold in (True, False):
        font = ImageFont.truetype(typeface.path(bold), 60)
        ink[bold] = sum(bytes(font.getmask("合格A1")))
    assert ink[True] > 1.2 * ink[False]


def test_given_the_glossary_and_the_labels_words_when_drawn_then_both_faces_have_every_character():
    """4.5.5"""
    said = (Path(__file__).parent / "glossary.txt").read_text(encoding="utf-8")
    said += "".join(word(name, language) for name in names() for language in LANGUAGES)
    characters = set(said) - set("\t\n")
    assert len(characters) > 350
    for bold in (True, False):
        assert {character for character in characters if not typeface.has(character, bold=bold)} == set()
        assert all(typeface.outline(character, bold) for character in characters - {" "})


def test_given_rare_names_when_drawn_bold_then_the_regular_face_stands_in():
    """4.5.5: 堃 is in no common set"""
    assert not typeface.has("堃", bold=True)
    assert typeface.runs("杭州堃宇", bold=True) == [("杭州", True), ("堃", False), ("宇", True)]
    assert typeface.width("堃", bold=True) == 1.0


def test_given_accented_letters_when_outlined_then_composed_glyphs_have_both_parts():
    """4.5.5"""
    assert typeface.outline("é", False).count("Z") == 3  # the letter, its eye, the accent
    assert typeface.outline(" ", False) == ""


def test_given_the_fonts_when_shipped_then_the_licence_lies_beside_them():
    """4.5.5"""
    licence = (PACKAGE / "fonts" / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL Open Font License, Version 1.1" in licence
    for bold in (True, False):
        assert typeface.path(bold).is_file()
        assert "Source" not in typeface.face(bold).familyName.decode()


def test_given_every_shipped_sentence_when_a_label_would_show_it_then_the_fonts_have_its_characters():
    """4.5.5"""
    shipped = sorted((PACKAGE.parent / "warehouse" / "locale").glob("*.po"))
    assert len(shipped) == 3
    for file in shipped:
        characters = {character for character in file.read_text(encoding="utf-8") if character.isprintable()}
        assert {character for character in characters if not typeface.has(character, bold=False)} == set()
