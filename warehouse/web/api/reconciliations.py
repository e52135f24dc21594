"""/reconciliations, /discrepancies: account 帳, card 卡 and goods 物 side by side, followed up and signed (4.7.5 d).

A signed month is answered from its frozen text, for ever the same. Source: R-R1..R-R10, R-C20.
"""

from datetime import date
from typing import Annotated, Any

from flask import Blueprint, Response, request
from msgspec import Meta

from warehouse.flow import discrepancies, late_entry, month_close, reconciliation
from warehouse.posting import Reply
from warehouse.reports import reconciliation_print
from warehouse.rules.reconciliation import Book, ClosingReason
from warehouse.rules.refusals import InvalidInput
from warehouse.rules.status import InspectionStatus
from warehouse.tables.reconciliation import Discrepancy
from warehouse.transaction import Transaction, snapshot
from warehouse.web import body
from warehouse.web.api import reconciled_rows
from warehouse.web.posting import posting, reading

bp = Blueprint("reconciliations", __name__)
READERS = ("keeper", "clerk", "qa", "manager")
TYPES = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class SignBody(body.Body, kw_only=True, frozen=True):
    """Which book is signed: the keeper signs the card, the manager the account, who counted the goods."""

    book: Book
    site: body.Text | None = None


class AssignBody(body.Body, kw_only=True, frozen=True):
    """Who follows a discrepancy up, and by when."""

    person: body.Text
    due_on: date | None = None


class CloseBody(body.Body, kw_only=True, frozen=True):
    """How a discrepancy came to its end."""

    reason: ClosingReason
    note: Annotated[str, Meta(min_length=1, max_length=2000)]


class CardEntryBody(body.ScanBody, kw_only=True, frozen=True):
    """A card entry that was forgotten: `done_at` is when the goods moved; the rest where the record does not say."""

    note: Annotated[str, Meta(min_length=1, max_length=2000)]
    location: body.Code | None = None
    status: InspectionStatus | None = None
    voucher_no: body.Code | None = None


@bp.get("/reconciliations/<month>")
@reading(*READERS, report=True)
def show(tx: Transaction, month: str) -> dict[str, Any]:
    """Compare the three books for a month, or now while it runs: the rows that differ, `?all=true` for every row."""
    reconciled_rows.check_may_see(tx)
    wants_all = _flag("all")
    with snapshot():
        return reconciled_rows.answer(tx, month, wants_all=wants_all)


@bp.get("/reconciliations/<month>/exceptions")
@reading(*READERS, report=True)
def exceptions(tx: Transaction, month: str) -> dict[str, Any]:
    """List the vouchers that only one book has for more than a day, the oldest first."""
    with snapshot():
        return {"items": reconciliation.waiting(tx, month), "next": None}


@bp.get("/reconciliations/<month>/entries/<item_no>/<path:batch_no>")
@reading(*READERS)
def entries(tx: Transaction, month: str, item_no: str, batch_no: str) -> dict[str, Any]:
    """Give what lies behind a row: card, account and counts, and both records matched by voucher."""
    reconciled_rows.check_may_see(tx)
    with snapshot():
        return reconciled_rows.entries(tx, month, item_no, batch_no, request.args.get("owner", ""))


@bp.get("/reconciliations/<month>.<any(pdf, xlsx):form>")
@reading(*READERS, report=True)
def draw(tx: Transaction, month: str, form: str) -> Response:
    """Print a month; a signed one gives the same bytes for ever, an open one says that it is not signed."""
    reconciled_rows.check_may_see(tx)
    with snapshot():
        content = month_close.content_of(tx, month)
    render = reconciliation_print.render_pdf if form == "pdf" else reconciliation_print.render_workbook
    response = Response(render(content), mimetype=TYPES[form])
    response.headers.set("Content-Disposition", "inline", filename=f"{tx.site.code}-{month}.{form}")
    return response


@bp.post("/reconciliations/<month>/sign")
@posting("keeper", "clerk", "qa", "manager", body=SignBody, status=200, second_person=True)
def sign(tx: Transaction, sent: SignBody, month: str) -> Reply:
    """Sign a book of a month that is over; with the third signature the month is frozen and closed."""
    done = month_close.sign(tx, month, sent.book)
    return {
        "month": month, "book": sent.book, "signatures": done.signatures, "missing": done.missing,
        "signed_twice": done.signed_twice, "state": "closed" if done.is_closed else "open",
    }, 200  # fmt: skip


@bp.post("/reconciliations/<month>/discrepancies")
@posting(*READERS, body=body.SiteOnly)
def record(tx: Transaction, sent: body.SiteOnly, month: str) -> Reply:
    """Put what nothing explains on record, each part once, to be followed up."""
    return {"month": month, "opened": discrepancies.record(tx, month)}, 201


@bp.get("/discrepancies")
@reading(*READERS)
def index(tx: Transaction) -> dict[str, Any]:
    """List the site's discrepancies, `?state=open|assigned|closed`, `?month=`; those not closed unless said."""
    reconciled_rows.check_may_see(tx)
    state, month = request.args.get("state"), request.args.get("month")
    query = Discrepancy.select().where(Discrepancy.site == tx.site.id)
    query = query.where(Discrepancy.state == state if state else Discrepancy.state != "closed")
    if month:
        query = query.where(Discrepancy.month == month)
    after = request.args.get("after", "0")
    if not (after.isascii() and after.isdigit()):
        raise InvalidInput(field="after", reason="not-a-number")
    return body.page(query, Discrepancy.id, discrepancies.describe)


@bp.get("/discrepancies/<discrepancy_no>")
@reading(*READERS)
def show_one(tx: Transaction, discrepancy_no: str) -> dict[str, Any]:
    """Tell of one discrepancy: the figures when it was found, who follows it up, how it ended."""
    reconciled_rows.check_may_see(tx)
    return discrepancies.describe(discrepancies.get(tx, discrepancy_no))


@bp.post("/discrepancies/<discrepancy_no>/assign")
@posting("manager", body=AssignBody, status=200)
def assign(tx: Transaction, sent: AssignBody, discrepancy_no: str) -> Reply:
    """Give a discrepancy to somebody, with a day."""
    found = discrepancies.assign(tx, discrepancy_no, person=sent.person, due_on=sent.due_on)
    return body.plain(discrepancies.describe(found)), 200


@bp.post("/discrepancies/<discrepancy_no>/close")
@posting(*READERS, body=CloseBody, status=200)
def close(tx: Transaction, sent: CloseBody, discrepancy_no: str) -> Reply:
    """End a discrepancy with its reason: a manager, or who follows it up."""
    reconciled_rows.check_may_see(tx)  # the answer tells the figures
    found = discrepancies.close(tx, discrepancy_no, reason=sent.reason, note=sent.note)
    return body.plain(discrepancies.describe(found)), 200


@bp.post("/discrepancies/<discrepancy_no>/card-entry")
@posting("manager", body=CardEntryBody)
def write_late(tx: Transaction, sent: CardEntryBody, discrepancy_no: str) -> Reply:
    """Write the card entry that was forgotten, marked late; the old lines stay. Closes the discrepancy."""
    number = late_entry.write(tx, discrepancy_no, body.take(sent, late_entry.LateEntry))
    return {"discrepancy_no": discrepancy_no, "voucher_no": number, "state": "closed"}, 201


def _flag(name: str) -> bool:
    text = request.args.get(name, "false")
    if text not in ("true", "false"):
        raise InvalidInput(field=name, reason="not-true-or-false")
    return text == "true"
