"""Goods of a batch get another status, in their batch or a sub-batch: card, account, promises, move task (R-Q2, R-Q11).

The account is kept per batch, so goods that get another number change the account too, with the same voucher and at
once, also when their receipt is not posted yet: the receipt posts what it brought to the number it brought it under,
and both lines together are true whichever comes first.
"""

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from warehouse import catalogue
from warehouse.books import allocations, ledger, moves, picks, stock
from warehouse.flow import delivery, holds, tasks
from warehouse.rules import inspection
from warehouse.rules.fifo import StockLine
from warehouse.rules.status import InspectionStatus
from warehouse.tables.base import quantity, rows
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Place
from warehouse.transaction import Transaction

Takes = list[tuple[StockLine, Decimal]]


def lock_batch(tx: Transaction, *, item_no: str, batch_no: str) -> Batch:
    """Take a batch's lock and give it as it is then. Raises NotFound."""
    stock.lock_batches([catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no).id])
    tx.tell(item_no=item_no, batch_no=batch_no)
    return catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)


def decidable(batch: Batch) -> list[StockLine]:
    """Give the batch's lines with goods; `free` is all but what a count task looks for: promised goods count."""
    aside = dict(
        rows(
            "SELECT a.stock_id, SUM(a.quantity) FROM allocation a JOIN stock s ON s.id = a.stock_id"
            " WHERE s.batch_id = ? AND a.task_id IS NOT NULL GROUP BY a.stock_id",
            batch.id,
        )
    )
    return [
        replace(line, reserved=quantity(aside.get(line.stock_id, 0), line.decimals), own_reserved=Decimal(0))
        for line in stock.of_batch(batch.id)
        if line.quantity > 0
    ]


def less(line: StockLine, amount: Decimal) -> StockLine:
    """Give a line as it is when `amount` of it is spoken for."""
    return replace(line, quantity=line.quantity - amount)


def staged(batch: Batch) -> Decimal:
    """Give how much of a batch is picked and not gone yet."""
    return sum((amount for _, _, amount in picks.staged_of(batch)), quantity(0, batch.item.decimals))


def choose(tx: Transaction, batch: Batch, takes: Takes, status: InspectionStatus) -> Batch:
    """Give the batch that goods taken from `batch` belong to under a status: itself, or a new sub-batch (R-Q2)."""
    before = [InspectionStatus(line.status) for line, _ in takes if line.status != status]
    if not before:
        return batch
    if inspection.keeps_number(
        status,
        before=next((word for word in before if word in inspection.SHARED), before[0]),
        others=_others(batch, takes),
        is_sub_batch=batch.parent_id is not None,
    ):
        return batch
    return create(tx, batch, in_doubt=status is InspectionStatus.AWAITING)


def create(tx: Transaction, parent: Batch, *, in_doubt: bool = False) -> Batch:
    """Make a sub-batch: the parent's number and the smallest free one, its dates, age, terms and holds.

    A hold for doubt goes along only `in_doubt`, with goods that have no verdict yet. The caller has the parent's lock.
    """
    prefix = f"{parent.batch_no}-"
    taken = rows(
        "SELECT batch_no FROM batch WHERE site_id = ? AND item_id = ? AND substr(batch_no, 1, ?) = ?",
        parent.site_id, parent.item_id, len(prefix), prefix,
    )  # fmt: skip
    copied = (
        "supplier", "first_received_on", "receipt_sequence", "produced_on", "expiry_date", "last_inspected_on",
        "reinspect_on", "clock_waits", "concession_no", "concession_customer", "concession_until", "needs_concession",
    )  # fmt: skip
    made = Batch.create(
        site_id=parent.site_id, item_id=parent.item_id, parent=parent,
        batch_no=inspection.next_sub_batch_no(parent.batch_no, [number for (number,) in taken]),
        **{name: getattr(parent, name) for name in copied},
    )  # fmt: skip
    made.item = parent.item
    holds.hand_down(tx, parent, made, in_doubt=in_doubt)
    return made


def change(
    tx: Transaction, takes: Takes, status: InspectionStatus, *, batch: Batch, into: Batch, kind: str, voucher_no: str,
    place: Place | None = None,
) -> None:  # fmt: skip
    """Give taken goods a status and a number, where they lie or in another place, on card and account.

    Goods stay where they are and a move task appears when that place does not admit the status; a named `place` has to.
    That the goods lie in no place under count is the caller's part. Raises CountOpen for the named place,
    ZoneRefusesStatus, InsufficientStock.
    """
    if place is not None:
        catalogue.check_admits(tx, place, status)
    for line, amount in takes:
        target = place or Place.get_by_id(line.place_id)
        if line.status == status and into.id == batch.id and target.id == line.place_id:
            continue
        if line.status != status:
            _break_promises(tx, line, amount)
        moves.take_out(tx, line, amount, kind=kind, voucher_no=voucher_no)
        moves.put_in(
            tx, batch=into, place=target, status=status, owner=line.owner, amount=amount, kind=kind,
            voucher_no=voucher_no,
        )  # fmt: skip
        if into.id != batch.id:
            _renumber(tx, batch, into, line.owner, amount, kind, voucher_no)
    for touched in {batch.id, into.id}:
        tasks.settle_moves(tx, touched)


def _renumber(
    tx: Transaction, batch: Batch, into: Batch, owner: str, amount: Decimal, kind: str, voucher_no: str
) -> None:
    """Write on the account that goods have another batch number now; its sum stays."""
    ledger.post(tx, batch_id=batch.id, owner=owner, kind=kind, voucher_no=voucher_no, quantity_out=amount)
    ledger.post(tx, batch_id=into.id, owner=owner, kind=kind, voucher_no=voucher_no, quantity_in=amount)


def _break_promises(tx: Transaction, line: StockLine, amount: Decimal) -> None:
    """Give promises on a row back, the latest first, as far as `amount` needs it, and tell the planner (R-Q11)."""
    ((on_hand, reserved),) = rows("SELECT quantity, reserved FROM stock WHERE id = ?", line.stock_id)
    short = amount - quantity(on_hand - reserved, line.decimals)
    broken: dict[int, Decimal] = {}
    for line_id, promised in rows(
        "SELECT line_id, quantity FROM allocation WHERE stock_id = ? AND line_id IS NOT NULL ORDER BY id DESC",
        line.stock_id,
    ):
        if short <= 0:
            break
        back = min(short, quantity(promised, line.decimals))
        allocations.give_back(line_id, line.stock_id, back)
        broken[line_id] = broken.get(line_id, Decimal(0)) + back
        short -= back
    delivery.flag_broken_promises(tx, list(broken.items()))


def _others(batch: Batch, takes: Takes) -> Collection[str]:
    """Give the statuses of what is in the batch besides the taken goods, picked ones included."""
    taken: dict[int, Decimal] = {}
    for line, amount in takes:
        taken[line.stock_id] = taken.get(line.stock_id, Decimal(0)) + amount
    lying = rows("SELECT id, status, quantity FROM stock WHERE batch_id = ? AND quantity > 0", batch.id)
    others = {
        status
        for stock_id, status, on_hand in lying
        if quantity(on_hand, batch.item.decimals) > taken.get(stock_id, Decimal(0))
    }
    return others | {status for _, status, _ in picks.staged_of(batch)}
