"""Many stock keys corrected by one voucher: card 卡 and stock, a statement a table for all of them (R-C19, R-R1).

What `moves` does for a scan, leg by leg, costs a count's closing nine statements a difference. The legs are the same:
goods written in, or out of a stock row, each with its card line and the pair's running balance.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from warehouse.books import moves
from warehouse.books.ledger import line
from warehouse.rules.fifo import StockLine
from warehouse.tables.base import NO_EXPIRY, append_rows, as_json, as_table, millionths, rows
from warehouse.transaction import Transaction

KIND = "adjustment"
_CARD = {
    "act": "text", "batch_id": "int", "place_id": "int", "status": "text", "owner": "text", "kind": "text",
    "quantity_in": "bigint", "quantity_out": "bigint", "balance": "bigint", "voucher_no": "text", "written_at": "text",
    "done_at": "text", "written_by": "text", "device": "text", "key": "text",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Leg:
    """What one stock key is corrected by, in millionths: in when positive, else out of the row `source`."""

    batch_id: int
    place_id: int
    status: str
    owner: str
    change: int
    source: StockLine | None = None


def write(tx: Transaction, legs: Sequence[Leg], lying: Iterable[StockLine], *, voucher_no: str) -> None:
    """Write each leg's card line and correct its stock row, guarded; no two legs are of one row.

    `lying` is all that lies of the legs' batches, read under their locks, which the caller holds. Raises
    InsufficientStock when a row holds less, or has promised it.
    """
    entries = _write_card(tx, legs, lying, voucher_no)
    numbered = list(zip(legs, entries, strict=True))
    _lower([(leg.source, -leg.change, entry) for leg, entry in numbered if leg.source is not None])
    _raise([(leg, entry) for leg, entry in numbered if leg.source is None])


def _write_card(tx: Transaction, legs: Sequence[Leg], lying: Iterable[StockLine], voucher_no: str) -> list[int]:
    balances: defaultdict[tuple[int, int], int] = defaultdict(int)  # the pair's, all statuses and owners
    for each in lying:
        balances[each.batch_id, each.place_id] += millionths(each.quantity)
    values = []
    for leg in legs:
        balances[leg.batch_id, leg.place_id] += leg.change
        values.append(
            moves.card_values(
                tx, batch_id=leg.batch_id, place_id=leg.place_id, status=leg.status, owner=leg.owner, kind=KIND,
                into=max(leg.change, 0), out=max(-leg.change, 0), balance=balances[leg.batch_id, leg.place_id],
                voucher_no=voucher_no,
            )
        )  # fmt: skip
    entries = append_rows("card_entry", _CARD, values)
    tx.entries.extend(line("card", entry, each) for entry, each in zip(entries, values, strict=True))
    return entries


def _lower(taken: Sequence[tuple[StockLine, int, int]]) -> None:
    """Take (row, millionths, card entry) off the stock rows: a guarded UPDATE, never read-then-write (R-X1)."""
    if not taken:
        return
    done = rows(
        "UPDATE stock SET quantity = stock.quantity - t.amount, last_entry = t.entry"
        f" FROM {as_table('t', stock_id='bigint', amount='bigint', entry='bigint')}"
        " WHERE stock.id = t.stock_id AND stock.quantity - stock.reserved >= t.amount RETURNING id",
        as_json([(source.stock_id, amount, entry) for source, amount, entry in taken]),
    )
    lowered = {stock_id for (stock_id,) in done}
    for source, _, _ in taken:
        if source.stock_id not in lowered:
            raise moves.insufficient(source)


def _raise(put: Sequence[tuple[Leg, int]]) -> None:
    """Put goods into stock rows, made where there are none; a row's dates are the batch's."""
    if not put:
        return
    legs = as_table("t", batch_id="int", place_id="int", status="text", owner="text", amount="bigint", entry="bigint")
    rows(
        "INSERT INTO stock (site_id, item_id, batch_id, place_id, status, owner, quantity, reserved, open, last_entry,"
        " first_received_on, expiry_key, receipt_sequence, bin_code)"
        " SELECT p.site_id, b.item_id, b.id, p.id, t.status, t.owner, t.amount, 0, 1, t.entry, b.first_received_on,"
        f" COALESCE(b.expiry_date, ?), b.receipt_sequence, p.bin_code FROM {legs}"
        " JOIN batch b ON b.id = t.batch_id JOIN place p ON p.id = t.place_id WHERE t.n >= 0"
        " ON CONFLICT (batch_id, place_id, status, owner)"
        " DO UPDATE SET quantity = stock.quantity + excluded.quantity, last_entry = excluded.last_entry",
        NO_EXPIRY,
        as_json([(leg.batch_id, leg.place_id, leg.status, leg.owner, leg.change, entry) for leg, entry in put]),
    )
