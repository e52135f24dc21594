"""/devices: which scans of a handheld are missing, and whose clock is off (R-U3, R-U4)."""

from typing import Any

from flask import Blueprint, request

from warehouse.reports import devices
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import reading

bp = Blueprint("devices", __name__)


@bp.get("/devices")
@reading("keeper", "clerk", "qa", "manager", "admin")
def index(tx: Transaction) -> dict[str, Any]:
    """List the devices that sent numbered scans, by name."""
    most = body.limit()
    found = devices.overview(tx, after=request.args.get("after", ""), most=most + 1)
    more = len(found) > most
    return {"items": found[:most], "next": found[most - 1]["device"] if more else None}
