"""One label held before a reader is one scan, however often the reader sees it.

A camera sees a label many times a second: it counts once, and not again while it stays in view and for 1.5 s after. A
wedge (keyboard or serial scanner) sends a line for each pull of its trigger: a second one within 0.5 s is a slip of the
finger, a later one is meant, and the station asks what it means. The service knows nothing of this; it knows keys.
Source: R-A12, the reader's part.
"""

from collections.abc import Hashable

CAMERA_SECONDS = 1.5
WEDGE_SECONDS = 0.5


class Once:
    """Remembers what each source read lately. Times are seconds of a clock that never goes back (time.monotonic)."""

    def __init__(self, *, seconds: float, extend: bool) -> None:
        """Suppress repeats for `seconds`, from the last sighting when `extend` is true, else from the counted scan."""
        self._seconds = seconds
        self._extend = extend
        self._since: dict[tuple[Hashable, str], float] = {}

    @classmethod
    def for_camera(cls) -> "Once":
        return cls(seconds=CAMERA_SECONDS, extend=True)

    @classmethod
    def for_wedge(cls) -> "Once":
        return cls(seconds=WEDGE_SECONDS, extend=False)

    def is_new(self, source: Hashable, text: str, *, seconds: float) -> bool:
        """Tell whether this sighting at `seconds` is a scan of its own, and remember it."""
        self._forget(seconds)
        key = (source, text)
        repeated = key in self._since
        if self._extend or not repeated:
            self._since[key] = seconds
        return not repeated

    def _forget(self, now: float) -> None:
        """Drop what may be scanned again, so that a day of scanning holds no more than the last second."""
        old = [key for key, since in self._since.items() if now - since > self._seconds]
        for key in old:
            del self._since[key]
