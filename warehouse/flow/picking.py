"""Out of the bin for a document: the scan that is refused unless it is the oldest (4.7.5 b, 4.7.6 a; R-F1..F26).

The scan writes the card out of its bin and a pick, which is the staged goods; the account waits for the dispatch.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from warehouse import catalogue
from warehouse.books import allocations, blindness, documents, ledger, moves, picks, stock
from warehouse.books.documents import LineFacts, ScannedBatch
from warehouse.books.moves import Entry
from warehouse.books.picks import PickFacts
from warehouse.flow import holds, identification, overrides, tasks
from warehouse.rules import fifo, issue, transfer
from warehouse.rules.counting import tells_stock
from warehouse.rules.fifo import FifoMode, Policy, StockLine
from warehouse.rules.issue import Demand
from warehouse.rules.quantity import parse_quantity, with_decimals
from warehouse.rules.refusals import (
    DocumentState,
    InsufficientStock,
    InvalidInput,
    NotFound,
    NotOldest,
    OverIssue,
    Refusal,
    WrongItem,
    WrongPlace,
)
from warehouse.rules.status import InspectionStatus
from warehouse.tables.base import quantity, rows
from warehouse.tables.documents import DocumentLine, Pick
from warehouse.transaction import Transaction

_NEXT = """
    SELECT i.item_no, b.batch_no, s.bin_code, a.quantity, i.decimals, l.id
    FROM document d JOIN document_line l ON l.document_id = d.id JOIN allocation a ON a.line_id = l.id
    JOIN stock s ON s.id = a.stock_id JOIN batch b ON b.id = s.batch_id JOIN item i ON i.id = l.item_id
    WHERE d.document_no = ? AND d.site_id = ? AND d.kind = 'delivery' AND d.state = 'open' AND l.state = 'open'
        AND l.done < l.limit_quantity - l.cancelled
    ORDER BY l.line_no, a.id LIMIT 1
"""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What is scanned out of a bin: a batch by code or numbers, how much (as text), from where."""

    code: str | None = None
    item_no: str | None = None
    batch_no: str | None = None
    quantity: str | None = None
    unit: str | None = None
    location: str | None = None
    override: str | None = None


@dataclass(frozen=True, kw_only=True)
class Next:
    """What to take next: the interface's member names."""

    item_no: str
    batch_no: str
    location: str
    quantity: Decimal | None  # None for who is to count the place blind: it would tell what lies there


def reserve(tx: Transaction, line: LineFacts) -> fifo.Proposal:
    """Plan a new line by FIFO and promise it; the shortage is given, never an empty plan (R-F1, R-F6, R-F23)."""
    proposal = _propose(tx, line)
    allocations.promise(line.line_id, proposal.takes)
    return proposal


def pick(tx: Transaction, delivery_no: str, taken: Taken) -> Entry:
    """Take a scanned quantity (item's unit) out of its bin and write that card; the ledger waits for dispatch.

    Raises, first that is true: NotFound, DocumentState, what reading a code may raise, WrongItem, WrongOwner,
    WrongPlace, CountOpen, OnHold, ReinspectionDue, NotQualified, Expired, ShelfLifeTooShort, QuantityPrecision,
    OverIssue, InvalidInput for no quantity where it would tell who counts blind what lies there, InsufficientStock,
    NotOldest (to be confirmed in mode "warn").
    """
    batch, line = _batch_and_line(tx, delivery_no, taken)
    ledger.check_done(tx)
    demand = demand_of(tx, line)
    found = _find(tx, line, batch, demand)
    mine = [each for each in found if each.batch_id == batch.batch_id]
    scanned = _choose(tx, mine, batch, taken, demand, line)
    issue.check_issuable(scanned, demand)
    amount = _amount(taken, line, scanned)
    is_all_there = taken.quantity is None and amount < line.open_quantity
    if is_all_there and scanned.bin_code in blindness.hidden_places(tx):
        raise InvalidInput(field="quantity", reason="missing")  # what was taken would tell how much lay there (R-C1)
    if FifoMode(line.fifo_mode) is FifoMode.OFF and amount > scanned.free and _swap(line, scanned, amount):
        found = _find(tx, line, batch, demand)
        scanned = next(each for each in found if each.stock_id == scanned.stock_id)
    issue.check_quantity(amount, scanned, open_quantity=line.open_quantity)
    facts = _check_age(tx, delivery_no, line, scanned, found, taken, amount)
    return _take_out(tx, line, scanned, amount, found, facts)


def propose_next(tx: Transaction, delivery_no: str) -> Next | None:
    """Say what to take next: the first open line's plan, else the oldest that may leave; None when all is taken."""
    hidden = blindness.hidden_places(tx)
    if planned := rows(_NEXT, delivery_no, tx.site.id):
        item_no, batch_no, bin_code, amount, decimals, line_id = planned[0]
        told = None if hidden and _tells_stock(line_id, hidden) else quantity(amount, decimals)
        return Next(item_no=item_no, batch_no=batch_no, location=bin_code, quantity=told)
    document_id = documents.check_open(tx, delivery_no, "delivery")
    for line in documents.lines(document_id, unfinished=True):
        if takes := _propose(tx, line).takes:
            oldest, amount = takes[0]
            told = None if oldest.bin_code in hidden else amount
            return Next(item_no=line.item_no, batch_no=oldest.batch_no, location=oldest.bin_code, quantity=told)
    return None


def _tells_stock(line_id: int, hidden: Collection[str]) -> bool:
    """Say whether a line's plan tells what lies in a place that the person is to count blind (R-C1)."""
    planned = rows(
        "SELECT s.bin_code FROM allocation a JOIN stock s ON s.id = a.stock_id WHERE a.line_id = ? ORDER BY a.id",
        line_id,
    )
    shortage = Decimal(DocumentLine.get_by_id(line_id).facts.get("shortage", "0"))
    return tells_stock([bin_code for (bin_code,) in planned], shortage=shortage, hidden=hidden)


def undo(tx: Transaction, delivery_no: str, pick_id: int) -> Entry:
    """Undo a pick: the goods are written in to the same bin, with their old age (R-F25).

    Raises NotFound, DocumentState when it is undone or gone already, CountOpen while its bin is frozen (R-C16).
    """
    document = documents.lock(tx, delivery_no, "delivery", state=None)
    found: Pick | None = Pick.get_or_none(Pick.id == pick_id)
    if found is None or found.line.document_id != document.id:
        raise NotFound(kind="pick", name=str(pick_id))
    if found.state != "staged":
        raise DocumentState(document_no=delivery_no, state=found.state, reason="pick")
    transfer.check_free(location=found.place.bin_code, frozen_by=found.place.frozen_by)
    stock.lock_batches([found.batch_id])
    amount = with_decimals(found.quantity, found.batch.item.decimals)
    # The rest of the batch turned white when it was doubted; what comes back is doubted too (R-I7).
    status = InspectionStatus.PENDING if found.batch.hold == holds.IN_DOUBT else found.status
    entry = moves.put_in(
        tx, batch=found.batch, place=found.place, status=status, owner=found.owner, amount=amount,
        kind="pick-undone", voucher_no=delivery_no,
    )  # fmt: skip
    rows("UPDATE pick SET state = 'undone' WHERE id = ?", found.id)
    documents.count_down(found.line_id, amount)
    tx.tell(pick=pick_id, quantity=str(amount))
    return entry


def declare_short(tx: Transaction, delivery_no: str, *, item_no: str, batch_no: str, location: str, text: str) -> str:
    """Note that a bin holds `text` less of a batch than the record: count task, and that much is not available.

    The books are not touched; the next batch may be taken then (R-F16). Gives the task's subject.
    """
    documents.check_open(tx, delivery_no, "delivery")
    batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    missing = catalogue.read_quantity(batch.item, text)
    stock.lock_batches([batch.id])
    lying = [line for line in stock.of_batch(batch.id) if line.bin_code == location and line.quantity > 0]
    if not lying:
        raise WrongPlace(item_no=item_no, batch_no=batch_no, location=location, places=[])
    source = max(lying, key=lambda line: line.quantity)
    subject = open_count_task(tx, item_no=item_no, batch_no=batch_no, location=location, missing=str(missing))
    free_for(source, missing)
    ((task_id,),) = rows(
        "SELECT id FROM task WHERE site_id = ? AND kind = 'count' AND subject = ? AND state = 'open'",
        tx.site.id, subject,
    )  # fmt: skip
    if not allocations.set_aside(task_id, source.stock_id, missing):
        raise InsufficientStock(item_no=item_no, batch_no=batch_no, location=location, available=source.quantity)
    tx.tell(item_no=item_no, batch_no=batch_no, location=location, missing=str(missing))
    return subject


def open_count_task(tx: Transaction, *, item_no: str, batch_no: str, location: str, **facts: Any) -> str:
    """Ask for a count of a batch in a place, once; gives the task's subject (R-F16, R-F17, R-F22)."""
    subject = f"{item_no}/{batch_no}@{location}"
    tasks.open_task(
        tx, "count", subject, urgent=True, item_no=item_no, batch_no=batch_no, location=location, **facts
    )  # fmt: skip
    return subject


def demand_of(tx: Transaction, line: LineFacts) -> Demand:
    """Say for whom a line takes goods."""
    return Demand(customer=line.partner, owner=line.owner, rest_life_days=line.rest_life_days, today=tx.today)


def _propose(tx: Transaction, line: LineFacts) -> fifo.Proposal:
    """Plan what a line still needs, from the first few rows when they suffice."""
    fefo, demand, policy = line.policy == Policy.FEFO, demand_of(tx, line), Policy(line.policy)
    for most in (8, 64, stock.MANY):
        found = stock.candidates(tx, item_id=line.item_id, owner=line.owner, fefo=fefo, most=most)
        proposal = fifo.propose(line.open_quantity, issue.judge(found, demand), policy=policy)
        if not proposal.shortage or len(found) < most:
            break
    return proposal


def _batch_and_line(tx: Transaction, delivery_no: str, taken: Taken) -> tuple[ScannedBatch, LineFacts]:
    """Identify the batch among the document's items and take the first open line of its item, both locked."""
    item_no, batch_no = taken.item_no, taken.batch_no
    if taken.code is not None:
        item_nos = documents.ItemNos(documents.check_open(tx, delivery_no, "delivery"))
        said = identification.read_batch_code(tx, taken.code, item_nos=item_nos)
        identification.check_agrees(said, item_no=item_no, batch_no=batch_no)
        item_no, batch_no = said
    item_no, batch_no = identification.numbers(item_no, batch_no)
    found = documents.lock_scanned(tx, delivery_no, "delivery", item_no=item_no, batch_no=batch_no)
    if found is None:
        raise _not_asked_for(tx, delivery_no, item_no=item_no, batch_no=batch_no)
    batch, lines = found
    return batch, next((line for line in lines if line.open_quantity > 0), lines[-1])


def _not_asked_for(tx: Transaction, delivery_no: str, *, item_no: str, batch_no: str) -> Refusal:
    """Say, first that is true, why nothing was found to scan for. Raises NotFound, DocumentState of the delivery."""
    item_nos = documents.ItemNos(documents.check_open(tx, delivery_no, "delivery"))
    if item_no not in item_nos:
        return WrongItem(item_no=item_no, batch_no=batch_no, expected=list(item_nos))
    catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    return DocumentState(document_no=delivery_no, state="closed", reason="line-closed")


def _find(tx: Transaction, line: LineFacts, batch: ScannedBatch, demand: Demand) -> list[StockLine]:
    """Read what the rules need, each line judged for this demand."""
    until = (batch.first_received_on, batch.expiry_key, batch.receipt_sequence)
    found = stock.for_pick(
        tx, line_id=line.line_id, item_id=line.item_id, owner=line.owner, batch_id=batch.batch_id, until=until,
        fefo=line.policy == Policy.FEFO, everywhere=line.fifo_scope == "company",
    )  # fmt: skip
    return issue.judge(found, demand)


def _choose(
    tx: Transaction, mine: list[StockLine], batch: ScannedBatch, taken: Taken, demand: Demand, line: LineFacts
) -> StockLine:
    """Choose the scanned line; goods where none are on record leave one count task behind (R-F22)."""
    item_no, location = line.item_no, taken.location
    try:
        return issue.choose_line(
            mine, item_no=item_no, batch_no=batch.batch_no, bin_code=location, demand=demand, most=line.open_quantity
        )
    except WrongPlace as refusal:
        if location is None:
            raise
        catalogue.get_place(tx, location)
        batch_no = batch.batch_no
        raise refusal.leaving(
            lambda kept: open_count_task(kept, item_no=item_no, batch_no=batch_no, location=location)
        ) from None


def _amount(taken: Taken, line: LineFacts, scanned: StockLine) -> Decimal:
    """Read the quantity; without one it is all that this line still needs of what is there."""
    if taken.quantity is not None and taken.unit is not None:
        return catalogue.read_quantity(catalogue.get_item(line.item_no), taken.quantity, unit=taken.unit)
    if taken.quantity is not None:
        return parse_quantity(taken.quantity, decimals=line.decimals, unit=line.unit)
    if line.open_quantity <= 0:
        raise OverIssue(item_no=line.item_no, open_quantity=line.open_quantity, excess=scanned.free)
    there = scanned.free
    if there <= 0 and FifoMode(line.fifo_mode) is FifoMode.OFF:
        there = scanned.quantity  # another order's plan, which may be exchanged (R-F20)
    return min(line.open_quantity, max(there, Decimal(0))) or line.open_quantity


def _check_age(
    tx: Transaction, delivery_no: str, line: LineFacts, scanned: StockLine, found: list[StockLine], taken: Taken,
    amount: Decimal,
) -> PickFacts:  # fmt: skip
    """Ask whether an older batch could leave; gives what the pick keeps of the older lines passed over."""
    mode, policy = FifoMode(line.fifo_mode), Policy(line.policy)
    try:
        return _facts(fifo.check_oldest(scanned, found, mode=mode, policy=policy), "")
    except NotOldest as refusal:
        if taken.override is not None:
            overrides.use(
                tx, taken.override, item_no=scanned.item_no, batch_no=scanned.batch_no, delivery_no=delivery_no,
                amount=amount,
            )  # fmt: skip
            flagged = f"override {taken.override}"
        elif refusal.confirmable and tx.confirmed:
            flagged = "confirmed"
        else:
            raise
    return _facts(fifo.check_oldest(scanned, found, mode=FifoMode.OFF, policy=policy), flagged)


def _facts(passed_over: list[StockLine], flagged: str) -> PickFacts:
    return PickFacts(
        passed_over=[
            {
                "batch_no": each.batch_no, "location": each.bin_code, "status": each.status,
                "reason": each.blocked or flagged or "mode-off",
            }
            for each in passed_over
        ],
        flagged=flagged,
    )  # fmt: skip


def _take_out(
    tx: Transaction, line: LineFacts, scanned: StockLine, amount: Decimal, found: list[StockLine], facts: PickFacts
) -> Entry:
    """Write the pick: the plan given up from its end, then card, stock, line, promise and staged goods together."""
    planned = sorted((each for each in found if each.own_reserved > 0), key=fifo_order(line))
    plan = [(each.stock_id, each.own_reserved) for each in planned]
    own = Decimal(0)
    still_open = line.open_quantity - amount
    for stock_id, back in issue.give_up(plan, taken_from=scanned.stock_id, taken=amount, still_open=still_open):
        if stock_id == scanned.stock_id and not own:
            own = back
        else:
            allocations.give_back(line.line_id, stock_id, back)
    lying = sum(
        (each.quantity for each in found if (each.batch_id, each.place_id) == (scanned.batch_id, scanned.place_id)),
        Decimal(0),
    )
    tx.tell(quantity=str(amount), location=scanned.bin_code, passed_over=facts.passed_over, flagged=facts.flagged)
    return picks.take_for_line(tx, line, scanned, amount, own=own, lying=lying, facts=facts)


def fifo_order(line: LineFacts) -> Callable[[StockLine], tuple[Any, ...]]:
    """Give the order in which a line's plan was made: by age, then by bin."""
    key = fifo.fifo_key(Policy(line.policy))
    return lambda each: (*key(each), each.bin_code)


def _swap(line: LineFacts, scanned: StockLine, amount: Decimal) -> bool:
    """Exchange plans with orders that hold what was scanned, where age does not matter (R-F20, R-F21)."""
    needed = amount - max(scanned.free, Decimal(0))
    mine = [
        (stock_id, planned)
        for stock_id, planned in allocations.plan_of(line.line_id, line.decimals)
        if stock_id != scanned.stock_id
    ]
    gained = Decimal(0)
    for other_line, held in _held_by_others(line, scanned):
        for index, (stock_id, planned) in enumerate(mine):
            amount_now = min(needed - gained, held, planned)
            if amount_now <= 0:
                continue
            allocations.swap(
                line_id=line.line_id, from_stock=stock_id, other_line_id=other_line, other_stock=scanned.stock_id,
                amount=amount_now,
            )  # fmt: skip
            mine[index] = (stock_id, planned - amount_now)
            held -= amount_now
            gained += amount_now
    return gained > 0


def _held_by_others(line: LineFacts, scanned: StockLine) -> list[tuple[int, Decimal]]:
    found = rows(
        "SELECT a.line_id, SUM(a.quantity) FROM allocation a JOIN document_line l ON l.id = a.line_id"
        " WHERE a.stock_id = ? AND a.line_id <> ? AND l.item_id = ? GROUP BY a.line_id ORDER BY a.line_id",
        scanned.stock_id, line.line_id, line.item_id,
    )  # fmt: skip
    return [(other, quantity(amount, line.decimals)) for other, amount in found]


def free_for(source: StockLine, missing: Decimal) -> None:
    """Give promises on a row back, the latest first, until `missing` of it is free to be set aside."""
    short = missing - source.free
    for line_id, amount in rows(
        "SELECT line_id, quantity FROM allocation WHERE stock_id = ? AND line_id IS NOT NULL ORDER BY id DESC",
        source.stock_id,
    ):
        if short <= 0:
            break
        back = min(short, quantity(amount, source.decimals))
        allocations.give_back(line_id, source.stock_id, back)
        short -= back
