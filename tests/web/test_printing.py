"""From the event to the paper: queue, printers, roll cards, reprints, on a printer that misbehaves as real ones do."""

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network

import pytest

from labels import gs1
from labels.printers import Reach
from tests.factories import Store, put_in_stock
from tests.labels.simulator import FakeZebra
from warehouse.print_queue import Sender
from warehouse.tables.base import rows

LOOPBACK = Reach(networks=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def zebra() -> Iterator[FakeZebra]:
    printer = FakeZebra()
    yield printer
    printer.close()


def add(store: Store, zebra: FakeZebra, **members) -> None:
    """Add the printer; its mode is mono unless said, so that any paper will do."""
    store.done("/printers", who="admin", **{"name": "Z1", "address": zebra.address, "form": "zpl", **members})


def send(store: Store) -> None:
    Sender(reach=LOOPBACK, clock=lambda: store.now).run_due()


def later(store: Store, seconds: int) -> None:
    store.now += timedelta(seconds=seconds)


def job(store: Store, number: str) -> dict:
    return store.get(f"/print-jobs/{number}").json


def test_given_a_printer_when_a_label_is_asked_then_it_is_queued_printed_once_and_its_state_says_so(store, zebra):
    """4.5.5: queued with the act, confirmed by the printer"""
    add(store, zebra)
    made = store.done("/labels", kind="status", item_no="EL-100", batch_no="A", copies=3, printer="Z1")
    (number,) = made["job"]["jobs"]
    assert (made["job"]["state"], made["job"]["printer"], len(made["label_nos"])) == ("queued", "Z1", 3)
    assert job(store, number)["label_nos"] == made["label_nos"]
    assert zebra.printed == []
    send(store)
    send(store)
    assert (job(store, number)["state"], len(zebra.printed)) == ("confirmed", 3)
    for label_no, paper in zip(made["label_nos"], zebra.printed, strict=True):
        assert store.get(f"/labels/{label_no}").json["state"] == "printed"
        assert label_no.encode() in paper


def test_given_a_printer_for_status_labels_when_goods_come_and_are_decided_then_each_paper_comes_by_itself(
    store, zebra
):
    """R-Q13: the new paper is queued in the transaction that voids the old one"""
    add(store, zebra, prints=["status"])
    receipt_no = store.done(
        "/receipts", who="clerk", supplier="SUP", reference="PO-9", lines=[{"item_no": "EL-100", "quantity": "40"}]
    )["receipt_no"]
    (white,) = store.done(f"/receipts/{receipt_no}/scans", item_no="EL-100", batch_no="N", quantity="40")["label_nos"]
    decided = [{"quantity": "40", "verdict": "qualified"}]
    (blue,) = store.done("/batches/EL-100/N/inspections", who="qa", kind="incoming", decisions=decided)["label_nos"]
    waiting = store.get("/print-jobs?state=queued").json["items"]
    assert [each["label_nos"] for each in waiting] == [[white], [blue]]
    send(store)
    assert len(zebra.printed) == 1, "the void white paper is not printed any more"
    assert blue.encode() in zebra.printed[0]
    states = [each["state"] for each in store.get("/print-jobs").json["items"]]
    assert states == ["failed", "confirmed"]


@pytest.mark.parametrize("fault", ["paper-out", "head-open", "silent", "paused"])
def test_given_a_printer_that_accepts_nothing_when_it_is_ready_again_then_printed_by_itself_once(store, zebra, fault):
    """C13; Retried alone only while nothing was accepted"""
    zebra.fault = fault
    add(store, zebra)
    (number,) = store.done("/labels", kind="batch", item_no="EL-100", batch_no="A", printer="Z1")["job"]["jobs"]
    send(store)
    assert (job(store, number)["state"], job(store, number)["cause"], zebra.printed) == ("queued", fault, [])
    zebra.fault = ""
    send(store)
    assert zebra.printed == [], "not before its time"
    later(store, 2)
    send(store)
    assert (job(store, number)["state"], len(zebra.printed)) == ("confirmed", 1)


def test_given_a_line_that_is_cut_when_nobody_knows_then_a_person_says_the_last_label_and_the_rest_comes_marked(store):
    """Uncertain: no second sending without a person; the same number again, marked R1"""
    probe = FakeZebra()
    try:
        add(store, probe)
        made = store.done("/labels", kind="batch", item_no="EL-100", batch_no="A", copies=3, printer="Z1")
        size = len(store.get(f"/labels/{made['label_nos'][0]}.zpl").data)
        probe.drop_after = size + size // 2
        send(store)
        later(store, 60)
        send(store)
        (number,) = made["job"]["jobs"]
        assert (job(store, number)["state"], len(probe.printed)) == ("uncertain", 1)
        assert store.refused(f"/print-jobs/{number}/cancel", reason="enough")["code"] == "document-state"
        assert store.refused(f"/print-jobs/{number}/retry")["code"] == "document-state", "or it would come twice"
        other = store.refused(f"/print-jobs/{number}/resolve", last_label="L000000000")
        assert (other["field"], other["reason"]) == ("last_label", "not-of-this-job")
        probe.drop_after = None
        (again,) = store.done(f"/print-jobs/{number}/resolve", last_label=made["label_nos"][0])["again"]
        assert store.refused(f"/print-jobs/{number}/resolve", last_label=None)["code"] == "document-state"
        send(store)
        assert job(store, again)["label_nos"] == made["label_nos"][1:]
        assert (job(store, again)["state"], len(probe.printed)) == ("confirmed", 3)
        assert [store.get(f"/labels/{no}").json["state"] for no in made["label_nos"]] == ["printed"] * 3
    finally:
        probe.close()


def test_given_a_sender_that_died_while_sending_when_others_look_then_uncertain_within_5_seconds_and_not_sent_again(
    store, zebra
):
    """kill -9 of the sender: no silent double"""
    add(store, zebra)
    (number,) = store.done("/labels", kind="batch", item_no="EL-100", batch_no="A", printer="Z1")["job"]["jobs"]
    sender = Sender(reach=LOOPBACK, clock=lambda: store.now)
    ((printer_id,),) = rows("SELECT id FROM printer")
    assert sender._claim(printer_id) is not None  # and dies here
    later(store, 3)
    send(store)
    assert job(store, number)["state"] == "sending"
    later(store, 2)
    send(store)
    assert (job(store, number)["state"], zebra.printed) == ("uncertain", [])
    (again,) = store.done(f"/print-jobs/{number}/resolve", last_label=None)["again"]
    send(store)
    assert (job(store, again)["state"], len(zebra.printed)) == ("confirmed", 1)


def test_given_a_paper_that_is_lost_or_uncertain_when_printed_again_then_a_new_number_or_the_same_marked(store, zebra):
    """Every reprint has a reason and a person"""
    add(store, zebra)
    (lost,) = store.done("/labels", kind="status", item_no="EL-100", batch_no="A")["label_nos"]
    assert store.refused(f"/labels/{lost}/reprint", reason="because")["field"] == "reason"
    made = store.done(f"/labels/{lost}/reprint", reason="lost", note="not on the pallet", printer="Z1")
    assert made["label_no"] != lost
    assert store.get(f"/labels/{lost}").json["state"] == "void"
    assert store.refused("/transfers", code=lost, to="B-02")["code"] == "label-void"
    assert store.refused(f"/labels/{lost}/reprint", reason="lost")["code"] == "document-state"
    same = store.done(f"/labels/{made['label_no']}/reprint", reason="uncertain", printer="Z1")
    assert same["label_no"] == made["label_no"]
    send(store)
    first, second = zebra.printed
    assert first != second, "the second is marked"
    shown = job(store, same["jobs"][0])
    assert (shown["purpose"], shown["asked_by"], shown["reason"]) == ("reprint", "keeper", "uncertain")


def test_given_void_papers_when_the_new_ones_are_scanned_over_them_then_the_relabel_task_is_done(store):
    """R-Q13: scan old, scan new"""
    put_in_stock("N  2026-05-20  40  IN-1  white")
    (old,) = [number for (number,) in rows("SELECT label_no FROM label WHERE status = 'pending'")]
    (other,) = store.done("/labels", kind="status", item_no="EL-100", batch_no="B")["label_nos"]
    assert store.refused(f"/labels/{old}/replace", new=other)["reason"] == "still-valid"
    decided = [{"quantity": "40", "verdict": "qualified"}]
    (new,) = store.done("/batches/EL-100/N/inspections", who="qa", kind="incoming", decisions=decided)["label_nos"]
    assert len(store.get("/tasks?kind=relabel").json["items"]) == 1
    assert store.refused(f"/labels/{old}/replace", new=other)["reason"] == "replaces-another"
    assert store.refused(f"/labels/{old}/replace", new=old)["reason"] == "void-paper"
    assert store.done(f"/labels/{old}/replace", new=new)["task_done"]
    assert store.get("/tasks?kind=relabel").json["items"] == []
    assert store.get(f"/labels/{new}").json["state"] == "applied"


def test_given_an_address_when_it_is_inner_and_not_listed_or_none_then_no_printer_is_there_and_nothing_is_sent(
    store, zebra
):
    """W10; POST /labels takes a name, never an address; inner networks only where listed"""
    for address in ("file:/tmp", "http://127.0.0.1", "socket://", "ipp://user:secret@host/x"):
        refused = store.refused("/printers", who="admin", name="X", address=address, form="zpl")
        assert (refused["field"], refused["reason"]) == ("address", "no-printer-address")
    for address in ("socket://10.1.2.3", "ipp://169.254.169.254/x", "ipps://[::ffff:10.0.0.1]/x", "socket://[::1]"):
        refused = store.refused("/printers", who="admin", name="X", address=address, form="zpl")
        assert (refused["field"], refused["reason"]) == ("address", "address-not-listed")
        assert "WAREHOUSE_PRINTER_NETWORKS" in refused["detail"]
    nobody = store.done("/printers", who="admin", name="N", address="socket://printer.invalid", form="zpl")
    store.done(f"/printers/{nobody['name']}/remove", who="admin")
    pdf = store.refused("/printers", who="admin", name="X", address=zebra.address, form="pdf")
    assert (pdf["field"], pdf["reason"]) == ("form", "raw-port-takes-zpl")
    raster = store.refused("/printers", who="admin", name="X", address="lp:labels", form="pwg")
    assert (raster["field"], raster["reason"]) == ("form", "raster-goes-by-ipp")
    assert store.post("/printers", who="manager", name="X", address=zebra.address).status_code == 403
    add(store, zebra)
    taken = store.refused("/printers", who="admin", name="Z1", address=zebra.address, form="zpl")
    assert taken["reason"] == "taken"
    (number,) = store.done("/labels", kind="batch", item_no="EL-100", batch_no="A", printer="Z1")["job"]["jobs"]
    assert (
        store.refused("/labels", kind="batch", item_no="EL-100", batch_no="A", printer=zebra.address)["kind"]
        == "printer"
    )
    Sender(reach=Reach(networks=()), clock=lambda: store.now).run_due()
    assert (job(store, number)["state"], job(store, number)["cause"]) == ("failed", "address-not-listed")
    assert zebra.asked == 0
    store.done(f"/print-jobs/{number}/retry")
    assert job(store, number)["state"] == "queued"
    waits = store.refused("/printers/Z1/remove", who="admin")
    assert (waits["code"], waits["state"]) == ("document-state", "jobs-waiting")
    store.done(f"/print-jobs/{number}/cancel", reason="wrong printer")
    store.done("/printers/Z1/remove", who="admin")
    assert store.get("/printers").json["items"] == []


def test_given_a_roll_of_another_colour_when_a_yellow_label_waits_then_held_until_the_right_card_is_scanned(
    store, zebra
):
    """A job of another colour is held, never printed; the roll card releases it"""
    add(store, zebra, mode="stock", prints=["status"])
    cards = {
        colour: store.done("/labels", kind="roll", colour=colour)["label_nos"][0] for colour in ("white", "yellow")
    }
    assert store.refused("/labels", kind="roll")["reason"] == "not-a-colour"
    assert store.refused("/printers/Z1/load", code="L7K2M9QX3F")["reason"] == "no-roll-card"
    put_in_stock("N  2026-05-20  40  QU-1  yellow")
    (held,) = store.get("/print-jobs?state=queued").json["items"]
    assert held["colour"] == "yellow"
    send(store)
    assert job(store, held["job"])["cause"] == "colour-unknown"
    assert store.done("/printers/Z1/load", code=cards["white"])["loaded_colour"] == "white"
    send(store)
    assert (job(store, held["job"])["state"], job(store, held["job"])["cause"]) == ("held", "wrong-colour")
    assert zebra.printed == []
    store.done("/printers/Z1/load", code=cards["yellow"])
    send(store)
    assert (job(store, held["job"])["state"], len(zebra.printed)) == ("confirmed", 1)
    zebra.fault = "paper-out"
    put_in_stock("M  2026-05-20  40  QU-1  yellow")
    send(store)
    assert store.get("/printers").json["items"][0]["loaded_colour"] is None, "after paper-out nobody knows"


def test_given_a_delivery_when_its_cartons_are_named_then_sscc_and_contents_are_right_and_nothing_else_is_said(store):
    """R-D5: check digit valid, never the same serial; 4.7.4"""
    delivery_no = store.order("30")
    assert store.refused("/labels", kind="package", delivery_no=delivery_no)["reason"] == "nothing-picked"
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="30")
    (own,) = store.done("/labels", kind="package", delivery_no=delivery_no)["label_nos"]
    assert own.startswith("H")
    assert store.get(f"/labels/{own}").json["says"]["contents"] == [["EL-100", "A", "30", "pcs"]]
    assert store.refused("/labels", kind="package", delivery_no=delivery_no, copies=2)["field"] == "contents"
    assert store.refused("/sites/S1/gs1-prefix", who="admin", gs1_prefix="12a4")["reason"] == "not-a-prefix"
    store.done("/sites/S1/gs1-prefix", who="admin", gs1_prefix="690123456")
    half = [{"item_no": "EL-100", "batch_no": "A", "quantity": "15"}]
    more = [{"item_no": "EL-100", "batch_no": "A", "quantity": "16"}]
    wrong = store.refused("/labels", kind="package", delivery_no=delivery_no, copies=2, contents=more)
    assert wrong["reason"] == "not-of-this-delivery"
    made = store.done("/labels", kind="package", delivery_no=delivery_no, copies=2, contents=half)["label_nos"]
    said = [store.get(f"/labels/{number}").json["says"] for number in made]
    assert [each["copy"] for each in said] == ["1/2", "2/2"]
    assert [gs1.check_sscc(each["sscc"])[1:10] for each in said] == ["690123456"] * 2
    assert len({each["sscc"] for each in said}) == 2
    assert store.get(f"/labels/{made[0]}.pdf").data.startswith(b"%PDF")


def test_given_a_batch_in_stock_when_its_cartons_are_named_then_each_has_a_number_and_its_sscc_is_known(store):
    """R-D5, interface: kind=package with item and batch, before there is a delivery"""
    named = {"kind": "package", "item_no": "EL-100", "batch_no": "A"}
    (own,) = store.done("/labels", **named, marks=["fragile"])["label_nos"]
    assert store.get(f"/labels/{own}").json["says"]["contents"] == [["EL-100", "A", "30", "pcs"]]
    assert store.done("/scans", code=own)["batch_no"] == "A"
    assert store.refused("/labels", **named, copies=4, quantity="8")["code"] == "insufficient-stock"
    assert store.refused("/labels", kind="package", batch_no="A")["field"] == "item_no"
    assert store.refused("/labels", kind="package")["field"] == "delivery_no"
    store.done("/sites/S1/gs1-prefix", who="admin", gs1_prefix="690123456")
    three = store.done("/labels", **named, copies=3)["label_nos"]
    says = [store.get(f"/labels/{number}").json["says"] for number in three]
    assert [(each["copy"], each["contents"][0][2]) for each in says] == [("1/3", ""), ("2/3", ""), ("3/3", "")]
    assert store.get(f"/labels/{three[0]}.pdf").data.startswith(b"%PDF")
    found = store.done("/scans", code=f"(00){says[1]['sscc']}")
    assert (found["kind"], found["label_no"], found["batch_no"]) == ("label", three[1], "A")
    assert store.done("/scans", code="(00)006141411234567890")["kind"] == "unknown"
    delivery_no = store.order("10")
    assert (
        store.done(f"/deliveries/{delivery_no}/scans", code=f"]C100{says[0]['sscc']}", quantity="10")["balance"] == "20"
    )
    put_in_stock("N  2026-05-20  60  IN-1  white")
    (white,) = store.done("/labels", **named | {"batch_no": "N"})["label_nos"]
    verdicts = [{"quantity": "52", "verdict": "qualified"}, {"quantity": "8", "verdict": "nonconforming"}]
    store.done("/batches/EL-100/N/inspections", {"kind": "incoming", "decisions": verdicts}, who="qa")
    assert store.refused("/scans", code=white)["code"] == "label-void", "nobody knows which part it holds"


def test_given_an_item_with_a_gtin_when_its_full_gs1_label_is_void_then_the_scan_of_that_code_stops(store):
    """R-Q13: the paper's number is the serial in its GS1 code"""
    store.done("/items", who="manager", item_no="GT", name="With GTIN", unit="pcs", gtin="06901234567892")
    put_in_stock("N  2026-05-20  40  IN-1  white", item_no="GT")
    ((old,),) = rows("SELECT label_no FROM label WHERE status = 'pending'")
    code = f"]d2010690123456789210N\x1d21{old}"
    assert store.done("/scans", code=code)["label_no"] == old
    decided = [{"quantity": "40", "verdict": "qualified"}]
    store.done("/batches/GT/N/inspections", who="qa", kind="incoming", decisions=decided)
    assert store.refused("/scans", code=code)["code"] == "label-void"
