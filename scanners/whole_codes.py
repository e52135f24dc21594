"""The likeliest retail number of a blurred line of grey values, or nothing.

Where no bar can be told from its neighbour any more the number as a whole still can: of all numbers whose check digit
is right the one is sought whose bars, blurred, look most like the line. Where the code begins, how it is stretched and
how far it is out of focus are fitted along with it. The likeliest number counts only when the line leaves little
unexplained and the next number explains it far worse; else nothing is said.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy import fft
from numpy.typing import NDArray

from scanners.chains import (
    BLURS,
    PER_MODULE,
    QUIET,
    Chain,
    Choice,
    Values,
    blurred_module,
    find_checked,
    find_free,
    near,
)
from scanners.ends import find_ends
from scanners.retail import EAN8, EAN13, PATTERNS, SLOT, Layout

Plane = NDArray[np.float32]

_SOUGHT = (1, 4, 7, 17)  # of the blurs, in the search
_BARS = {"EAN13": (7, 34), "EAN8": (5, 26)}  # dark runs between both ends, of which blur hides some
_UP = 4  # samples a pixel of the line
_NEARLY = 1.25  # times the better direction's distance: the other is followed too
_FIRST_ROUNDS, _FOLLOWED, _ROUNDS = 2, 3, 3  # rounds for all of them, and how many get how many more
_PLAUSIBLE, _PROMISING = 0.34, 0.14  # unexplained parts of a start, and after the first rounds, that are followed
_SURE, _HOPEFUL, _AROUND = 0.008, 0.1, 2  # unexplained parts between which it is worth its time to look around
_MOVES = (
    (0, 0.6, 0),
    (0, -0.6, 0),
    (0.7, 0, 0),
    (-0.7, 0, 0),
    (0, 0, 0.8),
    (0, 0, -0.8),
    (0.6, 0.6, 0),
    (-0.6, -0.6, 0),
)
_CLEAR = 0.5  # a margin that no other symbology will beat
_LIMITED = 0.6  # modules a round may move any point


@dataclass(frozen=True, kw_only=True)
class Likely:
    """The likeliest number of a line, and how sure it is.

    `unexplained` is the part of the line's variance that the number leaves; `margin` how much more of it the next
    number leaves, in parts of what the first one does. `is_free` tells that it is also the likeliest of all digits
    without regard to the check digit. `start` and `end` are in pixels of the line; start > end when read backwards.
    """

    text: str
    symbology: str
    start: float
    end: float
    blur: float
    unexplained: float
    margin: float
    is_free: bool


@dataclass(frozen=True, kw_only=True)
class _Start:
    """Where a fit begins, or how far it came: a polynomial in t from -1 to 1, in upsampled pixels, and the digits.

    `distance` is how much of the line it does not explain.
    """

    points: tuple[float, float, float, float]
    blur: int
    distance: float = 0.0
    chosen: Choice = field(default_factory=lambda: np.zeros(0, np.int64))
    light: Values | None = None


@dataclass(frozen=True, kw_only=True)
class _Fitted:
    text: str
    energy: float
    total: float
    next_energy: float
    is_free: bool
    first: float
    last: float
    blur: int


@lru_cache(maxsize=64)
def _model(layout_name: str, blur: int) -> Chain:
    return Chain(_LAYOUTS[layout_name], BLURS[blur])


_LAYOUTS = {"EAN13": EAN13, "EAN8": EAN8}


@lru_cache(maxsize=64)
def _glimpses(layout_name: str, blur: int) -> tuple[Plane, float]:
    """Give what the search compares: digits between their known neighbours (30 x samples), and the spread of a code.

    Left digits stand between black and white, right ones between white and black.
    """
    layout = _LAYOUTS[layout_name]
    wide = SLOT + 4
    module = blurred_module(BLURS[blur], wide)
    shown = np.zeros((30, wide))
    shown[:, 2:-2] = PATTERNS
    shown[:20, 1] = 1
    shown[20:, -2] = 1
    shown[:20, 0] = shown[20:, -1] = 0.5
    shown[:20, -1] = shown[20:, 0] = 0.5
    digits = (shown @ module)[:, PER_MODULE:-PER_MODULE]
    model = _model(layout_name, blur)
    slots = np.arange(len(layout.starts))
    drawn = [
        model.draw(layout.sets[n % len(layout.sets)] + (n * n * 31 + slots * 17 + n * slots * 7) % 10)
        for n in range(40)
    ]
    spreads = [ink[QUIET * PER_MODULE : -QUIET * PER_MODULE].std() for ink in drawn]
    return digits.astype(np.float32), float(np.mean(spreads))


def find_likely(line: Values) -> Iterator[Likely]:
    """Yield the likeliest numbers of a line of grey values a pixel, likeliest first; none where nothing is like one."""
    fine = _upsampled(line)
    for layout in _LAYOUTS.values():
        fitted = sorted(
            (one for each in _follow(fine, line, layout) if (one := _weigh(fine, layout, each))), key=_unexplained
        )
        if likely := _judge(fitted, layout):
            yield likely
            if likely.unexplained < _SURE or (likely.is_free and likely.margin >= _CLEAR):
                return


def _follow(fine: Values, line: Values, layout: Layout) -> list[_Start]:
    """Fit from all starts a little, from the best of them on, and from around the best when it is a hopeful one."""
    starts = [one for one in _search(fine, line, layout) if one.distance < _PLAUSIBLE]
    begun = [one for one in _fits(fine, layout, starts, _FIRST_ROUNDS) if one.distance < _PROMISING]
    further = _fits(fine, layout, begun[:_FOLLOWED], _ROUNDS)
    if not further or not _SURE < further[0].distance < _HOPEFUL:
        return further
    around = _fits(fine, layout, [_moved(further[0], layout, *move) for move in _MOVES], _FIRST_ROUNDS)
    return _fits(fine, layout, [further[0], *around[:_AROUND]], _ROUNDS) + further


def _moved(one: _Start, layout: Layout, shift: float, bend: float, twist: float) -> _Start:
    """Give a fit with its first and middle bars moved by so many modules, and what lies between by a twist."""
    module = 2 * one.points[1] / layout.modules
    a, b, c, d = one.points
    a, b = a + module * (shift / 2 + bend), b - module * (shift / 2 + twist)
    return replace(one, points=(a, b, c - module * bend, d + module * twist))


def _fits(fine: Values, layout: Layout, starts: Iterable[_Start], rounds: int) -> list[_Start]:
    found = [one for start in starts if (one := _fit(fine, layout, start, rounds))]
    return sorted(found, key=lambda one: one.distance)


def _upsampled(line: Values) -> Values:
    wide = len(line)
    slope = np.linspace(line[:4].mean(), line[-4:].mean(), wide)
    return np.asarray(fft.irfft(fft.rfft(line - slope), wide * _UP) * _UP + np.repeat(slope, _UP))


def _grid(layout: Layout) -> Values:
    """Give where the samples lie, from -1 at the first bar's edge to 1 at the last one's."""
    return _grids[layout.name]


def _make_grid(layout: Layout) -> Values:
    count = (layout.modules + 2 * QUIET) * PER_MODULE
    modules = (np.arange(count) + 0.5) / PER_MODULE - QUIET
    return np.asarray(2 * modules / layout.modules - 1)


_grids = {name: _make_grid(layout) for name, layout in _LAYOUTS.items()}
_SHIFTS = (-1.2, -0.4, 0.4, 1.2)  # modules that the ends may lie elsewhere
_BENDS = (-1.6, -0.8, 0.0, 0.8, 1.6)  # modules that the middle may lie elsewhere


def _search(fine: Values, line: Values, layout: Layout) -> list[_Start]:
    """Try ends and middles; gives the likeliest few of them."""
    points = []
    for start, end in find_ends(line, *_BARS[layout.name]):
        module = (end - start) / layout.modules
        a, b, c = np.meshgrid(_SHIFTS, _SHIFTS, _BENDS, indexing="ij")
        left, right = start + a.ravel() * module, end + b.ravel() * module
        points.append(np.stack([(left + right) / 2 + c.ravel() * module, (right - left) / 2, -c.ravel() * module], 1))
    if not points:
        return []
    shapes = np.concatenate(points) * _UP
    t = _grid(layout).astype(np.float32)
    where = shapes.astype(np.float32) @ np.stack([np.ones_like(t), t, t**2])
    seen = cv2.remap(
        fine[None].astype(np.float32), where, np.zeros_like(where), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    inner = slice(QUIET * PER_MODULE, -QUIET * PER_MODULE)
    code = seen[:, inner]
    ramp = t[inner] - t[inner].mean()
    slope = (code @ ramp / (ramp @ ramp))[:, None]
    level = code.mean(axis=1, keepdims=True)
    flat = seen - level - slope * (t - t[inner].mean())[None]
    spread = flat[:, inner].std(axis=1, keepdims=True) + 1e-6
    found: list[_Start] = []
    for blur in _SOUGHT:
        digits, wanted = _glimpses(layout.name, blur)
        ink = np.float32(0.5) - flat * (np.float32(wanted) / spread)
        towards = []
        for backwards in (False, True):
            turned = ink[:, ::-1] if backwards else ink
            distances = _distances(turned, digits, layout) / wanted**2
            number = int(distances.argmin())
            middle, half, bend = (float(value) for value in shapes[number])
            place = (middle, -half if backwards else half, bend, 0.0)
            towards.append(_Start(points=place, blur=blur, distance=float(distances[number])))
        towards.sort(key=lambda one: one.distance)
        found += towards[: 2 if towards[1].distance < _NEARLY * towards[0].distance else 1]
    return found


def _distances(ink: Plane, digits: Plane, layout: Layout) -> Plane:
    """Give for each row how far it is from the nearest chain of digits, each slot by itself, a sample."""
    total = np.zeros(len(ink), np.float32)
    norms = (digits**2).sum(axis=1)
    width = digits.shape[1]
    for slot, start in enumerate(layout.starts):
        chosen = _model(layout.name, 0).allowed[slot]
        first = (start + QUIET - 1) * PER_MODULE
        part = ink[:, first : first + width]
        nearest = (norms[chosen][:, None] - 2 * digits[chosen] @ part.T).min(axis=0)
        total += np.einsum("rs,rs->r", part, part) + nearest
    return np.asarray(total / np.float32(len(layout.starts) * width))


def _fit(fine: Values, layout: Layout, begun: _Start, rounds: int) -> _Start | None:
    """Fit place, stretch, blur and light to the likeliest digits, and these to them again; None where it fails."""
    reached = begun
    for _ in range(rounds):
        reached = _approach(fine, layout, reached)
        if reached.light is None or float(_contrast(reached.light, _grid(layout)).min()) <= 0:
            return None
    return reached


def _approach(fine: Values, layout: Layout, begun: _Start) -> _Start:
    """Choose the likeliest digits as things stand, then move everything else a step nearer to them."""
    t = _grid(layout)
    powers = np.stack([np.ones_like(t), t, t**2, t**3], axis=1)
    where = np.clip(powers @ np.array(begun.points), 0, len(fine) - 2)
    seen = _at(fine, where)
    ink = _first_ink(seen, layout, begun.blur) if begun.light is None else _ink(seen, begun.light, t)
    chosen = find_free(_model(layout.name, begun.blur), ink)
    blur = _best_blur(ink, chosen, layout, begun.blur)
    # seen = paper(t) - contrast(t) * drawn, where `where` moves by powers @ step
    moves = -np.diff(fine)[where.astype(np.int64)][:, None] * powers
    columns = np.concatenate([_lit(layout, blur, chosen), moves], axis=1)
    solved = _solve(columns, seen)
    left = float(((seen - columns @ solved) ** 2).sum() / (((seen - seen.mean()) ** 2).sum() + 1e-9))
    light, step = solved[:5], solved[5:]
    module = abs(2 * begun.points[1]) / layout.modules
    step = step * min(1.0, _LIMITED * module / (np.abs(powers @ step).max() + 1e-9))
    a, b, c, d = np.array(begun.points) + step
    return _Start(points=(a, b, c, d), blur=blur, chosen=chosen, light=light, distance=left)


def _weigh(fine: Values, layout: Layout, reached: _Start) -> _Fitted | None:
    """Compare the likeliest number with the next one, and with the likeliest digits of no check digit."""
    t = _grid(layout)
    ends = np.stack([np.ones_like(t), t, t**2, t**3], axis=1) @ np.array(reached.points)
    seen = _at(fine, np.clip(ends, 0, len(fine) - 2))
    light = _solve(_lit(layout, reached.blur, reached.chosen), seen)
    if float(_contrast(light, t).min()) <= 0:
        return None
    ink, model = _ink(seen, light, t), _model(layout.name, reached.blur)
    free = find_free(model, ink)
    chosen, energy, runner = find_checked(model, layout, ink)
    base = float(((ink - model.fixed) ** 2).sum())
    inner = slice(QUIET * PER_MODULE, -QUIET * PER_MODULE)
    return _Fitted(
        text=_text(layout, chosen), energy=base + energy, total=float(((ink[inner] - ink[inner].mean()) ** 2).sum()),
        next_energy=base + runner, is_free=bool((free == chosen).all()), blur=reached.blur,
        first=float(ends[inner][0]) / _UP, last=float(ends[inner][-1]) / _UP,
    )  # fmt: skip


def _lit(layout: Layout, blur: int, chosen: Choice) -> Values:
    """Give how paper, its slope and curve, and contrast and its slope each change what is seen; a column each."""
    t, drawn = _grid(layout), _model(layout.name, blur).draw(chosen)
    return np.stack([np.ones_like(t), t, t**2, -drawn, -drawn * t], axis=1)


def _ink(seen: Values, light: Values, t: Values) -> Values:
    return np.asarray((light[0] + light[1] * t + light[2] * t**2 - seen) / _contrast(light, t))


def _solve(columns: Values, seen: Values) -> Values:
    """Give the least squares solution; columns that say the same do no harm."""
    square = columns.T @ columns
    square[np.diag_indices_from(square)] *= 1 + 1e-9
    return np.asarray(np.linalg.solve(square + 1e-9 * np.eye(len(square)), columns.T @ seen))


def _at(values: Values, where: Values) -> Values:
    low = where.astype(np.int64)
    part = where - low
    return np.asarray(values[low] * (1 - part) + values[low + 1] * part)


def _contrast(light: Values, t: Values) -> Values:
    return np.asarray(light[3] + light[4] * t)


def _first_ink(seen: Values, layout: Layout, blur: int) -> Values:
    inner = slice(QUIET * PER_MODULE, -QUIET * PER_MODULE)
    t = _grid(layout)
    ramp = t[inner] - t[inner].mean()
    slope = float(seen[inner] @ ramp / (ramp @ ramp))
    flat = seen - seen[inner].mean() - slope * t
    wanted = _glimpses(layout.name, blur)[1]
    return np.asarray(0.5 - flat / (flat[inner].std() + 1e-6) * wanted)


def _best_blur(ink: Values, chosen: Choice, layout: Layout, blur: int) -> int:
    """Give which of a blur and its neighbours explains the ink best with these digits."""
    left = {}
    for one in near(blur):
        drawn = _model(layout.name, one).draw(chosen)
        drawn, seen = drawn - drawn.mean(), ink - ink.mean()
        left[one] = -(float(drawn @ seen) ** 2) / float(drawn @ drawn)
    return min(left, key=lambda one: left[one])


def _text(layout: Layout, chosen: Choice) -> str:
    text = "".join(str(one % 10) for one in chosen)
    if layout.leading:
        sets = chosen // 10 * 10
        text = str(int(np.flatnonzero((layout.sets == sets).all(axis=1))[0])) + text
    return text


def _unexplained(fitted: _Fitted) -> float:
    return fitted.energy / fitted.total


def _judge(found: list[_Fitted], layout: Layout) -> Likely | None:
    """Judge fits, the best first: the margin is to the next number of its own, or of all other fits."""
    if not found:
        return None
    best = found[0]
    left = _unexplained(best)
    runner = min([best.next_energy / best.total] + [_unexplained(o) for o in found if o.text != best.text])
    return Likely(
        text=best.text, symbology=layout.name, start=best.first, end=best.last, blur=BLURS[best.blur].sigma,
        unexplained=left, margin=(runner - left) / left, is_free=best.is_free,
    )  # fmt: skip
