"""Papers on the goods: issued with the event that needs them, void in the same transaction (4.5.5, R-Q13)."""

from decimal import Decimal

from labels.content import make_label_no
from warehouse.flow import tasks
from warehouse.rules.refusals import NotFound
from warehouse.rules.status import COLOUR, InspectionStatus
from warehouse.tables.base import quantity, rows, utc_text
from warehouse.tables.books import Batch
from warehouse.tables.labels import Label
from warehouse.transaction import Transaction


def issue_status_label(
    tx: Transaction, batch: Batch, *, status: str, amount: Decimal, bin_code: str = "", replaces: str = ""
) -> str:
    """Issue one paper for goods of a batch in a status and give its number; what it says is frozen with it."""
    label_no = make_label_no("L")
    Label.create(
        label_no=label_no, site_id=tx.site.id, kind="status", batch=batch, status=status, quantity=amount,
        issued_by=tx.actor.name, issued_at=tx.now,
        facts={**content(tx, batch, status=status, amount=amount, bin_code=bin_code), "replaces": replaces},
    )  # fmt: skip
    return label_no


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
        "bin_code": bin_code, "first_received_on": str(batch.first_received_on),
        "expiry_date": _text(batch.expiry_date), "reinspect_on": _text(batch.reinspect_on),
        "produced_on": _text(batch.produced_on), "supplier": batch.supplier, "concession": concession,
        "issued_by": tx.actor.name, "issued_on": str(tx.today),
    }  # fmt: skip


def void(tx: Transaction, batch_id: int, *, reason: str, statuses: tuple[str, ...] = ()) -> list[str]:
    """Void the live papers of a batch, of some statuses or all, and give their numbers."""
    only = f" AND status IN ({','.join('?' * len(statuses))})" if statuses else ""
    voided = rows(
        "UPDATE label SET state = 'void', void_reason = ?, void_by = ?, void_at = ?"
        f" WHERE batch_id = ? AND kind = 'status' AND state <> 'void'{only} RETURNING label_no",
        reason, tx.actor.name, utc_text(tx.now), batch_id, *statuses,
    )  # fmt: skip
    return [label_no for (label_no,) in voided]


def relabel(tx: Transaction, batch: Batch, *, reason: str, parts: list[tuple[Batch, str, Decimal]]) -> list[str]:
    """Void every live paper of a batch, issue one for each part (batch, status, quantity), open the relabel task."""
    voided = void(tx, batch.id, reason=reason)
    issued = [
        issue_status_label(tx, part, status=status, amount=amount, replaces=" ".join(voided))
        for part, status, amount in parts
    ]
    if voided:
        tasks.open_task(
            tx, "relabel", f"{batch.item.item_no}/{batch.batch_no}/{tx.act}", old=voided, new=issued,
            item_no=batch.item.item_no, batch_no=batch.batch_no,
        )  # fmt: skip
    return issued


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
