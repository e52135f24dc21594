"""The monthly count on the phone: scan the place, the batch, type what lies there; blind (K5; R-C1, R-C8, R-C9)."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from warehouse.books import counts
from warehouse.reports import counts as reports
from warehouse.tables.counts import Count
from warehouse.transaction import Transaction
from warehouse.web import page
from warehouse.web.api import counts as routes
from warehouse.web.page import READERS, Outcome, Sent, page_posting

bp = page.blueprint("counting")
PAGE = 50
OPEN = ("open", "submitted", "approved")


@bp.get("/count")
@page.page(*READERS)
def index(tx: Transaction) -> Response:
    """List the counts that are open."""
    return _index(tx)


@bp.get("/count/<count_no>")
@page.page(*READERS)
def show(tx: Transaction, count_no: str) -> Response:
    """Show the scan form of a count and what is still to be counted, in the order one walks."""
    return _show(tx, count_no, kept={"location": request.args.get("location", "")})


@bp.post("/count/<count_no>/scan")
@page_posting(routes.scan)
def scan(sent: Sent, count_no: str) -> Response:
    """Count all of a batch in a place; the place stays for the next batch."""
    names = ("code", "item_no", "batch_no", "location", "quantity", "owner")
    body = {**sent.members(*names), **{name: True for name in ("empty_confirmed", "correct") if sent.text(name)}}
    outcome = sent.ask(routes.scan, body, count_no=count_no)
    outcome = outcome.say("counted", code=sent.text("code") or sent.text("location") or "–")
    return _show(page.now_reader(), count_no, outcome, kept=sent.members("location"))


@bp.post("/count/<count_no>/submit")
@page_posting(routes.submit)
def submit(sent: Sent, count_no: str) -> Response:
    """Say that the counting is through; the lead says what a line without a count means."""
    outcome = sent.ask(routes.submit, sent.members("blanks"), count_no=count_no)
    return _show(page.now_reader(), count_no, outcome.say("count-submitted"))


def _index(tx: Transaction) -> Response:
    query = Count.select().where((Count.site == tx.site.id) & Count.state.in_(OPEN)).order_by(Count.id)
    return page.render(
        "counting/index.html", counts=[{**reports.describe(tx, each), **reports.progress(tx, each)} for each in query]
    )


def _show(
    tx: Transaction, count_no: str, outcome: Outcome | None = None, kept: Mapping[str, Any] | None = None
) -> Response:
    count = counts.get(tx, count_no)
    place = (kept or {}).get("location", "")
    wanted = {name: request.args[name] for name in ("zone",) if request.args.get(name)}
    filters = {**wanted, **({"location": place} if place else {})}
    lines, following = reports.lines(tx, count, filters=filters, after=request.args.get("after", ""), limit=PAGE)
    return page.render(
        "counting/count.html", outcome=outcome, count={**reports.describe(tx, count), **reports.progress(tx, count)},
        lines=lines, following=following, kept=kept or {}, filters=wanted,
    )  # fmt: skip
