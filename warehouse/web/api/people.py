"""/people: kept by the administrator, who moves no stock; passwords and tokens are kept as digests only (A5, A15)."""

from typing import Annotated, Any, Literal

import msgspec
from flask import Blueprint
from msgspec import Meta

from warehouse import access, people
from warehouse.posting import Reply
from warehouse.tables.catalogue import Site
from warehouse.tables.people import Person
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import posting, reading, show_once

bp = Blueprint("people", __name__)
Role = Literal["keeper", "clerk", "qa", "manager", "service", "admin"]
Roles = Annotated[list[Role], Meta(min_length=1, max_length=6)]
Password = Annotated[str, Meta(min_length=8, max_length=200)]


class PersonBody(body.Body, kw_only=True, frozen=True):
    """A new person; without `site` one of the administrator's own."""

    name: body.Code
    roles: Roles
    password: Password
    site: body.Text | None = None
    language: Literal["", "en", "zh_Hans", "zh_Hant"] = ""


class PasswordBody(body.Body, kw_only=True, frozen=True):
    """A new password."""

    password: Password


class RolesBody(body.Body, kw_only=True, frozen=True):
    """All roles the person has from now on."""

    roles: Roles


class NameBody(body.Body, kw_only=True, frozen=True):
    """The person's new name."""

    name: body.Code


class TokenBody(body.Body, kw_only=True, frozen=True):
    """A new token: `scope` narrows it to some of the person's roles, `expires_days` ends it."""

    scope: Annotated[tuple[Role, ...], Meta(max_length=6)] = ()
    expires_days: Annotated[int, Meta(ge=1, le=3650)] | None = None


def _hashed(sent: Any) -> Any:
    """Put the hash in the password's place, before any transaction opens."""
    return msgspec.structs.replace(sent, password=access.hash_password(sent.password))


@bp.post("/people")
@posting("admin", body=PersonBody, prepare=_hashed)
def create(tx: Transaction, sent: PersonBody) -> Reply:
    """Add a person with roles and a password; an administrator's role waits for a second person."""
    person = people.add(
        tx, name=sent.name, roles=sent.roles, password_hash=sent.password, site=sent.site, language=sent.language
    )
    return people.describe(person), 201


@bp.get("/people")
@reading("admin")
def index(tx: Transaction) -> dict[str, Any]:
    """List people by name, the disabled ones too."""
    query = Person.select()
    if tx.actor.site is not None:
        query = query.join(Site).where(Site.code == tx.actor.site)
    return body.page(query, Person.name, people.describe)


@bp.get("/people/<name>")
@reading("admin")
def show(tx: Transaction, name: str) -> dict[str, Any]:
    """Show one person with roles and tokens."""
    return people.describe(people.get(tx, name))


@bp.post("/people/<name>/roles")
@posting("admin", body=RolesBody, status=200)
def change_roles(tx: Transaction, sent: RolesBody, name: str) -> Reply:
    """Change a person's roles; nobody changes his own, one administrator stays, and two persons make another."""
    return people.describe(people.change_roles(tx, name, sent.roles)), 200


@bp.post("/people/<name>/approve")
@posting("admin", "manager", status=200, second_person=True)
def approve(tx: Transaction, name: str) -> Reply:
    """Make a person the administrator that somebody else asked for; roles hold from the next request on."""
    return people.describe(people.approve(tx, name)), 200


@bp.post("/people/<name>/disable")
@posting("admin", status=200)
def disable(tx: Transaction, name: str) -> Reply:
    """Close an account; its sessions and tokens end at once, its records stay."""
    return people.describe(people.disable(tx, name)), 200


@bp.post("/people/<name>/rename")
@posting("admin", body=NameBody, status=200)
def rename(tx: Transaction, sent: NameBody, name: str) -> Reply:
    """Rename a person; old records show the name as it was."""
    return people.describe(people.rename(tx, name, sent.name)), 200


@bp.post("/people/<name>/password")
@posting("admin", body=PasswordBody, status=200, prepare=_hashed)
def change_password(tx: Transaction, sent: PasswordBody, name: str) -> Reply:
    """Give a person another password; whoever is signed in under the old one is signed out."""
    return people.describe(people.change_password(tx, name, sent.password)), 200


@bp.post("/people/<name>/unlock")
@posting("manager", "admin", status=200)
def unlock(tx: Transaction, name: str) -> Reply:
    """Let a person try again at once who mistyped the password too often."""
    return {"name": people.unlock(tx, name).name}, 200


@bp.post("/people/<name>/tokens")
@posting("admin", body=TokenBody)
def add_token(tx: Transaction, sent: TokenBody, name: str) -> Reply:
    """Make an API token; `token` is in this answer only, never in a repeat of it."""
    token_id, secret = people.add_token(tx, name, scope=list(sent.scope), days=sent.expires_days)
    show_once(token=secret)
    return {"token_id": token_id, "name": name, "scope": list(sent.scope)}, 201


@bp.post("/people/<name>/tokens/<token_id>/revoke")
@posting("admin", status=200)
def revoke_token(tx: Transaction, name: str, token_id: str) -> Reply:
    """End a token at once."""
    people.revoke_token(tx, name, token_id)
    return {"token_id": token_id, "revoked": True}, 200
