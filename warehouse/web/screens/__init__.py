"""The pages, one module a step; `register` hangs them into the app, with the static files and the templates' words."""

import hashlib
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, current_app, g, redirect, request, send_from_directory, url_for
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from warehouse.rules.refusals import Refusal
from warehouse.transaction import DatabaseUnavailable
from warehouse.web import language, problems
from warehouse.web.page import http_page
from warehouse.web.posting import ANYBODY, Permission, who
from warehouse.web.screens import (
    batches,
    bin_card,
    catalogue,
    count_control,
    counting,
    delivery,
    figures,
    home,
    inspection,
    labelling,
    layouts,
    password,
    people,
    printing,
    receiving,
    reconciliation,
    returns,
    scanner,
    sign_in,
    sites,
    stock,
    storage,
    tasks,
)

SCREENS = (
    sign_in.bp, home.bp, receiving.bp, inspection.bp, storage.bp, delivery.bp, returns.bp, counting.bp,
    count_control.bp, reconciliation.bp, batches.bp, bin_card.bp, figures.bp, stock.bp, tasks.bp, catalogue.bp,
    people.bp, password.bp, sites.bp, printing.bp, scanner.bp, labelling.bp, layouts.bp,
)  # fmt: skip
STATIC = Path(__file__).parent.parent.parent.parent / "static"
YEAR_SECONDS = 365 * 24 * 3600

files = Blueprint("files", __name__, template_folder="../templates")


@files.get("/static/<path:name>")
def show(name: str) -> Response:
    """Give a static file to anybody; its address changes with its content: a browser keeps it and never asks again."""
    response = send_from_directory(STATIC, name, max_age=YEAR_SECONDS if request.args.get("v") else None)
    response.cache_control.immutable = "v" in request.args
    return response


show.permission = Permission(roles=(ANYBODY,))  # type: ignore[attr-defined]


def register(app: Flask) -> None:
    """Add the pages to the app; what is not found outside the API is told on a page."""
    app.register_blueprint(files)
    for blueprint in SCREENS:
        app.register_blueprint(blueprint)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals.update(_=language.say, word=language.word, static=_static, LANGUAGES=sign_in.LANGUAGE_NAMES)
    app.jinja_env.filters.update(moment=_moment, local=_local)
    app.url_defaults(_at_site)
    app.register_error_handler(404, _not_found)
    app.register_error_handler(405, _not_a_page)


def _at_site(endpoint: str, values: dict[str, Any]) -> None:
    """Name the site in links to files of the API, for who works for all: a program has no choice kept on a device."""
    blueprint = endpoint.partition(".")[0]
    if len(g.get("sites", ())) > 1 and not blueprint.endswith("_page") and blueprint != files.name:
        values.setdefault("site", g.site)


def _not_found(error: HTTPException) -> Response:
    if request.path.startswith(("/api/", "/health/")):
        return problems.of_http(error)
    with suppress(Refusal, DatabaseUnavailable):  # who is signed in keeps the menu; without a database there is none
        who()
    return http_page(error)


def _not_a_page(error: HTTPException) -> Response:
    """Lead who opens the address of a form again, from the browser's bar perhaps, to the page that it stands on."""
    if request.method != "GET" or request.path.startswith(("/api/", "/health/")):
        return problems.of_http(error)
    routes, path = current_app.create_url_adapter(request), request.path
    while path := path.rpartition("/")[0]:
        if routes and routes.test(path, "GET"):
            break
    return redirect(quote(path or "/"), 303)  # type: ignore[return-value]


def _static(name: str) -> str:
    return url_for("files.show", name=name, v=_digest(name))


@lru_cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def _moment(text: str | datetime) -> str:
    """Write a stored time as the site's clock shows it, to the minute."""
    moment = text if isinstance(text, datetime) else datetime.fromisoformat(text)
    return moment.astimezone(ZoneInfo(g.zone)).strftime("%Y-%m-%d %H:%M")


def _local(text: str) -> str:
    """Write a stored time to the second, by the site's clock, as a field for date and time takes it."""
    return datetime.fromisoformat(text).astimezone(ZoneInfo(g.zone)).strftime("%Y-%m-%d %H:%M:%S")
