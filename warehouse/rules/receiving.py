"""What may come in: not more than ordered, and no batch under other dates (R-A1..R-A4, R-A14, R-E7).

Quantities are in the item's unit and carry its decimals.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from warehouse.rules.expiry import expiry_after, is_expired
from warehouse.rules.refusals import BatchConflict, DocumentState, InvalidInput, OverReceipt


@dataclass(frozen=True, kw_only=True)
class BatchDates:
    """The dates printed on a batch, as recorded or as sent with a receipt; None is not said."""

    produced_on: date | None = None
    expiry_date: date | None = None


def allowed_quantity(ordered: Decimal, *, tolerance_percent: Decimal) -> Decimal:
    """Return the most that an order line may bring in, tolerance included, with the decimals of `ordered`.

    Raises InvalidInput for a negative tolerance. Source: R-A1.
    """
    if tolerance_percent < 0:
        raise InvalidInput(field="tolerance_percent", reason="negative")
    exact = ordered + ordered * tolerance_percent.scaleb(-2)
    # Cut, never rounded up: 5 % on 10 pcs is no eleventh piece.
    return exact.quantize(ordered, rounding=ROUND_DOWN)


def check_name(number: str, *, field: str) -> None:
    """Refuse a number of which a part between strokes is only "." or "..": no address would find it again.

    Raises InvalidInput. Source: interface, "Numbers in paths".
    """
    if any(step in (".", "..") for step in number.split("/")):
        raise InvalidInput(field=field, reason="no-name")


def check_receipt(quantity: Decimal, *, item_no: str, open_quantity: Decimal, reason: str | None = None) -> None:
    """Refuse more than what may still come on the line, whole: no part of it is received. Raises OverReceipt. R-A1."""
    if quantity > open_quantity:
        raise OverReceipt(item_no=item_no, open_quantity=open_quantity, excess=quantity - open_quantity, reason=reason)


def check_undo(*, receipt_no: str, state: str, is_touched: bool) -> None:
    """Refuse to undo a scan that is undone or in the account, or whose goods were inspected, moved or sampled.

    `state` is the scan's: open, undone or posted. Raises DocumentState. Source: R-U1; as a pick is undone (R-F25).
    """
    if state != "open":
        raise DocumentState(document_no=receipt_no, state=state, reason=f"scan-{state}")
    if is_touched:
        raise DocumentState(document_no=receipt_no, state=state, reason="goods-touched")


def check_return(quantity: Decimal, *, item_no: str, shipped: Decimal, returned: Decimal) -> None:
    """Refuse a return of more than was shipped of the batch to that customer and has not come back yet.

    Raises OverReceipt, whose open quantity is what may still come back. Source: R-A14.
    """
    check_receipt(quantity, item_no=item_no, open_quantity=shipped - returned, reason="more-than-shipped")


def check_return_note(reason: str, *, lines: int) -> None:
    """Refuse a customer return that does not say why, or of nothing. Raises InvalidInput. Source: R-A14."""
    if not reason.strip():
        raise InvalidInput(field="reason", reason="missing")
    if not lines:
        raise InvalidInput(field="lines", reason="missing")


def check_opening_dates(
    dates: BatchDates, *, first_received_on: date, last_inspected_on: date | None, today: date
) -> None:
    """Refuse existing stock whose receipt, production or last inspection lies in the future, or expiry before it.

    Goods past their expiry may be brought in: they lie there. Raises InvalidInput. Source: interface, opening balances.
    """
    for field, day in (
        ("first_received_on", first_received_on),
        ("produced_on", dates.produced_on),
        ("last_inspected_on", last_inspected_on),
    ):
        if day is not None and day > today:
            raise InvalidInput(field=field, reason="in-the-future")
    if dates.produced_on and dates.expiry_date and dates.expiry_date < dates.produced_on:
        raise InvalidInput(field="expiry_date", reason="before-production")


def check_returning_customer(customer: str, *, shipped_to: str) -> None:
    """Refuse a return by another customer than the delivery's. Raises InvalidInput. Source: R-A14."""
    if customer != shipped_to:
        raise InvalidInput(field="customer", reason="another-customer")


def check_dates(*, item_no: str, batch_no: str, recorded: BatchDates, sent: BatchDates) -> None:
    """Refuse a receipt that gives a batch on record another date, or one where none is recorded; not said is fine.

    Goods already stored would change with it, so only QA corrects, with a reason. Raises BatchConflict. Source: R-A4.
    """
    for field, on_record, given in (
        ("expiry_date", recorded.expiry_date, sent.expiry_date),
        ("produced_on", recorded.produced_on, sent.produced_on),
    ):
        if given is not None and given != on_record:
            raise BatchConflict(
                item_no=item_no,
                batch_no=batch_no,
                field=field,
                recorded=None if on_record is None else on_record.isoformat(),
                sent=given.isoformat(),
            )


def check_same_days(printed: BatchDates, *, beside: BatchDates) -> BatchDates:
    """Return the days that a code and what was typed beside it say together; what both say must be the same.

    Raises InvalidInput with the field. Source: R-A6; the code does not silently win.
    """
    for field in ("produced_on", "expiry_date"):
        if None not in (getattr(printed, field), getattr(beside, field)) and (
            getattr(printed, field) != getattr(beside, field)
        ):
            raise InvalidInput(field=field, reason="not-what-the-code-says")
    return BatchDates(
        produced_on=printed.produced_on or beside.produced_on, expiry_date=printed.expiry_date or beside.expiry_date
    )


def check_reference(reference: str | None) -> str:
    """Return the number of the document the goods come on, as given. Raises InvalidInput without one. Source: R-A3."""
    if reference is None or not reference.strip():
        raise InvalidInput(field="reference", reason="missing")
    return reference


def check_expiry_given(dates: BatchDates, *, shelf_life_days: int | None, today: date) -> date | None:
    """Return the expiry date of goods coming in new: the printed one, else production plus shelf life, else None.

    Raises InvalidInput when an item with a shelf life has neither date, the production lies in the future or after
    the expiry, or the goods have expired already. Not for goods coming back: these keep their batch's date (R-A14).
    Source: 4.7.5 b; R-E1, R-E7.
    """
    if dates.produced_on is not None and dates.produced_on > today:
        raise InvalidInput(field="produced_on", reason="in-the-future")
    expiry_date, field = dates.expiry_date, "expiry_date"
    if expiry_date is None and shelf_life_days is not None:
        if dates.produced_on is None:
            raise InvalidInput(field="expiry_date", reason="missing")
        expiry_date, field = expiry_after(dates.produced_on, shelf_life_days), "produced_on"
    if expiry_date is not None and dates.produced_on is not None and expiry_date < dates.produced_on:
        raise InvalidInput(field="expiry_date", reason="before-production")
    if is_expired(expiry_date, today):
        raise InvalidInput(field=field, reason="already-expired")
    return expiry_date
