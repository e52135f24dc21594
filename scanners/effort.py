"""What a picture may cost: work is counted, not timed, so that one picture always gives one answer.

A stranger may send what costs most: noise, grids, thousands of finder patterns, a picture of one pixel's height. What
an engine costs follows from the pixels it is shown and from how many of them are edges. When the work is used up the
answer is "not sure", never a guess. Source: P15; R-A8.
"""

import numpy as np

from scanners.engines import Gray

# One unit is a plain pixel shown to an engine: 20 to 60 nanoseconds of a core, so all of it is about a second.
MOST_WORK = 24_000_000
MOST_WORK_FIRST = 14_000_000  # of it, for the first look, whose picture is shrunk to fit
_EDGE = 24  # grey levels between neighbours
_OF_EDGES = 4.0  # what a picture of edges only costs beyond a plain one
_SAMPLED = 64  # rows and columns in which edges are counted
_A_SAMPLE = 3.0  # units for each pixel of a strip's length and each filter
_A_WHOLE_NUMBER = 400_000


class Effort:
    """The work that is left for one picture; `is_short` tells that something was left undone for want of it."""

    def __init__(self, work: float = MOST_WORK) -> None:
        self._left = work
        self.is_short = False

    def take(self, work: float) -> bool:
        """Take so many units if they are left; tells whether they were."""
        if work > self._left:
            self.is_short = True
            return False
        self._left -= work
        return True


def work_per_pixel(gray: Gray) -> float:
    """Give the units a pixel of this picture costs an engine, 1 to 5, from every so many-th row and column."""
    rows = gray[:: max(1, gray.shape[0] // _SAMPLED)]
    columns = gray[:, :: max(1, gray.shape[1] // _SAMPLED)]
    return 1.0 + _OF_EDGES * (_edges(rows[:, 1:], rows[:, :-1]) + _edges(columns[1:], columns[:-1])) / 2


def work_of_strips(length: float, kernels: int) -> float:
    """Give the units for a patch of bars so many pixels long, read through so many filters."""
    return _A_SAMPLE * length * kernels


def work_of_whole_number() -> float:
    """Give the units for the likeliest whole number of a patch."""
    return _A_WHOLE_NUMBER


def _edges(one: Gray, other: Gray) -> float:
    if not one.size:
        return 0.0
    apart = np.maximum(one, other) - np.minimum(one, other)
    return float(np.count_nonzero(apart > _EDGE)) / one.size
