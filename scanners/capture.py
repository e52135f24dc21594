"""A camera, stream or video, opened in a process of its own that can be ended whatever its driver does.

The child reads all the time and keeps the newest frame; the parent asks for it when it has time, so that nothing queues
up. A video file is read frame by frame instead. Each message is a head (kind, height, width, seconds) and grey pixels.
Source: scanners, "Cameras".
"""

import contextlib
import fcntl
import os
import queue
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from scanners.lines import wait_readable
from scanners.scan import MOST_PIXELS

_HEAD = struct.Struct(">cIId")
_FRAME, _ENDED = b"F", b"E"
_ASK = b"n"
_PIPE_BYTES = 1024 * 1024
_MILLISECONDS_TO_OPEN = _MILLISECONDS_TO_READ = 8000
_MOST_FAILURES = 20  # reads in a row: a camera may drop a frame, a stream that ended fails for ever
_PAUSE_SECONDS = 0.05
_WIDTH, _HEIGHT = 1920, 1080  # asked of a camera, which gives the nearest it can
_USUAL_RATE = 25.0  # frames a second
_EVERY = "--every"


class CaptureLost(Exception):
    """The child ended or broke its protocol: the camera is gone, or could not be opened; said by a name of `words`."""


@dataclass(frozen=True)
class Frame:
    """Grey pixels, height x width, and when: seconds of the monotonic clock, for a video from its begin."""

    pixels: NDArray[np.uint8]
    seconds: float


class Capture:
    """One run of the child. Used by one thread."""

    def __init__(self, address: str, *, every: bool = False) -> None:
        """Start it; `every` asks for each frame of a video rather than the newest of a camera."""
        self._process = subprocess.Popen(  # noqa: S603, our own interpreter and module
            [sys.executable, "-m", "scanners.capture", *([_EVERY] if every else []), address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # the drivers' own talk, many lines a second when a stream is torn
            bufsize=0,
            start_new_session=True,
            env=_environment(),
        )
        assert self._process.stdout is not None
        self._out = self._process.stdout.fileno()
        with contextlib.suppress(OSError):  # a small pipe is only slower
            fcntl.fcntl(self._out, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._asked = False
        self._parts = bytearray()

    def next(self, seconds: float) -> Frame | None:
        """Give the next frame, None when it is not there within so many seconds; then ask again.

        Raises CaptureLost, EOFError when a video is over.
        """
        if not self._asked:
            self._ask()
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and wait_readable(self._out, left):
            wanted = self._wanted()
            part = os.read(self._out, wanted - len(self._parts))
            if not part:
                raise CaptureLost("gone")
            self._parts += part
            if len(self._parts) == self._wanted() and len(self._parts) >= _HEAD.size:
                return self._frame()
        return None

    def end(self) -> None:
        """End the child, whatever it is doing, and wait for it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _ask(self) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(_ASK)
        except BrokenPipeError as broken:
            raise CaptureLost("gone") from broken
        self._asked = True

    def _wanted(self) -> int:
        """Give the length of the message so far as it is known. Raises CaptureLost for one that is none of ours."""
        if len(self._parts) < _HEAD.size:
            return _HEAD.size
        kind, height, width, _ = _HEAD.unpack_from(self._parts)
        if kind not in (_FRAME, _ENDED) or height * width > MOST_PIXELS:
            raise CaptureLost("garbage")
        return int(_HEAD.size + height * width)

    def _frame(self) -> Frame:
        kind, height, width, seconds = _HEAD.unpack_from(self._parts)
        if kind == _ENDED:
            raise EOFError
        pixels = np.frombuffer(self._parts, np.uint8, offset=_HEAD.size).reshape(height, width)
        self._parts, self._asked = bytearray(), False
        return Frame(pixels=pixels, seconds=seconds)


def _environment() -> dict[str, str]:
    """Give the child all but the token, and where our modules are."""
    kept = {name: value for name, value in os.environ.items() if name != "WAREHOUSE_TOKEN"}
    ours = str(Path(__file__).resolve().parent.parent)
    kept.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp")  # over UDP a lost packet tears the picture
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, [ours, kept.get("PYTHONPATH")]))}


# From here on: the child.


class _Newest:
    """The newest frame of a camera, grabbed by a thread of its own; an unread one is replaced."""

    def __init__(self, capture: Any) -> None:
        self._capture = capture
        self._changed = threading.Condition()
        self._frame: tuple[Any, float] | None = None
        self._is_over = False
        threading.Thread(target=self._grab, daemon=True, name="grab").start()

    def take(self) -> tuple[Any, float] | None:
        """Give a frame that was not given before; waits for it. None when the camera is gone."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame or self._is_over)
            frame, self._frame = self._frame, None
            return frame

    def _grab(self) -> None:
        failures, pause = 0, threading.Event()
        while failures < _MOST_FAILURES:
            answered, frame = self._capture.read()
            if not answered:
                failures += 1
                pause.wait(_PAUSE_SECONDS)
                continue
            failures = 0
            with self._changed:
                self._frame = frame, time.monotonic()
                self._changed.notify()
        with self._changed:
            self._is_over = True
            self._changed.notify()


class _Every:
    """Each frame of a video, in order, with its time in it."""

    def __init__(self, capture: Any) -> None:
        import cv2

        self._capture = capture
        self._rate = capture.get(cv2.CAP_PROP_FPS) or _USUAL_RATE
        self._count = -1

    def take(self) -> tuple[Any, float] | None:
        """Give the next frame, None at the end."""
        import cv2

        answered, frame = self._capture.read()
        self._count += 1
        # Some containers have no times; then all frames are equally long.
        seconds = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000 or self._count / self._rate
        return (frame, seconds) if answered else None


def _open(address: str) -> Any:
    import cv2

    cv2.setNumThreads(1)
    if not address.isdecimal():
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _MILLISECONDS_TO_OPEN,
                  cv2.CAP_PROP_READ_TIMEOUT_MSEC, _MILLISECONDS_TO_READ]  # fmt: skip
        return cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)
    capture = cv2.VideoCapture(int(address))
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))  # uncompressed, USB carries five frames a second
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, _WIDTH)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, _HEIGHT)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


def _send(out: IO[bytes], taken: tuple[Any, float] | None) -> None:
    import cv2

    if taken is None:
        out.write(_HEAD.pack(_ENDED, 0, 0, 0.0))
    else:
        frame, seconds = taken
        gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) if frame.ndim == 3 else frame
        out.write(_HEAD.pack(_FRAME, *gray.shape, seconds))
        out.write(np.ascontiguousarray(gray).data)
    out.flush()


def _asked() -> "queue.SimpleQueue[bytes]":
    """Give what the parent asks for. When the parent is gone this process ends, wherever its driver hangs."""
    asked: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def listen() -> None:
        while byte := os.read(sys.stdin.fileno(), 1):
            asked.put(byte)
        os._exit(0)

    threading.Thread(target=listen, daemon=True, name="parent").start()
    return asked


def main() -> int:
    """Send a frame for each byte of standard input, until that ends; 3 when there is nothing to open, 4 when lost."""
    every, address = _EVERY in sys.argv, sys.argv[-1]
    asked = _asked()
    capture = _open(address)
    if not capture.isOpened():
        return 3
    frames = _Every(capture) if every else _Newest(capture)
    while asked.get():
        taken = frames.take()
        if taken is None and not every:
            return 4  # a camera does not end, it is lost
        _send(sys.stdout.buffer, taken)
    return 0


if __name__ == "__main__":
    # Not by sys.exit: the grabbing thread may hang in the driver for ever.
    os._exit(main())
