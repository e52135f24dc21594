"""Put away and transfer on the screen: scan the batch, scan the place; doubt a batch (K3; 4.5.2, 4.7.5)."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for

from warehouse import catalogue
from warehouse.flow import batches, identification, tasks
from warehouse.reports import overview
from warehouse.transaction import Transaction
from warehouse.web import language, page
from warehouse.web.api import storage
from warehouse.web.page import READERS, Sent, page_posting
from warehouse.web.panel import Offer, Outcome

bp = page.blueprint("storage")


@bp.get("/put-away")
@page.page(*READERS)
def show(tx: Transaction) -> Response:
    """Show the two fields, and what waits to be moved."""
    return _show(tx, kept={"code": request.args.get("code", "")[:128]})


@bp.post("/put-away")
@page_posting(storage.transfer)
def move(sent: Sent) -> Response:
    """Move goods to another place; a place that does not take their status refuses and names those that do."""
    names = ("code", "item_no", "batch_no", "to", "from", "quantity", "status")
    outcome = sent.ask(storage.transfer, sent.members(*names))
    if not outcome.ok:
        kept = _kept(sent, outcome)
        tx = page.now_reader()
        return _show(tx, outcome, kept=kept, sources=_sources(tx, kept["code"]) if "code" in kept else [])
    tx, done = page.now_reader(), outcome.body
    if done["is_bin_empty"]:
        path = url_for("storage_page.answer_empty")
        outcome = outcome.offer(*empty_or_not(path, done["from"]), question=is_empty(done["from"]))
    return _show(tx, outcome.say("moved", **done).offer(*_undoing(tx, done)))


@bp.post("/put-away/empty")
@page_posting(storage.confirm_empty)
def answer_empty(sent: Sent) -> Response:
    """Keep the keeper's answer to "is the bin empty?" (R-F17)."""
    return _show(page.now_reader(), keep_empty(sent))


@bp.post("/doubt/<item_no>/<path:batch_no>")
@page_posting(storage.doubt)
def doubt(sent: Sent, item_no: str, batch_no: str) -> Response:
    """Doubt a batch: it is white and on hold at once, and QA is asked."""
    outcome = sent.ask(storage.doubt, sent.members("reason"), item_no=item_no, batch_no=batch_no)
    link = url_for("batches_page.show", item_no=item_no, batch_no=batch_no)
    return _show(page.now_reader(), outcome.say("doubted", ("Open the batch", link), batch_no=batch_no))


def is_empty(location: str) -> str:
    """Ask whether the place is empty now."""
    return language.say("Is %(location)s empty now?", location=location)


def empty_or_not(path: str, location: str) -> tuple[Offer, Offer]:
    """Offer the two answers to "is the bin empty?"."""
    return (
        Offer(text=language.say("Yes, empty"), path=path, fields={"location": location, "empty": "yes"}),
        Offer(text=language.say("No, something lies there"), path=path, fields={"location": location, "empty": "no"}),
    )


def keep_empty(sent: Sent) -> Outcome:
    """Keep the answer; one that the record does not explain has opened a count task."""
    location, empty = sent.text("location") or "", sent.text("empty") == "yes"
    outcome = sent.ask(storage.confirm_empty, {"empty": empty}, code=location)
    counted = bool(outcome.body.get("count_task"))
    return outcome.say("empty-asked" if counted else "empty-kept", location=location)


def _undoing(tx: Transaction, done: Mapping[str, Any]) -> list[Offer]:
    """Offer the way back, where the bin the goods came from takes their status."""
    if done["status"] not in catalogue.get_place(tx, done["from"]).admits.split():
        return []
    fields = {name: done[name] for name in ("item_no", "batch_no", "quantity", "status")}
    fields |= {"from": done["to"], "to": done["from"]}
    return [Offer(text=language.say("Undo"), path=url_for("storage_page.move"), fields=fields)]


def _kept(sent: Sent, outcome: Outcome) -> dict[str, Any]:
    """Keep what was scanned where only the bin it comes from is missing: the batch need not be scanned again."""
    return sent.members("code", "to", "quantity") if outcome.facts.get("field") == "from" else {}


def _sources(tx: Transaction, code: str) -> list[dict[str, Any]]:
    """Give the bins a batch lies in."""
    found = identification.find(tx, code)
    facts, _ = batches.describe(tx, item_no=found.item_no or "", batch_no=found.batch_no or "")
    return list(facts["stock"])


def _show(
    tx: Transaction, outcome: Outcome | None = None, kept: Mapping[str, Any] | None = None,
    sources: list[dict[str, Any]] | None = None,
) -> Response:  # fmt: skip
    return page.render(
        "storage/put_away.html", outcome=outcome, kept=kept or {}, sources=sources or [], places=overview.places(tx),
        waiting=tasks.find_open(tx, "move"),
    )  # fmt: skip
