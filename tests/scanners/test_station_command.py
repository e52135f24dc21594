"""What a station is called with, and what it shows: tasks, wrong calls, the queue's place, the terminal."""

import os

import pytest

from scanners import sentences, sound, station_command, task, view
from scanners.__main__ import main


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
