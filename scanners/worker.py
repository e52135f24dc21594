"""Strangers' pictures are decoded in children that may be lost.

`decode_safely` is what the service calls, from any thread. Up to two children live as long as the service, because
loading the engines takes longer than reading; a child that dies or exceeds its time is ended and a new one started with
the next picture. The command's files go through a child of its own (`Files`), which takes PDFs too. What a child may
and what goes through its pipes: `child`. Security: boundary "image, decoder"; rows U1, U2; P15.
"""

import atexit
import base64
import contextlib
import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanners.child import CLEAN, DOCUMENTS, HEAD, LENGTH, QUIET, READ, SECONDS_PER_PICTURE
from scanners.scan import MOST_BYTES, MOST_FILE_BYTES, Code, Doubt, PictureRefused, Polygon, Reading

_SECONDS_PER_PAGE = 30.0  # of a file of our own, by the clock: its processor time is limited all the same
_SECONDS_TO_START = 20.0  # the engines load once; a cold disk must not look like a hostile picture
_SECONDS_IN_LINE = 2.0  # together with the picture's own a no comes within 5 s
_CHILDREN = 2
_MOST_ANSWER = 4 * 1024 * 1024
_ENVIRONMENT = (
    "PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONWARNINGS", "VIRTUAL_ENV", "LANG", "LC_ALL",
)  # fmt: skip


class _ChildLost(Exception):
    """The child ended, broke the protocol, or is late."""


class _Child:
    """One reading process and its two pipes. Used by one thread at a time."""

    def __init__(self, *options: str) -> None:
        """Start the process; a `QUIET` one does not say again what is missing on this machine."""
        self._process = subprocess.Popen(  # noqa: S603, our own interpreter and module
            [sys.executable, "-m", "scanners.child", *options],
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
        deadline = time.monotonic() + SECONDS_PER_PICTURE
        self._send(HEAD.pack(what, len(picture)) + picture, deadline)
        return self._answer(deadline)

    def ask_pages(self, file: bytes) -> Iterator[dict[str, Any]]:
        """Send a picture or PDF and yield its answer, or one for each page. Raises _ChildLost."""
        self._send(HEAD.pack(READ, len(file)) + file, time.monotonic() + _SECONDS_PER_PAGE)
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
        (length,) = LENGTH.unpack(self._read(LENGTH.size, deadline))
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
            child = _Child(*([QUIET] if self._started else []))
            self._started = True
        return child

    def end(self) -> None:
        """End the children that are not lent."""
        kept: list[_Child | None] = []
        with contextlib.suppress(queue.Empty):  # all first: a place that is put back is the next one taken
            while True:
                kept.append(self._free.get_nowait())
        for child in kept:
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
    return _as_reading(_ask(READ, data))


def clean_safely(data: bytes) -> bytes:
    """Draw a stranger's picture anew in a child process: a JPEG, upright, with nothing but its pixels (U3, U5).

    Where it was taken, when and by whom, and whatever else the file carried, stays behind. Raises PictureRefused.
    """
    return base64.b64decode(_ask(CLEAN, data)["picture"])


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
        self._child: _Child | None = _Child(DOCUMENTS)

    def read(self, data: bytes) -> Iterator[tuple[int | None, Reading]]:
        """Yield a picture's reading, or each page's with its number from 1; raises PictureRefused between pages too."""
        if len(data) > MOST_FILE_BYTES:
            raise PictureRefused("too-large", f"more than {MOST_FILE_BYTES // 1024 // 1024} MiB")
        self._child = self._child or _Child(QUIET, DOCUMENTS)
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
