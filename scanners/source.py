"""What every way a code can arrive has in common, and the registry of SOURCE words of the station.

A source is read in a thread of its own: it blocks, yields what it saw and what became of it, and ends when it is told
to or when there can come no more. Source: scanners, "Sources"; R-A12.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from scanners.scan import Polygon

_VIDEO_ADDRESSES = ("rtsp://", "rtsps://", "http://", "https://")


@dataclass(frozen=True, kw_only=True)
class Scan:
    """One code that a source saw. `text` is as the service takes it: GS1 symbols keep their identifier in front.

    `seconds` is on the source's own clock, which repeats are judged by; `seen_at` is the time of day, UTC.
    """

    text: str
    seconds: float
    seen_at: datetime
    symbology: str = ""
    polygon: Polygon | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Codes that were seen together. `mark` names the picture they are from, so that it is not read a second time."""

    scans: tuple[Scan, ...]
    mark: str | None = None
    frame: Any = None  # height x width, uint8: what a screen shows, or None


@dataclass(frozen=True, kw_only=True)
class SourceState:
    """What became of a source: `open`, `lost` (it is tried again), `refused` (one picture or line), `ended`.

    `not-sure`: something is in view whose text is not known for sure; `advice` says what to do, a word each.
    """

    state: str
    detail: str = ""
    advice: tuple[str, ...] = ()


class SourceWrong(Exception):
    """A SOURCE that cannot be used on this machine; the message says what to do instead."""


class Source(Protocol):
    """A way in for codes. `wedge` when each scan is a pull of a trigger, else the same code is seen many times."""

    wedge: bool
    finite: bool

    def read(self, stop: threading.Event) -> Iterator[Seen | SourceState]:
        """Yield what comes until `stop` is set or nothing more can come; blocks no longer than a second."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """How the sources are to be opened. `known` says of a picture's mark whether it was read before."""

    known: Callable[[str], bool]
    separator: str = ""  # what the scanner sends in place of GS
    baud: int = 9600
    shown: bool = False  # a screen wants the frames


def is_picture_source(address: str) -> bool:
    """Tell whether a SOURCE word names a camera, a stream or a video, whose pictures a window can show."""
    return address.startswith(("camera:", *_VIDEO_ADDRESSES)) or Path(address).is_file()


def open_source(address: str, wishes: Wishes) -> Source:
    """Give the source a SOURCE word names; nothing is opened yet. Raises SourceWrong."""
    if address == "-":
        from scanners.lines import StandardInput

        return StandardInput(separator=wishes.separator)
    kind, _, rest = address.partition(":")
    if kind == "keyboard":
        from scanners.keyboard import Keyboard

        return Keyboard(rest, separator=wishes.separator)
    if kind == "serial" and rest:
        from scanners.serial import Serial

        return Serial(Path(rest), baud=wishes.baud, separator=wishes.separator)
    if (kind == "camera" and rest.isdecimal()) or address.startswith(_VIDEO_ADDRESSES):
        from scanners.camera import Camera

        return Camera(rest if kind == "camera" else address, shown=wishes.shown)
    return _open_path(Path(address), wishes)


def _open_path(path: Path, wishes: Wishes) -> Source:
    if path.is_dir():
        from scanners.folder import Folder

        return Folder(path, known=wishes.known)
    if path.is_file():
        from scanners.camera import Video

        return Video(path, shown=wishes.shown)
    raise SourceWrong(
        f"{path}: neither a folder nor a video file, and none of camera:0, rtsp://…, keyboard:, serial:/dev/…, -"
    )


def now() -> datetime:
    """Give the time of day, UTC."""
    return datetime.now(UTC)
