"""QA's verdict on goods: how much is what, by whom, and under which number a part goes on (4.4, 4.5.4; R-Q2..R-Q4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import count

from warehouse.rules.refusals import InsufficientStock, InvalidInput, SamePerson


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


def check_inspector(*, inspector: str, receivers: Collection[str], segregated: bool) -> None:
    """Refuse a verdict by one of those who received the goods, when segregation of duties is on.

    Raises SamePerson. Source: R-Q4.
    """
    if segregated and inspector in receivers:
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
