"""The manager's figures: how far the records can be believed, how old the goods are, how fast they turn (R-K1..R-K5).

Only arithmetic: facts come in, a figure or None comes out. None is "n/a", where nothing was there to be measured: it
is never shown as 0 or 100.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from warehouse.rules.reinspection import DEFAULT_MONTHS, add_months

HUNDRED = Decimal(100)
SLOW_DAYS = 90
DUE_SOON_DAYS = 30
# The upper ends of the buckets in days, both included; None has no end.
BUCKETS: tuple[tuple[int, int | None], ...] = ((0, 30), (31, 90), (91, 180), (181, None))
# What writes on a card and is no movement of goods in the sense of "slow": counting, shifting, deciding, correcting.
NO_MOVEMENT = (
    "adjustment", "transfer", "opening-balance", "inspection", "disposition", "reinspection-due", "doubt", "in-doubt",
    "status", "split", "concession", "pick-undone",
    "receipt-undone",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """Counted lines of one item, added up: how many, how many inside tolerance, and sums in the item's unit.

    `off` is the sum of differences without their sign: a surplus never makes up for a deficit. `price` is of
    one unit, None when nobody said.
    """

    lines: int
    inside: int
    book: Decimal
    off: Decimal
    price: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Accuracy:
    """The three accuracies in per cent, None for n/a; `unvalued` are lines of items without a price."""

    lines: int
    inside: int
    by_line: Decimal | None
    by_sum: Decimal | None
    by_value: Decimal | None
    unvalued: int


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Give a part in per cent, cut to two decimals and never rounded up to 100; None when there is no whole."""
    if not whole:
        return None
    return (HUNDRED * part / whole).quantize(Decimal("0.01"), rounding=ROUND_FLOOR)


def accuracy(counted: Iterable[Counted]) -> Accuracy:
    """Judge counts: lines inside tolerance of all lines, and what is not off of the book, by sum and by value.

    Below 0 where more is off than the book holds. Source: R-K1, R-K2.
    """
    found = list(counted)
    lines, inside = sum(each.lines for each in found), sum(each.inside for each in found)
    book, off = _sum(each.book for each in found), _sum(each.off for each in found)
    valued = [(each, each.price) for each in found if each.price is not None]
    worth, lost = _sum(each.book * price for each, price in valued), _sum(each.off * price for each, price in valued)
    return Accuracy(
        lines=lines, inside=inside, by_line=share(inside, lines), by_sum=share(book - off, book),
        by_value=share(worth - lost, worth), unvalued=lines - sum(each.lines for each, _ in valued),
    )  # fmt: skip


def bucket_of(received_on: date, on: date) -> tuple[int, int | None]:
    """Give the bucket of goods by their age in days; goods dated later than `on` are of age 0. Source: R-K3."""
    days = max((on - received_on).days, 0)
    return next(bounds for bounds in BUCKETS if bounds[1] is None or days <= bounds[1])


def is_past_six_months(received_on: date, on: date) -> bool:
    """Say whether goods are older than six calendar months, as the re-inspection rule counts. Source: R-K3, R-I1."""
    return on > add_months(received_on, DEFAULT_MONTHS)


def turns(issued: Decimal, month_ends: Sequence[Decimal]) -> Decimal | None:
    """Give how often the stock left: issued by the average of the month ends, two decimals; None without stock.

    Both in one unit, quantity or value. Source: R-K4.
    """
    average = _sum(month_ends) / len(month_ends) if month_ends else Decimal(0)
    return (issued / average).quantize(Decimal("0.01")) if average > 0 else None


def idle_days(moved_on: date | None, received_on: date, on: date) -> int:
    """Give the days since the last movement; the receipt is one, whatever the books began with. Source: R-K5."""
    return (on - max(moved_on or received_on, received_on)).days


def is_slow(days: int) -> bool:
    """Say whether goods have been idle for so long that they are slow-moving. Source: R-K5."""
    return days >= SLOW_DAYS


def _sum(numbers: Iterable[Decimal]) -> Decimal:
    return sum(numbers, Decimal(0))
