"""The three books side by side at one moment; only rows that differ leave the engine (R-R1..R-R6, R-R12; S9, S11).

Balances are kept, so the books as of a moment are what stands now, or stood at the next month's close, less what moved
since: never a sum from the start. The account is of a day (`posted_on`), the card of a moment (`written_at`). Goods are
the card plus what the last count of each place found over or under it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from warehouse.rules.period import month_bounds
from warehouse.tables.base import on_engine, rows, stream, utc_text

# PostgreSQL sorts by language unless told; Python and SQLite by character.
BY_BYTES = 'i.item_no COLLATE "C", b.batch_no COLLATE "C", d.owner COLLATE "C"'
# Numbers are not quite in the order of time: a line drawn earlier may be written a transaction later.
LONGEST_ACT = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When the books are compared: the account by the end of `day`, card and goods at `until` (UTC text of tables).

    `anchor` is the closed month from whose figures is reckoned back, '' for what stands now; what moved since lies
    above `card_from` and `ledger_from`, and by the end of the anchor below `card_to` and `ledger_to`.
    """

    site_id: int
    month: str
    day: date
    until: str
    posted_by: str = "9999"  # of a running day: nothing posted after this moment, so that all questions see one account
    anchor: str = ""
    card_from: int = 0
    ledger_from: int = 0
    card_to: int = 2**62
    ledger_to: int = 2**62
    anchor_until: str = "9999"
    anchor_day: str = "9999"


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """The books of a batch and owner, or of an item (`batch_id` 0), in millionths; `outside` is 0 without a figure."""

    item_id: int
    batch_id: int
    owner: str
    own: int
    card: int
    outside: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A place where the last count differs from the card, in millionths; `adjusted` was corrected there since."""

    batch_id: int
    owner: str
    place_id: int
    location: str
    expected: int
    counted: int
    adjusted: int
    count_no: str
    counters: int  # how many persons counted it


def moment(site_id: int, month: str, *, day: date, until: datetime, is_now: bool = False) -> Moment:
    """Give the moment of a comparison with the numbers above which lies what moved since; `is_now` while it runs."""
    text = utc_text(until)
    anchor = rows(
        "SELECT MIN(month) FROM period_position WHERE site_id = ? AND month >= ?", site_id, day.isoformat()[:7]
    )
    found: dict[str, Any] = {}
    if anchor[0][0]:
        ((card_to, ledger_to, ended),) = rows(
            "SELECT card_entry_id, ledger_entry_id, until FROM period_position WHERE site_id = ? AND month = ?",
            site_id, anchor[0][0],
        )  # fmt: skip
        _, last = month_bounds(anchor[0][0])
        found = {
            "anchor": anchor[0][0], "card_to": card_to, "ledger_to": ledger_to, "anchor_until": ended,
            "anchor_day": last.isoformat(),
        }  # fmt: skip
    if is_now:
        found["posted_by"] = text
    before = utc_text(until - LONGEST_ACT)
    return Moment(
        site_id=site_id, month=month, day=day, until=text, card_from=_position(before, is_card=True),
        ledger_from=_position(before, is_card=False), **found,
    )  # fmt: skip


def closing_positions() -> tuple[int, int]:
    """Give the newest numbers of card and account."""
    ((card,),) = rows("SELECT COALESCE(MAX(id), 0) FROM card_entry")
    ((ledger,),) = rows("SELECT COALESCE(MAX(id), 0) FROM ledger_entry")
    return int(card), int(ledger)


_CARD_AT = "SELECT id, written_at FROM card_entry WHERE id <= ? ORDER BY id DESC LIMIT 1"
_LEDGER_AT = "SELECT id, written_at FROM ledger_entry WHERE id <= ? ORDER BY id DESC LIMIT 1"


def _position(before: str, *, is_card: bool) -> int:
    """Give a number up to which every line was written by `before`: some twenty looks at the primary key."""
    low, high = 0, closing_positions()[0 if is_card else 1]
    while low < high:
        middle = (low + high + 1) // 2
        found = rows(_CARD_AT if is_card else _LEDGER_AT, middle)
        if found and found[0][1] > before:
            high = int(found[0][0]) - 1
        else:
            low = middle
    return low


# What one batch and owner has in the records. Four pieces: two balances, and what moved in each book since the moment.
_NOW_ACCOUNT = "SELECT l.batch_id, l.owner, l.balance AS own, 0 AS card, 0 AS outside FROM ledger_balance l"
_NOW_CARD = "SELECT s.batch_id, s.owner, 0, s.quantity, 0 FROM stock s"
_THEN_ACCOUNT = (
    "SELECT a.batch_id, a.owner, a.balance AS own, 0 AS card, 0 AS outside FROM period_account a"
    " WHERE a.site_id = ? AND a.month = ?"
)
_THEN_CARD = "SELECT c.batch_id, c.owner, 0, c.quantity, 0 FROM period_balance c WHERE c.site_id = ? AND c.month = ?"
_SINCE_ACCOUNT = (
    "SELECT e.batch_id, e.owner, e.quantity_out - e.quantity_in, 0, 0 FROM ledger_entry e"
    " WHERE e.id > ? AND e.id <= ? AND e.posted_on <= ? AND (e.posted_on > ? OR e.written_at > ?)"
)
_SINCE_CARD = (
    "SELECT m.batch_id, m.owner, 0, m.quantity_out - m.quantity_in, 0 FROM card_entry m"
    " WHERE m.id > ? AND m.id <= ? AND m.written_at <= ? AND m.written_at > ?"
)
_OUTSIDE = (
    "SELECT o.batch_id, o.owner, 0, 0, o.quantity FROM outside_balance o WHERE o.batch_id IS NOT NULL AND o.book_id IN"
)


_NOW = f"{_NOW_ACCOUNT} UNION ALL {_NOW_CARD} UNION ALL {_SINCE_ACCOUNT} UNION ALL {_SINCE_CARD}"
_THEN = f"{_THEN_ACCOUNT} UNION ALL {_THEN_CARD} UNION ALL {_SINCE_ACCOUNT} UNION ALL {_SINCE_CARD}"
_SINCE_OF_BATCH = f"{_SINCE_ACCOUNT} AND e.batch_id = ? UNION ALL {_SINCE_CARD} AND m.batch_id = ?"
_NOW_OF_BATCH = f"{_NOW_ACCOUNT} WHERE l.batch_id = ? UNION ALL {_NOW_CARD} WHERE s.batch_id = ?"
_THEN_OF_BATCH = f"{_THEN_ACCOUNT} AND a.batch_id = ? UNION ALL {_THEN_CARD} AND c.batch_id = ?"


def _values(at: Moment) -> list[Any]:
    """Give the values of `_NOW` or `_THEN` in their order."""
    anchored = [at.site_id, at.anchor, at.site_id, at.anchor] if at.anchor else []
    return [
        *anchored, at.ledger_from, at.ledger_to, at.anchor_day, at.day.isoformat(), at.posted_by,
        at.card_from, at.card_to, at.anchor_until, at.until,
    ]  # fmt: skip


def find_differences(at: Moment, *, books: list[int]) -> list[Figures]:
    """Give the batches whose account and card differ, our own account's or the outside `books`'; summed in the engine.

    A batch the outside books do not name has 0 there.
    """
    records, values = _THEN if at.anchor else _NOW, _values(at)
    outside, differs = "", "SUM(x.own) <> SUM(x.card)"
    if books:
        outside = f" UNION ALL {_OUTSIDE} ({','.join('?' * len(books))})"
        differs += " OR SUM(x.outside) <> SUM(x.card)"
        values = [*values, *books]
    found = rows(
        "SELECT b.item_id, d.batch_id, d.owner, d.own, d.card, d.outside FROM (SELECT x.batch_id, x.owner,"
        f" SUM(x.own) AS own, SUM(x.card) AS card, SUM(x.outside) AS outside FROM ({records}{outside}) x"
        f" GROUP BY x.batch_id, x.owner HAVING {differs}) d JOIN batch b ON b.id = d.batch_id WHERE b.site_id = ?",
        *values, at.site_id,
    )  # fmt: skip
    return [_figures(*row) for row in found]


def find_item_differences(at: Moment, *, books: list[int]) -> list[Figures]:
    """Give the items that the outside books keep without batches and whose figure differs from their cards' sum."""
    marks = ",".join("?" * len(books))
    records, values = _THEN if at.anchor else _NOW, _values(at)
    whole = f"SELECT item_id FROM outside_balance WHERE batch_id IS NULL AND book_id IN ({marks})"
    found = rows(
        "SELECT y.item_id, 0, y.owner, SUM(y.own), SUM(y.card), SUM(y.outside) FROM ("
        "SELECT b.item_id, x.owner, x.own, x.card, 0 AS outside FROM batch b"
        f" JOIN ({records}) x ON x.batch_id = b.id WHERE b.site_id = ? AND b.item_id IN ({whole})"
        f" UNION ALL SELECT o.item_id, o.owner, 0, 0, o.quantity FROM outside_balance o WHERE o.book_id IN ({marks})"
        f" AND o.item_id IN ({whole})) y GROUP BY y.item_id, y.owner HAVING SUM(y.outside) <> SUM(y.card)",
        *values, at.site_id, *books, *books, *books,
    )  # fmt: skip
    return [_figures(*row) for row in found]


def figures_of(at: Moment, batch_ids: list[int], *, books: list[int]) -> list[Figures]:
    """Give account, card and outside figure of some batches, by batch and owner; those without any are left out."""
    found = []
    for batch_id in batch_ids:
        records = f"{_THEN_OF_BATCH if at.anchor else _NOW_OF_BATCH} UNION ALL {_SINCE_OF_BATCH}"
        outside = f" UNION ALL {_OUTSIDE} ({','.join('?' * len(books))}) AND o.batch_id = ?" if books else ""
        found += rows(
            "SELECT b.item_id, x.batch_id, x.owner, SUM(x.own), SUM(x.card), SUM(x.outside)"
            f" FROM ({records}{outside}) x JOIN batch b ON b.id = x.batch_id"
            " GROUP BY b.item_id, x.batch_id, x.owner ORDER BY x.owner",
            *_values_of(at, batch_id), *([*books, batch_id] if books else []),
        )  # fmt: skip
    return [_figures(*row) for row in found]


def _values_of(at: Moment, batch_id: int) -> list[Any]:
    anchored = [at.site_id, at.anchor, batch_id, at.site_id, at.anchor, batch_id] if at.anchor else [batch_id, batch_id]
    return [
        *anchored, at.ledger_from, at.ledger_to, at.anchor_day, at.day.isoformat(), at.posted_by, batch_id,
        at.card_from, at.card_to, at.anchor_until, at.until, batch_id,
    ]  # fmt: skip


def all_figures(at: Moment, *, books: list[int]) -> Iterator[tuple[str, str, int, Figures]]:
    """Give every batch that has or had a figure, by item and batch number, with the item's decimals.

    Inside an open transaction only.
    """
    records, values = _THEN if at.anchor else _NOW, _values(at)
    outside = f" UNION ALL {_OUTSIDE} ({','.join('?' * len(books))})" if books else ""
    order = on_engine(sqlite="i.item_no, b.batch_no, d.owner", postgres=BY_BYTES)
    found = stream(
        "SELECT i.item_no, b.batch_no, i.decimals, b.item_id, d.batch_id, d.owner, d.own, d.card, d.outside FROM ("
        "SELECT x.batch_id, x.owner, SUM(x.own) AS own, SUM(x.card) AS card, SUM(x.outside) AS outside"
        f" FROM ({records}{outside}) x GROUP BY x.batch_id, x.owner) d JOIN batch b ON b.id = d.batch_id"
        f" JOIN item i ON i.id = b.item_id WHERE b.site_id = ? ORDER BY {order}",
        *values, *books, at.site_id,
    )  # fmt: skip
    for item_no, batch_no, decimals, *row in found:
        yield item_no, batch_no, int(decimals), _figures(*row)


def batches_from(site_id: int, *, item_no: str, batch_no: str, most: int) -> list[tuple[str, str, int, int]]:
    """Give (item, batch number, decimals, id) of the site's next batches from a key on, the key's own included."""
    order = on_engine(sqlite="i.item_no, b.batch_no", postgres='i.item_no COLLATE "C", b.batch_no COLLATE "C"')
    return [
        (item, batch, int(decimals), int(batch_id))
        for item, batch, decimals, batch_id in rows(
            "SELECT i.item_no, b.batch_no, i.decimals, b.id FROM item i JOIN batch b ON b.item_id = i.id"
            f" WHERE b.site_id = ? AND ({order}) >= (?, ?) ORDER BY {order} LIMIT ?",
            site_id, item_no, batch_no, most,
        )
    ]  # fmt: skip


def _figures(item_id: int, batch_id: int, owner: str, own: Any, card: Any, outside: Any) -> Figures:
    return Figures(
        item_id=int(item_id), batch_id=int(batch_id or 0), owner=owner, own=int(own), card=int(card),
        outside=int(outside),
    )  # fmt: skip


_LINE_OF_CARD = "FROM card_entry c WHERE c.batch_id = l.batch_id AND c.place_id = l.place_id AND c.owner = l.owner"
_GAPS = f"""
    SELECT l.batch_id, l.owner, l.place_id, p.bin_code, l.counted, k.count_no,
        (SELECT COALESCE(SUM(c.quantity_in - c.quantity_out), 0) {_LINE_OF_CARD}
            AND (c.id <= l.position OR (c.done_at < l.counted_at AND c.kind <> 'adjustment'))),
        (SELECT COALESCE(SUM(c.quantity_in - c.quantity_out), 0) {_LINE_OF_CARD}
            AND c.id > l.position AND c.kind = 'adjustment' AND c.written_at <= ?),
        (SELECT COUNT(DISTINCT e.counter) FROM count_entry e WHERE e.line_id = l.id)
    FROM stock_count k JOIN count_line l ON l.count_id = k.id JOIN place p ON p.id = l.place_id
    WHERE k.site_id = ? AND k.state <> 'cancelled' AND l.differs = 1 AND l.counted IS NOT NULL
        AND (k.month = ? OR l.counted_at <= ?) AND NOT EXISTS (
            SELECT 1 FROM stock_count k2 JOIN count_line l2 ON l2.count_id = k2.id AND l2.place_id = l.place_id
                AND l2.batch_id = l.batch_id AND l2.owner = l.owner
            WHERE k2.site_id = k.site_id AND k2.id <> k.id AND k2.state <> 'cancelled' AND l2.counted IS NOT NULL
                AND (k2.month = ? OR l2.counted_at <= ?) AND l2.counted_at > l.counted_at)
    ORDER BY l.batch_id, p.bin_code
"""


def find_gaps(at: Moment) -> list[Gap]:
    """Give the places whose last count differs from what the card said then, less what was adjusted since.

    What was done before the counting and written after it belongs to the card of then (R-C3). The month's own counts
    are asked, and others up to the moment; a later count of the same goods in the same place goes before.
    """
    found = [
        Gap(
            batch_id=batch_id, owner=owner, place_id=place_id, location=location, expected=int(expected),
            counted=int(counted), adjusted=int(adjusted), count_no=count_no, counters=int(counters),
        )
        for batch_id, owner, place_id, location, counted, count_no, expected, adjusted, counters in rows(
            _GAPS, at.until, at.site_id, at.month, at.until, at.month, at.until
        )
    ]  # fmt: skip
    return [gap for gap in found if gap.counted - gap.expected != gap.adjusted]


def not_counted(at: Moment, batch_id: int, owner: str) -> list[str]:
    """Name the places where the batch lay at the moment and that no count of the month looked at.

    Where it came only after the count had opened, it was asked for where it lay before.
    """
    found = rows(
        "SELECT p.bin_code FROM card_entry c JOIN place p ON p.id = c.place_id"
        " WHERE c.batch_id = ? AND c.owner = ? AND c.written_at <= ? AND NOT EXISTS (SELECT 1 FROM stock_count k"
        "  JOIN count_line l ON l.count_id = k.id WHERE k.site_id = p.site_id AND k.month = ?"
        "  AND k.state <> 'cancelled' AND l.place_id = c.place_id AND l.batch_id = c.batch_id AND l.owner = c.owner"
        "  AND l.counted IS NOT NULL)"
        " GROUP BY p.bin_code HAVING SUM(c.quantity_in - c.quantity_out) > 0"
        " AND MIN(c.written_at) <= COALESCE((SELECT MAX(k.opened_at) FROM stock_count k WHERE k.site_id = ?"
        "  AND k.month = ? AND k.kind = 'monthly' AND k.state <> 'cancelled'), '9999') ORDER BY p.bin_code",
        batch_id, owner, at.until, at.month, at.site_id, at.month,
    )  # fmt: skip
    return [location for (location,) in found]


def card_lines(at: Moment, batch_id: int, owner: str) -> list[tuple[Any, ...]]:
    """Give the card lines of a batch and owner up to the moment, oldest first, in millionths."""
    return rows(
        "SELECT c.voucher_no, c.kind, c.quantity_in - c.quantity_out, p.bin_code, c.written_at, c.id, c.balance,"
        " c.done_at, c.written_by FROM card_entry c JOIN place p ON p.id = c.place_id"
        " WHERE c.batch_id = ? AND c.owner = ? AND c.written_at <= ? ORDER BY c.id",
        batch_id, owner, at.until,
    )  # fmt: skip


def account_lines(at: Moment, batch_id: int, owner: str) -> list[tuple[Any, ...]]:
    """Give our account's lines of a batch and owner posted by the day, oldest first, in millionths."""
    return rows(
        "SELECT voucher_no, kind, quantity_in - quantity_out, posted_on, written_at, id, balance, written_by"
        " FROM ledger_entry WHERE batch_id = ? AND owner = ? AND posted_on <= ? AND written_at <= ? ORDER BY id",
        batch_id, owner, at.day.isoformat(), at.posted_by,
    )  # fmt: skip


def batches_of_vouchers(batch_id: int) -> dict[str, int]:
    """Say how many accounts each voucher posted that posted this batch's."""
    found = rows(
        "SELECT voucher_no, COUNT(DISTINCT batch_id) FROM ledger_entry WHERE voucher_no IN (SELECT voucher_no"
        " FROM ledger_entry WHERE batch_id = ?) GROUP BY voucher_no",
        batch_id,
    )
    return {number: int(count) for number, count in found}


def count_entries(at: Moment, batch_id: int, owner: str) -> list[tuple[Any, ...]]:
    """Give (count, place, quantity, when, who, kind) of what was counted of a batch for the month or by the moment."""
    return rows(
        "SELECT k.count_no, p.bin_code, e.quantity, e.counted_at, e.counter, e.kind FROM stock_count k"
        " JOIN count_line l ON l.count_id = k.id JOIN count_entry e ON e.line_id = l.id"
        " JOIN place p ON p.id = l.place_id WHERE k.site_id = ? AND k.state <> 'cancelled'"
        " AND (k.month = ? OR e.counted_at <= ?) AND l.batch_id = ? AND l.owner = ? ORDER BY e.id",
        at.site_id, at.month, at.until, batch_id, owner,
    )  # fmt: skip


def waiting_vouchers(at: Moment) -> list[tuple[str, str, str]]:
    """Give (number, kind, oldest line's time) of open documents with card lines up to the moment and no posting yet.

    Deliveries with staged goods, receipts and returns with goods scanned and not posted. Asked by what is open, never
    by the whole books.
    """
    return rows(
        "SELECT d.document_no, d.kind, MIN(c.written_at) FROM document d JOIN document_line l ON l.document_id = d.id"
        " JOIN pick k ON k.line_id = l.id JOIN card_entry c ON c.id = k.card_entry_id WHERE d.site_id = ?"
        " AND d.kind = 'delivery' AND d.state = 'open' AND k.state = 'staged' AND c.written_at <= ?"
        " GROUP BY d.document_no, d.kind"
        " UNION ALL SELECT d.document_no, d.kind, MIN(c.written_at) FROM document d JOIN card_entry c"
        " ON c.voucher_no = d.document_no AND c.kind <> 'pick' WHERE d.site_id = ? AND d.state = 'open'"
        " AND d.kind IN ('receipt', 'customer-return') AND c.written_at <= ? GROUP BY d.document_no, d.kind"
        " HAVING SUM(c.quantity_in - c.quantity_out) <> (SELECT COALESCE(SUM(e.quantity_in - e.quantity_out), 0)"
        " FROM ledger_entry e WHERE e.voucher_no = d.document_no) ORDER BY 3, 1",
        at.site_id, at.until, at.site_id, at.until,
    )  # fmt: skip


def open_lines(site_id: int, until: str) -> list[tuple[Any, ...]]:
    """Give (item, owner, number, kind, open quantity in millionths) of what was announced or ordered and waits."""
    return rows(
        "SELECT l.item_id, l.owner, d.document_no, d.kind, l.ordered - l.done - l.cancelled FROM document d"
        " JOIN document_line l ON l.document_id = d.id WHERE d.site_id = ? AND d.kind IN ('receipt', 'delivery')"
        " AND d.state = 'open' AND l.state = 'open' AND l.ordered > l.done + l.cancelled AND d.created_at <= ?"
        " ORDER BY d.id",
        site_id, until,
    )  # fmt: skip
