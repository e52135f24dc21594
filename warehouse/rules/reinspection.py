"""Six months or in doubt: when QA has to look at stored goods again (4.7.2; R-I1..R-I9, R-F13).

The interval is in calendar months, the days are the site's days. Re-inspection never touches the FIFO date (R-F13);
which inspections move the due date says `inspection.resets_clock`.
"""

from calendar import monthrange
from datetime import MAXYEAR, date
from decimal import Decimal

from warehouse.rules.refusals import InvalidInput

DEFAULT_MONTHS = 6
LEAD_DAYS = 14


def add_months(day: date, months: int) -> date:
    """Return the same day so many calendar months later, or that month's last day when it is shorter.

    Raises InvalidInput when the months are negative or lead past the calendar's end. Source: R-I2.
    """
    if months < 0:
        raise InvalidInput(field="reinspect_months", reason="negative")
    year, months_before = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > MAXYEAR:
        raise InvalidInput(field="reinspect_months", reason="too-large")
    month = months_before + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def interval_months(*, item: int | None, group: int | None, default: int = DEFAULT_MONTHS) -> int:
    """Return the interval in force: the item's, else its group's, else the default. None inherits, 0 is never. R-I8."""
    if item is not None:
        return item
    return default if group is None else group


def due_on(*, first_received_on: date, last_inspected_on: date | None, months: int | None) -> date | None:
    """Return the last day before re-inspection blocks the goods, or None when they are never due (0 or no months).

    `last_inspected_on` is the day of the last inspection that moves the due date; an early one brings the next due
    date nearer too. Source: 4.7.2; R-I1, R-I5, R-I6, R-I9, R-F13.
    """
    if not months:
        return None
    return add_months(last_inspected_on or first_received_on, months)


def is_due(reinspect_on: date | None, today: date) -> bool:
    """Say whether re-inspection blocks the goods: issuable on the due day itself, not from the next. Source: R-I1."""
    return reinspect_on is not None and today > reinspect_on


def is_task_due(reinspect_on: date | None, today: date, lead_days: int = LEAD_DAYS) -> bool:
    """Say whether QA's task should be on the work list: from `lead_days` before the due date on. Source: R-I3."""
    return reinspect_on is not None and (reinspect_on - today).days <= lead_days


def is_looked_over(*, undecided: Decimal, qualified: Decimal, decided: Decimal, was_white: bool) -> bool:
    """Say whether all that lies in a place was looked at again, so that its own task ends.

    `was_white` says that all of it was waiting: then nothing undecided is left. Goods looked at before their date are
    blue before and after, so as much as lies there must have been decided. Source: R-I4.
    """
    return undecided == 0 and (was_white or decided >= qualified)
