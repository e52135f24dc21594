"""Ways to look at a picture again when the first look does not settle it, cheapest gain first.

Each variation gives another picture of the same scene and the affine map (2 x 3, float64) from the given picture to it,
so that places found in it lead back. Bars in any direction are read patch by patch (`strips`); more variations than
these add no recall and wrong texts.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scanners.engines import Corners, Gray

Map = NDArray[np.float64]
Variation = Callable[[Gray], tuple[Gray, Map] | None]

_DOUBLE_UP_TO = 1400  # px of the longer side: larger pictures have pixels enough
_STRETCH_UP_TO = 2000
_CANVAS = 4  # times a picture's pixels: a picture so much longer than high holds no code across it
_WHITE = 255

cv2.setNumThreads(1)  # several pictures are read side by side; one must not take all cores


def _scaling(across: float, down: float) -> Map:
    return np.array([[across, 0, 0], [0, down, 0]], dtype=np.float64)


def as_it_is(gray: Gray) -> tuple[Gray, Map]:
    """Give the picture itself."""
    return gray, _scaling(1, 1)


def _equalised(gray: Gray) -> tuple[Gray, Map]:
    return _gray(cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(gray)), _scaling(1, 1)


def _rotated(degrees: float) -> Variation:
    def rotate(gray: Gray) -> tuple[Gray, Map] | None:
        height, width = gray.shape
        turn = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1), dtype=np.float64)
        cosine, sine = abs(turn[0, 0]), abs(turn[0, 1])
        wide, high = int(height * sine + width * cosine) + 1, int(height * cosine + width * sine) + 1
        if wide * high > _CANVAS * gray.size:
            return None
        turn[:, 2] += wide / 2 - width / 2, high / 2 - height / 2
        turned = cv2.warpAffine(gray, turn, (wide, high), flags=cv2.INTER_LINEAR, borderValue=_WHITE)
        return _gray(turned), turn

    return rotate


def _doubled(gray: Gray) -> tuple[Gray, Map] | None:
    if max(gray.shape) > _DOUBLE_UP_TO:
        return None
    double = cv2.resize(gray, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return _gray(cv2.addWeighted(double, 3, cv2.GaussianBlur(double, (0, 0), 3), -2, 0)), _scaling(2, 2)


def _stretched(gray: Gray) -> tuple[Gray, Map] | None:
    if max(gray.shape) > _STRETCH_UP_TO:
        return None
    return _gray(cv2.resize(gray, None, fx=1.6, fy=1, interpolation=cv2.INTER_CUBIC)), _scaling(1.6, 1)


def _gray(picture: object) -> Gray:
    return np.asarray(picture, dtype=np.uint8)


@dataclass(frozen=True, kw_only=True)
class Pass:
    """One look: which engine at which variation.

    `raw` tells that one such look proves a Code 128: the picture was not enhanced, at most turned, and zxing-cpp
    invents no bars in that; or several kernels of one strip agree. zbar does, at a pixel a module. Of the
    likeliest whole number it tells that no other comes near, which proves a retail number. `bars_only` is for a turned
    picture: square codes are found in any direction.
    """

    engine: str
    name: str
    vary: Variation
    raw: bool = False
    bars_only: bool = False


MODEL = "model"  # the engine's name of the likeliest whole number (`whole_codes`)
SQUARES = "square"  # the engine's name of the looks at single blurred squares (`squares`)
STRIPS = "strip"  # the engine's name of the looks at single patches of bars (`strips`)
PASSES = (
    Pass(engine="zxing", name="raw", vary=as_it_is, raw=True),
    Pass(engine="zbar", name="raw", vary=as_it_is),
    Pass(engine="zxing", name="equalised", vary=_equalised),
    Pass(engine="zxing", name="rotated 45", vary=_rotated(45), raw=True, bars_only=True),
    Pass(engine="zbar", name="equalised", vary=_equalised),
    Pass(engine="zxing", name="doubled", vary=_doubled),
    Pass(engine="zxing", name="stretched", vary=_stretched),
)


def shrink(gray: Gray, most_pixels: int) -> tuple[Gray, float]:
    """Give the picture with at most so many pixels, and its scale."""
    if gray.size <= most_pixels:
        return gray, 1.0
    scale = float(np.sqrt(most_pixels / gray.size))
    size = (max(1, int(gray.shape[1] * scale)), max(1, int(gray.shape[0] * scale)))
    return _gray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA)), scale


def map_back(corners: Corners, forward: Map) -> Corners:
    """Take four corners found in a variation to the picture it was made from."""
    back = np.asarray(cv2.invertAffineTransform(forward), dtype=np.float64)
    return np.asarray(corners @ back[:, :2].T + back[:, 2], dtype=np.float64)
