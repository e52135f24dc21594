"""A count's line as the rules see it: its facts, what each person counted, its place's tolerance (R-C2..R-C9).

Nothing here is for a counter's eyes: a line carries the book.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from warehouse.books import counts
from warehouse.rules import counting
from warehouse.rules.counting import LineState, Tally, Tolerance
from warehouse.tables.base import quantity
from warehouse.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line as the rules see it; quantities in the item's unit, `expected` as of the count that stands."""

    line_id: int
    batch_id: int
    item_id: int
    item_no: str
    batch_no: str
    name: str
    unit: str
    decimals: int
    price: Decimal | None
    place_id: int
    bin_code: str
    zone: str
    warehouse: str
    keeper: str
    owner: str
    book: Decimal
    state: LineState
    found: bool
    counted: Decimal | None
    counted_at: str
    counter: str
    expected: Decimal | None
    reopened: int
    reason: str
    note: str
    adjusted: Decimal
    adjustment_no: str
    notice_no: str
    hold: str

    @cached_property
    def variance(self) -> Decimal:
        """What was counted over (or under) the card; 0 while it is blank."""
        return Decimal(0) if self.counted is None or self.expected is None else self.counted - self.expected

    @cached_property
    def unposted(self) -> Decimal:
        """What of the variance account and card still have to be corrected by."""
        return self.variance - self.adjusted


def read_line(row: tuple[Any, ...]) -> Line:
    """Make a line of a row selected by counts.LINE."""
    decimals = int(row[4])

    def amount(stored: int | None) -> Decimal | None:
        return None if stored is None else quantity(stored, decimals)

    return Line(
        line_id=row[0], batch_id=row[1], item_no=row[2], batch_no=row[3], decimals=decimals, unit=row[5],
        price=None if row[6] is None else quantity(row[6], 6), place_id=row[7], bin_code=row[8], zone=row[9],
        warehouse=row[10], keeper=row[11], owner=row[12], book=quantity(row[13], decimals), state=LineState(row[14]),
        found=bool(row[15]), counted=amount(row[16]), counted_at=row[17] or "", counter=row[18] or "",
        expected=amount(row[20]), reopened=row[21] or 0, reason=row[22] or "", note=row[23] or "",
        adjusted=quantity(row[24] or 0, decimals), adjustment_no=row[25] or "", notice_no=row[26] or "", name=row[27],
        hold=row[29], item_id=row[30],
    )  # fmt: skip


def kept(line: Line) -> list[tuple[Tally, int, str]]:
    """Give what each person counted last on a line, its position and time, by who counted first."""
    last: dict[str, tuple[int, int, str]] = {}
    for counter, amount, position, counted_at, _ in counts.entries_of(line.line_id):
        last[counter] = (amount, position, counted_at)
    found = []
    for counter, (amount, position, counted_at) in last.items():
        expected = counts.expected(
            line.batch_id, line.place_id, line.owner, position=position, counted_at=counted_at
        )  # fmt: skip
        tally = Tally(
            counter=counter, quantity=quantity(amount, line.decimals), expected=quantity(expected, line.decimals)
        )
        found.append((tally, position, counted_at))
    return found


def tallies_of(line: Line) -> list[Tally]:
    """Give what each person counted on a line, who began first."""
    return [tally for tally, _, _ in kept(line)]


def tolerance_of(tx: Transaction, *, warehouse: str, bin_code: str) -> Tolerance:
    """Give the tolerance that holds in a place (R-C7)."""
    levels = [
        Tolerance(percent=_limit(percent), value=_limit(value))
        for _, _, percent, value in counts.tolerances(tx, warehouse=warehouse, bin_code=bin_code)
    ]
    return counting.tolerance_of(*levels)


def _limit(stored: int | None) -> Decimal | None:
    return None if stored is None else quantity(stored, 6)
