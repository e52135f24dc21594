"""/account: the finance system's book comes in, ours goes out (4.7.5 d; R-R2)."""

from datetime import date
from typing import Annotated, Any

from flask import Blueprint
from msgspec import Meta

from warehouse.flow import outside_account
from warehouse.flow.outside_account import OutsideLine
from warehouse.posting import Reply
from warehouse.settings import FORM_LIMIT
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import posting

bp = Blueprint("account", __name__)

SignedQuantity = Annotated[
    str, Meta(pattern=r"^-?[0-9]{1,13}(\.[0-9]{1,12})?$", description="ASCII decimal; an account may be below zero")
]


class BalanceLine(body.Body, kw_only=True, frozen=True):
    """What the finance system holds of a batch, or of a whole item where it keeps no batches."""

    item_no: body.Code
    quantity: SignedQuantity
    batch_no: body.Code | None = None
    owner: Annotated[str, Meta(max_length=128)] = ""


class BalancesBody(body.Body, kw_only=True, frozen=True):
    """The finance system's whole book as of the end of a day; what it does not name is at 0 there."""

    as_of: date
    source: body.Text
    lines: Annotated[list[BalanceLine], Meta(max_length=200_000)]
    site: body.Text | None = None


@bp.put("/account/balances")
@posting("manager", body=BalancesBody, status=200, limit=FORM_LIMIT)
def put_balances(tx: Transaction, sent: BalancesBody) -> Reply:
    """Bring the finance system's book in; the same again changes nothing, another for that day replaces it."""
    lines = (body.take(line, OutsideLine) for line in sent.lines)
    done: dict[str, Any] = outside_account.load(tx, as_of=sent.as_of, source=sent.source, lines=lines)
    return {"as_of": sent.as_of.isoformat(), "source": sent.source, **done}, 200
