"""One line across an Interleaved 2 of 5, read by ourselves: do its bars say that number, and where do they end?

The engines tell a text and hardly where it ends, and a part of an ITF is an ITF too. So a number is looked for on the
line bar by bar; its bars must be as wide as their like all along it, and the outermost as dark as the others. A shadow,
a fold or the rest of a bar that something covers passes for a guard with an engine, but not here.

Source: ISO/IEC 16390; R-A8.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_WIDE = ("00110", "10001", "01001", "11000", "00101", "10100", "01100", "00011", "10010", "01010")
_START, _STOP = (False,) * 4, (True, False, False)
_ELEMENTS = len(_START) + len(_STOP)
_LOCAL = 14  # modules, over which black and white are parted
_OFF_WIDTH = 0.5  # modules that a bar or space may differ from its like
_OFF_DARK = 0.15  # of the contrast: so much paler than the palest narrow bar between them may the outermost be
_ZONE_FROM, _ZONE_TO, _ZONE_LEAST = 1.25, 6.0, 4.0  # modules beyond; the standard asks for ten, prints often have fewer
_STEP_OVER, _STEP = 1.5, 0.12  # modules, and part of the contrast, by which the paper's light may change
_DARKER, _BRIGHTER = 0.2, 0.6  # than the spaces, parts of the contrast: blur makes spaces darker than paper
_SATURATED = 250  # grey level that only a reflection reaches where the spaces are darker


@dataclass(frozen=True, kw_only=True)
class Spelt:
    """Where on a line a number stands (samples), whether its guards are whole, and what is beyond them.

    `has_zones` tells that bare paper is beyond both ends, `goes_on` that beyond an end is something else; neither is so
    where the line itself ends there.
    """

    start: float
    end: float
    has_guards: bool
    has_zones: bool
    goes_on: bool


def modules_of(digits: str) -> int:
    """Give the length of a number in modules, where a wide element has three."""
    return 9 * (len(digits) + 1)


def find_number(line: Values, digits: str, module: float) -> Spelt | None:
    """Find a number of an even count of digits on a line, in either direction; None where the bars do not say it.

    `module` is about the samples of a module.
    """
    edges = _find_edges(line, module)
    wide = _widths(digits)
    if len(edges) <= len(wide):
        return None
    windows = np.lib.stride_tricks.sliding_window_view(np.diff(edges), len(wide))[::2]  # each begins with a bar
    for pattern in (wide, wide[::-1]):
        for first in np.flatnonzero(_say(windows, pattern, forward=pattern is wide)):
            return _judge(line, edges[2 * first : 2 * first + len(wide) + 1], pattern)
    return None


def _find_edges(line: Values, module: float) -> Values:
    """Give where the line falls into the dark and rises again, in turn, by the middle between light and dark around."""
    reach = int(_LOCAL * module) | 1
    around, row = np.ones((1, reach), np.uint8), line.astype(np.float32)[None]
    high = cv2.blur(cv2.dilate(row, around), (reach, 1))[0]
    low = cv2.blur(cv2.erode(row, around), (reach, 1))[0]
    over = line - (high + low) / 2
    before = np.flatnonzero((over[:-1] > 0) != (over[1:] > 0))
    edges = before + over[before] / (over[before] - over[before + 1])
    return np.asarray(edges[1:] if len(over) and over[0] <= 0 else edges, np.float64)


def _widths(digits: str) -> NDArray[np.bool_]:
    """Tell of each bar and space in turn whether it is wide: of two digits one is in the bars, one in the spaces."""
    drawn = [_WIDE[int(digit)] for digit in digits]
    pairs = [mark == "1" for bars, spaces in zip(drawn[::2], drawn[1::2], strict=True)
             for both in zip(bars, spaces, strict=True) for mark in both]  # fmt: skip
    return np.array([*_START, *pairs, *_STOP])


def _say(windows: Values, wide: NDArray[np.bool_], *, forward: bool) -> NDArray[np.bool_]:
    """Tell of each window of widths whether of all five bars and all five spaces of a pair the right two are widest."""
    guard = len(_START) if forward else len(_STOP)
    data = slice(guard, guard + len(wide) - _ELEMENTS)
    groups, mask = windows[:, data].reshape(len(windows), -1, 5, 2), wide[data].reshape(-1, 5, 2)
    least, most = np.where(mask, groups, np.inf).min(axis=2), np.where(mask, 0.0, groups).max(axis=2)
    return np.asarray((least > most).all(axis=(1, 2)))


def _judge(line: Values, edges: Values, wide: NDArray[np.bool_]) -> Spelt:
    widths, is_bar = np.diff(edges), np.arange(len(wide)) % 2 == 0
    usual = np.zeros(len(wide))
    for kind in (wide & is_bar, wide & ~is_bar, ~wide & is_bar, ~wide & ~is_bar):
        usual[kind] = np.median(widths[kind])
    module = float(np.mean([np.median(widths[~wide & is_bar]), np.median(widths[~wide & ~is_bar])]))
    inside = line[int(edges[0]) : int(edges[-1]) + 1]
    dark, paper = np.percentile(inside, (10, 75))
    contrast = max(float(paper - dark), 1.0)
    as_wide = np.abs(widths - usual).max() <= _OFF_WIDTH * module
    depths = np.array([line[int(a) : int(b) + 2].min() for a, b in zip(edges[::2], edges[1::2], strict=True)])
    palest = float(depths[1:-1][~wide[::2][1:-1]].max())
    as_dark = max(depths[0], depths[-1]) - palest <= _OFF_DARK * contrast
    zones = (_zone(line[::-1], len(line) - 1 - edges[0], module), _zone(line, edges[-1], module))
    lit = np.percentile(inside, 90) < _SATURATED
    bare = [
        _is_bare(zone, module, paper=float(paper), contrast=contrast) and not (lit and zone.max() >= _SATURATED)
        for zone in zones
        if len(zone)
    ]
    return Spelt(
        start=float(edges[0]),
        end=float(edges[-1]),
        has_guards=bool(as_wide and as_dark),
        has_zones=len(bare) == len(zones) and all(bare),
        goes_on=not all(bare),
    )


def _zone(line: Values, end: float, module: float) -> Values:
    zone = line[int(end + _ZONE_FROM * module) : int(end + _ZONE_TO * module) + 1]
    return zone if len(zone) >= (_ZONE_LEAST - _ZONE_FROM) * module else zone[:0]


def _is_bare(zone: Values, module: float, *, paper: float, contrast: float) -> bool:
    """Tell whether the light beyond the bars is that of their paper, and changes nowhere as at an edge."""
    reach = max(1, round(_STEP_OVER * module))
    mean = np.convolve(zone, np.ones(reach) / reach, "valid")
    steps = np.abs(mean[reach:] - mean[:-reach]) if len(mean) > reach else np.array([np.ptp(mean)])
    low, high = paper - _DARKER * contrast, paper + _BRIGHTER * contrast
    return bool(steps.max() <= _STEP * contrast and mean.min() >= low and np.median(zone) <= high)
