"""S9, S11: three books of a million rows compared, and both records as of a past day, beside the engine's bare queries.

The bare queries stand on the same rows in bare tables of the same driver and settings, and know neither sites nor
causes: union of the three books, grouped, only differences listed; the balance now less the last moves.
"""

import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg

from bench import store
from bench.measure import Measured, Scale, raw_sqlite
from bench.store import Stocked
from tests import postgres
from warehouse import catalogue
from warehouse.books import reconcile
from warehouse.flow import reconciliation
from warehouse.tables import base
from warehouse.tables.base import MILLION, rows
from warehouse.transaction import reader, snapshot

ONE_IN = 1000  # rows of each book that differ
SINCE = 50  # of so many moves one lies after the day that is asked about
TURNS = 5
NOW = datetime(2026, 6, 30, 2, 0, tzinfo=UTC)
MONTH = "2026-06"
BARE = """
    SELECT batch, owner, SUM(a), SUM(c), SUM(g) FROM (
        SELECT batch, owner, quantity AS a, 0 AS c, 0 AS g FROM account UNION ALL
        SELECT batch, owner, 0, quantity, 0 FROM card UNION ALL SELECT batch, owner, 0, 0, quantity FROM goods)
    GROUP BY batch, owner HAVING SUM(a) <> SUM(c) OR SUM(c) <> SUM(g)
"""
BARE_THEN = """
    SELECT b.batch, b.owner, b.quantity - COALESCE(m.moved, 0) FROM {0} b LEFT JOIN (
        SELECT batch, owner, SUM(quantity) AS moved FROM {0}_moves WHERE id > ? GROUP BY batch, owner) m
    ON m.batch = b.batch AND m.owner = b.owner
"""


@dataclass(frozen=True, kw_only=True)
class Bare:
    """Bare tables of one engine beside the product's database, and how both are reached."""

    engine: str
    url: str  # the product's database
    ask: Callable[..., list[tuple[Any, ...]]]
    attach: str  # makes the product's tables seen, '' when they are
    schema: str  # where they are seen

    def fill(self, **sources: str) -> None:
        """Copy each source, a query of the product's tables, into a bare table with its key."""
        if self.attach:
            self.ask(self.attach)
        for name, source in sources.items():
            columns = "id BIGINT PRIMARY KEY, batch BIGINT, owner TEXT, quantity BIGINT"
            if not name.endswith("_moves"):
                columns = "batch BIGINT, owner TEXT, quantity BIGINT, PRIMARY KEY (batch, owner)"
            self.ask(f"CREATE TABLE {name} ({columns}){' WITHOUT ROWID' if self.engine == 'sqlite' else ''}")
            self.ask(f"INSERT INTO {name} {source.format(self.schema)}")
        if self.attach:
            self.ask(f"DETACH {self.schema}")
        else:
            self.ask("VACUUM ANALYZE")


def _sides(folder: Path, name: str) -> Iterator[Bare]:
    """Give SQLite, then PostgreSQL; each is gone when the next is asked for."""
    path = folder / f"{name}.db"
    bare = raw_sqlite(folder / f"{name}-bare.db")
    yield Bare(
        engine="sqlite", url=store.sqlite_url(path), ask=lambda sql, *values: bare.execute(sql, values).fetchall(),
        attach=f"ATTACH '{path}' AS store", schema="store",
    )  # fmt: skip
    bare.close()
    base.database.close()
    server = postgres.server()
    try:
        url = server.url(server.new_database(f"bench_{name}"))
        with psycopg.connect(url, autocommit=True) as session:

            def ask(sql: str, *values: Any) -> list[tuple[Any, ...]]:
                cursor = session.execute(sql.replace("?", "%s"), values or None)
                return cursor.fetchall() if cursor.description else []

            ask("CREATE SCHEMA bare")
            ask("SET search_path TO bare")
            yield Bare(engine="postgresql", url=url, ask=ask, attach="", schema="public")
            base.database.close()
    finally:
        postgres.stop_server()


def compare_books(folder: Path, scale: Scale) -> list[Measured]:
    """Compare three books: the listing alone, and with vouchers and causes of each difference."""
    batches = scale.pick(100_000, 1_000_000)
    return [each for bare in _sides(folder, "books") for each in _compare_books(bare, batches)]


def _compare_books(bare: Bare, batches: int) -> list[Measured]:
    store.create(bare.url, Stocked(items=batches // 100, live=100, most=900, least=100))
    _count(batches)
    bare.fill(
        account="SELECT batch_id, owner, balance FROM {}.ledger_balance",
        card="SELECT batch_id, owner, SUM(quantity) FROM {}.stock GROUP BY batch_id, owner",
        goods="SELECT batch_id, owner, SUM(counted) FROM {}.count_line GROUP BY batch_id, owner",
    )
    tx = reader(actor=store.KEEPER, site=catalogue.site_facts("S1"), now=NOW)
    at = reconciliation.moment_of(tx, MONTH)

    def listing() -> int:
        with snapshot():
            found = {(each.batch_id, each.owner) for each in reconcile.find_differences(at, books=[])}
            return len(found | {(gap.batch_id, gap.owner) for gap in reconcile.find_gaps(at)})

    def judged() -> int:
        with snapshot():
            return len(reconciliation.compare(tx, MONTH).judged)

    expected = len(bare.ask(BARE))
    before = _peak_mb(anew=True)
    assert listing() == judged() == expected, "the product lists other rows than the bare query"
    more = _peak_mb() - before
    bare_s, list_s, judged_s = _in_turns(lambda: bare.ask(BARE), listing, judged)
    what = f"3 x {batches} rows compared, {expected} differences listed"
    told: dict[str, Any] = {"engine": bare.engine}
    return [
        Measured(measure="S9", what=what, product=list_s, yardstick=bare_s, unit="s", goal=1.5, **told),
        Measured(measure="S9", what=f"{what}, judged", product=judged_s, yardstick=bare_s, unit="s", goal=None, **told),
        Measured(measure="S9", what="memory more than before", product=more, yardstick=100, unit="MB", goal=1, **told),
    ]


def _count(batches: int) -> None:
    """Count every stock row; one in a thousand is short, and one in a thousand has no posting."""
    rows("BEGIN")
    rows(
        "INSERT INTO stock_count (site_id, count_no, kind, month, zone, scope, state, frozen, blanks, blanks_by,"
        " opened_at, opened_by, submitted_by, approved_by, closed_by, cancelled_by, reason)"
        f" VALUES (1, 'S1-CN2606-0001', 'monthly', '{MONTH}', '', '{{}}', 'submitted', 0, '', '',"
        " '2026-06-29T00:00:00.000000+00:00', 'Fill', '', '', '', '', '')"
    )
    rows(
        "INSERT INTO count_line (count_id, batch_id, place_id, owner, book, state, differs, found, counted, counted_at,"
        " counter, position, expected) SELECT 1, batch_id, place_id, owner, quantity, 'counted',"
        f" CASE WHEN id % {ONE_IN} = 0 THEN 1 ELSE 0 END, 0, quantity - CASE WHEN id % {ONE_IN} = 0 THEN {MILLION}"
        " ELSE 0 END, '2026-06-29T01:00:00.000000+00:00', 'Fill', last_entry, quantity FROM stock"
    )
    rows(f"UPDATE ledger_balance SET balance = balance - {MILLION} WHERE batch_id % {ONE_IN} = 1")
    rows("COMMIT")
    assert rows("SELECT COUNT(*) FROM count_line") == [(batches,)]


def ask_as_of(folder: Path, scale: Scale) -> list[Measured]:
    """Ask what differed before the last fiftieth of the moves, beside both balances now less these."""
    found = []
    for bare in _sides(folder, "moves"):
        full = 10_000_000 if bare.engine == "sqlite" else 2_000_000
        found.append(_ask_as_of(bare, moves=scale.pick(200_000, full), batches=10_000))
    return found


def _ask_as_of(bare: Bare, *, moves: int, batches: int) -> Measured:
    store.create(bare.url, Stocked(items=100, live=100, most=900, least=100))
    _move(moves, batches)
    day = date(2026, 6, 29)
    at = reconcile.moment(1, MONTH, day=day, until=datetime(2026, 6, 29, 15, 59, 59, 999999, UTC))
    bare.fill(
        account="SELECT batch_id, owner, balance FROM {}.ledger_balance",
        card="SELECT batch_id, owner, SUM(quantity) FROM {}.stock GROUP BY batch_id, owner",
        account_moves="SELECT id, batch_id, owner, quantity_in - quantity_out FROM {}.ledger_entry",
        card_moves="SELECT id, batch_id, owner, quantity_in - quantity_out FROM {}.card_entry",
    )
    ((last,),) = bare.ask("SELECT MAX(id) FROM card_moves")

    def bare_then() -> None:
        for name in ("account", "card"):
            bare.ask(BARE_THEN.format(name), last - moves // SINCE)

    bare_s, product_s = _in_turns(bare_then, lambda: list(reconcile.find_differences(at, books=[])))
    what = f"account and card as of before the last {moves // SINCE} of {moves} moves a book"
    return Measured(
        measure="S11", what=what, product=product_s, yardstick=bare_s, unit="s", goal=1.5, engine=bare.engine
    )


def _move(moves: int, batches: int) -> None:
    """Write so many moves into both books, the last fiftieth on the last day."""
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {moves})"
    batch, late = f"1 + (CAST(i AS bigint) * 7919) % {batches}", f"i > {moves - moves // SINCE}"
    day = f"CASE WHEN {late} THEN '2026-06-30' ELSE '2026-06-20' END"
    moment = f"{day} || 'T01:00:00.000000+00:00'"
    rows("BEGIN")
    rows(
        "INSERT INTO card_entry (act, batch_id, place_id, status, owner, kind, quantity_in, quantity_out, balance,"
        f" voucher_no, written_at, done_at, written_by, device, key) {numbers} SELECT 'fill', {batch},"
        f" 1 + ({batch}) % 200, 'qualified', '', 'receipt', {MILLION}, 0, 0, 'V' || i, {moment}, {moment}, 'Fill', '',"
        " '' FROM n"
    )
    rows(
        "INSERT INTO ledger_entry (act, site_id, batch_id, owner, kind, quantity_in, quantity_out, balance, voucher_no,"
        f" posted_on, written_at, written_by, done_at, device, key) {numbers} SELECT 'fill', 1, {batch}, '', 'receipt',"
        f" {MILLION}, 0, 0, 'V' || i, {day}, {moment}, 'Fill', {moment}, '', '' FROM n"
    )
    for table, column in (("stock", "quantity"), ("ledger_balance", "balance")):
        rows(f"UPDATE {table} SET {column} = {column} + {moves // batches * MILLION}")
    rows("COMMIT")


def _in_turns(*sides: Callable[[], object]) -> list[float]:
    """Give the median wall seconds of each side, run one after the other in short turns; the first only warms up."""
    took: list[list[float]] = [[] for _ in sides]
    for turn in range(TURNS + 1):
        for place, side in enumerate(sides):
            start = time.perf_counter()
            side()
            if turn:
                took[place].append(time.perf_counter() - start)
    return [statistics.median(each) for each in took]


def _peak_mb(*, anew: bool = False) -> float:
    """Give the most memory this process has held, since the start or since it was asked `anew`."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0
