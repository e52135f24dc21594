"""Handling marks of packages, after the signs of ISO 780, drawn by us as polygons (4.7.3).

Each is drawn in a square of side 1, y downward, and framed; `draw_pictogram` puts it on the paper.
"""

from collections.abc import Callable
from math import cos, pi, sin

from labels import typeface
from labels.drawing import BLACK, Polygon, Shape
from labels.fitting import text_runs

Points = list[tuple[float, float]]
FRAME = 0.03
_MIDDLE = 0.37  # from the baseline up to the middle of a digit, in ems


def _box(left: float, top: float, right: float, bottom: float) -> Points:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _arc(x: float, y: float, radius: float, start: float, end: float, steps: int = 24) -> Points:
    """Points of an arc; angles in turns, 0 to the right and growing clockwise on paper."""
    turns = (start + (end - start) * step / steps for step in range(steps + 1))
    return [(x + radius * cos(2 * pi * turn), y + radius * sin(2 * pi * turn)) for turn in turns]


def _this_way_up() -> list[Points]:
    arrows = [
        [(x, 0.14), (x + 0.15, 0.40), (x + 0.05, 0.40), (x + 0.05, 0.74), (x - 0.05, 0.74), (x - 0.05, 0.40),
         (x - 0.15, 0.40)]
        for x in (0.30, 0.70)
    ]  # fmt: skip
    return [*arrows, _box(0.14, 0.80, 0.86, 0.87)]


def _fragile() -> list[Points]:
    """A glass with a crack from its rim."""
    crack = [(0.46, 0.13), (0.54, 0.24), (0.47, 0.31), (0.55, 0.41), (0.53, 0.30), (0.60, 0.23), (0.55, 0.13)]
    bowl = [(0.28, 0.13), *crack, (0.72, 0.13), (0.70, 0.38), (0.62, 0.52), (0.54, 0.56)]
    foot = [(0.54, 0.78), (0.66, 0.82), (0.66, 0.87), (0.34, 0.87), (0.34, 0.82), (0.46, 0.78)]
    return [[*bowl, *foot, (0.46, 0.56), (0.38, 0.52), (0.30, 0.38)]]


def _keep_dry() -> list[Points]:
    """An umbrella under drops."""
    top = _arc(0.5, 0.58, 0.36, 0.5, 1.0)
    hem = [(0.74, 0.51), (0.62, 0.58), (0.5, 0.51), (0.38, 0.58), (0.26, 0.51)]
    hook = [*_arc(0.42, 0.78, 0.10, 0.0, 0.5, 12), *reversed(_arc(0.42, 0.78, 0.05, 0.0, 0.5, 12))]
    drops = [
        [(x, y), (x + 0.028, y + 0.075), (x, y + 0.1), (x - 0.028, y + 0.075)]
        for x, y in ((0.20, 0.10), (0.40, 0.07), (0.60, 0.07), (0.80, 0.10))
    ]
    return [[*top, *hem], _box(0.47, 0.53, 0.52, 0.79), hook, *drops]


def _keep_from_sun() -> list[Points]:
    """A sun and its rays over a sheltered carton."""
    sun = _arc(0.5, 0.30, 0.085, 0.0, 1.0)
    rays = []
    for number in range(8):
        turn = 2 * pi * number / 8
        ahead, aside = (cos(turn), sin(turn)), (-sin(turn) * 0.018, cos(turn) * 0.018)
        near, far = ((0.5 + ahead[0] * length, 0.30 + ahead[1] * length) for length in (0.115, 0.19))
        rays.append(
            [
                (near[0] + aside[0], near[1] + aside[1]), (far[0] + aside[0], far[1] + aside[1]),
                (far[0] - aside[0], far[1] - aside[1]), (near[0] - aside[0], near[1] - aside[1]),
            ]
        )  # fmt: skip
    roof = [(0.14, 0.64), (0.5, 0.52), (0.86, 0.64), (0.86, 0.70), (0.5, 0.58), (0.14, 0.70)]
    return [sun, *rays, roof, _box(0.32, 0.70, 0.68, 0.88)]


def _stacking() -> list[Points]:
    """A carton on the lowest one, and the bar that nothing goes above; the number stands between."""
    outline = [*_box(0.27, 0.22, 0.73, 0.60), (0.27, 0.22), (0.31, 0.26), (0.31, 0.56), (0.69, 0.56), (0.69, 0.26),
               (0.31, 0.26)]  # fmt: skip
    return [_box(0.14, 0.12, 0.86, 0.17), outline, _box(0.27, 0.63, 0.73, 0.83), _box(0.14, 0.85, 0.86, 0.89)]


def _complete() -> list[Points]:
    """A tick: the package was checked and holds all it must (4.7.4)."""
    return [[(0.16, 0.52), (0.28, 0.40), (0.43, 0.55), (0.74, 0.20), (0.86, 0.32), (0.43, 0.80)]]


PICTOGRAMS: dict[str, Callable[[], list[Points]]] = {
    "this-way-up": _this_way_up,
    "fragile": _fragile,
    "keep-dry": _keep_dry,
    "keep-from-sun": _keep_from_sun,
}
STACKING, COMPLETE = "stacking", "complete"
_OURS = {STACKING: _stacking, COMPLETE: _complete}  # asked for by other fields of the label


def draw_pictogram(name: str, *, x: float, y: float, side: float, number: int = 0) -> list[Shape]:
    """Give a mark's shapes in a square of `side` dots; `stacking` carries the number of cartons that may stand."""
    outlines = (_OURS.get(name) or PICTOGRAMS[name])()
    frame = [*_box(0, 0, 1, 1), (0.0, 0.0), (FRAME, FRAME), (FRAME, 1 - FRAME), (1 - FRAME, 1 - FRAME),
             (1 - FRAME, FRAME), (FRAME, FRAME)]  # fmt: skip
    shapes: list[Shape] = [
        Polygon(points=tuple((x + side * px, y + side * py) for px, py in points), ink=BLACK)
        for points in [frame, *outlines]
    ]
    if name == STACKING:
        size = 0.30 * side
        left = x + side / 2 - typeface.width(str(number), bold=True) * size / 2
        shapes += text_runs(
            str(number), x=left, baseline=y + 0.41 * side + _MIDDLE * size, size=size, bold=True, ink=BLACK
        )
    return shapes
