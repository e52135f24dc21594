"""Customer property: a customer's goods serve that customer's orders and nobody else's (4.6; R-O1, R-O3, R-F10).

An owner is a partner's code; "" is ourselves. What comes in for him is looked over and written into a form.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from warehouse.rules.refusals import DocumentState, InsufficientStock, InvalidInput, WrongOwner

OURS = ""
Form = TypeVar("Form")


@dataclass(frozen=True, kw_only=True)
class CheckedLine:
    """A line of the receipt check form: how much of an item was found at the dock, and how much of that is unfit."""

    item_no: str
    announced: Decimal
    found: Decimal
    unfit: Decimal
    note: str = ""

    @property
    def differs(self) -> bool:
        """Say whether the owner has to be told: not as much as he announced, or not all of it fit (4.6)."""
        return self.found != self.announced or self.unfit > 0


def check_form_asked(owner: str, *, document_no: str, state: str) -> None:
    """Refuse a receipt check form for goods of our own. Raises DocumentState. Source: 4.6; R-O1."""
    if owner == OURS:
        raise DocumentState(document_no=document_no, state=state, reason="not-customer-property")


def check_form(lines: Sequence[CheckedLine], *, asked: Collection[str]) -> None:
    """Refuse a form that leaves out an item of the receipt, names one twice, or calls more unfit than was found.

    Raises InvalidInput. Source: 4.6; R-O1.
    """
    named = [line.item_no for line in lines]
    if len(set(named)) != len(named):
        raise InvalidInput(field="lines", reason="twice")
    if set(named) != set(asked):
        raise InvalidInput(field="lines", reason="each-item-once")
    if any(line.unfit > line.found for line in lines):
        raise InvalidInput(field="unfit", reason="more-than-found")


def check_form_there(form: Form | None, *, document_no: str, state: str) -> Form:
    """Return the latest form as it was passed. Raises DocumentState without one. Source: 4.6; R-O1."""
    if form is None:
        raise DocumentState(document_no=document_no, state=state, reason="check-form-missing")
    return form


def check_checked(
    found: Mapping[str, Decimal] | None, *, received: Mapping[str, Decimal], document_no: str, state: str
) -> None:
    """Refuse to post a customer's goods that nobody looked over, or of which the form and the scans say two things.

    `found` is what the latest form says by item, None without one; `received` what was scanned. Raises DocumentState.
    Source: 4.6; R-O1.
    """
    if check_form_there(found, document_no=document_no, state=state) != received:
        raise DocumentState(document_no=document_no, state=state, reason="check-form-differs")


def order_owner(*, asked: str | None, customer: str, deposit: Decimal) -> str:
    """Return whose goods a line of the customer's order takes, "" for our own.

    What was `asked` for wins; else the customer's own goods when he has a deposit of the item. Raises InvalidInput
    when another customer's goods are asked for, which needs that customer's consent. Source: 4.6; R-O1.
    """
    if asked is not None:
        if asked not in (OURS, customer):
            raise InvalidInput(field="owner", reason="another-customer")
        return asked
    return customer if deposit > 0 else OURS


def check_owner(*, item_no: str, batch_no: str, stock_owner: str, order_owner: str) -> None:
    """Refuse goods of another owner than the order line's, ours for a customer's deposit included.

    Raises WrongOwner, which does not name the owner. Source: 4.6; R-O1, R-F10.
    """
    if stock_owner != order_owner:
        raise WrongOwner(item_no=item_no, batch_no=batch_no)


def check_deposit(quantity: Decimal, *, item_no: str, owner: str, deposit: Decimal) -> None:
    """Refuse an order line of more than the customer has with us: nobody can make up for goods that are his.

    `deposit` is what of his goods is free for it. Our own goods may run short (R-F23) and pass. Raises
    InsufficientStock with the owner. Source: R-O3.
    """
    if owner != OURS and quantity > deposit:
        raise InsufficientStock(item_no=item_no, available=deposit, owner=owner, reason="deposit")
