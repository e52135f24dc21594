"""Goods in on the screen: announce or open a receipt, scan each batch with its quantity, post (K2; R-A1..A5)."""

from collections.abc import Mapping
from typing import Any

from flask import Response, redirect, url_for

from warehouse.books import documents
from warehouse.flow import owner_notices, receipt_check, receiving
from warehouse.reports import overview
from warehouse.transaction import Transaction
from warehouse.web import language, page
from warehouse.web.api import count_papers as papers
from warehouse.web.api import receipts
from warehouse.web.page import READERS, Sent, page_posting
from warehouse.web.panel import Offer, Outcome

bp = page.blueprint("receiving")


@bp.get("/receive")
@page.page(*READERS)
def index(tx: Transaction) -> Response:
    """List the open receipts and offer a new one."""
    return _index(tx)


@bp.post("/receive")
@page_posting(receipts.create)
def create(sent: Sent) -> Response:
    """Announce goods from an order or another document."""
    body = {**sent.members("supplier", "reference", "owner"), "lines": sent.lines("item_no", "quantity")}
    outcome = sent.ask(receipts.create, body)
    if not outcome.ok:
        return _index(page.now_reader(), outcome)
    return redirect(url_for("receiving_page.show", receipt_no=outcome.body["receipt_no"]), 303)  # type: ignore[return-value]


@bp.get("/receive/<receipt_no>")
@page.page(*READERS)
def show(tx: Transaction, receipt_no: str) -> Response:
    """Show one receipt with its scan field."""
    return _show(tx, receipt_no)


@bp.post("/receive/<receipt_no>/scan")
@page_posting(receipts.scan)
def scan(sent: Sent, receipt_no: str) -> Response:
    """Take a scanned batch in, white."""
    names = ("code", "item_no", "batch_no", "quantity", "unit", "location", "produced_on", "expiry_date")
    outcome = sent.ask(receipts.scan, sent.members(*names), receipt_no=receipt_no)
    if outcome.ok:
        batch, label_no = outcome.body["batch"], outcome.body["label_nos"][0]
        link = url_for("batches_page.show", item_no=batch["item_no"], batch_no=batch["batch_no"])
        outcome = outcome.say(
            "received", ("Open the batch", link),
            item_no=batch["item_no"], batch_no=batch["batch_no"], quantity=sent.text("quantity"), label_no=label_no,
        )  # fmt: skip
        undoing = url_for("receiving_page.undo", receipt_no=receipt_no, entry_no=outcome.body["entry_no"])
        outcome = outcome.offer(Offer(text=language.say("Undo"), path=undoing))
    # Where the code says another item than was chosen, the choice goes: the next scan may say it.
    kept = ("location",) if outcome.facts.get("reason") == "not-what-the-code-says" else ("item_no", "location")
    return _show(page.now_reader(), receipt_no, outcome, kept=sent.members(*kept))


@bp.post("/receive/<receipt_no>/undo/<int:entry_no>")
@page_posting(receipts.undo)
def undo(sent: Sent, receipt_no: str, entry_no: int) -> Response:
    """Undo a scan: the goods are off the record again, their paper is void."""
    outcome = sent.ask(receipts.undo, receipt_no=receipt_no, entry_no=entry_no)
    return _show(page.now_reader(), receipt_no, outcome.say("receipt-undone"))


@bp.post("/receive/<receipt_no>/check-form")
@page_posting(receipts.fill_in)
def fill_in(sent: Sent, receipt_no: str) -> Response:
    """Fill in the receipt check form of a customer's goods."""
    lines = [{"unfit": "0", **line} for line in sent.lines("item_no", "found", "unfit", "line_note")]
    body = {
        "lines": [{("note" if name == "line_note" else name): value for name, value in line.items()} for line in lines],
        "packages_whole": sent.text("packages_whole") is not None,
        "papers_agree": sent.text("papers_agree") is not None, **sent.members("note"),
    }  # fmt: skip
    outcome = sent.ask(receipts.fill_in, body, receipt_no=receipt_no)
    return _show(page.now_reader(), receipt_no, outcome.say("check-form-kept", number=outcome.body.get("form_no", "")))


@bp.post("/receive/<receipt_no>/notice")
@page_posting(receipts.tell_owner)
def tell_owner(sent: Sent, receipt_no: str) -> Response:
    """Note what the owner was told."""
    outcome = sent.ask(receipts.tell_owner, sent.members("text"), receipt_no=receipt_no)
    return _show(page.now_reader(), receipt_no, outcome.say("owner-told"))


@bp.post("/receive/<receipt_no>/notice/<notice_no>/<any(answer, close):act>")
@page_posting(papers.answer_notice, papers.close_notice)
def follow_notice(sent: Sent, receipt_no: str, notice_no: str, act: str) -> Response:
    """Keep the owner's answer, or what came of the matter."""
    route = papers.answer_notice if act == "answer" else papers.close_notice
    outcome = sent.ask(route, sent.members("text"), notice_no=notice_no)
    return _show(page.now_reader(), receipt_no, outcome.say("owner-told"))


@bp.post("/receive/<receipt_no>/post")
@page_posting(receipts.post)
def post(sent: Sent, receipt_no: str) -> Response:
    """Post what was scanned to the account."""
    outcome = sent.ask(receipts.post, {"cancel_rest": sent.text("cancel_rest") is not None}, receipt_no=receipt_no)
    outcome = outcome.say("receipt-posted", entries=len(outcome.body.get("entries", ())))
    return _show(page.now_reader(), receipt_no, outcome)


def _index(tx: Transaction, outcome: Outcome | None = None) -> Response:
    return page.render(
        "receiving/index.html", outcome=outcome, open=overview.open_documents(tx, "receipt"),
        partners=overview.partners("supplier", "customer"), owners=overview.partners("customer"),
        items=overview.items(),
    )  # fmt: skip


def _show(
    tx: Transaction, receipt_no: str, outcome: Outcome | None = None, kept: Mapping[str, Any] | None = None
) -> Response:
    document = documents.get(tx, receipt_no, "receipt")
    receipt = {**receiving.describe(document), "scans": receiving.scans(document)}
    return page.render(
        "receiving/receipt.html", outcome=outcome, receipt=receipt, kept=kept or {},
        notices=[owner_notices.describe(each) for each in receipt_check.notices(tx, receipt_no)],
        places=overview.places(tx, admits="pending"),
    )  # fmt: skip
