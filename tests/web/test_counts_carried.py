"""Goods that are carried past the counter while a count is open: asked for where they are now (R-C2, R-C21)."""

from tests.web.counting import at, open_count, type_in, variances


def carry(store, source, target, quantity):
    store.done("/transfers", item_no="EL-100", batch_no="A", quantity=quantity, **{"from": source, "to": target})


def lines_of_a(store, count_no):
    found = store.get(f"/counts/{count_no}/lines?limit=100", who="manager").json["items"]
    return {line["location"]: line["state"] for line in found if line["batch_no"] == "A"}


def test_given_goods_left_a_place_before_it_was_counted_when_it_is_counted_then_they_are_asked_for_where_they_went(
    store,
):
    """R-C21: they lay there when the count opened, so they have a line; five of them are missing"""
    at(store, "09:00")
    count_no = open_count(store)
    at(store, "09:10")
    carry(store, "B-01", "B-04", "30")
    at(store, "09:20")
    type_in(store, count_no, "A", "0")
    assert lines_of_a(store, count_no) == {"B-01": "counted", "B-04": "open"}
    type_in(store, count_no, "A", "25", location="B-04")
    type_in(store, count_no, "A", "25", location="B-04", who="keeper2")
    assert variances(store, count_no)["A"]["difference"] == "-5"


def test_given_the_place_they_went_to_was_counted_before_when_theirs_is_counted_then_another_person_counts_again(store):
    """R-C2, R-C9: what came after its counting was counted nowhere"""
    at(store, "08:50")
    carry(store, "B-01", "B-04", "10")
    at(store, "09:00")
    count_no = open_count(store)
    at(store, "09:05")
    type_in(store, count_no, "A", "10", location="B-04")
    at(store, "09:10")
    carry(store, "B-01", "B-04", "20")
    assert lines_of_a(store, count_no) == {"B-01": "open", "B-04": "counted"}
    at(store, "09:20")
    type_in(store, count_no, "A", "0")
    assert lines_of_a(store, count_no) == {"B-01": "counted", "B-04": "recount"}
    type_in(store, count_no, "A", "30", location="B-04", who="keeper2")
    assert lines_of_a(store, count_no) == {"B-01": "counted", "B-04": "counted"}
    assert variances(store, count_no) == {}


def test_given_goods_were_counted_when_they_are_carried_on_then_nobody_is_asked_again(store):
    """R-C2: later movements do not matter"""
    at(store, "09:00")
    count_no = open_count(store)
    at(store, "09:10")
    type_in(store, count_no, "A", "30")
    at(store, "09:20")
    carry(store, "B-01", "B-04", "30")
    at(store, "09:30")
    type_in(store, count_no, "A", "30", correct=True, counted_at=store.now.replace(minute=12).isoformat())
    assert lines_of_a(store, count_no) == {"B-01": "counted"}
