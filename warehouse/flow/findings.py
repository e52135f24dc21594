"""Goods of a batch that is not on record, found by a count: QA says what they are before they become stock (R-C11)."""

from dataclasses import dataclass
from datetime import date

from warehouse import catalogue
from warehouse.books import counts, stock
from warehouse.books.count_lines import read_line
from warehouse.flow import counting, receiving
from warehouse.flow.counting import COUNTABLE
from warehouse.rules.quantity import with_decimals
from warehouse.rules.receiving import BatchDates
from warehouse.rules.refusals import DocumentState, NotFound
from warehouse.tables.base import utc_text
from warehouse.tables.counts import CountFinding
from warehouse.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What QA says of found goods: a batch, with its dates, or nothing that belongs on record."""

    accept: bool
    first_received_on: date | None = None
    produced_on: date | None = None
    expiry_date: date | None = None
    note: str = ""


def decide(tx: Transaction, count_no: str, finding_id: int, decision: Decision) -> CountFinding:
    """Accept found goods as a new batch, whose line the count gets with book 0, or reject them.

    Accepted goods are counted again by another person and approved like every surplus; they come in white. Raises
    NotFound, DocumentState, BatchConflict, InvalidInput when an expiry date is missing.
    """
    count = counts.get(tx, count_no, sharing=True)
    found: CountFinding | None = CountFinding.get_or_none(
        (CountFinding.id == finding_id) & (CountFinding.count == count.id)
    )
    if found is None:
        raise NotFound(kind="finding", name=str(finding_id))
    if count.state not in COUNTABLE or found.state != "open":
        raise DocumentState(document_no=count_no, state=found.state if count.state in COUNTABLE else count.state)
    if decision.accept:
        _add(tx, count.id, found, decision)
    state = "accepted" if decision.accept else "rejected"
    CountFinding.update(state=state, decided_by=tx.actor.name, decided_at=tx.now, note=decision.note).where(
        CountFinding.id == found.id
    ).execute()
    tx.tell(finding=finding_id, decision=state, item_no=found.item.item_no, batch_no=found.batch_no)
    return CountFinding.get_by_id(found.id)


def _add(tx: Transaction, count_id: int, found: CountFinding, decision: Decision) -> None:
    item = catalogue.get_item(found.item.item_no)
    batch = receiving.find_or_create_batch(
        tx, item, found.batch_no, BatchDates(produced_on=decision.produced_on, expiry_date=decision.expiry_date),
        first_received_on=decision.first_received_on,
    )  # fmt: skip
    stock.lock_batches([batch.id])
    counts.add_line(count_id, batch_id=batch.id, place_id=found.place_id, owner="", book=0)
    (row,) = counts.lines_of(count_id, batch_id=batch.id, place_id=found.place_id)
    counting.enter_for(
        tx, read_line(row), with_decimals(found.quantity, item.decimals), counter=found.counter, kind="first",
        counted_at=utc_text(found.counted_at),
    )  # fmt: skip
