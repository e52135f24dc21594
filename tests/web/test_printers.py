"""Printers as they are: moved by their offset, with labels of one size in them, tested and calibrated (4.5.5)."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.factories import put_in_stock
from tests.labels.reading import from_pdf, from_zpl, read_zxing
from tests.labels.simulator import FakeZebra, ipp_simulator
from tests.labels.system_queue import SystemQueue
from tests.web.browser import Browser
from tests.web.test_printing import LOOPBACK, add, job, later, send, zebra
from warehouse import tables
from warehouse.print_queue import Sender
from warehouse.tables.base import rows

__all__ = ["zebra"]


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SystemQueue:
    """A system's `lp` that keeps what it is given, in the order it came."""
    made = SystemQueue(tmp_path / "system")
    monkeypatch.setenv("PATH", str(made.programs), prepend=":")
    return made


def dark(picture):
    return np.asarray(picture.convert("L")) < 128


def label(store, **members) -> str:
    """Ask for a status label of batch A on printer Z1; gives the job's number."""
    asked = {"kind": "status", "item_no": "EL-100", "batch_no": "A", "printer": "Z1", **members}
    (number,) = store.done("/labels", **asked)["job"]["jobs"]
    return number


def calibrate(store, x: str, y: str) -> None:
    store.done("/printers/Z1/calibrate", who="manager", offset_x_mm=x, offset_y_mm=y)


def test_given_an_offset_when_labels_are_printed_as_zpl_then_the_codes_come_so_many_dots_further(store, zebra):
    """4.5.5: applied, not only kept; half a millimetre is 4 dots at 203 dpi"""
    add(store, zebra)
    label(store, kind="batch")
    send(store)
    calibrate(store, "0.5", "-0.75")
    label(store, kind="batch")
    send(store)
    before, after = (from_zpl(paper) for paper in zebra.printed)
    (top, left), (lower, further) = (np.argwhere(dark(each)).min(axis=0) for each in (before, after))
    assert (further - left, lower - top) == (4, -6)
    assert len(read_zxing(after)) == 2
    assert store.get("/printers").json["items"][0]["offset_x_mm"] == "0.5"


def test_given_an_offset_when_labels_are_printed_as_pdf_then_the_page_is_the_same_and_what_is_on_it_is_moved(
    store, queue
):
    """4.5.5: the same in the PDF bytes that reach the system's queue"""
    store.done("/printers", who="admin", name="Z1", address="lp:labels", form="pdf")
    label(store, kind="batch")
    send(store)
    calibrate(store, "-1", "0.5")
    label(store, kind="batch")
    send(store)
    before, after = (from_pdf(document) for document in queue.documents())
    assert before.size == after.size == (800, 400)
    moved = dark(before)[:-4, 8:]
    # The two papers have their own numbers: what both say is compared, the big batch number and its rule.
    assert (dark(after)[4:200, :600] == moved[:196, :600]).mean() > 0.995
    assert len(read_zxing(after)) == 2


@pytest.mark.parametrize(
    ("x", "y", "field"), [("9", "0", "offset_x_mm"), ("-3", "0", "offset_x_mm"), ("0", "4", "offset_y_mm")]
)
def test_given_an_offset_that_pushes_a_field_off_the_label_when_calibrated_then_refused_and_nothing_changes(
    store, zebra, x, y, field
):
    """4.5.5: never cut in silence"""
    add(store, zebra, prints=["status"])
    refused = store.refused("/printers/Z1/calibrate", who="manager", offset_x_mm=x, offset_y_mm=y)
    assert (refused["field"], refused["reason"], refused["paper"]) == (field, "offset-too-large", "status")
    assert "status label" not in refused["title"]
    assert store.get("/printers").json["items"][0]["offset_x_mm"] == "0"
    for wrong in ("1,5", "1e3", "", "0.125", 1.5, None):
        assert (
            store.post("/printers/Z1/calibrate", who="manager", offset_x_mm=wrong, offset_y_mm="0").status_code == 400
        )
    assert store.post("/printers/Z1/calibrate", who="keeper", offset_x_mm="0", offset_y_mm="0").status_code == 403


def test_given_a_printer_with_small_labels_when_papers_come_then_each_in_that_size_and_one_without_it_is_held(
    store, zebra
):
    """4.5.5: a job of another size is held like one of another colour, and goes on when the size is there"""
    add(store, zebra, size="70x40")
    status, place = label(store), label(store, kind="location", item_no=None, batch_no=None, location="B-01")
    send(store)
    assert job(store, status)["state"] == "confirmed"
    assert from_zpl(zebra.printed[0]).size == (560, 320)
    assert (job(store, place)["state"], job(store, place)["cause"]) == ("held", "wrong-size")
    assert len(zebra.printed) == 1
    store.done("/printers/Z1/paper", who="manager", size="100x50", dpi=300)
    send(store)
    assert job(store, place)["state"] == "confirmed"
    assert from_zpl(zebra.printed[1]).size == (1181, 591)
    assert store.post("/printers/Z1/paper", who="manager", size="33x44", dpi=300).status_code == 400
    assert store.post("/printers/Z1/paper", who="keeper", size="", dpi=203).status_code == 403


def test_given_a_label_on_its_way_when_the_size_is_changed_then_it_is_not_held_and_never_sent_again(store, queue):
    """4.5.5: at least once, and no silent double"""
    store.done("/printers", who="admin", name="Z1", address="lp:labels", form="pdf")
    number = label(store, kind="location", item_no=None, batch_no=None, location="B-01")
    send(store)
    assert job(store, number)["state"] == "sent"
    store.done("/printers/Z1/paper", who="manager", size="50x30", dpi=203)
    for _ in range(3):
        later(store, 60)
        send(store)
    assert job(store, number)["state"] == "sent"
    assert len(queue.documents()) == 1


def test_given_a_test_label_when_asked_then_printed_through_the_queue_on_any_colour_and_without_a_number(store, zebra):
    """4.5.5: tested as it prints; no paper of the goods is issued by it"""
    add(store, zebra, mode="stock", size="50x30")
    calibrate(store, "1", "0")
    made = store.done("/printers/Z1/test", who="manager")
    send(store)
    shown = job(store, made["job"])
    assert (shown["state"], shown["purpose"], shown["label_nos"]) == ("confirmed", "test", [])
    picture = from_zpl(zebra.printed[0])
    assert picture.size == (400, 240)
    assert read_zxing(picture) == {("]Q", "TEST-203")}
    assert b"x \\2B1.00 mm" in zebra.printed[0]
    assert rows("SELECT COUNT(*) FROM label WHERE kind = 'test'") == [(0,)]
    assert store.post("/printers/Z1/test", who="keeper").status_code == 403


def test_given_a_test_label_on_a_cut_line_when_answered_then_it_is_over_and_nothing_comes_again(store):
    """4.5.5: uncertain like any job"""
    probe = FakeZebra(drop_after=40)
    try:
        add(store, probe)
        made = store.done("/printers/Z1/test", who="manager")
        send(store)
        assert job(store, made["job"])["state"] == "uncertain"
        assert store.done(f"/print-jobs/{made['job']}/resolve", last_label=None)["again"] == []
        send(store)
        assert probe.printed == []
        again = store.done("/printers/Z1/test", who="manager")
        send(store)
        manager = Browser(store, "manager")
        manager.open("/printing")
        assert "Nobody knows whether it came out" in manager.words
        manager.send(f"/printing/{again['job']}/resolve")
        assert job(store, again["job"])["state"] == "confirmed"
    finally:
        probe.close()


def test_given_a_printer_of_a_removed_one_s_name_when_added_then_it_has_no_offset_of_the_other(store, zebra):
    """4.5.5: another machine"""
    add(store, zebra)
    calibrate(store, "0.5", "0.5")
    store.done("/printers/Z1/remove", who="admin")
    add(store, zebra)
    assert store.get("/printers").json["items"][0]["offset_x_mm"] == "0"


def test_given_an_offset_when_smaller_labels_would_be_cut_by_it_then_their_size_is_refused(store, zebra):
    """4.5.5: 50 x 30 has less margin than 100 x 50"""
    add(store, zebra, prints=["status"])
    calibrate(store, "-2", "0")
    refused = store.refused("/printers/Z1/paper", who="manager", size="50x30", dpi=203)
    assert (refused["field"], refused["reason"]) == ("offset_x_mm", "offset-too-large")
    calibrate(store, "-1", "0")
    store.done("/printers/Z1/paper", who="manager", size="50x30", dpi=203)


def test_given_the_printer_s_page_when_the_cross_was_measured_then_the_offset_follows_from_it(store, zebra):
    """4.5.5: test, measure, keep; through forms, without a script"""
    add(store, zebra)
    manager = Browser(store, "manager")
    manager.open("/printers")
    assert "Test and calibrate" in manager.words
    manager.open("/printers/Z1")
    store.app.config["SETTINGS"] = replace(
        store.app.config["SETTINGS"], printer_networks=""
    )  # no more since it was added
    manager.open("/printers/Z1?ask=true")
    assert "The printer is not ready. the address is not listed" in manager.words
    store.app.config["SETTINGS"] = replace(store.app.config["SETTINGS"], printer_networks="127.0.0.0/8")
    manager.open("/printers/Z1?ask=true")
    assert "The printer is ready." in manager.words
    zebra.fault = "head-open"
    manager.open("/printers/Z1?ask=true")
    assert "The printer is not ready. head open" in manager.words
    zebra.fault = ""
    manager.send("/printers/Z1/test")
    assert "panel ok" in manager.page.text
    assert "P1: waits" in manager.words
    send(store)
    manager.open("/printers/Z1")
    assert "P1: printed" in manager.words
    manager.send("/printers/Z1/calibrate", cross_x_mm="49,4", cross_y_mm="25.5")
    assert "panel ok" in manager.page.text, manager.words
    assert [store.get("/printers").json["items"][0][f"offset_{axis}_mm"] for axis in "xy"] == ["0.6", "-0.5"]
    manager.send("/printers/Z1/calibrate", cross_x_mm="50.2")
    assert [store.get("/printers").json["items"][0][f"offset_{axis}_mm"] for axis in "xy"] == ["0.4", "-0.5"]
    manager.send("/printers/Z1/calibrate", offset_x_mm="15")
    assert "would leave the label" in manager.words
    manager.send("/printers/Z1/calibrate", offset_x_mm="much")
    assert "panel refused" in manager.page.text
    manager.send("/printers/Z1/paper", size="70x40", dpi="300")
    assert "it should be 35" in manager.words
    keeper = Browser(store, "keeper")
    assert keeper.open("/printers/Z1").status_code == 403


def test_given_a_database_of_before_when_the_schema_is_made_then_printers_have_a_size_and_layouts_their_table(
    store, zebra
):
    """An older database goes on: the column is added, the table made, what is there stays"""
    add(store, zebra)
    rows("DROP TABLE label_layout")
    rows("ALTER TABLE printer DROP COLUMN size")
    tables.create_schema()
    (printer,) = store.get("/printers").json["items"]
    assert (printer["name"], printer["size"]) == ("Z1", None)
    assert store.get("/layouts").json["items"][0]["version"] == 0


def test_given_a_systems_queue_when_a_job_is_through_then_handed_over_and_asked_about_only_when_it_was_cancelled(
    store, queue
):
    """4.5.5: handed over is not printed and no question; a job that was cancelled or is gone is one"""
    store.done("/printers", who="admin", name="Z1", address="lp:labels", form="pdf")
    through, cancelled, gone, good = [label(store, kind="batch") for _ in range(4)]
    send(store)
    assert {job(store, each)["state"] for each in (through, cancelled, gone, good)} == {"sent"}
    later(store, 40)
    send(store)
    assert job(store, through)["state"] == "sent", "still in the queue"
    queue.end("labels-1", "processing-to-stop-point")
    queue.end("labels-2", "job-canceled-by-user")
    queue.forget("labels-3")
    queue.end("labels-4", "job-completed-successfully")
    later(store, 40)
    send(store)
    said = [(job(store, each)["state"], job(store, each)["cause"]) for each in (through, cancelled, gone, good)]
    assert said == [
        ("sent", "handed-over"), ("uncertain", "cancelled"), ("uncertain", "not-in-queue"), ("confirmed", None),
    ]  # fmt: skip
    queue.forget("labels-1")
    later(store, 4000)
    send(store)
    assert job(store, through)["state"] == "sent", "no question when the queue forgets it"
    keeper = Browser(store, "keeper")
    keeper.open("/printing")
    assert "handed over; its queue does not tell" in keeper.words
    assert "Nothing waits." in keeper.words
    assert len(queue.documents()) == 4, "nothing is sent again"


def test_given_an_ipp_printer_set_otherwise_than_it_says_when_added_set_or_tested_then_its_page_says_so(
    store, tmp_path
):
    """4.5.5: a real IPP printer of 300 dpi with labels of 100 x 50, set to 203 dpi and 70 x 40"""
    store.app.config["SETTINGS"] = replace(store.app.config["SETTINGS"], printer_networks="127.0.0.0/8 ::1")
    attributes = "ATTR resolution printer-resolution-supported 300dpi\n"
    with ipp_simulator(tmp_path, attributes=attributes) as simulator:
        admin = Browser(store, "admin")
        admin.open("/printers")
        admin.send("/printers", name="Z1", address=simulator.address, dpi="203", size="70x40")
        dpi, size = (
            "Set to 203 dpi, but the printer prints with 300 dpi",
            "70 × 40 mm, but the printer says that 100 × 50",
        )
        assert dpi in admin.words, admin.words
        assert size in admin.words
        assert [each["field"] for each in store.get("/printers/Z1").json["differs"]] == ["dpi", "size"]
        admin.send("/printers/Z1/test")
        assert dpi in admin.words
        admin.send("/printers/Z1/paper", size="100x50", dpi="300")
        assert "panel ok" in admin.page.text
        assert "Set to" not in admin.words
        assert store.get("/printers/Z1").json["differs"] == []


@pytest.mark.parametrize(
    ("forms", "said", "begins"),
    [
        ('"application/pdf","image/pwg-raster","image/urf"', 300, b"%PDF-"),
        ('"image/pwg-raster","image/urf","image/jpeg"', 600, b"RaS2"),
    ],
)
def test_given_a_printer_of_which_nothing_was_said_when_added_then_it_is_asked_and_gets_the_form_it_takes(
    store, tmp_path, forms, said, begins
):
    """4.5.5: PDF where it is taken, PWG raster else; dots, label size and paper as the printer says"""
    attributes = """ATTR resolution printer-resolution-default 300dpi
ATTR resolution pwg-raster-document-resolution-supported 600dpi
ATTR boolean color-supported false
"""
    with ipp_simulator(tmp_path, attributes=attributes, forms=forms) as simulator:
        made = store.done("/printers", who="admin", name="Z1", address=simulator.address)
        assert (made["form"], made["dpi"], made["size"], made["mode"]) == ("ask", said, "100x50", "stock")
        put_in_stock("Y  2026-05-20  8  QU-1  yellow")
        number = label(store, batch_no="Y")
        Sender(reach=LOOPBACK, clock=lambda: store.now).run_due()
        assert (job(store, number)["state"], job(store, number)["cause"]) == ("confirmed", None)
        (name,) = simulator.printed()
        assert (simulator.folder / "done" / name).read_bytes().startswith(begins)


def test_given_a_printer_that_does_not_answer_when_added_then_it_is_asked_again_with_its_first_job(store, tmp_path):
    """4.5.5: a printer may be off when it is added; what somebody said goes before what it says"""
    with ipp_simulator(tmp_path, forms='"image/pwg-raster"') as simulator:
        address = simulator.address
        simulator.stop()
        made = store.done("/printers", who="admin", name="Z1", address=address, dpi=600)
        assert (made["form"], made["dpi"], made["size"], made["mode"]) == ("ask", 600, None, "mono")
        number = label(store, kind="batch")
        Sender(reach=LOOPBACK, clock=lambda: store.now).run_due()
        assert job(store, number)["state"] == "queued"
    (tmp_path / "again").mkdir()
    with ipp_simulator(tmp_path / "again", forms='"image/pwg-raster"') as simulator:
        rows("UPDATE printer SET address = ?", simulator.address)
        later(store, 60)
        Sender(reach=LOOPBACK, clock=lambda: store.now).run_due()
        assert job(store, number)["state"] == "confirmed"
        (name,) = simulator.printed()
        assert (simulator.folder / "done" / name).read_bytes().startswith(b"RaS2")
