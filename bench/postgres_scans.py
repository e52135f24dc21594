"""S15: scans on PostgreSQL over 16 connections, a thread and a site each, beside one raw statement a scan.

The server is the tests' private one, or the one WAREHOUSE_TEST_POSTGRES names; its settings of durability stay.
"""

import itertools
import multiprocessing
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg

from bench import scanning, store, tools, yardsticks
from bench.measure import Measured, Scale
from bench.store import Refused, Stocked
from tests import postgres
from warehouse.tables import base
from warehouse.tables.base import MILLION, rows
from warehouse.transaction import time_ordered_key

CONNECTIONS = 16
PROCESSES = min(CONNECTIONS, os.cpu_count() or 1)
STOCKED = Stocked(items=100, live=5, sites=CONNECTIONS)
DELIVERIES = 10
WORKS = ("limit", "four rows", "scan")

# The rows every scan must write, in the service's own tables with their indexes and triggers: key, line, card, stock.
_FOUR_ROWS = """
    WITH kept AS (INSERT INTO request_key (key, request_hash, status, answer) VALUES (?, '', 201, '{}')),
    line AS (UPDATE document_line SET done = done + ? WHERE id = ? AND state = 'open'
        AND done + ? <= limit_quantity - cancelled RETURNING id),
    card AS (INSERT INTO card_entry (act, batch_id, place_id, status, owner, kind, quantity_in, quantity_out, balance,
            voucher_no, written_at, done_at, written_by, device, key)
        SELECT ?, s.batch_id, s.place_id, s.status, s.owner, 'pick', 0, ?::bigint, s.quantity - ?, ?, ?, ?, 'Keeper',
            'bench', ? FROM stock s, line WHERE s.id = ? RETURNING id)
    UPDATE stock SET quantity = quantity - ?, last_entry = card.id FROM card
    WHERE stock.id = ? AND quantity - reserved >= ? RETURNING stock.quantity"""


def measure(folder: Path, scale: Scale) -> list[Measured]:
    """Let 16 connections work for short turns: the yardstick, the four-row write, the whole scan."""
    server = postgres.server()
    try:
        url, raw = (server.url(server.new_database(f"bench_{name}")) for name in ("store", "raw"))
        benches = _prepare(url, raw)
        beside = [tools.one_statement_rate(raw)] if tools.found("limit_pg.py") else []
        rates = _rates(url, raw, benches, seconds=scale.pick(3, 8), rounds=scale.pick(2, 4))
    finally:
        postgres.stop_server()
    limit, four, scan = (statistics.median(rates[work]) for work in WORKS)
    what = f"{CONNECTIONS} connections, as many sites"
    return [
        Measured(
            measure="S15", what=f"the four-row write in one statement, {what}", product=four, yardstick=limit,
            unit="scans/s", goal=0.6, at_least=True, engine="postgresql",
        ),
        Measured(
            measure="S15", what=f"a whole scan with rules, audit and chain, {what}", product=scan, yardstick=limit,
            unit="scans/s", goal=0.25, at_least=True, engine="postgresql",
        ),
        *(
            Measured(
                measure="S15", what=f"a whole scan beside limit_pg.py's one statement, {what}", product=scan,
                yardstick=rate, unit="scans/s", goal=0.25, at_least=True, engine="postgresql",
            )
            for rate in beside
        ),
    ]  # fmt: skip


def _prepare(url: str, raw: str) -> list[scanning.Bench]:
    """Fill both databases; the engine's statistics are fresh, as autovacuum keeps them in a store that lives."""
    with psycopg.connect(raw, autocommit=True) as session:
        session.execute(yardsticks.POSTGRES_TABLES)
        session.execute("VACUUM ANALYZE")
    store.create(url, STOCKED)
    benches = [
        scanning.open_deliveries(STOCKED, deliveries=DELIVERIES, site=site) for site in range(1, CONNECTIONS + 1)
    ]
    rows("VACUUM ANALYZE")
    base.database.close()
    return benches


def _rates(url: str, raw: str, benches: list[scanning.Bench], *, seconds: float, rounds: int) -> dict[str, list[float]]:
    """Give the scans per second of all processes together, round by round; the first round warms up."""
    found: dict[str, list[float]] = {work: [] for work in WORKS}
    with _workers(url, raw, benches) as lines:
        for turn in range(rounds + 1):
            for work in WORKS if turn % 2 else reversed(WORKS):
                for line in lines:
                    line.send((work, 1.0 if turn == 0 else seconds))
                done = [line.recv() for line in lines]
                if broken := [text for text in done if isinstance(text, str)]:
                    raise Refused(f"{work}: {broken[0]}")
                if turn:
                    found[work].append(sum(count / took for each in done for count, took in each))
    return found


@contextmanager
def _workers(url: str, raw: str, benches: list[scanning.Bench]) -> Iterator[list[Connection]]:
    """Start a process a core with its share of the connections, like workers; each says when it is ready."""
    spawn = multiprocessing.get_context("spawn")
    lines, processes = [], []
    for number in range(PROCESSES):
        ours, theirs = spawn.Pipe()
        share = list(enumerate(benches))[number::PROCESSES]
        process = spawn.Process(target=_work, args=(theirs, url, raw, share), daemon=True)
        process.start()
        theirs.close()
        lines.append(ours)
        processes.append(process)
    try:
        for line in lines:
            if (said := line.recv()) != "ready":
                raise Refused(str(said))
        yield lines
    finally:
        for line in lines:
            line.close()
        for process in processes:
            process.join(20)


def _work(line: Connection, url: str, raw: str, share: list[tuple[int, scanning.Bench]]) -> None:
    """Do in a process, a thread a connection, what the line asks for; answer with scans and the time they took."""
    base.connect(url)
    threads = [ThreadPoolExecutor(1) for _ in share]  # one thread each: it keeps its own connection
    try:
        ready = [
            thread.submit(_acts, raw, bench, number) for thread, (number, bench) in zip(threads, share, strict=True)
        ]
        works = [each.result() for each in ready]
        line.send("ready")
        while True:
            work, seconds = line.recv()
            running = [thread.submit(_for, acts[work], seconds) for thread, acts in zip(threads, works, strict=True)]
            line.send([each.result() for each in running])
    except EOFError:
        return
    except Exception as error:
        line.send(f"{type(error).__name__}: {error}")


def _acts(raw: str, bench: scanning.Bench, number: int) -> dict[str, Callable[[], object]]:
    base.database.connect()
    return {"limit": _limit(raw, number), "four rows": _four_rows(bench, number), "scan": _scan(bench, number)}


def _for(act: Callable[[], object], seconds: float) -> tuple[int, float]:
    start, count = time.perf_counter(), 0
    while time.perf_counter() < start + seconds:
        act()
        count += 1
    return count, time.perf_counter() - start


def _limit(raw: str, number: int) -> Callable[[], object]:
    cursor = psycopg.connect(raw, autocommit=True).cursor()
    chance, serial = random.Random(number), itertools.count()

    def act() -> Any:
        batch = chance.randint(1, yardsticks.BATCHES)
        cursor.execute(
            yardsticks.ONE_STATEMENT, (1, batch, 1 + batch % 20, 1, 1, next(serial), f"{number}-{next(serial)}")
        )
        return cursor.fetchall()

    return act


def _four_rows(bench: scanning.Bench, number: int) -> Callable[[], object]:
    """Write the four rows to random lines of this site and to the stock rows their promises name."""
    targets = rows(
        "SELECT a.line_id, a.stock_id FROM allocation a JOIN stock s ON s.id = a.stock_id WHERE s.site_id = ?",
        bench.site.id,
    )
    chance = random.Random(number)

    def act() -> Any:
        line_id, stock_id = chance.choice(targets)
        key, moment = time_ordered_key(), "2026-06-01T00:00:00.000000+00:00"
        return rows(
            _FOUR_ROWS, key, MILLION, line_id, MILLION, key, MILLION, MILLION, "S1-DN2606-0001", moment, moment, key,
            stock_id, MILLION, stock_id, MILLION,
        )  # fmt: skip

    return act


def _scan(bench: scanning.Bench, number: int) -> Callable[[], object]:
    lines = scanning.lines_at_random(bench, number)
    return lambda: scanning.scan(bench, next(lines))
