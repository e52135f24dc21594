"""Reading the card 卡 and the account 帳 of a batch: their lines, oldest first, up to any moment (R-R12)."""

from typing import Any

from warehouse.tables.base import quantity, rows
from warehouse.tables.books import Batch


def card(batch: Batch, *, bin_code: str | None = None, until: str | None = None) -> list[dict[str, Any]]:
    """Give the batch's card lines, all its places or one, up to `until` (UTC text of the tables)."""
    place = " AND p.bin_code = ?" if bin_code else ""
    limit = " AND c.written_at <= ?" if until else ""
    found = rows(
        "SELECT c.id, p.bin_code, c.status, c.owner, c.quantity_in, c.quantity_out, c.balance, c.kind, c.voucher_no,"
        " c.written_at, c.done_at, c.written_by, c.device, c.key FROM card_entry c JOIN place p ON p.id = c.place_id"
        f" WHERE c.batch_id = ?{place}{limit} ORDER BY c.id",
        batch.id, *filter(None, (bin_code, until)),
    )  # fmt: skip
    names = (
        "entry_no", "location", "status", "owner", "quantity_in", "quantity_out", "balance", "kind", "voucher_no",
        "written_at", "done_at", "written_by", "device", "key",
    )  # fmt: skip
    return [_shown(dict(zip(names, row, strict=True)), batch) for row in found]


def account(batch: Batch, *, until: str | None = None) -> list[dict[str, Any]]:
    """Give the batch's account lines up to `until`; the account knows no places."""
    limit = " AND written_at <= ?" if until else ""
    found = rows(
        "SELECT id, NULL, owner, quantity_in, quantity_out, balance, kind, voucher_no, written_at, posted_on,"
        f" written_by FROM ledger_entry WHERE batch_id = ?{limit} ORDER BY id",
        batch.id, *filter(None, (until,)),
    )  # fmt: skip
    names = (
        "entry_no", "location", "owner", "quantity_in", "quantity_out", "balance", "kind", "voucher_no", "written_at",
        "posted_on", "written_by",
    )  # fmt: skip
    return [_shown(dict(zip(names, row, strict=True)), batch) for row in found]


def _shown(line: dict[str, Any], batch: Batch) -> dict[str, Any]:
    for name in ("quantity_in", "quantity_out", "balance"):
        line[name] = str(quantity(line[name], batch.item.decimals))
    return line
