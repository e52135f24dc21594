"""The expiry date of goods that lie here: corrected or extended by QA, brought nearer by opening (4.7.5 b; R-E6, R-E7).

The date stands on the batch, as a copy on its stock rows for the order of leaving, and on its papers: all three change
in one act, and the old papers are void.
"""

from datetime import date

from warehouse import catalogue
from warehouse.books import ledger
from warehouse.flow import delivery, labelling, sub_batches
from warehouse.rules import expiry
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.base import rows
from warehouse.tables.books import Batch
from warehouse.transaction import Transaction


def correct(
    tx: Transaction, *, item_no: str, batch_no: str, expiry_date: date, reason: str, evidence: str = ""
) -> tuple[Batch, list[str]]:
    """Set another expiry date, which only QA may (R-A4); a later one is an extension and needs test evidence (R-E6).

    Gives the batch and its new papers' numbers. Raises NotFound, InvalidInput, ClosedMonth when goods of the batch
    left in a closed month under the old date.
    """
    batch = sub_batches.lock_batch(tx, item_no=item_no, batch_no=batch_no)
    if not reason.strip():
        raise InvalidInput(field="reason", reason="missing")
    if expiry_date == batch.expiry_date:
        raise InvalidInput(field="expiry_date", reason="not-changed")
    if batch.expiry_date is not None and expiry_date > batch.expiry_date:
        expiry.check_extension(
            batch.expiry_date, extended_to=expiry_date, evidence=evidence, reason=reason,
            issued_on=_issued_on(batch), closed=ledger.closed_months(tx),
        )  # fmt: skip
    tx.tell(reason=reason, evidence=evidence)
    return _write(tx, batch, expiry_date, reason="expiry-changed")


def open_pack(tx: Transaction, *, item_no: str, batch_no: str, opened_on: date | None) -> tuple[Batch, list[str]]:
    """Note that the pack was opened (today unless said): it lasts the item's days from then, never longer (R-E7).

    The whole batch is meant; to open one pack of several it is split first. Raises NotFound, InvalidInput.
    """
    batch = sub_batches.lock_batch(tx, item_no=item_no, batch_no=batch_no)
    day = opened_on or tx.today
    if day > tx.today:
        raise InvalidInput(field="opened_on", reason="in-the-future")
    if batch.item.opened_days is None:
        raise InvalidInput(field="opened_days", reason="missing")
    nearer = expiry.opened_expiry(batch.expiry_date, opened_on=day, opened_days=batch.item.opened_days)
    tx.tell(opened_on=str(day))
    if nearer == batch.expiry_date:
        return batch, []
    return _write(tx, batch, nearer, reason="opened")


def _issued_on(batch: Batch) -> list[date]:
    """Give the days on which goods of a batch left by the account."""
    found = rows("SELECT DISTINCT posted_on FROM ledger_entry WHERE batch_id = ? AND kind = 'issue'", batch.id)
    return [date.fromisoformat(day) for (day,) in found]


def _write(tx: Transaction, batch: Batch, expiry_date: date, *, reason: str) -> tuple[Batch, list[str]]:
    """Write the date on batch, stock rows and papers; goods that have expired by it are nobody's promise any more."""
    item_no, batch_no = batch.item.item_no, batch.batch_no
    tx.tell(before=str(batch.expiry_date), after=str(expiry_date))
    rows("UPDATE batch SET expiry_date = ? WHERE id = ?", expiry_date.isoformat(), batch.id)
    rows("UPDATE stock SET expiry_key = ? WHERE batch_id = ?", expiry_date.isoformat(), batch.id)
    changed = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    if expiry.is_expired(expiry_date, tx.today):
        delivery.release_batch(tx, batch.id)
    return changed, labelling.relabel(tx, changed, reason=reason, parts=labelling.parts_of(changed))
