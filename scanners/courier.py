"""Takes kept scans to the service, one at a time and in order, and says what became of each.

A scan that got no answer is sent again with the same key and the same bytes: the service does it once, whichever of the
sendings it saw. Only an answer of the service itself settles a scan; what a proxy or a stranger's page says does not.
Source: R-X3, R-U3; scanners, "Station".
"""

import http.client
import json
import queue
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scanners.outbox import Kept
from scanners.words import say

CONNECT_AND_READ_SECONDS = 15.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 5.0
_API = "/api/v1"
_MOST_ANSWER = 1024 * 1024
_AGAIN = (408, 425, 429)
_UNAUTHORIZED, _CONFLICT, _FAULT = 401, 409, 500
_ALIKE = 12  # characters: the status and how the sentence begins


class ServiceWrong(Exception):
    """An address that is none of a service."""


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """The service answered a scan: `state` is done, asked or refused, as the queue keeps it."""

    scan: Kept
    state: str
    status: int
    answer: dict[str, Any]
    repeated: bool = False


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """How it stands with the service: `away` (it is tried again), `back`, `signed-out` (nothing more is sent)."""

    state: str
    detail: str = ""


@dataclass(frozen=True)
class _Answer:
    status: int
    kind: str
    body: dict[str, Any]
    repeated: bool
    wait_seconds: float
    language: str


class Courier:
    """A thread that carries one scan at a time. Ask `is_free`, `send`, and wait for what it tells."""

    def __init__(
        self, service: str, token: str, *, language: str, tell: Callable[[Delivered | ServiceState | Exception], None],
        heard: Callable[[str], None] = lambda language: None,
    ) -> None:  # fmt: skip
        """`tell` is called from the courier's thread, `heard` with the language the service answers in.

        Raises ServiceWrong for no http(s) address.
        """
        self._heard = heard
        self._service = _Service(service, token, language)
        self._tell = tell
        self._given: queue.SimpleQueue[Kept | None] = queue.SimpleQueue()
        self._stop, self._wake = threading.Event(), threading.Event()
        self._aside: int | None = None
        self._busy = False
        self.state = ServiceState(state="new")
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._thread.start()

    @property
    def is_free(self) -> bool:
        """Whether another scan may be given: none is under way, and the service still knows us."""
        return not self._busy and self.state.state != "signed-out"

    def send(self, scan: Kept) -> None:
        """Take a scan along; its end is told."""
        assert not self._busy
        self._busy = True
        self._given.put(scan)

    def settled(self) -> None:
        """Say that what was told last is written down: only then comes the next."""
        self._busy = False

    def set_aside(self, sequence: int) -> None:
        """Give up a scan that the service answers with an error of its own again and again: it counts as refused."""
        self._aside = sequence
        self._wake.set()

    def end(self, seconds: float) -> None:
        """Stop trying; an answer that is on its way is waited for so long."""
        self._stop.set()
        self._wake.set()
        self._given.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self._run_until_ended()
        except Exception as bug:  # the main thread ends the station by it
            self._tell(bug)

    def _run_until_ended(self) -> None:
        while (scan := self._given.get()) is not None:
            pause = FIRST_PAUSE_SECONDS
            while not self._stop.is_set():
                wait = self._carry(scan)
                if wait is None:
                    break
                self._wake.wait(max(wait, pause))
                self._wake.clear()
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        self._service.close()

    def _carry(self, scan: Kept) -> float | None:
        """Send once. Gives None when that settled it or ends all sending, else the seconds the service wants."""
        try:
            answer = self._service.post(scan)
        except (OSError, http.client.HTTPException) as problem:
            self._service.close()
            self._say(ServiceState(state="away", detail=_reason(problem)))
            return 0.0
        self._heard(answer.language)
        if answer.status == _FAULT and self._aside == scan.sequence:
            self._tell(Delivered(scan=scan, state="refused", status=answer.status, answer=answer.body))
            return None
        if answer.status == _UNAUTHORIZED and answer.kind == "application/problem+json":
            self._say(
                ServiceState(state="signed-out", detail=say("sign-in-again", detail=answer.body.get("detail", "")))
            )
            return None
        state = _judged(answer)
        if state is None:
            said = _said(answer)
            if answer.status == _FAULT:
                said += " " + say("sets-aside", sequence=scan.sequence)
            self._say(ServiceState(state="away", detail=said))
            return answer.wait_seconds
        self._say(ServiceState(state="back"))
        self._tell(
            Delivered(scan=scan, state=state, status=answer.status, answer=answer.body, repeated=answer.repeated)
        )
        return None

    def _say(self, state: ServiceState) -> None:
        """Tell what changed; the number of an error, new with every try, is no change."""
        if (state.state, state.detail[:_ALIKE]) != (self.state.state, self.state.detail[:_ALIKE]):
            self.state = state
            self._tell(state)


def _judged(answer: _Answer) -> str | None:
    """Give the state an answer leads to, None when it settles nothing: errors, full houses, strangers' pages."""
    if 200 <= answer.status < 300 and answer.kind == "application/json":
        return "done"
    is_ours = answer.kind == "application/problem+json" and 400 <= answer.status < 500
    if not is_ours or answer.status in _AGAIN:
        return None
    return "asked" if answer.status == _CONFLICT and answer.body.get("confirmable") is True else "refused"


def _said(answer: _Answer) -> str:
    if answer.body.get("detail"):
        return f"{answer.status} {answer.body['detail']}"
    if answer.kind in ("application/json", "application/problem+json"):
        return say("it-answers", status=answer.status)
    return say("not-the-service", status=answer.status, kind=answer.kind or say("without-content"))


def _reason(problem: BaseException) -> str:
    if isinstance(problem, TimeoutError):
        return say("no-answer")
    return getattr(problem, "strerror", None) or str(problem) or type(problem).__name__


class _Service:
    """One connection to the service, opened when it is needed."""

    def __init__(self, address: str, token: str, language: str) -> None:
        parts = urlsplit(address if "//" in address else f"http://{address}")
        try:
            port = parts.port
        except ValueError as wrong:
            raise ServiceWrong(f"{address}: {wrong}") from wrong
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ServiceWrong(f"{address}: a service is http://HOST:PORT or https://HOST")
        self._base = parts.path.rstrip("/").removesuffix(_API) + _API
        self._headers = {
            "Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept-Language": language,
            "User-Agent": "station",
        }  # fmt: skip
        if parts.scheme == "https":
            self._connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                parts.hostname, port, timeout=CONNECT_AND_READ_SECONDS, context=ssl.create_default_context()
            )
        else:
            self._connection = http.client.HTTPConnection(parts.hostname, port, timeout=CONNECT_AND_READ_SECONDS)

    def post(self, scan: Kept) -> _Answer:
        """Send a scan under its key and read what came back. Raises OSError, HTTPException."""
        was_open = self._connection.sock is not None
        try:
            response = self._exchange(scan)
        except (OSError, http.client.HTTPException):
            self.close()
            if not was_open:
                raise
            response = self._exchange(scan)  # a connection that idled may have been closed over there
        text = response.read(_MOST_ANSWER + 1)
        if not response.isclosed():
            self.close()  # more than any answer of ours: the rest is not read
        kind = response.headers.get_content_type() if response.headers.get("Content-Type") else ""
        return _Answer(
            response.status, kind, _json(text, kind), response.headers.get("Idempotent-Replay") == "true",
            _seconds(response.headers.get("Retry-After")), response.headers.get("Content-Language", ""),
        )  # fmt: skip

    def _exchange(self, scan: Kept) -> http.client.HTTPResponse:
        headers = {**self._headers, "Idempotency-Key": scan.key}
        self._connection.request("POST", self._base + scan.path, scan.body, headers)
        return self._connection.getresponse()

    def close(self) -> None:
        """Close the connection; the next scan opens another."""
        self._connection.close()


def _json(text: bytes, kind: str) -> dict[str, Any]:
    """Read an answer; one that was cut is a lost answer. Raises http.client.HTTPException."""
    if kind not in ("application/json", "application/problem+json"):
        return {}
    try:
        body = json.loads(text)
    except ValueError as cut:
        raise http.client.HTTPException("an answer that is not whole") from cut
    return body if isinstance(body, dict) else {}


def _seconds(text: str | None) -> float:
    return min(float(text), LONGEST_PAUSE_SECONDS) if text and text.isascii() and text.isdigit() else 0.0
