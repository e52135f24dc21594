"""The door to printers: an address becomes a printer that tells its state, takes a job and says what came of it.

`ipp://` and `ipps://` (CUPS queues too), `socket://host:9100`, `lp:QUEUE`, `file:DIRECTORY`. What the outcomes mean
is in `sending`; the queue retries alone only while nothing was accepted. Source: 4.5.5; R-Q13.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from urllib.parse import unquote, urlsplit

from labels.ipp import Door, read_fingerprint
from labels.ipp_printer import IppPrinter
from labels.raw import RawPrinter
from labels.reach import NotListed, Reach, listed
from labels.sending import Job, Media, OnProgress, Outcome, Printer, Result, State

__all__ = [
    "Job", "Media", "NotListed", "Outcome", "Printer", "Reach", "Result", "State",
    "listed", "open_printer", "read_fingerprint",
]  # fmt: skip

_QUEUE = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,126}")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
LP_S = 10.0


def open_printer(
    address: str, *, colour: str | None = None, certificate: str | None = None, reach: Reach | None = None
) -> Printer:
    """Give the printer of an address; nothing is connected yet.

    `colour` is what the roll card says is loaded, `certificate` the SHA-256 in hex pinned for `ipps`, `reach` which
    networks may be connected to (None: all). Raises ValueError for an address that is none.
    """
    url = urlsplit(address)
    everywhere = reach or Reach()
    if certificate is not None and not _FINGERPRINT.fullmatch(certificate.lower()):
        raise ValueError("the certificate is pinned by 64 hexadecimal digits")
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("an address holds no name, password or query")
    if url.scheme in ("ipp", "ipps") and url.hostname:
        return IppPrinter(door=Door(url=url, certificate=certificate, reach=everywhere), colour=colour)
    if url.scheme == "socket" and url.hostname and url.path in ("", "/"):
        return RawPrinter(host=url.hostname, port=url.port or 9100, reach=everywhere, colour=colour)
    if url.scheme == "lp" and _QUEUE.fullmatch(url.path):
        return LpPrinter(queue=url.path)
    if url.scheme == "file" and url.path and not url.netloc:
        return FolderPrinter(folder=Path(unquote(url.path)))
    raise ValueError(f"no printer address: {address!r}")


@dataclass(frozen=True, kw_only=True)
class FolderPrinter:
    """Writes each job as a file: handed out, never said to be printed."""

    folder: Path

    def state(self) -> State:
        """Tell whether the folder is there."""
        ready = self.folder.is_dir()
        return State(ready=ready, causes=() if ready else ("unreachable",), detail=str(self.folder))

    def send(self, job: Job, on_progress: OnProgress = lambda: None) -> Result:
        """Write the file whole or not at all; the same job again is the same file."""
        to = self.folder / f"{job.job_id}.{job.form}"
        try:
            part = to.with_name(f".{to.name}")
            part.write_bytes(job.document)
            part.replace(to)
        except OSError as error:
            return Result(outcome=Outcome.BUSY, cause="unreachable", detail=str(error))
        on_progress()
        return Result(outcome=Outcome.SENT, detail=str(to), remote_id=to.name)

    def look(self, job: Job, remote_id: str = "") -> Result:
        """Tell whether the file is there; whether somebody printed it, nobody knows."""
        to = self.folder / f"{job.job_id}.{job.form}"
        outcome = Outcome.SENT if to.is_file() else Outcome.BUSY
        return Result(outcome=outcome, cause="" if to.is_file() else "cut", remote_id=remote_id)


@dataclass(frozen=True, kw_only=True)
class LpPrinter:
    """A queue of the system's `lp`; it takes jobs whatever the printer does, so nothing is ever confirmed."""

    queue: str

    def state(self) -> State:
        """Tell whether `lp` is here and knows the queue."""
        done = self._run(["lpstat", "-a", self.queue], b"")
        ready = isinstance(done, subprocess.CompletedProcess) and done.returncode == 0
        return State(ready=ready, causes=() if ready else ("unreachable",), detail=_said(done))

    def send(self, job: Job, on_progress: OnProgress = lambda: None) -> Result:
        """Give the document to `lp` on its standard input, with our id as the title; no shell, never copies."""
        size = f"media=Custom.{job.width_mm:g}x{job.height_mm:g}mm"
        done = self._run(["lp", "-d", self.queue, "-t", job.job_id, "-o", size], job.document)
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
        """Tell that nobody knows."""
        return Result(outcome=Outcome.UNCERTAIN, cause="no-memory", remote_id=remote_id)

    def _run(
        self, command: list[str], given: bytes
    ) -> subprocess.CompletedProcess[bytes] | subprocess.TimeoutExpired | None:
        program = which(command[0])
        if program is None:
            return None
        try:
            # A list of arguments and a checked queue name: nothing here is read by a shell or taken for an option.
            return subprocess.run([program, *command[1:]], input=given, capture_output=True, timeout=LP_S, check=False)  # noqa: S603
        except subprocess.TimeoutExpired as error:
            return error


def _said(done: object) -> str:
    if isinstance(done, subprocess.CompletedProcess):
        said: bytes = done.stdout + done.stderr
        return said.decode(errors="replace").strip()[:200]
    return "" if done is None else str(done)
