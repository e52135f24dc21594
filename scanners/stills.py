"""One picture -> its codes: looks at the whole, then at each patch of bars by itself, until nothing is in doubt.

The cheap look comes first and mostly settles it. Each look is a vote (`votes`); more looks come only for a doubt.
Source: 4.8.1 (identification); R-A8.
"""

from collections.abc import Iterable

import cv2
import numpy as np

from scanners import engines, passes, places, strips, votes
from scanners.engines import Gray
from scanners.scan import Code

_MOST_PIXELS_FIRST = 12_000_000  # beyond a telephone's ordinary picture more pixels only cost time
_MOST_PIXELS_AGAIN = 2_000_000  # the passes after the first look for bars, which need no more
_STRIPS_AFTER = 3  # looks at the whole picture
_MOST_PLACES = 6
_MOST_OTHERS = 32
_SAME_DIRECTION = 0.97  # cosine
_BEYOND = 0.2  # of a code's length: bars so far outside of it belong to it
_STAND_IN_ROWS = frozenset({"Code128", "Code39", "Code93", "ITF"})  # labels and lists; goods show one retail code
_KERNELS_PROVE = 3  # so many filters of one strip are as good as a look at an untouched picture


def read_still(gray: Gray) -> list[Code]:
    """Read every code of a picture, of height x width grey values. What is in doubt is left out."""
    looks: dict[str, engines.Engine | None] = {"zxing": engines.read_zxing, "zbar": engines.find_zbar()}
    large = passes.shrink(gray, _MOST_PIXELS_FIRST)
    small = passes.shrink(gray, _MOST_PIXELS_AGAIN)
    ballot = votes.Ballot()
    for number, one in enumerate(passes.PASSES):
        if number == _STRIPS_AFTER and not ballot.is_settled():
            _read_strips(ballot, *small)
        if ballot.is_settled():
            break
        look = looks[one.engine]
        given, scale = small if number else large
        varied = one.vary(given) if look else None
        if look and varied:
            picture, forward = varied
            ballot.count(one, [(seen, passes.map_back(seen.corners, forward) / scale) for seen in look(picture)])
    if any(code.symbology in _STAND_IN_ROWS for code in ballot.codes()):
        _read_the_others(ballot, *small)
    return [code for code in ballot.codes() if not votes.may_be_a_part(code) or _is_whole(code, *small)]


def _read_strips(ballot: votes.Ballot, gray: Gray, scale: float) -> None:
    """Look at the strongest patches of bars one by one, each until nothing is in doubt."""
    for place in places.find_places(gray)[:_MOST_PLACES]:
        count_place(ballot, gray, place, scale)


def _is_whole(code: Code, gray: Gray, scale: float) -> bool:
    """Tell whether the bars end where the code ends: a part of an ITF, before a reflection say, reads as an ITF too."""
    corners = np.array(code.polygon, np.float64) * scale
    start, end = (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2
    length = float(np.linalg.norm(end - start))
    if not length:
        return False
    along = (end - start) / length
    for place in places.find_places(gray):
        middle, direction = np.array([place.x, place.y]) - start, np.array([np.cos(place.angle), np.sin(place.angle)])
        aside = abs(float(middle[0] * along[1] - middle[1] * along[0]))
        if abs(float(along @ direction)) < _SAME_DIRECTION or aside > place.height / 2:
            continue
        low, high = float(middle @ along) - place.length / 2, float(middle @ along) + place.length / 2
        if high > -length and low < 2 * length and (low < -_BEYOND * length or high > (1 + _BEYOND) * length):
            return False
    return True


def _read_the_others(ballot: votes.Ballot, gray: Gray, scale: float) -> None:
    """Look quickly at bars beside those that were read: several labels lie in one picture, not all as easy."""
    read = [np.array(code.polygon, np.float32) * np.float32(scale) for code in ballot.codes()]
    for place in places.find_places(gray)[:_MOST_OTHERS]:
        if not any(cv2.pointPolygonTest(polygon, (place.x, place.y), False) >= 0 for polygon in read):
            count_place(ballot, gray, place, scale, slices=("whole", "middle"), kernels=strips.QUICK)


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
