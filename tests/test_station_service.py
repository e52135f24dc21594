"""The station against the real service, each in a process of its own: nothing lost, nothing doubled, all in order.

R-A12, R-U3, R-X3; scanners, done means 9.
"""

import contextlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from bench.faults import Service, ask
from tests import factories
from warehouse.tables import base
from warehouse.tables.base import rows

SECONDS = 120.0
GTIN = "06912345678902"  # of EL-100


@pytest.fixture
def service(tmp_path):
    """A real `warehouse serve` with two batches of EL-100, of twenty and of ten days ago."""
    url = f"sqlite:///{tmp_path / 'warehouse.db'}"
    factories.prepare_store(url)
    base.connect(url)
    now = datetime.now(UTC)
    older, newer = ((now - timedelta(days=days)).date() for days in (20, 10))
    factories.put_in_stock(f"A {older} 30 B-01 blue\n B {newer} 50 B-02 blue", now=now)
    base.database.close()
    running = Service(url=url, log=tmp_path / "log")
    running.start()
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


@pytest.fixture
def receipt_no(service):
    """An open receipt for a thousand pieces of EL-100."""
    body = {"supplier": "SUP", "reference": "PO-1", "lines": [{"item_no": "EL-100", "quantity": "1000"}]}
    return json.loads(
        ask(service.port, "POST", "/api/v1/receipts", token="token-keeper", body=body, key="receipt-0001").text
    )["receipt_no"]


class Wire:
    """A TCP proxy to the service that cuts connections where a test wants them cut."""

    def __init__(self, port, *, cut=lambda: None):
        """`cut` says for each connection: None, `request` (never arrives), `answer` (lost), `half` (torn)."""
        self._to, self._cut = port, cut
        self.cuts = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, contextlib.suppress(OSError):
            how = self._cut()
            request = whole(client)
            if how:
                self.cuts.append(how)
            if how == "request" or not request:
                return
            with socket.create_connection(("127.0.0.1", self._to)) as there:
                there.sendall(request)
                answer = whole(there)
            client.sendall({"answer": b"", "half": answer[: len(answer) // 2]}.get(how, answer))

    def close(self):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()


def whole(stream):
    """Read one HTTP message; what there is of it when the other side stops."""
    message = b""
    while part := stream.recv(65536):
        message += part
        head, mark, body = message.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if mark and len(body) >= int(length[1] if length else 0):
            break
    return message


class Station:
    """`python -m scanners station --json`, its happenings as they come."""

    def __init__(self, queue, *, port, task, source="-", token="token-keeper", options=()):
        self.events = []
        self._more, self._is_over = threading.Condition(), False
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scanners", "station", "--source", str(source), "--json", "--queue", str(queue),
             "--service", f"http://127.0.0.1:{port}", "--task", task, "--device", "dock", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "WAREHOUSE_TOKEN": token},
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._more, contextlib.suppress(ValueError):  # a killed station may leave half a line
                self.events.append(json.loads(line))
                self._more.notify_all()
        with self._more:
            self._is_over = True
            self._more.notify_all()

    def type(self, *lines):
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def of(self, kind):
        return [event for event in self.events if event["event"] == kind]

    def wait_for(self, condition):
        """Wait until the happenings fulfil a condition; fails with what happened instead."""
        with self._more:
            self._more.wait_for(lambda: condition(self) or self._is_over, SECONDS)
            assert condition(self), self.events[-5:]

    def kill(self):
        self.process.kill()
        self._end()

    def end(self, number=signal.SIGTERM):
        """Stop it by a signal; gives the exit status."""
        self.process.send_signal(number)
        return self._end()

    def finish(self):
        """Close its standard input; gives the exit status."""
        self.process.stdin.close()
        return self._end()

    def _end(self):
        status = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
        return status


def code(number):
    return f"(01){GTIN}(10)N{number:03}"


def cards_of(service, receipt_no):
    """Stop the service and give (batch, key) of the receipt's card entries in the order they were written."""
    service.end(signal.SIGTERM)
    base.connect(service.url)
    found = rows(
        "SELECT b.batch_no, c.key FROM card_entry c JOIN batch b ON b.id = c.batch_id WHERE c.voucher_no = ?"
        " ORDER BY c.id",
        receipt_no,
    )
    base.database.close()
    return found


def test_given_a_service_that_comes_and_goes_when_scanning_then_each_scan_is_done_once_and_in_order(
    service, receipt_no, tmp_path
):
    """P10, K10; R-U3, R-X3, done means 9: killed, stopped and cut at any moment; scans go on meanwhile"""
    chance = random.Random(5)
    how = ["request", "answer", "half", *[None] * 5]
    wire = Wire(service.port, cut=lambda: chance.choice(how))
    station = Station(tmp_path / "queue", port=wire.port, task=f"receipt:{receipt_no}")
    station.type(*map(code, range(10)))
    station.wait_for(lambda station: len(station.of("done")) >= 4)
    service.end(signal.SIGKILL)
    station.type(*map(code, range(10, 20)))
    station.wait_for(lambda station: len(station.of("kept")) == 20)
    station.wait_for(lambda station: "away" in [event["state"] for event in station.of("service")])
    service.start()
    station.wait_for(lambda station: len(station.of("done")) >= 14)
    station.type(*map(code, range(20, 24)))
    station.wait_for(lambda station: len(station.of("done")) == 24)
    assert station.end() == 0
    wire.close()
    assert set(wire.cuts) >= {"request", "answer", "half"}
    kept = station.of("kept")
    assert [event["sequence"] for event in kept] == list(range(1, 25))
    assert cards_of(service, receipt_no) == [(f"N{number:03}", event["key"]) for number, event in enumerate(kept)]
    assert any(event["repeated"] for event in station.of("done")), "an answer was lost after the service had done it"
    assert station.of("end")[-1]["waiting"] == 0


def test_given_a_station_that_is_killed_when_started_again_then_what_was_kept_is_done_once(
    service, receipt_no, tmp_path
):
    """R-U3, done means 9: kill -9 between the disk and the answer, again and again"""
    kept = []
    for number in range(6):
        station = Station(tmp_path / "queue", port=service.port, task=f"receipt:{receipt_no}")
        station.type(code(number))
        seen = "done" if number % 2 else "kept"
        station.wait_for(lambda station, seen=seen: station.of(seen))
        kept += station.of("kept")
        station.kill()
    station = Station(tmp_path / "queue", port=service.port, task=f"receipt:{receipt_no}")
    assert station.finish() == 0
    assert [event["sequence"] for event in kept] == list(range(1, 7))
    assert cards_of(service, receipt_no) == [(f"N{number:03}", event["key"]) for number, event in enumerate(kept)]


def test_given_a_folder_when_the_station_is_killed_while_it_reads_then_each_picture_counts_once(
    service, receipt_no, tmp_path
):
    """R-U3, done means 9: from the picture to the card, in the order the pictures were made"""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    count = 40
    for number in range(count):
        draw(code(number), pictures / f"{count - number:02}.png", age_seconds=1000 - 10 * number)
    chance, pause = random.Random(7), threading.Event()
    for _ in range(4):
        station = Station(tmp_path / "queue", port=service.port, task=f"receipt:{receipt_no}", source=pictures)
        station.wait_for(lambda station: station.of("source"))
        pause.wait(chance.uniform(0.4, 0.9))
        station.kill()
    station = Station(tmp_path / "queue", port=service.port, task=f"receipt:{receipt_no}", source=pictures)
    station.wait_for(lambda station: station.of("source"))
    end = time.monotonic() + SECONDS
    while received(service, receipt_no) < count and time.monotonic() < end:
        pause.wait(0.1)
    assert station.end(signal.SIGINT) == 0
    assert [batch_no for batch_no, _ in cards_of(service, receipt_no)] == [f"N{number:03}" for number in range(count)]


def received(service, receipt_no):
    """Ask how many pieces came."""
    answer = ask(service.port, "GET", f"/api/v1/receipts/{receipt_no}", token="token-keeper")
    return int(json.loads(answer.text)["lines"][0]["received"])


def draw(text, path, *, age_seconds):
    """Write a picture of a QR code that was finished so long ago."""
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=6)
    sheet = Image.new("L", (made.shape[1] + 80, made.shape[0] + 80), 255)
    sheet.paste(Image.fromarray(made), (40, 40))
    sheet.save(path)
    moment = time.time() - age_seconds
    os.utime(path, (moment, moment))


def test_given_refusals_when_scanning_then_they_are_told_kept_on_a_list_and_the_others_go_on(
    service, receipt_no, tmp_path
):
    """R-U3: 404 and 409 are answers; what is done about them is a scan of its own"""
    station = Station(tmp_path / "queue", port=service.port, task=f"receipt:{receipt_no}")
    station.type("NOBODY-KNOWS", code(1), "*2000", code(2))
    station.wait_for(lambda station: len(station.of("refused")) == 2 and station.of("done"))
    unknown, over = station.of("refused")
    assert (unknown["status"], over["status"], over["quantity"]) == (404, 409, "2000")
    assert over["answer"]["type"].endswith("#over-receipt")
    assert "not in the system" in unknown["answer"]["detail"]
    assert station.end() == 0
    again = Station(tmp_path / "queue", port=service.port, task=f"receipt:{receipt_no}")
    again.type("*no 1", "*again 3")
    again.wait_for(lambda station: station.of("refused"))
    assert [event["sequence"] for event in again.of("still-open")] == [1, 3]
    assert (again.of("dropped")[0]["sequence"], again.of("refused")[0]["sequence"]) == (1, 4)
    again.end()
    assert cards_of(service, receipt_no) == [("N001", station.of("kept")[1]["key"])]


def test_given_an_unknown_token_when_scanning_then_nothing_is_sent_and_all_is_kept_for_the_right_one(
    service, receipt_no, tmp_path
):
    """R-U3: 401 stops the sending, not the scanning"""
    station = Station(tmp_path / "queue", port=service.port, task=f"receipt:{receipt_no}", token="nobody")
    station.type(code(1), code(2))
    station.wait_for(lambda station: station.of("service") and len(station.of("kept")) == 2)
    assert station.of("service")[-1]["state"] == "signed-out"
    assert station.finish() == 1
    again = Station(tmp_path / "queue", port=service.port, task=f"receipt:{receipt_no}")
    again.wait_for(lambda station: len(station.of("done")) == 2)
    assert again.end() == 0
    assert [batch_no for batch_no, _ in cards_of(service, receipt_no)] == ["N001", "N002"]


def test_given_goods_when_moved_and_issued_at_stations_then_the_service_says_what_comes_next(service, tmp_path):
    """transfer:TO and delivery:NO: the place by *at, the quantity by what is still needed"""
    station = Station(tmp_path / "queue", port=service.port, task="transfer:B-04")
    station.type("*at B-02", "*5", "EL-100/B")
    station.wait_for(lambda station: station.of("done"))
    moved = station.of("done")[0]["answer"]
    assert (moved["from"], moved["to"], moved["quantity"]) == ("B-02", "B-04", "5")
    station.end()
    order = {"customer": "K", "reference": "SO-1", "lines": [{"item_no": "EL-100", "quantity": "45"}]}
    made = json.loads(
        ask(service.port, "POST", "/api/v1/deliveries", token="token-clerk", body=order, key="order-000001").text
    )
    picking = Station(tmp_path / "other", port=service.port, task=f"delivery:{made['delivery_no']}")
    picking.type("EL-100/B", "EL-100/A")
    picking.wait_for(lambda station: station.of("done"))
    (refused,), (done,) = picking.of("refused"), picking.of("done")
    assert refused["answer"]["type"].endswith("#not-oldest")
    assert (done["answer"]["next"]["batch_no"], done["answer"]["next"]["quantity"]) == ("B", "15")
    picking.end()


def test_given_a_keeper_who_reads_chinese_when_scanning_then_service_and_station_speak_it_without_a_mixture(
    service, receipt_no, tmp_path
):
    """R-A12: a refusal is shown in the site's language, with what to do"""
    ran = subprocess.run(
        [sys.executable, "-m", "scanners", "station", "--source", "-", "--queue", str(tmp_path / "queue"), "--silent",
         "--service", f"http://127.0.0.1:{service.port}", "--task", f"receipt:{receipt_no}"],
        input=f"NOBODY-KNOWS\n{code(1)}\n", capture_output=True, text=True, check=False, timeout=SECONDS,
        env={**os.environ, "WAREHOUSE_TOKEN": "token-keeper", "LC_ALL": "zh_TW.UTF-8"},
    )  # fmt: skip
    assert ran.returncode == 1
    refused = next(line for line in ran.stdout.splitlines() if line.startswith("✘"))
    assert "系統" in refused
    assert "*again 1" in refused
    assert re.search("結存 1", ran.stdout)
    assert ran.stdout.splitlines()[-1].endswith("已結束；全部掃描均已傳送；1 筆被拒絕，待處理")
    assert not re.search("kept|refused|balance|ended", ran.stdout)


def test_given_a_queue_in_use_when_a_second_station_takes_it_then_refused_and_the_first_goes_on(
    service, receipt_no, tmp_path
):
    """Two stations on one queue would send one scan twice in two orders"""
    first = Station(tmp_path / "queue", port=service.port, task=f"receipt:{receipt_no}")
    first.wait_for(lambda station: station.events)
    second = Station(tmp_path / "queue", port=service.port, task=f"receipt:{receipt_no}")
    said = second.process.stderr.read()
    assert second.finish() == 1
    assert f"process {first.process.pid}" in said
    assert "--queue" in said
    first.type(code(1))
    first.wait_for(lambda station: station.of("done"))
    assert first.end() == 0
    assert not list(Path(tmp_path / "queue").glob("*journal*"))
