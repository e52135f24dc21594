"""The door to printers: an address becomes a printer that tells its state, takes a job and says what came of it.

`ipp://` and `ipps://` (CUPS queues too), `socket://host:9100`, `lp:QUEUE`, `file:DIRECTORY`. What the outcomes mean
is in `sending`; the queue retries alone only while nothing was accepted. Source: 4.5.5; R-Q13.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from labels.asking import Proposal, choose_form, propose
from labels.ipp import Door, read_fingerprint
from labels.ipp_printer import IppPrinter
from labels.lp import LpPrinter
from labels.raw import RawPrinter
from labels.reach import NotListed, Reach, find_unlisted, listed
from labels.sending import (
    Difference,
    Job,
    Media,
    OnProgress,
    Outcome,
    Printer,
    Result,
    State,
    find_differences,
)  # fmt: skip

__all__ = [
    "Difference", "Job", "Media", "NotListed", "Outcome", "Printer", "Proposal", "Reach", "Result", "State",
    "choose_form", "find_differences", "is_unlisted", "listed", "open_printer", "propose", "read_fingerprint",
]  # fmt: skip

_QUEUE = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,126}")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


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
    if url.port == 0:  # one over 65535 raises by itself
        raise ValueError(f"no printer address: {address!r}")
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


def is_unlisted(address: str, reach: Reach) -> bool:
    """Tell whether a printer's address leads only to inner ones that nobody listed, as far as is known now."""
    host = urlsplit(address).hostname
    return bool(host and find_unlisted(host, reach))


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
