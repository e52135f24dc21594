"""The bin card as paper: the card's lines in words and the code of the live card, drawn by `labels` (4.7.5 d).

Drawn on the way it shows the card as it is; issued, it is kept with its number like any other paper.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, request, url_for

from labels.card import BinCard, CardLine
from labels.refused import LabelRefused
from labels.rendering import render_card
from warehouse import catalogue
from warehouse.books import entries
from warehouse.flow import batches
from warehouse.flow.identification import LONGEST
from warehouse.flow.papers import head_of, keep
from warehouse.reports import bin_card
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.books import Batch
from warehouse.tables.labels import Label
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


def issue_cards(
    tx: Transaction, *, item_no: str | None, batch_no: str | None, location: str | None, copy: str = "1/1"
) -> list[Label]:
    """Issue the cards of a batch, one for each place where it lies or of one place; of a place alone those lying there.

    Raises NotFound, InvalidInput where nothing is named or nothing lies there, CountOpen to who is to count it blind.
    """
    if location is None and (item_no is None or batch_no is None):
        raise InvalidInput(field="batch_no" if item_no else "item_no", reason="missing")
    place = catalogue.get_place(tx, location).bin_code if location else None
    found = _cards_asked(tx, item_no, batch_no, place)
    if not found:
        raise InvalidInput(field="location", reason="nothing-lies-there")
    made = []
    for batch, bin_code in found:
        batches.check_sighted(tx, batch=batch, bin_code=bin_code)
        head = head_of(tx, "D", copy=copy)
        card = _card(tx, batch, bin_code, 0, head["languages"])
        paper = replace(card, label_no=head["label_no"], copy=copy)
        place_id = catalogue.get_place(tx, bin_code).id
        made.append(keep(tx, "card", paper, batch=batch, place_id=place_id))
    return made


def _cards_asked(
    tx: Transaction, item_no: str | None, batch_no: str | None, place: str | None
) -> list[tuple[Batch, str]]:
    if item_no is not None and batch_no is not None:
        batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
        known = bin_card.places_of_batch(batch)
        lying = [name for name in known if name == place or (place is None and bin_card.lying(batch, name))]
        return [(batch, name) for name in lying]
    there = bin_card.cards_of_place(tx, place or "")
    return [
        (catalogue.get_batch(tx, item_no=card["item_no"], batch_no=card["batch_no"]), place or "")
        for card in there
        if item_no in (None, card["item_no"])
    ]


def live_address(batch: Batch, bin_code: str, *, entry_no: int | None = None) -> str:
    """Give the address of the live card as a phone in the hall reaches it (WAREHOUSE_PUBLIC_URL).

    Where its numbers make it longer than a scan field takes, it names an entry of the card instead.
    """
    base = (current_app.config["SETTINGS"].public_url or request.host_url).rstrip("/")
    path = url_for("bin_card_page.show", item_no=batch.item.item_no, batch_no=batch.batch_no, location=bin_code)
    if len(base + path) > LONGEST and entry_no is not None:
        path = url_for("bin_card_page.at_entry", entry_no=entry_no)
    return f"{base}{path}"


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
        reinspect_on=batch.reinspect_on, languages=languages,
        code=live_address(batch, place, entry_no=newest[0]["entry_no"] if newest else None),
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
