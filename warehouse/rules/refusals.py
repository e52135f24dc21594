"""Every refusal code of the API as a class that carries its facts; the sentences are in `locale/`.

A refusal is an answer, not a fault: it changes nothing in the books and the attempt is kept (R-U2). The dataclass
fields become members of the problem document, under the names of the public interface. `confirmable` is true where
"yes" may be said: sent again with `confirmed` and a new key the act goes through.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Self


@dataclass(eq=False, kw_only=True)
class Refusal(Exception):
    """A rule said no. Subclasses have one `code` each and the facts a screen needs."""

    code: ClassVar[str]
    status: ClassVar[int] = 409
    confirmable: bool = False
    leaves: ClassVar[
        tuple[Callable[[Any], object], ...]
    ] = ()  # what stays after the roll-back, say a count task (R-F22)

    def leaving(self, *acts: Callable[[Any], object]) -> Self:
        """Give this refusal things to do in the transaction that keeps the attempt."""
        self.__dict__["leaves"] = acts
        return self

    def facts(self) -> dict[str, Any]:
        """Return the members of the answer: every field that has a value, `confirmable` only when true."""
        members = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in members.items() if value is not None and value is not False}


@dataclass(eq=False, kw_only=True)
class UnknownCode(Refusal):
    """The scanned code is nothing on record; nothing is created from it (R-A11)."""

    code = "unknown-code"
    status = 404
    scanned: str
    reason: str | None = None


@dataclass(eq=False, kw_only=True)
class AmbiguousCode(Refusal):
    """The code can be read in more than one way; `candidates` names them (R-A7, R-A9)."""

    code = "ambiguous-code"
    scanned: str
    candidates: list[str]


@dataclass(eq=False, kw_only=True)
class LabelVoid(Refusal):
    """The scanned paper was voided; the goods wait for their new label, `new_label_nos` until all are on (R-Q13)."""

    code = "label-void"
    label_no: str
    reason: str
    item_no: str | None = None
    batch_no: str | None = None
    new_label_nos: list[str] = field(default_factory=list)


@dataclass(eq=False, kw_only=True)
class WrongItem(Refusal):
    """The batch is of another item than the document asks for (R-A9, R-F26)."""

    code = "wrong-item"
    item_no: str
    batch_no: str | None = None
    expected: list[str]


@dataclass(eq=False, kw_only=True)
class WrongPlace(Refusal):
    """The batch is not on record in that place; `places` says where it is (R-F22)."""

    code = "wrong-place"
    item_no: str
    batch_no: str
    location: str | None = None
    places: list[str]


@dataclass(eq=False, kw_only=True)
class WrongBatch(Refusal):
    """The batch does not belong to this act, say another package's or another document's batch."""

    code = "wrong-batch"
    item_no: str
    batch_no: str
    expected: list[str]


@dataclass(eq=False, kw_only=True)
class NotOldest(Refusal):
    """An older batch could leave instead (4.7.5 b, R-F2). The fields are the answer's members."""

    code = "not-oldest"
    item_no: str
    batch_no: str
    location: str
    available: Decimal


@dataclass(eq=False, kw_only=True)
class OverReceipt(Refusal):
    """More than ordered, tolerance included (R-A1); `excess` is how much more, `open_quantity` what may still come."""

    code = "over-receipt"
    item_no: str
    open_quantity: Decimal
    excess: Decimal
    reason: str | None = None  # of goods that come back: more than was shipped, or than went out for rework


@dataclass(eq=False, kw_only=True)
class OverIssue(Refusal):
    """More than the line asks for (4.7.6 a, R-F18)."""

    code = "over-issue"
    item_no: str
    open_quantity: Decimal
    excess: Decimal


@dataclass(eq=False, kw_only=True)
class ShortIssue(Refusal):
    """Less than ordered would leave without a reason (4.7.6 a, R-F19); `missing` is one entry a short line."""

    code = "short-issue"
    missing: list[dict[str, Any]]


@dataclass(eq=False, kw_only=True)
class InsufficientStock(Refusal):
    """Not enough is there for this order; `available` is what is left for it (R-X1)."""

    code = "insufficient-stock"
    item_no: str
    batch_no: str | None = None
    location: str | None = None
    available: Decimal
    owner: str | None = None
    reason: str | None = None


@dataclass(eq=False, kw_only=True)
class NotQualified(Refusal):
    """The status does not allow it (R-Q1, R-Q5); for a concession `customer` and `until` are its limits (R-Q7)."""

    code = "not-qualified"
    item_no: str
    batch_no: str
    batch_status: str
    concession: str | None = None
    customer: str | None = None
    until: date | None = None
    quantity: Decimal | None = None
    reason: str | None = None  # which sentence: concession, needs-concession, scrap, no-disposition


@dataclass(eq=False, kw_only=True)
class OnHold(Refusal):
    """The batch is on hold: in doubt, recalled, or held by QA (R-I7, R-Q12, R-T3)."""

    code = "on-hold"
    item_no: str
    batch_no: str
    hold: str
    reason: str | None = None


@dataclass(eq=False, kw_only=True)
class Expired(Refusal):
    """Past its last usable day in site time (4.7.5 b, R-E1)."""

    code = "expired"
    item_no: str
    batch_no: str
    expiry_date: date


@dataclass(eq=False, kw_only=True)
class ReinspectionDue(Refusal):
    """Older than the re-inspection interval; QA decides before it leaves (4.7.2, R-I1)."""

    code = "reinspection-due"
    item_no: str
    batch_no: str
    reinspect_on: date


@dataclass(eq=False, kw_only=True)
class ShelfLifeTooShort(Refusal):
    """The customer needs more rest life than the batch has (R-E4); days from the day of issue."""

    code = "shelf-life-too-short"
    item_no: str
    batch_no: str
    expiry_date: date
    rest_life_days: int
    required_days: int


@dataclass(eq=False, kw_only=True)
class WrongOwner(Refusal):
    """Goods of another owner than the order's (4.6, R-O1). The owner is named only to its own order's people."""

    code = "wrong-owner"
    item_no: str
    batch_no: str


@dataclass(eq=False, kw_only=True)
class ZoneRefusesStatus(Refusal):
    """The place does not admit goods of that status (4.5.2); `allowed_places` are places that do."""

    code = "zone-refuses-status"
    location: str
    batch_status: str
    admits: list[str]
    allowed_places: list[str]
    reason: str | None = None


@dataclass(eq=False, kw_only=True)
class QuantityPrecision(Refusal):
    """The quantity has more decimals than the item's unit, or is no usable quantity at all (R-A13)."""

    code = "quantity-precision"
    status = 400
    quantity: str
    decimals: int
    unit: str | None = None


@dataclass(eq=False, kw_only=True)
class BatchConflict(Refusal):
    """The batch is on record with other dates or terms (R-A4), or two batches may not be joined (R-T5)."""

    code = "batch-conflict"
    item_no: str
    batch_no: str
    field: str
    recorded: str | None = None
    sent: str | None = None


@dataclass(eq=False, kw_only=True)
class DocumentState(Refusal):
    """The document, or the line, is not in a state that allows this (R-X4)."""

    code = "document-state"
    document_no: str
    state: str
    reason: str | None = None
    item_no: str | None = None  # where it is only about one
    cartons: list[str] | None = None  # that are missing


@dataclass(eq=False, kw_only=True)
class ClosedMonth(Refusal):
    """The month is signed and closed; a correction is dated today and refers to it (R-C20)."""

    code = "closed-month"
    month: str


@dataclass(eq=False, kw_only=True)
class SamePerson(Refusal):
    """A second person has to do this (four eyes)."""

    code = "same-person"
    person: str
    needs: str


@dataclass(eq=False, kw_only=True)
class NotQualifiedPerson(Refusal):
    """The person lacks a qualification that is still valid (4.1.3)."""

    code = "not-qualified-person"
    status = 403
    person: str
    qualification: str


@dataclass(eq=False, kw_only=True)
class CountOpen(Refusal):
    """The place is frozen for a count (R-C16, R-F8), or its book hidden from who counts it; the message names it."""

    code = "count-open"
    location: str
    count_no: str
    reason: str | None = None  # blind: nothing is frozen, but who asks has still to count what lies there (R-C1)


@dataclass(eq=False, kw_only=True)
class IdempotencyMismatch(Refusal):
    """The key was used for another request; the first result stands (R-X3)."""

    code = "idempotency-mismatch"
    status = 422
    key: str


@dataclass(eq=False, kw_only=True)
class OverrideInvalid(Refusal):
    """The override ticket does not cover this act: other batch, order, quantity, too late, or used (R-F4)."""

    code = "override-invalid"
    override: str
    reason: str


@dataclass(eq=False, kw_only=True)
class InvalidInput(Refusal):
    """A member of the request is missing, unknown or not of its form; `field` names it."""

    code = "invalid-input"
    status = 400
    field: str
    reason: str


@dataclass(eq=False, kw_only=True)
class NotWhole(InvalidInput):
    """A label would not come out whole: `field` is not on it or lies over `other`; `paper` is the kind (4.5.5)."""

    paper: str
    other: str | None = None


@dataclass(eq=False, kw_only=True)
class NeedsConfirmation(Refusal):
    """A "yes" is asked for: mode warn, one more of the same, an absurd number (R-F3, R-A12)."""

    code = "invalid-input"
    reason: str
    confirmable: bool = True


@dataclass(eq=False, kw_only=True)
class NotFound(Refusal):
    """No such record for this person's site; the same answer for another site's (R-M5)."""

    code = "not-found"
    status = 404
    kind: str
    name: str


@dataclass(eq=False, kw_only=True)
class Forbidden(Refusal):
    """The person's roles do not allow this."""

    code = "forbidden"
    status = 403
    needs: list[str]


@dataclass(eq=False, kw_only=True)
class TooManyRequests(Refusal):
    """Too many tries; `retry_after` in seconds."""

    code = "too-many-requests"
    status = 429
    retry_after: int
