"""A queue of the system's `lp`: what CUPS accepted is handed over, and `lpstat` tells no more than it knows.

CUPS lists a job that its backend gave up as completed, with the same words as one that came out. So only an explicit
success is "printed"; a job that is merely gone through is handed over, and one that is not listed asks a person.
Source: 4.5.5.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from shutil import which

from labels.sending import HANDED_OVER, Job, OnProgress, Outcome, Result, State

LP_S = 10.0
_WORDS = {"LC_ALL": "C"}  # the tools translate what they say
_SUCCESS = "job-completed-successfully"
_GIVEN_UP = {"job-canceled": "cancelled", "job-aborted": "aborted", "aborted-by": "aborted"}
_Run = subprocess.CompletedProcess[bytes] | subprocess.TimeoutExpired | None


@dataclass(frozen=True, kw_only=True)
class LpPrinter:
    """A queue of the system's `lp`; it takes jobs whatever the printer does."""

    queue: str

    def state(self) -> State:
        """Tell whether `lp` is here, knows the queue, takes jobs for it and prints them."""
        takes = _run(["lpstat", "-a", self.queue])
        if not _ended_well(takes):
            return State(ready=False, causes=("unreachable",), detail=_said(takes))
        if f"{self.queue} not accepting" in _said(takes):  # told with an exit status of 0
            return State(ready=False, causes=("not-accepting",), detail=_said(takes))
        prints = _run(["lpstat", "-p", self.queue])
        stopped = f"printer {self.queue} disabled" in _said(prints)
        return State(ready=not stopped, causes=("paused",) if stopped else (), detail=_said(prints))

    def send(self, job: Job, on_progress: OnProgress = lambda: None) -> Result:
        """Give the document to `lp` on its standard input, with our id as the title; no shell, never copies."""
        size = f"media=Custom.{job.width_mm:g}x{job.height_mm:g}mm"
        done = _run(["lp", "-d", self.queue, "-t", job.job_id, "-o", size], job.document)
        on_progress()
        if done is None:
            return Result(outcome=Outcome.BUSY, cause="unreachable", detail="no lp on this machine")
        if isinstance(done, subprocess.TimeoutExpired):
            return Result(outcome=Outcome.UNCERTAIN, cause="silent", detail=str(done))
        if done.returncode != 0:  # lp hands a document over whole or not at all
            return Result(outcome=Outcome.BUSY, cause="refused", detail=_said(done))
        named = re.search(rf"{re.escape(self.queue)}-\d+", _said(done))
        return Result(outcome=Outcome.SENT, remote_id=named[0] if named else "")

    def look(self, job: Job, remote_id: str = "") -> Result:
        """Ask `lpstat` for the job by the queue's number; nothing but an explicit success is said to be printed."""
        if not remote_id:
            return Result(outcome=Outcome.UNCERTAIN, cause="no-memory")
        alerts: str | None = None
        for which_jobs in ("not-completed", "completed"):
            done = _run(["lpstat", "-l", "-W", which_jobs, "-o", self.queue])
            if not _ended_well(done):
                return Result(outcome=Outcome.UNCERTAIN, cause="unreachable", detail=_said(done), remote_id=remote_id)
            alerts = _alerts(_text(done), remote_id)
            if alerts is not None and which_jobs == "not-completed":
                return Result(outcome=Outcome.SENT, detail=alerts, remote_id=remote_id)
        if alerts is None:
            return Result(outcome=Outcome.UNCERTAIN, cause="not-in-queue", remote_id=remote_id)
        return _gone_through(alerts, remote_id)


def _gone_through(alerts: str, remote_id: str) -> Result:
    """Say what a job is that the queue is done with."""
    if _SUCCESS in alerts.split():
        return Result(outcome=Outcome.CONFIRMED, detail=alerts, remote_id=remote_id)
    for beginning, cause in _GIVEN_UP.items():
        if any(alert.startswith(beginning) for alert in alerts.split()):
            return Result(outcome=Outcome.UNCERTAIN, cause=cause, detail=alerts, remote_id=remote_id)
    return Result(outcome=Outcome.SENT, cause=HANDED_OVER, detail=alerts, remote_id=remote_id)


def _alerts(said: str, remote_id: str) -> str | None:
    """Give what a long list says of a job: its line begins with the number, what belongs to it is indented."""
    found: str | None = None
    for line in said.splitlines():
        if not line.startswith((" ", "\t")):
            if found is not None:
                break
            found = "" if line.split(maxsplit=1)[:1] == [remote_id] else None
        elif found is not None and line.strip().startswith("Alerts:"):
            found = line.partition(":")[2].strip()
    return found


def _run(command: list[str], given: bytes = b"") -> _Run:
    program = which(command[0])
    if program is None:
        return None
    try:
        # A list of arguments and a checked queue name: nothing here is read by a shell or taken for an option.
        return subprocess.run(  # noqa: S603
            [program, *command[1:]], input=given, capture_output=True, timeout=LP_S, check=False,
            env={**os.environ, **_WORDS},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        return error


def _ended_well(done: _Run) -> bool:
    return isinstance(done, subprocess.CompletedProcess) and done.returncode == 0


def _text(done: _Run) -> str:
    return done.stdout.decode(errors="replace") if isinstance(done, subprocess.CompletedProcess) else ""


def _said(done: _Run) -> str:
    if isinstance(done, subprocess.CompletedProcess):
        said: bytes = done.stdout + done.stderr
        return said.decode(errors="replace").strip()[:200]
    return "" if done is None else str(done)
