"""What is true in the planted month, kept apart from the product: goods in bins, the finance book, what was done wrong.

Nothing here is read from the service's books, and nothing of it is told to the service but by what people would do:
scan, post, count what they see, and hand in the finance book's balances.
A piece is the smallest quantity an item's unit has: one of pcs, a gram of kg, a tenth of m.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

CAUSES = (
    "physical-loss", "physical-gain", "missing-card-entry", "missing-posting", "swapped-batches", "misplaced",
    "double-posting", "unit-error", "digit-transposition",
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Lot:
    """A batch of an item and whose it is: a row of the reconciliation."""

    item_no: str
    batch_no: str
    owner: str = ""

    def __str__(self) -> str:
        return f"{self.item_no}/{self.batch_no}" + (f" of {self.owner}" if self.owner else "")


@dataclass(frozen=True, kw_only=True)
class Voucher:
    """A paper that goes to accounting: what it brought (positive) or took, in pieces by lot."""

    number: str
    lines: dict[Lot, int]
    handed_in: datetime


class World:
    """The goods as they really lie: pieces by lot and bin, never below nothing. Staged goods lie in no bin."""

    def __init__(self) -> None:
        self.goods: Counter[tuple[Lot, str]] = Counter()

    def put(self, lot: Lot, place: str, pieces: int) -> None:
        """Lay pieces into a bin."""
        if pieces:
            self.goods[lot, place] += pieces

    def take(self, lot: Lot, place: str, pieces: int) -> int:
        """Take up to so many pieces out of a bin; gives what was really there to be taken."""
        taken = min(pieces, self.goods[lot, place])
        self.goods[lot, place] -= taken
        if not self.goods[lot, place]:
            del self.goods[lot, place]
        return taken

    def piles(self) -> list[tuple[Lot, str, int]]:
        """Give what lies where, in a fixed order."""
        return [(lot, place, pieces) for (lot, place), pieces in sorted(self.goods.items())]

    def of_lot(self, lot: Lot) -> list[tuple[str, int]]:
        """Give where a lot lies and how much."""
        return [(place, pieces) for (each, place), pieces in sorted(self.goods.items()) if each == lot]


class FinanceBook:
    """The finance system's own bookkeeping: a balance by lot, fed by vouchers as accounting typed them."""

    def __init__(self) -> None:
        self.balance: Counter[Lot] = Counter()

    def book(self, lines: dict[Lot, int]) -> None:
        """Post a voucher's lines."""
        for lot, pieces in lines.items():
            self.balance[lot] += pieces


@dataclass(kw_only=True)
class Fault:
    """What was done wrong, by what happened and not by how it looks."""

    cause: str
    lots: list[Lot]
    story: str
    bins: tuple[str, ...] = ()  # where it lies and should not, or lay
    is_mixed: bool = False  # another fault was planted on the same row on purpose


@dataclass(kw_only=True)
class Month:
    """The whole truth of a played month."""

    world: World = field(default_factory=World)
    finance: FinanceBook = field(default_factory=FinanceBook)
    faults: list[Fault] = field(default_factory=list)
    packs: dict[str, int] = field(default_factory=dict)  # pieces in a box, by item
    decimals: dict[str, int] = field(default_factory=dict)  # of the item's unit
    movements: int = 0
    acts: Counter[str] = field(default_factory=Counter)

    def one(self, item_no: str) -> int:
        """Give the pieces in one of the item's unit."""
        return 10 ** self.decimals[item_no]  # type: ignore[no-any-return]

    def text(self, item_no: str, pieces: int) -> str:
        """Write pieces as people type them, in the item's unit."""
        return str(Decimal(pieces).scaleb(-self.decimals[item_no]))

    def pieces(self, item_no: str, text: str) -> int:
        """Read what the service says, in the item's unit."""
        return int(Decimal(text).scaleb(self.decimals[item_no]))
