"""Counts as they are shown: what to count, how far it is, what differs, what stays frozen (R-C1, R-C16, R-C21).

What a counter gets holds no quantity but his own: neither the book nor what another counted, and until the count is
submitted not even whether a line agrees. Only the manager's variances tell.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from warehouse.books import counts
from warehouse.books.count_lines import Line, read_line, tallies_of, tolerance_of
from warehouse.rules import counting
from warehouse.rules.counting import LEAD, Difference, LineState
from warehouse.tables.base import quantity, rows
from warehouse.tables.counts import Count, CountFinding, OwnerNotice
from warehouse.transaction import Transaction

_WAITING = (LineState.OPEN, LineState.RECOUNT, LineState.THIRD)


def describe(tx: Transaction, count: Count) -> dict[str, Any]:
    """Give a count's header."""
    overdue = count.state in ("open", "submitted") and count.due_on is not None and count.due_on < tx.today
    return {
        "count_no": count.count_no, "kind": count.kind, "month": count.month, "zone": count.zone or None,
        "scope": count.scope, "state": count.state, "frozen": bool(count.frozen), "due_on": count.due_on,
        "overdue": overdue, "blanks": count.blanks or None, "blanks_by": count.blanks_by or None,
        "opened_at": count.opened_at, "opened_by": count.opened_by, "submitted_at": count.submitted_at,
        "submitted_by": count.submitted_by or None, "approved_at": count.approved_at,
        "approved_by": count.approved_by or None, "closed_at": count.closed_at, "closed_by": count.closed_by or None,
        "cancelled_at": count.cancelled_at, "cancelled_by": count.cancelled_by or None, "reason": count.reason or None,
    }  # fmt: skip


def progress(tx: Transaction, count: Count) -> dict[str, Any]:
    """Tell how far a count is: lines in all and counted, per zone with who counts it, and who is waited for.

    How many lines are to be counted again is told when the count is submitted, before that only to the lead.
    """
    found = rows(
        "SELECT p.zone, COUNT(*), SUM(CASE WHEN l.state = 'open' THEN 1 ELSE 0 END),"
        " SUM(CASE WHEN l.state IN ('recount', 'third') THEN 1 ELSE 0 END)"
        " FROM count_line l JOIN place p ON p.id = l.place_id WHERE l.count_id = ? GROUP BY p.zone ORDER BY p.zone",
        count.id,
    )  # fmt: skip
    assigned: dict[str, list[dict[str, Any]]] = {}
    for zone, counter, submitted_at in rows(
        "SELECT zone, counter, submitted_at FROM count_assignment WHERE count_id = ? ORDER BY id", count.id
    ):
        assigned.setdefault(zone, []).append({"counter": counter, "through": submitted_at is not None})
    tells = count.state != "open" or LEAD in tx.actor.roles
    return {
        "lines": sum(int(lines) for _, lines, _, _ in found),
        "blank": sum(int(blank) for _, _, blank, _ in found),
        "recount": sum(int(again) for *_, again in found) if tells else None,
        "zones": [
            {"zone": zone, "lines": int(lines), "blank": int(blank), "counters": assigned.get(zone, [])}
            for zone, lines, blank, _ in found
        ],
        "findings": CountFinding.select().where((CountFinding.count == count.id) & (CountFinding.state == "open"))
        .count(),
    }  # fmt: skip


def lines(
    tx: Transaction, count: Count, *, filters: Mapping[str, str], after: str, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Give one page of what to count, in the order one walks, and the key of the next page, None at the end.

    `filters` may name zone, location, owner and state. No quantity is in it but what the asker typed himself.
    """
    conditions, values = "", list[Any]()
    if "state" in filters:
        values += _states_shown_as(tx, count, filters["state"])
        conditions += f" AND l.state IN ({', '.join('?' * len(values))})"
    for name, column in (("zone", "p.zone"), ("location", "p.bin_code"), ("owner", "l.owner")):
        if name in filters:
            conditions += f" AND {column} = ?"
            values.append(filters[name])
    if start := _place_of(count, after):
        conditions += " AND (p.bin_code, l.batch_id, l.owner) > (?, ?, ?)"
        values += start
    found = rows(
        "SELECT l.id, p.bin_code, p.zone, i.item_no, i.name, i.unit, i.decimals, b.batch_no, l.owner, l.state,"
        " l.found, l.counter, l.counted FROM place p JOIN count_line l ON l.place_id = p.id AND l.count_id = ?"
        " JOIN batch b ON b.id = l.batch_id JOIN item i ON i.id = b.item_id"
        f" WHERE p.site_id = ?{conditions} ORDER BY p.bin_code, l.batch_id, l.owner LIMIT ?",
        count.id, tx.site.id, *values, limit + 1,
    )  # fmt: skip
    return [_blind(tx, count, row) for row in found[:limit]], str(found[limit - 1][0]) if len(found) > limit else None


def _states_shown_as(tx: Transaction, count: Count, state: str) -> list[str]:
    """Give the states of lines that are shown as one (see `_blind`); [""], which no line has, for none.

    "again" is every line that waits for another person.
    """
    tells = count.state != "open" or LEAD in tx.actor.roles
    if state == "again":
        return [LineState.RECOUNT, LineState.THIRD] if tells else [""]
    told = [LineState.OPEN, LineState.KEPT, *((LineState.RECOUNT, LineState.THIRD) if tells else ())]
    if state == LineState.COUNTED:
        return [each for each in LineState if each not in told]
    return [state if state in told else ""]


def uncounted(
    tx: Transaction, count: Count, *, zone: str = "", after: tuple[str, str] = ("", ""), limit: int
) -> list[dict[str, Any]]:
    """Give the places with lines nobody counted, by zone and place after a key: how many are left, and no quantity."""
    narrowed, values = (" AND p.zone = ?", (zone,)) if zone else ("", ())
    found = rows(
        "SELECT p.zone, p.bin_code, COUNT(*) FROM count_line l JOIN place p ON p.id = l.place_id"
        f" WHERE l.count_id = ? AND l.state = 'open' AND (p.zone, p.bin_code) > (?, ?){narrowed}"
        " GROUP BY p.zone, p.bin_code ORDER BY p.zone, p.bin_code LIMIT ?",
        count.id, *after, *values, limit,
    )  # fmt: skip
    return [{"zone": zone, "location": location, "blank": int(blank)} for zone, location, blank in found]


def _place_of(count: Count, after: str) -> list[Any]:
    if not (after.isascii() and after.isdigit()):
        return []
    found = rows(
        "SELECT p.bin_code, l.batch_id, l.owner FROM count_line l JOIN place p ON p.id = l.place_id"
        " WHERE l.id = ? AND l.count_id = ?",
        int(after), count.id,
    )  # fmt: skip
    return list(found[0]) if found else []


def _blind(tx: Transaction, count: Count, row: tuple[Any, ...]) -> dict[str, Any]:
    """Show a line to who counts: what it is and whether it waits for a count; his own quantity, nobody else's."""
    state, counter = row[9], row[11]
    tells = count.state != "open" or LEAD in tx.actor.roles
    if state not in (LineState.OPEN, LineState.KEPT) and not (tells and state in _WAITING):
        state = str(LineState.COUNTED)
    mine = str(quantity(row[12], row[6])) if counter == tx.actor.name and row[12] is not None else None
    return {
        "line": row[0], "location": row[1], "zone": row[2], "item_no": row[3], "name": row[4], "unit": row[5],
        "decimals": row[6], "batch_no": row[7], "owner": row[8], "sheet": row[8] or "own", "state": state,
        "found": bool(row[10]), "counted_by_me": mine,
    }  # fmt: skip


def variances(tx: Transaction, count: Count, *, everything: bool = False) -> list[dict[str, Any]]:
    """Give what differs, or every line that was counted, with book, count, difference, verdict and cause hint."""
    found = [read_line(row) for row in (counts.counted(count.id) if everything else counts.differing(count.id))]
    packs = _packs(found)
    seen = {line.line_id: _difference(line, packs) for line in found if line.variance}
    return [_variance(tx, line, seen) for line in sorted(found, key=lambda line: (line.bin_code, line.line_id))]


def _variance(tx: Transaction, line: Line, seen: Mapping[int, Difference]) -> dict[str, Any]:
    own = seen.get(line.line_id)
    tolerance = tolerance_of(tx, warehouse=line.warehouse, bin_code=line.bin_code)
    expected, counted = line.expected or Decimal(0), line.counted or Decimal(0)
    return {
        "line": line.line_id, "location": line.bin_code, "zone": line.zone, "keeper": line.keeper or None,
        "item_no": line.item_no, "name": line.name, "unit": line.unit, "batch_no": line.batch_no,
        "owner": line.owner, "state": line.state, "found": line.found, "book": str(expected),
        "book_when_opened": str(line.book), "counted": str(counted), "difference": str(line.variance),
        "value": None if line.price is None else f"{abs(line.variance) * line.price:.2f}",
        "within_tolerance": not counting.needs_notice(line.owner, line.variance) and counting.is_within(
            expected=expected, counted=counted, price=line.price, tolerance=tolerance
        ),
        "counted_at": line.counted_at, "counter": line.counter,
        "counts": [
            {"counter": tally.counter, "quantity": str(tally.quantity), "difference": str(tally.variance)}
            for tally in tallies_of(line)
        ],
        "cause": None if own is None else counting.find_hint(own, [each for each in seen.values() if each is not own]),
        "reopened": line.reopened, "needs_notice": counting.needs_notice(line.owner, line.unposted),
        "notice_no": line.notice_no or None, "reason": line.reason or None, "note": line.note or None,
        "adjusted": str(line.adjusted), "adjustment_no": line.adjustment_no or None,
    }  # fmt: skip


def _difference(line: Line, packs: Mapping[int, tuple[Decimal, ...]]) -> Difference:
    return Difference(
        item_no=line.item_no, batch_no=line.batch_no, location=line.bin_code, owner=line.owner,
        expected=line.expected or Decimal(0), counted=line.counted or Decimal(0), decimals=line.decimals,
        is_late=bool(line.reopened), factors=packs.get(line.item_id, ()),
    )  # fmt: skip


def _packs(found: list[Line]) -> dict[int, tuple[Decimal, ...]]:
    """Give the pack factors of the items that differ."""
    packs: dict[int, tuple[Decimal, ...]] = {}
    for item_id in {line.item_id for line in found if line.variance}:
        factors = rows("SELECT factor FROM item_pack WHERE item_id = ?", item_id)
        packs[item_id] = tuple(quantity(factor, 6) for (factor,) in factors)
    return packs


def not_due(tx: Transaction, count: Count) -> list[str]:
    """Give the places of a count's zone, or of the site, that it has no line in: nothing lay or moved there (R-C21)."""
    zone, values = (" AND p.zone = ?", (count.zone,)) if count.zone else ("", ())
    found = rows(
        "SELECT p.bin_code FROM place p WHERE p.site_id = ? AND NOT EXISTS ("
        f"SELECT 1 FROM count_line l WHERE l.count_id = ? AND l.place_id = p.id){zone} ORDER BY p.bin_code",
        tx.site.id, count.id, *values,
    )  # fmt: skip
    return [code for (code,) in found]


def frozen_places(tx: Transaction) -> list[dict[str, Any]]:
    """Give every place that refuses movements now, what froze it, and that count's state (R-C16)."""
    found = rows(
        "SELECT p.bin_code, p.zone, p.frozen_by, k.state, k.opened_at, k.opened_by FROM place p"
        " LEFT JOIN stock_count k ON k.count_no = p.frozen_by WHERE p.site_id = ? AND p.frozen_by <> ''"
        " ORDER BY p.bin_code",
        tx.site.id,
    )  # fmt: skip
    names = ("location", "zone", "frozen_by", "count_state", "since", "by")
    return [dict(zip(names, row, strict=True)) for row in found]


def findings(count: Count) -> list[dict[str, Any]]:
    """Give the goods a count found of batches that are not on record, with what QA said (R-C11)."""
    found = CountFinding.select().where(CountFinding.count == count.id).order_by(CountFinding.id)
    return [
        {
            "finding": each.id, "item_no": each.item.item_no, "batch_no": each.batch_no,
            "location": each.place.bin_code, "quantity": str(quantity(each.quantity * 1_000_000, each.item.decimals)),
            "counter": each.counter, "counted_at": each.counted_at, "state": each.state,
            "decided_by": each.decided_by or None, "decided_at": each.decided_at, "note": each.note or None,
        }
        for each in found
    ]  # fmt: skip


def notices(tx: Transaction, count: Count) -> list[OwnerNotice]:
    """Give the notices to owners that a count led to."""
    return list(OwnerNotice.select().where(OwnerNotice.count == count.id).order_by(OwnerNotice.id))


def tolerances(tx: Transaction) -> list[dict[str, Any]]:
    """Give the tolerances that are set at the site, the widest first."""
    found = rows(
        "SELECT warehouse, bin_code, percent, value FROM count_tolerance WHERE site_id = ?"
        " ORDER BY bin_code, warehouse",
        tx.site.id,
    )
    return [
        {
            "warehouse": warehouse or None, "location": bin_code or None,
            "percent": None if percent is None else f"{quantity(percent, 6).normalize():f}",
            "value": None if value is None else f"{quantity(value, 6).normalize():f}",
        }
        for warehouse, bin_code, percent, value in found
    ]  # fmt: skip
