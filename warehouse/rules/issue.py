"""Whether goods may leave, and how much (4.7.2, 4.7.6 a; R-Q1, R-Q7, R-E1..E5, R-I1, R-F18, R-O1).

`check_issuable` asks in the order in which a keeper is told: owner, place, count, hold, re-inspection, status, expiry,
rest life. `block` asks the same for a line that was not scanned and gives the reason as a code, for plans and skips.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from warehouse.rules import expiry, reinspection
from warehouse.rules.disposition import concession_allows
from warehouse.rules.fifo import StockLine
from warehouse.rules.ownership import check_owner
from warehouse.rules.refusals import (
    CountOpen,
    Expired,
    InsufficientStock,
    NotQualified,
    OnHold,
    OverIssue,
    Refusal,
    ReinspectionDue,
    ShelfLifeTooShort,
    WrongPlace,
)
from warehouse.rules.status import InspectionStatus


@dataclass(frozen=True, kw_only=True)
class Demand:
    """For whom goods would leave: the customer, the owner of the goods asked for, the rest life it needs, the day."""

    customer: str
    owner: str = ""
    rest_life_days: int = 0
    today: date


def find_refusal(line: StockLine, demand: Demand) -> Refusal | None:
    """Give the refusal an issue of this line would get for its terms, or None; quantity and age are not looked at."""
    try:
        check_issuable(line, demand)
    except Refusal as refusal:
        return refusal
    return None


def judge(lines: Iterable[StockLine], demand: Demand) -> list[StockLine]:
    """Give the lines, `blocked` set to the code of the refusal an issue would get where it would."""
    return [replace(line, blocked=refusal.code) if (refusal := find_refusal(line, demand)) else line for line in lines]


def check_issuable(line: StockLine, demand: Demand) -> None:
    """Refuse goods that may not leave for this demand, whatever their age; in the order the interface fixes.

    Raises WrongOwner, CountOpen, OnHold, ReinspectionDue, NotQualified, Expired, ShelfLifeTooShort.
    """
    check_owner(item_no=line.item_no, batch_no=line.batch_no, stock_owner=line.owner, order_owner=demand.owner)
    if line.frozen_by:
        raise CountOpen(location=line.bin_code, count_no=line.frozen_by)
    check_hold(line)
    if line.reinspect_on and reinspection.is_due(line.reinspect_on, demand.today):
        raise ReinspectionDue(item_no=line.item_no, batch_no=line.batch_no, reinspect_on=line.reinspect_on)
    check_status(line, demand)
    check_fresh(line, demand)


def check_hold(line: StockLine) -> None:
    """Raises OnHold while the batch is held (R-I7, R-Q12, R-T3)."""
    if line.hold:
        raise OnHold(item_no=line.item_no, batch_no=line.batch_no, hold=line.hold, reason=line.hold_reason or None)


def check_status(line: StockLine, demand: Demand) -> None:
    """Raises NotQualified unless blue, and unless a concession's customer and date fit (R-Q1, R-Q7)."""
    if line.status != InspectionStatus.QUALIFIED:
        raise NotQualified(item_no=line.item_no, batch_no=line.batch_no, batch_status=line.status)
    if line.concession and not (
        line.concession_until
        and concession_allows(
            customer=line.concession_customer,
            until=line.concession_until,
            for_customer=demand.customer,
            today=demand.today,
        )
    ):
        raise NotQualified(
            item_no=line.item_no,
            batch_no=line.batch_no,
            batch_status=line.status,
            concession=line.concession,
            customer=line.concession_customer,
            until=line.concession_until,
            reason="concession",
        )


def check_fresh(line: StockLine, demand: Demand) -> None:
    """Raises Expired past the last usable day (R-E1), ShelfLifeTooShort when the customer needs more (R-E4)."""
    if line.expiry_date is None:
        return
    if expiry.is_expired(line.expiry_date, demand.today):
        raise Expired(item_no=line.item_no, batch_no=line.batch_no, expiry_date=line.expiry_date)
    if not expiry.has_rest_life(line.expiry_date, demand.today, demand.rest_life_days):
        raise ShelfLifeTooShort(
            item_no=line.item_no,
            batch_no=line.batch_no,
            expiry_date=line.expiry_date,
            rest_life_days=expiry.rest_life_days(line.expiry_date, today=demand.today),
            required_days=demand.rest_life_days,
        )


def choose_line(
    found: list[StockLine], *, item_no: str, batch_no: str, bin_code: str | None, demand: Demand, most: Decimal
) -> StockLine:
    """Choose the scanned batch's line: in the scanned place, else where this order's plan is, else the fullest.

    `found` are the batch's rows, empty ones too; of several in one place the one that may leave, then the one this
    order's owner owns. Raises WrongOwner when all of the batch is another's, then WrongPlace when nothing of it is on
    record there (R-F22), `places` being where it is.
    """
    owners = {line.owner for line in found if line.quantity > 0}
    if owners and demand.owner not in owners:
        check_owner(item_no=item_no, batch_no=batch_no, stock_owner=owners.pop(), order_owner=demand.owner)
    here = [line for line in found if bin_code is None or line.bin_code == bin_code]
    if not here:
        raise WrongPlace(
            item_no=item_no,
            batch_no=batch_no,
            location=bin_code,
            places=sorted({line.bin_code for line in found if line.quantity > 0}),
        )
    return max(
        here,
        key=lambda line: (
            line.owner == demand.owner,
            line.quantity > 0 and find_refusal(line, demand) is None,
            line.quantity > 0,
            line.own_reserved > 0,
            min(line.free, most),
            line.free,
        ),
    )


def check_quantity(asked: Decimal, line: StockLine, *, open_quantity: Decimal) -> None:
    """Refuse more than the order asks for, then more than is there for it. Raises OverIssue, InsufficientStock."""
    if asked > open_quantity:
        raise OverIssue(item_no=line.item_no, open_quantity=open_quantity, excess=asked - open_quantity)
    if asked > line.free:
        raise InsufficientStock(
            item_no=line.item_no, batch_no=line.batch_no, location=line.bin_code, available=max(line.free, Decimal(0))
        )


def give_up(
    plan: list[tuple[int, Decimal]], *, taken_from: int, taken: Decimal, still_open: Decimal
) -> list[tuple[int, Decimal]]:
    """Give what a line's plan gives back per stock row when `taken` leaves `taken_from`, in the plan's order.

    A reservation is a plan: its own part goes first; when the rest of the plan is then more than the line still
    needs, it is given up from its end. Source: interface, "Left out".
    """
    own = min(taken, sum((amount for stock_id, amount in plan if stock_id == taken_from), Decimal(0)))
    back = [(taken_from, own)] if own else []
    left = sum((amount for _, amount in plan), Decimal(0)) - own
    surplus = left - still_open
    for stock_id, amount in reversed(plan):
        if surplus <= 0:
            break
        planned = amount - own if stock_id == taken_from else amount
        given = min(planned, surplus)
        if given > 0:
            back.append((stock_id, given))
            surplus -= given
    return back
