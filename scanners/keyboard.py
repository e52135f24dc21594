"""Keyboard scanners on Linux, read at their own device: no other program gets their keys, and no focus is needed.

The events are turned into characters by the US layout, which is what scanners come set to. Enter, Tab or Ctrl+J end a
code. A scanner that sends no end is known by its speed: keys that follow each other within 50 ms, then a pause.
Source: scanners, "Wedge on Linux"; R-A12.
"""

import errno
import fcntl
import os
import re
import stat
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from scanners.lines import Device, Lines
from scanners.source import Seen, SourceState, SourceWrong

BY_ID = Path("/dev/input/by-id")
GAP_SECONDS = 0.05
_EVENT = struct.Struct("@llHHi")  # seconds, microseconds, kind, key, value: struct input_event
_KEY, _UP, _DOWN = 1, 0, 1  # kind of event; values, of which 2 is a key held down, no second press
_GRAB = 0x40044590  # EVIOCGRAB: the keys go to nobody else
_SHORTEST_WITHOUT_END = 3
_PATIENCE_SECONDS = 1.0
_SCANNER = re.compile(r"bar.?code|scan", re.IGNORECASE)

_SHIFT, _CTRL, _ALT = {42, 54}, {29, 97}, {56, 100}
_ROWS = (  # first key code, what the keys give, what they give with shift
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (55, "*", "*"),
    (57, " ", " "),
)
_ENDS = {28: "\r", 96: "\r", 15: "\t"}
_NUMPAD = {71: "7", 72: "8", 73: "9", 74: "-", 75: "4", 76: "5", 77: "6", 78: "+", 79: "1", 80: "2", 81: "3", 82: "0",
           83: ".", 98: "/"}  # fmt: skip
_PLAIN = {first + place: char for first, chars, _ in _ROWS for place, char in enumerate(chars)} | _ENDS | _NUMPAD
_SHIFTED = {first + place: char for first, _, chars in _ROWS for place, char in enumerate(chars)} | _ENDS | _NUMPAD
_WITHOUT_SHIFT = str.maketrans("{}|", "[]\\")  # ctrl takes these keys as they are


class Keys:
    """Turns key events into characters, with shift, ctrl and alt as they are held."""

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._number = ""

    def press(self, key: int, value: int) -> str:
        """Give what this event types: '' for a key that types nothing. Alt with numpad digits types that character."""
        if key in _SHIFT | _CTRL | _ALT:
            return self._hold(key, value)
        if value != _DOWN:
            return ""
        if self._held & _ALT:
            digit = _NUMPAD.get(key, "")
            self._number += digit if digit.isdecimal() else ""
            return ""
        if self._held & _CTRL:
            char = _SHIFTED.get(key, "").upper().translate(_WITHOUT_SHIFT)
            return chr(ord(char) & 0x1F) if char and "@" <= char <= "_" else ""
        return (_SHIFTED if self._held & _SHIFT else _PLAIN).get(key, "")

    def _hold(self, key: int, value: int) -> str:
        if value != _UP:
            self._held.add(key)
            return ""
        self._held.discard(key)
        number, self._number = self._number, "" if key in _ALT else self._number
        if key in _ALT and number and int(number) < 0x80:
            return chr(int(number))
        return ""


class Keyboard(Device):
    """A scanner that is a keyboard."""

    advice: ClassVar[Mapping[int, str]] = {
        errno.EACCES: "this user must be in the group input",
        errno.EBUSY: "another program has grabbed it",
    }

    def __init__(self, address: str, *, separator: str = "", by_id: Path = BY_ID) -> None:
        """`address` is its path; '' finds the one that calls itself a scanner. Raises SourceWrong unless it is one."""
        path = Path(address) if address else find_scanner(by_id)
        super().__init__(path, Lines(separator=separator, patience_seconds=_PATIENCE_SECONDS))
        self._keys, self._rest = Keys(), b""
        self._sends_ends = False
        self._is_burst, self._count, self._last_seconds = True, 0, 0.0

    def _open(self) -> int:
        """Open the device and take its keys for ourselves. Raises OSError."""
        self._keys, self._rest = Keys(), b""
        self._start_line()
        descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if stat.S_ISCHR(os.fstat(descriptor).st_mode):  # recorded events are nobody's to grab
                fcntl.ioctl(descriptor, _GRAB, 1)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def _taken(self, data: bytes) -> Iterator[Seen | SourceState]:
        data = self._rest + data
        whole = len(data) // _EVENT.size * _EVENT.size
        self._rest = data[whole:]
        for seconds, microseconds, kind, key, value in _EVENT.iter_unpack(data[:whole]):
            if kind == _KEY and (char := self._keys.press(key, value)):
                yield from self._type(char, seconds + microseconds / 1e6)

    def _paused(self) -> Iterator[Seen | SourceState]:
        yield from self._end_burst()

    def _type(self, char: str, seconds: float) -> Iterator[Seen | SourceState]:
        """Take a character at the time its event says."""
        if self._count and seconds - self._last_seconds > GAP_SECONDS:
            yield from self._end_burst()
            self._is_burst = self._is_burst and not self._count
        self._last_seconds = seconds
        self._count += 1
        if char in "\r\n\t":
            self._sends_ends = self._sends_ends or self._lines.is_open
            self._start_line()
        yield from self._lines.feed(char.encode(), seconds=seconds)

    def _end_burst(self) -> Iterator[Seen | SourceState]:
        """After a pause: a burst of a scanner that sends no end is a code; what a hand types waits for Enter."""
        if not self._sends_ends and self._is_burst and self._count >= _SHORTEST_WITHOUT_END:
            self._start_line()
            yield from self._lines.end()

    def _start_line(self) -> None:
        self._is_burst, self._count = True, 0


def find_scanner(by_id: Path = BY_ID) -> Path:
    """Give the one keyboard whose name says that it is a scanner. Raises SourceWrong, which names what there is."""
    keyboards = sorted(by_id.glob("*-event-kbd")) if by_id.is_dir() else []
    if not keyboards:
        raise SourceWrong(
            "keyboard: no keyboard device is to be seen here; use --source - and scan into this window,"
            " or name the device: keyboard:/dev/input/event3"
        )
    scanners = [path for path in keyboards if _SCANNER.search(path.name)]
    if len(scanners) == 1:
        return scanners[0]
    names = ", ".join(f"keyboard:{path}" for path in scanners or keyboards)
    raise SourceWrong(f"keyboard: say which one is the scanner, for its keys reach nobody else then: {names}")
