"""Where a month begins and ends in the books, so that a monthly figure reads that month and not all of history.

Entries are appended in the order of their numbers, so the first of a moment is found by halving, some twenty look-ups.
Two writers may differ by their wait for a lock: who uses a number from here also asks for the time itself.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from warehouse.rules.period import month_bounds, month_of
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.base import rows, utc_text
from warehouse.transaction import Transaction

SKEW = timedelta(minutes=1)  # more than any wait for a lock
AFTER_ALL = 2**62
_LAST = {
    "card": "SELECT COALESCE(MAX(id), 0) FROM card_entry",
    "account": "SELECT COALESCE(MAX(id), 0) FROM ledger_entry",
    "audit": "SELECT COALESCE(MAX(id), 0) FROM audit",
}
_NEXT = {
    "card": "SELECT id, written_at FROM card_entry WHERE id >= ? ORDER BY id LIMIT 1",
    "account": "SELECT id, written_at FROM ledger_entry WHERE id >= ? ORDER BY id LIMIT 1",
    "audit": "SELECT id, content FROM audit WHERE id >= ? ORDER BY id LIMIT 1",
}


def read_month(tx: Transaction, text: str) -> str:
    """Give the month asked for, this one when none is. Raises InvalidInput for no month and for one yet to come."""
    month = text or month_of(tx.today)
    month_bounds(month)
    if month > month_of(tx.today):
        raise InvalidInput(field="month", reason="in-the-future")
    return month


def months_to(month: str, count: int) -> list[str]:
    """Give so many months up to one, the oldest first."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1
    return [f"{each // 12:04d}-{each % 12 + 1:02d}" for each in range(max(number - count + 1, 12), number + 1)]


def last_day(tx: Transaction, month: str) -> date:
    """Give the day a month's figures stand for: its last, or today while it runs."""
    return min(month_bounds(month)[1], tx.today)


def span(tx: Transaction, month: str) -> tuple[str, str]:
    """Give a month's first moment and the first after it, by the site's clock, as the tables write them."""
    first, last = month_bounds(month)
    return moment_of(tx, first), moment_of(tx, last + timedelta(days=1))


def moment_of(tx: Transaction, day: date) -> str:
    """Give the first moment of a day of the site, as the tables write it."""
    return utc_text(datetime.combine(day, time.min, ZoneInfo(tx.site.time_zone)))


def first_entry(book: str, moment: str) -> int:
    """Give a number that no entry of this moment or later lies below; book is card, account or audit."""
    return _first(book, datetime.fromisoformat(moment) - SKEW)


def past_entry(book: str, moment: str) -> int:
    """Give a number that every entry before this moment lies below."""
    return _first(book, datetime.fromisoformat(moment) + SKEW)


def _first(book: str, moment: datetime) -> int:
    """Give the first number whose entry is of a moment or later, the next free one when there is none."""
    wanted = utc_text(moment)
    ((last,),) = rows(_LAST[book])
    low, high = 1, int(last) + 1
    while low < high:
        middle = (low + high) // 2
        found = rows(_NEXT[book], middle)
        if not found or _written_at(book, found[0][1]) >= wanted:
            high = middle
        else:
            low = int(found[0][0]) + 1
    return low


def _written_at(book: str, text: str) -> str:
    return str(msgspec.json.decode(text)["at"]) if book == "audit" else text
