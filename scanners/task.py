"""What a station does with a scan: the TASK word, and the request that comes of it.

The package knows paths and members of the public interface, not the warehouse: what a code means is the service's.
Source: the public interface, "station"; R-A12.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from scanners import gs1

_DOCUMENTS = {"receipt": "/receipts/{}/scans", "delivery": "/deliveries/{}/scans", "count": "/counts/{}/scans"}
_QUANTITY = re.compile(r"[0-9]{1,6}(\.[0-9]{1,12})?", re.ASCII)
_UNIQUE = ("00", "21")  # a logistic unit's number, a serial number: no two goods carry the same


class TaskWrong(Exception):
    """A TASK that is none; the message says which there are."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """Where scans go. `counts` when each scan changes stock, so that the same label again needs a yes."""

    word: str
    kind: str  # scan, receipt, delivery, count, transfer
    path: str
    target: str = ""

    @property
    def counts(self) -> bool:
        """Whether the same label again would count again; a count's second entry is a recount, a look-up is nothing."""
        return self.kind in ("receipt", "delivery", "transfer")

    def members(self, text: str, *, quantity: str, location: str) -> dict[str, Any] | None:
        """Give what is sent for a code, or None when a count has no quantity yet.

        Without one typed it is what the code itself says (AI 30, 37), for a receipt else one; a delivery and a
        transfer leave it to the service, which takes what is still needed, or all. A count needs it said.
        """
        members: dict[str, Any] = {"code": text}
        if self.kind == "scan":
            return members
        if self.kind == "transfer":
            members["to"] = self.target
        amount = quantity or ("" if self.kind == "count" else printed_quantity(text))
        amount = amount or ("1" if self.kind == "receipt" else "")
        if amount:
            members["quantity"] = amount
        elif self.kind == "count":
            return None
        if location:
            members["from" if self.kind == "transfer" else "location"] = location
        return members


def read_task(word: str) -> Task:
    """Read a TASK word. Raises TaskWrong."""
    kind, _, number = word.partition(":")
    if word == "scan":
        return Task(word=word, kind="scan", path="/scans")
    if kind == "transfer" and number:
        return Task(word=word, kind=kind, path="/transfers", target=number)
    if kind in _DOCUMENTS and number and number not in (".", ".."):
        return Task(word=word, kind=kind, path=_DOCUMENTS[kind].format(quote(number, safe="")))
    raise TaskWrong(f"{word}: a task is scan, receipt:NO, delivery:NO, count:NO or transfer:TO")


def is_quantity(text: str) -> bool:
    """Tell whether this is a quantity: ASCII digits, six before the point, so that no barcode is taken for one."""
    return _QUANTITY.fullmatch(text) is not None


def printed_quantity(text: str) -> str:
    """Give the quantity that a GS1 code itself says, '' when it says none."""
    elements = _elements(text)
    found = elements.get("30") or elements.get("37") or ""
    return str(int(found)) if found else ""


def is_unique(text: str) -> bool:
    """Tell whether the code names one piece or carton only: scanned again it is the same one."""
    return any(identifier in _elements(text) for identifier in _UNIQUE)


def _elements(text: str) -> dict[str, str]:
    if not gs1.looks_like_gs1(text):
        return {}
    parsed = gs1.parse(text)
    return dict(parsed.elements) if parsed.valid else {}
