"""/labels: papers with their own numbers, and each drawn as PDF, PNG or ZPL from what was frozen with it (4.5.5)."""

from typing import Annotated, Any, Literal

from flask import Blueprint, Response
from msgspec import Meta

from labels.content import normal_label_no
from labels.refused import LabelRefused
from labels.rendering import render
from warehouse.flow import labelling
from warehouse.posting import Reply
from warehouse.rules.refusals import InvalidInput
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import posting, reading

bp = Blueprint("labels", __name__)
READERS = ("keeper", "clerk", "qa", "manager")
TYPES = {"pdf": "application/pdf", "png": "image/png", "zpl": "text/plain"}


class LabelBody(body.Body, kw_only=True, frozen=True):
    """What to label; `copies` are so many papers, each with its own number."""

    kind: Literal["status", "batch", "location", "card", "package"]
    item_no: body.Code | None = None
    batch_no: body.Code | None = None
    location: body.Code | None = None
    copies: Annotated[int, Meta(ge=1, le=100)] = 1
    printer: body.Text | None = None
    site: body.Text | None = None


@bp.post("/labels")
@posting(*READERS, body=LabelBody)
def create(tx: Transaction, sent: LabelBody) -> Reply:
    """Issue papers and hand them out as files; without a printer nothing is ever said to be printed."""
    if sent.printer is not None:
        raise InvalidInput(field="printer", reason="unknown")
    label_nos = labelling.issue(
        tx, sent.kind, item_no=sent.item_no, batch_no=sent.batch_no, location=sent.location, copies=sent.copies
    )
    tx.tell(label_nos=label_nos, kind=sent.kind, item_no=sent.item_no, batch_no=sent.batch_no, location=sent.location)
    return {"label_nos": label_nos, "job": {"state": "handed-out", "printer": None}}, 201


@bp.get("/labels/<label_no>")
@reading(*READERS)
def show(tx: Transaction, label_no: str) -> dict[str, Any]:
    """Tell of one paper: what it says, and whether it is still valid."""
    label = labelling.get_label(tx, normal_label_no(label_no))
    return {
        "label_no": label.label_no, "kind": label.kind, "state": label.state, "says": label.facts,
        "issued_by": label.issued_by, "issued_at": label.issued_at.isoformat(),
        "void_reason": label.void_reason or None,
    }  # fmt: skip


@bp.get("/labels/<label_no>.<any(pdf, png, zpl):form>")
@reading(*READERS)
def draw(tx: Transaction, label_no: str, form: str) -> Response:
    """Draw one paper; a void one answers `label-void`. Looking marks nothing."""
    label = labelling.get_label(tx, normal_label_no(label_no))
    try:
        drawn = render(label.kind, labelling.data_of(tx, label), form=form)
    except LabelRefused as refused:
        raise InvalidInput(field=refused.field, reason=str(refused.reason)) from refused
    response = Response(drawn, mimetype=TYPES[form])
    response.headers["Content-Disposition"] = f'inline; filename="{label.label_no}.{form}"'
    return response
