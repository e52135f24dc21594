"""A printer's offset: everything moves by whole dots in every form, nothing is cut in silence. Source: 4.5.5."""

import numpy as np
import pytest

from labels.drawing import Matrix
from labels.layout import lay_out
from labels.offset import shifted
from labels.refused import LabelRefused, Reason
from labels.rendering import render_all, render_test
from tests.labels.reading import from_pdf, from_png, from_zpl, read_pyzbar, read_zxing, status_sample

OFFSETS = [(0.5, 0.0), (-0.75, 0.5), (1.0, -0.875)]
DOTS = 8


def dark(picture):
    """The dark dots of a picture."""
    return np.asarray(picture.convert("L")) < 128


def moved(dots, x, y):
    """The same dots further right and down; what comes in is white."""
    there = np.zeros_like(dots)
    high, wide = dots.shape
    there[max(0, y) : high + min(0, y), max(0, x) : wide + min(0, x)] = dots[
        max(0, -y) : high + min(0, -y), max(0, -x) : wide + min(0, -x)
    ]
    return there


@pytest.mark.parametrize(("x_mm", "y_mm"), OFFSETS)
def test_given_an_offset_when_drawn_in_each_form_then_every_dot_is_moved_by_it_and_the_codes_read(x_mm, y_mm):
    """4.5.5: PDF, PNG and ZPL alike"""
    label = status_sample("scrap")
    x, y = round(x_mm * DOTS), round(y_mm * DOTS)
    for form, read in (("png", from_png), ("zpl", from_zpl), ("pdf", from_pdf)):
        before = dark(read(render_all([label], form=form, mode="mono")))
        picture = read(render_all([label], form=form, mode="mono", offset_mm=(x_mm, y_mm)))
        after = dark(picture)
        assert after.shape == before.shape, "the page keeps its size"
        wrong = (after != moved(before, x, y)).mean()
        assert wrong < (0.01 if form == "pdf" else 0.002), form  # letters' edges fall between the dots
        assert read_zxing(picture) == read_pyzbar(picture) == {("]Q", label.label_no), ("]C", label.label_no)}


@pytest.mark.parametrize(("offset", "named"), [((3.0, 0), "Inspector"), ((-2.5, 0), "EF-2210"), ((0, 1.5), "L7K2")])
def test_given_an_offset_that_pushes_a_text_over_the_edge_when_drawn_then_refused_and_named(offset, named):
    """4.5.5: nothing is cut in silence"""
    with pytest.raises(LabelRefused) as refused:
        render_all([status_sample(languages=("en", "zh_Hans"))], form="pdf", offset_mm=offset)
    assert refused.value.reason is Reason.OFF_THE_LABEL
    assert named in refused.value.detail


def test_given_a_code_at_the_edge_when_moved_over_it_then_refused():
    """4.5.1: a cut code is no code"""
    drawing = lay_out(status_sample(), size="70x40")
    low = max(shape.y + shape.row_height * len(shape.rows) for shape in drawing.items if isinstance(shape, Matrix))
    spare_mm = (drawing.height - low) / DOTS
    shifted(drawing, x_mm=0, y_mm=spare_mm)
    with pytest.raises(LabelRefused):
        shifted(drawing, x_mm=0, y_mm=spare_mm + 0.25)


@pytest.mark.parametrize("size", [(100, 50), (50, 30), (70, 37), (100, 150), (210, 297)])
@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_given_a_test_label_when_drawn_then_cross_in_the_middle_scales_to_the_edges_and_its_code_reads(size, dpi):
    """4.5.5: what is measured on it is the offset"""
    width, height = size
    picture = from_png(render_test("东门 Z1", form="png", width_mm=width, height_mm=height, dpi=dpi))
    assert read_zxing(picture) == {("]Q", f"TEST-{dpi}")}
    dots = dark(picture)
    for edge in (dots[0], dots[-1], dots[:, 0], dots[:, -1]):
        assert edge.any()
    high, wide = dots.shape
    assert dots[high // 2 - 20 : high // 2 + 20, wide // 2].all()
    assert dots[high // 2, wide // 2 - 20 : wide // 2 + 20].all()


def test_given_a_test_label_when_moved_then_the_offset_is_printed_and_applied():
    """4.5.5"""
    still, moving = (
        dark(from_png(render_test("Z1", form="png", width_mm=100, height_mm=50, dpi=203, offset_mm=offset)))
        for offset in ((0, 0), (1, 0.5))
    )
    area = slice(130, 270), slice(320, 520)  # the cross and the code
    assert (moving[area] == moved(still, 8, 4)[area]).all()
