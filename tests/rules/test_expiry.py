"""Last usable day and rest life (R-E1, R-E4, R-E6, R-E7, R-F15)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.rules.expiry import (
    check_extension,
    expiry_after,
    fifo_lets_expire,
    has_rest_life,
    is_expired,
    opened_expiry,
    rest_life_days,
)
from warehouse.rules.refusals import ClosedMonth, InvalidInput

JUNE_30 = date(2026, 6, 30)


@dataclass(frozen=True)
class Line:
    batch_no: str
    first_received_on: date
    expiry_date: date | None
    quantity: Decimal = Decimal(10)


A = Line("A", date(2026, 1, 10), date(2026, 12, 31))
B = Line("B", date(2026, 3, 5), date(2026, 9, 30))
C = Line("C", date(2026, 5, 20), None)


def test_given_expiry_june_30_when_asked_on_the_day_then_usable_and_on_july_1_expired():
    """R-E1"""
    assert not is_expired(JUNE_30, JUNE_30)
    assert is_expired(JUNE_30, date(2026, 7, 1))


def test_given_no_expiry_date_when_asked_then_never_expired_and_rest_life_enough():
    """R-E1, R-E4"""
    assert not is_expired(None, date.max)
    assert has_rest_life(None, date(2026, 6, 1), 10_000)


def test_given_75_days_left_when_customer_needs_90_then_not_for_him_but_for_others():
    """R-E4"""
    today, expiry_date = date(2026, 6, 1), date(2026, 8, 15)
    assert rest_life_days(expiry_date, today=today) == 75
    assert not has_rest_life(expiry_date, today, 90)
    assert has_rest_life(expiry_date, today, 75)
    assert has_rest_life(expiry_date, today, 0)


@given(st.dates(), st.dates())
def test_given_any_dates_when_expired_then_the_rest_life_is_negative_and_only_then(expiry_date, today):
    """R-E1, R-E4"""
    assert is_expired(expiry_date, today) == (rest_life_days(expiry_date, today=today) < 0)
    assert is_expired(expiry_date, today) != has_rest_life(expiry_date, today, 0)


def test_given_shelf_life_180_days_when_produced_on_new_years_day_then_june_30():
    """R-E7"""
    assert expiry_after(date(2026, 1, 1), 180) == JUNE_30


def test_given_pack_opened_june_15_for_30_days_when_expiry_is_june_30_then_the_nearer_date_holds():
    """R-E7"""
    assert opened_expiry(JUNE_30, opened_on=date(2026, 6, 15), opened_days=30) == JUNE_30
    assert opened_expiry(date(2026, 8, 1), opened_on=date(2026, 6, 15), opened_days=30) == date(2026, 7, 15)
    assert opened_expiry(None, opened_on=date(2026, 6, 15), opened_days=30) == date(2026, 7, 15)


def test_given_no_days_or_all_there_are_when_expiry_is_reckoned_then_still_a_date():
    """R-E7"""
    assert expiry_after(JUNE_30, 0) == JUNE_30
    assert expiry_after(JUNE_30, (date.max - JUNE_30).days) == date.max


@pytest.mark.parametrize(("days", "reason"), [(-1, "negative"), (10**9, "too-large"), (10**30, "too-large")])
def test_given_absurd_days_when_expiry_is_reckoned_then_refused_naming_the_field(days, reason):
    """R-E7"""
    with pytest.raises(InvalidInput) as refused:
        expiry_after(date(2026, 1, 1), days)
    assert refused.value.facts() == {"field": "shelf_life_days", "reason": reason}
    with pytest.raises(InvalidInput) as refused:
        opened_expiry(None, opened_on=date(2026, 1, 1), opened_days=days)
    assert refused.value.facts() == {"field": "opened_days", "reason": reason}


def extend(expiry_date=JUNE_30, **changed):
    facts = {
        "extended_to": date(2026, 9, 30),
        "evidence": "test report 17",
        "reason": "strength as new",
        "issued_on": [date(2026, 6, 2)],
        "closed": {"2026-05"},
    }
    check_extension(expiry_date, **facts | changed)


def test_given_evidence_and_reason_when_issued_in_an_open_month_only_then_extension_allowed():
    """R-E6"""
    extend()
    extend(issued_on=[])


@pytest.mark.parametrize("field", ["evidence", "reason"])
@pytest.mark.parametrize("text", [None, "", "  "])
def test_given_no_evidence_or_no_reason_when_extended_then_refused(field, text):
    """R-E6"""
    with pytest.raises(InvalidInput) as refused:
        extend(**{field: text})
    assert refused.value.facts() == {"field": field, "reason": "missing"}


def test_given_batch_issued_in_a_closed_month_when_extended_then_refused_naming_the_first_one():
    """R-E6, R-C20"""
    with pytest.raises(ClosedMonth) as refused:
        extend(issued_on=[date(2026, 6, 2), date(2026, 5, 31), date(2026, 4, 1)], closed={"2026-05", "2026-04"})
    assert refused.value.month == "2026-04"


@pytest.mark.parametrize(
    ("expiry_date", "extended_to", "reason"),
    [
        (JUNE_30, JUNE_30, "not-later"),
        (JUNE_30, date(2026, 6, 1), "not-later"),
        (None, date(2026, 9, 30), "nothing-to-extend"),
    ],
)
def test_given_a_date_that_is_not_later_when_extended_then_refused(expiry_date, extended_to, reason):
    """R-E6"""
    with pytest.raises(InvalidInput) as refused:
        extend(expiry_date, extended_to=extended_to)
    assert refused.value.facts() == {"field": "expiry_date", "reason": reason}


def test_given_a_received_first_but_expiring_after_b_when_taken_by_fifo_then_b_is_warned_of():
    """R-F15"""
    assert fifo_lets_expire([A, B, C]) == [B]


def test_given_older_goods_without_expiry_when_newer_ones_expire_then_these_are_warned_of():
    """R-F15"""
    assert fifo_lets_expire([C, B, A]) == [B, A]


def test_given_the_line_ahead_is_empty_when_taken_by_fifo_then_nobody_is_warned_of():
    """R-F15"""
    empty = Line("A", A.first_received_on, A.expiry_date, Decimal(0))
    assert fifo_lets_expire([empty, B]) == []
    assert fifo_lets_expire([A, Line("B", B.first_received_on, B.expiry_date, Decimal(0))]) == []


@given(st.lists(st.one_of(st.none(), st.dates()), max_size=8))
def test_given_any_lines_when_they_expire_in_fifo_order_then_no_warning_and_else_at_least_one(dates):
    """R-F15"""
    lines = [Line(str(n), date(2026, 1, 1), expiry_date) for n, expiry_date in enumerate(dates)]
    in_order = dates == sorted(dates, key=lambda day: day or date.max)
    assert (fifo_lets_expire(lines) == []) == in_order
    assert fifo_lets_expire(sorted(lines, key=lambda line: line.expiry_date or date.max)) == []
