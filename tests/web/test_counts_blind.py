"""Blind for real: no answer to a movement tells who counts what lies there (R-C1)."""

import pytest

from tests.web.counting import open_count, type_in

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


def test_given_who_counts_when_he_asks_for_the_book_then_told_that_it_is_hidden_and_not_that_it_is_frozen(
    store, counting
):
    """R-C1: nothing is frozen, goods may move; only he may not look"""
    told = store.get("/batches/EL-100/A/card").json
    assert (told["count_no"], told["reason"]) == (counting, "blind")
    assert "frozen" not in told["detail"]
