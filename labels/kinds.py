"""Every kind of paper by its name, and reading one's data from JSON. Source: 4.5.5."""

import re
from dataclasses import fields
from typing import Any

import msgspec

from labels.card import BinCard
from labels.content import KINDS, Label
from labels.documents import DOCUMENTS, Document
from labels.refused import LabelRefused, Reason

AnyPaper = Label | Document | BinCard
PAPERS: dict[str, type[AnyPaper]] = {**KINDS, **DOCUMENTS, "card": BinCard}


def read_paper(kind: str, raw: bytes) -> AnyPaper:
    """Read a paper's data from JSON with the fields' names; dates and times as ISO 8601 text.

    Raises LabelRefused (invalid) naming the unknown or wrong field, or `data` where it is no JSON object.
    """
    try:
        given = msgspec.json.decode(raw, type=dict[str, Any])
        known = {field.name for field in fields(PAPERS[kind])}
        for name in given.keys() - known:
            raise LabelRefused(field=name, reason=Reason.INVALID, detail=f"not a field of kind {kind}")
        return msgspec.convert(given, PAPERS[kind])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        named = re.search(r"\$\.(\w+)|field `(\w+)`", str(error))
        field_name = next((name for name in named.groups() if name), "data") if named else "data"
        raise LabelRefused(field=field_name, reason=Reason.INVALID, detail=str(error)) from error
