"""The work lists: what waits for a hand, and the button that says it is done."""

from flask import Response, request

from warehouse.flow import tasks
from warehouse.posting import Reply
from warehouse.transaction import Transaction
from warehouse.web import page
from warehouse.web.page import READERS, Sent, page_posting
from warehouse.web.panel import Outcome

bp = page.blueprint("tasks")
BY_HAND = ("move", "relabel", "plan")  # the others end with the act they ask for


@bp.get("/tasks")
@page.page(*READERS)
def index(tx: Transaction) -> Response:
    """List what is open, urgent and due first."""
    return _index(tx)


@bp.post("/tasks/<int:task_id>/done")
@page_posting(*READERS)
def done(sent: Sent, task_id: int) -> Response:
    """Mark a task done."""

    def finish(tx: Transaction) -> Reply:
        task = tasks.finish(tx, task_id)
        tx.tell(task=task.kind, subject=task.subject)
        return {"task": task.subject}, 200

    outcome = sent.answer(finish)
    return _index(page.now_reader(), outcome.say("task-done", subject=outcome.body.get("task", "")))


def _index(tx: Transaction, outcome: Outcome | None = None) -> Response:
    kind = request.args.get("kind", "")
    waiting = tasks.find_open(tx)
    kinds = sorted({task.kind for task in waiting})
    shown = [task for task in waiting if not kind or task.kind == kind]
    return page.render(
        "tasks/tasks.html", outcome=outcome, waiting=shown, kinds=kinds, kind=kind, by_hand=BY_HAND, today=tx.today
    )
