"""Goods in through HTTP with the rulebook's figures: ordered, counted, white, once under one date (R-A1..A5, R-A13)."""

from datetime import UTC, datetime

from tests.factories import Store
from warehouse.tables.base import rows


def announce(store: Store, quantity: str, *, item_no: str = "EL-100", **members) -> str:
    """Make a receipt of one line and give its number."""
    lines = [{"item_no": item_no, "quantity": quantity}]
    made = store.done("/receipts", supplier="SUP", reference="PO-1", lines=lines, **members)
    return str(made["receipt_no"])


def arrive(store: Store, receipt_no: str, quantity: str, *, item_no: str = "EL-100", batch_no: str = "L7", **members):
    """Scan goods in and give the answer."""
    return store.done(f"/receipts/{receipt_no}/scans", item_no=item_no, batch_no=batch_no, quantity=quantity, **members)


def no_arrival(
    store: Store, receipt_no: str, quantity: str, *, item_no: str = "EL-100", batch_no: str = "L7", **members
):
    """Scan goods that are refused and give the problem."""
    return store.refused(
        f"/receipts/{receipt_no}/scans", item_no=item_no, batch_no=batch_no, quantity=quantity, **members
    )


def on_hand(store: Store, batch_no: str, item_no: str = "EL-100") -> list[str]:
    """Give the quantities on hand of a batch; [] when there is no such batch."""
    response = store.get(f"/batches/{item_no}/{batch_no}")
    return [line["quantity"] for line in response.json["stock"]] if response.status_code == 200 else []


def test_given_100_ordered_when_60_and_50_come_then_the_second_is_refused_and_a_tolerance_lets_105_in(store):
    """R-A1"""
    strict = announce(store, "100")
    arrive(store, strict, "60")
    refused = no_arrival(store, strict, "50")
    assert (refused["code"], refused["open_quantity"], refused["excess"]) == ("over-receipt", "40", "10")
    assert "10" in refused["detail"]
    assert on_hand(store, "L7") == ["60"]
    arrive(store, strict, "40")
    store.done("/items", who="manager", item_no="TOL", name="With 5 %", unit="pcs", over_receipt_percent="5")
    loose = announce(store, "100", item_no="TOL")
    assert no_arrival(store, loose, "106", item_no="TOL", batch_no="T1")["code"] == "over-receipt"
    assert arrive(store, loose, "105", item_no="TOL", batch_no="T1")["balance"] == "105"
    assert no_arrival(store, loose, "1", item_no="TOL", batch_no="T1")["excess"] == "1"


def test_given_92_of_100_when_the_rest_is_cancelled_then_the_line_is_closed_and_no_1_comes_later(store):
    """R-A2"""
    receipt_no = announce(store, "100")
    arrive(store, receipt_no, "92")
    store.done(f"/receipts/{receipt_no}/post", who="clerk", cancel_rest=True)
    (line,) = store.get(f"/receipts/{receipt_no}").json["lines"]
    assert (line["received"], line["cancelled"], line["state"]) == ("92", "8", "closed")
    assert no_arrival(store, receipt_no, "1")["code"] == "document-state"
    assert on_hand(store, "L7") == ["92"]
    again = store.refused(f"/receipts/{receipt_no}/post", who="clerk", cancel_rest=True)
    assert again["code"] == "document-state"


def test_given_a_receipt_posted_then_white_60_on_hand_and_nothing_may_be_issued_and_it_has_a_number(store):
    """R-A3"""
    receipt_no = announce(store, "60")
    assert receipt_no.startswith("S1-GR2606-")
    arrive(store, receipt_no, "60")
    posted = store.done(f"/receipts/{receipt_no}/post", who="clerk")
    assert len(posted["entries"]) == 1
    batch = store.batch("L7")
    assert (batch["status"], batch["stock"][0]["quantity"], batch["issuable"]) == ("pending", "60", "0")
    assert batch["refusal"]["type"].endswith("#not-qualified")
    order = store.done(
        "/deliveries", who="clerk", customer="K", reference="SO", lines=[{"item_no": "EL-100", "quantity": "130"}]
    )
    assert order["lines"][0]["shortage"] == "10", "120 blue of fixture F, and none of the 60 white"
    refused = store.refused(f"/deliveries/{order['delivery_no']}/scans", code="EL-100/L7", quantity="1")
    assert refused["code"] == "not-qualified"
    assert store.get("/batches/EL-100/L7/account").json["items"][-1]["balance"] == "60"
    lines = [{"item_no": "EL-100", "quantity": "1"}]
    assert store.refused("/receipts", supplier="SUP", reference="", lines=lines)["field"] == "reference"
    assert store.refused("/receipts", supplier="SUP", reference="  ", lines=lines)["field"] == "reference"
    assert store.refused("/receipts", supplier="SUP", lines=lines)["field"] == "reference"


def test_given_a_batch_on_record_when_it_comes_with_another_expiry_then_refused_until_qa_corrects_it(store):
    """R-A4"""
    receipt_no = announce(store, "100")
    old = arrive(store, receipt_no, "10", expiry_date="2027-01-31")["label_nos"]
    refused = no_arrival(store, receipt_no, "10", expiry_date="2027-02-28")
    assert (refused["code"], refused["field"]) == ("batch-conflict", "expiry_date")
    assert (refused["recorded"], refused["sent"]) == ("2027-01-31", "2027-02-28")
    assert (store.batch("L7")["expiry_date"], on_hand(store, "L7")) == ("2027-01-31", ["10"])
    assert arrive(store, receipt_no, "10")["balance"] == "20", "a date that is not said is no other date"
    path = "/batches/EL-100/L7/expiry"
    assert store.refused(path, who="keeper", expiry_date="2027-02-28", reason="x")["code"] == "forbidden"
    assert store.refused(path, who="qa", expiry_date="2027-02-28")["field"] == "reason"
    store.done(path, who="qa", expiry_date="2027-02-28", reason="misread certificate", evidence="CoA 4711")
    assert store.batch("L7")["expiry_date"] == "2027-02-28"
    assert store.refused("/scans", code=old[0])["code"] == "label-void"
    assert arrive(store, receipt_no, "10", expiry_date="2027-02-28")["balance"] == "30"
    ((audit,),) = rows("SELECT content FROM audit WHERE content LIKE '%misread certificate%' AND outcome = 'done'")
    assert "2027-01-31" in audit
    assert "2027-02-28" in audit


def test_given_the_same_batch_again_in_april_when_it_comes_then_the_first_receipt_date_stays_for_all_of_it(store):
    """R-A5: the policy is the first date; it is said in the answer and never averaged"""
    store.now = datetime(2026, 2, 3, 2, 0, tzinfo=UTC)
    receipt_no = announce(store, "100")
    arrive(store, receipt_no, "20")
    store.now = datetime(2026, 4, 2, 2, 0, tzinfo=UTC)
    second = arrive(store, receipt_no, "30")
    assert second["batch"]["first_received_on"] == "2026-02-03"
    assert store.batch("L7")["first_received_on"] == "2026-02-03"
    dates = [entry["written_at"][:10] for entry in store.get("/batches/EL-100/L7/card").json["items"]]
    assert dates == ["2026-02-03", "2026-04-02"], "the card says when each came"
    store.done("/batches/EL-100/L7/inspections", who="qa", kind="incoming",
               decisions=[{"quantity": "50", "verdict": "qualified"}])  # fmt: skip
    store.now = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
    made = store.done(
        "/deliveries", who="clerk", customer="K", reference="SO", lines=[{"item_no": "EL-100", "quantity": "85"}]
    )
    # A of 2026-01-10, then all 50 of L7 (2026-02-03) before B of 2026-03-05.
    taken = [(pick["batch_no"], pick["quantity"]) for pick in made["lines"][0]["pick_list"]]
    assert taken == [("A", "30"), ("L7", "50"), ("B", "5")]


def test_given_kilograms_pieces_and_boxes_when_quantities_come_then_exact_or_refused(store):
    """R-A13"""
    receipt_no = announce(store, "10.000", item_no="KG-1")
    arrive(store, receipt_no, "0.1", item_no="KG-1", batch_no="V1")
    assert arrive(store, receipt_no, "0.2", item_no="KG-1", batch_no="V1")["balance"] == "0.300"
    for quantity in ("0.0004", "1e-1", "NaN", "-1", "0", "１", "0,5", "1_0", "99999999999999"):
        refused = no_arrival(store, receipt_no, quantity, item_no="KG-1", batch_no="V1")
        assert refused["code"] in ("quantity-precision", "invalid-input"), quantity
        assert refused["status"] == 400
    assert no_arrival(store, receipt_no, "0.0004", item_no="KG-1", batch_no="V1")["decimals"] == 3
    for number in (0.5, 1, True, None):
        body = {"item_no": "KG-1", "batch_no": "V1", "quantity": number}
        assert store.refused(f"/receipts/{receipt_no}/scans", body)["status"] == 400
    assert on_hand(store, "V1", "KG-1") == ["0.300"]
    pieces = announce(store, "100")
    assert no_arrival(store, pieces, "0.5")["code"] == "quantity-precision"
    assert arrive(store, pieces, "2", unit="box")["balance"] == "24"
    assert no_arrival(store, pieces, "0.5", unit="box")["code"] == "quantity-precision"
    assert no_arrival(store, pieces, "2", unit="crate")["field"] == "unit"
    assert on_hand(store, "L7") == ["24"], "a label that says 2 box never posts 2"


def test_given_two_orders_when_the_wrong_item_or_place_or_batch_is_scanned_then_three_different_refusals(store):
    """R-F26"""
    receipt_no = announce(store, "5", item_no="EL-200")
    arrive(store, receipt_no, "5", item_no="EL-200", batch_no="X1")
    path = f"/deliveries/{store.order('10')}/scans"
    item = store.refused(path, item_no="EL-200", batch_no="X1", quantity="5")
    place = store.refused(path, item_no="EL-100", batch_no="A", location="B-02", quantity="5")
    batch = store.refused(path, item_no="EL-100", batch_no="B", quantity="5")
    assert [each["code"] for each in (item, place, batch)] == ["wrong-item", "wrong-place", "not-oldest"]
    assert (item["expected"], place["places"], batch["batch_no"]) == (["EL-100"], ["B-01"], "A")
    assert len({each["title"] for each in (item, place, batch)}) == 3
    assert len({each["detail"] for each in (item, place, batch)}) == 3


def test_given_a_code_that_names_no_goods_when_they_are_received_then_it_says_what_the_code_is(store):
    """S17, R-A11: a bin, a document, an item's own code; with the batch beside it the item's code will do"""
    receipt_no = announce(store, "50")
    path = f"/receipts/{receipt_no}/scans"
    for code, reason in (("B-01", "is-a-location"), (receipt_no, "is-a-document"), ("EL-100", "is-a-item")):
        refused = store.refused(path, code=code, quantity="1")
        assert (refused["code"], refused["reason"]) == ("unknown-code", reason)
        assert f"“{code}” is" in refused["detail"]
    refused = store.refused(path, code="B-01", item_no="EL-100", batch_no="A", quantity="1")
    assert (refused["code"], refused["reason"]) == ("unknown-code", "is-a-location")
    assert store.done(path, code="EL-100", batch_no="N1", quantity="1")["batch"]["batch_no"] == "N1"


def test_given_goods_with_a_shelf_life_when_their_days_cannot_be_true_then_refused_and_180_days_are_counted(store):
    """R-E7, R-E1, 4.7.5 b"""
    store.done("/items", who="manager", item_no="LIFE", name="Glue", unit="pcs", shelf_life_days=180)
    receipt_no = announce(store, "100", item_no="LIFE")
    for days, field, reason in (
        ({}, "expiry_date", "missing"),
        ({"produced_on": "2026-06-02"}, "produced_on", "in-the-future"),
        ({"produced_on": "2026-05-02", "expiry_date": "2026-05-01"}, "expiry_date", "before-production"),
        ({"expiry_date": "2026-05-31"}, "expiry_date", "already-expired"),
        ({"produced_on": "2025-11-01"}, "produced_on", "already-expired"),
    ):
        refused = no_arrival(store, receipt_no, "5", item_no="LIFE", batch_no="G1", **days)
        assert (refused["code"], refused["field"], refused["reason"]) == ("invalid-input", field, reason)
    assert on_hand(store, "G1", "LIFE") == []
    came = arrive(store, receipt_no, "5", item_no="LIFE", batch_no="G1", produced_on="2026-01-01")
    assert came["batch"]["expiry_date"] == "2026-06-30"
    last_day = arrive(store, receipt_no, "5", item_no="LIFE", batch_no="G2", expiry_date="2026-06-01")
    assert last_day["batch"]["expiry_date"] == "2026-06-01"


def test_given_too_many_of_a_batch_with_another_date_when_scanned_then_the_order_is_looked_at_first(store):
    """R-A1, R-A4: the rule asks before anything is looked up or written, not the guard of the document line"""
    receipt_no = announce(store, "10")
    arrive(store, receipt_no, "5", expiry_date="2027-01-31")
    both = no_arrival(store, receipt_no, "6", expiry_date="2027-02-28")
    assert (both["code"], both["open_quantity"], both["excess"]) == ("over-receipt", "5", "1")
    assert no_arrival(store, receipt_no, "5", expiry_date="2027-02-28")["code"] == "batch-conflict"


def test_given_a_quantity_that_is_none_when_received_then_refused_by_name(store):
    """R-A13, R-C17"""
    receipt_no = announce(store, "100")
    for text, reason in (("0", "not-positive"), ("-1", "not-a-quantity"), ("1e3", "not-a-quantity"),
                         ("１２", "not-a-quantity"), ("9200000000001", "too-large")):  # fmt: skip
        refused = no_arrival(store, receipt_no, text)
        assert (refused["status"], refused["field"], refused["reason"]) == (400, "quantity", reason)
    assert on_hand(store, "L7") == []
