"""What becomes of a print job: at least once to the printer, exactly once in meaning (4.5.5, R-Q13).

The queue tries again alone only while the printer accepted nothing. After the first byte without an answer a person
says which label came out last. A reprint for loss is a new paper; for uncertainty it is the same paper, marked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from warehouse.rules.refusals import DocumentState, InvalidInput, NotWhole

MOST_LABELS = 20  # papers in one job: what a person can be asked about
WAITS = (1, 2, 5, 10, 30)  # seconds before the next try; the last one from then on
HELD_WAIT = timedelta(seconds=30)  # a printer that tells its paper itself is asked again; a roll card asks at once
HANDED_OVER = "handed-over"  # the cause of a sent job of which its printer will never tell more
ASK = "ask"  # the form of a printer that tells which one it takes
COLOURS = ("white", "blue", "yellow", "red")


class JobState(StrEnum):
    """Where a print job is."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    CONFIRMED = "confirmed"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    HELD = "held"
    CANCELLED = "cancelled"


class ReprintReason(StrEnum):
    """Why a paper is printed once more."""

    LOST = "lost"
    DAMAGED = "damaged"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, kw_only=True)
class Next:
    """What a job is after a try, and when it is tried again; None: not by itself."""

    state: JobState
    wait: timedelta | None = None


def after(outcome: str, *, attempts: int) -> Next:
    """Say what a job is after an outcome: sent, confirmed, uncertain, failed, held or busy. `attempts` counts this one.

    Only where nothing was accepted (busy, held) is it tried again by itself. Source: 4.5.5.
    """
    if outcome == "busy":
        return Next(state=JobState.QUEUED, wait=timedelta(seconds=WAITS[min(attempts, len(WAITS)) - 1]))
    if outcome == "held":
        return Next(state=JobState.HELD, wait=HELD_WAIT)
    return Next(state=JobState(outcome))


def paper_colour(mode: str, colour: str) -> str:
    """Give the stock a job needs: the mark's own on coloured paper, else any paper ('')."""
    return colour if mode == "stock" else ""


def check_colour(colour: str) -> str:
    """Refuse a colour that no stock has. Raises InvalidInput."""
    if colour not in COLOURS:
        raise InvalidInput(field="colour", reason="not-a-colour")
    return colour


def usual_form(address: str) -> str:
    """Give the form of a printer of which nobody said one: a raw port takes ZPL, `lp` PDF, IPP tells it itself."""
    if address.startswith("socket://"):
        return "zpl"
    return ASK if address.startswith(("ipp://", "ipps://")) else "pdf"


def check_answerable(job_no: str, state: str) -> None:
    """Refuse an answer about a job that nobody asks about. Raises DocumentState."""
    if state != JobState.UNCERTAIN:
        raise DocumentState(document_no=job_no, state=state)


def check_cancellable(job_no: str, state: str) -> None:
    """Refuse to cancel what may be on its way to paper. Raises DocumentState."""
    if state not in (JobState.QUEUED, JobState.HELD, JobState.FAILED):
        raise DocumentState(document_no=job_no, state=state)


def not_printed(label_nos: Sequence[str], *, last: str | None) -> Sequence[str]:
    """Give the papers of an uncertain job that did not come out: all after the last one held, all when none was.

    Raises InvalidInput when the last one is no paper of the job.
    """
    if last is None:
        return label_nos
    if last not in label_nos:
        raise InvalidInput(field="last_label", reason="not-of-this-job")
    return label_nos[label_nos.index(last) + 1 :]


def check_reprint(reason: str, *, label_no: str, state: str) -> ReprintReason:
    """Refuse a reprint without one of its reasons, and of a void paper. Raises InvalidInput, DocumentState."""
    if reason not in list(ReprintReason):
        raise InvalidInput(field="reason", reason="missing" if not reason.strip() else "not-a-reason")
    if state == "void":
        raise DocumentState(document_no=label_no, state=state)
    return ReprintReason(reason)


def check_new_paper(*, replaces: Sequence[str], old_label_no: str, new_label_no: str, lies_over: Sequence[str]) -> None:
    """Refuse to stick a paper over another that it does not replace, or that already lies over a third one.

    `lies_over` are the void papers it was stuck over so far; the same once more says nothing new. Raises InvalidInput,
    DocumentState. Source: R-Q13.
    """
    if old_label_no not in replaces:
        raise InvalidInput(field="new", reason="replaces-another")
    if lies_over and old_label_no not in lies_over:
        raise DocumentState(document_no=new_label_no, state="applied", reason="lies-elsewhere")


def size_to_draw(paper: str, sizes: Sequence[str]) -> str | None:
    """Give the size to draw a paper in for a printer with labels of `paper`; None: none of `sizes` lies in it.

    '' is a printer of which nobody said what it holds: a paper's first size then. Source: 4.5.5.
    """
    if not paper:
        return sizes[0]
    return paper if paper in sizes else None


def check_newest(name: str, *, based_on: int, newest: int) -> None:
    """Refuse to save over a layout that somebody else saved meanwhile. Raises DocumentState."""
    if based_on != newest:
        raise DocumentState(document_no=name, state="changed", reason="changed-meanwhile")


def check_whole(paper: str, faults: Sequence[tuple[str, str, str]]) -> None:
    """Refuse a layout with faults (element, reason, what it lies over), naming the first. Raises NotWhole."""
    for element, reason, other in faults[:1]:
        raise NotWhole(field=element, reason=reason, paper=paper, other=other or None)


def check_removable(name: str, *, jobs_waiting: int) -> None:
    """Refuse to let go of a printer while jobs wait for it. Raises DocumentState."""
    if jobs_waiting:
        raise DocumentState(document_no=name, state="jobs-waiting")
