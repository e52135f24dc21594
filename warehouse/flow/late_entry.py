"""A movement that happened and was never written on the card: written late, and marked so (R-R3, R-R7).

The old lines stay as they are. Our own account follows only where it has not posted the movement either: the finance
system knew of it, so no adjustment is made.
"""

from dataclasses import dataclass
from decimal import Decimal

from warehouse import catalogue
from warehouse.books import documents, ledger, moves, stock
from warehouse.flow import discrepancies
from warehouse.rules.fifo import StockLine
from warehouse.rules.reconciliation import Book, ClosingReason
from warehouse.rules.refusals import DocumentState, InsufficientStock, InvalidInput
from warehouse.tables.base import millionths, quantity, rows
from warehouse.tables.books import Batch
from warehouse.tables.reconciliation import Discrepancy
from warehouse.transaction import Transaction

KIND = "late-entry"


@dataclass(frozen=True, kw_only=True)
class LateEntry:
    """Where and in which status the goods moved, where that is not clear from the discrepancy, and by which voucher."""

    note: str
    location: str | None = None
    status: str | None = None
    voucher_no: str | None = None


def write(tx: Transaction, discrepancy_no: str, entry: LateEntry) -> str:
    """Write the missing card entry of a discrepancy and close it; gives the voucher it stands under.

    `tx.done_at` is when the goods moved. Raises NotFound, DocumentState where the card is not what is wrong or the
    discrepancy is closed, InvalidInput without a time, place or status, InsufficientStock, ClosedMonth.
    """
    found = discrepancies.get_open(tx, discrepancy_no)
    if found.facts["book"] != Book.CARD or found.batch is None:
        raise DocumentState(document_no=discrepancy_no, state=found.state, reason="card-is-not-wrong")
    if tx.done_at is None:
        raise InvalidInput(field="done_at", reason="missing")
    if not entry.note.strip():
        raise InvalidInput(field="note", reason="missing")
    batch = found.batch
    stock.lock_batches([batch.id])
    posted = _posted_alone(found, batch)
    number = posted or documents.create(
        tx, KIND, reference=entry.voucher_no or found.month, of_document=discrepancy_no, state="posted"
    ).document_no  # fmt: skip
    change = -Decimal(found.facts["difference"])
    _move(tx, found, batch, change, entry, number)
    if not posted:
        ledger.post(
            tx, batch_id=batch.id, owner=found.owner, kind=KIND, voucher_no=number,
            quantity_in=max(change, Decimal(0)), quantity_out=max(-change, Decimal(0)),
        )  # fmt: skip
    discrepancies.close(tx, discrepancy_no, reason=ClosingReason.LATE_CARD_ENTRY, note=entry.note)
    tx.tell(late_entry=number, change=str(change), approved_by=tx.actor.name)
    return number


def _posted_alone(found: Discrepancy, batch: Batch) -> str | None:
    """Give the voucher that our account has of just this and the card has not."""
    for number in found.facts["vouchers"]:
        ((posted, written),) = rows(
            "SELECT (SELECT COALESCE(SUM(quantity_in - quantity_out), 0) FROM ledger_entry WHERE voucher_no = ?"
            " AND batch_id = ? AND owner = ?), (SELECT COUNT(*) FROM card_entry WHERE batch_id = ? AND owner = ?"
            " AND voucher_no = ?)",
            number, batch.id, found.owner, batch.id, found.owner, number,
        )  # fmt: skip
        if posted and not written and int(posted) == -millionths(Decimal(found.facts["difference"])):
            return str(number)
    return None


def _move(
    tx: Transaction, found: Discrepancy, batch: Batch, change: Decimal, entry: LateEntry, voucher_no: str
) -> None:
    location = entry.location or found.facts["location"]
    lines = [line for line in stock.of_batch(batch.id) if line.owner == found.owner]
    if not location:
        places = {line.bin_code for line in lines if line.quantity > 0}
        if len(places) != 1:
            raise InvalidInput(field="location", reason="missing")
        (location,) = places
    if change < 0:
        source = _source(lines, location, entry.status)
        if source.quantity < -change:
            raise InsufficientStock(
                item_no=source.item_no, batch_no=source.batch_no, location=location, available=source.free
            )
        moves.take_out(tx, source, -change, kind=KIND, voucher_no=voucher_no)
        return
    place = catalogue.get_place(tx, location)
    status = entry.status or _only_status(lines)
    moves.put_in(
        tx, batch=batch, place=place, status=status, owner=found.owner,
        amount=quantity(millionths(change), batch.item.decimals), kind=KIND, voucher_no=voucher_no,
    )  # fmt: skip


def _source(lines: list[StockLine], location: str, status: str | None) -> StockLine:
    """Choose the stock row the goods left: of the status named, else the fullest there. Raises InvalidInput."""
    there = [line for line in lines if line.bin_code == location and status in (None, line.status)]
    if not there:
        raise InvalidInput(field="location", reason="batch-not-there")
    return max(there, key=lambda line: line.quantity)


def _only_status(lines: list[StockLine]) -> str:
    """Give the one status the batch lies in; white where it lies in none or in several (R-C11)."""
    statuses = {line.status for line in lines if line.quantity > 0}
    return statuses.pop() if len(statuses) == 1 else "pending"
