"""Tags that hang on goods: what does not conform, with its fault and what was decided; a sample, with its test (4.5.4).

The nonconformance tag is void with the status that it names, like the status label beside it (R-Q13).
"""

from datetime import date, datetime
from decimal import Decimal

from labels.content import make_label_no
from warehouse import catalogue
from warehouse.flow.labelling import content, lying
from warehouse.rules import labelling as rules
from warehouse.rules.refusals import InsufficientStock
from warehouse.tables.base import rows
from warehouse.tables.books import Batch
from warehouse.tables.labels import Label
from warehouse.transaction import Transaction


def issue_tags(tx: Transaction, batch: Batch, *, location: str | None, copy: str) -> list[Label]:
    """Issue a nonconformance tag for each bad status that goods of a batch have, of all places or one.

    Raises InvalidInput where they conform, NotFound, InsufficientStock where nothing lies.
    """
    bad = {status: amount for status, amount in lying(tx, batch, location).items() if status in rules.NONCONFORMING}
    rules.check_nonconforming(bad)
    return [_tag(tx, batch, status, amount, location or "", copy) for status, amount in bad.items()]


def _tag(tx: Transaction, batch: Batch, status: str, amount: Decimal, bin_code: str, copy: str) -> Label:
    said = content(tx, batch, status=status, amount=amount, bin_code=bin_code)
    found = rows(
        "SELECT inspection_no, note, decided_by, decided_at FROM inspection WHERE into_id = ? ORDER BY id DESC LIMIT 1",
        batch.id,
    )
    report_no, fault, found_by, found_at = found[0] if found else ("", "", "", None)
    found_on = str(tx.day_of(datetime.fromisoformat(found_at))) if found_at else None
    facts = {
        **said, "ncr_no": said.get("ncr_no") or report_no, "fault": fault, "found_by": found_by, "found_on": found_on,
        "copy": copy,
    }  # fmt: skip
    return _make(tx, "ncr", batch, amount, facts, status=status)


def issue_sample_tag(
    tx: Transaction, batch: Batch, *, text: str, test: str, keep_until: date | None, location: str | None, copy: str
) -> Label:
    """Issue the tag of a sample; `text` is how much of the goods it is. Nothing is taken out of a bin by this.

    Raises InvalidInput, QuantityPrecision, InsufficientStock for more than lies there.
    """
    amount = catalogue.read_quantity(batch.item, text)
    there = sum(lying(tx, batch, location).values(), Decimal(0))
    if amount > there:
        raise InsufficientStock(
            item_no=batch.item.item_no, batch_no=batch.batch_no, location=location, available=there
        )  # fmt: skip
    said = content(tx, batch, status="pending", amount=amount, bin_code=location or "")
    facts = {
        **said, "sampled_by": tx.actor.name, "sampled_on": str(tx.today), "test": test,
        "keep_until": str(keep_until) if keep_until else None, "copy": copy,
    }  # fmt: skip
    return _make(tx, "sample", batch, amount, facts)


def _make(
    tx: Transaction, kind: str, batch: Batch, amount: Decimal, facts: dict[str, str | None], *, status: str = ""
) -> Label:
    return Label.create(
        label_no=make_label_no("L"), site_id=tx.site.id, kind=kind, batch=batch, status=status, quantity=amount,
        facts=facts, issued_by=tx.actor.name, issued_at=tx.now,
    )  # fmt: skip
