"""Customer property: a customer's goods serve that customer's orders and nobody else's (4.6; R-O1, R-O3, R-F10).

An owner is a partner's code; "" is ourselves.
"""

from decimal import Decimal

from warehouse.rules.refusals import InsufficientStock, InvalidInput, WrongOwner

OURS = ""


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
