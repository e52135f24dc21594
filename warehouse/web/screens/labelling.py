"""Papers asked for where one stands: a delivery's, a batch's, a count's; one opens, several are listed (4.5.5)."""

from flask import Response, redirect, url_for

from warehouse.web import page
from warehouse.web.api import labels
from warehouse.web.page import Sent, page_posting

bp = page.blueprint("labelling")
NAMES = ("item_no", "batch_no", "location", "receipt_no", "delivery_no", "count_no", "zone")


@bp.post("/papers/<kind>")
@page_posting(labels.create)
def issue(sent: Sent, kind: str) -> Response:
    """Issue papers and open them."""
    outcome = sent.ask(labels.create, {"kind": kind, **sent.members(*NAMES)})
    made = outcome.body.get("label_nos", [])
    if len(made) == 1:
        return redirect(url_for("labels.draw", label_no=made[0], form="pdf"), 303)  # type: ignore[return-value]
    return page.render("labelling/made.html", outcome=outcome, made=made)
