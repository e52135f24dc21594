"""What a carton's label may say is in it: what was taken for the delivery, no other goods and no more (4.7.4; R-D5)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from warehouse.rules.refusals import DocumentState, InvalidInput

MOST_LINES = 6  # batches that a carton's label has lines for
Taken = Mapping[tuple[str, str], tuple[Decimal, str]]  # (item, batch) -> quantity, unit
Line = tuple[str, str, str, str]  # item, batch, quantity, unit


def check_contents(
    asked: Sequence[tuple[str, str, str]], *, taken: Taken, delivery_no: str, cartons: int
) -> list[Line]:
    """Return the lines of each carton's label: what was asked, or all that was taken when it goes into one carton.

    Raises DocumentState when nothing was taken; InvalidInput when several cartons have no contents said, when goods
    were not taken for the delivery or not so much of them, or when they are more than the label has lines for.
    """
    if not taken:
        raise DocumentState(document_no=delivery_no, state="open", reason="nothing-picked")
    if not asked and cartons > 1:
        raise InvalidInput(field="contents", reason="missing")
    lines = [_check_line(line, taken, cartons) for line in asked] or [
        (item_no, batch_no, str(quantity), unit) for (item_no, batch_no), (quantity, unit) in taken.items()
    ]
    if len(lines) > MOST_LINES:
        raise InvalidInput(field="contents", reason="too-large")
    return lines


def check_all_scanned(*, scanned: Iterable[str], named: Iterable[str], delivery_no: str) -> None:
    """Refuse a departure while one of several cartons was not scanned; both are "1/2", `named` those with a label.

    Cartons that were named and never used, because they were named anew in another number, are nobody's: once a carton
    was scanned, those of another number are passed over. Raises DocumentState naming what is missing. Source: R-D5.
    """
    there = set(scanned)
    begun = {_of_how_many(copy) for copy in there}
    missing = sorted(copy for copy in set(named) - there if _of_how_many(copy) in (begun or {_of_how_many(copy)} - {1}))
    if missing:
        raise DocumentState(document_no=delivery_no, state="unchecked", reason="carton-not-scanned", cartons=missing)


def _of_how_many(copy: str) -> int:
    return int(copy.partition("/")[2])


def check_prefix(prefix: str) -> str:
    """Refuse what is no GS1 company prefix: 4 to 12 digits, or nothing. Raises InvalidInput. Source: R-D5."""
    if prefix and not re.fullmatch(r"[0-9]{4,12}", prefix):
        raise InvalidInput(field="gs1_prefix", reason="not-a-prefix")
    return prefix


def _check_line(line: tuple[str, str, str], taken: Taken, cartons: int) -> Line:
    item_no, batch_no, text = line
    if (item_no, batch_no) not in taken:
        raise InvalidInput(field="contents", reason="not-of-this-delivery")
    there, unit = taken[item_no, batch_no]
    try:
        quantity = Decimal(text)
    except InvalidOperation as error:
        raise InvalidInput(field="quantity", reason="not-a-number") from error
    if quantity <= 0 or quantity * cartons > there:
        raise InvalidInput(field="contents", reason="not-of-this-delivery")
    return item_no, batch_no, text, unit
