"""What breaks under the service: full disks, locked files and rows, a frozen server, a torn log, an old copy (C2..C7, C14, O4, P7)."""

import os
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from peewee import OperationalError

from tests import factories, postgres
from warehouse import cli, transaction
from warehouse.books import verify
from warehouse.tables import base, engines
from warehouse.tables.base import rows
from warehouse.tables.engines import sqlite3

COUNTED = "SELECT (SELECT COUNT(*) FROM audit WHERE outcome = 'done'), (SELECT COUNT(*) FROM card_entry)"


@pytest.fixture
def store(database_url):
    """The service on fixture F, in this process."""
    yield from factories.stores(database_url)


@pytest.fixture
def prepare_database():
    return factories.prepare_fixture_f


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_given_a_full_disk_when_scanned_then_503_with_the_reason_nothing_half_done_and_back_by_itself(store):
    """K7; C4, P7: the database cannot grow by a page; reads go on."""
    lines = [
        {"item_no": "EL-200", "batch_no": f"D-{number}", "location": "B-04", "quantity": "1"} for number in range(60)
    ]
    body = {"reference": "many", "lines": lines}
    before = everything()
    ((pages,),) = rows("PRAGMA page_count")
    refused = 0
    # Each step lets it come further before the disk is full.
    for more in range(0, 24, 3):
        on_writer(f"PRAGMA max_page_count = {pages + more}")
        full = store.post("/opening-balances", body, who="manager", key="key-on-a-full-disk")
        if full.status_code == 201:
            break
        refused += 1
        assert (full.status_code, full.json["reason"], full.headers["Retry-After"]) == (503, "disk-full", "1")
        assert everything() == before
        assert store.get("/batches/EL-100/A").status_code == 200
    assert refused >= 3
    on_writer("PRAGMA max_page_count = 1073741823")
    first = store.done("/opening-balances", body, who="manager", key="key-on-a-full-disk")
    assert store.done("/opening-balances", body, who="manager", key="key-on-a-full-disk") == first
    assert list(verify.verify()) == []


def on_writer(pragma):
    """Set something of the connection by which every transaction writes."""
    own = base.database.obj.lend_writer()
    rows(pragma)
    base.database.obj.take_back_writer(own)


def everything():
    """Every row of every table."""
    names = [name for (name,) in rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: rows(f"SELECT * FROM {name}") for name in names}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_given_a_writer_who_waited_for_his_turn_when_the_file_is_locked_then_he_waits_only_the_rest(store):
    """P7, K4: both waits together are five seconds, not each; here ten minutes, all waited already"""
    rows("PRAGMA busy_timeout = 600000")
    with closing(sqlite3.connect(store.url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            transaction._begin_writing(600.0)
        other.execute("ROLLBACK")
    assert rows("PRAGMA busy_timeout") == [(600000,)]
    transaction._begin_writing(600.0)
    rows("ROLLBACK")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_given_a_file_locked_by_another_program_when_scanned_then_503_and_done_once_it_is_free(store):
    """P7: told that it is busy, within the wait that is set; reads go on."""
    order = store.order("30")
    path, body = f"/deliveries/{order}/scans", {"code": "A", "quantity": "30"}
    on_writer("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(store.url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        busy = store.post(path, body, key="key-while-locked")
        assert (busy.status_code, busy.json["reason"]) == (503, "database-busy")
        assert store.stock("A") == [("B-01", "qualified", "30")]
        other.execute("ROLLBACK")
    assert store.done(path, body, key="key-while-locked")["balance"] == "0"
    assert list(verify.verify()) == []


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_given_a_batch_locked_by_another_session_when_scanned_then_503_and_done_once_it_is_free(store):
    """P7: a lock is waited for only so long."""
    order = store.order("30")
    path, body = f"/deliveries/{order}/scans", {"code": "A", "quantity": "30"}
    ((patience,),) = rows("SHOW lock_timeout")
    assert patience == "5s"
    rows("SET lock_timeout = '50ms'")
    with postgres.psycopg.connect(store.url) as other:
        other.execute("SELECT * FROM batch, document, document_line, stock FOR UPDATE")
        busy = store.post(path, body, key="key-while-locked")
        assert (busy.status_code, busy.json["reason"]) == (503, "database-busy")
        other.rollback()
    assert store.done(path, body, key="key-while-locked")["balance"] == "0"
    assert list(verify.verify()) == []


@contextmanager
def stopped(*processes):
    """Stop processes of the private PostgreSQL, awake again at the end."""
    try:
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


def private_processes(server):
    """Give the pids of the private server: the postmaster and all its children."""
    if server.folder is None:
        pytest.skip(f"{postgres.SETTING} names a server that is not ours to stop")
    first = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]


def test_given_a_server_that_does_not_answer_when_many_connect_then_one_asks_and_the_others_are_told_at_once():
    """C14, P7: each in his turn would wait for all before him, and none would be left to say that the service lives"""
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(7) as pool:
        url = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing?connect_timeout=60"
        store = engines.open_postgres(url, patience=1.0)

        def connect():
            with pytest.raises(OperationalError) as refused:
                store.connect()
            return "another thread" in str(refused.value)

        # The first failure is everybody's own; from then on one asks.
        first = pool.submit(connect)
        silent.accept()[0].close()
        assert first.result() is False
        asking = pool.submit(connect)
        line, _ = silent.accept()
        assert [each.result() for each in [pool.submit(connect) for _ in range(6)]] == [True] * 6
        line.close()
        assert asking.result() is False


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_given_a_frozen_postgresql_when_scanned_then_503_in_time_and_done_once_it_wakes(store, postgres_server):
    """C14, P7: stopped, not dead, so TCP is acknowledged and no timer of the server runs; the same key tries again."""
    order = store.order("30")
    path, body = f"/deliveries/{order}/scans", {"code": "A", "quantity": "30"}
    processes = private_processes(postgres_server)
    assert base.database.connection().patience == engines.PATIENCE_SECONDS < 10 > engines.CONNECT_SECONDS
    base.database.connection().patience = 0.5
    with stopped(*processes):
        for wait in ("for a statement", "for a connection"):
            frozen = store.post(path, body, key="key-while-frozen")
            assert (wait, frozen.status_code, frozen.json["reason"]) == (wait, 503, "database-down")
            assert frozen.headers["Retry-After"] == "1"
    assert store.stock("A") == [("B-01", "qualified", "30")]
    first = store.done(path, body, key="key-while-frozen")
    assert first["balance"] == "0"
    assert store.done(path, body, key="key-while-frozen") == first
    assert list(verify.verify()) == []


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_given_a_power_cut_when_the_log_s_last_page_is_torn_then_what_was_before_is_there_and_verifies(
    store, database_url, tmp_path, monkeypatch, capsys
):
    """C2, P2: each act is whole or not there; PostgreSQL keeps its own log"""
    for number in range(6):
        store.done("/transfers", code="A", to="B-04", quantity="1", **{"from": "B-01"}, key=f"before-the-cut-{number}")
    path = Path(database_url.removeprefix("sqlite:///"))
    log = path.with_name(f"{path.name}-wal").read_bytes()
    ((acts, cards),) = rows(COUNTED)
    for cut in (1, 100, 4096, 4120):  # a page of the log is 4096 bytes and its head 24
        torn = tmp_path / f"torn-{cut}" / "warehouse.db"
        torn.parent.mkdir()
        torn.write_bytes(path.read_bytes())
        torn.with_name("warehouse.db-wal").write_bytes(log[:-cut])
        monkeypatch.setenv("WAREHOUSE_DATABASE", f"sqlite:///{torn}")
        assert cli.main(["verify"]) == 0, capsys.readouterr()
        with closing(sqlite3.connect(str(torn))) as opened:
            left = opened.execute(COUNTED).fetchall()
        assert left == [(acts - 1, cards - 2)], "the last act is gone whole: out of one bin and into the other"


def test_given_last_week_s_copy_when_it_is_put_in_then_the_head_shows_it_and_no_paper_is_printed_again(
    store, database_url, tmp_path, monkeypatch, capsys
):
    """O4: the number of acts is less than the one on paper; a person says of each waiting paper whether it is there"""
    store.done("/printers", who="admin", name="Z1", address="socket://192.0.2.9", form="zpl", mode="stock")
    store.done("/labels", kind="status", item_no="EL-100", batch_no="A", copies=2, printer="Z1")
    monkeypatch.setenv("WAREHOUSE_DATABASE", database_url)
    capsys.readouterr()
    assert cli.main(["backup", str(tmp_path / "last-week.zip")]) == 0
    old = capsys.readouterr().out
    rows("UPDATE print_job SET state = 'confirmed'")
    store.done("/transfers", code="A", to="B-04", quantity="1", **{"from": "B-01"})
    assert cli.main(["backup", str(tmp_path / "today.zip")]) == 0
    today = capsys.readouterr().out
    base.database.close()
    monkeypatch.setenv("WAREHOUSE_DATABASE", f"sqlite:///{tmp_path / 'put-in' / 'warehouse.db'}")
    assert cli.main(["restore", str(tmp_path / "last-week.zip")]) == 0
    restored = capsys.readouterr().out
    assert heads_in(restored) == heads_in(old) < heads_in(today)
    base.connect(f"sqlite:///{tmp_path / 'put-in' / 'warehouse.db'}")
    assert rows("SELECT state, cause FROM print_job") == [("uncertain", "restored")]
    base.database.close()
    assert cli.main(["verify"]) == 0


def heads_in(said: str) -> list[int]:
    """Give the numbers of acts that a command printed."""
    return [int(number) for number in re.findall(r"(\d+) acts", said)]
