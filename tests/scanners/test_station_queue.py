"""The queue on disk: numbers without a gap, one holder, what stays and what goes."""

import os
import re
from datetime import timedelta

import pytest

from scanners import sentences
from scanners.outbox import Draft, Outbox, QueueBusy
from scanners.source import now


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
