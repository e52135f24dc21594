"""Whether goods may leave, in the order a keeper is told, and what a plan gives back (R-Q1, R-Q7, R-E, R-I, R-F18)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.factories import FIXTURE_F, stock_lines
from warehouse.rules.issue import Demand, check_issuable, check_quantity, choose_line, find_refusal, give_up
from warehouse.rules.refusals import InsufficientStock, OverIssue, WrongOwner, WrongPlace

TODAY = date(2026, 6, 1)
FOR_K = Demand(customer="K", today=TODAY)
A = stock_lines(FIXTURE_F)["A"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"owner": "M"}, "wrong-owner"),
        ({"frozen_by": "CN-1"}, "count-open"),
        ({"hold": "in-doubt", "status": "pending"}, "on-hold"),
        ({"reinspect_on": date(2026, 5, 31)}, "reinspection-due"),
        ({"reinspect_on": TODAY}, None),
        ({"status": "pending"}, "not-qualified"),
        ({"status": "awaiting"}, "not-qualified"),
        ({"status": "nonconforming"}, "not-qualified"),
        ({"status": "scrap"}, "not-qualified"),
        ({"concession": "DP-1", "concession_customer": "K", "concession_until": date(2026, 7, 31)}, None),
        ({"concession": "DP-1", "concession_customer": "M", "concession_until": date(2026, 7, 31)}, "not-qualified"),
        ({"concession": "DP-1", "concession_customer": "K", "concession_until": date(2026, 5, 31)}, "not-qualified"),
        ({"expiry_date": TODAY}, None),
        ({"expiry_date": date(2026, 5, 31)}, "expired"),
    ],
)
def test_given_one_reason_when_asked_then_that_code_answers(changes, code):
    """R-Q1, R-Q7, R-E1, R-I1, R-I7, R-F8, R-O1"""
    refusal = find_refusal(replace(A, **changes), FOR_K)
    assert (refusal.code if refusal else None) == code


def test_given_every_reason_at_once_when_they_go_one_by_one_then_the_interface_order_holds():
    """interface: the first that is true answers"""
    line = replace(
        A, owner="M", frozen_by="CN-1", hold="in-doubt", reinspect_on=date(2026, 5, 1), status="pending",
        expiry_date=date(2026, 5, 1),
    )  # fmt: skip
    codes = []
    for better in (
        {"owner": ""}, {"frozen_by": ""}, {"hold": ""}, {"reinspect_on": None}, {"status": "qualified"},
        {"expiry_date": None},
    ):  # fmt: skip
        codes.append(find_refusal(line, FOR_K).code)
        line = replace(line, **better)
    assert codes == ["wrong-owner", "count-open", "on-hold", "reinspection-due", "not-qualified", "expired"]
    check_issuable(line, FOR_K)


def test_given_75_days_left_when_the_customer_needs_90_then_not_for_him_but_for_others():
    """R-E4"""
    line = replace(A, expiry_date=date(2026, 8, 15))
    refusal = find_refusal(line, replace(FOR_K, rest_life_days=90))
    assert (refusal.code, refusal.rest_life_days, refusal.required_days) == ("shelf-life-too-short", 75, 90)
    assert find_refusal(line, FOR_K) is None


def test_given_a_line_of_45_when_the_46th_is_scanned_then_over_issue_before_stock_is_looked_at():
    """R-F18"""
    with pytest.raises(OverIssue) as refused:
        check_quantity(Decimal(46), A, open_quantity=Decimal(45))
    assert (refused.value.open_quantity, refused.value.excess) == (45, 1)
    with pytest.raises(InsufficientStock) as short:
        check_quantity(Decimal(31), A, open_quantity=Decimal(45))
    assert short.value.available == 30


def test_given_no_place_is_said_when_chosen_then_the_planned_one_else_the_fullest_that_may_leave():
    """interface: Left out"""
    full = replace(A, stock_id=2, bin_code="B-05", quantity=Decimal(90))
    held = replace(A, stock_id=3, bin_code="B-06", quantity=Decimal(99), status="pending")
    own = replace(A, stock_id=4, bin_code="B-07", quantity=Decimal(5), reserved=Decimal(5), own_reserved=Decimal(5))

    def choose(*found):
        return choose_line(
            list(found), item_no="EL-100", batch_no="A", bin_code=None, demand=FOR_K, most=Decimal(10)
        ).bin_code

    assert choose(A, full, held) == "B-05"
    assert choose(A, full, held, own) == "B-07"
    with pytest.raises(WrongPlace) as refused:
        choose_line([A], item_no="EL-100", batch_no="A", bin_code="B-02", demand=FOR_K, most=Decimal(10))
    assert refused.value.places == ["B-01"]
    with pytest.raises(WrongOwner):
        choose_line(
            [replace(A, owner="M")], item_no="EL-100", batch_no="A", bin_code="B-02", demand=FOR_K, most=Decimal(10)
        )


@pytest.mark.parametrize(
    ("plan", "taken_from", "taken", "still_open", "back"),
    [
        ([(1, 30), (2, 15)], 1, 30, 15, [(1, 30)]),
        ([(1, 30), (2, 15)], 2, 15, 30, [(2, 15)]),
        ([(1, 30), (2, 15)], 3, 10, 35, [(2, 10)]),
        ([(1, 30), (2, 15)], 3, 20, 25, [(2, 15), (1, 5)]),
        ([(1, 30), (2, 15)], 1, 35, 10, [(1, 30), (2, 5)]),
        ([], 3, 10, 0, []),
        ([(1, 10)], 3, 10, 20, []),
    ],
)
def test_given_a_plan_when_goods_are_taken_elsewhere_then_it_is_given_up_from_its_end(
    plan, taken_from, taken, still_open, back
):
    """interface: Left out; R-F6"""
    given = give_up(
        [(stock_id, Decimal(amount)) for stock_id, amount in plan],
        taken_from=taken_from, taken=Decimal(taken), still_open=Decimal(still_open),
    )  # fmt: skip
    assert [(stock_id, int(amount)) for stock_id, amount in given] == back
