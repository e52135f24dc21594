"""Serial scanners, USB ones (CDC) too: the port is read raw, and found again by its id when it was unplugged.

Half a code that an unplugging leaves is never joined to the next. Source: scanners, "serial"; R-A12.
"""

import errno
import fcntl
import os
import termios
import time
import tty
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from scanners.lines import Device, Lines
from scanners.source import Seen, SourceState, SourceWrong

BY_ID = Path("/dev/serial/by-id")
_PATIENCE_SECONDS = 1.0  # a whole code takes a tenth of it at the slowest usual speed


class Serial(Device):
    """A scanner at a serial port."""

    advice: ClassVar[Mapping[int, str]] = {
        errno.EACCES: "this user must be in the group dialout",
        errno.EBUSY: "another program has it open",
        errno.ENOTTY: "this is no serial port",
    }

    def __init__(self, path: Path, *, baud: int = 9600, separator: str = "", by_id: Path = BY_ID) -> None:
        """`baud` is of no meaning to a CDC device. Raises SourceWrong for a speed the system does not know."""
        speed = getattr(termios, f"B{baud}", None)
        if speed is None:
            raise SourceWrong(f"--baud {baud}: a serial port has no such speed; 9600 and 115200 are usual")
        super().__init__(path, Lines(separator=separator, patience_seconds=_PATIENCE_SECONDS))
        self._by_id, self._speed = by_id, int(speed)
        self._id: Path | None = None

    def _taken(self, data: bytes) -> Iterator[Seen | SourceState]:
        yield from self._lines.feed(data, seconds=time.monotonic())

    def _open(self) -> int:
        """Open the port, after the first time under its id: its name may be another's by now. Raises OSError."""
        path = self._id or self._path
        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.ioctl(descriptor, termios.TIOCEXCL)
            tty.setraw(descriptor)
            modes = termios.tcgetattr(descriptor)
            modes[2] |= termios.CLOCAL | termios.CREAD
            modes[4] = modes[5] = self._speed
            termios.tcsetattr(descriptor, termios.TCSANOW, modes)
        except (OSError, termios.error) as problem:
            os.close(descriptor)
            raise OSError(problem.args[0], problem.args[1], str(path)) from problem
        self._id = self._id or _id_of(self._path, self._by_id)
        return descriptor


def _is_same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.resolve() == other.resolve()


def _id_of(path: Path, by_id: Path) -> Path | None:
    """Give the name that says which device this is, whatever port it sits in."""
    if path.parent == by_id or not by_id.is_dir():
        return None
    return next((link for link in sorted(by_id.iterdir()) if _is_same(link, path)), None)
