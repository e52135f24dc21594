"""Items, places and partners: lists, and the manager's forms to make new ones."""

from typing import Any

from flask import Response

from warehouse.reports import overview
from warehouse.rules.status import InspectionStatus
from warehouse.rules.zones import LocationKind
from warehouse.transaction import Transaction
from warehouse.web import page
from warehouse.web.api import catalogue
from warehouse.web.page import READERS, Sent, page_posting
from warehouse.web.panel import Outcome

bp = page.blueprint("catalogue")
NUMBERS = ("decimals", "shelf_life_days", "reinspect_months", "rest_life_days")
PARTNER_ROLES = ("customer", "supplier", "carrier")


@bp.get("/items")
@page.page(*READERS)
def items(tx: Transaction) -> Response:
    """List the items."""
    return _items()


@bp.post("/items")
@page_posting(catalogue.create_item)
def create_item(sent: Sent) -> Response:
    """Make an item."""
    names = (
        "item_no", "name", "unit", "decimals", "policy", "fifo_mode", "shelf_life_days", "reinspect_months", "gtin",
        "spec", "standard",
    )  # fmt: skip
    return _items(sent.ask(catalogue.create_item, _members(sent, *names)).say("item-made", name=sent.text("item_no")))


@bp.post("/items/specification")
@page_posting(catalogue.specify_item)
def specify_item(sent: Sent) -> Response:
    """Say what certificates say of an item."""
    body = {name: sent.text(name) or "" for name in ("spec", "standard")}
    outcome = sent.ask(catalogue.specify_item, body, item_no=sent.text("item_no") or "–")
    return _items(outcome.say("item-specified", name=sent.text("item_no") or ""))


@bp.get("/places")
@page.page(*READERS)
def places(tx: Transaction) -> Response:
    """List the places."""
    return _places(tx)


@bp.post("/places")
@page_posting(catalogue.create_location)
def create_place(sent: Sent) -> Response:
    """Make a place; its kind says what may lie there."""
    outcome = sent.ask(catalogue.create_location, _members(sent, "code", "zone", "kind", "warehouse", "keeper"))
    return _places(page.now_reader(), outcome.say("place-made", name=sent.text("code")))


@bp.get("/partners")
@page.page(*READERS)
def partners(tx: Transaction) -> Response:
    """List customers, suppliers and carriers."""
    return _partners()


@bp.post("/partners")
@page_posting(catalogue.create_partner)
def create_partner(sent: Sent) -> Response:
    """Make a partner."""
    roles = [role for role in PARTNER_ROLES if sent.text(role)]
    body = {**_members(sent, "code", "name", "rest_life_days"), "roles": roles or ["customer"]}
    return _partners(sent.ask(catalogue.create_partner, body).say("partner-made", name=sent.text("code")))


def _members(sent: Sent, *names: str) -> dict[str, Any]:
    """Give the filled fields; whole numbers as numbers, anything else for the shape to refuse."""
    found = sent.members(*names)
    return {
        name: int(value) if name in NUMBERS and value.isascii() and value.isdigit() and len(value) < 9 else value
        for name, value in found.items()
    }


def _items(outcome: Outcome | None = None) -> Response:
    return page.render("catalogue/items.html", outcome=outcome, items=overview.item_list())


def _places(tx: Transaction, outcome: Outcome | None = None) -> Response:
    return page.render(
        "catalogue/places.html", outcome=outcome, places=overview.place_list(tx), kinds=list(LocationKind),
        statuses=list(InspectionStatus),
    )  # fmt: skip


def _partners(outcome: Outcome | None = None) -> Response:
    return page.render(
        "catalogue/partners.html", outcome=outcome, partners=overview.partner_list(), roles=PARTNER_ROLES
    )
