"""Around a count: sheets up and down, goods nobody knows, owners told, tolerances, the plan, frozen places."""

import csv
import hashlib
import io
import json
from datetime import date
from typing import Annotated, Any

from flask import Blueprint, Response, request
from msgspec import Meta

from warehouse.books import counts
from warehouse.flow import count_plan, count_sheets, discrepancies, findings, owner_notices, sheets
from warehouse.flow.counting import Typed
from warehouse.flow.findings import Decision
from warehouse.posting import Reply
from warehouse.reports import counts as reports
from warehouse.rules.refusals import InvalidInput
from warehouse.settings import FORM_LIMIT, LARGEST_PAGE
from warehouse.tables.counts import OwnerNotice
from warehouse.transaction import Transaction
from warehouse.web import body, language
from warehouse.web.posting import posting, reading

bp = Blueprint("count_papers", __name__)
READERS = ("keeper", "clerk", "qa", "manager")
FIELD = "sheet"
Limit = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")]


class SheetLine(body.Body, kw_only=True, frozen=True):
    """One line of a sheet; without a quantity nobody counted it."""

    row: int = 0
    item_no: body.Code
    batch_no: body.Code
    location: body.Code
    quantity: body.Quantity | None = None
    owner: Annotated[str, Meta(max_length=128)] | None = None


class SheetBody(body.Body, kw_only=True, frozen=True):
    """A count sheet: as JSON lines, or multipart with the file in `sheet` (CSV, XLSX)."""

    lines: tuple[SheetLine, ...] = ()
    dry_run: bool = False
    confirmed: bool = False


class ReadSheet(SheetBody, kw_only=True, frozen=True):
    """A sheet read from a file: its rows, what could not be read of it, and how it was read."""

    rows: tuple[count_sheets.Row, ...] = ()
    encoding: str = ""
    digest: str = ""


class FindingBody(body.Body, kw_only=True, frozen=True):
    """What QA says of found goods."""

    accept: bool
    first_received_on: date | None = None
    produced_on: date | None = None
    expiry_date: date | None = None
    note: body.Note = ""


class NoticeBody(body.Body, kw_only=True, frozen=True):
    """What an owner was told."""

    owner: body.Code
    text: body.Note


class OwnerAnswerBody(body.Body, kw_only=True, frozen=True):
    """What an owner answered, or what came of it."""

    text: body.Note


class ToleranceBody(body.Body, kw_only=True, frozen=True):
    """A tolerance of one bin, a warehouse or the site; "0" is exact, null inherits."""

    warehouse: Annotated[str, Meta(max_length=200)] = ""
    location: body.Code | None = None
    percent: Limit | None = None
    value: Limit | None = None
    site: body.Text | None = None


class PlanBody(body.Body, kw_only=True, frozen=True):
    """The day of the month on which the count opens by itself, 0 for never; who follows up what differs."""

    count_day: Annotated[int, Meta(ge=0, le=31)] | None = None
    follows_up: body.Text | None = None
    site: body.Text | None = None


def _read_form() -> tuple[ReadSheet, dict[str, Any]]:
    """Read an uploaded file before the transaction opens. Raises InvalidInput."""
    files = [*request.files.items(multi=True)]
    if [name for name, _ in files] != [FIELD]:
        raise InvalidInput(field=FIELD, reason="exactly one file field of this name is wanted")
    fields = {name: value for name, value in request.form.items()}
    sent, plain = body.read(json.dumps(fields).encode(), SheetBody, strict=False)
    with files[0][1].stream as stream:
        found = read_sheet(stream.read(), dry_run=sent.dry_run, confirmed=sent.confirmed)
    return found, {**plain, FIELD: found.digest}


def read_sheet(content: bytes, *, dry_run: bool, confirmed: bool) -> ReadSheet:
    """Read a filled-in sheet (CSV, XLSX) before the transaction opens. Raises InvalidInput for what is none."""
    sheet = sheets.read_sheet(
        content, columns=count_sheets.COLUMNS, required=count_sheets.REQUIRED,
        is_traditional=language.language() == "zh_Hant",
    )  # fmt: skip
    return ReadSheet(
        dry_run=dry_run, confirmed=confirmed, rows=tuple(map(count_sheets.read_row, sheet.rows)),
        encoding=sheet.encoding, digest=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip


@bp.post("/counts/<count_no>/sheets")
@posting("keeper", "clerk", body=SheetBody, form=_read_form, limit=FORM_LIMIT, status=200)
def upload(tx: Transaction, sent: SheetBody, count_no: str) -> Reply:
    """Take a typed count sheet in, all lines or none; the same sheet again changes nothing."""
    return take_in(tx, sent, count_no)


def take_in(tx: Transaction, sent: SheetBody, count_no: str) -> Reply:
    """Count what a sheet says, read from a file or sent as lines."""
    tx.confirmed = sent.confirmed
    if isinstance(sent, ReadSheet):
        found, source, encoding = list(sent.rows), f"sheet {sent.digest[:16]}", sent.encoding
    else:
        found = [
            count_sheets.Row(number=line.row or place, typed=body.take(line, Typed), errors=())
            for place, line in enumerate(sent.lines, start=1)
        ]
        source, encoding = "sheet", ""
    told = count_sheets.take_in(tx, count_no, found, source=source, dry_run=sent.dry_run)
    return {"count_no": count_no, "encoding": encoding or None, **told}, 200


@bp.get("/counts/<count_no>/sheet.csv")
@reading(*READERS)
def download(tx: Transaction, count_no: str) -> Response:
    """Give the sheet to type on, blind: the quantity column is empty; `?zone=`, `?owner=` for one zone or owner."""
    count = counts.get(tx, count_no)
    filters = {name: request.args[name] for name in ("zone", "owner") if name in request.args}
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("location", "item_no", "name", "batch_no", "owner", "unit", "quantity"))
    after: str | None = ""
    while after is not None:
        found, after = reports.lines(tx, count, filters=filters, after=after, limit=LARGEST_PAGE)
        for line in found:
            cells = (line["location"], line["item_no"], line["name"], line["batch_no"], line["owner"], line["unit"])
            writer.writerow((*map(count_sheets.safe_cell, cells), ""))
    response = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{count_no}.csv")
    return response


@bp.get("/counts/<count_no>/findings")
@reading(*READERS)
def list_findings(tx: Transaction, count_no: str) -> dict[str, Any]:
    """List the goods found of batches that are not on record."""
    return {"items": reports.findings(counts.get(tx, count_no)), "next": None}


@bp.post("/counts/<count_no>/findings/<int:finding_id>/decide")
@posting("qa", body=FindingBody, status=200)
def decide(tx: Transaction, sent: FindingBody, count_no: str, finding_id: int) -> Reply:
    """Say what found goods are: a batch that comes in white, or nothing that belongs on record."""
    found = findings.decide(tx, count_no, finding_id, body.take(sent, Decision))
    return {"count_no": count_no, "finding": found.id, "state": found.state}, 200


@bp.get("/counts/<count_no>/notices")
@reading(*READERS)
def list_notices(tx: Transaction, count_no: str) -> dict[str, Any]:
    """List what owners were told because of a count."""
    found = reports.notices(tx, counts.get(tx, count_no))
    return {"items": [owner_notices.describe(notice) for notice in found], "next": None}


@bp.post("/counts/<count_no>/notices")
@posting("manager", body=NoticeBody)
def notify(tx: Transaction, sent: NoticeBody, count_no: str) -> Reply:
    """Note that an owner was told of what differs in his goods; it may be adjusted then."""
    return _notice(owner_notices.give(tx, count_no, owner=sent.owner, text=sent.text)), 201


@bp.get("/owner-notices")
@reading(*READERS)
def all_notices(tx: Transaction) -> dict[str, Any]:
    """List the site's notices to owners, oldest first."""
    query = OwnerNotice.select().where(OwnerNotice.site == tx.site.id)
    return body.page(query, OwnerNotice.id, owner_notices.describe)


@bp.post("/owner-notices/<notice_no>/answer")
@posting("manager", body=OwnerAnswerBody, status=200)
def answer_notice(tx: Transaction, sent: OwnerAnswerBody, notice_no: str) -> Reply:
    """Keep what the owner answered."""
    return _notice(owner_notices.answer(tx, notice_no, text=sent.text)), 200


@bp.post("/owner-notices/<notice_no>/close")
@posting("manager", body=OwnerAnswerBody, status=200)
def close_notice(tx: Transaction, sent: OwnerAnswerBody, notice_no: str) -> Reply:
    """Close the matter with what came of it."""
    return _notice(owner_notices.close(tx, notice_no, outcome=sent.text)), 200


@bp.get("/count-tolerances")
@reading(*READERS)
def list_tolerances(tx: Transaction) -> dict[str, Any]:
    """List the tolerances that are set; what is not set inherits, and the count is exact in the end."""
    return body.short_page(reports.tolerances(tx), "warehouse", "location")


@bp.post("/count-tolerances")
@posting("manager", body=ToleranceBody, status=200)
def set_tolerance(tx: Transaction, sent: ToleranceBody) -> Reply:
    """Set the tolerance of one bin, a warehouse or the site; without anything said nothing is set."""
    if not (sent.warehouse or sent.location or sent.percent or sent.value):
        raise InvalidInput(field="percent", reason="missing")
    return count_plan.set_tolerance(
        tx, warehouse=sent.warehouse, location=sent.location, percent=sent.percent, value=sent.value
    ), 200


@bp.get("/count-plan")
@reading(*READERS)
def plan(tx: Transaction) -> dict[str, Any]:
    """Show the site's count day, what is due now, what is overdue, what waits for a spot check, who follows up."""
    return count_plan.describe(tx)


@bp.post("/count-plan")
@posting("manager", body=PlanBody, status=200)
def set_plan(tx: Transaction, sent: PlanBody) -> Reply:
    """Set the site's count day, and who is given the discrepancies that are put on record."""
    if sent.count_day is None and sent.follows_up is None:
        raise InvalidInput(field="count_day", reason="missing")
    if sent.count_day is not None:
        count_plan.set_count_day(tx, sent.count_day)
    if sent.follows_up is not None:
        discrepancies.set_follower(tx, sent.follows_up)
    return body.plain(count_plan.describe(tx)), 200


@bp.get("/frozen-places")
@reading(*READERS)
def frozen_places(tx: Transaction) -> dict[str, Any]:
    """List the places that refuse movements now, and what froze them."""
    return body.short_page(reports.frozen_places(tx), "location")


def _notice(notice: OwnerNotice) -> dict[str, Any]:
    told: dict[str, Any] = body.plain(owner_notices.describe(notice))
    return told
