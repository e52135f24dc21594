"""Which batch leaves first: guaranteed, not advised (4.7.5 b; R-F1..F15, R-F23).

The key is first receipt date, expiry (none last), receipt sequence; for FEFO items expiry comes first. Never the bin:
any place of the oldest batch will do.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from warehouse.rules.refusals import NotOldest


class Policy(StrEnum):
    """By what an item leaves: first received, or first expired."""

    FIFO = "fifo"
    FEFO = "fefo"


class FifoMode(StrEnum):
    """What happens when a newer batch is scanned: refused, confirmed once and flagged, or allowed."""

    FORCE = "force"
    WARN = "warn"
    OFF = "off"


@dataclass(frozen=True, kw_only=True, slots=True)
class StockLine:
    """A stock row as the rules see it: place, batch, status, owner, quantities in the item's unit, and its terms."""

    stock_id: int = 0
    site_id: int = 1
    item_id: int = 0
    item_no: str = ""
    decimals: int = 0
    batch_id: int = 0
    batch_no: str
    place_id: int = 0
    bin_code: str
    status: str
    owner: str = ""
    quantity: Decimal
    reserved: Decimal = Decimal(0)
    own_reserved: Decimal = Decimal(0)  # the part of `reserved` that is this order's own plan
    first_received_on: date
    expiry_date: date | None = None
    receipt_sequence: int = 0
    reinspect_on: date | None = None
    hold: str = ""
    hold_reason: str = ""
    concession: str = ""
    concession_customer: str = ""
    concession_until: date | None = None
    needs_concession: bool = False
    frozen_by: str = ""
    blocked: str | None = None  # why it cannot leave, by `issue.block`; None: it may

    @property
    def free(self) -> Decimal:
        """What this order may take: on hand less what others reserved."""
        return self.quantity - self.reserved + self.own_reserved


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What to take for a line, oldest first, what stays short, and what was skipped with its reason."""

    takes: list[tuple[StockLine, Decimal]]
    shortage: Decimal
    skipped: list[StockLine]


Key = tuple[date, date, int]


def fifo_key(policy: Policy) -> Callable[[StockLine], Key]:
    """Give the key by which an item's lines leave. Source: R-F11, R-F14, R-F15."""
    if policy is Policy.FEFO:
        return lambda line: (line.expiry_date or date.max, line.first_received_on, line.receipt_sequence)
    return lambda line: (line.first_received_on, line.expiry_date or date.max, line.receipt_sequence)


def check_oldest(scanned: StockLine, found: Iterable[StockLine], *, mode: FifoMode, policy: Policy) -> list[StockLine]:
    """Refuse `scanned`, which may itself leave, while an older batch could leave instead.

    `found` holds at least the item's lines of the site and owner up to the scanned one that are open or
    reserved for this order; `free` is less what others reserved; `blocked` says why a line cannot leave, and
    such a line does not stand in the way. Returns the older lines passed over, oldest first, for the pick's
    record. Raises NotOldest in mode "force", and in mode "warn" one that may be confirmed.
    Source: 4.7.5 b; R-F2, R-F3, R-F5, R-F14.
    """
    key = fifo_key(policy)
    mine = key(scanned)
    older = sorted(
        (line for line in found if line.free > 0 and line.batch_id != scanned.batch_id and key(line) < mine), key=key
    )
    issuable = next((line for line in older if line.blocked is None), None)
    if issuable and mode is not FifoMode.OFF:
        raise NotOldest(
            item_no=issuable.item_no,
            batch_no=issuable.batch_no,
            location=issuable.bin_code,
            available=issuable.free,
            confirmable=mode is FifoMode.WARN,
        )
    return older


def propose(quantity: Decimal, found: Iterable[StockLine], *, policy: Policy) -> Proposal:
    """Plan what to take for `quantity`, oldest first; what is missing is the shortage, never an empty plan.

    Lines with `blocked` are skipped up to the last batch taken and given with their reason. Writes nothing.
    Source: R-F1, R-F5..F8, R-F23.
    """
    key = fifo_key(policy)
    takes: list[tuple[StockLine, Decimal]] = []
    skipped: list[StockLine] = []
    left = quantity
    for line in sorted(found, key=lambda line: (*key(line), line.bin_code)):
        if left <= 0:
            break
        if line.free <= 0:
            continue
        if line.blocked is not None:
            skipped.append(line)
            continue
        taken = min(left, line.free)
        takes.append((line, taken))
        left -= taken
    return Proposal(takes=takes, shortage=left, skipped=skipped)
