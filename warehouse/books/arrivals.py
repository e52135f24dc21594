"""Scans at the dock after they were written: which is undone, which posted, and what each brought (4.7.5 d; R-U1).

A scan's facts are those of its card line; the reversal is a line of its own that this table joins to it.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from warehouse.tables.base import quantity, rows

KINDS = ("receipt", "receipt-undone")  # the card's, of goods that came in and of those that had not


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """A scan of a receipt: its card line with the goods it brought (item's unit), its paper, and its state."""

    entry_no: int
    line_id: int
    item_id: int
    item_no: str
    batch_id: int
    batch_no: str
    place_id: int
    bin_code: str
    frozen_by: str
    status: str
    owner: str
    quantity: Decimal
    label_no: str
    state: str
    written_by: str
    written_at: str


_SCANS = """
    SELECT c.id, r.line_id, b.item_id, i.item_no, c.batch_id, b.batch_no, c.place_id, p.bin_code, p.frozen_by, c.status,
        c.owner, c.quantity_in, i.decimals, r.label_no, r.state, c.written_by, c.written_at
    FROM document_line l JOIN receipt_scan r ON r.line_id = l.id JOIN card_entry c ON c.id = r.card_entry_id
    JOIN batch b ON b.id = c.batch_id JOIN item i ON i.id = b.item_id JOIN place p ON p.id = c.place_id
    WHERE l.document_id = ?
"""


def keep(line_id: int, entry_no: int, label_no: str) -> None:
    """Keep a scan with its card line and its paper."""
    rows(
        "INSERT INTO receipt_scan (line_id, card_entry_id, label_no, state) VALUES (?, ?, ?, 'open')",
        line_id, entry_no, label_no,
    )  # fmt: skip


def of_receipt(document_id: int) -> list[Arrived]:
    """Give the scans of a receipt, oldest first."""
    return [_arrived(row) for row in rows(f"{_SCANS} ORDER BY c.id", document_id)]


def find(document_id: int, entry_no: int) -> Arrived | None:
    """Give a receipt's scan by its card line, or None."""
    found = rows(f"{_SCANS} AND r.card_entry_id = ?", document_id, entry_no)
    return _arrived(found[0]) if found else None


def mark_undone(entry_no: int, *, by_entry: int) -> None:
    """Join a scan to the card line that took its goods out again. The caller holds its receipt's lock."""
    rows("UPDATE receipt_scan SET state = 'undone', undone_entry_id = ? WHERE card_entry_id = ?", by_entry, entry_no)


def mark_posted(document_id: int) -> None:
    """Say of all open scans of a receipt that the account has them."""
    rows(
        "UPDATE receipt_scan SET state = 'posted' WHERE state = 'open'"
        " AND line_id IN (SELECT id FROM document_line WHERE document_id = ?)",
        document_id,
    )


def has_moved_since(scan: Arrived) -> bool:
    """Say whether goods of that batch, place and status were taken out after a scan, but by undoing another one."""
    return bool(
        rows(
            "SELECT 1 FROM card_entry WHERE batch_id = ? AND place_id = ? AND id > ? AND status = ?"
            " AND quantity_out > 0 AND kind <> 'receipt-undone' LIMIT 1",
            scan.batch_id, scan.place_id, scan.entry_no, scan.status,
        )
    )  # fmt: skip


def never_came(batch_id: int) -> bool:
    """Say whether all that is on record of a batch is scans that were undone: its dates are nobody's goods'."""
    if rows("SELECT 1 FROM stock WHERE batch_id = ? AND quantity > 0 LIMIT 1", batch_id):
        return False
    marks = ", ".join("?" * len(KINDS))
    return bool(
        rows("SELECT 1 FROM card_entry WHERE batch_id = ? AND kind = ? LIMIT 1", batch_id, KINDS[1])
        and not rows(f"SELECT 1 FROM card_entry WHERE batch_id = ? AND kind NOT IN ({marks}) LIMIT 1", batch_id, *KINDS)
    )


def _arrived(row: tuple[object, ...]) -> Arrived:
    names = (
        "entry_no", "line_id", "item_id", "item_no", "batch_id", "batch_no", "place_id", "bin_code", "frozen_by",
        "status", "owner", "quantity", "decimals", "label_no", "state", "written_by", "written_at",
    )  # fmt: skip
    facts: dict[str, Any] = dict(zip(names, row, strict=True))
    amount = quantity(facts["quantity"], facts.pop("decimals"))
    return Arrived(**{**facts, "quantity": amount})
