"""Count sheets on paper: blind, in the order one walks, each owner's goods on sheets of their own (4.6, 4.7.5 d; R-C1).

What is asked here of a count has no quantity in it, so none can come onto the paper, its code or its file.
"""

from itertools import groupby
from typing import Any

from labels.documents import CountLine, CountSheet
from warehouse.books import counts
from warehouse.flow.papers import head_of, keep
from warehouse.rules.refusals import DocumentState, InvalidInput
from warehouse.tables.base import rows
from warehouse.tables.labels import Label
from warehouse.transaction import Transaction

LINES = 1000  # on one paper, some 40 pages: a heap that one person can carry through a zone
MOST_PAPERS = 20  # of one count or zone at once


def issue_count_sheets(tx: Transaction, *, count_no: str, zone: str | None) -> list[Label]:
    """Issue the sheets of a count, or of one of its zones: a paper with its own number for each owner and 1000 lines.

    Raises NotFound, DocumentState where there is nothing to count or it is over, InvalidInput for more than 20 papers.
    """
    count = counts.get(tx, count_no)
    found = _lines(count.id, zone)
    if not found or count.state in ("closed", "cancelled"):
        raise DocumentState(document_no=count_no, state=count.state, reason="nothing-to-count")
    parts = [
        (owner, part)
        for owner, lines in groupby(found, key=lambda row: str(row[0]))
        for part in _parted(list(lines))
    ]  # fmt: skip
    if len(parts) > MOST_PAPERS:
        raise InvalidInput(field="zone", reason="too-large")
    return [
        keep(tx, "count_sheet", _sheet(tx, count_no, count.month, owner, part, f"{at}/{len(parts)}"),
             document_no=count_no)
        for at, (owner, part) in enumerate(parts, start=1)
    ]  # fmt: skip


def _lines(count_id: int, zone: str | None) -> list[tuple[Any, ...]]:
    """Give owner, place and goods of each line, and the goods' label where they have just one."""
    only, values = (" AND p.zone = ?", (zone,)) if zone else ("", ())
    return rows(
        "SELECT l.owner, p.bin_code, p.warehouse, p.zone, i.item_no, i.name, i.unit, b.batch_no,"
        " (SELECT CASE WHEN COUNT(*) = 1 THEN MIN(x.label_no) ELSE '' END FROM label x"
        " WHERE x.batch_id = l.batch_id AND x.kind = 'status' AND x.state <> 'void')"
        " FROM count_line l JOIN place p ON p.id = l.place_id JOIN batch b ON b.id = l.batch_id"
        f" JOIN item i ON i.id = b.item_id WHERE l.count_id = ?{only}"
        " ORDER BY l.owner, p.bin_code, i.item_no, b.batch_no",
        count_id, *values,
    )  # fmt: skip


def _parted(lines: list[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    return [lines[start : start + LINES] for start in range(0, len(lines), LINES)]


def _sheet(
    tx: Transaction, count_no: str, month: str, owner: str, part: list[tuple[Any, ...]], copy: str
) -> CountSheet:
    warehouse, zone = (_common({str(row[column] or "") for row in part}) for column in (2, 3))
    return CountSheet(
        **head_of(tx, "C", copy=copy), document_no=count_no, dated=tx.today, month=month, owner=owner,
        warehouse=warehouse, zone=zone,
        lines=tuple(
            CountLine(item_no=item_no, name=name, batch_no=batch_no, unit=unit, bin_code=bin_code, label_no=label_no)
            for _, bin_code, _, _, item_no, name, unit, batch_no, label_no in part
        ),
    )  # fmt: skip


def _common(named: set[str]) -> str:
    return named.pop() if len(named) == 1 else ""
