"""What lies where: the stock by item, status and place, with its age and what keeps it from leaving (4.5.1, 4.5.2)."""

from flask import Response, request

from warehouse.reports import overview
from warehouse.rules.status import InspectionStatus
from warehouse.transaction import Transaction
from warehouse.web import page
from warehouse.web.page import READERS

bp = page.blueprint("stock")


@bp.get("/stock")
@page.page(*READERS)
def show(tx: Transaction) -> Response:
    """List the stock that the filters leave, a page at a time."""
    chosen = {name: request.args.get(name, "").strip()[:128] for name in ("item_no", "status", "location")}
    lines, following = overview.on_hand(
        tx, item_no=chosen["item_no"], status=chosen["status"], bin_code=chosen["location"],
        after=request.args.getlist("after"),
    )  # fmt: skip
    return page.render(
        "stock/stock.html", lines=lines, following=following, chosen=chosen, statuses=list(InspectionStatus),
        items=overview.items(), places=overview.places(tx),
    )  # fmt: skip
