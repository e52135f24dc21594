"""Account = card = goods through the service: compared, explained, followed up (4.7.5 d; R-R1..R-R8)."""

from datetime import timedelta

import pytest

from tests import factories
from tests.web.reconciling import (
    JULY,
    MONTH,
    compare,
    counted,
    figures,
    named,
    put,
)
from warehouse.tables.base import rows


def test_given_a_receipt_scanned_and_goods_staged_when_compared_then_explained_by_their_numbers(store):
    """R-R8: by voucher, not by time; older than a day also on the exception list"""
    receipt = store.done(
        "/receipts", who="clerk", supplier="SUP", reference="PO-1", lines=[{"item_no": "EL-100", "quantity": "20"}]
    )["receipt_no"]
    store.done(f"/receipts/{receipt}/scans", item_no="EL-100", batch_no="N", quantity="20")
    delivery = store.order("10")
    store.done(f"/deliveries/{delivery}/scans", code="A", quantity="10")
    a, n = compare(store)
    assert figures(a) == ("30", "20", "20")
    assert a["explained"] == [{"kind": "staged", "voucher_no": delivery, "quantity": "-10"}]
    assert n["explained"] == [{"kind": "not-posted", "voucher_no": receipt, "quantity": "20"}]
    assert (a["causes"], n["causes"], n["state"]) == ([], [], "explained")
    store.now += timedelta(hours=23)
    assert [each["causes"] for each in compare(store)] == [[], []], "a day is not gone"
    assert store.get(f"/reconciliations/{MONTH}/exceptions").json["items"] == []
    store.now += timedelta(hours=2)
    a, n = compare(store)
    assert (a["causes"], [cause["cause"] for cause in n["causes"]]) == ([], ["missing-posting"])
    assert n["causes"][0]["vouchers"] == [receipt]
    late = store.get(f"/reconciliations/{MONTH}/exceptions").json["items"]
    assert {each["voucher_no"] for each in late} == {receipt, delivery}


def test_given_a_finance_book_when_put_twice_then_its_figures_are_the_account_and_ours_beside(store):
    """R-R2"""
    assert put(store, {"A": "28", "B": "50", "C": "40"}).json["changed"] is True
    assert put(store, {"A": "28", "B": "50", "C": "40"}, key="another-key").json["changed"] is False
    (a,) = compare(store)
    assert (a["batch_no"], figures(a), a["own_account"]) == ("A", ("28", "30", "30"), "30")
    assert put(store, {"A": "30", "B": "50", "C": "40"}).json["changed"] is True
    assert compare(store) == []


def test_given_goods_are_short_when_compared_then_a_loss_is_put_on_record_once_and_followed_to_its_end(store):
    """R-R1, R-R5"""
    counted(store, {("A", "B-01"): "28", ("B", "B-02"): "50"})
    (a,) = compare(store)
    assert (figures(a), a["causes"][0]["cause"], a["causes"][0]["proposal"]) == (
        ("30", "30", "28"), "physical-loss", "recount-then-adjust-both",
    )  # fmt: skip
    assert (a["state"], a["causes"][0]["location"]) == ("new", "B-01")
    (number,) = store.done(f"/reconciliations/{MONTH}/discrepancies")["opened"]
    assert store.done(f"/reconciliations/{MONTH}/discrepancies")["opened"] == []
    store.done(f"/discrepancies/{number}/assign", who="manager", person="keeper2", due_on="2026-06-09")
    (a,) = compare(store)
    assert (a["state"], a["causes"][0]["discrepancy_no"], a["causes"][0]["assigned_to"]) == (
        "assigned", number, "keeper2",
    )  # fmt: skip
    close = {"reason": "recounted", "note": "two behind the pallet"}
    assert store.refused(f"/discrepancies/{number}/close", close)["code"] == "forbidden"
    closed = store.done(f"/discrepancies/{number}/close", close, who="keeper2")
    assert (closed["state"], closed["closing_reason"], closed["facts"]["goods"]) == ("closed", "recounted", "28")
    assert store.refused(f"/discrepancies/{number}/close", close, who="manager")["code"] == "document-state"
    assert compare(store)[0]["state"] == "closed"
    assert store.get("/discrepancies").json["items"] == []
    assert [each["discrepancy_no"] for each in store.get("/discrepancies?state=closed").json["items"]] == [number]


def test_given_goods_move_after_the_count_when_compared_then_the_count_still_stands(store):
    """R-R1, R-C2: what moved after the counting moved the goods too"""
    counted(store, {("A", "B-01"): "28", ("B", "B-02"): "50"})
    store.now += timedelta(minutes=5)
    store.done("/transfers", item_no="EL-100", batch_no="B", **{"from": "B-02", "to": "B-04"}, quantity="20")
    store.done("/transfers", item_no="EL-100", batch_no="A", **{"from": "B-01", "to": "B-04"}, quantity="5")
    assert [(item["batch_no"], figures(item)) for item in compare(store)] == [("A", ("30", "30", "28"))]


def test_given_batches_taken_for_each_other_when_counted_then_two_differences_never_netted(store):
    """R-R6"""
    counted(store, {("A", "B-01"): "20", ("B", "B-02"): "60"})
    assert named(compare(store)) == [("A", ["swapped-batches"]), ("B", ["swapped-batches"])]
    counted(store, {("A", "B-01"): "20", ("A", "B-02"): "10", ("B", "B-02"): "50"}, at=store.now + timedelta(minutes=1))
    (a,) = compare(store)
    assert (figures(a), [cause["cause"] for cause in a["causes"]]) == (("30", "30", "30"), ["misplaced"])
    assert (a["causes"][0]["location"], a["causes"][0]["other"]) == ("B-01", "B-02")


def test_given_goods_over_when_counted_then_a_gain_and_the_deliveries_of_the_month(store):
    """R-R4"""
    delivery = store.order("2")
    store.done(f"/deliveries/{delivery}/scans", code="A", quantity="2")
    store.done(f"/deliveries/{delivery}/package-checks", who="clerk", packages=[{"code": "P", "outer_ok": True}])
    store.done(f"/deliveries/{delivery}/dispatch", who="clerk")
    counted(store, {("A", "B-01"): "30"})
    (a,) = compare(store)
    assert (figures(a), a["cause"], a["causes"][0]["vouchers"]) == (("28", "28", "30"), "physical-gain", [delivery])


def test_given_records_and_goods_differ_when_compared_then_each_part_is_closed_on_its_own(store):
    """R-R5: a voucher finance has not posted, and a loss"""
    delivery = store.order("2")
    store.done(f"/deliveries/{delivery}/scans", code="A", quantity="2")
    store.done(f"/deliveries/{delivery}/package-checks", who="clerk", packages=[{"code": "P", "outer_ok": True}])
    store.done(f"/deliveries/{delivery}/dispatch", who="clerk")
    counted(store, {("A", "B-01"): "25"})
    put(store, {"A": "30", "B": "50", "C": "40"})
    (a,) = compare(store)
    assert (figures(a), a["own_account"]) == (("30", "28", "25"), "28")
    assert [(each["cause"], each["quantity"], each["book"]) for each in a["causes"]] == [
        ("missing-posting", "2", "account"), ("physical-loss", "3", "goods"),
    ]  # fmt: skip
    assert a["causes"][0]["vouchers"] == [delivery]
    one, two = store.done(f"/reconciliations/{MONTH}/discrepancies")["opened"]
    store.done(f"/discrepancies/{one}/close", who="manager", reason="posted", note="by accounting")
    states = {each["discrepancy_no"]: each["state"] for each in compare(store)[0]["causes"]}
    assert states == {one: "closed", two: "assigned"}


def test_given_every_row_when_paged_then_each_comes_once_in_order(store):
    """R-R6: one row a batch and owner, those that agree too"""
    factories.put_in_stock("X1  2026-01-10  30  B-01  blue  -  K\nX1  2026-01-10  10  B-02  blue", item_no="EL-200")
    counted(store, {("B", "B-02"): "49"})
    seen, after = [], None
    for _ in range(10):
        query = {"all": "true", "limit": 2} | ({"after": after} if after else {})
        page = store.client.get(
            f"/api/v1/reconciliations/{MONTH}", query_string=query, headers={"Authorization": "Bearer token-qa"}
        ).json
        seen += [(row["batch_no"], row["owner"], row["state"]) for row in page["items"]]
        if not (after := page["next"]):
            break
    assert seen == [
        ("A", "", "agrees"), ("B", "", "new"), ("C", "", "agrees"), ("X1", "", "agrees"), ("X1", "K", "agrees"),
    ]  # fmt: skip


def test_given_a_row_when_looked_behind_then_the_three_lists_and_vouchers_side_by_side(store):
    """R-R8"""
    delivery = store.order("10")
    store.done(f"/deliveries/{delivery}/scans", code="A", quantity="10")
    counted(store, {("A", "B-01"): "19"})
    behind = store.get(f"/reconciliations/{MONTH}/entries/EL-100/A").json
    assert [line["quantity"] for line in behind["card"]] == ["30", "-10"]
    assert [line["quantity"] for line in behind["account"]] == ["30"]
    assert [(line["location"], line["counted"], line["counter"]) for line in behind["goods"]] == [
        ("B-01", "19", "keeper")
    ]
    assert {line["voucher_no"]: line["unmatched"] for line in behind["vouchers"]}[delivery] == "-10"


@pytest.mark.parametrize("month", ["2026-13", "2026-07", "june"])
def test_given_what_is_no_month_that_has_begun_when_asked_then_refused(store, month):
    """R-C20"""
    assert store.get(f"/reconciliations/{month}").json["field"] == "month"


def test_given_somebody_has_a_zone_to_count_when_he_asks_for_the_comparison_then_not_before_he_is_through(store):
    """R-C1: no answer, print or export tells what should lie there"""
    count = counted(store, {}, state="open")
    rows(
        "INSERT INTO count_assignment (count_id, zone, counter) VALUES (?, 'blue', 'keeper')", count.id
    )  # fmt: skip
    asked = [
        f"/reconciliations/{MONTH}", f"/reconciliations/{MONTH}.pdf", f"/reconciliations/{MONTH}/entries/EL-100/A",
        "/discrepancies", "/account/balances.csv",
    ]  # fmt: skip
    assert [store.get(path).json.get("reason") for path in asked] == ["blind"] * len(asked)
    assert {store.get(path, who="manager").status_code for path in asked} == {200}
    rows("UPDATE count_assignment SET submitted_at = '2026-06-01T03:00:00.000000+00:00'")
    assert {store.get(path).status_code for path in asked} == {200}


def test_given_a_finance_book_of_an_earlier_day_when_we_posted_since_then_that_is_explained(store):
    """R-R2, R-R8: the book is of the 1st, the delivery of the 2nd; what finance left out before stays a difference"""
    put(store, {"A": "30", "B": "48", "C": "40"})
    store.now += timedelta(days=1)
    delivery = store.order("10")
    store.done(f"/deliveries/{delivery}/scans", code="A", quantity="10")
    packages = [{"code": "P1", "outer_ok": True}]
    store.done(f"/deliveries/{delivery}/package-checks", who="clerk", packages=packages)
    store.done(f"/deliveries/{delivery}/dispatch", who="clerk")
    a, b = compare(store)
    assert (figures(a), a["causes"]) == (("30", "20", "20"), [])
    assert a["explained"] == [{"kind": "posted-after-the-book", "voucher_no": delivery, "quantity": "-10"}]
    assert (figures(b), b["state"]) == (("48", "50", "50"), "new")


def test_given_a_pick_done_in_june_and_written_in_july_when_compared_then_june_s_card_is_as_it_was_written(store):
    """R-R12: the card of a past second is the sum of its lines by then; what a device says of the time moves none"""
    store.now = JULY
    delivery = store.order("10")
    store.done(f"/deliveries/{delivery}/scans", code="A", quantity="10", done_at="2026-06-30T20:00:00+08:00")
    assert [row["card"] for row in compare(store, all="true")] == ["30", "50", "40"]
    assert [row["card"] for row in compare(store, "2026-07", all="true")] == ["20", "50", "40"]
