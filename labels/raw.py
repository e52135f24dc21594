"""A label printer on its raw port (9100): ZPL, with the status asked before and after.

That the bytes went out proves nothing. `~HS` is answered with three strings; a printer without paper or with an open
head may not answer at all, so silence means not ready. Source: 4.5.5.
"""

import socket
import time
from dataclasses import dataclass

from labels.reach import NotListed, Reach, connect
from labels.sending import Job, OnProgress, Outcome, Result, State, check_loaded

SILENCE_S = 2.0
STALLED_S = 4.0  # no label less in so long: the operator is asked
LOOK_S = 0.05
CHUNK = 4096
_MOST = 4096  # bytes of a status answer; printers send 80


@dataclass(frozen=True, kw_only=True)
class Status:
    """What `~HS` says: causes that stop a label, formats not yet begun, labels of the present one not yet printed."""

    causes: tuple[str, ...]
    formats: int
    labels: int

    @property
    def idle(self) -> bool:
        """Whether nothing is left to print."""
        return self.formats == 0 and self.labels == 0


class Silent(OSError):
    """The printer did not answer `~HS`, or not in its three strings."""


@dataclass(frozen=True, kw_only=True)
class RawPrinter:
    """`colour` is the roll card's: such a printer does not know its paper."""

    host: str
    port: int
    reach: Reach
    colour: str | None = None
    silence_s: float = SILENCE_S
    stalled_s: float = STALLED_S

    def state(self) -> State:
        """Ask with `~HS`."""
        try:
            with connect(self.host, self.port, self.reach) as line:
                status = self._ask(line)
        except Silent as error:
            return State(ready=False, causes=("silent",), detail=str(error))
        except OSError as error:
            cause = "address-not-listed" if isinstance(error, NotListed) else "unreachable"
            return State(ready=False, causes=(cause,), detail=str(error))
        causes = status.causes if status.idle else (*status.causes, "busy")
        return State(ready=not causes, causes=causes, forms=("application/vnd.zebra-zpl",))

    def send(self, job: Job, on_progress: OnProgress = lambda: None) -> Result:
        """Send ZPL to a ready and idle printer and watch its labels go down to none."""
        if job.form != "zpl":
            return Result(outcome=Outcome.FAILED, cause="form", detail=f"a raw port takes zpl, not {job.form}")
        if held := check_loaded(job, (), colour=self.colour):
            return held
        sent = 0
        try:
            with connect(self.host, self.port, self.reach) as line:
                if refused := _not_now(self._ask(line)):
                    return refused
                on_progress()
                for start in range(0, len(job.document), CHUNK):
                    sent += 1  # some of what fails may have gone out
                    line.sendall(job.document[start : start + CHUNK])
                    on_progress()
                return self._watch(line, on_progress)
        except NotListed as error:
            return Result(outcome=Outcome.FAILED, cause="address-not-listed", detail=str(error))
        except OSError as error:
            cause = "silent" if isinstance(error, Silent | TimeoutError) else "cut" if sent else "unreachable"
            return Result(outcome=Outcome.UNCERTAIN if sent else Outcome.BUSY, cause=cause, detail=str(error))

    def look(self, job: Job, remote_id: str = "") -> Result:
        """Tell that nobody knows: the port has no memory of jobs, so a person looks at the last label."""
        return Result(outcome=Outcome.UNCERTAIN, cause="no-memory", remote_id=remote_id)

    def _watch(self, line: socket.socket, on_progress: OnProgress) -> Result:
        """Ask until nothing is left; a fault or no label less in time leaves it to a person."""
        left, deadline = -1, time.monotonic() + self.stalled_s
        while True:
            status = self._ask(line)
            if status.causes:
                return Result(outcome=Outcome.UNCERTAIN, cause=status.causes[0])
            if status.idle:
                return Result(outcome=Outcome.CONFIRMED)
            on_progress()
            now = status.formats * 10_000 + status.labels
            if now != left:
                left, deadline = now, time.monotonic() + self.stalled_s
            elif time.monotonic() > deadline:
                return Result(outcome=Outcome.UNCERTAIN, cause="stalled", detail=f"{status.formats} formats left")
            time.sleep(LOOK_S)

    def _ask(self, line: socket.socket) -> Status:
        line.settimeout(self.silence_s)
        deadline = time.monotonic() + self.silence_s
        heard = b""
        try:
            line.sendall(b"~HS\r\n")
            while heard.count(b"\x03") < 3:
                line.settimeout(max(0.01, deadline - time.monotonic()))
                piece = line.recv(256)
                if not piece or len(heard) > _MOST:
                    raise Silent(f"answered {heard[:80]!r}")
                heard += piece
        except TimeoutError as error:
            raise Silent(f"no status within {self.silence_s:g} s") from error
        return read_status(heard)


def _not_now(status: Status) -> Result | None:
    if status.causes:
        return Result(outcome=Outcome.BUSY, cause=status.causes[0])
    if not status.idle:  # another's labels: afterwards nobody could tell them from ours
        return Result(outcome=Outcome.BUSY, cause="busy", detail=f"{status.formats} formats left")
    return None


def read_status(heard: bytes) -> Status:
    """Read the three strings of `~HS`, each between STX and ETX. Raises Silent when they are none."""
    strings = [part.partition(b"\x02")[2].split(b",") for part in heard.split(b"\x03")[:3]]
    try:
        first, second = ([int(field) for field in string] for string in strings[:2])
        flags = {
            "paper-out": first[1],
            "paused": first[2],
            "buffer-full": first[5],
            "broken": first[9] or first[10] or first[11],  # memory lost, head too cold, head too hot
            "head-open": second[2],
            "ribbon-out": second[3],
        }
        causes = tuple(cause for cause, raised in flags.items() if raised)
        return Status(causes=causes, formats=first[4], labels=second[8])
    except (ValueError, IndexError) as error:
        raise Silent(f"answered {heard[:80]!r}") from error
