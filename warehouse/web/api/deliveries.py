"""/deliveries and /overrides: goods out, oldest first or not at all."""

from typing import Annotated, Any, Literal

from flask import Blueprint
from msgspec import Meta

from warehouse.books import documents
from warehouse.flow import delivery, overrides, picking
from warehouse.posting import Reply
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.documents import Document
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import posting, reading

bp = Blueprint("deliveries", __name__)
READERS = ("keeper", "clerk", "qa", "manager")


class DeliveryLine(body.Body, kw_only=True, frozen=True):
    """What a customer ordered of one item; `owner` when it is the customer's own property, or "" for ours."""

    item_no: body.Code
    quantity: body.Quantity
    owner: Annotated[str, Meta(max_length=128)] | None = None


class DeliveryBody(body.Body, kw_only=True, frozen=True):
    """A new delivery for a sales order."""

    customer: body.Code
    reference: body.Text
    lines: list[DeliveryLine]
    site: body.Text | None = None


class DeliveryScan(body.ScanBody, kw_only=True, frozen=True):
    """A batch scanned out of its bin."""

    code: body.Code | None = None
    item_no: body.Code | None = None
    batch_no: body.Code | None = None
    quantity: body.Quantity | None = None
    unit: body.Text | None = None
    location: body.Code | None = None
    override: body.Text | None = None


class Package(body.Body, kw_only=True, frozen=True):
    """The look at one outer package."""

    code: body.Code
    outer_ok: bool
    note: body.Note = ""


class PackageBody(body.Body, kw_only=True, frozen=True):
    """The check of the outer packages."""

    packages: list[Package]


class ShortBody(body.Body, kw_only=True, frozen=True):
    """Why less leaves, and what becomes of the rest."""

    reason: body.Text
    rest: Literal["backorder", "cancel"]


class DispatchBody(body.Body, kw_only=True, frozen=True):
    """Dispatch; `short` when anything is missing."""

    short: ShortBody | None = None


class CancelBody(body.Body, kw_only=True, frozen=True):
    """Cancelling needs a reason."""

    reason: body.Text


class ShortPickBody(body.Body, kw_only=True, frozen=True):
    """Less lies in the bin than the record says: `quantity` is how much is missing."""

    item_no: body.Code
    batch_no: body.Code
    location: body.Code
    quantity: body.Quantity


class OverrideBody(body.Body, kw_only=True, frozen=True):
    """A one-use ticket for one batch, order and quantity."""

    rule: body.Text
    item_no: body.Code
    batch_no: body.Code
    delivery_no: body.Code
    quantity: body.Quantity
    reason: body.Text


@bp.post("/deliveries")
@posting("clerk", "manager", body=DeliveryBody)
def create(tx: Transaction, sent: DeliveryBody) -> Reply:
    """Make a delivery and reserve it by FIFO; the shortage is shown per line."""
    document = delivery.order(
        tx, customer=sent.customer, reference=sent.reference,
        lines=[(line.item_no, line.quantity, line.owner) for line in sent.lines],
    )  # fmt: skip
    return delivery.describe(tx, document), 201


@bp.get("/deliveries")
@reading(*READERS)
def index(tx: Transaction) -> dict[str, Any]:
    """List deliveries by number."""
    query = Document.select().where((Document.site == tx.site.id) & (Document.kind == "delivery"))
    return body.page(query, Document.document_no, lambda document: delivery.describe(tx, document))


@bp.get("/deliveries/<delivery_no>")
@reading(*READERS)
def show(tx: Transaction, delivery_no: str) -> dict[str, Any]:
    """Show a delivery with its lines, plan, picks and what was skipped."""
    return delivery.describe(tx, documents.get(tx, delivery_no, "delivery"))


@bp.post("/deliveries/<delivery_no>/scans")
@posting("keeper", "clerk", body=DeliveryScan)
def scan(tx: Transaction, sent: DeliveryScan, delivery_no: str) -> Reply:
    """Scan a batch out of its bin; answers with the card entry and what to take next."""
    entry = picking.pick(tx, delivery_no, body.take(sent, picking.Taken))
    following = picking.propose_next(tx, delivery_no)
    return {
        "entry_no": entry.entry_no, "balance": str(entry.balance), "next": body.plain(following),
        "is_bin_empty": None if entry.place_left else "confirm",
    }, 201  # fmt: skip


@bp.post("/deliveries/<delivery_no>/picks/<int:pick_id>/undo")
@posting("keeper", "clerk", body=body.Body)
def undo(tx: Transaction, sent: body.Body, delivery_no: str, pick_id: int) -> Reply:
    """Undo a pick: the goods go back into the same bin with their old age."""
    entry = picking.undo(tx, delivery_no, pick_id)
    return {"entry_no": entry.entry_no, "balance": str(entry.balance)}, 201


@bp.post("/deliveries/<delivery_no>/short-picks")
@posting("keeper", "clerk", body=ShortPickBody)
def short_pick(tx: Transaction, sent: ShortPickBody, delivery_no: str) -> Reply:
    """Say that a bin holds less than the record: a count task, and the missing part is not available."""
    task = picking.declare_short(
        tx, delivery_no, item_no=sent.item_no, batch_no=sent.batch_no, location=sent.location, text=sent.quantity
    )
    return {"count_task": task}, 201


@bp.post("/deliveries/<delivery_no>/package-checks")
@posting("clerk", "manager", body=PackageBody)
def check_packages(tx: Transaction, sent: PackageBody, delivery_no: str) -> Reply:
    """Record the look at the outer packages."""
    delivery.check_packages(tx, delivery_no, [body.plain(package) for package in sent.packages])
    return {"delivery_no": delivery_no, "checked": len(sent.packages)}, 201


@bp.post("/deliveries/<delivery_no>/dispatch")
@posting("clerk", "manager", body=DispatchBody, status=200)
def dispatch(tx: Transaction, sent: DispatchBody, delivery_no: str) -> Reply:
    """Let the delivery leave: account entries and delivery note."""
    short = delivery.Short(reason=sent.short.reason, rest=sent.short.rest) if sent.short else None
    entries = delivery.dispatch(tx, delivery_no, short)
    return {"delivery_no": delivery_no, "entries": entries, "delivery_note": delivery.note(tx, delivery_no)}, 200


@bp.post("/deliveries/<delivery_no>/cancel")
@posting("clerk", "manager", body=CancelBody, status=200)
def cancel(tx: Transaction, sent: CancelBody, delivery_no: str) -> Reply:
    """Cancel a delivery that has nothing staged; its promises are given back."""
    delivery.cancel(tx, delivery_no, reason=sent.reason)
    return {"delivery_no": delivery_no, "state": "cancelled"}, 200


@bp.post("/overrides")
@posting("manager", body=OverrideBody, second_person=True)
def override(tx: Transaction, sent: OverrideBody) -> Reply:
    """Grant a one-use ticket past the order of age, for one batch, order and quantity, for fifteen minutes."""
    if not sent.reason.strip():
        raise InvalidInput(field="reason", reason="missing")
    ticket = overrides.grant(
        tx, rule=sent.rule, item_no=sent.item_no, batch_no=sent.batch_no, delivery_no=sent.delivery_no,
        quantity=sent.quantity, reason=sent.reason,
    )  # fmt: skip
    return {"override": ticket, "minutes": 15}, 201
