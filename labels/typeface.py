"""The two label fonts: which characters they have, how wide they are, their outlines.

Widths come from the font's own table for all four forms, so that what fits in one fits in the others. A character
Bold lacks is taken from Regular; one that Regular lacks too is refused by `fitting`. Faces are loaded at first use,
once per process (about 0.1 s, 18 MB). Source: 4.5.5.
"""

import struct
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONTS = Path(__file__).parent / "fonts"
Point = tuple[float, float]
Contour = list[tuple[float, float, bool]]


def face_name(bold: bool) -> str:
    """Give the PostScript name of a face; the two must differ, or reportlab draws Bold as Regular."""
    return f"WarehouseLabelSans-{'Bold' if bold else 'Regular'}"


def path(bold: bool) -> Path:
    """Give the file of a face."""
    return FONTS / f"{face_name(bold)}.ttf"


@cache
def face(bold: bool) -> Any:
    """Load a face, register it with reportlab and return reportlab's reading of it."""
    font = TTFont(face_name(bold), path(bold))
    pdfmetrics.registerFont(font)
    return font.face


def has(character: str, *, bold: bool) -> bool:
    """Tell whether the face has a glyph for the character."""
    return ord(character) in face(bold).charToGlyph


def width(text: str, *, bold: bool) -> float:
    """Give the width in ems; characters that Bold lacks count as Regular ones."""
    return float(sum(_advance(character, bold) for character in text)) / 1000


def runs(text: str, *, bold: bool) -> list[tuple[str, bool]]:
    """Split text into pieces of one face: (piece, bold)."""
    return [("".join(piece), kind) for kind, piece in groupby(text, key=lambda c: bold and has(c, bold=True))]


@lru_cache(maxsize=16384)
def _advance(character: str, bold: bool) -> float:
    real = bold and has(character, bold=True)
    widths = face(real).charWidths
    return float(widths[ord(character)])


@lru_cache(maxsize=4096)
def outline(character: str, bold: bool) -> str:
    """Give the glyph as SVG path data in font units (1000 an em), y upward."""
    glyph = face(bold).charToGlyph[ord(character)]
    return "".join(_svg(contour) for contour in _contours(face(bold), glyph))


def _contours(of: Any, glyph: int) -> list[Contour]:
    start, end = of.glyphPos[glyph], of.glyphPos[glyph + 1]
    if start == end:  # a space
        return []
    table = _glyf(of)
    data = table[start:end]
    (count,) = struct.unpack_from(">h", data)
    return _simple(data, count) if count >= 0 else _composite(of, data)


def _glyf(of: Any) -> bytes:
    table = of.__dict__.get("_glyf_table")
    if table is None:
        table = of._glyf_table = of.get_table("glyf")
    return bytes(table)


def _simple(data: bytes, count: int) -> list[Contour]:
    ends = struct.unpack_from(f">{count}H", data, 10)
    (instructions,) = struct.unpack_from(">H", data, 10 + 2 * count)
    at = 12 + 2 * count + instructions
    flags: list[int] = []
    while len(flags) <= ends[-1]:
        flag = data[at]
        at += 1
        repeat = 1
        if flag & 8:
            repeat += data[at]
            at += 1
        flags += [flag] * repeat
    xs, at = _coordinates(data, at, flags, short=2, same=16)
    ys, at = _coordinates(data, at, flags, short=4, same=32)
    points = [(float(x), float(y), bool(flag & 1)) for x, y, flag in zip(xs, ys, flags, strict=True)]
    return [points[first:last] for first, last in zip((0, *(e + 1 for e in ends)), (e + 1 for e in ends), strict=False)]


def _coordinates(data: bytes, at: int, flags: list[int], *, short: int, same: int) -> tuple[list[int], int]:
    """Read one axis: a byte with the sign in `same`, or a 16-bit step unless `same` says unchanged."""
    value, values = 0, []
    for flag in flags:
        if flag & short:
            value += data[at] if flag & same else -data[at]
            at += 1
        elif not flag & same:
            value += struct.unpack_from(">h", data, at)[0]
            at += 2
        values.append(value)
    return values, at


def _composite(of: Any, data: bytes) -> list[Contour]:
    """Read a glyph made of others (é): parts moved and scaled; parts placed by point numbers do not occur here."""
    contours: list[Contour] = []
    at, more = 10, True
    while more:
        flags, part = struct.unpack_from(">HH", data, at)
        assert flags & 2, "a part placed by point numbers"
        dx, dy = struct.unpack_from(">hh" if flags & 1 else ">bb", data, at + 4)
        at += 8 if flags & 1 else 6
        scale = [1.0, 0.0, 0.0, 1.0]
        size = 1 if flags & 8 else 2 if flags & 0x40 else 4 if flags & 0x80 else 0
        if size:
            read = [value / 16384 for value in struct.unpack_from(f">{size}h", data, at)]
            scale = [read[0], 0.0, 0.0, read[-1]] if size < 4 else read
            at += 2 * size
        a, b, c, d = scale
        contours += [[(a * x + c * y + dx, b * x + d * y + dy, on) for x, y, on in one] for one in _contours(of, part)]
        more = bool(flags & 0x20)
    return contours


def _svg(contour: Contour) -> str:
    """Write one closed contour of quadratic curves; between two control points lies an unwritten point."""
    start = next((i for i, point in enumerate(contour) if point[2]), None)
    if start is None:
        first = ((contour[0][0] + contour[-1][0]) / 2, (contour[0][1] + contour[-1][1]) / 2, True)
        contour, start = [first, *contour], 0
    points = contour[start:] + contour[: start + 1]
    path_data, control = [f"M{points[0][0]:g} {points[0][1]:g}"], None
    for x, y, on in points[1:]:
        if control is None:
            if on:
                path_data.append(f"L{x:g} {y:g}")
            else:
                control = (x, y)
            continue
        to = (x, y) if on else ((control[0] + x) / 2, (control[1] + y) / 2)
        path_data.append(f"Q{control[0]:g} {control[1]:g} {to[0]:g} {to[1]:g}")
        control = None if on else (x, y)
    return "".join(path_data) + "Z"
