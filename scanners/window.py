"""A window with the camera's picture, a box around each code that was read, and a frame in the colour of the answer.

Only where there is a display and an OpenCV with windows; the headless one has none, and the terminal view stays.
Source: scanners, "Station".
"""

import os
from typing import Any

from scanners.sentences import printable
from scanners.source import Seen

_NAME = "station"
_COLOURS = {"ok": (58, 97, 0), "ask": (0, 75, 138), "refused": (26, 18, 163), "": (90, 90, 90)}  # blue, green, red
_EDGE, _THICK = 16, 4
_WIDEST = 1280


def missing() -> str:
    """Say why there can be no window here, '' when there can."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "no display"
    import cv2

    toolkit = next((line for line in cv2.getBuildInformation().splitlines() if line.strip().startswith("GUI:")), "")
    if "NONE" in toolkit:
        return "this OpenCV has no windows (make setup OPENCV=desktop has them)"
    return ""


class Window:
    """The one window of a station. Used by the main thread alone."""

    def __init__(self) -> None:
        """Opens with the first picture."""
        self._colour = _COLOURS[""]

    def note(self, sound: str) -> None:
        """Take the colour of what was last heard."""
        if sound:
            self._colour = _COLOURS[sound]

    def show(self, seen: Seen | None) -> None:
        """Draw what a camera saw; without a picture only keep the window alive."""
        import cv2

        if seen is not None and seen.frame is not None:
            cv2.imshow(_NAME, draw(seen, self._colour))
        cv2.waitKey(1)


def draw(seen: Seen, colour: tuple[int, int, int]) -> Any:
    """Give the picture (height x width x 3, BGR) with a box and the text of each code, and an edge in `colour`."""
    import cv2
    import numpy as np

    picture = cv2.cvtColor(seen.frame, cv2.COLOR_GRAY2BGR)
    for scan in seen.scans:
        if scan.polygon:
            cv2.polylines(picture, [np.array(scan.polygon, np.int32)], True, _COLOURS["ok"], _THICK)
            x, y = scan.polygon[0]
            text = printable(scan.text).encode("ascii", "replace").decode()  # OpenCV draws no other letters
            cv2.putText(picture, text, (x, max(y - 8, 24)), cv2.FONT_HERSHEY_SIMPLEX, 0.9, _COLOURS["ok"], 2)
    height, width = picture.shape[:2]
    cv2.rectangle(picture, (0, 0), (width - 1, height - 1), colour, _EDGE)
    if width > _WIDEST:
        picture = cv2.resize(picture, (_WIDEST, height * _WIDEST // width), interpolation=cv2.INTER_AREA)
    return picture
