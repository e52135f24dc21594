"""Lines of characters, as keyboard and serial scanners send them: one line, one scan.

CR, LF, CR LF and Tab end a line. GS comes as 0x1D, which is also what Ctrl+] types, or as a substitute that the scanner
was set up to send. Source: scanners, "wedges"; R-A12.
"""

import math
import os
import select
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from scanners.source import Scan, Seen, SourceState, SourceWrong, now
from scanners.words import say

LONGEST_LINE = 4096  # bytes; the longest code holds some three thousand
_ENDS = b"\r\n\t"
_GS = "\x1d"
_WAIT_SECONDS = 0.25
_PAUSE_SECONDS = 0.05
_AGAIN_SECONDS = 1.0  # between two looks for a device that is away
_CHUNK = 65536


class Lines:
    """Puts characters together to lines, however they arrive cut. What cannot be a whole line is dropped and told."""

    def __init__(self, *, separator: str = "", patience_seconds: float = math.inf) -> None:
        """`separator` stands for GS in what is sent. After `patience_seconds` of silence half a line is no line."""
        self._separator = separator
        self._patience_seconds = patience_seconds
        self._open = bytearray()
        self._overlong = False
        self._last_seconds = 0.0

    def feed(self, data: bytes, *, seconds: float) -> Iterator[Seen | SourceState]:
        """Yield every line that is now complete; empty ones are nothing. `seconds` never goes back."""
        if self._open and seconds - self._last_seconds > self._patience_seconds:
            half = ascii(bytes(self._open))[2:-1]
            self.drop()
            yield SourceState(state="refused", detail=say("line-without-end", text=half))
        self._last_seconds = seconds
        for value in data:
            if value in _ENDS:
                yield from self.end()
            elif len(self._open) < LONGEST_LINE:
                self._open.append(value)
            else:
                self._overlong = True

    def end(self) -> Iterator[Seen | SourceState]:
        """Take what is there for a line, as after the last line of a file."""
        line, overlong, seconds = bytes(self._open), self._overlong, self._last_seconds
        self.drop()
        if overlong:
            yield SourceState(state="refused", detail=say("line-too-long", most=LONGEST_LINE))
        elif line:
            yield self._scan(line, seconds)

    @property
    def is_open(self) -> bool:
        """Whether half a line is there."""
        return bool(self._open)

    def drop(self) -> None:
        """Forget a half line: what follows an interruption is never joined to what came before."""
        self._open.clear()
        self._overlong = False

    def _scan(self, line: bytes, seconds: float) -> Seen | SourceState:
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            return SourceState(state="refused", detail=say("line-not-utf8", text=ascii(line)[2:-1]))
        if self._separator:
            text = text.replace(self._separator, _GS)
        return Seen(scans=(Scan(text=text, seconds=seconds, seen_at=now()),))


class StandardInput:
    """Lines on standard input: typed, piped, or from a keyboard scanner in this terminal."""

    wedge = True
    finite = True

    def __init__(self, *, separator: str = "", descriptor: int | None = None) -> None:
        """Read `descriptor`, standard input unless given."""
        self._lines = Lines(separator=separator)
        self._descriptor = descriptor

    def read(self, stop: threading.Event) -> Iterator[Seen | SourceState]:
        """Yield each line; the last one need not be ended."""
        descriptor = sys.stdin.fileno() if self._descriptor is None else self._descriptor
        yield SourceState(state="open")
        while not stop.is_set():
            if not wait_readable(descriptor):
                continue
            data = os.read(descriptor, _CHUNK)
            if not data:
                yield from self._lines.end()
                break
            yield from self._lines.feed(data, seconds=time.monotonic())


def wait_readable(descriptor: int, seconds: float = _WAIT_SECONDS) -> bool:
    """Wait so long for something to read, the end of it included."""
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))


class Device:
    """A device that lines come from and that may be unplugged: it is opened, read, lost and sought again.

    Subclasses open it and take what was read. `advice` says what to do about errors that waiting does not heal.
    """

    wedge = True
    finite = False
    advice: ClassVar[Mapping[int, str]] = {}

    def __init__(self, path: Path, lines: Lines) -> None:
        """Nothing is opened yet."""
        self._path, self._lines = path, lines

    def read(self, stop: threading.Event) -> Iterator[Seen | SourceState]:
        """Yield each line; while the device is away it is sought every second. Raises SourceWrong."""
        was_told = False
        while not stop.is_set():
            try:
                descriptor = self._open()
            except OSError as problem:
                said, number = f"{self._path}: {problem.strerror}", problem.errno or 0
                if number in self.advice:
                    raise SourceWrong(f"{said}; {self.advice[number]}") from problem
                if not was_told:
                    yield SourceState(state="lost", detail=say("waiting-for-it", what=said))
            else:
                yield SourceState(state="open", detail=str(self._path))
                try:
                    yield from self._read_open(descriptor, stop)
                finally:
                    os.close(descriptor)
                if not stop.is_set():
                    yield self._unplugged()
            was_told = True
            stop.wait(_AGAIN_SECONDS)

    def _open(self) -> int:
        """Give the descriptor of the device, ready to be read. Raises OSError."""
        raise NotImplementedError

    def _taken(self, data: bytes) -> Iterator[Seen | SourceState]:
        """Take what was read."""
        raise NotImplementedError

    def _paused(self) -> Iterator[Seen | SourceState]:
        """Take note that nothing came for a while."""
        yield from ()

    def _unplugged(self) -> SourceState:
        """Forget the half line: what follows is never joined to it."""
        said = "half-lost" if self._lines.is_open else "unplugged"
        self._lines.drop()
        return SourceState(state="lost", detail=say(said, what=self._path))

    def _read_open(self, descriptor: int, stop: threading.Event) -> Iterator[Seen | SourceState]:
        while not stop.is_set():
            if not wait_readable(descriptor, _PAUSE_SECONDS if self._lines.is_open else _WAIT_SECONDS):
                yield from self._paused()
                continue
            try:
                data = os.read(descriptor, _CHUNK)
            except (BlockingIOError, InterruptedError):
                continue
            except OSError:
                return
            if not data:
                return
            yield from self._taken(data)
