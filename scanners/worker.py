"""Strangers' pictures are decoded in children that may be lost: little memory, little time, no files, no network.

`decode_safely` is what the service calls, from any thread. Up to two children live as long as the service, because
loading the engines takes longer than reading; a child that dies or exceeds its time is ended and a new one started with
the next picture. The command's files go through a child of its own (`Files`), which takes PDFs too. Pictures go in and
JSON comes out through pipes, each message led by its length (4 bytes, big endian). Security: boundary "image, decoder";
rows U1, U2; P15.
"""

import atexit
import base64
import contextlib
import json
import logging
import os
import queue
import re
import resource
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from scanners.scan import MOST_BYTES, MOST_FILE_BYTES, Code, Doubt, PictureRefused, Polygon, Reading

_SECONDS_PER_PICTURE = 3.0
_SECONDS_PER_PAGE = 30.0  # of a file of our own, by the clock: its processor time is limited all the same
_SECONDS_TO_START = 20.0  # the engines load once; a cold disk must not look like a hostile picture
_SECONDS_IN_LINE = 2.0  # together with the picture's own a no comes within 5 s
_CHILDREN = 2
_ADDRESS_SPACE = 1024 * 1024 * 1024
_MOST_GROWTH = 280 * 1024 * 1024  # beyond what the engines take themselves
_MOST_ANSWER = 4 * 1024 * 1024
_ENVIRONMENT = (
    "PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "VIRTUAL_ENV", "LANG", "LC_ALL",
)  # fmt: skip
_QUIET, _DOCUMENTS = "--quiet", "--documents"
_LENGTH = struct.Struct(">I")
_HEAD = struct.Struct(">cI")  # what is asked, and the length of the file
_READ, _CLEAN = b"r", b"c"


class _ChildLost(Exception):
    """The child ended, broke the protocol, or is late."""


class _Child:
    """One reading process and its two pipes. Used by one thread at a time."""

    def __init__(self, *options: str) -> None:
        """Start the process; a `_QUIET` one does not say again what is missing on this machine."""
        self._process = subprocess.Popen(  # noqa: S603, our own interpreter and module
            [sys.executable, "-m", "scanners.worker", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # Ctrl+C at the terminal is for the service; the child ends with its input
            env=_environment(),
        )
        try:
            self._receive(time.monotonic() + _SECONDS_TO_START)
        except BaseException:  # an interrupted start as well leaves no process and no pipe behind
            self.end()
            raise

    def ask(self, what: bytes, picture: bytes) -> dict[str, Any]:
        """Send a picture and wait for its answer. Raises _ChildLost."""
        deadline = time.monotonic() + _SECONDS_PER_PICTURE
        self._send(_HEAD.pack(what, len(picture)) + picture, deadline)
        return self._answer(deadline)

    def ask_pages(self, file: bytes) -> Iterator[dict[str, Any]]:
        """Send a picture or PDF and yield its answer, or one for each page. Raises _ChildLost."""
        self._send(_HEAD.pack(_READ, len(file)) + file, time.monotonic() + _SECONDS_PER_PAGE)
        while True:
            answer = self._answer(time.monotonic() + _SECONDS_PER_PAGE)
            if not answer:
                return
            yield answer
            if "page" not in answer:
                return

    def _answer(self, deadline: float) -> dict[str, Any]:
        answer = self._receive(deadline)
        if not isinstance(answer, dict):
            raise _ChildLost("no answer of ours")
        return answer

    def is_alive(self) -> bool:
        """Tell whether the process still runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """End the process and wait for it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):  # unsent bytes of a picture that is given up
                    pipe.close()

    def _send(self, message: bytes, deadline: float) -> None:
        assert self._process.stdin is not None
        descriptor = self._process.stdin.fileno()
        os.set_blocking(descriptor, False)
        view = memoryview(message)
        while view:
            self._wait(deadline, writing=descriptor)
            try:
                view = view[os.write(descriptor, view) :]
            except BrokenPipeError as broken:
                raise _ChildLost("ended while it was sent a picture") from broken

    def _receive(self, deadline: float) -> Any:
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size, deadline))
        if length > _MOST_ANSWER:
            raise _ChildLost("an answer too long to be ours")
        try:
            return json.loads(self._read(length, deadline))
        except ValueError as garbage:
            raise _ChildLost("an answer that is not JSON") from garbage

    def _read(self, length: int, deadline: float) -> bytes:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        parts = bytearray()
        while len(parts) < length:
            self._wait(deadline, reading=descriptor)
            part = os.read(descriptor, length - len(parts))
            if not part:
                raise _ChildLost("ended")
            parts += part
        return bytes(parts)

    def _wait(self, deadline: float, *, reading: int | None = None, writing: int | None = None) -> None:
        wait = select.poll()  # select() itself cannot take the high descriptors of a busy service
        if reading is not None:
            wait.register(reading, select.POLLIN)
        if writing is not None:
            wait.register(writing, select.POLLOUT)
        left = deadline - time.monotonic()
        if left <= 0 or not wait.poll(left * 1000):
            raise _ChildLost("late")


def _environment() -> dict[str, str]:
    """Give a child what finds its modules and libraries; the service's keys and tokens stay here."""
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    ours = str(Path(__file__).resolve().parent.parent)
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, [ours, kept.get("PYTHONPATH")]))}


class _Children:
    """The children of this process, lent to one thread each."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._started = False
        self._free: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(_CHILDREN):
            self._free.put(None)  # a place whose child is not started

    def ask(self, what: bytes, picture: bytes) -> dict[str, Any]:
        """Lend a child, ask it, and take it back; a lost one leaves its place empty. Raises PictureRefused."""
        try:
            child = self._free.get(timeout=_SECONDS_IN_LINE)
        except queue.Empty as full:
            raise PictureRefused("busy", "too many pictures at once; try again") from full
        kept: _Child | None = None
        try:
            if child and not child.is_alive():  # ended while it waited, by the system perhaps
                child.end()
                child = None
            child = child or self._start()
            answer = child.ask(what, picture)
            kept = child
            return answer
        except (_ChildLost, OSError) as lost:  # OSError: the system has no process to give
            raise PictureRefused("too-slow", f"reading took too much time or memory ({lost})") from lost
        finally:
            if child and not kept:
                child.end()
            self._free.put(kept)

    def _start(self) -> _Child:
        with self._starting:
            child = _Child(*([_QUIET] if self._started else []))
            self._started = True
        return child

    def end(self) -> None:
        """End the children that are not lent."""
        for _ in range(_CHILDREN):
            with contextlib.suppress(queue.Empty):
                child = self._free.get_nowait()
                if child:
                    child.end()
                self._free.put(None)


_children: _Children | None = None
_children_lock = threading.Lock()


def _ours() -> _Children:
    global _children
    with _children_lock:
        if _children is None:
            _children = _Children()
            atexit.register(_children.end)
        return _children


def _forget() -> None:
    """After a fork: the children and their pipes are the parent's, and a lock may be held by a thread that is gone."""
    global _children, _children_lock
    _children, _children_lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)


def decode_safely(data: bytes) -> list[Code]:
    """Give the codes of a stranger's picture that are believed, as `read_safely`."""
    return list(read_safely(data).codes)


def read_safely(data: bytes) -> Reading:
    """Read a stranger's picture (PNG, JPEG or WebP bytes) in a child process. Raises PictureRefused within 5 s.

    Callable from any thread; one after another where more than two come at once.
    """
    return _as_reading(_ask(_READ, data))


def clean_safely(data: bytes) -> bytes:
    """Draw a stranger's picture anew in a child process: a JPEG, upright, with nothing but its pixels (U3, U5).

    Where it was taken, when and by whom, and whatever else the file carried, stays behind. Raises PictureRefused.
    """
    return base64.b64decode(_ask(_CLEAN, data)["picture"])


def _ask(what: bytes, data: bytes) -> dict[str, Any]:
    if len(data) > MOST_BYTES:
        raise PictureRefused("too-large", f"more than {MOST_BYTES // 1024 // 1024} MiB")
    answer = _ours().ask(what, data)
    if "refused" in answer:
        raise PictureRefused(*answer["refused"])
    return answer


class Files:
    """A child of its own for a command's files: larger ones, and PDFs page by page. Used by one thread; `end` it."""

    def __init__(self) -> None:
        """Start the child, so that the first file does not wait for the engines."""
        self._child: _Child | None = _Child(_DOCUMENTS)

    def read(self, data: bytes) -> Iterator[tuple[int | None, Reading]]:
        """Yield a picture's reading, or each page's with its number from 1; raises PictureRefused between pages too."""
        if len(data) > MOST_FILE_BYTES:
            raise PictureRefused("too-large", f"more than {MOST_FILE_BYTES // 1024 // 1024} MiB")
        self._child = self._child or _Child(_QUIET, _DOCUMENTS)
        try:
            for answer in self._child.ask_pages(data):
                yield answer.get("page"), _as_reading(answer)
        except (_ChildLost, OSError) as lost:
            self.end()
            raise PictureRefused("too-slow", f"reading took too much time or memory ({lost})") from lost

    def end(self) -> None:
        """End the child."""
        if self._child:
            self._child.end()
        self._child = None


def _as_reading(answer: dict[str, Any]) -> Reading:
    if "refused" in answer:
        raise PictureRefused(*answer["refused"])
    return Reading(
        codes=tuple(_as_code(fields) for fields in answer["codes"]),
        doubts=tuple(
            Doubt(reason=fields["reason"], advice=tuple(fields["advice"]), polygon=_as_polygon(fields["polygon"]))
            for fields in answer["doubts"]
        ),
    )


def _as_code(fields: dict[str, Any]) -> Code:
    plain = {"polygon": _as_polygon(fields["polygon"]), "passes": tuple(fields["passes"])}
    return Code(**{**fields, **plain, "bytes": bytes.fromhex(fields["bytes"])})


def _as_polygon(points: list[list[int]]) -> Polygon:
    first, second, third, fourth = ((int(x), int(y)) for x, y in points)
    return first, second, third, fourth


# From here on: the child.


def _limit_this_process() -> None:
    """Take what reading a picture does not need: memory, files to write, and any further descriptor."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    if taken := _data_bytes():
        resource.setrlimit(resource.RLIMIT_DATA, (taken + _MOST_GROWTH, taken + _MOST_GROWTH))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # standard streams only: no file, no socket


def _data_bytes() -> int:
    """Give the memory that this process has to write to so far, 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = re.search(r"^VmData:\s+([0-9]+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _limit_next_picture() -> None:
    """Allow so many seconds of processor time from now on; the kernel ends the process beyond."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + _SECONDS_PER_PICTURE) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _answers(what: bytes, data: bytes, *, documents: bool) -> Iterator[dict[str, Any]]:
    """Read or clean a picture; where documents are taken, read each page of a PDF too, and then nothing more."""
    import cv2  # the engines are for the child alone

    from scanners import pictures

    try:
        if what == _CLEAN:
            yield {"picture": base64.b64encode(pictures.clean(data)).decode()}
        elif documents and pictures.is_pdf(data):
            for number, page in enumerate(pictures.read_pages(data), start=1):
                yield {"page": number, **_read(page)}
            yield {}
        else:
            yield _read(pictures.read_picture(data, most_bytes=MOST_FILE_BYTES if documents else MOST_BYTES))
    except PictureRefused as refused:
        yield {"refused": [refused.reason, refused.detail]}
    except (MemoryError, cv2.error) as full:
        if isinstance(full, cv2.error) and full.code != cv2.Error.StsNoMem:
            raise
        yield {"refused": ["too-slow", "reading took too much memory"]}


def _read(gray: Any) -> dict[str, Any]:
    from scanners import decode

    reading = decode.read(gray)
    return {
        "codes": [{**vars(code), "bytes": code.bytes.hex()} for code in reading.codes],
        "doubts": [vars(doubt) for doubt in reading.doubts],
    }


def _write(stream: IO[bytes], answer: object) -> None:
    message = json.dumps(answer).encode()
    stream.write(_LENGTH.pack(len(message)) + message)
    stream.flush()


def main() -> None:
    """Read pictures from standard input until it ends, which it does when the service is gone."""
    import numpy as np

    from scanners import decode, pictures

    given, answers = sys.stdin.buffer, sys.stdout.buffer
    documents = _DOCUMENTS in sys.argv
    if _QUIET in sys.argv:
        logging.disable(logging.WARNING)
    pictures.preload(documents=documents)  # all that is otherwise loaded late, while files may still be opened
    decode.decode(np.zeros((64, 64), np.uint8))
    _limit_this_process()
    _write(answers, "ready")
    while header := given.read(_HEAD.size):
        what, length = _HEAD.unpack(header)
        data = given.read(length)
        _limit_next_picture()
        for answer in _answers(what, data, documents=documents):
            _write(answers, answer)
            _limit_next_picture()


if __name__ == "__main__":
    main()
