"""Refusals and faults as `application/problem+json` (RFC 9457), title and detail in the caller's language."""

import logging
import secrets
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from warehouse.rules.refusals import Refusal
from warehouse.transaction import DatabaseUnavailable, unavailable
from warehouse.web import language, reasons

log = logging.getLogger("warehouse")
TYPE = "/api/v1/docs#"
WORDS = {
    "batch_status": "status", "field": "field", "kind": "thing", "state": "state", "other": "field", "paper": "paper",
    "needs": "second",
}  # fmt: skip
CODE_OF_STATUS = {401: "forbidden", 403: "forbidden", 404: "not-found"}
REASON_OF_STATUS = {405: "not-allowed", 413: "too-large"}


def problem(status: int, code: str, facts: Mapping[str, Any]) -> Response:
    """Make the answer of a refusal from its code and facts; the facts become members."""
    response = _send(status, document(status, code, facts))
    if "retry_after" in facts:
        response.headers["Retry-After"] = str(facts["retry_after"])
    return response


def document(status: int, code: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Make a refusal's problem document, to be sent or shown inside another answer."""
    return {
        "type": f"{TYPE}{code}",
        "title": language.say(f"{code}.title"),
        "status": status,
        "detail": sentence(code, facts),
        **facts,
    }


def sentence(code: str, facts: Mapping[str, Any]) -> str:
    """Tell a refusal in the caller's language: the sentence of its reason when there is one, else of its code."""
    words: Mapping[str, Any] = defaultdict(lambda: "–", {name: _word(value) for name, value in in_words(facts).items()})
    own = f"{code}.{facts.get('reason')}"
    if facts.get("new_label_nos"):
        own = f"{code}.new"
    known = language.catalogue(language.language())
    return language.say(own if own in known else f"{code}.detail") % words


def in_words(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Give facts for a sentence: names of ours, such as a status or a role, in the caller's words."""
    words = dict(facts)
    for name, group in WORDS.items():
        if isinstance(facts.get(name), str):
            words[name] = language.word(group, facts[name])
    if isinstance(facts.get("reason"), str):
        words["reason"] = reasons.in_words(facts["reason"])
    if isinstance(facts.get("needs"), list):
        words["needs"] = [language.word("role", each) for each in facts["needs"]]
    return words


def fault(error: DatabaseUnavailable) -> Response:
    """Say that the store cannot keep it now: 503 with the reason; nothing was applied, the same key may try again."""
    body = {
        "type": "about:blank", "title": language.say("unavailable.title"), "status": 503, "reason": error.reason,
        "detail": language.say(f"unavailable.{error.reason}"),
    }  # fmt: skip
    response = _send(503, body)
    response.headers["Retry-After"] = "1"
    return response


def register(app: Flask) -> None:
    """Answer every error of the app by a problem document or, for a page, by the same words on a page."""
    app.register_error_handler(Refusal, lambda refusal: problem(refusal.status, refusal.code, plain(refusal)))
    app.register_error_handler(DatabaseUnavailable, fault)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, _bug)


def plain(refusal: Refusal) -> dict[str, Any]:
    """Give a refusal's facts as JSON values."""
    return dict(msgspec.json.decode(msgspec.json.encode(refusal.facts(), enc_hook=str)))


def of_http(error: HTTPException) -> Response:
    """Tell one of the framework's own errors, such as an unknown path or method, as a problem."""
    status = error.code or 500
    code = CODE_OF_STATUS.get(status, "invalid-input")
    facts: dict[str, Any] = {"field": "request", "reason": REASON_OF_STATUS.get(status, "unreadable")}
    if status == 404:
        facts = {"kind": "page", "name": request.path[:200]}
    if isinstance(error, MethodNotAllowed):
        facts |= {"method": request.method, "allowed": sorted({*(error.valid_methods or ())} - {"HEAD"})}
    response = problem(status, code, facts)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _bug(error: Exception) -> Response:
    """A bug or a fault of the store: logged whole, shown short, with a number to find it by."""
    if known := unavailable(error):
        return fault(known)
    number = secrets.token_hex(4)
    log.error("bug %s at %s %s", number, request.method, request.path, exc_info=error)
    body = {
        "type": "about:blank", "title": language.say("bug.title"), "status": 500,
        "detail": language.say("bug.detail", number=number), "reference": number,
    }  # fmt: skip
    return _send(500, body)


def _send(status: int, body: Mapping[str, Any]) -> Response:
    return Response(msgspec.json.encode(body, enc_hook=str), status=status, mimetype="application/problem+json")


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(part.get("item_no", part)) if isinstance(part, dict) else str(part) for part in value)
    return str(value)
