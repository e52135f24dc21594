"""The monthly count on the phone: scan the place, the batch, type what lies there; blind (K5; R-C1, R-C8, R-C9)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, request, url_for

from warehouse import catalogue
from warehouse.books import counts
from warehouse.flow import count_approval
from warehouse.posting import Act, Reply
from warehouse.reports import counts as reports
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.counts import Count
from warehouse.transaction import Transaction
from warehouse.web import language, page, problems
from warehouse.web.api import count_papers as papers
from warehouse.web.api import counts as routes
from warehouse.web.page import READERS, Sent, page_posting
from warehouse.web.panel import Outcome, Panel

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
    return _show(
        tx, count_no, kept={name: request.args.get(name, "")[:128] for name in ("location", "code", "correct")}
    )


@bp.post("/count/<count_no>/scan")
@page_posting(routes.scan)
def scan(sent: Sent, count_no: str) -> Response:
    """Count all of a batch in a place; the place stays for the next batch."""
    names = ("code", "item_no", "batch_no", "location", "quantity", "owner")
    if sent.members(*names).keys() == {"location"} and not sent.unread:
        return _go_to(sent, count_no)
    body = {**sent.members(*names), **{name: True for name in ("empty_confirmed", "correct") if sent.text(name)}}
    outcome = sent.ask(routes.scan, body, count_no=count_no)
    place, code = sent.text("location") or "", sent.text("code") or ""
    again = url_for("counting_page.show", count_no=count_no, location=place, code=code or None, correct=1)
    tx = page.now_reader()
    # Who is through, or recounts, corrects nothing any more.
    links = (("I mistyped it", again),) if counts.get(tx, count_no).state == "open" else ()
    outcome = outcome.say("counted", *links, quantity=sent.text("quantity") or "0", code=code or "–", location=place)
    if outcome.panel.code == "same-person":
        outcome = replace(outcome, panel=replace(outcome.panel, links=links))
    return _show(tx, count_no, outcome, kept=sent.members("location"))


def _go_to(sent: Sent, count_no: str) -> Response:
    """Stay at the bin that was scanned, for the batches that follow; a bin alone says nothing of what lies in it."""
    place = sent.text("location") or ""
    outcome = sent.answer(lambda tx: ({"location": catalogue.get_place(tx, place).bin_code}, 200))
    kept = {"location": outcome.body["location"]} if outcome.ok else {}
    return _show(page.now_reader(), count_no, outcome.say("at-bin", location=place), kept=kept)


@bp.post("/count/<count_no>/sheet")
@page_posting(papers.upload)
def upload(sent: Sent, count_no: str) -> Response:
    """Take a filled-in sheet in, all its rows or none; the same one again changes nothing (R-C14)."""
    outcome = sent.answer(_taking(count_no, dry_run=sent.text("look") is not None))
    told = outcome.body
    if told.get("errors"):
        title = language.say("sheet-wrong", wrong=told["refused"], rows=told["rows"])
        outcome = replace(outcome, panel=Panel(kind="refused", title=title), status=409)
    errors = [
        {"row": each["row"], "text": problems.sentence(each["code"], page.in_words(each))}
        for each in told.get("errors", ())
    ]
    key = "sheet-taken" if told.get("applied") else "sheet-looked-at"
    figures = {name: told.get(name, 0) for name in ("counted", "corrected", "unchanged", "blank")}
    return _show(page.now_reader(), count_no, outcome.say(key, **figures), errors=errors)


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


def _taking(count_no: str, *, dry_run: bool) -> Act:
    """Make the act that takes the form's sheet in; it is read before a transaction opens."""
    given = request.files.get(papers.FIELD)
    content = given.stream.read() if given else b""
    refused: InvalidInput | None = None if content else InvalidInput(field=papers.FIELD, reason="missing")
    sheet = papers.ReadSheet()
    if content:
        try:
            sheet = papers.read_sheet(content, dry_run=dry_run, confirmed=bool(request.form.get("confirmed")))
        except InvalidInput as no_sheet:
            refused = no_sheet

    def act(tx: Transaction) -> Reply:
        if refused:
            raise refused
        return papers.take_in(tx, sheet, count_no)

    return act


def _show(
    tx: Transaction, count_no: str, outcome: Outcome | None = None, kept: Mapping[str, Any] | None = None,
    errors: list[dict[str, Any]] | None = None,
) -> Response:  # fmt: skip
    count = counts.get(tx, count_no)
    place = (kept or {}).get("location", "")
    wanted = {name: request.args[name] for name in ("zone", "state") if request.args.get(name)}
    filters = {**wanted, **({"location": place} if place else {})}
    lines, following = reports.lines(tx, count, filters=filters, after=request.args.get("after", ""), limit=PAGE)
    shown = {**reports.describe(tx, count), **reports.progress(tx, count)}
    through = {each["counter"]: each["through"] for zone in shown["zones"] for each in zone["counters"]}
    return page.render(
        "counting/count.html", outcome=outcome, count=shown, is_through=through.get(tx.actor.name, False),
        waits_for=count_approval.waits_for(count),
        lines=lines, following=following, kept=kept or {}, filters=wanted, errors=errors or [],
    )  # fmt: skip
