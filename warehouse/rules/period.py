"""Closed months: nothing dated in a signed month is posted any more (R-C20).

A month is a calendar month written "YYYY-MM", and its days are the site's days: the caller passes the day of the
movement in site time. Closing a month is the third signature of the reconciliation; here is only what follows from it.
"""

import re
from calendar import monthrange
from collections.abc import Collection
from datetime import date

from warehouse.rules.refusals import ClosedMonth, InvalidInput

_FORM = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])\Z", re.ASCII)


def month_of(day: date) -> str:
    """Return the month a day belongs to, "2026-05" for 2026-05-31."""
    return day.isoformat()[:7]


def month_bounds(month: str) -> tuple[date, date]:
    """Return the first and the last day of a month, both included. Raises InvalidInput for anything but YYYY-MM."""
    if not _FORM.match(month) or month.startswith("0000"):
        raise InvalidInput(field="month", reason="not-a-month")
    first = date.fromisoformat(f"{month}-01")
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def check_open(day: date, *, closed: Collection[str]) -> None:
    """Refuse a movement dated in one of the `closed` months; the correction is dated later and refers to it.

    Raises ClosedMonth. Source: 4.7.5 d; R-C20.
    """
    month = month_of(day)
    if month in closed:
        raise ClosedMonth(month=month)
