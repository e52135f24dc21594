"""Closed months (R-C20)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.rules.period import check_open, month_bounds, month_of
from warehouse.rules.refusals import ClosedMonth, InvalidInput


def test_given_may_closed_when_movement_dated_its_last_day_then_refused_naming_the_month():
    """R-C20"""
    with pytest.raises(ClosedMonth) as refused:
        check_open(date(2026, 5, 31), closed={"2026-04", "2026-05"})
    assert refused.value.facts() == {"month": "2026-05"}


@pytest.mark.parametrize("day", [date(2026, 6, 1), date(2025, 5, 31), date(2026, 3, 31)])
def test_given_may_closed_when_movement_dated_in_another_month_then_allowed(day):
    """R-C20"""
    check_open(day, closed={"2026-05"})


def test_given_a_leap_year_when_bounds_asked_then_february_has_29_days():
    """R-C20"""
    assert month_bounds("2028-02") == (date(2028, 2, 1), date(2028, 2, 29))
    assert month_bounds("2026-12") == (date(2026, 12, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-00", "2026-5", "202605", "2026-05-01", "0000-01", "２０２６-05", "", "2026-05\n"]
)
def test_given_text_that_is_no_month_when_bounds_asked_then_refused(month):
    """R-C20"""
    with pytest.raises(InvalidInput) as refused:
        month_bounds(month)
    assert refused.value.field == "month"


@given(st.dates(max_value=date(9999, 12, 30)))
def test_given_any_day_when_its_month_is_bounded_then_the_day_lies_inside_and_the_next_month_begins_after(day):
    """R-C20"""
    first, last = month_bounds(month_of(day))
    assert first <= day <= last
    assert first.day == 1
    if last < date.max:
        assert month_of(last + timedelta(days=1)) > month_of(last)
