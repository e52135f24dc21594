"""/transfers, doubts, expiry dates, intervals, frozen and empty places: goods at rest (4.5.2, 4.7.2, 4.7.5)."""

import base64
import binascii
from datetime import date
from typing import Annotated, Any

import msgspec
from flask import Blueprint, Response
from msgspec import Meta

from scanners.decode import PictureRefused, clean_safely
from warehouse import catalogue
from warehouse.flow import expiry, reinspection, storage
from warehouse.posting import Reply
from warehouse.rules.refusals import InvalidInput, NotFound
from warehouse.rules.status import InspectionStatus
from warehouse.settings import FORM_LIMIT, PICTURE_LIMIT
from warehouse.tables.catalogue import Place
from warehouse.tables.quality import Hold
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import posting, reading

bp = Blueprint("storage", __name__)
READERS = ("keeper", "clerk", "qa", "manager")


class TransferBody(body.ScanBody, kw_only=True, frozen=True, rename={"source": "from", "target": "to"}):
    """Goods to another place: all that is free without `quantity`; `from`, `status`, `owner` where several lie."""

    target: body.Code
    code: body.Code | None = None
    item_no: body.Code | None = None
    batch_no: body.Code | None = None
    source: body.Code | None = None
    quantity: body.Quantity | None = None
    unit: body.Text | None = None
    status: InspectionStatus | None = None
    owner: Annotated[str, Meta(max_length=128)] | None = None
    to_site: body.Text | None = None
    site: body.Text | None = None


class DoubtBody(body.Body, kw_only=True, frozen=True):
    """Why a batch is doubted; `photo` is a PNG, JPEG or WebP as base64."""

    reason: body.Note
    photo: Annotated[str, Meta(max_length=PICTURE_LIMIT)] | None = None


class FreezeBody(body.Body, kw_only=True, frozen=True):
    """By which count, or why, a place is frozen."""

    count_no: body.Text | None = None
    reason: body.Text | None = None
    site: body.Text | None = None


class EmptyBody(body.Body, kw_only=True, frozen=True):
    """The keeper's answer to "is the bin empty?"."""

    empty: bool
    site: body.Text | None = None


class ExpiryBody(body.Body, kw_only=True, frozen=True):
    """Another expiry date; a later one needs test evidence."""

    expiry_date: date
    reason: body.Note
    evidence: body.Note = ""


class OpenedBody(body.Body, kw_only=True, frozen=True):
    """The pack was opened, today unless said."""

    opened_on: date | None = None


class IntervalBody(body.Body, kw_only=True, frozen=True):
    """Months between inspections, 0 never, null what the group says; without `apply` only the list is shown."""

    reinspect_months: Annotated[int, Meta(ge=0, le=600)] | None
    group: body.Text | None = None
    apply: bool = False


class GroupIntervalBody(body.Body, kw_only=True, frozen=True):
    """The same for all items of a group that have no interval of their own."""

    reinspect_months: Annotated[int, Meta(ge=0, le=600)] | None
    apply: bool = False


@bp.post("/transfers")
@posting("keeper", "clerk", body=TransferBody)
def transfer(tx: Transaction, sent: TransferBody) -> Reply:
    """Move goods into another place; out and in on the cards with one number, age and owner unchanged."""
    done = storage.move(tx, body.take(sent, storage.Moving))
    line = done.source
    return {
        "transfer_no": done.transfer_no, "item_no": line.item_no, "batch_no": line.batch_no, "from": line.bin_code,
        "to": sent.target, "to_site": sent.to_site or tx.site.code, "quantity": str(done.quantity),
        "status": line.status, "owner": line.owner, "entry_no": done.into.entry_no,
        "entries": [done.out.entry_no, done.into.entry_no], "balance": str(done.into.balance),
        "balance_from": str(done.out.balance), "label_nos": done.label_nos,
        "is_bin_empty": "confirm" if done.place_empty else None,
    }, 201  # fmt: skip


def _check_photo(sent: DoubtBody) -> DoubtBody:
    """Give the body with its photo as a data: URL. Raises InvalidInput for anything but a picture that can be read.

    It is drawn anew in the reading child, before any lock is held: a file that is no picture never gets into the books,
    nor does the place where it was taken (U3).
    """
    if sent.photo is None:
        return sent
    try:
        picture = base64.b64decode(sent.photo, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(field="photo", reason="not-base64") from error
    try:
        kept = base64.b64encode(clean_safely(picture)).decode()
    except PictureRefused as refused:
        raise InvalidInput(field="photo", reason=refused.reason) from refused
    return msgspec.structs.replace(sent, photo=f"data:image/jpeg;base64,{kept}")


@bp.post("/batches/<item_no>/<path:batch_no>/doubts")
@posting("keeper", "clerk", "qa", "manager", body=DoubtBody, prepare=_check_photo, limit=FORM_LIMIT)
def doubt(tx: Transaction, sent: DoubtBody, item_no: str, batch_no: str) -> Reply:
    """Doubt a batch: it stops at once, white and on hold, and QA is asked."""
    told = storage.doubt(tx, item_no=item_no, batch_no=batch_no, reason=sent.reason, photo=sent.photo or "")
    return {"item_no": item_no, "batch_no": batch_no, **told}, 201


@bp.get("/batches/<item_no>/<path:batch_no>/holds")
@reading(*READERS)
def list_holds(tx: Transaction, item_no: str, batch_no: str) -> dict[str, Any]:
    """List the holds and doubts of a batch, oldest first, with who placed and lifted them."""
    batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    columns = (
        Hold.id, Hold.kind, Hold.reason, Hold.placed_by, Hold.placed_at, Hold.lifted_by, Hold.lifted_at,
        (Hold.photo != "").alias("pictured"),
    )  # fmt: skip
    found = Hold.select(*columns).where(Hold.batch == batch.id).order_by(Hold.id)
    return {"items": [_hold(hold) for hold in found], "next": None}


@bp.get("/batches/<item_no>/<path:batch_no>/holds/<int:hold_id>/photo")
@reading(*READERS)
def hold_photo(tx: Transaction, item_no: str, batch_no: str, hold_id: int) -> Response:
    """Give the picture that was kept with a doubt."""
    batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    hold: Hold | None = Hold.get_or_none((Hold.id == hold_id) & (Hold.batch == batch.id))
    if hold is None or not hold.photo:
        raise NotFound(kind="photo", name=str(hold_id))
    kind, _, text = hold.photo.removeprefix("data:").partition(";base64,")
    return Response(base64.b64decode(text), mimetype=kind)


@bp.post("/batches/<item_no>/<path:batch_no>/expiry")
@posting("qa", body=ExpiryBody, status=200)
def correct_expiry(tx: Transaction, sent: ExpiryBody, item_no: str, batch_no: str) -> Reply:
    """Correct or extend the expiry date; the papers are void and new ones issued."""
    batch, label_nos = expiry.correct(
        tx, item_no=item_no, batch_no=batch_no, expiry_date=sent.expiry_date, reason=sent.reason,
        evidence=sent.evidence,
    )  # fmt: skip
    return {
        "item_no": item_no, "batch_no": batch_no, "expiry_date": batch.expiry_date, "label_nos": label_nos,
    }, 200  # fmt: skip


@bp.post("/batches/<item_no>/<path:batch_no>/opened")
@posting("keeper", "clerk", body=OpenedBody, status=200)
def opened(tx: Transaction, sent: OpenedBody, item_no: str, batch_no: str) -> Reply:
    """Note that the pack was opened: it may expire sooner from now on, never later."""
    batch, label_nos = expiry.open_pack(tx, item_no=item_no, batch_no=batch_no, opened_on=sent.opened_on)
    return {
        "item_no": item_no, "batch_no": batch_no, "expiry_date": batch.expiry_date, "label_nos": label_nos,
    }, 200  # fmt: skip


@bp.post("/items/<item_no>/interval")
@posting("manager", body=IntervalBody, status=200)
def item_interval(tx: Transaction, sent: IntervalBody, item_no: str) -> Reply:
    """Change the re-inspection interval of an item, or show whose due date would move."""
    changes = reinspection.change_interval(
        tx, item_no, months=sent.reinspect_months, group=sent.group, apply=sent.apply
    )  # fmt: skip
    return {"item_no": item_no, **_changes(sent.reinspect_months, sent.apply, changes)}, 200


@bp.post("/item-groups/<name>/interval")
@posting("manager", body=GroupIntervalBody, status=200)
def group_interval(tx: Transaction, sent: GroupIntervalBody, name: str) -> Reply:
    """Change the re-inspection interval of a group of items, or show whose due date would move."""
    changes = reinspection.change_group_interval(tx, name, months=sent.reinspect_months, apply=sent.apply)
    return {"group": name, **_changes(sent.reinspect_months, sent.apply, changes)}, 200


@bp.post("/locations/<path:code>/freeze")
@posting("manager", body=FreezeBody, status=200)
def freeze(tx: Transaction, sent: FreezeBody, code: str) -> Reply:
    """Freeze a place for a count: nothing goes in or out."""
    return _frozen(storage.freeze(tx, code, by=sent.count_no or sent.reason or "")), 200


@bp.post("/locations/<path:code>/unfreeze")
@posting("manager", body=body.SiteOnly, status=200)
def unfreeze(tx: Transaction, sent: body.SiteOnly, code: str) -> Reply:
    """Free a frozen place."""
    return _frozen(storage.unfreeze(tx, code)), 200


@bp.post("/locations/<path:code>/empty-confirmations")
@posting("keeper", "clerk", body=EmptyBody)
def confirm_empty(tx: Transaction, sent: EmptyBody, code: str) -> Reply:
    """Keep the answer to "is the bin empty?"; one that the record does not explain opens a count task."""
    return storage.confirm_empty(tx, code, empty=sent.empty), 201


def _changes(months: int | None, applied: bool, changes: list[reinspection.Change]) -> dict[str, Any]:
    return {
        "reinspect_months": months, "applied": applied,
        "batches": [
            {
                "site": change.site, "item_no": change.item_no, "batch_no": change.batch_no,
                "reinspect_on": body.day(change.reinspect_on), "new_reinspect_on": body.day(change.new_reinspect_on),
            }
            for change in changes
        ],
    }  # fmt: skip


def _frozen(place: Place) -> dict[str, Any]:
    return {"location": place.bin_code, "frozen_by": place.frozen_by or None}


def _hold(hold: Any) -> dict[str, Any]:
    return {
        "hold": hold.id, "kind": hold.kind, "reason": hold.reason, "placed_by": hold.placed_by,
        "placed_at": hold.placed_at, "lifted_by": hold.lifted_by or None, "lifted_at": hold.lifted_at,
        "photo": bool(hold.pictured),
    }  # fmt: skip
