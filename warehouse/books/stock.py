"""Stock as facts: what lies where, in which status, whose, and what is promised. One read an act.

A `StockLine` is what the rules see; the hot reads give it with all that decides, so that no rule needs a second look.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from warehouse.rules.fifo import StockLine
from warehouse.tables.base import (
    NO_EXPIRY,
    as_day,
    as_json,
    as_table,
    is_postgres,
    millionths,
    on_engine,
    quantity,
    rows,
)
from warehouse.transaction import Transaction

MANY = 1_000_000

# Every fact that decides whether goods may leave, and in which order. `s` stock, `b` batch, `i` item, `p` place.
COLUMNS = """
    s.id, s.site_id, s.item_id, i.item_no, i.decimals, s.batch_id, b.batch_no, s.place_id, s.bin_code, s.status,
    s.owner, s.quantity, s.reserved, s.first_received_on, s.expiry_key, s.receipt_sequence, b.reinspect_on, b.hold,
    b.hold_reason, b.concession_no, b.concession_customer, b.concession_until, p.frozen_by, b.needs_concession
    FROM stock s JOIN batch b ON b.id = s.batch_id JOIN item i ON i.id = s.item_id JOIN place p ON p.id = s.place_id
"""


def as_line(row: Sequence[Any], own_reserved: int = 0) -> StockLine:
    """Make the rules' view of a row selected by COLUMNS; `own_reserved` in millionths is this order's own promise."""
    (
        stock_id, site_id, item_id, item_no, decimals, batch_id, batch_no, place_id, bin_code, status, owner,
        on_hand, reserved, received, expiry, sequence, reinspect_on, hold, hold_reason,
        concession, customer, until, frozen_by, needs_concession,
    ) = row  # fmt: skip
    places = int(decimals)
    return StockLine(
        stock_id=stock_id, site_id=site_id, item_id=item_id, item_no=item_no, decimals=places,
        batch_id=batch_id, batch_no=batch_no, place_id=place_id, bin_code=bin_code, status=status, owner=owner,
        quantity=quantity(on_hand, places), reserved=quantity(reserved, places),
        own_reserved=quantity(own_reserved, places),
        first_received_on=date.fromisoformat(received), expiry_date=as_day(expiry), receipt_sequence=sequence,
        reinspect_on=as_day(reinspect_on), hold=hold, hold_reason=hold_reason,
        concession=concession, concession_customer=customer, concession_until=as_day(until), frozen_by=frozen_by,
        needs_concession=bool(needs_concession),
    )  # fmt: skip


def lock_batches(batch_ids: Iterable[int]) -> None:
    """Take the lock of batches, in the order of their ids, before their rows are read to be changed.

    On SQLite the writer is alone already. A statement of its own: what is read in the statement that waited is stale.
    """
    if not is_postgres():
        return
    wanted = sorted(set(batch_ids))
    if len(wanted) == 1:
        rows("SELECT id FROM batch WHERE id = ? FOR NO KEY UPDATE", wanted[0])
    elif wanted:
        rows("SELECT id FROM batch WHERE id = ANY(?) ORDER BY id FOR NO KEY UPDATE", wanted)


def of_batch(batch_id: int) -> list[StockLine]:
    """Give all rows of a batch, empty ones too, by place."""
    return [as_line(row) for row in rows(f"SELECT {COLUMNS} WHERE s.batch_id = ? ORDER BY s.bin_code, s.id", batch_id)]


def of_batches(batch_ids: Iterable[int]) -> dict[int, list[StockLine]]:
    """Give what lies of each of these batches, by place; a batch of which nothing lies has an empty list."""
    found: dict[int, list[StockLine]] = {batch_id: [] for batch_id in batch_ids}
    for row in rows(
        f"SELECT {COLUMNS} JOIN {as_table('t', batch_id='bigint')} ON t.batch_id = s.batch_id WHERE s.quantity > 0"
        " ORDER BY s.batch_id, s.bin_code, s.id",
        as_json([(batch_id,) for batch_id in found]),
    ):
        line = as_line(row)
        found[line.batch_id].append(line)
    return found


def in_place(place_id: int) -> list[StockLine]:
    """Give what lies in a place, oldest first."""
    return [
        as_line(row)
        for row in rows(
            f"SELECT {COLUMNS} WHERE s.place_id = ? AND s.quantity > 0 ORDER BY s.first_received_on, s.id", place_id
        )
    ]


def staged(document_id: int) -> list[tuple[int, StockLine]]:
    """Give the staged goods of a document as lines the rules can judge, each with its document line's id.

    They lie in no bin any more, so no count freezes them; all else is as it is now, not as it was at the pick.
    """
    found = rows(
        "SELECT k.line_id, k.id, b.site_id, b.item_id, i.item_no, i.decimals, k.batch_id, b.batch_no, k.place_id,"
        " p.bin_code, k.status, k.owner, k.quantity, 0, b.first_received_on, COALESCE(b.expiry_date, ?),"
        " b.receipt_sequence, b.reinspect_on, b.hold, b.hold_reason, b.concession_no, b.concession_customer,"
        " b.concession_until, '', b.needs_concession FROM document_line l JOIN pick k ON k.line_id = l.id"
        " JOIN batch b ON b.id = k.batch_id JOIN item i ON i.id = b.item_id JOIN place p ON p.id = k.place_id"
        " WHERE l.document_id = ? AND k.state = 'staged' ORDER BY k.id",
        NO_EXPIRY, document_id,
    )  # fmt: skip
    return [(line_id, as_line(row)) for line_id, *row in found]


def candidates(tx: Transaction, *, item_id: int, owner: str, fefo: bool, most: int = MANY) -> list[StockLine]:
    """Give the open rows of an item and owner at the site, the first `most` in FIFO (or FEFO) order, of every status.

    The rules skip and say why. A plan seldom needs more than the first few of 200 batches: ask for few, then for more.
    """
    found = rows(
        f"SELECT {COLUMNS} WHERE s.site_id = ? AND s.item_id = ? AND s.owner = ? AND s.open = 1"
        f" ORDER BY {_order(fefo)} LIMIT ?",
        tx.site.id, item_id, owner, most,
    )  # fmt: skip
    return [as_line(row) for row in found]


def has_expiry(tx: Transaction, *, item_id: int, owner: str) -> bool:
    """Say whether any open row of the item has an expiry date; one look at the end of an index."""
    found = rows(
        "SELECT expiry_key FROM stock WHERE site_id = ? AND item_id = ? AND owner = ? AND open = 1"
        " ORDER BY expiry_key LIMIT 1",
        tx.site.id, item_id, owner,
    )  # fmt: skip
    return bool(found) and found[0][0] != NO_EXPIRY


def _order(fefo: bool) -> str:
    if fefo:
        return "s.expiry_key, s.first_received_on, s.receipt_sequence, s.bin_code"
    return "s.first_received_on, s.expiry_key, s.receipt_sequence, s.bin_code"


def _for_pick(fefo: bool, everywhere: bool) -> str:
    """Write the read of a pick: three short index reads, not one OR, as each has its own index on both engines."""
    keys = "s.expiry_key, s.first_received_on" if fefo else "s.first_received_on, s.expiry_key"
    scope = "" if everywhere else " AND s.site_id = ?"
    own = "(SELECT COALESCE(SUM(a.quantity), 0) FROM allocation a WHERE a.line_id = ? AND a.stock_id = s.id)"
    return (
        f"SELECT {own}, {COLUMNS} WHERE s.id IN (SELECT id FROM stock WHERE batch_id = ?"
        " UNION ALL SELECT stock_id FROM allocation WHERE line_id = ?"
        f" UNION ALL SELECT id FROM stock s WHERE s.item_id = ? AND s.owner = ? AND s.open = 1{scope}"
        f" AND ({keys}, s.receipt_sequence) < (?, ?, ?))"
    )


# Written once: the drivers look a statement up by its text.
_FOR_PICK = {(fefo, everywhere): _for_pick(fefo, everywhere) for fefo in (False, True) for everywhere in (False, True)}


def for_pick(
    tx: Transaction, *, line_id: int, item_id: int, owner: str, batch_id: int, until: tuple[str, str, int], fefo: bool,
    everywhere: bool,
) -> list[StockLine]:  # fmt: skip
    """Give in one read what a pick's rules need: the batch's rows, the line's own, and older open ones.

    `until` is the scanned batch's (first_received_on, expiry_key, receipt_sequence): older rows up to it are read, not
    all 200 of the item. A row wholly reserved by this line is not open; left out, it would let a newer batch pass.
    """
    first, expiry, sequence = until
    bound = (expiry, first, sequence) if fefo else (first, expiry, sequence)
    site = () if everywhere else (tx.site.id,)
    found = rows(
        _FOR_PICK[fefo, everywhere], line_id, batch_id, line_id, item_id, owner, *site, *bound
    )  # fmt: skip
    return [as_line(row[1:], int(row[0])) for row in found]


def reserve(wanted: dict[int, Decimal]) -> set[int]:
    """Promise so much of each row, guarded; gives the rows of which that much was free."""
    found = rows(
        f"UPDATE stock SET reserved = reserved + t.more FROM {as_table('t', stock_id='bigint', more='bigint')}"
        " WHERE stock.id = t.stock_id AND quantity - reserved >= t.more RETURNING stock.id",
        as_json([(stock_id, millionths(amount)) for stock_id, amount in wanted.items()]),
    )
    return {stock_id for (stock_id,) in found}


def lock_clause() -> str:
    """Give the row lock PostgreSQL wants and SQLite does not know."""
    return on_engine(sqlite="", postgres=" FOR NO KEY UPDATE")
