"""The raw port with its status question, against a thermal printer of our own. Source: 4.5.5; R-Q13."""

from dataclasses import replace

import pytest

from labels.printers import Job, Outcome, listed, open_printer
from labels.raw import Silent, read_status
from labels.rendering import render_all
from tests.labels.reading import status_sample
from tests.labels.simulator import PATIENCE_S, FakeZebra, within

LABELS = render_all([status_sample()] * 3, form="zpl", mode="stock")
SMALL = b"^XA^FO5,5^GB9,9,9^FS^XZ\n"


@pytest.fixture
def zebra():
    running = []

    def start(**behaviour):
        running.append(FakeZebra(**behaviour))
        return running[-1]

    yield start
    for each in running:
        if each.door.fileno() >= 0:
            each.close()


def job(document=LABELS, **changes):
    return Job(
        **(
            {"job_id": "Z1", "document": document, "form": "zpl", "width_mm": 100, "height_mm": 50, "colour": "blue"}
            | changes
        )
    )


def printer_of(zebra, *, colour="blue", silence_s=PATIENCE_S, stalled_s=PATIENCE_S):
    return replace(open_printer(zebra.address, colour=colour), silence_s=silence_s, stalled_s=stalled_s)


def test_given_a_ready_printer_when_labels_are_sent_then_each_is_printed_once_and_confirmed(zebra):
    """4.5.5"""
    there, beats = zebra(), []
    sent = printer_of(there).send(job(), lambda: beats.append(1))
    assert sent.outcome is Outcome.CONFIRMED
    assert b"".join(there.printed) == LABELS
    assert len(there.printed) == 3
    assert there.asked == 2
    assert len(beats) >= 2
    assert printer_of(there).state().ready


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("paper-out", "paper-out"), ("head-open", "head-open"), ("paused", "paused"), ("silent", "silent")],
)
def test_given_a_printer_that_is_not_ready_when_asked_then_no_byte_of_a_label_is_sent(zebra, fault, cause):
    """4.5.5: with paper out a printer may not answer at all"""
    there = zebra(fault=fault)
    printer = printer_of(there, silence_s=0.2 if fault == "silent" else PATIENCE_S)
    result = printer.send(job())
    assert (result.outcome, result.cause) == (Outcome.BUSY, cause)
    assert there.printed == []
    assert printer.state().causes == (cause,)


@pytest.mark.parametrize(
    ("breaks", "cause"), [("paper-out", "paper-out"), ("head-open", "head-open"), ("silent", "silent")]
)
def test_given_paper_runs_out_among_the_labels_when_asked_after_then_a_person_is_asked(zebra, breaks, cause):
    """4.5.5"""
    silence_s = 0.2 if breaks == "silent" else PATIENCE_S
    result = printer_of(zebra(breaks=breaks), silence_s=silence_s).send(job())
    assert (result.outcome, result.cause) == (Outcome.UNCERTAIN, cause)


def test_given_a_slow_printer_when_its_labels_go_down_then_it_is_waited_for_with_signs_of_life(zebra):
    """4.5.5"""
    beats = []
    assert printer_of(zebra(fault="slow")).send(job(), lambda: beats.append(1)).outcome is Outcome.CONFIRMED
    assert len(beats) >= 3


def test_given_labels_that_never_go_down_when_waited_for_then_uncertain(zebra):
    """4.5.5"""
    there = zebra(fault="stuck")
    result = within(PATIENCE_S, lambda: printer_of(there, stalled_s=0.3).send(job()))
    assert (result.outcome, result.cause) == (Outcome.UNCERTAIN, "stalled")


def test_given_anothers_labels_in_the_printer_when_asked_then_ours_wait(zebra):
    """4.5.5: afterwards nobody could tell them from ours"""
    there = zebra()
    there.waiting = 5
    result = printer_of(there).send(job())
    assert (result.outcome, result.cause, there.printed) == (Outcome.BUSY, "busy", [])


@pytest.mark.parametrize(("colour", "cause"), [("white", "wrong-colour"), (None, "colour-unknown")])
def test_given_another_roll_card_when_sent_then_held_before_anything_is_asked(zebra, colour, cause):
    """4.5.5"""
    there = zebra()
    held = printer_of(there, colour=colour).send(job())
    assert (held.outcome, held.cause, there.asked) == (Outcome.HELD, cause, 0)


def test_given_the_line_is_cut_at_every_byte_when_sending_then_nothing_is_sent_again_alone(zebra):
    """4.5.5, R-Q13"""
    document = SMALL * 2
    for drop_after in range(1, len(document)):
        there = zebra(drop_after=drop_after)
        result = within(PATIENCE_S, lambda there=there: printer_of(there).send(job(document)))
        assert result.outcome is Outcome.UNCERTAIN, drop_after
        assert len(there.printed) == (drop_after >= len(SMALL))
        there.close()
    assert printer_of(zebra(drop_after=len(document) + 1)).send(job(document)).outcome is Outcome.CONFIRMED


def test_given_an_answer_is_cut_at_every_byte_when_asked_before_or_after_then_busy_before_and_a_person_is_asked_after(
    zebra,
):
    """4.5.5, R-Q13: before a byte of a label it waits, afterwards nothing is sent again alone"""
    whole = len("030,0,0,0400,000,0,0,0,000,0,0,0" + "001,0,0,0,1,2,4,0,00000000,1,000" + "1234,0") + 3 * 4
    for cut in range(whole - 2):  # the last two bytes end the line and say nothing
        before, after = zebra(answers=(cut,)), zebra(answers=(None, cut))
        waits = within(PATIENCE_S, lambda there=before: printer_of(there).send(job(SMALL)))
        assert (waits.outcome, before.printed) == (Outcome.BUSY, []), cut
        asked = within(PATIENCE_S, lambda there=after: printer_of(there).send(job(SMALL)))
        assert (asked.outcome, len(after.printed)) == (Outcome.UNCERTAIN, 1), cut
        before.close()
        after.close()


def test_given_nobody_listens_or_is_listed_when_sent_then_nothing_was_accepted(zebra):
    """4.5.5"""
    there = zebra()
    unlisted = open_printer(there.address, colour="blue", reach=listed(["10.0.0.0/8"]))
    assert (unlisted.send(job()).cause, unlisted.state().causes) == ("address-not-listed", ("address-not-listed",))
    there.close()
    gone = printer_of(there).send(job())
    assert (gone.outcome, gone.cause) == (Outcome.BUSY, "unreachable")
    assert printer_of(there).state().causes == ("unreachable",)
    assert printer_of(there).look(job()).outcome is Outcome.UNCERTAIN
    assert printer_of(there).send(job(form="pdf")).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "heard", [b"", b"\x02a,b\x03\x02c\x03\x02\x03", b"\x02030,0\x03\r\n\x02001\x03\r\n\x021234,0\x03"]
)
def test_given_an_answer_that_is_none_when_read_then_silent(heard):
    """4.5.5"""
    with pytest.raises(Silent):
        read_status(heard)
