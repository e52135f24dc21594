"""QA's verdicts: white goods turn blue or yellow, part of a batch gets its own number (4.4, 4.5.4, 4.7.2; R-Q1..R-Q4).

An inspection is a document that is done when it is made: rows of evidence, card and account where goods change their
number, papers void and new (R-Q13), promises on goods that may not leave any more given back (R-Q11).
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from warehouse import catalogue
from warehouse.books import documents, ledger, moves, stock
from warehouse.flow import disposition, holds, labelling, receiving, reinspection_tasks, sub_batches, tasks
from warehouse.flow.sub_batches import Takes
from warehouse.rules import inspection, reinspection, transfer
from warehouse.rules.disposition import DispositionKind, check_may_leave_scrap, check_verdict
from warehouse.rules.fifo import StockLine
from warehouse.rules.inspection import Decision, InspectionKind, Verdict
from warehouse.rules.status import InspectionStatus
from warehouse.tables.base import rows
from warehouse.tables.books import Batch
from warehouse.tables.documents import Document
from warehouse.tables.quality import Inspection
from warehouse.transaction import Transaction

RECEIVED_AS = ("receipt", "customer-return", "rework", "repair")


@dataclass(frozen=True, kw_only=True)
class Part:
    """What QA says of one part of a batch: how much (text, item's unit), which verdict, from where and to where."""

    quantity: str
    verdict: Verdict
    place_from: str | None = None
    location: str | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class _Decided:
    """A part with its quantity read, the lines it takes, and the (sub-)batch it goes to."""

    part: Part
    amount: Decimal
    takes: Takes
    into: Batch

    @property
    def status(self) -> InspectionStatus:
        return InspectionStatus(self.part.verdict)


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """What an inspection did; `open_quantity` is still undecided under the batch's number."""

    document: Document
    batch: Batch
    sub_batches: list[Batch]
    label_nos: list[str]
    open_quantity: Decimal


def inspect(tx: Transaction, *, item_no: str, batch_no: str, kind: InspectionKind, parts: list[Part]) -> Inspected:
    """Decide on goods of a batch, all parts or none.

    Raises NotFound, InvalidInput, QuantityPrecision, WrongPlace, CountOpen, SamePerson (R-Q4), NotQualified for scrap,
    InsufficientStock (R-Q3), ZoneRefusesStatus.
    """
    batch = sub_batches.lock_batch(tx, item_no=item_no, batch_no=batch_no)
    amounts = [catalogue.read_quantity(batch.item, part.quantity, zero_allowed=True) for part in parts]
    for part in parts:
        check_verdict(part.verdict, back_from=_back_from(batch), item_no=item_no, batch_no=batch_no)
    lines = inspection.to_inspect(sub_batches.decidable(batch), kind)
    total = _open_quantity(batch, lines)
    chosen = _choose_lines(parts, amounts, lines, total)
    _check_inspector(tx, batch)
    inspection.check_decisions(
        [Decision(quantity=amount, verdict=part.verdict) for part, amount in zip(parts, amounts, strict=True)],
        item_no=item_no, batch_no=batch_no, undecided=total,
    )  # fmt: skip
    planned = _spread(batch, amounts, chosen)
    document = documents.create(tx, "inspection", state="posted", of_document=f"{item_no}/{batch_no}")
    decided = _carry_out(tx, document.document_no, batch, parts, planned)
    open_quantity = _follow_up(tx, batch, kind, decided)
    _keep_evidence(tx, document, batch, kind, decided, open_quantity)
    made = list({each.into.id: each.into for each in decided if each.into.id != batch.id}.values())
    label_nos = _relabel(tx, batch, made, document.document_no)
    return Inspected(
        document=document, batch=batch, sub_batches=made, label_nos=label_nos, open_quantity=open_quantity
    )  # fmt: skip


def take_sample(
    tx: Transaction, *, item_no: str, batch_no: str, text: str, location: str | None, destructive: bool, note: str
) -> Document:
    """Take a sample of goods of any status, pending too; a destructive one leaves card and account (R-Q1).

    One that is put back is only kept on record. Raises NotFound, QuantityPrecision, WrongPlace, InvalidInput when the
    place has to be said, CountOpen, InsufficientStock for more than is there and not promised.
    """
    batch = sub_batches.lock_batch(tx, item_no=item_no, batch_no=batch_no)
    amount = catalogue.read_quantity(batch.item, text)
    source = transfer.choose_source(
        stock.of_batch(batch.id), item_no=item_no, batch_no=batch_no, bin_code=location, status=None,
        owner=None,
    )  # fmt: skip
    transfer.check_free(location=source.bin_code, frozen_by=source.frozen_by)
    check_may_leave_scrap(
        InspectionStatus(source.status), item_no=item_no, batch_no=batch_no, is_disposal=False
    )  # fmt: skip
    transfer.check_quantity(amount, source)
    facts = {"quantity": str(amount), "location": source.bin_code, "destructive": destructive, "note": note}
    document = documents.create(
        tx, "sample", state="posted", of_document=f"{item_no}/{batch_no}", facts={**facts, "status": source.status}
    )
    tx.tell(**facts)
    if destructive:
        number = document.document_no
        moves.take_out(tx, source, amount, kind="sample", voucher_no=number)
        ledger.post(
            tx, batch_id=batch.id, owner=source.owner, kind="sample", voucher_no=number, quantity_out=amount
        )  # fmt: skip
    return document


def describe(document: Document) -> dict[str, Any]:
    """Give an inspection as the API shows it."""
    return {
        "inspection_no": document.document_no, **document.facts, "decided_by": document.created_by,
        "decided_at": document.created_at.isoformat(),
    }  # fmt: skip


def _back_from(batch: Batch) -> DispositionKind | None:
    """Say whether goods came back from repair and have no concession yet (R-Q9)."""
    return DispositionKind.REPAIR if batch.needs_concession and not batch.concession_no else None


def _open_quantity(batch: Batch, lines: list[StockLine]) -> Decimal:
    """Give how much an inspection may decide on; goods to be sorted have no disposition yet (R-Q5)."""
    if lines and lines[0].status == InspectionStatus.NONCONFORMING:
        return disposition.open_quantity(batch)
    return sum((line.free for line in lines), Decimal(0))


def _choose_lines(
    parts: list[Part], amounts: list[Decimal], lines: list[StockLine], total: Decimal
) -> list[list[StockLine]]:
    """Give for each part the lines it may take from, none of them in a place that is being counted."""
    chosen = []
    for part, amount in zip(parts, amounts, strict=True):
        decides_all = len(parts) == 1 and amount == total
        found = inspection.choose_place(lines, part.place_from, decides_all=decides_all)
        for line in found:
            transfer.check_free(location=line.bin_code, frozen_by=line.frozen_by)
        chosen.append(found)
    return chosen


def _check_inspector(tx: Transaction, batch: Batch) -> None:
    """Ask whether this person took the goods in, under this number or a parent's (R-Q4)."""
    numbers, ancestor = [batch.id], batch.parent
    while ancestor is not None:
        numbers.append(ancestor.id)
        ancestor = ancestor.parent
    receivers = rows(
        "SELECT written_by, MIN(id) FROM card_entry WHERE quantity_in > 0"
        f" AND batch_id IN ({','.join('?' * len(numbers))}) AND kind IN ({','.join('?' * len(RECEIVED_AS))})"
        " GROUP BY written_by",
        *numbers, *RECEIVED_AS,
    )  # fmt: skip
    inspection.check_inspector(
        inspector=tx.actor.name, receivers=dict(receivers), segregated=tx.site.segregated,
        unsegregated_entry=tx.site.unsegregated_entry,
    )  # fmt: skip


def _spread(batch: Batch, amounts: list[Decimal], chosen: list[list[StockLine]]) -> list[Takes]:
    """Share the lines among the parts, none of it twice. Raises InsufficientStock for a place with less."""
    used: dict[int, Decimal] = {}
    planned = []
    for amount, lines in zip(amounts, chosen, strict=True):
        left = [sub_batches.less(line, used.get(line.stock_id, Decimal(0))) for line in lines]
        takes = inspection.spread(left, amount, item_no=batch.item.item_no, batch_no=batch.batch_no)
        for line, taken in takes:
            used[line.stock_id] = used.get(line.stock_id, Decimal(0)) + taken
        originals = {line.stock_id: line for line in lines}
        planned.append([(originals[line.stock_id], taken) for line, taken in takes])
    return planned


def _carry_out(
    tx: Transaction, voucher_no: str, batch: Batch, parts: list[Part], planned: list[Takes]
) -> list[_Decided]:
    """Write the parts: parts of one verdict and note share a sub-batch; those set apart go first (R-Q2)."""
    groups: dict[tuple[Verdict, str], list[tuple[Part, Takes]]] = {}
    for part, takes in zip(parts, planned, strict=True):
        groups.setdefault((part.verdict, part.note), []).append((part, takes))
    decided = []
    for (verdict, _), members in sorted(groups.items(), key=lambda group: group[0][0] == Verdict.QUALIFIED):
        status = InspectionStatus(verdict)
        into = sub_batches.choose(tx, batch, [take for _, takes in members for take in takes], status)
        for part, takes in members:
            place = catalogue.get_place(tx, part.location) if part.location else None
            sub_batches.change(
                tx, takes, status, batch=batch, into=into, kind="inspection", voucher_no=voucher_no, place=place
            )
            amount = sum((taken for _, taken in takes), Decimal(0))
            decided.append(_Decided(part=part, amount=amount, takes=takes, into=into))
    return decided


def _follow_up(tx: Transaction, batch: Batch, kind: InspectionKind, decided: list[_Decided]) -> Decimal:
    """Move due dates, lift doubt, close and open QA's tasks; gives what is still undecided under the number."""
    resets = inspection.resets_clock(
        kind, after_return_or_rework=bool(batch.clock_waits) or batch.hold == holds.IN_DOUBT
    )
    was_white = batch.hold == holds.IN_DOUBT or reinspection.is_due(batch.reinspect_on, tx.today)
    for touched in {each.into.id: each.into for each in decided}.values():
        good = [each for each in decided if each.into.id == touched.id and each.status == InspectionStatus.QUALIFIED]
        if good and resets:
            _move_due_date(tx, touched, sum((each.amount for each in good), Decimal(0)))
        if any(each.into.id == touched.id and each.part.verdict is Verdict.AWAITING for each in decided):
            _ask_to_inspect(tx, touched)
    open_quantity = _undecided(batch)
    subject = f"{batch.item.item_no}/{batch.batch_no}"
    if open_quantity == 0:
        tasks.close_task(tx, "inspect", subject)
        if _total(batch, (InspectionStatus.QUALIFIED,)) == 0:
            reinspection_tasks.end(tx, batch)  # nothing is left that could leave
        Batch.update(clock_waits=0).where(Batch.id == batch.id).execute()
        if batch.hold == holds.IN_DOUBT and sub_batches.staged(batch) == 0:
            holds.lift_doubt(tx, batch)
    if resets:
        reinspection_tasks.end_places(tx, batch, _decided_by_place(decided), was_white=was_white)
    return open_quantity


def _decided_by_place(decided: list[_Decided]) -> dict[str, Decimal]:
    """Give how much was decided on in each place that goods were taken from."""
    found: dict[str, Decimal] = {}
    for each in decided:
        for line, taken in each.takes:
            found[line.bin_code] = found.get(line.bin_code, Decimal(0)) + taken
    return found


def _move_due_date(tx: Transaction, batch: Batch, decided: Decimal) -> None:
    """Count the re-inspection interval from today, when this inspection was of all that could leave (R-I5, R-I6)."""
    qualified = _total(batch, (InspectionStatus.QUALIFIED,))
    if not inspection.covers_batch(
        undecided_left=_undecided(batch), not_looked_at=qualified - decided, staged=sub_batches.staged(batch)
    ):
        return
    due_on: Any = reinspection.due_on(
        first_received_on=batch.first_received_on, last_inspected_on=tx.today, months=receiving.interval(batch.item)
    )
    batch.last_inspected_on, batch.reinspect_on, batch.clock_waits = tx.today, due_on, 0
    batch.save(only=[Batch.last_inspected_on, Batch.reinspect_on, Batch.clock_waits])
    reinspection_tasks.end(tx, batch)


def _undecided(batch: Batch) -> Decimal:
    return _total(batch, inspection.UNDECIDED)


def _total(batch: Batch, statuses: tuple[InspectionStatus, ...]) -> Decimal:
    lying = stock.of_batch(batch.id)
    return sum((line.quantity for line in lying if line.status in statuses), Decimal(0))


def _ask_to_inspect(tx: Transaction, batch: Batch) -> None:
    item_no = batch.item.item_no
    tasks.open_task(tx, "inspect", f"{item_no}/{batch.batch_no}", item_no=item_no, batch_no=batch.batch_no)


def _keep_evidence(
    tx: Transaction, document: Document, batch: Batch, kind: InspectionKind, decided: list[_Decided],
    open_quantity: Decimal,
) -> None:  # fmt: skip
    """Keep who decided what, when and why: one row a part (R-Q4)."""
    for each in decided:
        Inspection.create(
            inspection_no=document.document_no, batch=batch, into=each.into, kind=kind, verdict=each.part.verdict,
            quantity=each.amount, note=each.part.note, decided_by=tx.actor.name, decided_at=tx.now,
        )  # fmt: skip
    facts = {
        "item_no": batch.item.item_no, "batch_no": batch.batch_no, "kind": kind,
        "decisions": [
            {
                "quantity": str(each.amount), "verdict": each.part.verdict, "batch_no": each.into.batch_no,
                "from": sorted({line.bin_code for line, _ in each.takes}), "note": each.part.note,
            }
            for each in decided
        ],
        "open_quantity": str(open_quantity),
    }  # fmt: skip
    document.facts = facts
    document.save(only=[Document.facts])
    tx.tell(**facts)


def _relabel(tx: Transaction, batch: Batch, made: list[Batch], voucher_no: str) -> list[str]:
    """Void the batch's papers and issue one for each part there is now (R-Q13)."""
    parts = labelling.parts_of(batch)
    for sub_batch in made:
        parts += labelling.parts_of(sub_batch)
    return labelling.relabel(tx, batch, reason=f"inspection {voucher_no}", parts=parts)
