"""Any code or picture at /scans: what it is, what can be done with it, and nothing is created (R-A6..A11, S1..S20)."""

import io
import json
from datetime import timedelta

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from tests import factories
from tests.factories import TODAY, Store
from tests.web.browser import Browser
from warehouse.tables.base import rows

GTIN = "06912345678902"  # of EL-100


def picture_of(*contents: str, form: str = "PNG") -> bytes:
    """Draw codes side by side on one sheet."""
    drawn = [
        np.array(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=6)) for text in contents
    ]
    height = max(code.shape[0] for code in drawn) + 80
    sheet = np.full((height, sum(code.shape[1] + 80 for code in drawn) + 80), 255, np.uint8)
    left = 80
    for code in drawn:
        sheet[40 : 40 + code.shape[0], left : left + code.shape[1]] = code
        left += code.shape[1] + 80
    stream = io.BytesIO()
    Image.fromarray(sheet).save(stream, form)
    return stream.getvalue()


def send_picture(store: Store, data: bytes, *, who: str = "keeper", key: str = "picture-key-1", **fields: str):
    """POST a picture to /scans as a multipart form, written here: the test client would put it in a file."""
    parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    parts.append('name="picture"; filename="../仓库.png"\r\nContent-Type: image/png\r\n\r\n'.encode() + data)
    body = b"".join(b"--cut\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--cut--\r\n"
    return store.client.post(
        "/api/v1/scans",
        data=body,
        content_type="multipart/form-data; boundary=cut",
        headers={"Authorization": f"Bearer token-{who}", "Idempotency-Key": key},
    )


def last_audit() -> dict:
    """Give the newest audit row's content."""
    ((content,),) = rows("SELECT content FROM audit ORDER BY id DESC LIMIT 1")
    return json.loads(content)


def things_on_record() -> list[int]:
    """Count what a scan must never make."""
    return [rows(f"SELECT COUNT(*) FROM {table}")[0][0] for table in ("batch", "item", "stock", "document", "label")]


def test_given_a_gs1_label_when_scanned_then_item_by_gtin_expiry_on_the_last_day_and_the_batch(store):
    """R-A6, through /scans and through a receipt; day 00 is the month's last, in leap years too"""
    code = f"01{GTIN}1726060010AB12"
    said = store.done("/scans", code=code)
    assert (said["kind"], said["item_no"], said["batch_no"], said["on_record"]) == ("batch", "EL-100", "AB12", False)
    assert said["printed"]["expiry_date"] == "2026-06-30"
    assert store.done("/scans", code=f"01{GTIN}1728020010AB12")["printed"]["expiry_date"] == "2028-02-29"
    receipt_no = announce(store)
    came = store.done(f"/receipts/{receipt_no}/scans", code=code, quantity="5")
    assert (came["batch"]["item_no"], came["batch"]["batch_no"]) == ("EL-100", "AB12")
    assert came["batch"]["expiry_date"] == "2026-06-30"
    again = store.done("/scans", code=code)
    assert (again["on_record"], again["expiry_date"], again["status"]) == (True, "2026-06-30", "pending")


def test_given_no_separator_after_the_lot_when_a_date_may_hide_in_it_then_ambiguous_until_it_is_certain(store):
    """R-A7"""
    store.done("/items", who="manager", item_no="GS", name="Lots", unit="pcs", gtin="04006381333931")
    receipt_no = announce(store, "GS")
    unsure = "010400638133393110AB1217260630"
    for code in (unsure, f"]C1{unsure}", f"]d2{unsure}", f"]Q3{unsure}"):
        refused = store.refused(f"/receipts/{receipt_no}/scans", code=code, quantity="1")
        assert (refused["code"], refused["candidates"]) == ("ambiguous-code", ["AB1217260630", "AB12"])
    assert store.refused("/scans", code="(01)04006381333931(10)AB1217260630")["code"] == "ambiguous-code"
    assert store.get("/batches/GS/AB1217260630").status_code == store.get("/batches/GS/AB12").status_code == 404
    certain = store.done(f"/receipts/{receipt_no}/scans", code="010400638133393110AB12\x1d17260630", quantity="1")
    assert (certain["batch"]["batch_no"], certain["batch"]["expiry_date"]) == ("AB12", "2026-06-30")
    said = store.done("/scans", code="]C1010400638133393110AB12\x1d17260630")
    assert (said["batch_no"], said["printed"]["expiry_date"]) == ("AB12", "2026-06-30")
    # A batch that really has the whole number is that batch.
    store.done(f"/receipts/{receipt_no}/scans", item_no="GS", batch_no="AB1217260630", quantity="1")
    assert store.done("/scans", code=unsure)["batch_no"] == "AB1217260630"


def test_given_a_wrong_gtin_check_digit_when_scanned_then_refused_before_any_look_up(store):
    """R-A8"""
    receipt_no = announce(store)
    for wrong in (f"]C101{GTIN[:-1]}310AB12", f"01{GTIN[:-1]}310AB12", f"(01){GTIN[:-1]}3(10)AB12"):
        for path, members in (
            ("/scans", {}),
            (f"/receipts/{receipt_no}/scans", {"quantity": "1"}),
            (f"/receipts/{receipt_no}/scans", {"quantity": "1", "item_no": "EL-100"}),
        ):
            refused = store.refused(path, code=wrong, **members)
            assert (refused["code"], refused["status"], refused["reason"]) == ("unknown-code", 404, "check-digit")
            assert "check digit" in refused["detail"]
    plain = store.done("/scans", code=f"01{GTIN[:-1]}3XYZ")
    assert plain["kind"] == "unknown", "a number that is no GS1 data for any check digit"
    assert store.get("/batches/EL-100/AB12").status_code == 404
    assert store.refused("/items", who="manager", item_no="X", name="X", unit="pcs", gtin=GTIN[:-1] + "3")["field"] == (
        "gtin"
    )


def test_given_one_lot_text_on_two_items_when_scanned_then_the_task_decides_and_without_one_a_person(store):
    """R-A9"""
    both = announce(store, "EL-100", "EL-200")
    for item_no in ("EL-100", "EL-200"):
        store.done(f"/receipts/{both}/scans", item_no=item_no, batch_no="L01", quantity="1")
    of_200 = announce(store, "EL-200")
    came = store.done(f"/receipts/{of_200}/scans", code="L01", quantity="2")
    assert came["batch"]["item_no"] == "EL-200"
    asked = store.refused("/scans", code="L01")
    assert (asked["code"], asked["candidates"]) == ("ambiguous-code", ["EL-100/L01", "EL-200/L01"])
    assert store.done("/scans", code="EL-200/L01")["item_no"] == "EL-200"
    refused = store.refused(f"/receipts/{of_200}/scans", code="A", quantity="1")
    assert (refused["code"], refused["item_no"], refused["batch_no"]) == ("wrong-item", "EL-100", "A")
    of_kg = announce(store, "KG-1")
    assert store.refused(f"/receipts/{of_kg}/scans", code="L01", quantity="1")["code"] == "wrong-item", "of two others"
    assert store.stock("A") == [("B-01", "qualified", "30")]


def test_given_numbers_alike_when_written_and_scanned_then_zeros_and_case_are_kept_and_width_is_folded(store):
    """R-A10, S7"""
    receipt_no = announce(store)
    for batch_no in ("0012", "12", "ab-1", "AB-1", "ＡＢ１"):
        store.done(f"/receipts/{receipt_no}/scans", item_no="EL-100", batch_no=batch_no, quantity="1")
    for code in ("0012", "12", "ab-1", "AB-1"):
        said = store.done("/scans", code=code)
        assert (said["kind"], said["batch_no"]) == ("batch", code)
    assert store.done("/scans", code=" ＡＢ１ ")["batch_no"] == store.done("/scans", code="AB1")["batch_no"] == "AB1"
    assert store.done("/scans", code="Ab-1")["kind"] == "unknown"
    assert store.done("/scans", code="АB-1")["kind"] == "unknown", "a Cyrillic А is another letter"


def test_given_an_unknown_code_when_scanned_then_nothing_is_created_and_the_scan_is_kept_with_its_device(store):
    """R-A11, S1, S3"""
    before = things_on_record()
    said = store.done("/scans", code="NOBODY-KNOWS", device="gun-7", key="unknown-scan-1")
    assert (said["kind"], said["actions"], said["reason"]) == ("unknown", [], "not-on-record")
    kept = last_audit()
    assert (kept["device"], kept["by"], kept["facts"]["scanned"]) == ("gun-7", "keeper", ["NOBODY-KNOWS"])
    for code in ("%", "_", "' OR 1=1 --", "{{7*7}}", "A%"):
        assert store.done("/scans", code=code)["kind"] == "unknown"
    receipt_no = announce(store)
    refused = store.refused(f"/receipts/{receipt_no}/scans", code="NOBODY-KNOWS", quantity="1", device="gun-7")
    assert refused["code"] == "unknown-code"
    assert (last_audit()["device"], last_audit()["why"]["scanned"]) == ("gun-7", "NOBODY-KNOWS")
    assert things_on_record() == [*before[:3], before[3] + 1, before[4]], "only the receipt was made"


def test_given_the_same_scan_again_when_its_key_is_new_then_it_is_a_new_scan_and_with_the_old_key_none(store):
    """R-A12, the service's part: it knows only keys; the reader suppresses"""
    receipt_no = announce(store)
    body = {"item_no": "EL-100", "batch_no": "N1", "quantity": "1"}
    first = store.post(f"/receipts/{receipt_no}/scans", body, key="frame-0001")
    again = store.post(f"/receipts/{receipt_no}/scans", body, key="frame-0001")
    assert (again.json, again.headers["Idempotent-Replay"]) == (first.json, "true")
    assert store.stock("N1") == [("IN-1", "pending", "1")]
    store.done(f"/receipts/{receipt_no}/scans", body, key="frame-0002")
    assert store.stock("N1") == [("IN-1", "pending", "2")]
    assert store.post("/scans", {"code": "N1"}, key="frame-0003").json == (
        store.post("/scans", {"code": "N1"}, key="frame-0003").json
    )
    assert store.post("/scans", {"code": "N2"}, key="frame-0003").status_code == 422


def test_given_each_kind_of_code_when_scanned_then_it_says_what_it_is_and_what_this_person_may_do(store):
    """S17; /scans: batch, item, location, document, person"""
    batch = store.done("/scans", code="EL-100/A")
    assert (batch["kind"], batch["status"], batch["issuable"], batch["name"]) == (
        "batch", "qualified", "30", "Motor 100",
    )  # fmt: skip
    assert {"action": "show", "method": "GET", "path": "/api/v1/batches/EL-100/A"} in batch["actions"]
    for action in batch["actions"]:
        if action["method"] == "GET":
            assert store.client.get(action["path"], headers={"Authorization": "Bearer token-keeper"}).status_code == 200
    item = store.done("/scans", code="EL-200")
    assert (item["kind"], item["item_no"]) == ("item", "EL-200")
    assert store.done("/scans", code=GTIN[1:])["item_no"] == "EL-100", "an article's EAN is an item, not a batch (S17)"
    place = store.done("/scans", code="QU-1")
    assert (place["kind"], place["location"], place["place_kind"]) == ("location", "QU-1", "quarantine")
    assert store.done("/scans", code="qa2")["kind"] == "person"
    receipt_no = announce(store)
    document = store.done("/scans", code=receipt_no)
    assert (document["kind"], document["document_kind"], document["state"]) == ("document", "receipt", "open")
    may = {who: [action["action"] for action in store.done("/scans", code=receipt_no, who=who)["actions"]]
           for who in ("keeper", "manager", "qa")}  # fmt: skip
    assert may == {"keeper": ["show", "scan"], "manager": ["show", "post"], "qa": ["show"]}


def test_given_another_site_s_goods_when_scanned_then_it_is_unknown_with_no_detail(store):
    """R-M5, S19: the same answer as for nothing on record"""
    store.done("/sites", who="admin", code="S2", name="Plant 2")
    for code in ("EL-100/A", "B-01"):
        there = store.done("/scans", code=code, site="S2")
        assert (there["kind"], there["reason"], there["actions"]) == ("unknown", "not-on-record", [])


def test_given_a_picture_when_one_code_in_it_is_known_then_it_is_taken_and_of_two_a_person_chooses(store):
    """S15: two batches in a picture are a question; one code twice, or an item's code beside its batch, is not"""
    said = send_picture(store, picture_of("EL-100/A"), device="phone-1").json
    assert (said["kind"], said["batch_no"]) == ("batch", "A")
    assert said["codes"] == [{"text": "EL-100/A", "symbology": "QRCode"}]
    assert last_audit()["device"] == "phone-1"
    one = send_picture(store, picture_of("EL-100/B", "EL-100", "NOBODY-KNOWS"), key="picture-key-2").json
    assert (one["kind"], one["batch_no"], len(one["codes"])) == ("batch", "B", 3)
    two = send_picture(store, picture_of("EL-100/A", "EL-100/B"), key="picture-key-3").json
    assert (two["kind"], two["reason"], two["try"]) == ("unknown", "several-codes", ["choose"])
    assert sorted(read["batch_no"] for read in two["candidates"]) == ["A", "B"]


def test_given_a_picture_without_a_sure_code_when_sent_then_not_sure_and_what_to_do(store):
    """S16; the noise is large enough to be kept in a file on the way"""
    stream = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 256, (900, 900), np.uint8)
    Image.fromarray(noise).save(stream, "PNG")
    assert len(stream.getvalue()) > 500_000
    response = send_picture(store, stream.getvalue())
    assert (response.status_code, response.json["kind"], response.json["reason"]) == (201, "unknown", "not-sure")
    assert response.json["try"] == ["closer", "type-the-number"]


def test_given_the_key_of_a_picture_when_another_picture_comes_with_it_then_refused(store):
    """R-X3 for pictures: the fingerprint is the picture's SHA-256"""
    data = picture_of("EL-100/A")
    first = send_picture(store, data)
    assert send_picture(store, data).json == first.json
    assert send_picture(store, picture_of("EL-100/B")).status_code == 422
    assert send_picture(store, data, key="").status_code == 400


def bomb() -> bytes:
    """A small file that unpacks to 36 million pixels."""
    stream = io.BytesIO()
    Image.new("1", (6000, 6000)).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        (b"", 400, "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "PNG, JPEG and WebP can be read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", 415, "PNG, JPEG and WebP can be read"),
        (picture_of("A")[:60], 400, "Take it again"),
        (bomb(), 413, "Take a smaller one"),
        (b"\x89PNG\r\n\x1a\n" + bytes(9 << 20), 413, ""),
    ],
    ids=["empty", "svg", "eps", "cut", "bomb", "large"],
)
def test_given_a_file_that_is_no_picture_of_ours_when_sent_then_the_sender_is_told(store, data, status, said):
    """U1, U2, P14, P15: and what to do instead"""
    response = send_picture(store, data)
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert response.json["type"].endswith("#invalid-input")
    assert said in response.json["detail"]


@pytest.mark.parametrize(
    "fields",
    [{"code": "A"}, {"status": "qualified"}, {"sequence": "many"}, {"device": "a\x00b"}],
    ids=lambda fields: next(iter(fields)),
)
def test_given_a_field_that_does_not_belong_when_sent_beside_a_picture_then_it_is_named(store, fields):
    """U13"""
    response = send_picture(store, picture_of("A"), **fields)
    assert (response.status_code, response.json["field"]) == (400, next(iter(fields)))


def test_given_a_hidden_character_or_an_old_time_when_scanned_then_refused_by_name(store):
    """S4, S9, R-U3"""
    assert store.refused("/scans", code="A\x00B")["field"] == "code"
    assert store.refused("/scans", code="A\u202eB")["field"] == "code"
    assert store.refused("/scans", code="A" * 5000)["field"] == "code"
    assert store.refused("/scans")["field"] == "code"
    late = (TODAY + timedelta(minutes=6)).isoformat()
    assert store.refused("/scans", code="A", done_at=late)["field"] == "done_at"


def announce(store: Store, *item_nos: str, quantity: str = "100") -> str:
    """Make a receipt for some items."""
    lines = [{"item_no": item_no, "quantity": quantity} for item_no in item_nos or ("EL-100",)]
    return store.done("/receipts", supplier="SUP", reference="PO-1", lines=lines)["receipt_no"]


@pytest.mark.parametrize(
    ("beside", "field"),
    [
        ({"batch_no": "B"}, "batch_no"),
        ({"item_no": "EL-200"}, "item_no"),
        ({"item_no": "EL-200", "batch_no": "A"}, "item_no"),
    ],
)
def test_given_a_code_and_numbers_beside_it_when_they_disagree_then_400_names_the_field_and_nothing_is_done(
    store, beside, field
):
    """P14, R-A9: the code does not silently win; what agrees goes through, at the dock, the bin, the truck and the count"""
    lines = [{"item_no": "EL-100", "quantity": "9"}, {"item_no": "EL-200", "quantity": "9"}]
    receipt = store.done("/receipts", supplier="SUP", reference="P", lines=lines)["receipt_no"]
    order = store.order("5")
    count = store.done("/counts", who="manager", month="2026-06")["count_no"]
    places = {
        f"/receipts/{receipt}/scans": {"quantity": "1"}, "/transfers": {"from": "B-01", "to": "B-04", "quantity": "1"},
        f"/deliveries/{order}/scans": {"quantity": "1"},
        f"/counts/{count}/scans": {"location": "B-01", "quantity": "30"},
    }  # fmt: skip
    before = rows("SELECT * FROM card_entry"), rows("SELECT * FROM count_entry")
    for path, members in places.items():
        refused = store.refused(path, code="A", **beside, **members)
        assert (refused["status"], refused["code"], refused["field"]) == (400, "invalid-input", field), path
        assert refused["reason"] == "not-what-the-code-says"
        assert "disagree" in refused["detail"]
    assert (rows("SELECT * FROM card_entry"), rows("SELECT * FROM count_entry")) == before
    for path, members in places.items():
        store.done(path, code="A", item_no="EL-100", batch_no="Ａ", **members)


def test_given_a_code_with_an_expiry_when_another_day_is_typed_beside_it_then_400_names_the_day(store):
    """R-A6: what is printed and what is typed"""
    lines = [{"item_no": "EL-100", "quantity": "9"}]
    path = f"/receipts/{store.done('/receipts', supplier='SUP', reference='P', lines=lines)['receipt_no']}/scans"
    code = "(01)06912345678902(17)270630(10)N1"
    assert store.refused(path, code=code, quantity="1", expiry_date="2027-07-01")["field"] == "expiry_date"
    done = store.done(path, code=code, quantity="1", expiry_date="2027-06-30", produced_on="2026-05-01")
    assert done["batch"]["expiry_date"] == "2027-06-30"


def test_given_the_page_of_one_item_when_another_is_scanned_then_wrong_goods_and_of_several_the_choice_goes(store):
    """R-F26, R-A9: the keeper hears that the goods are wrong, not that a field is"""
    factories.put_in_stock("X  2026-01-02  40  B-04  blue", item_no="EL-200")
    keeper = Browser(store, "keeper")
    for number, items in enumerate((["EL-100"], ["EL-100", "KG-1", "EL-200"])):
        lines = [{"item_no": item_no, "quantity": "9"} for item_no in items]
        receipt = store.done("/receipts", supplier="SUP", reference=f"P{number}", lines=lines)["receipt_no"]
        keeper.open(f"/receive/{receipt}")
        keeper.send(f"/receive/{receipt}/scan", code="X", quantity="1", item_no="EL-100")
        if number == 0:
            assert 'class="panel refused goods"' in keeper.page.text
            continue
        assert "given beside it disagree" in keeper.words
        assert keeper.form(f"/receive/{receipt}/scan").fields["item_no"] == [""]
