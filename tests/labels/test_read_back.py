"""What we print is decoded again: every form, both readers. Source: 4.5.1, 4.5.5."""

from dataclasses import replace

import numpy as np
import pytest

from labels.band import Mode
from labels.content import make_label_no
from labels.drawing import Matrix
from labels.layout import lay_out
from labels.rendering import render
from labels.samples import sample
from tests.labels.reading import (
    LANGUAGE_PAIRS,
    STATUSES,
    from_pdf,
    from_png,
    from_svg,
    from_zpl,
    read_pyzbar,
    read_zxing,
    status_sample,
)


def grown(dots):
    """Black dots and their neighbours."""
    wide = np.pad(dots, 1)
    down, across = dots.shape
    return np.logical_or.reduce([wide[y : y + down, x : x + across] for y in range(3) for x in range(3)])


def both(label_no):
    return {("]Q", label_no), ("]C", label_no)}


@pytest.mark.parametrize("mode", ["colour", "mono", "stock"])
@pytest.mark.parametrize("status", STATUSES)
def test_given_a_status_label_when_png_and_pdf_are_read_then_both_readers_give_both_codes(status, mode):
    """R-Q13"""
    label = status_sample(status)
    pictures = [
        from_png(render("status", label, form="png", mode=mode)),
        from_pdf(render("status", label, form="pdf", mode=mode), dpi=300),
    ]
    for picture in pictures:
        assert read_zxing(picture) == both(label.label_no)
        assert read_pyzbar(picture) == both(label.label_no)


@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_given_random_label_numbers_when_drawn_at_each_resolution_then_all_read_back(dpi):
    """4.5.1"""
    for _ in range(8):
        label = replace(status_sample(), label_no=make_label_no())
        picture = from_png(render("status", label, form="png", dpi=dpi))
        assert read_zxing(picture) == both(label.label_no)
        assert read_pyzbar(picture) == both(label.label_no)


def test_given_svg_and_zpl_when_their_symbols_are_read_then_both_codes_come_back():
    """4.5.5"""
    label = status_sample("scrap")
    assert read_zxing(from_svg(render("status", label, form="svg"))) == both(label.label_no)
    assert read_zxing(from_zpl(render("status", label, form="zpl"))) == both(label.label_no)


@pytest.mark.parametrize("kind", ["batch", "location"])
def test_given_another_kind_when_drawn_then_its_code_reads_back(kind):
    """4.5.1"""
    label = sample(kind)
    for picture in (from_png(render(kind, label, form="png")), from_pdf(render(kind, label, form="pdf"), dpi=300)):
        assert ("]Q", label.label_no) in read_zxing(picture)
        assert ("]Q", label.label_no) in read_pyzbar(picture)


def test_given_a_code_of_its_own_when_drawn_then_the_qr_holds_it_whole():
    """4.5.1"""
    label = replace(status_sample(), code="批號 X^FS~JA/1")
    read = read_zxing(from_png(render("status", label, form="png")))
    assert read == {("]Q", "批號 X^FS~JA/1"), ("]C", label.label_no)}


@pytest.mark.parametrize("languages", LANGUAGE_PAIRS)
def test_given_one_label_when_drawn_as_png_pdf_and_zpl_then_symbols_agree_dot_for_dot(languages):
    """4.5.5"""
    label = status_sample("nonconforming", languages)
    drawing = lay_out(label, mode=Mode.MONO)
    png, pdf, zpl = (
        np.asarray(picture.convert("L")) < 128
        for picture in (
            from_png(render("status", label, form="png", mode="mono")),
            from_pdf(render("status", label, form="pdf", mode="mono")),
            from_zpl(render("status", label, form="zpl")),
        )
    )
    assert png.shape == pdf.shape == zpl.shape == (400, 800)
    symbols = [shape for shape in drawing.items if isinstance(shape, Matrix)]
    assert len(symbols) == 2
    for symbol in symbols:
        across = slice(symbol.x, symbol.x + len(symbol.rows[0]) * symbol.module)
        down = slice(symbol.y, symbol.y + len(symbol.rows) * symbol.row_height)
        assert (png[down, across] == pdf[down, across]).all()
        assert (png[down, across] == zpl[down, across]).all()
    x, y, width, height = drawing.band_box
    band = (slice(y, y + height), slice(x, x + width))
    assert (png[band] == zpl[band]).all()
    for one, other in ((png, pdf), (pdf, png)):
        assert (one & ~grown(other)).mean() < 0.002  # letters' edges differ, by a dot
