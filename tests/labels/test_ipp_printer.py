"""The IPP client against the distribution's own IPP printer. Source: 4.5.5; R-Q13."""

import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from labels import ipp
from labels.ipp import Malformed, Operation, Tag, message, read_answer
from labels.printers import (
    Job,
    Media,
    Outcome,
    Reach,
    State,
    find_differences,
    listed,
    read_fingerprint,
)  # fmt: skip
from labels.printers import open_printer as open_with_its_patience
from labels.rendering import render
from labels.samples import sample
from tests.labels.simulator import LOADED, PATIENCE_S, Relay, ipp_simulator, within


@pytest.fixture
def simulator(tmp_path, monkeypatch):
    """A real printer, and as much time to answer as a busy machine needs."""
    monkeypatch.setattr(ipp, "ANSWER_S", PATIENCE_S)
    with ipp_simulator(tmp_path) as running:
        yield running


def open_printer(address, **options):
    """Open a printer whose job is watched to its end."""
    return replace(open_with_its_patience(address, **options), patience_s=PATIENCE_S)


def lay_fault(simulator, *, say="", code="0"):
    """Lay down what the printer's command says and how it ends."""
    (simulator.folder / "say").write_text(say)
    (simulator.folder / "code").write_text(code)


def job(job_id, **changes):
    return Job(
        **(
            {
                "job_id": job_id,
                "document": b"%PDF-1.4 tiny\n%%EOF\n",
                "form": "pdf",
                "width_mm": 100,
                "height_mm": 50,
                "colour": LOADED,
            }
            | changes
        )
    )


def test_given_a_ready_printer_when_a_label_is_sent_then_confirmed_whole_named_and_never_copied(simulator):
    """4.5.5"""
    document = render("status", sample("status"), form="pdf")
    beats = []
    sent = open_printer(simulator.address).send(job("whole", document=document), lambda: beats.append(1))
    assert (sent.outcome, bool(sent.remote_id)) == (Outcome.CONFIRMED, True)
    assert (simulator.folder / "done" / "whole").read_bytes() == document
    assert len(beats) >= 2
    asked = next(line for line in (simulator.folder / "jobs").read_text().splitlines() if line.startswith("whole "))
    assert "x-dimension=10000 y-dimension=5000" in asked
    assert f"media-color={LOADED}" in asked


def test_given_a_printer_that_takes_raster_when_a_label_is_sent_so_then_it_arrives_whole(simulator):
    """4.5.5: driverless printers without PDF"""
    document = render("status", sample("status"), form="pwg", mode="mono")
    assert (
        open_printer(simulator.address).send(job("raster", document=document, form="pwg")).outcome is Outcome.CONFIRMED
    )
    assert (simulator.folder / "done" / "raster").read_bytes() == document


def test_given_a_printer_when_asked_then_it_says_what_is_loaded_and_what_it_takes(simulator):
    """4.5.5"""
    state = open_printer(simulator.address).state()
    assert (state.ready, state.causes) == (True, ())
    assert [(media.colour, media.width_mm, media.height_mm) for media in state.media] == [(LOADED, 100, 50)]
    assert "application/pdf" in state.forms


@pytest.mark.parametrize("colour", ["white", "blue", "red"])
def test_given_another_colour_loaded_when_a_label_is_sent_then_held_and_nothing_printed(simulator, colour):
    """4.5.5: whatever the roll card says"""
    held = open_printer(simulator.address, colour=colour).send(job(f"held-{colour}", colour=colour))
    assert (held.outcome, held.cause) == (Outcome.HELD, "wrong-colour")
    assert f"held-{colour}" not in simulator.printed()


def test_given_a_size_or_form_the_printer_has_not_when_sent_then_never_printed(simulator):
    """4.5.5"""
    printer = open_printer(simulator.address)
    assert printer.send(job("size", width_mm=105, height_mm=148)).cause == "wrong-size"
    assert printer.send(job("form", form="zpl")).outcome is Outcome.FAILED
    assert {"size", "form"}.isdisjoint(simulator.printed())


def test_given_paper_runs_out_when_printing_then_the_next_job_waits(simulator):
    """4.5.5"""
    lay_fault(simulator, say="STATE: +media-empty-error\n")
    printer = open_printer(simulator.address)
    assert printer.send(job("last-sheet")).outcome is Outcome.CONFIRMED
    state = printer.state()
    assert (state.ready, state.causes) == (False, ("paper-out",))
    waits = printer.send(job("no-sheet"))
    assert (waits.outcome, waits.cause, waits.outcome.retried_alone) == (Outcome.BUSY, "paper-out", True)
    assert "no-sheet" not in simulator.printed()


def test_given_the_printer_gives_a_job_up_when_watched_then_uncertain_because_labels_may_be_out(simulator):
    """4.5.5"""
    lay_fault(simulator, code="1")
    ended = open_printer(simulator.address).send(job("given-up"))
    assert (ended.outcome, ended.cause) == (Outcome.UNCERTAIN, "aborted")
    assert not ended.outcome.retried_alone


def test_given_a_job_sent_when_looked_for_then_its_number_tells_and_an_unknown_name_was_never_taken(simulator):
    """4.5.5"""
    printer = open_printer(simulator.address)
    sent = printer.send(job("known"))
    assert printer.look(job("known"), sent.remote_id).outcome is Outcome.CONFIRMED
    assert printer.look(job("known")).outcome is Outcome.UNCERTAIN
    assert printer.look(job("never-sent")).outcome is Outcome.BUSY


def test_given_the_line_is_cut_at_every_byte_when_sending_then_nothing_is_lost_or_printed_unseen(simulator):
    """4.5.5, R-Q13: sent again alone only where the printer never printed a byte of it"""
    ends = {}
    for cut_after in range(0, 2000):
        relay = Relay(simulator.port, cut_after=cut_after, connection=2)
        printer = replace(open_printer(f"ipp://localhost:{relay.port}/ipp/print"), settle_s=0.005)
        name = f"cut-{cut_after}"
        result = within(PATIENCE_S, lambda printer=printer, name=name: printer.send(job(name)))
        relay.close()
        ends[name] = result
        if relay.passed < cut_after:
            break
    while ends[name].cause == "busy":  # the printer is still at the cut-off job before: a queue waits like this
        ends[name] = open_printer(simulator.address).send(job(name))
    assert ends[name].outcome is Outcome.CONFIRMED
    assert 400 < len(ends) < 2000
    printed = set(simulator.printed())
    for name, result in ends.items():
        assert result.outcome not in (Outcome.FAILED, Outcome.HELD)
        assert not (name in printed and result.outcome is Outcome.BUSY), name
    assert {result.outcome for result in ends.values()} >= {Outcome.BUSY, Outcome.UNCERTAIN, Outcome.CONFIRMED}


def test_given_the_answer_is_cut_at_every_byte_when_sending_then_nothing_is_lost_or_printed_unseen(simulator):
    """4.5.5, R-Q13: the other direction; the printer may have the whole job and only we do not know it"""
    ends = {}
    for answer_after in range(2000):
        relay = Relay(simulator.port, connection=2, answer_after=answer_after)
        printer = replace(open_printer(f"ipp://localhost:{relay.port}/ipp/print"), settle_s=0.005)
        name = f"answer-{answer_after}"
        ends[name] = within(PATIENCE_S, lambda printer=printer, name=name: printer.send(job(name)))
        relay.close()
        if relay.answered < answer_after:
            break
    while ends[name].cause == "busy":  # the printer is still at a job before: a queue waits like this
        ends[name] = open_printer(simulator.address).send(job(name))
    assert 100 < len(ends) < 2000
    assert ends[name].outcome is Outcome.CONFIRMED
    printed = set(simulator.printed())
    for name, result in ends.items():
        assert result.outcome in (Outcome.BUSY, Outcome.UNCERTAIN, Outcome.CONFIRMED), (name, result)
        assert not (name in printed and result.outcome is Outcome.BUSY), name
    assert sum(result.outcome is Outcome.UNCERTAIN for result in ends.values()) > 50


def test_given_a_certificate_when_pinned_then_only_that_one_is_talked_to(simulator):
    """4.5.5"""
    address = simulator.address.replace("ipp:", "ipps:")
    pinned = read_fingerprint(address, reach=Reach())
    assert open_printer(address, certificate=pinned.upper()).send(job("safe")).outcome is Outcome.CONFIRMED
    for certificate in (None, "0" * 64):
        refused = open_printer(address, certificate=certificate).send(job("unsafe"))
        assert (refused.outcome, refused.cause) == (Outcome.FAILED, "certificate")
    assert "unsafe" not in simulator.printed()
    with pytest.raises(ValueError, match="hexadecimal"):
        open_printer(address, certificate="abc")


def test_given_an_inner_address_when_nobody_listed_it_then_no_byte_goes_there(simulator):
    """4.5.5"""
    refused = open_printer(simulator.address, reach=listed(["10.0.0.0/8"])).send(job("inner"))
    assert (refused.outcome, refused.cause) == (Outcome.FAILED, "address-not-listed")
    assert open_printer(simulator.address, reach=listed(["127.0.0.1", "::1"])).state().ready


class Answers(BaseHTTPRequestHandler):
    """A web server that is no printer."""

    asked: list[str] = []  # noqa: RUF012
    status, kind, said = 302, "text/html", b"<html>"

    def do_POST(self):
        self.asked.append(self.path)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.send_header("Content-Length", str(len(self.said)))
        self.end_headers()
        self.wfile.write(self.said)

    def log_message(self, *_):
        """Say nothing."""


@pytest.mark.parametrize(
    ("status", "said", "outcome", "cause"),
    [
        (302, b"", Outcome.FAILED, "redirect"),
        (401, b"", Outcome.FAILED, "refused"),
        (503, b"", Outcome.BUSY, "busy"),
        (200, b"<html>", Outcome.BUSY, "no-ipp"),
        (200, b"\x02\x00\x05\x07\x00\x00\x00\x01\x03", Outcome.FAILED, "refused"),
    ],
)
def test_given_no_printer_behind_an_address_when_sent_then_nothing_is_followed_or_printed(status, said, outcome, cause):
    """4.5.5"""
    handler = type("Handler", (Answers,), {"status": status, "said": said, "asked": []})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        result = open_printer(f"ipp://127.0.0.1:{server.server_port}/ipp/print").send(job("nowhere"))
        server.shutdown()
        thread.join()
    assert (result.outcome, result.cause) == (outcome, cause)
    assert handler.asked == ["/ipp/print"]


def test_given_nobody_listens_when_sent_then_nothing_was_accepted(simulator):
    """4.5.5"""
    relay = Relay(simulator.port, cut_after=None, connection=1)
    relay.close()
    result = open_printer(f"ipp://127.0.0.1:{relay.port}/").send(job("nobody"))
    assert (result.outcome, result.cause) == (Outcome.BUSY, "unreachable")


def test_given_an_answer_cut_at_every_byte_when_read_then_malformed_or_whole_and_never_another_error():
    """4.5.5"""
    whole = message(Operation.GET_JOBS, "ipp://h/", [(Tag.COLLECTION, "media-col", [(Tag.INTEGER, "x", 7)])])
    answer = read_answer(whole)
    assert answer.first(1)["media-col"] == [{"x": [7]}]
    for end in range(len(whole)):
        with pytest.raises(Malformed):
            read_answer(whole[:end])


@pytest.mark.parametrize(
    ("said", "resolutions", "dpi"),
    [
        ("ATTR resolution printer-resolution-supported 203dpi,300dpi", ((203, 203), (300, 300)), None),
        ("ATTR resolution printer-resolution-supported 600dpi", ((600, 600),), "600"),
        ("ATTR resolution printer-resolution-supported 80dpcm", ((203, 203),), None),
        (
            "ATTR resolution printer-resolution-supported 203dpi,300dpi\n"
            "ATTR resolution printer-resolution-default 300dpi",
            ((300, 300),), "300",
        ),
        ("", (), None),
    ],
)  # fmt: skip
def test_given_a_printer_that_says_its_dots_when_set_to_203_dpi_then_a_difference_is_told(
    tmp_path, said, resolutions, dpi
):
    """4.5.5: the printer's default counts, because jobs ask for no resolution; one that says nothing differs not"""
    with ipp_simulator(tmp_path, attributes=f"{said}\n") as simulator:
        state = open_printer(simulator.address).state()
    assert state.resolutions == resolutions
    assert state.sizes == (((100, 100), (50, 50)), ((210, 210), (297, 297)))
    found = find_differences(state, dpi=203, size_mm=(100, 50))
    assert [(each.reason, each.set, each.said) for each in found] == ([("other-dpi", "203", dpi)] if dpi else [])


@pytest.mark.parametrize(
    ("dpi", "printer", "told"),
    [
        (203, (200, 200), False), (203, (204, 196), True), (203, (406, 406), False), (203, (600, 600), True),
        (300, (600, 600), False), (300, (1200, 1200), False), (600, (300, 300), True), (600, (600, 1200), False),
    ],
)  # fmt: skip
def test_given_dots_of_a_printer_when_compared_then_as_many_or_a_whole_multiple_will_do(dpi, printer, told):
    """4.5.5: modules are whole dots"""
    assert bool(find_differences(State(ready=True, resolutions=(printer,)), dpi=dpi, size_mm=None)) is told


@pytest.mark.parametrize(
    ("media", "sizes", "size", "told"),
    [
        ((), (), (70, 40), None),
        (((100.0, 50.0),), (), (50, 100), None),
        (((99.06, 50.8),), (), (100, 50), None),
        (((100.0, 50.0),), (((70, 70), (40, 40)),), (70, 40), ("other-size-loaded", "100 × 50 mm")),
        ((), (((20, 104), (10, 990)),), (70, 40), None),
        ((), (((20, 60), (10, 990)),), (70, 990), ("size-not-known", "20-60 × 10-990 mm")),
        ((), tuple(((n, n), (n, n)) for n in range(1, 9)), (70, 40),
         ("size-not-known", "1 × 1 mm, 2 × 2 mm, 3 × 3 mm, 4 × 4 mm, 5 × 5 mm …")),
    ],
)  # fmt: skip
def test_given_sizes_of_a_printer_when_compared_then_the_loaded_one_first_and_either_way_round(
    media, sizes, size, told
):
    """4.5.5"""
    loaded = tuple(Media(colour=None, width_mm=wide, height_mm=high) for wide, high in media)
    found = find_differences(State(ready=True, media=loaded, sizes=sizes), dpi=203, size_mm=size)
    assert [(each.reason, each.said) for each in found] == ([told] if told else [])
