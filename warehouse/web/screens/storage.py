"""Put away and transfer on the screen: scan the batch, scan the place; doubt a batch (K3; 4.5.2, 4.7.5)."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request, url_for

from warehouse.flow import tasks
from warehouse.reports import overview
from warehouse.transaction import Transaction
from warehouse.web import page
from warehouse.web.api import storage
from warehouse.web.page import READERS, Outcome, Sent, page_posting

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
    outcome = sent.ask(storage.transfer, sent.members("code", "to", "from", "quantity", "status"))
    return _show(page.now_reader(), outcome.say("moved", code=sent.text("code") or "", to=sent.text("to") or ""))


@bp.post("/doubt/<item_no>/<path:batch_no>")
@page_posting(storage.doubt)
def doubt(sent: Sent, item_no: str, batch_no: str) -> Response:
    """Doubt a batch: it is white and on hold at once, and QA is asked."""
    outcome = sent.ask(storage.doubt, sent.members("reason"), item_no=item_no, batch_no=batch_no)
    link = url_for("batches_page.show", item_no=item_no, batch_no=batch_no)
    return _show(page.now_reader(), outcome.say("doubted", ("Open the batch", link), batch_no=batch_no))


def _show(tx: Transaction, outcome: Outcome | None = None, kept: Mapping[str, Any] | None = None) -> Response:
    return page.render(
        "storage/put_away.html", outcome=outcome, kept=kept or {}, places=overview.places(tx),
        waiting=tasks.find_open(tx, "move"),
    )  # fmt: skip
