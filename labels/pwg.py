"""Labels as PWG raster, for driverless printers that take no PDF: every dot in grey, or in the label's colours.

A page is a head of 1,796 bytes and its rows; equal rows are counted, equal dots of a row too. Source: 4.5.5.
"""

import re
import struct
from collections.abc import Iterable, Iterator
from itertools import groupby

from PIL import Image

from labels.drawing import Drawing
from labels.png import draw_picture

SYNC = b"RaS2"
HEAD_BYTES = 1796
_GREY, _RGB = 18, 19  # sgray and srgb, as the format numbers colour spaces
_MOST_ROWS = 256
# Up to 128 equal dots; a dot of three bytes is found whole, because each match begins where the last one ended.
_RUNS = {1: re.compile(rb"(.)\1{0,127}", re.DOTALL), 3: re.compile(rb"(...)\1{0,127}", re.DOTALL)}


def render_pwg(drawings: Iterable[Drawing], *, colour: bool) -> bytes:
    """Give all pages as one file, grey or in colour, at the resolution they are drawn for."""
    return SYNC + b"".join(part for drawing in drawings for part in _page(drawing, colour))


def _page(drawing: Drawing, colour: bool) -> Iterator[bytes]:
    picture = draw_picture(drawing.shapes, drawing.width, drawing.height)
    yield _head(drawing, colour)
    yield from _rows(picture if colour else picture.convert("L"), 3 if colour else 1)


def _head(drawing: Drawing, colour: bool) -> bytes:
    """Write the page's head: what is not named here is 0, which means as usual."""
    channels = 3 if colour else 1
    head = bytearray(HEAD_BYTES)
    head[: len(b"PwgRaster")] = b"PwgRaster"
    points = [round(side / drawing.dots_per_mm * 72 / 25.4) for side in (drawing.width, drawing.height)]
    for place, numbers in (
        (276, (drawing.dpi, drawing.dpi)),
        (340, (1,)),  # one copy: the queue counts papers itself
        (352, points),
        (372, (drawing.width, drawing.height)),
        (384, (8, 8 * channels, channels * drawing.width, 0, _RGB if colour else _GREY)),
        (420, (channels,)),
        (456, (1, 1)),  # neither turned nor mirrored
    ):
        struct.pack_into(f">{len(numbers)}I", head, place, *numbers)
    return bytes(head)


def _rows(picture: Image.Image, channels: int) -> Iterator[bytes]:
    wide, high = picture.size
    data, length = picture.tobytes(), wide * channels
    for row, same in groupby(data[start : start + length] for start in range(0, high * length, length)):
        packed = b"".join(bytes([len(run[0]) // channels - 1]) + run[1] for run in _RUNS[channels].finditer(row))
        left = sum(1 for _ in same)
        while left:
            count = min(left, _MOST_ROWS)
            yield bytes([count - 1]) + packed
            left -= count
