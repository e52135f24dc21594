"""A typed count sheet comes in: every row is a count like a scan, all rows or none (R-C8, R-C14, R-C17).

Who uploads is who counted. A row he counted before with the same quantity changes nothing, so the same file three
times is once; another quantity corrects his own count until it is submitted. A row without a quantity is a blank.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from warehouse.books import counts
from warehouse.books.count_lines import read_line, tallies_of
from warehouse.flow import counting
from warehouse.flow.counting import Typed
from warehouse.flow.identification import normal
from warehouse.flow.sheets import SheetRow
from warehouse.rules.refusals import InvalidInput, Refusal
from warehouse.tables.base import rows
from warehouse.transaction import Transaction

MOST_LINES = 2000  # a larger sheet would keep scanners waiting; upload it zone by zone
MOST_ERRORS = 100  # told; the rest is counted
COLUMNS = {
    "item_no": ("item number", "料号", "料號", "品號", "物料编码"),
    "batch_no": ("batch number", "batch", "lot", "批号", "批號"),
    "location": ("bin", "bin_code", "place", "库位", "庫位", "储位", "儲位"),
    "quantity": ("counted", "counted quantity", "实盘数", "實盤數", "数量", "數量"),
    "owner": ("owner of stock", "货主", "貨主"),
}
REQUIRED = ("item_no", "batch_no", "location", "quantity")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a sheet: its number there, what it says, and what could not be read of it."""

    number: int
    typed: Typed
    errors: tuple[dict[str, Any], ...]


def read_row(row: SheetRow) -> Row:
    """Read a row's cells as typed text; a quantity that is none is the row's error."""
    cells = {name: text.removeprefix("'") for name, text in row.cells.items()}
    amount: str | None = None
    errors: tuple[dict[str, Any], ...] = ()
    try:
        amount = row.decimal("quantity") if row.cells["quantity"] else None
    except InvalidInput as refusal:
        errors = (_told(row.number, refusal),)
    typed = Typed(
        item_no=cells["item_no"] or None, batch_no=cells["batch_no"] or None, location=cells["location"] or None,
        quantity=amount, owner=cells["owner"] or None,
    )  # fmt: skip
    return Row(number=row.number, typed=typed, errors=errors)


def take_in(tx: Transaction, count_no: str, found: list[Row], *, source: str, dry_run: bool) -> dict[str, Any]:
    """Count every row with a quantity; nothing is kept when one is refused, or in a dry run.

    Gives how many rows were new, corrected, unchanged and blank, and the refused rows with their reasons.
    Raises NotFound, DocumentState, InvalidInput for too many rows.
    """
    count = counts.get(tx, count_no, sharing=True)
    counting.check_countable(count)
    if len(found) > MOST_LINES:
        raise InvalidInput(field="sheet", reason=f"more than {MOST_LINES} rows")
    told = {"counted": 0, "corrected": 0, "unchanged": 0, "blank": 0}
    errors: list[dict[str, Any]] = []
    rows("SAVEPOINT sheet")
    for row in sorted(found, key=lambda row: (row.typed.item_no or "", row.typed.batch_no or "", row.number)):
        errors += row.errors
        if row.errors:
            continue
        try:
            told[_take_row(tx, count_no, count.id, replace(row.typed, source=source))] += 1
        except Refusal as refusal:
            errors.append(_told(row.number, refusal))
    applied = not errors and not dry_run
    if not applied:
        rows("ROLLBACK TO SAVEPOINT sheet")
    rows("RELEASE SAVEPOINT sheet")
    errors.sort(key=lambda error: error["row"])
    tx.tell(source=source, applied=applied, rows=len(found), refused_rows=len(errors))
    return {"applied": applied, "rows": len(found), **told, "errors": errors[:MOST_ERRORS], "refused": len(errors)}


def safe_cell(text: str) -> str:
    """Give a cell that no spreadsheet takes for a formula; `read_row` takes the mark off again."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def _take_row(tx: Transaction, count_no: str, count_id: int, typed: Typed) -> str:
    if typed.quantity is None:
        return "blank"
    mine = _mine(tx, count_id, typed)
    if mine is not None and mine == Decimal(typed.quantity):
        return "unchanged"
    counting.count(tx, count_no, replace(typed, correct=mine is not None))
    return "counted" if mine is None else "corrected"


def _mine(tx: Transaction, count_id: int, typed: Typed) -> Decimal | None:
    """Give what the uploader counted on a row's line before; None when he did not."""
    found = rows(
        "SELECT l.batch_id, l.place_id FROM count_line l JOIN place p ON p.id = l.place_id"
        " JOIN batch b ON b.id = l.batch_id JOIN item i ON i.id = b.item_id"
        " WHERE p.site_id = ? AND p.bin_code = ? AND b.site_id = ? AND b.batch_no = ? AND i.item_no = ?"
        " AND l.count_id = ? LIMIT 1",
        tx.site.id, _normal(typed.location), tx.site.id, _normal(typed.batch_no), _normal(typed.item_no), count_id,
    )  # fmt: skip
    for batch_id, place_id in found:
        for line in map(read_line, counts.lines_of(count_id, batch_id=batch_id, place_id=place_id)):
            if typed.owner in (None, line.owner):
                return next((each.quantity for each in tallies_of(line) if each.counter == tx.actor.name), None)
    return _found_by_me(tx, count_id, typed)


def _found_by_me(tx: Transaction, count_id: int, typed: Typed) -> Decimal | None:
    found = rows(
        "SELECT f.quantity FROM count_finding f JOIN item i ON i.id = f.item_id JOIN place p ON p.id = f.place_id"
        " WHERE f.count_id = ? AND i.item_no = ? AND f.batch_no = ? AND p.bin_code = ? AND f.counter = ?",
        count_id, _normal(typed.item_no), _normal(typed.batch_no), _normal(typed.location), tx.actor.name,
    )  # fmt: skip
    return Decimal(found[0][0]).scaleb(-6) if found else None


def _normal(text: str | None) -> str:
    return normal(text) if text else ""


def _told(row: int, refusal: Refusal) -> dict[str, Any]:
    """Tell why a row is refused; its facts are those of the same scan."""
    return {"row": row, "code": refusal.code, **{name: str(value) for name, value in refusal.facts().items()}}
