"""What a reader hands on: one code that was read and why it is believed, or why a picture was refused.

Plain values only, so that whoever takes a read code need not load the engines that found it.
"""

from dataclasses import dataclass

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 25_000_000

Point = tuple[int, int]
Polygon = tuple[Point, Point, Point, Point]


@dataclass(frozen=True, kw_only=True)
class Code:
    """One code of a picture.

    `text` is the raw data, with `\\x1d` for FNC1 and without the symbology identifier, which stands beside it (None
    when the engine does not tell). `polygon` holds four corners in pixels of the upright picture, x to the right and
    y down. `gs1` has the values by application identifier, or is None when this is not a clean GS1 symbol.
    `engine` is the first that read it, `passes` all engine passes that did, in order; `votes` counts them.
    """

    text: str
    symbology: str
    identifier: str | None
    polygon: Polygon
    gs1: dict[str, str] | None
    engine: str
    passes: tuple[str, ...]
    votes: int


class PictureRefused(Exception):
    """A picture that is not read; `reason` is one of the words below, the message says it for people.

    too-large, too-many-pixels, not-a-picture, moving, damaged, too-slow (the limits of time or memory), busy.
    Source: P15; rows U1, U2.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
