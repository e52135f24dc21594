"""Blind for real: no answer to a movement tells who counts what lies there (R-C1)."""

import pytest

from tests import factories
from tests.web.counting import count_rest, open_count, type_in, variances
from tests.web.reconciling import MONTH

BOOK = ("30", "29", "50", "40")  # what lies in fixture F, and what is left after one piece was taken


@pytest.fixture
def counting(store):
    """A count of the blue zone that the keeper is to count."""
    count_no = open_count(store)
    store.done(f"/counts/{count_no}/assignments", who="manager", assignments=[{"zone": "blue", "counter": "keeper"}])
    return count_no


def too_much(store, **members):
    return store.refused(
        "/transfers", item_no="EL-100", batch_no="A", quantity="99", **{"from": "B-01", "to": "B-04"}, **members
    )


def test_given_who_counts_when_he_takes_too_much_then_refused_without_what_there_is(store, counting):
    """R-C1: a transfer of far too much would read the book, batch by batch"""
    told = too_much(store)
    assert (told["code"], told["available"], told["reason"]) == ("insufficient-stock", None, "counting")
    assert not any(figure in told["detail"] for figure in BOOK)
    assert too_much(store, who="keeper2")["available"] == "30"


def test_given_who_counts_when_he_scans_a_newer_batch_then_told_which_to_take_but_not_how_much_lies_there(
    store, counting
):
    """R-C1, R-F2: batch and place, which he needs, are told"""
    order = store.order("5")
    told = store.refused(f"/deliveries/{order}/scans", code="B", quantity="1")
    assert (told["code"], told["batch_no"], told["location"], told["available"]) == ("not-oldest", "A", "B-01", None)
    assert not any(figure in told["detail"] for figure in BOOK)


def test_given_who_counts_when_goods_move_then_the_answer_has_no_balance_until_he_has_submitted(store, counting):
    """R-C1: also where a key is sent again"""
    order = store.order("5")
    path, key = f"/deliveries/{order}/scans", "the-key-of-a-pick"
    first = store.done(path, code="A", quantity="1", key=key)
    assert first["balance"] is None
    assert store.done(path, code="A", quantity="1", key=key) == first
    assert store.done(path, code="A", quantity="1", who="keeper2")["balance"] == "28"
    for batch_no, quantity in (("A", "28"), ("B", "50"), ("C", "40")):
        type_in(store, counting, batch_no, quantity)
    store.done(f"/counts/{counting}/submit")
    assert store.done(path, code="A", quantity="1")["balance"] == "27"


def test_given_who_counts_when_he_moves_goods_then_neither_bin_tells_what_is_left_nor_that_it_is_empty(store, counting):
    """R-C1: a move names two balances, asks whether a bin is empty where the book says so, and may move all there is"""
    there, back = ({"code": "B", "to": "B-04", "from": "B-02"}, {"code": "B", "to": "B-02", "from": "B-04"})
    for who, told in (("keeper", (None, None, None)), ("keeper2", ("50", "0", "confirm"))):
        moved = store.done("/transfers", who=who, quantity="50", **there)
        assert (moved["balance"], moved["balance_from"], moved["is_bin_empty"]) == told, who
        store.done("/transfers", who="keeper2", **back)
    refused = store.refused("/transfers", who="keeper", **there)
    assert (refused["field"], refused["reason"]) == ("quantity", "missing")
    assert store.done("/transfers", who="keeper2", **there)["quantity"] == "50"


def test_given_who_counts_when_he_picks_without_a_quantity_then_not_more_is_taken_than_all_that_is_wanted(
    store, counting
):
    """R-C1: of an order for more than lies there, what was taken would be what lay there"""
    order = store.order("40")
    path = f"/deliveries/{order}/scans"
    refused = store.refused(path, who="keeper", code="A")
    assert (refused["field"], refused["reason"]) == ("quantity", "missing")
    assert not any(figure in refused["detail"] for figure in BOOK)
    store.done(path, who="keeper2", code="A")
    store.done(path, who="keeper", code="B")
    assert [each["quantity"] for each in store.get(f"/deliveries/{order}").json["lines"][0]["picks"]] == ["30", "10"]


def test_given_who_counts_when_he_asks_for_the_book_then_told_that_it_is_hidden_and_not_that_it_is_frozen(
    store, counting
):
    """R-C1: nothing is frozen, goods may move; only he may not look"""
    told = store.get("/batches/EL-100/A/card").json
    assert (told["count_no"], told["reason"]) == (counting, "blind")
    assert "frozen" not in told["detail"]


def seen(store, who="keeper", batch_no="A"):
    """Give what a person is told of a batch: its quantities, and whether its card is refused."""
    lines = store.get(f"/batches/EL-100/{batch_no}", who=who).json["stock"]
    return [line["quantity"] for line in lines], store.get(f"/batches/EL-100/{batch_no}/card", who=who).status_code


def test_given_nobody_was_told_to_count_when_he_counts_all_the_same_then_his_zone_is_blind_until_it_is_submitted(store):
    """R-C1: else he types anything, looks the book up, and corrects himself"""
    factories.put_in_stock("Y 2026-05-01 2 QU-1 yellow")
    count_no = open_count(store)
    assert seen(store) == (["30"], 200), "who does not count has the book for his work"
    type_in(store, count_no, "A", "1")
    for batch_no in "ABC":
        assert seen(store, batch_no=batch_no) == ([None], 409)
    assert seen(store, batch_no="Y") == (["2"], 200), "another zone"
    assert seen(store, "keeper2") == (["30"], 200)
    assert store.get(f"/reconciliations/{MONTH}").json["reason"] == "blind"
    type_in(store, count_no, "A", "30", correct=True)
    count_rest(store, count_no, "B", "C")
    type_in(store, count_no, "Y", "2", location="QU-1")
    store.done(f"/counts/{count_no}/submit")
    assert seen(store) == (["30"], 200)


def test_given_who_counts_again_while_the_count_is_open_when_he_looks_then_blind_and_after_it_is_given_up_not(store):
    """R-C1, R-C9: the second counter is one too; also who finds a batch that nobody knows"""
    count_no = open_count(store)
    type_in(store, count_no, "A", "29")
    type_in(store, count_no, "A", "29", who="keeper2")
    type_in(store, count_no, "X9", "7", location="B-03", who="clerk")
    assert {seen(store, who)[1] for who in ("keeper", "keeper2", "clerk")} == {409}
    store.done(f"/counts/{count_no}/cancel", who="manager", reason="audit is off")
    assert {seen(store, who)[1] for who in ("keeper", "keeper2", "clerk")} == {200}


def test_given_a_spot_check_of_one_place_when_counted_then_the_other_places_of_its_zone_are_told(store):
    """R-C1, R-F16"""
    count_no = open_count(store, kind="spot", location="B-01")
    type_in(store, count_no, "A", "29")
    assert (seen(store), seen(store, batch_no="B")) == (([None], 409), (["50"], 200))


def test_given_who_is_through_with_his_zone_when_he_sees_its_book_again_then_he_corrects_nothing_there(store):
    """R-C1, R-C9: others still count, so the count is open"""
    factories.put_in_stock("Y 2026-05-01 2 QU-1 yellow")
    zones = [{"zone": "blue", "counter": "keeper"}, {"zone": "quarantine", "counter": "clerk"}]
    count_no = open_count(store, assignments=zones)
    for batch_no, quantity in (("A", "29"), ("B", "50"), ("C", "40")):
        type_in(store, count_no, batch_no, quantity)
    type_in(store, count_no, "A", "28", correct=True)
    assert store.done(f"/counts/{count_no}/submit")["state"] == "open"
    assert seen(store) == (["30"], 200)
    again = {"item_no": "EL-100", "batch_no": "A", "location": "B-01", "quantity": "30", "correct": True}
    assert store.refused(f"/counts/{count_no}/scans", again)["code"] == "same-person"
    assert variances(store, count_no)["A"]["counted"] == "28"
