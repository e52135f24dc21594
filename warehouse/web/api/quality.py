"""/inspections, /samples, /holds and /dispositions: what QA decides, and what becomes of it."""

from datetime import date
from typing import Annotated, Any

from flask import Blueprint, request
from msgspec import Meta, field

from warehouse.flow import disposition, holds, inspection, sub_batches
from warehouse.posting import Reply
from warehouse.rules.disposition import DispositionKind
from warehouse.rules.inspection import InspectionKind, Verdict
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Item
from warehouse.tables.documents import Document
from warehouse.tables.quality import Disposition
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import posting, reading

bp = Blueprint("quality", __name__)
READERS = ("keeper", "clerk", "qa", "manager")
HoldKind = Annotated[str, Meta(pattern="^[a-z][a-z-]{0,39}$")]


class DecisionBody(body.Body, kw_only=True, frozen=True):
    """What is said of one part; `from` only when the goods lie in more than one place, `location` to move them."""

    quantity: body.Quantity
    verdict: Verdict
    place_from: body.Code | None = field(default=None, name="from")
    location: body.Code | None = None
    note: body.Note = ""


class InspectionBody(body.Body, kw_only=True, frozen=True):
    """An inspection's decisions, all or none."""

    kind: InspectionKind
    decisions: list[DecisionBody]


class SampleBody(body.Body, kw_only=True, frozen=True):
    """A sample; destructive: it leaves card and account."""

    quantity: body.Quantity
    location: body.Code | None = None
    destructive: bool = True
    note: body.Note = ""


class HoldBody(body.Body, kw_only=True, frozen=True):
    """A hold, or its end."""

    reason: body.Text
    kind: HoldKind = "qa-hold"


class DispositionBody(body.Body, kw_only=True, frozen=True):
    """What to do with nonconforming goods; `customer` and `until` are a concession's."""

    decision: DispositionKind
    quantity: body.Quantity
    reason: body.Text
    customer: body.Code | None = None
    until: date | None = None
    owner_consent: body.Note | None = None


class BackBody(body.Body, kw_only=True, frozen=True):
    """What came back from rework or repair, and what was scrapped there."""

    returned: body.Quantity = "0"
    scrapped: body.Quantity = "0"
    location: body.Code | None = None


@bp.post("/batches/<item_no>/<path:batch_no>/inspections")
@posting("qa", body=InspectionBody)
def inspect(tx: Transaction, sent: InspectionBody, item_no: str, batch_no: str) -> Reply:
    """Decide on goods of a batch; parts that are not qualified get a sub-batch, every part a new label."""
    parts = [body.take(decision, inspection.Part) for decision in sent.decisions]
    done = inspection.inspect(tx, item_no=item_no, batch_no=batch_no, kind=sent.kind, parts=parts)
    return {
        "inspection_no": done.document.document_no,
        "sub_batches": [
            {
                "item_no": item_no, "batch_no": made.batch_no, "parent": batch_no,
                "stock": [
                    {"location": line.bin_code, "status": line.status, "quantity": str(line.quantity)}
                    for line in sub_batches.decidable(made)
                ],
            }
            for made in done.sub_batches
        ],
        "label_nos": done.label_nos, "open_quantity": str(done.open_quantity),
        "reinspect_on": body.day(done.batch.reinspect_on),
    }, 201  # fmt: skip


@bp.get("/inspections")
@reading(*READERS)
def inspections(tx: Transaction) -> dict[str, Any]:
    """List inspections by number, of one batch when `batch` (a batch number, or item/batch) is asked."""
    query = Document.select().where((Document.site == tx.site.id) & (Document.kind == "inspection"))
    text = request.args.get("batch")
    if text is not None:
        named = Batch.select(Batch, Item).join(Item).where((Batch.site == tx.site.id) & (Batch.batch_no == text))
        query = query.where(Document.of_document.in_([text, *(f"{each.item.item_no}/{text}" for each in named)]))
    return body.page(query, Document.document_no, inspection.describe)


@bp.post("/batches/<item_no>/<path:batch_no>/samples")
@posting("qa", body=SampleBody)
def sample(tx: Transaction, sent: SampleBody, item_no: str, batch_no: str) -> Reply:
    """Take a sample, of white goods too."""
    document = inspection.take_sample(
        tx, item_no=item_no, batch_no=batch_no, text=sent.quantity, location=sent.location,
        destructive=sent.destructive, note=sent.note,
    )  # fmt: skip
    return {"sample_no": document.document_no, **document.facts}, 201


@bp.post("/batches/<item_no>/<path:batch_no>/holds")
@posting("qa", body=HoldBody)
def hold(tx: Transaction, sent: HoldBody, item_no: str, batch_no: str) -> Reply:
    """Put a batch on hold; goods already picked stop too."""
    batch = sub_batches.lock_batch(tx, item_no=item_no, batch_no=batch_no)
    holds.place(tx, batch, kind=sent.kind, reason=sent.reason)
    return {"item_no": item_no, "batch_no": batch_no, "hold": batch.hold, "reason": batch.hold_reason}, 201


@bp.post("/batches/<item_no>/<path:batch_no>/holds/lift")
@posting("qa", body=HoldBody, status=200)
def lift(tx: Transaction, sent: HoldBody, item_no: str, batch_no: str) -> Reply:
    """Let a batch go from a hold; doubt ends with an inspection."""
    batch = sub_batches.lock_batch(tx, item_no=item_no, batch_no=batch_no)
    holds.lift(tx, batch, kind=sent.kind, reason=sent.reason)
    return {"item_no": item_no, "batch_no": batch_no, "hold": batch.hold or None}, 200


@bp.post("/batches/<item_no>/<path:batch_no>/dispositions")
@posting("qa", body=DispositionBody)
def propose(tx: Transaction, sent: DispositionBody, item_no: str, batch_no: str) -> Reply:
    """Decide what becomes of nonconforming or expired goods; concession and scrap wait for a second person."""
    proposal = body.take(
        sent, disposition.Proposal, customer=sent.customer or "", owner_consent=sent.owner_consent or ""
    )
    made = disposition.propose(tx, item_no=item_no, batch_no=batch_no, proposal=proposal)
    return {"disposition_no": made.disposition_no, "batch_no": made.batch.batch_no, "state": made.state}, 201


@bp.get("/dispositions")
@reading(*READERS)
def dispositions(tx: Transaction) -> dict[str, Any]:
    """List dispositions by number."""
    return body.page(disposition.of_site(tx), Disposition.disposition_no, disposition.describe)


@bp.get("/dispositions/<disposition_no>")
@reading(*READERS)
def show(tx: Transaction, disposition_no: str) -> dict[str, Any]:
    """Show a disposition and how far it has come."""
    return disposition.describe(disposition.get(tx, disposition_no))


@bp.post("/dispositions/<disposition_no>/approve")
@posting("qa", "manager", body=body.Body, status=200, second_person=True)
def approve(tx: Transaction, sent: body.Body, disposition_no: str) -> Reply:
    """Approve a concession or scrap as a second person: blue with its terms, or red."""
    found, label_nos = disposition.approve(tx, disposition_no)
    return {**disposition.describe(found), "label_nos": label_nos}, 200


@bp.post("/dispositions/<disposition_no>/ship")
@posting("keeper", "clerk", body=body.Body, status=200)
def ship(tx: Transaction, sent: body.Body, disposition_no: str) -> Reply:
    """Let goods leave to their supplier."""
    found, document = disposition.ship(tx, disposition_no)
    return {**disposition.describe(found), "document_no": document.document_no}, 200


@bp.post("/dispositions/<disposition_no>/out")
@posting("keeper", "clerk", body=body.Body, status=200)
def send_out(tx: Transaction, sent: body.Body, disposition_no: str) -> Reply:
    """Let goods go out to be reworked or repaired."""
    found, document = disposition.send_out(tx, disposition_no)
    return {**disposition.describe(found), "document_no": document.document_no}, 200


@bp.post("/dispositions/<disposition_no>/back")
@posting("keeper", "clerk", body=BackBody, status=200)
def back(tx: Transaction, sent: BackBody, disposition_no: str) -> Reply:
    """Take reworked or repaired goods back, white."""
    found, label_nos = disposition.take_back(
        tx, disposition_no, returned=sent.returned, scrapped=sent.scrapped, location=sent.location
    )
    return {**disposition.describe(found), "label_nos": label_nos}, 200


@bp.post("/dispositions/<disposition_no>/dispose")
@posting("keeper", "clerk", body=body.Body, status=200)
def dispose(tx: Transaction, sent: body.Body, disposition_no: str) -> Reply:
    """Let scrap leave for good."""
    found, document = disposition.dispose(tx, disposition_no)
    return {**disposition.describe(found), "document_no": document.document_no}, 200
