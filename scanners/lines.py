"""Lines of characters, as keyboard and serial scanners send them: one line, one scan.

CR, LF, CR LF and Tab end a line. GS comes as 0x1D, which is also what Ctrl+] types, or as a substitute that the scanner
was set up to send. Source: scanners, "wedges"; R-A12.
"""

import os
import select
import sys
import threading
import time
from collections.abc import Iterator

from scanners.source import Scan, Seen, SourceState, now

LONGEST_LINE = 4096  # bytes; the longest code holds some three thousand
_ENDS = b"\r\n\t"
_GS = "\x1d"
_WAIT_SECONDS = 0.25
_CHUNK = 65536


class Lines:
    """Puts characters together to lines, however they arrive cut. An overlong line is dropped whole and told."""

    def __init__(self, *, separator: str = "") -> None:
        """`separator` is what stands for GS in what is sent."""
        self._separator = separator
        self._open = bytearray()
        self._overlong = False

    def feed(self, data: bytes) -> Iterator[Seen | SourceState]:
        """Yield every line that is now complete; empty ones are nothing."""
        for value in data:
            if value in _ENDS:
                yield from self.end()
            elif len(self._open) < LONGEST_LINE:
                self._open.append(value)
            else:
                self._overlong = True

    def end(self) -> Iterator[Seen | SourceState]:
        """Take what is there for a line, as after the last line of a file."""
        line, overlong = bytes(self._open), self._overlong
        self.drop()
        if overlong:
            yield SourceState(state="refused", detail=f"a line of more than {LONGEST_LINE} characters; scan again")
        elif line:
            yield self._scan(line)

    def drop(self) -> None:
        """Forget a half line: what follows an interruption is never joined to what came before."""
        self._open.clear()
        self._overlong = False

    def _scan(self, line: bytes) -> Seen | SourceState:
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            detail = f"{ascii(line)[2:-1]}: not UTF-8; set the scanner to UTF-8 or ASCII and scan again"
            return SourceState(state="refused", detail=detail)
        if self._separator:
            text = text.replace(self._separator, _GS)
        return Seen(scans=(Scan(text=text, seconds=time.monotonic(), seen_at=now()),))


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
            yield from self._lines.feed(data)


def wait_readable(descriptor: int, seconds: float = _WAIT_SECONDS) -> bool:
    """Wait so long for something to read, the end of it included."""
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))
