"""Taking an item's differences apart: what is lawful, what two rows have in common, what is left (R-R1..R-R6, R-R8).

All rows of an item are judged together, because goods taken from the wrong batch show as two opposite differences. Each
part is reported by itself; nothing is netted between batches or places.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import groupby, product
from math import prod

from warehouse.rules.causes import (
    ERROR_RATE,
    Guess,
    guess_account,
    guess_card,
    guess_goods,
    part_of,
)
from warehouse.rules.open_rows import Gap, OpenRow, weight_of_account, weight_of_goods
from warehouse.rules.reconciliation import ZERO, Book, Cause, Explained, Judged, Part, Row, Voucher
from warehouse.rules.swapped_batches import settle_swapped

MOST_CHOICES = 8  # unmatched vouchers of which every choice is tried; beyond that all or none
NOT_HELD = 0.9  # the finance system seldom holds what we have not posted yet
MOSTLY = Decimal("0.5")  # of a surplus in one place and a shortage in another: enough to be the same goods


def judge(rows: Sequence[Row]) -> list[Judged]:
    """Judge all differing rows of a site, sorted by item; gives them in the same order."""
    told = _with_company(rows)
    return [each for _, group in groupby(told, key=lambda row: row.item_no) for each in judge_item(list(group))]


def _with_company(rows: Sequence[Row]) -> list[Row]:
    """Tell each voucher in how many rows the account differs by just it: one that was forgotten lacks everywhere."""
    missing, double = Counter[str](), Counter[str]()
    for row in rows:
        if row.is_outside:
            rest = _settle_lawful(row).records
            missing.update(each.voucher_no for each in row.vouchers if each.card and each.card == rest)
            double.update(each.voucher_no for each in row.vouchers if each.card and each.card == -rest)
    return [
        replace(
            row,
            vouchers=[
                replace(each, missing_in=missing[each.voucher_no], double_in=double[each.voucher_no])
                for each in row.vouchers
            ],
        )
        for row in rows
    ]


def judge_item(rows: Sequence[Row]) -> list[Judged]:
    """Judge all differing rows of one item and give them in the same order."""
    found = [_settle_lawful(row) for row in rows]
    for each in found:
        _settle_misplaced(each)
    settle_swapped(found)
    _settle_whole_item(found)
    for each in found:
        _settle_rest(each)
    return [Judged(row=each.row, explained=tuple(each.explained), parts=tuple(each.parts)) for each in found]


def _settle_lawful(row: Row) -> OpenRow:
    """Take off what vouchers explain that only one of the records has (R-R2, R-R8); late ones become parts."""
    unmatched = [voucher for voucher in row.vouchers if voucher.unmatched]
    chosen = _not_held(row, unmatched) if row.is_outside else unmatched
    state = OpenRow(row=row, records=row.card - row.account - sum((each.unmatched for each in chosen), ZERO))
    if row.batch_no is not None:
        state.gaps = [Gap(place, place.variance) for place in row.places if place.variance]
        if rest := row.goods - row.card - state.goods:
            state.gaps.append(Gap(None, rest))
    for voucher in chosen:
        if voucher.is_late and not voucher.is_staged:
            state.parts.append(_late_part(row, voucher))
        else:
            kind = _lawful_kind(voucher)
            state.explained.append(
                Explained(kind=kind, voucher_no=voucher.voucher_no, quantity=voucher.unmatched)
            )  # fmt: skip
        if abs(voucher.account) > abs(voucher.card):
            _goods_followed(state, voucher)
    return state


def _lawful_kind(voucher: Voucher) -> str:
    if voucher.is_staged:
        return "staged"
    if voucher.is_posted_later:
        return "posted-after-the-book"
    return "posted-not-moved" if abs(voucher.account) > abs(voucher.card) else "not-posted"


def _late_part(row: Row, voucher: Voucher) -> Part:
    """Make a part of a voucher that one of our own books has had alone for too long."""
    cause, book, difference = Cause.MISSING_POSTING, Book.ACCOUNT, -voucher.unmatched
    if voucher.card and voucher.account == 2 * voucher.card and not row.is_outside:
        cause = Cause.DOUBLE_POSTING
    elif abs(voucher.account) > abs(voucher.card):
        cause, book, difference = Cause.MISSING_CARD_ENTRY, Book.CARD, voucher.unmatched
    return Part(cause=cause, book=book, difference=difference, vouchers=(voucher.voucher_no,))


def _goods_followed(state: OpenRow, voucher: Voucher) -> None:
    """The goods went as posted and only the card has not: then the gap between goods and card is the same thing."""
    for gap in state.gaps:
        if gap.variance == -voucher.unmatched:
            state.gaps.remove(gap)
            return


def _not_held(row: Row, unmatched: list[Voucher]) -> list[Voucher]:
    """Choose the unmatched vouchers that the finance system does not hold either, by which choice leaves the least odd.

    It posts at its own pace: mostly it lacks what we have not posted, sometimes it was quicker.
    """
    choices: Iterator[tuple[bool, ...]] = (
        product((True, False), repeat=len(unmatched))
        if len(unmatched) <= MOST_CHOICES
        else iter([(True,) * len(unmatched), (False,) * len(unmatched)])
    )
    best: tuple[float, list[Voucher]] = (-1.0, unmatched)
    for choice in choices:
        chosen = [voucher for voucher, is_held in zip(unmatched, choice, strict=True) if is_held]
        rest = row.card - row.account - sum((each.unmatched for each in chosen), ZERO)
        weight = NOT_HELD ** len(chosen) * (1 - NOT_HELD) ** (len(unmatched) - len(chosen))
        if rest:
            weight *= ERROR_RATE * guess_account(row, -rest, row.card)[0].weight
        if weight > best[0]:
            best = (weight, chosen)
    return best[1]


def _settle_misplaced(state: OpenRow) -> None:
    """Find goods missing in one place of a batch and over in others: equal ones first, then mostly equal ones.

    Where all places together have what they should, all of it is only misplaced, into however many places it went.
    """
    _pair_places(state, fits=lambda missing, over: missing == over, confidence="high")
    placed = [gap for gap in state.gaps if gap.place]
    if sum((gap.variance for gap in placed), ZERO) == 0:
        _pair_places(state, fits=lambda missing, over: True, confidence="high")
    _pair_places(
        state, fits=lambda missing, over: min(missing, over) >= MOSTLY * max(missing, over), confidence="medium"
    )
    state.gaps = [gap for gap in state.gaps if gap.variance]


def _pair_places(state: OpenRow, *, fits: Callable[[Decimal, Decimal], bool], confidence: str) -> None:
    for short, over in product(list(state.gaps), list(state.gaps)):
        if not (short.place and over.place and short.variance < 0 < over.variance):
            continue
        if not fits(-short.variance, over.variance):
            continue
        moved = min(-short.variance, over.variance)
        state.parts.append(
            Part(
                cause=Cause.MISPLACED, book=Book.GOODS, difference=-moved, location=short.location,
                other=over.location, confidence=confidence,
            )
        )  # fmt: skip
        short.variance += moved
        over.variance -= moved


def _settle_whole_item(found: list[OpenRow]) -> None:
    """Where the account knows only items: see whether one batch's gap is the item's, so that its card stands alone."""
    for item in [each for each in found if each.row.batch_no is None and each.records]:
        alone = weight_of_account(item)
        for batch in [each for each in found if each.row.batch_no is not None]:
            gap = next((gap for gap in batch.gaps if gap.variance == -item.records), None)
            if gap is None:
                continue
            guesses = guess_card(batch.row, item.records, batch.truth - item.records)
            apart = ERROR_RATE * alone * weight_of_goods(batch, gap)
            if guesses[0].weight > apart:
                batch.parts += part_of(guesses, book=Book.CARD, difference=item.records, location=gap.location)
                batch.gaps.remove(gap)
                item.explained.append(
                    Explained(kind="in-a-batch", voucher_no=batch.row.batch_no or "", quantity=item.records)
                )
                item.records = ZERO
                break


def _settle_rest(state: OpenRow) -> None:
    """Take what is left as the likeliest mistakes: the account's and the goods', or the card's and the goods'."""
    apart = _as_account(state)
    together = _as_card(state)
    chosen = together if together and together[0] > apart[0] else apart
    for guesses, book, difference, location in chosen[1]:
        state.parts += part_of(guesses, book=book, difference=difference, location=location)
    state.records, state.gaps = ZERO, []


_Reading = tuple[float, list[tuple[list[Guess], Book, Decimal, str]]]


def _as_account(state: OpenRow) -> _Reading:
    read: list[tuple[list[Guess], Book, Decimal, str]] = []
    if state.records:
        guesses = guess_account(state.row, -state.records, state.truth)
        read.append((guesses, Book.ACCOUNT, -state.records, ""))
    read += [_as_goods(state, gap) for gap in state.gaps]
    return prod((ERROR_RATE * guesses[0].weight for guesses, *_ in read), start=1.0), read


def _as_card(state: OpenRow) -> _Reading | None:
    """Read account and goods as right where the card differs from both; None where the goods do not say so."""
    if not state.records:
        return None
    gap = next((gap for gap in state.gaps if gap.variance == -state.records), None)
    gap = gap or next((gap for gap in state.gaps if (gap.variance < 0) == (state.records > 0)), None)
    if gap is None and (state.gaps or not state.row.not_counted):
        return None
    guesses = guess_card(state.row, state.records, state.truth - state.records)
    location = gap.location if gap else ""
    read: list[tuple[list[Guess], Book, Decimal, str]] = [(guesses, Book.CARD, state.records, location)]
    for each in state.gaps:
        rest = Gap(each.place, each.variance + state.records) if each is gap else each
        if rest.variance:
            read.append(_as_goods(state, rest))
    return prod((ERROR_RATE * guesses[0].weight for guesses, *_ in read), start=1.0), read


def _as_goods(state: OpenRow, gap: Gap) -> tuple[list[Guess], Book, Decimal, str]:
    return guess_goods(state.row, gap.place, gap.variance), Book.GOODS, gap.variance, gap.location
