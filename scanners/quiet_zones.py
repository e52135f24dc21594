"""Whether a code's bars end where the code ends: of some symbologies a part reads as well as the whole.

An Interleaved 2 of 5 has short guards and no fixed length, so a number cut off by a reflection, a fold or the picture's
edge is a number still. What proves its ends is bare paper beyond both: neither bars, nor an edge, nor a light brighter
than the paper between its own bars, under which more bars may lie. Source: R-A8.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from scanners import places
from scanners.engines import Gray
from scanners.scan import Code

_SAME_DIRECTION = 0.5  # cosine: a line may cross the bars at a slant
_NEAR = 0.75
_SLICE = 16  # px: such a picture is a slice of a code
_UNTOUCHED = {"zxing raw", "zbar raw"}  # both engines read it in the picture as it is
_BEYOND = 0.2  # of a code's length: bars so far outside of it belong to it
_GUARDS, _A_DIGIT = 8.5, 8.0  # modules of an ITF, at the usual ratio of 1 to 2.5
_ZONE_FROM, _ZONE_TO = 1.5, 6.0  # modules beyond the last bar; the standard asks for ten, prints often have fewer
_ZONE_LEAST = 4.0  # modules that must be in the picture: the widest space inside has three
_HEIGHTS = (-0.25, 0.0, 0.25)  # of the bars, from their middle, where a line is laid across all of them
_MOST_DARKER, _MOST_BRIGHTER = 0.35, 0.6  # than the spaces, parts of the contrast: blur makes spaces darker than paper
_SATURATED = 250  # grey level that only a reflection reaches where the spaces are darker
_SAMPLES = 4  # a module


def is_whole(code: Code, gray: Gray, scale: float, around: list[places.Place]) -> bool:
    """Tell whether an ITF has bare paper beyond both ends all along its bars, and no bars in line with it.

    The line that was read may leave a turned symbol at its upper edge, where paper is bare as well; so the ends are
    looked at on lines of our own, square to the bars and well inside their height. `scale` is that of `gray`,
    `around` are the patches of bars in it.
    """
    corners = np.array(code.polygon, np.float64) * scale
    start, end = (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2
    modules = _GUARDS + _A_DIGIT * len(code.text)
    own = next((place for place in around if _lies_on(place, start, end)), None)
    if own is None and (min(gray.shape) < _SLICE or set(code.passes) >= _UNTOUCHED):
        own = _as_place(corners)  # bars that fill the picture are no patch in it
    if own is None:
        return False
    along, down = _axes(own)
    middle = np.array([own.x, own.y])
    first, last = (middle + along * float((point - middle) @ along) for point in (start, end))
    proven = [
        _has_zones(gray, first + down * own.height * height, last + down * own.height * height, modules)
        for height in _HEIGHTS
    ]
    return sum(proven) * 2 > len(proven) and not any(_goes_on(place, start, end) for place in around)


def _as_place(corners: NDArray[np.float64]) -> places.Place:
    turn = corners[1] + corners[2] - corners[0] - corners[3]
    x, y = corners.mean(axis=0)
    length, angle = float(np.linalg.norm(turn)) / 2, float(np.arctan2(turn[1], turn[0]))
    height = max(float(np.linalg.norm(corners[2] + corners[3] - corners[0] - corners[1])) / 2, 1.0)
    return places.Place(x=float(x), y=float(y), length=length, height=height, angle=angle, strength=0.0)


def _axes(place: places.Place) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    along = np.array([np.cos(place.angle), np.sin(place.angle)])
    return along, np.array([-along[1], along[0]])


def _lies_on(place: places.Place, start: NDArray[np.float64], end: NDArray[np.float64]) -> bool:
    """Tell whether the middle of a code lies on a patch whose bars the code may be made of."""
    along, down = _axes(place)
    off = (start + end) / 2 - np.array([place.x, place.y])
    reach = abs(float((end - start) @ along))
    return (
        abs(float(off @ along)) < place.length / 2
        and abs(float(off @ down)) < _NEAR * place.height  # a patch is measured without its outermost rows
        and reach > _SAME_DIRECTION * float(np.linalg.norm(end - start))
    )


def _has_zones(gray: Gray, start: NDArray[np.float64], end: NDArray[np.float64], modules: float) -> bool:
    """Tell whether the paper is bare beyond both ends of a line across all bars."""
    beyond = _ZONE_TO / modules
    steps = np.arange(-beyond, 1 + beyond, 1 / (modules * _SAMPLES))
    points = (start[None] + (end - start)[None] * steps[:, None]).astype(np.float32)
    seen = np.asarray(((points >= 0) & (points < np.array(gray.shape[::-1]))).all(axis=1))
    if not seen[(steps >= -_ZONE_LEAST / modules) & (steps <= 1 + _ZONE_LEAST / modules)].all():
        return False
    line = cv2.remap(gray, points[None, :, 0], points[None, :, 1], cv2.INTER_LINEAR)[0].astype(np.float64)
    inside = line[(steps >= 0) & (steps <= 1)]
    dark, paper, brightest = np.percentile(inside, (10, 75, 90))
    contrast = max(float(paper - dark), 1.0)
    zones = (line[seen & (steps < -_ZONE_FROM / modules)], line[seen & (steps > 1 + _ZONE_FROM / modules)])
    low, high = paper - _MOST_DARKER * contrast, paper + _MOST_BRIGHTER * contrast
    if brightest < _SATURATED and any(zone.max() >= _SATURATED for zone in zones):
        return False
    return all(low <= zone.min() and np.median(zone) <= high for zone in zones)


def _goes_on(place: places.Place, start: NDArray[np.float64], end: NDArray[np.float64]) -> bool:
    """Tell whether a patch of bars lies in line with the code, on it or near it, and reaches beyond it."""
    along, down = _axes(place)
    middle = np.array([place.x, place.y])
    ends = sorted((float((start - middle) @ along), float((end - middle) @ along)))
    length = ends[1] - ends[0]
    aside = abs(float(((start + end) / 2 - middle) @ down))
    if length < _SAME_DIRECTION * float(np.linalg.norm(end - start)) or aside > place.height / 2:
        return False
    low, high = -place.length / 2 - ends[0], place.length / 2 - ends[0]
    return high > -length and low < 2 * length and (low < -_BEYOND * length or high > (1 + _BEYOND) * length)
