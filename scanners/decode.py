"""Picture -> the codes in it, each with the reason why it is believed.

The cheap look comes first and mostly settles it; only a doubt, or nothing found, brings the other passes. A stranger's
picture goes through `decode_safely`: this process then neither decodes it nor even loads the engines.
Source: 4.8.1 (identification); R-A8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanners.scan import MOST_BYTES, MOST_PIXELS, Code, PictureRefused, Reading
from scanners.worker import clean_safely, decode_safely, read_safely

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "MOST_BYTES", "MOST_PIXELS", "Code", "PictureRefused", "Reading", "clean_safely", "decode", "decode_safely", "read",
    "read_picture", "read_safely",
]  # fmt: skip

_COLOURS = 3


def read_picture(data: bytes) -> NDArray[np.uint8]:
    """Decode bytes to height x width grey values within the limits, upright. Raises PictureRefused."""
    from scanners import pictures  # numpy and the decoders are loaded by who uses them, not by the service

    return pictures.read_picture(data)


def decode(image: NDArray[Any]) -> list[Code]:
    """Read every code of a picture: height x width (grey) or height x width x 3 (BGR, as OpenCV gives it), uint8.

    Gives only what is believed; a text in doubt is left out. Costs some 2 ms when the first look settles it, up to
    a second for a large picture without a code. Raises ValueError for another shape or type.
    """
    return list(read(image).codes)


def read(image: NDArray[Any]) -> Reading:
    """Read a picture as `decode` does, and tell the doubts beside the codes: where, why, and what to do about it."""
    from scanners import stills

    return stills.read_still(as_gray(image))


def as_gray(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Give height x width grey values of a picture in grey or BGR. Raises ValueError for another shape or type."""
    import cv2
    import numpy as np

    if image.dtype != np.uint8 or not image.size:
        raise ValueError("a picture is an array of uint8 with at least one pixel")
    if image.ndim == 3 and image.shape[2] == _COLOURS:
        image = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
    if image.ndim != 2:
        raise ValueError("a picture is height x width, or height x width x 3")
    return np.ascontiguousarray(image)
