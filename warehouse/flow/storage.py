"""Goods at rest: put away and moved, doubted, their places frozen and confirmed empty (4.5.2, 4.7.2, 4.7.5 d).

A transfer writes both cards with one voucher and changes the place only: age, status and owner stay (R-F12, R-O4). To
another site it is out of one account and into the other in the same act, each on its own site's audit chain.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from warehouse import catalogue
from warehouse.books import audit, blindness, documents, ledger, moves, stock
from warehouse.flow import (
    holds,
    identification,
    labelling,
    picking,
    reinspection,
    reinspection_tasks,
    sub_batches,
    tasks,
)
from warehouse.rules import issue, transfer, zones
from warehouse.rules.fifo import StockLine
from warehouse.rules.issue import Demand
from warehouse.rules.refusals import InvalidInput, WrongPlace
from warehouse.rules.status import InspectionStatus
from warehouse.tables.base import is_postgres, rows
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Place
from warehouse.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Moving:
    """What is to be moved: a batch by code or numbers, from where to where, how much (as text; None: all free)."""

    code: str | None = None
    item_no: str | None = None
    batch_no: str | None = None
    source: str | None = None
    target: str
    quantity: str | None = None
    unit: str | None = None
    status: str | None = None
    owner: str | None = None
    to_site: str | None = None


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a transfer did: the row it took from, both card lines, and whether the old place is empty now (R-F17)."""

    transfer_no: str
    source: StockLine
    quantity: Decimal
    out: moves.Entry
    into: moves.Entry
    label_nos: list[str]
    place_empty: bool


def move(tx: Transaction, wanted: Moving) -> Moved:
    """Move goods into another place, of this site or another; all terms stay.

    Raises, first that is true: NotFound, what reading a code may raise, WrongPlace, InvalidInput, CountOpen,
    InsufficientStock beyond what nobody reserved (R-F24), and what the new place refuses: ZoneRefusesStatus, and for a
    line or the dock what an issue would be refused for (R-Q1).
    """
    batch = identification.get_batch(tx, code=wanted.code, item_no=wanted.item_no, batch_no=wanted.batch_no)
    ledger.check_done(tx)
    there = _site_of_arrival(tx, wanted.to_site)
    catalogue.get_place(there, wanted.target)
    stock.lock_batches([batch.id])
    source = _choose(tx, batch, wanted)
    if there is tx:
        transfer.check_elsewhere(source=source.bin_code, target=wanted.target)
    old_place, place = _keep_from_freezing((tx, source.bin_code), (there, wanted.target))
    transfer.check_free(location=old_place.bin_code, frozen_by=old_place.frozen_by)
    _check_place(there, place, source)
    if wanted.quantity is None and source.bin_code in blindness.hidden_places(tx):
        raise InvalidInput(field="quantity", reason="missing")  # all of it would tell him how much that is (R-C1)
    asked = None if wanted.quantity is None else catalogue.read_quantity(batch.item, wanted.quantity, unit=wanted.unit)
    amount = transfer.check_quantity(asked, source)
    voucher_no = _document(tx, source, place, amount, there)
    label_nos: list[str] = []
    if there is tx:
        out, into = moves.move(tx, source, place, amount, kind="transfer", voucher_no=voucher_no)
    else:
        out, into, label_nos = _send(tx, there, batch, source, place, amount, voucher_no)
    tasks.settle_moves(tx, batch.id)
    reinspection_tasks.follow_goods(tx, batch)
    return Moved(
        transfer_no=voucher_no, source=source, quantity=amount, out=out, into=into, label_nos=label_nos,
        place_empty=is_empty(old_place),
    )  # fmt: skip


def doubt(tx: Transaction, *, item_no: str, batch_no: str, reason: str, photo: str = "") -> dict[str, Any]:
    """Stop a batch at once because somebody doubts it: hold, white, due today, urgent task for QA (4.7.2; R-I7).

    Staged goods of it stop at the package check by the hold; promises on what lies are given back. Goods
    that are yellow or red keep their status. `photo` is a data: URL. Raises NotFound, InvalidInput without a reason,
    DocumentState while it is in doubt already.
    """
    locked = sub_batches.lock_batch(tx, item_no=item_no, batch_no=batch_no)
    rows("UPDATE batch SET reinspect_on = ? WHERE id = ?", tx.today.isoformat(), locked.id)
    batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    holds.place(tx, batch, kind=holds.IN_DOUBT, reason=reason, photo=photo)
    document = documents.create(tx, "doubt", reference=f"{item_no}/{batch_no}", state="posted")
    turned = reinspection.turn_white(
        tx, batch, kind=holds.IN_DOUBT, voucher_no=document.document_no, reason=holds.IN_DOUBT
    )  # fmt: skip
    reinspection_tasks.ask(tx, batch, due_on=tx.today, reason=reason, urgent=True)
    tx.tell(item_no=item_no, batch_no=batch_no, reason=reason, photo=audit.digest(photo) if photo else None)
    return {
        "doubt_no": document.document_no, "hold": batch.hold, "turned_white": turned,
        "locations": reinspection_tasks.bins_of(batch),
    }  # fmt: skip


def freeze(tx: Transaction, bin_code: str, *, by: str) -> Place:
    """Freeze a place for a count, by its number or a reason: nothing goes in or out until it is free (R-C16, R-F8).

    Raises NotFound, CountOpen when it is frozen already.
    """
    if not by.strip():
        raise InvalidInput(field="reason", reason="missing")
    return _set_frozen(tx, bin_code, by=by)


def unfreeze(tx: Transaction, bin_code: str) -> Place:
    """Free a frozen place; what lies there is in its turn again. Raises NotFound, DocumentState when it is free."""
    return _set_frozen(tx, bin_code, by="")


def confirm_empty(tx: Transaction, bin_code: str, *, empty: bool) -> dict[str, Any]:
    """Keep the keeper's answer to "is the bin empty?" (R-F17).

    "Yes" where nothing is on record is kept as a zero confirmation. Where the answer and the record differ, either way,
    a count task is opened: what a keeper saw is never refused, and the books are not touched by it. How much
    is on record is not told: it is counted blind (R-C1).
    """
    place = catalogue.get_place(tx, bin_code)
    lying = stock.in_place(place.id)
    on_record = [{"item_no": line.item_no, "batch_no": line.batch_no} for line in lying]
    subject = f"@{bin_code}"
    confirmed = empty and not lying
    counts = empty != (not lying)
    if confirmed:
        tasks.keep_done(tx, "zero-confirmation", subject, location=bin_code)
    if counts:
        tasks.open_task(tx, "count", subject, urgent=True, location=bin_code, seen_empty=empty, on_record=on_record)
    tx.tell(location=bin_code, empty=empty, confirmed=confirmed)
    return {
        "location": bin_code, "confirmed": confirmed, "count_task": subject if counts else None,
        "on_record": on_record,
    }  # fmt: skip


def is_empty(place: Place) -> bool:
    """Say whether nothing is on record in a place."""
    return not rows("SELECT 1 FROM stock WHERE place_id = ? AND quantity > 0 LIMIT 1", place.id)


def _site_of_arrival(tx: Transaction, to_site: str | None) -> Transaction:
    """Give the same act as seen from the site goods go to; only who works for all sites reaches another (R-M5)."""
    if to_site is None or to_site == tx.site.code:
        return tx
    return replace(tx, site=catalogue.site_of(tx.actor, to_site), entries=[], facts={})


def _keep_from_freezing(*named: tuple[Transaction, str]) -> list[Place]:
    """Give places as they stay until this act ends: a count that wants to freeze one waits for it (R-C16)."""
    if is_postgres():
        for place_id in sorted(catalogue.get_place(here, bin_code).id for here, bin_code in named):
            rows("SELECT id FROM place WHERE id = ? FOR SHARE", place_id)
    return [catalogue.get_place(here, bin_code) for here, bin_code in named]


def _choose(tx: Transaction, batch: Batch, wanted: Moving) -> StockLine:
    """Choose the row that is meant; goods found where none are on record leave one count task behind (R-F22)."""
    item_no, batch_no, location = batch.item.item_no, batch.batch_no, wanted.source
    if location is not None:
        catalogue.get_place(tx, location)
    try:
        return transfer.choose_source(
            stock.of_batch(batch.id), item_no=item_no, batch_no=batch_no, bin_code=location, status=wanted.status,
            owner=wanted.owner,
        )  # fmt: skip
    except WrongPlace as refusal:
        assert location is not None
        raise refusal.leaving(
            lambda kept: picking.open_count_task(kept, item_no=item_no, batch_no=batch_no, location=location)
        ) from None


def _check_place(there: Transaction, place: Place, source: StockLine) -> None:
    """Refuse a place that is frozen, does not admit the status, or is where issuing begins for goods that may not."""
    transfer.check_free(location=place.bin_code, frozen_by=place.frozen_by)
    demand = Demand(
        customer=source.concession_customer or source.owner, owner=source.owner, today=there.today
    )  # fmt: skip
    if place.kind == zones.LocationKind.LINE:
        issue.check_issuable(source, demand)
    catalogue.check_admits(there, place, source.status)
    if place.kind in transfer.ISSUING_BEGINS:
        issue.check_issuable(source, demand)


def _document(tx: Transaction, source: StockLine, place: Place, amount: Decimal, there: Transaction) -> str:
    facts = {
        "item_no": source.item_no, "batch_no": source.batch_no, "quantity": str(amount), "status": source.status,
        "owner": source.owner, "from": source.bin_code, "to": place.bin_code, "to_site": there.site.code,
    }  # fmt: skip
    document = documents.create(tx, "transfer", state="posted", facts=facts)
    tx.tell(**facts)
    return document.document_no


def _send(
    tx: Transaction, there: Transaction, batch: Batch, source: StockLine, place: Place, amount: Decimal, voucher_no: str
) -> tuple[moves.Entry, moves.Entry, list[str]]:
    """Send goods to another site: card and account out here, in there, with one number; the batch keeps its dates.

    What is written there is told on that site's chain, by the same act. Papers belong to a site: new ones are issued
    there, and the old are void here when nothing is left.
    """
    out = moves.take_out(tx, source, amount, kind="transfer", voucher_no=voucher_no)
    ledger.post(tx, batch_id=batch.id, owner=source.owner, kind="transfer", voucher_no=voucher_no, quantity_out=amount)
    arrived = _batch_there(there, batch)
    into = moves.put_in(
        there, batch=arrived, place=place, status=source.status, owner=source.owner, amount=amount, kind="transfer",
        voucher_no=voucher_no,
    )  # fmt: skip
    ledger.post(
        there, batch_id=arrived.id, owner=source.owner, kind="transfer", voucher_no=voucher_no, quantity_in=amount
    )
    label_no = labelling.issue_status_label(
        there, arrived, status=source.status, amount=amount, bin_code=place.bin_code
    )  # fmt: skip
    if not labelling.parts_of(batch):
        labelling.void(tx, batch.id, reason="left-site")
    if source.status == InspectionStatus.PENDING:
        number = f"{source.item_no}/{source.batch_no}"
        tasks.open_task(there, "inspect", number, item_no=source.item_no, batch_no=source.batch_no)
    there.tell(
        document=voucher_no, item_no=source.item_no, batch_no=source.batch_no, quantity=str(amount),
        from_site=tx.site.code, location=place.bin_code,
    )  # fmt: skip
    audit.append(there, "done", path="arrival from another site", asked=None)
    return out, into, [label_no]


def _batch_there(there: Transaction, batch: Batch) -> Batch:
    """Give the batch at the other site, made with all its dates and terms, or compared when it is known there.

    The nearer due date and any hold win: what is doubted at one site is not free at the other by being moved.
    Raises BatchConflict.
    """
    item_no, batch_no = batch.item.item_no, batch.batch_no
    known = catalogue.find_batch(there, item_no=item_no, batch_no=batch_no)
    if known is None:
        made = Batch.create(
            site_id=there.site.id, item=batch.item, batch_no=batch_no, parent_id=batch.parent_id,
            supplier=batch.supplier, first_received_on=batch.first_received_on,
            receipt_sequence=batch.receipt_sequence, produced_on=batch.produced_on, expiry_date=batch.expiry_date,
            last_inspected_on=batch.last_inspected_on, reinspect_on=batch.reinspect_on,
            clock_waits=batch.clock_waits, concession_no=batch.concession_no,
            concession_customer=batch.concession_customer, concession_until=batch.concession_until,
            needs_concession=batch.needs_concession,
        )  # fmt: skip
        _carry_holds(there, batch, made)
        return catalogue.get_batch(there, item_no=item_no, batch_no=batch_no)
    stock.lock_batches([known.id])
    transfer.check_same_batch(item_no=item_no, batch_no=batch_no, recorded=_terms(known), sent=_terms(batch))
    _carry_holds(there, batch, known)
    due = min((day for day in (known.reinspect_on, batch.reinspect_on) if day), default=None)
    rows("UPDATE batch SET reinspect_on = ? WHERE id = ?", due.isoformat() if due else None, known.id)
    return catalogue.get_batch(there, item_no=item_no, batch_no=batch_no)


def _carry_holds(there: Transaction, batch: Batch, arrived: Batch) -> None:
    if not arrived.hold:
        holds.hand_down(there, batch, arrived, in_doubt=True)


def _terms(batch: Batch) -> dict[str, str | None]:
    """Give what two batches of one number must agree in before their goods are one batch."""
    days = {
        "first_received_on": batch.first_received_on, "produced_on": batch.produced_on,
        "expiry_date": batch.expiry_date,
    }  # fmt: skip
    return {
        **{name: None if day is None else str(day) for name, day in days.items()},
        "concession": batch.concession_no or None,
        "needs_concession": str(bool(batch.needs_concession)),
    }


def _set_frozen(tx: Transaction, bin_code: str, *, by: str) -> Place:
    place = catalogue.get_place(tx, bin_code)
    # A movement under way holds its batch; freezing waits for it, so that nothing moves once the count has begun.
    stock.lock_batches(line.batch_id for line in stock.in_place(place.id))
    transfer.check_freeze(location=bin_code, frozen_by=place.frozen_by, wanted=bool(by))
    # Guarded: of two counts that freeze one place the second is told.
    if not rows(
        "UPDATE place SET frozen_by = ? WHERE id = ? AND frozen_by = ? RETURNING id", by, place.id, place.frozen_by
    ):
        place = catalogue.get_place(tx, bin_code)
        transfer.check_freeze(location=bin_code, frozen_by=place.frozen_by, wanted=bool(by))
    tx.tell(location=bin_code, before=place.frozen_by, frozen_by=by)
    return catalogue.get_place(tx, bin_code)
