"""What a paper says, of what was frozen with its number, as the renderer takes it (4.5.5, 4.7.5 b).

A label drawn today says what it said when it was issued; only a void one is never drawn again. Documents and bin cards
are kept whole as they were made.
"""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from labels import content as papers
from labels.card import BinCard
from labels.content import make_label_no
from labels.documents import DOCUMENTS, Document
from warehouse.rules.refusals import LabelVoid
from warehouse.tables.labels import Label
from warehouse.transaction import Transaction

GOODS = ("item_no", "name", "batch_no", "quantity", "unit", "bin_code", "supplier", "gtin")
GOODS_DAYS = ("first_received_on", "produced_on", "expiry_date", "reinspect_on")
Head = dict[str, Any]  # what every paper has: its number, when and in which languages, which of how many


def head_of(tx: Transaction, letter: str, *, copy: str = "1/1") -> Head:
    """Give a new paper its number and what every paper has."""
    printed_at = tx.now.astimezone(ZoneInfo(tx.site.time_zone))
    return {
        "label_no": make_label_no(letter), "printed_at": printed_at, "languages": _two_languages(tx), "copy": copy
    }  # fmt: skip


def keep(tx: Transaction, kind: str, paper: Document | BinCard, *, document_no: str = "", **members: Any) -> Label:
    """Keep a paper whole under its number; nothing is printed by this."""
    return Label.create(
        label_no=paper.label_no, site_id=tx.site.id, kind=kind, document_no=document_no,
        facts=msgspec.to_builtins(paper), issued_by=tx.actor.name, issued_at=tx.now, **members,
    )  # fmt: skip


def data_of(tx: Transaction, label: Label) -> papers.Label | Document | BinCard:
    """Give what a paper says, as it was when issued, for drawing. Raises LabelVoid: a void one is not drawn again."""
    if label.state == "void":
        batch = label.batch
        raise LabelVoid(
            label_no=label.label_no, reason=label.void_reason, item_no=batch.item.item_no if batch else None,
            batch_no=batch.batch_no if batch else None,
        )  # fmt: skip
    facts = label.facts
    if label.kind == "card" or label.kind in DOCUMENTS:
        whole: type[BinCard | Document] = BinCard if label.kind == "card" else DOCUMENTS[label.kind]
        return msgspec.convert({**facts, "label_no": label.label_no}, whole)  # one printed anew has its own number
    common = {
        "label_no": label.label_no, "printed_at": label.issued_at.astimezone(ZoneInfo(tx.site.time_zone)),
        "languages": _two_languages(tx), "copy": facts.get("copy", "1/1"),
    }  # fmt: skip
    if label.kind == "roll":
        return papers.RollCard(**common, colour=facts["colour"])
    if label.kind == "package":
        return _carton(common, facts)
    if label.kind == "location":
        return papers.LocationLabel(
            **common, code=facts["bin_code"], bin_code=facts["bin_code"], zone=facts["zone"],
            warehouse=facts["warehouse"],
        )  # fmt: skip
    goods: dict[str, Any] = {**common, **{name: facts.get(name) or "" for name in GOODS}, **_days(facts, GOODS_DAYS)}
    if label.kind == "batch":
        return papers.BatchLabel(**goods)
    if label.kind == "sample":
        said: dict[str, Any] = {name: facts[name] for name in ("sampled_by", "test")}
        return papers.SampleTag(**goods, **said, **_days(facts, ("sampled_on", "keep_until")))
    decided: dict[str, Any] = {name: facts.get(name) or "" for name in ("ncr_no", "disposition", "approver")}
    if label.kind == "ncr":
        said = {name: facts[name] for name in ("status", "fault", "found_by")}
        return papers.NcrTag(**goods, **decided, **said, **_days(facts, ("found_on",)))
    return papers.StatusLabel(
        **goods, status=facts["status"], inspector=facts.get("inspector") or "", **_days(facts, ("inspected_on",)),
        **decided, concession=_terms(facts),
    )  # fmt: skip


def _carton(common: dict[str, Any], facts: dict[str, Any]) -> papers.PackageLabel:
    packed = [
        papers.Packed(item_no=item_no, batch_no=batch_no, quantity=amount, unit=unit)
        for item_no, batch_no, amount, unit in facts["contents"]
    ]
    said = {name: facts[name] for name in ("customer", "order_no", "sscc", "stacking", "gross_weight", "checked_by")}
    return papers.PackageLabel(
        **common, **said, contents=tuple(packed), marks=tuple(facts["marks"]), **_days(facts, ("checked_on",))
    )


def _two_languages(tx: Transaction) -> tuple[str, str]:
    """A label has two languages: the site's first two, and where it has one, another one beside it."""
    first, second, *_ = dict.fromkeys((*tx.site.languages, "en", "zh_Hans"))
    return first, second


def _days(facts: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: date.fromisoformat(facts[name]) if facts.get(name) else None for name in names}


def _terms(facts: dict[str, Any]) -> papers.Concession | None:
    """Give a concession's terms; they stand on blue paper only."""
    if not facts.get("concession_no") or facts["status"] != "qualified":
        return None
    return papers.Concession(
        no=facts["concession_no"], customer=facts["concession_customer"],
        until=_days(facts, ("concession_until",))["concession_until"],
    )  # fmt: skip
