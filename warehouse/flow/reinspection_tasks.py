"""QA's task to look at stored goods again: one a batch naming its bins, or one a place, as the site decided (R-I4).

A place's own task ends when what lies there was looked over, or when nothing lies there any more; a batch's when all
of it was. Goods that are moved while a task is open take it along.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from warehouse.books import stock
from warehouse.flow import tasks
from warehouse.rules import reinspection
from warehouse.rules.inspection import UNDECIDED
from warehouse.rules.status import InspectionStatus
from warehouse.tables.base import rows
from warehouse.tables.books import Batch
from warehouse.tables.quality import Task
from warehouse.transaction import Transaction

KIND = "reinspect"


def ask(tx: Transaction, batch: Batch, *, due_on: date, reason: str, urgent: bool) -> None:
    """Put the batch's task, or one for each of its places, on the work list; those of the other kind end."""
    wanted = _wanted(tx, batch)
    for subject in _open_subjects(tx, batch) - set(wanted):
        tasks.close_task(tx, KIND, subject)
    for subject, facts in wanted.items():
        if urgent:
            tasks.open_urgent(tx, KIND, subject, due_on=due_on, reason=reason, **facts)
        else:
            tasks.open_task(tx, KIND, subject, due_on=due_on, reason=reason, **facts)


def follow_goods(tx: Transaction, batch: Batch) -> None:
    """Let open tasks of a batch name the places where it lies now. To be called when its goods were moved."""
    found = _open(tx, batch)
    if found:
        first = found[0]
        ask(
            tx, batch, due_on=first.due_on or tx.today, reason=str(first.facts.get("reason", "")),
            urgent=bool(first.urgent),
        )  # fmt: skip
        for subject, facts in _wanted(tx, batch).items():
            tasks.tell_places(tx, KIND, subject, facts["locations"])


def end(tx: Transaction, batch: Batch) -> None:
    """End every task of a batch: all of it was looked over, or is not due any more."""
    for task in _open(tx, batch):
        tasks.close_task(tx, KIND, task.subject)


def end_places(tx: Transaction, batch: Batch, decided: Mapping[str, Decimal], *, was_white: bool) -> None:
    """End the tasks of places whose goods were all looked over; `decided` is what was called qualified, by place.

    `was_white` says that the batch was past its date or in doubt, so that whatever is blue now was looked at.
    """
    lying = stock.of_batch(batch.id)
    for place, amount in decided.items():
        there = [line for line in lying if line.bin_code == place]
        if reinspection.is_looked_over(
            undecided=sum((line.quantity for line in there if line.status in UNDECIDED), Decimal(0)),
            qualified=sum((line.quantity for line in there if line.status == InspectionStatus.QUALIFIED), Decimal(0)),
            decided=amount,
            was_white=was_white,
        ):
            tasks.close_task(tx, KIND, f"{_number(batch)}@{place}")


def bins_of(batch: Batch) -> list[str]:
    """Give the places in which something of a batch lies, in order."""
    found = rows("SELECT DISTINCT bin_code FROM stock WHERE batch_id = ? AND quantity > 0 ORDER BY bin_code", batch.id)
    return [bin_code for (bin_code,) in found]


def _wanted(tx: Transaction, batch: Batch) -> dict[str, dict[str, Any]]:
    """Give the subjects that a batch's tasks have, with their facts."""
    bins, number = bins_of(batch), _number(batch)
    facts = {"item_no": batch.item.item_no, "batch_no": batch.batch_no}
    if tx.site.reinspect_per == "place":
        return {f"{number}@{place}": {**facts, "location": place, "locations": [place]} for place in bins}
    return {number: {**facts, "locations": bins}}


def _open_subjects(tx: Transaction, batch: Batch) -> set[str]:
    return {task.subject for task in _open(tx, batch)}


def _open(tx: Transaction, batch: Batch) -> list[Task]:
    return tasks.of_batch(tx, KIND, item_no=batch.item.item_no, batch_no=batch.batch_no)


def _number(batch: Batch) -> str:
    return f"{batch.item.item_no}/{batch.batch_no}"
