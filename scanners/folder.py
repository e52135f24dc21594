"""A folder that is being filled with pictures: each is read once, when it is whole, in the order they were finished.

Names are looked at twice a second: a picture is whole when two looks in a row see the same size and time. What was read
is remembered with its scans, so that a station that is ended goes on where it was. Source: scanners, "Sources"; U1, U2.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scanners.scan import MOST_BYTES, Code, PictureRefused, Reading
from scanners.sentences import NOTHING_SEEN, advise
from scanners.source import Scan, Seen, SourceState
from scanners.words import say
from scanners.worker import read_safely

POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 5.0  # a picture that does not decode may still be growing, over a slow network say
_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
_GS1_IDENTIFIERS = ("]C1", "]d2", "]e0", "]Q3")


@dataclass(frozen=True)
class _Picture:
    path: str
    size: int
    written_ns: int

    @property
    def mark(self) -> str:
        """Name this picture; another one under the same name has another mark. A name need not be UTF-8."""
        path = self.path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return f"{path}:{self.size}:{self.written_ns}"


class Folder:
    """The pictures of a folder (PNG, JPEG, WebP), not of the folders in it."""

    wedge = False
    finite = False

    def __init__(self, path: Path, *, known: Callable[[str], bool]) -> None:
        """`known` says of a mark whether it was read before, also by an earlier station."""
        self._path = path.resolve()
        self._known = known
        self._settled: set[str] = set()
        self._growing: dict[str, _Picture] = {}

    def read(self, stop: threading.Event) -> Iterator[Seen | SourceState]:
        """Yield what each new picture shows; one without a code, or that cannot be read, is told."""
        state = ""
        while not stop.is_set():
            try:
                found = self._look()
            except OSError as problem:
                if state != "lost":
                    yield SourceState(state="lost", detail=f"{self._path}: {problem.strerror}")
                state = "lost"
            else:
                if state != "open":
                    yield SourceState(state="open", detail=str(self._path))
                state = "open"
                for picture in found:
                    if stop.is_set():
                        return
                    yield from self._read_picture(picture)
            stop.wait(POLL_SECONDS)

    def _look(self) -> list[_Picture]:
        """Give the new pictures that did not change since the last look, oldest first. Raises OSError."""
        before, self._growing = self._growing, {}
        settled, whole = self._settled, []
        self._settled = set()
        with os.scandir(self._path) as entries:
            for entry in entries:
                picture = _picture(entry)
                if picture is None:
                    continue
                if picture.mark in settled or self._known(picture.mark):
                    self._settled.add(picture.mark)
                elif before.get(picture.path) == picture:
                    whole.append(picture)
                self._growing[picture.path] = picture
        return sorted(whole, key=lambda picture: (picture.written_ns, picture.path))

    def _read_picture(self, picture: _Picture) -> Iterator[Seen | SourceState]:
        name = os.path.basename(picture.path)
        try:
            data = _bytes(picture)
            if data is None:
                return  # written again since we looked: the next look sees another picture
            reading = read_safely(data)
        except FileNotFoundError:
            return  # taken away before it was read
        except (PictureRefused, OSError) as refused:
            if time.time() - picture.written_ns / 1e9 < _PATIENCE_SECONDS:
                return  # the next look tries it again
            yield SourceState(state="refused", detail=f"{name}: {refused}")
            reading = Reading()
        else:
            if reading.doubts or not reading.codes:
                advice = reading.advice or NOTHING_SEEN
                what = "picture-not-sure" if reading.doubts else "picture-without-code"
                detail = say(what, name=name, advice=advise(advice))
                yield SourceState(state="not-sure", detail=detail, advice=advice)
        self._settled.add(picture.mark)
        yield Seen(
            scans=scans_of(list(reading.codes), seconds=picture.written_ns / 1e9, seen_at=_time(picture)),
            mark=picture.mark,
        )


def scans_of(codes: list[Code], *, seconds: float, seen_at: datetime) -> tuple[Scan, ...]:
    """Give each text of a picture once; a label may carry it as bars and as a square."""
    once = {code.text: code for code in reversed(codes)}
    return tuple(
        Scan(text=as_sent(code), symbology=code.symbology, polygon=code.polygon, seconds=seconds, seen_at=seen_at)
        for code in reversed(once.values())
    )


def as_sent(code: Code) -> str:
    """Give a code as a scanner would send it: a GS1 symbol with its identifier, any other without."""
    return f"{code.identifier}{code.text}" if code.identifier in _GS1_IDENTIFIERS else code.text


def _picture(entry: "os.DirEntry[str]") -> _Picture | None:
    if entry.name.startswith(".") or not entry.name.lower().endswith(_ENDINGS):
        return None
    try:
        if not entry.is_file():
            return None
        facts = entry.stat()
    except FileNotFoundError:
        return None  # taken away while we looked
    return _Picture(entry.path, facts.st_size, facts.st_mtime_ns)


def _bytes(picture: _Picture) -> bytes | None:
    """Read a picture, None when it is not the one any more that was looked at. Raises OSError."""
    with open(picture.path, "rb") as file:
        data = file.read(MOST_BYTES + 1)
        facts = os.fstat(file.fileno())
    return data if (facts.st_size, facts.st_mtime_ns) == (picture.size, picture.written_ns) else None


def _time(picture: _Picture) -> datetime:
    """Give the time the picture was finished, but none in the future: a camera's clock may be wrong."""
    return min(datetime.fromtimestamp(picture.written_ns / 1e9, UTC), datetime.now(UTC))
