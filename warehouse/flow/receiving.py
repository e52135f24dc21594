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
from warehouse.books import documents, ledger, moves, numbers, stock
from warehouse.books.documents import LineFacts
from warehouse.books.moves import Entry
from warehouse.flow import identification, labelling, receipt_check, tasks
from warehouse.rules import receiving, reinspection
from warehouse.rules.quantity import with_decimals
from warehouse.rules.receiving import BatchDates
from warehouse.rules.refusals import DocumentState, InvalidInput, OverReceipt, UnknownCode, WrongItem
from warehouse.rules.status import InspectionStatus
from warehouse.tables.base import quantity, rows
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
    for line_no, (item_no, text) in enumerate(lines, start=1):
        item = catalogue.get_item(item_no)
        ordered = catalogue.read_quantity(item, text)
        allowed = receiving.allowed_quantity(ordered, tolerance_percent=Decimal(item.over_receipt_percent))
        documents.add_line(
            document, line_no=line_no, item_id=item.id, ordered=ordered, limit_quantity=allowed, owner=owner
        )
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
    tasks.open_task(tx, "inspect", f"{item.item_no}/{batch_no}", item_no=item.item_no, batch_no=batch_no)
    tx.tell(item_no=item.item_no, batch_no=batch_no, quantity=str(amount), location=place.bin_code)
    return Received(batch=batch, entry=entry, label_nos=[label_no])


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
        " FROM card_entry c WHERE c.voucher_no = ? AND c.kind = 'receipt' AND c.kind <> 'pick'"
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
    if batch is not None:
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
    return Batch.create(
        site_id=tx.site.id, item=item, batch_no=batch_no, supplier=supplier, first_received_on=received_on,
        receipt_sequence=numbers.next_receipt_sequence(), produced_on=dates.produced_on, expiry_date=expiry_date,
        last_inspected_on=last_inspected_on,
        reinspect_on=reinspection.due_on(
            first_received_on=received_on, last_inspected_on=last_inspected_on, months=interval(item)
        ),
    )  # fmt: skip


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
    produced_on, expiry_date = arrival.produced_on, arrival.expiry_date
    if arrival.code is not None:
        found = identification.find(tx, arrival.code, item_nos=item_nos)
        if found.kind != "unknown" and not (found.item_no and (found.batch_no or arrival.batch_no)):
            raise UnknownCode(scanned=arrival.code, reason=f"is-a-{found.kind}")
        identification.check_goods(found, arrival.code)
        item_no, batch_no = found.item_no or arrival.item_no, found.batch_no or arrival.batch_no
        produced_on, expiry_date = found.produced_on or produced_on, found.expiry_date or expiry_date
        if found.kind == "unknown":
            item_no, batch_no = _new_batch_code(arrival, item_nos, found.text)
    item_no, batch_no = identification.numbers(item_no, batch_no)
    tx.tell(item_no=item_no, batch_no=batch_no)
    if item_no not in item_nos:
        raise WrongItem(item_no=item_no, batch_no=batch_no, expected=list(item_nos))
    return catalogue.get_item(item_no), batch_no, BatchDates(produced_on=produced_on, expiry_date=expiry_date)


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
