"""The acts on goods: put in, take out, move, change status. Each writes stock and card 卡 together, guarded.

Two legs are all there is: goods written into a place, goods written out of one. A transfer is both with one voucher, a
change of status both on one card. Taking out is a guarded UPDATE, never read-then-write, so it cannot go below zero.
Source: 4.7.5 d; R-X1, R-X5..X7, R-R11.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from warehouse.books import counts
from warehouse.books.ledger import line
from warehouse.rules.fifo import StockLine
from warehouse.rules.refusals import InsufficientStock
from warehouse.tables.base import NO_EXPIRY, appended, changed, millionths, quantity, rows, utc_text
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Place
from warehouse.transaction import Transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A written card line: its id, and what is left of the batch in the bin, all statuses (item's unit)."""

    entry_no: int
    balance: Decimal
    stock_id: int
    place_left: bool = True  # False when nothing of the batch lies there any more


def put_in(
    tx: Transaction, *, batch: Batch, place: Place, status: str, amount: Decimal, kind: str, voucher_no: str,
    owner: str = "",
) -> Entry:  # fmt: skip
    """Write goods into a place: one card line, the stock row made or increased. The caller holds the lock."""
    entry, balance = _write(
        tx, batch_id=batch.id, place_id=place.id, status=status, owner=owner, kind=kind, into=amount, out=Decimal(0),
        voucher_no=voucher_no, decimals=batch.item.decimals,
    )  # fmt: skip
    ((stock_id,),) = rows(
        "INSERT INTO stock (site_id, item_id, batch_id, place_id, status, owner, quantity, reserved, open, last_entry,"
        " first_received_on, expiry_key, receipt_sequence, bin_code) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 1, ?, ?, ?, ?, ?)"
        " ON CONFLICT (batch_id, place_id, status, owner)"
        " DO UPDATE SET quantity = stock.quantity + excluded.quantity, last_entry = excluded.last_entry RETURNING id",
        place.site_id, batch.item_id, batch.id, place.id, status, owner, millionths(amount), entry,
        batch.first_received_on.isoformat(), str(batch.expiry_date or NO_EXPIRY), batch.receipt_sequence,
        place.bin_code,
    )  # fmt: skip
    return Entry(entry_no=entry, balance=balance, stock_id=stock_id)


def take_out(
    tx: Transaction, source: StockLine, amount: Decimal, *, kind: str, voucher_no: str, own: Decimal = Decimal(0)
) -> Entry:
    """Write goods out of a place: one card line, and the stock row decreased, guarded.

    `own` is the part of the row's reservation that this act uses up. The caller holds the batch's lock.
    Raises InsufficientStock, with what is left for this order, when the guard finds less (R-X1).
    """
    entry, balance = _write(
        tx, batch_id=source.batch_id, place_id=source.place_id, status=source.status, owner=source.owner, kind=kind,
        into=Decimal(0), out=amount, voucher_no=voucher_no, decimals=source.decimals, most=source.free,
        source=source,
    )  # fmt: skip
    lower(source, amount, own=own, entry=entry)
    return Entry(entry_no=entry, balance=balance, stock_id=source.stock_id, place_left=balance > 0)


def move(
    tx: Transaction, source: StockLine, place: Place, amount: Decimal, *, kind: str, voucher_no: str
) -> tuple[Entry, Entry]:
    """Take goods out of one place and put them into another with one voucher; owner, status and age stay."""
    out = take_out(tx, source, amount, kind=kind, voucher_no=voucher_no)
    into = put_in(
        tx, batch=Batch.get_by_id(source.batch_id), place=place, status=source.status, owner=source.owner,
        amount=amount, kind=kind, voucher_no=voucher_no,
    )  # fmt: skip
    return out, into


def change_status(
    tx: Transaction, source: StockLine, status: str, amount: Decimal, *, into: Batch, kind: str, voucher_no: str
) -> Entry:
    """Give a quantity another status where it lies, in its own batch or a sub-batch: out and in on the card."""
    take_out(tx, source, amount, kind=kind, voucher_no=voucher_no)
    return put_in(
        tx, batch=into, place=Place.get_by_id(source.place_id), status=status, owner=source.owner, amount=amount,
        kind=kind, voucher_no=voucher_no,
    )  # fmt: skip


def _write(
    tx: Transaction, *, batch_id: int, place_id: int, status: str, owner: str, kind: str, into: Decimal, out: Decimal,
    voucher_no: str, decimals: int, most: Decimal | None = None, source: StockLine | None = None,
) -> tuple[int, Decimal]:  # fmt: skip
    """Append a card line with the pair's balance after it; before the stock row, which keeps the line's id."""
    ((lying,),) = rows(
        "SELECT COALESCE(SUM(quantity), 0) FROM stock WHERE batch_id = ? AND place_id = ?", batch_id, place_id
    )
    balance = int(lying) + millionths(into) - millionths(out)
    if source is not None and (balance < 0 or (most is not None and out > most)):
        raise insufficient(source)
    values = card_values(
        tx, batch_id=batch_id, place_id=place_id, status=status, owner=owner, kind=kind, into=millionths(into),
        out=millionths(out), balance=balance, voucher_no=voucher_no,
    )  # fmt: skip
    entry = append_card(values)
    tx.entries.append(line("card", entry, values))
    counts.note_late(
        tx, batch_id=batch_id, place_id=place_id, owner=owner, change=millionths(into) - millionths(out), kind=kind
    )
    return entry, quantity(balance, decimals)


def lower(source: StockLine, amount: Decimal, *, own: Decimal, entry: int) -> None:
    """Take a quantity off a stock row, guarded, never read-then-write. Raises InsufficientStock (R-X1)."""
    asked, used = millionths(amount), millionths(own)
    done = changed(
        "UPDATE stock SET quantity = quantity - ?, reserved = reserved - ?, last_entry = ?"
        " WHERE id = ? AND quantity - reserved + ? >= ?",
        asked, used, entry, source.stock_id, used, asked,
    )  # fmt: skip
    if not done:
        raise insufficient(source)


def card_values(
    tx: Transaction, *, batch_id: int, place_id: int, status: str, owner: str, kind: str, into: int, out: int,
    balance: int, voucher_no: str,
) -> tuple[Any, ...]:  # fmt: skip
    """Give a card line's columns in table order; quantities in millionths."""
    return (
        tx.act, batch_id, place_id, status, owner, kind, into, out, balance, voucher_no, tx.at,
        utc_text(tx.done_at) if tx.done_at else tx.at, tx.actor.name, tx.device, tx.key,
    )  # fmt: skip


def append_card(values: tuple[Any, ...]) -> int:
    """Append a card line and give its id."""
    return appended(
        "INSERT INTO card_entry (act, batch_id, place_id, status, owner, kind, quantity_in, quantity_out, balance,"
        " voucher_no, written_at, done_at, written_by, device, key)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *values,
    )


def insufficient(source: StockLine) -> InsufficientStock:
    """Say what is left for this order now; read again, because the guard may have met another's write."""
    left = rows("SELECT quantity, reserved FROM stock WHERE id = ?", source.stock_id)
    on_hand, reserved = left[0] if left else (0, 0)
    available = quantity(on_hand, source.decimals) - quantity(reserved, source.decimals) + source.own_reserved
    return InsufficientStock(
        item_no=source.item_no, batch_no=source.batch_no, location=source.bin_code, available=max(available, Decimal(0))
    )
