"""The two doors of the API: `@posting` for what changes something, `@reading` for questions. No route has another.

Each declares who may; a route without is refused at the first request and by a test. Order of answers: 401, 403, 400,
then what the transaction says.
"""

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import msgspec
from flask import Response, current_app, g, request

from warehouse import access, catalogue
from warehouse import posting as service
from warehouse.books import blindness
from warehouse.posting import Reply
from warehouse.rules.persons import check_own_door
from warehouse.rules.refusals import Forbidden, IdempotencyMismatch, InvalidInput, TooManyRequests
from warehouse.settings import JSON_LIMIT, MOST_REPORTS, REPORT_WAIT_SECONDS
from warehouse.transaction import Actor, SiteFacts, Transaction, reader
from warehouse.web import body as bodies
from warehouse.web import language, problems

ANYBODY = "anybody"  # no sign-in: the short public list
SIGNED_IN = "signed-in"  # any role
SESSION_COOKIE = "session"
CSRF_HEADER = "X-CSRF-Token"
SHORTEST_KEY, LONGEST_KEY = 8, 255
TOLD_OF_STOCK = {
    "balance",
    "balance_from",
    "is_bin_empty",
    "available",
}  # members of an answer that say what lies somewhere

View = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Permission:
    """What a route declared: who may, what it takes; OpenAPI is written from it."""

    roles: tuple[str, ...]
    body: type[Any] | None = None
    changes: bool = False
    status: int = 200
    prepare: Callable[[Any], Any] | None = None  # what takes long and needs no record, such as hashing a password
    form: Callable[[], tuple[Any, Any]] | None = None  # reads a multipart form in place of JSON: what was sent, plain
    limit: int = JSON_LIMIT  # bytes of the body
    report: bool = False  # long: only a few at once, so that scans keep threads and connections (C15, W13)
    second_person: bool = False  # the act of a second pair of eyes: a token that another person made is none

    def allows(self, actor: Actor) -> bool:
        """Say whether one of the person's roles may."""
        return SIGNED_IN in self.roles or bool(actor.roles & set(self.roles))


def now() -> datetime:
    """Give the server's time; tests pass their own clock in the app's config."""
    clock: Callable[[], datetime] | None = current_app.config.get("CLOCK")
    return clock() if clock else datetime.now(UTC)


def session_cookie() -> str:
    """Name the session's cookie; `__Host-` only behind TLS, because a plain-HTTP address silently drops it."""
    return f"__Host-{SESSION_COOKIE}" if current_app.config["SETTINGS"].tls else SESSION_COOKIE


def posting(
    *roles: str,
    body: type[Any] | None = None,
    status: int = 201,
    prepare: Callable[[Any], Any] | None = None,
    form: Callable[[], tuple[Any, Any]] | None = None,
    limit: int = JSON_LIMIT,
    second_person: bool = False,
) -> Callable[[View], View]:
    """Make a route that changes something: signs in, reads the body, honours the key, opens the transaction.

    The view takes `tx`, `sent` when there is a body, and the path's names; it gives (answer, status). `prepare`,
    `form`, `limit` and `second_person` are the permission's: the first two run before the transaction opens.
    """

    def wrap(view: View) -> View:
        permission = Permission(
            roles=roles, body=body, changes=True, status=status, prepare=prepare, form=form, limit=limit,
            second_person=second_person,
        )  # fmt: skip

        @wraps(view)
        def run(**names: str) -> Response:
            actor = sign_in(permission, kept=True)
            _check_csrf()
            key = _key()
            sent, plain = _read(permission)
            asked = _request(actor, key, sent, plain)
            arguments = {"sent": sent, **names} if body else names

            def act(tx: Transaction) -> Reply:
                check_second(permission, actor)
                return view(tx, **arguments)  # type: ignore[no-any-return]

            return send(answer_or_keep(asked, act))

        run.permission = permission  # type: ignore[attr-defined]
        return run

    return wrap


def reading(*roles: str, report: bool = False) -> Callable[[View], View]:
    """Make a route that only asks: signs in, gives the view a `tx` that is not open, sends its answer as JSON.

    A `report` waits for its turn. Raises TooManyRequests when that does not come.
    """

    def wrap(view: View) -> View:
        permission = Permission(roles=roles, report=report)

        @wraps(view)
        def run(**names: str) -> Response:
            actor = sign_in(permission)
            tx = reader(actor=actor, site=_site(actor, request.args.get("site")), now=now())
            with turn(permission):
                found = view(tx, **names)
            return found if isinstance(found, Response) else json_answer(found)

        run.permission = permission  # type: ignore[attr-defined]
        return run

    return wrap


_reports = threading.BoundedSemaphore(MOST_REPORTS)


@contextmanager
def turn(permission: Permission) -> Iterator[None]:
    """Hold one of the few turns that reports have; anything else has none to wait for. Raises TooManyRequests."""
    if not permission.report:
        yield
        return
    if not _reports.acquire(timeout=REPORT_WAIT_SECONDS):
        raise TooManyRequests(retry_after=round(REPORT_WAIT_SECONDS))
    try:
        yield
    finally:
        _reports.release()


def sign_in(permission: Permission, *, kept: bool = False) -> Actor:
    """Give the person of this request's token or session, with the right to be here.

    Raises Forbidden with status 401 for a stranger, 403 for a missing role; with `kept` that attempt goes on record.
    """
    actor = who()
    if actor is None:
        raise Unauthorized(needs=list(permission.roles))
    if not permission.allows(actor):
        refusal = Forbidden(needs=list(permission.roles))
        if kept:
            service.keep_attempt(_request(actor, "", None, None), refusal)
        raise refusal
    return actor


def check_second(permission: Permission, actor: Actor) -> None:
    """Refuse the act of a second person by a door that another person opened. Raises SamePerson."""
    if permission.second_person:
        check_own_door(opened_by=actor.opened_by)


def who() -> Actor | None:
    """Give the signed-in person or None; a request that carries both a token and a session is nobody's."""
    if "actor" not in g:
        header = request.headers.get("Authorization", "")
        cookie = request.cookies.get(session_cookie(), "") if "Cookie" in request.headers else ""
        g.actor, g.csrf = None, ""
        if header.startswith("Bearer ") and not cookie:
            g.actor = access.find_token(header.removeprefix("Bearer ").strip(), now=now())
        elif cookie and not header and (found := access.find_session(cookie, now=now())):
            g.actor, g.csrf = found
    return g.actor  # type: ignore[no-any-return]


def _check_csrf() -> None:
    """Refuse a change that comes with a session's cookie only: a page's script also sends its token (A11)."""
    if g.csrf and not secrets.compare_digest(request.headers.get(CSRF_HEADER, "").encode(), g.csrf.encode()):
        raise Forbidden(needs=[CSRF_HEADER])


class Unauthorized(Forbidden):
    """Nobody is signed in: the same code, status 401."""

    status = 401


def answer_or_keep(asked: service.Request, act: service.Act) -> service.Answer:
    """Answer once; a reused key is refused and that attempt kept too."""
    try:
        return _blinded(asked, service.answer(asked, act))
    except (IdempotencyMismatch, InvalidInput) as refusal:
        service.keep_attempt(asked, refusal)
        raise


def _blinded(asked: service.Request, answer: service.Answer) -> service.Answer:
    """Leave what lies there out of the answer to who still has places to count blind: no movement tells him (R-C1)."""
    told = TOLD_OF_STOCK & answer.body.keys()
    if not told or not asked.actor.is_counting:
        return answer
    if not blindness.hidden_places(reader(actor=asked.actor, site=asked.site, now=asked.now)):
        return answer
    blank = dict.fromkeys(told)
    return replace(answer, body={**answer.body, **blank, **({"reason": "counting"} if answer.refused else {})})


def show_once(**members: str) -> None:
    """Add members to this request's own answer that are kept nowhere: a repeat of its key goes without them (A15)."""
    g.shown_once = members


def send(answer: service.Answer) -> Response:
    """Make the response of an answer, a body or a problem."""
    if answer.refused:
        response = problems.problem(answer.status, answer.refused, answer.body)
    else:
        shown_once = {} if answer.repeated else g.pop("shown_once", {})
        response = json_answer({**answer.body, **shown_once}, answer.status)
    response.headers["Content-Language"] = language.TAGS[language.language()]
    if answer.repeated:
        response.headers["Idempotent-Replay"] = "true"
    return response


def json_answer(value: Any, status: int = 200) -> Response:
    """Send plain values as JSON; decimals and days as text."""
    return Response(msgspec.json.encode(value, enc_hook=str), status=status, content_type="application/json")


def _request(actor: Actor, key: str, sent: Any, plain: Any) -> service.Request:
    device = getattr(sent, "device", "") or request.headers.get("User-Agent", "")[:100]
    return service.Request(
        actor=actor,
        site=_site(actor, getattr(sent, "site", None) or (request.args.get("site") if request.query_string else None)),
        now=now(),
        path=f"{request.method} {request.path}",
        key=key,
        body=_without_secrets(plain),
        device=device,
        done_at=_moment(getattr(sent, "done_at", None)),
        sequence=getattr(sent, "sequence", None),
        confirmed=bool(getattr(sent, "confirmed", False)),
    )


def _site(actor: Actor, asked: str | None) -> SiteFacts:
    """Give the site of a request: asked for, or the person's, or that of the document, label, … in its path (R-M5)."""
    names = request.view_args or {}
    number = next(
        (value for name, value in names.items() if name.endswith("_no") and name not in ("item_no", "batch_no")), None
    )
    return catalogue.site_of(actor, asked, number=number)


def _read(permission: Permission) -> tuple[Any, Any]:
    """Read what was sent; gives it and the plain values for fingerprint and audit."""
    if permission.body is None:
        # Nothing is ignored: a member that the route does not take is refused.
        return bodies.read(_raw_body(permission.limit), bodies.Body)
    if permission.form and request.mimetype == "multipart/form-data":
        return permission.form()
    sent, plain = bodies.read(_raw_body(permission.limit), permission.body)
    return (permission.prepare(sent) if permission.prepare else sent), plain


def _without_secrets(plain: Any) -> Any:
    if isinstance(plain, Mapping):
        return {name: value for name, value in plain.items() if name not in ("password", "code_word", "photo")}
    return plain


def _moment(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise InvalidInput(field="done_at", reason="without an offset")
    return value


def _key() -> str:
    key = request.headers.get("Idempotency-Key", "").strip().strip('"')
    if not key:
        raise InvalidInput(field="Idempotency-Key", reason="missing")
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidInput(field="Idempotency-Key", reason=f"not {SHORTEST_KEY} to {LONGEST_KEY} printable characters")
    return key


def _raw_body(limit: int) -> bytes:
    if request.mimetype not in ("application/json", ""):
        raise UnsupportedType(field="Content-Type", reason="not application/json")
    length = request.content_length
    if length is None:
        return request.get_data(cache=False)
    if length > limit:
        raise TooLarge(field="body", reason=f"more than {limit} bytes")
    return bytes(request.environ["wsgi.input"].read(length))  # what the framework puts around it costs 20 us


class UnsupportedType(InvalidInput):
    """Another content type than JSON: the same code, status 415."""

    status = 415


class TooLarge(InvalidInput):
    """More than the limit: the same code, status 413."""

    status = 413
