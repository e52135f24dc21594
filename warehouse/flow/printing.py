"""The print queue: written with the event that needs the paper, asked about by the sender, answered by people (4.5.5).

What is sent, and what a printer says to it, is the sender's business (`print_queue`); here is what it means.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from warehouse.flow import printers
from warehouse.rules import printing as rules
from warehouse.rules.printing import JobState, ReprintReason
from warehouse.rules.refusals import NotFound
from warehouse.tables.base import is_postgres, rows, utc_text
from warehouse.tables.labels import Label
from warehouse.tables.printing import PrintedLabel, Printer, PrintJob
from warehouse.transaction import Transaction

LEASE = timedelta(seconds=4)  # without a sign of life for so long, a job being sent is uncertain
REPRINTED = "R1"
# A printer that accepted nothing is let alone until its first job is tried again: a thousand jobs that wait for it cost
# one try, not a thousand, and come in their order.
_LET_ALONE = (
    " AND NOT EXISTS (SELECT 1 FROM print_job w WHERE w.printer_id = j.printer_id AND w.state = 'queued'"
    " AND w.attempts > 0 AND w.next_try_at > ?)"
)
# A sent job of which its printer may still tell more.
_ASKED_AGAIN = f"j.state = 'sent' AND j.remote_id <> '' AND j.cause <> '{rules.HANDED_OVER}'"
TEST = "test"  # the purpose of a test label's job


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A job that a sender has taken: what to draw for which printer, and whether only to ask what became of it."""

    job: PrintJob
    printer: Printer
    labels: tuple[tuple[Label, str], ...]  # each with its mark
    only_look: bool


def queue(
    tx: Transaction, labels: Sequence[Label], *, purpose: str, printer: Printer | None = None, reason: str = "",
    marks: Mapping[str, str] | None = None,
) -> list[PrintJob]:  # fmt: skip
    """Put papers of one kind into the queue, of a named printer or the one they come from by themselves.

    At most 20 of one colour to a job. No printer prints them by itself: nothing is queued, they are handed out.
    """
    made: list[PrintJob] = []
    for colour, papers in _by_colour(labels).items():
        to = printer or printers.choose(tx, papers[0].kind, colour)
        if to is None:
            continue
        made += [
            _queue_one(tx, to, colour, papers[start : start + rules.MOST_LABELS], purpose, reason, marks)
            for start in range(0, len(papers), rules.MOST_LABELS)
        ]
    return made


def queue_test(tx: Transaction, printer: Printer) -> PrintJob:
    """Put a printer's test label into its queue: no paper of the goods, so it has no number and any colour will do."""
    made = PrintJob.create(
        site_id=tx.site.id, event=f"{tx.act} test", printer=printer, purpose=TEST, asked_by=tx.actor.name,
        next_try_at=tx.now, created_at=tx.now, changed_at=tx.now,
    )  # fmt: skip
    tx.tell(print_job=made.id, printer=printer.name, purpose=TEST)
    return made


def last_test(printer: Printer) -> PrintJob | None:
    """Give the test label that was asked last of a printer."""
    of_printer = (PrintJob.printer == printer.id) & (PrintJob.purpose == TEST)
    found: PrintJob | None = PrintJob.select().where(of_printer).order_by(PrintJob.id.desc()).first()
    return found


def claim(printer_id: int, *, now: datetime) -> Claimed | None:
    """Take the printer's next job that is due, for sending or for looking; None when none is.

    The caller holds a transaction; two senders never get the same one.
    """
    locked = " FOR UPDATE SKIP LOCKED" if is_postgres() else ""
    due = rows(
        "SELECT j.id, j.state FROM print_job j WHERE j.printer_id = ? AND j.next_try_at <= ?"
        f" AND (j.state IN ('queued', 'held') OR {_ASKED_AGAIN})"
        f"{_LET_ALONE} ORDER BY j.id LIMIT 1{locked}",
        printer_id, utc_text(now), utc_text(now),
    )  # fmt: skip
    if not due:
        return None
    job_id, state = due[0]
    only_look = state == JobState.SENT
    if only_look:
        rows("UPDATE print_job SET next_try_at = ? WHERE id = ?", utc_text(now + rules.HELD_WAIT), job_id)
    else:
        rows(
            "UPDATE print_job SET state = 'sending', attempts = attempts + 1, lease_until = ?, changed_at = ?"
            " WHERE id = ?",
            utc_text(now + LEASE), utc_text(now), job_id,
        )  # fmt: skip
    return _claimed(job_id, only_look=only_look)


def keep_alive(job_id: int, *, now: datetime) -> None:
    """Say that the sender of a job lives; it asks at every sign of life of the printer."""
    rows("UPDATE print_job SET lease_until = ? WHERE id = ? AND state = 'sending'", utc_text(now + LEASE), job_id)


def find_lost(*, now: datetime) -> list[Claimed]:
    """Make jobs uncertain whose sender is gone, and give them: the printer may know what became of them."""
    lost = rows(
        "UPDATE print_job SET state = 'uncertain', cause = 'sender-lost', changed_at = ?"
        " WHERE state = 'sending' AND lease_until < ? RETURNING id",
        utc_text(now), utc_text(now),
    )  # fmt: skip
    return [_claimed(job_id, only_look=True) for (job_id,) in lost]


def settle(tx: Transaction, job_id: int, *, outcome: str, cause: str, detail: str, remote_id: str) -> JobState | None:
    """Keep what came of a job: `outcome` is sent, confirmed, uncertain, failed, held or busy; gives the new state.

    None when somebody else settled it meanwhile. Confirmed papers are printed. Source: 4.5.5.
    """
    ((attempts, before, printer_id),) = rows(
        "SELECT attempts, state, printer_id FROM print_job WHERE id = ?", job_id
    )  # fmt: skip
    follows = rules.after(outcome, attempts=max(int(attempts), 1))
    if before not in (JobState.SENDING, JobState.SENT, JobState.UNCERTAIN):
        return None
    again_at = tx.now + (follows.wait or rules.HELD_WAIT)
    rows(
        "UPDATE print_job SET state = ?, cause = ?, detail = ?, remote_id = ?, next_try_at = ?, lease_until = NULL,"
        " changed_at = ? WHERE id = ?",
        follows.state, cause, detail[:200], remote_id, utc_text(again_at), utc_text(tx.now), job_id,
    )  # fmt: skip
    if follows.state is JobState.CONFIRMED:
        _mark_printed(job_id)
    if cause in ("paper-out", "head-open"):
        printers.forget_load(printer_id)
    tx.tell(print_job=job_id, before=before, state=follows.state, cause=cause)
    return follows.state


def resolve(tx: Transaction, job: PrintJob, *, last_label: str | None) -> list[PrintJob]:
    """Hear from a person which paper of an uncertain job came out last; the rest is queued again, marked R1.

    The same papers: one that lies behind the printer after all is found by its number twice. Raises DocumentState,
    InvalidInput.
    """
    rules.check_answerable(f"P{job.id}", job.state)
    papers = [label for label, _ in _papers(job.id)]
    missing = set(rules.not_printed([label.label_no for label in papers], last=last_label))
    rest = [label for label in papers if label.label_no in missing and label.state != "void"]
    _set_state(tx, job, JobState.CONFIRMED, cause="answered")
    for label in papers:
        if label.label_no not in missing:
            _printed(label.id)
    tx.tell(print_job=job.id, last_label=last_label, again=len(rest))
    return queue(
        tx, rest, purpose="reprint", printer=job.printer, reason=ReprintReason.UNCERTAIN,
        marks={label.label_no: REPRINTED for label in rest},
    )  # fmt: skip


def cancel(tx: Transaction, job: PrintJob, *, reason: str) -> None:
    """Take a job out of the queue as long as nothing of it can be on paper. Raises DocumentState."""
    rules.check_cancellable(f"P{job.id}", job.state)
    _set_state(tx, job, JobState.CANCELLED, cause="cancelled")
    tx.tell(print_job=job.id, state="cancelled", reason=reason)


def retry(tx: Transaction, job: PrintJob) -> None:
    """Try a waiting or failed job again now. Raises DocumentState."""
    rules.check_cancellable(f"P{job.id}", job.state)
    rows(
        "UPDATE print_job SET state = 'queued', next_try_at = ?, changed_at = ? WHERE id = ?",
        utc_text(tx.now), utc_text(tx.now), job.id,
    )  # fmt: skip
    tx.tell(print_job=job.id, state="queued")


def get_job(tx: Transaction, job_no: str) -> PrintJob:
    """Give a print job of the act's site by its number, such as P17. Raises NotFound."""
    number = job_no[1:]
    known = job_no[:1] == "P" and number.isascii() and number.isdigit() and len(number) < 18
    job = PrintJob.get_or_none((PrintJob.id == int(number)) & (PrintJob.site_id == tx.site.id)) if known else None
    if job is None:
        raise NotFound(kind="print-job", name=job_no)
    return job


def describe(job: PrintJob) -> dict[str, Any]:
    """Give a job as the API shows it."""
    return {
        "job": f"P{job.id}", "state": job.state, "printer": job.printer.name, "purpose": job.purpose,
        "cause": job.cause or None, "detail": job.detail or None, "reason": job.reason or None,
        "colour": job.colour or None, "attempts": job.attempts, "asked_by": job.asked_by,
        "created_at": job.created_at, "changed_at": job.changed_at,
        "label_nos": [label.label_no for label, _ in _papers(job.id)],
    }  # fmt: skip


def waiting_printers(*, now: datetime) -> list[int]:
    """Give the printers that have something due."""
    found = rows(
        "SELECT DISTINCT j.printer_id FROM print_job j WHERE j.state IN ('queued', 'held', 'sent')"
        f" AND j.next_try_at <= ? AND (j.state <> 'sent' OR {_ASKED_AGAIN}){_LET_ALONE}",
        utc_text(now), utc_text(now),
    )  # fmt: skip
    return [printer_id for (printer_id,) in found]


def _queue_one(
    tx: Transaction, to: Printer, colour: str, papers: Sequence[Label], purpose: str, reason: str,
    marks: Mapping[str, str] | None,
) -> PrintJob:  # fmt: skip
    """Write a job with its papers; by fixed SQL, because a scan that issues a label waits for it."""
    now, paper = utc_text(tx.now), rules.paper_colour(to.mode, colour)
    ((job_id,),) = rows(
        "INSERT INTO print_job (site_id, event, printer_id, purpose, reason, asked_by, colour, state, cause, detail,"
        " remote_id, attempts, next_try_at, created_at, changed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', '', '', '', 0, ?, ?, ?) RETURNING id",
        tx.site.id, f"{tx.act} {papers[0].label_no}", to.id, purpose, reason, tx.actor.name, paper, now, now, now,
    )  # fmt: skip
    for position, label in enumerate(papers):
        rows(
            "INSERT INTO printed_label (job_id, label_id, position, mark) VALUES (?, ?, ?, ?)",
            job_id, label.id, position, (marks or {}).get(label.label_no, ""),
        )  # fmt: skip
    return PrintJob(id=job_id, site_id=tx.site.id, printer=to, purpose=purpose, colour=paper, state="queued")


def _by_colour(labels: Iterable[Label]) -> dict[str, list[Label]]:
    found: dict[str, list[Label]] = {}
    for label in labels:
        found.setdefault(str(label.facts.get("colour") or "white"), []).append(label)
    return found


def _claimed(job_id: int, *, only_look: bool) -> Claimed:
    job = PrintJob.get_by_id(job_id)
    return Claimed(job=job, printer=job.printer, labels=tuple(_papers(job_id)), only_look=only_look)


def _papers(job_id: int) -> list[tuple[Label, str]]:
    found = (
        PrintedLabel.select(PrintedLabel, Label)
        .join(Label)
        .where(PrintedLabel.job == job_id)
        .order_by(PrintedLabel.position)
    )
    return [(printed.label, printed.mark) for printed in found]


def _mark_printed(job_id: int) -> None:
    for label, _ in _papers(job_id):
        _printed(label.id)


def _printed(label_id: int) -> None:
    rows("UPDATE label SET state = 'printed' WHERE id = ? AND state = 'issued'", label_id)


def _set_state(tx: Transaction, job: PrintJob, state: JobState, *, cause: str) -> None:
    rows(
        "UPDATE print_job SET state = ?, cause = ?, changed_at = ? WHERE id = ?",
        state, cause, utc_text(tx.now), job.id,
    )  # fmt: skip
