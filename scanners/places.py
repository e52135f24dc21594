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

_BLOCKS_ACROSS = 240  # a block is that part of the longer side, within the bounds below
_BLOCK_LEAST, _BLOCK_MOST = 4, 12  # px
_COHERENT = 0.35  # share of the gradients' energy that agrees in one direction
_ABOVE_NOISE = 3.0  # times the picture's common directed energy
_SECTORS = 6  # directions are looked at in overlapping sectors, so that neighbours at an angle stay apart
_LEAST_LENGTH, _LEAST_HEIGHT = 32, 6  # px
_MOST_PLACES = 64


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
    """Find patches that may be bars, the strongest first, at most 64. Finds nothing where all is one grey."""
    block = int(np.clip(max(gray.shape) // _BLOCKS_ACROSS, _BLOCK_LEAST, _BLOCK_MOST))
    height, width = gray.shape[0] // block, gray.shape[1] // block
    if height < 2 or width < 4:
        return []
    energy, even, odd = _tensor(gray[: height * block, : width * block], (width, height))
    directed = np.hypot(even, odd)
    floor = float(np.median(directed))
    bars = (directed > _COHERENT * energy) & (directed > max(_ABOVE_NOISE * floor * 0.5, 2.0))
    angles = np.asarray(0.5 * np.arctan2(odd, even), np.float32)
    places = [place for sector in range(_SECTORS) for place in _patches(bars, angles, directed, sector, block)]
    places.sort(key=lambda place: place.strength, reverse=True)
    return _apart(places)[:_MOST_PLACES]


def _tensor(gray: Gray, size: tuple[int, int]) -> tuple[Field, Field, Field]:
    """Give energy, and the two components of the doubled angle's vector, a value a block, smoothed over neighbours."""
    across, down = cv2.spatialGradient(gray)
    gx, gy = across.astype(np.float32), down.astype(np.float32)
    xx, yy, xy = (
        np.asarray(cv2.blur(cv2.resize(product, size, interpolation=cv2.INTER_AREA), (3, 3)), np.float32)
        for product in (gx * gx, gy * gy, gx * gy)
    )
    return xx + yy, xx - yy, 2 * xy


def _patches(bars: NDArray[np.bool_], angles: Field, directed: Field, sector: int, block: int) -> list[Place]:
    """Give the connected patches whose direction lies within 30 degrees of the sector's."""
    middle = sector * np.pi / _SECTORS - np.pi / 2
    off = np.abs(np.mod(angles - middle + np.pi / 2, np.pi) - np.pi / 2)
    mask = (bars & (off < np.pi / _SECTORS)).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)))
    count, labels, facts, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    places = []
    for label in range(1, count):
        left, top, wide, high, area = facts[label]
        if area * block < _LEAST_LENGTH or area < 4:
            continue
        window = (slice(top, top + high), slice(left, left + wide))
        rows, columns = np.nonzero(labels[window] == label)
        place = _measure(rows + top, columns + left, angles, directed, block)
        if place and abs(np.mod(place.angle - middle + np.pi / 2, np.pi) - np.pi / 2) <= np.pi / _SECTORS / 2 + 0.05:
            places.append(place)
    return places


def _measure(
    rows: NDArray[np.intp], columns: NDArray[np.intp], angles: Field, directed: Field, block: int
) -> Place | None:
    """Measure a patch along and across its mean direction."""
    weights = directed[rows, columns]
    doubled = 2 * angles[rows, columns]
    angle = 0.5 * float(np.arctan2((weights * np.sin(doubled)).sum(), (weights * np.cos(doubled)).sum()))
    strong = weights > 0.15 * np.percentile(weights, 90)
    x, y = (columns[strong] + 0.5) * block, (rows[strong] + 0.5) * block
    cosine, sine = np.cos(angle), np.sin(angle)
    along, across = x * cosine + y * sine, y * cosine - x * sine
    start, end = np.percentile(along, (0.5, 99.5))
    low, high = np.percentile(across, (4, 96))
    length, height = float(end - start + block), float(high - low + block)
    if length < _LEAST_LENGTH or height < _LEAST_HEIGHT:
        return None
    u, v = (start + end) / 2, (low + high) / 2
    strength = float(weights.mean()) * length * height
    return Place(
        x=float(u * cosine - v * sine), y=float(u * sine + v * cosine), length=length, height=height, angle=angle,
        strength=strength,
    )  # fmt: skip


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
    """Tell whether a patch lies on another, in much the same direction."""
    turned = abs(np.mod(one.angle - other.angle + np.pi / 2, np.pi) - np.pi / 2)
    x, y = one.x - other.x, one.y - other.y
    along = abs(x * np.cos(other.angle) + y * np.sin(other.angle))
    across = abs(y * np.cos(other.angle) - x * np.sin(other.angle))
    return bool(turned < 0.5 and along < other.length / 2 and across < other.height / 2)
