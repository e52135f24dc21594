"""People as the administrator keeps them: added, renamed, given roles, disabled; their tokens (P16, A5, A9; R-U5).

Books hold the name as it was. An administrator of one site keeps its people, one without a site everybody.
"""

from collections.abc import Iterable
from typing import Any

from warehouse import access
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
    return Person.create(
        name=named, roles=" ".join(given), site=place, password_hash=password_hash, language=language
    )  # fmt: skip


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
    Person.update(roles=" ".join(given)).where(Person.id == person.id).execute()
    person.roles = " ".join(given)
    return person


def disable(tx: Transaction, name: str) -> Person:
    """Close an account: sessions and tokens end at once. Raises SamePerson, InvalidInput, NotFound."""
    person = _other(tx, name, stays_admin=False)
    tx.tell(person=name, before="active", after="disabled")
    access.revoke(person, now=tx.now, disable=True)
    person.disabled_at = tx.now
    return person


def rename(tx: Transaction, name: str, new_name: str) -> Person:
    """Give a person another name; old records keep the name as it was (R-U5). Raises InvalidInput, NotFound."""
    person, named = get(tx, name), _free_name(new_name)
    tx.tell(person=name, before=name, after=named)
    Person.update(name=named).where(Person.id == person.id).execute()
    person.name = named
    return person


def change_password(tx: Transaction, name: str, password_hash: str) -> Person:
    """Give a person another password; whoever is signed in under it is signed out. Raises NotFound."""
    person = get(tx, name)
    tx.tell(person=name)
    Person.update(password_hash=password_hash).where(Person.id == person.id).execute()
    access.revoke(person, now=tx.now)
    return person


def add_token(tx: Transaction, name: str, *, scope: list[str], days: int | None) -> tuple[str, str]:
    """Make a token for a person; gives its id and the secret, which is kept nowhere. Raises NotFound, InvalidInput."""
    get(tx, name)
    secret = access.add_token(name, scope=scope, days=days, now=tx.now)
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
        "name": person.name, "roles": person.roles.split(), "site": _site_code(person),
        "language": person.language or None, "disabled_at": _text(person.disabled_at),
        "tokens": [
            {
                "token_id": token.digest[:TOKEN_ID_LENGTH], "scope": token.scope.split(),
                "created_at": _text(token.created_at), "expires_at": _text(token.expires_at),
                "revoked_at": _text(token.revoked_at),
            }
            for token in _tokens(person)
        ],
    }  # fmt: skip


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
