"""/labels: papers with their own numbers, and each drawn as PDF, PNG or ZPL from what was frozen with it (4.5.5)."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from flask import Blueprint, Response, request
from msgspec import Meta

from labels.content import normal_label_no
from labels.refused import LabelRefused
from labels.rendering import MODES, RESOLUTIONS, render, sizes_of
from warehouse import catalogue
from warehouse.flow import (
    batches,
    cartons,
    count_papers,
    delivery_papers,
    labelling,
    layouts,
    papers,
    printers,
    printing,
    receipt_check,
    tags,
)
from warehouse.posting import Reply
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.labels import Label
from warehouse.tables.printing import PrintJob
from warehouse.transaction import Transaction
from warehouse.web import body, paper
from warehouse.web.api.batches import whole
from warehouse.web.posting import posting, reading

bp = Blueprint("labels", __name__)
READERS = ("keeper", "clerk", "qa", "manager")
NUMBERS = ("item_no", "batch_no", "location", "receipt_no", "delivery_no", "count_no")
TYPES = {"pdf": "application/pdf", "png": "image/png", "zpl": "text/plain"}


Mark = Literal["this-way-up", "fragile", "keep-dry", "keep-from-sun"]


class PackedBody(body.Body, kw_only=True, frozen=True):
    """What of a batch is in each carton."""

    item_no: body.Code
    batch_no: body.Code
    quantity: body.Quantity


Kind = Literal[
    "status", "batch", "location", "card", "package", "roll", "sample", "ncr", "receipt_check", "pick_list",
    "packing_list", "delivery_note", "conformity", "count_sheet",
]  # fmt: skip


class LabelBody(body.Body, kw_only=True, frozen=True):
    """What to label; `copies` are so many papers, each with its own number."""

    kind: Kind
    item_no: body.Code | None = None
    batch_no: body.Code | None = None
    location: body.Code | None = None
    receipt_no: body.Code | None = None  # whose check form
    delivery_no: body.Code | None = None  # whose cartons or papers
    count_no: body.Code | None = None  # whose sheets, of one `zone` or all
    zone: body.Text | None = None
    contents: list[PackedBody] | None = None  # of each carton; all that is taken, when it goes into one
    marks: list[Mark] | None = None
    stacking: Annotated[int, Meta(ge=0, le=99)] = 0
    gross_weight: body.Text | None = None
    colour: Literal["white", "blue", "yellow", "red"] | None = None  # of a roll
    quantity: body.Quantity | None = None  # of a sample, or in each carton of a batch
    test: Annotated[str, Meta(max_length=200)] = ""
    keep_until: date | None = None
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
    numbers = {name: getattr(sent, name) for name in NUMBERS}
    tx.tell(label_nos=label_nos, kind=sent.kind, **{name: value for name, value in numbers.items() if value})
    return {"label_nos": label_nos, "job": _job(jobs)}, 201


def _issue(tx: Transaction, sent: LabelBody) -> list[Label]:
    if sent.kind == "package" and sent.delivery_no is None and (sent.item_no or sent.batch_no):
        batch = catalogue.get_batch(tx, item_no=_needed(sent, "item_no"), batch_no=_needed(sent, "batch_no"))
        handling = cartons.Handling(
            marks=tuple(sent.marks or ()), stacking=sent.stacking, gross_weight=sent.gross_weight or ""
        )  # fmt: skip
        return cartons.issue_stored(
            tx, batch, handling, text=sent.quantity, location=sent.location, copies=sent.copies
        )  # fmt: skip
    if sent.kind == "package":  # several cartons differ, copies of one paper do not
        asked = cartons.Carton(
            delivery_no=_needed(sent, "delivery_no"), marks=tuple(sent.marks or ()), stacking=sent.stacking,
            contents=tuple((each.item_no, each.batch_no, each.quantity) for each in sent.contents or ()),
            gross_weight=sent.gross_weight or "",
        )  # fmt: skip
        return cartons.issue_cartons(tx, asked, copies=sent.copies)
    if sent.kind in labelling.ISSUED:
        return labelling.issue(
            tx, sent.kind, item_no=sent.item_no, batch_no=sent.batch_no, location=sent.location, copies=sent.copies
        )
    return [
        label
        for number in range(1, sent.copies + 1)
        for label in _issue_copy(tx, sent, copy=f"{number}/{sent.copies}")
    ]  # fmt: skip


def _issue_copy(tx: Transaction, sent: LabelBody, *, copy: str) -> list[Label]:
    if sent.kind == "roll":
        return [cartons.issue_roll(tx, sent.colour, copy=copy)]
    if sent.kind == "receipt_check":
        return [receipt_check.issue_form(tx, _needed(sent, "receipt_no"), copy=copy)]
    if sent.kind == "count_sheet":
        return count_papers.issue_count_sheets(tx, count_no=_needed(sent, "count_no"), zone=sent.zone)
    if sent.kind == "card":
        return paper.issue_cards(
            tx, item_no=sent.item_no, batch_no=sent.batch_no, location=sent.location, copy=copy
        )  # fmt: skip
    if sent.kind in ("ncr", "sample"):
        return _issue_tag(tx, sent, copy)
    batch = (_needed(sent, "item_no"), sent.batch_no) if sent.batch_no else None
    return [
        delivery_papers.issue_delivery_paper(
            tx, sent.kind, delivery_no=_needed(sent, "delivery_no"), batch=batch, copy=copy
        )
    ]  # fmt: skip


def _issue_tag(tx: Transaction, sent: LabelBody, copy: str) -> list[Label]:
    batch = catalogue.get_batch(tx, item_no=_needed(sent, "item_no"), batch_no=_needed(sent, "batch_no"))
    if sent.kind == "ncr":
        return tags.issue_tags(tx, batch, location=sent.location, copy=copy)
    return [
        tags.issue_sample_tag(
            tx, batch, text=_needed(sent, "quantity"), test=sent.test, keep_until=sent.keep_until,
            location=sent.location, copy=copy,
        )
    ]  # fmt: skip


def _needed(sent: LabelBody, name: str) -> str:
    value = getattr(sent, name)
    if value is None:
        raise InvalidInput(field=name, reason="missing")
    return str(value)


def _job(jobs: list[PrintJob]) -> dict[str, Any]:
    """Tell where the papers are: waiting for a printer, or only to be fetched as files."""
    if not jobs:
        return {"state": "handed-out", "printer": None, "jobs": []}
    return {"state": "queued", "printer": jobs[0].printer.name, "jobs": [f"P{job.id}" for job in jobs]}


@bp.get("/labels/<label_no>")
@reading(*READERS)
def show(tx: Transaction, label_no: str) -> dict[str, Any]:
    """Tell of one paper: what it says, and whether it is still valid."""
    label = _get(tx, label_no)
    return {
        "label_no": label.label_no, "kind": label.kind, "state": label.state, "says": label.facts,
        "issued_by": label.issued_by, "issued_at": label.issued_at.isoformat(),
        "void_reason": label.void_reason or None, "void_by": label.void_by or None,
        "void_at": label.void_at.isoformat() if label.void_at else None,
    }  # fmt: skip


@bp.get("/labels/<label_no>.<any(pdf, png, zpl):form>")
@reading(*READERS)
def draw(tx: Transaction, label_no: str, form: str) -> Response:
    """Draw one paper; a void one answers `label-void`. Looking marks nothing.

    `?page=` says which one of a PNG; `?size=70x40`, `?mode=stock` and `?dpi=300` draw for other paper than usual.
    """
    label = _get(tx, label_no)
    page = whole("page", 1 if form == "png" else 0)
    data, own = papers.data_of(tx, label), layouts.of_site(tx)
    size, mode = _one_of("size", ("", *sizes_of(data, own))), _one_of("mode", MODES)
    dpi = int(_one_of("dpi", [str(each) for each in RESOLUTIONS]))
    try:
        drawn = render(label.kind, data, form=form, mode=mode, dpi=dpi, size=size, page=page, layouts=own)
    except LabelRefused as refused:
        raise InvalidInput(field=refused.field, reason=str(refused.reason)) from refused
    except ValueError as error:
        raise InvalidInput(field="page", reason="no-such-page") from error
    response = Response(drawn, mimetype=TYPES[form])
    response.headers["Content-Disposition"] = f'inline; filename="{label.label_no}.{form}"'
    return response


def _one_of(name: str, known: Sequence[str]) -> str:
    """Give what the address says under this name, the first of `known` where it says nothing. Raises InvalidInput."""
    text = request.args.get(name, "") or known[0]
    if text not in known:
        raise InvalidInput(field=name, reason=f"only {', '.join(each for each in known if each)}")
    return text


def _get(tx: Transaction, label_no: str) -> Label:
    """Give a paper; one that says how much of a batch there is not to who is to count it blind (R-C1).

    Raises NotFound, CountOpen.
    """
    label = labelling.get_label(tx, normal_label_no(label_no))
    if label.kind in ("card", "status", "batch"):
        batches.check_sighted(tx, batch=label.batch, bin_code=label.facts.get("bin_code"))
    return label
