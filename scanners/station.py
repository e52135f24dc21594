"""The station: what its sources read goes on disk, then to the service, and the answers are heard and shown.

One thread does everything but waiting: sources and the courier only put what happened into one queue of happenings.
Source: R-A12, R-U3; scanners, "Station".
"""

import queue
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from scanners.courier import Courier, Delivered, ServiceState
from scanners.once import Once
from scanners.one_label import Look, View, labels_of
from scanners.outbox import Draft, Kept, Outbox
from scanners.source import Scan, Seen, Source, SourceState, SourceWrong, now
from scanners.task import Task, is_quantity, is_unique

Tell = Callable[[str, Mapping[str, Any]], None]

_COMMAND = re.compile(
    r"\*(?:(?P<word>yes|no|again)(?: (?P<number>[0-9]{1,15}))?|at(?: (?P<place>\S.*))?|(?P<amount>[0-9.]+))", re.ASCII
)
_MOST_HAPPENINGS = 256  # a source that is faster than the disk waits
_TICK_SECONDS = 0.25
_ANSWER_SECONDS = 2.0  # at the end, for an answer on its way; without it the scan is sent again the next time
_SAME_SHIFT = timedelta(hours=12)  # so long the same label again is asked about


@dataclass(frozen=True, kw_only=True)
class _Question:
    """A scan that is not kept until a person has answered: `one-more` by yes or no, `how-many` by a quantity."""

    scan: Scan
    kind: str


@dataclass(frozen=True)
class _Happened:
    """What a source or the courier has to say; `source` is the number of the source, -1 for the courier."""

    source: int
    what: Seen | SourceState | Delivered | ServiceState | Exception


class Station:
    """One run of a station. Everything but `stop` is called from one thread."""

    def __init__(
        self, *, task: Task, outbox: Outbox, sources: list[Source], tell: Tell, quantity: str = "", location: str = "",
        wait_seconds: float = 30.0, tick: Callable[[Seen | None], None] = lambda seen: None,
    ) -> None:  # fmt: skip
        """The first source decides the end: when it is finite and ends, so does the station once all is sent.

        `quantity` is for every scan, `location` until another is said. `tick` is called after every look at what
        happened, with what a camera saw, for a window.
        """
        self._task, self._outbox, self._sources, self._tell, self._tick = task, outbox, sources, tell, tick
        self._always, self._quantity, self._location = quantity, "", location
        self._wait_seconds = wait_seconds
        self._views = [View(Once.for_wedge() if source.wedge else Once.for_camera()) for source in sources]
        self._happened: queue.Queue[_Happened] = queue.Queue(_MOST_HAPPENINGS)
        self._stop = threading.Event()
        self._question: _Question | None = None
        self._ended_at: float | None = None
        self._unwell = 0  # what a person still has to look at, of this run

    def stop(self, *_: Any) -> None:
        """End the run soon; may be called from a signal's handler."""
        self._stop.set()

    def run(self, connect: Callable[[Callable[[Delivered | ServiceState | Exception], None]], Courier]) -> int:
        """Read and deliver until stopped; gives the exit status. `connect` makes the courier for a `tell`."""
        self._courier = connect(lambda what: self._happened.put(_Happened(-1, what)))
        readers = [
            threading.Thread(target=self._read, args=each, daemon=True, name=f"source-{each[0]}")
            for each in enumerate(self._sources)
        ]
        for reader in readers:
            reader.start()
        for kept in self._outbox.open_refusals():
            self._tell("still-open", _facts(kept))
        self._tell("start", self._state())
        while not self._stop.is_set() and not self._is_over():
            if self._courier.is_free and (scan := self._outbox.next_waiting()):
                self._courier.send(scan)
            self._take_next()
        self._stop.set()
        self._finish(readers)
        return 1 if self._ended_at is not None and (self._unwell or self._outbox.waiting()) else 0

    def _read(self, number: int, source: Source) -> None:
        """The life of a source's thread."""
        try:
            for what in source.read(self._stop):
                self._happened.put(_Happened(number, what))
            if not self._stop.is_set():
                self._happened.put(_Happened(number, SourceState(state="ended")))
        except Exception as problem:  # the main thread ends the station by it, with a traceback when it is a bug
            self._happened.put(_Happened(number, problem))

    def _is_over(self) -> bool:
        if self._ended_at is None or not self._happened.empty():
            return False
        sent = not self._outbox.waiting()
        return (
            sent or self._courier.state.state == "signed-out" or time.monotonic() > self._ended_at + self._wait_seconds
        )

    def _take_next(self) -> None:
        try:
            happened = self._happened.get(timeout=_TICK_SECONDS)
        except queue.Empty:
            self._tick(None)
            return
        match happened.what:
            case Seen() as seen:
                self._take(happened.source, seen)
                self._tick(seen)
            case SourceState() as state:
                self._tell_source(happened.source, state)
            case Delivered() as delivered:
                self._settle(delivered)
            case ServiceState() as state:
                self._tell("service", {"state": state.state, "detail": state.detail, **self._state()})
            case SourceWrong() as wrong:
                self._unwell += 1
                self._tell("source", {"state": "wrong", "detail": str(wrong), **self._state()})
                self._ended_at = self._ended_at or time.monotonic()
            case Exception() as bug:
                raise bug

    def _tell_source(self, number: int, state: SourceState) -> None:
        if state.state == "ended":
            if number or not self._sources[0].finite:
                return
            self._ended_at = time.monotonic()
            self._leave_out()
        self._unwell += state.state in ("refused", "not-sure")
        if state.state == "not-sure":
            self._tell("not-sure", {"detail": state.detail, "try": list(state.advice), **self._state()})
            return
        self._tell("source", {"state": state.state, "detail": state.detail, **self._state()})

    def _take(self, number: int, seen: Seen) -> None:
        """Judge what was seen together, and keep what counts with its mark in one write."""
        wanted: list[Draft] = []
        together: list[tuple[str, ...]] = []
        for label in [list(seen.scans)] if self._sources[number].wedge else labels_of(seen.scans):
            if not label or self._is_command(number, label[0]):
                continue
            look = self._views[number].look(label)
            if look.fresh and len(look.naming) > 1:
                together.append(look.naming)
            if not look.fresh or look.is_counted:
                self._pass_over(number, look)
            elif draft := self._judge(look):
                wanted.append(draft)
        if wanted or seen.mark or together:
            self._keep(wanted, seen.mark, together)

    def _pass_over(self, number: int, look: Look) -> None:
        """Leave a repeat be; what a camera has in view is no news, another code of the same label is."""
        if look.fresh:
            self._tell("same-label", {"text": look.fresh[0].text, **self._state()})
        elif self._sources[number].wedge:
            self._tell("repeat", {"text": look.naming[0], **self._state()})

    def _judge(self, look: Look) -> Draft | None:
        """Give what is to be kept of a label that was not in view, None when it asks."""
        scan = look.fresh[0]
        self._leave_out()
        if self._task.counts and any(map(self._was_scanned, look.naming)):
            if is_unique(scan.text):
                self._tell("already-scanned", {"text": scan.text, **self._state()})
            else:
                self._ask(scan, "one-more")
            return None
        return self._draft(scan)

    def _was_scanned(self, text: str) -> bool:
        return self._outbox.was_scanned(text, self._task.word, since=now() - _SAME_SHIFT)

    def _draft(self, scan: Scan) -> Draft | None:
        quantity = self._quantity or self._always
        members = self._task.members(scan.text, quantity=quantity, location=self._location)
        if members is None:
            self._ask(scan, "how-many")
            return None
        self._quantity = ""
        return Draft(task=self._task.word, path=self._task.path, members=members, text=scan.text, seen_at=scan.seen_at)

    def _keep(self, drafts: list[Draft], mark: str | None = None, together: Sequence[tuple[str, ...]] = ()) -> None:
        try:
            kept = self._outbox.keep(drafts, mark=mark, together=together)
        except sqlite3.Error as problem:
            self._unwell += 1
            if not drafts:
                self._tell("queue-fault", {"detail": str(problem), **self._state()})
            for draft in drafts:
                self._tell("not-kept", {"text": draft.text, "detail": str(problem), **self._state()})
            return
        is_away = self._courier.state.state in ("away", "signed-out")
        others = {text: [each for each in texts if each != text] for texts in together for text in texts}
        for scan in kept:
            facts = {**_facts(scan), "away": is_away, "with": others.get(scan.text, [])}
            self._tell("kept", {**facts, **self._state()})

    def _ask(self, scan: Scan, kind: str) -> None:
        self._question = _Question(scan=scan, kind=kind)
        self._tell("ask", {"about": kind, "text": scan.text, **self._state()})

    def _leave_out(self) -> None:
        """Another scan, or the end, came before the answer: the scan that was asked about does not count."""
        if self._question:
            question, self._question = self._question, None
            self._unwell += 1
            self._tell("left-out", {"about": question.kind, "text": question.scan.text, **self._state()})

    def _is_command(self, number: int, scan: Scan) -> bool:
        """Do what a line that begins with `*` says. A camera's picture may say yes and no, and nothing else."""
        text = scan.text
        found = _COMMAND.fullmatch(text)
        if not found or (not self._sources[number].wedge and found["word"] not in ("yes", "no")):
            return False
        if found["amount"]:
            if not is_quantity(found["amount"]):
                self._tell("no-quantity", {"text": text, **self._state()})
                return True
            self._take_quantity(found["amount"])
        elif found["word"] and (found["number"] or found["word"] == "again"):
            self._deal_with(found["word"], int(found["number"] or 0))
        elif found["word"]:
            # A card is in view for many frames, and a trigger is pulled twice: one answer, not two.
            if self._views[number].look([scan]).fresh:
                self._answer(found["word"])
        else:
            self._location = found["place"] or ""
        self._tell("command", {"text": text, **self._state()})
        return True

    def _take_quantity(self, amount: str) -> None:
        self._quantity = amount
        if self._question and self._question.kind == "how-many":
            self._keep_asked()

    def _answer(self, word: str) -> None:
        """Answer the question that stands: the station's own, else the last one of the service."""
        if self._question:
            if word == "no":
                question, self._question = self._question, None
                self._tell("left-out", {"about": question.kind, "text": question.scan.text, **self._state()})
            elif self._question.kind == "one-more":
                self._keep_asked()
        elif found := [kept for kept in self._outbox.open_refusals() if kept.state == "asked" or word == "no"]:
            self._deal_with(word, found[-1].sequence)

    def _keep_asked(self) -> None:
        question, self._question = self._question, None
        if question and (draft := self._draft(question.scan)):
            self._keep([draft])

    def _deal_with(self, word: str, sequence: int) -> None:
        """Confirm, try again or drop a refused scan by its number."""
        first = self._outbox.next_waiting()
        if word == "no" and first and first.sequence == sequence:
            self._courier.set_aside(sequence)
            return
        kept = next((kept for kept in self._outbox.open_refusals() if kept.sequence == sequence), None)
        if kept is None or (word == "yes" and kept.state != "asked"):
            self._tell("no-such", {"sequence": sequence, "word": word, **self._state()})
        elif word == "no":
            self._outbox.drop(sequence)
            self._tell("dropped", {**_facts(kept), **self._state()})
        else:
            again = self._outbox.confirm(sequence) if word == "yes" else self._outbox.repeat(sequence)
            self._tell("kept", {**_facts(again), "instead_of": sequence, **self._state()})

    def _settle(self, delivered: Delivered) -> None:
        try:
            kept = self._outbox.settle(
                delivered.scan.sequence, state=delivered.state, status=delivered.status, answer=delivered.answer
            )
        except sqlite3.Error as problem:
            # It stays in the queue and is sent again, with its key: the service answers the same.
            self._tell("queue-fault", {"detail": str(problem), **self._state()})
            self._stop.wait(1.0)
        else:
            self._unwell += delivered.state != "done"
            facts = {**_facts(kept), "repeated": delivered.repeated}
            self._tell(delivered.state, {**facts, **self._state()})
        self._courier.settled()

    def _finish(self, readers: list[threading.Thread]) -> None:
        """Wait for an answer that is on its way, write down what is still to be, and say what is left."""
        self._courier.end(_ANSWER_SECONDS)
        for reader in readers:
            reader.join(_ANSWER_SECONDS)  # a camera's process is ended by its reader
        while not self._happened.empty():
            happened = self._happened.get()
            if isinstance(happened.what, Delivered):
                self._settle(happened.what)
            elif isinstance(happened.what, Seen):
                self._take(happened.source, happened.what)
        self._leave_out()
        self._tell("end", self._state())

    def _state(self) -> dict[str, Any]:
        return {
            "waiting": self._outbox.waiting(), "open": self._outbox.count_open(),
            "next_quantity": self._quantity or self._always, "next_location": self._location,
        }  # fmt: skip


def stop_on_signals(station: Station) -> None:
    """End cleanly on SIGINT and SIGTERM; a second one ends at once."""

    def handle(number: int, frame: object) -> None:
        station.stop()
        signal.signal(number, signal.SIG_DFL)

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, handle)


def _facts(kept: Kept) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "sequence": kept.sequence, "text": kept.text, "task": kept.task, "key": kept.key, "read_at": kept.read_at,
    }  # fmt: skip
    facts |= {name: value for name, value in kept.members().items() if name in ("quantity", "location", "from", "to")}
    if kept.status is not None:
        facts |= {"state": kept.state, "status": kept.status, "answer": kept.answer}
    return facts
