"""A printer that speaks IPP, a CUPS queue among them: colour and size are compared before a byte is sent.

Printers were seen to take a colour they lack and to call a job whose line was cut "completed". So the loaded paper is
compared here, and "completed" counts only where our request was answered. Source: 4.5.5.
"""

import time
from dataclasses import dataclass
from typing import Any

from labels.ipp import (
    JOB_GROUP,
    PRINTER_GROUP,
    Answer,
    Door,
    Group,
    HttpRefused,
    Malformed,
    Operation,
    Tag,
    Unanswered,
    attribute,
    message,
)
from labels.sending import FORMS, Job, Media, OnProgress, Outcome, Result, SizeRange, State, check_loaded

BUSY = {0x0503, 0x0504, 0x0505, 0x0506, 0x0507}  # unavailable, device error, temporary, not accepting, busy
LASTING = {"redirect", "refused", "address-not-listed", "certificate"}  # a person must act: waiting changes nothing
DONE, ABORTED, CANCELLED = 9, 8, 7
PATIENCE_S = 4.0  # how long a sent job is watched; then it is "sent" and the queue asks again later
LOOK_S = 0.05
SETTLE_S = 0.5  # between two looks for a job whose line was cut: the printer may be a moment behind
_ASKED = [
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "document-format-supported",
    "media-col-ready",
    "media-color-supported",
    "media-size-supported",
    "printer-resolution-default",
    "printer-resolution-supported",
    "pwg-raster-document-resolution-supported",
    "color-supported",
]
_CAUSES = {
    "media-empty": "paper-out",
    "media-needed": "paper-out",
    "media-jam": "paper-jam",
    "cover-open": "head-open",
    "door-open": "head-open",
    "interlock-open": "head-open",
    "marker-supply-empty": "ribbon-out",
    "paused": "paused",
    "moving-to-paused": "paused",
    "shutdown": "offline",
    "connecting-to-device": "offline",
    "timed-out": "offline",
}


@dataclass(frozen=True, kw_only=True)
class IppPrinter:
    """`colour` is the roll card's, for printers that do not say what is loaded."""

    door: Door
    colour: str | None = None
    patience_s: float = PATIENCE_S
    settle_s: float = SETTLE_S

    @property
    def uri(self) -> str:
        """The address as the printer knows it, without a person's name in it."""
        url = self.door.url
        return f"{url.scheme}://{url.hostname}:{url.port or 631}{url.path or '/ipp/print'}"

    def state(self) -> State:
        """Ask the printer for its attributes."""
        return self._state(lambda: None)

    def _state(self, on_progress: OnProgress) -> State:
        asked = [(Tag.KEYWORD, "requested-attributes", list[Any](_ASKED))]
        try:
            request = message(Operation.GET_PRINTER_ATTRIBUTES, self.uri, [*asked])
            answer = self.door.ask(request, on_progress=on_progress)
        except Unanswered as error:
            return State(ready=False, causes=(error.cause,), detail=str(error))
        except (HttpRefused, Malformed) as error:
            return State(ready=False, causes=(_http_cause(error),), detail=str(error))
        if answer.status >= 0x0400:
            return State(ready=False, causes=("refused",), detail=f"IPP 0x{answer.status:04x}")
        return _state(answer.first(PRINTER_GROUP))

    def send(self, job: Job, on_progress: OnProgress = lambda: None) -> Result:
        """Print-Job, once the printer is ready and has the right paper."""
        state = self._state(on_progress)
        on_progress()
        if refused := self._not_now(job, state):
            return refused
        request = message(Operation.PRINT_JOB, self.uri, _about(job), bytes([JOB_GROUP]) + _media(job))
        try:
            answer = self.door.ask(request, job.document, on_progress=on_progress)
        except Unanswered as error:
            return self._unanswered(job, error)
        except (HttpRefused, Malformed) as error:
            return _refused_by_http(error)
        if answer.status >= 0x0400:
            outcome = Outcome.BUSY if answer.status in BUSY else Outcome.FAILED
            cause = "busy" if outcome is Outcome.BUSY else "size-unknown" if answer.status == 0x040B else "refused"
            return Result(outcome=outcome, cause=cause, detail=f"IPP 0x{answer.status:04x}")
        return self._watch(answer.first(JOB_GROUP), on_progress)

    def look(self, job: Job, remote_id: str = "") -> Result:
        """Ask for the job by the printer's number, else for every job of our name; an absent one was never taken."""
        try:
            if remote_id:
                return _result(self._job(int(remote_id)), remote_id)
            found = self._named(job.job_id)
        except (Unanswered, HttpRefused, Malformed) as error:
            return Result(outcome=Outcome.UNCERTAIN, cause="unreachable", detail=str(error), remote_id=remote_id)
        if found is None:
            return Result(outcome=Outcome.UNCERTAIN, cause="not-listed")
        if not found:
            return Result(outcome=Outcome.BUSY, cause="cut")
        return Result(outcome=Outcome.UNCERTAIN, cause="cut", remote_id=str(found[0].get("job-id", [""])[0]))

    def _not_now(self, job: Job, state: State) -> Result | None:
        if state.forms and FORMS[job.form] not in state.forms:
            return Result(outcome=Outcome.FAILED, cause="form", detail=f"no {job.form}; takes {', '.join(state.forms)}")
        if state.causes and state.causes[0] in LASTING:
            return Result(outcome=Outcome.FAILED, cause=state.causes[0], detail=state.detail)
        if not state.ready:
            return Result(outcome=Outcome.BUSY, cause=state.causes[0], detail=state.detail)
        return check_loaded(job, state.media, colour=self.colour)

    def _unanswered(self, job: Job, error: Unanswered) -> Result:
        """Decide what a request without an answer means: nothing sent, never taken, or nobody knows."""
        if not error.begun:
            return Result(outcome=Outcome.BUSY, cause=error.cause, detail=str(error))
        if error.late:
            return Result(outcome=Outcome.UNCERTAIN, cause="silent", detail=str(error))
        found = self.look(job)
        if found.outcome is Outcome.BUSY:
            time.sleep(self.settle_s)
            found = self.look(job)
        return found

    def _watch(self, taken: Group, on_progress: OnProgress) -> Result:
        """Watch a job the printer took until it is done or patience ends."""
        remote_id = str(taken.get("job-id", [""])[0])
        deadline = time.monotonic() + self.patience_s
        found = _result(taken, remote_id)
        while found.outcome is Outcome.SENT and remote_id and time.monotonic() < deadline:
            time.sleep(LOOK_S)
            on_progress()
            try:
                found = _result(self._job(int(remote_id)), remote_id)
            except (Unanswered, HttpRefused, Malformed) as error:
                return Result(outcome=Outcome.SENT, cause="silent", detail=str(error), remote_id=remote_id)
        return found

    def _job(self, remote_id: int) -> Group:
        wanted: list[tuple[int, str, Any]] = [
            (Tag.INTEGER, "job-id", remote_id),
            (Tag.KEYWORD, "requested-attributes", ["job-id", "job-state", "job-state-reasons"]),
        ]
        return self._asked(message(Operation.GET_JOB_ATTRIBUTES, self.uri, wanted)).first(JOB_GROUP)

    def _named(self, job_id: str) -> list[Group] | None:
        """Give the jobs of our name, done ones too; None where the printer does not tell names."""
        wanted: list[tuple[int, str, Any]] = [
            (Tag.NAME, "requesting-user-name", "warehouse"),
            (Tag.KEYWORD, "which-jobs", "all"),
            (Tag.KEYWORD, "requested-attributes", ["job-id", "job-name", "job-state"]),
        ]
        answer = self._asked(message(Operation.GET_JOBS, self.uri, wanted))
        jobs = [group for tag, group in answer.groups if tag == JOB_GROUP]
        if answer.status >= 0x0400 or any("job-name" not in each for each in jobs):
            return None
        return [each for each in jobs if each["job-name"][0] == job_id]

    def _asked(self, request: bytes) -> Answer:
        return self.door.ask(request)


def _about(job: Job) -> list[tuple[int, str, Any]]:
    """Give the operation attributes: our id as the name, and that nothing may be changed. Never copies."""
    return [
        (Tag.NAME, "requesting-user-name", "warehouse"),
        (Tag.NAME, "job-name", job.job_id),
        (Tag.BOOLEAN, "ipp-attribute-fidelity", True),
        (Tag.MIME, "document-format", FORMS[job.form]),
    ]


def _media(job: Job) -> bytes:
    """Write size, in hundredths of a millimetre, and colour; a size by name beside it would contradict."""
    sides: list[tuple[int, str, Any]] = [
        (Tag.INTEGER, "x-dimension", round(job.width_mm * 100)),
        (Tag.INTEGER, "y-dimension", round(job.height_mm * 100)),
    ]
    members: list[tuple[int, str, Any]] = [(Tag.COLLECTION, "media-size", sides)]
    if job.colour is not None:
        members.append((Tag.KEYWORD, "media-color", job.colour))
    return attribute(Tag.COLLECTION, "media-col", members)


def _state(said: Group) -> State:
    reasons = [_reason(each) for each in said.get("printer-state-reasons", []) if isinstance(each, str)]
    causes = [cause for cause in (_CAUSES.get(reason) for reason in reasons) if cause]
    if said.get("printer-state", [3])[0] == 5 and not causes:
        causes.append("stopped")
    if said.get("printer-is-accepting-jobs", [True])[0] is False:
        causes.append("not-accepting")
    return State(
        ready=not causes,
        causes=tuple(dict.fromkeys(causes)),
        media=tuple(_media_of(each) for each in said.get("media-col-ready", []) if isinstance(each, dict)),
        forms=tuple(each for each in said.get("document-format-supported", []) if isinstance(each, str)),
        resolutions=_resolutions(said, "printer-resolution-default", "printer-resolution-supported"),
        raster_resolutions=_resolutions(said, "pwg-raster-document-resolution-supported"),
        paints=next((each for each in said.get("color-supported", []) if isinstance(each, bool)), None),
        sizes=tuple(size for each in said.get("media-size-supported", []) if (size := _size_range(each))),
        detail=", ".join(reasons),
    )


def _resolutions(said: Group, *names: str) -> tuple[tuple[int, int], ...]:
    """Give what it prints with: its default, as jobs ask for none; where it names none, what it has."""
    for name in names:
        if found := tuple(each for each in said.get(name, []) if isinstance(each, tuple) and min(each) > 0):
            return found
    return ()


def _size_range(said: Any) -> SizeRange | None:
    """Read a size, of which a side may be a range, in hundredths of a millimetre; None for what is no size."""
    sides = [said.get(name, [None])[0] for name in ("x-dimension", "y-dimension")] if isinstance(said, dict) else []
    read = [(side, side) if isinstance(side, int) else side for side in sides]
    if len(read) != 2 or not all(isinstance(side, tuple) for side in read):
        return None
    (wide, wider), (high, higher) = read
    return (wide / 100, wider / 100), (high / 100, higher / 100)


def _reason(keyword: str) -> str:
    """Take the severity off: some printers say media-empty-warning and mean that there is no paper."""
    for ending in ("-error", "-warning", "-report"):
        keyword = keyword.removesuffix(ending)
    return keyword


def _media_of(said: Group) -> Media:
    size = said.get("media-size", [{}])[0]
    sides = [size.get(name, [None])[0] for name in ("x-dimension", "y-dimension")] if isinstance(size, dict) else []
    width, height = (side / 100 if isinstance(side, int) else None for side in (sides or (None, None)))
    colour = said.get("media-color", [None])[0]
    return Media(colour=_plain_colour(colour), width_mm=width, height_mm=height)


def _plain_colour(keyword: Any) -> str | None:
    """Name the colour without its shade: pale blue paper is sold as light-blue."""
    return keyword.removeprefix("light-").removeprefix("pale-") if isinstance(keyword, str) and keyword else None


def _result(said: Group, remote_id: str) -> Result:
    """Read a job's state. An ended one may have printed some labels, so only a person can tell."""
    state = said.get("job-state", [0])[0]
    detail = ", ".join(str(each) for each in said.get("job-state-reasons", []))
    if state == DONE:
        return Result(outcome=Outcome.CONFIRMED, detail=detail, remote_id=remote_id)
    if state in (ABORTED, CANCELLED):
        cause = "aborted" if state == ABORTED else "cancelled"
        return Result(outcome=Outcome.UNCERTAIN, cause=cause, detail=detail, remote_id=remote_id)
    return Result(outcome=Outcome.SENT, detail=detail, remote_id=remote_id)


def _http_cause(error: HttpRefused | Malformed) -> str:
    if not isinstance(error, HttpRefused):
        return "no-ipp"
    if 300 <= error.status < 400:
        return "redirect"
    return "busy" if error.status in (429, 503) else "refused"


def _refused_by_http(error: HttpRefused | Malformed) -> Result:
    """Read an answer to Print-Job that is no IPP: a clear refusal is one, anything else may have printed."""
    cause = _http_cause(error)
    outcomes = {"redirect": Outcome.FAILED, "refused": Outcome.FAILED, "busy": Outcome.BUSY}
    return Result(outcome=outcomes.get(cause, Outcome.UNCERTAIN), cause=cause, detail=str(error))
