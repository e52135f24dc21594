"""The last usable day through HTTP, by the site's clock (4.7.5 b; R-E1..R-E7, R-A4, R-I10)."""

from datetime import UTC, datetime

from tests.factories import put_in_stock
from warehouse.books import verify
from warehouse.tables.base import rows

LAST_HOUR = datetime(2026, 6, 30, 15, 59, tzinfo=UTC)  # 23:59 on 06-30 at the site
NEXT_DAY = datetime(2026, 6, 30, 16, 30, tzinfo=UTC)  # 00:30 on 07-01 at the site
EXPIRING = "E  2026-01-02  40  B-04  blue  2026-06-30"


def order_and_pick(store, quantity="10"):
    delivery_no = store.order(quantity)
    store.done(f"/deliveries/{delivery_no}/scans", code="E", quantity=quantity)
    return delivery_no


def test_given_expiry_06_30_when_it_is_06_30_then_usable_all_day_and_not_from_midnight_at_the_site(store):
    """O9; R-E1, R-E2"""
    put_in_stock(EXPIRING)
    store.now = LAST_HOUR
    order_and_pick(store)
    assert store.batch("E")["refusal"] is None
    waiting = store.order("10")
    store.now = NEXT_DAY  # in UTC it is still 06-30
    shown = store.batch("E")
    assert (shown["refusal"]["type"].rpartition("#")[2], shown["issuable"]) == ("expired", "0")
    refused = store.refused(f"/deliveries/{waiting}/scans", code="E", quantity="10")
    assert (refused["code"], refused["expiry_date"]) == ("expired", "2026-06-30")
    line = store.get(f"/deliveries/{store.order('10')}").json["lines"][0]
    assert line["pick_list"][0]["batch_no"] == "A"
    assert {"batch_no": "E", "location": "B-04", "status": "qualified", "reason": "expired"} in line["skipped"]


def test_given_goods_picked_on_their_last_day_when_the_truck_comes_next_day_then_they_stop(store):
    """R-E3"""
    put_in_stock(EXPIRING)
    store.now = LAST_HOUR
    unchecked, checked = order_and_pick(store), order_and_pick(store)
    package = [{"code": "P1", "outer_ok": True}]
    store.done(f"/deliveries/{checked}/package-checks", who="clerk", packages=package)
    store.now = NEXT_DAY
    check = store.refused(f"/deliveries/{unchecked}/package-checks", who="clerk", packages=package)
    truck = store.refused(f"/deliveries/{checked}/dispatch", who="clerk")
    assert (check["code"], truck["code"]) == ("expired", "expired")


def test_given_75_days_left_when_a_customer_needs_90_then_not_for_him_and_still_for_others(store):
    """R-E4"""
    put_in_stock("E  2026-01-02  40  B-04  blue  2026-08-15")
    store.done("/partners", who="manager", code="R90", name="Needs 90 days", rest_life_days=90)
    his = store.order("10", customer="R90")
    line = store.get(f"/deliveries/{his}").json["lines"][0]
    assert line["pick_list"][0]["batch_no"] == "A"
    assert line["skipped"][0] == {
        "batch_no": "E",
        "location": "B-04",
        "status": "qualified",
        "reason": "shelf-life-too-short",
    }
    refused = store.refused(f"/deliveries/{his}/scans", code="E", quantity="10")
    assert (refused["code"], refused["rest_life_days"], refused["required_days"]) == ("shelf-life-too-short", 75, 90)
    store.done(f"/deliveries/{store.order('10', customer='M')}/scans", code="E", quantity="10")


def test_given_an_expired_batch_when_moved_to_hold_then_allowed_but_not_to_the_dock_or_a_line(store):
    """R-E5"""
    put_in_stock(EXPIRING)
    for code, kind in (("D-1", "dispatch"), ("L-1", "line")):
        store.done("/locations", who="manager", code=code, zone=kind, kind=kind)
    store.now = NEXT_DAY
    for code in ("D-1", "L-1"):
        assert store.refused("/transfers", code="E", to=code)["code"] == "expired"
    store.done("/transfers", code="E", to="QU-1")
    assert store.stock("E") == [("QU-1", "qualified", "40")]


def test_given_an_expired_batch_when_qa_rejects_it_then_it_may_be_returned_and_scrapped(store):
    """R-E5"""
    put_in_stock(EXPIRING)
    store.now = NEXT_DAY
    store.done("/batches/EL-100/E/doubts", reason="past its date")
    rejected = [{"quantity": "40", "verdict": "nonconforming"}]
    verdict = store.done("/batches/EL-100/E/inspections", who="qa", kind="reinspection", decisions=rejected)
    yellow = verdict["sub_batches"][0]["batch_no"]
    path = f"/batches/EL-100/{yellow}/dispositions"
    back = store.done(path, who="qa", decision="return", quantity="15", reason="past its date")
    assert store.done(f"/dispositions/{back['disposition_no']}/ship", who="clerk")["state"] == "done"
    scrap = store.done(path, who="qa", decision="scrap", quantity="25", reason="past its date")
    store.done(f"/dispositions/{scrap['disposition_no']}/approve", who="qa2")
    store.done(f"/dispositions/{scrap['disposition_no']}/dispose", who="clerk")
    assert (store.stock("E"), store.stock(yellow)) == ([], [])


def test_given_an_expired_batch_when_qa_returns_and_scraps_it_as_it_lies_then_its_date_was_the_verdict(store):
    """R-E5, R-Q13"""
    put_in_stock(EXPIRING)
    path = "/batches/EL-100/E/dispositions"
    scrap = {"decision": "scrap", "quantity": "25", "reason": "past its date"}
    assert store.refused(path, scrap, who="qa")["code"] == "not-qualified", "it is still good"
    (old,) = [number for (number,) in rows("SELECT label_no FROM label WHERE facts LIKE ?", '%"batch_no": "E"%')]
    store.now = NEXT_DAY
    assert store.refused(path, {**scrap, "decision": "rework"}, who="qa")["code"] == "not-qualified"
    assert store.refused(path, {**scrap, "quantity": "41"}, who="qa")["code"] == "insufficient-stock"
    back = store.done(path, who="qa", decision="return", quantity="15", reason="past its date")
    yellow = back["batch_no"]
    assert (store.stock("E"), store.stock(yellow)) == ([("B-04", "qualified", "25")], [("B-04", "nonconforming", "15")])
    assert store.refused("/transfers", code=old, to="B-03")["code"] == "label-void"
    assert store.done(f"/dispositions/{back['disposition_no']}/ship", who="clerk")["state"] == "done"
    made = store.done(path, scrap, who="qa")
    store.done(f"/dispositions/{made['disposition_no']}/approve", who="qa2")
    store.done(f"/dispositions/{made['disposition_no']}/dispose", who="clerk")
    assert [store.stock(number) for number in ("E", yellow, made["batch_no"])] == [[], [], []]
    assert list(verify.verify()) == []


def test_given_qa_extends_expiry_when_evidence_and_reason_are_there_then_copies_follow_and_old_labels_are_void(store):
    """R-E6, R-A4"""
    put_in_stock(EXPIRING)
    (old,) = [number for (number,) in rows("SELECT label_no FROM label WHERE facts LIKE ?", '%"batch_no": "E"%')]
    longer = {"expiry_date": "2026-12-31", "reason": "retested"}
    assert store.refused("/batches/EL-100/E/expiry", longer, who="qa")["field"] == "evidence"
    assert store.post("/batches/EL-100/E/expiry", longer, who="manager").status_code == 403
    no_reason = store.refused("/batches/EL-100/E/expiry", {**longer, "reason": " "}, who="qa", evidence="LAB-7")
    assert no_reason["field"] == "reason"
    done = store.done("/batches/EL-100/E/expiry", longer, who="qa", evidence="LAB-7")
    assert (done["expiry_date"], len(done["label_nos"])) == ("2026-12-31", 1)
    assert rows("SELECT expiry_key FROM stock WHERE bin_code = 'B-04'") == [("2026-12-31",)]
    assert store.refused("/transfers", code=old, to="B-03")["code"] == "label-void"
    assert store.done("/transfers", code=done["label_nos"][0], to="B-03")["batch_no"] == "E"
    store.now = NEXT_DAY
    assert store.batch("E")["refusal"] is None
    same = store.refused("/batches/EL-100/E/expiry", longer, who="qa", evidence="LAB-7")
    assert (same["code"], same["field"]) == ("invalid-input", "expiry_date")


def test_given_goods_issued_in_a_closed_month_when_their_expiry_is_extended_then_refused(store):
    """R-E6"""
    put_in_stock(EXPIRING)
    delivery_no = order_and_pick(store)
    store.order("5")
    store.done(f"/deliveries/{delivery_no}/package-checks", who="clerk", packages=[{"code": "P1", "outer_ok": True}])
    store.done(f"/deliveries/{delivery_no}/dispatch", who="clerk")
    rows(
        "INSERT INTO period (site_id, month, closed_at, closed_by) SELECT id, '2026-06', '', 'manager' FROM site"
        " WHERE code = 'S1'"
    )
    store.now = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
    refused = store.refused(
        "/batches/EL-100/E/expiry", who="qa", expiry_date="2026-12-31", reason="retested", evidence="LAB-7"
    )
    assert (refused["code"], refused["month"]) == ("closed-month", "2026-06")
    # A nearer date is a correction, not an extension: QA may, with a reason; expired goods are nobody's promise.
    assert store.batch("E")["stock"][0]["reserved"] == "5"
    store.done("/batches/EL-100/E/expiry", who="qa", expiry_date="2026-06-15", reason="misread on the drum")
    assert store.batch("E")["expiry_date"] == "2026-06-15"
    assert store.batch("E")["stock"][0]["reserved"] == "0"


def test_given_shelf_life_180_when_produced_2026_01_01_then_06_30_and_opening_never_makes_it_longer(store):
    """R-E7"""
    item = {"item_no": "GL-1", "name": "Glue", "unit": "pcs", "shelf_life_days": 180, "opened_days": 30}
    store.done("/items", item, who="manager")
    receipt_no = store.done(
        "/receipts", supplier="SUP", reference="PO-9", lines=[{"item_no": "GL-1", "quantity": "10"}]
    )["receipt_no"]
    store.done(f"/receipts/{receipt_no}/scans", item_no="GL-1", batch_no="G", quantity="10", produced_on="2026-01-01")
    assert store.batch("G", "GL-1")["expiry_date"] == "2026-06-30"
    store.now = datetime(2026, 6, 15, 2, 0, tzinfo=UTC)
    assert store.done("/batches/GL-1/G/opened")["expiry_date"] == "2026-06-30"
    early = store.done("/batches/GL-1/G/opened", opened_on="2026-05-20")
    assert (early["expiry_date"], len(early["label_nos"])) == ("2026-06-19", 1)
    assert store.refused("/batches/GL-1/G/opened", opened_on="2026-06-16")["field"] == "opened_on"
    assert store.refused("/batches/EL-100/A/opened")["field"] == "opened_days"


def test_given_expiry_before_the_next_due_date_when_reinspected_then_not_issuable_past_expiry(store):
    """R-I10"""
    put_in_stock("E  2025-12-20  40  B-04  blue  2026-06-30")  # due on 2026-06-20
    store.now = datetime(2026, 6, 28, 2, 0, tzinfo=UTC)
    assert store.batch("E")["refusal"]["type"].endswith("#reinspection-due")
    store.done(
        "/batches/EL-100/E/inspections", who="qa", kind="reinspection",
        decisions=[{"quantity": "40", "verdict": "qualified"}],
    )  # fmt: skip
    assert (store.batch("E")["reinspect_on"], store.batch("E")["refusal"]) == ("2026-12-28", None)
    store.now = NEXT_DAY
    assert store.batch("E")["refusal"]["type"].endswith("#expired")
