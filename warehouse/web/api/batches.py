"""/batches: all that is known of one batch, its card and its account."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from warehouse import catalogue
from warehouse.books import entries
from warehouse.flow import batches
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.base import utc_text
from warehouse.transaction import Transaction
from warehouse.web import paper, problems
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
    """Give the card's lines, of all places or one, as of a moment, and the balance then; `after` an entry for more."""
    batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    batches.check_sighted(tx, batch=batch, bin_code=request.args.get("location"))
    bin_code, until, limit = card_of_place(tx), as_of(), whole("limit", entries.MOST_LINES, entries.MOST_LINES)
    lines = entries.card(batch, bin_code=bin_code, until=until, after=whole("after", 0), limit=limit + 1)
    return {**_page(lines, limit), "balance": str(entries.card_balance(batch, bin_code=bin_code, until=until))}


@bp.get("/batches/<item_no>/<path:batch_no>/card.pdf")
@reading(*READERS)
def card_paper(tx: Transaction, item_no: str, batch_no: str) -> Response:
    """Draw the card of a batch in a bin as PDF for the shelf; `after` an entry continues a paper that is full."""
    batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    batches.check_sighted(tx, batch=batch, bin_code=request.args.get("location"))
    drawn = paper.draw(
        tx,
        batch,
        bin_code=card_of_place(tx),
        after=whole("after", 0),
        first_language=request.args.get("language", ""),
    )
    response = Response(drawn, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "inline", filename=f"{item_no} {batch_no}.pdf")
    return response


@bp.get("/batches/<item_no>/<path:batch_no>/account")
@reading(*READERS)
def account(tx: Transaction, item_no: str, batch_no: str) -> dict[str, Any]:
    """Give the account's lines as of a moment; `after` an entry for more."""
    batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    batches.check_sighted(tx, batch=batch)
    limit = whole("limit", entries.MOST_LINES, entries.MOST_LINES)
    lines = entries.account(batch, until=as_of(), after=whole("after", 0), limit=limit + 1)
    return _page(lines, limit)


def _page(lines: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    """Give one page of a book's lines, of which one more was read."""
    more = len(lines) > limit
    return {"items": lines[:limit], "next": str(lines[limit - 1]["entry_no"]) if more else None}


def card_of_place(tx: Transaction) -> str | None:
    """Give the place asked for, None for all. Raises NotFound for one the site does not have."""
    bin_code = request.args.get("location")
    return catalogue.get_place(tx, bin_code).bin_code if bin_code else None


def whole(name: str, default: int, most: int = entries.LAST) -> int:
    """Give a whole number of the address, at least 0 and for a limit at least 1. Raises InvalidInput."""
    text = request.args.get(name, "")
    if not text:
        return default
    least = 1 if name == "limit" else 0
    if not (text.isascii() and text.isdigit() and len(text) < 20) or not least <= int(text) <= most:
        raise InvalidInput(field=name, reason=f"not {least} to {most}")
    return int(text)


def as_of(tx: Transaction | None = None, text: str | None = None) -> str | None:
    """Give the moment asked for as the tables write it, None for now. Raises InvalidInput.

    A time without an offset is refused, but on a page, which passes its `tx` and the `text`, it is the site's clock.
    """
    text = request.args.get("until") if text is None else text
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(field="until", reason="no RFC 3339 time") from None
    if moment.tzinfo is None and tx is not None:
        moment = moment.replace(tzinfo=ZoneInfo(tx.site.time_zone))
    if moment.tzinfo is None:
        raise InvalidInput(field="until", reason="without an offset")
    return utc_text(moment)
