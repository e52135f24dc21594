"""The station in this process: repeats, questions, the queue on disk, and a service that answers oddly."""

import http.server
import json
import os
import re
import threading
from datetime import timedelta

import pytest

from scanners import sentences, sound, station_command, task, view
from scanners.__main__ import main
from scanners.courier import Courier
from scanners.outbox import Draft, Outbox, QueueBusy
from scanners.source import Scan, Seen, SourceState, now
from scanners.station import Station

SECONDS = 20.0
DONE = (201, "application/json", {"entry_no": 1, "balance": "5"}, {})
OVER = (409, "application/problem+json", {"type": "/docs#over-receipt", "detail": "Too many."}, {})
ASKS = (409, "application/problem+json", {"type": "/docs#invalid-input", "detail": "So many?", "confirmable": True}, {})
FAULT = (
    500,
    "application/problem+json",
    {"type": "about:blank", "detail": "Tell number 1234.", "reference": "1234"},
    {},
)


class Peer:
    """What stands at the service's address: gives the answers it was told, the last one for ever."""

    def __init__(self, *answers):
        self.asked = []  # (path, key, body)
        self._answers = list(answers)
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                peer.asked.append((self.path, self.headers["Idempotency-Key"], body))
                status, kind, said, headers = peer.next()
                text = json.dumps(said).encode() if isinstance(said, dict) else said
                self.send_response(status)
                for name, value in {"Content-Type": kind, "Content-Length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *words):
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def next(self):
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def peer(request):
    made = Peer(*getattr(request, "param", [DONE]))
    yield made
    made.close()


class Hand:
    """A source that does what a test says: texts with their second, pictures, and waits for what was told."""

    def __init__(self, *steps, wedge=True, finite=True):
        self.wedge, self.finite, self._steps = wedge, finite, steps
        self.told, self.more = [], threading.Condition()

    def read(self, stop):
        yield SourceState(state="open")
        for step in self._steps:
            if callable(step):
                with self.more:
                    assert self.more.wait_for(lambda step=step: step(self.told), SECONDS), self.told
            else:
                yield step if isinstance(step, Seen) else Seen(scans=(scan(*step),))

    def tell(self, kind, facts):
        with self.more:
            self.told.append((kind, dict(facts)))
            self.more.notify_all()

    def of(self, kind):
        return [facts for name, facts in self.told if name == kind]


def scan(text, seconds=0.0):
    return Scan(text=text, seconds=seconds, seen_at=now())


def after(kind, count=1):
    """Wait until so many of a kind were told."""
    return lambda told: [name for name, _ in told].count(kind) >= count


@pytest.fixture
def box(tmp_path):
    made = Outbox(tmp_path / "queue", device="dock", owner="a")
    yield made
    made.close()


def run(box, peer, hand, word="receipt:R-1", **options):
    """Run a station to its end; gives the exit status."""
    station = Station(
        task=task.read_task(word), outbox=box, sources=[hand], tell=hand.tell, wait_seconds=SECONDS, **options
    )
    return station.run(lambda tell: Courier(peer.address, "token", language="en", tell=tell))


def bodies(peer):
    return [json.loads(body) for _, _, body in peer.asked]


def test_given_a_camera_when_it_sees_a_label_in_every_frame_then_one_scan(box, peer):
    """R-A12: 15 times in 1 s is one; none while it stays in view and 1.5 s after; shown again it is asked"""
    frames = [("EL-100/A", n / 15) for n in range(15)] + [("EL-100/A", 2.4), ("EL-100/A", 3.8)]
    hand = Hand(*frames, ("EL-100/A", 5.5), wedge=False)
    assert run(box, peer, hand) == 1
    assert [body["code"] for body in bodies(peer)] == ["EL-100/A"]
    assert [facts["about"] for facts in hand.of("ask")] == ["one-more"]
    assert not hand.of("repeat"), "what stays in view is no news"


def test_given_a_wedge_when_it_sends_a_label_twice_then_one_scan_and_later_a_question(box, peer):
    """S5, S18; R-A12: twice within 0.5 s is one; later yes adds one more, no and another scan do not"""
    hand = Hand(
        ("A", 0.0), ("A", 0.4), ("A", 1.0), ("*yes", 2.0), ("A", 3.0), ("*no", 4.0), ("A", 5.0), ("B", 6.0)
    )  # fmt: skip
    assert run(box, peer, hand) == 1
    assert [body["code"] for body in bodies(peer)] == ["A", "A", "B"]
    assert len(hand.of("repeat")) == 1
    assert [len(hand.of(kind)) for kind in ("ask", "left-out")] == [3, 2]


@pytest.mark.parametrize("peer", [[ASKS]], indirect=True)
def test_given_a_yes_card_when_a_camera_sees_it_in_every_frame_then_one_yes(box, peer):
    """R-A12: the card answers one question, however long it is held there"""
    peer.next = lambda: DONE if b'"confirmed"' in peer.asked[-1][2] else ASKS
    hand = Hand(("A", 0.0), ("B", 1.0), after("asked", 2), *[("*yes", 2 + n / 15) for n in range(15)], after("done"),
                wedge=False)  # fmt: skip
    run(box, peer, hand)
    assert [kept.text for kept in box.open_refusals()] == ["A"]


@pytest.mark.parametrize("text", ["00123456789012345675", "]C1010691234567890221SER1"])
def test_given_the_number_of_one_carton_when_scanned_again_then_already_scanned_and_no_question(box, peer, text):
    """R-A12: unique carton labels, also after a restart of the station"""
    code = "]C1" + text if text[0] == "0" else text
    assert run(box, peer, Hand((code, 0.0), after("done"))) == 0
    hand = Hand((code, 10.0), ("*yes", 11.0))
    run(box, peer, hand)
    assert len(hand.of("already-scanned")) == 1
    assert len(peer.asked) == 1


SQUARE = ((684, 28), (768, 28), (768, 112), (684, 112))  # as our own label has them
BARS = ((38, 310), (472, 310), (472, 389), (38, 389))


def printed(text, symbology, polygon, *, seconds=0.0, right=0):
    moved = tuple((x + right, y) for x, y in polygon)
    return Scan(text=text, symbology=symbology, polygon=moved, seconds=seconds, seen_at=now())


def test_given_a_label_with_two_codes_when_a_camera_reads_one_or_both_then_one_scan_and_later_one_question(box, peer):
    """R-A12: square and bars of one paper are one piece of goods, whichever is read first and whichever later"""
    square, bars = ("EL-100/A", "QRCode", SQUARE), ("L7K2M9QX3F", "Code128", BARS)
    frames = [[bars], [bars, square], [square], [square, bars], [square]]
    seen = [Seen(scans=tuple(printed(*each, seconds=n / 10) for each in shown)) for n, shown in enumerate(frames)]
    again = [Seen(scans=(printed(*square, seconds=9.0),)), Seen(scans=(printed(*bars, seconds=9.1),))]
    hand = Hand(*seen, *again, wedge=False)
    assert run(box, peer, hand) == 1
    assert [body["code"] for body in bodies(peer)] == ["L7K2M9QX3F"]
    assert [facts["about"] for facts in hand.of("ask")] == ["one-more"]


def test_given_labels_side_by_side_when_read_in_one_picture_then_each_is_a_scan(box, peer):
    """Two labels of one print have two squares and two bars; a supplier's lot counts, not its article's number"""
    lot = "]C1010691234567890210AB12"
    first = [printed("L-1", "Code128", BARS), printed("Q-1", "QRCode", SQUARE)]
    second = [printed("L-2", "Code128", BARS, right=800), printed("Q-2", "QRCode", SQUARE, right=800)]
    third = [printed("6912345678902", "EAN13", BARS, right=5000), printed(lot, "Code128", SQUARE, right=5000)]
    far = [printed("Q-9", "QRCode", SQUARE, right=9000)]
    hand = Hand(Seen(scans=(*first, *second, *third, *far)), wedge=False)
    assert run(box, peer, hand) == 0
    assert sorted(body["code"] for body in bodies(peer)) == sorted(["Q-1", "Q-2", lot, "Q-9"])
    assert sorted(facts["with"] for facts in hand.of("kept")) == [[], [], ["L-1"], ["L-2"]]


def test_given_cartons_of_one_article_when_one_follows_the_other_then_each_counts(box, peer):
    """The article's number is on both and names neither; alone it is a scan that the service refuses"""
    lots = [f"]C1010691234567890210AB{n}" for n in range(3)]
    seen = [
        Seen(
            scans=(
                printed("6912345678902", "EAN13", BARS, seconds=n / 2),
                printed(lot, "Code128", SQUARE, seconds=n / 2),
            )
        )
        for n, lot in enumerate(lots)
    ]
    assert run(box, peer, Hand(*seen, wedge=False)) == 0
    assert [body["code"] for body in bodies(peer)] == lots
    run(box, peer, Hand(Seen(scans=(printed("6912345678902", "EAN13", BARS, seconds=99.0),)), wedge=False))
    assert bodies(peer)[-1]["code"] == "6912345678902"


def test_given_look_ups_when_a_code_is_scanned_again_then_no_question(box, peer):
    """R-A12 is for what counts"""
    assert run(box, peer, Hand(("A", 0.0), ("A", 1.0)), "scan") == 0
    assert [path for path, _, _ in peer.asked] == ["/api/v1/scans"] * 2


def test_given_a_count_when_a_batch_is_scanned_then_the_quantity_is_asked_and_the_next_scan_is_no_number(box, peer):
    """count:NO: all of that batch in that place; a barcode is never taken for a quantity"""
    hand = Hand(
        ("*at B-01", 0.0), ("A", 1.0), ("*12", 2.0), ("*7", 3.0), ("B", 4.0), ("C", 5.0), ("*1234567890128", 6.0),
        ("*3", 7.0),
    )  # fmt: skip
    run(box, peer, hand, "count:C-1")
    assert [(body["code"], body.get("quantity"), body.get("location")) for body in bodies(peer)] == [
        ("A", "12", "B-01"), ("B", "7", "B-01"), ("C", "3", "B-01"),
    ]  # fmt: skip
    assert [facts["text"] for facts in hand.of("no-quantity")] == ["*1234567890128"]


def test_given_texts_that_begin_with_a_star_when_scanned_then_only_commands_are_commands(box, peer):
    """S6; A Code 39 label may send its stars; a sticker in a camera's view sets no quantity"""
    run(box, peer, Hand(("*AB-1*", 0.0), ("*12", 1.0), ("A", 2.0)))
    assert [(body["code"], body["quantity"]) for body in bodies(peer)] == [("*AB-1*", "1"), ("A", "12")]
    run(box, peer, Hand(("*99", 0.0), ("*at X", 0.0), wedge=False), "receipt:R-2")
    assert [body["code"] for body in bodies(peer)[2:]] == ["*99", "*at X"]


@pytest.mark.parametrize(
    "peer",
    [
        [
            (302, "text/html", b"<a>", {"Location": "http://login/"}),
            (200, "text/html", b"<h1>Welcome to the hotel</h1>", {}),
            (404, "text/html", b"nginx", {}),
            (503, "application/problem+json", {"reason": "database-busy", "detail": "Busy."}, {"Retry-After": "0"}),
            (429, "application/problem+json", {"type": "/docs#too-many-requests", "detail": "Wait."}, {}),
            DONE,
        ]
    ],
    indirect=True,
)
def test_given_answers_that_are_not_the_service_s_when_sent_then_the_same_bytes_go_until_it_answers(
    box, peer, monkeypatch
):
    """R-X3: a page of a proxy or portal settles nothing; the key and the body stay as they were read"""
    monkeypatch.setattr("scanners.courier.FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("scanners.courier.LONGEST_PAUSE_SECONDS", 0.05)
    hand = Hand(("A", 0.0))
    assert run(box, peer, hand) == 0
    assert len(peer.asked) == 6
    assert len(set(peer.asked)) == 1
    assert [facts["state"] for facts in hand.of("service")] == ["away"] * 5 + ["back"]


SPOKEN = (201, "application/json", {}, {"Content-Language": "zh-Hans"})


@pytest.mark.parametrize("peer", [[SPOKEN]], indirect=True)
def test_given_a_service_that_speaks_another_language_when_it_answers_then_the_station_speaks_it_too(box, peer):
    """R-A12: the first answer says which language the person of this token reads"""
    heard = []
    station = Station(
        task=task.read_task("receipt:R-1"), outbox=box, sources=[Hand(("A",))], tell=lambda kind, facts: None,
        wait_seconds=SECONDS,
    )  # fmt: skip
    courier = {"language": "en", "heard": heard.append}
    assert station.run(lambda tell: Courier(peer.address, "token", tell=tell, **courier)) == 0
    assert heard == ["zh-Hans"]


@pytest.mark.parametrize("peer", [[ASKS, DONE, ASKS, DONE]], indirect=True)
def test_given_a_refusal_that_may_be_confirmed_when_answered_yes_then_sent_confirmed_under_a_new_key(box, peer):
    """409 with `confirmable`: same number, new key, `confirmed`; the queue goes on meanwhile"""
    hand = Hand(("A", 0.0), after("asked"), ("*yes", 1.0), after("done"), ("B", 2.0), after("asked", 2),
                ("C", 3.0), after("done", 2), ("*no 2", 4.0))  # fmt: skip
    run(box, peer, hand)
    (_, first_key, first), (_, second_key, second), *_ = peer.asked
    assert first_key != second_key
    assert json.loads(second) == {**json.loads(first), "confirmed": True}
    assert [body["sequence"] for body in bodies(peer)] == [1, 1, 2, 3]
    assert [facts["sequence"] for facts in hand.of("dropped")] == [2]
    assert box.open_refusals() == []


@pytest.mark.parametrize("peer", [[FAULT]], indirect=True)
def test_given_a_scan_that_the_service_fails_at_when_set_aside_then_the_next_one_goes(box, peer, monkeypatch):
    """A bug over there must not hold the whole dock for ever; a person decides"""
    monkeypatch.setattr("scanners.courier.FIRST_PAUSE_SECONDS", 0.01)
    peer._answers.append(DONE)
    peer.next = lambda: FAULT if b'"A"' in peer.asked[-1][2] else DONE
    hand = Hand(("A", 0.0), ("B", 1.0), after("service"), ("*no 1", 2.0), after("done"))
    assert run(box, peer, hand) == 1
    assert [(facts["text"], facts["status"]) for facts in hand.of("refused")] == [("A", 500)]
    assert [facts["text"] for facts in hand.of("done")] == ["B"]
    assert "*no 1" in hand.of("service")[0]["detail"]


def test_given_a_full_disk_when_scanned_then_it_is_said_that_it_was_not_kept_and_the_station_goes_on(box, peer):
    """Nothing is shown as kept that is not on the disk"""
    box._database.execute("PRAGMA max_page_count = 1")
    long = [(f"{n}" + "X" * 4000, float(n)) for n in range(4)]
    hand = Hand(*long, after("not-kept", 3))
    assert run(box, peer, hand) == 1
    assert len(hand.of("kept")) + len(hand.of("not-kept")) == 4
    assert len(hand.of("not-kept")) >= 3
    assert len(peer.asked) == len(hand.of("kept"))


def draft(text="A"):
    return Draft(task="scan", path="/scans", members={"code": text}, text=text, seen_at=now())


def test_given_a_queue_when_opened_again_then_numbers_go_on_without_a_gap_and_keys_sort(tmp_path):
    """R-U3: a missing number means a missing scan, so a failed write uses none"""
    keys = []
    for _ in range(3):
        box = Outbox(tmp_path / "queue", device="dock", owner="a")
        keys += [kept.key for kept in box.keep([draft(), draft()])]
        with pytest.raises(TypeError):
            box.keep([draft(), Draft(task="scan", path="/x", members={"code": b""}, text="", seen_at=now())])
        box.close()
    box = Outbox(tmp_path / "queue", device="dock", owner="b")
    assert [box.get(n).members()["sequence"] for n in range(1, 7)] == list(range(1, 7))
    assert [key[:12] for key in keys] == sorted(key[:12] for key in keys)
    assert (box.waiting(), box.strangers()) == (6, 6)
    other = Outbox(tmp_path / "new", device="dock", owner="a")
    assert re.fullmatch(r"dock\.[0-9a-f]{6}", box.device)
    assert other.device != box.device, "another queue numbers anew: under one name these would be taken for repeats"
    box.close()
    other.close()


def test_given_a_scan_of_a_clock_that_was_ahead_when_tried_again_then_it_is_done_now(box):
    """C11, R-U3: the service refuses what is done in the future; the old time stays where it was true"""
    moments = [now() + timedelta(days=1), now() - timedelta(hours=1)]
    drafts = [Draft(task="scan", path="/scans", members={"code": "A"}, text="A", seen_at=each) for each in moments]
    ahead, before = box.keep(drafts)
    for kept in (ahead, before):
        box.settle(kept.sequence, state="refused", status=400, answer={"field": "done_at"})
    assert "clock" in sentences.sentence("refused", {"answer": {"field": "done_at", "detail": "done_at lies …"}})
    assert box.repeat(ahead.sequence).members()["done_at"] <= now().isoformat()
    assert box.repeat(before.sequence).read_at == before.read_at


def test_given_a_queue_that_is_held_when_opened_then_refused_with_who_holds_it(box, tmp_path):
    """Two stations on one queue"""
    with pytest.raises(QueueBusy, match=f"process {os.getpid()}"):
        Outbox(tmp_path / "queue", device="dock", owner="a")
    (tmp_path / "file").touch()
    with pytest.raises(QueueBusy, match="cannot be used"):
        Outbox(tmp_path / "file", device="dock", owner="a")


def test_given_old_scans_when_the_queue_is_opened_then_answered_ones_go_and_refused_ones_stay(tmp_path):
    """The list of what waits for a person is never shortened by time"""
    box = Outbox(tmp_path / "queue", device="dock", owner="a")
    old = [Draft(**{**vars(draft(text)), "seen_at": now() - timedelta(days=8)}) for text in ("A", "B", "C")]
    box.keep(old)
    box.settle(1, state="done", status=201, answer={})
    box.settle(2, state="refused", status=409, answer={})
    box.close()
    box = Outbox(tmp_path / "queue", device="dock", owner="a")
    with pytest.raises(KeyError):
        box.get(1)
    assert ([kept.text for kept in box.open_refusals()], box.waiting()) == (["B"], 1)
    assert box.keep([draft()])[0].sequence == 4
    box.close()


@pytest.mark.parametrize(
    ("word", "text", "said", "members"),
    [
        ("scan", "A", "12", {"code": "A"}),
        ("receipt:R/1", "A", "", {"code": "A", "quantity": "1", "location": "B-01"}),
        ("receipt:R/1", "]C10106912345678902300007", "", {"quantity": "7"}),
        ("receipt:R/1", "]C10106912345678902300007", "5", {"quantity": "5"}),
        ("delivery:D-1", "A", "", {"code": "A", "location": "B-01"}),
        ("delivery:D-1", "(01)06912345678902(30)7", "", {"quantity": "7"}),
        ("transfer:F-02", "A", "2.5", {"code": "A", "to": "F-02", "from": "B-01", "quantity": "2.5"}),
        ("count:C-1", "]C10106912345678902300007", "", None),
        ("count:C-1", "A", "0", {"code": "A", "quantity": "0", "location": "B-01"}),
    ],
)
def test_given_a_task_when_a_code_is_read_then_the_members_that_its_path_takes(word, text, said, members):
    """The quantity is what was typed, else what the code says, else one for a receipt and the service's own choice"""
    made = task.read_task(word).members(text, quantity=said, location="B-01")
    assert made == members if members is None else {**(made or {}), **members} == made


def test_given_a_document_number_when_it_has_a_slash_then_it_stays_one_step_of_the_path():
    """Numbers in paths are percent-encoded"""
    assert task.read_task("receipt:S1/GR 1").path == "/receipts/S1%2FGR%201/scans"
    for word in ("receipt", "receipt:", "fly:1", "delivery:..", ""):
        with pytest.raises(task.TaskWrong, match=r"receipt:NO"):
            task.read_task(word)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--task", "fly"], "a task is"),
        (["--quantity", "1e3"], "--quantity"),
        (["--language", "tlh"], "en, zh-Hans, zh-Hant"),
        (["--service", "ftp://x"], "http://HOST"),
        (["--source", "no/such/place"], "neither a folder"),
        (["--source", "serial:/dev/x", "--baud", "7"], "no such speed"),
    ],
)
def test_given_a_wrong_call_when_started_then_status_2_and_one_line_that_says_what_fits(
    arguments, said, tmp_path, monkeypatch, capsys
):
    """Commands: help, examples, and errors a person can act on"""
    monkeypatch.setenv("WAREHOUSE_TOKEN", "token")
    call = ["--source", "-", "--service", "http://127.0.0.1:9", "--task", "scan", "--queue", str(tmp_path / "q")]
    assert main(["station", *call, *arguments]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1
    monkeypatch.delenv("WAREHOUSE_TOKEN")
    assert main(["station", *call]) == 2
    assert "warehouse token add" in capsys.readouterr().err


def test_given_sources_and_services_when_no_queue_is_named_then_each_pair_has_its_own(monkeypatch, tmp_path):
    """Two stations on one machine do not meet by chance, and each finds its own again"""
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path))
    places = [station_command.default_queue(source, service) for source in ("-", "camera:0") for service in ("a", "b")]
    assert len(set(places)) == 4
    assert all(place.parent == tmp_path / "station" for place in places)
    assert places[0] == station_command.default_queue("-", "a")


def test_given_every_happening_when_shown_then_a_safe_sentence_and_three_sounds(monkeypatch):
    """R-A12, W9: control characters of a stranger's code never reach the terminal; colour is never the only sign"""
    monkeypatch.delenv("NO_COLOR", raising=False)
    out, plain = Output(), Output()
    screen = view.Terminal(out, title="dock", size=lambda: os.terminal_size((40, 12)))
    lines = view.PlainLines(plain)
    facts = {
        "sequence": 7, "text": "EL\x1b[2J\x1d漆\u202e", "quantity": "2", "about": "one-more", "word": "yes", "status": 409,
        "state": "refused", "detail": "why\x07", "answer": {"detail": "Take batch A in B-01 first."}, "waiting": 1,
        "open": 1, "next_quantity": "", "next_location": "",
    }  # fmt: skip
    for kind in sentences.LOOKS:
        screen.tell(kind, facts)
        lines.tell(kind, facts)
    shown = "".join(out.parts) + "".join(plain.parts)
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert "\x1b[2J" not in shown
    assert "␝漆" in shown
    assert "*again 7" in shown
    assert {each.mark for each in sentences.LOOKS.values() if each.sound} >= {"✔", "✘", "?"}
    away = {"sequence": 1, "text": "A", "task": "delivery:D-1", "away": True}
    assert "NOT JUDGED" in sentences.sentence("kept", away)
    assert sentences.sound_of("kept", away) == "ask"
    assert sentences.sound_of("done", {"answer": {"kind": "unknown"}}) == "refused"
    assert len({sound.make_wav(name) for name in ("ok", "ask", "refused")}) == 3


class Output:
    """A stream that keeps what is written."""

    def __init__(self):
        self.parts = []

    def write(self, text):
        self.parts.append(text)

    def flush(self):
        """Nothing waits."""
