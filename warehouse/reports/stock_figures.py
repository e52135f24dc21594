"""The figures of what lies there: ageing with the six-month line beside it, turns, slow-moving goods (R-K3..R-K5).

What lay there at the end of a past month is today's stock less what the card wrote since: nothing is ever added up from
the beginning of the books. Money is today's price of the item, and of our own goods only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from warehouse.reports import months
from warehouse.reports.figures import plain, units
from warehouse.rules import figures
from warehouse.rules.figures import BUCKETS, DUE_SOON_DAYS, NO_MOVEMENT, SLOW_DAYS
from warehouse.tables.base import as_day, rows
from warehouse.transaction import Transaction

WINDOW_MONTHS = 12
AT_ONCE = 500  # items asked for in one statement


@dataclass(frozen=True, kw_only=True, slots=True)
class Lying:
    """A batch with what lay of it in the bins of the site at a day's end; `own` is what is not a customer's."""

    item_id: int
    received_on: date
    reinspect_on: date | None
    quantity: Decimal
    own: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemFacts:
    """What a figure needs of an item; `price` is of one unit, None when nobody said."""

    item_no: str
    name: str
    unit: str
    price: Decimal | None


def ageing(tx: Transaction, month: str) -> dict[str, Any]:
    """Give the goods of the month's end by age in days, and beside it, by calendar months, the six-month line (R-K3).

    `due_soon` counts batches whose re-inspection is due within 30 days; None for a past month, whose dates have moved.
    """
    on = months.last_day(tx, month)
    known, lying = _items(), list(_lying(tx, on))
    buckets = {bounds: _Heap() for bounds in BUCKETS}
    line = {past: _Heap() for past in (False, True)}
    for batch in lying:
        buckets[figures.bucket_of(batch.received_on, on)].add(batch, known[batch.item_id])
        line[figures.is_past_six_months(batch.received_on, on)].add(batch, known[batch.item_id])
    soon = on + timedelta(days=DUE_SOON_DAYS)
    due = sum(1 for batch in lying if batch.reinspect_on is not None and batch.reinspect_on <= soon)
    names = {bounds: f"> {bounds[0] - 1}" if bounds[1] is None else f"{bounds[0]}-{bounds[1]}" for bounds in BUCKETS}
    return {
        "on": on.isoformat(),
        "rows": [{"days": names[bounds], **heap.row()} for bounds, heap in buckets.items()],
        "six_months": [{"past": past, **heap.row()} for past, heap in line.items()],
        "due_soon": due if on == tx.today else None,
    }


class _Heap:
    """Goods thrown together: batches, quantities by unit, value of what is ours and has a price."""

    def __init__(self) -> None:
        self.batches, self.unvalued, self.value = 0, 0, Decimal(0)
        self.quantities: dict[str, Decimal] = {}

    def add(self, batch: Lying, item: ItemFacts) -> None:
        self.batches += 1
        self.quantities[item.unit] = self.quantities.get(item.unit, Decimal(0)) + batch.quantity
        if item.price is None:
            self.unvalued += 1
        else:
            self.value += batch.own * item.price

    def row(self) -> dict[str, Any]:
        return {
            "batches": self.batches,
            "quantities": {unit: plain(amount) for unit, amount in sorted(self.quantities.items())},
            "value": plain(self.value), "batches_without_price": self.unvalued,
        }  # fmt: skip


def slow_moving(tx: Transaction, month: str) -> dict[str, Any]:
    """Give the items idle for 90 days at the month's end, the longest first (R-K5)."""
    on = months.last_day(tx, month)
    known, stock = _items(), dict[int, Decimal]()
    received = dict[int, date]()
    for batch in _lying(tx, on):
        stock[batch.item_id] = stock.get(batch.item_id, Decimal(0)) + batch.own
        received[batch.item_id] = max(received.get(batch.item_id, batch.received_on), batch.received_on)
    moved = _moved(tx, on)
    idle = [item for item, amount in stock.items() if amount > 0 and item not in moved]
    last = _last_moves(tx, idle, on)
    days = {item: figures.idle_days(last.get(item), received[item], on) for item in idle}
    slow = sorted((item for item in idle if figures.is_slow(days[item])), key=lambda item: (-days[item], item))
    return {"on": on.isoformat(), "rows": [_slow_row(known[item], stock[item], days[item], on) for item in slow]}


def _slow_row(item: ItemFacts, amount: Decimal, days: int, on: date) -> dict[str, Any]:
    return {
        "item_no": item.item_no, "name": item.name, "quantity": plain(amount), "unit": item.unit,
        "last_moved_on": (on - timedelta(days=days)).isoformat(), "idle_days": days,
        "value": None if item.price is None else plain(amount * item.price),
    }  # fmt: skip


def turns(tx: Transaction, month: str) -> dict[str, Any]:
    """Give how often each item turned in the twelve months up to one, of those the site has kept books (R-K4).

    `total` is by value, of the items that have a price; None is n/a.
    """
    window = months.months_to(month, WINDOW_MONTHS)
    started = rows("SELECT posted_on FROM ledger_entry WHERE site_id = ? ORDER BY id LIMIT 1", tx.site.id)
    window = [each for each in window if started and each >= started[0][0][:7]]
    known, found = _items(), list[dict[str, Any]]()
    issued_value, ends_value = Decimal(0), [Decimal(0)] * len(window)
    for item_id, issued, ends in _months_of_items(tx, window):
        item = known[item_id]
        found.append(
            {"item_no": item.item_no, "name": item.name, "unit": item.unit, "issued": plain(issued),
             "average_stock": plain((sum(ends, Decimal(0)) / len(ends)).quantize(Decimal("0.001"))),
             "turns": plain(figures.turns(issued, ends))}
        )  # fmt: skip
        if item.price is not None:
            issued_value += issued * item.price
            ends_value = [end + each * item.price for end, each in zip(ends_value, ends, strict=True)]
    found.sort(key=lambda row: (row["turns"] is None, Decimal(row["turns"] or 0), row["item_no"]))
    return {
        "months": window, "rows": found, "total": plain(figures.turns(issued_value, ends_value)),
        "issued_value": plain(issued_value),
    }  # fmt: skip


def _months_of_items(tx: Transaction, window: list[str]) -> Iterator[tuple[int, Decimal, list[Decimal]]]:
    """Give (item, issued in the window, account at each month's end), walking back from today's balance."""
    if not window:
        return
    now = dict(rows(
        "SELECT b.item_id, SUM(l.balance) FROM ledger_balance l JOIN batch b ON b.id = l.batch_id"
        " WHERE b.site_id = ? AND l.owner = '' GROUP BY b.item_id",
        tx.site.id,
    ))  # fmt: skip
    moved: dict[int, dict[str, tuple[Any, Any]]] = {}
    for item_id, month, net, issued in rows(
        "SELECT b.item_id, substr(l.posted_on, 1, 7), SUM(l.quantity_in - l.quantity_out),"
        " SUM(CASE WHEN l.kind = 'issue' THEN l.quantity_out ELSE 0 END)"
        " FROM ledger_entry l JOIN batch b ON b.id = l.batch_id"
        " WHERE l.id >= ? AND l.site_id = ? AND l.owner = '' AND l.posted_on >= ?"
        " GROUP BY b.item_id, substr(l.posted_on, 1, 7)",
        months.first_entry("account", months.span(tx, window[0])[0]), tx.site.id, f"{window[0]}-01",
    ):  # fmt: skip
        moved.setdefault(item_id, {})[month] = (net, issued)
    for item_id, balance in now.items():
        of_item = moved.get(item_id, {})
        ends = [units(balance - sum(net for month, (net, _) in of_item.items() if month > end)) for end in window]
        issued = units(sum(out for month, (_, out) in of_item.items() if month in window))
        if issued or any(ends):
            yield item_id, issued, ends


def _items() -> dict[int, ItemFacts]:
    return {
        item_id: ItemFacts(item_no=item_no, name=name, unit=unit, price=None if price is None else units(price))
        for item_id, item_no, name, unit, price in rows("SELECT id, item_no, name, unit, price FROM item")
    }


def _lying(tx: Transaction, on: date) -> Iterator[Lying]:
    """Give each batch that lay in a bin of the site at a day's end."""
    after = months.moment_of(tx, on + timedelta(days=1))
    since = months.first_entry("card", after) if on < tx.today else months.AFTER_ALL
    for item_id, received, reinspect, amount, own in rows(
        "SELECT b.item_id, b.first_received_on, b.reinspect_on, SUM(q.quantity), SUM(q.own) FROM ("
        " SELECT batch_id, quantity, CASE WHEN owner = '' THEN quantity ELSE 0 END AS own FROM stock"
        " WHERE site_id = ? AND quantity > 0 UNION ALL"
        " SELECT batch_id, quantity_out - quantity_in,"
        " CASE WHEN owner = '' THEN quantity_out - quantity_in ELSE 0 END FROM card_entry"
        " WHERE id >= ? AND written_at >= ?) AS q"
        " JOIN batch b ON b.id = q.batch_id WHERE b.site_id = ?"
        " GROUP BY b.id, b.item_id, b.first_received_on, b.reinspect_on HAVING SUM(q.quantity) > 0",
        tx.site.id, since, after, tx.site.id,
    ):  # fmt: skip
        yield Lying(
            item_id=item_id, received_on=as_day(received) or on, reinspect_on=as_day(reinspect),
            quantity=units(amount), own=units(own),
        )  # fmt: skip


def _moved(tx: Transaction, on: date) -> set[int]:
    """Give the items whose goods moved in the last 90 days up to a day."""
    start = months.moment_of(tx, on - timedelta(days=SLOW_DAYS - 1))
    end = months.moment_of(tx, on + timedelta(days=1))
    return {item for (item,) in rows(
        "SELECT DISTINCT b.item_id FROM card_entry c JOIN batch b ON b.id = c.batch_id"
        " WHERE c.id >= ? AND b.site_id = ? AND c.written_at >= ? AND c.written_at < ?"
        f" AND c.kind NOT IN ({','.join('?' * len(NO_MOVEMENT))})",
        months.first_entry("card", start), tx.site.id, start, end, *NO_MOVEMENT,
    )}  # fmt: skip


def _last_moves(tx: Transaction, items: list[int], on: date) -> dict[int, date]:
    """Give the day of each item's last movement up to a day; items that never moved are left out."""
    end = months.moment_of(tx, on + timedelta(days=1))
    found: dict[int, date] = {}
    for start in range(0, len(items), AT_ONCE):
        some = items[start : start + AT_ONCE]
        for item, moment in rows(
            "SELECT b.item_id, MAX(c.written_at) FROM card_entry c JOIN batch b ON b.id = c.batch_id"
            f" WHERE b.site_id = ? AND b.item_id IN ({','.join('?' * len(some))}) AND c.written_at < ?"
            f" AND c.kind NOT IN ({','.join('?' * len(NO_MOVEMENT))}) GROUP BY b.item_id",
            tx.site.id,
            *some,
            end,
            *NO_MOVEMENT,
        ):
            found[item] = tx.day_of(datetime.fromisoformat(moment))
    return found
