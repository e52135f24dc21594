"""What waits for a hand: move, relabel, count, inspect, re-inspect, plan. One open task a subject (R-F22, R-I3)."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from peewee import ModelSelect, fn

from warehouse.books import allocations
from warehouse.rules.refusals import DocumentState, NotFound
from warehouse.rules.work import check_doer
from warehouse.tables.base import as_json, as_table, row_reader, rows, utc_text
from warehouse.tables.books import Batch
from warehouse.tables.quality import Task
from warehouse.transaction import Transaction

Numbers = tuple[str, str]  # of item and batch
_COLUMNS, _read = row_reader(Task, "t")


def open_task(
    tx: Transaction, kind: str, subject: str, *, due_on: date | None = None, urgent: bool = False, **facts: Any
) -> bool:
    """Put a task on the work list; False when one for this subject is open already: a second scan opens no other."""
    made = rows(
        "INSERT INTO task (site_id, kind, subject, state, facts, due_on, created_at, done_by, urgent)"
        " VALUES (?, ?, ?, 'open', ?, ?, ?, '', ?) ON CONFLICT (site_id, kind, subject) WHERE state = 'open' DO NOTHING"
        " RETURNING id",
        tx.site.id, kind, subject, _text(facts), due_on.isoformat() if due_on else None, utc_text(tx.now), int(urgent),
    )  # fmt: skip
    return bool(made)


def new_papers(tx: Transaction, batch: Batch, label_no: str) -> list[str]:
    """Give the papers that a relabel task puts on the goods instead of a void one; none when no such task is open."""
    begins = f"{batch.item.item_no}/{batch.batch_no}/"
    waiting = Task.select().where(
        (Task.site == tx.site.id) & (Task.kind == "relabel") & (Task.state == "open")
        & (fn.SUBSTR(Task.subject, 1, len(begins)) == begins)
    )  # fmt: skip
    return [new for task in waiting if label_no in task.facts.get("old", ()) for new in task.facts.get("new", ())]


def open_all(tx: Transaction, kind: str, asked: Mapping[str, Mapping[str, Any]], *, due_on: date | None = None) -> None:
    """Put a task on the work list for each subject that has none open yet, with its facts, by one statement."""
    if not asked:
        return
    due = due_on.isoformat() if due_on else None
    rows(
        "INSERT INTO task (site_id, kind, subject, state, facts, due_on, created_at, done_by, urgent)"
        f" SELECT ?, ?, subject, 'open', facts, ?, ?, '', 0 FROM {as_table('t', subject='text', facts='text')}"
        " WHERE n >= 0 ORDER BY n ON CONFLICT (site_id, kind, subject) WHERE state = 'open' DO NOTHING",
        tx.site.id, kind, due, utc_text(tx.now), as_json([(subject, _text(facts)) for subject, facts in asked.items()]),
    )  # fmt: skip


def open_urgent(tx: Transaction, kind: str, subject: str, *, due_on: date, **facts: Any) -> None:
    """Put an urgent task on the work list, or make the open one urgent and say why; never a second one (R-I7)."""
    if not open_task(tx, kind, subject, due_on=due_on, urgent=True, **facts):
        rows(
            "UPDATE task SET urgent = 1, due_on = ?, facts = ?"
            " WHERE site_id = ? AND kind = ? AND subject = ? AND state = 'open'",
            due_on.isoformat(), _text(facts), tx.site.id, kind, subject,
        )  # fmt: skip


def keep_done(tx: Transaction, kind: str, subject: str, **facts: Any) -> None:
    """Keep something that was asked and done in one step, such as a zero confirmation (R-F17)."""
    rows(
        "INSERT INTO task (site_id, kind, subject, state, facts, created_at, done_at, done_by, urgent)"
        " VALUES (?, ?, ?, 'done', ?, ?, ?, ?, 0)",
        tx.site.id, kind, subject, _text(facts), utc_text(tx.now), utc_text(tx.now), tx.actor.name,
    )  # fmt: skip


def settle_moves(tx: Transaction, *batch_ids: int) -> None:
    """Ask for a move of goods that lie where their status is not admitted, and end the asking where they no longer do.

    To be called when goods of the batches changed status or place (4.5.2). One task per bin.
    """
    if not batch_ids:
        return
    misplaced: dict[Numbers, dict[str, str]] = {}
    for item_no, batch_no, bin_code, status, admits in rows(
        "SELECT i.item_no, b.batch_no, s.bin_code, s.status, p.admits"
        f" FROM {as_table('t', batch_id='int')} JOIN batch b ON b.id = t.batch_id JOIN item i ON i.id = b.item_id"
        " LEFT JOIN stock s ON s.batch_id = b.id AND s.quantity > 0 LEFT JOIN place p ON p.id = s.place_id"
        " ORDER BY s.bin_code, s.status",
        as_json([(batch_id,) for batch_id in sorted(set(batch_ids))]),
    ):
        there = misplaced.setdefault((item_no, batch_no), {})
        if status is not None and status not in admits.split():
            there[bin_code] = status
    for subject, numbers, location in _open_moves(tx, list(misplaced)):
        if not misplaced[numbers] or (location is not None and location not in misplaced[numbers]):
            close_task(tx, "move", subject)
    asked = {
        f"{item_no}/{batch_no}@{bin_code}": {
            "item_no": item_no, "batch_no": batch_no, "location": bin_code, "status": status,
        }
        for (item_no, batch_no), there in misplaced.items()
        for bin_code, status in there.items()
    }  # fmt: skip
    open_all(tx, "move", asked)


def of_batch(tx: Transaction, kind: str, *, item_no: str, batch_no: str) -> list[Task]:
    """Give the open tasks of a kind about a batch, whole or in one of its places, oldest first."""
    number = f"{item_no}/{batch_no}"
    found = of_site(tx, kinds=[kind]).where(fn.SUBSTR(Task.subject, 1, len(number)) == number).order_by(Task.id)
    return [task for task in found if (task.facts.get("item_no"), task.facts.get("batch_no")) == (item_no, batch_no)]


def tell_places(tx: Transaction, kind: str, subject: str, locations: list[str]) -> None:
    """Write into an open task where its goods lie now."""
    task: Task | None = Task.get_or_none(
        (Task.site == tx.site.id) & (Task.kind == kind) & (Task.subject == subject) & (Task.state == "open")
    )
    if task is not None and task.facts.get("locations") != locations:
        Task.update(facts={**task.facts, "locations": locations}).where(Task.id == task.id).execute()


def close_task(tx: Transaction, kind: str, subject: str) -> None:
    """Take a task off the list because its work was done; none open is fine.

    What a count task had set aside is available again (R-F16).
    """
    closed = rows(
        "UPDATE task SET state = 'done', done_at = ?, done_by = ?"
        " WHERE site_id = ? AND kind = ? AND subject = ? AND state = 'open' RETURNING id",
        utc_text(tx.now), tx.actor.name, tx.site.id, kind, subject,
    )  # fmt: skip
    for (task_id,) in closed:
        allocations.release_task(task_id)


def finish(tx: Transaction, task_id: int) -> Task:
    """Mark a task done by hand. Raises NotFound, Forbidden for other hands, DocumentState when it is done already."""
    task: Task | None = Task.get_or_none((Task.id == task_id) & (Task.site == tx.site.id))
    if task is None:
        raise NotFound(kind="task", name=str(task_id))
    check_doer(task.kind, tx.actor.roles)
    if task.state != "open":
        raise DocumentState(document_no=str(task_id), state=task.state)
    close_task(tx, task.kind, task.subject)
    return task


def find_open(tx: Transaction, kind: str | None = None) -> list[Task]:
    """Give the open tasks of the site, urgent and due ones first."""
    narrowed, values = (" AND t.kind = ?", [kind]) if kind else ("", [])
    found = rows(
        f"SELECT {_COLUMNS} FROM task t WHERE t.site_id = ? AND t.state = 'open'{narrowed}"
        " ORDER BY t.urgent DESC, t.due_on IS NULL, t.due_on, t.id",
        tx.site.id, *values,
    )  # fmt: skip
    return [_read(row) for row in found]


def of_site(tx: Transaction, *, kinds: Iterable[str] = (), state: str = "open") -> "ModelSelect[Task]":
    """Give the query of the site's tasks in a state, of some kinds or all, to be ordered or paged by the caller."""
    query = Task.select().where((Task.site == tx.site.id) & (Task.state == state))
    wanted = list(kinds)
    return query.where(Task.kind.in_(wanted)) if wanted else query


def _open_moves(tx: Transaction, batches: Collection[Numbers]) -> list[tuple[str, Numbers, str | None]]:
    """Give (subject, batch, place or None for all places) of the open move tasks of these batches."""
    # One batch is what a scan asks for; of many the whole list is read.
    prefix = "/".join(*batches) if len(batches) == 1 else ""
    found = rows(
        "SELECT subject, facts FROM task WHERE site_id = ? AND kind = 'move' AND state = 'open'"
        " AND substr(subject, 1, ?) = ? ORDER BY id",
        tx.site.id, len(prefix), prefix,
    )  # fmt: skip
    told = [(subject, json.loads(facts)) for subject, facts in found]
    return [
        (subject, (facts["item_no"], facts["batch_no"]), facts.get("location"))
        for subject, facts in told
        if (facts.get("item_no"), facts.get("batch_no")) in batches
    ]


def _text(facts: Mapping[str, Any]) -> str:
    return json.dumps(dict(facts), default=str, ensure_ascii=False, sort_keys=True)
