"""Re-inspection by calendar months (R-I1..R-I9, R-F13)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.rules.refusals import InvalidInput
from warehouse.rules.reinspection import add_months, due_on, interval_months, is_due, is_looked_over, is_task_due

A_RECEIVED = date(2026, 1, 10)
A_DUE = date(2026, 7, 10)


def due(*, received=A_RECEIVED, inspected=None, months=6):
    return due_on(first_received_on=received, last_inspected_on=inspected, months=months)


def test_given_a_received_january_10_when_six_months_pass_then_issuable_on_july_10_and_blocked_from_the_11th():
    """R-I1"""
    assert due() == A_DUE
    assert not is_due(A_DUE, A_DUE)
    assert is_due(A_DUE, date(2026, 7, 11))


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 29), date(2028, 2, 29)),
        (date(2026, 7, 31), date(2027, 1, 31)),
    ],
)
def test_given_a_long_month_when_six_months_are_added_then_clamped_to_the_month_end(received, expected):
    """R-I2"""
    assert due(received=received) == expected


@given(st.dates(max_value=date(9000, 1, 1)), st.integers(min_value=0, max_value=1200))
def test_given_any_day_when_months_are_added_then_month_is_exact_and_the_day_only_ever_clamped(day, months):
    """R-I2"""
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (
        later.day < day.day and add_months(later.replace(day=1), 1).toordinal() == later.toordinal() + 1
    )


def test_given_the_calendars_last_month_when_due_then_reckoned_and_one_month_more_refused():
    """R-I2"""
    assert add_months(date(9999, 6, 30), 6) == date(9999, 12, 30)
    with pytest.raises(InvalidInput):
        add_months(date(9999, 6, 30), 7)


@pytest.mark.parametrize(("months", "reason"), [(-1, "negative"), (10**6, "too-large"), (10**30, "too-large")])
def test_given_an_absurd_interval_when_due_date_is_reckoned_then_refused(months, reason):
    """R-I2"""
    with pytest.raises(InvalidInput) as refused:
        due(months=months)
    assert refused.value.facts() == {"field": "reinspect_months", "reason": reason}


def test_given_lead_of_14_days_when_june_26_comes_then_task_appears_while_the_stock_is_not_due():
    """R-I3"""
    assert not is_task_due(A_DUE, date(2026, 6, 25))
    assert is_task_due(A_DUE, date(2026, 6, 26))
    assert not is_due(A_DUE, date(2026, 6, 26))
    assert is_task_due(A_DUE, date(2026, 7, 11)), "three days down: the job catches up"
    assert not is_task_due(A_DUE, date(2026, 6, 26), 7)


def test_given_passed_early_on_june_10_when_next_due_is_reckoned_then_december_10():
    """R-I5"""
    assert due(inspected=date(2026, 6, 10)) == date(2026, 12, 10)


def test_given_passed_on_july_12_when_next_due_is_reckoned_then_january_12_and_first_receipt_is_only_read():
    """R-F13, R-I6"""
    assert due(inspected=date(2026, 7, 12)) == date(2027, 1, 12)


@pytest.mark.parametrize(
    ("item", "group", "expected"), [(3, 12, 3), (None, 12, 12), (None, None, 6), (0, 12, 0), (None, 0, 0)]
)
def test_given_intervals_when_one_is_sought_then_item_beats_group_beats_default_and_zero_is_said(item, group, expected):
    """R-I8"""
    assert interval_months(item=item, group=group) == expected


def test_given_another_default_when_nothing_is_said_then_it_holds():
    """R-I8"""
    assert interval_months(item=None, group=None, default=9) == 9


def test_given_interval_shortened_from_6_to_3_when_recalculated_then_due_in_april():
    """R-I8"""
    assert due(months=3) == date(2026, 4, 10)


@pytest.mark.parametrize("months", [0, None])
def test_given_never_when_due_is_reckoned_then_no_date_no_block_no_task(months):
    """R-I8"""
    assert due(months=months) is None
    assert not is_due(None, date.max)
    assert not is_task_due(None, date.max)


@pytest.mark.parametrize(
    ("undecided", "qualified", "decided", "was_white", "over"),
    [
        (1, 9, 9, True, False),  # one is still white
        (0, 15, 5, True, True),  # the other ten were looked at before
        (0, 10, 9, False, False),  # blue before and after: one was not looked at
        (0, 10, 10, False, True),
        (0, 0, 4, False, True),  # all of it became yellow
    ],
)
def test_given_a_place_when_its_goods_are_decided_then_its_task_ends_once_all_were_looked_at(
    undecided, qualified, decided, was_white, over
):
    """R-I4"""
    amounts = {"undecided": Decimal(undecided), "qualified": Decimal(qualified), "decided": Decimal(decided)}
    assert is_looked_over(**amounts, was_white=was_white) is over
