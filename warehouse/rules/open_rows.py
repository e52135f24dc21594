"""A row on its way through the judgement: what of it is still unexplained, how likely single mistakes are (R-R5)."""

from dataclasses import dataclass, field
from decimal import Decimal

from warehouse.rules.causes import guess_account, guess_goods
from warehouse.rules.reconciliation import ZERO, Explained, Part, PlaceFigure, Row


@dataclass
class Gap:
    """A difference between goods and card in one place (or of the row, where no place is known), while it is open."""

    place: PlaceFigure | None
    variance: Decimal
    is_rest: bool = False  # a part of it is told already

    @property
    def location(self) -> str:
        return self.place.location if self.place else ""


@dataclass
class OpenRow:
    """A row on its way: what is left of card less account, what is left between goods and card, and what is settled."""

    row: Row
    records: Decimal = ZERO
    gaps: list[Gap] = field(default_factory=list)
    explained: list[Explained] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    @property
    def goods(self) -> Decimal:
        return sum((gap.variance for gap in self.gaps), ZERO)

    @property
    def truth(self) -> Decimal:
        """What the row holds when neither card nor goods are wrong."""
        return self.row.card


def is_card_alone(state: OpenRow) -> bool:
    """Say whether account and goods agree and the card stands alone."""
    return bool(state.records) and state.goods == -state.records


def weight_of_goods(state: OpenRow, gap: Gap) -> float:
    """Weigh the likeliest single mistake behind a gap."""
    return guess_goods(state.row, gap.place, gap.variance)[0].weight


def weight_of_account(state: OpenRow) -> float:
    """Weigh the likeliest single mistake behind what card and account differ by."""
    return guess_account(state.row, -state.records, state.truth)[0].weight
