"""The bin card 材料卡 on a screen: what has a card in a place, and whether card 卡 and account 帳 agree (K6, 4.7.5 d).

Both books are compared voucher by voucher, never by time: a receipt that is scanned and not yet posted, goods taken and
not yet dispatched are named by their document and are no fault. Source: R-R8, R-R11, R-R12.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from warehouse.tables.base import as_day, quantity, rows
from warehouse.tables.books import Batch
from warehouse.transaction import Transaction

MOST_CARDS = 500  # of one place on one page


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A voucher that stands in both books with different sums, or in one alone: card less account, item's unit.

    `waits` says that its document is still open: the account follows when it is posted.
    """

    voucher_no: str
    kind: str
    quantity: Decimal
    waits: bool

    @property
    def signed(self) -> str:
        """Write the difference with its sign."""
        return f"{self.quantity:+f}"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The card of a batch beside its account, all places and owners, in the item's unit."""

    card: Decimal
    account: Decimal
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """Say whether both books have the same sum."""
        return self.card == self.account

    @property
    def is_explained(self) -> bool:
        """Say whether open documents alone account for what differs."""
        waiting = sum((each.quantity for each in self.differences if each.waits), Decimal(0))
        return self.card - self.account == waiting


def compare(batch: Batch) -> Comparison:
    """Put a batch's card beside its account; the vouchers are asked for only where the sums differ."""
    ((card, account),) = rows(
        "SELECT (SELECT COALESCE(SUM(quantity), 0) FROM stock WHERE batch_id = ?),"
        " (SELECT COALESCE(SUM(balance), 0) FROM ledger_balance WHERE batch_id = ?)",
        batch.id, batch.id,
    )  # fmt: skip
    decimals = batch.item.decimals
    return Comparison(
        card=quantity(card, decimals),
        account=quantity(account, decimals),
        differences=tuple(_differences(batch, decimals)) if card != account else (),
    )


def _differences(batch: Batch, decimals: int) -> list[Difference]:
    found = rows(
        "SELECT v.voucher_no, v.card - v.account, COALESCE(d.kind, ''), COALESCE(d.state, '') FROM ("
        " SELECT voucher_no, SUM(card) AS card, SUM(account) AS account FROM ("
        "  SELECT voucher_no, quantity_in - quantity_out AS card, 0 AS account FROM card_entry WHERE batch_id = ?"
        "  UNION ALL"
        "  SELECT voucher_no, 0, quantity_in - quantity_out FROM ledger_entry WHERE batch_id = ?) AS lines"
        " GROUP BY voucher_no HAVING SUM(card) <> SUM(account)) AS v"
        " LEFT JOIN document d ON d.document_no = v.voucher_no ORDER BY v.voucher_no",
        batch.id, batch.id,
    )  # fmt: skip
    return [
        Difference(voucher_no=voucher, kind=kind, quantity=quantity(moved, decimals), waits=state == "open")
        for voucher, moved, kind, state in found
    ]


def cards_of_place(tx: Transaction, bin_code: str) -> list[dict[str, Any]]:
    """Give a place's cards, what lies there first, by item and age: balance, statuses, age and the last movement."""
    found = rows(
        "SELECT i.item_no, i.name, i.unit, i.decimals, b.batch_no, b.first_received_on, s.status, s.quantity,"
        " (SELECT MAX(c.id) FROM card_entry c WHERE c.batch_id = s.batch_id AND c.place_id = s.place_id)"
        " FROM stock s JOIN place p ON p.id = s.place_id JOIN batch b ON b.id = s.batch_id"
        " JOIN item i ON i.id = s.item_id"
        " WHERE p.site_id = ? AND p.bin_code = ? AND s.quantity > 0"
        f" ORDER BY i.item_no, b.first_received_on, b.receipt_sequence, s.id LIMIT {MOST_CARDS}",
        tx.site.id, bin_code,
    )  # fmt: skip
    cards: dict[tuple[str, str], dict[str, Any]] = {}
    for item_no, name, unit, decimals, batch_no, received, status, on_hand, last in found:
        card = cards.setdefault(
            (item_no, batch_no),
            {
                "item_no": item_no, "name": name, "unit": unit, "batch_no": batch_no, "statuses": [],
                "balance": Decimal(0), "age_days": _age(received, tx.today), "last_entry": last,
            },
        )  # fmt: skip
        card["balance"] += quantity(on_hand, decimals)
        if status not in card["statuses"]:
            card["statuses"].append(status)
    return list(cards.values())


def _age(received: str, today: date) -> int:
    day = as_day(received)
    return (today - day).days if day else 0


def places_of_batch(batch: Batch) -> list[str]:
    """Give the places where a batch has a card, those where something lies first, by name."""
    found = rows(
        "SELECT bin_code, SUM(quantity) FROM stock WHERE batch_id = ? GROUP BY bin_code"
        " ORDER BY CASE WHEN SUM(quantity) > 0 THEN 0 ELSE 1 END, bin_code",
        batch.id,
    )
    return [bin_code for bin_code, _ in found]


def lying(batch: Batch, bin_code: str) -> list[tuple[str, Decimal]]:
    """Give what lies of a batch in a place by status, in the item's unit."""
    found = rows(
        "SELECT s.status, SUM(s.quantity) FROM stock s WHERE s.batch_id = ? AND s.bin_code = ? AND s.quantity > 0"
        " GROUP BY s.status ORDER BY s.status",
        batch.id, bin_code,
    )  # fmt: skip
    return [(status, quantity(amount, batch.item.decimals)) for status, amount in found]
