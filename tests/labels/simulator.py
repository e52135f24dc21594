"""Printers for the tests: a real IPP printer of the distribution, a line that is cut after n bytes, a thermal printer."""

import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ports import free_port

LOADED = "yellow"
ATTRIBUTES = f"""
ATTR keyword media-supported "oe_label_100x50mm","iso_a4_210x297mm"
ATTR collection media-size-supported {{ MEMBER integer x-dimension 10000 MEMBER integer y-dimension 5000 }},{{ MEMBER integer x-dimension 21000 MEMBER integer y-dimension 29700 }}
ATTR collection media-col-database {{ MEMBER collection media-size {{ MEMBER integer x-dimension 10000 MEMBER integer y-dimension 5000 }} MEMBER keyword media-color "{LOADED}" }}
ATTR collection media-col-ready {{ MEMBER collection media-size {{ MEMBER integer x-dimension 10000 MEMBER integer y-dimension 5000 }} MEMBER keyword media-color "{LOADED}" }}
ATTR keyword media-color-supported "white","blue","yellow","red"
ATTR keyword media-ready "oe_label_100x50mm"
ATTR keyword media-col-supported "media-size","media-color"
"""
BOTH_FORMS = '"application/pdf","image/pwg-raster"'
# Writes down each document and whose it is, and plays the fault laid beside it.
COMMAND = """#!/bin/sh
cd {folder}
cp "$1" "done/$IPP_JOB_NAME" && printf '%s %s\\n' "$IPP_JOB_NAME" "$IPP_MEDIA_COL" >> jobs
[ -f say ] && cat say >&2
[ -f code ] && exit "$(cat code)"
exit 0
"""
PATIENCE_S = 60.0  # of a machine that has other work, too


class IppSimulator:
    """`ippeveprinter` with a bus of its own; `folder/done` holds what it printed, `jobs` the names in order."""

    def __init__(self, folder: Path, *, attributes: str = "", forms: str = BOTH_FORMS) -> None:
        self.folder = folder
        self.attributes = f"ATTR mimeMediaType document-format-supported {forms}\n{attributes}"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._listeners: list[threading.Thread] = []
        self.port = free_port()

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"ipp://localhost:{self.port}/ipp/print"

    def printed(self) -> list[str]:
        """Names of the jobs whose document reached the paper, whole or not."""
        jobs = self.folder / "jobs"
        return [line.split()[0] for line in jobs.read_text().splitlines()] if jobs.exists() else []

    def start(self) -> None:
        """Start bus and printer, and wait until the printer says where it listens."""
        folder = self.folder
        for name in ("spool", "done", "keys"):
            (folder / name).mkdir()
        (folder / "printer.conf").write_text(ATTRIBUTES + self.attributes)
        (folder / "command").write_text(COMMAND.format(folder=folder))
        (folder / "command").chmod(0o755)
        bus = f"unix:path={folder}/bus"
        daemon = ["dbus-daemon", "--session", f"--address={bus}", "--nofork", "--nopidfile", "--print-address=1"]
        self._run(daemon, until=b"unix:")
        printer = ["ippeveprinter", "-v", "-r", "off", "-k", "-K", f"{folder}/keys", "-d", f"{folder}/spool"]
        printer += ["-p", str(self.port), "-n", "localhost", "-a", f"{folder}/printer.conf", "-c", f"{folder}/command"]
        self._run([*printer, "Test"], until=b"printer-uri-supported", bus=bus)

    def _run(self, command: list[str], *, until: bytes, bus: str = "") -> None:
        environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus, "HOME": str(self.folder)}
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, bufsize=0
        )
        self._processes.append(process)
        assert process.stdout is not None
        started, said = threading.Event(), []

        def listen() -> None:
            for line in process.stdout or ():
                if not started.is_set():
                    said.append(line)
                if until in line:
                    started.set()

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        self._listeners.append(listener)
        assert started.wait(PATIENCE_S), f"{command[0]} did not start: {b''.join(said).decode(errors='replace')}"

    def stop(self) -> None:
        """End what was started, by its own handle."""
        for process in reversed(self._processes):
            process.terminate()
            process.wait(PATIENCE_S)
        for listener in self._listeners:
            listener.join(PATIENCE_S)
        for process in self._processes:
            if process.stdout is not None:
                process.stdout.close()


@contextmanager
def ipp_simulator(folder: Path, *, attributes: str = "", forms: str = BOTH_FORMS) -> Iterator[IppSimulator]:
    """Run the simulator, with more `attributes` of its own, taking `forms`; without it the test is skipped, but fails where WAREHOUSE_TEST_PRINTER asks for it."""
    missing = [name for name in ("ippeveprinter", "dbus-daemon") if shutil.which(name) is None]
    if missing:
        why = f"no {' and no '.join(missing)}; Debian: apt-get install cups-ipp-utils dbus-daemon"
        if os.environ.get("WAREHOUSE_TEST_PRINTER") == "1":
            pytest.fail(why)
        pytest.skip(why)
    simulator = IppSimulator(folder, attributes=attributes, forms=forms)
    try:
        simulator.start()
        yield simulator
    finally:
        simulator.stop()


class Relay:
    """Passes bytes on to a port and cuts one connection after `cut_after` of them (None: never).

    `answer_after` cuts it after so many bytes of what comes back; the request went through whole then.
    """

    def __init__(
        self, port: int, *, cut_after: int | None = None, connection: int, answer_after: int | None = None
    ) -> None:
        self.to, self.cut_after, self.connection, self.answer_after = port, cut_after, connection, answer_after
        self.answered = 0
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.door.getsockname()[1]
        self.passed = 0
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def _serve(self) -> None:
        number = 0
        while True:
            try:
                near, _ = self.door.accept()
            except OSError:
                return
            number += 1
            budget = self.cut_after if number == self.connection else None
            far = socket.create_connection(("127.0.0.1", self.to))
            cut = threading.Event()
            answer = self.answer_after if number == self.connection else None
            back = threading.Thread(target=self._back, args=(far, near, cut, answer), daemon=True)
            thread = threading.Thread(target=self._pass, args=(near, far, budget, cut, back), daemon=True)
            self._threads += [thread, back]
            back.start()
            thread.start()

    def _pass(
        self, near: socket.socket, far: socket.socket, budget: int | None, cut: threading.Event, back: threading.Thread
    ) -> None:
        passed = 0
        while budget is None or passed < budget:
            try:
                piece = near.recv(65536 if budget is None else budget - passed)
                if not piece:
                    break
                far.sendall(piece)
            except OSError:
                break
            passed += len(piece)
        if budget is not None:
            self.passed = passed
            cut.set()
            _end(far)
            back.join(PATIENCE_S)  # the printer has done with what it got when its sender learns of the cut and asks
            near.close()
        else:
            _end(far)

    def _back(self, far: socket.socket, near: socket.socket, cut: threading.Event, left: int | None) -> None:
        while left != 0:
            try:
                piece = far.recv(65536 if left is None else left)
                if not piece:
                    break
                if not cut.is_set():
                    near.sendall(piece)
            except OSError:
                break
            if left is not None:
                left -= len(piece)
                self.answered += len(piece)
        if left == 0:
            near.shutdown(socket.SHUT_RDWR)
        if not cut.is_set():
            near.close()
        far.close()

    def close(self) -> None:
        """Take no more connections; a close alone leaves a waiting accept at it."""
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()


def _end(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_WR)
    except OSError:
        line.close()


class FakeZebra:
    """A thermal printer on its raw port; `fault` is empty, paper-out, head-open, silent, paused, slow or
    stuck.

    It answers `~HS`, counts the formats it got whole, and drops a connection after `drop_after` bytes of labels.
    `breaks` names a fault that comes after the first format, `answers` after how many bytes its first, second, … answer
    is cut, and the line with it. `printed` holds the formats, whole ones only.
    """

    def __init__(
        self, *, fault: str = "", drop_after: int | None = None, breaks: str = "", answers: tuple[int | None, ...] = ()
    ) -> None:
        self.fault, self.drop_after, self.breaks, self.answers = fault, drop_after, breaks, answers
        self.printed: list[bytes] = []
        self.asked = 0
        self.waiting = 0  # formats that a slow printer has not yet printed
        self._talks: list[threading.Thread] = []
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"socket://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.door.accept()
            except OSError:
                return
            talk = threading.Thread(target=self._talk, args=(line,), daemon=True)
            talk.start()
            self._talks.append(talk)

    def is_at_rest(self) -> bool:
        """Say whether it is at the end of every line that it took."""
        return not any(talk.is_alive() for talk in self._talks)

    def _talk(self, line: socket.socket) -> None:
        """Take the line's bytes in order: a status question is answered, a whole format printed."""
        heard, left = b"", self.drop_after
        with line:
            while piece := _heard(line):
                heard += piece
                while found := _NEXT.match(heard):
                    if found[0].startswith(b"~HS"):
                        self._answer(line)
                    elif left is None or len(found[0]) <= left:
                        left = None if left is None else left - len(found[0])
                        self._print(found[0])
                    else:
                        return
                    heard = heard[found.end() :]
                if left is not None and heard and len(heard) >= left:
                    return

    def _print(self, one: bytes) -> None:
        self.printed.append(one)
        self.waiting += self.fault in ("slow", "stuck")
        self.fault = self.breaks or self.fault

    def _answer(self, line: socket.socket) -> None:
        self.asked += 1
        if self.fault == "silent":
            return
        out, head, paused = (int(self.fault == name) for name in ("paper-out", "head-open", "paused"))
        self.waiting = max(0, self.waiting - (self.fault != "stuck"))
        first = f"030,{out},{paused},0400,{self.waiting:03d},0,0,0,000,0,0,0"
        second = f"001,0,{head},0,1,2,4,0,{0:08d},1,000"
        whole = "".join(f"\x02{text}\x03\r\n" for text in (first, second, "1234,0")).encode()
        cut = self.answers[self.asked - 1] if self.asked <= len(self.answers) else None
        line.sendall(whole[:cut])
        if cut is not None:
            line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Take no more connections; a close alone leaves a waiting accept at it."""
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()


_NEXT = re.compile(rb"~HS\r\n|\^XA.*?\^XZ\n", re.DOTALL)


def _heard(line: socket.socket) -> bytes:
    try:
        return line.recv(4096)
    except OSError:
        return b""


def within(seconds: float, act: Callable[[], object]) -> object:
    """Do something that must be answered in time."""
    start = time.monotonic()
    result = act()
    assert time.monotonic() - start < seconds
    return result
