"""Papers: issued, drawn, read back and scanned; void ones stop the scan (4.5.5, R-Q13)."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from scanners.decode import decode
from tests.factories import Store, put_in_stock
from tests.web.browser import Browser
from warehouse.tables.base import rows


def label(store: Store, kind: str = "status", **members) -> list[str]:
    """Issue papers and give their numbers."""
    made = store.done("/labels", kind=kind, **members)
    assert made["job"] == {"state": "handed-out", "printer": None, "jobs": []}
    return made["label_nos"]


def texts_on(data: bytes) -> set[str]:
    """Read a drawn label as a camera would."""
    return {code.text for code in decode(np.array(Image.open(io.BytesIO(data)).convert("L")))}


def test_given_a_batch_when_its_label_is_drawn_and_read_then_scanning_that_code_is_the_batch(store):
    """4.5.5: the whole loop, label to picture to scan to issue"""
    (label_no,) = label(store, item_no="EL-100", batch_no="A")
    drawn = store.get(f"/labels/{label_no}.png")
    assert (drawn.status_code, drawn.mimetype) == (200, "image/png")
    assert texts_on(drawn.data) == {label_no, f"010691234567890210A\x1d21{label_no}"}
    said = store.done("/scans", code=label_no)
    assert (said["kind"], said["item_no"], said["batch_no"], said["label_no"]) == ("label", "EL-100", "A", label_no)
    sent = store.client.post(
        "/api/v1/scans",
        data={"picture": (io.BytesIO(drawn.data), "label.png")},
        headers={"Authorization": "Bearer token-keeper", "Idempotency-Key": "label-picture"},
    )
    assert (sent.json["kind"], sent.json["batch_no"], sent.json["status"]) == ("label", "A", "qualified")
    delivery_no = store.order("5")
    assert store.done(f"/deliveries/{delivery_no}/scans", code=label_no, quantity="5")["balance"] == "25"


def test_given_three_copies_when_issued_then_three_numbers_each_says_which_it_is(store):
    """labels guide, accept row 11"""
    numbers = label(store, item_no="EL-100", batch_no="B", copies=3)
    assert len(set(numbers)) == 3
    assert [store.get(f"/labels/{number}").json["says"]["copy"] for number in numbers] == ["1/3", "2/3", "3/3"]


def test_given_a_label_when_drawn_in_each_form_then_it_is_that_file_and_looking_marks_nothing(store):
    """PDF, PNG, ZPL of one frozen content"""
    (label_no,) = label(store, item_no="EL-100", batch_no="A")
    heads = {"pdf": b"%PDF", "png": b"\x89PNG", "zpl": b"^XA"}
    for form, head in heads.items():
        first, second = store.get(f"/labels/{label_no}.{form}"), store.get(f"/labels/{label_no.lower()}.{form}")
        assert first.status_code == 200
        assert head in first.data[:20]
        assert first.data == second.data
        assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert store.get(f"/labels/{label_no}").json["state"] == "issued"
    assert store.get(f"/labels/{label_no}.svg").status_code == 404
    assert store.get("/labels/LAAAAAAAAA.pdf").status_code == 404


def test_given_a_label_when_drawn_for_other_stock_then_it_has_that_size_dots_and_colour(store):
    """4.7.5 b: a store whose roll is 70 x 40, or whose printer has 300 dpi, prints the file as it is"""
    (label_no,) = label(store, item_no="EL-100", batch_no="A")
    boxes = [store.get(f"/labels/{label_no}.pdf{asked}").data for asked in ("", "?size=70x40", "?size=50x30")]
    assert [round(float(re.search(rb"/MediaBox \[ 0 0 ([\d.]+)", box)[1]) / 72 * 25.4) for box in boxes] == [
        100,
        70,
        50,
    ]
    assert b"^PW800" in store.get(f"/labels/{label_no}.zpl").data
    assert b"^PW1181" in store.get(f"/labels/{label_no}.zpl?dpi=300").data
    for mode, blue in (("colour", True), ("stock", False)):
        drawn = Image.open(io.BytesIO(store.get(f"/labels/{label_no}.png?mode={mode}").data)).convert("HSV")
        assert (drawn.getchannel("S").getextrema()[1] > 0) is blue
    for asked in ("size=60x40", "mode=blue", "dpi=204"):
        refused = store.get(f"/labels/{label_no}.pdf?{asked}")
        assert (refused.status_code, refused.json["field"]) == (400, asked.split("=")[0])
        assert refused.json["reason"].startswith("only ")
    keeper = Browser(store, "keeper")
    keeper.open("/batch/EL-100/A")
    assert f"/labels/{label_no}.pdf?size=70x40" in keeper.page.get_data(as_text=True)


def test_given_a_label_when_the_item_is_renamed_later_then_the_paper_still_says_what_it_said(store):
    """frozen with its number: dates and quantity are those of the issue"""
    (label_no,) = label(store, item_no="EL-100", batch_no="A")
    before = store.get(f"/labels/{label_no}.pdf").data
    delivery_no = store.order("10")
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="10")
    assert store.get(f"/labels/{label_no}.pdf").data == before
    assert store.get(f"/labels/{label_no}").json["says"]["quantity"] == "30"


def test_given_a_status_change_when_the_old_paper_is_scanned_or_drawn_then_label_void(store):
    """R-Q13, S20"""
    (label_no,) = label(store, item_no="EL-100", batch_no="A")
    store.done("/batches/EL-100/A/doubts", who="qa", reason="wet carton")
    for refused in (store.refused("/scans", code=label_no), store.get(f"/labels/{label_no}.pdf").json):
        assert refused["type"].endswith("#label-void")
        assert (refused["label_no"], refused["item_no"], refused["batch_no"]) == (label_no, "EL-100", "A")
    told = store.get(f"/labels/{label_no}").json
    assert (told["state"], told["void_reason"], told["void_by"]) == ("void", "in-doubt", "qa")
    assert told["void_at"]


def test_given_a_void_label_when_scanned_then_reason_in_the_callers_words_and_the_new_labels(store):
    """R-Q13: why, by which act, and what to put on; scan old, see new, scan new"""
    put_in_stock("N  2026-05-20  60  IN-1  white")
    (old,) = [number for (number,) in rows("SELECT label_no FROM label WHERE status = 'pending'")]
    body = {"kind": "incoming", "decisions": [{"quantity": "60", "verdict": "qualified"}]}
    (new,) = store.done("/batches/EL-100/N/inspections", body, who="qa")["label_nos"]
    refused = store.refused("/transfers", code=old, to="B-04")
    assert refused["reason"].startswith("inspection ")
    assert refused["new_label_nos"] == [new]
    headers = {"Authorization": "Bearer token-keeper", "Idempotency-Key": "void-in-words", "Accept-Language": "zh-Hans"}
    said = store.client.post("/api/v1/scans", json={"code": old}, headers=headers).json
    assert "inspection" not in said["detail"]
    assert "检验" in said["detail"]
    store.done(f"/labels/{old}/replace", new=new)
    assert store.refused("/scans", code=old)["new_label_nos"] == []


def test_given_a_typed_number_when_letters_look_alike_or_are_small_then_it_is_folded_and_a_typo_is_unknown(store):
    """labels guide: O is 0, I and L are 1, full width and case folded; the check character finds typing errors"""
    label_no = next(number for number in label(store, item_no="EL-100", batch_no="A", copies=60) if "0" in number[1:])
    typed = label_no[0] + label_no[1:].replace("0", "o").replace("1", "l")
    for text in (typed, typed.lower(), f" {label_no} ", "".join(chr(ord(each) + 0xFEE0) for each in label_no)):
        assert store.done("/scans", code=text)["label_no"] == label_no
    wrong = label_no[:-1] + ("A" if label_no[-1] != "A" else "B")
    assert store.done("/scans", code=wrong)["kind"] == "unknown"


def test_given_a_bin_when_its_label_is_read_then_it_is_the_place_of_a_scan(store):
    """4.5.2: a bin's paper carries the bin's own code"""
    (label_no,) = label(store, "location", location="B-01")
    texts = texts_on(store.get(f"/labels/{label_no}.png").data)
    assert texts == {"B-01"}
    assert store.done("/scans", code=texts.pop())["kind"] == "location"
    assert store.done("/scans", code=label_no)["location"] == "B-01"


def test_given_a_batch_label_when_issued_then_it_names_the_batch_and_says_nothing_of_its_status(store):
    """4.5.1"""
    (label_no,) = label(store, "batch", item_no="EL-100", batch_no="C", location="B-03")
    says = store.get(f"/labels/{label_no}").json["says"]
    assert "status" not in says
    assert (says["batch_no"], says["quantity"], says["bin_code"]) == ("C", "40", "B-03")
    assert texts_on(store.get(f"/labels/{label_no}.png").data) == {label_no, f"010691234567890210C\x1d21{label_no}"}
    assert store.done("/scans", code=label_no)["batch_no"] == "C"


def test_given_a_batch_label_when_its_goods_are_split_then_it_is_void_and_each_number_gets_its_own(store):
    """R-Q13, R-Q2: cartons of the yellow part still carry the blue part's number"""
    put_in_stock("N  2026-05-20  60  IN-1  white")
    (old,) = label(store, "batch", item_no="EL-100", batch_no="N")
    decisions = [{"quantity": "52", "verdict": "qualified"}, {"quantity": "8", "verdict": "nonconforming"}]
    body = {"kind": "incoming", "decisions": decisions}
    made = store.done("/batches/EL-100/N/inspections", body, who="qa")
    assert store.refused("/scans", code=old)["code"] == "label-void"
    says = [store.get(f"/labels/{number}").json["says"] for number in made["label_nos"] if number[0] == "B"]
    assert [(each["batch_no"], each["quantity"], each["replaces"]) for each in says] == [
        ("N", "52", old), ("N-1", "8", old),
    ]  # fmt: skip
    (task,) = store.get("/tasks?kind=relabel").json["items"]
    assert old in task["facts"]["old"]
    assert set(task["facts"]["new"]) == set(made["label_nos"])


def test_given_a_batch_label_when_only_the_status_changes_then_it_stays_and_with_other_days_it_is_void(store):
    """R-Q13, R-E6: it says nothing of the status, but it names the days"""
    put_in_stock("N  2026-05-20  60  IN-1  white")
    (kept,) = label(store, "batch", item_no="EL-100", batch_no="N")
    decisions = [{"quantity": "60", "verdict": "qualified"}]
    store.done("/batches/EL-100/N/inspections", {"kind": "incoming", "decisions": decisions}, who="qa")
    assert store.done("/scans", code=kept)["status"] == "qualified"
    store.done("/batches/EL-100/N/expiry", who="qa", expiry_date="2027-01-31", reason="typed wrong", evidence="IR-7")
    assert store.refused("/scans", code=kept)["code"] == "label-void"
    (new,) = [number for (number,) in rows("SELECT label_no FROM label WHERE kind = 'batch' AND state <> 'void'")]
    assert store.get(f"/labels/{new}").json["says"]["expiry_date"] == "2027-01-31"


@pytest.mark.parametrize(
    ("members", "code", "field"),
    [
        ({"kind": "status", "batch_no": "A"}, "invalid-input", "item_no"),
        ({"kind": "status", "item_no": "EL-100"}, "invalid-input", "batch_no"),
        ({"kind": "location"}, "invalid-input", "location"),
        ({"kind": "poster"}, "invalid-input", "kind"),
        ({"kind": "status", "item_no": "EL-100", "batch_no": "A", "copies": 0}, "invalid-input", "copies"),
        ({"kind": "status", "item_no": "EL-100", "batch_no": "A", "copies": 101}, "invalid-input", "copies"),
        ({"kind": "status", "item_no": "EL-100", "batch_no": "A", "printer": "x"}, "not-found", None),
        ({"kind": "status", "item_no": "EL-100", "batch_no": "NO"}, "not-found", None),
        ({"kind": "location", "location": "NO"}, "not-found", None),
        ({"kind": "status", "item_no": "EL-100", "batch_no": "A", "location": "B-02"}, "insufficient-stock", None),
    ],
)
def test_given_what_cannot_be_labelled_when_asked_then_refused_by_name(store, members, code, field):
    """/labels: every refusal"""
    refused = store.refused("/labels", **members)
    assert (refused["code"], refused.get("field")) == (code, field)


def test_given_a_name_no_label_font_has_when_its_label_is_drawn_then_the_field_is_named(store):
    """W5: never a box in place of a character"""
    store.done("/items", who="manager", item_no="EMO", name="Box \U0001f4e6", unit="pcs")
    receipt_no = store.done("/receipts", supplier="SUP", reference="PO-9", lines=[{"item_no": "EMO", "quantity": "1"}])[
        "receipt_no"
    ]
    came = store.done(f"/receipts/{receipt_no}/scans", item_no="EMO", batch_no="E1", quantity="1")
    refused = store.get(f"/labels/{came['label_nos'][0]}.pdf")
    assert (refused.status_code, refused.json["field"], refused.json["reason"]) == (400, "name", "missing-glyph")


def test_given_another_site_when_it_asks_for_our_paper_then_it_is_not_there(store):
    """R-M5, A4"""
    (label_no,) = label(store, item_no="EL-100", batch_no="A")
    store.done("/sites", who="admin", code="S2", name="Plant 2")
    assert store.get(f"/labels/{label_no}.pdf?site=S2").status_code == 404
