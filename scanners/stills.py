"""One picture -> its codes: looks at the whole, then at each patch of bars by itself, until nothing is in doubt.

The cheap look comes first and mostly settles it. Each look is a vote (`votes`); more looks come only for a doubt.
Source: 4.8.1 (identification); R-A8.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache

import cv2
import numpy as np

from scanners import doubts, effort, engines, passes, places, quiet_zones, squares, strips, votes
from scanners.engines import Gray
from scanners.scan import Code, Reading
from scanners.whole_codes import Likely

_MOST_PIXELS_FIRST = 12_000_000  # beyond a telephone's ordinary picture more pixels only cost time
_MOST_PIXELS_AGAIN = 2_000_000  # the passes after the first look for bars, which need no more
_STRIPS_AFTER = 3  # looks at the whole picture
_MOST_PLACES = 6
_MOST_WEIGHED = 3  # places whose likeliest whole number is sought
_MOST_OTHERS = 32
_MOST_SQUARES = 2
# Of a likeliest number: the margin, and the most it may leave unexplained. EAN-8 has fewer digits to be wrong about.
_COUNTS = {"EAN13": ((0.4, 0.1),), "EAN8": ((0.8, 0.1),)}
_PROVES = {"EAN13": ((0.8, 0.1), (0.5, 0.03)), "EAN8": ((1.5, 0.05),)}
_STAND_IN_ROWS = frozenset({"Code128", "Code39", "Code93", "ITF"})  # labels and lists; goods show one retail code
_KERNELS_PROVE = 3  # so many filters of one strip are as good as a look at an untouched picture


def read_still(gray: Gray, most_work: float = effort.MOST_WORK) -> Reading:
    """Read every code of a picture, height x width grey values. What is in doubt is told as a doubt, not as a code.

    `most_work` bounds what it may cost (`effort`); what is left undone for it is a doubt where nothing else is told.
    """
    work = effort.Effort(most_work)
    large = passes.shrink(gray, min(_MOST_PIXELS_FIRST, int(effort.MOST_WORK_FIRST / effort.work_per_pixel(gray))))
    small = passes.shrink(gray, _MOST_PIXELS_AGAIN)
    find_patches = cache(lambda: places.find_places(small[0]))  # at most once, and mostly not at all
    ballot = votes.Ballot()
    for number, one in enumerate(passes.PASSES):
        if number == _STRIPS_AFTER and not ballot.is_settled():
            _read_strips(ballot, *small, find_patches(), work)
        if ballot.is_settled():
            break
        look = _choose(one, ballot)
        given, scale = small if number else large
        varied = one.vary(given) if look else None
        if look and varied and work.take(varied[0].size * effort.work_per_pixel(varied[0])):
            picture, forward = varied
            ballot.count(one, [(seen, passes.map_back(seen.corners, forward) / scale) for seen in look(picture)])
    if any(code.symbology in _STAND_IN_ROWS for code in ballot.codes()):
        _read_the_others(ballot, *small, find_patches(), work)
    if ballot.is_empty():
        _read_squares(ballot, *small, work)
    return _sum_up(ballot, *small, find_patches, is_short=work.is_short)


def _choose(one: passes.Pass, ballot: votes.Ballot) -> engines.Engine | None:
    """Give the engine of a pass, where it is installed; while only bars are in doubt only bars are looked for."""
    if one.engine == "zbar":
        return engines.find_zbar()
    return engines.read_bars if one.bars_only or ballot.is_about_bars() else engines.read_zxing


def _sum_up(
    ballot: votes.Ballot, gray: Gray, scale: float, find_patches: Callable[[], list[places.Place]], *, is_short: bool
) -> Reading:
    codes, parts = list[Code](), list[Code]()
    for code in ballot.codes():
        is_part = votes.may_be_a_part(code) and not quiet_zones.is_whole(code, gray, scale, find_patches())
        (parts if is_part else codes).append(code)
    if ballot.is_settled() and not parts:
        return Reading(codes=tuple(codes))
    read, cut = ([np.array(code.polygon, np.float64) for code in some] for some in (codes, parts))
    found = doubts.find_doubts(gray, ballot, scale, find_patches, read, cut)
    if is_short and not codes and not found:
        found = (doubts.unfinished(gray, scale),)
    return Reading(codes=tuple(codes), doubts=found)


def _read_strips(
    ballot: votes.Ballot, gray: Gray, scale: float, patches: list[places.Place], work: effort.Effort
) -> None:
    """Look at the strongest patches of bars one by one, each until nothing is in doubt."""
    for number, place in enumerate(patches[:_MOST_PLACES]):
        if work.take(effort.work_of_strips(place.length, len(strips.SLICES) * len(strips.KERNELS))):
            count_place(ballot, gray, place, scale)
        if number < _MOST_WEIGHED and not ballot.is_settled() and work.take(effort.work_of_whole_number()):
            count_likely(ballot, gray, place, scale)


def _read_the_others(
    ballot: votes.Ballot, gray: Gray, scale: float, patches: list[places.Place], work: effort.Effort
) -> None:
    """Look quickly at bars beside those that were read: several labels lie in one picture, not all as easy."""
    read = [np.array(code.polygon, np.float32) * np.float32(scale) for code in ballot.codes()]
    for place in patches[:_MOST_OTHERS]:
        is_read = any(cv2.pointPolygonTest(polygon, (place.x, place.y), False) >= 0 for polygon in read)
        if not is_read and work.take(effort.work_of_strips(place.length, 2 * len(strips.QUICK))):
            count_place(ballot, gray, place, scale, slices=("whole", "middle"), kernels=strips.QUICK)


def _read_squares(ballot: votes.Ballot, gray: Gray, scale: float, work: effort.Effort) -> None:
    """Look at the strongest patches that may be square codes, with blur undone, until one is read."""
    for square in squares.find_squares(gray)[:_MOST_SQUARES]:
        if work.take(squares.work_of_square()) and (seen := squares.read_square(gray, square)):
            look = passes.Pass(engine=passes.SQUARES, name="sharpened", vary=passes.as_it_is)
            ballot.count(look, [(seen, seen.corners / scale)])
            return


def count_likely(ballot: votes.Ballot, gray: Gray, place: places.Place, scale: float = 1.0) -> None:
    """Count the likeliest retail number of a place, as a proof when no other comes near it."""
    for likely, seen in strips.read_whole(gray, place):
        if likely.is_free and _is_clear(likely, _COUNTS):
            proves = _is_clear(likely, _PROVES)
            look = passes.Pass(engine=passes.MODEL, name="whole", vary=passes.as_it_is, raw=proves)
            ballot.count(look, [(seen, seen.corners / scale)])


def _is_clear(likely: Likely, limits: Mapping[str, tuple[tuple[float, float], ...]]) -> bool:
    return any(likely.margin >= margin and likely.unexplained <= most for margin, most in limits[likely.symbology])


def count_place(
    ballot: votes.Ballot,
    gray: Gray,
    place: places.Place,
    scale: float = 1.0,
    *,
    slices: Iterable[str] = tuple(strips.SLICES),
    kernels: tuple[strips.Kernel, ...] = strips.KERNELS,
) -> None:
    """Count what the strips of one place say; `scale` is that of `gray` to the picture whose places are told."""
    for name, heard in zip(slices, strips.read_place(gray, place, slices=slices, kernels=kernels), strict=False):
        for one in heard:
            if one.agreed:
                proves = one.kernels >= _KERNELS_PROVE
                look = passes.Pass(engine=passes.STRIPS, name=name, vary=passes.as_it_is, raw=proves)
                ballot.count(look, [(one.sighting, one.corners / scale)])
        if heard and ballot.is_settled():
            return
