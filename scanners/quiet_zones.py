"""Whether a code's bars end where the code ends: of some symbologies a part reads as well as the whole.

An Interleaved 2 of 5 has short guards and no fixed length, so a number cut off by a reflection, a fold or the picture's
edge is a number still. What proves its ends are whole guards and bare paper beyond both: neither bars, nor an edge, nor
a light brighter than the paper between its own bars, under which more bars may lie. Source: R-A8.
"""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from scanners import itf, places
from scanners.engines import Gray
from scanners.scan import Code

_SAME_DIRECTION = 0.5  # cosine: a line may cross the bars at a slant
_NEAR = 0.75
_SLICE = 16  # px: such a picture is a slice of a code
_UNTOUCHED = {"zxing raw", "zbar raw"}  # both engines read it in the picture as it is
_BEYOND = 0.2  # of a code's length: bars so far outside of it belong to it
_HEIGHTS = (-0.3, -0.15, 0.0, 0.15, 0.3)  # of the bars, from their middle, where a line is laid across all of them
_MOST_ODD = 1  # lines that have the number and not bare paper: a spot is on one, the edge of a cover on several
_MOST_ROWS, _ROWS = 0.1, 5  # of the bars' height, added up for one line
_MARGIN = 12  # modules of a line beyond both ends of a patch
_SAMPLES, _MOST_SAMPLES = 3, 16_000  # a pixel, and of a line


def is_whole(code: Code, gray: Gray, scale: float, around: list[places.Place]) -> bool:
    """Tell whether an ITF's number stands between bare paper on most lines across it, and no bars go on beyond.

    The engines' line may leave a turned symbol at its upper edge, where paper is bare as well, or run where a cover's
    slanted edge happens to leave a number; so the number is looked for on lines of our own, square to the bars and well
    inside their height. `scale` is that of `gray`, `around` are the patches of bars in it.
    """
    corners = np.array(code.polygon, np.float64) * scale
    start, end = (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2
    own = next((place for place in around if _lies_on(place, start, end)), None)
    if own is None and (min(gray.shape) < _SLICE or set(code.passes) >= _UNTOUCHED):
        own = _as_place(corners)  # bars that fill the picture are no patch in it
    if own is None:
        return False
    own = _as_long_as(own, start, end)
    spelt = [found for height in _HEIGHTS if (found := _spell(gray, own, height, code.text))]
    bare = [(first, last) for one, first, last in spelt if one.has_zones]
    if 2 * len(bare) <= len(_HEIGHTS) or sum(one.goes_on for one, _, _ in spelt) > _MOST_ODD:
        return False
    if not all(one.has_guards for one, _, _ in spelt):
        return False
    first, last = bare[len(bare) // 2]
    return not any(_goes_on(place, first, last) for place in around)


def _as_long_as(place: places.Place, start: NDArray[np.float64], end: NDArray[np.float64]) -> places.Place:
    """Lengthen a patch by what a code reaches beyond it: wide bars part a code into patches."""
    along, _ = _axes(place)
    middle = np.array([place.x, place.y])
    reach = [float((point - middle) @ along) for point in (start, end)]
    first, last = min(*reach, -place.length / 2), max(*reach, place.length / 2)
    x, y = middle + along * (first + last) / 2
    return replace(place, x=float(x), y=float(y), length=last - first)


def _spell(
    gray: Gray, place: places.Place, height: float, digits: str
) -> tuple[itf.Spelt, NDArray[np.float64], NDArray[np.float64]] | None:
    """Look for a number on a line across a place; gives what is found and where it begins and ends, in pixels."""
    along, down = _axes(place)
    module = place.length / itf.modules_of(digits)
    reach = place.length / 2 + _MARGIN * module
    samples = min(_SAMPLES, _MOST_SAMPLES / (2 * reach))  # a pixel
    steps = np.arange(-reach, reach, 1 / samples)
    middle = np.array([place.x, place.y]) + down * place.height * height
    points = middle + along * steps[:, None]
    inside = np.flatnonzero(((points >= 0) & (points <= np.array(gray.shape[::-1]) - 1)).all(axis=1))
    if not len(inside):
        return None
    points = points[inside[0] : inside[-1] + 1]
    rows = [points + down * place.height * off for off in np.linspace(-_MOST_ROWS / 2, _MOST_ROWS / 2, _ROWS)]
    x, y = np.array(rows, np.float32).transpose(2, 0, 1)
    line = cv2.remap(gray, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).mean(axis=0, dtype=np.float64)
    found = itf.find_number(np.asarray(line, np.float64), digits, module * samples)
    if found is None:
        return None
    return found, points[round(found.start)], points[round(found.end)]


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
