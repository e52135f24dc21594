"""Prove the books: recompute every balance, promise and chain from the records and name what does not hold.

Nothing is believed that can be added up: stock and running balances from the card 卡, the account's balances from its
lines 帳, promises from allocations, scanned quantities from picks and cards, each line's digest and each site's chain
from the first row. All of it reads one snapshot, so the service may go on working.
Source: P6, K5, O3; R-U1, R-U2, R-X7.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg

from warehouse.books import audit, ledger
from warehouse.tables.base import NO_EXPIRY, Table, is_postgres, rows, stream
from warehouse.tables.books import CardEntry, LedgerEntry
from warehouse.tables.engines import sqlite3

UNREADABLE = (sqlite3.Error, psycopg.Error)
BATCH = 5000  # rows put into the scratch file at a time

Row = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class Sum:
    """A question the engine answers with the rows that do not hold, and how such a row is told."""

    name: str
    sql: str
    tell: Callable[..., str]


def units(stored: int | Decimal) -> str:
    """Write millionths as a plain quantity, without the zeros that say nothing."""
    return f"{Decimal(stored).scaleb(-6).normalize():f}"


SUMS = (
    Sum(
        name="stock",
        sql="SELECT batch_id, place_id, status, owner, SUM(moved), SUM(kept), MAX(last_line), MAX(last_kept) FROM ("
        " SELECT batch_id, place_id, status, owner, quantity_in - quantity_out AS moved, 0 AS kept, id AS last_line,"
        " 0 AS last_kept FROM card_entry UNION ALL"
        " SELECT batch_id, place_id, status, owner, 0, quantity, 0, last_entry FROM stock) AS both_books"
        " GROUP BY batch_id, place_id, status, owner"
        " HAVING SUM(moved) <> SUM(kept) OR MAX(last_line) <> MAX(last_kept)",
        tell=lambda batch, place, status, owner, moved, kept, last, at: (
            f"{goods(batch, place)} {status}{owner and ' of ' + owner}: on hand {units(kept)},"
            f" the card's lines sum up to {units(moved)} (last line {last}, stock says {at})"
        ),
    ),
    Sum(
        name="card_entry",
        sql="SELECT id, batch_id, place_id, balance, before + quantity_in - quantity_out FROM ("
        " SELECT id, batch_id, place_id, quantity_in, quantity_out, balance,"
        " COALESCE(LAG(balance) OVER (PARTITION BY batch_id, place_id ORDER BY id), 0) AS before FROM card_entry) AS c"
        " WHERE balance <> before + quantity_in - quantity_out",
        tell=lambda entry, batch, place, kept, right: (
            f"line {entry} of {goods(batch, place)}: balance {units(kept)}, the line before makes it {units(right)}"
        ),
    ),
    Sum(
        name="ledger_entry",
        sql="SELECT id, batch_id, owner, balance, before + quantity_in - quantity_out FROM ("
        " SELECT id, batch_id, owner, quantity_in, quantity_out, balance,"
        " COALESCE(LAG(balance) OVER (PARTITION BY batch_id, owner ORDER BY id), 0) AS before FROM ledger_entry) AS e"
        " WHERE balance <> before + quantity_in - quantity_out",
        tell=lambda entry, batch, owner, kept, right: (
            f"line {entry} of {goods(batch)}{owner and ' of ' + owner}: balance {units(kept)},"
            f" the line before makes it {units(right)}"
        ),
    ),
    Sum(
        name="ledger_balance",
        sql="SELECT batch_id, owner, SUM(posted), SUM(kept) FROM ("
        " SELECT batch_id, owner, quantity_in - quantity_out AS posted, 0 AS kept FROM ledger_entry UNION ALL"
        " SELECT batch_id, owner, 0, balance FROM ledger_balance) AS both_books"
        " GROUP BY batch_id, owner HAVING SUM(posted) <> SUM(kept)",
        tell=lambda batch, owner, posted, kept: (
            f"{goods(batch)}{owner and ' of ' + owner}: {units(kept)}, its lines sum up to {units(posted)}"
        ),
    ),
    Sum(
        name="stock",
        sql="SELECT stock_id, SUM(reserved), SUM(promised) FROM ("
        " SELECT id AS stock_id, reserved, 0 AS promised FROM stock UNION ALL"
        " SELECT stock_id, 0, quantity FROM allocation) AS both_sides"
        " GROUP BY stock_id HAVING SUM(reserved) <> SUM(promised)",
        tell=lambda row, reserved, promised: (
            f"row {row}: {units(reserved)} reserved, the allocations sum up to {units(promised)}"
        ),
    ),
    Sum(
        name="stock",
        sql="SELECT id, quantity, reserved, open FROM stock WHERE quantity < 0 OR reserved < 0 OR reserved > quantity"
        " OR open <> CASE WHEN quantity > reserved THEN 1 ELSE 0 END",
        tell=lambda row, quantity, reserved, is_open: (
            f"row {row}: {units(quantity)} on hand, {units(reserved)} reserved,"
            f" marked {'open' if is_open else 'closed'}"
        ),
    ),
    Sum(
        name="stock",
        sql="SELECT s.id, s.batch_id, s.place_id FROM stock s LEFT JOIN batch b ON b.id = s.batch_id"
        " LEFT JOIN place p ON p.id = s.place_id WHERE b.id IS NULL OR p.id IS NULL OR s.item_id <> b.item_id"
        " OR s.site_id <> p.site_id OR s.bin_code <> p.bin_code OR s.first_received_on <> b.first_received_on"
        f" OR s.expiry_key <> COALESCE(b.expiry_date, '{NO_EXPIRY}') OR s.receipt_sequence <> b.receipt_sequence",
        tell=lambda row, batch, place: (
            f"row {row}: its copies of item, place or dates are not those of {goods(batch, place)}"
        ),
    ),
    Sum(
        name="document_line",
        sql="SELECT document_no, item_id, SUM(done), SUM(moved) FROM ("
        " SELECT d.document_no, l.item_id, l.owner, l.done, 0 AS moved FROM document_line l"
        " JOIN document d ON d.id = l.document_id WHERE d.kind = 'receipt' UNION ALL"
        " SELECT c.voucher_no, b.item_id, c.owner, 0, c.quantity_in - c.quantity_out FROM card_entry c"
        " JOIN batch b ON b.id = c.batch_id WHERE c.kind IN ('receipt', 'receipt-undone')) AS both_sides"
        " GROUP BY document_no, item_id, owner HAVING SUM(done) <> SUM(moved)",
        tell=lambda number, item, done, moved: (
            f"{number}, item {item_no(item)}: {units(done)} received, its cards sum up to {units(moved)}"
        ),
    ),
    Sum(
        name="document_line",
        sql="SELECT d.document_no, l.line_no, l.done, COALESCE(p.picked, 0) FROM document_line l"
        " JOIN document d ON d.id = l.document_id LEFT JOIN (SELECT line_id, SUM(quantity) AS picked FROM pick"
        " WHERE state <> 'undone' GROUP BY line_id) AS p ON p.line_id = l.id"
        " WHERE d.kind = 'delivery' AND l.done <> COALESCE(p.picked, 0)",
        tell=lambda number, line, done, picked: (
            f"{number} line {line}: {units(done)} taken, its picks sum up to {units(picked)}"
        ),
    ),
    Sum(
        name="document_line",
        sql="SELECT document_no, item_id, SUM(claimed), SUM(written) FROM ("
        " SELECT d.document_no, l.item_id, l.owner, l.posted AS claimed, 0 AS written FROM document_line l"
        " JOIN document d ON d.id = l.document_id WHERE d.kind IN ('receipt', 'delivery') UNION ALL"
        " SELECT e.voucher_no, b.item_id, e.owner, 0, e.quantity_in + e.quantity_out FROM ledger_entry e"
        " JOIN batch b ON b.id = e.batch_id JOIN document d ON d.document_no = e.voucher_no"
        " WHERE d.kind IN ('receipt', 'delivery') AND e.kind IN ('receipt', 'issue')) AS both_sides"
        " GROUP BY document_no, item_id, owner HAVING SUM(claimed) <> SUM(written)",
        tell=lambda number, item, claimed, written: (
            f"{number}, item {item_no(item)}: {units(claimed)} posted, the account has {units(written)}"
        ),
    ),
    Sum(
        name="receipt_scan",
        sql="SELECT r.id, r.card_entry_id, r.undone_entry_id FROM receipt_scan r"
        " LEFT JOIN card_entry c ON c.id = r.card_entry_id LEFT JOIN card_entry u ON u.id = r.undone_entry_id"
        " WHERE c.id IS NULL OR c.kind <> 'receipt' OR (r.state = 'undone') <> (r.undone_entry_id IS NOT NULL)"
        " OR (r.undone_entry_id IS NOT NULL AND (u.id IS NULL OR u.kind <> 'receipt-undone' OR u.batch_id <> c.batch_id"
        " OR u.place_id <> c.place_id OR u.quantity_out <> c.quantity_in OR u.voucher_no <> c.voucher_no))",
        tell=lambda scan, entry, undone: f"row {scan}: card lines {entry} and {undone} are not a scan and its reversal",
    ),
    Sum(
        name="pick",
        sql="SELECT p.id, p.card_entry_id FROM pick p LEFT JOIN card_entry c ON c.id = p.card_entry_id"
        " WHERE c.id IS NULL OR c.batch_id <> p.batch_id OR c.place_id <> p.place_id OR c.status <> p.status"
        " OR c.owner <> p.owner OR c.quantity_out <> p.quantity",
        tell=lambda pick, entry: f"row {pick}: is not what card line {entry} says was taken",
    ),
    Sum(
        name="count_line",
        sql="SELECT l.id, l.batch_id, l.place_id FROM count_line l LEFT JOIN stock_count k ON k.id = l.count_id"
        " LEFT JOIN batch b ON b.id = l.batch_id LEFT JOIN place p ON p.id = l.place_id"
        " WHERE k.id IS NULL OR b.id IS NULL OR p.id IS NULL",
        tell=lambda row, batch, place: f"row {row}: {goods(batch, place)}: its count, batch or place is not there",
    ),
    Sum(
        name="count_line",
        sql="SELECT count_no, batch_id, place_id, owner, SUM(noted), SUM(moved) FROM ("
        " SELECT k.count_no, l.batch_id, l.place_id, l.owner, l.adjusted AS noted, 0 AS moved FROM count_line l"
        " JOIN stock_count k ON k.id = l.count_id WHERE l.adjusted <> 0 UNION ALL"
        " SELECT d.of_document, c.batch_id, c.place_id, c.owner, 0, c.quantity_in - c.quantity_out FROM card_entry c"
        " JOIN document d ON d.document_no = c.voucher_no WHERE c.kind = 'adjustment') AS both_sides"
        " GROUP BY count_no, batch_id, place_id, owner HAVING SUM(noted) <> SUM(moved)",
        tell=lambda number, batch, place, owner, noted, moved: (
            f"{number}, {goods(batch, place)}{owner and ' of ' + owner}: adjusted by {units(noted)},"
            f" its cards sum up to {units(moved)}"
        ),
    ),
)


def verify() -> Iterator[str]:
    """Give one line for each thing that does not hold; nothing when all does. Opens its own snapshot and ends it."""
    rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if is_postgres() else "BEGIN")
    try:
        yield from findings()
    finally:
        rows("ROLLBACK")


def findings() -> Iterator[str]:
    """Give the findings of the snapshot that is open."""
    for name, check in (("database", _damage), ("sums", _sums), ("chain", _chains)):
        try:
            yield from check()
        except UNREADABLE as error:
            yield f"{name}: cannot be read: {str(error).splitlines()[0]}"
            # PostgreSQL answers nothing more in this transaction.
            if is_postgres():
                return


def heads() -> list[Row]:
    """Give (site, number of acts, hash of the last) of each chain: to be printed and kept where no forger comes."""
    return rows("SELECT s.code, h.count, h.hash FROM chain_head h JOIN site s ON s.id = h.site_id ORDER BY s.code")


def goods(batch_id: int, place_id: int | None = None) -> str:
    """Name a batch, and a place, for a person."""
    found = rows("SELECT i.item_no, b.batch_no FROM batch b JOIN item i ON i.id = b.item_id WHERE b.id = ?", batch_id)
    batch = "/".join(found[0]) if found else f"batch {batch_id}, which is not there"
    if place_id is None:
        return batch
    place = rows("SELECT bin_code FROM place WHERE id = ?", place_id)
    return f"{batch} in {place[0][0] if place else f'place {place_id}, which is not there'}"


def item_no(item_id: int) -> str:
    """Name an item."""
    found = rows("SELECT item_no FROM item WHERE id = ?", item_id)
    return str(found[0][0]) if found else f"{item_id}, which is not there"


def _damage() -> Iterator[str]:
    """Ask the file itself: flipped bytes and rows that point nowhere. PostgreSQL keeps both by itself."""
    if is_postgres():
        return
    for (text,) in rows("PRAGMA integrity_check"):
        if text != "ok":
            yield f"database: {text}"
    for table, row, parent, _ in stream("PRAGMA foreign_key_check"):
        yield f"{table}: row {row} points to a row of {parent} that is not there"


def _sums() -> Iterator[str]:
    for each in SUMS:
        for found in stream(each.sql):
            yield f"{each.name}: {each.tell(*found)}"


def _chains() -> Iterator[str]:
    """Follow each site's chain, then compare every line of card and account with the digest its act left there."""
    # What the chain says is sorted on disk: a million acts take no more memory than a hundred. A file of our own, as
    # the SQLite of the wheel keeps its temporary ones in memory.
    with (
        tempfile.TemporaryDirectory(prefix="warehouse-verify-") as folder,
        closing(sqlite3.connect(f"{folder}/scratch", isolation_level=None)) as scratch,
    ):
        scratch.execute("PRAGMA journal_mode = OFF")
        scratch.execute("PRAGMA synchronous = OFF")
        scratch.execute("CREATE TABLE line (book, id, site, sequence, digest, PRIMARY KEY (book, id, site, sequence))"
                        " WITHOUT ROWID")  # fmt: skip
        scratch.execute("CREATE TABLE asked (key PRIMARY KEY) WITHOUT ROWID")
        scratch.execute("BEGIN")
        found = stream(
            "SELECT a.site_id, s.code, a.sequence, a.act, a.outcome, a.content, a.hash FROM audit a"
            " LEFT JOIN site s ON s.id = a.site_id ORDER BY a.id"
        )
        chains: dict[int, _Chain] = {}
        for site_id, *act in found:
            if site_id not in chains:
                chains[site_id] = _Chain(scratch)
            yield from chains[site_id].follow(*act)
        for chain in chains.values():
            chain.flush()
        yield from _heads({site_id: (chain.sequence, chain.hash) for site_id, chain in chains.items()})
        yield from _keys(scratch)
        yield from _lines(scratch, "card", CardEntry)
        yield from _lines(scratch, "account", LedgerEntry)


class _Chain:
    """One site's chain as it is followed: where it stands, and what it said of the books."""

    def __init__(self, scratch: Any) -> None:
        self.sequence, self.hash = 0, ""
        self._scratch = scratch
        self._lines: list[Row] = []
        self._keys: list[Row] = []

    def follow(
        self, site: str, sequence: int, act: str, outcome: str, content: str, kept: str
    ) -> Iterator[str]:  # fmt: skip
        """Follow the next act; after a break go on from what is there, so that each is named once."""
        name = f"audit: {site} act {sequence}"
        for missing in range(self.sequence + 1, min(sequence, self.sequence + 101)):
            yield f"audit: {site} act {missing} is missing"
        if audit.digest(self.hash + content) != kept:
            yield f"{name} was changed, or what stood before it"
        self.sequence, self.hash = sequence, kept
        yield from self._read(name, site, sequence, act, outcome, content)

    def _read(self, name: str, site: str, sequence: int, act: str, outcome: str, content: str) -> Iterator[str]:
        try:
            said = json.loads(content)
            entries, key = dict(said["entries"]), said["key"]
            is_same = (said["act"], said["outcome"]) == (act, outcome)
        except (ValueError, KeyError, TypeError):
            yield f"{name} cannot be read"
            return
        if not is_same:
            yield f"{name}: outcome or act beside it was changed"
        for line, digest in entries.items():
            book, _, number = line.partition(" ")
            self._lines.append((book, int(number), site, sequence, digest))
        if outcome == "done" and key:
            self._keys.append((key,))
        if len(self._lines) + len(self._keys) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Put what was kept back into the scratch file."""
        self._scratch.executemany("INSERT OR IGNORE INTO line VALUES (?, ?, ?, ?, ?)", self._lines)
        self._scratch.executemany("INSERT OR IGNORE INTO asked VALUES (?)", self._keys)
        self._lines.clear()
        self._keys.clear()


def _heads(last: dict[int, tuple[int, str]]) -> Iterator[str]:
    """Compare the ends of the chains with the heads that are kept apart: a removed last act is missed there."""
    kept = {site_id: (code, count, hashed) for site_id, code, count, hashed in rows(
        "SELECT s.id, s.code, h.count, h.hash FROM site s LEFT JOIN chain_head h ON h.site_id = s.id"
    )}  # fmt: skip
    for site_id, (code, count, hashed) in kept.items():
        sequence, end = last.get(site_id, (0, ""))
        if (count, hashed) != (sequence, end):
            yield f"chain_head: {code} says {count} acts, the chain ends at {sequence}" + (
                "" if count != sequence else " with another hash"
            )
    for site_id in last.keys() - kept.keys():
        yield f"audit: acts of site {site_id}, which is not there"


def _keys(scratch: Any) -> Iterator[str]:
    """Name the request keys that an act used and that are gone: sent again, their request would be done twice."""
    scratch.execute("CREATE TABLE kept (key PRIMARY KEY) WITHOUT ROWID")
    scratch.executemany("INSERT INTO kept VALUES (?)", stream("SELECT key FROM request_key"))
    for (key,) in scratch.execute("SELECT key FROM asked WHERE key NOT IN (SELECT key FROM kept)"):
        yield f"request_key: {key} is missing"


def _lines(scratch: Any, book: str, table: type[Table]) -> Iterator[str]:
    """Walk a book and what the chain says of it side by side, by number."""
    meta: Any = table._meta
    columns = ", ".join(field.column_name for field in meta.sorted_fields)
    said: Iterator[Row] = scratch.execute(
        "SELECT id, site, sequence, digest FROM line WHERE book = ? ORDER BY id, site, sequence", (book,)
    )
    expected = next(said, None)
    for entry, *values in stream(f"SELECT {columns} FROM {meta.table_name} ORDER BY id"):
        while expected and expected[0] < entry:
            yield _removed(meta.table_name, expected)
            expected = next(said, None)
        if expected is None or expected[0] != entry:
            yield f"{meta.table_name}: line {entry} was added: no act on record wrote it"
            continue
        if audit.digest(ledger.line(book, entry, _as_written(table, values))) != expected[3]:
            yield f"{meta.table_name}: line {entry} was changed since {expected[1]} act {expected[2]} wrote it"
        expected = next(said, None)
    while expected:
        yield _removed(meta.table_name, expected)
        expected = next(said, None)


def _as_written(table: type[Table], values: list[Any]) -> Row:
    """Give a line's columns as its act hashed them: of the account, old lines have no `done_at`, `device` and `key`."""
    is_old = table is LedgerEntry and not any(values[-3:])
    return tuple(values[:-3] if is_old else values)


def _removed(table: str, said: Row) -> str:
    return f"{table}: line {said[0]} was removed: {said[1]} act {said[2]} wrote it"
