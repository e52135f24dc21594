"""One-use tickets by which a second person passes a rule once, within fifteen minutes (R-F4)."""

import secrets
from decimal import Decimal

from warehouse import catalogue
from warehouse.books import documents
from warehouse.rules.override import Ticket, check_override
from warehouse.rules.quantity import with_decimals
from warehouse.rules.refusals import InvalidInput, OverrideInvalid
from warehouse.tables.base import rows, utc_text
from warehouse.tables.documents import Override
from warehouse.transaction import Transaction

RULES = ("not-oldest",)


def grant(
    tx: Transaction, *, rule: str, item_no: str, batch_no: str, delivery_no: str, quantity: str, reason: str
) -> str:
    """Make a ticket for one batch, order and quantity and give its number; the reason is kept.

    Raises InvalidInput, NotFound, DocumentState.
    """
    if rule not in RULES:
        raise InvalidInput(field="rule", reason=f"only {', '.join(RULES)}")
    if not reason.strip():
        raise InvalidInput(field="reason", reason="missing")
    documents.check_open(tx, delivery_no, "delivery")
    batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    ticket = f"OV-{secrets.token_hex(6).upper()}"
    Override.create(
        ticket=ticket, site_id=tx.site.id, rule=rule, delivery_no=delivery_no, batch=batch,
        quantity=catalogue.read_quantity(batch.item, quantity), reason=reason, approved_by=tx.actor.name,
        created_at=tx.now,
    )  # fmt: skip
    tx.tell(override=ticket, rule=rule, item_no=item_no, batch_no=batch_no, quantity=quantity, reason=reason)
    return ticket


def use(tx: Transaction, ticket: str, *, item_no: str, batch_no: str, delivery_no: str, amount: Decimal) -> None:
    """Use a ticket up for this act. Raises OverrideInvalid, SamePerson when the picker approved it."""
    found: Override | None = Override.get_or_none((Override.ticket == ticket) & (Override.site_id == tx.site.id))
    if found is None:
        raise OverrideInvalid(override=ticket, reason="unknown")
    item = found.batch.item
    check_override(
        Ticket(
            override=ticket, rule=found.rule, item_no=item.item_no, batch_no=found.batch.batch_no,
            delivery_no=found.delivery_no, quantity=with_decimals(found.quantity, item.decimals),
            approved_by=found.approved_by, created_at=found.created_at, used=found.used_at is not None,
        ),
        item_no=item_no, batch_no=batch_no, delivery_no=delivery_no, quantity=amount, picker=tx.actor.name, now=tx.now,
    )  # fmt: skip
    # Guarded: of two scans with one ticket the second finds it used.
    if not rows(
        "UPDATE override SET used_at = ? WHERE id = ? AND used_at IS NULL RETURNING id", utc_text(tx.now), found.id
    ):
        raise OverrideInvalid(override=ticket, reason="used")
    tx.tell(override=ticket, approved_by=found.approved_by, override_reason=found.reason)
