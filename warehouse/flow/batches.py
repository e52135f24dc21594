"""All that is known of one batch: where it lies, its status, dates, holds, what is picked, may it leave (4.5.1)."""

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from warehouse import catalogue
from warehouse.books import blindness, picks, stock
from warehouse.rules import counting, issue
from warehouse.rules.fifo import StockLine
from warehouse.rules.issue import Demand
from warehouse.rules.quantity import with_decimals
from warehouse.rules.refusals import InsufficientStock, Refusal
from warehouse.tables.base import quantity
from warehouse.tables.books import Batch
from warehouse.transaction import Transaction


def describe(tx: Transaction, *, item_no: str, batch_no: str) -> tuple[dict[str, Any], Refusal | None]:
    """Give a batch as the API shows it, and the refusal an issue would get now (None: it may leave)."""
    batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    lines = stock.of_batch(batch.id)
    lying = [line for line in lines if line.quantity > 0]
    staged = picks.staged_of(batch)
    # What is picked is still here: it says the status of a batch of which nothing else lies in a bin.
    statuses = {line.status for line in lying} or {status for _, status, _ in staged}
    refusal = find_refusal(tx, batch, lying)
    hidden = blindness.hidden_places(tx)
    is_hidden = any(line.bin_code in hidden for line in lying)
    facts = {
        "item_no": item_no, "name": batch.item.name, "unit": batch.item.unit, "batch_no": batch_no,
        "status": statuses.pop() if len(statuses) == 1 else None,
        "stock": [
            {
                "location": line.bin_code, "status": line.status, "owner": line.owner,
                **_quantities(line, hidden),
            }
            for line in lying
        ],
        "picked": [
            {"delivery_no": number, "quantity": str(total)} for number, total in sorted(_by_delivery(staged).items())
        ],
        "first_received_on": batch.first_received_on, "produced_on": batch.produced_on,
        "expiry_date": batch.expiry_date, "reinspect_on": batch.reinspect_on, "supplier": batch.supplier,
        "last_inspected_on": batch.last_inspected_on,
        "holds": [{"kind": batch.hold, "reason": batch.hold_reason}] if batch.hold else [],
        "concession": _concession(batch), "parent": batch.parent.batch_no if batch.parent else None,
        "issuable": None if is_hidden else str(with_decimals(_issuable(tx, lying), batch.item.decimals)),
    }  # fmt: skip
    return facts, refusal


def _quantities(line: StockLine, hidden: Collection[str]) -> dict[str, Any]:
    """Give what lies there, null for who is to count it blind (R-C1)."""
    if line.bin_code in hidden:
        return {"quantity": None, "reserved": None, "counting": True}
    return {"quantity": str(line.quantity), "reserved": str(line.reserved)}


def check_sighted(tx: Transaction, *, batch: Batch | None = None, bin_code: str | None = None) -> None:
    """Refuse card and account to who is to count the place, or one of the batch's, blind. Raises CountOpen (R-C1)."""
    hidden = blindness.hidden_places(tx)
    if not hidden:
        return
    bins = [bin_code] if bin_code else []
    if batch is not None and bin_code is None:
        bins = [line.bin_code for line in stock.of_batch(batch.id)]
    counting.check_sighted(bins, hidden=hidden)


def find_refusal(tx: Transaction, batch: Batch, lying: list[StockLine]) -> Refusal | None:
    """Give the refusal an issue of the batch would get now; None when some of it may leave."""
    if not lying:
        return InsufficientStock(
            item_no=batch.item.item_no, batch_no=batch.batch_no, available=with_decimals(quantity(0, 0), 0)
        )
    refusals = [issue.find_refusal(line, _anybody(tx, line)) for line in lying]
    return None if None in refusals else refusals[0]


def _issuable(tx: Transaction, lying: list[StockLine]) -> Any:
    free = [line.quantity - line.reserved for line in lying if issue.find_refusal(line, _anybody(tx, line)) is None]
    return sum(free, quantity(0, 0))


def _anybody(tx: Transaction, line: StockLine) -> Demand:
    """Ask for whom the goods could leave at all: their owner, or their concession's customer."""
    return Demand(customer=line.concession_customer or line.owner, owner=line.owner, today=tx.today)


def _concession(batch: Batch) -> dict[str, Any] | None:
    if not batch.concession_no:
        return None
    return {
        "concession_no": batch.concession_no, "customer": batch.concession_customer, "until": batch.concession_until,
    }  # fmt: skip


def _by_delivery(staged: Iterable[tuple[str, str, Decimal]]) -> dict[str, Decimal]:
    """Add up what is staged of a batch, by delivery."""
    picked: dict[str, Decimal] = {}
    for delivery_no, _, amount in staged:
        picked[delivery_no] = picked.get(delivery_no, quantity(0, 0)) + amount
    return picked
