"""One adjustment corrects account and card together, after approval, with a reason for each line (R-C19, R-R1, R-O2).

Goods found are written in, goods missing written out, where they were counted; what was promised of missing goods is
given back to nobody. What nobody can explain leaves a task to find the root cause.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from warehouse.books import counts, documents, ledger, moves, stock
from warehouse.books.count_lines import Line
from warehouse.flow import picking, tasks
from warehouse.rules import counting
from warehouse.rules.counting import Reason
from warehouse.rules.fifo import StockLine
from warehouse.rules.quantity import with_decimals
from warehouse.rules.refusals import InsufficientStock
from warehouse.rules.status import InspectionStatus
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Place
from warehouse.tables.counts import Count
from warehouse.transaction import Transaction

DAYS_FOR_ROOT_CAUSE = 14


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why a line is adjusted."""

    reason: Reason = Reason.UNKNOWN
    note: str = ""


def post(tx: Transaction, count: Count, lines: Iterable[Line], why: dict[int, Why], default: Why) -> list[str]:
    """Correct account and card by what the lines still differ; gives the adjustments' numbers, one an owner.

    `why` is by line. The caller holds the count's lock and the batches' locks. Raises InsufficientStock when goods
    that were missing at the counting have left on record since: then the line has to be counted again. ClosedMonth.
    """
    by_owner: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.unposted:
            by_owner[line.owner].append(line)
    if by_owner:
        ledger.check_open(tx, tx.today)
    asked_for = {task.subject for task in tasks.find_open(tx, "count")} if by_owner else set()
    numbers = []
    for owner, mine in sorted(by_owner.items()):
        document = documents.create(
            tx, "adjustment", partner=owner, reference=count.month, of_document=count.count_no, state="posted"
        )
        for line in mine:
            if (subject := f"{line.item_no}/{line.batch_no}@{line.bin_code}") in asked_for:
                # What the count task had set aside is either there or written off now (R-F16).
                tasks.close_task(tx, "count", subject)
            _correct(tx, count, line, document.document_no, why.get(line.line_id, default))
        _keep(mine, document.document_no, why, default)
        numbers.append(document.document_no)
    tx.tell(adjustments=numbers)
    return numbers


def _keep(lines: list[Line], voucher_no: str, why: dict[int, Why], default: Why) -> None:
    """Note on each line what was posted and why, a statement for each reason."""
    by_reason: defaultdict[Why, list[int]] = defaultdict(list)
    for line in lines:
        by_reason[why.get(line.line_id, default)].append(line.line_id)
    for each, line_ids in by_reason.items():
        counts.keep_adjusted(line_ids, adjustment_no=voucher_no, reason=each.reason, note=each.note)


def _correct(tx: Transaction, count: Count, line: Line, voucher_no: str, why: Why) -> None:
    change = line.unposted
    if change > 0:
        _write_in(tx, line, change, voucher_no)
    else:
        _write_off(tx, line, -change, voucher_no)
    ledger.post(
        tx, batch_id=line.batch_id, owner=line.owner, kind="adjustment", voucher_no=voucher_no,
        quantity_in=max(change, Decimal(0)), quantity_out=max(-change, Decimal(0)),
    )  # fmt: skip
    if why.reason == Reason.UNKNOWN:
        tasks.open_task(
            tx, "root-cause", f"{count.count_no} {line.item_no}/{line.batch_no}@{line.bin_code}",
            due_on=tx.today + timedelta(days=DAYS_FOR_ROOT_CAUSE), count_no=count.count_no, item_no=line.item_no,
            batch_no=line.batch_no, location=line.bin_code, variance=str(line.variance), adjustment_no=voucher_no,
        )  # fmt: skip


def _write_in(tx: Transaction, line: Line, amount: Decimal, voucher_no: str) -> None:
    """Write found goods in where they were found; in a zone that does not admit them a move task appears."""
    batch = Batch.get_by_id(line.batch_id)
    lying = [each for each in stock.of_batch(line.batch_id) if each.quantity > 0]
    here = [each.status for each in lying if each.place_id == line.place_id and each.owner == line.owner]
    status = counting.status_of_surplus(here, [each.status for each in lying], held=bool(line.hold))
    moves.put_in(
        tx, batch=batch, place=Place.get_by_id(line.place_id), status=status, owner=line.owner, amount=amount,
        kind="adjustment", voucher_no=voucher_no,
    )  # fmt: skip
    if status == InspectionStatus.PENDING:
        number = f"{line.item_no}/{line.batch_no}"
        tasks.open_task(tx, "inspect", number, item_no=line.item_no, batch_no=line.batch_no)
    tasks.settle_moves(tx, batch)


def _write_off(tx: Transaction, line: Line, amount: Decimal, voucher_no: str) -> None:
    """Write missing goods off, status by status; promises on them are given back first."""
    lying = {each.status: each for each in _lying(line)}
    on_record = sum((each.quantity for each in lying.values()), Decimal(0))
    if amount > on_record:
        raise InsufficientStock(
            item_no=line.item_no, batch_no=line.batch_no, location=line.bin_code,
            available=with_decimals(on_record, line.decimals),
        )  # fmt: skip
    emptied = False
    for status, part in counting.share_deficit({status: each.quantity for status, each in lying.items()}, amount):
        source = lying[status]
        emptied |= part == source.quantity
        if part > source.free:
            picking.free_for(source, part)
            source = next(each for each in _lying(line) if each.status == status)
        moves.take_out(tx, source, part, kind="adjustment", voucher_no=voucher_no)
    if emptied:
        tasks.settle_moves(tx, Batch.get_by_id(line.batch_id))  # what should have been moved may be gone


def _lying(line: Line) -> list[StockLine]:
    return [
        each
        for each in stock.of_batch(line.batch_id)
        if each.place_id == line.place_id and each.owner == line.owner and each.quantity > 0
    ]
