"""Lines on standard input, serial ports and keyboard devices, each with a double that misbehaves as the real one does."""

import os
import queue
import struct
import threading
import tty
from pathlib import Path

import pytest

from scanners import lines
from scanners.keyboard import Keyboard, find_scanner
from scanners.lines import LONGEST_LINE, Lines, StandardInput
from scanners.serial import Serial
from scanners.source import Seen, SourceState, SourceWrong

SECONDS = 120.0


class Reading:
    """A source read by a thread, as the station does; gives what came, one by one."""

    def __init__(self, source):
        self.stop, self._came = threading.Event(), queue.Queue()
        self._thread = threading.Thread(target=self._read, args=(source,))
        self._thread.start()

    def _read(self, source):
        try:
            for what in source.read(self.stop):
                self._came.put(what)
        except SourceWrong as wrong:
            self._came.put(wrong)

    def next(self):
        """Give the text of the next scan, or the next state."""
        what = self._came.get(timeout=SECONDS)
        return what.scans[0].text if isinstance(what, Seen) else what

    def end(self):
        """Stop and give what else came."""
        self.stop.set()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()
        return list(self._came.queue)


@pytest.fixture
def reading():
    started = []

    def start(source):
        started.append(Reading(source))
        return started[-1]

    yield start
    for each in started:
        each.end()


def texts_of(seen):
    return [what.scans[0].text if isinstance(what, Seen) else what.state for what in seen]


@pytest.mark.parametrize("step", [1, 2, 3, 1000])
def test_given_lines_that_arrive_cut_when_put_together_then_each_end_ends_one(step):
    """CR, LF, CR LF and Tab end a line; two scans in one burst are two; GS stays"""
    sent = "A\r\nB\nC\rD\tE\x1dF\r\r\n漆\n".encode()
    made = Lines()
    seen = [each for at in range(0, len(sent), step) for each in made.feed(sent[at : at + step], seconds=0.0)]
    assert texts_of(seen) == ["A", "B", "C", "D", "E\x1dF", "漆"]
    assert not made.is_open


def test_given_what_is_no_line_when_put_together_then_it_is_told_and_the_next_is_whole():
    """An overlong line, bytes that are no text, half a code and a pause"""
    made = Lines(separator="~", patience_seconds=1.0)
    assert texts_of(made.feed(b"X" * (LONGEST_LINE + 10) + b"\nOK~1\n", seconds=0.0)) == ["refused", "OK\x1d1"]
    assert texts_of(made.feed(b"\xff\xfe\nB\n", seconds=0.1)) == ["refused", "B"]
    assert texts_of(made.feed(b"HAL", seconds=0.2)) == []
    half, whole = made.feed(b"NEXT\n", seconds=3.0)
    assert "HAL" in half.detail
    assert "Enter" in half.detail
    assert whole.scans[0].text == "NEXT"


def test_given_standard_input_when_it_ends_then_its_last_line_counts(reading):
    """printf 'A' | … : the end of a file ends the line"""
    there, here = os.pipe()
    run = reading(StandardInput(descriptor=there))
    os.write(here, b"A\nB")
    assert [run.next() for _ in range(2)] == [SourceState(state="open"), "A"]
    os.close(here)
    assert run.next() == "B"
    assert run.end() == []
    os.close(there)


@pytest.fixture
def quick(monkeypatch):
    """Look for a device that is away without waiting a second."""
    monkeypatch.setattr(lines, "_AGAIN_SECONDS", 0.05)


def open_pty():
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    return ours, theirs, os.ttyname(theirs)


def test_given_a_serial_scanner_when_it_is_unplugged_and_back_on_another_port_then_no_half_code_joins_the_next(
    reading, quick, tmp_path
):
    """C20; Split reads, CR LF, two in one burst, unplug in the middle of a code, back by its id"""
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    link = by_id / "usb-Datalogic_Gryphon_123-if00"
    ours, theirs, name = open_pty()
    link.symlink_to(name)
    run = reading(Serial(Path(name), by_id=by_id))
    assert run.next().state == "open"
    os.close(theirs)
    for part in (b"EL-1", b"00/A\r", b"\nB\r\nC\r\nHALF"):
        os.write(ours, part)
    assert [run.next() for _ in range(3)] == ["EL-100/A", "B", "C"]
    os.close(ours)
    lost = run.next()
    assert (lost.state, "half a code" in lost.detail) == ("lost", True)
    link.unlink()
    ours, theirs, name = open_pty()
    link.symlink_to(name)
    while (back := run.next()).state != "open":
        assert back.state == "lost"
    os.close(theirs)
    os.write(ours, b"D\r\n")
    assert run.next() == "D"
    run.end()
    os.close(ours)


def test_given_a_port_that_is_none_when_read_then_what_to_do_is_said(reading, quick, tmp_path):
    """A missing port is waited for; a file is no port; a strange speed is refused before"""
    path = tmp_path / "ttyACM0"
    run = reading(Serial(path, by_id=tmp_path))
    said = run.next()
    assert (said.state, "waiting for it" in said.detail) == ("lost", True)
    path.touch()
    assert "no serial port" in str(run.next())
    with pytest.raises(SourceWrong, match="115200"):
        Serial(path, baud=12345)


EVENT = struct.Struct("@llHHi")
KEYS = {"a": 30, "b": 48, "1": 2, "0": 11, "9": 10, "2": 3, "-": 12, "/": 53, "]": 27, "4": 5, "\n": 28, "\t": 15, "shift": 42,
        "ctrl": 29, "alt": 56, "n0": 82, "n2": 80, "n9": 73, "c": 46, "l": 38, "e": 18}  # fmt: skip


class Recorder:
    """Writes key events as the kernel gives them: 24 bytes each, with the synchronising ones between."""

    def __init__(self, path):
        os.mkfifo(path)
        self.path, self.seconds = path, 1000.0
        self._out = None

    def plug_in(self):
        self._out = os.open(self.path, os.O_RDWR)

    def unplug(self):
        os.close(self._out)

    def type(self, *names, gap=0.002, cut=0):
        """Press and release keys, so many seconds apart; `name+` holds a key down, `name-` lets it go."""
        data = b""
        for name in names:
            self.seconds += gap
            key = KEYS[name.rstrip("+-") or name]
            values = [1] if name.endswith("+") else [0] if name.endswith("-") and len(name) > 1 else [1, 2, 0]
            for value in values:
                moment = (int(self.seconds), round(self.seconds % 1 * 1e6))
                data += (
                    EVENT.pack(*moment, 4, 4, 458756)
                    + EVENT.pack(*moment, 1, key, value)
                    + EVENT.pack(*moment, 0, 0, 0)
                )
        for at in range(0, len(data), cut or len(data)):
            os.write(self._out, data[at : at + (cut or len(data))])


@pytest.fixture
def wedge(tmp_path, reading, quick):
    """A recorded keyboard scanner and the reading of it."""
    recorder = Recorder(tmp_path / "usb-Honeywell_Barcode_Scanner-event-kbd")
    recorder.plug_in()
    run = reading(Keyboard("", by_id=tmp_path))
    assert run.next().state == "open"
    return recorder, run


def test_given_a_keyboard_scanner_when_its_keys_come_then_text_by_layout_shift_ctrl_and_alt(wedge):
    """Own key map: case, Ctrl+] and Alt+029 as GS; Enter and Tab end; events cut anywhere"""
    recorder, run = wedge
    recorder.type("b", "\n")
    assert run.next() == "b"  # it sends an end: from now on no pause of a busy machine is taken for one
    recorder.type("shift+", "e", "l", "shift-", "-", "1", "0", "0", "/", "shift+", "a", "shift-", "\n", cut=7)
    assert run.next() == "EL-100/A"
    recorder.type("1", "0", "a", "ctrl+", "]", "ctrl-", "2", "1", "\t")
    assert run.next() == "10a\x1d21"
    recorder.type("1", "alt+", "n0", "n2", "n9", "alt-", "2", "\n", "b", "\n")
    assert [run.next(), run.next()] == ["1\x1d2", "b"]


def test_given_a_scanner_without_an_end_when_it_pauses_then_its_burst_is_a_code_and_a_slow_hand_is_not(wedge):
    """50 ms gap as the fallback; once an end was seen only an end ends"""
    recorder, run = wedge
    recorder.type("1", "0", "0")
    assert run.next() == "100"
    recorder.type("a", gap=0.5)
    recorder.type("b", "a", "b", "\n", gap=0.2)
    assert run.next() == "abab"
    recorder.type("1", "2", "0")
    recorder.type("9", "\n", gap=0.2)
    assert run.next() == "1209"


def test_given_a_keyboard_scanner_when_unplugged_in_a_code_then_the_next_is_whole(wedge):
    """Half a code is told, and a shift that was held is not held any more"""
    recorder, run = wedge
    recorder.type("b", "\n", "shift+", "a", "1")
    assert run.next() == "b"
    recorder.unplug()
    lost = run.next()
    assert (lost.state, "half a code" in lost.detail) == ("lost", True)
    recorder.plug_in()
    recorder.type("c", "1", "\n")
    while isinstance(back := run.next(), SourceState):
        assert back.state in ("open", "lost")
    assert back == "c1"


def test_given_keyboards_when_none_or_several_are_scanners_then_the_person_is_told_what_to_name(tmp_path):
    """A keyboard that is grabbed is nobody else's: only what calls itself a scanner is taken unasked"""
    with pytest.raises(SourceWrong, match="--source -"):
        find_scanner(tmp_path / "none")
    (tmp_path / "usb-Logitech_Keyboard-event-kbd").touch()
    with pytest.raises(SourceWrong, match=r"keyboard:.*Logitech"):
        find_scanner(tmp_path)
    (tmp_path / "usb-Some_BarCode_Reader-event-kbd").touch()
    assert find_scanner(tmp_path).name == "usb-Some_BarCode_Reader-event-kbd"
    (tmp_path / "usb-USB_Scan_Gun-event-kbd").touch()
    with pytest.raises(SourceWrong, match="say which one"):
        find_scanner(tmp_path)
