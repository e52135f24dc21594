"""Sign-in, sign-out, first start and the choice of language: the only pages a stranger sees (P13, A6..A9, A19)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, redirect, request, url_for

from warehouse import access, catalogue, posting
from warehouse.posting import Reply
from warehouse.rules.refusals import Forbidden, TooManyRequests
from warehouse.transaction import Actor, Transaction, time_ordered_key
from warehouse.web import language, page, problems, session
from warehouse.web.page import Sent, page_posting
from warehouse.web.panel import Outcome, Panel
from warehouse.web.posting import ANYBODY, SIGNED_IN, Permission, View, now, who

LANGUAGE_NAMES = (("en", "English"), ("zh_Hans", "简体中文"), ("zh_Hant", "繁體中文"))
LONGEST_NAME = 100

bp = page.blueprint("sign_in")


def public(view: Callable[..., Any]) -> View:
    """Declare a page that needs no sign-in."""

    @wraps(view)
    def run(**names: Any) -> Any:
        who()
        return view(**names)

    run.permission = Permission(roles=(ANYBODY,))  # type: ignore[attr-defined]
    return run


@bp.get("/sign-in")
@public
def show() -> Response:
    """Ask for name and password; before there is anybody, for the set-up code. Also takes the choice of language."""
    if chosen := request.args.get("language"):
        return _choose_language(chosen)
    if access.set_up_code() is not None:
        return _to(url_for("sign_in_page.show_set_up"))
    return _sign_in_page()


@bp.post("/sign-in")
@public
def sign_in() -> Response:
    """Open a session for who proves a password; the answer does not tell whether the name exists (A7)."""
    session.check_first_form()
    name, password = request.form.get("name", "").strip()[:LONGEST_NAME], request.form.get("password", "")
    try:
        actor = access.check_password(name, password, device=session.device_key(), now=now())
    except TooManyRequests as refusal:
        return _sign_in_page(_no(problems.sentence(refusal.code, problems.plain(refusal)), status=429))
    if actor is None:
        return _sign_in_page(_no(language.say("Name or password is wrong."), status=403))
    response = _to(session.local_path(request.form.get("next")))
    session.open_for(response, actor)
    return response


@bp.post("/sign-out")
@page_posting(SIGNED_IN)
def sign_out(sent: Sent) -> Response:
    """End this session at once."""
    response = _to(url_for("sign_in_page.show"))
    session.close(response)
    return response


@bp.post("/site")
@page_posting(SIGNED_IN)
def choose_site(sent: Sent) -> Response:
    """Go on at another site, on this device; only who works for all sites can (R-M5)."""
    actor = who()
    assert actor is not None
    site = catalogue.site_of(actor, sent.text("go_to") or None)
    response = _to(url_for("home_page.show"))
    session.keep_site(response, site.code)
    return response


@bp.get("/setup")
@public
def show_set_up() -> Response:
    """Ask for the set-up code; once there is anybody the page is gone."""
    return _to(url_for("sign_in_page.show")) if access.set_up_code() is None else _set_up_page()


@bp.post("/setup")
@public
def set_up() -> Response:
    """Make the first administrator with the one-time code and sign him in."""
    session.check_first_form()
    if access.set_up_code() is None:
        return _to(url_for("sign_in_page.show"))
    name = request.form.get("name", "").strip()[:LONGEST_NAME]
    if not name:
        return _set_up_page(_no(language.say("Please give your name."), status=400))
    if len(request.form.get("password", "")) < access.SHORTEST_PASSWORD:
        return _set_up_page(_no(language.say("The password is shorter than 8 characters."), status=400))
    hashed = access.hash_password(request.form["password"])
    answer = posting.answer(_set_up_request(name), lambda tx: _make_first(tx, name, hashed))
    if answer.refused:
        return _set_up_page(_no(language.say("This is not the set-up code."), status=403))
    response = _to(url_for("home_page.show"))
    session.open_for(response, Actor(name=name, roles=frozenset({"admin"}), person_id=answer.body["person"]))
    return response


def _choose_language(code: str) -> Response:
    """Remember a language on this device and go back; here, so that strangers see no further route (P13)."""
    response = _to(session.local_path(request.args.get("next")))
    if code in language.LANGUAGES:
        session.keep_language(response, code)
    return response


def _make_first(tx: Transaction, name: str, hashed: str) -> Reply:
    code = request.form.get("set_up_code", "").strip()
    if not code.isascii() or not access.use_set_up_code(code):
        raise Forbidden(needs=["set-up code"])
    person = access.add_person(name=name, roles=["admin"], password_hash=hashed)
    tx.tell(person=name, roles=["admin"])
    return {"person": person.id}, 201


def _set_up_request(name: str) -> posting.Request:
    return posting.Request(
        actor=Actor(name=name, roles=frozenset()), site=catalogue.site_facts(catalogue.FIRST_SITE), now=now(),
        path="POST /setup", key=time_ordered_key(), device=session.device(),
    )  # fmt: skip


def _sign_in_page(outcome: Outcome | None = None) -> Response:
    where = session.local_path(request.values.get("next"))
    drawn = page.render("sign_in/sign_in.html", outcome=outcome, word=session.first_form_word(), next=where)
    return session.keep_form_word(drawn)


def _set_up_page(outcome: Outcome | None = None) -> Response:
    drawn = page.render("sign_in/set_up.html", outcome=outcome, word=session.first_form_word())
    return session.keep_form_word(drawn)


def _no(text: str, *, status: int) -> Outcome:
    return Outcome(panel=Panel(kind="refused", title=language.say("Sign-in refused"), text=text), status=status)


def _to(path: str) -> Response:
    return redirect(path, 303)  # type: ignore[return-value]
