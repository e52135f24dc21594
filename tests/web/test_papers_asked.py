"""Papers as they are asked for: each kind and form, the page's doors, hostile numbers, once more, by the queue (4.5.5, 4.7)."""

import io

import pytest
from PIL import Image

from tests.factories import put_in_stock
from tests.labels.simulator import FakeZebra
from tests.web.browser import Browser
from tests.web.papers import codes_on, issue, leave, paper, picked
from tests.web.test_printing import job, send

PAPERS = {
    "status": {"item_no": "EL-100", "batch_no": "B"}, "batch": {"item_no": "EL-100", "batch_no": "B"},
    "location": {"location": "B-01"}, "card": {"item_no": "EL-100", "batch_no": "B"},
    "package": {"delivery_no": "taken"}, "roll": {"colour": "blue"},
    "sample": {"item_no": "EL-100", "batch_no": "B", "quantity": "1"}, "ncr": {"item_no": "EL-200", "batch_no": "Y"},
    "pick_list": {"delivery_no": "open"}, "packing_list": {"delivery_no": "taken"},
    "delivery_note": {"delivery_no": "left"}, "conformity": {"delivery_no": "taken"},
    "count_sheet": {"count_no": "count"}, "receipt_check": {"receipt_no": "his"},
}  # fmt: skip


def test_given_every_kind_when_asked_then_numbers_and_each_form_is_drawn_and_its_codes_read(store):
    """POST /labels: each kind, two copies where copies are single papers; PDF, PNG and ZPL"""
    put_in_stock("Y  2026-05-01  4  B-04  yellow", item_no="EL-200")
    left = picked(store, A="5")
    leave(store, left)
    made = {"taken": picked(store, A="5"), "left": left, "open": store.order("3")}
    made["his"] = store.done(
        "/receipts", supplier="K", owner="K", reference="K-1", lines=[{"item_no": "EL-200", "quantity": "5"}]
    )["receipt_no"]
    made["count"] = store.done("/counts", who="manager", month="2026-06")["count_no"]
    for kind, members in PAPERS.items():
        asked = {name: made.get(value, value) for name, value in members.items()}
        asked = {**asked, "copies": 1 if kind in ("package", "count_sheet") else 2}
        numbers = issue(store, kind, **asked)
        assert len(set(numbers)) == asked["copies"]
        for number in numbers:
            ((_, codes),) = paper(store, number)
            assert codes, kind
            png = store.get(f"/labels/{number}.png")
            assert codes_on(Image.open(io.BytesIO(png.data))) == codes
            assert store.get(f"/labels/{number}.zpl").data.startswith(b"^XA")
        assert store.get(f"/labels/{numbers[0]}.png?page=2").json["field"] == "page"


@pytest.mark.parametrize(
    ("kind", "field"),
    [("pick_list", "delivery_no"), ("conformity", "delivery_no"), ("package", "delivery_no"), ("ncr", "item_no"),
     ("sample", "item_no"), ("count_sheet", "count_no"), ("card", "item_no"), ("roll", "colour"),
     ("receipt_check", "receipt_no")],
)  # fmt: skip
def test_given_a_kind_without_what_it_is_of_when_asked_then_the_missing_member_is_named(store, kind, field):
    """POST /labels: every refusal"""
    assert store.refused("/labels", kind=kind)["field"] == field


def test_given_the_pages_when_a_paper_is_asked_where_one_stands_then_it_opens(store):
    """4.7.4, 4.7.5: delivery, batch and count page"""
    put_in_stock("Y  2026-05-01  4  B-04  yellow", item_no="EL-200")
    delivery_no = store.order("45")
    browser = Browser(store, "keeper")
    browser.open(f"/deliver/{delivery_no}")
    browser.send("/papers/pick_list")
    assert browser.page.mimetype == "application/pdf"
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="30")
    for kind in ("packing_list", "conformity", "pick_list"):
        browser.open(f"/deliver/{delivery_no}")
        browser.send(f"/papers/{kind}")
        assert browser.page.mimetype == "application/pdf", browser.words
    browser.open(f"/deliver/{delivery_no}")
    assert browser.words.count("certificate of conformity D") == 1, "what was issued stays within reach"
    store.done(f"/deliveries/{delivery_no}/scans", code="B", quantity="15")
    leave(store, delivery_no)
    browser.open(f"/deliver/{delivery_no}")
    browser.send("/papers/delivery_note")
    assert browser.page.mimetype == "application/pdf"
    browser.open("/batch/EL-200/Y")
    browser.send("/papers/ncr")
    assert browser.page.mimetype == "application/pdf"
    browser.open("/batch/EL-100/C")
    assert "/papers/ncr" not in browser.page.get_data(as_text=True)
    browser.send("/papers/card")
    assert browser.page.mimetype == "application/pdf"
    count_no = store.done("/counts", who="manager", month="2026-06")["count_no"]
    browser.open(f"/count/{count_no}")
    browser.send("/papers/count_sheet")
    assert browser.page.mimetype == "application/pdf"


@pytest.mark.parametrize("batch_no", ["X^FS^XZ~JA", "\\1E_7E>;{{7*7}}", "<b>&amp;"])
def test_given_a_batch_number_that_is_a_command_when_received_and_labelled_then_one_label_that_scans_as_it(
    store, batch_no
):
    """4.5.1: from the receipt to each form and back"""
    lines = [{"item_no": "EL-200", "quantity": "5"}]
    receipt_no = store.done("/receipts", supplier="SUP", reference="PO-8", lines=lines)["receipt_no"]
    store.done(f"/receipts/{receipt_no}/scans", item_no="EL-200", batch_no=batch_no, quantity="5")
    for kind in ("status", "batch", "card"):
        (label_no,) = issue(store, kind, item_no="EL-200", batch_no=batch_no)
        ((text, codes),) = paper(store, label_no)
        assert batch_no in text
        assert all(store.done("/scans", code=code)["batch_no"] == batch_no for code in codes)
        zpl = store.get(f"/labels/{label_no}.zpl").get_data(as_text=True)
        assert (zpl.count("^XA"), zpl.count("^XZ"), zpl.count("~")) == (1, 1, 0)


@pytest.mark.parametrize("batch_no", ["A\x1b[2J", "A\u202eB", "\u200fA", "A" * 240])
def test_given_a_batch_number_with_what_nobody_sees_when_received_then_refused_at_the_door(store, batch_no):
    """4.5.1"""
    lines = [{"item_no": "EL-200", "quantity": "5"}]
    receipt_no = store.done("/receipts", supplier="SUP", reference="PO-8", lines=lines)["receipt_no"]
    refused = store.refused(f"/receipts/{receipt_no}/scans", item_no="EL-200", batch_no=batch_no, quantity="5")
    assert (refused["code"], refused["field"]) == ("invalid-input", "batch_no")


@pytest.mark.parametrize("kind", ["pick_list", "card"])
def test_given_a_lost_paper_when_printed_again_then_the_new_one_carries_its_own_number_and_the_old_is_void(store, kind):
    """4.5.5"""
    delivery_no = store.order("45")
    members = {"delivery_no": delivery_no} if kind == "pick_list" else {"item_no": "EL-100", "batch_no": "A"}
    (lost,) = issue(store, kind, **members)
    new = store.done(f"/labels/{lost}/reprint", reason="lost")["label_no"]
    ((text, codes),) = paper(store, new)
    assert new in text
    assert lost not in text
    if kind == "pick_list":
        assert codes == {new}
        assert store.done("/scans", code=new)["document_no"] == delivery_no
    assert store.refused("/scans", code=lost)["code"] == "label-void"


def test_given_a_printer_when_documents_and_cards_are_sent_to_it_then_the_queue_prints_them_like_labels(store):
    """4.5.5: one queue for every paper"""
    printer = FakeZebra()
    try:
        store.done("/printers", who="admin", name="Z1", address=printer.address, form="zpl")
        for kind, members in (
            ("pick_list", {"delivery_no": store.order("45")}),
            ("card", {"item_no": "EL-100", "batch_no": "A"}),
        ):
            made = store.done("/labels", kind=kind, printer="Z1", **members)
            send(store)
            assert job(store, made["job"]["jobs"][0])["state"] == "confirmed"
            assert store.get(f"/labels/{made['label_nos'][0]}").json["state"] == "printed"
        assert len(printer.printed) == 2
    finally:
        printer.close()
