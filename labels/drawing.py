"""The drawing list: what `layout` makes and the four forms draw. All lengths are printer dots, y runs downward.

Positions of rectangles and modules are whole dots, because a bar of 1.6 dots is rounded by each printer in its own
way and no longer reads. Source: 4.5.5.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_BLACK_RUN = re.compile("1+")
BLACK = "#000000"
WHITE = "#FFFFFF"
MM_PER_POINT = 25.4 / 72
# 203 dpi is 8 dots a millimetre exactly; the others are what their printers' heads have.
DOTS_PER_MM = {203: 8.0, 300: 300 / 25.4, 600: 600 / 25.4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rect:
    """A filled rectangle; `ink` is #RRGGBB."""

    x: int
    y: int
    width: int
    height: int
    ink: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Polygon:
    """A filled polygon; a ring is one polygon whose inner edge runs backward over the same seam."""

    points: tuple[tuple[float, float], ...]
    ink: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GlyphRun:
    """Text in one face; `x` is its left end, `size` the em height in dots, `bold` says which of the two faces."""

    x: float
    baseline: float
    size: float
    bold: bool
    text: str
    ink: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """A symbol without quiet zone; `rows` are strings of 0 and 1, a linear symbol has one. Black on what lies below."""

    x: int
    y: int
    module: int
    row_height: int
    rows: tuple[str, ...]

    def bars(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield x, y, width, height of every black run, row by row."""
        for number, row in enumerate(self.rows):
            y = self.y + number * self.row_height
            for run in _BLACK_RUN.finditer(row):
                start, end = run.span()
                yield self.x + start * self.module, y, (end - start) * self.module, self.row_height


Shape = Rect | Polygon | GlyphRun | Matrix


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """One label. `band` is drawn first, then `items`; `band_box` is x, y, width, height of all that is in `band`.

    The band is apart because thermal printers get it as one picture. `title` is the label number, for the PDF's title.
    """

    width: int
    height: int
    dpi: int
    band: tuple[Shape, ...]
    band_box: tuple[int, int, int, int]
    items: tuple[Shape, ...]
    title: str

    @property
    def dots_per_mm(self) -> float:
        """Dots a millimetre of the printer it is drawn for."""
        return DOTS_PER_MM[self.dpi]

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """All shapes in drawing order."""
        return self.band + self.items
