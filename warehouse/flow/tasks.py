"""What waits for a hand: move, relabel, count, inspect, re-inspect, plan. One open task a subject (R-F22, R-I3)."""

import json
from datetime import date
from typing import Any

from warehouse.rules.refusals import DocumentState, NotFound
from warehouse.tables.base import rows, utc_text
from warehouse.tables.quality import Task
from warehouse.transaction import Transaction


def open_task(
    tx: Transaction, kind: str, subject: str, *, due_on: date | None = None, urgent: bool = False, **facts: Any
) -> bool:
    """Put a task on the work list; False when one for this subject is open already: a second scan opens no other."""
    made = rows(
        "INSERT INTO task (site_id, kind, subject, state, facts, due_on, created_at, done_by, urgent)"
        " VALUES (?, ?, ?, 'open', ?, ?, ?, '', ?) ON CONFLICT (site_id, kind, subject) WHERE state = 'open' DO NOTHING"
        " RETURNING id",
        tx.site.id, kind, subject, json.dumps(facts, default=str, ensure_ascii=False, sort_keys=True),
        due_on.isoformat() if due_on else None, utc_text(tx.now), int(urgent),
    )  # fmt: skip
    return bool(made)


def close_task(tx: Transaction, kind: str, subject: str) -> None:
    """Take a task off the list because its work was done; none open is fine."""
    rows(
        "UPDATE task SET state = 'done', done_at = ?, done_by = ?"
        " WHERE site_id = ? AND kind = ? AND subject = ? AND state = 'open'",
        utc_text(tx.now), tx.actor.name, tx.site.id, kind, subject,
    )  # fmt: skip


def finish(tx: Transaction, task_id: int) -> Task:
    """Mark a task done by hand. Raises NotFound, DocumentState when it is done already."""
    task: Task | None = Task.get_or_none((Task.id == task_id) & (Task.site == tx.site.id))
    if task is None:
        raise NotFound(kind="task", name=str(task_id))
    if task.state != "open":
        raise DocumentState(document_no=str(task_id), state=task.state)
    close_task(tx, task.kind, task.subject)
    return task


def find_open(tx: Transaction, kind: str | None = None) -> list[Task]:
    """Give the open tasks of the site, urgent and due ones first."""
    query = Task.select().where((Task.site == tx.site.id) & (Task.state == "open"))
    if kind:
        query = query.where(Task.kind == kind)
    return list(query.order_by(Task.urgent.desc(), Task.due_on.asc(nulls="last"), Task.id))
