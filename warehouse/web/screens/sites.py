"""What holds at each site, for the administrator; a manager may agree when segregation is to go off (R-Q4, R-I4)."""

from flask import Response

from warehouse import sites
from warehouse.reports import overview
from warehouse.transaction import Transaction
from warehouse.web import page
from warehouse.web.api import sites as routes
from warehouse.web.page import Sent, page_posting
from warehouse.web.panel import Outcome

bp = page.blueprint("sites")


@bp.get("/sites")
@page.page("admin", "manager")
def index(tx: Transaction) -> Response:
    """List the sites with what holds there."""
    return _index(tx)


@bp.post("/sites/<code>/segregation")
@page_posting(routes.change)
def segregate(sent: Sent, code: str) -> Response:
    """Switch segregation of duties on, or ask for it to be switched off."""
    is_on = sent.text("segregated") == "on"
    outcome = sent.ask(routes.change, {"segregated": is_on}, code=code)
    said = "segregation-on" if outcome.body.get("segregated") and is_on else "segregation-asked"
    return _index(page.now_reader(), outcome.say(said, site=code))


@bp.post("/sites/<code>/approve")
@page_posting(routes.approve)
def approve(sent: Sent, code: str) -> Response:
    """Switch segregation of duties off, as somebody else asked."""
    return _index(page.now_reader(), sent.ask(routes.approve, code=code).say("segregation-off", site=code))


@bp.post("/sites/<code>/reinspection")
@page_posting(routes.change)
def reinspect(sent: Sent, code: str) -> Response:
    """Have re-inspection asked for by batch or by place."""
    outcome = sent.ask(routes.change, sent.members("reinspect_per"), code=code)
    return _index(page.now_reader(), outcome.say("site-kept", site=code))


def _index(tx: Transaction, outcome: Outcome | None = None) -> Response:
    found = [sites.describe(site) for site in overview.sites(tx)]
    return page.render("sites/index.html", outcome=outcome, found=found)
