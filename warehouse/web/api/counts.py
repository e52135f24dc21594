"""/counts: opened, counted blind, submitted, approved, closed (4.7.5 d; R-C1..R-C21)."""

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal

from flask import Blueprint, request
from msgspec import Meta

from warehouse.books import counts
from warehouse.flow import count_approval, count_plan, counting
from warehouse.flow.adjustment import Why
from warehouse.flow.count_plan import Wanted
from warehouse.flow.counting import Typed
from warehouse.posting import Reply
from warehouse.reports import counts as reports
from warehouse.rules.counting import check_reason
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.counts import Count
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import posting, reading

bp = Blueprint("counts", __name__)
READERS = ("keeper", "clerk", "qa", "manager")
FILTERS = ("zone", "location", "owner", "state")


class Assignment(body.Body, kw_only=True, frozen=True):
    """Who counts a zone first."""

    zone: body.Text
    counter: body.Text


class CountBody(body.Body, kw_only=True, frozen=True):
    """What to count: a month's whole stock or a zone of it; a class or a value (cycle); a place (spot)."""

    month: body.Code | None = None
    kind: Literal["monthly", "cycle", "spot"] = "monthly"
    zone: body.Text | None = None
    location: body.Code | None = None
    abc_class: Literal["A", "B", "C"] | None = None
    least_value: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None
    freeze: bool = False
    due_on: date | None = None
    assignments: tuple[Assignment, ...] = ()
    site: body.Text | None = None


class AssignmentsBody(body.Body, kw_only=True, frozen=True):
    """Who counts which zone first, in place of what was said before."""

    assignments: tuple[Assignment, ...]


class CountScanBody(body.ScanBody, kw_only=True, frozen=True):
    """All of a batch in a place; only `location`, 0 and `empty_confirmed` for a place that is empty."""

    code: body.Code | None = None
    item_no: body.Code | None = None
    batch_no: body.Code | None = None
    location: body.Code | None = None
    quantity: body.Quantity | None = None
    unit: body.Text | None = None
    owner: Annotated[str, Meta(max_length=128)] | None = None
    counted_at: datetime | None = None
    empty_confirmed: bool = False
    correct: bool = False


class SubmitBody(body.Body, kw_only=True, frozen=True):
    """The counter is through; `blanks` is the lead's choice for lines nobody counted."""

    blanks: Literal["keep", "zero"] | None = None


class Explained(body.Body, kw_only=True, frozen=True):
    """Why one line is adjusted."""

    item_no: body.Code
    batch_no: body.Code
    location: body.Code
    owner: Annotated[str, Meta(max_length=128)] = ""
    reason: body.Text
    note: body.Note = ""


class ApproveBody(body.Body, kw_only=True, frozen=True):
    """Why the differences are adjusted: for all, and for single lines; unsaid it is unknown, with a task for it."""

    reason: body.Text = "unknown"
    note: body.Note = ""
    lines: tuple[Explained, ...] = ()


class CountCancelBody(body.Body, kw_only=True, frozen=True):
    """Why a count is given up."""

    reason: body.Text


@bp.post("/counts")
@posting("manager", body=CountBody)
def create(tx: Transaction, sent: CountBody) -> Reply:
    """Open a count; scans go on meanwhile. One of the running month needs at least its month said."""
    if sent == CountBody():
        raise InvalidInput(field="month", reason="missing")
    wanted = Wanted(
        month=sent.month or "", kind=sent.kind, zone=sent.zone or "", location=sent.location or "",
        abc_class=sent.abc_class or "", least_value=sent.least_value or 0, freeze=sent.freeze, due_on=sent.due_on,
        assignments=_pairs(sent.assignments),
    )  # fmt: skip
    count = count_plan.open_count(tx, wanted)
    return {**body.plain(reports.describe(tx, count)), **reports.progress(tx, count)}, 201


@bp.get("/counts")
@reading(*READERS)
def index(tx: Transaction) -> dict[str, Any]:
    """List the site's counts, oldest first; `?state=`, `?month=` narrow it."""
    query = Count.select().where(Count.site == tx.site.id)
    for column in (Count.state, Count.month):
        if wanted := request.args.get(column.name):
            query = query.where(column == wanted)
    return body.page(query, Count.id, lambda count: reports.describe(tx, count))


@bp.get("/counts/<count_no>")
@reading(*READERS)
def show(tx: Transaction, count_no: str) -> dict[str, Any]:
    """Show a count and how far it is; no quantity is in it."""
    count = counts.get(tx, count_no)
    return {**reports.describe(tx, count), **reports.progress(tx, count)}


@bp.get("/counts/<count_no>/lines")
@reading(*READERS)
def lines(tx: Transaction, count_no: str) -> dict[str, Any]:
    """List what to count, by place; `?zone=`, `?location=`, `?owner=`, `?state=`. Blind: no book quantity."""
    filters = {name: request.args[name] for name in FILTERS if name in request.args}
    found, following = reports.lines(
        tx, counts.get(tx, count_no), filters=filters, after=request.args.get("after", ""), limit=body.limit()
    )  # fmt: skip
    return {"items": found, "next": following}


@bp.get("/counts/<count_no>/not-due")
@reading(*READERS)
def not_due(tx: Transaction, count_no: str) -> dict[str, Any]:
    """List the places without a line: nothing lay or moved there."""
    return {"items": [{"location": code} for code in reports.not_due(tx, counts.get(tx, count_no))], "next": None}


@bp.get("/counts/<count_no>/uncounted")
@reading(*READERS)
def uncounted(tx: Transaction, count_no: str) -> dict[str, Any]:
    """List the places that still have to be counted, by zone; `?zone=`. How many lines are left, no quantity."""
    limit, after = body.limit(), request.args.get("after", "")
    found = reports.uncounted(
        tx, counts.get(tx, count_no), zone=request.args.get("zone", ""), after=_key(after), limit=limit + 1
    )  # fmt: skip
    last = found[limit - 1] if len(found) > limit else None
    following = json.dumps([last["zone"], last["location"]], ensure_ascii=False) if last else None
    return {"items": found[:limit], "next": following}


@bp.post("/counts/<count_no>/assignments")
@posting("manager", body=AssignmentsBody, status=200)
def assign(tx: Transaction, sent: AssignmentsBody, count_no: str) -> Reply:
    """Say who counts which zone first."""
    count = counts.get(tx, count_no, changing=True)
    count_plan.check_open(count)
    count_plan.assign(tx, count, _pairs(sent.assignments))
    return {"count_no": count_no, **reports.progress(tx, count)}, 200


@bp.post("/counts/<count_no>/scans")
@posting("keeper", "clerk", body=CountScanBody)
def scan(tx: Transaction, sent: CountScanBody, count_no: str) -> Reply:
    """Count a batch in a place; a second person's entry is a recount."""
    found = counting.count(tx, count_no, body.take(sent, Typed))
    return {"count_no": count_no, **(found[0] if len(found) == 1 else {}), "lines": found}, 201


@bp.post("/counts/<count_no>/submit")
@posting("keeper", "clerk", "manager", body=SubmitBody, status=200)
def submit(tx: Transaction, sent: SubmitBody, count_no: str) -> Reply:
    """Say that the counting is through; pressed again it changes nothing."""
    return count_approval.submit(tx, count_no, blanks=sent.blanks), 200


@bp.get("/counts/<count_no>/variances")
@reading("manager")
def variances(tx: Transaction, count_no: str) -> dict[str, Any]:
    """List what differs from the book: book, counted, difference, cause hint; `?all=true` every counted line."""
    count = counts.get(tx, count_no)
    found = reports.variances(tx, count, everything=request.args.get("all") == "true")
    header = {**reports.describe(tx, count), **reports.progress(tx, count)}
    return {**header, "items": found, "next": None}


@bp.post("/counts/<count_no>/approve")
@posting("manager", body=ApproveBody, status=200, second_person=True)
def approve(tx: Transaction, sent: ApproveBody, count_no: str) -> Reply:
    """Approve the differences; one adjustment corrects account and card."""
    why = {
        (line.item_no, line.batch_no, line.location, line.owner): Why(reason=check_reason(line.reason), note=line.note)
        for line in sent.lines
    }
    default = Why(reason=check_reason(sent.reason), note=sent.note)
    return count_approval.approve(tx, count_no, default=default, why=why), 200


@bp.post("/counts/<count_no>/close")
@posting("manager", status=200)
def close(tx: Transaction, count_no: str) -> Reply:
    """Close an approved count; its places are free again."""
    return count_approval.close(tx, count_no), 200


@bp.post("/counts/<count_no>/cancel")
@posting("manager", body=CountCancelBody, status=200)
def cancel(tx: Transaction, sent: CountCancelBody, count_no: str) -> Reply:
    """Give a count up; its places are free again, nothing is corrected."""
    return body.plain(reports.describe(tx, count_plan.cancel(tx, count_no, reason=sent.reason))), 200


def _key(text: str) -> tuple[str, str]:
    """Read the key of the page before. Raises InvalidInput."""
    if not text:
        return "", ""
    try:
        zone, location = json.loads(text)
    except (ValueError, TypeError):
        raise InvalidInput(field="after", reason="not-a-key") from None
    return str(zone), str(location)


def _pairs(assignments: tuple[Assignment, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((each.zone, each.counter) for each in assignments)
