"""Account 帳 = card 卡 = goods 物: what a row of the comparison holds, what explains it, who signs (4.7.5 d).

A row is one batch and owner, or a whole item where the finance system keeps no batches. Nothing is netted: neither two
batches of an item nor two places of a batch (R-R6). Causes are found in `rules/causes.py`. Source: R-R1..R-R12.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from warehouse.rules.period import month_bounds, month_of
from warehouse.rules.refusals import CountOpen, DocumentState, Forbidden, InvalidInput

ZERO = Decimal(0)
MONTHS_BACK = 3  # a night compares beside the running one
LATE_HOURS = 24  # a voucher that only one book has for longer stands on the exception list (R-R8)


class Cause(StrEnum):
    """What probably lies behind a part of a difference."""

    MISSING_POSTING = "missing-posting"
    MISSING_CARD_ENTRY = "missing-card-entry"
    PHYSICAL_LOSS = "physical-loss"
    PHYSICAL_GAIN = "physical-gain"
    SWAPPED_BATCHES = "swapped-batches"
    MISPLACED = "misplaced"
    UNIT_ERROR = "unit-error"
    DOUBLE_POSTING = "double-posting"
    DIGIT_TRANSPOSITION = "digit-transposition"


class Book(StrEnum):
    """Which book is wrong; `records` is account and card alike."""

    ACCOUNT = "account"
    CARD = "card"
    GOODS = "goods"
    RECORDS = "records"


SIGNED_BOOKS = (Book.ACCOUNT, Book.CARD, Book.GOODS)


@dataclass(frozen=True, kw_only=True, slots=True)
class CardLine:
    """One card line of a voucher: signed quantity, where, when (UTC text as stored)."""

    quantity: Decimal
    location: str
    at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Voucher:
    """What one voucher did to this batch and owner: signed, in is positive.

    `account` is what our ledger posted by the day the account is of. `is_staged` goods wait for their dispatch;
    `is_late` is what only one of the books has for more than LATE_HOURS; `is_recent` lies in the month looked at.
    """

    voucher_no: str
    kind: str
    card: Decimal
    account: Decimal
    lines: Sequence[CardLine] = ()
    is_staged: bool = False
    is_late: bool = False
    is_recent: bool = True
    is_posted_later: bool = False  # by us, after the day the finance system's book is of
    batches: int = 1  # it moved in all
    missing_in: int = 0  # rows whose account lacks just it
    double_in: int = 0  # rows whose account has just it once too often

    @property
    def unmatched(self) -> Decimal:
        """What the card has of it and our ledger has not."""
        return self.card - self.account


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenLine:
    """A document line that still waits: what the card would get from it (signed), and its number."""

    voucher_no: str
    kind: str
    quantity: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaceFigure:
    """What a count found in one place of the batch beside what the card said of it then."""

    location: str
    expected: Decimal
    counted: Decimal
    adjusted: Decimal = ZERO  # of the difference, already corrected on the card
    counters: int = 1  # how many persons counted it

    @property
    def variance(self) -> Decimal:
        """What the goods are over (positive) or under the card, adjustments since taken off."""
        return self.counted - self.expected - self.adjusted


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """The three figures of a batch and owner at one moment (item's unit), and what may explain them.

    `batch_no` is None for a whole item, where the finance system keeps no batches. `is_outside`: `account` comes from
    there and `own_account` is our ledger; else they are the same. `places` are those whose count differs.
    """

    item_no: str
    batch_no: str | None
    owner: str
    account: Decimal
    own_account: Decimal
    card: Decimal
    goods: Decimal
    decimals: int = 0
    is_outside: bool = False
    vouchers: Sequence[Voucher] = ()
    open_lines: Sequence[OpenLine] = ()
    places: Sequence[PlaceFigure] = ()
    factors: Sequence[Decimal] = ()  # of the item's packs
    not_counted: Sequence[str] = ()

    @property
    def subject(self) -> str:
        """Name the row as discrepancies keep it."""
        return subject(self.item_no, self.batch_no, self.owner)


@dataclass(frozen=True, kw_only=True, slots=True)
class Explained:
    """A lawful reason why card and account differ: `quantity` is what it adds to card less account."""

    kind: str  # not-posted, staged, posted-not-moved, posted-after-the-book, in-a-batch
    voucher_no: str
    quantity: Decimal


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a difference: `difference` is what the wrong book says less what the others say (R-R5).

    `vouchers` are to be looked at first, the likeliest first. `other` names the batch or place on the other side.
    """

    cause: Cause
    book: Book
    difference: Decimal
    vouchers: Sequence[str] = ()
    location: str = ""
    other: str = ""
    confidence: str = "high"  # high, medium, low
    alternatives: Sequence[str] = field(default=())

    @property
    def quantity(self) -> Decimal:
        """How much it is, without sign."""
        return abs(self.difference)

    @property
    def key(self) -> str:
        """Name the part so that it is the same part when it is found again."""
        numbered = self.vouchers[0] if self.book is Book.ACCOUNT and self.vouchers else ""
        return ":".join((self.book, self.location, self.other, numbered))


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A row with what explains its difference and the parts that nothing lawful explains."""

    row: Row
    explained: Sequence[Explained]
    parts: Sequence[Part]


def subject(item_no: str, batch_no: str | None, owner: str) -> str:
    """Name a row: item, batch and owner; the separator is one that no number of ours holds."""
    return "\x1f".join((item_no, batch_no or "", owner))


def check_month(month: str, *, today: date) -> tuple[date, date]:
    """Give a month's first and last day; a month that has not begun holds nothing. Raises InvalidInput."""
    first, last = month_bounds(month)
    if first > today:
        raise InvalidInput(field="month", reason="in-the-future")
    return first, last


def check_over(month: str, *, today: date) -> None:
    """Refuse to sign a month before its last day is gone. Raises DocumentState. Source: R-C20."""
    _, last = month_bounds(month)
    if last >= today:
        raise DocumentState(document_no=month, state="open", reason="month-not-over")


def check_closable(
    month: str,
    *,
    staged: Iterable[str],
    unposted: Iterable[str],
    counts: Collection[tuple[str, str]],
    zones_left: Iterable[str] = (),
) -> None:
    """Refuse to close a month that is not settled (R-C20).

    `staged` and `unposted` are vouchers with goods picked and not dispatched, or scanned and not posted, dated in it;
    `counts` are (count_no, state) of its monthly counts, of which one at least must be closed and none open;
    `zones_left` have goods that none of them covered. Raises DocumentState, whose document is the month or what
    stands in its way.
    """
    for number in staged:
        raise DocumentState(document_no=number, state="staged", reason="staged-in-month")
    for number in unposted:
        raise DocumentState(document_no=number, state="open", reason="unposted-in-month")
    for number, state in counts:
        if state not in ("closed", "cancelled"):
            raise DocumentState(document_no=number, state=state, reason="count-not-closed")
    if not any(state == "closed" for _, state in counts):
        raise DocumentState(document_no=month, state="open", reason="not-counted")
    for zone in zones_left:
        raise DocumentState(document_no=zone, state="open", reason="zone-not-counted")


def signed_twice(signatures: Iterable[tuple[str, str]]) -> list[str]:
    """Name the persons who signed more than one book; it is shown, not refused (R-R10). Pairs of (book, person)."""
    persons = [person for _, person in signatures]
    return sorted({person for person in persons if persons.count(person) > 1})


def check_signer(book: Book, *, roles: Collection[str], has_counted: bool) -> None:
    """Refuse who may not sign a book: the keeper signs the card, the manager the account, who counted the goods.

    Raises Forbidden. Source: R-R10.
    """
    may = {Book.CARD: "keeper" in roles, Book.ACCOUNT: "manager" in roles, Book.GOODS: has_counted}
    needs = {Book.CARD: "keeper", Book.ACCOUNT: "manager", Book.GOODS: "who-counted"}
    if not may[book]:
        raise Forbidden(needs=[needs[book]])


def check_settler(person: str, *, roles: Collection[str], assigned_to: str) -> None:
    """Refuse to end a discrepancy for who neither is a manager nor follows it up. Raises Forbidden."""
    if "manager" not in roles and person != assigned_to:
        raise Forbidden(needs=["manager"])


def months_to_compare(today: date, *, closed: Collection[str]) -> list[str]:
    """Give the months that a night compares, the older first: the running one, and those before it nobody closed.

    At most MONTHS_BACK of those: what still differs of an older one differs in them too.
    """
    found = [month_of(today)]
    for _ in range(MONTHS_BACK):
        found.insert(0, month_of(month_bounds(found[0])[0] - timedelta(days=1)))
    return [month for month in found if month not in closed]


def check_one_source(held: Mapping[str, str], named: Collection[str]) -> None:
    """Refuse a finance book with an item that another source's book of the same day has: their figures would be added.

    `held` gives the source of each item of the other books, `named` are the items of this one. Two stores' books side
    by side share no item. Raises DocumentState, whose document is the other source. Source: R-R2.
    """
    for item_no in sorted(named):
        if item_no in held:
            raise DocumentState(document_no=held[item_no], state="open", reason="another-source", item_no=item_no)


def check_not_counting(hidden: Mapping[str, str]) -> None:
    """Refuse the comparison to who still has places to count: it would tell what should lie there.

    `hidden` has the count of each such place. Raises CountOpen. Source: R-C1.
    """
    for bin_code in sorted(hidden):
        raise CountOpen(location=bin_code, count_no=hidden[bin_code], reason="blind")


# What puts a difference right, by its cause; a person decides (R-R1..R-R4).
PROPOSED = {
    Cause.MISSING_POSTING: "post-the-voucher", Cause.MISSING_CARD_ENTRY: "late-card-entry",
    Cause.PHYSICAL_LOSS: "recount-then-adjust-both", Cause.PHYSICAL_GAIN: "recount-then-adjust-both",
    Cause.SWAPPED_BATCHES: "recount-both-batches", Cause.MISPLACED: "move-back-or-transfer",
    Cause.UNIT_ERROR: "correct-the-figure", Cause.DOUBLE_POSTING: "reverse-the-second",
    Cause.DIGIT_TRANSPOSITION: "correct-the-figure",
}  # fmt: skip


class ClosingReason(StrEnum):
    """How a discrepancy came to its end."""

    POSTED = "posted"
    LATE_CARD_ENTRY = "late-card-entry"
    ADJUSTED = "adjusted"
    MOVED = "moved"
    RECOUNTED = "recounted"
    CORRECTED_OUTSIDE = "corrected-outside"
    EXPLAINED = "explained"
