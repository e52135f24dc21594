"""Home: scan anything and it opens; below it what waits for the person's hand (K1)."""

from flask import Response, redirect, url_for

from warehouse.flow import identification, tasks
from warehouse.flow.identification import Read
from warehouse.posting import Reply
from warehouse.reports import overview
from warehouse.rules.refusals import UnknownCode
from warehouse.transaction import Transaction
from warehouse.web import page
from warehouse.web.page import READERS, Sent, page_posting
from warehouse.web.panel import Outcome
from warehouse.web.posting import SIGNED_IN

bp = page.blueprint("home")


@bp.get("/")
@page.page(SIGNED_IN)
def show(tx: Transaction, outcome: Outcome | None = None) -> Response:
    """Show the scan field, the steps the person may do, and the work list."""
    waiting = tasks.find_open(tx) if tx.actor.roles & set(READERS) else []
    return page.render("home/home.html", outcome=outcome, waiting=waiting[:10], more=max(len(waiting) - 10, 0))


@bp.post("/")
@page_posting(*READERS)
def scan(sent: Sent) -> Response:
    """Open the batch, item, place or document that was scanned; an unknown code stays, with what was read."""
    outcome = sent.answer(lambda tx: _find(tx, sent.text("code") or ""))
    if outcome.ok:
        return redirect(outcome.body["path"], 303)  # type: ignore[return-value]
    return _again(outcome)


def _again(outcome: Outcome) -> Response:
    tx = page.now_reader()
    waiting = tasks.find_open(tx)
    return page.render("home/home.html", outcome=outcome, waiting=waiting[:10], more=max(len(waiting) - 10, 0))


def _find(tx: Transaction, code: str) -> Reply:
    found = identification.find(tx, code)
    path = _path_of(tx, found)
    if path is None:
        raise UnknownCode(scanned=found.text)
    return {"kind": found.kind, "path": path}, 200


def _path_of(tx: Transaction, found: Read) -> str | None:
    """Give the page of what a code is, None when it is nothing on record."""
    if found.item_no and found.batch_no:
        return _path_of_batch(tx, found.item_no, found.batch_no)
    if found.location:
        return url_for("stock_page.show", location=found.location)
    if found.item_no:
        return url_for("stock_page.show", item_no=found.item_no)
    if found.document_no:
        return path_of_document(overview.kind_of_document(tx, found.document_no), found.document_no)
    return None


def _path_of_batch(tx: Transaction, item_no: str, batch_no: str) -> str | None:
    """A supplier's code may name a batch that never came in: that is unknown, not an empty page."""
    if overview.is_batch(tx, item_no, batch_no):
        return url_for("batches_page.show", item_no=item_no, batch_no=batch_no)
    return None


def path_of_document(kind: str, document_no: str) -> str | None:
    """Give the page of a document, None for a kind that has none."""
    if kind == "count":
        return url_for("counting_page.show", count_no=document_no)
    if kind == "receipt":
        return url_for("receiving_page.show", receipt_no=document_no)
    return url_for("delivery_page.show", delivery_no=document_no) if kind == "delivery" else None
