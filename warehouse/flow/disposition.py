"""What becomes of yellow goods: return, concession, rework, repair, scrap, each to its end (4.5.4; R-E5, R-Q5..R-Q10).

A disposition is proposed by QA; concession and scrap wait for a second person. Goods to be returned, reworked or
repaired stay yellow until the document that takes them out; scrap turns red and leaves by its disposal only.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from warehouse import catalogue
from warehouse.books import documents, ledger, moves, numbers, stock
from warehouse.flow import labelling, sub_batches, tasks
from warehouse.flow.sub_batches import Takes
from warehouse.rules import disposition, inspection, receiving, transfer
from warehouse.rules.disposition import DispositionKind, State, Step
from warehouse.rules.expiry import is_expired
from warehouse.rules.fifo import StockLine
from warehouse.rules.quantity import with_decimals
from warehouse.rules.refusals import NotFound
from warehouse.rules.status import InspectionStatus
from warehouse.tables.base import quantity, rows
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Item
from warehouse.tables.documents import Document
from warehouse.tables.quality import Disposition
from warehouse.transaction import Transaction

NONCONFORMING, PENDING, SCRAP = InspectionStatus.NONCONFORMING, InspectionStatus.PENDING, InspectionStatus.SCRAP


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What QA wants done with how much (text, item's unit), and why; customer and last day for a concession."""

    decision: DispositionKind
    quantity: str
    reason: str
    customer: str = ""
    until: date | None = None
    owner_consent: str = ""


def propose(tx: Transaction, *, item_no: str, batch_no: str, proposal: Proposal) -> Disposition:
    """Make a disposition of nonconforming goods; nothing moves yet. Expired ones turn nonconforming by it (R-E5).

    Raises NotFound, InvalidInput, QuantityPrecision, NotQualified for goods of another status, InsufficientStock for
    more than has no disposition yet, CountOpen for expired goods that are being counted.
    """
    batch = sub_batches.lock_batch(tx, item_no=item_no, batch_no=batch_no)
    kind = proposal.decision
    disposition.check_reason(proposal.reason)
    if kind is DispositionKind.CONCESSION:
        disposition.check_concession(customer=proposal.customer, until=proposal.until, today=tx.today)
        catalogue.get_partner(proposal.customer, "customer")
    amount = catalogue.read_quantity(batch.item, proposal.quantity)
    goods = _to_dispose(batch)
    status = InspectionStatus(goods[0].status) if goods else NONCONFORMING
    disposition.check_disposition(
        kind, item_no=item_no, batch_no=batch_no, status=status, is_expired=is_expired(batch.expiry_date, tx.today),
        quantity=amount, open_quantity=_open_quantity(batch, goods),
        owner=next((line.owner for line in goods if line.owner), ""), owner_consent=proposal.owner_consent,
    )  # fmt: skip
    disposition_no = numbers.next_no(tx, "disposition")
    if status is not NONCONFORMING:
        batch = _reject(tx, batch, goods, amount, disposition_no)
    made = Disposition.create(
        site_id=tx.site.id, disposition_no=disposition_no, batch=batch, decision=kind,
        quantity=amount, reason=proposal.reason, customer=proposal.customer, until=proposal.until,
        state=disposition.state_after(kind, None), proposed_by=tx.actor.name, proposed_at=tx.now,
        facts={"owner_consent": proposal.owner_consent} if proposal.owner_consent else {},
    )  # fmt: skip
    tasks.open_task(
        tx, "disposition", made.disposition_no, item_no=item_no, batch_no=batch_no, decision=kind,
        quantity=str(amount), state=made.state,
    )  # fmt: skip
    tx.tell(document=made.disposition_no, decision=kind, quantity=str(amount), reason=proposal.reason)
    return made


def open_quantity(batch: Batch) -> Decimal:
    """Give how much of a batch is nonconforming and has no disposition yet."""
    return _open_quantity(batch, [line for line in sub_batches.decidable(batch) if line.status == NONCONFORMING])


def approve(tx: Transaction, disposition_no: str) -> tuple[Disposition, list[str]]:
    """Approve a concession or scrap as a second person: the goods turn blue with terms, or red; gives the new papers.

    Raises NotFound, DocumentState, SamePerson, InvalidInput when the concession's last day is over meanwhile.
    """
    found = _lock(tx, disposition_no, Step.APPROVE)
    disposition.check_approver(proposed_by=found.proposed_by, approver=tx.actor.name)
    kind, batch = DispositionKind(found.decision), found.batch
    if kind is DispositionKind.CONCESSION:
        disposition.check_concession(customer=found.customer, until=found.until, today=tx.today)
    takes = _take(batch, NONCONFORMING, _amount(found))
    status = disposition.status_after(kind)
    into = sub_batches.choose(tx, batch, takes, status)
    if kind is DispositionKind.CONCESSION:
        if into.id == batch.id and batch.parent_id is None:
            into = sub_batches.create(tx, batch)  # more of this number may come in, and not under these terms
        _set_terms(into, found)
    sub_batches.change(tx, takes, status, batch=batch, into=into, kind="disposition", voucher_no=disposition_no)
    found.into, found.approved_by, found.approved_at = into, tx.actor.name, tx.now
    found.save(only=[Disposition.into, Disposition.approved_by, Disposition.approved_at])
    _move_on(tx, found, Step.APPROVE)
    return found, _relabel(tx, batch, into, disposition_no)


def ship(tx: Transaction, disposition_no: str) -> tuple[Disposition, Document]:
    """Let goods leave to their supplier on a return document; until then they were yellow (R-Q6)."""
    found = _lock(tx, disposition_no, Step.SHIP)
    document = _leave(tx, found, "supplier-return", NONCONFORMING, partner=found.batch.supplier)
    _move_on(tx, found, Step.SHIP)
    return found, document


def send_out(tx: Transaction, disposition_no: str) -> tuple[Disposition, Document]:
    """Let goods go out on a rework or repair order (R-Q8, R-Q9)."""
    found = _lock(tx, disposition_no, Step.OUT)
    document = _leave(tx, found, found.decision, NONCONFORMING)
    found.facts = {**found.facts, "order_no": document.document_no}
    found.save(only=[Disposition.facts])
    _move_on(tx, found, Step.OUT)
    return found, document


def dispose(tx: Transaction, disposition_no: str) -> tuple[Disposition, Document]:
    """Let scrap leave, which only this does (R-Q10)."""
    found = _lock(tx, disposition_no, Step.DISPOSE)
    document = _leave(tx, found, "scrap", SCRAP)
    _move_on(tx, found, Step.DISPOSE)
    return found, document


def take_back(
    tx: Transaction, disposition_no: str, *, returned: str, scrapped: str, location: str | None
) -> tuple[Disposition, list[str]]:
    """Take reworked or repaired goods back, white, with their age; what was scrapped there does not come back.

    The next inspection starts their re-inspection clock (R-I9); repaired goods need a concession before blue (R-Q9).
    Raises NotFound, DocumentState, InvalidInput, OverReceipt for more than is out, CountOpen, ZoneRefusesStatus.
    """
    found = _lock(tx, disposition_no, Step.BACK)
    item, kind = found.batch.item, DispositionKind(found.decision)
    good = catalogue.read_quantity(item, returned, zero_allowed=True)
    lost = catalogue.read_quantity(item, scrapped, zero_allowed=True)
    disposition.check_back(good + lost)
    receiving.check_receipt(
        good + lost, item_no=item.item_no, open_quantity=_amount(found) - found.done, reason="more-than-out"
    )
    label_nos = _put_back(tx, found, good, location) if good else []
    before = found.facts.get("scrapped", "0")
    found.done += good + lost
    found.facts = {**found.facts, "scrapped": str(with_decimals(Decimal(before) + lost, item.decimals))}
    found.save(only=[Disposition.done, Disposition.facts])
    if found.done == found.quantity:
        _move_on(tx, found, Step.BACK)
    tx.tell(decision=kind, returned=str(good), scrapped=str(lost))
    return found, label_nos


def get(tx: Transaction, disposition_no: str) -> Disposition:
    """Give a disposition of the act's site. Raises NotFound."""
    query = _with_batch().where((Disposition.site_id == tx.site.id) & (Disposition.disposition_no == disposition_no))
    found: Disposition | None = query.first()
    if found is None:
        raise NotFound(kind="disposition", name=disposition_no)
    return found


def of_site(tx: Transaction) -> Any:
    """Give the query of the site's dispositions with their batches and items, to be paged."""
    return _with_batch().where(Disposition.site_id == tx.site.id)


def describe(found: Disposition) -> dict[str, Any]:
    """Give a disposition as the API shows it; `into_batch_no` is the number its goods have now."""
    decimals = found.batch.item.decimals
    return {
        "disposition_no": found.disposition_no, "item_no": found.batch.item.item_no, "batch_no": found.batch.batch_no,
        "decision": found.decision, "quantity": str(with_decimals(found.quantity, decimals)),
        "done": str(with_decimals(Decimal(found.done), decimals)), "state": found.state, "reason": found.reason,
        "customer": found.customer or None, "until": found.until,
        "into_batch_no": found.into.batch_no if found.into else None, **found.facts,
        "proposed_by": found.proposed_by, "approved_by": found.approved_by or None,
    }  # fmt: skip


def _with_batch() -> Any:
    into = Batch.alias()
    return (
        Disposition.select(Disposition, Batch, Item, into)
        .join(Batch, on=Disposition.batch == Batch.id).join(Item).switch(Disposition)
        .join(into, "LEFT OUTER JOIN", on=Disposition.into == into.id, attr="into")
    )  # fmt: skip


def _to_dispose(batch: Batch) -> list[StockLine]:
    """Give the lines a disposition is about: nonconforming ones, else what has another status, red last."""
    lying = sub_batches.decidable(batch)
    for wanted in ((NONCONFORMING,), (*inspection.UNDECIDED, InspectionStatus.QUALIFIED)):
        if found := [line for line in lying if line.status in wanted]:
            return found
    return lying


def _open_quantity(batch: Batch, goods: list[StockLine]) -> Decimal:
    ((claimed,),) = rows(
        "SELECT COALESCE(SUM(quantity), 0) FROM disposition WHERE batch_id = ?"
        " AND (state = 'awaiting-approval' OR (state = 'open' AND decision <> 'scrap'))",
        batch.id,
    )  # fmt: skip
    return sum((line.free for line in goods), Decimal(0)) - quantity(claimed, batch.item.decimals)


def _reject(tx: Transaction, batch: Batch, goods: list[StockLine], amount: Decimal, disposition_no: str) -> Batch:
    """Turn expired goods yellow without an inspection, and give the batch they are now (R-E5)."""
    takes = _spread(batch, goods, amount)
    into = sub_batches.choose(tx, batch, takes, NONCONFORMING)
    sub_batches.change(
        tx, takes, NONCONFORMING, batch=batch, into=into, kind="disposition", voucher_no=disposition_no
    )  # fmt: skip
    _relabel(tx, batch, into, disposition_no)
    return into


def _lock(tx: Transaction, disposition_no: str, step: Step) -> Disposition:
    """Take the locks of a disposition's batches and of itself, and ask whether the step is its turn."""
    known = get(tx, disposition_no)
    stock.lock_batches({known.batch_id, known.into_id or known.batch_id})
    rows(f"SELECT id FROM disposition WHERE id = ?{stock.lock_clause()}", known.id)
    found = get(tx, disposition_no)
    tx.tell(document=disposition_no, item_no=found.batch.item.item_no, batch_no=found.batch.batch_no)
    disposition.check_step(
        step, disposition_no=disposition_no, kind=DispositionKind(found.decision), state=State(found.state)
    )
    return found


def _move_on(tx: Transaction, found: Disposition, step: Step) -> None:
    found.state = disposition.state_after(DispositionKind(found.decision), step)
    found.save(only=[Disposition.state])
    if found.state == State.DONE:
        tasks.close_task(tx, "disposition", found.disposition_no)
    tx.tell(state=found.state)


def _amount(found: Disposition) -> Decimal:
    return with_decimals(found.quantity, found.batch.item.decimals)


def _take(batch: Batch, status: InspectionStatus, amount: Decimal) -> Takes:
    return _spread(batch, [line for line in sub_batches.decidable(batch) if line.status == status], amount)


def _spread(batch: Batch, lines: list[StockLine], amount: Decimal) -> Takes:
    for line in lines:
        transfer.check_free(location=line.bin_code, frozen_by=line.frozen_by)
    return inspection.spread(lines, amount, item_no=batch.item.item_no, batch_no=batch.batch_no)


def _leave(
    tx: Transaction, found: Disposition, kind: str, status: InspectionStatus, *, partner: str = ""
) -> Document:  # fmt: skip
    """Take the goods of a disposition out of card and account on a document of its own; void their papers."""
    batch = found.into or found.batch
    batch.item = found.batch.item
    document = documents.create(
        tx, kind, state="posted", partner=partner, reference=found.reason, of_document=found.disposition_no
    )
    for line, amount in _take(batch, status, _amount(found)):
        moves.take_out(tx, line, amount, kind=kind, voucher_no=document.document_no)
        ledger.post(
            tx, batch_id=batch.id, owner=line.owner, kind=kind, voucher_no=document.document_no, quantity_out=amount
        )  # fmt: skip
    tasks.settle_moves(tx, batch.id)
    rest = labelling.parts_of(batch)
    if rest:
        labelling.relabel(tx, batch, reason=f"{kind} {document.document_no}", parts=rest)
    else:
        labelling.void(tx, batch.id, reason=f"{kind} {document.document_no}")
    return document


def _put_back(tx: Transaction, found: Disposition, good: Decimal, location: str | None) -> list[str]:
    """Put goods that came back into a place, white, on card and account of their rework or repair order."""
    kind, voucher_no = DispositionKind(found.decision), found.facts["order_no"]
    status = disposition.status_coming_back(kind)
    place = catalogue.get_place(tx, location) if location else catalogue.first_place(tx, "inspection", status=status)
    catalogue.check_admits(tx, place, status)
    into = found.into or _choose_for_return(tx, found.batch, kind)
    into.item = found.batch.item
    into.clock_waits = 1
    into.needs_concession = int(into.needs_concession or kind is DispositionKind.REPAIR)
    into.save(only=[Batch.clock_waits, Batch.needs_concession])
    found.into = into
    found.save(only=[Disposition.into])
    owner = _owner_out(found.batch, voucher_no)
    moves.put_in(
        tx, batch=into, place=place, status=status, owner=owner, amount=good, kind=kind, voucher_no=voucher_no
    )  # fmt: skip
    ledger.post(tx, batch_id=into.id, owner=owner, kind=kind, voucher_no=voucher_no, quantity_in=good)
    item_no = into.item.item_no
    tasks.open_task(tx, "inspect", f"{item_no}/{into.batch_no}", item_no=item_no, batch_no=into.batch_no)
    return [labelling.issue_status_label(tx, into, status=status, amount=good, bin_code=place.bin_code)]


def _choose_for_return(tx: Transaction, batch: Batch, kind: DispositionKind) -> Batch:
    """Give the number goods come back under: the one they went out of, unless other goods there forbid it (R-Q2)."""
    lying = [line.status for line in stock.of_batch(batch.id) if line.quantity > 0]
    if disposition.comes_back_as_itself(kind, others=lying, is_sub_batch=batch.parent_id is not None):
        return batch
    return sub_batches.create(tx, batch)


def _owner_out(batch: Batch, voucher_no: str) -> str:
    """Give whose goods went out on an order."""
    found = rows("SELECT owner FROM card_entry WHERE voucher_no = ? AND batch_id = ? LIMIT 1", voucher_no, batch.id)
    return str(found[0][0])


def _set_terms(into: Batch, found: Disposition) -> None:
    """Write a concession's terms on the batch, for the issue and the label (R-Q7)."""
    into.concession_no, into.concession_customer = found.disposition_no, found.customer
    into.concession_until = found.until
    into.save(only=[Batch.concession_no, Batch.concession_customer, Batch.concession_until])


def _relabel(tx: Transaction, batch: Batch, into: Batch, voucher_no: str) -> list[str]:
    parts = labelling.parts_of(batch) + (labelling.parts_of(into) if into.id != batch.id else [])
    return labelling.relabel(tx, batch, reason=f"disposition {voucher_no}", parts=parts)
