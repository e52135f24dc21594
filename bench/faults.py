"""Kill the service under load, again and again, and count what was lost or done twice (C1, C12, P1, P8, S14).

    python -m bench.faults --rounds 20                        on SQLite, in a temporary folder
    python -m bench.faults --rounds 20 --database URL         on an empty PostgreSQL database

Six writers scan over HTTP; each sends a key until it has a definite answer. After every kill the service is started
again on the same database. At the end each acknowledged scan must be on the card exactly once, each batch must lie
there as its writer counted it, and `warehouse verify` must find nothing. Prints one JSON line a round.
"""

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.ports import free_port
from warehouse import access, catalogue, start, transaction
from warehouse.books import verify
from warehouse.flow import delivery, opening_balance, receiving
from warehouse.flow.opening_balance import OpeningLine
from warehouse.posting import Reply, Request, answer
from warehouse.tables import base
from warehouse.tables.base import rows
from warehouse.transaction import Actor, Transaction

WRITERS = 6  # even ones receive, odd ones issue
IN_STOCK = 100_000
START_SECONDS = 90.0  # of a busy machine
LOOK_SECONDS = 2.0  # for an answer of a service that may not yet be there
PAUSE_SECONDS = 0.02  # between two tries while the service is away
_pause = threading.Event()  # never set: to wait without sleeping through a stop


@dataclass
class Service:
    """`warehouse serve` in a process of its own, on one port, started as often as it is killed."""

    url: str
    log: Path
    port: int = field(default_factory=free_port)
    flags: list[str] = field(default_factory=list)  # of `warehouse serve`
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it and give the seconds until it answered."""
        began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "import sys; from warehouse.cli import main; sys.exit(main())",
                 "serve", "--port", str(self.port), *self.flags],
                env={**os.environ, "WAREHOUSE_DATABASE": self.url}, stdout=log, stderr=log,
            )  # fmt: skip
        while time.monotonic() - began < START_SECONDS:
            if self.process.poll() is not None:
                raise RuntimeError(f"the service ended at its start: {self.log.read_text()[-2000:]}")
            try:
                if ask(self.port, "GET", "/health/live", seconds=LOOK_SECONDS).status == 200:
                    return time.monotonic() - began
            except OSError:
                _pause.wait(PAUSE_SECONDS)
        raise RuntimeError(f"the service did not answer: {self.log.read_text()[-2000:]}")

    def end(self, number: signal.Signals) -> int:
        """Send a signal and give the exit status, negative when the signal itself ended it."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(START_SECONDS)


@dataclass
class Writer(threading.Thread):
    """One device: scans 1 of its batch, keeps the key until the answer is definite, then takes the next."""

    number: int
    port: int
    token: str
    path: str
    body: dict[str, Any]
    stop: threading.Event
    acknowledged: list[str] = field(default_factory=list)
    answered_late: int = 0  # done before, without an answer; the repeat was given the first one
    cut: int = 0  # sent on an open connection and never answered
    odd: list[str] = field(default_factory=list)  # answers that should not be

    def __post_init__(self) -> None:
        super().__init__(daemon=True, name=f"writer-{self.number}")

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        """Scan until told to stop; the scan under way is brought to its end."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not self.stop.is_set():
            self._scan(connection, f"fault-{self.number}-{transaction.time_ordered_key()}")
        connection.close()

    def _scan(self, connection: http.client.HTTPConnection, key: str) -> None:
        headers = {
            "Authorization": f"Bearer {self.token}", "Idempotency-Key": key, "Content-Type": "application/json",
        }  # fmt: skip
        while True:
            sent = False
            try:
                if connection.sock is None:
                    connection.connect()
                connection.request("POST", self.path, json.dumps(self.body), headers)
                sent = True
                answer = connection.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException):
                self.cut += sent
                connection.close()
                _pause.wait(PAUSE_SECONDS)
                continue
            if answer.status == 503:
                _pause.wait(PAUSE_SECONDS)
                continue
            if answer.status == 201:
                self.acknowledged.append(key)
                self.answered_late += answer.headers.get("Idempotent-Replay") == "true"
            else:
                self.odd.append(f"{answer.status} {text[:200]!r}")
            return


@dataclass
class Found:
    """What the books say after all: nothing but `acknowledged` may be more than none."""

    acknowledged: int
    lost: list[str]
    doubled: list[str]
    miscounted: list[str]
    odd: list[str]
    findings: list[str]

    @property
    def all_well(self) -> bool:
        """Whether every promise held."""
        return not (self.lost or self.doubled or self.miscounted or self.odd or self.findings)


def ask(
    port: int, method: str, path: str, *, token: str = "", body: Any = None, key: str = "", seconds: float = 60.0
) -> Any:
    """Send one request on a connection of its own; gives the response with its text read as `text`.

    Raises TimeoutError when nothing comes for so many seconds.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    headers = {"Connection": "close"}
    if token:
        headers |= {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = key
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response: Any = connection.getresponse()
        response.text = response.read().decode()
        return response
    finally:
        connection.close()


def prepare(url: str) -> list[tuple[str, dict[str, Any], str]]:
    """Make a warehouse with an item, a batch and a document for each writer; gives (path, body, token) of each."""
    start.make_database(url)
    catalogue.create_site(code=catalogue.FIRST_SITE, name="Plant 1")
    access.add_person(name="clerk", roles=["clerk", "keeper"], password_hash="")
    token = access.add_token("clerk", scope=[], days=None, now=datetime.now(UTC))
    work: list[tuple[str, dict[str, Any], str]] = []
    _do(lambda tx: _make_work(tx, work, token))
    base.database.close()
    return work


def _make_work(tx: Transaction, work: list[tuple[str, dict[str, Any], str]], token: str) -> Reply:
    catalogue.create_place(tx, bin_code="IN-1", zone="in", kind="receiving")
    catalogue.create_place(tx, bin_code="B-01", zone="blue")
    catalogue.create_partner(code="K", name="Kunde K", roles=["customer", "supplier"])
    for number in range(WRITERS):
        item_no = f"F-{number}"
        catalogue.create_item(item_no=item_no, name=item_no, unit="pcs")
        body = {"item_no": item_no, "batch_no": "B", "quantity": "1"}
        if number % 2 == 0:
            made = receiving.announce(tx, supplier="K", reference=item_no, lines=[(item_no, str(IN_STOCK))])
            work.append((f"/api/v1/receipts/{made.document_no}/scans", {**body, "location": "IN-1"}, token))
            continue
        yesterday = tx.today - timedelta(days=1)
        opening_balance.post(tx, item_no, [OpeningLine(
            item_no=item_no, batch_no="B", location="B-01", quantity=str(IN_STOCK), first_received_on=yesterday
        )])  # fmt: skip
        ordered = delivery.order(tx, customer="K", reference=item_no, lines=[(item_no, str(IN_STOCK), None)])
        work.append((f"/api/v1/deliveries/{ordered.document_no}/scans", body, token))
    return {}, 201


def _do(act: Any) -> None:
    actor = Actor(name="faults", roles=frozenset({"manager"}))
    site = catalogue.site_facts(catalogue.FIRST_SITE)
    done = answer(Request(actor=actor, site=site, now=datetime.now(UTC), path="faults"), act)
    assert not done.refused, done


@contextmanager
def writing(work: list[tuple[str, dict[str, Any], str]], port: int) -> Iterator[list[Writer]]:
    """Let all writers write; at the end each brings its last scan to a definite answer, so the service must be up."""
    stop = threading.Event()
    writers = [
        Writer(number=number, port=port, token=token, path=path, body=body, stop=stop)
        for number, (path, body, token) in enumerate(work)
    ]
    for writer in writers:
        writer.start()
    try:
        yield writers
    finally:
        stop.set()
        for writer in writers:
            writer.join(START_SECONDS)


def wait_for_more(writers: list[Writer], more: int) -> None:
    """Wait until so many more scans were acknowledged, or as long as a start may take."""
    goal, end = sum(len(each.acknowledged) for each in writers) + more, time.monotonic() + START_SECONDS
    while sum(len(each.acknowledged) for each in writers) < goal and time.monotonic() < end:
        _pause.wait(PAUSE_SECONDS)


def compare(url: str, writers: list[Writer]) -> Found:
    """Compare what was acknowledged with what is written."""
    start.open_database(url)
    written: dict[str, int] = {
        key: count for key, count in rows("SELECT key, COUNT(*) FROM card_entry WHERE key LIKE 'fault-%' GROUP BY key")
    }
    acknowledged = [key for writer in writers for key in writer.acknowledged]
    miscounted = []
    for writer in writers:
        ((stored,),) = rows(
            "SELECT COALESCE(SUM(s.quantity), 0) FROM stock s JOIN item i ON i.id = s.item_id WHERE i.item_no = ?",
            writer.body["item_no"],
        )
        count = len(writer.acknowledged)
        expected = IN_STOCK - count if writer.number % 2 else count
        if base.quantity(stored, 0) != expected:
            miscounted.append(f"{writer.body['item_no']}: {base.quantity(stored, 0)} instead of {expected}")
    found = Found(
        acknowledged=len(acknowledged), lost=[key for key in acknowledged if key not in written],
        doubled=[key for key, count in written.items() if count > 1], miscounted=miscounted,
        odd=[text for writer in writers for text in writer.odd], findings=list(verify.verify()),
    )  # fmt: skip
    base.database.close()
    return found


def kill_rounds(url: str, log: Path, *, rounds: int, scans: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Kill -9 under load `rounds` times, each after about `scans` more; one line a round, the last with the verdict."""
    chance = random.Random(seed)
    work = prepare(url)
    service = Service(url=url, log=log)
    service.start()
    try:
        with writing(work, service.port) as writers:
            for number in range(1, rounds + 1):
                wait_for_more(writers, chance.randint(1, 2 * scans))
                status = service.end(signal.SIGKILL)
                seconds = service.start()
                yield {"round": number, "status": status, "back_after_seconds": round(seconds, 2)}
            wait_for_more(writers, scans)
        service.end(signal.SIGTERM)
        found = compare(url, writers)
        late, cut = sum(each.answered_late for each in writers), sum(each.cut for each in writers)
        yield {"rounds": rounds, "answered_late": late, "cut": cut, "all_well": found.all_well, **vars(found)}
    finally:
        if service.process is not None and service.process.poll() is None:
            service.process.kill()
            service.process.wait()


def main() -> int:
    """Run the rounds that were asked for; exit status 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description="kill -9 under load, and compare")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--scans", type=int, default=200, help="about so many between two kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", default="", help="an empty database (default: SQLite in a temporary folder)")
    asked = parser.parse_args()
    line: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="warehouse-faults-") as folder:
        url = asked.database or f"sqlite:///{folder}/warehouse.db"
        for line in kill_rounds(url, Path(folder) / "log", rounds=asked.rounds, scans=asked.scans, seed=asked.seed):
            print(json.dumps(line), flush=True)
    return 0 if line.get("all_well") else 1


if __name__ == "__main__":
    sys.exit(main())
