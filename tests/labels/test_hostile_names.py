"""Names that are commands, markup or invisible, on every kind and in every form: one right label or a named refusal.

4.5.1, 4.5.5
"""

from dataclasses import fields, replace
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pypdfium2
import pytest
import zplkit
import zxingcpp
from PIL import Image

from labels.kinds import PAPERS, AnyPaper
from labels.refused import LabelRefused, Reason
from labels.rendering import Form, render
from labels.samples import sample
from tests.labels.reading import read_pyzbar

FITS = ("X^FS^XZ~JA", "^FD\\1E_7E>;", "<b>&amp;</b>", "{{7*7}}%s$1", "'; DROP", "Ø12 µ ①")
REFUSED = {
    "A\x1b[2J": Reason.CONTROL_CHARACTER, "A\x10~JA": Reason.CONTROL_CHARACTER, "A\r\n^XZ": Reason.CONTROL_CHARACTER,
    "A\u202eB": Reason.CONTROL_CHARACTER, "\u200fA": Reason.CONTROL_CHARACTER, "A\u200bB": Reason.CONTROL_CHARACTER,
    "\U0001f4e6 1": Reason.MISSING_GLYPH, "A" * 240: Reason.TOO_LONG, "名" * 240: Reason.TOO_LONG,
}  # fmt: skip
NAMED = sorted(set(PAPERS) - {"roll"})  # a roll's card names nothing that anybody types


def named(kind: str, text: str) -> AnyPaper:
    """Give a sample whose number, that of a batch, a bin or an item, is the text, in the head and on every line."""
    paper: Any = sample(kind, languages=("en", "zh_Hans"))
    changes: dict[str, Any] = {}
    number = "item_no" if kind == "receipt_check" else "batch_no"  # that form names no batch yet
    for field in fields(paper):
        if field.name in ("lines", "contents") and kind != "card":
            changes[field.name] = tuple(replace(line, **{number: text}) for line in getattr(paper, field.name))
        elif field.name == "batch_no" or (field.name == "bin_code" and kind == "location"):
            changes[field.name] = text
    assert changes, kind
    return replace(paper, **changes)


def codes_on(picture: Image.Image) -> tuple[set[str], set[str]]:
    """Read a page's codes by two readers."""
    grey = picture.convert("L")
    return {code.text for code in zxingcpp.read_barcodes(np.asarray(grey))}, {text for _, text in read_pyzbar(grey)}


def printed(data: bytes) -> Image.Image:
    """Print the one format of a ZPL by another's renderer, in its own size."""
    text = data.decode("ascii")
    assert (text.count("^XA"), text.count("^XZ"), text.count("~")) == (1, 1, 0)
    width, height = (int(text.partition(name)[2].partition("^")[0]) for name in ("^PW", "^LL"))
    options = zplkit.Options(width=width, height=height, dpi=203)
    (label,) = zplkit.render(text.replace("^PQ1", ""), options).labels
    return Image.open(BytesIO(label.png()))


def tags_in(svg: bytes) -> set[str]:
    """Give the elements of a drawing; a name in it must add none."""
    return {element.tag for element in ElementTree.fromstring(svg).iter()}


@pytest.mark.parametrize("kind", NAMED)
def test_given_a_number_full_of_commands_when_drawn_in_any_form_then_one_label_that_says_it_and_reads_as_it_is(kind):
    """W7; 4.5.1: escaped in each form, and nothing else of the label changes"""
    wanted = codes_on(Image.open(BytesIO(render(kind, sample(kind), form="png", mode="mono"))))
    assert all(wanted)
    for text in FITS:
        paper = named(kind, text)
        forms = {form: render(kind, paper, form=form, mode="mono") for form in Form}
        with pypdfium2.PdfDocument(forms[Form.PDF]) as document:
            assert len(document) == 1
            said = document[0].get_textpage().get_text_bounded()
            assert text.replace(" ", "") in said.replace(" ", ""), (text, said)
        assert codes_on(Image.open(BytesIO(forms[Form.PNG]))) == wanted
        assert codes_on(printed(forms[Form.ZPL])) == wanted
        assert tags_in(forms[Form.SVG]) == tags_in(render(kind, sample(kind), form="svg", mode="mono"))


@pytest.mark.parametrize("kind", NAMED)
def test_given_a_number_that_cannot_be_shown_whole_when_drawn_in_any_form_then_the_field_and_the_reason_are_named(kind):
    """4.5.1: never a box, a cut number or a hidden character"""
    for text, reason in REFUSED.items():
        paper = named(kind, text)
        for form in Form:
            with pytest.raises(LabelRefused) as refused:
                render(kind, paper, form=form)
            assert refused.value.reason is reason, (text, form)
            assert refused.value.field.rstrip("_0123456789") in ("batch_no", "bin_code", "batch", "item_no", "code"), (
                refused.value
            )
