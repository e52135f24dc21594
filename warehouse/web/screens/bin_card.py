"""The bin card on a screen: scan a bin or a batch and its running card is there, newest line first (K6, 4.7.5 d)."""

from flask import Response, redirect, request, url_for

from warehouse import catalogue
from warehouse.books import entries
from warehouse.flow import batches, identification
from warehouse.flow.identification import Read
from warehouse.posting import Reply
from warehouse.reports import bin_card, overview
from warehouse.rules.refusals import UnknownCode
from warehouse.transaction import Transaction
from warehouse.web import page
from warehouse.web.api.batches import as_of, card_of_place, whole
from warehouse.web.page import READERS, Sent, page_posting
from warehouse.web.panel import Outcome
from warehouse.web.typed import iso_moment

bp = page.blueprint("bin_card")
PAGE = 50


@bp.get("/card")
@page.page(*READERS)
def index(tx: Transaction) -> Response:
    """Show the scan field, and with a place the cards of what lies there."""
    return _index(tx, request.args.get("location", ""))


@bp.post("/card")
@page_posting(*READERS)
def scan(sent: Sent) -> Response:
    """Open the card of the bin or batch that was scanned."""
    outcome = sent.answer(lambda tx: _find(tx, sent.text("code") or ""))
    if outcome.ok:
        return redirect(outcome.body["path"], 303)  # type: ignore[return-value]
    return _index(page.now_reader(), "", outcome)


@bp.get("/card/at/<int:entry_no>")
@page.page(*READERS)
def at_entry(tx: Transaction, entry_no: int) -> Response:
    """Open the card that an entry stands on: the short address on a printed card."""
    found = identification.card_of_entry(tx, entry_no) if entry_no <= entries.LAST else None
    if found is None:
        raise UnknownCode(scanned=str(entry_no))
    return redirect(_path_of(found), 303)  # type: ignore[return-value]


@bp.get("/card/<item_no>/<path:batch_no>")
@page.page(*READERS)
def show(tx: Transaction, item_no: str, batch_no: str) -> Response:
    """Show a batch's card, of all its places or one, now or as of a moment, beside its account."""
    batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    place, until = card_of_place(tx), as_of(tx, iso_moment(request.args.get("until", "")))
    batches.check_sighted(tx, batch=batch, bin_code=place)
    lines = entries.last_lines(
        batch, limit=PAGE + 1, bin_code=place, until=until, before=whole("before", entries.LAST)
    )  # fmt: skip
    facts, _ = batches.describe(tx, item_no=item_no, batch_no=batch_no)
    return page.render(
        "bin_card/card.html", batch=facts, location=place, until=until, places=bin_card.places_of_batch(batch),
        lines=lines[:PAGE], older=lines[PAGE - 1]["entry_no"] if len(lines) > PAGE else None,
        balance=entries.card_balance(batch, bin_code=place, until=until),
        lying=[row for row in facts["stock"] if place in (None, row["location"])],
        books=None if until else bin_card.compare(batch),
        age_days=(tx.today - batch.first_received_on).days,
    )  # fmt: skip


def _index(tx: Transaction, bin_code: str, outcome: Outcome | None = None) -> Response:
    batches.check_sighted(tx, bin_code=bin_code)
    cards = bin_card.cards_of_place(tx, catalogue.get_place(tx, bin_code).bin_code) if bin_code else []
    return page.render("bin_card/index.html", outcome=outcome, location=bin_code, cards=cards)


def _find(tx: Transaction, code: str) -> Reply:
    found = identification.find(tx, code)
    if found.batch_no and not (found.item_no and overview.is_batch(tx, found.item_no, found.batch_no)):
        raise UnknownCode(scanned=found.text)
    return {"kind": found.kind, "path": _path_of(found)}, 200


def _path_of(found: Read) -> str:
    """Give the card a code means: of a batch, in the place that a printed card names too, or those of a place."""
    if found.item_no and found.batch_no:
        return url_for(
            "bin_card_page.show", item_no=found.item_no, batch_no=found.batch_no, location=found.location
        )  # fmt: skip
    if found.location:
        return url_for("bin_card_page.index", location=found.location)
    raise UnknownCode(scanned=found.text)
