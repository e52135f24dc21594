"""A batch put on hold by QA, and let go again: who, when, why (R-Q12, R-I7, R-T3).

A hold stops the issue, also of goods already picked: at the package check and at the truck. It changes no status and
breaks no promise; until it is lifted the orders see the batch as blocked and may take the next one. Doubt is a hold
that only an inspection lifts.
"""

from warehouse.rules import inspection
from warehouse.tables.books import Batch
from warehouse.tables.quality import Hold
from warehouse.transaction import Transaction

IN_DOUBT = "in-doubt"


def place(tx: Transaction, batch: Batch, *, kind: str, reason: str, photo: str = "") -> None:
    """Put a batch on hold. Raises InvalidInput without a reason, DocumentState when it is held so already."""
    open_kinds = [hold.kind for hold in _open(batch)]
    inspection.check_hold(kind, reason, batch_no=batch.batch_no, open_kinds=open_kinds)
    _write(tx, batch, kind, reason, photo)
    _show(batch)
    tx.tell(hold=kind, reason=reason)


def lift(tx: Transaction, batch: Batch, *, kind: str, reason: str) -> None:
    """Let a batch go from one kind of hold. Raises InvalidInput, DocumentState when it is not held so."""
    open_kinds = [hold.kind for hold in _open(batch)]
    inspection.check_lift(kind, reason, batch_no=batch.batch_no, open_kinds=open_kinds)
    _lift(tx, batch, kind)
    tx.tell(lifted=kind, reason=reason)


def lift_doubt(tx: Transaction, batch: Batch) -> None:
    """Let a batch go because QA has decided on all that was in doubt (R-I7)."""
    _lift(tx, batch, IN_DOUBT)
    tx.tell(lifted=IN_DOUBT)


def hand_down(tx: Transaction, parent: Batch, child: Batch, *, in_doubt: bool) -> None:
    """Hold a sub-batch as its parent is held: part of recalled goods is recalled; doubt ends with a verdict."""
    for hold in _open(parent):
        if hold.kind != IN_DOUBT or in_doubt:
            _write(tx, child, hold.kind, hold.reason, hold.photo)
    _show(child)


def _lift(tx: Transaction, batch: Batch, kind: str) -> None:
    Hold.update(lifted_by=tx.actor.name, lifted_at=tx.now).where(
        (Hold.batch == batch.id) & (Hold.kind == kind) & Hold.lifted_at.is_null()
    ).execute()
    _show(batch)


def _write(tx: Transaction, batch: Batch, kind: str, reason: str, photo: str) -> None:
    Hold.create(batch=batch, kind=kind, reason=reason, photo=photo, placed_by=tx.actor.name, placed_at=tx.now)


def _show(batch: Batch) -> None:
    """Write on the batch the hold that stands, the latest of several."""
    standing = _open(batch)
    batch.hold, batch.hold_reason = (standing[-1].kind, standing[-1].reason) if standing else ("", "")
    Batch.update(hold=batch.hold, hold_reason=batch.hold_reason).where(Batch.id == batch.id).execute()


def _open(batch: Batch) -> list[Hold]:
    return list(Hold.select().where((Hold.batch == batch.id) & Hold.lifted_at.is_null()).order_by(Hold.id))
