"""Back in from a customer: the same batch with its old age, white, never more than he got (R-A14, R-I9).

The return is the goods' document: its lines write the card at once, the account follows with the posting.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from warehouse import catalogue
from warehouse.books import documents, ledger, moves, stock
from warehouse.books.documents import NewLine
from warehouse.flow import labelling, receiving, sub_batches, tasks
from warehouse.rules import receiving as rules
from warehouse.rules.status import InspectionStatus
from warehouse.tables.base import millionths, quantity, rows
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Place
from warehouse.tables.documents import Document
from warehouse.transaction import Transaction

KIND = "customer-return"
PENDING = InspectionStatus.PENDING


@dataclass(frozen=True, kw_only=True)
class ReturnLine:
    """What comes back of one batch (text, item's unit), and where it is put; else the first receiving place."""

    item_no: str
    batch_no: str
    quantity: str
    location: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Shipped:
    """A dispatched pick: how much of it may still come back, and whose goods they are."""

    pick_id: int
    owner: str
    quantity: Decimal
    returned: Decimal


def take_back(
    tx: Transaction, *, customer: str, delivery_no: str | None, lines: list[ReturnLine], reason: str
) -> tuple[Document, list[str]]:
    """Take goods back from a customer, all lines or none; gives the return and the new white papers.

    Raises NotFound, InvalidInput, QuantityPrecision, OverReceipt for more than that customer got and did not return
    (of that delivery, when one is named), CountOpen, ZoneRefusesStatus.
    """
    rules.check_return_note(reason, lines=len(lines))
    catalogue.get_partner(customer, "customer")
    if delivery_no is not None:
        delivery = documents.get(tx, delivery_no, "delivery")
        rules.check_returning_customer(customer, shipped_to=delivery.partner)
    # All locks at once and in order: two returns of the same batches in turns would stand in each other's way.
    stock.lock_batches(
        [catalogue.get_batch(tx, item_no=line.item_no, batch_no=line.batch_no).id for line in lines]
    )  # fmt: skip
    document = documents.create(tx, KIND, partner=customer, reference=reason, of_document=delivery_no or "")
    label_nos = [_take_in(tx, document, line_no, line) for line_no, line in enumerate(lines, start=1)]
    tx.tell(customer=customer, reason=reason, lines=len(lines))
    return document, label_nos


def post(tx: Transaction, return_no: str) -> list[int]:
    """Post a return to the account, once; gives the account entries' ids. Raises DocumentState, ClosedMonth."""
    document = documents.lock(tx, return_no, KIND)
    entries = [
        ledger.post(
            tx, batch_id=batch_id, owner=owner, kind=KIND, voucher_no=return_no, quantity_in=quantity(amount, 6)
        )
        for batch_id, owner, amount in rows(
            "SELECT batch_id, owner, SUM(quantity_in - quantity_out) FROM card_entry WHERE voucher_no = ? AND kind = ?"
            " AND kind <> 'pick'"
            " GROUP BY batch_id, owner ORDER BY batch_id, owner",
            return_no,
            KIND,
        )
    ]
    rows("UPDATE document_line SET posted = done, state = 'closed' WHERE document_id = ?", document.id)
    documents.set_state(document, "posted")
    tx.tell(entries=len(entries))
    return entries


def unposted(tx: Transaction) -> list[Document]:
    """Give the site's returns that wait for the posting, oldest first."""
    return list(
        Document.select()
        .where((Document.site == tx.site.id) & (Document.kind == KIND) & (Document.state == "open"))
        .order_by(Document.id)
    )


def describe(document: Document) -> dict[str, Any]:
    """Give a customer return with its lines as the API shows it."""
    found = rows(
        "SELECT i.item_no, b.batch_no, p.bin_code, c.quantity_in, i.decimals FROM card_entry c"
        " JOIN batch b ON b.id = c.batch_id JOIN item i ON i.id = b.item_id JOIN place p ON p.id = c.place_id"
        " WHERE c.voucher_no = ? AND c.kind = ? AND c.kind <> 'pick' ORDER BY c.id",
        document.document_no,
        KIND,
    )
    return {
        "return_no": document.document_no, "customer": document.partner, "reason": document.reference,
        "delivery_no": document.of_document or None, "state": document.state,
        "lines": [
            {
                "item_no": item_no, "batch_no": batch_no, "location": bin_code,
                "quantity": str(quantity(amount, decimals)),
            }
            for item_no, batch_no, bin_code, amount, decimals in found
        ],
    }  # fmt: skip


def _take_in(tx: Transaction, document: Document, line_no: int, line: ReturnLine) -> str:
    item_no, batch_no = line.item_no, line.batch_no
    batch = sub_batches.lock_batch(tx, item_no=item_no, batch_no=batch_no)
    place = receiving.receiving_place(tx, line.location)
    catalogue.check_admits(tx, place, PENDING)
    amount = catalogue.read_quantity(batch.item, line.quantity)
    shipped = _shipped(tx, document, batch)
    rules.check_return(
        amount, item_no=item_no, shipped=sum((each.quantity for each in shipped), amount * 0),
        returned=sum((each.returned for each in shipped), amount * 0),
    )  # fmt: skip
    new = NewLine(line_no=line_no, item_id=batch.item_id, ordered=amount, limit_quantity=amount)
    documents.add_lines(document, [new])
    rows(
        "UPDATE document_line SET done = ordered WHERE document_id = ? AND line_no = ?", document.id, line_no
    )  # fmt: skip
    left = amount
    for each in shipped:
        part = min(left, each.quantity - each.returned)
        if part > 0:
            _put_in(tx, document, batch, place, each, part)
            left -= part
    Batch.update(clock_waits=1).where(Batch.id == batch.id).execute()
    tasks.open_task(tx, "inspect", f"{item_no}/{batch_no}", item_no=item_no, batch_no=batch_no)
    return labelling.issue_status_label(tx, batch, status=PENDING, amount=amount, bin_code=place.bin_code)


def _put_in(
    tx: Transaction, document: Document, batch: Batch, place: Place, shipped: _Shipped, amount: Decimal
) -> None:  # fmt: skip
    """Write goods of one pick in, the owner's still, and note on the pick that they are back."""
    rows("UPDATE pick SET returned = returned + ? WHERE id = ?", millionths(amount), shipped.pick_id)
    moves.put_in(
        tx, batch=batch, place=place, status=PENDING, owner=shipped.owner, amount=amount, kind=KIND,
        voucher_no=document.document_no,
    )  # fmt: skip


def _shipped(tx: Transaction, document: Document, batch: Batch) -> list[_Shipped]:
    """Give what of a batch went to the customer, of one delivery or all, the first first. The batch's lock is held."""
    only = " AND d.document_no = ?" if document.of_document else ""
    found = rows(
        "SELECT p.id, p.owner, p.quantity, p.returned FROM pick p JOIN document_line l ON l.id = p.line_id"
        " JOIN document d ON d.id = l.document_id WHERE p.batch_id = ? AND p.state = 'dispatched' AND d.site_id = ?"
        f" AND d.partner = ?{only} ORDER BY p.id",
        batch.id, tx.site.id, document.partner, *filter(None, (document.of_document,)),
    )  # fmt: skip
    decimals = batch.item.decimals
    return [
        _Shipped(pick_id=pick, owner=owner, quantity=quantity(gone, decimals), returned=quantity(back, decimals))
        for pick, owner, gone, back in found
    ]
