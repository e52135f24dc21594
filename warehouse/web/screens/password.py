"""One's own password: chosen by oneself, so that it proves a second pair of eyes (A5, A6)."""

from typing import Any

from flask import Response, redirect, request, url_for

from warehouse import access, people
from warehouse.posting import Reply
from warehouse.rules.refusals import TooManyRequests
from warehouse.transaction import Transaction
from warehouse.web import language, page, problems, session
from warehouse.web.page import Sent, page_posting
from warehouse.web.panel import Outcome, Panel
from warehouse.web.posting import SIGNED_IN, now, who

bp = page.blueprint("password")


@bp.get("/password")
@page.page(SIGNED_IN)
def show(tx: Transaction) -> Response:
    """Ask for the old and the new one."""
    return _show()


@bp.post("/password")
@page_posting(SIGNED_IN)
def change(sent: Sent) -> Response:
    """Choose another password; every session ends, so one signs in again."""
    chosen, actor = request.form.get("password", ""), who()
    assert actor is not None
    if len(chosen) < access.SHORTEST_PASSWORD:
        return _no(language.say("The password is shorter than 8 characters."), status=400)
    if chosen == request.form.get("old_password"):
        return _no(language.say("This is the old password."), status=400)
    try:
        proved = access.check_password(
            actor.name, request.form.get("old_password", ""), device=session.device_key(), now=now()
        )
    except TooManyRequests as refusal:
        return _no(problems.sentence(refusal.code, problems.plain(refusal)), status=429)
    if proved is None:
        return _no(language.say("The old password is wrong."), status=403)
    hashed = access.hash_password(chosen)

    def act(tx: Transaction) -> Reply:
        people.choose_password(tx, hashed)
        return {"person": actor.name}, 200

    outcome = sent.answer(act)
    return redirect(url_for("sign_in_page.show"), 303) if outcome.ok else _show(outcome)  # type: ignore[return-value]


def _show(outcome: Outcome | None = None) -> Response:
    return page.render("people/password.html", outcome=outcome, opened_by=_opened_by())


def _opened_by() -> Any:
    actor = who()
    return actor.opened_by if actor else ""


def _no(text: str, *, status: int) -> Response:
    return _show(Outcome(panel=Panel(kind="refused", title=text), status=status))
