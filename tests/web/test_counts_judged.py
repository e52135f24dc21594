"""When a count stands: tolerances, zero, recounts by another person, who approves (R-C4..R-C7, R-C9, R-C10)."""

import pytest

from tests import factories
from tests.web.counting import big_store, count_rest, finish, open_count, type_in, variances
from warehouse.books import verify
from warehouse.tables.base import rows


def test_given_zero_of_a_full_bin_when_counted_then_confirmed_recounted_and_approved(store):
    """R-C4"""
    big_store(store, "500")
    count_no = open_count(store)
    members = {"item_no": "EL-200", "batch_no": "N", "location": "B-04", "quantity": "0"}
    problem = store.refused(f"/counts/{count_no}/scans", members)
    assert (problem["code"], problem["reason"], problem["confirmable"]) == ("invalid-input", "confirm-empty", True)
    store.done("/count-tolerances", who="manager", percent="100")
    store.done(f"/counts/{count_no}/scans", members, confirmed=True)
    count_rest(store, count_no, "A", "B", "C")
    assert store.done(f"/counts/{count_no}/submit")["state"] == "submitted"
    problem = store.refused(f"/counts/{count_no}/approve", who="manager")
    assert (problem["code"], problem["reason"]) == ("document-state", "recount-needed")
    type_in(store, count_no, "N", "0", item_no="EL-200", who="keeper2")
    finish(store, count_no)
    assert store.stock("N", "EL-200") == []


def test_given_found_goods_when_the_book_has_none_then_beyond_every_percentage(store):
    """R-C5, R-C11: a batch on record in a place where it is not; the line is added with book 0"""
    store.done("/count-tolerances", who="manager", percent="100")
    count_no = open_count(store)
    count_rest(store, count_no, "A", "B", "C")
    told = type_in(store, count_no, "A", "50", location="B-04")
    assert told["kind"] == "first"
    line = variances(store, count_no)["A"]
    assert (line["found"], line["book"], line["counted"], line["difference"], line["within_tolerance"]) == (
        True, "0", "50", "50", False,
    )  # fmt: skip
    type_in(store, count_no, "A", "50", location="B-04", who="clerk")
    store.done(f"/counts/{count_no}/submit")
    finish(store, count_no, reason="missing-scan")
    assert store.stock("A") == [("B-01", "qualified", "30"), ("B-04", "qualified", "50")]


def test_given_only_a_limit_of_value_when_cheap_goods_are_found_where_the_book_has_none_then_beyond_it_all_the_same(
    store,
):
    """R-C5: whatever the limits are"""
    store.done("/count-tolerances", who="manager", value="200")
    store.done("/items/EL-100/valuation", who="manager", price="0.01", abc_class="C")
    count_no = open_count(store)
    type_in(store, count_no, "A", "1", location="B-04")
    assert variances(store, count_no)["A"]["within_tolerance"] is False


@pytest.mark.parametrize(
    ("book", "counted", "price", "state"),
    [
        ("1", "2", "100", "submitted"),
        ("1000", "990", "0.1", "approved"),
        ("1000", "990", "21", "submitted"),
        ("1000", "979", "0.1", "submitted"),
    ],
)
def test_given_two_limits_when_counted_then_both_have_to_hold(store, book, counted, price, state):
    """R-C6: 2 % and 200: 1 to 2 needs approval, 1000 to 990 corrects itself; 1 % worth 210 does not, nor 2.1 %"""
    store.done("/count-tolerances", who="manager", percent="2", value="200")
    store.done("/items/EL-200/valuation", who="manager", price=price, abc_class="A")
    big_store(store, book)
    count_no = open_count(store)
    count_rest(store, count_no, "A", "B", "C")
    type_in(store, count_no, "N", counted, item_no="EL-200")
    assert store.done(f"/counts/{count_no}/submit")["state"] == state
    on_hand = counted if state == "approved" else book
    assert store.stock("N", "EL-200") == [("B-04", "qualified", on_hand)]
    assert list(verify.verify()) == []


def test_given_tolerances_when_set_narrower_then_they_win_and_empty_inherits(store):
    """R-C7: 0 on the bin is exact, an empty one inherits the site's"""
    big_store(store, "1000")
    store.done("/count-tolerances", who="manager", percent="2")
    for percent, within in (("0", False), (None, True), ("0.5", False), ("1", True)):
        store.done("/count-tolerances", who="manager", location="B-04", percent=percent)
        count_no = open_count(store)
        type_in(store, count_no, "N", "990", item_no="EL-200")
        assert variances(store, count_no)["N"]["within_tolerance"] is within, percent
        store.done(f"/counts/{count_no}/cancel", who="manager", reason="the next one")
    listed = store.get("/count-tolerances").json["items"]
    assert [(each["location"], each["percent"]) for each in listed] == [(None, "2"), ("B-04", "1")]


def test_given_blank_lines_when_the_lead_says_zero_then_another_manager_approves(store):
    """R-C8, R-C10"""
    count_no = open_count(store)
    count_rest(store, count_no, "A", "B")
    assert store.done(f"/counts/{count_no}/submit", who="manager", blanks="zero")["state"] == "submitted"
    assert store.refused(f"/counts/{count_no}/approve", who="manager")["code"] == "same-person"
    store.done(f"/counts/{count_no}/approve", who="manager2")
    assert store.stock("C") == []


def test_given_a_first_count_when_recounted_then_another_agrees_or_a_third_decides(store):
    """R-C9: 90 again by the same person is refused; 90 by another agrees, 95 asks a third"""
    big_store(store)
    count_no = open_count(store)
    count_rest(store, count_no, "A", "B", "C")
    type_in(store, count_no, "N", "90", item_no="EL-200")
    again = {"item_no": "EL-200", "batch_no": "N", "location": "B-04", "quantity": "90"}
    assert store.refused(f"/counts/{count_no}/scans", again)["code"] == "same-person"
    type_in(store, count_no, "N", "91", item_no="EL-200", correct=True)
    type_in(store, count_no, "N", "90", item_no="EL-200", correct=True)
    store.done(f"/counts/{count_no}/submit")
    assert store.refused(f"/counts/{count_no}/scans", again, correct=True)["code"] == "same-person"
    assert type_in(store, count_no, "N", "95", item_no="EL-200", who="keeper2")["kind"] == "recount"
    assert variances(store, count_no)["N"]["state"] == "third"
    for who in ("keeper", "keeper2"):
        assert store.refused(f"/counts/{count_no}/scans", again, who=who)["code"] == "same-person"
    assert type_in(store, count_no, "N", "90", item_no="EL-200", who="clerk")["kind"] == "third"
    line = variances(store, count_no)["N"]
    assert (line["state"], line["counted"], line["counter"]) == ("variance", "90", "clerk")
    finish(store, count_no)
    assert store.stock("N", "EL-200") == [("B-04", "qualified", "90")]
    entries = rows("SELECT kind, counter FROM count_entry WHERE line_id = ? ORDER BY id", line["line"])
    assert entries == [
        ("first", "keeper"), ("correction", "keeper"), ("correction", "keeper"), ("recount", "keeper2"),
        ("third", "clerk"),
    ]  # fmt: skip


def test_given_another_counted_after_him_when_the_first_corrects_or_a_further_person_counts_then_refused(store):
    """R-C9: before the count is submitted too; two that agree have decided"""
    count_no = open_count(store)
    type_in(store, count_no, "A", "20")
    type_in(store, count_no, "A", "20", who="keeper2")
    again = {"item_no": "EL-100", "batch_no": "A", "location": "B-01", "quantity": "21"}
    assert store.refused(f"/counts/{count_no}/scans", again, correct=True)["code"] == "same-person"
    problem = store.refused(f"/counts/{count_no}/scans", again, who="clerk")
    assert (problem["code"], problem["reason"]) == ("document-state", "line-counted")
    count_rest(store, count_no, "B", "C")
    store.done(f"/counts/{count_no}/submit")
    agreed = {"item_no": "EL-100", "batch_no": "B", "location": "B-02", "quantity": "50"}
    assert store.refused(f"/counts/{count_no}/scans", agreed, who="clerk")["reason"] == "line-counted"


def test_given_who_counted_or_keeps_the_bin_when_he_approves_then_refused(store):
    """R-C10"""
    store.done("/people", who="admin", name="Wu", roles=["keeper", "manager"], password="long enough words")
    factories.add_fixed_token("Wu")
    store.done("/locations", who="manager", code="B-05", zone="blue", kind="storage", keeper="manager2")
    factories.put_in_stock("N 2026-05-01 10 B-05 blue")
    count_no = open_count(store)
    count_rest(store, count_no, "A", "B", "C")
    type_in(store, count_no, "N", "9", location="B-05", who="Wu")
    type_in(store, count_no, "N", "9", location="B-05", who="keeper2")
    store.done(f"/counts/{count_no}/submit", who="manager")
    for who in ("Wu", "manager2"):
        assert store.refused(f"/counts/{count_no}/approve", who=who)["code"] == "same-person"
    finish(store, count_no)


def test_given_a_tolerance_of_a_warehouse_when_counted_there_then_it_beats_the_site_s_and_a_bin_s_beats_it(store):
    """R-C7: bin before warehouse before site"""
    store.done("/locations", who="manager", code="W-01", zone="cold", warehouse="Cold")
    factories.put_in_stock("N 2026-05-01 100 W-01 blue", item_no="EL-200")
    store.done("/count-tolerances", who="manager", percent="0")
    store.done("/count-tolerances", who="manager", warehouse="Cold", percent="10")
    for bin_percent, within in ((None, True), ("1", False)):
        store.done("/count-tolerances", who="manager", location="W-01", percent=bin_percent)
        count_no = open_count(store, zone="cold")
        type_in(store, count_no, "N", "95", item_no="EL-200", location="W-01")
        assert variances(store, count_no)["N"]["within_tolerance"] is within, bin_percent
        state = store.done(f"/counts/{count_no}/submit")["state"]
        assert state == ("approved" if within else "submitted"), "the rule is asked where the line is judged too"
        if within:
            store.done(f"/counts/{count_no}/close", who="manager")
            factories.put_in_stock("N 2026-05-01 5 W-01 blue", item_no="EL-200", now=store.now)
