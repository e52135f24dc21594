"""The write of a pick: card, stock, document line, promise and staged goods together, each guarded (R-X1, R-F18).

SQLite is in the process, so five statements cost little; on PostgreSQL round trips are the cost, so it is one.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from warehouse.books import allocations, counts, documents, moves
from warehouse.books.documents import LineFacts
from warehouse.books.ledger import line as canonical
from warehouse.books.moves import Entry
from warehouse.rules.fifo import StockLine
from warehouse.rules.refusals import OverIssue
from warehouse.tables.base import is_postgres, millionths, quantity, rows
from warehouse.tables.books import Batch
from warehouse.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class PickFacts:
    """What a pick keeps beside its quantity: the older lines passed over, and how the order of age was left."""

    passed_over: list[dict[str, str]]
    flagged: str


_WRITE = """
    WITH line AS (
        UPDATE document_line SET done = done + ?
        WHERE id = ? AND state = 'open' AND done + ? <= limit_quantity - cancelled RETURNING id),
    {promise}
    card AS (
        INSERT INTO card_entry (act, batch_id, place_id, status, owner, kind, quantity_in, quantity_out, balance,
            voucher_no, written_at, done_at, written_by, device, key)
        SELECT ?, ?, ?, ?, ?, ?, ?::bigint, ?::bigint, ?::bigint, ?, ?, ?, ?, ?, ? FROM line RETURNING id),
    taken AS (
        UPDATE stock SET quantity = quantity - ?, reserved = reserved - ?, last_entry = card.id FROM card
        WHERE stock.id = ? AND quantity - reserved + ? >= ? RETURNING stock.id),
    picked AS (
        INSERT INTO pick (line_id, batch_id, place_id, status, owner, quantity, returned, state, picked_by,
            card_entry_id, passed_over, flagged)
        SELECT ?, ?, ?, ?, ?, ?::bigint, ?, ?, ?, card.id, ?, ? FROM card)
    SELECT card.id, (SELECT id FROM taken) FROM card
"""
_WITHOUT_PROMISE = _WRITE.format(promise="")
_EMPTYING_PROMISE = _WRITE.format(promise="emptied AS (DELETE FROM allocation WHERE line_id = ? AND stock_id = ?),")
_LOWERING_PROMISE = _WRITE.format(
    promise="lowered AS (UPDATE allocation SET quantity = quantity - ? WHERE line_id = ? AND stock_id = ?),"
)


# By the open deliveries that ask for the item: an index of picks by batch would be one more page at every scan.
_STAGED = """
    FROM site z JOIN document d ON d.site_id = z.id AND d.kind = 'delivery' AND d.state = 'open'
    JOIN document_line l ON l.document_id = d.id JOIN pick p ON p.line_id = l.id AND p.state = 'staged'
    WHERE l.item_id = ?
"""


def staged_of(batch: Batch) -> list[tuple[str, str, Decimal]]:
    """Give what of a batch is picked and not gone yet: (delivery, status, quantity in the item's unit) of each pick."""
    found = rows(
        f"SELECT d.document_no, p.status, p.quantity {_STAGED} AND z.id = ? AND p.batch_id = ? ORDER BY p.id",
        batch.item_id, batch.site_id, batch.id,
    )  # fmt: skip
    return [(number, status, quantity(amount, batch.item.decimals)) for number, status, amount in found]


def staged_batches(item_id: int) -> set[int]:
    """Give the ids of an item's batches, at all sites, of which something is staged."""
    return {batch_id for (batch_id,) in rows(f"SELECT DISTINCT p.batch_id {_STAGED}", item_id)}


def take_for_line(
    tx: Transaction, line: LineFacts, source: StockLine, amount: Decimal, *, own: Decimal, lying: Decimal,
    facts: PickFacts,
) -> Entry:  # fmt: skip
    """Write a pick; `own` is the part of the row's promise it uses up, `lying` the batch's quantity in the bin before.

    The caller holds the locks of the line and the batch. Raises OverIssue, InsufficientStock when a guard finds less.
    """
    balance = lying - amount
    if amount > source.free or balance < 0:
        raise moves.insufficient(source)
    card = moves.card_values(
        tx, batch_id=source.batch_id, place_id=source.place_id, status=source.status, owner=source.owner, kind="pick",
        into=0, out=millionths(amount), balance=millionths(balance), voucher_no=line.document_no,
    )  # fmt: skip
    write = _in_one if is_postgres() else _in_five
    entry = write(tx, line, source, amount, own, card, facts)
    tx.entries.append(canonical("card", entry, card))
    counts.note_late(
        tx, batch_id=source.batch_id, place_id=source.place_id, owner=source.owner, change=-millionths(amount),
        kind="pick",
    )  # fmt: skip
    return Entry(
        entry_no=entry, balance=quantity(millionths(balance), source.decimals), stock_id=source.stock_id,
        place_left=balance > 0,
    )  # fmt: skip


def _pick_values(
    tx: Transaction, source: StockLine, amount: Decimal, facts: PickFacts
) -> tuple[tuple[Any, ...], tuple[str, str]]:
    """Give the columns of a pick before and after the card entry's id."""
    before = (
        source.batch_id, source.place_id, source.status, source.owner, millionths(amount), 0, "staged", tx.actor.name,
    )  # fmt: skip
    return before, (msgspec.json.encode(facts.passed_over).decode(), facts.flagged)


def _in_five(
    tx: Transaction, line: LineFacts, source: StockLine, amount: Decimal, own: Decimal, card: tuple[Any, ...],
    facts: PickFacts,
) -> int:  # fmt: skip
    if not documents.count_up(line, amount):
        raise _over_issue(line, amount)
    if own:
        allocations.use_up(line.line_id, source.stock_id, own, promised=source.own_reserved)
    entry = moves.append_card(card)
    moves.lower(source, amount, own=own, entry=entry)
    before, after = _pick_values(tx, source, amount, facts)
    rows(
        "INSERT INTO pick (line_id, batch_id, place_id, status, owner, quantity, returned, state, picked_by,"
        " card_entry_id, passed_over, flagged) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        line.line_id, *before, entry, *after,
    )  # fmt: skip
    return entry


def _in_one(
    tx: Transaction, line: LineFacts, source: StockLine, amount: Decimal, own: Decimal, card: tuple[Any, ...],
    facts: PickFacts,
) -> int:  # fmt: skip
    before, after = _pick_values(tx, source, amount, facts)
    asked, used = millionths(amount), millionths(own)
    spent: tuple[Any, ...] = ()
    statement = _WITHOUT_PROMISE
    if own:
        is_all = own == source.own_reserved  # as read under the line's lock
        statement = _EMPTYING_PROMISE if is_all else _LOWERING_PROMISE
        spent = (line.line_id, source.stock_id) if is_all else (used, line.line_id, source.stock_id)
    written = rows(
        statement, asked, line.line_id, asked, *spent, *card, asked, used, source.stock_id, used, asked, line.line_id,
        *before, *after,
    )  # fmt: skip
    if not written:
        raise _over_issue(line, amount)
    if written[0][1] is None:
        raise moves.insufficient(source)
    return int(written[0][0])


def _over_issue(line: LineFacts, amount: Decimal) -> OverIssue:
    excess = max(amount - line.open_quantity, Decimal(0))
    return OverIssue(item_no=line.item_no, open_quantity=line.open_quantity, excess=excess)
