"""/customer-returns: goods that come back."""

from typing import Any

from flask import Blueprint

from warehouse.books import documents
from warehouse.flow import returns
from warehouse.posting import Reply
from warehouse.tables.documents import Document
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import posting, reading

bp = Blueprint("returns", __name__)
READERS = ("keeper", "clerk", "qa", "manager")


class ReturnLineBody(body.Body, kw_only=True, frozen=True):
    """What comes back of one batch."""

    item_no: body.Code
    batch_no: body.Code
    quantity: body.Quantity
    location: body.Code | None = None


class ReturnBody(body.Body, kw_only=True, frozen=True):
    """A customer return; with `delivery_no` only what that delivery brought may come back."""

    customer: body.Code
    reason: body.Text
    lines: list[ReturnLineBody]
    delivery_no: body.Code | None = None
    site: body.Text | None = None


@bp.post("/customer-returns")
@posting("keeper", "clerk", body=ReturnBody)
def create(tx: Transaction, sent: ReturnBody) -> Reply:
    """Take goods back from a customer: on hand and white at once; the account follows with the posting."""
    document, label_nos = returns.take_back(
        tx, customer=sent.customer, delivery_no=sent.delivery_no, reason=sent.reason,
        lines=[body.take(line, returns.ReturnLine) for line in sent.lines],
    )  # fmt: skip
    return {**returns.describe(document), "label_nos": label_nos}, 201


@bp.get("/customer-returns")
@reading(*READERS)
def index(tx: Transaction) -> dict[str, Any]:
    """List customer returns by number."""
    query = Document.select().where((Document.site == tx.site.id) & (Document.kind == returns.KIND))
    return body.page(query, Document.document_no, returns.describe)


@bp.get("/customer-returns/<return_no>")
@reading(*READERS)
def show(tx: Transaction, return_no: str) -> dict[str, Any]:
    """Show a customer return."""
    return returns.describe(documents.get(tx, return_no, returns.KIND))


@bp.post("/customer-returns/<return_no>/post")
@posting("clerk", "manager", body=body.Body, status=200)
def post(tx: Transaction, sent: body.Body, return_no: str) -> Reply:
    """Post a return to the account."""
    return {"return_no": return_no, "entries": returns.post(tx, return_no)}, 200
