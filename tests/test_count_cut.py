"""The power goes in the middle of approving and of closing a count: nothing half done, then done once (R-X6, R-C14)."""

import json
import signal
import threading
import time

import pytest

from bench import faults
from tests import factories
from warehouse.books import verify
from warehouse.tables.base import is_postgres, rows
from warehouse.tables.engines import sqlite3

LINES = 20
MANAGER = "token-manager"


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


def slow_down(act, condition, *, seconds, rows_cubed):
    """Make each such write take some time, so that the kill comes in the middle of the transaction."""
    if is_postgres():
        rows("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
             f" $$ BEGIN PERFORM pg_sleep({seconds}); RETURN new; END $$")  # fmt: skip
        rows(f"CREATE TRIGGER slow BEFORE {act} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION slow()")
        return
    rows(f"CREATE TABLE burn AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows_cubed})"
         " SELECT i FROM n")  # fmt: skip
    rows(f"CREATE TRIGGER slow BEFORE {act} WHEN {condition} BEGIN SELECT COUNT(*) FROM burn a, burn b, burn c; END")


def run_freely(table):
    """Take the brake off."""
    if is_postgres():
        rows(f"DROP TRIGGER slow ON {table}")
        rows("DROP FUNCTION slow")
    else:
        rows("DROP TRIGGER slow")
        rows("DROP TABLE burn")


def is_writing(url):
    """Say whether somebody is inside a write of the database now."""
    if is_postgres():
        return bool(rows("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                         " AND wait_event = 'PgSleep'"))  # fmt: skip
    other = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        return False
    except sqlite3.OperationalError:
        return True
    finally:
        other.close()


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
    end = time.monotonic() + 20
    while not is_writing(url) and time.monotonic() < end:
        assert asking.is_alive(), answers
    asking.join(0.5)  # some lines on
    assert asking.is_alive(), answers
    assert service.end(signal.SIGKILL) == -signal.SIGKILL
    asking.join()
    assert answers == [None]


@pytest.mark.parametrize(
    ("act", "table", "brake", "condition", "how_slow"),
    [
        ("approve", "ledger_entry", "INSERT ON ledger_entry", "new.kind = 'adjustment'", (0.2, 200)),
        ("close", "stock_count", "UPDATE ON stock_count", "new.state = 'closed'", (2, 450)),
    ],
)
def test_given_a_kill_in_the_middle_when_the_power_is_back_then_nothing_is_half_done_and_the_key_gives_one_answer(
    store, service, database_url, act, table, brake, condition, how_slow
):
    """R-X6, R-C14, R-C16, C1: kill -9 while 20 differences are posted, and while places are thawed"""
    number = submitted(store)
    if act == "close":
        store.done(f"/counts/{number}/approve", who="manager", reason="loss")
    service.start()
    before, path, key = state(), f"/api/v1/counts/{number}/{act}", "the-key-through-the-cut"
    slow_down(brake, condition, seconds=how_slow[0], rows_cubed=how_slow[1])
    cut(service, database_url, path, key)
    end = time.monotonic() + 20
    while is_writing(database_url) and time.monotonic() < end:
        pass  # PostgreSQL notices that its client is gone at the end of the statement
    assert state() == before
    run_freely(table)
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
