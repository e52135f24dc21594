"""What goes with the goods on A4: receipt check form, count sheet, pick and packing list, delivery note, certificate.

A document is a head, lines and signatures; which of its fields stand where is in `templates/`. The count sheet has no
field for a book quantity, so none can come onto it. Source: 4.7.4, 4.7.5; R-C1, R-D7.
"""

from dataclasses import dataclass, fields
from datetime import date
from typing import ClassVar

from labels.content import NONE, Paper
from labels.marks import STATUS_MARKS, word
from labels.refused import LabelRefused, Reason

MOST_LINES = 5000


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a document; every field is text on it, a date ISO, nothing a dash."""

    item_no: str
    name: str = ""
    batch_no: str
    unit: str

    def values(self, language: str) -> dict[str, str]:
        """Give the fields as text; `language` is for words."""
        return {field.name: text_of(getattr(self, field.name)) for field in fields(self)}


@dataclass(frozen=True, kw_only=True)
class ReceiptCheckLine(Line):
    """How much of an item was announced, found, and unfit; empty where nobody has looked yet: it is written by hand."""

    batch_no: str = ""
    announced: str
    found: str = ""
    unfit: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class CountLine(Line):
    """What to count and where; the keeper writes the quantity (R-C1)."""

    bin_code: str
    label_no: str = ""


@dataclass(frozen=True, kw_only=True)
class _Amount(Line):
    """A line that says how much."""

    quantity: str

    def values(self, language: str) -> dict[str, str]:
        """Add the quantity with its unit."""
        return super().values(language) | {"quantity_unit": f"{self.quantity} {self.unit}"}


@dataclass(frozen=True, kw_only=True)
class PickLine(_Amount):
    """What to take and from where."""

    bin_code: str
    first_received_on: date
    expiry_date: date | None = None
    policy: str = ""  # of this item where it is not the list's


@dataclass(frozen=True, kw_only=True)
class PackLine(_Amount):
    """What lies in which carton; `unit_no` is its SSCC or label number."""

    carton: str
    unit_no: str = ""


@dataclass(frozen=True, kw_only=True)
class DeliveryLine(_Amount):
    """What leaves, in which status; goods under a concession show its number instead (R-D7)."""

    status: str = "qualified"
    concession_no: str = ""
    expiry_date: date | None = None

    def __post_init__(self) -> None:
        """Refuse an unknown status."""
        if self.status not in STATUS_MARKS:
            raise LabelRefused(field="status", reason=Reason.INVALID, detail=self.status)

    def values(self, language: str) -> dict[str, str]:
        """Add the status in words, or the concession."""
        said = f"{word('concession', language)} {self.concession_no}" if self.concession_no else ""
        return super().values(language) | {"status_terms": said or word(self.status, language)}


@dataclass(frozen=True, kw_only=True)
class ConformityLine(_Amount):
    """What is certified, by which report."""

    spec: str = ""
    produced_on: date | None = None
    report_no: str = ""
    result: str = ""


@dataclass(frozen=True, kw_only=True)
class Document(Paper):
    """What every document has; its `label_no` names this paper and is its code."""

    kind: ClassVar[str] = ""
    document_no: str
    dated: date

    def __post_init__(self) -> None:
        """Refuse more lines than a paper can have."""
        super().__post_init__()
        if len(self.rows()) > MOST_LINES:
            raise LabelRefused(field="lines", reason=Reason.TOO_LONG, detail=f"more than {MOST_LINES} lines")

    def rows(self) -> tuple[Line, ...]:
        """Give the lines."""
        lines: tuple[Line, ...] = getattr(self, "lines")  # noqa: B009
        return lines

    def values(self) -> dict[str, str]:
        """Give the head's fields as text, the lines apart."""
        return {name: text for name, text in super().values().items() if name != "lines"}


@dataclass(frozen=True, kw_only=True)
class ReceiptCheck(Document):
    """A customer's goods looked over where they come in; `packages` and `agreement` are yes, no or '' (4.6, R-O1)."""

    kind = "receipt_check"
    owner: str
    supplier: str = ""
    order_no: str = ""
    form_no: str = ""  # '' while it is to be filled in by hand
    packages: str = ""
    agreement: str = ""
    note: str = ""
    lines: tuple[ReceiptCheckLine, ...]

    def __post_init__(self) -> None:
        """Refuse an answer that is neither yes nor no."""
        super().__post_init__()
        for name in ("packages", "agreement"):
            if getattr(self, name) not in ("yes", "no", ""):
                raise LabelRefused(field=name, reason=Reason.INVALID, detail=getattr(self, name))

    def values(self) -> dict[str, str]:
        """Add the two answers in words, both to be ticked where nobody has looked yet."""
        language = self.languages[0]
        said = {answer: word(answer, language) for answer in ("yes", "no")}
        said[""] = " / ".join(said.values())
        return super().values() | {"packages": said[self.packages], "agreement": said[self.agreement]}


@dataclass(frozen=True, kw_only=True)
class CountSheet(Document):
    """The sheet of a blind count, in the order of the bins (R-C1)."""

    kind = "count_sheet"
    warehouse: str = ""
    zone: str = ""
    month: str = ""
    owner: str = ""  # whose goods these are where they are a customer's: they have sheets of their own (4.6)
    lines: tuple[CountLine, ...]

    def values(self) -> dict[str, str]:
        """Add whose goods these are, in words where they are ours."""
        return super().values() | {"owner": self.owner or word("ours", self.languages[0])}


@dataclass(frozen=True, kw_only=True)
class PickList(Document):
    """What to take for an order, oldest first; `policy` is fifo or fefo (4.7.5 b)."""

    kind = "pick_list"
    customer: str = ""
    order_no: str = ""
    due_on: date | None = None
    policy: str = "fifo"
    lines: tuple[PickLine, ...]

    def __post_init__(self) -> None:
        """Refuse lines of one item that are not oldest first: the keeper takes them from the top."""
        super().__post_init__()
        for policy in self._policies():
            if policy not in ("fifo", "fefo"):
                raise LabelRefused(field="policy", reason=Reason.INVALID, detail=policy)
        before: dict[str, date] = {}
        for line in self.lines:
            by_expiry = (line.policy or self.policy) == "fefo"
            day = (line.expiry_date or date.max) if by_expiry else line.first_received_on
            if day < before.get(line.item_no, date.min):
                raise LabelRefused(field="lines", reason=Reason.INVALID, detail=f"{line.batch_no} stands too late")
            before[line.item_no] = day

    def values(self) -> dict[str, str]:
        """Add the policy in words, both where the lines have both."""
        said = " / ".join(word(policy, self.languages[0]) for policy in self._policies())
        return super().values() | {"policy": said}

    def _policies(self) -> list[str]:
        return sorted({line.policy or self.policy for line in self.lines} or {self.policy})


@dataclass(frozen=True, kw_only=True)
class PackingList(Document):
    """What lies in which carton, and the papers that go with it (4.7.4)."""

    kind = "packing_list"
    customer: str
    order_no: str = ""
    ship_to: str = ""
    gross_weight: str = ""
    papers: str = ""
    lines: tuple[PackLine, ...]


@dataclass(frozen=True, kw_only=True)
class DeliveryNote(Document):
    """What leaves: batch, quantity, status or concession, expiry (R-D7)."""

    kind = "delivery_note"
    sender: str = ""
    customer: str
    order_no: str = ""
    ship_to: str = ""
    carrier: str = ""
    lines: tuple[DeliveryLine, ...]


@dataclass(frozen=True, kw_only=True)
class Conformity(Document):
    """The certificate that goods conform to what was agreed."""

    kind = "conformity"
    sender: str = ""
    customer: str
    order_no: str = ""
    standard: str = ""
    lines: tuple[ConformityLine, ...]


DOCUMENTS: dict[str, type[Document]] = {
    made.kind: made for made in (ReceiptCheck, CountSheet, PickList, PackingList, DeliveryNote, Conformity)
}


def text_of(value: object) -> str:
    """Write a field: a dash for a date the goods have not, nothing for a text nobody gave."""
    if value is None:
        return NONE
    return value.isoformat() if isinstance(value, date) else str(value)
