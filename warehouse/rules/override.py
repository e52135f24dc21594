"""One-use tickets: a second person lets one batch pass over an older one, once and soon (R-F4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from warehouse.rules.refusals import NotOldest, OverrideInvalid, SamePerson

LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """An approved exception from one rule; `rule` is the refusal code it sets aside, `quantity` the most it covers."""

    override: str
    rule: str
    item_no: str
    batch_no: str
    delivery_no: str
    quantity: Decimal
    approved_by: str
    created_at: datetime
    used: bool


def check_override(
    ticket: Ticket,
    *,
    item_no: str,
    batch_no: str,
    delivery_no: str,
    quantity: Decimal,
    picker: str,
    now: datetime,
    rule: str = NotOldest.code,
) -> None:
    """Refuse a ticket that does not cover this pick: same batch and delivery, at most its quantity, unused, in time.

    `now` is server time, aware as `created_at` is. Using a part uses the ticket up; marking it used is the book's
    part. Raises OverrideInvalid, whose reason names the first thing that differs, and SamePerson. Source: R-F4.
    """
    differs = (
        ("used", ticket.used),
        ("other-rule", ticket.rule != rule),
        ("other-delivery", ticket.delivery_no != delivery_no),
        ("other-batch", (ticket.item_no, ticket.batch_no) != (item_no, batch_no)),
        ("quantity", quantity > ticket.quantity),
        ("too-late", now - ticket.created_at > LIFETIME),
    )
    for reason, is_so in differs:
        if is_so:
            raise OverrideInvalid(override=ticket.override, reason=reason)
    if picker == ticket.approved_by:
        raise SamePerson(person=picker, needs="approver")
