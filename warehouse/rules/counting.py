"""The count: when a variance is small enough, who counts again, who may approve, what is written down (R-C1..R-C21).

Nothing here tells a counter anything: the book is compared after he has typed, and a question that needs a "yes" is
asked by what was typed alone (zero, or very much), never by how far it is from the book. variance = counted - expected:
a surplus is positive.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from warehouse.rules.causes import swapped_digits
from warehouse.rules.period import month_bounds, month_of
from warehouse.rules.refusals import CountOpen, DocumentState, Forbidden, InvalidInput, NeedsConfirmation, SamePerson
from warehouse.rules.status import InspectionStatus

ABSURD = Decimal(1_000_000)  # from here on a typed quantity is asked for again: a barcode, or a finger too long on 0
LEAD = "manager"
HUNDRED = Decimal(100)
ZERO = Decimal(0)


class LineState(StrEnum):
    """Where a line stands; the tables tell what each is."""

    OPEN = "open"
    COUNTED = "counted"
    RECOUNT = "recount"
    THIRD = "third"
    VARIANCE = "variance"
    REOPENED = "reopened"
    KEPT = "kept"
    ADJUSTED = "adjusted"


class Reason(StrEnum):
    """Why account and card are adjusted to the goods (R-C19)."""

    DAMAGE = "damage"
    LOSS = "loss"
    MISCOUNT = "miscount"
    WRONG_ISSUE = "wrong-issue"
    WRONG_RECEIPT = "wrong-receipt"
    MISSING_SCAN = "missing-scan"
    DOUBLE_SCAN = "double-scan"
    MIXED_UP = "mixed-up"
    UNIT_ERROR = "unit-error"
    MEASURING = "measuring"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """What a variance may be: percent of the book, value in money; None inherits, 0 is exact (R-C7)."""

    percent: Decimal | None = None
    value: Decimal | None = None


EXACT = Tolerance(percent=ZERO)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What one person counted on a line, last correction included, and what the card said at that moment."""

    counter: str
    quantity: Decimal
    expected: Decimal

    @property
    def variance(self) -> Decimal:
        """What was found over (or under) the card; goods may have moved between two counts, this has not."""
        return self.quantity - self.expected


def tolerance_of(*levels: Tolerance | None) -> Tolerance:
    """Give the tolerance that holds, from the narrowest level to the widest: bin, warehouse, site.

    Each limit is inherited by itself; where nobody set a limit at all the count is exact. Source: R-C7.
    """
    set_levels = [level for level in levels if level is not None]
    percent = next((level.percent for level in set_levels if level.percent is not None), None)
    value = next((level.value for level in set_levels if level.value is not None), None)
    return EXACT if percent is None and value is None else Tolerance(percent=percent, value=value)


def is_within(*, expected: Decimal, counted: Decimal, price: Decimal | None, tolerance: Tolerance) -> bool:
    """Say whether a variance needs neither recount nor approval. Every limit that is set has to hold.

    Of a book of 0 any surplus, and an empty place where the book has goods, is beyond every percentage but of 0
    variance. A value limit cannot be shown to hold without a price, so it does not. Source: R-C4..R-C6.
    """
    variance = abs(counted - expected)
    if variance == 0:
        return True
    if expected == 0 or counted == 0:
        return False
    if tolerance.percent is not None and variance * HUNDRED > tolerance.percent * expected:
        return False
    return tolerance.value is None or (price is not None and variance * price <= tolerance.value)


def judge(tallies: Sequence[Tally], *, is_small: bool) -> LineState:
    """Say where a line stands after these counts, by different persons, the earliest first.

    The last count stands; `is_small` says whether it is within tolerance. One count beyond it is counted again by
    another person; two that agree stand, two that differ are decided by a third. Source: R-C9.
    """
    if not tallies:
        return LineState.OPEN
    if len(tallies) == 2 and tallies[0].variance != tallies[1].variance:
        return LineState.THIRD
    if is_small:
        return LineState.COUNTED
    return LineState.RECOUNT if len(tallies) == 1 else LineState.VARIANCE


def check_counter(
    counter: str,
    *,
    tallies: Sequence[Tally],
    state: LineState,
    submitted: bool,
    through: bool = False,
    correct: bool,
    count_no: str,
) -> str:
    """Say what kind of entry this is: first, correction, recount, third. Raises SamePerson, DocumentState.

    Who counted a line may correct himself until the count is submitted, or he is `through` with his zone and sees its
    book again, and nobody counted after him; he is never the second or third person. After it is submitted only lines
    that wait for a person are counted. Source: R-C1, R-C9.
    """
    mine = [tally for tally in tallies if tally.counter == counter]
    if mine:
        if correct and not (submitted or through) and tallies[-1].counter == counter:
            return "correction"
        raise SamePerson(person=counter, needs="another counter")
    if correct:
        raise InvalidInput(field="correct", reason="nothing-to-correct")
    waits = state in (LineState.OPEN, LineState.RECOUNT, LineState.THIRD)
    decided = len(tallies) >= 3 or (len(tallies) == 2 and state != LineState.THIRD)
    if decided or (submitted and not waits):
        raise DocumentState(document_no=count_no, state="counted", reason="line-counted")
    return ("first", "recount", "third")[len(tallies)]


def check_assigned(counter: str, *, assigned: Collection[str], is_first: bool) -> None:
    """Refuse a first count in a zone that is assigned to others; anybody may count again. Raises Forbidden."""
    if is_first and assigned and counter not in assigned:
        raise Forbidden(needs=sorted(assigned))


def check_typed(quantity: Decimal, *, empty_confirmed: bool, confirmed: bool) -> None:
    """Ask for a "yes" to zero and to very much; a blank is neither. Raises NeedsConfirmation. Source: R-C4, R-C17."""
    if quantity == 0 and not (empty_confirmed or confirmed):
        raise NeedsConfirmation(reason="confirm-empty")
    if quantity >= ABSURD and not confirmed:
        raise NeedsConfirmation(reason="confirm-much")


def check_sighted(bins: Collection[str], *, hidden: Mapping[str, str]) -> None:
    """Refuse the book of a bin to who is to count it blind; `hidden` has the count of each. Raises CountOpen (R-C1)."""
    for bin_code in sorted(set(bins) & set(hidden)):
        raise CountOpen(location=bin_code, count_no=hidden[bin_code], reason="blind")


def tells_stock(planned: Sequence[str], *, shortage: Decimal, hidden: Collection[str]) -> bool:
    """Say whether a line's plan, its bins in the order they are taken from, tells all that lies in a hidden one.

    What stands last is bounded by the order, unless the line is short; all before it by what lies there. A line that is
    short and has no plan any more lost just what lay there. Source: R-C1.
    """
    if shortage and not planned:
        return bool(hidden)
    bounded_by_stock = planned if shortage else planned[:-1]
    return any(bin_code in hidden for bin_code in bounded_by_stock)


def check_blanks(blanks: int, *, choice: str | None, chosen: str, roles: Collection[str], count_no: str) -> str:
    """Give what becomes of lines nobody counted: "keep", "zero", or "" when there are none to decide about.

    Only the lead chooses, and once. Raises Forbidden, DocumentState. Source: R-C8.
    """
    if choice and LEAD not in roles:
        raise Forbidden(needs=[LEAD])
    if choice and chosen and choice != chosen:
        raise DocumentState(document_no=count_no, state=chosen, reason="blanks-decided")
    if not blanks:
        return ""
    if not (choice or chosen):
        raise DocumentState(document_no=count_no, state="open", reason="blank-lines")
    return choice or chosen


def check_approver(approver: str, *, counters: Collection[str], keepers: Collection[str]) -> None:
    """Refuse who counted, or keeps the bin of, what is to be approved. Raises SamePerson. Source: R-C10."""
    if approver in counters or approver in keepers:
        raise SamePerson(person=approver, needs="another manager")


def check_reason(reason: str) -> Reason:
    """Give a reason of the list. Raises InvalidInput. Source: R-C19."""
    try:
        return Reason(reason)
    except ValueError:
        raise InvalidInput(field="reason", reason=f"only {', '.join(Reason)}") from None


def needs_notice(owner: str, variance: Decimal) -> bool:
    """Say whether the owner has to be told before the records change. Source: 4.6; R-O2."""
    return owner != "" and variance != 0


def check_month(month: str, *, today: date, closed: Collection[str]) -> None:
    """Refuse a month that has not begun, or is closed. Raises InvalidInput, DocumentState. Source: R-C20."""
    first, _ = month_bounds(month)
    if first > today:
        raise InvalidInput(field="month", reason="in-the-future")
    if month in closed:
        raise DocumentState(document_no=month, state="closed", reason="month-closed")


def months_due(today: date, *, count_day: int, counted: Collection[str]) -> list[str]:
    """Give the months whose count is to open by itself today, the older first: this one, and the last if it was missed.

    `count_day` is the day of the month, or its last day when it is shorter; 0 opens none. Source: R-C21.
    """
    if not count_day:
        return []
    this = month_of(today)
    last = month_of(date.fromordinal(month_bounds(this)[0].toordinal() - 1))
    due = [last]
    if today.day >= min(count_day, month_bounds(this)[1].day):
        due.append(this)
    return [month for month in due if month not in counted]


def share_deficit(lying: Mapping[str, Decimal], deficit: Decimal) -> list[tuple[str, Decimal]]:
    """Say from which status missing goods are written off; `lying` is the record by status, in the item's unit.

    What may leave goes first: nobody knows which part is missing, and goods that are not there must not be promised to
    a customer. Then white, yellow, red. Source: R-C19.
    """
    taken = []
    for status in (InspectionStatus.QUALIFIED, InspectionStatus.PENDING, InspectionStatus.AWAITING,
                   InspectionStatus.NONCONFORMING, InspectionStatus.SCRAP):  # fmt: skip
        part = min(lying.get(status, ZERO), deficit)
        if part > 0:
            taken.append((str(status), part))
            deficit -= part
    return taken


def status_of_surplus(here: Collection[str], everywhere: Collection[str], *, held: bool) -> str:
    """Say in which status found goods are written in: the one that lies there, else the batch's only one, else white.

    Where two statuses lie mixed, or the batch is stopped, nobody knows which it is: white, and QA is asked.
    Source: R-C11.
    """
    for statuses in (set(here), set(everywhere)):
        if len(statuses) == 1 and not held:
            return statuses.pop()
        if statuses:
            break
    return str(InspectionStatus.PENDING)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A line that differs, as the search for a pattern sees it; quantities in the item's unit."""

    item_no: str
    batch_no: str
    location: str
    owner: str
    expected: Decimal
    counted: Decimal
    decimals: int
    is_late: bool = False
    factors: tuple[Decimal, ...] = ()  # of the item's packs

    @property
    def variance(self) -> Decimal:
        """What was counted over (or under) the card."""
        return self.counted - self.expected


def find_hint(one: Difference, others: Collection[Difference]) -> str:
    """Give the likeliest cause of a difference, for who approves; the reconciliation looks further.

    The names are those of its causes, and "late-movement". Source: R-R1, R-R4, R-C3.
    """
    if one.is_late:
        return "late-movement"
    opposite = [other for other in others if other.variance == -one.variance and other.owner == one.owner]
    if any((each.item_no, each.batch_no) == (one.item_no, one.batch_no) for each in opposite):
        return "misplaced"
    if any((each.item_no, each.location) == (one.item_no, one.location) for each in opposite):
        return "swapped-batches"
    if any(factor in (_ratio(one.counted, one.expected), _ratio(one.expected, one.counted)) for factor in one.factors):
        return "unit-error"
    if one.expected and one.counted in swapped_digits(one.expected, one.decimals):
        return "digit-transposition"
    return "physical-gain" if one.variance > 0 else "physical-loss"


def _ratio(upper: Decimal, lower: Decimal) -> Decimal | None:
    return upper / lower if lower else None
