"""The monthly figures of counting and of the order of age: accuracy, adjustments by reason, FIFO refusals, overrides.

Each gives `rows`, flat and of one shape, which the page's table, JSON and CSV all show; quantities and money are exact,
None is n/a. Source: 4.7.5 b, d; R-K1, R-K2, R-F2..R-F4.
"""

from decimal import Decimal
from typing import Any

import msgspec

from warehouse.reports import months
from warehouse.rules import figures
from warehouse.rules.figures import Accuracy, Counted
from warehouse.tables.base import rows
from warehouse.transaction import Transaction

TREND_MONTHS = 12
REFUSED = "not-oldest"


def accuracy(tx: Transaction, month: str) -> dict[str, Any]:
    """Give the accuracy of the twelve months up to one, by line, by sum and by value; only counts that are approved.

    A line is inside tolerance when nobody had to decide on it.
    """
    window = months.months_to(month, TREND_MONTHS)
    counted: dict[str, list[Counted]] = {each: [] for each in window}
    for of_month, price, lines, inside, book, off in rows(
        "SELECT c.month, i.price, COUNT(*), SUM(CASE WHEN l.within = 1 THEN 1 ELSE 0 END),"
        " SUM(COALESCE(l.expected, l.book)), SUM(ABS(l.counted - COALESCE(l.expected, l.book)))"
        " FROM stock_count c JOIN count_line l ON l.count_id = c.id JOIN batch b ON b.id = l.batch_id"
        " JOIN item i ON i.id = b.item_id"
        " WHERE c.site_id = ? AND c.state IN ('approved', 'closed') AND c.month BETWEEN ? AND ?"
        " AND l.counted IS NOT NULL GROUP BY c.month, i.price ORDER BY c.month",
        tx.site.id, window[0], month,
    ):  # fmt: skip
        counted[of_month].append(
            Counted(lines=lines, inside=int(inside), book=units(book), off=units(off),
                    price=None if price is None else units(price))
        )  # fmt: skip
    return {"rows": [_accuracy_row(each, figures.accuracy(counted[each])) for each in window]}


def _accuracy_row(month: str, found: Accuracy) -> dict[str, Any]:
    return {
        "month": month, "lines": found.lines, "inside_tolerance": found.inside, "by_line": plain(found.by_line),
        "by_sum": plain(found.by_sum), "by_value": plain(found.by_value), "lines_without_price": found.unvalued,
    }  # fmt: skip


def adjustments(tx: Transaction, month: str) -> dict[str, Any]:
    """Give what the month's counts adjusted, by reason and unit: lines, surplus, deficit, and value where priced."""
    by_reason: dict[tuple[str, str], dict[str, Any]] = {}
    for reason, unit, price, lines, surplus, deficit in rows(
        "SELECT COALESCE(l.reason, ''), i.unit, i.price, COUNT(*),"
        " SUM(CASE WHEN l.adjusted > 0 THEN l.adjusted ELSE 0 END),"
        " SUM(CASE WHEN l.adjusted < 0 THEN -l.adjusted ELSE 0 END)"
        " FROM stock_count c JOIN count_line l ON l.count_id = c.id JOIN batch b ON b.id = l.batch_id"
        " JOIN item i ON i.id = b.item_id WHERE c.site_id = ? AND c.month = ? AND c.state IN ('approved', 'closed')"
        " AND l.differs = 1 AND l.adjusted IS NOT NULL AND l.adjusted <> 0"
        " GROUP BY COALESCE(l.reason, ''), i.unit, i.price",
        tx.site.id, month,
    ):  # fmt: skip
        row = by_reason.setdefault(
            (reason, unit),
            {"reason": reason, "unit": unit, "lines": 0, "surplus": Decimal(0), "deficit": Decimal(0),
             "value": Decimal(0), "lines_without_price": 0},
        )  # fmt: skip
        row["lines"] += lines
        row["surplus"] += units(surplus)
        row["deficit"] += units(deficit)
        if price is None:
            row["lines_without_price"] += lines
        else:
            row["value"] += (units(surplus) - units(deficit)) * units(price)
    found = sorted(by_reason.values(), key=lambda row: (-row["lines"], row["reason"], row["unit"]))
    return {"rows": [_in_text(row, "surplus", "deficit", "value") for row in found]}


def fifo(tx: Transaction, month: str) -> dict[str, Any]:
    """Give how often a newer batch was refused in the month, by item, and each ticket a second person gave."""
    start, end = months.span(tx, month)
    refused: dict[str, int] = {}
    for (content,) in rows(
        "SELECT content FROM audit WHERE id >= ? AND id < ? AND site_id = ? AND outcome = 'refused' AND content LIKE ?",
        months.first_entry("audit", start), months.past_entry("audit", end), tx.site.id, f'%"refusal":"{REFUSED}"%',
    ):  # fmt: skip
        kept = msgspec.json.decode(content)
        if kept["refusal"] == REFUSED and start <= kept["at"] < end:
            item_no = str(kept["why"].get("item_no", ""))
            refused[item_no] = refused.get(item_no, 0) + 1
    ((picks,),) = rows(
        "SELECT COUNT(*) FROM card_entry c JOIN batch b ON b.id = c.batch_id WHERE c.id >= ? AND c.id < ?"
        " AND c.kind = 'pick' AND b.site_id = ? AND c.written_at >= ? AND c.written_at < ?",
        months.first_entry("card", start), months.past_entry("card", end), tx.site.id, start, end,
    )  # fmt: skip
    by_item = sorted(refused.items(), key=lambda each: (-each[1], each[0]))
    return {
        "picks": picks, "refusals": sum(refused.values()),
        "rows": [{"item_no": item_no, "refusals": times} for item_no, times in by_item],
        "overrides": _overrides(tx, start, end),
    }  # fmt: skip


def _overrides(tx: Transaction, start: str, end: str) -> list[dict[str, Any]]:
    """Give the tickets of a span, used or not, the oldest first."""
    names = (
        "created_at", "override", "item_no", "batch_no", "delivery_no", "quantity", "approved_by", "reason", "used_at",
    )  # fmt: skip
    found = rows(
        "SELECT o.created_at, o.ticket, i.item_no, b.batch_no, o.delivery_no, o.quantity, o.approved_by, o.reason,"
        " o.used_at FROM override o JOIN batch b ON b.id = o.batch_id JOIN item i ON i.id = b.item_id"
        " WHERE o.site_id = ? AND o.created_at >= ? AND o.created_at < ? ORDER BY o.id",
        tx.site.id, start, end,
    )  # fmt: skip
    return [_in_text({**dict(zip(names, row, strict=True)), "quantity": units(row[5])}, "quantity") for row in found]


def units(stored: Any) -> Decimal:
    """Read millionths, or a sum of them, as a plain number."""
    return Decimal(stored or 0).scaleb(-6)


def plain(number: Decimal | None) -> str | None:
    """Write a number without the zeros that say nothing; None stays n/a."""
    return None if number is None else f"{number.normalize() + 0:f}"


def _in_text(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: plain(value) if name in names else value for name, value in row.items()}
