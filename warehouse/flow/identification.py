"""A read code -> what it is: label, batch, item, place, document; exactly, never by likeness (R-A6..A11, S1..S12).

The text is kept as read beside its normal form. The normal form is one written rule: NFKC (full-width digits and
letters become ASCII), blanks at the ends cut, leading zeros and case kept. `AB-1` and `ab-1` are two batches.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import unquote

from labels.content import is_label_no, normal_label_no
from labels.documents import DOCUMENTS
from scanners import gs1
from warehouse import catalogue
from warehouse.flow import batches, cartons, tasks
from warehouse.rules.receiving import check_name
from warehouse.rules.refusals import AmbiguousCode, InvalidInput, LabelVoid, Refusal, UnknownCode
from warehouse.tables.base import rows
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Item
from warehouse.tables.labels import Label
from warehouse.transaction import Transaction

LONGEST = 128
GS = "\x1d"
_GTIN_ENDS = 16  # where the GTIN behind a leading 01 ends, its last character the check digit
# What the code on a bin card says, wherever the service answers: the card's address, or by an entry of it where the
# batch's own number makes the address too long for a scan field.
_CARD = re.compile(r"https?://[^\s?#]+/card/(?:at/(?P<entry>[0-9]{1,18})|(?P<item>[^/?#\s]+)/(?P<batch>[^?#\s]+)"
                   r"\?location=(?P<place>[^&#\s]+))")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a code says, before any record is asked: numbers as printed, dates as checked; quantity is only an offer."""

    text: str
    kind: str  # batch, item, location, document, label, person, unknown
    item_no: str | None = None
    batch_no: str | None = None
    location: str | None = None
    document_no: str | None = None
    label_no: str | None = None
    produced_on: date | None = None
    expiry_date: date | None = None
    offered_quantity: str | None = None
    person: str | None = None
    paper: str | None = None  # of a label on record, which kind: a sample's tag names goods, but is none


def normal(text: str, *, field_name: str = "code") -> str:
    """Give the normal form of a number or code. Raises InvalidInput for hidden characters, nothing, or too much."""
    if len(text) > LONGEST:
        raise InvalidInput(field=field_name, reason=f"longer than {LONGEST}")
    folded = unicodedata.normalize("NFKC", text).strip()
    for character in "" if folded.isprintable() else folded:
        if character != GS and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn"):
            raise InvalidInput(field=field_name, reason=f"hidden character U+{ord(character):04X}")
    if not folded:
        raise InvalidInput(field=field_name, reason="missing")
    # A scanned code may say anything; what is to be a number has to be found again by its path.
    if field_name != "code":
        check_name(folded, field=field_name)
    return folded


def find(tx: Transaction, code: str, *, item_nos: Collection[str] | None = None) -> Read:
    """Say what a code is at this site; `item_nos` are the running task's, which decide between equal lot texts (R-A9).

    Nothing is created. A code that is nothing on record has kind "unknown". Raises LabelVoid, AmbiguousCode,
    UnknownCode for GS1 data that does not parse, InvalidInput for hidden characters.
    """
    text = normal(code)
    if gs1.looks_like_gs1(text):
        return _from_gs1(tx, text)
    identifier, rest = gs1.strip_identifier(text)
    plain = rest if identifier else text
    if GS in plain:
        raise InvalidInput(field="code", reason="hidden character U+001D")
    return (
        _from_card(tx, plain)
        or _from_label(tx, plain)
        or _from_place(tx, plain)
        or _from_document(tx, plain)
        or _from_pair(tx, plain)
        or _from_batch_no(tx, plain, item_nos)
        or _from_count(tx, plain)
        or _from_item(plain)
        or _from_person(tx, plain)
        or _unknown(text)
    )


def describe(tx: Transaction, read: Read) -> tuple[dict[str, Any], Refusal | None]:
    """Tell what is on record of what a code means, and of a batch the refusal an issue would get now."""
    if read.item_no and read.batch_no:
        if catalogue.find_batch(tx, item_no=read.item_no, batch_no=read.batch_no):
            facts, refusal = batches.describe(tx, item_no=read.item_no, batch_no=read.batch_no)
            return {**facts, "on_record": True}, refusal
        return {**_item_facts(read.item_no), "batch_no": read.batch_no, "expiry_date": read.expiry_date,
                "on_record": False}, None  # fmt: skip
    if read.item_no:
        return _item_facts(read.item_no), None
    if read.location:
        place = catalogue.get_place(tx, read.location)
        return {"location": read.location, "zone": place.zone, "place_kind": place.kind,
                "admits": place.admits.split(), "frozen_by": place.frozen_by or None}, None  # fmt: skip
    if read.document_no:
        ((kind, state),) = rows(
            "SELECT kind, state FROM document WHERE document_no = ? UNION ALL"
            " SELECT 'count', state FROM stock_count WHERE count_no = ?", read.document_no, read.document_no,
        )  # fmt: skip
        return {"document_no": read.document_no, "document_kind": kind, "state": state}, None
    return {"person": read.person} if read.person else {}, None


def _item_facts(item_no: str) -> dict[str, Any]:
    item = catalogue.get_item(item_no)
    return {"item_no": item.item_no, "name": item.name, "unit": item.unit}


def get_batch(tx: Transaction, *, code: str | None, item_no: str | None, batch_no: str | None) -> Batch:
    """Give the batch a scan means, by code or by numbers.

    Raises UnknownCode, AmbiguousCode, LabelVoid, InvalidInput where both are given and disagree, NotFound for numbers
    that are not there.
    """
    if code is not None:
        said = read_batch_code(tx, code)
        check_agrees(said, item_no=item_no, batch_no=batch_no)
        item_no, batch_no = said
    item, batch_number = numbers(item_no, batch_no)
    batch = catalogue.get_batch(tx, item_no=item, batch_no=batch_number)
    tx.tell(item_no=item, batch_no=batch_number)
    return batch


def read_batch_code(tx: Transaction, code: str, *, item_nos: Collection[str] | None = None) -> tuple[str, str]:
    """Give item and batch number of a scanned code, among the task's items when it has some (R-A9).

    Raises UnknownCode, AmbiguousCode, LabelVoid.
    """
    found = find(tx, code, item_nos=item_nos)
    if found.kind not in ("batch", "label") or found.batch_no is None or found.item_no is None:
        raise UnknownCode(scanned=code, reason=_not_a_batch(found))
    check_goods(found, code)
    _mark_applied(found)
    return found.item_no, found.batch_no


def check_goods(found: Read, code: str) -> None:
    """Refuse a sample's tag where goods are scanned: it outlives a split, so it does not tell which part this is.

    Raises UnknownCode. Source: 4.5.4; R-Q13.
    """
    if found.paper == "sample":
        raise UnknownCode(scanned=code, reason="is-a-sample")


def check_agrees(said: tuple[str | None, str | None], *, item_no: str | None, batch_no: str | None) -> None:
    """Refuse numbers that say another thing than the code beside them: nobody knows which of the two is in the hand.

    `said` are item and batch number of the code, None for what it does not say. Raises InvalidInput with the field.
    """
    for field, by_code, beside in (("item_no", said[0], item_no), ("batch_no", said[1], batch_no)):
        if None not in (by_code, beside) and normal(str(beside), field_name=field) != by_code:
            raise InvalidInput(field=field, reason="not-what-the-code-says")


def carton(tx: Transaction, code: str) -> str | None:
    """Give the number of a paper of ours that a package's code is or carries, None for any other. Raises LabelVoid."""
    text = normal(code)
    if not gs1.looks_like_gs1(text):
        found = _from_label(tx, gs1.strip_identifier(text)[1] or text)
    else:
        elements = dict(gs1.parse(text).elements)
        number = elements.get("21") or cartons.find_carton(tx, elements.get("00", ""))
        found = _from_label(tx, number) if number else None
    return found.label_no if found else None


def numbers(item_no: str | None, batch_no: str | None) -> tuple[str, str]:
    """Give item and batch number in normal form. Raises InvalidInput when one is missing."""
    if item_no is None:
        raise InvalidInput(field="item_no", reason="missing")
    if batch_no is None:
        raise InvalidInput(field="batch_no", reason="missing")
    return normal(item_no, field_name="item_no"), normal(batch_no, field_name="batch_no")


def _not_a_batch(found: Read) -> str | None:
    return None if found.kind == "unknown" else f"is-a-{found.kind}"


def _from_gs1(tx: Transaction, text: str) -> Read:
    parsed = gs1.parse(text)
    if not parsed.valid:
        is_misread = (parsed.problem or "").endswith("wrong check digit")
        raise UnknownCode(scanned=text, reason="check-digit" if is_misread else parsed.problem)
    elements = dict(parsed.elements)
    gtin = elements.get("01") or elements.get("02")
    if found := _from_own_serial(tx, elements.get("21")):
        return replace(found, text=text)
    if (carton := cartons.find_carton(tx, elements.get("00", ""))) and (found := _from_label(tx, carton)):
        return replace(found, text=text)
    item = _item_of_gtin(gtin)
    if item is None:
        return Read(text=text, kind="unknown")
    lot = elements.get("10")
    if lot and (tail := gs1.ambiguous_tail(parsed)) and not _batch_exists(tx, item, lot):
        raise AmbiguousCode(scanned=text, candidates=[lot, tail[0]])
    return Read(
        text=text,
        kind="batch" if lot else "item",
        item_no=item.item_no,
        batch_no=normal(lot, field_name="batch_no") if lot else None,
        produced_on=_day(elements.get("11"), tx),
        expiry_date=_day(elements.get("17"), tx),
        offered_quantity=elements.get("30") or elements.get("37"),
    )


def _unknown(text: str) -> Read:
    """Say that a code is nothing on record; one that is GS1 but for its check digit was misread: UnknownCode. R-A8."""
    if text.startswith("01") and text.isascii() and text[2:16].isdigit() and len(text) > _GTIN_ENDS:
        read_right = any(
            gs1.looks_like_gs1(f"{text[: _GTIN_ENDS - 1]}{digit}{text[_GTIN_ENDS:]}") for digit in range(10)
        )
        if read_right:
            raise UnknownCode(scanned=text, reason="check-digit")
    return Read(text=text, kind="unknown")


def _from_own_serial(tx: Transaction, serial: str | None) -> Read | None:
    """A paper of ours in full GS1 carries its number as serial: a void one stops the scan like any other (R-Q13)."""
    return _from_label(tx, serial) if serial else None


def _day(value: str | None, tx: Transaction) -> date | None:
    return gs1.expiry_date(value, reference_year=tx.today.year) if value else None


def _item_of_gtin(gtin: str | None) -> Item | None:
    if gtin is None:
        return None
    shorter = [gtin] + [gtin[zeros:] for zeros in (1, 2, 6) if gtin.startswith("0" * zeros)]
    found: Item | None = Item.get_or_none(Item.gtin.in_(shorter))
    return found


def _batch_exists(tx: Transaction, item: Item, batch_no: str) -> bool:
    return catalogue.find_batch(tx, item_no=item.item_no, batch_no=batch_no) is not None


def _from_label(tx: Transaction, text: str) -> Read | None:
    """A label number, as printed or typed; a void one is a hard stop (R-Q13)."""
    label_no = normal_label_no(text)
    if not is_label_no(label_no):
        return None
    label: Label | None = Label.get_or_none((Label.label_no == label_no) & (Label.site_id == tx.site.id))
    if label is None:
        return None
    batch = label.batch
    if label.state == "void":
        raise LabelVoid(
            label_no=label_no, reason=label.void_reason, item_no=batch.item.item_no if batch else None,
            batch_no=batch.batch_no if batch else None,
            new_label_nos=tasks.new_papers(tx, batch, label_no) if batch else [],
        )  # fmt: skip
    if batch is None:
        kind = "document" if label.kind in DOCUMENTS else "label"
        return Read(
            text=text, kind=kind, label_no=label_no, location=label.facts.get("bin_code"),
            document_no=label.document_no or None, paper=label.kind,
        )  # fmt: skip
    return Read(
        text=text, kind="label", label_no=label_no, item_no=batch.item.item_no, batch_no=batch.batch_no,
        offered_quantity=str(label.quantity) if label.quantity else None, location=_place_of_card(label),
        paper=label.kind,
    )  # fmt: skip


def _place_of_card(label: Label) -> str | None:
    """A bin card names a place too: it is that place's card."""
    return label.facts.get("bin_code") if label.kind == "card" else None


def _from_card(tx: Transaction, text: str) -> Read | None:
    """The code of a printed bin card: the address of the live one (4.7.5 d). It names the batch and the place."""
    named = _CARD.fullmatch(text)
    if named is None:
        return None
    if named["entry"]:
        found = card_of_entry(tx, int(named["entry"]))
        return replace(found, text=text) if found else None
    item_no, batch_no, place = (normal(unquote(named[name])) for name in ("item", "batch", "place"))
    if not (_known_pairs(tx, batch_no, item_no) and _from_place(tx, place)):
        return None
    return Read(text=text, kind="batch", item_no=item_no, batch_no=batch_no, location=place)


def card_of_entry(tx: Transaction, entry_no: int) -> Read | None:
    """Give the batch and the place of the bin card that an entry stands on; None for none of this site."""
    found = rows(
        "SELECT i.item_no, b.batch_no, p.bin_code FROM card_entry c JOIN batch b ON b.id = c.batch_id"
        " JOIN item i ON i.id = b.item_id JOIN place p ON p.id = c.place_id WHERE c.id = ? AND b.site_id = ?",
        entry_no, tx.site.id,
    )  # fmt: skip
    for item_no, batch_no, place in found:
        return Read(text=str(entry_no), kind="batch", item_no=item_no, batch_no=batch_no, location=place)
    return None


def _mark_applied(found: Read) -> None:
    """The first scan of a paper on the goods is its application."""
    if found.label_no:
        rows("UPDATE label SET state = 'applied' WHERE label_no = ? AND state IN ('issued', 'printed')", found.label_no)


def _from_place(tx: Transaction, text: str) -> Read | None:
    if rows("SELECT 1 FROM place WHERE site_id = ? AND bin_code = ?", tx.site.id, text):
        return Read(text=text, kind="location", location=text)
    return None


def _from_document(tx: Transaction, text: str) -> Read | None:
    if rows("SELECT 1 FROM document WHERE site_id = ? AND document_no = ?", tx.site.id, text):
        return Read(text=text, kind="document", document_no=text)
    return None


def _from_count(tx: Transaction, text: str) -> Read | None:
    if rows("SELECT 1 FROM stock_count WHERE site_id = ? AND count_no = ?", tx.site.id, text):
        return Read(text=text, kind="document", document_no=text)
    return None


def _from_pair(tx: Transaction, text: str) -> Read | None:
    """Item and batch number joined by a stroke, as our own 2D codes and the rulebook write it."""
    cuts = [index for index, character in enumerate(text) if character == "/"]
    for cut in cuts:
        item_no, batch_no = text[:cut], text[cut + 1 :]
        if _known_pairs(tx, batch_no, item_no):
            return Read(text=text, kind="batch", item_no=item_no, batch_no=batch_no)
    return None


def _from_batch_no(tx: Transaction, text: str, item_nos: Collection[str] | None) -> Read | None:
    """A bare batch number: the task's item decides, or any is a wrong one; without a task two are ambiguous (R-A9)."""
    found = _known_pairs(tx, text)
    if not found:
        return None
    mine = [item_no for item_no in found if item_nos is None or item_no in item_nos] or found[:1]
    if len(mine) > 1:
        raise AmbiguousCode(scanned=text, candidates=[f"{item_no}/{text}" for item_no in mine])
    return Read(text=text, kind="batch", item_no=mine[0], batch_no=text)


def _known_pairs(tx: Transaction, batch_no: str, item_no: str | None = None) -> list[str]:
    only = "" if item_no is None else " AND i.item_no = ?"
    values = (tx.site.id, batch_no) if item_no is None else (tx.site.id, batch_no, item_no)
    found = rows(
        f"SELECT i.item_no FROM batch b JOIN item i ON i.id = b.item_id WHERE b.site_id = ? AND b.batch_no = ?{only}"
        " ORDER BY i.item_no",
        *values,
    )
    return [number for (number,) in found]


def _from_item(text: str) -> Read | None:
    found = rows("SELECT item_no FROM item WHERE item_no = ? OR gtin = ?", text, text.zfill(14))
    return Read(text=text, kind="item", item_no=found[0][0]) if len(found) == 1 else None


def _from_person(tx: Transaction, text: str) -> Read | None:
    """A badge names its person, who then still proves it; of other sites' people nothing is said."""
    found = rows(
        "SELECT name FROM person WHERE name = ? AND disabled_at IS NULL AND (site_id IS NULL OR site_id = ?)",
        text, tx.site.id,
    )  # fmt: skip
    return Read(text=text, kind="person", person=text) if found else None
