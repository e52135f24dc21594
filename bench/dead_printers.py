"""K11: a scan that prints takes no longer while its printer is gone or silent than where there is no printer.

And from the scan's answer to the label's first byte at a printer that is well.

Three services of their own: without a printer, with one that refuses every connection, with one that takes connections
and never says a word. They are scanned in turns; each scan issues a label, and where there is a printer a job.
"""

import itertools
import os
import queue
import random
import signal
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import faults
from bench.faults import Service, ask
from bench.measure import Measured, Scale
from tests.ports import free_port
from warehouse import start
from warehouse.tables import base
from warehouse.tables.printing import Printer

NETWORK = "127.0.0.0/8"
TURN = 20  # scans in a row at one service
SIDES = ("none", "gone", "silent")
READY = b"\x02030,0,0,0400,000,0,0,0,000,0,0,0\x03\r\n\x02001,0,0,0,1,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
_keys = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Scanned:
    """Where one client scans, and what."""

    port: int
    path: str
    body: dict[str, Any]
    token: str


def measure(folder: Path, scale: Scale) -> list[Measured]:
    """Scan in turns and compare the middle and the slow scans."""
    took: dict[str, list[float]] = {side: [] for side in SIDES}
    with ExitStack() as stack:
        stack.enter_context(_environment("WAREHOUSE_PRINTER_NETWORKS", NETWORK))
        services = {side: stack.enter_context(_served(folder / side, side)) for side in SIDES}
        for turn in range(scale.pick(5, 40) + 1):
            for side in SIDES[turn % 3 :] + SIDES[: turn % 3]:
                seconds = [_scan(services[side]) for _ in range(TURN)]
                if turn:  # the first only warms up
                    took[side] += seconds
    found = []
    for side, said in (("gone", "whose printer is gone"), ("silent", "whose printer is silent")):
        for name, pick in (("median", statistics.median), ("p95", _p95)):
            found.append(
                Measured(
                    measure="K11", what=f"{name} of {len(took[side])} scans {said}, beside no printer",
                    product=pick(took[side]) * 1e3, yardstick=pick(took["none"]) * 1e3, unit="ms", goal=1.25,
                )
            )  # fmt: skip
    return [*found, _first_byte(folder, scale.pick(20, 200))]


def _first_byte(folder: Path, count: int) -> Measured:
    """Scan at moments of chance and take the time from the answer until the label begins to arrive."""
    chance, pause = random.Random(1), threading.Event()
    with ExitStack() as stack:
        stack.enter_context(_environment("WAREHOUSE_PRINTER_NETWORKS", NETWORK))
        port, heard = stack.enter_context(_well())
        at = stack.enter_context(_served(folder / "well", "well", port))
        took = []
        for _ in range(count + 5):  # the first ones load the font
            pause.wait(chance.uniform(0, 0.4))
            _scan(at)
            answered = time.perf_counter()
            took.append(heard.get(timeout=30) - answered)
    return Measured(
        measure="K11", what=f"p95 of {count} scans from the answer to the first byte at the printer",
        product=_p95(took[5:]) * 1e3, yardstick=1.0, unit="ms", goal=300,
    )  # fmt: skip


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) * 95 // 100]


@contextmanager
def _served(folder: Path, side: str, port: int = 0) -> Iterator[Scanned]:
    """Run a service with goods to receive, and the printer of this side."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'warehouse.db'}"
    path, body, token = faults.prepare(url)[0]
    with ExitStack() as stack:
        if side != "none":
            there = stack.enter_context(_silent()) if side == "silent" else port or free_port()
            _add_printer(url, f"socket://127.0.0.1:{there}")
        service = Service(url=url, log=folder / "log")
        service.start()
        stack.callback(service.end, signal.SIGTERM)
        yield Scanned(port=service.port, path=path, body=body, token=token)


def _add_printer(url: str, address: str) -> None:
    start.open_database(url)
    Printer.create(site_id=1, name="P1", address=address, form="zpl", mode="mono", dpi=203, prints="status")
    base.database.close()


def _scan(at: Scanned) -> float:
    began = time.perf_counter()
    answer = ask(at.port, "POST", at.path, token=at.token, body=at.body, key=f"printer-{next(_keys):08d}")
    took = time.perf_counter() - began
    assert answer.status == 201, answer.text
    return took


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


@contextmanager
def _silent() -> Iterator[int]:
    """Take every connection and say nothing."""
    door, kept = socket.create_server(("127.0.0.1", 0)), []

    def take() -> None:
        while True:
            try:
                kept.append(door.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    yield door.getsockname()[1]
    door.shutdown(socket.SHUT_RDWR)
    door.close()
    thread.join(5)
    for line in kept:
        line.close()


@contextmanager
def _well() -> Iterator[tuple[int, queue.Queue[float]]]:
    """A raw port that is always ready; it tells when each label began to arrive."""
    heard: queue.Queue[float] = queue.Queue()
    door = socket.create_server(("127.0.0.1", 0))

    def talk(line: socket.socket) -> None:
        with line:
            while piece := line.recv(65536):
                for _ in range(piece.count(b"^XA")):
                    heard.put(time.perf_counter())
                if b"~HS" in piece:
                    line.sendall(READY)

    def take() -> None:
        while True:
            try:
                line = door.accept()[0]
            except OSError:
                return
            threading.Thread(target=talk, args=(line,), daemon=True).start()

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    yield door.getsockname()[1], heard
    door.shutdown(socket.SHUT_RDWR)
    door.close()
    thread.join(5)
