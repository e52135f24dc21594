"""/receipts and /opening-balances: goods in."""

from datetime import date
from typing import Annotated, Any

from flask import Blueprint
from msgspec import Meta

from warehouse.books import documents
from warehouse.flow import opening_balance, owner_notices, receipt_check, receiving
from warehouse.posting import Reply
from warehouse.rules.status import InspectionStatus
from warehouse.tables.documents import Document
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import posting, reading

bp = Blueprint("receipts", __name__)
READERS = ("keeper", "clerk", "qa", "manager")


class ReceiptLine(body.Body, kw_only=True, frozen=True):
    """What is expected of one item."""

    item_no: body.Code
    quantity: body.Quantity


class ReceiptBody(body.Body, kw_only=True, frozen=True):
    """A new receipt; `reference` is the order, return, transfer note or other document the goods come on."""

    supplier: body.Code
    reference: body.Text
    lines: list[ReceiptLine]
    owner: body.Code | None = None
    site: body.Text | None = None


class ReceiptScan(body.ScanBody, kw_only=True, frozen=True):
    """A batch scanned at the dock."""

    code: body.Code | None = None
    item_no: body.Code | None = None
    batch_no: body.Code | None = None
    quantity: body.Quantity | None = None
    unit: body.Text | None = None
    location: body.Code | None = None
    produced_on: date | None = None
    expiry_date: date | None = None


class ReceiptPost(body.Body, kw_only=True, frozen=True):
    """Posting; the rest is cancelled when asked."""

    cancel_rest: bool = False


class SeenBody(body.Body, kw_only=True, frozen=True):
    """What was seen of one item: how much was found, how much of that is unfit."""

    item_no: body.Code
    found: body.Quantity
    unfit: body.Quantity = "0"
    note: body.Note = ""


class CheckFormBody(body.Body, kw_only=True, frozen=True):
    """The receipt check form of a customer's goods: each item of the receipt once."""

    lines: list[SeenBody]
    packages_whole: bool
    papers_agree: bool
    note: body.Note = ""


class OwnerToldBody(body.Body, kw_only=True, frozen=True):
    """What the owner was told of his goods."""

    text: Annotated[str, Meta(min_length=1, max_length=2000)]


class OpeningLineBody(body.Body, kw_only=True, frozen=True):
    """One line of existing stock."""

    item_no: body.Code
    batch_no: body.Code
    location: body.Code
    quantity: body.Quantity
    status: InspectionStatus = InspectionStatus.QUALIFIED
    first_received_on: date | None = None
    produced_on: date | None = None
    expiry_date: date | None = None
    last_inspected_on: date | None = None
    owner: body.Code | None = None


class OpeningBody(body.Body, kw_only=True, frozen=True):
    """Existing stock with its true dates."""

    reference: body.Text
    lines: list[OpeningLineBody]
    site: body.Text | None = None


@bp.post("/receipts")
@posting("keeper", "clerk", body=ReceiptBody)
def create(tx: Transaction, sent: ReceiptBody) -> Reply:
    """Announce goods from an order or another document."""
    document = receiving.announce(
        tx, supplier=sent.supplier, reference=sent.reference, owner=sent.owner or "",
        lines=[(line.item_no, line.quantity) for line in sent.lines],
    )  # fmt: skip
    return receiving.describe(document), 201


@bp.get("/receipts/<receipt_no>")
@reading(*READERS)
def show(tx: Transaction, receipt_no: str) -> dict[str, Any]:
    """Show a receipt with what came so far, scan by scan."""
    document = documents.get(tx, receipt_no, "receipt")
    return {**receiving.describe(document), "scans": receiving.scans(document)}


@bp.get("/receipts")
@reading(*READERS)
def index(tx: Transaction) -> dict[str, Any]:
    """List receipts by number."""
    query = Document.select().where((Document.site == tx.site.id) & (Document.kind == "receipt"))
    return body.page(query, Document.document_no, receiving.describe)


@bp.post("/receipts/<receipt_no>/scans")
@posting("keeper", "clerk", body=ReceiptScan)
def scan(tx: Transaction, sent: ReceiptScan, receipt_no: str) -> Reply:
    """Scan a batch in: on hand and white at once; the account follows with the posting."""
    done = receiving.scan(tx, receipt_no, body.take(sent, receiving.Arrival))
    return {
        "batch": {"item_no": done.batch.item.item_no, "batch_no": done.batch.batch_no, "status": "pending",
                  "first_received_on": done.batch.first_received_on, "expiry_date": done.batch.expiry_date,
                  "reinspect_on": done.batch.reinspect_on},
        "entry_no": done.entry.entry_no, "balance": str(done.entry.balance), "label_nos": done.label_nos,
    }, 201  # fmt: skip


@bp.post("/receipts/<receipt_no>/scans/<int:entry_no>/undo")
@posting("keeper", "clerk", body=body.Body)
def undo(tx: Transaction, sent: body.Body, receipt_no: str, entry_no: int) -> Reply:
    """Undo a scan by its card line, until it is posted or its goods are touched: reversed on the card, paper void."""
    entry = receiving.undo(tx, receipt_no, entry_no)
    return {"entry_no": entry.entry_no, "balance": str(entry.balance), "reverses": entry_no}, 201


@bp.post("/receipts/<receipt_no>/post")
@posting("clerk", "manager", body=ReceiptPost, status=200)
def post(tx: Transaction, sent: ReceiptPost, receipt_no: str) -> Reply:
    """Post the scanned goods to the account."""
    return {"receipt_no": receipt_no, "entries": receiving.post(tx, receipt_no, cancel_rest=sent.cancel_rest)}, 200


@bp.post("/receipts/<receipt_no>/check-forms")
@posting("keeper", "clerk", "qa", body=CheckFormBody)
def fill_in(tx: Transaction, sent: CheckFormBody, receipt_no: str) -> Reply:
    """Fill in the receipt check form of a customer's goods; what differs waits until he was told."""
    seen = tuple(body.take(line, receipt_check.Seen) for line in sent.lines)
    form = receipt_check.fill_in(tx, receipt_no, body.take(sent, receipt_check.Form, lines=seen))
    told: dict[str, Any] = body.plain(receipt_check.describe(form))
    return told, 201


@bp.get("/receipts/<receipt_no>/check-forms")
@reading(*READERS)
def forms(tx: Transaction, receipt_no: str) -> dict[str, Any]:
    """List the check forms of a receipt, oldest first; the last one counts."""
    receipt = documents.get(tx, receipt_no, "receipt")
    return {"items": [receipt_check.describe(form) for form in receipt_check.forms(receipt)], "next": None}


@bp.post("/receipts/<receipt_no>/notices")
@posting("clerk", "manager", body=OwnerToldBody)
def tell_owner(tx: Transaction, sent: OwnerToldBody, receipt_no: str) -> Reply:
    """Note what the owner was told of his goods; his answer and the end are kept with the notice."""
    notice = receipt_check.tell_owner(tx, receipt_no, text=sent.text)
    told: dict[str, Any] = body.plain(owner_notices.describe(notice))
    return told, 201


@bp.post("/opening-balances")
@posting("manager", body=OpeningBody)
def opening(tx: Transaction, sent: OpeningBody) -> Reply:
    """Bring existing stock in with its true dates: card and account at once."""
    lines = [body.take(line, opening_balance.OpeningLine, owner=line.owner or "") for line in sent.lines]
    document = opening_balance.post(tx, sent.reference, lines)
    return {"opening_balance_no": document.document_no, "reference": sent.reference, "lines": len(lines)}, 201
