"""/batches: all that is known of one batch, its card and its account."""

from datetime import datetime
from typing import Any

from flask import Blueprint, request

from warehouse import catalogue
from warehouse.books import entries
from warehouse.flow import batches
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.base import utc_text
from warehouse.transaction import Transaction
from warehouse.web import problems
from warehouse.web.posting import reading

bp = Blueprint("batches", __name__)
READERS = ("keeper", "clerk", "qa", "manager")


@bp.get("/batches/<item_no>/<path:batch_no>")
@reading(*READERS)
def show(tx: Transaction, item_no: str, batch_no: str) -> dict[str, Any]:
    """Show a batch: where it lies, its status and dates, and whether it may leave."""
    facts, refusal = batches.describe(tx, item_no=item_no, batch_no=batch_no)
    refused = None if refusal is None else problems.document(refusal.status, refusal.code, problems.plain(refusal))
    return {**facts, "refusal": refused}


@bp.get("/batches/<item_no>/<path:batch_no>/card")
@reading(*READERS)
def card(tx: Transaction, item_no: str, batch_no: str) -> dict[str, Any]:
    """Give the card's lines, of all places or one, as of a moment."""
    batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    return {"items": entries.card(batch, bin_code=request.args.get("location"), until=_until()), "next": None}


@bp.get("/batches/<item_no>/<path:batch_no>/account")
@reading(*READERS)
def account(tx: Transaction, item_no: str, batch_no: str) -> dict[str, Any]:
    """Give the account's lines as of a moment."""
    batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    return {"items": entries.account(batch, until=_until()), "next": None}


def _until() -> str | None:
    text = request.args.get("until")
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(field="until", reason="no RFC 3339 time") from None
    if moment.tzinfo is None:
        raise InvalidInput(field="until", reason="without an offset")
    return utc_text(moment)
