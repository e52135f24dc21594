"""The service itself: waitress in one process, started on sound ground, stopped without cutting anybody (P8, C12, C18).

`--tls` says that a proxy in front speaks TLS: cookies are then Secure and addresses begin with https. The certificate
is the proxy's business; this process speaks plain HTTP to it.
"""

import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import waitress
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, WSGITask

from warehouse import access, jobs, print_queue, start
from warehouse.settings import FORM_LIMIT, Settings
from warehouse.tables.base import database
from warehouse.tables.engines import DatabaseRefused
from warehouse.web import problems
from warehouse.web.app import HEADERS, create_app

STOPPING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
DRAIN_SECONDS = 6.0  # for what was received; together with the next one below the ten seconds that are promised
LAST_SECONDS = 3.0  # for what still runs then
IDLE_SECONDS = 0.3  # without a word from its client a connection is let go, when the service stops
LOOK_SECONDS = 0.5  # how often the loop looks whether it is to stop
FORM_OVERHEAD = 64 << 10
LOOPBACK = ("127.0.0.1", "::1", "localhost")

log = logging.getLogger("warehouse")


class JsonLines(logging.Formatter):
    """One record a line, whatever is in the text: a forged line cannot be made of a code or a name (W9)."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the record as one line of JSON, with the traceback when there is one."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage(),
        }  # fmt: skip
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class _Task(WSGITask):  # type: ignore[misc] # waitress has no types
    """A request's answer; while the service stops it says that no other will be taken on this connection."""

    def build_response_header(self) -> Any:
        if not self.channel.server.accepting:
            self.set_close_on_finish()
        return super().build_response_header()


class _ErrorTask(ErrorTask):  # type: ignore[misc]
    """What the server itself refuses, such as a body without end: in the API's own form, with W1's headers."""

    def execute(self) -> None:
        error = self.request.error
        self.status, self.response_headers = f"{error.code} {error.reason}", list(HEADERS.items())
        kind = "about:blank" if error.code >= 500 else f"{problems.TYPE}invalid-input"
        body = json.dumps({
            "type": kind, "title": error.reason, "status": error.code, "detail": str(error.body), "field": "request",
            "reason": str(error.body),
        }).encode()  # fmt: skip
        self.response_headers += [("Cache-Control", "no-store"), ("Content-Type", "application/problem+json")]
        self.response_headers += [("Connection", "close"), ("Content-Length", str(len(body)))]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    task_class, error_task_class = _Task, _ErrorTask


def serve(settings: Settings) -> None:
    """Serve until a signal says stop.

    Raises DatabaseRefused and SettingsRefused for what the start cannot stand on.
    """
    start.open_database(settings.database_url)
    start.check_durable()
    held = start.lock_service(settings.database_url)
    try:
        _serve(settings)
    finally:
        database.close()
        start.unlock_service(held)
    log.info("stopped")


def _serve(settings: Settings) -> None:
    sender = print_queue.sender(settings)
    write_logs()
    if lost := start.lost_log(settings.database_url):
        log.error(lost)
    app = create_app(settings)
    sockets: dict[int, Any] = {}
    server = _listen(app, settings, sockets)
    _greet(server, settings)
    stop = threading.Event()
    with _stopping_by_signal(stop):
        working = [jobs.start(stop), sender.start(stop)]
        run(server, sockets, stop)
    for thread in working:
        thread.join(LAST_SECONDS)


def write_logs() -> None:
    """Send every record to standard error as a line of JSON; of the requests only faults are logged."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # It would write a line for each request that waits a moment for its turn.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def run(server: Any, sockets: dict[int, Any], stop: threading.Event) -> None:
    """Answer until `stop` is set, then what was already asked, and end."""
    while not stop.is_set():
        wasyncore.loop(timeout=LOOK_SECONDS, map=sockets, use_poll=True, count=1)
    log.info("stopping")
    _stop_listening(sockets)
    _drain(sockets)
    server.task_dispatcher.shutdown(cancel_pending=True, timeout=LAST_SECONDS)
    wasyncore.close_all(sockets)


def _listen(app: Any, settings: Settings, sockets: dict[int, Any]) -> Any:
    try:
        server = waitress.create_server(
            app, map=sockets, host=settings.host, port=settings.port, threads=settings.threads, ident=None,
            connection_limit=1000, asyncore_use_poll=True, channel_timeout=30,
            max_request_body_size=FORM_LIMIT + FORM_OVERHEAD, url_scheme="https" if settings.tls else "http",
        )  # fmt: skip
    except OSError as error:
        raise DatabaseRefused(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from error
    for each in sockets.values():
        each.channel_class = _Channel
    return server


def _greet(server: Any, settings: Settings) -> None:
    """Print the address and, as long as there is nobody, the code that makes the first administrator, once."""
    listening = getattr(server, "effective_listen", None) or [(server.effective_host, server.effective_port)]
    host, port = listening[0]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    lines = [f"The warehouse is at {address}"]
    if settings.tls:
        lines.append("Expecting a proxy that speaks TLS in front of it.")
    if not settings.tls and host not in LOOPBACK:
        lines.append("Others can reach it and nothing encrypts: passwords and tokens cross the network in the clear.")
        log.warning("listening on %s without TLS: passwords and tokens cross the network in the clear", host)
    if code := access.set_up_code():
        lines.append(f"Nobody may sign in yet. Make the first administrator at {address}/setup with the code {code}")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    log.info("listening on %s", address)


@contextmanager
def _stopping_by_signal(stop: threading.Event) -> Iterator[None]:
    """Set `stop` at a signal; a second one changes nothing, the ten seconds hold anyway."""

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in STOPPING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop_listening(sockets: dict[int, Any]) -> None:
    """Take in who is already at the door, then close it; the connections that are open stay."""
    doors = [each for each in sockets.values() if getattr(each, "accepting", False)]
    for _ in range(50):
        wasyncore.loop(timeout=0, map=sockets, use_poll=True, count=1)
    for door in doors:
        # The dispatcher's own close: that of the server would also close the wire by which its threads wake us.
        wasyncore.dispatcher.close(door)


def _drain(sockets: dict[int, Any]) -> None:
    """Answer everything received; a connection is let go when its client has said nothing for a moment."""
    end = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < end:
        channels = [each for each in sockets.values() if isinstance(each, HTTPChannel)]
        if not channels:
            return
        for channel in channels:
            busy = channel.requests or channel.request or channel.total_outbufs_len
            if not busy and channel.last_activity < time.time() - IDLE_SECONDS:
                channel.will_close = True
        wasyncore.loop(timeout=0.05, map=sockets, use_poll=True, count=1)
