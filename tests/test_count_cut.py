"""The power goes in the middle of approving and of closing a count: nothing half done, then done once (R-X6, R-C14)."""

import json
import signal
import threading
import time
from contextlib import closing, contextmanager

import psycopg
import pytest

from bench import faults
from tests import factories
from warehouse.books import verify
from warehouse.tables.base import is_postgres, rows
from warehouse.tables.engines import sqlite3

LINES = 20
MANAGER = "token-manager"
SECONDS = 120.0
TURN = 1207  # of PostgreSQL's advisory locks: who writes waits for it


@pytest.fixture
def prepare_database():
    """Fixture F."""
    return factories.prepare_fixture_f


@pytest.fixture
def store(database_url):
    """The service in this process, to count with."""
    yield from factories.stores(database_url)


@pytest.fixture
def service(database_url, tmp_path):
    """A real `warehouse serve` on the same database, killed at the end if it still runs."""
    running = faults.Service(url=database_url, log=tmp_path / "log")
    yield running
    if running.process and running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def submitted(store):
    """Count LINES batches short by two persons, in a frozen zone; gives the count's number."""
    names = [f"N{number}" for number in range(LINES)]
    factories.put_in_stock("\n".join(f"{name}  2026-05-01  10  B-04  blue" for name in names))
    number = store.done("/counts", who="manager", month="2026-06", freeze=True)["count_no"]
    lines = [(name, "B-04", "9") for name in names] + [("A", "B-01", "30"), ("B", "B-02", "50"), ("C", "B-03", "40")]
    for who in ("keeper", "keeper2"):
        sheet = [{"item_no": "EL-100", "batch_no": name, "location": place, "quantity": quantity}
                 for name, place, quantity in lines]  # fmt: skip
        assert store.done(f"/counts/{number}/sheets", who=who, lines=sheet)["applied"]
    store.done(f"/counts/{number}/submit", who="manager")
    rows("INSERT INTO setting (name, value) VALUES ('nightly S1', '9999-12-31')")  # the night is not what is tested
    return number


@contextmanager
def held_up(url, table, act, condition):
    """Let such a write come to no end, so that the kill comes in the middle of its transaction."""
    if is_postgres():
        rows("CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
             f" IF {condition} THEN PERFORM pg_advisory_xact_lock({TURN}); END IF; RETURN new; END $$")  # fmt: skip
        rows(f"CREATE TRIGGER hold BEFORE {act} FOR EACH ROW EXECUTE FUNCTION hold()")
        with psycopg.connect(url) as other:
            other.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
            yield
        wait_until(lambda: not is_served())
        rows(f"DROP TRIGGER hold ON {table}")
        rows("DROP FUNCTION hold")
        return
    rows("CREATE TABLE burn AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
         " SELECT i FROM n")  # fmt: skip
    rows(f"CREATE TRIGGER hold BEFORE {act} WHEN {condition} BEGIN SELECT COUNT(*) FROM burn a, burn b, burn c; END")
    yield
    rows("DROP TRIGGER hold")
    rows("DROP TABLE burn")


def is_served():
    """Say whether PostgreSQL still serves somebody else: it learns at the end of a statement that its client is gone."""
    return bool(rows("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                     " AND backend_type = 'client backend'"))  # fmt: skip


def is_writing(url):
    """Say whether somebody is inside the write that is held up, on SQLite inside any write."""
    if is_postgres():
        return bool(
            rows("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'")
        )
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        other.execute("ROLLBACK")
        return False


def wait_until(condition):
    """Look again and again until it is so."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end


def state():
    """Give everything that an approval or a close writes."""
    return [
        rows("SELECT state FROM stock_count"), rows("SELECT id, state, adjusted FROM count_line ORDER BY id"),
        rows("SELECT id, quantity FROM stock ORDER BY id"), rows("SELECT COUNT(*) FROM card_entry"),
        rows("SELECT COUNT(*) FROM ledger_entry"), rows("SELECT COUNT(*) FROM document WHERE kind = 'adjustment'"),
        rows("SELECT bin_code, frozen_by FROM place ORDER BY id"), rows("SELECT COUNT(*) FROM audit"),
    ]  # fmt: skip


def cut(service, url, path, key):
    """Send a request, kill the service with -9 while it writes; the request must stay without an answer."""
    answers = []

    def send():
        try:
            answers.append(faults.ask(service.port, "POST", path, token=MANAGER, body={}, key=key).status)
        except OSError:
            answers.append(None)

    asking = threading.Thread(target=send)
    asking.start()
    wait_until(lambda: is_writing(url) or answers)
    asking.join(0.5)  # some lines on
    assert asking.is_alive(), answers
    assert service.end(signal.SIGKILL) == -signal.SIGKILL
    asking.join()
    assert answers == [None]


@pytest.mark.parametrize(
    ("act", "table", "brake", "condition"),
    [
        (
            "approve",
            "ledger_entry",
            "INSERT ON ledger_entry",
            f"(SELECT COUNT(*) FROM ledger_entry WHERE kind = 'adjustment') = {LINES // 2}",
        ),
        ("close", "stock_count", "UPDATE ON stock_count", "new.state = 'closed'"),
    ],
    ids=["approve", "close"],
)
def test_given_a_kill_in_the_middle_when_the_power_is_back_then_nothing_is_half_done_and_the_key_gives_one_answer(
    store, service, database_url, act, table, brake, condition
):
    """R-X6, R-C14, R-C16, C1: kill -9 while 20 differences are posted, and while places are thawed"""
    number = submitted(store)
    if act == "close":
        store.done(f"/counts/{number}/approve", who="manager", reason="loss")
    service.start()
    before, path, key = state(), f"/api/v1/counts/{number}/{act}", "the-key-through-the-cut"
    with held_up(database_url, table, brake, condition):
        cut(service, database_url, path, key)
    assert state() == before
    service.start()
    first, again = (faults.ask(service.port, "POST", path, token=MANAGER, body={}, key=key) for _ in range(2))
    assert (first.status, first.headers.get("Idempotent-Replay")) == (200, None), first.text
    assert (again.status, again.headers.get("Idempotent-Replay"), again.text) == (200, "true", first.text)
    assert json.loads(first.text)["state"] == {"approve": "approved", "close": "closed"}[act]
    assert rows("SELECT COUNT(*) FROM document WHERE kind = 'adjustment'") == [(1,)]
    assert rows("SELECT COUNT(*) FROM card_entry WHERE kind = 'adjustment'") == [(LINES,)]
    frozen = rows("SELECT COUNT(*) FROM place WHERE frozen_by <> ''")
    assert frozen == [(0,)] if act == "close" else frozen > [(0,)]
    assert service.end(signal.SIGTERM) == 0
    assert list(verify.verify()) == []
