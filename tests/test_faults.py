"""What breaks: kills, stops, full disks, locked files, limits; nothing half done, back by itself (C1..C12, C21, P7, P8).

The long form is `python -m bench.faults`.
"""

import http.client
import json
import os
import re
import resource
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from peewee import OperationalError

from bench import faults
from tests import factories, postgres
from tests.test_commands import new_place
from warehouse import cli, serve, transaction
from warehouse.books import verify
from warehouse.tables import base, engines
from warehouse.tables.base import rows
from warehouse.tables.engines import sqlite3

COUNTED = "SELECT (SELECT COUNT(*) FROM audit WHERE outcome = 'done'), (SELECT COUNT(*) FROM card_entry)"


@pytest.fixture
def empty_url(engine, tmp_path, request):
    """Where nothing is yet."""
    yield from new_place(engine, tmp_path / "empty" / "warehouse.db", request)


@pytest.fixture
def service(empty_url, tmp_path):
    """A real `warehouse serve`, with work for six writers, killed at the end if it still runs."""
    work = faults.prepare(empty_url)
    running = faults.Service(url=empty_url, log=tmp_path / "log")
    running.start()
    yield running, work
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


@pytest.fixture
def store(database_url):
    """The service on fixture F, in this process."""
    yield from factories.stores(database_url)


@pytest.fixture
def prepare_database():
    return factories.prepare_fixture_f


def scan(service, work, writer, key):
    """Send one writer's scan; gives status and body."""
    path, body, token = work[writer]
    response = faults.ask(service.port, "POST", path, token=token, body=body, key=key)
    return response.status, json.loads(response.text)


def test_given_six_writers_when_killed_again_and_again_then_nothing_acknowledged_is_lost_or_doubled(
    empty_url, tmp_path, record_property
):
    """K1, C16; C1, P1, S14: kill -9 in a loop, on both engines."""
    *rounds, end = faults.kill_rounds(empty_url, tmp_path / "log", rounds=3, scans=40)
    assert [each["status"] for each in rounds] == [-signal.SIGKILL] * 3
    record_property("back after seconds", [each["back_after_seconds"] for each in rounds])
    assert end["acknowledged"] > 0
    assert end["all_well"], end


def test_given_six_writers_when_the_service_is_told_to_stop_then_nobody_is_cut_and_it_ends_well(empty_url, service):
    """K8; P8, C12: SIGTERM under load, twice; what was applied was answered, and the waits of a stop are below ten seconds."""
    assert serve.DRAIN_SECONDS + serve.LAST_SECONDS < 10
    running, work = service
    with faults.writing(work, running.port) as writers:
        for number in (signal.SIGTERM, signal.SIGINT):
            faults.wait_for_more(writers, 40)
            running.process.send_signal(number)
            assert running.end(number) == 0
            running.start()
        faults.wait_for_more(writers, 10)
    assert [(each.cut, each.answered_late, each.odd) for each in writers] == [(0, 0, [])] * faults.WRITERS
    assert running.end(signal.SIGHUP) == 0
    assert faults.compare(empty_url, writers).all_well


def test_given_writers_when_backed_up_and_restored_then_all_that_was_acknowledged_before_is_there(
    empty_url, service, tmp_path, request, monkeypatch, capsys
):
    """K12; O1, P12: while the service runs and six write."""
    running, work = service
    with faults.writing(work, running.port) as writers:
        faults.wait_for_more(writers, 40)
        before = [key for writer in writers for key in list(writer.acknowledged)]
        monkeypatch.setenv("WAREHOUSE_DATABASE", empty_url)
        assert cli.main(["backup", str(tmp_path / "copy.zip")]) == 0
        faults.wait_for_more(writers, 10)
    assert running.end(signal.SIGTERM) == 0
    other = f"sqlite:///{tmp_path / 'other' / 'warehouse.db'}"
    monkeypatch.setenv("WAREHOUSE_DATABASE", other)
    assert cli.main(["restore", str(tmp_path / "copy.zip")]) == 0, capsys.readouterr().err
    assert cli.main(["verify"]) == 0
    base.connect(other)
    kept = {key for (key,) in rows("SELECT key FROM card_entry")}
    base.database.close()
    assert before
    assert set(before) <= kept


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_given_a_service_when_a_second_is_started_on_its_file_then_it_refuses_in_one_line(
    empty_url, service, monkeypatch, capsys
):
    """C21: and `user add`, `token add`, `verify`, `init` may work beside it; killed, it leaves no lock behind."""
    running, work = service
    monkeypatch.setenv("WAREHOUSE_DATABASE", empty_url)
    assert cli.main(["serve", "--port", "0"]) == 1
    said = capsys.readouterr().err
    assert "another service is running" in said
    assert said.count("\n") == 1
    for command in (["token", "add", "clerk"], ["verify"], ["init"]):
        assert cli.main(command) == 0
    assert scan(running, work, 0, "key-beside-commands")[0] == 201
    running.end(signal.SIGKILL)
    running.start()
    assert scan(running, work, 0, "key-after-the-kill")[0] == 201


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_given_an_address_that_others_reach_when_nothing_encrypts_then_the_start_warns(empty_url, tmp_path):
    """A16: and the debugger's console is not there"""
    faults.prepare(empty_url)
    for flags, warned in ((["--host", "0.0.0.0"], True), (["--host", "0.0.0.0", "--tls"], False), ([], False)):
        running = faults.Service(url=empty_url, log=tmp_path / f"log{len(flags)}", flags=flags)
        running.start()
        assert faults.ask(running.port, "GET", "/console").status == 404
        running.end(signal.SIGTERM)
        assert ("in the clear" in running.log.read_text()) == warned


HARDENED = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy")
PLAIN = "POST /api/v1/scans HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("nonsense\r\n\r\n", 400),
        (f"{PLAIN}Content-Length: -5\r\n\r\n", 400),
        (f"{PLAIN}Content-Length: 5\r\nContent-Length: 13\r\n\r\n", 400),
        (f"{PLAIN}Content-Length: 999999999\r\n\r\n", 413),
        (f"{PLAIN}Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (f"{PLAIN}X-Long: {'x' * 300_000}\r\n\r\n", 431),
    ],
)
def test_given_what_is_no_request_when_it_comes_then_refused_in_the_api_s_form_and_hardened(service, sent, status):
    """W1, W3, U14: what the server itself refuses, before any route sees it"""
    running, _ = service
    with socket.create_connection(("127.0.0.1", running.port), timeout=60) as line:
        line.sendall(sent.encode())
        answer = http.client.HTTPResponse(line)
        answer.begin()
        told = json.loads(answer.read())
    assert (answer.status, told["status"], told["field"]) == (status, status, "request")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert told["type"].endswith("#invalid-input")
    assert [name for name in HARDENED if name not in answer.headers] == []
    assert "waitress" not in str(told)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_given_a_limit_on_file_size_when_it_is_met_then_503_and_the_service_lives_and_recovers(empty_url, service):
    """C5, P7: reads go on meanwhile; afterwards the same key is done once."""
    running, work = service
    whole = resource.getrlimit(resource.RLIMIT_FSIZE)
    log = Path(f"{empty_url.removeprefix('sqlite:///')}-wal")
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (log.stat().st_size, whole[1]))
    status, said = scan(running, work, 0, "key-while-limited")
    assert (status, said["reason"]) == (503, "storage-error")
    token = work[0][2]
    assert faults.ask(running.port, "GET", "/api/v1/batches/F-1/B", token=token).status == 200
    assert faults.ask(running.port, "GET", "/health/live").status == 200
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, whole)
    first = scan(running, work, 0, "key-while-limited")
    assert first[0] == 201
    assert scan(running, work, 0, "key-while-limited") == first
    assert first[1]["balance"] == "1"
    running.end(signal.SIGTERM)
    base.connect(empty_url)
    assert list(verify.verify()) == []
    base.database.close()


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
def test_given_a_killed_service_when_its_log_is_gone_then_verify_says_so_until_somebody_looked(
    empty_url, service, monkeypatch, capsys
):
    """C7, C1: with the log nothing is missing and nothing is said; an orderly stop leaves none"""
    running, work = service
    monkeypatch.setenv("WAREHOUSE_DATABASE", empty_url)
    log, mark = (Path(f"{empty_url.removeprefix('sqlite:///')}{end}") for end in ("-wal", ".log-lost"))
    for way in (signal.SIGTERM, signal.SIGKILL):
        assert scan(running, work, 0, f"key-before-{way}")[0] == 201
        running.end(way)
        assert cli.main(["verify"]) == 0
        running.start()
    assert cli.main(["verify"]) == 0
    assert scan(running, work, 0, "key-that-is-lost")[0] == 201
    running.end(signal.SIGKILL)
    log.unlink()
    capsys.readouterr()
    for _ in range(2):
        assert cli.main(["verify"]) == 1
        said = capsys.readouterr().out
        assert said.startswith(f"log: {log} was gone")
        assert said.count("\n") == 1
        running.start()
        running.end(signal.SIGTERM)
    assert "was gone" in running.log.read_text()
    mark.unlink()
    assert cli.main(["verify"]) == 0


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_given_a_service_that_could_not_listen_when_verified_then_nothing_is_missing(empty_url, service, monkeypatch):
    """C7, C21: whatever ends it in order leaves no alarm"""
    running, _ = service
    running.end(signal.SIGTERM)
    monkeypatch.setenv("WAREHOUSE_DATABASE", empty_url)
    with socket.create_server(("127.0.0.1", running.port)), pytest.raises(RuntimeError, match="cannot listen"):
        running.start()
    assert cli.main(["verify"]) == 0


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


def test_given_hundreds_of_clients_that_never_finish_when_a_keeper_scans_then_he_is_answered(service):
    """C18: half a request each, and silence"""
    running, work = service
    slow = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(300)]
    try:
        for each in slow:
            each.sendall(b"POST /api/v1/scans HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900000\r\n\r\n{")
        for number in range(5):
            assert scan(running, work, number, f"beside-the-slow-{number}")[0] == 201
        assert faults.ask(running.port, "GET", "/health/ready").status == 200
    finally:
        for each in slow:
            each.close()


def test_given_a_service_when_its_log_is_thrown_away_then_who_did_what_is_in_the_books_and_verifies(
    service, empty_url, monkeypatch
):
    """O10: the log is for faults, and holds no names; what people did is on the chain"""
    running, work = service
    for number in range(5):
        assert scan(running, work, number, f"before-the-log-went-{number}")[0] == 201
    running.end(signal.SIGTERM)
    said = running.log.read_text(encoding="utf-8")
    base.connect(empty_url)
    people = [name for (name,) in rows("SELECT name FROM person")]
    acts = rows("SELECT content FROM audit WHERE content LIKE '%before-the-log-went-%'")
    base.database.close()
    assert people
    assert not [name for name in people if f'"{name}"' in said]
    assert len(acts) == 5
    assert all(json.loads(content)["by"] in people for (content,) in acts)
    running.log.unlink()
    monkeypatch.setenv("WAREHOUSE_DATABASE", empty_url)
    assert cli.main(["verify"]) == 0


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
