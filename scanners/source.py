"""What every way a code can arrive has in common.

A source is read in a thread of its own: it blocks, yields what it saw and what became of it, and ends when it is told
to or when there can come no more. Source: scanners, "Sources"; R-A12.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from scanners.scan import Polygon


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


def now() -> datetime:
    """Give the time of day, UTC."""
    return datetime.now(UTC)
