"""Answer a request once: key, transaction, act, kept refusal, retry. For the web, batches, jobs and bench alike.

A key is looked up inside the transaction of its effect; outside it one scan went in a dozen times. A refusal rolls back
and is kept, with its key, in a second transaction that looks the key up again first: else the loser of two equal
requests would store a 409 for a scan that succeeded. A known key is answered only after a durable write of one's own.
Source: R-X2, R-X3, R-U2, R-U3; P3, P7.
"""

import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import msgspec

from warehouse.books import audit
from warehouse.books.audit import canonical
from warehouse.rules.refusals import IdempotencyMismatch, InvalidInput, Refusal, UnknownCode
from warehouse.tables.base import is_postgres, rows, utc_text
from warehouse.transaction import Actor, DatabaseUnavailable, SiteFacts, Transaction, transaction, unavailable

TRIES = 4
REPEAT_FOR_SECONDS = 5.0
FUTURE_TOLERANCE = timedelta(minutes=5)

Reply = tuple[dict[str, Any], int]
Act = Callable[[Transaction], Reply]


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request before its transaction: who, where, which key, and a fingerprint of what was asked."""

    actor: Actor
    site: SiteFacts
    now: datetime
    path: str  # method and path, as kept in the audit
    key: str = ""
    body: Any = None  # JSON as read, for the fingerprint
    device: str = ""
    done_at: datetime | None = None
    sequence: int | None = None
    confirmed: bool = False

    def fingerprint(self) -> str:
        """Hash method, path, person and canonical body: the same key with another of them is refused."""
        return hashlib.sha256(canonical([self.path, self.actor.name, self.body])).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was answered, now or the first time: a body, or a refusal's code and facts."""

    status: int
    body: dict[str, Any]
    refused: str = ""  # the refusal's code
    repeated: bool = False


def answer(request: Request, act: Act) -> Answer:
    """Do `act` once for this request's key and give its answer; a refusal is an answer too.

    Raises IdempotencyMismatch when the key was used for another request, InvalidInput when the device's time lies in
    the future, DatabaseUnavailable when it could not be kept. `act` may run several times, each in a fresh transaction.
    """
    if request.done_at and request.done_at > request.now + FUTURE_TOLERANCE:
        raise InvalidInput(field="done_at", reason="in-the-future")
    end = time.monotonic() + REPEAT_FOR_SECONDS
    for attempt in range(TRIES):
        try:
            return _once(request, act, is_first_try=attempt == 0)
        except DatabaseUnavailable as fault:
            if not fault.again or attempt == TRIES - 1 or time.monotonic() > end:
                raise
        # Jitter, or the two that met in a deadlock meet again.
        time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))  # noqa: S311 - no secret
    raise AssertionError("the last attempt either answers or raises")


def keep_attempt(request: Request, refusal: Refusal) -> None:
    """Keep a refusal that came before any transaction, such as a missing right; no key is stored for it."""
    with _mapped(), transaction(**_facts(request)) as tx:
        audit.append(tx, "refused", path=request.path, asked=request.body, refusal=refusal.code, why=refusal.facts())


def _once(request: Request, act: Act, *, is_first_try: bool) -> Answer:
    fingerprint = request.fingerprint()
    # On PostgreSQL each look is a round trip, and nearly every key is new: the first try rests on the key's uniqueness,
    # which undoes a repeated act as a whole, and the second try finds the first answer.
    looks = not (is_first_try and is_postgres() and request.sequence is None)
    try:
        with _mapped(), transaction(**_facts(request)) as tx:
            if looks and (known := _known(tx, request, fingerprint)):
                return known
            body, status = act(tx)
            key = _key_row(request, fingerprint, status, body)
            audit.append(tx, "done", key=key, path=request.path, asked=request.body)
        return Answer(status=status, body=body)
    except Refusal as refusal:
        return _refused(request, fingerprint, refusal)


def _refused(request: Request, fingerprint: str, refusal: Refusal) -> Answer:
    facts = msgspec.json.decode(canonical(refusal.facts()))
    with _mapped(), transaction(**_facts(request)) as tx:
        if known := _known(tx, request, fingerprint):
            return known
        for leave in refusal.leaves:
            leave(tx)
        # 404 of a document, 400 and 403 may be tried again with the same key; a rule's no is an answer for ever.
        is_final = refusal.status == 409 or isinstance(refusal, UnknownCode)
        kept = {"refused": refusal.code, "facts": facts}
        key = _key_row(request, fingerprint, refusal.status, kept) if is_final else None
        audit.append(tx, "refused", key=key, path=request.path, asked=request.body, refusal=refusal.code, why=facts)
    return Answer(status=refusal.status, body=facts, refused=refusal.code)


def _facts(request: Request) -> dict[str, Any]:
    return {
        "actor": request.actor, "site": request.site, "now": request.now, "device": request.device,
        "key": request.key, "done_at": request.done_at, "sequence": request.sequence, "confirmed": request.confirmed,
    }  # fmt: skip


def _known(tx: Transaction, request: Request, fingerprint: str) -> Answer | None:
    """Give the first answer of a key seen before, after writing that it was asked again."""
    if not request.key:
        return None
    key = request.key
    found = rows("SELECT request_hash, status, answer FROM request_key WHERE key = ?", key)
    if not found and request.sequence is not None:
        if not (found := _replayed(tx, request)):
            return None
        fingerprint = found[0][0]
    if not found:
        return None
    known_hash, status, text = found[0]
    if known_hash != fingerprint:
        raise IdempotencyMismatch(key=key)
    audit.append(tx, "repeated", path=request.path)
    body = msgspec.json.decode(text)
    if status >= HTTPStatus.BAD_REQUEST:
        return Answer(status=status, body=body["facts"], refused=body["refused"], repeated=True)
    return Answer(status=status, body=body, repeated=True)


def _replayed(tx: Transaction, request: Request) -> list[tuple[Any, ...]]:
    """Note the device's sequence number; one seen before gives the key's row of its first answer (R-U3).

    A refusal that is sent again confirmed is no replay. A number whose first request was kept without an answer, such
    as one for a document that was not there yet, belongs to the request that tries again.
    """
    # Written first: of two at once the second waits here, and then sees what the first was answered.
    ((first_key,),) = rows(
        "INSERT INTO device_scan (site_id, device, sequence, key, received_at, done_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (device, sequence) DO UPDATE SET sequence = excluded.sequence RETURNING key",
        tx.site.id, request.device, request.sequence, request.key, utc_text(tx.now),
        utc_text(tx.done_at) if tx.done_at else None,
    )  # fmt: skip
    if first_key == request.key:
        return []
    seen = rows("SELECT request_hash, status, answer FROM request_key WHERE key = ?", first_key)
    if seen and not (request.confirmed and seen[0][1] >= 400):
        return seen
    rows(
        "UPDATE device_scan SET key = ? WHERE device = ? AND sequence = ?",
        request.key, request.device, request.sequence,
    )  # fmt: skip
    return []


def _key_row(request: Request, fingerprint: str, status: int, body: dict[str, Any]) -> tuple[str, str, int, str] | None:
    if not request.key:
        return None
    # In the order it was made: a repeated answer is the same bytes.
    return request.key, fingerprint, status, msgspec.json.encode(body, enc_hook=str).decode()


class _mapped:  # noqa: N801 - a with-block, read as a word
    """Turn the drivers' errors about the store into DatabaseUnavailable; our own faults pass unchanged."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and (fault := unavailable(error)):
            raise fault from error
