"""PWG raster, unpacked by a reader of its own: dot for dot what the picture shows. Source: 4.5.5."""

import struct
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from labels.rendering import render, render_all, render_test
from labels.samples import sample
from tests.labels.reading import status_sample

HEAD = 1796


def unpacked(data: bytes) -> list[tuple[Image.Image, tuple[int, int], tuple[int, int]]]:
    """Give each page's picture with its dots an inch and its size in points."""
    assert data[:4] == b"RaS2"
    at, pages = 4, []
    while at < len(data):
        head = data[at : at + HEAD]
        assert head[:10] == b"PwgRaster\0"
        wide, high = struct.unpack_from(">2I", head, 372)
        bits, length, order, space = struct.unpack_from(">4I", head, 388)
        channels = bits // 8
        assert (length, order, space) == (wide * channels, 0, {1: 18, 3: 19}[channels])
        at, rows = at + HEAD, b""
        while len(rows) < length * high:
            times, at, row = data[at] + 1, at + 1, b""
            while len(row) < length:
                count = data[at] + 1
                assert count <= 128, "only runs of equal dots are written"
                row += count * data[at + 1 : at + 1 + channels]
                at += 1 + channels
            assert len(row) == length
            rows += times * row
        assert len(rows) == length * high
        picture = Image.frombytes("L" if channels == 1 else "RGB", (wide, high), rows)
        pages.append((picture, struct.unpack_from(">2I", head, 276), struct.unpack_from(">2I", head, 352)))
    return pages


@pytest.mark.parametrize(("mode", "kind"), [("mono", "L"), ("stock", "L"), ("colour", "RGB")])
@pytest.mark.parametrize("dpi", [203, 300])
def test_given_a_label_when_drawn_as_raster_then_every_dot_is_the_pictures(mode, kind, dpi):
    """4.5.5: driverless printers that take no PDF"""
    label = status_sample("scrap")
    ((picture, resolution, points),) = unpacked(render("status", label, form="pwg", mode=mode, dpi=dpi))
    same = Image.open(BytesIO(render("status", label, form="png", mode=mode, dpi=dpi))).convert(kind)
    assert picture.mode == kind
    assert picture.tobytes() == same.tobytes()
    assert (resolution, points) == ((dpi, dpi), (283, 142))
    assert {code.text for code in zxingcpp.read_barcodes(picture)} == {label.label_no}


def test_given_several_labels_or_a_document_or_a_test_label_when_drawn_as_raster_then_a_page_each():
    """4.5.5"""
    assert len(unpacked(render_all([status_sample(), status_sample("pending")], form="pwg", mode="mono"))) == 2
    assert [page[2] for page in unpacked(render("pick_list", sample("pick_list"), form="pwg"))] == [(595, 842)]
    assert len(unpacked(render_test("Z1", form="pwg", width_mm=100, height_mm=50, dpi=300))) == 1
