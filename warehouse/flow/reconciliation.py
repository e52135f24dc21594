"""Account 帳, card 卡 and goods 物 side by side, now or for a month, with what explains each difference (4.7.5 d).

Comparing writes nothing. A finance book loaded for the month is its account, our own is shown beside it; entries are
matched by voucher, never by time. Source: R-R1..R-R8, R-R12.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from warehouse.books import reconcile
from warehouse.books.reconcile import Figures, Gap, Moment
from warehouse.rules.differences import judge
from warehouse.rules.period import month_bounds
from warehouse.rules.reconciliation import (
    LATE_HOURS,
    CardLine,
    Judged,
    OpenLine,
    PlaceFigure,
    Row,
    Voucher,
    check_month,
)
from warehouse.tables.base import quantity, rows, utc_text
from warehouse.tables.books import Batch
from warehouse.transaction import Transaction

PICKED = {"pick", "pick-undone"}
PAGE = 500  # batches
AMOUNTS = {"quantity", "balance", "counted", "card", "account", "unmatched"}


@dataclass(frozen=True, kw_only=True)
class OutsideAccount:
    """The finance books that are a month's account: their ids, the day they are of, whose goods and items they name."""

    books: list[int] = field(default_factory=list)
    as_of: date | None = None
    sources: list[str] = field(default_factory=list)
    owners: frozenset[str] = frozenset()
    whole_items: frozenset[int] = frozenset()  # kept without batches

    def covers(self, figures: Figures) -> bool:
        """Say whether these books speak of a batch and owner; ours are always in them, others' where they are named."""
        is_named = figures.owner == "" or figures.owner in self.owners
        return bool(self.books) and is_named and figures.item_id not in self.whole_items


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The three books of a site for a month: when, against which account, and the rows that differ, judged."""

    month: str
    at: Moment
    outside: OutsideAccount
    judged: list[Judged]


def compare(tx: Transaction, month: str) -> Comparison:
    """Compare the books at the end of a month, or now while it runs; gives the rows that differ, by item and batch.

    Raises InvalidInput for what is no month or has not begun. The caller holds a snapshot or a transaction.
    """
    at = moment_of(tx, month)
    outside = outside_account(at)
    gaps: dict[tuple[int, str], list[Gap]] = {}
    for gap in reconcile.find_gaps(at):
        gaps.setdefault((gap.batch_id, gap.owner), []).append(gap)
    figures = {(each.batch_id, each.owner): each for each in _differing(at, outside)}
    missing = sorted({batch_id for batch_id, owner in gaps if (batch_id, owner) not in figures})
    for each in reconcile.figures_of(at, missing, books=outside.books):
        if (each.batch_id, each.owner) in gaps:
            figures[each.batch_id, each.owner] = each
    for batch_id, owner in gaps.keys() - figures.keys():  # found where no book ever had anything
        ((item_id,),) = rows("SELECT item_id FROM batch WHERE id = ?", batch_id)
        figures[batch_id, owner] = Figures(item_id=item_id, batch_id=batch_id, owner=owner, own=0, card=0)
    makes = _RowMaker(at, outside, gaps)
    found = [makes.row(each) for each in figures.values()]
    if outside.whole_items:
        found += [makes.item_row(each) for each in reconcile.find_item_differences(at, books=outside.books)]
    found.sort(key=lambda row: (row.item_no, row.batch_no or "", row.owner))
    return Comparison(month=month, at=at, outside=outside, judged=judge(found))


def moment_of(tx: Transaction, month: str) -> Moment:
    """Give the moment a month is compared at: its last one in site time, or now while it runs. Raises InvalidInput."""
    _, last = check_month(month, today=tx.today)
    if last >= tx.today:
        return reconcile.moment(tx.site.id, month, day=tx.today, until=tx.now, is_now=True)
    end = datetime.combine(last + timedelta(days=1), time.min, ZoneInfo(tx.site.time_zone))
    return reconcile.moment(tx.site.id, month, day=last, until=end.astimezone(UTC) - timedelta(microseconds=1))


def outside_account(at: Moment) -> OutsideAccount:
    """Give the newest finance books loaded for the month, all sources of that day; none when none was loaded."""
    found = rows(
        "SELECT id, as_of, source FROM outside_book WHERE site_id = ? AND as_of = (SELECT MAX(as_of) FROM outside_book"
        " WHERE site_id = ? AND as_of BETWEEN ? AND ?) ORDER BY source",
        at.site_id, at.site_id, f"{at.month}-01", at.day.isoformat(),
    )  # fmt: skip
    if not found:
        return OutsideAccount()
    books = [int(book) for book, _, _ in found]
    marks = ",".join("?" * len(books))
    owners = rows(f"SELECT DISTINCT owner FROM outside_balance WHERE book_id IN ({marks})", *books)
    whole = rows(
        f"SELECT DISTINCT item_id FROM outside_balance WHERE batch_id IS NULL AND book_id IN ({marks})", *books
    )
    return OutsideAccount(
        books=books, as_of=date.fromisoformat(found[0][1]), sources=[source for _, _, source in found],
        owners=frozenset(owner for (owner,) in owners), whole_items=frozenset(item for (item,) in whole),
    )  # fmt: skip


BookRow = tuple[str, str, str, Decimal, Decimal, Decimal]


def all_rows(compared: Comparison) -> Iterator[BookRow]:
    """Give (item, batch, owner, account, card, goods) of every batch with a figure; inside an open transaction only."""
    gaps = _gap_sums(compared.at)
    for item_no, batch_no, decimals, each in reconcile.all_figures(compared.at, books=compared.outside.books):
        yield from _book_row(compared, gaps, item_no, batch_no, decimals, each)


def rows_from(compared: Comparison, *, item_no: str, batch_no: str) -> Iterator[BookRow]:
    """Give the same from a batch on, a page of batches at a time; what is not asked for is not read."""
    gaps = _gap_sums(compared.at)
    while True:
        page = reconcile.batches_from(compared.at.site_id, item_no=item_no, batch_no=batch_no, most=PAGE)
        named = {batch_id: (item, batch, decimals) for item, batch, decimals, batch_id in page}
        for each in reconcile.figures_of(compared.at, list(named), books=compared.outside.books):
            yield from _book_row(compared, gaps, *named[each.batch_id], each)
        if len(page) < PAGE:
            return
        # The next key: no text sorts between a number and the same number with this character behind it.
        item_no, batch_no = page[-1][0], page[-1][1] + "\x01"


def _book_row(
    compared: Comparison, gaps: dict[tuple[int, str], int], item_no: str, batch_no: str, decimals: int, each: Figures
) -> Iterator[BookRow]:
    account = each.outside if compared.outside.covers(each) else each.own
    goods = each.card + gaps.get((each.batch_id, each.owner), 0)
    if account or each.card or goods:
        account_shown, card, good = (quantity(figure, decimals) for figure in (account, each.card, goods))
        yield item_no, batch_no, each.owner, account_shown, card, good


def _gap_sums(at: Moment) -> dict[tuple[int, str], int]:
    sums: dict[tuple[int, str], int] = {}
    for gap in reconcile.find_gaps(at):
        key = (gap.batch_id, gap.owner)
        sums[key] = sums.get(key, 0) + gap.counted - gap.expected - gap.adjusted
    return sums


def behind(tx: Transaction, month: str, batch: Batch, owner: str) -> dict[str, Any]:
    """Give what lies behind a row: card and account line by line, the counts, and both matched by voucher (R-R8)."""
    at = moment_of(tx, month)
    card, account = reconcile.card_lines(at, batch.id, owner), reconcile.account_lines(at, batch.id, owner)
    matched: dict[str, list[int]] = {}
    for place, lines in enumerate((card, account)):
        for line in lines:
            matched.setdefault(line[0], [0, 0])[place] += line[2]

    def named(names: str, lines: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
        shown = (dict(zip(names.split(), line, strict=False)) for line in lines)
        return [
            {
                name: str(quantity(value, batch.item.decimals)) if name in AMOUNTS else value
                for name, value in each.items()
            }
            for each in shown
        ]

    return {
        "month": month, "item_no": batch.item.item_no, "batch_no": batch.batch_no, "owner": owner,
        "card": named("voucher_no kind quantity location written_at entry_no balance done_at written_by", card),
        "account": named("voucher_no kind quantity posted_on written_at entry_no balance written_by", account),
        "goods": named(
            "count_no location counted counted_at counter kind", reconcile.count_entries(at, batch.id, owner)
        ),
        "vouchers": named(
            "voucher_no card account unmatched",
            ((number, moved, posted, moved - posted) for number, (moved, posted) in matched.items()),
        ),
    }  # fmt: skip


def waiting(tx: Transaction, month: str) -> list[dict[str, Any]]:
    """Give the exception list: vouchers that only one book has for more than LATE_HOURS, the oldest first (R-R8)."""
    at = moment_of(tx, month)
    limit = utc_text(datetime.fromisoformat(at.until) - timedelta(hours=LATE_HOURS))
    return [
        {"voucher_no": number, "kind": kind, "since": since}
        for number, kind, since in reconcile.waiting_vouchers(at)
        if since < limit
    ]


def _differing(at: Moment, outside: OutsideAccount) -> Iterable[Figures]:
    for each in reconcile.find_differences(at, books=outside.books):
        account = each.outside if outside.covers(each) else each.own
        if account != each.card:
            yield each


class _RowMaker:
    """Makes the rules' rows: the figures of a batch with its vouchers, counted places, packs and open documents."""

    def __init__(self, at: Moment, outside: OutsideAccount, gaps: dict[tuple[int, str], list[Gap]]) -> None:
        self.at, self.outside, self.gaps = at, outside, gaps
        first, _ = month_bounds(at.month)
        self.first = first.isoformat()
        self.late = utc_text(datetime.fromisoformat(at.until) - timedelta(hours=LATE_HOURS))
        self.open: dict[tuple[int, str], list[tuple[str, str, int]]] = {}
        for item_id, owner, number, kind, left in reconcile.open_lines(at.site_id, at.until):
            self.open.setdefault((item_id, owner), []).append((number, kind, int(left)))

    def row(self, figures: Figures) -> Row:
        """Make the row of a batch and owner."""
        ((item_no, decimals, batch_no),) = rows(
            "SELECT i.item_no, i.decimals, b.batch_no FROM batch b JOIN item i ON i.id = b.item_id WHERE b.id = ?",
            figures.batch_id,
        )
        is_outside = self.outside.covers(figures)
        key = (figures.batch_id, figures.owner)
        over = sum(gap.counted - gap.expected - gap.adjusted for gap in self.gaps.get(key, ()))
        return Row(
            item_no=item_no, batch_no=batch_no, owner=figures.owner, decimals=decimals, is_outside=is_outside,
            account=quantity(figures.outside if is_outside else figures.own, decimals),
            own_account=quantity(figures.own, decimals), card=quantity(figures.card, decimals),
            goods=quantity(figures.card + over, decimals), vouchers=self._vouchers(*key, decimals, is_outside),
            open_lines=self._open_lines(figures, decimals), factors=self._factors(figures.item_id, decimals),
            places=[
                PlaceFigure(
                    location=gap.location, expected=quantity(gap.expected, decimals),
                    counted=quantity(gap.counted, decimals), adjusted=quantity(gap.adjusted, decimals),
                    counters=gap.counters,
                )
                for gap in self.gaps.get(key, ())
            ],
            not_counted=reconcile.not_counted(self.at, *key),
        )  # fmt: skip

    def item_row(self, figures: Figures) -> Row:
        """Make the row of a whole item, with the vouchers of all its batches; its goods are not judged there."""
        ((item_no, decimals),) = rows("SELECT item_no, decimals FROM item WHERE id = ?", figures.item_id)
        found: dict[str, Voucher] = {}
        for (batch_id,) in rows(
            "SELECT id FROM batch WHERE site_id = ? AND item_id = ? ORDER BY id", self.at.site_id, figures.item_id
        ):
            for voucher in self._vouchers(batch_id, figures.owner, decimals, is_outside=True):
                known = found.get(voucher.voucher_no)
                found[voucher.voucher_no] = _joined(known, voucher) if known else voucher
        return Row(
            item_no=item_no, batch_no=None, owner=figures.owner, decimals=decimals, is_outside=True,
            account=quantity(figures.outside, decimals), own_account=quantity(figures.own, decimals),
            card=quantity(figures.card, decimals), goods=quantity(figures.card, decimals),
            vouchers=[each for each in found.values() if each.card or each.account],
            open_lines=self._open_lines(figures, decimals), factors=self._factors(figures.item_id, decimals),
        )  # fmt: skip

    def _open_lines(self, figures: Figures, decimals: int) -> list[OpenLine]:
        return [
            OpenLine(
                voucher_no=number, kind=kind,
                quantity=quantity(left, decimals) if kind == "receipt" else -quantity(left, decimals),
            )
            for number, kind, left in self.open.get((figures.item_id, figures.owner), ())
        ]  # fmt: skip

    def _factors(self, item_id: int, decimals: int) -> list[Decimal]:
        return [
            quantity(factor, decimals)
            for (factor,) in rows("SELECT factor FROM item_pack WHERE item_id = ? ORDER BY factor", item_id)
        ]

    def _vouchers(self, batch_id: int, owner: str, decimals: int, is_outside: bool) -> list[Voucher]:
        """Match the two books of a batch by voucher; a voucher that moved nothing in sum is left out."""
        card: dict[str, list[tuple[Any, ...]]] = {}
        for line in reconcile.card_lines(self.at, batch_id, owner):
            card.setdefault(line[0], []).append(line)
        account: dict[str, list[tuple[Any, ...]]] = {}
        for line in reconcile.account_lines(self.at, batch_id, owner):
            account.setdefault(line[0], []).append(line)
        batches = reconcile.batches_of_vouchers(batch_id) if is_outside else {}
        made = [
            replace(
                self._voucher(number, card.get(number, []), account.get(number, []), decimals, is_outside),
                batches=batches.get(number, 1),
            )
            for number in dict.fromkeys([*card, *account])
        ]
        return [voucher for voucher in made if voucher.card or voucher.account]

    def _voucher(
        self, number: str, card: list[tuple[Any, ...]], account: list[tuple[Any, ...]], decimals: int, is_outside: bool
    ) -> Voucher:
        until = self.outside.as_of.isoformat() if is_outside and self.outside.as_of else "9999"
        moved, posted = sum(line[2] for line in card), sum(line[2] for line in account)
        by_then = sum(line[2] for line in account if line[3] <= until)
        written = [line[4] for line in (*card, *account)]
        return Voucher(
            voucher_no=number, kind=(card or account)[0][1], card=quantity(moved, decimals),
            account=quantity(by_then, decimals),
            lines=[CardLine(quantity=quantity(line[2], decimals), location=line[3], at=line[4]) for line in card],
            is_staged=bool(moved) and not posted and {line[1] for line in card} <= PICKED,
            is_late=moved != posted and max(written) < self.late,
            is_recent=any(line[4] >= self.first for line in card) or any(line[3] >= self.first for line in account),
            is_posted_later=by_then != posted,
        )  # fmt: skip


def _joined(one: Voucher, two: Voucher) -> Voucher:
    """Add what one voucher did to two batches of an item."""
    return Voucher(
        voucher_no=one.voucher_no, kind=one.kind, card=one.card + two.card, account=one.account + two.account,
        lines=[*one.lines, *two.lines], is_staged=one.is_staged and two.is_staged,
        is_late=one.is_late and two.is_late, is_recent=one.is_recent or two.is_recent,
        is_posted_later=one.is_posted_later or two.is_posted_later,
    )  # fmt: skip
