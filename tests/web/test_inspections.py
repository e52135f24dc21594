"""QA decides through HTTP: white turns blue or yellow, parts get their own number (R-Q1..R-Q4, R-Q11..R-Q13, R-I)."""

from datetime import UTC, datetime

import pytest

from tests import factories
from warehouse.tables.base import rows
from warehouse.tables.people import Person

PATH = "/batches/EL-100/{}/inspections"


def receive(store, quantity="60", *, who="keeper", batch_no="L7", post=True, **members):
    """Take a batch in and post its receipt; gives the receipt's number."""
    line = {"item_no": "EL-100", "quantity": quantity}
    receipt_no = store.done("/receipts", supplier="SUP", reference="PO-1", lines=[line])["receipt_no"]
    store.done(
        f"/receipts/{receipt_no}/scans", who=who, item_no="EL-100", batch_no=batch_no, quantity=quantity, **members
    )
    if post:
        store.done(f"/receipts/{receipt_no}/post", who="clerk")
    return receipt_no


def inspect(store, batch_no, *decisions, kind="incoming", who="qa"):
    """Decide; each decision is (quantity, verdict) or (quantity, verdict, more members)."""
    return store.done(PATH.format(batch_no), who=who, kind=kind, decisions=[decision(*each) for each in decisions])


def refused(store, batch_no, *decisions, kind="incoming", who="qa"):
    """Decide and give the problem."""
    return store.refused(PATH.format(batch_no), who=who, kind=kind, decisions=[decision(*each) for each in decisions])


def decision(quantity, verdict, more=None):
    """One decision of the body."""
    return {"quantity": quantity, "verdict": verdict, **(more or {})}


def account(store, batch_no):
    """Give the account's balance of a batch, "0" without a line."""
    items = store.get(f"/batches/EL-100/{batch_no}/account").json["items"]
    return items[-1]["balance"] if items else "0"


def on_card(store, batch_no):
    """Give in less out on the card of a batch, all places."""
    items = store.get(f"/batches/EL-100/{batch_no}/card").json["items"]
    return sum(int(line["quantity_in"]) - int(line["quantity_out"]) for line in items)


def test_given_white_60_when_issued_or_reserved_then_refused_but_a_sample_is_taken_and_booked(store):
    """R-Q1"""
    receive(store)
    delivery_no = store.order("200")
    shown = store.get(f"/deliveries/{delivery_no}").json["lines"][0]
    assert "L7" not in [plan["batch_no"] for plan in shown["pick_list"]]
    stopped = store.refused(f"/deliveries/{delivery_no}/scans", item_no="EL-100", batch_no="L7", quantity="5")
    assert (stopped["code"], stopped["batch_status"]) == ("not-qualified", "pending")
    sample = store.done("/batches/EL-100/L7/samples", who="qa", quantity="2", note="hardness")
    assert (sample["destructive"], sample["status"], sample["location"]) == (True, "pending", "IN-1")
    assert store.stock("L7") == [("IN-1", "pending", "58")]
    assert (account(store, "L7"), on_card(store, "L7")) == ("58", 58)
    assert store.get("/batches/EL-100/L7/card").json["items"][-1]["voucher_no"] == sample["sample_no"]
    store.done("/batches/EL-100/L7/samples", who="qa", quantity="3", destructive=False)
    assert store.stock("L7") == [("IN-1", "pending", "58")]
    for destructive in (True, False):
        more = store.refused("/batches/EL-100/L7/samples", who="qa", quantity="59", destructive=destructive)
        assert (more["code"], more["available"]) == ("insufficient-stock", "58")


def test_given_white_60_when_52_accepted_and_8_rejected_then_split_with_two_labels_and_both_books_right(store):
    """R-Q2"""
    receive(store, expiry_date="2027-01-31")
    done = inspect(store, "L7", ("52", "qualified"), ("8", "nonconforming", {"note": "scratched"}))
    assert done["sub_batches"] == [
        {
            "item_no": "EL-100", "batch_no": "L7-1", "parent": "L7",
            "stock": [{"location": "IN-1", "status": "nonconforming", "quantity": "8"}],
        }
    ]  # fmt: skip
    assert (len(done["label_nos"]), done["open_quantity"]) == (2, "0")
    parent, child = store.batch("L7"), store.batch("L7-1")
    assert (parent["status"], child["status"], child["parent"]) == ("qualified", "nonconforming", "L7")
    for name in ("first_received_on", "expiry_date", "reinspect_on"):
        assert child[name] == parent[name] is not None
    assert [(account(store, number), on_card(store, number)) for number in ("L7", "L7-1")] == [("52", 52), ("8", 8)]
    assert rows("SELECT COUNT(DISTINCT b.receipt_sequence) FROM batch b WHERE b.batch_no IN ('L7', 'L7-1')") == [(1,)]
    tasks = rows("SELECT kind, subject FROM task WHERE state = 'open' AND kind IN ('move', 'inspect')")
    assert sorted(tasks) == [("move", "EL-100/L7-1@IN-1"), ("move", "EL-100/L7@IN-1")]


def test_given_an_unposted_receipt_when_split_and_posted_later_then_the_account_is_true_per_batch(store):
    """R-Q2, 4.7.5 d"""
    receipt_no = receive(store, post=False)
    inspect(store, "L7", ("52", "qualified"), ("8", "nonconforming"))
    store.done(f"/receipts/{receipt_no}/post", who="clerk")
    assert [account(store, number) for number in ("L7", "L7-1")] == ["52", "8"]


def test_given_all_of_a_batch_rejected_when_decided_then_a_sub_batch_for_more_may_come_in_white(store):
    """R-Q2"""
    receive(store, "8")
    assert inspect(store, "L7", ("8", "nonconforming"))["sub_batches"][0]["batch_no"] == "L7-1"
    assert (store.stock("L7"), store.stock("L7-1")) == ([], [("IN-1", "nonconforming", "8")])
    receive(store, "5")
    assert store.batch("L7")["status"] == "pending"


def test_given_60_when_61_or_nothing_or_less_is_decided_then_refused_and_20_now_40_later_is_fine(store):
    """R-Q3"""
    receive(store)
    over = refused(store, "L7", ("53", "qualified"), ("8", "nonconforming"))
    assert (over["code"], over["available"]) == ("insufficient-stock", "60")
    for wrong in ([("0", "qualified"), ("0", "nonconforming")], [("-1", "qualified")], []):
        assert refused(store, "L7", *wrong)["code"] == "invalid-input"
    assert refused(store, "L7", ("0.5", "qualified"))["code"] == "quantity-precision"
    assert store.stock("L7") == [("IN-1", "pending", "60")]
    now = inspect(store, "L7", ("20", "qualified"))
    assert (now["open_quantity"], len(now["label_nos"]), now["sub_batches"]) == ("40", 2, [])
    assert sorted(store.stock("L7")) == [("IN-1", "pending", "40"), ("IN-1", "qualified", "20")]
    assert inspect(store, "L7", ("40", "qualified"))["open_quantity"] == "0"
    assert refused(store, "L7", ("1", "qualified"))["code"] == "insufficient-stock"


def test_given_the_receiver_is_also_qa_when_he_decides_then_refused_and_another_leaves_evidence(store):
    """R-Q4"""
    Person.create(name="both", roles="keeper qa", password_hash="")
    factories.add_fixed_token("both")
    receive(store, who="both")
    assert refused(store, "L7", ("60", "qualified"), who="both")["code"] == "same-person"
    assert store.stock("L7") == [("IN-1", "pending", "60")]
    done = inspect(store, "L7", ("50", "qualified"), ("10", "awaiting", {"note": "report 17"}))
    assert refused(store, "L7-1", ("10", "qualified"), who="both")["code"] == "same-person"
    (kept,) = store.get("/inspections?batch=L7").json["items"]
    assert (kept["inspection_no"], kept["decided_by"], kept["kind"]) == (done["inspection_no"], "qa", "incoming")
    assert kept["decided_at"].startswith("2026-06-01T02:00")
    assert [(part["quantity"], part["verdict"], part["note"]) for part in kept["decisions"]] == [
        ("10", "awaiting", "report 17"), ("50", "qualified", ""),
    ]  # fmt: skip
    assert len(rows("SELECT id FROM inspection WHERE decided_by = 'qa'")) == 2
    rows("UPDATE site SET segregated = 0")
    inspect(store, "L7-1", ("10", "qualified"), who="both")


def test_given_awaiting_goods_when_decided_later_then_they_keep_or_split_their_number(store):
    """R-Q2, R-Q3, 4.5.4"""
    receive(store)
    assert inspect(store, "L7", ("52", "qualified"), ("8", "awaiting"))["open_quantity"] == "0"
    assert store.batch("L7-1")["refusal"]["batch_status"] == "awaiting"
    later = inspect(store, "L7-1", ("5", "qualified"), ("3", "nonconforming"))
    assert [made["batch_no"] for made in later["sub_batches"]] == ["L7-1-1"]
    assert store.stock("L7-1") == [("IN-1", "qualified", "5")]
    assert store.stock("L7-1-1") == [("IN-1", "nonconforming", "3")]


def test_given_white_goods_in_two_places_when_decided_then_the_place_is_asked_and_zones_are_checked(store):
    """R-Q2, 4.5.2"""
    receive(store, "20")
    receive(store, "40", location="QA-1")
    asked = refused(store, "L7", ("10", "qualified"))
    assert (asked["code"], asked["field"]) == ("invalid-input", "from")
    wrong = refused(store, "L7", ("10", "qualified", {"from": "B-01"}))
    assert (wrong["code"], wrong["places"]) == ("wrong-place", ["IN-1", "QA-1"])
    assert refused(store, "L7", ("21", "qualified", {"from": "IN-1"}))["available"] == "20"
    zone = refused(store, "L7", ("8", "nonconforming", {"from": "QA-1", "location": "SC-1"}))
    assert (zone["code"], zone["batch_status"]) == ("zone-refuses-status", "nonconforming")
    inspect(
        store, "L7", ("20", "qualified", {"from": "IN-1", "location": "B-04"}),
        ("8", "nonconforming", {"from": "QA-1", "location": "QU-1"}),
    )  # fmt: skip
    assert store.stock("L7") == [("B-04", "qualified", "20"), ("QA-1", "pending", "32")]
    assert store.stock("L7-1") == [("QU-1", "nonconforming", "8")]
    rows("UPDATE place SET frozen_by = 'S1-CN2606-0001' WHERE bin_code = 'QA-1'")
    assert refused(store, "L7", ("32", "qualified"))["code"] == "count-open"
    assert refused(store, "L7", ("33", "qualified"))["code"] == "count-open"  # before the quantity


def test_given_10_reserved_when_qa_takes_blue_away_then_released_flagged_and_nothing_promised_anew(store):
    """R-Q11"""
    delivery_no = store.order("10")
    inspect(store, "A", ("30", "awaiting"), kind="reinspection")
    line = store.get(f"/deliveries/{delivery_no}").json["lines"][0]
    assert (line["pick_list"], line["shortage"]) == ([], "10")
    assert store.batch("B")["stock"][0]["reserved"] == "0"
    plan = rows("SELECT subject, urgent FROM task WHERE kind = 'plan' AND state = 'open'")
    assert plan == [(f"{delivery_no}#1", 1)]


def test_given_10_reserved_when_8_of_30_fail_then_the_promise_stands(store):
    """R-Q11, R-I6"""
    delivery_no = store.order("10")
    inspect(store, "A", ("22", "qualified"), ("8", "nonconforming"), kind="reinspection")
    line = store.get(f"/deliveries/{delivery_no}").json["lines"][0]
    assert [(plan["batch_no"], plan["quantity"]) for plan in line["pick_list"]] == [("A", "10")]


def test_given_12_staged_when_the_batch_is_held_then_package_check_and_truck_stop_and_only_back_is_open(store):
    """R-Q12"""
    delivery_no = store.order("12")
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="12")
    packages = [{"code": "P1", "outer_ok": True}]
    store.done(f"/deliveries/{delivery_no}/package-checks", who="clerk", packages=packages)
    assert store.refused("/batches/EL-100/A/holds", who="keeper", reason="noise")["code"] == "forbidden"
    store.done("/batches/EL-100/A/holds", who="qa", reason="noise")
    assert store.refused("/batches/EL-100/A/holds", who="qa", reason="noise")["code"] == "document-state"
    for path, body in (("package-checks", {"packages": packages}), ("dispatch", {})):
        stopped = store.refused(f"/deliveries/{delivery_no}/{path}", body, who="clerk")
        assert (stopped["code"], stopped["hold"], stopped["reason"]) == ("on-hold", "qa-hold", "noise")
    (pick,) = store.get(f"/deliveries/{delivery_no}").json["lines"][0]["picks"]
    store.done(f"/deliveries/{delivery_no}/picks/{pick['pick']}/undo")
    assert store.stock("A") == [("B-01", "qualified", "30")]
    assert store.refused("/batches/EL-100/A/holds/lift", who="qa", reason="  ")["field"] == "reason"
    assert store.done("/batches/EL-100/A/holds/lift", who="qa", reason="was the fan")["hold"] is None
    assert store.batch("A")["holds"] == []
    kept = rows("SELECT placed_by, lifted_by FROM hold")
    assert kept == [("qa", "qa")]
    assert store.refused("/batches/EL-100/A/holds/lift", who="qa", reason="again")["code"] == "document-state"


def test_given_a_white_label_when_the_goods_turn_yellow_then_scanning_it_is_a_hard_stop(store):
    """R-Q13"""
    receipt_no = store.done(
        "/receipts", supplier="SUP", reference="PO-1", lines=[{"item_no": "EL-100", "quantity": "8"}]
    )["receipt_no"]
    scanned = store.done(f"/receipts/{receipt_no}/scans", item_no="EL-100", batch_no="L7", quantity="8")
    (white,) = scanned["label_nos"]
    (yellow,) = inspect(store, "L7", ("8", "nonconforming"))["label_nos"]
    delivery_no = store.order("8")
    stopped = store.refused(f"/deliveries/{delivery_no}/scans", code=white, quantity="8")
    assert (stopped["code"], stopped["label_no"]) == ("label-void", white)
    live = store.refused(f"/deliveries/{delivery_no}/scans", code=yellow, quantity="8")
    assert (live["code"], live["batch_no"], live["batch_status"]) == ("not-qualified", "L7-1", "nonconforming")


def test_given_a_early_reinspection_when_passed_then_next_due_from_its_day_and_the_age_stays(store):
    """R-I5, R-F13"""
    store.now = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
    assert inspect(store, "A", ("30", "qualified"), kind="reinspection")["reinspect_on"] == "2026-12-10"
    shown = store.batch("A")
    assert (shown["reinspect_on"], shown["first_received_on"]) == ("2026-12-10", "2026-01-10")
    assert shown["last_inspected_on"] == "2026-06-10"


def test_given_30_reinspected_when_8_fail_then_split_and_the_22_are_due_from_that_day(store):
    """R-I6, R-Q2"""
    store.now = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
    done = inspect(store, "A", ("22", "qualified"), ("8", "nonconforming"), kind="reinspection")
    assert (done["reinspect_on"], store.batch("A")["reinspect_on"]) == ("2026-12-10", "2026-12-10")
    assert store.stock("A") == [("B-01", "qualified", "22")]
    assert store.stock("A-1") == [("B-01", "nonconforming", "8")]
    assert store.batch("A-1")["first_received_on"] == "2026-01-10"


@pytest.mark.parametrize("kind", ["incoming", "final"])
def test_given_new_goods_when_an_incoming_or_final_inspection_passes_then_due_from_receipt(store, kind):
    """R-I5, R-I6"""
    receive(store)
    store.now = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
    assert inspect(store, "L7", ("60", "qualified"), kind=kind)["reinspect_on"] == "2026-12-01"


def test_given_part_of_the_stock_reinspected_when_passed_then_the_old_due_date_stays(store):
    """R-I6, 4.7.2"""
    store.now = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
    assert inspect(store, "A", ("22", "qualified"), kind="reinspection")["reinspect_on"] == "2026-07-10"
    delivery_no = store.order("5")
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="5")
    assert inspect(store, "A", ("25", "qualified"), kind="reinspection")["reinspect_on"] == "2026-07-10"


def test_given_a_held_batch_when_split_then_the_hold_goes_along(store):
    """R-Q12, R-Q2"""
    store.done("/batches/EL-100/A/holds", who="qa", reason="maker's letter", kind="recall")
    inspect(store, "A", ("22", "qualified"), ("8", "nonconforming"), kind="reinspection")
    assert [store.batch(number)["holds"][0]["kind"] for number in ("A", "A-1")] == ["recall", "recall"]


def test_given_a_batch_in_doubt_when_all_of_it_is_decided_then_the_hold_is_lifted_and_the_clock_starts(store):
    """R-I7, R-I5"""
    store.done("/batches/EL-100/A/doubts", reason="smells of solvent")
    by_hand = store.refused("/batches/EL-100/A/holds/lift", who="qa", kind="in-doubt", reason="fine")
    assert (by_hand["code"], by_hand["reason"]) == ("invalid-input", "by-inspection")
    inspect(store, "A", ("10", "qualified"), kind="reinspection")
    assert store.batch("A")["refusal"]["hold"] == "in-doubt"
    inspect(store, "A", ("18", "qualified"), ("12", "nonconforming"), kind="reinspection")
    shown = store.batch("A")
    assert (shown["holds"], shown["issuable"], shown["reinspect_on"]) == ([], "18", "2026-12-01")
    assert store.batch("A-1")["holds"] == []
    assert rows("SELECT lifted_by FROM hold") == [("qa",)]
    assert rows("SELECT subject FROM task WHERE kind = 'reinspect' AND state = 'open'") == []
