"""What a reader hands on: one code that was read and why it is believed, or why a picture was refused.

Plain values only, so that whoever takes a read code need not load the engines that found it.
"""

import builtins
from dataclasses import dataclass, field

MOST_BYTES = 8 * 1024 * 1024
MOST_FILE_BYTES = 64 * 1024 * 1024  # of a command's own files
MOST_PIXELS = 25_000_000
MOST_SIDE = 16_384  # pixels; no camera makes a longer picture, and the engines count sides in 16 bits

Point = tuple[int, int]
Polygon = tuple[Point, Point, Point, Point]


@dataclass(frozen=True, kw_only=True)
class Code:
    """One code of a picture.

    `text` is the raw data, with `\\x1d` for FNC1 and without the symbology identifier, which stands beside it (None
    when the engine does not tell). `polygon` holds four corners in pixels of the upright picture, x to the right and
    y down. `gs1` has the values by application identifier, or is None when this is not a clean GS1 symbol.
    `bytes` is what the symbol carries before any character set is applied. `engine` is the first that read it, `passes`
    all engine passes that did, in order; `votes` counts them. `milliseconds` went by until the votes sufficed: of a
    still since its reading began, of a camera since the first frame that counted.
    """

    text: str
    bytes: builtins.bytes
    symbology: str
    identifier: str | None
    polygon: Polygon
    gs1: dict[str, str] | None
    engine: str
    passes: tuple[str, ...]
    votes: int
    milliseconds: float = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Bars that are there and whose text is not known for sure; what they may say is not told, it would be a guess.

    `reason` is `votes` (read, not often enough), `conflict` (two texts in one place), `part` (bars go on beyond the
    code), `unread`, or `unfinished` (more in the picture than may be looked at). `advice` says what to do, likeliest
    first: closer, hold-still, more-light, no-glare, straight-on, type-the-number. `polygon` as of a code.
    """

    reason: str
    advice: tuple[str, ...]
    polygon: Polygon


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a picture gave: the codes that are believed, and the places where something is that is not."""

    codes: tuple[Code, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do about the picture, from the doubts in it, each word once."""
        return tuple(dict.fromkeys(word for doubt in self.doubts for word in doubt.advice))


class PictureRefused(Exception):
    """A picture that is not read; `reason` is one of the words below, the message says it for people.

    too-large, too-many-pixels, not-a-picture, moving, damaged, too-slow (the limits of time or memory), busy.
    Source: P15; rows U1, U2.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
