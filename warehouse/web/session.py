"""Who sits before a page: the session's cookie, sign-in and sign-out, and forms that only our own pages send.

The secret is in an HttpOnly cookie, its digest in the database; behind TLS the cookie is Secure and named `__Host-`,
which a browser drops silently at a plain-HTTP address. A form carries the session's CSRF token; before sign-in there is
none, so those forms carry a random word that a second cookie must repeat. Source: A8..A12, A19 of the fault catalogue.
"""

import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Response, current_app, g, request

from warehouse import access
from warehouse.rules.refusals import Forbidden
from warehouse.transaction import Actor
from warehouse.web.posting import now, session_cookie

FORM_COOKIE = "form"  # repeats the hidden field of forms that have no session yet
LANGUAGE_COOKIE = "language"
SITE_COOKIE = "site"  # of who works for all sites, on this device
DEVICE_COOKIE = "device"  # by which a device is known again that somebody signed in on; opens nothing
YEAR_SECONDS = 365 * 24 * 3600


@dataclass(eq=False, kw_only=True)
class ForeignForm(Forbidden):
    """The form was not sent by a page of ours to this person (A11)."""

    reason: str = "foreign-form"


def open_for(response: Response, actor: Actor) -> None:
    """Sign a person in: a new secret, and the session this browser had before is dead (A8)."""
    _close_row()
    if not device_key().startswith("device "):
        _set(response, DEVICE_COOKIE, access.remember_device(now=now()), max_age=YEAR_SECONDS)
    secret, _ = access.open_session(actor, device=device(), now=now())
    _set(response, session_cookie(), secret, max_age=int(access.LONGEST_SESSION.total_seconds()))
    response.delete_cookie(FORM_COOKIE)


def close(response: Response) -> None:
    """Sign out: the row is gone, so the cookie is worth nothing even where it was copied (A9)."""
    _close_row()
    response.delete_cookie(session_cookie(), secure=_is_tls(), httponly=True, samesite="Lax")


def check_form() -> None:
    """Refuse a form that another site's page sent, or one without this session's token. Raises ForeignForm."""
    _check_origin()
    _check_same(request.form.get("csrf_token", ""), g.get("csrf", ""))


def check_first_form() -> None:
    """The same for the forms of a stranger: field and cookie must repeat each other. Raises ForeignForm."""
    _check_origin()
    _check_same(request.form.get("csrf_token", ""), request.cookies.get(FORM_COOKIE, ""))


def first_form_word() -> str:
    """Give the word for a stranger's form: the one his cookie has, or a new one to be set with `keep_form_word`."""
    if "form_word" not in g:
        g.form_word = request.cookies.get(FORM_COOKIE, "") or secrets.token_urlsafe(24)
    return str(g.form_word)


def keep_form_word(response: Response) -> Response:
    """Set the cookie that repeats the stranger's form."""
    _set(response, FORM_COOKIE, first_form_word(), max_age=24 * 3600)
    return response


def keep_language(response: Response, language: str) -> None:
    """Remember the chosen language on this device, for a year."""
    _set(response, LANGUAGE_COOKIE, language, max_age=YEAR_SECONDS)


def keep_site(response: Response, code: str) -> None:
    """Remember which site this device works at, for who works for all."""
    _set(response, SITE_COOKIE, code, max_age=YEAR_SECONDS)


def chosen_site() -> str:
    """Give the site the form was drawn at, else the one chosen on this device; '' for none.

    The form's comes first: a page of one site that was left open never acts at another.
    """
    return request.form.get("site", "") or request.cookies.get(SITE_COOKIE, "")


def device() -> str:
    """Name the device as the books keep it: what the browser says of itself, cut."""
    return request.headers.get("User-Agent", "")[:100]


def device_key() -> str:
    """Name the device for counting wrong passwords, not by what the browser says of itself: that can be changed."""
    return access.device_of(request.cookies.get(DEVICE_COOKIE, ""), address=request.remote_addr or "")


def local_path(text: str | None) -> str:
    """Give a path of ours to go to after sign-in; anything else is the home page (A19)."""
    if not text or not text.startswith("/") or text.startswith("//") or "\\" in text or not text.isprintable():
        return "/"
    parts = urlsplit(text)
    return "/" if parts.scheme or parts.netloc else text


def _check_origin() -> None:
    """A browser names the page a form stands on; programs that name none have no cookie to abuse either."""
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise ForeignForm(needs=["form"])


def _check_same(sent: str, known: str) -> None:
    if not known or not secrets.compare_digest(sent.encode(), known.encode()):
        raise ForeignForm(needs=["form"])


def _set(response: Response, name: str, value: str, *, max_age: int) -> None:
    response.set_cookie(name, value, max_age=max_age, path="/", secure=_is_tls(), httponly=True, samesite="Lax")


def _close_row() -> None:
    if secret := request.cookies.get(session_cookie(), ""):
        access.close_session(secret)


def _is_tls() -> bool:
    return bool(current_app.config["SETTINGS"].tls)
