"""The bin card as paper: the card's lines in words and the code of the live card, drawn by `labels` (4.7.5 d)."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, request, url_for

from labels.card import BinCard, CardLine
from labels.refused import LabelRefused
from labels.rendering import render_card
from warehouse.books import entries
from warehouse.reports import bin_card
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.books import Batch
from warehouse.transaction import Transaction
from warehouse.web import language

MOST_PRINTED = 2000  # the newest lines of a card, some 95 pages; what was before is carried forward


def draw(tx: Transaction, batch: Batch, *, bin_code: str | None, after: int, first_language: str = "") -> bytes:
    """Draw the card of a batch in a bin, its only one when none is named; lines after an entry, the rest carried.

    Raises InvalidInput where the batch has not one card, the language is none of ours, or a text cannot be drawn.
    """
    place = bin_code or _only_place(batch)
    try:
        return render_card(_card(tx, batch, place, after, _two_languages(tx, first_language)))
    except LabelRefused as refused:
        raise InvalidInput(field=refused.field, reason=str(refused.reason)) from refused


def live_address(batch: Batch, bin_code: str) -> str:
    """Give the address of the live card as a phone in the hall reaches it (WAREHOUSE_PUBLIC_URL)."""
    path = url_for("bin_card_page.show", item_no=batch.item.item_no, batch_no=batch.batch_no, location=bin_code)
    base = current_app.config["SETTINGS"].public_url or request.host_url
    return f"{base.rstrip('/')}{path}"


def _only_place(batch: Batch) -> str:
    """Give the place of the batch's card where only one has goods. Raises InvalidInput otherwise."""
    places = [name for name in bin_card.places_of_batch(batch) if bin_card.lying(batch, name)]
    if len(places) != 1:
        raise InvalidInput(field="location", reason="missing")
    return places[0]


def _two_languages(tx: Transaction, first: str) -> tuple[str, str]:
    """A paper has two languages: the one asked for, else the site's first, and another of the site's beside it."""
    if first and first not in language.LANGUAGES:
        raise InvalidInput(field="language", reason="unknown")
    one, two, *_ = dict.fromkeys((*([first] if first else []), *tx.site.languages, "en", "zh_Hans"))
    return one, two


def _card(tx: Transaction, batch: Batch, place: str, after: int, languages: tuple[str, str]) -> BinCard:
    words = language.catalogue(languages[0])
    zone = ZoneInfo(tx.site.time_zone)
    newest = entries.last_lines(batch, bin_code=place, limit=MOST_PRINTED)
    lines = [line for line in reversed(newest) if line["entry_no"] > after]
    first = lines[0] if lines else {"balance": newest[0]["balance"] if newest else "0"}
    before = Decimal(first["balance"]) - Decimal(first.get("quantity_in", 0)) + Decimal(first.get("quantity_out", 0))
    return BinCard(
        item_no=batch.item.item_no, name=batch.item.name, unit=batch.item.unit, batch_no=batch.batch_no,
        bin_code=place, first_received_on=batch.first_received_on, expiry_date=batch.expiry_date,
        reinspect_on=batch.reinspect_on, languages=languages, code=live_address(batch, place),
        status=" · ".join(f"{words[f'status.{status}']} {amount}" for status, amount in bin_card.lying(batch, place)),
        lines=[_line(line, zone, words.get(f"kind.{line['kind']}", line["kind"])) for line in lines],
        carried=str(before) if before else "", printed_at=tx.now.astimezone(zone),
    )  # fmt: skip


def _line(line: dict[str, Any], zone: ZoneInfo, act: str) -> CardLine:
    """Give a line's texts; the column that it is not in stays empty."""
    into, out = (line[name] if Decimal(line[name]) else "" for name in ("quantity_in", "quantity_out"))
    return CardLine(
        entry_no=line["entry_no"], when=datetime.fromisoformat(line["written_at"]).astimezone(zone), act=act,
        voucher_no=line["voucher_no"], quantity_in=into, quantity_out=out, balance=line["balance"],
        sign=line["written_by"],
    )  # fmt: skip
