"""Two batches of an item taken, written or posted for each other: opposite differences in one book (R-R6).

Nothing is netted: each of the two rows gets a part that names the other.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations, product

from warehouse.rules.causes import ERROR_RATE, MOST_PAIRED, USUAL, guess_goods, likelihood_of_any
from warehouse.rules.open_rows import Gap, OpenRow, is_card_alone, weight_of_account, weight_of_goods
from warehouse.rules.reconciliation import ZERO, Book, Cause, Part, Row

MOSTLY = Decimal("0.5")  # of the larger of two unlike differences: the least that may be a mix-up
CLEARLY, SIDE_BY_SIDE = 4.0, 3.0  # times likelier that it is told; a pair of one place beside one of two


def settle_swapped(found: list[OpenRow]) -> None:
    """Find two rows with opposite differences in one book: one batch was taken, written or posted for the other."""
    batches = [each for each in found if each.row.batch_no is not None]
    sisters = max(len(batches) - 1, 1)
    for one, two in _opposite([each for each in batches if is_card_alone(each)]):
        _swap(one, two, Book.CARD, one.records)
        one.gaps, two.gaps, one.records, two.records = [], [], ZERO, ZERO
    for one, two in _with_opposite_gaps([each for each in batches if not is_card_alone(each)]):
        for mine, theirs in _opposite_gaps(one, two):
            apart = weight_of_goods(one, mine) * weight_of_goods(two, theirs)
            if _swap_weight(mine.variance, one.row, sisters) > ERROR_RATE * apart:
                _swap(one, two, Book.GOODS, mine.variance, here=mine.location, there=theirs.location)
                one.gaps.remove(mine)
                two.gaps.remove(theirs)
    _settle_partly_swapped(batches, sisters)
    for one, two in _opposite([each for each in batches if each.records and not is_card_alone(each)]):
        if _is_one_voucher(one, two):
            continue
        apart = weight_of_account(one) * weight_of_account(two)
        if _swap_weight(one.records, one.row, sisters) > ERROR_RATE * apart:
            _swap(one, two, Book.ACCOUNT, -one.records)
            one.records = two.records = ZERO


def _settle_partly_swapped(batches: list[OpenRow], sisters: int) -> None:
    """Find two batches with unlike gaps where it is clearly likelier that they were mixed up and some got lost or over.

    The smaller is the mix-up, the rest stays a gap of its own. Only where account and card of both agree: else the card
    may stand alone. Any shortage beside any surplus could be read so, which is why it has to be clearly likelier.
    """
    pairs = []
    agreeing = [each for each in batches if each.gaps and not each.records]
    for one, two in combinations(agreeing[:MOST_PAIRED], 2):
        for mine, theirs in product(one.gaps, two.gaps):
            likelier = _partly_likelier(one, mine, two, theirs) / sisters
            if likelier > CLEARLY:
                pairs.append((likelier, one, mine, two, theirs))
    for _, one, mine, two, theirs in sorted(pairs, key=lambda pair: -pair[0]):
        if mine not in one.gaps or theirs not in two.gaps or mine.is_rest or theirs.is_rest:
            continue
        mixed = min(mine.variance, -theirs.variance, key=abs)
        _swap(one, two, Book.GOODS, mixed, here=mine.location, there=theirs.location, is_whole=False)
        for state, gap, part in ((one, mine, mixed), (two, theirs, -mixed)):
            gap.variance, gap.is_rest = gap.variance - part, True
            if not gap.variance:
                state.gaps.remove(gap)


def _partly_likelier(one: OpenRow, mine: Gap, two: OpenRow, theirs: Gap) -> float:
    """Say how many times likelier a mix-up with a rest is than a loss here and a gain there, each by itself."""
    smaller, larger = sorted((abs(mine.variance), abs(theirs.variance)))
    is_opposite = mine.variance * theirs.variance < 0 and one.row.owner == two.row.owner
    if not is_opposite or smaller == larger or smaller < MOSTLY * larger:
        return 0.0
    state, gap = (one, mine) if abs(mine.variance) == larger else (two, theirs)
    rest = gap.variance + (theirs.variance if gap is mine else mine.variance)
    together = _swap_weight(smaller, one.row, 1) * guess_goods(state.row, gap.place, rest)[0].weight
    if mine.location == theirs.location and mine.location:
        together *= SIDE_BY_SIDE
    return together / (weight_of_goods(one, mine) * weight_of_goods(two, theirs))


def _opposite(states: list[OpenRow]) -> Iterator[tuple[OpenRow, OpenRow]]:
    """Give pairs of rows whose card less account is opposite, each row in one pair at most; not by trying all pairs."""
    waiting: dict[Decimal, list[OpenRow]] = {}
    for state in states:
        if others := waiting.get(-state.records):
            yield others.pop(0), state
        else:
            waiting.setdefault(state.records, []).append(state)


def _with_opposite_gaps(states: list[OpenRow]) -> Iterator[tuple[OpenRow, OpenRow]]:
    """Give pairs of rows that have opposite gaps, those with a gap in one place first."""
    by_variance: dict[Decimal, list[OpenRow]] = {}
    for state in states:
        for gap in state.gaps:
            by_variance.setdefault(gap.variance, []).append(state)
    pairs = [
        (one, two)
        for variance, short in by_variance.items()
        if variance < 0
        for one, two in product(short[:MOST_PAIRED], by_variance.get(-variance, [])[:MOST_PAIRED])
        if one is not two
    ]
    places = {id(state): {gap.location for gap in state.gaps} for pair in pairs for state in pair}
    yield from sorted(pairs, key=lambda pair: not places[id(pair[0])] & places[id(pair[1])])


def _swap_weight(difference: Decimal, row: Row, sisters: int) -> float:
    return USUAL[Cause.SWAPPED_BATCHES] * likelihood_of_any(difference, row.card, row.decimals) / sisters


def _is_one_voucher(one: OpenRow, two: OpenRow) -> bool:
    """Say whether one voucher moved just these quantities from the one batch to the other: left out, or in twice."""
    theirs = {each.voucher_no: each.card for each in two.row.vouchers}
    return any(
        abs(each.card) == abs(one.records) and theirs.get(each.voucher_no) == -each.card for each in one.row.vouchers
    )


def _opposite_gaps(one: OpenRow, two: OpenRow) -> Iterator[tuple[Gap, Gap]]:
    """Give pairs of opposite gaps of two rows, those of one place first."""
    pairs = [
        (mine, theirs) for mine, theirs in product(one.gaps, two.gaps) if mine.variance == -theirs.variance
    ]  # fmt: skip
    for mine, theirs in sorted(pairs, key=lambda pair: pair[0].location != pair[1].location):
        if mine in one.gaps and theirs in two.gaps:
            yield mine, theirs


def _swap(
    one: OpenRow,
    two: OpenRow,
    book: Book,
    difference: Decimal,
    *,
    here: str = "",
    there: str = "",
    is_whole: bool = True,
) -> None:
    named = _of_quantity(one.row, difference) + _of_quantity(two.row, difference)
    for state, other, amount, location in ((one, two, difference, here), (two, one, -difference, there)):
        apart = Cause.PHYSICAL_LOSS if amount < 0 else Cause.PHYSICAL_GAIN
        state.parts.append(
            Part(
                cause=Cause.SWAPPED_BATCHES, book=book, difference=amount, location=location,
                other=other.row.batch_no or "", vouchers=named,
                confidence="high" if is_whole else "medium", alternatives=() if is_whole else (apart,),
            )
        )  # fmt: skip


def _of_quantity(row: Row, amount: Decimal) -> tuple[str, ...]:
    return tuple(each.voucher_no for each in row.vouchers if abs(each.card) == abs(amount) and each.is_recent)[:3]
