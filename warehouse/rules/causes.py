"""Probable causes from the pattern of a difference; docs/decisions/62-causes.md says why (R-R1..R-R6).

Each of the three books is the truth plus an error. For every error a few kinds of mistake are tried: how usual the kind
is, times how many of the figures it could give here are the one that was found. The fewer ways a mistake has to give a
difference, the more a fit says: a loss may be any number, a voucher posted twice only one of a dozen. Two mistakes are
so much rarer than one that one mistake which explains everything goes before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import combinations, pairwise

from warehouse.rules.reconciliation import Book, CardLine, Cause, Part, PlaceFigure, Row, Voucher

ERROR_RATE = 0.02  # of a book of a batch in a month; only its being small matters
TENS = (Decimal(10), Decimal(100), Decimal(1000))
SHORT_GAP_SECONDS = 600  # two equal lines of one voucher within it may be one scan twice
MOST_WAYS = 10  # more vouchers are more chances of a mistake: beyond these the ways no longer count against it
MOST_PAIRED = 40  # vouchers, or rows, of which all pairs are tried
LOOKED_AT = 5  # vouchers named at a loss or gain

# How usual each kind of mistake is beside the others.
USUAL = {
    Cause.MISSING_POSTING: 3.0, Cause.DOUBLE_POSTING: 1.5, Cause.MISSING_CARD_ENTRY: 2.5, Cause.UNIT_ERROR: 1.0,
    Cause.DIGIT_TRANSPOSITION: 1.0, Cause.PHYSICAL_LOSS: 4.0, Cause.PHYSICAL_GAIN: 3.0, Cause.SWAPPED_BATCHES: 2.0,
    Cause.MISPLACED: 3.0,
}  # fmt: skip
WHOLE, OF_VOUCHER, IN_BOTH = 1.0, 0.3, 0.1  # a figure written wrong; one voucher of it; the same in both records
PACKS_IN_BOTH = 0.6  # boxes scanned as pieces are in both records, because the account follows the scan
UNKNOWN = 0.02  # a posting that is wrong in a way nothing here names
OLDER = 0.1  # a voucher of a month before, beside one of this month
TOGETHER, ALONE = 5.0, 0.2  # a voucher of several batches that fits in all of them, or in this one only


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A mistake that would give exactly the error that was found, and how likely it is beside others."""

    weight: float
    cause: Cause
    vouchers: tuple[str, ...] = ()
    amounts: tuple[Decimal, ...] = ()  # the error each voucher alone makes, where there are several
    book: Book | None = None


@dataclass(frozen=True, kw_only=True)
class _Way:
    """One figure that a kind of mistake could give here."""

    error: Decimal
    vouchers: tuple[str, ...]
    share: float = 1.0
    amounts: tuple[Decimal, ...] = ()


def guess_account(row: Row, error: Decimal, truth: Decimal) -> list[Guess]:
    """Say what may have made the account differ by `error` from the `truth`, likeliest first.

    A voucher was not posted, or twice, or with swapped digits, or in another unit; or the whole figure was so.
    """
    moved = [each for each in row.vouchers if each.card]
    guesses = [
        _fit(error, Cause.MISSING_POSTING, [_way(each, -each.card, rows=each.missing_in) for each in moved]),
        _fit(error, Cause.DOUBLE_POSTING, [_way(each, each.card, rows=each.double_in) for each in moved]),
        _fit(error, Cause.MISSING_POSTING, _two_missing(moved), usual=2 * ERROR_RATE / max(len(moved), 1)),
        *_miswritten_vouchers(row, error, book=Book.ACCOUNT),
        *_whole(row, truth=truth, found=truth + error),
        Guess(weight=UNKNOWN * likelihood_of_any(error, truth, row.decimals), cause=Cause.MISSING_POSTING),
    ]
    return _sorted(guesses)


def guess_card(row: Row, error: Decimal, truth: Decimal) -> list[Guess]:
    """Say what may have made the card alone differ by `error`: a line is missing, there twice, or miswritten.

    An announced receipt that nobody scanned, or an order that nobody picked, of exactly that quantity goes before.
    """
    waiting = [_Way(error=-line.quantity, vouchers=(line.voucher_no,)) for line in row.open_lines]
    posted_only = [
        _Way(error=-each.account, vouchers=(each.voucher_no,))
        for each in row.vouchers
        if each.account and not each.card
    ]
    guesses = [
        _fit(error, Cause.MISSING_CARD_ENTRY, waiting + posted_only),
        Guess(
            weight=USUAL[Cause.MISSING_CARD_ENTRY] * likelihood_of_any(error, truth, row.decimals),
            cause=Cause.MISSING_CARD_ENTRY,
        ),
        _fit(error, Cause.DOUBLE_POSTING, _twice_on_card(row.vouchers)),
        *_miswritten_vouchers(row, error, book=Book.CARD),
    ]
    return _sorted(guesses)


def guess_goods(row: Row, place: PlaceFigure | None, variance: Decimal) -> list[Guess]:
    """Say what may have made the goods differ by `variance` from both records.

    Goods are lost or over; or the count was typed with swapped digits, which no second person does too, or in another
    unit; or one voucher went wrong into card and account alike, such as a scan sent twice.
    """
    size = place.expected if place else row.card
    kind = Cause.PHYSICAL_LOSS if variance < 0 else Cause.PHYSICAL_GAIN
    guesses = [
        Guess(
            weight=USUAL[kind] * likelihood_of_any(variance, size, row.decimals),
            cause=kind,
            vouchers=look_first(row, variance),
        ),
        _fit(-variance, Cause.DOUBLE_POSTING, _twice_on_card(row.vouchers), usual=0.5, book=Book.RECORDS),
        *_miswritten_vouchers(row, -variance, book=Book.RECORDS),
    ]
    if place is not None and place.counted - place.expected == variance:
        whole = _whole(row, truth=place.expected, found=place.counted)
        guesses += [each for each in whole if place.counters < 2 or each.cause is not Cause.DIGIT_TRANSPOSITION]
    return _sorted(guesses)


def look_first(row: Row, variance: Decimal) -> tuple[str, ...]:
    """Name the vouchers to look at first: of a loss this month's issues, of a gain deliveries and what waits to come.

    Those of exactly that quantity go before. Source: R-R1, R-R4.
    """
    issues = [each for each in row.vouchers if each.card < 0 and each.is_recent]
    waiting = [each.voucher_no for each in row.open_lines if each.quantity == variance]
    exact = [each.voucher_no for each in issues if abs(each.card) == abs(variance)]
    others = [each.voucher_no for each in reversed(issues) if each.voucher_no not in exact]
    return tuple(dict.fromkeys([*waiting, *exact, *others]))[:LOOKED_AT]


def part_of(guesses: Sequence[Guess], *, book: Book, difference: Decimal, location: str = "") -> list[Part]:
    """Make parts of the likeliest guess: one, or one a voucher where several are missing."""
    best = guesses[0]
    kinds: dict[Cause, float] = {}
    for guess in guesses:
        kinds[guess.cause] = kinds.get(guess.cause, 0.0) + guess.weight
    share = kinds[best.cause] / (sum(kinds.values()) or 1.0)
    confidence = "high" if share >= 0.8 and best.weight > UNKNOWN**3 else "medium" if share >= 0.5 else "low"
    if best.cause is Cause.MISSING_POSTING and not best.vouchers:
        confidence = "low"
    others = [cause for cause in sorted(kinds, key=lambda cause: -kinds[cause]) if cause is not best.cause]
    part = Part(
        cause=best.cause, book=best.book or book, difference=difference if best.book is None else -difference,
        vouchers=best.vouchers, location=location, confidence=confidence,
        alternatives=tuple(cause for cause in others if kinds[cause] > 0)[:2],
    )  # fmt: skip
    if not best.amounts:
        return [part]
    return [
        replace(part, difference=amount, vouchers=(number,))
        for number, amount in zip(best.vouchers, best.amounts, strict=True)
    ]


def swapped_digits(figure: Decimal, decimals: int) -> set[Decimal]:
    """Give what a figure becomes when two neighbouring digits change places: 54 to 45, never to fewer digits."""
    digits = str(int(abs(figure).scaleb(decimals)))
    found = set()
    for index in range(len(digits) - 1):
        swapped = digits[:index] + digits[index + 1] + digits[index] + digits[index + 2 :]
        if swapped != digits and swapped[0] != "0":
            found.add(Decimal(swapped).scaleb(-decimals))
    return found


def likelihood_of_any(error: Decimal, size: Decimal, decimals: int) -> float:
    """Say how likely just this error is when it may be any: small ones are usual, else anything up to the figure."""
    steps = float(abs(error).scaleb(decimals)) or 1.0
    most = max(float(abs(size).scaleb(decimals)), steps, 1.0)
    return 0.5 / (steps * (steps + 1)) + 0.5 / most


def _fit(error: Decimal, cause: Cause, ways: Sequence[_Way], *, usual: float = 1.0, book: Book | None = None) -> Guess:
    """Weigh a kind of mistake: how many of its ways give the error; it names the likeliest ones' vouchers."""
    fitting = [way for way in ways if way.error == error]
    if not fitting:
        return Guess(weight=0.0, cause=cause, book=book)
    share = sum(way.share for way in fitting) / min(len(ways), MOST_WAYS)
    first = max(fitting, key=lambda way: way.share)
    named = first.vouchers
    if not first.amounts:
        rest = [number for way in sorted(fitting, key=lambda way: -way.share) for number in way.vouchers]
        named = tuple(dict.fromkeys([*named, *rest]))[:LOOKED_AT]
    return Guess(weight=USUAL[cause] * usual * share, cause=cause, vouchers=named, amounts=first.amounts, book=book)


def _likely(voucher: Voucher, book: Book) -> float:
    """Weigh a card line written wrong while the account is right: a receipt it may have from the supplier's own note.

    Of an issue it knows what was scanned, and another paper would be a second thing gone wrong.
    """
    return ERROR_RATE if book is Book.CARD and voucher.card < 0 else 1.0


def _way(voucher: Voucher, error: Decimal, *, rows: int | None = None, likely: float = 1.0) -> _Way:
    """Weigh a voucher; `rows` differ by just it, where it is a mistake of the whole: then all its batches should."""
    share = likely if voucher.is_recent else likely * OLDER
    if rows is not None and voucher.batches > 1:
        share *= TOGETHER if rows >= voucher.batches else ALONE if rows <= 1 else 1.0
    return _Way(error=error, vouchers=(voucher.voucher_no,), share=share)


def _two_missing(moved: Sequence[Voucher]) -> list[_Way]:
    recent = [each for each in moved if each.is_recent][-MOST_PAIRED:]
    return [
        _Way(
            error=-one.card - two.card, vouchers=(one.voucher_no, two.voucher_no), amounts=(-one.card, -two.card)
        )
        for one, two in combinations(recent, 2)
    ]  # fmt: skip


def _miswritten_vouchers(row: Row, error: Decimal, *, book: Book) -> Iterator[Guess]:
    """Weigh one voucher written with swapped digits, or in another unit: packs, or a shifted decimal point.

    In the account the card's quantity is the true one, on the card and in both records it is the written one. What is
    scanned has no decimal point that could shift, so in both records only packs are tried.
    """
    moved = [each for each in row.vouchers if each.card]
    in_both = book is Book.RECORDS
    swaps = [
        _way(each, wrong, likely=_likely(each, book))
        for each in moved
        for wrong in _errors(each.card, swapped_digits(each.card, row.decimals), book)
    ]
    named = Book.RECORDS if in_both else None
    usual = IN_BOTH if in_both else OF_VOUCHER
    yield _fit(error, Cause.DIGIT_TRANSPOSITION, _same_sign(swaps, error), usual=usual, book=named)
    units = [
        _way(each, wrong, likely=likely * _likely(each, book))
        for each in moved
        for factor, likely in _factors(row, tens=not in_both)
        for wrong in _errors(each.card, _in_units(abs(each.card), factor, row.decimals), book)
    ]
    usual = PACKS_IN_BOTH if in_both else OF_VOUCHER
    yield _fit(error, Cause.UNIT_ERROR, _same_sign(units, error), usual=usual, book=named)


def _same_sign(ways: list[_Way], error: Decimal) -> list[_Way]:
    return [way for way in ways if (way.error > 0) == (error > 0)]


def _errors(moved: Decimal, others: Iterable[Decimal], book: Book) -> Iterator[Decimal]:
    """Give a book's errors where `moved` and one of the other figures were taken for each other."""
    for other in others:
        gap = (other if moved > 0 else -other) - moved
        yield gap if book is Book.ACCOUNT else -gap


def _in_units(figure: Decimal, factor: Decimal, decimals: int) -> Iterator[Decimal]:
    yield figure * factor
    part = figure / factor
    if part == part.quantize(Decimal(1).scaleb(-decimals)):
        yield part


def _whole(row: Row, *, truth: Decimal, found: Decimal) -> Iterator[Guess]:
    """Weigh the whole figure written with swapped digits, in packs, or with the decimal point shifted."""
    swaps = swapped_digits(truth, row.decimals) if truth > 0 else set()
    if found in swaps:
        yield Guess(weight=WHOLE * USUAL[Cause.DIGIT_TRANSPOSITION] / len(swaps), cause=Cause.DIGIT_TRANSPOSITION)
    if truth <= 0 or found <= 0:
        return
    likely_of = dict(_factors(row))
    total = 2 * sum(likely_of.values())
    for factor, likely in likely_of.items():
        packs = {truth * factor, truth / factor, truth // factor, truth // factor + truth % factor}
        if found in packs and found != truth:
            yield Guess(weight=WHOLE * USUAL[Cause.UNIT_ERROR] * likely / total, cause=Cause.UNIT_ERROR)


def _factors(row: Row, *, tens: bool = True) -> list[tuple[Decimal, float]]:
    """Give the factors a unit may be wrong by: the item's packs, and less likely a shifted decimal point."""
    packs = {factor for factor in row.factors if factor > 1}
    shifted = [(ten, 0.5) for ten in TENS if ten not in packs] if tens else []
    return [(factor, 1.0) for factor in sorted(packs)] + shifted


def _twice_on_card(vouchers: Iterable[Voucher]) -> list[_Way]:
    """Find equal card lines of one voucher shortly one after the other: perhaps one scan, sent twice."""
    found = []
    for voucher in vouchers:
        if not voucher.card:
            continue
        lines = sorted(voucher.lines, key=lambda line: line.at)
        for one, two in pairwise(lines):
            if (one.quantity, one.location) == (two.quantity, two.location) and _seconds(one, two) <= SHORT_GAP_SECONDS:
                found.append(_Way(error=one.quantity, vouchers=(voucher.voucher_no,)))
    return found


def _seconds(one: CardLine, two: CardLine) -> float:
    return (datetime.fromisoformat(two.at) - datetime.fromisoformat(one.at)).total_seconds()


def _sorted(guesses: Iterable[Guess]) -> list[Guess]:
    return sorted(guesses, key=lambda guess: -guess.weight)
