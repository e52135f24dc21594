"""S2: scans over HTTP by 16 clients, sign-in, rules and audit included, beside a bare route on the same server."""

import itertools
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bench import clients, scanning, store, yardsticks
from bench.clients import Served
from bench.measure import Measured, Scale, raw_sqlite
from bench.store import Refused, Stocked
from warehouse import access
from warehouse.settings import Settings
from warehouse.tables import base
from warehouse.tables.people import Person
from warehouse.transaction import time_ordered_key

CLIENTS = 16
START_SECONDS = 20
STOCKED = Stocked(items=CLIENTS * scanning.LINES, live=5)
LONGEST_WAIT = 1.0  # seconds


def measure(folder: Path, scale: Scale) -> list[Measured]:
    """Measure on SQLite: `warehouse serve` and the bare route in turns, then the service alone for its fairness."""
    tokens, bench = _prepare(folder / "warehouse.db")
    with raw_sqlite(folder / "bare.db") as connection:
        yardsticks.fill_scans(connection)
    with _service(folder) as product, _bare(folder) as bare:
        rates: dict[str, list[float]] = {"product": [], "bare": []}
        p95s: dict[str, list[float]] = {"product": [], "bare": []}
        seconds = scale.pick(3, 8)
        for turn in range(4):
            for name in ("product", "bare") if turn % 2 else ("bare", "product"):
                port, asked = (product, _scans(tokens, bench)) if name == "product" else (bare, _bare_scans())
                served = clients.run(port, asked, seconds=seconds)
                if turn:  # the first only warms up
                    took = _all_of(served)
                    rates[name].append(len(took) / seconds)
                    p95s[name].append(took[len(took) * 95 // 100])
        long = clients.run(product, _scans(tokens, bench), seconds=scale.pick(10, 60))
    return _results(rates, p95s, long)


def _all_of(served: list[Served]) -> list[float]:
    """Give the times of all clients' answers, the shortest first."""
    return sorted(itertools.chain(*(each.took for each in served)))


def _results(rates: dict[str, list[float]], p95s: dict[str, list[float]], long: list[Served]) -> list[Measured]:
    counts, took = [len(each.took) for each in long], _all_of(long)
    return [
        Measured(
            measure="S2", what=f"scans over HTTP, {CLIENTS} clients, beside a bare route",
            product=statistics.median(rates["product"]), yardstick=statistics.median(rates["bare"]), unit="scans/s",
            goal=0.6, at_least=True,
        ),
        Measured(
            measure="S2", what="least served client beside the most served", product=min(counts),
            yardstick=max(counts), unit="scans", goal=0.5, at_least=True,
        ),
        Measured(
            measure="S2", what=f"longest wait of {len(took)} scans beside a second", product=took[-1] * 1e3,
            yardstick=LONGEST_WAIT * 1e3, unit="ms", goal=1,
        ),
        Measured(
            measure="S2", what="p95 of a scan beside the bare route's, in turns",
            product=statistics.median(p95s["product"]) * 1e3, yardstick=statistics.median(p95s["bare"]) * 1e3,
            unit="ms", goal=2,
        ),
    ]  # fmt: skip


def _prepare(path: Path) -> tuple[list[str], scanning.Bench]:
    """Make the store, a person with a token for each client, and a delivery for each to pick."""
    store.create(store.sqlite_url(path), STOCKED)
    tokens = []
    for number in range(CLIENTS):
        Person.create(name=f"Keeper {number}", roles="keeper", password_hash="", site=None)
        tokens.append(access.add_token(f"Keeper {number}", scope=[], days=None, now=datetime.now(UTC)))
    bench = scanning.open_deliveries(STOCKED, deliveries=CLIENTS)
    base.database.close()
    return tokens, bench


def _scans(tokens: list[str], bench: scanning.Bench) -> list[Iterator[bytes]]:
    """Give each client its own delivery's scans, a key each."""

    def client(number: int) -> Iterator[bytes]:
        lines = bench.lines[number * scanning.LINES : (number + 1) * scanning.LINES]
        chance = random.Random(number)

        def make() -> tuple[bytes, dict[str, str]]:
            _, item_no, batch_no, location = chance.choice(lines)
            body = {"item_no": item_no, "batch_no": batch_no, "quantity": "1", "location": location}
            return json.dumps(body).encode(), {
                "Authorization": f"Bearer {tokens[number]}", "Idempotency-Key": time_ordered_key(),
            }  # fmt: skip

        return clients.post(f"/api/v1/deliveries/{lines[0][0]}/scans", make)

    return [client(number) for number in range(len(tokens))]


def _bare_scans() -> list[Iterator[bytes]]:
    chance = random.Random(1)

    def make() -> tuple[bytes, dict[str, str]]:
        return json.dumps({"key": time_ordered_key(), "batch": chance.randint(1, yardsticks.BATCHES)}).encode(), {}

    return [clients.post("/scan", make) for _ in range(CLIENTS)]


@contextmanager
def _service(folder: Path) -> Iterator[int]:
    port = _free_port()
    command = [sys.executable, "-c", "import sys; from warehouse.cli import main; sys.exit(main())"]
    environment = {
        **os.environ, "WAREHOUSE_DATABASE": store.sqlite_url(folder / "warehouse.db"), "WAREHOUSE_HOME": str(folder),
    }  # fmt: skip
    with _running([*command, "serve", "--port", str(port)], port, folder / "service.log", environment):
        yield port


@contextmanager
def _bare(folder: Path) -> Iterator[int]:
    port = _free_port()
    command = [sys.executable, "-m", "bench.bare_app", str(folder / "bare.db"), str(port), str(Settings().threads)]
    with _running(command, port, folder / "bare.log", dict(os.environ)):
        yield port


@contextmanager
def _running(command: list[str], port: int, log: Path, environment: dict[str, str]) -> Iterator[None]:
    """Run a server until the block ends; raises Refused with the end of its log when it does not start."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=Path(__file__).parents[1], stdout=out, stderr=out, env=environment, stdin=subprocess.DEVNULL
        )  # fmt: skip
    try:
        end = time.monotonic() + START_SECONDS
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > end:
                raise Refused(f"{command}: {log.read_text(errors='replace')[-1500:]}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(15)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
