"""Papers of a delivery: pick list, packing list, delivery note, certificate of conformity (4.7.4, 4.7.5 b; R-F1, R-D7).

Each is made of the records when it is issued and kept whole with its number: drawn again it says the same.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from labels import documents as papers
from labels.marks import word
from warehouse import catalogue
from warehouse.books import blindness, documents
from warehouse.flow import delivery
from warehouse.flow.papers import Head, head_of, keep
from warehouse.rules import labelling as rules
from warehouse.rules.counting import check_sighted
from warehouse.rules.fifo import Policy, StockLine, fifo_key
from warehouse.rules.refusals import DocumentState
from warehouse.tables.base import as_day, quantity, rows
from warehouse.tables.catalogue import Site
from warehouse.tables.documents import Document
from warehouse.tables.labels import Label
from warehouse.transaction import Transaction

WITH_THE_GOODS = ("delivery_note", "conformity")  # named on the packing list where they were issued
_TAKEN = (
    "SELECT i.item_no, i.name, i.unit, i.decimals, b.id, b.batch_no, b.produced_on, b.concession_no, b.hold, p.status,"
    " i.spec, i.standard, SUM(p.quantity) FROM pick p JOIN document_line l ON l.id = p.line_id"
    " JOIN batch b ON b.id = p.batch_id JOIN item i ON i.id = b.item_id"
    " WHERE l.document_id = ? AND p.state IN ('staged', 'dispatched')"
    " GROUP BY i.item_no, i.name, i.unit, i.decimals, b.id, b.batch_no, b.produced_on, b.concession_no, b.hold,"
    " p.status, i.spec, i.standard ORDER BY i.item_no, b.batch_no, p.status"
)


def issue_delivery_paper(
    tx: Transaction, kind: str, *, delivery_no: str, batch: tuple[str, str] | None = None, copy: str = "1/1"
) -> Label:
    """Issue one of a delivery's papers; `batch`, as item and batch number, narrows a certificate to one batch.

    Raises NotFound, DocumentState where there is nothing yet to name, NotQualified and OnHold for a certificate.
    """
    document = documents.get(tx, delivery_no, "delivery")
    head = head_of(tx, "D", copy=copy)
    makers: dict[str, Callable[[], papers.Document]] = {
        "pick_list": lambda: _pick_list(tx, head, document),
        "packing_list": lambda: _packing_list(tx, head, document),
        "delivery_note": lambda: _delivery_note(tx, head, document),
        "conformity": lambda: _conformity(tx, head, document, batch),
    }
    return keep(tx, kind, makers[kind](), document_no=delivery_no)


def _pick_list(tx: Transaction, head: Head, document: Document) -> papers.PickList:
    """List what is promised and not yet taken, item by item, oldest first: the keeper begins at the top.

    Raises CountOpen for who is to count one of the bins blind.
    """
    found = rows(
        "SELECT i.item_no, i.name, i.unit, i.decimals, i.policy, b.batch_no, s.bin_code, s.status, a.quantity,"
        " s.first_received_on, s.expiry_key, s.receipt_sequence FROM allocation a"
        " JOIN document_line l ON l.id = a.line_id JOIN stock s ON s.id = a.stock_id JOIN batch b ON b.id = s.batch_id"
        " JOIN item i ON i.id = l.item_id WHERE l.document_id = ?",
        document.id,
    )
    if not found:
        raise DocumentState(document_no=document.document_no, state=document.state, reason="nothing-to-pick")
    check_sighted([row[6] for row in found], hidden=blindness.hidden_places(tx))
    planned = [_planned(row) for row in found]
    planned.sort(key=lambda each: (each[0].item_no, each[1], fifo_key(each[1])(each[0]), each[0].bin_code))
    return papers.PickList(
        **head, document_no=document.document_no, dated=tx.today, customer=_customer(document),
        order_no=document.reference,
        lines=tuple(
            papers.PickLine(
                item_no=line.item_no, name=name, batch_no=line.batch_no, unit=unit, quantity=str(line.quantity),
                bin_code=line.bin_code, first_received_on=line.first_received_on, expiry_date=line.expiry_date,
                policy=policy,
            )
            for line, policy, name, unit in planned
        ),
    )  # fmt: skip


def _planned(row: tuple[Any, ...]) -> tuple[StockLine, Policy, str, str]:
    item_no, name, unit, decimals, policy, batch_no, bin_code, status, amount, received, expiry, sequence = row
    line = StockLine(
        item_no=item_no, batch_no=batch_no, bin_code=bin_code, status=status, quantity=quantity(amount, decimals),
        first_received_on=date.fromisoformat(received), expiry_date=as_day(expiry), receipt_sequence=sequence,
    )  # fmt: skip
    return line, Policy(policy), name, unit


def _packing_list(tx: Transaction, head: Head, document: Document) -> papers.PackingList:
    """List the cartons that have a label with what it says is in them, and the papers that go with them.

    Where no carton is named yet it lists what is taken, the cartons to be written by hand.
    """
    issued = list(
        Label.select().where(
            (Label.document_no == document.document_no) & (Label.site_id == tx.site.id) & (Label.state != "void")
        ).order_by(Label.id)
    )  # fmt: skip
    cartons = [label for label in issued if label.kind == "package"]
    taken = rows(_TAKEN, document.id)
    if not taken:
        raise DocumentState(document_no=document.document_no, state=document.state, reason="nothing-picked")
    said = dict.fromkeys(word(label.kind, head["languages"][0]) for label in issued if label.kind in WITH_THE_GOODS)
    weights = [label.facts["gross_weight"] for label in cartons]
    return papers.PackingList(
        **head,
        document_no=document.document_no,
        dated=tx.today,
        customer=_customer(document),
        order_no=document.reference,
        papers=", ".join(said),
        gross_weight=" + ".join(filter(None, weights)),
        lines=tuple(_in_cartons(cartons, taken) if cartons else _in_no_carton(taken)),
    )


def _in_cartons(cartons: list[Label], taken: list[tuple[Any, ...]]) -> Iterator[papers.PackLine]:
    names = {row[0]: row[1] for row in taken}
    for label in cartons:
        for item_no, batch_no, amount, unit in label.facts["contents"]:
            yield papers.PackLine(
                item_no=item_no, name=names.get(item_no, ""), batch_no=batch_no, unit=unit, quantity=amount,
                carton=label.facts["copy"], unit_no=label.facts["sscc"] or label.label_no,
            )  # fmt: skip


def _in_no_carton(taken: list[tuple[Any, ...]]) -> Iterator[papers.PackLine]:
    for item_no, name, unit, decimals, _, batch_no, *_, amount in taken:
        yield papers.PackLine(
            item_no=item_no, name=name, batch_no=batch_no, unit=unit, carton="",
            quantity=str(quantity(amount, decimals)),
        )  # fmt: skip


def _delivery_note(tx: Transaction, head: Head, document: Document) -> papers.DeliveryNote:
    """List what has left (R-D7)."""
    said = delivery.note(tx, document.document_no)
    if not said["lines"]:
        raise DocumentState(document_no=document.document_no, state=document.state, reason="nothing-left-yet")
    return papers.DeliveryNote(
        **head, document_no=document.document_no, dated=date.fromisoformat(said["dispatched_on"]), sender=_sender(tx),
        customer=_customer(document), order_no=document.reference,
        lines=tuple(
            papers.DeliveryLine(
                item_no=line["item_no"], name=line["name"], batch_no=line["batch_no"], unit=line["unit"],
                quantity=line["quantity"], status="qualified" if line["concession_no"] else line["status"],
                concession_no=line["concession_no"] or "", expiry_date=as_day(line["expiry_date"]),
            )
            for line in said["lines"]
        ),
    )  # fmt: skip


def _conformity(tx: Transaction, head: Head, document: Document, batch: tuple[str, str] | None) -> papers.Conformity:
    """Certify what is taken for the delivery or has left with it, each batch by its last inspection."""
    found = [row for row in rows(_TAKEN, document.id) if batch in (None, (row[0], row[5]))]
    if not found:
        raise DocumentState(document_no=document.document_no, state=document.state, reason="nothing-picked")
    rules.check_conforming(
        rules.Certified(item_no=item_no, batch_no=batch_no, status=status, concession=concession or "", hold=hold)
        for item_no, _, _, _, _, batch_no, _, concession, hold, status, *_ in found
    )
    standards = {row[-2] for row in found}
    common = standards.pop() if len(standards) == 1 else ""  # several stand with the goods that each is for
    return papers.Conformity(
        **head, document_no=document.document_no, dated=tx.today, sender=_sender(tx), customer=_customer(document),
        order_no=document.reference, standard=common,
        lines=tuple(_certified(row, head["languages"][0], common=common) for row in found),
    )  # fmt: skip


def _certified(row: tuple[Any, ...], language: str, *, common: str) -> papers.ConformityLine:
    item_no, name, unit, decimals, batch_id, batch_no, produced_on, _, _, status, spec, standard, amount = row
    said = " · ".join(text for text in (spec, "" if common else standard) if text)
    reports = rows("SELECT inspection_no FROM inspection WHERE into_id = ? ORDER BY id DESC LIMIT 1", batch_id)
    return papers.ConformityLine(
        item_no=item_no, name=name, batch_no=batch_no, unit=unit, quantity=str(quantity(amount, decimals)), spec=said,
        produced_on=as_day(produced_on), report_no=reports[0][0] if reports else "", result=word(status, language),
    )  # fmt: skip


def _customer(document: Document) -> str:
    return f"{catalogue.get_partner(document.partner).name} ({document.partner})"


def _sender(tx: Transaction) -> str:
    return str(Site.get_by_id(tx.site.id).name)
