"""What breaks the service: kills, stops, limits, a lost log, strangers; nothing half done, back by itself (C1, C5..C12, C21, P8).

The long form is `python -m bench.faults`.
"""

import http.client
import json
import resource
import signal
import socket
from pathlib import Path

import pytest

from bench import faults
from tests.test_commands import new_place
from warehouse import cli, serve
from warehouse.books import verify
from warehouse.tables import base
from warehouse.tables.base import rows


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
