"""What a label says: its data with filled samples, and label numbers.

A label number names one physical paper and is the default content of the codes on it: the code identifies, the
server answers, so neither status nor quantity is ever read from paper. Source: 4.5.1, 4.5.5, 4.7.5 b; R-Q13.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import msgspec
from stdnum.exceptions import ValidationError as CheckCharacterWrong
from stdnum.iso7064 import mod_37_36

from labels.marks import LANGUAGES, STATUS_MARKS, word
from labels.refused import LabelRefused, Reason

LETTERS = "LBWHCDRU"  # label, batch, bin, handling unit, count sheet, document, roll card, badge
_DRAWN = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHAPE = re.compile(f"[{LETTERS}][{_DRAWN}]{{9}}")
_LOOK_ALIKES = str.maketrans("OIL", "011")
NONE = "—"  # the item has none; never an empty place, which could be a failed print


def make_label_no(letter: str = "L") -> str:
    """Draw a new label number: type letter, 8 random characters, check character (ISO 7064 mod 37,36).

    Numbers whose check character would look like another (I, L, O, U) are drawn again. 2^40 per letter: the caller's
    unique key still decides. ValueError for a letter that is no type.
    """
    if letter not in LETTERS or len(letter) != 1:
        raise ValueError(f"no label type {letter!r}")
    while True:
        body = letter + "".join(secrets.choice(_DRAWN) for _ in range(8))
        check = str(mod_37_36.calc_check_digit(body))
        if check in _DRAWN:
            return body + check


def is_label_no(text: str) -> bool:
    """Tell whether `text` has a label number's shape and a right check character; it may still be unknown."""
    if not _SHAPE.fullmatch(text):
        return False
    try:
        mod_37_36.validate(text)
    except CheckCharacterWrong:
        return False
    return True


def normal_label_no(text: str) -> str:
    """Give the number a person meant: blanks off, case and full width folded, O read as 0, I and L as 1.

    The first character, the type letter, keeps L. The result is not checked: ask `is_label_no`.
    """
    folded = unicodedata.normalize("NFKC", text).strip().upper()
    return folded[:1] + folded[1:].translate(_LOOK_ALIKES)


@dataclass(frozen=True, kw_only=True)
class Concession:
    """The terms under which goods that do not conform may leave: whom for, until when."""

    no: str
    customer: str = ""
    until: date | None = None


@dataclass(frozen=True, kw_only=True)
class _Label:
    """What every label has. `code` is the content of the codes where it is not the label number."""

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
class _Goods(_Label):
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

    def values(self) -> dict[str, str]:
        """Add quantity with unit, and where the goods come from."""
        return super().values() | {
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
        person = self.named("approver", self.approver)
        if self.concession is not None:
            terms = [self.named("concession", self.concession.no), self.named("until", self.concession.until)]
            person = self.named("customer", self.concession.customer)
        return super().values() | {
            "inspected": joined(self.named("inspector", self.inspector), _text(self.inspected_on, none="")),
            "terms": joined(*terms),
            "person": person,
        }


@dataclass(frozen=True, kw_only=True)
class BatchLabel(_Goods):
    """The label that names a batch and says nothing of its status."""


@dataclass(frozen=True, kw_only=True)
class LocationLabel(_Label):
    """The label of a bin, read from two metres."""

    bin_code: str
    zone: str = ""
    warehouse: str = ""

    def values(self) -> dict[str, str]:
        """Add where the bin is."""
        return super().values() | {
            "where": joined(self.named("warehouse", self.warehouse), self.named("zone", self.zone))
        }


Label = StatusLabel | BatchLabel | LocationLabel
KINDS: dict[str, type[Label]] = {"status": StatusLabel, "batch": BatchLabel, "location": LocationLabel}


def joined(*parts: str) -> str:
    """Join what is there."""
    return " · ".join(part for part in parts if part)


def _text(value: Any, *, none: str = NONE) -> str:
    if value is None:
        return none
    return value.isoformat() if isinstance(value, date) else str(value)


def read_label(kind: str, raw: bytes) -> Label:
    """Read a label's data from JSON with the fields' names; dates and times as ISO 8601 text.

    Raises LabelRefused (invalid) naming the unknown or wrong field, or `data` where it is no JSON object.
    """
    try:
        given = msgspec.json.decode(raw, type=dict[str, Any])
        known = {field.name for field in fields(KINDS[kind])}
        for name in given.keys() - known:
            raise LabelRefused(field=name, reason=Reason.INVALID, detail=f"not a field of kind {kind}")
        return msgspec.convert(given, KINDS[kind])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        named = re.search(r"\$\.(\w+)|field `(\w+)`", str(error))
        field_name = next((name for name in named.groups() if name), "data") if named else "data"
        raise LabelRefused(field=field_name, reason=Reason.INVALID, detail=str(error)) from error


def sample(kind: str, *, status: str = "qualified", languages: tuple[str, str] = ("zh_Hant", "en")) -> Label:
    """Give a filled label of a kind, the same at every call; `status` matters to kind status only."""
    makers: dict[str, Callable[[], Label]] = {
        "status": lambda: _sample_status(status, languages),
        "batch": lambda: BatchLabel(**_sample_goods(languages)),
        "location": lambda: LocationLabel(
            label_no="W4T9X2K7HX",
            printed_at=_PRINTED,
            languages=languages,
            bin_code="FG-A-03-2",
            zone="A",
            warehouse="FG",
        ),
    }
    return makers[kind]()


_PRINTED = datetime.fromisoformat("2026-03-05T14:20:00+08:00")


# Names such as 堃 are in GBK but not in GB2312: the samples show that the fonts have them.
_SAID = {
    "en": {
        "name": "Electric fan motor, 220 V 50 Hz, 45 W",
        "unit": "pcs",
        "supplier": "Hangzhou Motor Works",
        "inspector": "Chen Y.",
        "disposition": "rework",
        "approver": "Wang L.",
    },
    "zh_Hans": {
        "name": "电风扇电机 220 V 50 Hz 45 W",
        "unit": "台",
        "supplier": "杭州堃宇电机",
        "inspector": "陈莹",
        "disposition": "返工",
        "approver": "王磊",
    },
    "zh_Hant": {
        "name": "電風扇馬達 220 V 50 Hz 45 W",
        "unit": "台",
        "supplier": "杭州堃宇電機",
        "inspector": "陳瑩",
        "disposition": "重工",
        "approver": "王磊",
    },
}


def _sample_goods(languages: tuple[str, str]) -> dict[str, Any]:
    said = _SAID[languages[0]]
    return {
        "label_no": "L7K2M9QX3F",
        "printed_at": _PRINTED,
        "languages": languages,
        "item_no": "EF-2210-S01",
        "name": said["name"],
        "batch_no": "20260305-017",
        "quantity": "480",
        "unit": said["unit"],
        "bin_code": "FG-A-03-2",
        "first_received_on": date(2026, 3, 5),
        "produced_on": date(2026, 2, 27),
        "expiry_date": date(2028, 2, 27),
        "reinspect_on": date(2026, 9, 5),
        "supplier": said["supplier"],
    }


def _sample_status(status: str, languages: tuple[str, str]) -> StatusLabel:
    said = _SAID[languages[0]]
    inspected = {"inspector": said["inspector"], "inspected_on": date(2026, 3, 6)}
    report = inspected | {"ncr_no": "NC-2026-0031"}
    extra: dict[str, dict[str, Any]] = {
        "pending": {},
        "awaiting": inspected,
        "qualified": inspected,
        "nonconforming": report | {"disposition": said["disposition"]},
        "scrap": report | {"approver": said["approver"]},
    }
    return StatusLabel(status=status, **_sample_goods(languages), **extra[status])
