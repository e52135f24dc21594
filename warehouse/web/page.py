"""The two doors of the pages: `@page` for looking, `@page_posting` for forms. They work without a line of script.

A form is sent on to the same route a program calls (`Sent.ask`): same body, same permission, same flow, same refusals:
no page can do what the API would refuse. Its hidden key was made when the form was drawn: a double click, a reload
or a second Enter of the scanner gives the first answer again (D12). The answer is a panel above the emptied field.
"""

import json
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from scanners.decode import PictureRefused, decode_safely
from warehouse import catalogue
from warehouse import posting as service
from warehouse.flow import recognition
from warehouse.rules.refusals import Forbidden, InvalidInput, Refusal
from warehouse.transaction import (
    Actor,
    DatabaseUnavailable,
    SiteFacts,
    Transaction,
    reader,
    time_ordered_key,
    unavailable,
)
from warehouse.web import body as bodies
from warehouse.web import language, panel, picture, problems, session, typed
from warehouse.web.panel import Outcome, Panel
from warehouse.web.posting import (
    LONGEST_KEY,
    SHORTEST_KEY,
    SIGNED_IN,
    Permission,
    View,
    answer_or_keep,
    check_second,
    now,
    turn,
    who,
)

log = logging.getLogger("warehouse")
UNREADABLE = ("Expected", "Invalid", "Object")
READERS = ("keeper", "clerk", "qa", "manager")
DAYS = ("expiry_date", "produced_on", "first_received_on", "due_on", "until", "as_of")  # fields that name a day
QUANTITIES = ("quantity", "found", "unfit", "returned", "scrapped")
SECRET = ("password", "old_password", "set_up_code")  # never kept, not even in a fingerprint
OURS = ("csrf_token", "key", "confirmed", "picture", "site")  # members of a form that are not the request's own


def _as_typed(name: str, value: str) -> str:
    if name in QUANTITIES:
        return typed.decimal_text(value)
    return typed.iso_day(value) if name in DAYS else value


class Sent:
    """A form as it came, its picture already read."""

    def __init__(self, code: str | None = None, unread: str = "") -> None:
        """`code` is what the picture said, `unread` why a picture said nothing."""
        self._code, self.unread = code, unread

    def text(self, name: str) -> str | None:
        """Give a field, or None when it was left empty."""
        value = self._code if name == "code" and self._code else request.form.get(name, "")
        return _as_typed(name, value) if value.strip() else None

    def members(self, *names: str) -> dict[str, Any]:
        """Give the fields that were filled in, as a request's members."""
        found = {name: self.text(name) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def lines(self, *names: str) -> list[dict[str, Any]]:
        """Give repeated fields as a list of lines; a line without its first field is left out."""
        columns = [request.form.getlist(name) for name in names]
        return [
            {name: _as_typed(name, value) for name, value in zip(names, row, strict=True) if value.strip()}
            for row in zip(*columns, strict=False)
            if row[0].strip()
        ]

    def ask(self, route: View, body: Mapping[str, Any] | None = None, **names: Any) -> Outcome:
        """Send the form on to a route of the API; its answer or refusal comes back as an outcome."""
        if self.unread:
            return _unsure(self.unread)
        permission: Permission = route.permission  # type: ignore[attr-defined]
        act = route.__wrapped__  # type: ignore[attr-defined]
        members = dict(body or {})
        if permission.body and issubclass(permission.body, bodies.ScanBody) and request.form.get("confirmed"):
            members["confirmed"] = True
        asked = _request({name: value for name, value in members.items() if name not in SECRET})
        try:
            if not permission.allows(asked.actor):
                raise Forbidden(needs=list(permission.roles))
            check_second(permission, asked.actor)
            arguments = dict(names)
            if permission.body:
                read, _ = bodies.read(json.dumps(members).encode(), permission.body)
                arguments["sent"] = permission.prepare(read) if permission.prepare else read
                asked = replace(asked, done_at=getattr(read, "done_at", None))
        except Refusal as refusal:
            service.keep_attempt(asked, refusal)
            return self._outcome(_refused(refusal))
        return self.answer(lambda tx: act(tx, **arguments), asked=asked)

    def answer(self, act: service.Act, *, asked: service.Request | None = None) -> Outcome:
        """Do an act once for this form's key; for what the API has no route of."""
        if self.unread:
            return _unsure(self.unread)
        try:
            answer = answer_or_keep(asked or _request({**self._posted(), **bodies.digests(but=picture.FIELD)}), act)
        except Refusal as refusal:
            answer = _refused(refusal)
        return self._outcome(answer)

    def _outcome(self, answer: service.Answer) -> Outcome:
        if not answer.refused:
            once = {} if answer.repeated else g.pop("shown_once", {})
            return Outcome(panel=Panel(kind="ok", title=language.say("Done")), body={**answer.body, **once})
        return Outcome(panel=self._panel(answer), status=answer.status, facts=answer.body)

    def _panel(self, answer: service.Answer) -> Panel:
        facts = in_words(answer.body)
        asks = bool(facts.get("confirmable"))
        sentence = problems.sentence(answer.refused, facts)
        return Panel(
            kind="ask" if asks else "refused",
            title=sentence if asks else language.say(f"{answer.refused}.title"),
            text="" if asks or answer.refused == "not-oldest" else sentence,
            instead=panel.instead(answer.refused, facts),
            scanned=self.text("code") or "",
            code=answer.refused,
            again={**self._posted(), "confirmed": "1"} if asks else {},
        )

    def _posted(self) -> dict[str, str]:
        own = {name: value for name, value in request.form.items() if name not in (*OURS, *SECRET)}
        return {**own, **({"code": self._code} if self._code else {})}


def blueprint(name: str) -> Blueprint:
    """Make the blueprint of one step's screens; whatever goes wrong in it is told on a page, not in JSON."""
    made = Blueprint(f"{name}_page", f"warehouse.web.screens.{name}")
    made.register_error_handler(Refusal, _refusal_page)
    made.register_error_handler(DatabaseUnavailable, _unavailable_page)
    made.register_error_handler(HTTPException, http_page)
    made.register_error_handler(Exception, _bug_page)
    return made


def page(*roles: str, report: bool = False) -> Callable[[View], View]:
    """Make a page that only shows: a stranger is sent to sign in; the view takes a `tx` that is not open.

    A `report` waits for its turn, as in the API.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def run(**names: Any) -> Any:
            actor = who()
            if actor is None:
                return _to_sign_in(request.full_path if request.query_string else request.path)
            _check_roles(run.permission, actor)  # type: ignore[attr-defined]
            with turn(run.permission):  # type: ignore[attr-defined]
                return view(_reader(actor), **names)

        run.permission = Permission(roles=roles, report=report)  # type: ignore[attr-defined]
        return run

    return wrap


def page_posting(*may: str | View) -> Callable[[View], View]:
    """Make the target of a form, for the roles given or those of the API's route: session, CSRF token, Origin, key.

    The view takes the `Sent` form and the path's names, and gives the page to show next.
    """
    roles = tuple(dict.fromkeys(role for each in may for role in roles_of(each)))

    def wrap(view: View) -> View:
        @wraps(view)
        def run(**names: Any) -> Any:
            actor = who()
            if actor is None:
                return _to_sign_in(session.local_path(_referring_path()))
            session.check_form()
            _check_roles(run.permission, actor)  # type: ignore[attr-defined]
            sent = _read_form()
            return sent if isinstance(sent, Response) else view(sent, **names)

        run.permission = Permission(roles=roles, changes=True)  # type: ignore[attr-defined]
        return run

    return wrap


def render(template: str, *, outcome: Outcome | None = None, status: int = 200, **values: Any) -> Response:
    """Draw a page for the person of this request; the status is the outcome's when there is one."""
    text = render_template(
        template, panel=outcome.panel if outcome else None, actor=g.get("actor"), csrf=g.get("csrf", ""),
        lang=language.language(), tag=language.TAGS[language.language()], new_key=time_ordered_key, may=_may,
        site=g.get("site", ""), sites=g.get("sites", ()), unreachable=panel.unreachable(), **values,
    )  # fmt: skip
    return Response(text, status=outcome.status if outcome else status, mimetype="text/html")


def now_reader() -> Transaction:
    """Give what a page asks with after a form was answered: the same person and site, nothing open."""
    return _reader(who())


def http_page(error: HTTPException) -> Response:
    """Tell on a page that there is no such page, or that the form was too large."""
    status = error.code or 500
    key = {404: "not-found", 413: "too-large"}.get(status, "request")
    response = _error_page(status, language.say(f"page.{key}.title"), language.say(f"page.{key}.detail"))
    response.headers.extend((name, value) for name, value in error.get_headers() if name in ("Allow", "Location"))
    return response


def _referring_path() -> str:
    return (request.referrer or "").removeprefix(request.host_url.rstrip("/")) or "/"


def _to_sign_in(path: str) -> Response:
    where = session.local_path(path)
    return redirect(url_for("sign_in_page.show", next=None if where == "/" else where), 303)  # type: ignore[return-value]


def roles_of(may: str | View) -> Iterable[str]:
    """Give the roles that may use a route of the API; a role stands for itself."""
    return (may,) if isinstance(may, str) else may.permission.roles  # type: ignore[attr-defined]


def _check_roles(permission: Permission, actor: Actor) -> None:
    if permission.allows(actor):
        return
    refusal = Forbidden(needs=list(permission.roles))
    if permission.changes:
        service.keep_attempt(_request(None, keyed=False), refusal)
    raise refusal


def _may(*roles: str) -> bool:
    """Say whether the person has one of the roles: what he may not do is not offered."""
    actor = g.get("actor")
    return actor is not None and (SIGNED_IN in roles or bool(actor.roles & set(roles)))


def _reader(actor: Actor | None) -> Transaction:
    assert actor is not None
    site = _site_of(actor)
    g.site, g.zone = site.code, site.time_zone
    return reader(actor=actor, site=site, now=now())


def _request(body: Any, *, keyed: bool = True) -> service.Request:
    actor = who()
    assert actor is not None
    return service.Request(
        actor=actor, site=_site_of(actor), now=now(), path=f"POST {request.path}",
        key=_key() if keyed else "", body=body, device=session.device(),
        confirmed=bool(request.form.get("confirmed")),
    )  # fmt: skip


def _site_of(actor: Actor) -> SiteFacts:
    """Give the person's site; who works for all sites has chosen one on this device, or gets the first (R-M5)."""
    asked = session.chosen_site()
    g.sites = catalogue.site_codes() if actor.site is None else []
    return catalogue.site_of(actor, asked if asked in g.sites else None)


def _key() -> str:
    key = request.form.get("key", "")
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidInput(field="key", reason="missing")
    return key


def _read_form() -> Sent | Response:
    """Read the form and its picture, before any transaction; several codes in it are a question, not a guess (S15)."""
    file = request.files.get(picture.FIELD)
    if file is None or request.form.get("code", "").strip():
        return Sent()
    with file.stream:  # a large one lies in a temporary file
        data = file.read()
    if not data:
        return Sent()
    try:
        found = decode_safely(data)
    except PictureRefused as refused:
        return Sent(unread=refused.reason)
    # The identifier only where it tells something: a supplier's plain number is taken as it is printed.
    texts = list(dict.fromkeys(picture.as_scanned(code) if code.gs1 else code.text for code in found))
    if not texts:
        return Sent(unread="nothing-read")
    return Sent(code=texts[0]) if len(texts) == 1 else _choose(texts)


def _choose(texts: list[str]) -> Sent | Response:
    """Take the one code that is on record, or that all mean; else ask which is meant."""
    try:
        known = recognition.recognise(now_reader(), texts)
    except Refusal:  # it is told when the person has chosen that code
        return _choose_page(texts)
    if not known.reason:
        return Sent(code=known.read.text)
    return _choose_page([read.text for read in known.candidates] or texts)


def _choose_page(texts: list[str]) -> Response:
    kept = {name: value for name, value in request.form.items() if name not in ("csrf_token", "code", "picture")}
    return render("choose.html", codes=texts, kept=kept)


def shown(refusal: Refusal) -> dict[str, Any]:
    """Give a refusal's facts for a sentence on a page: a status in the caller's word."""
    return in_words(problems.plain(refusal))


def in_words(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Give facts for a sentence on a page: names of ours, and the schema's own English, in the caller's words."""
    words = problems.in_words(facts)
    if str(words.get("reason", "")).startswith(UNREADABLE):
        words["reason"] = "form"  # the schema's own English says too little to who stands before a screen
    return words


def _unsure(reason: str) -> Outcome:
    told = Panel(kind="unsure", title=language.say("picture.title"), text=language.say(f"picture.{reason}"))
    return Outcome(panel=told, status=422)


def _refused(refusal: Refusal) -> service.Answer:
    return service.Answer(status=refusal.status, body=problems.plain(refusal), refused=refusal.code)


def _refusal_page(refusal: Refusal) -> Response:
    text = problems.sentence(refusal.code, shown(refusal))
    return _error_page(refusal.status, language.say(f"{refusal.code}.title"), text)


def _unavailable_page(error: DatabaseUnavailable) -> Response:
    text = language.say(f"unavailable.{error.reason}")
    response = _error_page(503, language.say("unavailable.title"), text)
    response.headers["Retry-After"] = "1"
    return response


def _bug_page(error: Exception) -> Response:
    if known := unavailable(error):
        return _unavailable_page(known)
    number = secrets.token_hex(4)
    log.error("bug %s at %s %s", number, request.method, request.path, exc_info=error)
    return _error_page(500, language.say("bug.title"), language.say("bug.detail", number=number))


def _error_page(status: int, title: str, text: str) -> Response:
    if "actor" not in g:
        g.actor, g.csrf = None, ""
    told = Panel(kind="fault" if status >= 500 else "refused", title=text)  # the title stands above it
    passes = status >= 500 or status == HTTPStatus.TOO_MANY_REQUESTS
    again = "" if not passes else request.full_path if request.method == "GET" else _referring_path()
    return render(
        "error.html", outcome=Outcome(panel=told, status=status), title=title, again=session.local_path(again)
    )
