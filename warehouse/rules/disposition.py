"""What becomes of nonconforming goods, and who may decide it (4.5.4; R-Q5..R-Q10)."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from enum import StrEnum

from warehouse.rules.inspection import SHARED, Verdict
from warehouse.rules.refusals import DocumentState, InsufficientStock, InvalidInput, NotQualified, SamePerson
from warehouse.rules.status import InspectionStatus


class DispositionKind(StrEnum):
    """The five ends of a nonconformity. Sorting is none of them: it is a new inspection (R-Q5)."""

    RETURN = "return"
    CONCESSION = "concession"
    REWORK = "rework"
    REPAIR = "repair"
    SCRAP = "scrap"


class Step(StrEnum):
    """What is done to carry a disposition out, after it was proposed."""

    APPROVE = "approve"
    SHIP = "ship"
    OUT = "out"
    BACK = "back"
    DISPOSE = "dispose"


class State(StrEnum):
    """How far a disposition has come; `out` is at the reworker's."""

    AWAITING_APPROVAL = "awaiting-approval"
    OPEN = "open"
    OUT = "out"
    DONE = "done"


_REWORKED = (DispositionKind.REWORK, DispositionKind.REPAIR)
_STEPS = {
    Step.APPROVE: ((DispositionKind.CONCESSION, DispositionKind.SCRAP), State.AWAITING_APPROVAL),
    Step.SHIP: ((DispositionKind.RETURN,), State.OPEN),
    Step.OUT: (_REWORKED, State.OPEN),
    Step.BACK: (_REWORKED, State.OUT),
    Step.DISPOSE: ((DispositionKind.SCRAP,), State.OPEN),
}

# The status once decided and, where needed, approved. Goods to be returned, reworked or repaired stay yellow until
# the document has taken them out (R-Q6, R-Q8).
_STATUS_AFTER = {
    DispositionKind.RETURN: InspectionStatus.NONCONFORMING,
    DispositionKind.CONCESSION: InspectionStatus.QUALIFIED,
    DispositionKind.REWORK: InspectionStatus.NONCONFORMING,
    DispositionKind.REPAIR: InspectionStatus.NONCONFORMING,
    DispositionKind.SCRAP: InspectionStatus.SCRAP,
}


def offered(status: InspectionStatus, *, is_expired: bool) -> tuple[DispositionKind, ...]:
    """Return the dispositions QA may choose for goods of that status: all five for nonconforming (R-Q5).

    Expired goods need no verdict first, their date is one: they are returned or scrapped as they lie (R-E5).
    """
    if status is InspectionStatus.NONCONFORMING:
        return tuple(DispositionKind)
    if is_expired and status is not InspectionStatus.SCRAP:
        return (DispositionKind.RETURN, DispositionKind.SCRAP)
    return ()


def check_disposition(
    kind: DispositionKind,
    *,
    item_no: str,
    batch_no: str,
    status: InspectionStatus,
    is_expired: bool,
    quantity: Decimal,
    open_quantity: Decimal,
    owner: str,
    owner_consent: str | None,
) -> None:
    """Refuse a disposition that the goods' status, quantity or owner does not allow.

    `open_quantity` is what of these goods has no disposition yet, `owner` is "" for our own goods, and
    `owner_consent` names the record of the owner's consent, which scrapping his goods needs. Raises InvalidInput,
    NotQualified, InsufficientStock. Source: R-E5, R-Q5, R-Q7, R-Q10.
    """
    if quantity <= 0:
        raise InvalidInput(field="quantity", reason="not-positive")
    if kind is DispositionKind.SCRAP and owner and not (owner_consent and owner_consent.strip()):
        raise InvalidInput(field="owner_consent", reason="missing")
    if kind not in offered(status, is_expired=is_expired):
        raise NotQualified(item_no=item_no, batch_no=batch_no, batch_status=status, reason="no-disposition")
    if quantity > open_quantity:
        raise InsufficientStock(item_no=item_no, batch_no=batch_no, available=open_quantity)


def needs_approval(kind: DispositionKind) -> bool:
    """Say whether a second person has to approve: goods that leave as they are, or for ever. Source: R-Q7, R-Q10."""
    return kind in (DispositionKind.CONCESSION, DispositionKind.SCRAP)


def check_step(step: Step, *, disposition_no: str, kind: DispositionKind, state: State) -> None:
    """Refuse a step that this decision does not have, or that is not its turn; so a second press finds it gone.

    Raises DocumentState. Source: R-Q6, R-Q8, R-Q10, R-X4.
    """
    kinds, wanted = _STEPS[step]
    if kind not in kinds:
        raise DocumentState(document_no=disposition_no, state=state, reason="other-decision")
    if state is not wanted:
        raise DocumentState(document_no=disposition_no, state=state)


def state_after(kind: DispositionKind, step: Step | None) -> State:
    """Return how far a disposition is after a step (`BACK`: all of it is back), None being its proposal.

    Scrap stays open when approved: it is red then and waits for its disposal. Source: R-Q6..R-Q10.
    """
    if step is None:
        return State.AWAITING_APPROVAL if needs_approval(kind) else State.OPEN
    if step is Step.APPROVE and kind is DispositionKind.SCRAP:
        return State.OPEN
    return State.OUT if step is Step.OUT else State.DONE


def check_approver(*, proposed_by: str, approver: str) -> None:
    """Refuse an approval by the person who proposed it, whatever roles he has. Raises SamePerson. Source: R-Q10."""
    if approver == proposed_by:
        raise SamePerson(person=approver, needs="approver")


def check_concession(*, customer: str | None, until: date | None, today: date) -> None:
    """Refuse a concession that does not say for which customer and until which day, today or later.

    Raises InvalidInput. Source: R-Q7.
    """
    if customer is None or not customer.strip():
        raise InvalidInput(field="customer", reason="missing")
    if until is None:
        raise InvalidInput(field="until", reason="missing")
    if until < today:
        raise InvalidInput(field="until", reason="in-the-past")


def concession_allows(*, customer: str, until: date, for_customer: str | None, today: date) -> bool:
    """Say whether goods under a concession may leave for an order; its last day included, None is no customer's.

    Source: R-Q7.
    """
    return for_customer == customer and today <= until


def status_after(kind: DispositionKind) -> InspectionStatus:
    """Return the goods' status once the disposition holds: red, blue with terms, or yellow while waiting to leave.

    Source: R-Q6, R-Q7, R-Q8, R-Q10.
    """
    return _STATUS_AFTER[kind]


def status_coming_back(kind: DispositionKind) -> InspectionStatus:
    """Return the status of goods that come back from rework or repair: white, for they are inspected again.

    Raises InvalidInput for a disposition from which nothing comes back. Source: 4.5.4; R-Q8.
    """
    if kind not in _REWORKED:
        raise InvalidInput(field="decision", reason="nothing-comes-back")
    return InspectionStatus.PENDING


def check_reason(reason: str) -> None:
    """Refuse a disposition that does not say why. Raises InvalidInput. Source: 4.5.4."""
    if not reason.strip():
        raise InvalidInput(field="reason", reason="missing")


def check_back(quantity: Decimal) -> None:
    """Refuse to take back nothing: neither good nor scrapped. Raises InvalidInput. Source: R-Q8."""
    if quantity <= 0:
        raise InvalidInput(field="returned", reason="not-positive")


def comes_back_as_itself(kind: DispositionKind, *, others: Collection[str], is_sub_batch: bool) -> bool:
    """Say whether reworked or repaired goods come back under the number they went out of, else under a sub-batch.

    `others` are the statuses of what lies under that number now. White goods share it with white and blue ones only;
    repaired ones, which need a concession, only with nothing, and only where nothing else can come in.
    Source: R-Q2, R-Q8, R-Q9.
    """
    if kind is DispositionKind.REPAIR:
        return is_sub_batch and not others
    return all(other in SHARED for other in others)


def check_verdict(verdict: Verdict, *, back_from: DispositionKind | None, item_no: str, batch_no: str) -> None:
    """Refuse to call repaired goods qualified: they do not meet the original requirement and need a concession.

    `back_from` is the disposition the goods came back from, if any. Such goods are found nonconforming and conceded.
    Raises NotQualified. Source: R-Q9.
    """
    if back_from is DispositionKind.REPAIR and verdict is Verdict.QUALIFIED:
        raise NotQualified(
            item_no=item_no, batch_no=batch_no, batch_status=InspectionStatus.PENDING, reason="needs-concession"
        )


def check_may_leave_scrap(status: InspectionStatus, *, item_no: str, batch_no: str, is_disposal: bool) -> None:
    """Refuse to give scrap another status or to take it out, but for its disposal.

    Moving it from one scrap place to another is neither. Raises NotQualified. Source: R-Q10.
    """
    if status is InspectionStatus.SCRAP and not is_disposal:
        raise NotQualified(item_no=item_no, batch_no=batch_no, batch_status=status, reason="scrap")
