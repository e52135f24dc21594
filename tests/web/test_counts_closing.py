"""Around the count: pressed twice, frozen, customers' goods, the plan, faults (R-C14..R-C21, R-O2)."""

from datetime import timedelta

import pytest

from tests import factories
from tests.web.counting import adjustments, count_rest, finish, open_count, type_in, variances
from warehouse.books import verify
from warehouse.tables.base import rows


def test_given_submit_and_approve_pressed_twice_when_done_then_one_adjustment(store):
    """R-C14, R-C19"""
    count_no = open_count(store)
    count_rest(store, count_no, "B", "C")
    type_in(store, count_no, "A", "28")
    type_in(store, count_no, "A", "28", who="keeper2")
    states = [store.done(f"/counts/{count_no}/submit", who=who)["state"] for who in ("keeper", "keeper", "manager")]
    assert states == ["submitted"] * 3
    first = store.done(f"/counts/{count_no}/approve", who="manager")
    second = store.done(f"/counts/{count_no}/approve", who="manager")
    assert (len(first["adjustments"]), second["adjustments"], adjustments()) == (1, [], 1)
    assert store.done(f"/counts/{count_no}/submit")["state"] == "approved"
    store.done(f"/counts/{count_no}/close", who="manager")
    for step in ("submit", "approve", "close"):
        assert store.refused(f"/counts/{count_no}/{step}", who="manager")["code"] == "document-state"
    assert store.stock("A") == [("B-01", "qualified", "28")]
    assert list(verify.verify()) == []


@pytest.mark.parametrize("quantity", ["-1", "12,5", "１２", "1e9", "", "1.5"])
def test_given_a_quantity_that_is_none_when_sent_to_the_api_then_refused(store, quantity):
    """R-C17: the API takes ASCII decimals of the item's precision only"""
    count_no = open_count(store)
    members = {"item_no": "EL-100", "batch_no": "A", "location": "B-01", "quantity": quantity}
    assert store.refused(f"/counts/{count_no}/scans", members)["code"] in ("invalid-input", "quantity-precision")
    assert rows("SELECT COUNT(*) FROM count_entry") == [(0,)]


def test_given_very_much_when_counted_then_asked_again(store):
    """R-C17"""
    count_no = open_count(store)
    members = {"item_no": "EL-100", "batch_no": "A", "location": "B-01", "quantity": "1000000000"}
    problem = store.refused(f"/counts/{count_no}/scans", members)
    assert (problem["reason"], problem["confirmable"]) == ("confirm-much", True)
    assert store.done(f"/counts/{count_no}/scans", members, confirmed=True)["quantity"] == "1000000000"


def test_given_a_pick_before_the_count_when_undone_after_it_then_the_counted_figure_stays(store):
    """R-C15, R-C18: staged goods are out of the bin; the cancel comes in today"""
    order = store.order("10")
    store.done(f"/deliveries/{order}/scans", code="A", quantity="10")
    count_no = open_count(store)
    count_rest(store, count_no, "B", "C")
    type_in(store, count_no, "A", "20")
    assert variances(store, count_no) == {}
    pick = store.get(f"/deliveries/{order}").json["lines"][0]["picks"][0]
    store.done(f"/deliveries/{order}/picks/{pick.get('pick') or pick.get('pick_id')}/undo")
    assert rows("SELECT counted, expected, differs FROM count_line l JOIN batch b ON b.id = l.batch_id"
                " WHERE b.batch_no = 'A'") == [(20_000_000, 20_000_000, 0)]  # fmt: skip
    store.done(f"/counts/{count_no}/submit")
    finish(store, count_no)
    assert store.stock("A") == [("B-01", "qualified", "30")]


def test_given_a_first_count_when_a_pick_is_undone_before_the_second_then_both_agree_on_what_is_missing(store):
    """R-C15: 19 of 20, then 10 come back and 29 of 30 are counted: one is missing, and no third person is asked"""
    order = store.order("10")
    store.done(f"/deliveries/{order}/scans", code="A", quantity="10")
    count_no = open_count(store)
    type_in(store, count_no, "A", "19")
    pick = store.get(f"/deliveries/{order}").json["lines"][0]["picks"][0]["pick"]
    store.done(f"/deliveries/{order}/picks/{pick}/undo")
    type_in(store, count_no, "A", "29", who="keeper2")
    line = variances(store, count_no)["A"]
    assert (line["state"], line["book"], line["counted"], line["difference"]) == ("variance", "30", "29", "-1")
    assert [each["difference"] for each in line["counts"]] == ["-1", "-1"]


def test_given_two_customers_goods_when_one_was_told_then_the_other_s_wait_and_new_figures_are_told_again(store):
    """R-O2: a notice is for its owner, and for what it told him"""
    factories.put_in_stock("OWN 2026-05-20 100 B-04 blue - K\nMINE 2026-05-20 100 B-04 blue - M", item_no="EL-200")
    store.now += timedelta(minutes=1)
    count_no = open_count(store)
    count_rest(store, count_no, "A", "B", "C")
    store.now += timedelta(minutes=10)
    for who in ("keeper", "keeper2"):
        type_in(store, count_no, "OWN", "97", item_no="EL-200", who=who)
        type_in(store, count_no, "MINE", "98", item_no="EL-200", who=who)
    store.done(f"/counts/{count_no}/submit")

    def tell(owner):
        told = store.done(f"/counts/{count_no}/notices", who="manager", owner=owner, text="some are missing")
        return [(line["batch_no"], line["difference"]) for line in told["lines"]]

    assert tell("K") == [("OWN", "-3")]
    assert store.refused(f"/counts/{count_no}/approve", who="manager")["reason"] == "owner-notice"
    assert tell("M") == [("MINE", "-2")]
    done_at = (store.now - timedelta(minutes=5)).isoformat()
    store.now += timedelta(minutes=5)
    late = {"item_no": "EL-200", "batch_no": "OWN", "owner": "K", "quantity": "1", "from": "B-04", "to": "B-01"}
    store.done("/transfers", late, done_at=done_at)
    assert store.refused(f"/counts/{count_no}/approve", who="manager")["reason"] == "owner-notice", "it is 2 now"
    assert tell("K") == [("OWN", "-2")]
    type_in(store, count_no, "OWN", "1", item_no="EL-200", location="B-01")
    finish(store, count_no, reason="loss")
    assert [(place, amount) for place, _, amount in store.stock("OWN", "EL-200")] == [("B-01", "1"), ("B-04", "97")]


def test_given_an_owner_told_after_the_first_count_when_others_find_less_then_he_is_told_again(store):
    """R-O2, R-C9: he was told of 3, and 4 are missing"""
    factories.put_in_stock("OWN 2026-05-20 100 B-04 blue - K", item_no="EL-200")
    count_no = open_count(store)
    count_rest(store, count_no, "A", "B", "C")
    type_in(store, count_no, "OWN", "97", item_no="EL-200")
    store.done(f"/counts/{count_no}/notices", who="manager", owner="K", text="3 are missing")
    for who in ("keeper2", "clerk"):
        type_in(store, count_no, "OWN", "96", item_no="EL-200", who=who)
    store.done(f"/counts/{count_no}/submit")
    assert store.refused(f"/counts/{count_no}/approve", who="manager")["reason"] == "owner-notice"
    store.done(f"/counts/{count_no}/notices", who="manager", owner="K", text="4 are missing")
    finish(store, count_no, reason="loss")


def test_given_a_frozen_count_when_goods_should_move_then_refused_until_it_is_over(store):
    """R-C16: the message names the count; frozen places are listed; cancel and close free them"""
    count_no = open_count(store, zone="blue", freeze=True)
    move = {"item_no": "EL-100", "batch_no": "A", "quantity": "1", "from": "B-01", "to": "B-04"}
    problem = store.refused("/transfers", move)
    assert (problem["code"], problem["count_no"]) == ("count-open", count_no)
    listed = store.get("/frozen-places").json["items"]
    assert [(each["location"], each["frozen_by"], each["count_state"]) for each in listed] == [
        (place, count_no, "open") for place in ("B-01", "B-02", "B-03")
    ]
    second = store.refused("/counts", who="manager", kind="cycle", zone="blue", freeze=True, month="2026-06")
    assert (second["code"], second["count_no"]) == ("count-open", count_no)
    assert len(store.get("/counts").json["items"]) == 1
    store.done(f"/counts/{count_no}/cancel", who="manager", reason="audit is off")
    assert store.get("/frozen-places").json["items"] == []
    store.done("/transfers", move)
    count_no = open_count(store, zone="blue", freeze=True)
    count_rest(store, count_no, "B", "C")
    type_in(store, count_no, "A", "29")
    type_in(store, count_no, "A", "1", location="B-04")
    store.done(f"/counts/{count_no}/submit")
    finish(store, count_no)
    assert store.get("/frozen-places").json["items"] == []


def test_given_two_frozen_counts_when_one_is_over_then_only_its_own_places_are_free(store):
    """R-C16"""
    factories.put_in_stock("Y 2026-05-01 2 QU-1 yellow")
    first = open_count(store, zone="blue", freeze=True)
    second = open_count(store, zone="quarantine", freeze=True)
    store.done(f"/counts/{first}/cancel", who="manager", reason="audit is off")
    listed = store.get("/frozen-places").json["items"]
    assert [(each["location"], each["frozen_by"]) for each in listed] == [("QU-1", second)]
    type_in(store, second, "Y", "2", location="QU-1")
    store.done("/locations/B-01/freeze", who="manager", reason="flood")
    store.done(f"/counts/{second}/submit")
    finish(store, second)
    listed = store.get("/frozen-places").json["items"]
    assert [(each["location"], each["frozen_by"]) for each in listed] == [("B-01", "flood")]


def test_given_a_difference_nobody_explains_when_approved_then_a_task_for_its_cause_is_left(store):
    """R-C19: a reason of the list, or unknown with a root-cause task"""
    count_no = open_count(store)
    for who in ("keeper", "keeper2"):
        type_in(store, count_no, "A", "28", who=who)
        type_in(store, count_no, "B", "51", who=who)
    type_in(store, count_no, "C", "40")
    store.done(f"/counts/{count_no}/submit")
    assert store.refused(f"/counts/{count_no}/approve", who="manager", reason="because")["field"] == "reason"
    line = {"item_no": "EL-100", "batch_no": "A", "location": "B-01", "reason": "damage", "note": "fell down"}
    store.done(f"/counts/{count_no}/approve", who="manager", lines=[line])
    shown = variances(store, count_no)
    assert (shown["A"]["reason"], shown["A"]["note"], shown["B"]["reason"]) == ("damage", "fell down", "unknown")
    (task,) = store.get("/tasks?kind=root-cause", who="manager").json["items"]
    assert (task["facts"]["batch_no"], task["facts"]["variance"], task["due_on"]) == ("B", "1", "2026-06-15")
    assert store.stock("B") == [("B-02", "qualified", "51")]
    assert list(verify.verify()) == []


def test_given_missing_goods_that_were_promised_when_adjusted_then_the_promise_is_given_back(store):
    """R-C19, R-F16: a short pick's task is done by the count"""
    order = store.order("30")
    store.done(f"/deliveries/{order}/short-picks", item_no="EL-100", batch_no="A", location="B-01", quantity="4")
    assert store.get("/count-plan").json["spot_checks"] == ["B-01"]
    count_no = open_count(store, kind="spot")
    assert [line["batch_no"] for line in store.get(f"/counts/{count_no}/lines").json["items"]] == ["A"]
    for who in ("keeper", "keeper2"):
        type_in(store, count_no, "A", "25", who=who)
    store.done(f"/counts/{count_no}/submit")
    finish(store, count_no, reason="loss")
    assert store.stock("A") == [("B-01", "qualified", "25")]
    assert store.get("/tasks?kind=count").json["items"] == []
    assert rows("SELECT COUNT(*) FROM allocation WHERE task_id IS NOT NULL") == [(0,)]


def test_given_a_customers_goods_when_short_then_nothing_is_adjusted_before_he_was_told(store):
    """R-O2: 97 of K's 100; notice, answer and closure are kept"""
    factories.put_in_stock("OWN 2026-05-20 100 B-04 blue - K", item_no="EL-200")
    store.done("/count-tolerances", who="manager", percent="50")
    count_no = open_count(store)
    count_rest(store, count_no, "A", "B", "C")
    for who in ("keeper", "keeper2"):
        type_in(store, count_no, "OWN", "97", item_no="EL-200", who=who)
    assert store.done(f"/counts/{count_no}/submit")["state"] == "submitted"
    problem = store.refused(f"/counts/{count_no}/approve", who="manager")
    assert (problem["code"], problem["reason"]) == ("document-state", "owner-notice")
    assert store.stock("OWN", "EL-200") == [("B-04", "qualified", "100")]
    assert store.refused(f"/counts/{count_no}/notices", who="manager", owner="M", text="x")["field"] == "owner"
    notice = store.done(f"/counts/{count_no}/notices", who="manager", owner="K", text="3 are missing")
    assert notice["lines"][0]["difference"] == "-3"
    finish(store, count_no, reason="loss")
    assert store.stock("OWN", "EL-200") == [("B-04", "qualified", "97")]
    path = f"/owner-notices/{notice['notice_no']}"
    assert store.done(f"{path}/answer", who="manager", text="we send 3 more")["state"] == "answered"
    assert store.done(f"{path}/close", who="manager", text="3 came")["outcome"] == "3 came"
    assert store.refused(f"{path}/answer", who="manager", text="again")["code"] == "document-state"
    (kept,) = store.get("/owner-notices").json["items"]
    assert (kept["text"], kept["answer"], kept["state"]) == ("3 are missing", "we send 3 more", "closed")


def test_given_a_month_when_counted_or_closed_then_it_is_not_counted_again_or_ahead(store):
    """R-C20"""
    assert store.refused("/counts", who="manager", month="2026-07")["field"] == "month"
    assert store.refused("/counts", who="manager", month="2026-13")["field"] == "month"
    first = open_count(store)
    problem = store.refused("/counts", who="manager", month="2026-06")
    assert (problem["reason"], problem["document_no"]) == ("counted-already", first)
    rows("INSERT INTO period (site_id, month, closed_at, closed_by) VALUES (1, '2026-05', '2026-06-01', 'manager')")
    assert store.refused("/counts", who="manager", month="2026-05")["reason"] == "month-closed"


def test_given_a_month_that_was_closed_meanwhile_when_a_count_is_approved_then_refused_and_nothing_moves(store):
    """R-C20"""
    count_no = open_count(store)
    count_rest(store, count_no, "B", "C")
    for who in ("keeper", "keeper2"):
        type_in(store, count_no, "A", "28", who=who)
    store.done(f"/counts/{count_no}/submit")
    rows("INSERT INTO period (site_id, month, closed_at, closed_by) VALUES (1, '2026-06', '2026-06-01', 'manager')")
    assert store.refused(f"/counts/{count_no}/approve", who="manager")["code"] == "closed-month"
    assert store.stock("A") == [("B-01", "qualified", "30")]


def test_given_a_count_when_its_number_or_place_is_another_sites_then_it_is_not_there(store):
    """R-M5"""
    count_no = open_count(store)
    store.done("/sites", who="admin", code="S2", name="Plant 2")
    store.done("/locations", who="manager", code="Z-01", zone="z", site="S2")
    assert store.get(f"/counts/{count_no}?site=S2").status_code == 404
    problem = store.refused(
        f"/counts/{count_no}/scans", item_no="EL-100", batch_no="A", location="Z-01", quantity="1"
    )  # fmt: skip
    assert problem["code"] == "not-found"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_given_a_fault_in_the_middle_of_the_adjustment_when_it_comes_back_then_nothing_is_half_done(store):
    """R-X6, R-C14: the third of three lines cannot be written; the same key is done whole afterwards"""
    count_no = open_count(store)
    for who in ("keeper", "keeper2"):
        for batch_no in "ABC":
            type_in(store, count_no, batch_no, "20", who=who)
    store.done(f"/counts/{count_no}/submit")
    everything = "SELECT batch_id, quantity FROM stock ORDER BY id"
    before = rows(everything), rows("SELECT COUNT(*) FROM card_entry"), rows("SELECT state FROM stock_count")
    rows(
        "CREATE TRIGGER cut BEFORE INSERT ON ledger_entry WHEN new.kind = 'adjustment'"
        " AND (SELECT COUNT(*) FROM ledger_entry WHERE kind = 'adjustment') = 2"
        " BEGIN SELECT RAISE(ABORT, 'the power is cut'); END"
    )
    cut = store.post(f"/counts/{count_no}/approve", {}, who="manager", key="key-through-the-cut")
    assert cut.status_code == 500
    assert before == (rows(everything), rows("SELECT COUNT(*) FROM card_entry"), rows("SELECT state FROM stock_count"))
    rows("DROP TRIGGER cut")
    again = store.post(f"/counts/{count_no}/approve", {}, who="manager", key="key-through-the-cut")
    assert (again.status_code, adjustments()) == (200, 1)
    assert [store.stock(each)[0][2] for each in "ABC"] == ["20"] * 3
    assert list(verify.verify()) == []


@pytest.mark.parametrize(("quantity", "asks"), [("999999", False), ("1000000", True)])
def test_given_a_million_when_counted_then_asked_again_and_one_less_is_not(store, quantity, asks):
    """R-C17"""
    count_no = open_count(store)
    members = {"item_no": "EL-100", "batch_no": "A", "location": "B-01", "quantity": quantity}
    answer = store.post(f"/counts/{count_no}/scans", members)
    assert (answer.status_code, answer.json.get("reason")) == ((409, "confirm-much") if asks else (201, None))


def test_given_a_small_difference_beside_a_large_one_when_approved_then_only_the_large_one_asks_for_its_cause(store):
    """R-C19, R-C6: what lies within tolerance is nobody's riddle"""
    store.done("/count-tolerances", who="manager", percent="5")
    count_no = open_count(store)
    type_in(store, count_no, "B", "49")
    count_rest(store, count_no, "C")
    for who in ("keeper", "keeper2"):
        type_in(store, count_no, "A", "20", who=who)
    store.done(f"/counts/{count_no}/submit")
    store.done(f"/counts/{count_no}/approve", who="manager")
    shown = variances(store, count_no)
    assert (shown["B"]["reason"], shown["A"]["reason"]) == ("miscount", "unknown")
    tasks = store.get("/tasks?kind=root-cause", who="manager").json["items"]
    assert [task["facts"]["batch_no"] for task in tasks] == ["A"]


def test_given_goods_that_left_after_they_were_counted_when_approved_then_refused_until_they_are_counted_again(store):
    """R-C19: 2 of A are missing, then all that is on record is carried away; nothing goes below zero"""
    count_no = open_count(store)
    count_rest(store, count_no, "B", "C")
    for who in ("keeper", "keeper2"):
        type_in(store, count_no, "A", "28", who=who)
    store.done(f"/counts/{count_no}/submit")
    store.done("/transfers", item_no="EL-100", batch_no="A", quantity="29", to="B-04", **{"from": "B-01"})
    problem = store.refused(f"/counts/{count_no}/approve", who="manager", reason="loss")
    assert (problem["code"], problem["location"], problem["available"]) == ("insufficient-stock", "B-01", "1")
    assert store.stock("A") == [("B-01", "qualified", "1"), ("B-04", "qualified", "29")]


def test_given_last_month_s_count_when_approved_in_this_one_then_the_correction_is_dated_today_and_refers_to_it(store):
    """R-C20: May counted on 1 June"""
    count_no = open_count(store, month="2026-05")
    count_rest(store, count_no, "B", "C")
    for who in ("keeper", "keeper2"):
        type_in(store, count_no, "A", "28", who=who)
    store.done(f"/counts/{count_no}/submit")
    (number,) = store.done(f"/counts/{count_no}/approve", who="manager", reason="loss")["adjustments"]
    (line,) = store.get("/batches/EL-100/A/account", who="manager").json["items"][1:]
    assert (line["voucher_no"], line["posted_on"]) == (number, "2026-06-01")
    found = rows("SELECT reference, of_document FROM document WHERE document_no = ?", number)
    assert found == [("2026-05", count_no)]
