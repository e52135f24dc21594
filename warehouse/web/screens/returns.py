"""Goods that come back from a customer on the screen: white at once, the account with the posting (R-A14, R-I9)."""

from flask import Response, url_for

from warehouse.flow import returns as flow
from warehouse.reports import overview
from warehouse.transaction import Transaction
from warehouse.web import page
from warehouse.web.api import returns
from warehouse.web.page import READERS, Sent, page_posting
from warehouse.web.panel import Outcome

bp = page.blueprint("returns")


@bp.get("/returns")
@page.page(*READERS)
def index(tx: Transaction) -> Response:
    """List the returns that are not posted yet and offer a new one."""
    return _index(tx)


@bp.post("/returns")
@page_posting(returns.create)
def create(sent: Sent) -> Response:
    """Take goods back: the same batch with its old age, and a new white paper for each line."""
    lines = sent.lines("item_no", "batch_no", "quantity", "location")
    outcome = sent.ask(returns.create, {**sent.members("customer", "delivery_no", "reason"), "lines": lines})
    if outcome.ok:
        links = [
            ("Open the batch", url_for("batches_page.show", item_no=line["item_no"], batch_no=line["batch_no"]))
            for line in outcome.body["lines"]
        ]
        outcome = outcome.say("came-back", *links, number=outcome.body["return_no"])
    return _index(page.now_reader(), outcome)


@bp.post("/returns/<return_no>/post")
@page_posting(returns.post)
def post(sent: Sent, return_no: str) -> Response:
    """Post a return to the account."""
    outcome = sent.ask(returns.post, return_no=return_no)
    outcome = outcome.say("return-posted", number=return_no, entries=len(outcome.body.get("entries", ())))
    return _index(page.now_reader(), outcome)


def _index(tx: Transaction, outcome: Outcome | None = None) -> Response:
    return page.render(
        "returns/index.html", outcome=outcome, open=[flow.describe(found) for found in flow.unposted(tx)],
        partners=overview.partners("customer"), items=overview.items(), places=overview.places(tx, admits="pending"),
    )  # fmt: skip
