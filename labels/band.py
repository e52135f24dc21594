"""The band of a status label: the mark's pattern, icon and letter, and the status in the site's two languages.

Three modes: `colour` (the printer paints the band), `stock` (coloured paper, nothing painted) and `mono` (white paper,
the band reversed). The pattern alone tells the four marks apart on a grey copy. Source: 4.5.5.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import cos, pi, sin

from labels import typeface
from labels.drawing import BLACK, WHITE, GlyphRun, Polygon, Rect, Shape
from labels.fitting import text_runs
from labels.marks import Band, Icon, Mark

MIDDLE = 0.37  # from the baseline up to the middle of a capital or a Chinese character, in ems
_END = 55  # of the pattern at the right end, in tenths of a millimetre
_LEFT = 228  # before the words: icon and letter, in tenths of a millimetre
_GAP = 0.24  # between the words, in ems of the Chinese one
_STACKED = 1.05  # from line to line, in ems
_DESCENDING, _DEEP = frozenset("Qgjpqy"), 0.33  # a large word with such letters stands a little higher
_LEAST = 0.5  # of their size, to which the signs may shrink
_DIVIDED = {"Nonconforming": ["Non-", "conforming"]}
Points = list[tuple[float, float]]


class Mode(StrEnum):
    """How the colour comes onto the paper."""

    COLOUR = "colour"
    STOCK = "stock"
    MONO = "mono"


@dataclass(frozen=True, kw_only=True)
class Place:
    """The band's box in whole dots; `unit` is a tenth of a millimetre, for what need not be whole."""

    x: int
    y: int
    width: int
    height: int
    unit: float

    @property
    def middle(self) -> float:
        """Half way down."""
        return self.y + self.height / 2

    @property
    def right(self) -> int:
        """The first dot beyond."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first dot below."""
        return self.y + self.height


def inks(mark: Mark, mode: Mode) -> tuple[str | None, str]:
    """Give the ground's colour (None where the paper has it) and that of the signs on it."""
    if mode is Mode.STOCK:
        return None, BLACK
    if mode is Mode.MONO and mark.band is not Band.OUTLINE:
        return BLACK, WHITE
    return (WHITE if mode is Mode.MONO else mark.colour), BLACK


def draw_band(mark: Mark, status_words: list[str], place: Place, mode: Mode, *, word_size: float) -> list[Shape]:
    """Give the band's shapes; `word_size` is the em height of a word in dots, of two lines of one word together.

    Where the words need the room, icon, letter and pattern are drawn smaller, down to half; only then are the words.
    """
    ground, sign = inks(mark, mode)
    shapes: list[Shape] = [] if ground is None else [_rect(place, 0, ground)]
    patterned = mark.band in (Band.STRIPES, Band.HATCH)
    set_as, gap, u = _set(status_words, place, word_size, margins=_LEFT + (_END + 12 if patterned else 30))
    place = replace(place, unit=u)
    shapes += _pattern(mark.band, place, ground, sign)
    shapes += _icon(mark.icon, place.x + 78 * u, place.middle, 42 * u, sign)
    letter_size = 95 * u
    letter_x = place.x + 166 * u - typeface.width(mark.letter, bold=True) * letter_size / 2
    shapes += text_runs(
        mark.letter, x=letter_x, baseline=place.middle + MIDDLE * letter_size, size=letter_size, bold=True, ink=sign
    )
    x = place.x + _LEFT * u
    for lines, size in set_as:
        shapes += _stacked(lines, size, x, place.middle, sign)
        x += _wide(lines, size) + gap
    return shapes


def _rect(place: Place, inset: int, ink: str) -> Rect:
    return Rect(
        x=place.x + inset,
        y=place.y + inset,
        width=place.width - 2 * inset,
        height=place.height - 2 * inset,
        ink=ink,
    )


def _frame(place: Place, inset: int, thick: int, ink: str) -> list[Shape]:
    x, y, width, height = place.x + inset, place.y + inset, place.width - 2 * inset, place.height - 2 * inset
    sides = (
        (x, y, width, thick),
        (x, y + height - thick, width, thick),
        (x, y, thick, height),
        (x + width - thick, y, thick, height),
    )
    return [Rect(x=a, y=b, width=c, height=d, ink=ink) for a, b, c, d in sides]


def _pattern(band: Band, place: Place, ground: str | None, sign: str) -> list[Shape]:
    """Draw the pattern at the band's ends and edges; its middle stays plain for the words."""
    thin = max(1, round(2.5 * place.unit))
    if band is Band.OUTLINE:
        return _frame(place, 0, thin, sign)
    if band is Band.DOUBLE:
        return _frame(place, thin, thin, sign) + _frame(place, 3 * thin, thin, sign)
    ends = [(place.x, place.x + 28 * place.unit), (place.right - _END * place.unit, place.right)]
    if band is Band.STRIPES:
        return [shape for left, right in ends for shape in _stripes(place, left, right, sign, wide=25, apart=50)]
    hatch: list[Shape] = []
    for left, right in ends:
        hatch += _stripes(place, left, right, sign, wide=5, apart=20)
        hatch += _stripes(place, left, right, sign, wide=5, apart=20, falling=True)
    return hatch + _frame(place, 0, thin, sign) + _corners(place, sign)


def _stripes(
    place: Place, left: float, right: float, ink: str, *, wide: float, apart: float, falling: bool = False
) -> list[Shape]:
    """Draw 45° stripes between two x; `wide` and `apart` in tenths of a millimetre along x."""
    found: list[Shape] = []
    step, start = apart * place.unit, left - place.height
    top, bottom = (place.bottom, place.y) if falling else (place.y, place.bottom)
    while start < right:
        end = start + wide * place.unit
        slanted: Points = [(start, bottom), (start + place.height, top), (end + place.height, top), (end, bottom)]
        points = _clipped(_clipped(slanted, left, keep_above=True), right, keep_above=False)
        if points and max(y for _, y in points) - min(y for _, y in points) > 10 * place.unit:  # no crumbs
            found.append(Polygon(points=tuple(points), ink=ink))
        start += step
    return found


def _clipped(points: Points, limit: float, *, keep_above: bool) -> Points:
    """Cut a polygon off at x = limit."""
    side = 1.0 if keep_above else -1.0
    kept: Points = []
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True):
        a_in, b_in = side * (ax - limit) >= 0, side * (bx - limit) >= 0
        if a_in:
            kept.append((ax, ay))
        if a_in != b_in:
            kept.append((limit, ay + (by - ay) * (limit - ax) / (bx - ax)))
    return kept


def _corners(place: Place, ink: str) -> list[Shape]:
    """Strike the four corners."""
    leg = 32 * place.unit
    ways = [
        (x, y, dx, dy) for x, dx in ((place.x, 1), (place.right, -1)) for y, dy in ((place.y, 1), (place.bottom, -1))
    ]
    return [Polygon(points=((x, y), (x + dx * leg, y), (x, y + dy * leg)), ink=ink) for x, y, dx, dy in ways]


def _ring(outer: Points, inner: Points) -> tuple[tuple[float, float], ...]:
    """Join an outline and its hole by a seam into one polygon."""
    return tuple([*outer, outer[0], inner[0], *reversed(inner)])


def _regular(count: int, x: float, y: float, radius: float, turn: float) -> Points:
    corners = (turn + 2 * pi * number / count for number in range(count))
    return [(x + radius * cos(angle), y + radius * sin(angle)) for angle in corners]


def _bar(x: float, y: float, to_x: float, to_y: float, wide: float) -> Points:
    """A straight stroke with square ends."""
    length = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
    nx, ny = -(to_y - y) / length * wide / 2, (to_x - x) / length * wide / 2
    return [(x + nx, y + ny), (to_x + nx, to_y + ny), (to_x - nx, to_y - ny), (x - nx, y - ny)]


def _icon(icon: Icon, x: float, y: float, r: float, ink: str) -> list[Shape]:
    """Draw an icon about its middle; `r` is half its height."""
    if icon is Icon.HOLLOW_CIRCLE:
        outlines = [_ring(_regular(64, x, y, r, 0), _regular(64, x, y, 0.72 * r, 0))]
    elif icon is Icon.TICK:
        outlines = [
            tuple(_bar(x - 0.85 * r, y + 0.05 * r, x - 0.2 * r, y + 0.7 * r, 0.36 * r)),
            tuple(_bar(x - 0.32 * r, y + 0.7 * r, x + 0.9 * r, y - 0.75 * r, 0.36 * r)),
        ]
    elif icon is Icon.WARNING:
        low = y + 0.28 * r
        outlines = [_ring(_regular(3, x, low, 1.28 * r, -pi / 2), _regular(3, x, low, 0.92 * r, -pi / 2))]
        outlines += [tuple(_bar(x, low - 0.52 * r, x, low + 0.1 * r, 0.2 * r))]
        outlines += [tuple(_bar(x, low + 0.2 * r, x, low + 0.4 * r, 0.2 * r))]
    else:
        outlines = [_ring(_regular(8, x, y, 1.06 * r, pi / 8), _regular(8, x, y, 0.86 * r, pi / 8))]
        arm = 0.45 * r
        outlines += [tuple(_bar(x - arm, y - arm, x + arm, y + arm, 0.24 * r))]
        outlines += [tuple(_bar(x - arm, y + arm, x + arm, y - arm, 0.24 * r))]
    return [Polygon(points=points, ink=ink) for points in outlines]


def _set(
    status_words: list[str], place: Place, size: float, *, margins: float
) -> tuple[list[tuple[list[str], float]], float, float]:
    """Give each word's lines with their em height, what is between them, and the unit left for the signs beside them.

    The Chinese word is divided last. `margins` are what the signs take of the width, in units.
    """
    first = min(status_words, key=lambda word: (not _is_chinese(word), status_words.index(word)))
    for divided in ([], [word for word in status_words if word != first], status_words):
        set_as = [_full_size(_lines(word) if word in divided else [word], size) for word in status_words]
        words_take = sum(_wide(*lines) for lines in set_as) + _GAP * size * (len(set_as) - 1)
        unit = min(place.unit, (place.width - words_take) / margins)
        if unit >= _LEAST * place.unit:
            return set_as, _GAP * size, unit
    share = (place.width - margins * _LEAST * place.unit) / words_take
    return [(lines, share * high) for lines, high in set_as], share * _GAP * size, _LEAST * place.unit


def _full_size(lines: list[str], size: float) -> tuple[list[str], float]:
    return lines, size / (1 + _STACKED * (len(lines) - 1))


def _lines(word: str) -> list[str]:
    """Divide a word in two, where it can be."""
    if _is_chinese(word) and len(word) >= 4:
        return [word[: len(word) // 2], word[len(word) // 2 :]]
    return _DIVIDED.get(word, word.split())


def _wide(lines: list[str], size: float) -> float:
    return max(typeface.width(line, bold=True) for line in lines) * size


def _is_chinese(text: str) -> bool:
    return any(character >= "\u2e80" for character in text)


def _stacked(lines: list[str], size: float, x: float, middle: float, ink: str) -> list[GlyphRun]:
    deep = len(lines) == 1 and not _DESCENDING.isdisjoint(lines[0])
    first = middle + (_DEEP if deep else MIDDLE) * size - _STACKED / 2 * size * (len(lines) - 1)
    found: list[GlyphRun] = []
    for number, line in enumerate(lines):
        found += text_runs(line, x=x, baseline=first + _STACKED * size * number, size=size, bold=True, ink=ink)
    return found
