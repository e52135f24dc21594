"""Our ZPL as an independent renderer prints it, dot by dot beside our own picture. Source: 4.5.5, 4.5.1."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
import zplkit
import zxingcpp
from PIL import Image

from labels.band import Mode
from labels.content import KINDS
from labels.drawing import GlyphRun, Matrix, Rect
from labels.layout import lay_out, sizes
from labels.native import NativeFormat
from labels.numbers import make_label_no
from labels.rendering import render, render_all
from labels.samples import sample
from tests.labels.reading import LANGUAGE_PAIRS, from_png
from tests.labels.test_layout import NASTY
from tests.labels.test_read_back import grown


def printed(data, drawing):
    """The dots another's printer makes of the one format in `data`, True is black."""
    # The renderer knows no ^PQ and warns of it by refusing; a quantity of one changes nothing.
    text = data.decode().replace("^PQ1", "")
    options = zplkit.Options(width=drawing.width, height=drawing.height, dpi=203)
    (label,) = zplkit.render(text, options).labels
    picture = Image.open(BytesIO(label.png())).convert("L")
    assert picture.size == (drawing.width, drawing.height)
    return np.asarray(picture) < 128


@pytest.mark.parametrize(("kind", "size"), [(kind, size) for kind in sorted(KINDS) for size in sizes(kind)])
def test_given_a_label_when_another_renderer_prints_it_then_symbols_band_and_rules_are_ours_dot_for_dot(kind, size):
    """4.5.5"""
    label = sample(kind, languages=("zh_Hans", "zh_Hant"))
    drawing = lay_out(label, mode=Mode.MONO, size=size)
    theirs = printed(render(kind, label, form="zpl", size=size), drawing)
    ours = np.asarray(from_png(render(kind, label, form="png", mode="mono", size=size)).convert("L")) < 128
    areas = [
        (shape.x, shape.y, len(shape.rows[0]) * shape.module, len(shape.rows) * shape.row_height)
        for shape in drawing.items
        if isinstance(shape, Matrix)
    ]
    areas += [drawing.band_box]
    for x, y, wide, high in areas:
        assert (theirs[y : y + high, x : x + wide] == ours[y : y + high, x : x + wide]).all()
    for rule in (shape for shape in drawing.items if isinstance(shape, Rect) and shape.ink == "#000000"):
        assert theirs[rule.y : rule.y + rule.height, rule.x : rule.x + rule.width].all()
    for run in (shape for shape in drawing.items if isinstance(shape, GlyphRun) and not shape.text.isascii()):
        top, left = round(run.baseline - run.size), max(0, int(run.x))
        box = (
            slice(top, round(run.baseline + 0.2 * run.size)),
            slice(left, round(run.x + run.size * len(run.text) / 2)),
        )
        # The bitmap of a line begins at a whole dot, our letters may not: edges differ by a dot, no more.
        assert (theirs & ~grown(ours))[box].mean() < 0.01
        assert (ours & ~grown(theirs))[box].mean() < 0.01


@pytest.mark.parametrize("name", NASTY)
def test_given_a_name_with_commands_when_another_renderer_prints_it_then_it_is_one_label_with_its_codes(name):
    """4.5.1"""
    label = replace(sample("status"), name=name, batch_no=name)
    dots = printed(render("status", label, form="zpl"), lay_out(label, mode=Mode.MONO))
    found = {code.text for code in zxingcpp.read_barcodes(np.where(dots, 0, 255).astype(np.uint8))}
    assert found == {label.label_no}


@pytest.mark.parametrize("languages", [*LANGUAGE_PAIRS, ("en", "zh_Hant")])
def test_given_plain_fields_when_printed_natively_then_codes_read_and_texts_keep_off_each_other(languages):
    """4.5.5"""
    label = replace(
        sample("status", status="scrap", languages=languages), name="Motor", supplier="", inspector="Chen Y."
    )
    label = replace(label, label_no=make_label_no(), unit="pcs", approver="", ncr_no="", disposition="")
    data = render_all([label], form="zpl", native=True)
    assert (data.count(b"^BCN"), data.count(b"^BXN")) == ((1, 1) if languages[0] == "en" else (0, 0))
    found = zxingcpp.read_barcodes(np.where(printed(data, lay_out(label, mode=Mode.MONO)), 0, 255).astype(np.uint8))
    assert {code.text for code in found} == {label.label_no}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "風扇"},
        {"name": "word " * 48},
        {"batch_no": "8" * 90},
        {"code": "another"},
        {"gtin": "9506000134352"},
    ],
)
def test_given_a_field_the_printer_cannot_set_when_written_natively_then_not_at_all(changes):
    """4.5.1"""
    plain = replace(sample("batch", languages=("en", "zh_Hans")), name="Motor", supplier="")
    form = NativeFormat(plain)
    assert form.write(plain.values()) is not None
    assert form.write(replace(plain, **changes).values()) is None
    drawn = render_all([replace(plain, **changes)], form="zpl", native=True) if "batch_no" not in changes else b"^GFA"
    assert b"^BCN" not in drawn


def test_given_texts_with_commands_when_written_natively_then_each_is_escaped():
    """4.5.1"""
    plain = replace(sample("batch", languages=("en", "zh_Hans")), supplier="", name="X^FS^XZ~JA \\ >")
    text = NativeFormat(plain).write(plain.values())
    assert text is not None
    assert "X\\5EFS\\5EXZ\\7EJA \\5C \\3E" in text
    assert (text.count("^XA"), text.count("^XZ"), text.count("~")) == (1, 1, 0)
