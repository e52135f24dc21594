"""How existing stock gets in with its true dates: card and account at once, one reference once (R-A3)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from warehouse import catalogue
from warehouse.books import documents, ledger, moves, stock
from warehouse.flow import identification, labelling, receiving
from warehouse.rules.receiving import BatchDates, check_opening_dates, check_reference
from warehouse.rules.refusals import DocumentState, InvalidInput
from warehouse.rules.status import InspectionStatus
from warehouse.rules.transfer import check_same_batch
from warehouse.tables.documents import Document
from warehouse.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class OpeningLine:
    """One line of existing stock: what, where, in which status, whose, and its true dates."""

    item_no: str
    batch_no: str
    location: str
    quantity: str
    status: str = InspectionStatus.QUALIFIED
    first_received_on: date | None = None
    produced_on: date | None = None
    expiry_date: date | None = None
    last_inspected_on: date | None = None
    owner: str = ""


def post(tx: Transaction, reference: str, lines: list[OpeningLine]) -> Document:
    """Bring lines in, all or none, dated today.

    Raises DocumentState when the reference came in before, ClosedMonth, NotFound, InvalidInput, QuantityPrecision,
    BatchConflict, ZoneRefusesStatus.
    """
    check_reference(reference)
    ledger.check_open(tx, tx.today)
    if not lines:
        raise InvalidInput(field="lines", reason="missing")
    known = Document.get_or_none(
        (Document.site == tx.site.id) & (Document.kind == "opening-balance") & (Document.reference == reference)
    )
    if known is not None:
        raise DocumentState(document_no=known.document_no, state="posted", reason="reference-used")
    document = documents.create(tx, "opening-balance", reference=reference, state="posted")
    for line in lines:
        _bring_in(tx, document.document_no, line)
    tx.tell(lines=len(lines), reference=reference)
    return document


def _bring_in(tx: Transaction, voucher_no: str, line: OpeningLine) -> None:
    item = catalogue.get_item(line.item_no)
    batch_no = identification.normal(line.batch_no, field_name="batch_no")
    amount: Decimal = catalogue.read_quantity(item, line.quantity)
    received_on = line.first_received_on or tx.today
    dates = BatchDates(produced_on=line.produced_on, expiry_date=line.expiry_date)
    check_opening_dates(
        dates, first_received_on=received_on, last_inspected_on=line.last_inspected_on, today=tx.today
    )  # fmt: skip
    if line.owner:
        catalogue.get_partner(line.owner, "customer")
    batch = receiving.find_or_create_batch(
        tx, item, batch_no, dates, first_received_on=received_on, last_inspected_on=line.last_inspected_on,
        returning=True,
    )  # fmt: skip
    sent: dict[str, str | None] = {"first_received_on": received_on.isoformat()}
    if line.last_inspected_on is not None:
        sent["last_inspected_on"] = line.last_inspected_on.isoformat()
    recorded: dict[str, str | None] = {name: str(getattr(batch, name)) for name in sent}
    check_same_batch(item_no=item.item_no, batch_no=batch_no, recorded=recorded, sent=sent)
    stock.lock_batches([batch.id])
    place = catalogue.get_place(tx, line.location)
    catalogue.check_admits(tx, place, line.status)
    moves.put_in(
        tx, batch=batch, place=place, status=line.status, owner=line.owner, amount=amount, kind="opening-balance",
        voucher_no=voucher_no,
    )  # fmt: skip
    ledger.post(
        tx, batch_id=batch.id, owner=line.owner, kind="opening-balance", voucher_no=voucher_no, quantity_in=amount
    )
    labelling.issue_status_label(tx, batch, status=line.status, amount=amount, bin_code=place.bin_code)
