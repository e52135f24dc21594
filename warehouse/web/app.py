"""The application: its routes, its limits, and the gate that no route without a permission passes (P13, W1)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, current_app, request
from werkzeug.routing import IntegerConverter

from warehouse.settings import FORM_LIMIT, Settings
from warehouse.tables.base import connect, database, drop_broken_connection
from warehouse.tables.engines import PATIENCE_SECONDS
from warehouse.web import body, hosts, problems, screens
from warehouse.web.api import (
    account,
    batches,
    catalogue,
    count_papers,
    counts,
    deliveries,
    devices,
    figures,
    health,
    labels,
    layouts,
    openapi,
    people,
    printing,
    quality,
    receipts,
    reconciliations,
    returns,
    scans,
    sites,
    storage,
    tasks,
)
from warehouse.web.posting import Permission

API = (
    account.bp, batches.bp, catalogue.bp, count_papers.bp, counts.bp, deliveries.bp, devices.bp, figures.bp,
    labels.bp, layouts.bp, openapi.bp, people.bp, sites.bp,
    printing.bp, quality.bp, receipts.bp, reconciliations.bp, returns.bp, scans.bp, storage.bp, tasks.bp,
)  # fmt: skip
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:;"
        " media-src 'self' blob:; worker-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none';"
        " form-action 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(settings: Settings, *, clock: Callable[[], datetime] | None = None) -> Flask:
    """Make the application on the database of `settings`; `clock` gives the server's time in tests."""
    app = Flask("warehouse", static_folder=None, template_folder=None)
    put_on(app, settings, clock=clock)
    app.config.update(MAX_CONTENT_LENGTH=FORM_LIMIT, MAX_FORM_PARTS=100)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False  # they would answer a stranger 200
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.merge_slashes = False
    app.url_map.converters["int"] = _RowNumber
    for blueprint in API:
        app.register_blueprint(blueprint, url_prefix="/api/v1")
    app.register_blueprint(health.bp)
    problems.register(app)
    screens.register(app)
    app.before_request(_gate)
    app.wsgi_app = _hardened(app.wsgi_app)  # type: ignore[assignment, method-assign] # Flask's own place for it
    return app


def put_on(app: Flask, settings: Settings, *, clock: Callable[[], datetime] | None = None) -> None:
    """Put an application on the database of `settings`, and off the one it was on; its routes stay as they are."""
    connect(settings.database_url, patience=PATIENCE_SECONDS)
    database.connect(reuse_if_open=True)
    app.config.update(CLOCK=clock, SETTINGS=settings, TRUSTED_HOSTS=settings.trusted_hosts.split() or None)


class _RowNumber(IntegerConverter):
    """A number in a path that a row can have: SQLite takes none of more than 64 bits, and no page has it either."""

    regex = r"[0-9]{1,18}"


def _gate() -> None:
    """Stop every request whose route declares no permission; each thread keeps its connection, while it is sound."""
    drop_broken_connection()
    settings: Settings = current_app.config["SETTINGS"]
    if not current_app.config["TRUSTED_HOSTS"]:  # those are Flask's own business
        hosts.check_host(request.environ.get("HTTP_HOST"), public_url=settings.public_url)
    if request.endpoint is None:
        return
    if request.query_string:
        body.check_address(request.args)
    body.check_address(request.view_args or {})
    view: Any = _view()
    if not isinstance(getattr(view, "permission", None), Permission):
        raise RuntimeError(f"{request.endpoint} declares no permission")


def _view() -> Any:
    return current_app.view_functions[request.endpoint or ""]


def _hardened(app: WSGIApplication) -> WSGIApplication:
    """Send W1's headers with every answer, errors too; below Flask, whose header object takes 60 us for six."""
    whole = list(HEADERS.items())
    kept = [*whole, ("Cache-Control", "no-store")]

    def run(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        own = whole if environ["PATH_INFO"].startswith("/static/") else kept

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            said = {name.lower() for name, _ in headers}
            return start_response(status, headers + [each for each in own if each[0].lower() not in said], *error)

        return app(environ, start)

    return run
