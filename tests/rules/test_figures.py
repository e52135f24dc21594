"""The manager's figures as the rulebook has them (R-K1..R-K5)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from warehouse.rules import figures
from warehouse.rules.figures import Counted


def counted(lines, inside, book, off, price=None):
    return Counted(
        lines=lines,
        inside=inside,
        book=Decimal(book),
        off=Decimal(off),
        price=None if price is None else Decimal(price),
    )


def test_given_10_lines_with_8_inside_tolerance_when_judged_then_80_per_cent():
    """R-K1"""
    assert figures.accuracy([counted(10, 8, 1000, 20)]).by_line == 80


def test_given_plus_5_and_minus_5_on_two_items_when_judged_then_two_misses_and_not_100_per_cent():
    """R-K1, R-K2"""
    found = figures.accuracy([counted(1, 0, 100, 5), counted(1, 0, 100, 5)])
    assert (found.by_line, found.by_sum, found.lines, found.inside) == (0, 95, 2, 0)


def test_given_prices_when_judged_by_value_then_the_dear_miss_weighs_more_and_unvalued_lines_are_told():
    """R-K2"""
    found = figures.accuracy([counted(1, 0, 100, 10, "9"), counted(1, 1, 100, 0, "1"), counted(3, 3, 7, 0)])
    assert (found.by_value, found.unvalued) == (91, 3)
    assert found.by_sum == Decimal("95.16")


def test_given_nothing_counted_when_judged_then_not_available_and_not_100_per_cent():
    """R-K1: no data is no perfection"""
    found = figures.accuracy([])
    assert (found.by_line, found.by_sum, found.by_value) == (None, None, None)
    assert figures.accuracy([counted(1, 0, 0, 50)]).by_sum is None


def test_given_one_miss_in_a_million_when_judged_then_never_shown_as_100_per_cent():
    """R-K1: rounding up would hide the one line"""
    assert figures.share(999_999, 1_000_000) == Decimal("99.99")
    assert figures.share(2, 3) == Decimal("66.66")


def test_given_a_received_on_2026_01_10_when_it_is_2026_07_10_then_181_days_old_and_not_past_six_months():
    """R-K3: the bucket counts days, the re-inspection rule calendar months"""
    received, on = date(2026, 1, 10), date(2026, 7, 10)
    assert (on - received).days == 181
    assert figures.bucket_of(received, on) == (181, None)
    assert not figures.is_past_six_months(received, on)
    assert figures.is_past_six_months(received, date(2026, 7, 11))


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(0, (0, 30)), (30, (0, 30)), (31, (31, 90)), (90, (31, 90)), (91, (91, 180)), (180, (91, 180)), (181, (181, None)),
     (-3, (0, 30))],
)  # fmt: skip
def test_given_an_age_in_days_when_put_into_buckets_then_both_ends_belong_to_one(days, bucket):
    """R-K3"""
    on = date(2026, 6, 1)
    assert figures.bucket_of(on - timedelta(days=days), on) == bucket


def test_given_issues_and_month_ends_when_turned_then_issued_by_the_average_stock():
    """R-K4"""
    assert figures.turns(Decimal(300), [Decimal(100), Decimal(50), Decimal(150)]) == 3


@pytest.mark.parametrize("month_ends", [[], [Decimal(0), Decimal(0)], [Decimal(-5)]])
def test_given_no_stock_when_turned_then_not_available(month_ends):
    """R-K4: zero stock -> n/a"""
    assert figures.turns(Decimal(10), month_ends) is None


@pytest.mark.parametrize(("days", "slow"), [(89, False), (90, True), (91, True)])
def test_given_days_without_movement_when_90_then_slow_moving(days, slow):
    """R-K5"""
    on = date(2026, 6, 1)
    last = on - timedelta(days=days)
    assert figures.idle_days(last, date(2025, 1, 1), on) == days
    assert figures.is_slow(figures.idle_days(last, date(2025, 1, 1), on)) is slow


def test_given_goods_that_never_moved_when_asked_then_idle_since_they_came_in():
    """R-K5"""
    assert figures.idle_days(None, date(2026, 5, 1), date(2026, 6, 1)) == 31
    assert figures.idle_days(date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)) == 31


def test_given_the_kinds_that_are_no_movement_when_listed_then_adjustments_and_transfers_are_among_them():
    """R-K5"""
    assert {"adjustment", "transfer", "opening-balance"} <= set(figures.NO_MOVEMENT)
    assert not {"pick", "receipt", "return", "customer-return", "scrap", "rework", "sample"} & set(figures.NO_MOVEMENT)
