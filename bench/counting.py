"""S7, S8: a count opened over everything on hand while scans go on, and closed with a hundred differences.

The yardstick is the engine's own INSERT … SELECT of as many balances into a bare table with its key, durable.
"""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench import store
from bench.measure import Measured, Scale, raw_sqlite
from bench.store import Refused, Stocked
from tests import postgres
from warehouse import catalogue
from warehouse.flow import count_approval, count_plan, counting, storage
from warehouse.flow.count_plan import Wanted
from warehouse.flow.counting import Typed
from warehouse.flow.storage import Moving
from warehouse.posting import Answer, Reply
from warehouse.tables import base
from warehouse.tables.base import rows
from warehouse.tables.people import Person
from warehouse.transaction import Actor, Transaction

PER_ITEM = 100
PIECES = 100
DIFFERENCES = 100
LIMIT_MS = {10_000: 20.0, 1_000_000: 200.0}  # to close
COUNTERS = tuple(Actor(name=name, roles=frozenset({"keeper"})) for name in ("Zhao", "Qian"))
LEAD = Actor(name="Sun", roles=frozenset({"manager"}))
BARE = """
    CREATE TABLE balance (batch {big} NOT NULL, location INTEGER NOT NULL, qty {big} NOT NULL,
        PRIMARY KEY (batch, location)){without};
    CREATE TABLE cnt (id INTEGER PRIMARY KEY, state INTEGER);
    CREATE TABLE cnt_line (cnt INTEGER, location INTEGER, batch {big}, book {big}, counted {big},
        PRIMARY KEY (cnt, location, batch)){without};
"""
OPEN_BARE = (
    "INSERT INTO cnt_line SELECT {count}, location, batch, qty, NULL FROM balance WHERE qty > 0"
    " ORDER BY location, batch"
)


@dataclass
class Scans:
    """Transfers one after the other on a connection of their own, until told to stop."""

    batches: int
    took: list[float] = field(default_factory=list)
    refused: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Move one piece of one batch after the other to the next place."""
        site = catalogue.site_facts("S1")
        number = 0
        while not self.stop.is_set():
            number = number % self.batches + 1
            moving = Moving(
                item_no=store.item_no(1 + (number - 1) // PER_ITEM), batch_no=store.batch_no(number), quantity="1",
                source=store.place_of(number), target=store.place_of(number + 1),
            )  # fmt: skip
            start = time.perf_counter()
            said = store.ask(lambda tx, moving=moving: _moved(tx, moving), "POST /transfers", number, site=site)  # type: ignore[misc]
            self.took.append(time.perf_counter() - start)
            self.refused += bool(said.refused)
        base.database.close()


def _moved(tx: Transaction, moving: Moving) -> Reply:
    return {"transfer_no": storage.move(tx, moving).transfer_no}, 201


def measure(folder: Path, scale: Scale) -> list[Measured]:
    """Measure on both engines, ten thousand lines and, when not small, a million."""
    sizes = (10_000,) if scale.small else (10_000, 1_000_000)
    found = []
    for lines in sizes:
        bare = raw_sqlite(folder / f"bare{lines}.db")
        bare.executescript(BARE.format(big="INTEGER", without=" WITHOUT ROWID"))
        url = store.sqlite_url(folder / f"count{lines}.db")
        found += _measure_engine("sqlite", url, lines, lambda sql, bare=bare: bare.execute(sql).fetchall())  # type: ignore[misc]
        bare.close()
    server = postgres.server()
    try:
        for lines in sizes:
            with psycopg.connect(server.url(server.new_database("bench_bare")), autocommit=True) as session:
                session.execute(BARE.format(big="BIGINT", without=""))
                url = server.url(server.new_database("bench_count"))
                found += _measure_engine("postgresql", url, lines, session.execute)
    finally:
        postgres.stop_server()
    return found


def _measure_engine(engine: str, url: str, lines: int, bare: Callable[[str], Any]) -> list[Measured]:
    store.create(url, Stocked(items=lines // PER_ITEM, live=PER_ITEM, most=PIECES, least=PIECES))
    for name, roles in (("Zhao", "keeper"), ("Qian", "keeper"), ("Sun", "manager")):
        Person.create(name=name, roles=roles, password_hash="")
    _fill_bare(bare, lines)
    if base.is_postgres():
        rows("VACUUM ANALYZE")
        bare("VACUUM ANALYZE")
    ours, theirs = _open_in_turns(bare, turns=3 if lines > 100_000 else 7)
    with _scanning(lines) as scans:
        count_no, opening = _open_one()
    waited = statistics.quantiles(scans.took, n=20)[-1] if len(scans.took) > 1 else max(scans.took)
    submit_ms, close_ms = _close(count_no)
    base.database.close()
    what = f"a count of {lines} lines"
    told: dict[str, Any] = {"engine": engine}
    return [
        Measured(measure="S7", what=f"open {what}", product=ours, yardstick=theirs, unit="s", goal=2, **told),
        Measured(
            measure="S7", what=f"p95 of scans while {what} is opened, beside the opening", product=waited,
            yardstick=max(opening, 0.02), unit="s", goal=1, **told,
        ),
        Measured(
            measure="S7", what=f"scans refused while {what} is opened, of {len(scans.took)}", product=scans.refused,
            yardstick=1, unit="scans", goal=0, **told,
        ),
        Measured(
            measure="S8", what=f"approve and close {what} with {DIFFERENCES} differences, beside the bound",
            product=close_ms, yardstick=LIMIT_MS[lines], unit="ms", goal=1, **told,
        ),
        Measured(
            measure="S8", what=f"submit {what}", product=submit_ms, yardstick=LIMIT_MS[lines], unit="ms", goal=None,
            **told,
        ),
    ]  # fmt: skip


def _fill_bare(bare: Callable[[str], Any], lines: int) -> None:
    bare(
        f"INSERT INTO balance WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {lines})"
        f" SELECT i, 1 + i % 200, {PIECES} FROM n"
    )


def _open_in_turns(bare: Callable[[str], Any], *, turns: int) -> tuple[float, float]:
    """Open counts and copy balances in turns; gives the median seconds of each, the first turn left out."""
    ours, theirs = [], []
    for turn in range(turns + 1):
        start = time.perf_counter()
        bare("BEGIN")
        bare(f"INSERT INTO cnt VALUES ({turn}, 0)")
        bare(OPEN_BARE.format(count=turn))
        bare("COMMIT")
        theirs.append(time.perf_counter() - start)
        count_no, took = _open_one()
        ours.append(took)
        _ask(LEAD, lambda tx, count_no=count_no: {"n": count_plan.cancel(tx, count_no, reason="measured").id})  # type: ignore[misc]
    return statistics.median(ours[1:]), statistics.median(theirs[1:])


def _open_one() -> tuple[str, float]:
    start = time.perf_counter()
    said = _ask(LEAD, lambda tx: {"count_no": count_plan.open_count(tx, Wanted()).count_no})
    return str(said.body["count_no"]), time.perf_counter() - start


@contextmanager
def _scanning(batches: int) -> Iterator[Scans]:
    """Let scans go on beside what the block does."""
    scans = Scans(batches=batches)
    thread = threading.Thread(target=scans.run)
    thread.start()
    try:
        yield scans
    finally:
        scans.stop.set()
        thread.join()


def _close(count_no: str) -> tuple[float, float]:
    """Count a hundred lines short by two persons and all others as on record; gives ms to submit and to close."""
    for number in range(DIFFERENCES):
        batch = (number + 1) * PER_ITEM  # far from those that the scans moved
        typed = Typed(
            item_no=store.item_no(1 + (batch - 1) // PER_ITEM), batch_no=store.batch_no(batch),
            location=store.place_of(batch), quantity=str(PIECES - 1),
        )  # fmt: skip
        for counter in COUNTERS:
            _ask(counter, lambda tx, typed=typed: {"lines": counting.count(tx, count_no, typed)})  # type: ignore[misc]
    rows(
        "UPDATE count_line SET state = 'counted', counted = book, expected = book, counter = 'Zhao', counted_at = ?,"
        " position = 0 WHERE state = 'open' AND count_id = (SELECT id FROM stock_count WHERE count_no = ?)",
        "2026-01-01T00:00:00.000000+00:00", count_no,
    )  # fmt: skip
    start = time.perf_counter()
    _ask(LEAD, lambda tx: count_approval.submit(tx, count_no))
    submitted = time.perf_counter()
    _ask(LEAD, lambda tx: count_approval.approve(tx, count_no, why={}))
    _ask(LEAD, lambda tx: count_approval.close(tx, count_no))
    return (submitted - start) * 1e3, (time.perf_counter() - submitted) * 1e3


def _ask(actor: Actor, act: Callable[[Transaction], dict[str, Any]]) -> Answer:
    said = store.ask(lambda tx: (act(tx), 200), "count", None, site=catalogue.site_facts("S1"), actor=actor)
    if said.refused:
        raise Refused(f"{said.refused} {said.body}")
    return said
