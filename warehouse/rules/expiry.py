"""The last usable day of a batch, and how much life it has left (4.7.5 b; R-E1..R-E7, the warning of R-F15).

Every `today` is the site's day (R-E2). None as an expiry date means that the goods do not expire.
"""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol, TypeVar

from warehouse.rules.period import check_open
from warehouse.rules.refusals import InvalidInput


class Expiring(Protocol):
    """What `fifo_lets_expire` has to know of a line of stock."""

    @property
    def expiry_date(self) -> date | None: ...

    @property
    def quantity(self) -> Decimal: ...


Line = TypeVar("Line", bound=Expiring)


def is_expired(expiry_date: date | None, today: date) -> bool:
    """Say whether the goods are past their last usable day; that day itself is usable to its end. Source: R-E1."""
    return expiry_date is not None and today > expiry_date


def rest_life_days(expiry_date: date, *, today: date) -> int:
    """Return the days from today to the expiry date: 0 on the last usable day, negative after it. Source: R-E4."""
    return (expiry_date - today).days


def has_rest_life(expiry_date: date | None, today: date, required_days: int) -> bool:
    """Say whether a customer who needs `required_days` of rest life may get the batch; others may still. R-E4."""
    return expiry_date is None or rest_life_days(expiry_date, today=today) >= required_days


def expiry_after(produced_on: date, shelf_life_days: int) -> date:
    """Return the expiry date of goods of that production day: 180 days from 2026-01-01 are 2026-06-30.

    Raises InvalidInput when the days are negative or lead past the calendar's end. Source: R-E7.
    """
    return _days_after(produced_on, shelf_life_days, field="shelf_life_days")


def opened_expiry(expiry_date: date | None, *, opened_on: date, opened_days: int) -> date:
    """Return the expiry date of an opened pack, which opening can only bring nearer.

    Raises InvalidInput when the days are negative or lead past the calendar's end. Source: R-E7.
    """
    since_opening = _days_after(opened_on, opened_days, field="opened_days")
    return since_opening if expiry_date is None else min(expiry_date, since_opening)


def check_extension(
    expiry_date: date | None,
    *,
    extended_to: date,
    evidence: str | None,
    reason: str | None,
    issued_on: Iterable[date],
    closed: Collection[str],
) -> None:
    """Refuse to extend an expiry date without test evidence and a reason, or after an issue that is signed off.

    `issued_on` are the days on which goods of the batch left, `closed` the closed months. Only a later date is an
    extension; voiding the old labels is the flow's part. Raises InvalidInput and ClosedMonth. Source: R-E6, R-C20.
    """
    if expiry_date is None:
        raise InvalidInput(field="expiry_date", reason="nothing-to-extend")
    if extended_to <= expiry_date:
        raise InvalidInput(field="expiry_date", reason="not-later")
    for field, text in (("evidence", evidence), ("reason", reason)):
        if text is None or not text.strip():
            raise InvalidInput(field=field, reason="missing")
    for day in sorted(issued_on):
        check_open(day, closed=closed)


def fifo_lets_expire(lines: Iterable[Line]) -> list[Line]:
    """Return the lines that expire before a line which first in, first out takes ahead of them.

    `lines` come in FIFO order; empty ones stand in nobody's way. It warns and refuses nothing: how fast the goods
    leave is not known here, so a line named may still be used in time. Source: R-F15.
    """
    at_risk: list[Line] = []
    latest_ahead = date.min
    for line in lines:
        if line.quantity <= 0:
            continue
        expiry_date = line.expiry_date or date.max
        if expiry_date < latest_ahead:
            at_risk.append(line)
        latest_ahead = max(latest_ahead, expiry_date)
    return at_risk


def _days_after(day: date, days: int, *, field: str) -> date:
    if days < 0:
        raise InvalidInput(field=field, reason="negative")
    if days > (date.max - day).days:
        raise InvalidInput(field=field, reason="too-large")
    return day + timedelta(days=days)
