"""Cameras (USB, RTSP, MJPEG over HTTP) and video files: the codes in view, frame by frame.

A camera is watched: when no frame comes for a while its process is ended and started again, after 1 s at first, 30 s at
most. Source: scanners, "Cameras"; R-A12.
"""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from scanners.capture import Capture, CaptureLost, Frame
from scanners.folder import scans_of
from scanners.live import LiveReader
from scanners.sentences import advise
from scanners.source import Seen, SourceState, SourceWrong, now
from scanners.words import say, word

OPEN_SECONDS = 20.0  # for the first frame: the engines load, a stream negotiates
STALL_SECONDS = 5.0  # without a frame after the first
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
_SLICE_SECONDS = 0.5


class Capturing(Protocol):
    """What gives frames: the child process, or a test's camera that misbehaves."""

    def next(self, seconds: float) -> Frame | None:
        """Give the next frame or None; raises CaptureLost, EOFError."""

    def end(self) -> None:
        """End it."""


class Camera:
    """A camera or stream that is opened again and again until the station ends."""

    wedge = False
    finite = False

    def __init__(
        self, address: str, *, shown: bool = False, capture: Callable[[], Capturing] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`shown` also yields frames without a code, for a window. `capture` starts another thing than the child."""
        self._name = f"camera:{address}" if address.isdecimal() else without_password(address)
        self._shown, self._clock = shown, clock
        self._start = capture or (lambda: Capture(address))

    def read(self, stop: threading.Event) -> Iterator[Seen | SourceState]:
        """Yield what is in view, and every loss and return of the picture."""
        pause = FIRST_PAUSE_SECONDS
        while not stop.is_set():
            capture = self._start()
            try:
                for frame in self._frames(capture, stop):
                    if isinstance(frame, SourceState):
                        pause = FIRST_PAUSE_SECONDS
                    yield frame
                return
            except (CaptureLost, EOFError) as lost:
                reason = word("camera", str(lost) or "ended")
            finally:
                capture.end()
            yield SourceState(
                state="lost", detail=say("camera-again", name=self._name, reason=reason, seconds=f"{pause:.0f}")
            )
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _frames(self, capture: Capturing, stop: threading.Event) -> Iterator[Seen | SourceState]:
        """Read frames until stopped. Raises CaptureLost for a camera that gives none, too."""
        reader, deadline, is_open = LiveReader(), self._clock() + OPEN_SECONDS, False
        while not stop.is_set():
            frame = capture.next(_SLICE_SECONDS)
            if frame is None:
                if self._clock() > deadline:
                    raise CaptureLost("no-picture")
                continue
            deadline = self._clock() + STALL_SECONDS
            if not is_open:
                is_open = True
                yield SourceState(
                    state="open", detail=f"{self._name} {frame.pixels.shape[1]} x {frame.pixels.shape[0]}"
                )
            age = timedelta(seconds=max(self._clock() - frame.seconds, 0.0))
            yield from _look(reader, frame, seen_at=now() - age, shown=self._shown)


class Video:
    """A video file, read from its begin to its end, each frame; its own time judges what is a repeat."""

    wedge = False
    finite = True

    def __init__(self, path: Path, *, shown: bool = False) -> None:
        """Nothing is opened yet."""
        self._path, self._shown = path, shown

    def read(self, stop: threading.Event) -> Iterator[Seen | SourceState]:
        """Yield what is in view. Raises SourceWrong when it is no video."""
        reader, capture, is_open = LiveReader(), Capture(str(self._path.resolve()), every=True), False
        deadline = time.monotonic() + OPEN_SECONDS
        try:
            while not stop.is_set():
                frame = capture.next(_SLICE_SECONDS)
                if frame is None:
                    if time.monotonic() > deadline:
                        raise SourceWrong(f"{self._path}: a frame could not be read in {OPEN_SECONDS:.0f} s")
                    continue
                deadline = time.monotonic() + OPEN_SECONDS
                if not is_open:
                    is_open = True
                    yield SourceState(state="open", detail=str(self._path))
                yield from _look(reader, frame, seen_at=now(), shown=self._shown)
        except EOFError:
            return
        except CaptureLost as lost:
            raise SourceWrong(f"{self._path}: not a video that can be read") from lost
        finally:
            capture.end()


def _look(reader: LiveReader, frame: Frame, *, seen_at: datetime, shown: bool) -> Iterator[Seen | SourceState]:
    """Yield what one frame shows, and what to do when it is not known for sure."""
    scans = scans_of(reader.read(frame.pixels, frame.seconds), seconds=frame.seconds, seen_at=seen_at)
    if advice := reader.doubt(frame.pixels, frame.seconds):
        yield SourceState(state="not-sure", detail=say("in-view", advice=advise(advice)), advice=advice)
    if scans or shown:
        yield Seen(scans=scans, frame=frame.pixels if shown else None)


def without_password(address: str) -> str:
    """Give a stream's address as it may be shown."""
    scheme, mark, rest = address.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}" if mark else address
