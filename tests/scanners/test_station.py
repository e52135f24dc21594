"""The station in this process: repeats, questions, the queue on disk, and a service that answers oddly."""

import http.server
import json
import threading

import pytest

from scanners import task
from scanners.courier import Courier
from scanners.source import Scan, Seen, SourceState, now
from scanners.station import Station

SECONDS = 120.0
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
