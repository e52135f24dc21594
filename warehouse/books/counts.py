"""The count's own statements: opened by one INSERT … SELECT, compared with the card as of the counting (R-C2, R-C3).

What a count is compared with is the balance now less what the card wrote since, by the index of batch and place: it
never sums the card from its start, needs no lock while the count opens, and is right when a lower id commits later.
Whoever counts or moves a batch holds its lock.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warehouse.rules.refusals import NotFound
from warehouse.tables.base import is_postgres, on_engine, row_reader, rows, utc_text
from warehouse.tables.counts import Count
from warehouse.transaction import Transaction

LIVE = "('open', 'submitted', 'approved')"
UNAPPROVED = "('open', 'submitted')"  # what is due: an approved count only waits to be closed
_WRITTEN = "(SELECT written_at FROM card_entry WHERE id >= (low + high) / 2 ORDER BY id LIMIT 1)"
# The first card entry written at or after a moment, or one beyond the last. By halving: the card has no index on its
# times and needs none, they grow with its ids.
_FIRST_SINCE = (
    "(WITH RECURSIVE half(low, high) AS ("
    " SELECT COALESCE(MIN(id), 1), COALESCE(MAX(id), 0) + 1 FROM card_entry UNION ALL"
    f" SELECT CASE WHEN {_WRITTEN} < ? THEN (low + high) / 2 + 1 ELSE low END,"
    f" CASE WHEN {_WRITTEN} < ? THEN high ELSE (low + high) / 2 END FROM half WHERE low < high)"
    " SELECT low FROM half WHERE low >= high)"
)
_MOVED = (
    f" OR s.last_entry >= {_FIRST_SINCE} AND NOT EXISTS ("
    "SELECT 1 FROM stock o WHERE o.place_id = s.place_id AND o.quantity > 0)"
)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a count covers at the site: what lies there, all of it or what these narrow.

    `moved_since`: also what moved since then in places that are empty now. `least_value` is in hundredths of the
    currency: goods worth less at their price are left out.
    """

    zone: str = ""
    bin_code: str = ""
    abc_class: str = ""
    least_value: int = 0
    moved_since: datetime | None = None


def open_lines(tx: Transaction, count_id: int, scope: Scope) -> None:
    """Write the lines of a count: what lies there, every status and owner, and what moved in places now empty.

    One statement sees one moment; scans go on meanwhile. Source: R-C12, R-C21.
    """
    zone = " AND s.place_id IN (SELECT id FROM place WHERE site_id = ? AND zone = ?)" if scope.zone else ""
    place = " AND s.place_id IN (SELECT id FROM place WHERE site_id = ? AND bin_code = ?)" if scope.bin_code else ""
    places = [value for name in (scope.zone, scope.bin_code) if name for value in (tx.site.id, name)]
    abc_class = " AND s.item_id IN (SELECT id FROM item WHERE abc_class = ?)" if scope.abc_class else ""
    # Thousandths of the unit by hundredths of the currency, so that the product stays within 64 bits.
    value = (
        " AND (s.quantity / 1000) * (SELECT COALESCE(i.price, 0) / 10000 FROM item i WHERE i.id = s.item_id) >= ?"
        if scope.least_value
        else ""
    )
    # A whole store is read as it lies: led by an index it costs a look-up a row. PostgreSQL sorts it in memory.
    as_it_lies = "" if places else on_engine(sqlite=" NOT INDEXED", postgres="")
    moved, since = (_MOVED, [utc_text(scope.moved_since)] * 2) if scope.moved_since else ("", [])
    # Two statuses of a batch in a place are one line. SQLite adds the second up where the key stops it: that is seldom,
    # and grouping costs it a sixth of the opening; PostgreSQL groups as it sorts.
    book = on_engine(sqlite="s.quantity", postgres="SUM(s.quantity)")
    grouped = on_engine(sqlite="", postgres=" GROUP BY s.place_id, s.batch_id, s.owner")
    added = on_engine(
        sqlite=" ON CONFLICT (count_id, place_id, batch_id, owner) DO UPDATE SET book = book + excluded.book",
        postgres="",
    )
    if is_postgres():
        rows("SET LOCAL work_mem = '64MB'")
    rows(
        "INSERT INTO count_line (count_id, batch_id, place_id, owner, book, state, differs, found)"
        f" SELECT ?, s.batch_id, s.place_id, s.owner, {book}, 'open', 0, 0 FROM stock s{as_it_lies}"
        f" WHERE s.site_id = ? AND (s.quantity > 0{moved})"
        f"{zone}{place}{abc_class}{value}{grouped} ORDER BY s.place_id, s.batch_id, s.owner{added}",
        count_id, tx.site.id, *since, *places, *filter(None, (scope.abc_class, scope.least_value * 1000)),
    )  # fmt: skip


def position(batch_id: int, place_id: int, *, until: datetime | None = None) -> int:
    """Give the newest card entry of a batch in a place, or the newest that was there at a moment; 0 when none."""
    limit, values = (" AND written_at <= ?", [utc_text(until)]) if until else ("", [])
    ((found,),) = rows(
        f"SELECT COALESCE(MAX(id), 0) FROM card_entry WHERE batch_id = ? AND place_id = ?{limit}",
        batch_id, place_id, *values,
    )  # fmt: skip
    return int(found)


def expected(batch_id: int, place_id: int, owner: str, *, position: int, counted_at: str) -> int:
    """Give what the card says lay there at a counting, in millionths: its entries up to `position`, and late ones.

    Late is what was written after it but done before. The caller holds the batch's lock. Source: R-C2, R-C3.
    """
    ((now, since),) = rows(
        "SELECT (SELECT COALESCE(SUM(quantity), 0) FROM stock WHERE batch_id = ? AND place_id = ? AND owner = ?),"
        " (SELECT COALESCE(SUM(quantity_in - quantity_out), 0) FROM card_entry WHERE batch_id = ? AND place_id = ?"
        "  AND owner = ? AND id > ? AND (done_at >= ? OR kind = 'adjustment'))",
        batch_id, place_id, owner, batch_id, place_id, owner, position, counted_at,
    )  # fmt: skip
    return int(now) - int(since)


def note_late(tx: Transaction, *, batch_id: int, place_id: int, owner: str, change: int, kind: str) -> None:
    """Reopen the lines that were counted after a movement which is written only now; `change` in millionths.

    Nothing is asked for a movement without a time of its own. A count that was approved has to be approved again, and
    an owner who was told of another difference is told again (R-O2).
    Source: R-C3.
    """
    if tx.done_at is None or tx.done_at >= tx.now or kind == "adjustment":
        return
    reopened = rows(
        "UPDATE count_line SET expected = expected + ?, state = 'reopened', differs = 1, notice_no = NULL,"
        " reopened = COALESCE(reopened, 0) + 1"
        " WHERE count_id IN (SELECT id FROM stock_count WHERE site_id = (SELECT site_id FROM place WHERE id = ?)"
        f"  AND state IN {LIVE}) AND place_id = ? AND batch_id = ? AND owner = ? AND counted_at > ? RETURNING count_id",
        change, place_id, place_id, batch_id, owner, utc_text(tx.done_at),
    )  # fmt: skip
    for (count_id,) in reopened:
        rows("UPDATE stock_count SET state = 'submitted' WHERE id = ? AND state = 'approved'", count_id)


_COLUMNS, _read = row_reader(Count, "k")


def get(tx: Transaction, count_no: str, *, changing: bool = False, sharing: bool = False) -> Count:
    """Give a count of the site; `changing` takes its lock, `sharing` keeps others from changing it meanwhile.

    Raises NotFound.
    """
    clause = ""
    if is_postgres() and (changing or sharing):
        clause = " FOR NO KEY UPDATE" if changing else " FOR SHARE"
    found = rows(f"SELECT {_COLUMNS} FROM stock_count k WHERE k.count_no = ? AND k.site_id = ?{clause}",
                 count_no, tx.site.id)  # fmt: skip
    if not found:
        raise NotFound(kind="count", name=count_no)
    tx.tell(document=count_no)
    return _read(found[0])


LINE = """
    SELECT l.id, l.batch_id, i.item_no, b.batch_no, i.decimals, i.unit, i.price, l.place_id, p.bin_code, p.zone,
        p.warehouse, p.keeper, l.owner, l.book, l.state, l.found, l.counted, l.counted_at, l.counter, l.position,
        l.expected, l.reopened, l.reason, l.note, l.adjusted, l.adjustment_no, l.notice_no, i.name, l.differs,
        b.hold, i.id
    FROM count_line l JOIN batch b ON b.id = l.batch_id JOIN item i ON i.id = b.item_id
    JOIN place p ON p.id = l.place_id
"""


def lines_of(count_id: int, *, batch_id: int, place_id: int) -> list[tuple[Any, ...]]:
    """Give a batch's lines in a place, one an owner, selected by LINE."""
    return rows(
        f"{LINE} WHERE l.count_id = ? AND l.place_id = ? AND l.batch_id = ? ORDER BY l.owner",
        count_id, place_id, batch_id,
    )  # fmt: skip


def lines_in_place(count_id: int, place_id: int) -> list[tuple[Any, ...]]:
    """Give all lines of a place, selected by LINE."""
    return rows(f"{LINE} WHERE l.count_id = ? AND l.place_id = ? ORDER BY l.id", count_id, place_id)


def differing(count_id: int) -> list[tuple[Any, ...]]:
    """Give the lines that differ from the card, selected by LINE: by the index that holds only them."""
    return rows(f"{LINE} WHERE l.count_id = ? AND l.differs = 1 ORDER BY l.batch_id, l.id", count_id)


def lock_differing(count_id: int) -> None:
    """Take the locks of all batches with a differing line; a statement of its own, what is read then is fresh."""
    if is_postgres():
        rows(
            "SELECT id FROM batch WHERE id IN (SELECT batch_id FROM count_line WHERE count_id = ? AND differs = 1)"
            " ORDER BY id FOR NO KEY UPDATE",
            count_id,
        )


def counted(count_id: int) -> list[tuple[Any, ...]]:
    """Give every line somebody counted, selected by LINE."""
    return rows(f"{LINE} WHERE l.count_id = ? AND l.counted IS NOT NULL ORDER BY l.batch_id, l.id", count_id)


def add_line(count_id: int, *, batch_id: int, place_id: int, owner: str, book: int) -> None:
    """Add a line for goods that were not on the sheet; there already, it stays as it is (R-C11)."""
    rows(
        "INSERT INTO count_line (count_id, batch_id, place_id, owner, book, state, differs, found)"
        " VALUES (?, ?, ?, ?, ?, 'open', 0, 1) ON CONFLICT (count_id, place_id, batch_id, owner) DO NOTHING",
        count_id, batch_id, place_id, owner, book,
    )  # fmt: skip


def follow_carried(
    count_id: int, *, batch_id: int, place_id: int, owner: str, position: int, opened_at: datetime, zone: str
) -> None:  # fmt: skip
    """Ask for goods where they are now that were carried out of a place before it was counted.

    They lay there when the count opened, and nobody would look at them: the place they came into may be counted
    already, or have no line for them. A line counted before they came waits for another person. Source: R-C2, R-C21.
    """
    carried = rows(
        "SELECT i.batch_id, i.place_id, i.owner, MAX(i.id) FROM card_entry o"
        " JOIN card_entry i ON i.voucher_no = o.voucher_no AND i.act = o.act AND i.quantity_in > 0"
        " AND i.kind <> 'pick'"  # which writes nothing in; said, or the index of the vouchers does not serve
        " AND NOT (i.place_id = o.place_id AND i.batch_id = o.batch_id) JOIN place p ON p.id = i.place_id"
        " WHERE o.batch_id = ? AND o.place_id = ? AND o.owner = ? AND o.id <= ? AND o.quantity_out > 0"
        " AND o.written_at > ? AND o.kind <> 'adjustment' AND ? IN ('', p.zone)"
        " GROUP BY i.batch_id, i.place_id, i.owner",
        batch_id, place_id, owner, position, utc_text(opened_at), zone,
    )  # fmt: skip
    for batch, place, whose, entry in carried:
        add_line(count_id, batch_id=batch, place_id=place, owner=whose, book=0)
        rows(
            "UPDATE count_line SET state = CASE WHEN (SELECT COUNT(DISTINCT e.counter) FROM count_entry e"
            "  WHERE e.line_id = count_line.id) > 1 THEN 'third' ELSE 'recount' END"
            " WHERE count_id = ? AND place_id = ? AND batch_id = ? AND owner = ? AND position < ?"
            " AND state IN ('counted', 'variance')",
            count_id, place, batch, whose, entry,
        )  # fmt: skip


def on_hand(batch_id: int, place_id: int, owner: str) -> int:
    """Give what is on record of an owner's batch in a place, every status, in millionths."""
    ((found,),) = rows(
        "SELECT COALESCE(SUM(quantity), 0) FROM stock WHERE batch_id = ? AND place_id = ? AND owner = ?",
        batch_id, place_id, owner,
    )  # fmt: skip
    return int(found)


def append_entry(
    tx: Transaction, line_id: int, *, kind: str, counter: str, amount: int, counted_at: str, at: int, source: str
) -> None:
    """Append what somebody counted; `at` is the position of batch and place."""
    rows(
        "INSERT INTO count_entry (act, line_id, kind, counter, quantity, counted_at, position, written_at, device,"
        " source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        tx.act, line_id, kind, counter, amount, counted_at, at, utc_text(tx.now), tx.device, source,
    )  # fmt: skip


def entries_of(line_id: int) -> list[tuple[Any, ...]]:
    """Give (counter, quantity, position, counted_at, kind) of all that was counted on a line, the oldest first."""
    return rows(
        "SELECT counter, quantity, position, counted_at, kind FROM count_entry WHERE line_id = ? ORDER BY id", line_id
    )


def counters_of_variances(count_id: int) -> set[str]:
    """Give everybody who counted a line whose variance waits for approval."""
    found = rows(
        "SELECT DISTINCT e.counter FROM count_line l JOIN count_entry e ON e.line_id = l.id"
        " WHERE l.count_id = ? AND l.differs = 1 AND l.state = 'variance'",
        count_id,
    )
    return {counter for (counter,) in found}


def settle_line(
    line_id: int, *, counted: int, counter: str, counted_at: str, at: int, expected: int, state: str
) -> None:
    """Write what stands for a line now."""
    rows(
        "UPDATE count_line SET counted = ?, counter = ?, counted_at = ?, position = ?, expected = ?, state = ?,"
        " within = ?, differs = CASE WHEN COALESCE(adjusted, 0) <> 0 THEN 1 ELSE ? END,"
        " notice_no = CASE WHEN counted = ? AND expected = ? THEN notice_no END WHERE id = ?",
        counted, counter, counted_at, at, expected, state, int(state == "counted"), int(counted != expected), counted,
        expected, line_id,
    )  # fmt: skip


def keep_adjusted(line_ids: list[int], *, adjustment_no: str, reason: str, note: str) -> None:
    """Note on lines that all they differ by is posted, and why."""
    adjusted = "UPDATE count_line SET state = 'adjusted', adjusted = counted - expected, adjustment_no = ?, reason = ?,"
    chosen = on_engine(sqlite="IN (SELECT value FROM json_each(?))", postgres="= ANY(?)")
    rows(
        f"{adjusted} note = ? WHERE id {chosen}",
        adjustment_no, reason, note, line_ids if is_postgres() else json.dumps(line_ids),
    )  # fmt: skip


def blank_lines(count_id: int, zones: list[str] | None = None) -> int:
    """Say how many lines nobody counted, in some zones or all."""
    if zones is None:
        ((found,),) = rows("SELECT COUNT(*) FROM count_line WHERE count_id = ? AND state = 'open'", count_id)
        return int(found)
    return sum(
        rows(
            "SELECT COUNT(*) FROM count_line l JOIN place p ON p.id = l.place_id"
            " WHERE l.count_id = ? AND l.state = 'open' AND p.zone = ?",
            count_id, zone,
        )[0][0]
        for zone in zones
    )  # fmt: skip


def keep_blanks(count_id: int) -> None:
    """Leave the book as it is on the lines nobody counted."""
    rows("UPDATE count_line SET state = 'kept' WHERE count_id = ? AND state = 'open'", count_id)


def blank(count_id: int) -> list[tuple[Any, ...]]:
    """Give the lines nobody counted, selected by LINE."""
    return rows(f"{LINE} WHERE l.count_id = ? AND l.state = 'open' ORDER BY l.batch_id, l.id", count_id)


def tolerances(tx: Transaction, *, warehouse: str, bin_code: str) -> list[tuple[Any, ...]]:
    """Give (warehouse, bin, percent, value) of the tolerances that may hold for a place, narrowest first."""
    return rows(
        "SELECT warehouse, bin_code, percent, value FROM count_tolerance WHERE site_id = ? AND (bin_code = ?"
        " OR bin_code = '' AND warehouse IN ('', ?)) ORDER BY bin_code DESC, warehouse DESC",
        tx.site.id, bin_code, warehouse,
    )  # fmt: skip


def counted_on(place_id: int, day: str) -> None:
    """Move a place's last-counted day on; at most one write a place and day (R-C13)."""
    rows(
        "UPDATE place SET last_counted_on = ? WHERE id = ? AND (last_counted_on IS NULL OR last_counted_on < ?)",
        day,
        place_id,
        day,
    )


def freeze_places(tx: Transaction, count_id: int, count_no: str) -> list[str]:
    """Freeze the places of a count's lines that are free and give the codes of those that another has frozen.

    A movement under way holds its batch; freezing waits for it, so that nothing moves once the count has begun.
    """
    if is_postgres():
        rows(
            "SELECT id FROM batch WHERE id IN (SELECT batch_id FROM count_line WHERE count_id = ?) ORDER BY id"
            " FOR NO KEY UPDATE",
            count_id,
        )
    rows(
        "UPDATE place SET frozen_by = ? WHERE site_id = ? AND frozen_by = ''"
        " AND id IN (SELECT place_id FROM count_line WHERE count_id = ?)",
        count_no, tx.site.id, count_id,
    )  # fmt: skip
    return [
        code
        for (code,) in rows(
            "SELECT bin_code FROM place WHERE site_id = ? AND frozen_by NOT IN ('', ?)"
            " AND id IN (SELECT place_id FROM count_line WHERE count_id = ?) ORDER BY bin_code",
            tx.site.id, count_no, count_id,
        )
    ]  # fmt: skip


def thaw_places(tx: Transaction, count_no: str) -> None:
    """Free every place that a count froze."""
    rows("UPDATE place SET frozen_by = '' WHERE site_id = ? AND frozen_by = ?", tx.site.id, count_no)
