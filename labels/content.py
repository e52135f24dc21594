"""What a label says: the data of each kind. Filled samples are in `samples`, label numbers in `numbers`.

The code identifies, the server answers: neither status nor quantity is ever read from paper.
Source: 4.5.1, 4.5.5, 4.7.3, 4.7.4, 4.7.5 b; R-Q13, R-D5.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from labels import gs1
from labels.marks import COLOURS, LANGUAGES, STATUS_MARKS, word
from labels.numbers import is_label_no, make_label_no, normal_label_no
from labels.pictograms import PICTOGRAMS
from labels.refused import LabelRefused, Reason

__all__ = [
    "KINDS", "BatchLabel", "Concession", "Label", "LocationLabel", "NcrTag", "PackageLabel", "Packed", "Paper",
    "RollCard", "SampleTag", "StatusLabel", "is_label_no", "make_label_no", "normal_label_no",
]  # fmt: skip

NONE = "—"  # the item has none; never an empty place, which could be a failed print


@dataclass(frozen=True, kw_only=True)
class Concession:
    """The terms under which goods that do not conform may leave: whom for, until when."""

    no: str
    customer: str = ""
    until: date | None = None


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What every paper has. `code` is the content of the codes where it is not the label number."""

    label_no: str
    printed_at: datetime  # shown as it is: pass it in the site's time
    languages: tuple[str, str] = ("zh_Hant", "en")
    copy: str = "1/1"
    code: str | None = None

    def __post_init__(self) -> None:
        """Refuse a label number with a wrong check character and unknown languages."""
        if not is_label_no(self.label_no):
            raise LabelRefused(field="label_no", reason=Reason.INVALID, detail=self.label_no)
        if len(self.languages) != 2 or not set(self.languages) <= set(LANGUAGES):
            raise LabelRefused(field="languages", reason=Reason.INVALID, detail=f"two of {', '.join(LANGUAGES)}")

    @property
    def is_gs1(self) -> bool:
        """Whether the code is to be drawn as a GS1 symbol."""
        return False

    def named(self, name: str, text: str | date | None) -> str:
        """Give `text` after its word in the first language, or nothing where there is no text."""
        return f"{word(name, self.languages[0])} {text}" if text else ""

    def values(self) -> dict[str, str]:
        """Give every field a template may name, as text: dates ISO, nothing as a dash, and the joined fields."""
        own = {field.name: _text(getattr(self, field.name)) for field in fields(self) if field.name != "languages"}
        printed = f"{self.printed_at:%Y-%m-%d %H:%M}"
        return own | {
            "code": self.code or self.label_no,
            "number": f"{self.label_no}   {self.copy}",
            "printed": self.named("printed", printed),
        }


@dataclass(frozen=True, kw_only=True)
class _Goods(Paper):
    """What labels on goods have."""

    item_no: str
    name: str
    batch_no: str
    quantity: str
    unit: str
    bin_code: str = ""
    first_received_on: date
    produced_on: date | None = None
    expiry_date: date | None = None
    reinspect_on: date | None = None
    supplier: str = ""
    traveller: str = ""
    gtin: str = ""  # of an item that has one: the code is then full GS1

    def __post_init__(self) -> None:
        """Refuse a GTIN with a wrong check digit."""
        super().__post_init__()
        if self.gtin:
            gs1.check_gtin(self.gtin)

    @property
    def is_gs1(self) -> bool:
        """Whether the code is a GS1 one; a batch number GS1 does not allow takes the label number, whole."""
        return self.code is None and self._gs1_code() is not None

    def _gs1_code(self) -> str | None:
        if not self.gtin:
            return None
        return gs1.item_code(
            gtin=self.gtin, batch_no=self.batch_no, produced_on=self.produced_on, expiry_date=self.expiry_date,
            label_no=self.label_no,
        )  # fmt: skip

    def values(self) -> dict[str, str]:
        """Add the code, quantity with unit, and where the goods come from."""
        return super().values() | {
            "code": self.code or self._gs1_code() or self.label_no,
            "quantity_unit": f"{self.quantity} {self.unit}",
            "origin": joined(self.named("supplier", self.supplier), self.named("traveller", self.traveller)),
        }


@dataclass(frozen=True, kw_only=True)
class StatusLabel(_Goods):
    """The label whose colour and word say what may be done with the goods (4.5.5).

    `status` is one of pending, awaiting, qualified, nonconforming, scrap. `ncr_no` and `disposition` belong to
    yellow and red, `approver` to red, `concession` to blue: its terms stand on the label.
    """

    status: str
    inspector: str = ""
    inspected_on: date | None = None
    ncr_no: str = ""
    disposition: str = ""
    approver: str = ""
    concession: Concession | None = None

    def __post_init__(self) -> None:
        """Refuse an unknown status, and concession terms on goods that are not blue."""
        super().__post_init__()
        if self.status not in STATUS_MARKS:
            raise LabelRefused(field="status", reason=Reason.INVALID, detail=self.status)
        if self.concession is not None and self.status != "qualified":
            raise LabelRefused(field="concession", reason=Reason.INVALID, detail=f"status is {self.status}")

    def values(self) -> dict[str, str]:
        """Add the inspection, the terms or the report, and the person these concern."""
        terms = [self.named("ncr", self.ncr_no), self.disposition]
        brief = [self.ncr_no, self.disposition]
        person = self.named("approver", self.approver)
        if self.concession is not None:
            terms = [self.named("concession", self.concession.no), self.named("until", self.concession.until)]
            brief = [self.concession.no, f"≤{self.concession.until}" if self.concession.until else ""]
            person = self.named("customer", self.concession.customer)
        return super().values() | {
            "inspected": joined(_text(self.inspected_on, none=""), self.named("inspector", self.inspector)),
            "terms": joined(*terms),
            "brief_terms": joined(*brief),
            "person": person,
        }


@dataclass(frozen=True, kw_only=True)
class BatchLabel(_Goods):
    """The label that names a batch and says nothing of its status."""


@dataclass(frozen=True, kw_only=True)
class LocationLabel(Paper):
    """The label of a bin, read from two metres."""

    bin_code: str
    zone: str = ""
    warehouse: str = ""

    def values(self) -> dict[str, str]:
        """Add where the bin is."""
        return super().values() | {
            "where": joined(self.named("warehouse", self.warehouse), self.named("zone", self.zone))
        }


@dataclass(frozen=True, kw_only=True)
class NcrTag(_Goods):
    """The tag that hangs on goods that do not conform: what is wrong, how much, and what was decided (4.5.4)."""

    status: str = "nonconforming"
    ncr_no: str
    fault: str = ""
    disposition: str = ""
    found_by: str = ""
    found_on: date | None = None
    approver: str = ""

    def __post_init__(self) -> None:
        """Refuse any status but yellow and red: another would call bad goods good."""
        super().__post_init__()
        if self.status not in ("nonconforming", "scrap"):
            raise LabelRefused(field="status", reason=Reason.INVALID, detail=self.status)

    def values(self) -> dict[str, str]:
        """Add who found it."""
        return super().values() | {"found": joined(_text(self.found_on, none=""), self.found_by)}


@dataclass(frozen=True, kw_only=True)
class SampleTag(_Goods):
    """The tag of a sample taken for inspection: whose it is, what for, until when it is kept."""

    sampled_by: str = ""
    sampled_on: date
    test: str = ""
    keep_until: date | None = None

    def values(self) -> dict[str, str]:
        """Add who took it and when."""
        return super().values() | {"sampled": joined(self.sampled_on.isoformat(), self.sampled_by)}


@dataclass(frozen=True, kw_only=True)
class RollCard(Paper):
    """The card of a roll of label stock; scanned when the roll is loaded, it tells the printer's colour (4.5.5)."""

    colour: str
    size: str = "100 × 50 mm"
    labels: str = ""

    def __post_init__(self) -> None:
        """Refuse a colour that no stock has."""
        super().__post_init__()
        if self.colour not in COLOURS:
            raise LabelRefused(field="colour", reason=Reason.INVALID, detail=self.colour)


@dataclass(frozen=True, kw_only=True)
class Packed:
    """One batch in a carton; `quantity` is empty where nobody counted what is in this one."""

    item_no: str
    batch_no: str
    quantity: str
    unit: str


@dataclass(frozen=True, kw_only=True)
class PackageLabel(Paper):
    """The label of an outer carton: whose it is, which of how many, what is in it, how it is handled (4.7.3, 4.7.4).

    `copy` is "1/2": this carton of how many. Without an SSCC the code is the label number, type letter H.
    `marks` are names of `pictograms`, `stacking` the most cartons that may stand on each other, 0 for no limit.
    """

    customer: str
    order_no: str = ""
    ship_to: str = ""
    contents: tuple[Packed, ...]
    sscc: str = ""
    gross_weight: str = ""
    marks: tuple[str, ...] = ()
    stacking: int = 0
    checked_by: str = ""
    checked_on: date | None = None

    def __post_init__(self) -> None:
        """Refuse a wrong SSCC, unknown handling marks, and more batches than the label has lines for."""
        super().__post_init__()
        if self.sscc:
            gs1.check_sscc(self.sscc)
        for mark in self.marks:
            if mark not in PICTOGRAMS:
                raise LabelRefused(field="marks", reason=Reason.INVALID, detail=mark)
        if not 1 <= len(self.contents) <= MOST_CONTENTS:
            raise LabelRefused(field="contents", reason=Reason.TOO_LONG, detail=f"{len(self.contents)} batches")
        if not 0 <= self.stacking <= 99:
            raise LabelRefused(field="stacking", reason=Reason.INVALID, detail=str(self.stacking))

    @property
    def is_gs1(self) -> bool:
        """Whether the code is an SSCC."""
        return bool(self.sscc) and self.code is None

    def values(self) -> dict[str, str]:
        """Add the lines of the contents, the number under the code and the mark of a complete package."""
        checked = joined(_text(self.checked_on, none=""), self.checked_by)
        own = super().values() | {
            "contents": "",
            "marks": "",
            "checked": f"{word('complete', self.languages[0])} {checked}" if checked else "",
            "unit_no": f"(00) {self.sscc}" if self.sscc else self.label_no,
            "order": self.named("order", self.order_no),
            "weight": self.named("gross_weight", self.gross_weight),
            "code": self.code or (gs1.sscc_code(self.sscc) if self.sscc else self.label_no),
        }
        for number in range(MOST_CONTENTS):
            line = self.contents[number] if number < len(self.contents) else None
            own[f"item_{number + 1}"] = line.item_no if line else ""
            own[f"batch_{number + 1}"] = line.batch_no if line else ""
            own[f"quantity_{number + 1}"] = f"{line.quantity} {line.unit}" if line and line.quantity else ""
        return own


MOST_CONTENTS = 6
Label = StatusLabel | BatchLabel | LocationLabel | PackageLabel | RollCard | SampleTag | NcrTag
KINDS: dict[str, type[Label]] = {
    "status": StatusLabel,
    "batch": BatchLabel,
    "location": LocationLabel,
    "package": PackageLabel,
    "roll": RollCard,
    "sample": SampleTag,
    "ncr": NcrTag,
}


def joined(*parts: str) -> str:
    """Join what is there."""
    return " · ".join(part for part in parts if part)


def _text(value: Any, *, none: str = NONE) -> str:
    if value is None:
        return none
    return value.isoformat() if isinstance(value, date) else str(value)
