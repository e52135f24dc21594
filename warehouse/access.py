"""Who somebody is: passwords by argon2, sessions and tokens as digests, tries counted (P13, P16, A1..A20)."""

import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from warehouse.rules.refusals import InvalidInput, NotFound, TooManyRequests
from warehouse.tables.base import rows, utc_text
from warehouse.tables.catalogue import Site
from warehouse.tables.people import ApiToken, KnownDevice, Person, Session, Setting, SignInTry
from warehouse.transaction import Actor

ROLES = ("keeper", "clerk", "qa", "manager", "service", "admin")
IDLE = timedelta(hours=12)
LONGEST_SESSION = timedelta(hours=24)
FREE_TRIES = 5  # wrong passwords of one person on one device
PERSON_TRIES = 20  # ... of one person, on whatever devices
DEVICE_TRIES = 40  # ... on one device, of whatever persons
QUIET = timedelta(hours=1)  # after so long without a wrong one the tries are forgotten
EVERY = "*"  # in place of a name or a device
SHORTEST_PASSWORD = 8

_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
# Two at a time: thirty at once in their own threads took 285 MiB, in this pool 57.
_hashing = ThreadPoolExecutor(max_workers=2, thread_name_prefix="hash")
_DUMMY = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Fb3lAq4mLZDkMaUCxSIbd9OaKwJpFeSMVzSGJjbKhl8"


def add_person(
    *, name: str, roles: list[str], password_hash: str, site: str | None = None, language: str = ""
) -> Person:
    """Add a person; `site` None works for all sites, the hash is hash_password's, made before the transaction.

    Raises InvalidInput for a bad role or name, NotFound for a site that is not there.
    """
    if unknown := [role for role in roles if role not in ROLES]:
        raise InvalidInput(field="roles", reason=f"unknown: {', '.join(unknown)}")
    if not roles:
        raise InvalidInput(field="roles", reason="missing")
    if Person.select().where(Person.name == name).exists():
        raise InvalidInput(field="name", reason="taken")
    site_row = Site.get_or_none(Site.code == site) if site else None
    if site and site_row is None:
        raise NotFound(kind="site", name=site)
    return Person.create(
        name=name, roles=" ".join(roles), site=site_row, password_hash=password_hash, language=language
    )


def hash_password(password: str) -> str:
    """Hash a password; slow on purpose, never to be called inside a transaction. Raises InvalidInput when too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput(field="password", reason=f"shorter than {SHORTEST_PASSWORD}")
    return _hashing.submit(_hasher.hash, password).result()


# Read with the person, so that no movement pays for a question that is only to be asked of who counts (R-C1).
_IS_COUNTING = (
    "(EXISTS (SELECT 1 FROM count_assignment a WHERE a.counter = p.name AND a.submitted_at IS NULL)"
    " OR EXISTS (SELECT 1 FROM zone_counter z WHERE z.counter = p.name))"
)


def check_password(name: str, password: str, *, device: str, now: datetime) -> Actor | None:
    """Give the person who proved a password, or None; a wrong name costs the same time as a wrong password.

    Raises TooManyRequests after too many wrong ones of this name on this device, of this name, or on this device: a
    minute, doubling to an hour. A device is one that somebody signed in on before, else all unknown ones of an address:
    so a stranger at a site's gateway makes nobody wait who works there (A6).
    """
    counted = _counted(name, device)
    waits = [until for until in map(_blocked_until, counted) if until is not None and until > now]
    if waits:
        raise TooManyRequests(retry_after=int((max(waits) - now).total_seconds()) + 1)
    person: Person | None = Person.get_or_none(Person.name == name)
    right = _hashing.submit(_verify, person.password_hash if person else _DUMMY, password).result()
    if right and person and person.disabled_at is None:
        forget_tries(name, device, EVERY)
        return actor_of(person)
    for each, free in counted.items():
        _count_try(*each, free=free, now=now)
    return None


def forget_tries(name: str, *devices: str) -> None:
    """Forget the wrong passwords of a person on these devices; on all of them when none is named."""
    tried = SignInTry.name == name
    SignInTry.delete().where(tried & SignInTry.device.in_(devices) if devices else tried).execute()


def remember_device(*, now: datetime) -> str:
    """Give a device on which somebody signed in the secret by which it is known from now on."""
    secret = secrets.token_urlsafe(32)
    KnownDevice.create(digest=digest(secret), known_since=now)
    return secret


def device_of(secret: str, *, address: str) -> str:
    """Name a device for counting its wrong passwords: by the secret it was given, else by its address."""
    known = secret and KnownDevice.get_or_none(KnownDevice.digest == digest(secret))
    return f"device {known.digest}" if known else f"address {address}"


def open_session(actor: Actor, *, device: str, now: datetime) -> tuple[str, str]:
    """Open a session; gives its secret for the cookie and its CSRF token. Only the digest is kept."""
    secret, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    Session.create(
        digest=digest(secret), person_id=actor.person_id, csrf_token=csrf, device=device, created_at=now, seen_at=now
    )
    return secret, csrf


def find_session(secret: str, *, now: datetime) -> tuple[Actor, str] | None:
    """Give a live session's person and CSRF token, or None; "last seen" is written at most once a minute."""
    found = rows(
        f"SELECT p.id, p.name, p.roles, p.language, s.code, {_IS_COUNTING}, e.csrf_token, e.created_at, e.seen_at,"
        " p.password_set_by FROM session e"
        " JOIN person p ON p.id = e.person_id LEFT JOIN site s ON s.id = p.site_id"
        " WHERE e.digest = ? AND p.disabled_at IS NULL",
        digest(secret),
    )
    if not found:
        return None
    *person, csrf, created_at, seen_at, password_set_by = found[0]
    seen = datetime.fromisoformat(seen_at)
    if now - seen > IDLE or now - datetime.fromisoformat(created_at) > LONGEST_SESSION:
        close_session(secret)
        return None
    if now - seen > timedelta(minutes=1):
        rows("UPDATE session SET seen_at = ? WHERE digest = ?", utc_text(now), digest(secret))
    return replace(_actor(*person), opened_by=password_set_by), csrf


def close_session(secret: str) -> None:
    """Sign out: the row is gone, so the next request with this secret is a stranger's."""
    Session.delete().where(Session.digest == digest(secret)).execute()


def revoke(person: Person, *, now: datetime, disable: bool = False) -> None:
    """End all sessions of a person at once, and all tokens and the account when asked."""
    Session.delete().where(Session.person == person).execute()
    if disable:
        ApiToken.update(revoked_at=now).where(ApiToken.person == person).execute()
        Person.update(disabled_at=now).where(Person.id == person.id).execute()


def add_token(name: str, *, scope: list[str], days: int | None, now: datetime, made_by: str = "") -> str:
    """Make an API token for a person and give it, this once; `scope` narrows to some of the person's roles.

    `made_by` is the other person who makes it, '' for himself or by command: who has that has the database.

    Raises NotFound for a name that is not there, InvalidInput for a scope outside the person's roles.
    """
    person: Person | None = Person.get_or_none((Person.name == name) & Person.disabled_at.is_null())
    if person is None:
        raise NotFound(kind="person", name=name)
    if outside := [role for role in scope if role not in person.roles.split()]:
        raise InvalidInput(field="scope", reason=f"not a role of this person: {', '.join(outside)}")
    token = f"whs_{secrets.token_urlsafe(32)}"
    ApiToken.create(
        digest=digest(token), person=person, scope=" ".join(scope), created_at=now,
        expires_at=now + timedelta(days=days) if days else None, made_by="" if made_by == name else made_by,
    )  # fmt: skip
    return token


def find_token(token: str, *, now: datetime) -> Actor | None:
    """Give the person of a live token, with the roles its scope leaves, or None."""
    found = rows(
        f"SELECT p.id, p.name, p.roles, p.language, s.code, {_IS_COUNTING}, t.scope, t.expires_at, t.made_by"
        " FROM api_token t"
        " JOIN person p ON p.id = t.person_id LEFT JOIN site s ON s.id = p.site_id"
        " WHERE t.digest = ? AND t.revoked_at IS NULL AND p.disabled_at IS NULL",
        digest(token),
    )
    if not found or (found[0][7] is not None and datetime.fromisoformat(found[0][7]) <= now):
        return None
    person_id, name, roles, language, site, is_counting, scope, _, made_by = found[0]
    kept = " ".join(role for role in roles.split() if not scope or role in scope.split())
    return replace(_actor(person_id, name, kept, language, site, is_counting), opened_by=made_by)


def actor_of(person: Person) -> Actor:
    """Give a person as the actor of an act."""
    return _actor(person.id, person.name, person.roles, person.language, person.site.code if person.site else None)


def set_up_code() -> str | None:
    """Give the one-time code with which the first administrator is made; None when there is anybody already.

    It is made once and kept until used, so that a restart prints the same.
    """
    if Person.select().exists():
        return None
    Setting.insert(name="set_up_code", value=secrets.token_hex(8)).on_conflict_ignore().execute()
    return str(Setting.get_by_id("set_up_code").value)


def use_set_up_code(code: str) -> bool:
    """Burn the set-up code; False when it is wrong or used. The administrator is added in the same transaction."""
    known = set_up_code()
    if known is None or not secrets.compare_digest(known, code):
        return False
    return bool(Setting.delete().where((Setting.name == "set_up_code") & (Setting.value == known)).execute())


def digest(secret: str) -> str:
    """Digest a random secret for keeping; fast is right here, it has 256 bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _actor(
    person_id: int, name: str, roles: str, language: str, site: str | None, is_counting: int | bool = True
) -> Actor:
    return Actor(
        name=name, roles=frozenset(roles.split()), site=site, person_id=person_id, language=language,
        is_counting=bool(is_counting),
    )  # fmt: skip


def _verify(kept: str, password: str) -> bool:
    """Tell whether a password fits; a damaged digest fits none, and costs what a wrong password costs."""
    try:
        return _hasher.verify(kept, password)
    except InvalidHashError:
        return _verify(_DUMMY, password) and False
    except VerificationError:
        return False


def _counted(name: str, device: str) -> dict[tuple[str, str], int]:
    """Give under which names and devices a wrong password counts, and how many are free."""
    return {(name, device): FREE_TRIES, (name, EVERY): PERSON_TRIES, (EVERY, device): DEVICE_TRIES}


def _blocked_until(tried: tuple[str, str]) -> datetime | None:
    found = rows("SELECT blocked_until FROM sign_in_try WHERE name = ? AND device = ?", *tried)
    return datetime.fromisoformat(found[0][0]) if found and found[0][0] else None


def _count_try(name: str, device: str, *, free: int, now: datetime) -> None:
    """Count one more, by one statement, so that none of many at once is missed; the last one's time is kept with it."""
    quiet_since = utc_text(now - QUIET)
    rows("DELETE FROM sign_in_try WHERE blocked_until < ?", quiet_since)
    ((tries,),) = rows(
        "INSERT INTO sign_in_try (name, device, tries, blocked_until) VALUES (?, ?, 1, ?)"
        " ON CONFLICT (name, device) DO UPDATE SET tries = sign_in_try.tries + 1 RETURNING tries",
        name, device, utc_text(now),
    )  # fmt: skip
    wait = min(60 * 2 ** min(tries - free, 6), 3600) if tries >= free else 0
    until = utc_text(now + timedelta(seconds=wait))
    rows("UPDATE sign_in_try SET blocked_until = ? WHERE name = ? AND device = ?", until, name, device)
