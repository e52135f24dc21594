"""Goods at rest through HTTP: moved with their age and owner, doubted, frozen, confirmed empty (4.5.2, 4.7.2)."""

import base64
from pathlib import Path

import pytest

from scanners.decode import decode_safely
from tests.factories import put_in_stock
from warehouse.books import verify

PICTURE = Path(__file__).parents[1] / "scanners" / "pictures" / "code128-3-1.png"


def open_tasks(store, kind, *, who="keeper"):
    return store.get(f"/tasks?kind={kind}", who=who).json["items"]


def test_given_a_batch_when_10_are_moved_then_both_cards_say_so_with_one_number_and_the_age_stays(store):
    """R-F12, R-M5, 4.7.5 d"""
    moved = store.done("/transfers", code="A", **{"from": "B-01"}, to="B-04", quantity="10")
    assert (moved["from"], moved["to"], moved["quantity"]) == ("B-01", "B-04", "10")
    assert (moved["balance_from"], moved["balance"], moved["is_bin_empty"]) == ("20", "10", None)
    assert store.stock("A") == [("B-01", "qualified", "20"), ("B-04", "qualified", "10")]
    assert store.batch("A")["first_received_on"] == "2026-01-10"
    out, into = store.get("/batches/EL-100/A/card").json["items"][-2:]
    assert (out["location"], out["quantity_out"], into["location"], into["quantity_in"]) == ("B-01", "10", "B-04", "10")
    assert out["voucher_no"] == into["voucher_no"] == moved["transfer_no"]
    # Two places now: who does not say from where is asked, and the account knows nothing of places.
    asked = store.refused("/transfers", code="A", to="B-02")
    assert (asked["code"], asked["field"]) == ("invalid-input", "from")
    assert len(store.get("/batches/EL-100/A/account").json["items"]) == 1
    # The order of age is the batch's, not the bin's: what was moved last is still the oldest.
    refused = store.refused(f"/deliveries/{store.order('45')}/scans", code="B", quantity="15")
    assert (refused["code"], refused["batch_no"]) == ("not-oldest", "A")


def test_given_a_transfer_when_it_makes_no_sense_then_refused_with_what_to_do_instead(store):
    """R-F22, R-F26, R-A13"""
    assert store.refused("/transfers", code="A", to="B-01")["code"] == "invalid-input"
    assert store.refused("/transfers", code="A", to="B-99")["code"] == "not-found"
    assert store.refused("/transfers", code="NOBODY", to="B-04")["code"] == "unknown-code"
    assert store.refused("/transfers", code="A", to="B-04", quantity="0.5")["code"] == "quantity-precision"
    assert store.refused("/transfers", code="A", to="B-04", quantity="31")["available"] == "30"
    assert store.post("/transfers", code="A", to="B-04", who="qa").status_code == 403
    wrong = store.refused("/transfers", code="A", **{"from": "B-02"}, to="B-04")
    assert (wrong["code"], wrong["places"]) == ("wrong-place", ["B-01"])
    store.refused("/transfers", code="A", **{"from": "B-02"}, to="B-04")
    assert [task["facts"]["location"] for task in open_tasks(store, "count")] == ["B-02"]
    assert store.stock("A") == [("B-01", "qualified", "30")]


def test_given_2_boxes_when_moved_then_24_pieces_move(store):
    """R-A13"""
    assert store.done("/transfers", code="B", to="B-04", quantity="2", unit="box")["quantity"] == "24"


def test_given_white_goods_when_put_into_a_zone_that_admits_blue_then_refused_naming_places_that_admit_white(store):
    """4.5.2, R-Q1"""
    store.done("/locations", who="manager", code="Q-1", zone="blue", admits=["qualified"])
    store.done("/locations", who="manager", code="L-1", zone="line", kind="line")
    put_in_stock("W  2026-05-30  60  IN-1  white")
    refused = store.refused("/transfers", code="W", to="Q-1")
    assert (refused["code"], refused["batch_status"], refused["admits"]) == (
        "zone-refuses-status", "pending", ["qualified"],
    )  # fmt: skip
    assert "QA-1" in refused["allowed_places"]
    assert "Q-1" not in refused["allowed_places"]
    to_line = store.refused("/transfers", code="W", to="L-1")
    assert (to_line["code"], to_line["batch_status"]) == ("not-qualified", "pending")
    assert store.done("/transfers", code="W", to="QA-1")["quantity"] == "60"


def test_given_a_batch_promised_to_an_order_when_moved_then_only_what_is_free_goes(store):
    """R-F24"""
    store.order("20")
    refused = store.refused("/transfers", code="A", to="B-04", quantity="11")
    assert (refused["code"], refused["available"]) == ("insufficient-stock", "10")
    assert store.done("/transfers", code="A", to="B-04")["quantity"] == "10"
    put_in_stock("D  2026-01-02  40  B-04  blue")
    picked = store.order("40")
    store.done(f"/deliveries/{picked}/scans", code="D", quantity="40")
    gone = store.refused("/transfers", code="D", to="B-03")
    assert (gone["code"], gone["available"]) == ("insufficient-stock", "0")
    other = store.get(f"/deliveries/{store.order('5')}").json["lines"][0]["pick_list"]
    assert [take["batch_no"] for take in other] == ["A"]


def test_given_goods_moved_s1_to_s2_to_s1_when_asked_then_age_dates_and_owner_are_as_before(store):
    """R-F12, R-O4, R-M5"""
    store.done("/sites", who="admin", code="S2", name="Plant 2")
    store.done("/locations", who="manager", code="Z-01", zone="blue", site="S2")
    before = store.batch("A")
    gone = store.done("/transfers", code="A", to="Z-01", to_site="S2")
    assert (gone["to_site"], gone["quantity"], gone["is_bin_empty"], len(gone["label_nos"])) == (
        "S2",
        "30",
        "confirm",
        1,
    )
    assert store.batch("A")["stock"] == []
    there = store.get("/batches/EL-100/A?site=S2").json
    assert there["stock"] == [
        {"location": "Z-01", "status": "qualified", "owner": "", "quantity": "30", "reserved": "0"}
    ]
    for member in ("first_received_on", "expiry_date", "reinspect_on"):
        assert there[member] == before[member]
    assert store.get("/batches/EL-100/A/account?site=S2").json["items"][-1]["balance"] == "30"
    assert store.get("/batches/EL-100/A/account").json["items"][-1]["balance"] == "0"
    # S1's order sees nothing of S2's older batch (R-F9); back at S1 it is the oldest again.
    store.done("/transfers", code=gone["label_nos"][0], to="B-01", to_site="S1", site="S2", quantity="12")
    assert store.batch("A")["first_received_on"] == "2026-01-10"
    refused = store.refused(f"/deliveries/{store.order('5')}/scans", code="B", quantity="5")
    assert (refused["code"], refused["batch_no"], refused["location"]) == ("not-oldest", "A", "B-01")
    assert list(verify.verify()) == []


def test_given_a_batch_of_another_age_at_s2_when_goods_of_its_number_come_then_refused(store):
    """R-A4, R-F12"""
    store.done("/sites", who="admin", code="S2", name="Plant 2")
    store.done("/locations", who="manager", code="Z-01", zone="blue", site="S2")
    store.done(
        "/opening-balances", who="manager", reference="S2 opening", site="S2",
        lines=[{"item_no": "EL-100", "batch_no": "A", "location": "Z-01", "quantity": "1",
                "first_received_on": "2026-02-02"}],
    )  # fmt: skip
    refused = store.refused("/transfers", code="A", to="Z-01", to_site="S2")
    assert (refused["code"], refused["field"], refused["recorded"]) == (
        "batch-conflict", "first_received_on", "2026-02-02",
    )  # fmt: skip
    assert store.stock("A") == [("B-01", "qualified", "30")]


def test_given_doubt_at_any_age_when_said_then_white_on_hold_due_today_and_qa_asked(store):
    """R-I7, R-Q11, R-Q12, R-Q13, 4.7.2"""
    promised = store.order("20")
    staged = store.order("10")
    store.done(f"/deliveries/{staged}/scans", code="A", quantity="10")
    photo = base64.b64encode(PICTURE.read_bytes()).decode()
    told = store.done("/batches/EL-100/A/doubts", reason="smells of solvent", photo=photo)
    assert (told["hold"], told["turned_white"], told["locations"]) == ("in-doubt", True, ["B-01"])
    batch = store.batch("A")
    assert (batch["status"], batch["reinspect_on"]) == ("pending", "2026-06-01")
    assert batch["holds"][0]["kind"] == "in-doubt"
    assert batch["holds"][0]["reason"] == "smells of solvent"
    assert batch["refusal"]["type"].endswith("#on-hold")
    (task,) = open_tasks(store, "reinspect", who="qa")
    assert (task["subject"], task["urgent"], task["due_on"]) == ("EL-100/A", True, "2026-06-01")
    assert [task["facts"]["short"] for task in open_tasks(store, "plan", who="clerk")] == ["20"]
    assert store.refused(f"/deliveries/{promised}/scans", code="A", quantity="1")["code"] == "on-hold"
    at_the_dock = store.refused(
        f"/deliveries/{staged}/package-checks", who="clerk", packages=[{"code": "P1", "outer_ok": True}]
    )
    assert at_the_dock["code"] == "on-hold"
    (hold,) = store.get("/batches/EL-100/A/holds").json["items"]
    assert (hold["reason"], hold["placed_by"], hold["photo"]) == ("smells of solvent", "keeper", True)
    kept = store.get(f"/batches/EL-100/A/holds/{hold['hold']}/photo")
    assert (kept.mimetype, kept.data[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert [code.text for code in decode_safely(kept.data)] == [
        code.text for code in decode_safely(PICTURE.read_bytes())
    ]
    assert store.refused("/batches/EL-100/A/doubts", reason="again")["code"] == "document-state"
    assert list(verify.verify()) == []


def test_given_goods_staged_when_their_batch_is_doubted_and_the_pick_undone_then_they_come_back_white(store):
    """R-I7, R-F25: the rest turned white, and so does what comes back"""
    delivery_no = store.order("12")
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="12")
    store.done("/batches/EL-100/A/doubts", reason="smells")
    (pick,) = store.get(f"/deliveries/{delivery_no}").json["lines"][0]["picks"]
    store.done(f"/deliveries/{delivery_no}/picks/{pick['pick']}/undo")
    assert store.stock("A") == [("B-01", "pending", "30")]


def test_given_a_doubt_when_its_photo_is_no_picture_then_refused_and_the_batch_is_as_before(store):
    """R-I7"""
    for photo, reason in (
        ("***", "not-base64"),
        (base64.b64encode(b"<svg onload=alert(1)>").decode(), "not-a-picture"),
        (base64.b64encode(b"\x89PNG\r\n\x1a\n and nothing more").decode(), None),
    ):
        refused = store.refused("/batches/EL-100/A/doubts", reason="odd", photo=photo)
        assert (refused["code"], refused["field"]) == ("invalid-input", "photo")
        assert reason in (None, refused["reason"])
    assert store.refused("/batches/EL-100/A/doubts", reason="  ")["field"] == "reason"
    assert store.batch("A")["status"] == "qualified"
    assert store.post("/batches/EL-100/A/doubts", reason="odd", who="service").status_code == 403


def test_given_goods_set_aside_for_a_count_when_the_batch_is_doubted_then_they_stay_aside(store):
    """R-F16, R-I7"""
    delivery_no = store.order("45")
    store.done(f"/deliveries/{delivery_no}/short-picks", item_no="EL-100", batch_no="A", location="B-01", quantity="2")
    store.done("/batches/EL-100/A/doubts", reason="two are gone")
    assert store.batch("A")["stock"] == [
        {"location": "B-01", "status": "pending", "owner": "", "quantity": "30", "reserved": "2"}
    ]
    (task,) = open_tasks(store, "count")
    assert store.post(f"/tasks/{task['task']}/done", who="qa").status_code == 403
    store.done(f"/tasks/{task['task']}/done")
    assert store.batch("A")["stock"][0]["reserved"] == "0"
    assert list(verify.verify()) == []
    assert store.refused(f"/tasks/{task['task']}/done")["code"] == "document-state"


def test_given_a_under_count_freeze_when_b_is_picked_then_a_is_skipped_and_blocks_again_afterwards(store):
    """R-F8, R-C16"""
    frozen = store.done("/locations/B-01/freeze", who="manager", count_no="CN-7")
    assert frozen == {"location": "B-01", "frozen_by": "CN-7"}
    places = {place["code"]: place["frozen_by"] for place in store.get("/locations").json["items"]}
    assert (places["B-01"], places["B-02"]) == ("CN-7", None)
    delivery_no = store.order("15")
    line = store.get(f"/deliveries/{delivery_no}").json["lines"][0]
    assert line["pick_list"] == [{"batch_no": "B", "location": "B-02", "quantity": "15"}]
    assert line["skipped"] == [{"batch_no": "A", "location": "B-01", "status": "qualified", "reason": "count-open"}]
    for refused in (
        store.refused(f"/deliveries/{delivery_no}/scans", code="A", quantity="1"),
        store.refused("/transfers", code="A", to="B-04"),
        store.refused("/transfers", code="B", to="B-01", quantity="1"),
        store.refused("/locations/B-01/freeze", who="manager", count_no="CN-8"),
    ):
        assert (refused["code"], refused["count_no"]) == ("count-open", "CN-7")
    store.done(f"/deliveries/{delivery_no}/scans", code="B", quantity="5")
    store.done("/locations/B-01/unfreeze", who="manager")
    blocked = store.refused(f"/deliveries/{delivery_no}/scans", code="B", quantity="5")
    assert (blocked["code"], blocked["batch_no"]) == ("not-oldest", "A")
    assert store.refused("/locations/B-01/unfreeze", who="manager")["code"] == "document-state"
    assert store.post("/locations/B-01/freeze", who="keeper", count_no="CN-9").status_code == 403


def test_given_a_frozen_dock_when_goods_arrive_or_a_pick_is_undone_then_refused(store):
    """R-C16"""
    receipt_no = store.done(
        "/receipts", supplier="SUP", reference="PO-1", lines=[{"item_no": "EL-100", "quantity": "5"}]
    )["receipt_no"]
    delivery_no = store.order("5")
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="5")
    for code in ("IN-1", "B-01"):
        store.done(f"/locations/{code}/freeze", who="manager", reason="flood")
    scanned = store.refused(f"/receipts/{receipt_no}/scans", item_no="EL-100", batch_no="N", quantity="5")
    assert (scanned["code"], scanned["location"]) == ("count-open", "IN-1")
    pick = store.get(f"/deliveries/{delivery_no}").json["lines"][0]["picks"][0]["pick"]
    assert store.refused(f"/deliveries/{delivery_no}/picks/{pick}/undo")["code"] == "count-open"


def test_given_a_frozen_place_when_goods_are_sampled_decided_disposed_or_brought_back_then_refused_but_doubt(store):
    """R-C16, R-F8: nothing changes under the counter's hands; who doubts goods never waits"""
    put_in_stock("Y  2026-01-02  8  B-04  yellow\nW  2026-02-01  6  B-04  white")
    yellow = "/batches/EL-100/Y/dispositions"
    out = store.done(yellow, who="qa", decision="rework", quantity="3", reason="burr")["disposition_no"]
    store.done(f"/dispositions/{out}/out")
    scrap = store.done(yellow, who="qa", decision="scrap", quantity="2", reason="broken")["disposition_no"]
    ship = store.done(yellow, who="qa", decision="return", quantity="1", reason="wrong")["disposition_no"]
    delivery_no = store.order("5")
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="5")
    store.done(f"/deliveries/{delivery_no}/package-checks", who="clerk", packages=[{"code": "P", "outer_ok": True}])
    store.done(f"/deliveries/{delivery_no}/dispatch", who="clerk")
    for code in ("B-04", "QA-1", "IN-1"):
        store.done(f"/locations/{code}/freeze", who="manager", reason="count")
    returned = {"item_no": "EL-100", "batch_no": "A", "quantity": "1", "location": "IN-1"}
    verdict = {"quantity": "6", "verdict": "qualified"}
    for path, who, body in (
        ("/batches/EL-100/W/samples", "qa", {"quantity": "1"}),
        ("/batches/EL-100/W/inspections", "qa", {"kind": "incoming", "decisions": [verdict]}),
        ("/batches/EL-100/A/inspections", "qa", {
            "kind": "reinspection", "decisions": [{"quantity": "25", "verdict": "awaiting", "location": "QA-1"}],
        }),
        (f"/dispositions/{scrap}/approve", "manager", {}),
        (f"/dispositions/{ship}/ship", "keeper", {}),
        (f"/dispositions/{out}/back", "keeper", {"returned": "3"}),
        ("/customer-returns", "keeper", {"customer": "K", "reason": "broken", "lines": [returned]}),
        ("/opening-balances", "manager", {
            "reference": "late", "lines": [{"item_no": "EL-100", "batch_no": "L", "location": "B-04", "quantity": "1"}],
        }),
    ):  # fmt: skip
        assert store.refused(path, body, who=who)["code"] == "count-open", path
    assert store.stock("Y") == [("B-04", "nonconforming", "5")]
    store.done("/locations", who="manager", code="L-1", zone="line", kind="line")
    store.done("/locations/L-1/freeze", who="manager", reason="count")
    put_in_stock("W2  2026-02-01  6  B-03  white")
    to_line = store.refused("/transfers", item_no="EL-100", batch_no="W2", to="L-1")
    assert (to_line["code"], to_line["location"]) == ("count-open", "L-1"), "the count is told before the status"
    store.done("/batches/EL-100/W/doubts", reason="smells")
    assert store.batch("W")["holds"][0]["kind"] == "in-doubt"


def test_given_the_last_piece_left_a_bin_when_asked_then_yes_is_kept_and_no_opens_a_count(store):
    """R-F17"""
    assert store.done("/transfers", code="A", to="B-04")["is_bin_empty"] == "confirm"
    yes = store.done("/locations/B-01/empty-confirmations", empty=True)
    assert (yes["confirmed"], yes["count_task"]) == (True, None)
    (kept,) = store.get("/tasks?kind=zero-confirmation&state=done").json["items"]
    assert (kept["facts"]["location"], kept["done_by"]) == ("B-01", "keeper")
    assert open_tasks(store, "count") == []
    no = store.done("/locations/B-01/empty-confirmations", empty=False)
    assert (no["confirmed"], no["count_task"]) == (False, "@B-01")
    # "Empty", where 50 are on record, is not a confirmation: it is a reason to count.
    gone = store.done("/locations/B-02/empty-confirmations", empty=True)
    assert (gone["confirmed"], gone["on_record"]) == (False, [{"item_no": "EL-100", "batch_no": "B"}]), (
        "and not how much"
    )
    assert [task["subject"] for task in open_tasks(store, "count")] == ["@B-01", "@B-02"]


def test_given_goods_whose_status_changed_when_moved_to_where_they_may_lie_then_the_move_task_is_done(store):
    """4.5.2"""
    store.done("/locations", who="manager", code="Q-1", zone="blue", admits=["qualified"])
    store.done("/transfers", code="A", to="Q-1")
    store.done("/batches/EL-100/A/doubts", reason="dented")
    (task,) = open_tasks(store, "move")
    assert (task["subject"], task["facts"]["status"]) == ("EL-100/A@Q-1", "pending")
    store.done("/transfers", code="A", to="QA-1", quantity="10")
    assert len(open_tasks(store, "move")) == 1
    store.done("/transfers", code="A", **{"from": "Q-1"}, to="QA-1")
    assert open_tasks(store, "move") == []


def test_given_customer_k_owns_100_when_ordered_then_only_k_gets_them_and_no_more_than_is_there(store):
    """R-O1, R-O3, R-O4, R-F10"""
    opened = {"item_no": "EL-200", "location": "B-04", "first_received_on": "2026-01-05"}
    store.done(
        "/opening-balances", who="manager", reference="K's parts",
        lines=[{**opened, "batch_no": "K1", "quantity": "20", "owner": "K"},
               {**opened, "batch_no": "OURS", "quantity": "5"}],
    )  # fmt: skip
    own = store.order("5", customer="M", item_no="EL-200")
    assert store.refused(f"/deliveries/{own}/scans", code="K1", quantity="1")["code"] == "wrong-owner"
    store.done(f"/deliveries/{own}/scans", code="OURS", quantity="5")
    too_much = store.refused(
        "/deliveries", who="clerk", customer="K", reference="SO-K",
        lines=[{"item_no": "EL-200", "quantity": "25", "owner": "K"}],
    )  # fmt: skip
    assert (too_much["code"], too_much["available"], too_much["owner"]) == ("insufficient-stock", "20", "K")
    assert "only 20 of this customer's own goods" in too_much["detail"]
    store.done("/transfers", item_no="EL-200", batch_no="K1", to="B-03", quantity="8")
    assert {(row["location"], row["owner"]) for row in store.batch("K1", "EL-200")["stock"]} == {
        ("B-03", "K"), ("B-04", "K"),
    }  # fmt: skip
    store.done("/sites", who="admin", code="S2", name="Plant 2")
    store.done("/locations", who="manager", code="Z-01", zone="blue", site="S2")
    store.done("/transfers", item_no="EL-200", batch_no="K1", **{"from": "B-03"}, to="Z-01", to_site="S2")
    assert store.get("/batches/EL-200/K1?site=S2").json["stock"][0]["owner"] == "K"
    his = store.order("12", customer="K", item_no="EL-200", owner="K")
    store.done(f"/deliveries/{his}/scans", code="K1", quantity="12")
    assert list(verify.verify()) == []


@pytest.mark.parametrize(("tag", "word"), [("zh-CN", "待检"), ("zh-TW", "待檢"), ("en", "Pending")])
def test_given_a_refusal_that_names_a_status_when_told_then_in_the_caller_s_word_and_the_member_stays(store, tag, word):
    """U12, 4.5.2"""
    store.done("/locations", who="manager", code="BL-9", zone="blue", admits=["qualified"])
    put_in_stock("W  2026-05-30  5  IN-1  white")
    refused = store.client.post(
        "/api/v1/transfers", json={"code": "W", "to": "BL-9"},
        headers={"Authorization": "Bearer token-keeper", "Idempotency-Key": "words-key-1", "Accept-Language": tag},
    ).json  # fmt: skip
    assert refused["batch_status"] == "pending"
    assert (word in refused["detail"], "pending" in refused["detail"]) == (True, False)
