"""/labels: papers with their own numbers, and each drawn as PDF, PNG or ZPL from what was frozen with it (4.5.5)."""

from typing import Annotated, Any, Literal

from flask import Blueprint, Response
from msgspec import Meta

from labels.content import normal_label_no
from labels.refused import LabelRefused
from labels.rendering import render
from warehouse.flow import cartons, labelling, papers, printers, printing
from warehouse.posting import Reply
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.labels import Label
from warehouse.tables.printing import PrintJob
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import posting, reading

bp = Blueprint("labels", __name__)
READERS = ("keeper", "clerk", "qa", "manager")
TYPES = {"pdf": "application/pdf", "png": "image/png", "zpl": "text/plain"}


Mark = Literal["this-way-up", "fragile", "keep-dry", "keep-from-sun"]


class PackedBody(body.Body, kw_only=True, frozen=True):
    """What of a batch is in each carton."""

    item_no: body.Code
    batch_no: body.Code
    quantity: body.Quantity


class LabelBody(body.Body, kw_only=True, frozen=True):
    """What to label; `copies` are so many papers, each with its own number."""

    kind: Literal["status", "batch", "location", "card", "package", "roll"]
    item_no: body.Code | None = None
    batch_no: body.Code | None = None
    location: body.Code | None = None
    delivery_no: body.Code | None = None  # whose cartons
    contents: list[PackedBody] | None = None  # of each carton; all that is taken, when it goes into one
    marks: list[Mark] | None = None
    stacking: Annotated[int, Meta(ge=0, le=99)] = 0
    gross_weight: body.Text | None = None
    colour: Literal["white", "blue", "yellow", "red"] | None = None  # of a roll
    copies: Annotated[int, Meta(ge=1, le=100)] = 1
    printer: body.Text | None = None
    site: body.Text | None = None


@bp.post("/labels")
@posting(*READERS, body=LabelBody)
def create(tx: Transaction, sent: LabelBody) -> Reply:
    """Issue papers for a printer, or to be fetched as files: these are never said to be printed."""
    printer = printers.get(tx, sent.printer) if sent.printer else None
    labels = _issue(tx, sent)
    jobs = printing.queue(tx, labels, purpose="request", printer=printer) if printer else []
    label_nos = [label.label_no for label in labels]
    tx.tell(label_nos=label_nos, kind=sent.kind, item_no=sent.item_no, batch_no=sent.batch_no, location=sent.location)
    return {"label_nos": label_nos, "job": _job(jobs)}, 201


def _issue(tx: Transaction, sent: LabelBody) -> list[Label]:
    if sent.kind == "roll":
        return [
            cartons.issue_roll(tx, sent.colour, copy=f"{number}/{sent.copies}") for number in range(1, sent.copies + 1)
        ]
    if sent.kind == "package":
        if sent.delivery_no is None:
            raise InvalidInput(field="delivery_no", reason="missing")
        asked = cartons.Carton(
            delivery_no=sent.delivery_no, marks=tuple(sent.marks or ()), stacking=sent.stacking,
            contents=tuple((each.item_no, each.batch_no, each.quantity) for each in sent.contents or ()),
            gross_weight=sent.gross_weight or "",
        )  # fmt: skip
        return cartons.issue_cartons(tx, asked, copies=sent.copies)
    return labelling.issue(
        tx, sent.kind, item_no=sent.item_no, batch_no=sent.batch_no, location=sent.location, copies=sent.copies
    )


def _job(jobs: list[PrintJob]) -> dict[str, Any]:
    """Tell where the papers are: waiting for a printer, or only to be fetched as files."""
    if not jobs:
        return {"state": "handed-out", "printer": None, "jobs": []}
    return {"state": "queued", "printer": jobs[0].printer.name, "jobs": [f"P{job.id}" for job in jobs]}


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
        drawn = render(label.kind, papers.data_of(tx, label), form=form)
    except LabelRefused as refused:
        raise InvalidInput(field=refused.field, reason=str(refused.reason)) from refused
    response = Response(drawn, mimetype=TYPES[form])
    response.headers["Content-Disposition"] = f'inline; filename="{label.label_no}.{form}"'
    return response
