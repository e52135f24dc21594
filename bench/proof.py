"""Proving from the records alone that no issue passed over an older batch that could leave, and nothing is negative.

Reads the tables with its own statements and decides with its own few lines; nothing of the service's rules is used.
A batch could have left instead when, at the moment of the pick, it was older by (first receipt, expiry, order of
arrival), lay in the same site in status qualified, was ours like the picked one, not due for re-inspection, and more
of it was there than orders that were open then took from it later (that much was reserved).
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Fetch = Callable[[str], list[tuple[Any, ...]]]
Key = tuple[int, int, str, str]  # batch, place, status, owner

_BATCHES = """
    SELECT id, site_id, item_id, batch_no, first_received_on, COALESCE(expiry_date, '9999-12-31'), receipt_sequence,
           COALESCE(reinspect_on, '9999-12-31') FROM batch"""
_CARD = """
    SELECT id, batch_id, place_id, status, owner, kind, quantity_in, quantity_out, balance, written_at
    FROM card_entry ORDER BY id"""
_PICKS = """
    SELECT p.card_entry_id, p.line_id, p.batch_id, p.owner, p.quantity, p.state, p.flagged, d.created_at
    FROM pick p JOIN document_line l ON l.id = p.line_id JOIN document d ON d.id = l.document_id
    ORDER BY p.card_entry_id"""


@dataclass(frozen=True, kw_only=True)
class _Batch:
    site: int
    item: int
    number: str
    age: tuple[str, str, int]
    reinspect_on: str


@dataclass(frozen=True, kw_only=True)
class _Pick:
    card: int
    line: int
    batch: int
    owner: str
    quantity: int
    flagged: str
    ordered_at: str


@dataclass(kw_only=True)
class Proof:
    """What was looked at, and every finding as one sentence; none: proved."""

    picks: int = 0
    older_looked_at: int = 0
    older_reserved: int = 0  # older batches that lay there, wholly promised to orders open at that time
    flagged: int = 0  # picks that left the order of age with leave, by ticket or confirmation
    findings: list[str] = field(default_factory=list)


class _Floor:
    """What lay where at a moment, followed through the bin cards in their order."""

    def __init__(self, batches: dict[int, _Batch]) -> None:
        self.batches = batches
        self.lying: dict[Key, int] = defaultdict(int)
        self.qualified: dict[tuple[int, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))  # item, owner
        self.in_bin: dict[tuple[int, int], int] = defaultdict(int)

    def move(self, batch: int, place: int, status: str, owner: str, change: int) -> int:
        """Add a signed change and give what lies in that place of the batch after it."""
        self.lying[batch, place, status, owner] += change
        self.in_bin[batch, place] += change
        if status == "qualified":
            self.qualified[self.batches[batch].item, owner][batch] += change
        return self.in_bin[batch, place]


def prove(fetch: Fetch) -> Proof:
    """Follow the whole history; `fetch` runs one SELECT and gives its rows."""
    proof = Proof()
    batches = {
        row[0]: _Batch(site=row[1], item=row[2], number=row[3], age=(row[4], row[5], row[6]), reinspect_on=row[7])
        for row in fetch(_BATCHES)
    }
    picks = {
        row[0]: _Pick(card=row[0], line=row[1], batch=row[2], owner=row[3], quantity=row[4], flagged=row[6],
                      ordered_at=row[7])
        for row in fetch(_PICKS)
    }  # fmt: skip
    later: dict[int, list[_Pick]] = defaultdict(list)
    for pick in picks.values():
        later[pick.batch].append(pick)
    floor, open_picks = _Floor(batches), dict[int, _Pick | None](picks)
    for entry, batch, place, status, owner, kind, into, out, balance, at in fetch(_CARD):
        if kind == "pick":
            pick = open_picks.pop(entry, None)
            if pick is None or pick.batch != batch or pick.quantity != out:
                proof.findings.append(f"card line {entry} is a pick that no pick row explains")
            else:
                _check_age(proof, floor, pick, later, at)
        left = floor.move(batch, place, status, owner, into - out)
        if left != balance or left < 0 or floor.lying[batch, place, status, owner] < 0:
            proof.findings.append(f"card line {entry}: {left} left by its lines, {balance} written")
    proof.findings += [f"pick of card line {entry} is on no card" for entry in open_picks]
    _check_stock(proof, floor, fetch)
    return proof


def _check_age(proof: Proof, floor: _Floor, pick: _Pick, later: dict[int, list[_Pick]], at: str) -> None:
    """Look at every older batch that lay there at the moment of a pick."""
    proof.picks += 1
    mine = floor.batches[pick.batch]
    for other, quantity in floor.qualified[mine.item, pick.owner].items():
        older = floor.batches[other]
        if quantity <= 0 or older.age >= mine.age or older.site != mine.site or older.reinspect_on <= at[:10]:
            continue
        proof.older_looked_at += 1
        promised = sum(
            each.quantity
            for each in later[other]
            if each.card > pick.card and each.line != pick.line and each.ordered_at <= at
        )
        if quantity <= promised:
            proof.older_reserved += 1
        elif pick.flagged:
            proof.flagged += 1
        else:
            proof.findings.append(
                f"card line {pick.card} took {mine.number} while {quantity - promised} millionths of the older"
                f" {older.number} could have left"
            )


def _check_stock(proof: Proof, floor: _Floor, fetch: Fetch) -> None:
    """Compare the stock table with the cards, promises with reservations, picks with the account."""
    for batch, place, status, owner, quantity, reserved in fetch(
        "SELECT batch_id, place_id, status, owner, quantity, reserved FROM stock"
    ):
        if quantity < 0 or reserved < 0 or reserved > quantity:
            proof.findings.append(f"stock of batch {batch}: {quantity} on hand, {reserved} reserved")
        if floor.lying.pop((batch, place, status, owner), 0) != quantity:
            proof.findings.append(f"stock of batch {batch} in place {place} is not what its card says")
    proof.findings += [f"the card of {key} has no stock row" for key, left in floor.lying.items() if left]
    for what, sql in _EQUAL.items():
        proof.findings += [f"{what}: {row}" for row in fetch(sql)]


_EQUAL = {
    "dispatched picks differ from the account's issues": (
        "SELECT batch_id, SUM(a), SUM(b) FROM"
        " (SELECT batch_id, quantity AS a, 0 AS b FROM pick WHERE state = 'dispatched'"
        " UNION ALL SELECT batch_id, 0, quantity_out FROM ledger_entry WHERE kind = 'issue') AS both_books"
        " GROUP BY batch_id HAVING SUM(a) <> SUM(b)"
    ),
    "promises differ from what is reserved": (
        "SELECT stock_id, SUM(a), SUM(b) FROM (SELECT stock_id, quantity AS a, 0 AS b FROM allocation"
        " UNION ALL SELECT id, 0, reserved FROM stock) AS both_books GROUP BY stock_id HAVING SUM(a) <> SUM(b)"
    ),
}
