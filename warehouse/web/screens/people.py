"""People and tokens, for the administrator: who may do what, and whose account ends (A5, A9, A15)."""

from flask import Response

from warehouse import people
from warehouse.access import ROLES
from warehouse.reports import overview
from warehouse.transaction import Transaction
from warehouse.web import page
from warehouse.web.api import people as routes
from warehouse.web.page import Sent, page_posting
from warehouse.web.panel import Outcome

bp = page.blueprint("people")


@bp.get("/people")
@page.page("admin")
def index(tx: Transaction) -> Response:
    """List the people and offer a new one."""
    return _index(tx)


@bp.post("/people")
@page_posting(routes.create)
def create(sent: Sent) -> Response:
    """Add a person."""
    outcome = sent.ask(routes.create, {**sent.members("name", "password"), "roles": _roles(sent)})
    return _index(page.now_reader(), outcome.say("person-made", name=sent.text("name") or ""))


@bp.get("/people/<name>")
@page.page("admin")
def show(tx: Transaction, name: str) -> Response:
    """Show one person with roles and tokens."""
    return _show(tx, name)


@bp.post("/people/<name>/roles")
@page_posting(routes.change_roles)
def change_roles(sent: Sent, name: str) -> Response:
    """Give a person other roles, from the next request on."""
    outcome = sent.ask(routes.change_roles, {"roles": _roles(sent)}, name=name)
    return _show(page.now_reader(), name, outcome.say("person-changed"))


@bp.post("/people/<name>/approve")
@page_posting(routes.approve)
def approve(sent: Sent, name: str) -> Response:
    """Make a person the administrator that somebody else asked for; a manager, who keeps no people, is told only so."""
    outcome = sent.ask(routes.approve, name=name).say("administrator-made", name=name)
    tx = page.now_reader()
    return _show(tx, name, outcome) if "admin" in tx.actor.roles else page.render("people/told.html", outcome=outcome)


@bp.post("/people/<name>/password")
@page_posting(routes.change_password)
def change_password(sent: Sent, name: str) -> Response:
    """Give a person another password; his sessions end."""
    outcome = sent.ask(routes.change_password, sent.members("password"), name=name)
    return _show(page.now_reader(), name, outcome.say("person-changed"))


@bp.post("/people/<name>/disable")
@page_posting(routes.disable)
def disable(sent: Sent, name: str) -> Response:
    """Close an account."""
    return _show(page.now_reader(), name, sent.ask(routes.disable, name=name).say("person-changed"))


@bp.post("/people/<name>/tokens")
@page_posting(routes.add_token)
def add_token(sent: Sent, name: str) -> Response:
    """Make a token; it is shown this once."""
    outcome = sent.ask(routes.add_token, {"scope": _roles(sent)}, name=name)
    return _show(page.now_reader(), name, outcome.say("token-made", token=outcome.body.get("token", "–")))


@bp.post("/people/<name>/tokens/<token_id>/revoke")
@page_posting(routes.revoke_token)
def revoke_token(sent: Sent, name: str, token_id: str) -> Response:
    """End a token at once."""
    outcome = sent.ask(routes.revoke_token, name=name, token_id=token_id)
    return _show(page.now_reader(), name, outcome.say("person-changed"))


def _roles(sent: Sent) -> list[str]:
    return [role for role in ROLES if sent.text(f"role-{role}")]


def _index(tx: Transaction, outcome: Outcome | None = None) -> Response:
    return page.render("people/index.html", outcome=outcome, people=overview.people(tx), roles=ROLES)


def _show(tx: Transaction, name: str, outcome: Outcome | None = None) -> Response:
    return page.render(
        "people/person.html", outcome=outcome, person=people.describe(people.get(tx, name)), roles=ROLES,
    )  # fmt: skip
