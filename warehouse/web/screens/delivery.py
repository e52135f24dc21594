"""Goods out on the screen: order, pick oldest first, check the package, dispatch, note (S1..S4; R-F, 4.7.6 a)."""

from typing import Any

from flask import Response, redirect, url_for

from warehouse.books import documents
from warehouse.flow import delivery, picking
from warehouse.reports import overview
from warehouse.transaction import Transaction
from warehouse.web import language, page
from warehouse.web.api import deliveries, storage
from warehouse.web.page import READERS, Sent, page_posting
from warehouse.web.panel import Offer, Outcome
from warehouse.web.screens.storage import empty_or_not, is_empty, keep_empty

bp = page.blueprint("delivery")


@bp.get("/deliver")
@page.page(*READERS)
def index(tx: Transaction) -> Response:
    """List the open deliveries and offer a new one."""
    return _index(tx)


@bp.post("/deliver")
@page_posting(deliveries.create)
def create(sent: Sent) -> Response:
    """Make a delivery and reserve it by FIFO."""
    body = {**sent.members("customer", "reference"), "lines": sent.lines("item_no", "quantity")}
    outcome = sent.ask(deliveries.create, body)
    if not outcome.ok:
        return _index(page.now_reader(), outcome)
    return redirect(url_for("delivery_page.show", delivery_no=outcome.body["delivery_no"]), 303)  # type: ignore[return-value]


@bp.get("/deliver/<delivery_no>")
@page.page(*READERS)
def show(tx: Transaction, delivery_no: str) -> Response:
    """Show one delivery: what to take next, its lines, picks and checks."""
    return _show(tx, delivery_no)


@bp.post("/deliver/<delivery_no>/scan")
@page_posting(deliveries.scan)
def scan(sent: Sent, delivery_no: str) -> Response:
    """Scan a batch out of its bin; a newer one is refused with the place of the older."""
    names = ("code", "item_no", "batch_no", "quantity", "unit", "location", "override")
    outcome = sent.ask(deliveries.scan, sent.members(*names), delivery_no=delivery_no)
    tx = page.now_reader()
    if not outcome.ok or not (pick := _last_pick(tx, delivery_no)):
        return _show(tx, delivery_no, outcome)
    if outcome.body["is_bin_empty"]:
        path = url_for("delivery_page.answer_empty", delivery_no=delivery_no)
        outcome = outcome.offer(*empty_or_not(path, pick["location"]), question=is_empty(pick["location"]))
    undoing = url_for("delivery_page.undo", delivery_no=delivery_no, pick_id=pick["pick"])
    return _show(tx, delivery_no, outcome.say("picked", **pick).offer(Offer(text=language.say("Undo"), path=undoing)))


@bp.post("/deliver/<delivery_no>/empty")
@page_posting(storage.confirm_empty)
def answer_empty(sent: Sent, delivery_no: str) -> Response:
    """Keep the keeper's answer to "is the bin empty?" (R-F17)."""
    return _show(page.now_reader(), delivery_no, keep_empty(sent))


@bp.post("/deliver/<delivery_no>/undo/<int:pick_id>")
@page_posting(deliveries.undo)
def undo(sent: Sent, delivery_no: str, pick_id: int) -> Response:
    """Undo a pick: the goods go back into the same bin."""
    outcome = sent.ask(deliveries.undo, delivery_no=delivery_no, pick_id=pick_id)
    return _show(page.now_reader(), delivery_no, outcome.say("pick-undone"))


@bp.post("/deliver/<delivery_no>/short-pick")
@page_posting(deliveries.short_pick)
def declare_short(sent: Sent, delivery_no: str) -> Response:
    """Say that less lies in the bin than the record says."""
    body = sent.members("item_no", "batch_no", "location", "quantity")
    outcome = sent.ask(deliveries.short_pick, body, delivery_no=delivery_no)
    return _show(page.now_reader(), delivery_no, outcome.say("short-declared"))


@bp.post("/deliver/<delivery_no>/package-check")
@page_posting(deliveries.check_packages)
def check_packages(sent: Sent, delivery_no: str) -> Response:
    """Record the look at an outer package."""
    package = {**sent.members("code", "note"), "outer_ok": sent.text("outer_ok") == "yes"}
    packages = [package] if "code" in package else []
    outcome = sent.ask(deliveries.check_packages, {"packages": packages}, delivery_no=delivery_no)
    return _show(page.now_reader(), delivery_no, outcome.say("package-checked"))


@bp.post("/deliver/<delivery_no>/dispatch")
@page_posting(deliveries.dispatch)
def dispatch(sent: Sent, delivery_no: str) -> Response:
    """Let the delivery leave; with something missing only with a reason and what becomes of the rest."""
    short = sent.members("reason", "rest")
    body = {"short": {"reason": "", "rest": "backorder", **short}} if "reason" in short else {}
    outcome = sent.ask(deliveries.dispatch, body, delivery_no=delivery_no)
    note = ("Delivery note", url_for("delivery_page.note", delivery_no=delivery_no))
    return _show(page.now_reader(), delivery_no, outcome.say("dispatched", note))


@bp.post("/deliver/<delivery_no>/cancel")
@page_posting(deliveries.cancel)
def cancel(sent: Sent, delivery_no: str) -> Response:
    """Cancel a delivery that has nothing staged."""
    outcome = sent.ask(deliveries.cancel, sent.members("reason"), delivery_no=delivery_no)
    return _show(page.now_reader(), delivery_no, outcome.say("delivery-cancelled"))


@bp.post("/deliver/<delivery_no>/override")
@page_posting(deliveries.override)
def override(sent: Sent, delivery_no: str) -> Response:
    """Grant a one-use ticket past the order of age; another person scans with it."""
    body = {**sent.members("item_no", "batch_no", "quantity", "reason"), "rule": "not-oldest"}
    outcome = sent.ask(deliveries.override, {**body, "delivery_no": delivery_no})
    outcome = outcome.say("override-granted", ticket=outcome.body.get("override", ""))
    return _show(page.now_reader(), delivery_no, outcome)


@bp.get("/deliver/<delivery_no>/note")
@page.page(*READERS)
def note(tx: Transaction, delivery_no: str) -> Response:
    """Show the delivery note, made for paper."""
    return page.render("delivery/note.html", note=delivery.note(tx, delivery_no))


def _last_pick(tx: Transaction, delivery_no: str) -> dict[str, Any] | None:
    """Give the pick that the person made last and may take back at once."""
    lines = delivery.describe(tx, documents.get(tx, delivery_no, "delivery"))["lines"]
    own = [
        {**pick, "item_no": line["item_no"], "unit": line["unit"]}
        for line in lines for pick in line["picks"] if pick["state"] == "staged" and pick["picked_by"] == tx.actor.name
    ]  # fmt: skip
    return max(own, key=lambda pick: int(pick["pick"]), default=None)


def _index(tx: Transaction, outcome: Outcome | None = None) -> Response:
    return page.render(
        "delivery/index.html", outcome=outcome, open=overview.open_documents(tx, "delivery"),
        partners=overview.partners("customer"), items=overview.items(),
    )  # fmt: skip


def _show(tx: Transaction, delivery_no: str, outcome: Outcome | None = None) -> Response:
    document = documents.get(tx, delivery_no, "delivery")
    is_open = document.state == "open"
    return page.render(
        "delivery/delivery.html", outcome=outcome, delivery=delivery.describe(tx, document), is_open=is_open,
        next=picking.propose_next(tx, delivery_no) if is_open else None,
        papers=overview.papers_of_document(tx, delivery_no),
    )  # fmt: skip
