"""Reservations: so much of a stock row is promised to a line; their sum per row is the row's `reserved`, guarded."""

from decimal import Decimal

from warehouse.books import stock
from warehouse.rules.fifo import StockLine
from warehouse.tables.base import as_json, as_table, millionths, quantity, rows

Plan = list[tuple[int, Decimal]]


def promise(line_id: int, lines: list[tuple[StockLine, Decimal]]) -> None:
    """Reserve for a line what was planned; a row taken meanwhile is not promised and shows as shortage."""
    wanted = {line.stock_id: amount for line, amount in lines}
    free = stock.reserve(wanted)
    _add_all(line_id, [(stock_id, amount) for stock_id, amount in wanted.items() if stock_id in free])


def plan_of(line_id: int, decimals: int) -> Plan:
    """Give a line's plan in its order: (stock row, quantity in the item's unit)."""
    found = rows("SELECT stock_id, quantity FROM allocation WHERE line_id = ? ORDER BY id", line_id)
    return [(stock_id, quantity(amount, decimals)) for stock_id, amount in found]


def give_back(line_id: int, stock_id: int, amount: Decimal, *, keep_reserved: bool = False) -> None:
    """Take a quantity off a line's promise on a row; `keep_reserved` where the row stays promised, to another line."""
    taken = millionths(amount)
    promise = "WHERE line_id = ? AND stock_id = ? AND quantity"
    rows(f"DELETE FROM allocation {promise} = ?", line_id, stock_id, taken)
    rows(f"UPDATE allocation SET quantity = quantity - ? {promise} > ?", taken, line_id, stock_id, taken)
    if not keep_reserved:
        rows("UPDATE stock SET reserved = reserved - ? WHERE id = ?", taken, stock_id)


def use_up(line_id: int, stock_id: int, amount: Decimal, *, promised: Decimal) -> None:
    """Take off a line's promise on a row, `promised` as read under the lock, what a pick takes of it."""
    promise = "WHERE line_id = ? AND stock_id = ?"
    if amount == promised:
        rows(f"DELETE FROM allocation {promise}", line_id, stock_id)
    else:
        rows(f"UPDATE allocation SET quantity = quantity - ? {promise}", millionths(amount), line_id, stock_id)


def release_document(document_id: int) -> None:
    """Give back everything promised to a document's lines."""
    theirs = "line_id IN (SELECT id FROM document_line WHERE document_id = ?)"
    rows(
        "UPDATE stock SET reserved = reserved - t.promised FROM"
        f" (SELECT stock_id, SUM(quantity) AS promised FROM allocation WHERE {theirs} GROUP BY stock_id) t"
        " WHERE stock.id = t.stock_id",
        document_id,
    )
    rows(f"DELETE FROM allocation WHERE {theirs}", document_id)


def release_row(stock_id: int, decimals: int) -> list[tuple[int, Decimal]]:
    """Give back everything promised of a row, whoever to; gives (line, quantity) of each promise broken (R-Q11)."""
    found = rows("SELECT line_id, quantity FROM allocation WHERE stock_id = ? AND line_id IS NOT NULL", stock_id)
    for _, amount in found:
        rows("UPDATE stock SET reserved = reserved - ? WHERE id = ?", amount, stock_id)
    rows("DELETE FROM allocation WHERE stock_id = ? AND line_id IS NOT NULL", stock_id)
    return [(line_id, quantity(amount, decimals)) for line_id, amount in found]


def set_aside(task_id: int, stock_id: int, amount: Decimal) -> bool:
    """Take a missing quantity out of what is available until its count task is done; the books stay (R-F16)."""
    if not stock.reserve({stock_id: amount}):
        return False
    rows("INSERT INTO allocation (task_id, stock_id, quantity) VALUES (?, ?, ?)", task_id, stock_id, millionths(amount))
    return True


def lift_aside(stock_id: int, decimals: int) -> list[tuple[int, Decimal]]:
    """Make what count tasks set aside of a row free for a change of the whole row; gives (task, quantity) of each."""
    found = rows("SELECT task_id, quantity FROM allocation WHERE stock_id = ? AND task_id IS NOT NULL", stock_id)
    for _, amount in found:
        rows("UPDATE stock SET reserved = reserved - ? WHERE id = ?", amount, stock_id)
    rows("DELETE FROM allocation WHERE stock_id = ? AND task_id IS NOT NULL", stock_id)
    return [(task_id, quantity(amount, decimals)) for task_id, amount in found]


def release_task(task_id: int) -> None:
    """Make available again what a count task had set aside (R-F16)."""
    for stock_id, amount in rows("SELECT stock_id, quantity FROM allocation WHERE task_id = ?", task_id):
        rows("UPDATE stock SET reserved = reserved - ? WHERE id = ?", amount, stock_id)
    rows("DELETE FROM allocation WHERE task_id = ?", task_id)


def swap(*, line_id: int, from_stock: int, other_line_id: int, other_stock: int, amount: Decimal) -> None:
    """Exchange two lines' promises: each gets the other's row for `amount`; the rows' sums stay (R-F20)."""
    give_back(line_id, from_stock, amount, keep_reserved=True)
    give_back(other_line_id, other_stock, amount, keep_reserved=True)
    _add_all(line_id, [(other_stock, amount)])
    _add_all(other_line_id, [(from_stock, amount)])


def _add_all(line_id: int, promises: list[tuple[int, Decimal]]) -> None:
    """Promise more of rows to a line, in this order; one promise per line and row."""
    rows(
        "INSERT INTO allocation (line_id, stock_id, quantity) SELECT ?, stock_id, more"
        f" FROM {as_table('t', stock_id='bigint', more='bigint')} WHERE n >= 0 ORDER BY n"
        " ON CONFLICT (line_id, stock_id) DO UPDATE SET quantity = allocation.quantity + excluded.quantity",
        line_id, as_json([(stock_id, millionths(amount)) for stock_id, amount in promises]),
    )  # fmt: skip
