"""The finance system's book brought in, by the API or as a sheet, and our own account given out for it (4.7.5 d).

A book is whole: a batch it does not name is at 0 there. Sent again, or corrected, for the same day by the same source
it takes the place of the first; under another name it is refused where it has an item of the first, because the books
of a day are added. Lines without a batch are for systems that keep items only. Source: R-R2, R-C20.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from warehouse import catalogue
from warehouse.books import ledger, reconcile
from warehouse.flow import reconciliation
from warehouse.flow.sheets import Sheet, SheetRow
from warehouse.rules.quantity import parse_quantity
from warehouse.rules.reconciliation import check_one_source
from warehouse.rules.refusals import InvalidInput, NotFound, Refusal
from warehouse.tables.base import millionths, quantity, rows, utc_text
from warehouse.tables.catalogue import Item
from warehouse.transaction import Transaction

MOST_ERRORS = 1000  # told of one sheet
COLUMNS = {
    "item_no": ("item number", "item no", "料号", "物料编码", "物料编号", "料號", "品號", "料件編號"),
    "batch_no": ("batch", "batch number", "lot", "批号", "批次", "批次号", "批號"),
    "owner": ("owner of stock", "货主", "貨主"),
    "quantity": (
        "balance",
        "account",
        "账面数",
        "账面数量",
        "结存",
        "结存数量",
        "数量",
        "帳面數",
        "帳面數量",
        "結存",
        "數量",
    ),
}
REQUIRED = ("item_no", "quantity")


@dataclass(frozen=True, kw_only=True)
class OutsideLine:
    """One figure of the finance book as it was sent: the quantity is text, may be negative, in the item's unit."""

    item_no: str
    quantity: str
    batch_no: str | None = None
    owner: str = ""


@dataclass(frozen=True, kw_only=True)
class RowError:
    """What is wrong in one row of a sheet: its number there, the column, the reason."""

    row: int
    column: str
    reason: str


_Kept = tuple[int, int | None, str, int]  # item, batch, owner, millionths


def load(tx: Transaction, *, as_of: date, source: str, lines: Iterable[OutsideLine]) -> dict[str, Any]:
    """Keep a finance book as of the end of a day, all lines or none; the same again changes nothing.

    Raises InvalidInput for a day to come, no source or a line twice, ClosedMonth, NotFound, QuantityPrecision,
    DocumentState for an item of another source's book of that day.
    """
    _check_day(tx, as_of, source)
    items: dict[str, Item] = {}
    kept: dict[tuple[int, int | None, str], _Kept] = {}
    for line in lines:
        _keep(kept, _read(tx, line, items))
    _check_source(tx, as_of, source, kept.values(), items)
    return _write(tx, as_of, source, list(kept.values()))


def load_sheet(
    tx: Transaction, sheet: Sheet, *, as_of: date, source: str, dry_run: bool = False, good_rows_only: bool = False
) -> dict[str, Any]:
    """Keep a sheet's rows as a finance book; tells every wrong row with its column and reason (R-M1).

    Nothing is kept on a dry run, nor while a row is wrong unless `good_rows_only` is chosen. Raises as `load` does for
    the day and the source.
    """
    _check_day(tx, as_of, source)
    items: dict[str, Item] = {}
    kept: dict[tuple[int, int | None, str], _Kept] = {}
    errors: list[RowError] = []
    for row in sheet.rows:
        try:
            _keep(kept, _read(tx, _line_of(row), items))
        except Refusal as refusal:
            errors.append(RowError(row=row.number, column=_column_of(refusal), reason=_reason_of(refusal)))
    _check_source(tx, as_of, source, kept.values(), items)
    told = {
        "rows": len(sheet.rows), "good": len(kept), "errors": [vars(error) for error in errors[:MOST_ERRORS]],
        "errors_in_all": len(errors),
    }  # fmt: skip
    if dry_run or (errors and not good_rows_only):
        return {**told, "lines": 0, "kept": False, "changed": False}
    return {**told, **_write(tx, as_of, source, list(kept.values())), "kept": True}


def export(tx: Transaction, month: str) -> list[tuple[str, str, str, Decimal]]:
    """Give our own account at the end of a month, or now while it runs: item, batch, owner, quantity."""
    at = reconciliation.moment_of(tx, month)
    return [
        (item_no, batch_no, each.owner, quantity(each.own, decimals))
        for item_no, batch_no, decimals, each in reconcile.all_figures(at, books=[])
        if each.own
    ]


def _check_day(tx: Transaction, as_of: date, source: str) -> None:
    if as_of > tx.today:
        raise InvalidInput(field="as_of", reason="in-the-future")
    if not source.strip():
        raise InvalidInput(field="source", reason="missing")
    ledger.check_open(tx, as_of)


def _check_source(tx: Transaction, as_of: date, source: str, lines: Iterable[_Kept], items: dict[str, Item]) -> None:
    """Ask which other book of the day has some of which items. Raises DocumentState."""
    found = rows(
        "SELECT DISTINCT i.item_no, k.source FROM outside_book k JOIN outside_balance o ON o.book_id = k.id"
        " JOIN item i ON i.id = o.item_id WHERE k.site_id = ? AND k.as_of = ? AND k.source <> ?"
        " AND o.quantity <> 0",
        tx.site.id, as_of.isoformat(), source,
    )  # fmt: skip
    if found:
        numbers = {item.id: item_no for item_no, item in items.items()}
        check_one_source(dict(found), {numbers[item_id] for item_id, _, _, has in lines if has})


def _line_of(row: SheetRow) -> OutsideLine:
    for name in REQUIRED:
        if not row.cells[name]:
            raise InvalidInput(field=name, reason="missing")
    return OutsideLine(
        item_no=row.cells["item_no"], batch_no=row.cells["batch_no"] or None, owner=row.cells["owner"],
        quantity=row.decimal("quantity"),
    )  # fmt: skip


def _read(tx: Transaction, line: OutsideLine, items: dict[str, Item]) -> _Kept:
    """Look a line's numbers up and read its quantity, which may stand below zero in an account."""
    item = items.get(line.item_no) or items.setdefault(line.item_no, catalogue.get_item(line.item_no))
    batch = catalogue.get_batch(tx, item_no=line.item_no, batch_no=line.batch_no) if line.batch_no else None
    if line.owner:
        catalogue.get_partner(line.owner, "customer")
    amount = parse_quantity(
        line.quantity.removeprefix("-"), decimals=item.decimals, unit=item.unit, zero_allowed=True
    )  # fmt: skip
    signed: Decimal = -amount if line.quantity.startswith("-") else amount
    return item.id, batch.id if batch else None, line.owner, millionths(signed)


def _keep(kept: dict[tuple[int, int | None, str], _Kept], line: _Kept) -> None:
    if line[:3] in kept:
        raise InvalidInput(field="batch_no", reason="twice")
    kept[line[:3]] = line


def _write(tx: Transaction, as_of: date, source: str, lines: list[_Kept]) -> dict[str, Any]:
    """Put the book in the place of the one that was there; tells whether anything changed."""
    found = rows(
        "SELECT id FROM outside_book WHERE site_id = ? AND as_of = ? AND source = ?",
        tx.site.id, as_of.isoformat(), source,
    )  # fmt: skip
    if found:
        before = rows("SELECT item_id, batch_id, owner, quantity FROM outside_balance WHERE book_id = ?", found[0][0])
        if sorted(map(str, before)) == sorted(map(str, lines)):
            return {"lines": len(lines), "changed": False}
        rows("DELETE FROM outside_balance WHERE book_id = ?", found[0][0])
    ((book,),) = rows(
        "INSERT INTO outside_book (site_id, as_of, source, lines, loaded_at, loaded_by) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (site_id, as_of, source) DO UPDATE SET lines = excluded.lines, loaded_at = excluded.loaded_at,"
        " loaded_by = excluded.loaded_by RETURNING id",
        tx.site.id, as_of.isoformat(), source, len(lines), utc_text(tx.now), tx.actor.name,
    )  # fmt: skip
    for line in lines:
        rows(
            "INSERT INTO outside_balance (book_id, item_id, batch_id, owner, quantity) VALUES (?, ?, ?, ?, ?)",
            book, *line,
        )  # fmt: skip
    tx.tell(as_of=as_of, source=source, lines=len(lines))
    return {"lines": len(lines), "changed": True}


def _column_of(refusal: Refusal) -> str:
    if isinstance(refusal, NotFound):
        return {"item": "item_no", "batch": "batch_no"}.get(refusal.kind, "owner")
    return refusal.field if isinstance(refusal, InvalidInput) else "quantity"


def _reason_of(refusal: Refusal) -> str:
    return refusal.reason if isinstance(refusal, InvalidInput) else refusal.code
