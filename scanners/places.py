"""Where bars lie in a picture, and in which direction they are read.

The structure tensor of the grey values is averaged over blocks: where it prefers one direction, parallel edges lie.
Noise prefers none, however strong it is, so faint bars in the dark still stand out. Writing and wood also prefer
directions; they are offered too, and the engines find nothing in them.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from scanners.engines import Corners, Gray

Field = NDArray[np.float32]
Image = cv2.typing.MatLike

_BLOCKS_ACROSS = 240  # a block is that part of the longer side, within the bounds below
_BLOCK_LEAST, _BLOCK_MOST = 4, 12  # px
_COHERENT = 0.35  # share of the gradients' energy that agrees in one direction
_ABOVE_NOISE = 3.0  # times the picture's common directed energy
# Parts of the most directed block around: the first keeps codes apart that lie side by side, the second keeps bars
# whose blur leaves little of them beside the paper's edge.
_OF_NEIGHBOURS, _NEIGHBOURS = (0.12, 0.004), 21
_OF_LIGHT, _OF_LIGHT_LEAST = 0.3, 32  # of the light's range; px of the shorter side
_SAMPLED = 16  # rows
_SECTORS = 6  # directions are looked at in overlapping sectors, so that neighbours at an angle stay apart
_LEAST_LENGTH, _LEAST_HEIGHT = 32, 6  # px
_MOST_PLACES = 64
_MOST_PATCHES = 32  # of one sector


@dataclass(frozen=True, kw_only=True)
class Place:
    """A patch of parallel edges: its middle, its size along and across the reading direction, and that direction.

    Lengths in pixels; `angle` in radians, from the x axis towards y, in [-pi/2, pi/2). `strength` ranks places.
    """

    x: float
    y: float
    length: float
    height: float
    angle: float
    strength: float

    def corners(self) -> Corners:
        """Give the four corners, beginning where reading begins."""
        along = np.array([np.cos(self.angle), np.sin(self.angle)]) * self.length / 2
        down = np.array([-np.sin(self.angle), np.cos(self.angle)]) * self.height / 2
        middle = np.array([self.x, self.y])
        return np.array([middle - along - down, middle + along - down, middle + along + down, middle - along + down])


def find_places(gray: Gray) -> list[Place]:
    """Find patches that may be bars, the strongest first, at most 64. Finds nothing where all is one grey.

    Where noise drowns the light patches are sought at half the size: the noise of four pixels is half that of one.
    """
    if is_drowned(gray):
        half = cv2.resize(gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        return [scaled(place, 2.0) for place in _find(np.asarray(half, np.uint8))]
    return _find(gray)


def is_drowned(gray: Gray) -> bool:
    """Tell whether neighbouring pixels differ by much of all the light there is: the sensor's noise in the dark."""
    if min(gray.shape) < _OF_LIGHT_LEAST:
        return False
    rows = gray[:: max(1, gray.shape[0] // _SAMPLED)].astype(np.int16)
    noise = float(np.median(np.abs(np.diff(rows, axis=1))))
    dark, light = np.percentile(cv2.resize(gray, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA), (2, 98))
    return noise > _OF_LIGHT * float(light - dark)


def _find(gray: Gray) -> list[Place]:
    block = int(np.clip(max(gray.shape) // _BLOCKS_ACROSS, _BLOCK_LEAST, _BLOCK_MOST))
    height, width = gray.shape[0] // block, gray.shape[1] // block
    if height < 2 or width < 4:
        return []
    energy, even, odd = _tensor(gray[: height * block, : width * block], block)
    directed = np.hypot(even, odd)
    floor = float(np.partition(directed, directed.size // 2, axis=None)[directed.size // 2])
    bars = (directed > _COHERENT * energy) & (directed > max(_ABOVE_NOISE * floor * 0.5, 2.0))
    if not bars.any():
        return []
    around = cv2.dilate(directed, np.ones((_NEIGHBOURS, _NEIGHBOURS), np.uint8))
    places: list[Place] = []
    for part in _OF_NEIGHBOURS:
        strong = bars & (directed > part * around)
        found = [place for sector in range(_SECTORS) for place in _patches(strong, even, odd, directed, sector, block)]
        places += sorted(found, key=lambda place: place.strength, reverse=True)
    return sorted(_apart(places), key=lambda place: place.strength, reverse=True)[:_MOST_PLACES]


def _tensor(gray: Gray, block: int) -> tuple[Field, Field, Field]:
    """Give energy, and the two components of the doubled angle's vector, a value a block, smoothed over neighbours."""
    across, down = cv2.spatialGradient(gray)
    xx, yy, xy = (
        np.asarray(cv2.blur(_mean_of_blocks(cv2.multiply(one, other, dtype=cv2.CV_32F), block), (3, 3)), np.float32)
        for one, other in ((across, across), (down, down), (across, down))
    )
    return xx + yy, xx - yy, 2 * xy


def _mean_of_blocks(values: Image, block: int) -> Image:
    """Give the mean of each block; halving is the cheapest way there."""
    while block > 1:
        step = 2 if block % 2 == 0 else block
        size = (values.shape[1] // step, values.shape[0] // step)
        values, block = cv2.resize(values, size, interpolation=cv2.INTER_AREA), block // step
    return values


def _patches(bars: NDArray[np.bool_], even: Field, odd: Field, directed: Field, sector: int, block: int) -> list[Place]:
    """Give the connected patches whose direction lies within 30 degrees of the sector's."""
    middle = sector * np.pi / _SECTORS - np.pi / 2
    near = even * np.float32(np.cos(2 * middle)) + odd * np.float32(np.sin(2 * middle)) > 0.5 * directed
    mask = (bars & near).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)))
    count, labels, facts, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_16U)
    inside = np.flatnonzero(labels)
    if not inside.size:
        return []
    owners = labels.ravel()[inside].astype(np.intp)
    sums = [np.bincount(owners, part.ravel()[inside], minlength=count) for part in (even, odd)]
    means, weights = 0.5 * np.arctan2(sums[1], sums[0]), np.hypot(sums[0], sums[1])
    off_middle = np.abs(np.mod(means - middle + np.pi / 2, np.pi) - np.pi / 2)
    sizes = facts[:, cv2.CC_STAT_AREA] * block
    fit = np.flatnonzero((off_middle <= np.pi / _SECTORS / 2 + 0.05) & (sizes >= _LEAST_LENGTH))
    strongest = sorted((int(one) for one in fit if one), key=lambda one: -weights[one])
    found = []
    for label in strongest[:_MOST_PATCHES]:
        left, top, wide, high, _ = facts[label]
        window = (slice(top, top + high), slice(left, left + wide))
        rows, columns = np.nonzero(labels[window] == label)
        found.append(_measure(rows + top, columns + left, float(means[label]), directed, block))
    return [place for place in found if place]


def _measure(
    rows: NDArray[np.intp], columns: NDArray[np.intp], angle: float, directed: Field, block: int
) -> Place | None:
    """Measure a patch along and across its mean direction; the outermost blocks may be chance."""
    weights = directed[rows, columns]
    strong = weights > 0.15 * np.sort(weights)[int(0.9 * (len(weights) - 1))]
    x, y = (columns[strong] + 0.5) * block, (rows[strong] + 0.5) * block
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    start, end = _reach(x * cosine + y * sine, 0.005)
    low, high = _reach(y * cosine - x * sine, 0.04)
    length, height = end - start + block, high - low + block
    if length < _LEAST_LENGTH or height < _LEAST_HEIGHT:
        return None
    u, v = (start + end) / 2, (low + high) / 2
    return Place(
        x=u * cosine - v * sine, y=u * sine + v * cosine, length=length, height=height, angle=angle,
        strength=float(weights.mean()) * length * height,
    )  # fmt: skip


def _reach(values: NDArray[np.float64], outside: float) -> tuple[float, float]:
    """Give the bounds of values with the given part of them outside each."""
    ordered = np.sort(values)
    skip = int(outside * (len(ordered) - 1))
    return float(ordered[skip]), float(ordered[-1 - skip])


def _apart(places: list[Place]) -> list[Place]:
    """Drop what neighbouring sectors found again."""
    kept: list[Place] = []
    for place in places:
        if not any(is_same(place, other) for other in kept):
            kept.append(place)
    return kept


def scaled(place: Place, scale: float) -> Place:
    """Take a place to a picture so many times as large."""
    return replace(
        place, x=place.x * scale, y=place.y * scale, length=place.length * scale, height=place.height * scale
    )


def is_same(one: Place, other: Place) -> bool:
    """Tell whether a patch lies on another, in much the same direction, and is not much longer."""
    turned = abs(np.mod(one.angle - other.angle + np.pi / 2, np.pi) - np.pi / 2)
    x, y = one.x - other.x, one.y - other.y
    along = abs(x * np.cos(other.angle) + y * np.sin(other.angle))
    across = abs(y * np.cos(other.angle) - x * np.sin(other.angle))
    longer = one.length > 1.4 * other.length
    return bool(not longer and turned < 0.5 and along < other.length / 2 and across < other.height / 2)
