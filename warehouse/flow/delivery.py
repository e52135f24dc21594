"""Goods out: an order reserved by FIFO, picked by scan, its packages checked, dispatched (4.7.6 a; R-F1, R-F19, R-E3).

The dispatch posts the account and asks every staged quantity once more whether it may leave: goods put on hold, expired
or due for re-inspection after the pick stop at the truck.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from warehouse import catalogue
from warehouse.books import allocations, blindness, documents, ledger, stock
from warehouse.books.documents import LineFacts, NewLine
from warehouse.flow import identification, picking, tasks
from warehouse.rules import expiry, issue, ownership, packing
from warehouse.rules.counting import tells_stock
from warehouse.rules.fifo import Policy, StockLine
from warehouse.rules.quantity import with_decimals
from warehouse.rules.refusals import DocumentState, InvalidInput, ShortIssue
from warehouse.tables.base import quantity, rows
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Item, Place
from warehouse.tables.documents import Document, DocumentLine, PackageCheck, Pick
from warehouse.tables.labels import Label
from warehouse.transaction import Transaction

BACKORDER, CANCEL = "backorder", "cancel"


@dataclass(frozen=True, kw_only=True)
class Short:
    """Why less leaves than was ordered, and what becomes of the rest: back-ordered or cancelled (R-F19)."""

    reason: str
    rest: str


def order(tx: Transaction, *, customer: str, reference: str, lines: list[tuple[str, str, str | None]]) -> Document:
    """Make a delivery from a sales order and reserve by FIFO; `lines` are (item_no, quantity, owner or None).

    Raises NotFound, InvalidInput, QuantityPrecision, InsufficientStock when a customer's own goods do not suffice.
    """
    catalogue.get_partner(customer, "customer")
    if not lines:
        raise InvalidInput(field="lines", reason="missing")
    if not reference.strip():
        raise InvalidInput(field="reference", reason="missing")
    document = documents.create(tx, "delivery", partner=customer, reference=reference)
    claimed: defaultdict[int, Decimal] = defaultdict(Decimal)  # of his deposit of an item, by the lines before
    new = []
    for line_no, (item_no, text, asked_owner) in enumerate(lines, start=1):
        item = catalogue.get_item(item_no)
        ordered = catalogue.read_quantity(item, text)
        deposit = _deposit(tx, item, customer) - claimed[item.id]
        owner = ownership.order_owner(asked=asked_owner, customer=customer, deposit=deposit)
        ownership.check_deposit(ordered, item_no=item_no, owner=owner, deposit=deposit)
        if owner != ownership.OURS:
            claimed[item.id] += ordered
        new.append(NewLine(line_no=line_no, item_id=item.id, ordered=ordered, limit_quantity=ordered, owner=owner))
    _add_lines(tx, document, new)
    return document


def check_packages(tx: Transaction, delivery_no: str, packages: list[dict[str, Any]]) -> None:
    """Record that the outer packages were looked at; staged goods that may not leave stop here (R-Q12, R-E3).

    A carton with a label of ours is kept by its number, however it was scanned. Raises NotFound, DocumentState,
    InvalidInput, LabelVoid for a carton with a void label, and what an issue of the staged goods would raise.
    """
    document = documents.lock(tx, delivery_no, "delivery")
    if not packages:
        raise InvalidInput(field="packages", reason="missing")
    names = [identification.carton(tx, package["code"]) or package["code"] for package in packages]
    check_staged(tx, document)
    for name, package in zip(names, packages, strict=True):
        PackageCheck.create(
            document=document, package=name, outer_ok=int(package["outer_ok"]), note=package["note"],
            checked_by=tx.actor.name, checked_at=tx.now,
        )  # fmt: skip
    tx.tell(packages=packages)


def dispatch(tx: Transaction, delivery_no: str, short: Short | None = None) -> list[int]:
    """Let a delivery leave: post the account for every staged quantity and close it; gives the account entries' ids.

    Raises ShortIssue when something is missing without a reason, DocumentState without a package check that is good or
    on a second press (R-X4), ClosedMonth, and what an issue of the staged goods would raise (R-E3).
    """
    document = documents.lock(tx, delivery_no, "delivery")
    ledger.check_open(tx, tx.today)
    lines = documents.lines(document.id, locked=True)
    _check_complete(lines, short)
    staged = check_staged(tx, document)
    _check_package(tx, document)
    issued = rows(
        "SELECT p.batch_id, p.owner, SUM(p.quantity) FROM pick p JOIN document_line l ON l.id = p.line_id"
        " WHERE l.document_id = ? AND p.state = 'staged' GROUP BY p.batch_id, p.owner ORDER BY p.batch_id",
        document.id,
    )
    changes = [(batch_id, owner, -int(amount)) for batch_id, owner, amount in issued]
    entries = ledger.post_all(tx, changes, kind="issue", voucher_no=delivery_no)
    if not staged and not (short and short.rest == CANCEL):
        raise DocumentState(document_no=delivery_no, state=document.state, reason="nothing-picked")
    _close_lines(tx, document, lines, short)
    rows(
        "UPDATE pick SET state = 'dispatched' WHERE state = 'staged'"
        " AND line_id IN (SELECT id FROM document_line WHERE document_id = ?)",
        document.id,
    )
    documents.set_state(document, "dispatched")
    tx.tell(entries=len(entries), short=short.reason if short else None, rest=short.rest if short else None)
    return entries


def cancel(tx: Transaction, delivery_no: str, *, reason: str) -> None:
    """Cancel a delivery that has nothing staged: its promises are given back. Raises DocumentState, InvalidInput."""
    document = documents.lock(tx, delivery_no, "delivery")
    if not reason.strip():
        raise InvalidInput(field="reason", reason="missing")
    if stock.staged(document.id):
        raise DocumentState(document_no=delivery_no, state="staged", reason="undo-picks-first")
    documents.lines(document.id, locked=True)
    allocations.release_document(document.id)
    documents.set_state(document, "cancelled")
    tx.tell(reason=reason)


def check_staged(tx: Transaction, document: Document) -> list[StockLine]:
    """Ask for every staged quantity whether it may still leave; gives them. Source: R-Q12, R-E3, R-T3."""
    lines = {line.line_id: line for line in documents.lines(document.id)}
    staged = []
    for line_id, picked in stock.staged(document.id):
        demand = picking.demand_of(tx, lines[line_id])
        issue.check_issuable(picked, demand)
        staged.append(picked)
    return staged


def _deposit(tx: Transaction, item: Item, owner: str) -> Decimal:
    """Give what of an item a customer has with us here and nobody reserved."""
    ((total,),) = rows(
        "SELECT COALESCE(SUM(quantity - reserved), 0) FROM stock WHERE site_id = ? AND item_id = ? AND owner = ?"
        " AND open = 1",
        tx.site.id, item.id, owner,
    )  # fmt: skip
    return quantity(total, item.decimals)


def _add_lines(tx: Transaction, document: Document, new: list[NewLine]) -> None:
    """Add lines and promise each by FIFO; what stayed short and what was skipped is kept with it."""
    documents.add_lines(document, new)
    documents.keep_facts({line.line_id: _promise(tx, line) for line in documents.lines(document.id)})


def _promise(tx: Transaction, line: LineFacts) -> dict[str, Any]:
    proposal = picking.reserve(tx, line)
    skipped = [
        {"batch_no": each.batch_no, "location": each.bin_code, "status": each.status, "reason": each.blocked}
        for each in proposal.skipped
    ]
    return {
        "shortage": str(proposal.shortage),
        "skipped": skipped,
        "expires_before_its_turn": _passed_by_age(tx, line),
    }


def _passed_by_age(tx: Transaction, line: LineFacts) -> list[dict[str, str]]:
    """Warn of batches that will expire behind an older one that lasts longer, where receipt decides (R-F15)."""
    if line.policy != Policy.FIFO or not stock.has_expiry(tx, item_id=line.item_id, owner=line.owner):
        return []
    lying = stock.candidates(tx, item_id=line.item_id, owner=line.owner, fefo=False)
    return [
        {"batch_no": each.batch_no, "location": each.bin_code, "expiry_date": str(each.expiry_date)}
        for each in expiry.fifo_lets_expire(lying)
    ]


def _check_complete(lines: list[LineFacts], short: Short | None) -> None:
    missing = [
        {"item_no": line.item_no, "line_no": line.line_no, "missing": str(line.open_quantity)}
        for line in lines
        if line.open_quantity > 0
    ]
    if not missing:
        return
    if short is None or not short.reason.strip():
        raise ShortIssue(missing=missing)
    if short.rest not in (BACKORDER, CANCEL):
        raise InvalidInput(field="short.rest", reason=f"only {BACKORDER} or {CANCEL}")


def _check_package(tx: Transaction, document: Document) -> None:
    """Refuse a delivery whose outer packages were not all looked at, or of which one's last look was bad.

    Source: 4.7.6 a; R-D5.
    """
    last: dict[str, bool] = {
        check.package: bool(check.outer_ok)
        for check in PackageCheck.select().where(PackageCheck.document == document).order_by(PackageCheck.id)
    }
    if not last:
        raise DocumentState(document_no=document.document_no, state="unchecked", reason="package-check-missing")
    if not all(last.values()):
        raise DocumentState(document_no=document.document_no, state="damaged", reason="package-not-ok")
    named = {
        label.label_no: label.facts["copy"]
        for label in Label.select().where(
            (Label.site_id == tx.site.id) & (Label.kind == "package") & (Label.document_no == document.document_no)
            & (Label.state != "void")
        )
    }  # fmt: skip
    packing.check_all_scanned(
        scanned=[named[name] for name in last if name in named], named=named.values(), delivery_no=document.document_no
    )


def _close_lines(tx: Transaction, document: Document, lines: list[LineFacts], short: Short | None) -> None:
    """Close every line; the rest is cancelled, or goes on as a delivery of its own, never lost (R-F19)."""
    allocations.release_document(document.id)
    documents.close_lines(document.id)
    rest = [line for line in lines if line.open_quantity > 0 and short and short.rest == BACKORDER]
    if rest:
        reference = f"{document.reference} / {document.document_no}"
        back = documents.create(
            tx, "delivery", partner=document.partner, reference=reference, of_document=document.document_no
        )
        new = [
            NewLine(
                line_no=line_no, item_id=line.item_id, ordered=line.open_quantity, limit_quantity=line.open_quantity,
                owner=line.owner,
            )
            for line_no, line in enumerate(rest, start=1)
        ]  # fmt: skip
        _add_lines(tx, back, new)
        tx.tell(document=document.document_no, backorder=back.document_no)


def describe(tx: Transaction, document: Document) -> dict[str, Any]:
    """Give a delivery with lines, plan, picks and what was skipped, as the API shows it."""
    return {
        "delivery_no": document.document_no, "customer": document.partner, "reference": document.reference,
        "state": document.state, "lines": [_blinded(tx, _line(line)) for line in _lines_of(document)],
        "packages": [
            {
                "code": check.package, "outer_ok": bool(check.outer_ok), "note": check.note,
                "checked_by": check.checked_by,
            }
            for check in PackageCheck.select().where(PackageCheck.document == document).order_by(PackageCheck.id)
        ],
    }  # fmt: skip


def _blinded(tx: Transaction, line: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a line's plan what would tell the book to who is to count one of its places blind (R-C1)."""
    hidden = blindness.hidden_places(tx)
    planned = [step["location"] for step in line["pick_list"]]
    if not hidden or not tells_stock(planned, shortage=Decimal(line["shortage"]), hidden=hidden):
        return line
    return {**line, "shortage": None, "pick_list": [{**step, "quantity": None} for step in line["pick_list"]]}


def _lines_of(document: Document) -> list[DocumentLine]:
    return list(
        DocumentLine.select(DocumentLine, Item).join(Item).where(DocumentLine.document == document)
        .order_by(DocumentLine.line_no)
    )  # fmt: skip


def _line(line: DocumentLine) -> dict[str, Any]:
    decimals = line.item.decimals
    planned = rows(
        "SELECT b.batch_no, s.bin_code, a.quantity FROM allocation a JOIN stock s ON s.id = a.stock_id"
        " JOIN batch b ON b.id = s.batch_id WHERE a.line_id = ? ORDER BY a.id",
        line.id,
    )
    picks = Pick.select(Pick, Batch, Place).join(Batch).switch(Pick).join(Place).where(Pick.line == line)
    return {
        "line_no": line.line_no, "item_no": line.item.item_no, "name": line.item.name, "unit": line.item.unit,
        "owner": line.owner, "state": line.state,
        "quantity": str(with_decimals(line.ordered, decimals)), "picked": str(with_decimals(line.done, decimals)),
        "cancelled": str(with_decimals(line.cancelled, decimals)), "shortage": line.facts.get("shortage", "0"),
        "skipped": line.facts.get("skipped", []),
        "expires_before_its_turn": line.facts.get("expires_before_its_turn", []),
        "pick_list": [
            {"batch_no": batch_no, "location": bin_code, "quantity": str(quantity(amount, decimals))}
            for batch_no, bin_code, amount in planned
        ],
        "picks": [
            {
                "pick": pick.id, "batch_no": pick.batch.batch_no, "location": pick.place.bin_code,
                "quantity": str(with_decimals(pick.quantity, decimals)), "picked_by": pick.picked_by,
                "state": pick.state, "passed_over": pick.passed_over, "flagged": pick.flagged,
                "concession": pick.batch.concession_no or None, "expiry_date": pick.batch.expiry_date,
            }
            for pick in picks.order_by(Pick.id)
        ],
    }  # fmt: skip


def flag_broken_promises(tx: Transaction, broken: list[tuple[int, Decimal]]) -> None:
    """Tell the planner which orders lost their promise; nothing is promised anew silently (R-Q11)."""
    for line_id, amount in broken:
        line = DocumentLine.get_by_id(line_id)
        short = Decimal(line.facts.get("shortage", "0")) + amount
        facts = {**line.facts, "shortage": str(with_decimals(short, line.item.decimals)), "flagged": "promise-broken"}
        DocumentLine.update(facts=facts).where(DocumentLine.id == line_id).execute()
        tasks.open_task(
            tx, "plan", f"{line.document.document_no}#{line.line_no}", urgent=True,
            delivery_no=line.document.document_no, item_no=line.item.item_no, short=facts["shortage"],
        )  # fmt: skip


def release_batch(tx: Transaction, batch_id: int) -> None:
    """Give back every promise on a batch's goods and tell the planner (R-Q11, R-I7)."""
    for line in stock.of_batch(batch_id):
        flag_broken_promises(tx, allocations.release_row(line.stock_id, line.decimals))


def note(tx: Transaction, delivery_no: str) -> dict[str, Any]:
    """Give the delivery note: batch, quantity, status or concession number, expiry (R-D7)."""
    document = documents.get(tx, delivery_no, "delivery")
    found = rows(
        "SELECT i.item_no, i.name, i.unit, i.decimals, b.batch_no, b.expiry_date, b.concession_no, p.status,"
        " SUM(p.quantity) FROM pick p JOIN document_line l ON l.id = p.line_id JOIN batch b ON b.id = p.batch_id"
        " JOIN item i ON i.id = b.item_id WHERE l.document_id = ? AND p.state = 'dispatched'"
        " GROUP BY i.item_no, i.name, i.unit, i.decimals, b.batch_no, b.expiry_date, b.concession_no, p.status"
        " ORDER BY i.item_no, b.batch_no",
        document.id,
    )
    return {
        "delivery_no": delivery_no, "customer": document.partner, "reference": document.reference,
        "dispatched_on": _left_on(tx, delivery_no),
        "lines": [
            {
                "item_no": item_no, "name": name, "batch_no": batch_no, "quantity": str(quantity(total, decimals)),
                "unit": unit, "status": f"concession {concession}" if concession else status,
                "concession_no": concession or None, "expiry_date": expiry_date,
            }
            for item_no, name, unit, decimals, batch_no, expiry_date, concession, status, total in found
        ],
    }  # fmt: skip


def _left_on(tx: Transaction, delivery_no: str) -> str:
    """Give the day on which a delivery left, today before it has: a note printed later says no later day."""
    ((left_on,),) = rows("SELECT MIN(posted_on) FROM ledger_entry WHERE voucher_no = ? AND kind = 'issue'", delivery_no)
    return left_on or str(tx.today)
