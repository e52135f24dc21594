"""One paper in place of another: the relabel task done by scans, and reprints with a reason (4.5.5, R-Q13)."""

from labels.content import normal_label_no
from warehouse.flow import labelling, printing, tasks
from warehouse.rules import printing as rules
from warehouse.rules.printing import ReprintReason
from warehouse.rules.refusals import DocumentState
from warehouse.tables.base import rows
from warehouse.tables.labels import Label
from warehouse.tables.printing import Printer, PrintJob
from warehouse.tables.quality import Task
from warehouse.transaction import Transaction


def replace_paper(tx: Transaction, *, old: str, new: str) -> bool:
    """Hear that the new paper was stuck over the old one, by scanning both; True when the task is done with it.

    Raises NotFound, InvalidInput when the new one replaces another paper, DocumentState when it is void itself, lies
    over another one already, or the old one is still valid.
    """
    over = labelling.get_label(tx, normal_label_no(old))
    paper = labelling.get_label(tx, normal_label_no(new))
    if over.state != "void":
        raise DocumentState(document_no=over.label_no, state=over.state, reason="still-valid")
    if paper.state == "void":
        raise DocumentState(document_no=paper.label_no, state="void", reason="void-paper")
    replaces = str(paper.facts.get("replaces") or "").split()
    covered = Label.select().where(Label.label_no.in_(replaces) & (Label.site_id == tx.site.id))
    rules.check_new_paper(
        replaces=replaces, old_label_no=over.label_no, new_label_no=paper.label_no,
        lies_over=[each.label_no for each in covered if each.facts.get("covered_by") == paper.label_no],
    )  # fmt: skip
    over.facts = {**over.facts, "covered_by": paper.label_no}
    over.save(only=[Label.facts])
    rows("UPDATE label SET state = 'applied' WHERE id = ? AND state <> 'void'", paper.id)
    tx.tell(old=over.label_no, new=paper.label_no)
    return _close_when_done(tx, paper.label_no)


def reprint(
    tx: Transaction, label_no: str, *, reason: str, note: str, printer: Printer | None
) -> tuple[Label, list[PrintJob]]:
    """Print a paper once more: lost or damaged, a new number and the old one void; uncertain, the same one marked R1.

    Raises NotFound, InvalidInput, DocumentState for a void paper.
    """
    label = labelling.get_label(tx, normal_label_no(label_no))
    why = rules.check_reprint(reason, label_no=label.label_no, state=label.state)
    marks = {}
    if why is ReprintReason.UNCERTAIN:
        paper, marks = label, {label.label_no: printing.REPRINTED}
    else:
        paper = labelling.issue_again(tx, label, reason=why)
    jobs = printing.queue(
        tx, [paper], purpose="reprint", printer=printer, reason=f"{why}: {note}" if note else why, marks=marks
    )
    tx.tell(old=label.label_no, new=paper.label_no, reason=why, note=note)
    return paper, jobs


def _close_when_done(tx: Transaction, label_no: str) -> bool:
    """End the relabel task that waits for this paper once all its new papers are on the goods."""
    open_tasks = Task.select().where((Task.site == tx.site.id) & (Task.kind == "relabel") & (Task.state == "open"))
    for task in open_tasks:
        wanted = list(task.facts.get("new") or ())
        if label_no not in wanted:
            continue
        waiting = Label.select().where(Label.label_no.in_(wanted) & ~Label.state.in_(["applied", "void"])).exists()
        if not waiting:
            tasks.close_task(tx, "relabel", task.subject)
        return not waiting
    return False
