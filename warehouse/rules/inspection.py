"""QA's verdict on goods: how much is what, by whom, and under which number a part goes on (4.4, 4.5.4; R-Q2..R-Q4)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import count

from warehouse.rules.fifo import StockLine
from warehouse.rules.refusals import (
    DocumentState,
    InsufficientStock,
    InvalidInput,
    NotQualified,
    SamePerson,
    WrongPlace,
)
from warehouse.rules.status import InspectionStatus


class Verdict(StrEnum):
    """What an inspection may say. Each word is also the `InspectionStatus` the goods then have."""

    QUALIFIED = "qualified"
    NONCONFORMING = "nonconforming"
    AWAITING = "awaiting"


class InspectionKind(StrEnum):
    """The occasions of an inspection (4.4)."""

    INCOMING = "incoming"
    SELF = "self"
    FIRST_ARTICLE = "first_article"
    PATROL = "patrol"
    FINAL = "final"
    REINSPECTION = "reinspection"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One part of an inspected batch, in the item's unit, and what was said of it."""

    quantity: Decimal
    verdict: Verdict


# Parts in these two statuses may share one batch number; of any other status a number has that status alone.
SHARED = (InspectionStatus.PENDING, InspectionStatus.QUALIFIED)
UNDECIDED = (InspectionStatus.PENDING, InspectionStatus.AWAITING)


def to_inspect(lines: Sequence[StockLine], kind: InspectionKind) -> list[StockLine]:
    """Give the lines with goods that an inspection of that kind decides on, pending ones first.

    A re-inspection decides on undecided and qualified goods, every other kind on undecided ones; where there are none,
    nonconforming goods may be sorted, which is a new inspection. Scrap is never inspected: raises NotQualified when
    there is nothing else. Source: 4.7.2; R-Q3, R-Q5, R-Q10.
    """
    lying = [line for line in lines if line.quantity > 0]
    also = (InspectionStatus.QUALIFIED,) if kind is InspectionKind.REINSPECTION else ()
    found = [line for line in lying if line.status in (*UNDECIDED, *also)]
    if not found:
        found = [line for line in lying if line.status == InspectionStatus.NONCONFORMING]
    if not found and lying and all(line.status == InspectionStatus.SCRAP for line in lying):
        raise NotQualified(
            item_no=lying[0].item_no, batch_no=lying[0].batch_no, batch_status=InspectionStatus.SCRAP, reason="scrap"
        )
    order = [*UNDECIDED, InspectionStatus.QUALIFIED, InspectionStatus.NONCONFORMING]
    return sorted(found, key=lambda line: (order.index(InspectionStatus(line.status)), line.bin_code, line.stock_id))


def choose_place(lines: Sequence[StockLine], place_from: str | None, *, decides_all: bool) -> list[StockLine]:
    """Give the lines a decision takes its goods from: those in the named place, or all when there is no choice.

    Without a name the goods must lie in one place, or the decision be on all of them (`decides_all`). Raises
    InvalidInput when the place has to be said, WrongPlace when nothing to decide lies there.
    Source: interface, inspections, `from`.
    """
    places = sorted({line.bin_code for line in lines})
    if place_from is None:
        if len(places) > 1 and not decides_all:
            raise InvalidInput(field="from", reason="several-places")
        return list(lines)
    here = [line for line in lines if line.bin_code == place_from]
    if not here and lines:
        raise WrongPlace(item_no=lines[0].item_no, batch_no=lines[0].batch_no, location=place_from, places=places)
    return here


def keeps_number(
    status: InspectionStatus, *, before: InspectionStatus, others: Collection[str], is_sub_batch: bool
) -> bool:
    """Say whether goods keep their batch number under a new status, or get a sub-batch.

    `others` are the statuses of what else is in the batch. Pending and qualified goods share a number; a nonconforming,
    awaiting or scrap part never does. All of a sub-batch going one way keeps its number, and so do goods that were set
    apart already; all of a batch as received does not, for more of it may come in white.
    Source: R-Q2; interface, "Sub-batch".
    """
    if status in SHARED:
        return before in SHARED or all(other in SHARED for other in others)
    is_alone = all(other == status for other in others)
    return is_alone and (is_sub_batch or before not in SHARED)


def covers_batch(*, undecided_left: Decimal, not_looked_at: Decimal, staged: Decimal) -> bool:
    """Say whether an inspection was of all the batch's goods that could leave: only then may its due date move.

    The due date is the batch's: moved for a part, it would let goods leave that nobody looked at. Quantities in the
    item's unit: still undecided, qualified but not in this inspection, and picked. Source: 4.7.2; R-I6, R-I9.
    """
    return undecided_left == 0 and not_looked_at == 0 and staged == 0


def check_decisions(decisions: Sequence[Decision], *, item_no: str, batch_no: str, undecided: Decimal) -> Decimal:
    """Return the quantity that stays undecided and white after `decisions`.

    Raises InvalidInput when there is no decision or one of nothing or less, InsufficientStock when they decide more
    than is undecided. Source: R-Q2, R-Q3.
    """
    if not decisions:
        raise InvalidInput(field="decisions", reason="missing")
    if any(decision.quantity <= 0 for decision in decisions):
        raise InvalidInput(field="decisions", reason="not-positive")
    rest = undecided - sum(decision.quantity for decision in decisions)
    if rest < 0:
        raise InsufficientStock(item_no=item_no, batch_no=batch_no, available=undecided)
    return rest


def check_inspector(
    *, inspector: str, receivers: Mapping[str, int], segregated: bool, unsegregated_entry: int = 0
) -> None:
    """Refuse a verdict by one of those who received the goods, when segregation of duties is on.

    `receivers` names the first card line by which each of them received. What came in up to the card's last line when
    it was switched off (`unsegregated_entry`) is still under it. Raises SamePerson. Source: R-Q4.
    """
    entry = receivers.get(inspector)
    if entry is not None and (segregated or entry <= unsegregated_entry):
        raise SamePerson(person=inspector, needs="inspector")


def next_sub_batch_no(parent_no: str, taken: Collection[str]) -> str:
    """Return the parent's number with the smallest free number from 1: A-1, then A-2; split again, A-1-1.

    `taken` are the item's batch numbers, whether sub-batches or not: a supplier may well call a batch "A-1".
    Source: R-Q2; interface, "Sub-batch".
    """
    used = set(taken)
    return next(number for n in count(1) if (number := f"{parent_no}-{n}") not in used)


def resets_clock(kind: InspectionKind, *, after_return_or_rework: bool) -> bool:
    """Say whether the next re-inspection is counted from this inspection.

    Incoming and final inspections do not move it, unless they are the one after a return, rework or repair.
    Source: R-I5, R-I9; interface, "Re-inspection".
    """
    return after_return_or_rework or kind is InspectionKind.REINSPECTION


def spread(
    lines: Sequence[StockLine], amount: Decimal, *, item_no: str, batch_no: str
) -> list[tuple[StockLine, Decimal]]:
    """Say how much of each line makes up `amount`, in the lines' order and never more than is free.

    Raises InsufficientStock, naming the place when it is one. Source: R-Q3.
    """
    takes: list[tuple[StockLine, Decimal]] = []
    left = amount
    for line in lines:
        part = min(left, line.free)
        if part > 0:
            takes.append((line, part))
            left -= part
    if left > 0:
        places = {line.bin_code for line in lines}
        raise InsufficientStock(
            item_no=item_no, batch_no=batch_no, location=places.pop() if len(places) == 1 else None,
            available=amount - left,
        )  # fmt: skip
    return takes


def check_hold(kind: str, reason: str, *, batch_no: str, open_kinds: Collection[str]) -> None:
    """Refuse a hold without a reason (InvalidInput), or one that stands already (DocumentState). Source: R-Q12."""
    if not reason.strip():
        raise InvalidInput(field="reason", reason="missing")
    if kind in open_kinds:
        raise DocumentState(document_no=batch_no, state=kind, reason="held-already")


def check_lift(kind: str, reason: str, *, batch_no: str, open_kinds: Collection[str]) -> None:
    """Refuse to lift doubt but by an inspection, to lift without a reason (InvalidInput), or what does not stand.

    Raises DocumentState for the last. Source: 4.7.2; R-I7, R-Q12.
    """
    if kind == "in-doubt":
        raise InvalidInput(field="kind", reason="by-inspection")
    if not reason.strip():
        raise InvalidInput(field="reason", reason="missing")
    if kind not in open_kinds:
        raise DocumentState(document_no=batch_no, state="open", reason="not-held")
