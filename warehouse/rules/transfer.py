"""Moving stored goods: which row is meant, how much of it may go, and through which places (4.5.2; R-F24, R-C16, R-Q1).

A transfer changes the place and nothing else: age, status, owner and terms stay (R-F12, R-O4). Goods that may not be
issued may still be put aside, but not to a line or to the dock, which is where issuing begins.
"""

from collections.abc import Iterable
from decimal import Decimal

from warehouse.rules.fifo import StockLine
from warehouse.rules.refusals import (
    BatchConflict,
    CountOpen,
    DocumentState,
    InsufficientStock,
    InvalidInput,
    WrongPlace,
)
from warehouse.rules.zones import LocationKind

ISSUING_BEGINS = (LocationKind.LINE, LocationKind.DISPATCH)


def choose_source(
    found: Iterable[StockLine],
    *,
    item_no: str,
    batch_no: str,
    bin_code: str | None,
    status: str | None,
    owner: str | None,
) -> StockLine:
    """Give the one row of a batch that is meant: by place, status and owner as far as they were said.

    `found` are the batch's rows, empty ones too. Raises WrongPlace when none is on record in the place, InvalidInput
    naming what has to be said when several fit, InsufficientStock when nothing lies there any more.
    """
    rows = list(found)
    if bin_code is not None and not any(line.bin_code == bin_code for line in rows):
        places = sorted({line.bin_code for line in rows if line.quantity > 0})
        raise WrongPlace(item_no=item_no, batch_no=batch_no, location=bin_code, places=places)
    fitting = [
        line
        for line in rows
        if line.quantity > 0
        and bin_code in (None, line.bin_code)
        and status in (None, line.status)
        and owner in (None, line.owner)
    ]
    if not fitting:
        raise InsufficientStock(item_no=item_no, batch_no=batch_no, location=bin_code, available=Decimal(0))
    for field, values in (
        ("from", {line.bin_code for line in fitting}),
        ("status", {line.status for line in fitting}),
        ("owner", {line.owner for line in fitting}),
    ):
        if len(values) > 1:
            raise InvalidInput(field=field, reason="several")
    return fitting[0]


def check_free(*, location: str, frozen_by: str) -> None:
    """Refuse any movement into or out of a place that is frozen for a count. Raises CountOpen. Source: R-C16, R-F8."""
    if frozen_by:
        raise CountOpen(location=location, count_no=frozen_by)


def check_freeze(*, location: str, frozen_by: str, wanted: bool) -> None:
    """Refuse to freeze a place that another count holds (CountOpen), or to free one that is free (DocumentState)."""
    if wanted:
        check_free(location=location, frozen_by=frozen_by)
    elif not frozen_by:
        raise DocumentState(document_no=location, state="open", reason="not-frozen")


def check_elsewhere(*, source: str, target: str) -> None:
    """Refuse a transfer to where the goods lie already. Raises InvalidInput."""
    if source == target:
        raise InvalidInput(field="to", reason="same-place")


def check_quantity(asked: Decimal | None, line: StockLine) -> Decimal:
    """Give how much moves: what was asked, else all that nobody reserved.

    Reserved goods stay where the plan says they are. Raises InsufficientStock. Source: R-F24.
    """
    free = max(line.free, Decimal(0))
    if asked is None and free > 0:
        return free
    if asked is None or asked > free:
        raise InsufficientStock(item_no=line.item_no, batch_no=line.batch_no, location=line.bin_code, available=free)
    return asked


def check_same_batch(
    *, item_no: str, batch_no: str, recorded: dict[str, str | None], sent: dict[str, str | None]
) -> None:
    """Refuse to join goods with a batch of the same number whose dates or terms are others. Raises BatchConflict.

    Both have the same members; the first that differs is named. Source: R-A4, R-F12, R-Q7.
    """
    for field, value in sent.items():
        if recorded[field] != value:
            raise BatchConflict(item_no=item_no, batch_no=batch_no, field=field, recorded=recorded[field], sent=value)
