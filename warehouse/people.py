"""People as the administrator keeps them: added, renamed, given roles, disabled; their tokens (P16, A5, A9; R-U5).

A new administrator is made by two: one asks, another administrator or a manager approves (four eyes, D10). The command
line, which only the server's owner has, makes the first ones. Books hold the name as it was. An administrator of one
site keeps its people, one without a site everybody.
"""

from collections.abc import Iterable
from typing import Any

from warehouse import access
from warehouse.flow import tasks
from warehouse.flow.identification import normal
from warehouse.rules import persons
from warehouse.rules.refusals import InvalidInput, NotFound
from warehouse.tables.base import is_postgres, rows, utc_text
from warehouse.tables.catalogue import Site
from warehouse.tables.people import ApiToken, Person
from warehouse.transaction import Transaction

TOKEN_ID_LENGTH = 16  # of the digest: enough to name a token, and no help to guess it


def add(
    tx: Transaction, *, name: str, roles: Iterable[str], password_hash: str, site: str | None, language: str
) -> Person:
    """Add a person; without `site` one of the administrator's own, which may be none. Raises InvalidInput, NotFound."""
    given = _checked_roles(roles)
    named = _free_name(name)
    code = site or tx.actor.site
    place = None
    if code is not None and (place := Site.get_or_none(Site.code == code)) is None:
        raise NotFound(kind="site", name=code)
    tx.tell(person=named, after={"roles": given, "site": code})
    made = Person.create(
        name=named, roles="", site=place, password_hash=password_hash, language=language, password_set_by=tx.actor.name
    )
    return _grant(tx, made, given)


def get(tx: Transaction, name: str) -> Person:
    """Give a person of the administrator's site. Raises NotFound."""
    found: Person | None = Person.get_or_none(Person.name == name)
    if found is None or (tx.actor.site is not None and _site_code(found) != tx.actor.site):
        raise NotFound(kind="person", name=name)
    return found


def change_roles(tx: Transaction, name: str, roles: Iterable[str]) -> Person:
    """Give a person other roles; they hold from the next request on. Raises SamePerson, InvalidInput, NotFound."""
    given = _checked_roles(roles)
    person = _other(tx, name, stays_admin=persons.ADMIN in given)
    tx.tell(person=name, before=person.roles.split(), after=given)
    return _grant(tx, person, given)


def approve(tx: Transaction, name: str) -> Person:
    """Make a person the administrator that another asked for. Raises SamePerson, DocumentState, NotFound."""
    person = get(tx, name)
    persons.check_second(asked_by=person.admin_asked_by, approver=tx.actor.name, person=name)
    tx.tell(person=name, before=person.roles.split(), asked_by=person.admin_asked_by)
    return _write_roles(tx, person, [*person.roles.split(), persons.ADMIN], asked_by="")


def disable(tx: Transaction, name: str) -> Person:
    """Close an account: sessions and tokens end at once. Raises SamePerson, InvalidInput, NotFound."""
    person = _other(tx, name, stays_admin=False)
    tx.tell(person=name, before="active", after="disabled")
    _write_roles(tx, person, person.roles.split(), asked_by="")
    access.revoke(person, now=tx.now, disable=True)
    person.disabled_at = tx.now
    return person


def rename(tx: Transaction, name: str, new_name: str) -> Person:
    """Give a person another name; old records keep the name as it was (R-U5). Raises InvalidInput, NotFound."""
    person, named = get(tx, name), _free_name(new_name)
    tx.tell(person=name, before=name, after=named)
    person.name = named
    person.save(only=[Person.name])
    if person.admin_asked_by:
        tasks.close_task(tx, "administrator", name)
        tasks.open_task(tx, "administrator", named, asked_by=person.admin_asked_by)
    return person


def change_password(tx: Transaction, name: str, password_hash: str) -> Person:
    """Give a person another password; whoever is signed in under it is signed out. Raises NotFound."""
    person = get(tx, name)
    tx.tell(person=name)
    chosen_by = "" if tx.actor.name == name else tx.actor.name
    Person.update(password_hash=password_hash, password_set_by=chosen_by).where(Person.id == person.id).execute()
    access.revoke(person, now=tx.now)
    return person


def choose_password(tx: Transaction, password_hash: str) -> None:
    """Give oneself another password, which nobody else knows; every session ends, this one too."""
    person = Person.get_by_id(tx.actor.person_id)
    tx.tell(person=person.name)
    Person.update(password_hash=password_hash, password_set_by="").where(Person.id == person.id).execute()
    access.revoke(person, now=tx.now)


def unlock(tx: Transaction, name: str) -> Person:
    """Forget the wrong passwords of a person, who may try again at once (A6). Raises NotFound."""
    person = get(tx, name)
    tx.tell(person=name)
    access.forget_tries(name)
    return person


def add_token(tx: Transaction, name: str, *, scope: list[str], days: int | None) -> tuple[str, str]:
    """Make a token for a person; gives its id and the secret, which is kept nowhere. Raises NotFound, InvalidInput."""
    get(tx, name)
    secret = access.add_token(name, scope=scope, days=days, now=tx.now, made_by=tx.actor.name)
    token_id = access.digest(secret)[:TOKEN_ID_LENGTH]
    tx.tell(person=name, token_id=token_id, scope=scope)
    return token_id, secret


def revoke_token(tx: Transaction, name: str, token_id: str) -> None:
    """End a token at once; ended already is fine. Raises NotFound."""
    person = get(tx, name)
    if len(token_id) != TOKEN_ID_LENGTH or not _tokens(person, token_id):
        raise NotFound(kind="token", name=token_id)
    rows(
        "UPDATE api_token SET revoked_at = ? WHERE person_id = ? AND substr(digest, 1, ?) = ? AND revoked_at IS NULL",
        utc_text(tx.now), person.id, TOKEN_ID_LENGTH, token_id,
    )  # fmt: skip
    tx.tell(person=name, token_id=token_id)


def describe(person: Person) -> dict[str, Any]:
    """Give a person as the administrator sees one: no password, of tokens only id, scope and times."""
    return {
        "name": person.name, "roles": person.roles.split(), "admin_asked_by": person.admin_asked_by or None,
        "password_set_by": person.password_set_by or None,
        "site": _site_code(person),
        "language": person.language or None, "disabled_at": _text(person.disabled_at),
        "tokens": [
            {
                "token_id": token.digest[:TOKEN_ID_LENGTH], "scope": token.scope.split(),
                "made_by": token.made_by or None,
                "created_at": _text(token.created_at), "expires_at": _text(token.expires_at),
                "revoked_at": _text(token.revoked_at),
            }
            for token in _tokens(person)
        ],
    }  # fmt: skip


def _grant(tx: Transaction, person: Person, roles: list[str]) -> Person:
    """Give a person the roles; an administrator's waits for the second person, on the work list too."""
    at_once = persons.granted_at_once(roles, held=person.roles.split(), segregated=tx.site.segregated)
    asked_by = "" if at_once == roles else tx.actor.name
    if asked_by:
        tx.tell(asked_by=asked_by)
    return _write_roles(tx, person, at_once, asked_by=asked_by)


def _write_roles(tx: Transaction, person: Person, roles: list[str], *, asked_by: str) -> Person:
    person.roles, person.admin_asked_by = " ".join(roles), asked_by
    person.save(only=[Person.roles, Person.admin_asked_by])
    if asked_by:
        tasks.open_task(tx, "administrator", person.name, asked_by=asked_by)
    else:
        tasks.close_task(tx, "administrator", person.name)
    return person


def _other(tx: Transaction, name: str, *, stays_admin: bool) -> Person:
    """Give somebody else whose rights are to change, when an administrator stays."""
    person = get(tx, name)
    persons.check_other(actor=tx.actor.name, person=person.name)
    if is_postgres():
        # Two administrators who disable each other in one moment would both see another left.
        rows("LOCK TABLE person IN SHARE ROW EXCLUSIVE MODE")
    active = Person.select().where(Person.disabled_at.is_null() & (Person.id != person.id))
    others = sum(persons.ADMIN in other.roles.split() for other in active)
    is_admin = person.disabled_at is None and persons.ADMIN in person.roles.split()
    persons.check_administrator_stays(others=others, is_admin=is_admin, stays_admin=stays_admin)
    return person


def _checked_roles(roles: Iterable[str]) -> list[str]:
    given = list(dict.fromkeys(roles))
    if unknown := [role for role in given if role not in access.ROLES]:
        raise InvalidInput(field="roles", reason=f"unknown: {', '.join(unknown)}")
    if not given:
        raise InvalidInput(field="roles", reason="missing")
    return given


def _free_name(name: str) -> str:
    named = normal(name, field_name="name")
    if Person.select().where(Person.name == named).exists():
        raise InvalidInput(field="name", reason="taken")
    return named


def _tokens(person: Person, token_id: str = "") -> list[ApiToken]:
    found = ApiToken.select().where(ApiToken.person == person).order_by(ApiToken.created_at, ApiToken.digest)
    return [token for token in found if token.digest.startswith(token_id)]


def _site_code(person: Person) -> str | None:
    return person.site.code if person.site else None


def _text(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()
