"""/tasks: the work lists, and the button that says it is done (R-I3, R-F16, R-F17, R-F22)."""

from typing import Any

from flask import Blueprint, request

from warehouse.books import blindness
from warehouse.flow import tasks
from warehouse.posting import Reply
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.quality import Task
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import posting, reading

bp = Blueprint("tasks", __name__)
READERS = ("keeper", "clerk", "qa", "manager")
STATES = ("open", "done")
TOLD_OF_STOCK = frozenset({"quantity", "short", "variance"})


@bp.get("/tasks")
@reading(*READERS)
def index(tx: Transaction) -> dict[str, Any]:
    """List the site's tasks, `?kind=` (repeatable) and `?state=open|done`; open ones unless said."""
    state = request.args.get("state", "open")
    if state not in STATES:
        raise InvalidInput(field="state", reason=f"only {', '.join(STATES)}")
    after = request.args.get("after", "0")
    if not (after.isascii() and after.isdigit()):
        raise InvalidInput(field="after", reason="not-a-number")
    blind = bool(blindness.hidden_places(tx))
    found = tasks.of_site(tx, kinds=request.args.getlist("kind"), state=state)
    return body.page(found, Task.id, lambda task: _task(task, blind=blind))


@bp.post("/tasks/<int:task_id>/done")
@posting(*READERS, status=200)
def done(tx: Transaction, task_id: int) -> Reply:
    """Say that a task is done."""
    task = tasks.finish(tx, task_id)
    tx.tell(task=task.kind, subject=task.subject)
    return {"task": task_id, "kind": task.kind, "state": "done"}, 200


def _task(task: Task, *, blind: bool) -> dict[str, Any]:
    """Show a task; to who is to count blind without the figures that come of what lies somewhere (R-C1)."""
    return {
        "task": task.id, "kind": task.kind, "subject": task.subject, "state": task.state, "urgent": bool(task.urgent),
        "due_on": task.due_on, "created_at": task.created_at, "done_at": task.done_at, "done_by": task.done_by or None,
        "facts": {name: None if blind and name in TOLD_OF_STOCK else told for name, told in task.facts.items()},
    }  # fmt: skip
