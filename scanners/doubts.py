"""What to do about bars whose text is not known: seen from what the picture lacks, said as one word each.

A person who is told "not sure" can come closer, hold still or turn a lamp away; which of them helps is in the patch:
how many pixels an element has, how steep its edges are, how far ink and paper lie apart. Source: R-A8; 4.8.1.
"""

from collections.abc import Callable, Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from scanners import places, strips, votes
from scanners.engines import Corners, Gray
from scanners.scan import Doubt

_MOST_TOLD = 3
_MOST_WEIGHED = 8  # places; beside long blurred bars their upper and lower edges are places too
# Agreement of rows, and edges: more than the strips ask for, as nobody is to be bothered by writing or wood. A plain
# code, or a blurred one whose rows agree so well that nothing else is like it.
_PLAIN, _BLURRED = (0.7, 24), (0.95, 15)
_LEAST_RATIO = 1.5  # of a code's length to its height
_LEAST_LENGTH = 24  # px of a code
_FAINT = 45.0  # grey levels between ink and paper
_FEW_PIXELS = 3.2  # for an element, which is nearly two modules wide on the average
_STEEP = 0.22  # of the contrast, from one pixel to the next at the steepest edges
_BRIGHT, _GLARE_LENGTH = 250, 0.12  # grey level; part of the bars' length without an edge


def find_doubts(
    gray: Gray,
    ballot: votes.Ballot,
    scale: float,
    find_patches: Callable[[], list[places.Place]],
    read: Iterable[Corners],
    parts: Iterable[Corners] = (),
) -> tuple[Doubt, ...]:
    """Tell where something is that was not read for sure, at most three places; `scale` is that of `gray`.

    `find_patches` gives the patches of bars of `gray` and is asked only where nothing was read; `read` are the corners
    of what was read and `parts` those of codes that go on beyond what was read of them, in pixels of the given picture.
    """
    asked = [*ballot.open_questions(), *(("part", corners) for corners in parts)]
    known = [corners.astype(np.float32) for corners in read]
    found = []
    for reason, corners in asked:
        if _is_seen(corners, known):
            known.append(corners.astype(np.float32))
            found.append(_doubt(reason, corners, gray, scale))
    if not found and not known:
        found = [
            _doubt("unread", place.corners() / scale, gray, scale, place)
            for place in find_patches()[:_MOST_WEIGHED]
            if are_bars(gray, place)
        ]
    return tuple(found[:_MOST_TOLD])


def unfinished(gray: Gray, scale: float) -> Doubt:
    """Tell that the picture as a whole has more in it than was looked at; nearer to the code there is less."""
    high, wide = (side / scale for side in gray.shape)
    corners = np.array([(0.0, 0.0), (wide, 0.0), (wide, high), (0.0, high)])
    return Doubt(reason="unfinished", advice=("closer", "type-the-number"), polygon=votes.as_polygon(corners))


def are_bars(gray: Gray, place: places.Place) -> bool:
    """Tell whether a patch is plainly a code: its rows agree all over its height, and it has edges enough."""
    if place.length < _LEAST_RATIO * place.height:
        return False
    line, agreement = strips.sum_rows(gray, place)
    edges = _count_edges(line)
    return any(agreement >= rows and edges >= least for rows, least in (_PLAIN, _BLURRED))


def advise(gray: Gray, place: places.Place) -> tuple[str, ...]:
    """Say what the bars of a place lack, the likeliest first; the last resort is always to type the number."""
    line, _ = strips.sum_rows(gray, place)
    return (*_lacks(line), "type-the-number")


def _doubt(reason: str, corners: Corners, gray: Gray, scale: float, place: places.Place | None = None) -> Doubt:
    advice = advise(gray, place or _as_place(corners * scale))
    return Doubt(reason=reason, advice=advice, polygon=votes.as_polygon(corners))


def _as_place(corners: Corners) -> places.Place:
    along = (corners[1] + corners[2] - corners[0] - corners[3]) / 2
    height = float(np.linalg.norm(corners[3] + corners[2] - corners[0] - corners[1]) / 2)
    x, y = corners.mean(axis=0)
    length = max(float(np.linalg.norm(along)), 1.0)
    angle = float(np.arctan2(along[1], along[0]))
    return places.Place(x=float(x), y=float(y), length=length, height=max(height, 1.0), angle=angle, strength=0.0)


def _lacks(line: NDArray[np.float64]) -> Iterator[str]:
    dark, paper = np.percentile(line, (5, 95))
    contrast = float(paper - dark)
    edges = _count_edges(line)
    steepest = float(np.percentile(np.abs(np.diff(line)), 97)) if len(line) > 1 else 0.0
    found = False
    if _longest_run(line >= _BRIGHT) > _GLARE_LENGTH * len(line) and paper < _BRIGHT + 1 and np.median(line) < _BRIGHT:
        found = True
        yield "no-glare"
    if contrast < _FAINT:
        found = True
        yield "more-light"
    if edges and len(line) / edges < _FEW_PIXELS:
        found = True
        yield "closer"
    elif steepest < _STEEP * contrast:
        found = True
        yield "hold-still"
    if not found:
        yield "straight-on"
        yield "closer"


def _longest_run(marked: NDArray[np.bool_]) -> int:
    """Give the longest run between the outer fifths, where paper is bare anyway."""
    fifth = len(marked) // 5
    ends = np.flatnonzero(np.concatenate(([True], ~marked[fifth : len(marked) - fifth], [True])))
    return int(np.diff(ends).max()) - 1


def _count_edges(line: NDArray[np.float64]) -> int:
    reach = max(9, len(line) // 9) | 1
    around = cv2.blur(line.astype(np.float32)[None], (reach, 1))[0]
    noise = 0.06 * float(np.ptp(line))
    signs = np.sign(line - around)[np.abs(line - around) > noise]
    return int(np.count_nonzero(np.diff(signs)))


def _is_seen(corners: Corners, known: list[NDArray[np.float32]]) -> bool:
    """Tell whether this is a place of its own, not a ghost of a few pixels and not on what was read."""
    x, y = corners.mean(axis=0)
    if np.ptp(corners, axis=0).max() < _LEAST_LENGTH:
        return False
    return not any(cv2.pointPolygonTest(polygon, (float(x), float(y)), False) >= 0 for polygon in known)
