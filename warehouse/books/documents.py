"""Documents and their lines: made once, locked, and counted up by guarded updates (R-X4, R-F18, R-A1)."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from warehouse.books import numbers
from warehouse.rules.refusals import DocumentState, NotFound
from warehouse.tables.base import (
    NO_EXPIRY,
    append_rows,
    as_json,
    as_table,
    changed,
    millionths,
    on_engine,
    quantity,
    row_reader,
    rows,
    utc_text,
)
from warehouse.tables.documents import Document
from warehouse.transaction import Transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class LineFacts:
    """An open document line with its item's policies; quantities in the item's unit."""

    document_id: int
    document_no: str
    partner: str
    rest_life_days: int
    line_id: int
    line_no: int
    item_id: int
    item_no: str
    unit: str
    decimals: int
    policy: str
    fifo_mode: str
    fifo_scope: str
    owner: str
    ordered: Decimal
    limit_quantity: Decimal
    done: Decimal
    cancelled: Decimal

    @property
    def open_quantity(self) -> Decimal:
        """What may still be scanned on this line, tolerance included."""
        return self.limit_quantity - self.cancelled - self.done


@dataclass(frozen=True, kw_only=True, slots=True)
class ScannedBatch:
    """The batch a scan named, with what orders it among its item's, as stock rows keep that."""

    batch_id: int
    batch_no: str
    first_received_on: str
    expiry_key: str
    receipt_sequence: int


@dataclass(frozen=True, kw_only=True, slots=True)
class NewLine:
    """A line to be added; `limit_quantity` is what may be scanned at the most, tolerance included."""

    line_no: int
    item_id: int
    ordered: Decimal
    limit_quantity: Decimal
    owner: str = ""


_NEW_LINE = {
    "document_id": "int", "line_no": "int", "item_id": "int", "owner": "text", "ordered": "bigint",
    "limit_quantity": "bigint", "done": "bigint", "posted": "bigint", "cancelled": "bigint", "state": "text",
    "facts": "text",
}  # fmt: skip
_COLUMNS, _read = row_reader(Document, "d")
_MADE, _read_made = row_reader(Document, "document")
_LINE_COLUMNS = """
    d.id, d.document_no, d.partner, COALESCE(c.rest_life_days, 0), l.id, l.line_no, l.item_id, i.item_no, i.unit,
    i.decimals, i.policy, i.fifo_mode, i.fifo_scope, l.owner, l.ordered, l.limit_quantity, l.done, l.cancelled"""
_LINES = f"""
    SELECT {_LINE_COLUMNS}
    FROM document d JOIN document_line l ON l.document_id = d.id JOIN item i ON i.id = l.item_id
    LEFT JOIN partner c ON c.code = d.partner
"""
# Document and item by their numbers first, then the one line: a document may have a thousand.
_SCANNED = f"""
    SELECT {_LINE_COLUMNS}, b.id, b.batch_no, b.first_received_on, COALESCE(b.expiry_date, '{NO_EXPIRY}'),
        b.receipt_sequence
    FROM document d CROSS JOIN item i JOIN document_line l ON l.document_id = d.id AND l.item_id = i.id
    JOIN batch b ON b.site_id = d.site_id AND b.item_id = i.id LEFT JOIN partner c ON c.code = d.partner
    WHERE d.document_no = ? AND d.site_id = ? AND d.kind = ? AND d.state = 'open' AND l.state = 'open'
        AND i.item_no = ? AND b.batch_no = ? ORDER BY l.line_no
"""
_SCANNED_LOCKED = f"{_SCANNED} FOR NO KEY UPDATE OF d, l, b"


def create(
    tx: Transaction, kind: str, *, partner: str = "", reference: str = "", of_document: str = "",
    state: str = "open", facts: dict[str, Any] | None = None,
) -> Document:  # fmt: skip
    """Make a numbered document of the act's site."""
    document_no = numbers.next_no(tx, kind)
    (made,) = rows(
        "INSERT INTO document (site_id, document_no, kind, state, partner, reference, of_document, created_at,"
        f" created_by, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING {_MADE}",
        tx.site.id, document_no, kind, state, partner, reference, of_document, utc_text(tx.now), tx.actor.name,
        json.dumps(facts or {}, ensure_ascii=False, sort_keys=True),
    )  # fmt: skip
    tx.tell(document=document_no)
    return _read_made(made)


def add_lines(document: Document, lines: Iterable[NewLine]) -> None:
    """Add open lines in one statement."""
    append_rows(
        "document_line",
        _NEW_LINE,
        [
            (
                document.id, line.line_no, line.item_id, line.owner, millionths(line.ordered),
                millionths(line.limit_quantity), 0, 0, 0, "open", "{}",
            )
            for line in lines
        ],
    )  # fmt: skip


def keep_facts(facts: dict[int, dict[str, Any]]) -> None:
    """Keep what is to be shown with each line, by its id."""
    rows(
        f"UPDATE document_line SET facts = t.facts FROM {as_table('t', line_id='bigint', facts='text')}"
        " WHERE document_line.id = t.line_id",
        as_json([(line_id, json.dumps(told, ensure_ascii=False)) for line_id, told in facts.items()]),
    )


def close_lines(document_id: int) -> None:
    """Close what is open of a document's lines: what was scanned is posted, the rest of each is cancelled."""
    rows(
        "UPDATE document_line SET posted = done, cancelled = limit_quantity - done, state = 'closed'"
        " WHERE document_id = ? AND state = 'open'",
        document_id,
    )


def lock(tx: Transaction, document_no: str, kind: str, *, state: str | None = "open") -> Document:
    """Take the document's lock and give it. Raises NotFound outside the site, DocumentState in another state."""
    document = _find(tx, document_no, kind, locked=True)
    tx.tell(document=document_no)
    if state is not None and document.state != state:
        raise DocumentState(document_no=document_no, state=document.state)
    return document


def get(tx: Transaction, document_no: str, kind: str) -> Document:
    """Give a document of the act's site. Raises NotFound."""
    return _find(tx, document_no, kind)


def _find(tx: Transaction, document_no: str, kind: str, *, locked: bool = False) -> Document:
    clause = on_engine(sqlite="", postgres=" FOR NO KEY UPDATE") if locked else ""
    found = rows(
        f"SELECT {_COLUMNS} FROM document d WHERE d.document_no = ? AND d.site_id = ? AND d.kind = ?{clause}",
        document_no, tx.site.id, kind,
    )  # fmt: skip
    if not found:
        raise NotFound(kind=kind, name=document_no)
    return _read(found[0])


def check_open(tx: Transaction, document_no: str, kind: str) -> int:
    """Give the id of an open document without locking it. Raises NotFound, DocumentState."""
    found = rows(
        "SELECT id, state FROM document WHERE document_no = ? AND site_id = ? AND kind = ?",
        document_no, tx.site.id, kind,
    )  # fmt: skip
    if not found:
        raise NotFound(kind=kind, name=document_no)
    tx.tell(document=document_no)
    if found[0][1] != "open":
        raise DocumentState(document_no=document_no, state=found[0][1])
    return int(found[0][0])


def lines(
    document_id: int, *, item_id: int | None = None, locked: bool = False, unfinished: bool = False
) -> list[LineFacts]:
    """Give a document's open lines in order, of one item when asked; `locked` for lines about to be counted up."""
    only = "" if item_id is None else " AND l.item_id = ?"
    only += " AND l.done < l.limit_quantity - l.cancelled" if unfinished else ""
    clause = on_engine(sqlite="", postgres=" FOR NO KEY UPDATE OF d, l") if locked else ""
    values = (document_id,) if item_id is None else (document_id, item_id)
    return [
        _line(row)
        for row in rows(f"{_LINES} WHERE d.id = ? AND l.state = 'open'{only} ORDER BY l.line_no{clause}", *values)
    ]


def lock_scanned(
    tx: Transaction, document_no: str, kind: str, *, item_no: str, batch_no: str
) -> tuple[ScannedBatch, list[LineFacts]] | None:
    """Lock a scanned batch and the open lines of its item in an open document, in one read; None when one is not there.

    What is read of the stock comes after it, in a statement of its own (see `stock.lock_batches`).
    """
    found = rows(on_engine(sqlite=_SCANNED, postgres=_SCANNED_LOCKED), document_no, tx.site.id, kind, item_no, batch_no)
    if not found:
        return None
    tx.tell(document=document_no, item_no=item_no, batch_no=batch_no)
    batch_id, number, received, expiry, sequence = found[0][18:]
    batch = ScannedBatch(
        batch_id=batch_id, batch_no=number, first_received_on=received, expiry_key=expiry, receipt_sequence=sequence
    )
    return batch, [_line(row) for row in found]


class ItemNos(Collection[str]):
    """The item numbers a document asks for, read only when asked: a scan asks for one, an order may have a thousand."""

    def __init__(self, document_id: int) -> None:
        self._document_id = document_id

    def __contains__(self, item_no: object) -> bool:
        return bool(
            rows(
                "SELECT 1 FROM item i JOIN document_line l ON l.item_id = i.id"
                " WHERE i.item_no = ? AND l.document_id = ?",
                item_no, self._document_id,
            )
        )  # fmt: skip

    def __iter__(self) -> Iterator[str]:
        found = rows(
            "SELECT DISTINCT i.item_no FROM document_line l JOIN item i ON i.id = l.item_id WHERE l.document_id = ?"
            " ORDER BY i.item_no",
            self._document_id,
        )
        return iter([item_no for (item_no,) in found])

    def __len__(self) -> int:
        return len(list(iter(self)))


def count_up(line: LineFacts, amount: Decimal) -> bool:
    """Count a scanned quantity on a line, guarded; False when that is more than the line still takes."""
    asked = millionths(amount)
    return bool(
        changed(
            "UPDATE document_line SET done = done + ? WHERE id = ? AND state = 'open'"
            " AND done + ? <= limit_quantity - cancelled",
            asked, line.line_id, asked,
        )
    )  # fmt: skip


def count_down(line_id: int, amount: Decimal) -> None:
    """Take a quantity off a line again, as when a pick is undone."""
    rows("UPDATE document_line SET done = done - ? WHERE id = ?", millionths(amount), line_id)


def set_state(document: Document, state: str) -> None:
    """Move a locked document on, from the state it was read in; a second press finds it gone (R-X4)."""
    moved = rows(
        "UPDATE document SET state = ? WHERE id = ? AND state = ? RETURNING id", state, document.id, document.state
    )
    if not moved:
        raise DocumentState(document_no=document.document_no, state=document.state)
    document.state = state


def _line(row: tuple[Any, ...]) -> LineFacts:
    decimals = row[9]
    ordered, limit, done, cancelled = (quantity(stored, decimals) for stored in row[14:18])
    return LineFacts(
        document_id=row[0], document_no=row[1], partner=row[2], rest_life_days=row[3], line_id=row[4], line_no=row[5],
        item_id=row[6], item_no=row[7], unit=row[8], decimals=decimals, policy=row[10], fifo_mode=row[11],
        fifo_scope=row[12], owner=row[13], ordered=ordered, limit_quantity=limit, done=done, cancelled=cancelled,
    )  # fmt: skip
