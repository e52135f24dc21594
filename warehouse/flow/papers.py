"""What a paper says, of what was frozen with its number, as the renderer takes it (4.5.5, 4.7.5 b).

A label drawn today says what it said when it was issued; only a void one is never drawn again.
"""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from labels import content as papers
from warehouse.rules.refusals import LabelVoid
from warehouse.tables.labels import Label
from warehouse.transaction import Transaction

GOODS = ("item_no", "name", "batch_no", "quantity", "unit", "bin_code", "supplier", "gtin")
GOODS_DAYS = ("first_received_on", "produced_on", "expiry_date", "reinspect_on")


def data_of(tx: Transaction, label: Label) -> papers.Label:
    """Give what a paper says, as it was when issued, for drawing. Raises LabelVoid: a void one is not drawn again."""
    if label.state == "void":
        batch = label.batch
        raise LabelVoid(
            label_no=label.label_no, reason=label.void_reason, item_no=batch.item.item_no if batch else None,
            batch_no=batch.batch_no if batch else None,
        )  # fmt: skip
    facts = label.facts
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
    goods = {**common, **{name: facts.get(name) or "" for name in GOODS}, **_days(facts, GOODS_DAYS)}
    if label.kind == "batch":
        return papers.BatchLabel(**goods)
    return papers.StatusLabel(
        **goods, status=facts["status"], inspector=facts.get("inspector") or "", **_days(facts, ("inspected_on",)),
        ncr_no=facts.get("ncr_no") or "", approver=facts.get("approver") or "", concession=_terms(facts),
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
