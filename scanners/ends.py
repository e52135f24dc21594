"""Where a blurred code begins and ends on a line: dark runs between two runs of bare paper."""

from dataclasses import dataclass, replace

import numpy as np

from scanners.chains import Values

_FALLS = 0.08  # of the line's contrast, where bare paper ends
_SHORTEST, _BARE = 56, 0.035  # px of a code, and part of its length that is bare paper beside it
_STANDS_OUT = 0.25  # of the contrast: so much brighter than both ends a place between them may be
_MOST_PAIRS = 4


@dataclass(frozen=True, kw_only=True)
class _Paper:
    """A bright run of a line: its brightest place and value, how wide it is, and where it is half gone to one side."""

    at: int
    light: float
    wide: int
    edge: float


def find_ends(line: Values, least: int, most: int) -> list[tuple[float, float]]:
    """Give where a code may begin and end, in pixels: dark runs, so many, between two runs of bare paper.

    Blurred bars leave no place between them as bright as the paper, so none there stands out above both ends.
    """
    starts = _papers(line)
    ends = [replace(one, at=len(line) - 1 - one.at, edge=len(line) - 1 - one.edge) for one in _papers(line[::-1])]
    if not starts or not ends:
        return []
    minima = np.flatnonzero((line[1:-1] < line[:-2]) & (line[1:-1] <= line[2:])) + 1
    first, last = (np.array([one.edge for one in some]) for some in (starts, ends))
    length = last[None] - first[:, None]
    bars = np.searchsorted(minima, last)[None] - np.searchsorted(minima, first, "right")[:, None]
    narrower = np.minimum(*np.ix_([one.wide for one in starts], [one.wide for one in ends]))
    wide = narrower / np.maximum(length, 1.0)
    fit = (length >= _SHORTEST) & (bars >= least) & (bars <= most) & (wide >= _BARE)
    pairs = []
    for number, other in np.argwhere(fit):
        start, end = starts[number], ends[other]
        stands_out = _stands_out(line[start.at : end.at + 1], start.light, end.light)
        if stands_out < _STANDS_OUT:
            pairs.append((min(float(wide[number, other]), 0.1) - stands_out, start.edge, end.edge))
    return [(start, end) for _, start, end in sorted(pairs, reverse=True)[:_MOST_PAIRS]]


def _stands_out(inside: Values, first: float, last: float) -> float:
    """Give how far a line rises above the straight one from `first` to `last`, in parts of its contrast."""
    above = inside - (first + np.arange(len(inside)) * ((last - first) / max(len(inside) - 1, 1)))
    return float(above.max()) / max(float(inside.max() - inside.min()), 1.0)


def _papers(line: Values) -> list[_Paper]:
    """Give the bright runs of a line from which it falls to the right."""
    smooth = np.convolve(np.pad(line, 1, mode="edge"), (0.25, 0.5, 0.25), "valid")
    least = _FALLS * float(np.ptp(smooth))
    found: dict[int, _Paper] = {}
    tops = np.flatnonzero((smooth[1:-1] >= smooth[:-2]) & (smooth[1:-1] > smooth[2:])) + 1
    for top in tops:
        falling = smooth[top:]
        rises = np.flatnonzero(np.diff(falling) > 0)
        low = float(falling[: int(rises[0]) + 1].min()) if len(rises) else float(falling.min())
        light = float(smooth[top])
        if light - low < least:
            continue
        bare = smooth >= light - 0.2 * (light - low)
        right = int(top) + int(np.flatnonzero(~bare[top:])[0])
        dark = np.flatnonzero(~bare[:top])
        left = int(dark[-1]) + 1 if len(dark) else 0
        edge = int(top) + int(np.flatnonzero(falling <= (light + low) / 2)[0])
        if right not in found or light > found[right].light:
            found[right] = _Paper(at=int(top), light=light, wide=right - left, edge=float(edge))
    return list(found.values())
