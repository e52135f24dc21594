"""Papers on the goods: issued with the event that needs them, void in the same transaction (4.5.5, R-Q13).

What a paper says is frozen with its number. A bin's paper carries the bin's own code, so that any scan field for a
place takes it; papers on goods carry their number, by which a void one is known.
"""

import json
from collections.abc import Callable, Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from labels.content import make_label_no
from labels.marks import word
from warehouse import catalogue
from warehouse.flow import printing, tasks
from warehouse.flow.papers import GOODS, GOODS_DAYS
from warehouse.rules.quantity import with_decimals
from warehouse.rules.refusals import InsufficientStock, InvalidInput, NotFound
from warehouse.rules.status import COLOUR, InspectionStatus
from warehouse.tables.base import quantity, rows, utc_text
from warehouse.tables.books import Batch
from warehouse.tables.labels import Label
from warehouse.transaction import Transaction

ISSUED = ("status", "batch", "location")
SAYS_STATUS = ("status", "ncr")
ON_GOODS = (*SAYS_STATUS, "batch", "package")


def issue_status_label(
    tx: Transaction, batch: Batch, *, status: str, amount: Decimal, bin_code: str = "", replaces: str = ""
) -> str:
    """Issue one paper for goods of a batch in a status and give its number; it is printed where a printer does so.

    What it says is frozen with it. Without a bin it names the one where all of these goods lie, and none when they lie
    in several.
    """
    label = _make_status(tx, batch, status, amount, bin_code=bin_code, replaces=replaces)
    printing.queue(tx, [label], purpose="event")
    return label.label_no


def _make_status(
    tx: Transaction, batch: Batch, status: str, amount: Decimal, *, bin_code: str, replaces: str = "", copy: str = "1/1"
) -> Label:
    facts = content(tx, batch, status=status, amount=amount, bin_code=bin_code or _only_bin(batch, status))
    return _make(
        tx, "L", kind="status", batch=batch, status=status, quantity=amount,
        facts={**facts, "replaces": replaces, "copy": copy},
    )  # fmt: skip


def _only_bin(batch: Batch, status: str) -> str:
    found = rows(
        "SELECT DISTINCT bin_code FROM stock WHERE batch_id = ? AND status = ? AND quantity > 0", batch.id, status
    )
    return found[0][0] if len(found) == 1 else ""


def issue(
    tx: Transaction, kind: str, *, item_no: str | None, batch_no: str | None, location: str | None, copies: int
) -> list[Label]:
    """Issue `copies` papers of a kind, each with its own number; nothing is printed by this.

    A batch in several statuses gets papers for each; `location` narrows to what lies there. Raises InvalidInput,
    NotFound, InsufficientStock when nothing lies there to be labelled.
    """
    issuers: dict[str, Callable[[str], list[Label]]] = {  # those of ISSUED
        "status": lambda copy: _issue_status(tx, _batch(tx, item_no, batch_no), location, copy),
        "batch": lambda copy: [_issue_batch(tx, _batch(tx, item_no, batch_no), location, copy)],
        "location": lambda copy: [_issue_location(tx, location, copy)],
    }
    return [label for number in range(1, copies + 1) for label in issuers[kind](f"{number}/{copies}")]


def _make(tx: Transaction, letter: str, **members: Any) -> Label:
    return Label.create(
        label_no=make_label_no(letter), site_id=tx.site.id, issued_by=tx.actor.name, issued_at=tx.now, **members
    )


def _batch(tx: Transaction, item_no: str | None, batch_no: str | None) -> Batch:
    for name, value in (("item_no", item_no), ("batch_no", batch_no)):
        if value is None:
            raise InvalidInput(field=name, reason="missing")
    return catalogue.get_batch(tx, item_no=str(item_no), batch_no=str(batch_no))


def _issue_status(tx: Transaction, batch: Batch, location: str | None, copy: str) -> list[Label]:
    return [
        _make_status(tx, batch, status, amount, bin_code=location or "", copy=copy)
        for status, amount in lying(tx, batch, location).items()
    ]


def _issue_batch(tx: Transaction, batch: Batch, location: str | None, copy: str, *, replaces: str = "") -> Label:
    amount = sum(lying(tx, batch, location).values(), Decimal(0))
    facts = content(tx, batch, status="pending", amount=amount, bin_code=location or "")
    said = {name: facts[name] for name in (*GOODS, *GOODS_DAYS)} | {"copy": copy, "replaces": replaces}
    return _make(tx, "B", kind="batch", batch=batch, quantity=amount, facts=said)


def _issue_location(tx: Transaction, location: str | None, copy: str) -> Label:
    if location is None:
        raise InvalidInput(field="location", reason="missing")
    place = catalogue.get_place(tx, location)
    facts = {"bin_code": place.bin_code, "zone": place.zone, "warehouse": place.warehouse, "copy": copy}
    return _make(tx, "W", kind="location", place_id=place.id, facts=facts)


def lying(tx: Transaction, batch: Batch, location: str | None) -> dict[str, Decimal]:
    """Give a batch's quantity by status, of all places or one. Raises NotFound, InsufficientStock."""
    place = catalogue.get_place(tx, location) if location else None
    only = "" if place is None else " AND place_id = ?"
    values = (batch.id,) if place is None else (batch.id, place.id)
    found = rows(
        f"SELECT status, SUM(quantity) FROM stock WHERE batch_id = ? AND quantity > 0{only}"
        " GROUP BY status ORDER BY status",
        *values,
    )
    if not found:
        raise InsufficientStock(
            item_no=batch.item.item_no, batch_no=batch.batch_no, location=location,
            available=with_decimals(Decimal(0), batch.item.decimals),
        )  # fmt: skip
    return {status: quantity(total, batch.item.decimals) for status, total in found}


def content(
    tx: Transaction, batch: Batch, *, status: str, amount: Decimal, bin_code: str = ""
) -> dict[str, str | None]:
    """Give what a status label says of a batch now, as plain text."""
    concession = None
    if batch.concession_no:
        concession = f"{batch.concession_no} · {batch.concession_customer} · {batch.concession_until}"
    return {
        "status": status, "colour": COLOUR[InspectionStatus(status)], "item_no": batch.item.item_no,
        "name": batch.item.name, "batch_no": batch.batch_no, "quantity": str(amount), "unit": batch.item.unit,
        "bin_code": bin_code, "gtin": batch.item.gtin or "", "first_received_on": str(batch.first_received_on),
        "expiry_date": _text(batch.expiry_date), "reinspect_on": _text(batch.reinspect_on),
        "produced_on": _text(batch.produced_on), "supplier": batch.supplier, "concession": concession,
        "concession_no": batch.concession_no, "concession_customer": batch.concession_customer,
        "concession_until": _text(batch.concession_until),
        "issued_by": tx.actor.name, "issued_on": str(tx.today), **_decided(tx, batch, status),
    }  # fmt: skip


def _decided(tx: Transaction, batch: Batch, status: str) -> dict[str, str | None]:
    """Give who inspected the goods and when, and of yellow and red goods the report and who approved it."""
    if status == InspectionStatus.PENDING:
        return {}
    said: dict[str, str | None] = {}
    if found := rows("SELECT decided_by, decided_at FROM inspection WHERE into_id = ? ORDER BY id DESC", batch.id):
        inspector, decided_at = found[0]
        said = {"inspector": inspector, "inspected_on": str(tx.day_of(datetime.fromisoformat(decided_at)))}
    if status in (InspectionStatus.NONCONFORMING, InspectionStatus.SCRAP):
        reports = rows(
            "SELECT disposition_no, decision, state, approved_by FROM disposition WHERE batch_id = ? OR into_id = ?"
            " ORDER BY id DESC",
            batch.id, batch.id,
        )  # fmt: skip
        for report_no, decision, state, approver in reports[:1]:
            decided = "" if state == "awaiting-approval" else word(decision, tx.site.languages[0])
            said |= {"ncr_no": report_no, "disposition": decided, "approver": approver}
    return said


def void(tx: Transaction, batch_id: int, *, reason: str, kinds: Collection[str] = ON_GOODS) -> list[str]:
    """Void the live papers of a batch, of some kinds, and give their numbers."""
    voided = rows(
        "UPDATE label SET state = 'void', void_reason = ?, void_by = ?, void_at = ?"
        f" WHERE batch_id = ? AND kind IN ({', '.join('?' * len(kinds))}) AND state <> 'void' RETURNING label_no",
        reason, tx.actor.name, utc_text(tx.now), batch_id, *kinds,
    )  # fmt: skip
    return [label_no for (label_no,) in voided]


def void_one(tx: Transaction, label_no: str, *, reason: str) -> None:
    """Void one paper; void already is fine."""
    rows(
        "UPDATE label SET state = 'void', void_reason = ?, void_by = ?, void_at = ?"
        " WHERE label_no = ? AND state <> 'void'",
        reason, tx.actor.name, utc_text(tx.now), label_no,
    )  # fmt: skip


def relabel(tx: Transaction, batch: Batch, *, reason: str, parts: list[tuple[Batch, str, Decimal]]) -> list[str]:
    """Void every live paper of a batch, issue one for each part (batch, status, quantity), open the relabel task.

    Papers that say nothing of a status stay while number and days are still the ones they name.
    """
    voided = void(tx, batch.id, reason=reason, kinds=SAYS_STATUS)
    issued = [
        issue_status_label(tx, part, status=status, amount=amount, replaces=" ".join(voided))
        for part, status, amount in parts
    ]
    numbers = {part.id: part for part, _, _ in parts}
    if numbers.keys() != {batch.id} or _days_changed(batch):
        batch_papers = void(tx, batch.id, reason=reason, kinds=("batch",))
        voided += void(tx, batch.id, reason=reason, kinds=("package",))  # which part a carton holds, a person says
        for part in numbers.values() if batch_papers else ():
            paper = _issue_batch(tx, part, None, "1/1", replaces=" ".join(batch_papers))
            printing.queue(tx, [paper], purpose="event")
            issued.append(paper.label_no)
        voided += batch_papers
    if voided:
        tasks.open_task(
            tx, "relabel", f"{batch.item.item_no}/{batch.batch_no}/{tx.act}", old=voided, new=issued,
            item_no=batch.item.item_no, batch_no=batch.batch_no,
        )  # fmt: skip
    return issued


def _days_changed(batch: Batch) -> bool:
    """Tell whether a live paper of the batch names other days than the batch has now."""
    now = {name: _text(getattr(batch, name)) for name in GOODS_DAYS}
    live = rows("SELECT facts FROM label WHERE batch_id = ? AND kind = 'batch' AND state <> 'void'", batch.id)
    return any(json.loads(facts).get(name) != day for (facts,) in live for name, day in now.items())


def issue_again(tx: Transaction, label: Label, *, reason: str) -> Label:
    """Issue the same paper under a new number and void the old one: what is lost may turn up on other goods."""
    rows(
        "UPDATE label SET state = 'void', void_reason = ?, void_by = ?, void_at = ? WHERE id = ?",
        reason, tx.actor.name, utc_text(tx.now), label.id,
    )  # fmt: skip
    return _make(
        tx, label.label_no[0], kind=label.kind, batch=label.batch_id, place_id=label.place_id, status=label.status,
        quantity=label.quantity, facts={**label.facts, "replaces": label.label_no}, document_no=label.document_no,
    )  # fmt: skip


def parts_of(batch: Batch) -> list[tuple[Batch, str, Decimal]]:
    """Give a batch's quantity on hand per status, for its papers."""
    return [
        (batch, status, quantity(total, batch.item.decimals))
        for status, total in rows(
            "SELECT status, SUM(quantity) FROM stock WHERE batch_id = ? AND quantity > 0"
            " GROUP BY status ORDER BY status",
            batch.id,
        )
    ]


def get_label(tx: Transaction, label_no: str) -> Label:
    """Give a paper of the act's site. Raises NotFound."""
    label: Label | None = Label.get_or_none((Label.label_no == label_no) & (Label.site_id == tx.site.id))
    if label is None:
        raise NotFound(kind="label", name=label_no)
    return label


def _text(value: object) -> str | None:
    return None if value is None else str(value)
