"""Labels as ZPL II for thermal printers: symbols and all but ASCII text go as bitmaps, exact to the dot.

Native codes are not used: inside `^BC` a `>` is a command even where the field is escaped, and `^BQ` sits ten dots
low. Field data goes through one function that escapes every byte with a meaning, for a batch may be named `~JA`.
Thermal printers have no colour: a label is drawn in mode mono or stock. Source: 4.5.5.
"""

import base64
import binascii
import zlib
from functools import lru_cache
from itertools import pairwise
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from labels import typeface
from labels.drawing import BLACK, Drawing, GlyphRun, Matrix, Polygon, Rect, Shape
from labels.png import DARK, draw_picture

# What font 0 sets wider than ours, in ems of its height; all its other ASCII characters are narrower.
FONT_0_WIDE = {character: 1.0 for character in "+-<=>~"} | {character: 0.57 for character in "Y\\{|}"}
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -.,/")


def render_zpl(drawings: tuple[Drawing, ...]) -> bytes:
    """Give one format a label. Settings outlive their sender in a printer, so each format sets its own."""
    return "".join(_format(drawing) for drawing in drawings).encode()


def escaped(text: str) -> str:
    """Write field data for `^FH\\`: a backslash and two hex digits for every UTF-8 byte that is not plain."""
    return "".join(chr(byte) if byte in _PLAIN else f"\\{byte:02X}" for byte in text.encode())


def _format(drawing: Drawing) -> str:
    return write_open(drawing) + "^XZ\n"


def write_open(drawing: Drawing) -> str:
    """Write a format without its end, for more fields to follow."""
    head = f"^XA^PW{drawing.width}^LL{drawing.height}^LH0,0^CI28^PQ1\n"
    lines = [_band(drawing)] if drawing.band else []
    lines += [line for shape in drawing.items if (line := _field(shape))]
    return head + "\n".join(lines) + "\n"


def _band(drawing: Drawing) -> str:
    """Send the band as one bitmap, with its pattern, icon and reversed words."""
    x, y, width, height = drawing.band_box
    dots = _dots(drawing.band, x + width, y + height)[y:, x:]
    return f"^FO{x},{y}{_graphic(dots, packed=True)}^FS"


def _field(shape: Shape) -> str:
    if isinstance(shape, Matrix):
        bits = np.array([[bit == "1" for bit in row] for row in shape.rows])
        dots = bits.repeat(shape.row_height, axis=0).repeat(shape.module, axis=1)
        return f"^FO{shape.x},{shape.y}{_graphic(dots, packed=False)}^FS"
    if isinstance(shape, Rect):
        thick = min(shape.width, shape.height)
        # White panels are left out: the paper is white, and of stock the colour cannot be taken off.
        return f"^FO{shape.x},{shape.y}^GB{shape.width},{shape.height},{thick}^FS" if shape.ink == BLACK else ""
    if isinstance(shape, GlyphRun):
        return _text(shape)
    return _polygon(shape)


def _polygon(shape: Polygon) -> str:
    """Draw a pictogram's outline as a bitmap of its own box."""
    left, top = (max(0, floor(min(point[axis] for point in shape.points))) for axis in (0, 1))
    right, bottom = (ceil(max(point[axis] for point in shape.points)) + 1 for axis in (0, 1))
    dots = _dots((shape,), right, bottom)[top:, left:]
    return f"^FO{left},{top}{_graphic(dots, packed=True)}^FS"


def _text(run: GlyphRun) -> str:
    """Set ASCII in the printer's own font, narrowed to our width; anything else may print boxes: drawn in ours."""
    if all(" " <= character <= "~" for character in run.text):
        size, wide = round(run.size), floor(run.size * _narrowing(run))
        return f"^FT{round(run.x)},{round(run.baseline)}^A0N,{size},{wide}^FH\\^FD{escaped(run.text)}^FS"
    up = ceil(run.size)
    graphic = _line_graphic(run.text, run.bold, run.size)
    return f"^FO{max(0, floor(run.x))},{max(0, round(run.baseline) - up)}{graphic}^FS"


def _narrowing(run: GlyphRun) -> float:
    """Give the factor, at most 1, by which font 0 must be narrowed to keep the place the layout gave the text."""
    ours = typeface.width(run.text, bold=run.bold)
    theirs = sum(FONT_0_WIDE.get(character, typeface.width(character, bold=run.bold)) for character in run.text)
    return min(1.0, ours / theirs)


@lru_cache(maxsize=4096)
def _line_graphic(text: str, bold: bool, size: float) -> str:
    """Draw a line of text as a bitmap whose baseline is ceil(size) dots down; lines repeat from label to label."""
    run = GlyphRun(x=0, baseline=ceil(size), size=size, bold=bold, text=text, ink=BLACK)
    width = ceil(typeface.width(text, bold=bold) * size) + 1
    return _graphic(_dots((run,), width, ceil(size * 1.3)), packed=True)


def _dots(shapes: tuple[Shape, ...], width: int, height: int) -> NDArray[np.bool_]:
    """Draw shapes and cut at mid grey: height x width, True is a black dot."""
    grey = np.asarray(draw_picture(shapes, width, height).convert("L"))
    return grey < DARK


def _graphic(dots: NDArray[np.bool_], *, packed: bool) -> str:
    """Write a bitmap as `^GFA`: hex with `:` for "row as above", or packed as :Z64: where rows differ."""
    rows = np.packbits(dots, axis=1)
    across, total = rows.shape[1], rows.size
    return f"^GFA,{total},{total},{across},{_packed(rows.tobytes()) if packed else _hex(rows)}"


def _packed(raw: bytes) -> str:
    text = base64.b64encode(zlib.compress(raw, 9))
    return f":Z64:{text.decode()}:{binascii.crc_hqx(text, 0):04X}"


def _hex(rows: NDArray[np.uint8]) -> str:
    lines: list[str] = [row.tobytes().hex().upper() for row in rows]
    return lines[0] + "".join(":" if below == above else below for above, below in pairwise(lines))
