"""/health/live and /health/ready: is the process there, can it work (O6, O7); a stranger sees "ok" only."""

import os
import shutil
from typing import Any

from flask import Blueprint, Response, current_app

from warehouse.books import verify
from warehouse.start import sqlite_path
from warehouse.tables import SCHEMA_VERSION
from warehouse.tables.base import is_postgres, rows
from warehouse.tables.engines import sqlite3
from warehouse.transaction import DatabaseUnavailable, check_unbroken
from warehouse.web.posting import ANYBODY, Permission, json_answer, who

bp = Blueprint("health", __name__)
LEAST_FREE_BYTES = 16 << 20  # below it the next checkpoint may fail: better to be told before


@bp.get("/health/live")
def live() -> Response:
    """Say that the process answers, whatever the database does."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/health/ready")
def ready() -> Response:
    """Say that work can be done, or 503 with the reason; an administrator also sees on what ground it stands."""
    check_unbroken()
    _check_schema()
    space = _check_space()
    actor = who()
    if actor is None or "admin" not in actor.roles:
        return Response("ok\n", mimetype="text/plain")
    return json_answer({"status": "ok", **_ground(), **space})


def _check_schema() -> None:
    """Ask the database something that needs it; one that is not (yet) of our schema is not ready."""
    found = rows("SELECT value FROM setting WHERE name = 'schema_version'")
    if [int(value) for (value,) in found] != [SCHEMA_VERSION]:
        raise DatabaseUnavailable("database-down", again=False)


def _check_space() -> dict[str, Any]:
    """Ask the disk of a SQLite file for room. PostgreSQL's disk is another machine's business."""
    path = sqlite_path(current_app.config["SETTINGS"].database_url)
    if path is None:
        return {}
    free = shutil.disk_usage(path.parent).free
    if free < LEAST_FREE_BYTES:
        raise DatabaseUnavailable("disk-full", again=False)
    log = f"{path}-wal"
    return {"free_bytes": free, "log_bytes": os.path.getsize(log) if os.path.exists(log) else 0}


def _ground() -> dict[str, Any]:
    """Give what the promises of keeping rest on, for an administrator."""
    acts = {site: count for site, count, _ in verify.heads()}
    if is_postgres():
        names: tuple[str, ...] = ("server_version", "fsync", "full_page_writes", "synchronous_commit")
        return {"engine": "postgresql", "acts": acts, **{name: rows(f"SHOW {name}")[0][0] for name in names}}
    names = ("journal_mode", "synchronous", "mmap_size")
    kept = {name: rows(f"PRAGMA {name}")[0][0] for name in names}
    return {"engine": "sqlite", "server_version": sqlite3.sqlite_version, "acts": acts, **kept}


live.permission = ready.permission = Permission(roles=(ANYBODY,))  # type: ignore[attr-defined]
