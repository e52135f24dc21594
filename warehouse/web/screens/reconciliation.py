"""Account 帳, card 卡 and goods 物 side by side, followed up and signed (M2; R-R1..R-R10)."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, redirect, request, url_for

from warehouse.flow import outside_account, reconciliation
from warehouse.flow.sheets import Sheet
from warehouse.posting import Act, Reply
from warehouse.reports import overview
from warehouse.reports.months import months_to
from warehouse.rules.period import month_of
from warehouse.rules.reconciliation import Cause, ClosingReason
from warehouse.rules.refusals import InvalidInput
from warehouse.transaction import Transaction, snapshot
from warehouse.web import language, page, problems
from warehouse.web.api import account, reconciled_rows
from warehouse.web.api import reconciliations as routes
from warehouse.web.page import READERS, Sent, page_posting
from warehouse.web.panel import Outcome
from warehouse.web.typed import day, site_moment

bp = page.blueprint("reconciliation")
MONTHS = 6  # offered
# How a discrepancy mostly ends, offered first.
ENDS = {
    Cause.MISSING_POSTING: ClosingReason.POSTED, Cause.MISSING_CARD_ENTRY: ClosingReason.LATE_CARD_ENTRY,
    Cause.PHYSICAL_LOSS: ClosingReason.ADJUSTED, Cause.PHYSICAL_GAIN: ClosingReason.ADJUSTED,
    Cause.SWAPPED_BATCHES: ClosingReason.ADJUSTED, Cause.MISPLACED: ClosingReason.MOVED,
    Cause.UNIT_ERROR: ClosingReason.CORRECTED_OUTSIDE, Cause.DOUBLE_POSTING: ClosingReason.CORRECTED_OUTSIDE,
    Cause.DIGIT_TRANSPOSITION: ClosingReason.CORRECTED_OUTSIDE,
}  # fmt: skip


@bp.get("/reconciliation")
@page.page(*READERS)
def index(tx: Transaction) -> Response:
    """Open the running month."""
    return redirect(url_for("reconciliation_page.show", month=month_of(tx.today)), 303)  # type: ignore[return-value]


@bp.get("/reconciliation/<month>")
@page.page(*READERS, report=True)
def show(tx: Transaction, month: str) -> Response:
    """Show a month: what differs, or every row, with what explains it and who follows it up."""
    return _show(tx, month)


@bp.get("/reconciliation/<month>/<item_no>/<path:batch_no>")
@page.page(*READERS, report=True)
def behind(tx: Transaction, month: str, item_no: str, batch_no: str) -> Response:
    """Show the three lists behind a row, and both records matched by voucher."""
    reconciled_rows.check_may_see(tx)
    with snapshot():
        found = reconciled_rows.entries(tx, month, item_no, batch_no, request.args.get("owner", ""))
    return page.render("reconciliation/behind.html", **found)


@bp.post("/reconciliation/<month>/sign/<any(account, card, goods):book>")
@page_posting(routes.sign)
def sign(sent: Sent, month: str, book: str) -> Response:
    """Sign a book of a month that is over."""
    outcome = sent.ask(routes.sign, {"book": book}, month=month)
    return _show(page.now_reader(), month, outcome.say("book-signed", month=month))


@bp.post("/reconciliation/<month>/record")
@page_posting(routes.record)
def record(sent: Sent, month: str) -> Response:
    """Put what nothing explains on record."""
    outcome = sent.ask(routes.record, month=month)
    return _show(page.now_reader(), month, outcome.say("recorded", number=len(outcome.body.get("opened", ()))))


@bp.post("/reconciliation/<month>/discrepancy/<discrepancy_no>/<any(assign, close, late):act>")
@page_posting(routes.assign, routes.close, routes.write_late)
def follow(sent: Sent, month: str, discrepancy_no: str, act: str) -> Response:
    """Give a discrepancy to somebody, end it, or write the forgotten card entry."""
    route, names = {
        "assign": (routes.assign, ("person", "due_on")), "close": (routes.close, ("reason", "note")),
        "late": (routes.write_late, ("note", "location", "voucher_no")),
    }[act]  # fmt: skip
    body = sent.members(*names)
    if act == "late" and sent.text("done_at"):
        body["done_at"] = site_moment(sent.text("done_at"), time_zone=page.now_reader().site.time_zone)
    outcome = sent.ask(route, body, discrepancy_no=discrepancy_no)
    return _show(page.now_reader(), month, outcome.say("discrepancy-kept", number=discrepancy_no))


@bp.post("/reconciliation/<month>/account")
@page_posting(account.upload)
def upload(sent: Sent, month: str) -> Response:
    """Read the finance system's book from a file: first only looked at, kept when asked."""
    outcome = sent.answer(_loading(sent))
    told = outcome.body
    if told.get("kept") or not outcome.ok:
        return _show(
            page.now_reader(), month, outcome.say("book-kept", lines=told.get("lines", 0)), given=not outcome.ok
        )
    outcome = outcome.say("book-looked-at", good=told["good"], wrong=told["errors_in_all"])
    if told["errors"]:
        outcome = replace(outcome, panel=replace(outcome.panel, kind="refused"), status=409)
    return _show(page.now_reader(), month, outcome, errors=[_in_words(each) for each in told["errors"]], given=True)


def _in_words(error: Mapping[str, Any]) -> dict[str, Any]:
    """Say in the reader's language what is wrong in a row of a sheet."""
    reason, named = error["reason"], language.word("field", error["column"])
    if f"{reason}.title" in language.catalogue(language.language()):
        return {"row": error["row"], "text": f"{named}{language.say('colon')}{language.say(f'{reason}.title')}"}
    told = problems.sentence("invalid-input", {"field": error["column"], "reason": reason})
    return {"row": error["row"], "text": told}


def _loading(sent: Sent) -> Act:
    """Make the act that takes the form's sheet in; it is read before a transaction opens."""
    given = request.files.get("sheet")
    content = given.stream.read() if given else b""
    found: Sheet | InvalidInput = InvalidInput(field="sheet", reason="missing")
    if content:
        try:
            found = account.read_sheet(content)
        except InvalidInput as no_sheet:
            found = no_sheet

    def act(tx: Transaction) -> Reply:
        if isinstance(found, InvalidInput):
            raise found
        tx.tell(sheet=hashlib.sha256(content).hexdigest())
        return outside_account.load_sheet(
            tx, found, as_of=day(sent.text("as_of"), "as_of"), source=sent.text("source") or "",
            dry_run=sent.text("keep") is None,
        ), 200  # fmt: skip

    return act


def _show(
    tx: Transaction, month: str, outcome: Outcome | None = None, errors: list[dict[str, Any]] | None = None, *,
    given: bool = False,
) -> Response:  # fmt: skip
    """Show a month; `given` keeps what was typed in the form for the finance book, to be sent again."""
    reconciled_rows.check_may_see(tx)
    wants_all = request.args.get("all") == "true"
    with snapshot():
        found = reconciled_rows.answer(tx, month, wants_all=wants_all)
        late = reconciliation.waiting(tx, month) if found["state"] == "open" else []
    return page.render(
        "reconciliation/month.html", outcome=outcome, wants_all=wants_all, late=late, errors=errors or [],
        months=months_to(month_of(tx.today), MONTHS)[::-1], people=overview.followers(tx), today=tx.today,
        closing=list(ClosingReason), ends=ENDS, **found,
        given={name: request.form.get(name, "") for name in ("as_of", "source") if given},
    )  # fmt: skip
