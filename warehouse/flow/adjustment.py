"""One adjustment corrects account and card together, after approval, with a reason for each line (R-C19, R-R1, R-O2).

Goods found are written in, goods missing written out, where they were counted; what was promised of missing goods is
given back to nobody. What nobody can explain leaves a task to find the root cause.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import chain

from warehouse.books import corrections, counts, documents, ledger, stock
from warehouse.books.corrections import Leg
from warehouse.books.count_lines import Line
from warehouse.flow import picking, tasks
from warehouse.rules import counting
from warehouse.rules.counting import Reason
from warehouse.rules.fifo import StockLine
from warehouse.rules.quantity import with_decimals
from warehouse.rules.refusals import InsufficientStock
from warehouse.rules.status import InspectionStatus
from warehouse.tables.base import millionths
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
    asked_for = {task.subject for task in tasks.find_open(tx, "count")} if by_owner else set()
    numbers = []
    for owner, mine in sorted(by_owner.items()):
        document = documents.create(
            tx, "adjustment", partner=owner, reference=count.month, of_document=count.count_no, state="posted"
        )
        _end_count_tasks(tx, mine, asked_for)
        _correct(tx, mine, document.document_no)
        _ask_root_causes(tx, count, mine, document.document_no, why, default)
        _keep(mine, document.document_no, why, default)
        numbers.append(document.document_no)
    tx.tell(adjustments=numbers)
    return numbers


def _end_count_tasks(tx: Transaction, lines: list[Line], asked_for: set[str]) -> None:
    """End what asked for these lines: what a count task had set aside is there or written off now (R-F16)."""
    for line in lines:
        if (subject := f"{line.item_no}/{line.batch_no}@{line.bin_code}") in asked_for:
            tasks.close_task(tx, "count", subject)


def _ask_root_causes(
    tx: Transaction, count: Count, lines: list[Line], voucher_no: str, why: dict[int, Why], default: Why
) -> None:
    """Leave a task for every line that nobody can explain (R-C19)."""
    asked = {
        f"{count.count_no} {line.item_no}/{line.batch_no}@{line.bin_code}": {
            "count_no": count.count_no, "item_no": line.item_no, "batch_no": line.batch_no, "location": line.bin_code,
            "variance": str(line.variance), "adjustment_no": voucher_no,
        }
        for line in lines
        if why.get(line.line_id, default).reason == Reason.UNKNOWN
    }  # fmt: skip
    tasks.open_all(tx, "root-cause", asked, due_on=tx.today + timedelta(days=DAYS_FOR_ROOT_CAUSE))


def _keep(lines: list[Line], voucher_no: str, why: dict[int, Why], default: Why) -> None:
    """Note on each line what was posted and why, a statement for each reason."""
    by_reason: defaultdict[Why, list[int]] = defaultdict(list)
    for line in lines:
        by_reason[why.get(line.line_id, default)].append(line.line_id)
    for each, line_ids in by_reason.items():
        counts.keep_adjusted(line_ids, adjustment_no=voucher_no, reason=each.reason, note=each.note)


def _correct(tx: Transaction, lines: list[Line], voucher_no: str) -> None:
    """Write card, stock and account of one owner's lines, each by one statement, and ask for what follows of them."""
    lying = stock.of_batches(line.batch_id for line in lines)
    legs: list[Leg] = []
    touched: set[int] = set()  # batches whose move tasks may have ended, or begun
    white = {}
    for line in lines:
        if line.unposted < 0:
            taken = _written_off(line, lying[line.batch_id])
            if any(leg.source and -leg.change == millionths(leg.source.quantity) for leg in taken):
                touched.add(line.batch_id)  # what should have been moved may be gone
            legs += taken
            continue
        leg = _written_in(line, lying[line.batch_id])
        touched.add(line.batch_id)  # a zone may not admit what was found
        if leg.status == InspectionStatus.PENDING:
            white[f"{line.item_no}/{line.batch_no}"] = {"item_no": line.item_no, "batch_no": line.batch_no}
        legs.append(leg)
    corrections.write(tx, legs, chain.from_iterable(lying.values()), voucher_no=voucher_no)
    ledger.post_all(
        tx, [(line.batch_id, line.owner, millionths(line.unposted)) for line in lines], kind=corrections.KIND,
        voucher_no=voucher_no,
    )  # fmt: skip
    tasks.open_all(tx, "inspect", white)
    tasks.settle_moves(tx, *touched)


def _written_in(line: Line, lying: list[StockLine]) -> Leg:
    """Write found goods in where they were found, in the status that lies there, else white."""
    here = [each.status for each in _in_place(line, lying)]
    status = counting.status_of_surplus(here, [each.status for each in lying], held=bool(line.hold))
    return Leg(
        batch_id=line.batch_id, place_id=line.place_id, status=status, owner=line.owner,
        change=millionths(line.unposted),
    )  # fmt: skip


def _written_off(line: Line, lying: list[StockLine]) -> list[Leg]:
    """Write missing goods off, status by status; promises on them are given back first."""
    here = {each.status: each for each in _in_place(line, lying)}
    on_record = sum((each.quantity for each in here.values()), Decimal(0))
    if -line.unposted > on_record:
        raise InsufficientStock(
            item_no=line.item_no, batch_no=line.batch_no, location=line.bin_code,
            available=with_decimals(on_record, line.decimals),
        )  # fmt: skip
    legs = []
    for status, part in counting.share_deficit({each: here[each].quantity for each in here}, -line.unposted):
        source = here[status]
        if part > source.free:
            picking.free_for(source, part)
        legs.append(
            Leg(
                batch_id=line.batch_id, place_id=line.place_id, status=status, owner=line.owner,
                change=-millionths(part), source=source,
            )
        )  # fmt: skip
    return legs


def _in_place(line: Line, lying: list[StockLine]) -> list[StockLine]:
    return [each for each in lying if each.place_id == line.place_id and each.owner == line.owner]
