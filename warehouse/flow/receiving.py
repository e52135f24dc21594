"""Goods in: a receipt is announced, scanned white into a bin, and posted to the account (R-A1..A5, R-A13).

The scan writes the card and makes the goods on hand at once; the account follows with the posting.
A second delivery of a batch on record keeps the first receipt date: its layer is the older one's, the safe side (R-A5).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from warehouse import catalogue
from warehouse.books import arrivals, documents, ledger, moves, numbers, stock
from warehouse.books.arrivals import Arrived
from warehouse.books.documents import LineFacts, NewLine
from warehouse.books.moves import Entry
from warehouse.flow import identification, labelling, receipt_check, reinspection_tasks, tasks
from warehouse.rules import receiving, reinspection, transfer
from warehouse.rules.fifo import StockLine
from warehouse.rules.quantity import with_decimals
from warehouse.rules.receiving import BatchDates
from warehouse.rules.refusals import DocumentState, InvalidInput, NotFound, OverReceipt, UnknownCode, WrongItem
from warehouse.rules.status import InspectionStatus
from warehouse.tables.base import NO_EXPIRY, quantity, rows
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Item, Place
from warehouse.tables.documents import Document, DocumentLine
from warehouse.transaction import Transaction

PENDING = InspectionStatus.PENDING


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What is scanned at the dock: a batch by code or numbers, how much, where it is put, its printed dates."""

    code: str | None = None
    item_no: str | None = None
    batch_no: str | None = None
    quantity: str | None = None
    unit: str | None = None
    location: str | None = None
    produced_on: date | None = None
    expiry_date: date | None = None


@dataclass(frozen=True, kw_only=True)
class Received:
    """What a receipt scan did."""

    batch: Batch
    entry: Entry
    label_nos: list[str]


def announce(
    tx: Transaction, *, supplier: str, reference: str, lines: list[tuple[str, str]], owner: str = ""
) -> Document:
    """Make a receipt from an order, transfer note or other document; `lines` are (item_no, quantity as text).

    `owner` is the customer whose property comes in, '' for ours. Raises InvalidInput, NotFound, QuantityPrecision.
    """
    receiving.check_reference(reference)
    catalogue.get_partner(supplier)
    if owner:
        catalogue.get_partner(owner, "customer")
    if not lines:
        raise InvalidInput(field="lines", reason="missing")
    document = documents.create(tx, "receipt", partner=supplier, reference=reference, facts={"owner": owner})
    new = []
    for line_no, (item_no, text) in enumerate(lines, start=1):
        item = catalogue.get_item(item_no)
        ordered = catalogue.read_quantity(item, text)
        allowed = receiving.allowed_quantity(ordered, tolerance_percent=Decimal(item.over_receipt_percent))
        new.append(NewLine(line_no=line_no, item_id=item.id, ordered=ordered, limit_quantity=allowed, owner=owner))
    documents.add_lines(document, new)
    return document


def scan(tx: Transaction, receipt_no: str, arrival: Arrival) -> Received:
    """Take a scanned batch in, white, and write its card. Nothing is created from an unknown code but a batch number.

    Raises NotFound, DocumentState, WrongItem, OverReceipt, BatchConflict, InvalidInput, ZoneRefusesStatus and what
    reading a code may raise.
    """
    document_id = documents.check_open(tx, receipt_no, "receipt")
    item_nos = documents.ItemNos(document_id)
    item, batch_no, dates = _identify(tx, arrival, item_nos)
    ledger.check_done(tx)
    if arrival.quantity is None:
        raise InvalidInput(field="quantity", reason="missing")
    amount = catalogue.read_quantity(item, arrival.quantity, unit=arrival.unit)
    line = _open_line(receipt_no, documents.lines(document_id, item_id=item.id, locked=True), amount)
    batch = find_or_create_batch(tx, item, batch_no, dates, supplier=line.partner)
    stock.lock_batches([batch.id])
    place = receiving_place(tx, arrival.location)
    catalogue.check_admits(tx, place, PENDING)
    if not documents.count_up(line, amount):
        raise OverReceipt(item_no=item.item_no, open_quantity=line.open_quantity, excess=amount - line.open_quantity)
    entry = moves.put_in(
        tx, batch=batch, place=place, status=PENDING, owner=line.owner, amount=amount, kind="receipt",
        voucher_no=receipt_no,
    )  # fmt: skip
    label_no = labelling.issue_status_label(tx, batch, status=PENDING, amount=amount, bin_code=place.bin_code)
    arrivals.keep(line.line_id, entry.entry_no, label_no)
    tasks.open_task(tx, "inspect", f"{item.item_no}/{batch_no}", item_no=item.item_no, batch_no=batch_no)
    tx.tell(item_no=item.item_no, batch_no=batch_no, quantity=str(amount), location=place.bin_code)
    return Received(batch=batch, entry=entry, label_nos=[label_no])


def undo(tx: Transaction, receipt_no: str, entry_no: int) -> Entry:
    """Undo a scan, named by its card line: the goods are written out of their place again and their paper is void.

    The reversal is a card line of its own that names the first. Raises NotFound, DocumentState when the receipt is
    posted, the scan undone, or its goods inspected or moved since; CountOpen while its place is frozen (R-C16).
    """
    document = documents.lock(tx, receipt_no, "receipt", state=None)
    done = arrivals.find(document.id, entry_no)
    if done is None:
        raise NotFound(kind="scan", name=str(entry_no))
    documents.lines(document.id, item_id=done.item_id, locked=True)  # a scan takes the line before the batch, too
    stock.lock_batches([done.batch_id])
    receiving.check_undo(receipt_no=receipt_no, state=done.state, is_touched=arrivals.has_moved_since(done))
    transfer.check_free(location=done.bin_code, frozen_by=done.frozen_by)
    source = next(line for line in stock.of_batch(done.batch_id) if _holds(line, done))
    documents.count_down(done.line_id, done.quantity)
    entry = moves.take_out(tx, source, done.quantity, kind="receipt-undone", voucher_no=receipt_no)
    arrivals.mark_undone(entry_no, by_entry=entry.entry_no)
    labelling.void_one(tx, done.label_no, reason="receipt-undone")
    _end_tasks(tx, done)
    tx.tell(
        item_no=done.item_no, batch_no=done.batch_no, quantity=str(done.quantity), location=done.bin_code,
        reverses=entry_no, label_no=done.label_no,
    )  # fmt: skip
    return entry


def scans(document: Document) -> list[dict[str, Any]]:
    """Give the scans of a receipt, oldest first, as the API shows them."""
    return [
        {
            "entry_no": done.entry_no, "item_no": done.item_no, "batch_no": done.batch_no, "location": done.bin_code,
            "quantity": str(done.quantity), "label_no": done.label_no, "state": done.state,
            "written_by": done.written_by, "written_at": done.written_at,
        }
        for done in arrivals.of_receipt(document.id)
    ]  # fmt: skip


def post(tx: Transaction, receipt_no: str, *, cancel_rest: bool = False) -> list[int]:
    """Post what was scanned and not yet posted to the account; give the account entries' ids.

    The receipt stays open while something may still come, unless the rest is cancelled; then it is posted for good.
    Raises DocumentState when there is nothing to post and nothing to cancel (R-X4), ClosedMonth.
    """
    document = documents.lock(tx, receipt_no, "receipt")
    receipt_check.check_before_posting(document)
    ledger.check_open(tx, tx.today)
    unposted = rows(
        "SELECT c.batch_id, c.owner, SUM(c.quantity_in - c.quantity_out) - COALESCE((SELECT SUM(l.quantity_in)"
        " FROM ledger_entry l WHERE l.voucher_no = ? AND l.batch_id = c.batch_id AND l.owner = c.owner), 0) AS open"
        " FROM card_entry c WHERE c.voucher_no = ? AND c.kind IN ('receipt', 'receipt-undone') AND c.kind <> 'pick'"
        " GROUP BY c.batch_id, c.owner"
        " ORDER BY c.batch_id",
        receipt_no, receipt_no,
    )  # fmt: skip
    entries = [
        ledger.post(
            tx, batch_id=batch_id, owner=owner, kind="receipt", voucher_no=receipt_no, quantity_in=quantity(amount, 6)
        )
        for batch_id, owner, amount in unposted
        if amount > 0
    ]
    rest = _close_lines(document, cancel_rest=cancel_rest)
    if not entries and not (cancel_rest and rest):
        raise DocumentState(document_no=receipt_no, state=document.state, reason="nothing-to-post")
    arrivals.mark_posted(document.id)
    if cancel_rest or not rest:
        documents.set_state(document, "posted")
    tx.tell(entries=len(entries), cancelled=cancel_rest)
    return entries


def find_or_create_batch(
    tx: Transaction, item: Item, batch_no: str, dates: BatchDates, *, supplier: str = "",
    first_received_on: date | None = None, last_inspected_on: date | None = None, returning: bool = False,
) -> Batch:  # fmt: skip
    """Give the batch on record, its dates compared (R-A4), or make it with the item's shelf life and interval."""
    batch = catalogue.find_batch(tx, item_no=item.item_no, batch_no=batch_no)
    is_new = batch is None or arrivals.never_came(batch.id)
    if batch is not None and not is_new:
        receiving.check_dates(
            item_no=item.item_no,
            batch_no=batch_no,
            recorded=BatchDates(produced_on=batch.produced_on, expiry_date=batch.expiry_date),
            sent=dates,
        )
        return batch
    expiry_date = dates.expiry_date
    if not returning:
        expiry_date = receiving.check_expiry_given(dates, shelf_life_days=item.shelf_life_days, today=tx.today)
    received_on = first_received_on or tx.today
    facts = {
        "supplier": supplier, "first_received_on": received_on, "receipt_sequence": numbers.next_receipt_sequence(),
        "produced_on": dates.produced_on, "expiry_date": expiry_date, "last_inspected_on": last_inspected_on,
        "reinspect_on": reinspection.due_on(
            first_received_on=received_on, last_inspected_on=last_inspected_on, months=interval(item)
        ),
    }  # fmt: skip
    if batch is None:
        return Batch.create(site_id=tx.site.id, item=item, batch_no=batch_no, **facts)
    return _come_anew(tx, batch, facts)


def _come_anew(tx: Transaction, batch: Batch, facts: dict[str, Any]) -> Batch:
    """Give a batch whose every scan was undone the dates it comes with now: a slip leaves no date behind."""
    stock.lock_batches([batch.id])
    Batch.update(**facts).where(Batch.id == batch.id).execute()
    rows(
        "UPDATE stock SET first_received_on = ?, expiry_key = ?, receipt_sequence = ? WHERE batch_id = ?",
        facts["first_received_on"].isoformat(), str(facts["expiry_date"] or NO_EXPIRY), facts["receipt_sequence"],
        batch.id,
    )  # fmt: skip
    return catalogue.get_batch(tx, item_no=batch.item.item_no, batch_no=batch.batch_no)


def interval(item: Item) -> int:
    """Give the item's re-inspection interval in months: item beats group beats default (R-I8); 0 is never."""
    return reinspection.interval_months(
        item=item.reinspect_months, group=item.group.reinspect_months if item.group else None
    )


def receiving_place(tx: Transaction, location: str | None) -> Place:
    """Give the place goods come into: the scanned one, else the site's first receiving place."""
    return catalogue.get_place(tx, location) if location else catalogue.first_place(tx, "receiving", status=PENDING)


def _identify(tx: Transaction, arrival: Arrival, item_nos: Collection[str]) -> tuple[Item, str, BatchDates]:
    """Give item, batch number and printed dates of what arrives; the batch need not be on record yet."""
    item_no, batch_no = arrival.item_no, arrival.batch_no
    beside = BatchDates(produced_on=arrival.produced_on, expiry_date=arrival.expiry_date)
    said: tuple[str | None, str | None] = (None, None)
    dates = beside
    if arrival.code is not None:
        found = identification.find(tx, arrival.code, item_nos=item_nos)
        if found.kind != "unknown" and not (found.item_no and (found.batch_no or arrival.batch_no)):
            raise UnknownCode(scanned=arrival.code, reason=f"is-a-{found.kind}")
        identification.check_goods(found, arrival.code)
        item_no, batch_no = found.item_no or arrival.item_no, found.batch_no or arrival.batch_no
        printed = BatchDates(produced_on=found.produced_on, expiry_date=found.expiry_date)
        dates = receiving.check_same_days(printed, beside=beside)
        if found.kind != "unknown":
            said = (found.item_no, found.batch_no)
        else:
            item_no, batch_no = _new_batch_code(arrival, item_nos, found.text)
    item_no, batch_no = identification.numbers(item_no, batch_no)
    tx.tell(item_no=item_no, batch_no=batch_no)
    if item_no not in item_nos:
        # First, for the keeper's sake: at the page the receipt's only item stands beside every code.
        raise WrongItem(item_no=item_no, batch_no=batch_no, expected=list(item_nos))
    identification.check_agrees(said, item_no=arrival.item_no, batch_no=arrival.batch_no)
    return catalogue.get_item(item_no), batch_no, dates


def _new_batch_code(arrival: Arrival, item_nos: Collection[str], text: str) -> tuple[str | None, str]:
    """Take a code nobody knows as the supplier's batch number of an item that is named beside it, never by guess."""
    if arrival.item_no is None or arrival.batch_no is not None:
        raise UnknownCode(scanned=text)
    return arrival.item_no, text


def _open_line(receipt_no: str, lines: list[LineFacts], amount: Decimal) -> LineFacts:
    """Choose the first line of the item that still takes the quantity; of one line the rest decides (R-A1)."""
    if not lines:
        raise DocumentState(document_no=receipt_no, state="closed", reason="line-closed")
    fitting = next((line for line in lines if line.open_quantity >= amount), None)
    line = fitting or max(lines, key=lambda candidate: candidate.open_quantity)
    receiving.check_receipt(amount, item_no=line.item_no, open_quantity=line.open_quantity)
    return line


def _holds(line: StockLine, done: Arrived) -> bool:
    """Say whether a stock row is the one that a scan put its goods into."""
    return (line.place_id, line.status, line.owner) == (done.place_id, done.status, done.owner)


def _end_tasks(tx: Transaction, done: Arrived) -> None:
    """Take QA's tasks off the list where nothing of the batch lies any more."""
    if not any(line.quantity > 0 for line in stock.of_batch(done.batch_id)):
        batch = catalogue.get_batch(tx, item_no=done.item_no, batch_no=done.batch_no)
        tasks.close_task(tx, "inspect", f"{done.item_no}/{done.batch_no}")
        reinspection_tasks.end(tx, batch)


def _close_lines(document: Document, *, cancel_rest: bool) -> bool:
    """Close lines that are complete or cancelled; True when something may still come, or was cancelled."""
    rest = False
    for line in DocumentLine.select().where((DocumentLine.document == document) & (DocumentLine.state == "open")):
        missing = max(line.ordered - line.done, Decimal(0))
        rest = rest or missing > 0
        line.posted = line.done
        if cancel_rest and missing:
            line.cancelled = missing
        if cancel_rest or not missing:
            line.state = "closed"
        line.save(only=[DocumentLine.posted, DocumentLine.cancelled, DocumentLine.state])
    return rest


def describe(document: Document) -> dict[str, Any]:
    """Give a receipt with its lines, as the API shows it; of a customer's goods the latest check form too."""
    owner = receipt_check.owner_of(document)
    form = receipt_check.latest(document) if owner else None
    return {
        "receipt_no": document.document_no, "state": document.state, "supplier": document.partner,
        "reference": document.reference, "owner": owner or None,
        "check_form": receipt_check.describe(form) if form else None,
        "lines": [
            {
                "line_no": line.line_no, "item_no": line.item.item_no, "name": line.item.name,
                "unit": line.item.unit, "quantity": str(_shown(line, line.ordered)),
                "received": str(_shown(line, line.done)), "cancelled": str(_shown(line, line.cancelled)),
                "state": line.state,
            }
            for line in DocumentLine.select(DocumentLine, Item).join(Item).where(DocumentLine.document == document)
            .order_by(DocumentLine.line_no)
        ],
    }  # fmt: skip


def _shown(line: DocumentLine, amount: Decimal) -> Decimal:
    return with_decimals(amount, line.item.decimals)
