"""Reading the card 卡 and the account 帳 of a batch: their lines, oldest first, up to any moment (R-R12)."""

from decimal import Decimal
from typing import Any

from warehouse.tables.base import quantity, rows
from warehouse.tables.books import Batch

MOST_LINES = 5000  # given at once where no limit is asked
LAST = 2**62  # after every entry
_CARD = (
    "SELECT c.id, p.bin_code, c.status, c.owner, c.quantity_in, c.quantity_out, c.balance, c.kind, c.voucher_no,"
    " c.written_at, c.done_at, c.written_by, c.device, c.key, CASE c.kind WHEN 'receipt-undone' THEN"
    " (SELECT r.card_entry_id FROM receipt_scan r WHERE r.undone_entry_id = c.id) END"
    " FROM card_entry c JOIN place p ON p.id = c.place_id"
    " WHERE c.batch_id = ?"
)
_IN_PLACE = " AND c.place_id = (SELECT id FROM place WHERE site_id = ? AND bin_code = ?)"
_UNTIL = " AND c.written_at <= ?"


def card(
    batch: Batch, *, bin_code: str | None = None, until: str | None = None, after: int = 0, limit: int = MOST_LINES
) -> list[dict[str, Any]]:
    """Give the batch's card lines after an entry, all its places or one, up to `until` (UTC text of the tables)."""
    place, moment = _IN_PLACE if bin_code else "", _UNTIL if until else ""
    found = rows(
        f"{_CARD}{place}{moment} AND c.id > ? ORDER BY c.id LIMIT ?", *_values(batch, bin_code, until), after, limit
    )
    return [_named(row, batch) for row in found]


def last_lines(
    batch: Batch, *, limit: int, bin_code: str | None = None, until: str | None = None, before: int = LAST
) -> list[dict[str, Any]]:
    """Give the card's newest lines before an entry, the newest first."""
    place, moment = _IN_PLACE if bin_code else "", _UNTIL if until else ""
    found = rows(
        f"{_CARD}{place}{moment} AND c.id < ? ORDER BY c.id DESC LIMIT ?",
        *_values(batch, bin_code, until), before, limit,
    )  # fmt: skip
    return [_named(row, batch) for row in found]


def card_balance(batch: Batch, *, bin_code: str | None = None, until: str | None = None) -> Decimal:
    """Give the card's balance at a moment as the sum of its lines, all places or one, in the item's unit (R-R12)."""
    place, moment = _IN_PLACE if bin_code else "", _UNTIL if until else ""
    ((total,),) = rows(
        "SELECT COALESCE(SUM(c.quantity_in - c.quantity_out), 0) FROM card_entry c"
        f" WHERE c.batch_id = ?{place}{moment}",
        *_values(batch, bin_code, until),
    )
    return quantity(total, batch.item.decimals)


def _values(batch: Batch, bin_code: str | None, until: str | None) -> tuple[Any, ...]:
    """Give the values of a card's question in their order."""
    return (batch.id, *((batch.site_id, bin_code) if bin_code else ()), *((until,) if until else ()))


def _named(row: tuple[Any, ...], batch: Batch) -> dict[str, Any]:
    names = (
        "entry_no", "location", "status", "owner", "quantity_in", "quantity_out", "balance", "kind", "voucher_no",
        "written_at", "done_at", "written_by", "device", "key", "reverses",
    )  # fmt: skip
    return _shown(dict(zip(names, row, strict=True)), batch)


def account(
    batch: Batch, *, until: str | None = None, after: int = 0, limit: int = MOST_LINES
) -> list[dict[str, Any]]:  # fmt: skip
    """Give the batch's account lines after an entry, up to `until`; the account knows no places."""
    moment = " AND written_at <= ?" if until else ""
    found = rows(
        "SELECT id, NULL, owner, quantity_in, quantity_out, balance, kind, voucher_no, written_at, posted_on,"
        " CASE done_at WHEN '' THEN written_at ELSE done_at END, written_by, device, key"
        f" FROM ledger_entry WHERE batch_id = ?{moment} AND id > ? ORDER BY id LIMIT ?",
        batch.id, *filter(None, (until,)), after, limit,
    )  # fmt: skip
    names = (
        "entry_no", "location", "owner", "quantity_in", "quantity_out", "balance", "kind", "voucher_no", "written_at",
        "posted_on", "done_at", "written_by", "device", "key",
    )  # fmt: skip
    return [_shown(dict(zip(names, row, strict=True)), batch) for row in found]


def _shown(line: dict[str, Any], batch: Batch) -> dict[str, Any]:
    for name in ("quantity_in", "quantity_out", "balance"):
        line[name] = str(quantity(line[name], batch.item.decimals))
    return line
