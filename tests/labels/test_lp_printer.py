"""The system's queue: accepted is handed over, printed only where the queue says so, else a person. Source: 4.5.5."""

import pytest

from labels.printers import Job, Outcome, open_printer
from labels.sending import HANDED_OVER
from tests.labels.system_queue import SystemQueue
from warehouse.rules import printing as rules

JOB = Job(job_id="wms-7", document=b"%PDF-1.4", form="pdf", width_mm=100, height_mm=50)


@pytest.fixture
def queue(tmp_path, monkeypatch) -> SystemQueue:
    made = SystemQueue(tmp_path / "system")
    monkeypatch.setenv("PATH", str(made.programs), prepend=":")
    return made


@pytest.fixture
def printer(queue):
    return open_printer("lp:labels")


def test_given_the_word_for_handed_over_when_read_by_the_queue_then_it_is_the_same_one():
    """Labels know nothing of the warehouse, so each has its own"""
    assert HANDED_OVER == rules.HANDED_OVER


def test_given_a_job_when_the_queue_takes_it_then_handed_over_with_its_number_and_not_yet_printed(queue, printer):
    """4.5.5: the number is known in whatever language the machine speaks"""
    beats = []
    sent = printer.send(JOB, lambda: beats.append(1))
    assert (sent.outcome, sent.remote_id, beats) == (Outcome.SENT, "labels-1", [1])
    assert queue.documents() == [JOB.document]
    assert queue.arguments == ["-d", "labels", "-t", "wms-7", "-o", "media=Custom.100x50mm"]
    assert printer.look(JOB, sent.remote_id).outcome is Outcome.SENT


@pytest.mark.parametrize(
    ("alerts", "outcome", "cause"),
    [
        ("job-completed-successfully", Outcome.CONFIRMED, ""),
        ("processing-to-stop-point", Outcome.SENT, HANDED_OVER),  # said of jobs that came out and of those given up
        ("", Outcome.SENT, HANDED_OVER),
        ("job-canceled-by-user", Outcome.UNCERTAIN, "cancelled"),
        ("job-canceled-at-device printer-stopped", Outcome.UNCERTAIN, "cancelled"),
        ("aborted-by-system", Outcome.UNCERTAIN, "aborted"),
    ],
)
def test_given_a_job_the_queue_is_done_with_when_looked_at_then_no_more_is_said_than_it_knows(
    queue, printer, alerts, outcome, cause
):
    """4.5.5: only a success named so is printed; what was cancelled may be half out"""
    other, ours = printer.send(JOB).remote_id, printer.send(JOB).remote_id
    queue.end(other, "job-completed-successfully")
    queue.end(ours, alerts)
    said = printer.look(JOB, ours)
    assert (said.outcome, said.cause, said.remote_id) == (outcome, cause, ours)


def test_given_a_job_that_is_gone_or_a_queue_that_cannot_be_asked_when_looked_at_then_uncertain(
    queue, printer, monkeypatch
):
    """4.5.5: labels-1 is not labels-11 either"""
    sent = printer.send(JOB)
    queue.end("labels-11", "job-completed-successfully")
    queue.forget(sent.remote_id)
    said = printer.look(JOB, sent.remote_id)
    assert (said.outcome, said.cause) == (Outcome.UNCERTAIN, "not-in-queue")
    assert printer.look(JOB).cause == "no-memory"
    queue.turn("gone")
    said = printer.look(JOB, sent.remote_id)
    assert (said.outcome, said.cause) == (Outcome.UNCERTAIN, "unreachable")
    monkeypatch.setenv("PATH", "/nowhere")
    assert printer.look(JOB, sent.remote_id).cause == "unreachable"
    assert printer.send(JOB).outcome is Outcome.BUSY


def test_given_a_queue_that_takes_no_jobs_when_sent_then_nothing_was_accepted_and_its_state_says_why(queue, printer):
    """4.5.5: `lpstat -a` ends well of a queue that refuses"""
    assert printer.state().ready
    queue.turn("rejecting")
    assert (printer.state().ready, printer.state().causes) == (False, ("not-accepting",))
    assert (printer.send(JOB).outcome, queue.documents()) == (Outcome.BUSY, [])
    queue.turn("rejecting", on=False)
    queue.turn("disabled")
    assert (printer.state().ready, printer.state().causes) == (False, ("paused",))
    assert open_printer("lp:others").send(JOB).outcome is Outcome.BUSY
