"""Which batch leaves first (R-F1..F15, R-F23)."""

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import FIXTURE_F, stock_lines
from warehouse.rules.fifo import FifoMode, Policy, StockLine, check_oldest, propose
from warehouse.rules.refusals import NotOldest


def planned(quantity: int, lines: dict[str, StockLine], policy: Policy = Policy.FIFO) -> list[tuple[str, int]]:
    """Plan and give (batch, quantity)."""
    proposal = propose(Decimal(quantity), lines.values(), policy=policy)
    return [(line.batch_no, int(taken)) for line, taken in proposal.takes]


def test_given_fixture_f_when_45_are_asked_for_then_a_30_and_b_15():
    """R-F1"""
    assert planned(45, stock_lines(FIXTURE_F)) == [("A", 30), ("B", 15)]


def test_given_mode_force_when_b_is_scanned_then_refused_naming_a_its_bin_and_what_is_there():
    """R-F2"""
    stock = stock_lines(FIXTURE_F)
    with pytest.raises(NotOldest) as refused:
        check_oldest(stock["B"], stock.values(), mode=FifoMode.FORCE, policy=Policy.FIFO)
    assert refused.value.facts() == {
        "item_no": "EL-100", "batch_no": "A", "location": "B-01", "available": Decimal(30),
    }  # fmt: skip


def test_given_mode_warn_when_b_is_scanned_then_it_may_be_confirmed_and_off_lets_it_pass_measurably():
    """R-F3"""
    stock = stock_lines(FIXTURE_F)
    with pytest.raises(NotOldest) as warned:
        check_oldest(stock["B"], stock.values(), mode=FifoMode.WARN, policy=Policy.FIFO)
    assert warned.value.confirmable
    assert check_oldest(stock["B"], stock.values(), mode=FifoMode.OFF, policy=Policy.FIFO) == [stock["A"]]


def test_given_oldest_is_pending_when_next_is_scanned_then_allowed_and_skip_reported():
    """R-F5"""
    stock = stock_lines("""
        A  2026-01-10  30  B-01  white
        B  2026-03-05  50  B-02  blue
    """)
    assert check_oldest(stock["B"], stock.values(), mode=FifoMode.FORCE, policy=Policy.FIFO) == [stock["A"]]
    assert propose(Decimal(10), stock.values(), policy=Policy.FIFO).skipped == [stock["A"]]


def test_given_a_is_wholly_promised_to_another_order_when_b_is_scanned_then_allowed():
    """R-F6"""
    stock = stock_lines("""
        A  2026-01-10  30  B-01  blue  30
        B  2026-03-05  50  B-02  blue
    """)
    assert check_oldest(stock["B"], stock.values(), mode=FifoMode.FORCE, policy=Policy.FIFO) == []
    mine = replace(stock["A"], own_reserved=Decimal(30))
    with pytest.raises(NotOldest):
        check_oldest(stock["B"], [mine, stock["B"]], mode=FifoMode.FORCE, policy=Policy.FIFO)


def test_given_a_has_20_of_30_promised_when_15_are_asked_for_then_a_10_and_b_5():
    """R-F7"""
    stock = stock_lines("""
        A  2026-01-10  30  B-01  blue  20
        B  2026-03-05  50  B-02  blue
    """)
    assert planned(15, stock) == [("A", 10), ("B", 5)]


def test_given_two_batches_of_one_day_when_planned_in_any_reading_order_then_expiry_and_sequence_decide():
    """R-F11"""
    stock = stock_lines("""
        A  2026-01-10  10  B-01  blue  0
        B  2026-01-10  10  B-02  blue  0  2026-12-31
        C  2026-01-10  10  B-03  blue  0  2026-12-31
    """)
    lines = list(stock.values())
    for seed in range(20):
        random.Random(seed).shuffle(lines)
        proposal = propose(Decimal(30), lines, policy=Policy.FIFO)
        assert [line.batch_no for line, _ in proposal.takes] == ["B", "C", "A"]


def test_given_fefo_when_expiries_differ_then_c_b_and_the_blank_one_last():
    """R-F14"""
    stock = stock_lines("""
        A  2026-01-10  30  B-01  blue  0
        B  2026-03-05  50  B-02  blue  0  2026-12-31
        C  2026-05-20  40  B-03  blue  0  2026-09-30
    """)
    assert [batch for batch, _ in planned(120, stock, Policy.FEFO)] == ["C", "B", "A"]
    with pytest.raises(NotOldest) as refused:
        check_oldest(stock["B"], stock.values(), mode=FifoMode.FORCE, policy=Policy.FEFO)
    assert refused.value.batch_no == "C"


def test_given_a_fifo_item_with_expiry_when_planned_then_receipt_decides():
    """R-F15"""
    stock = stock_lines("""
        A  2026-01-10  30  B-01  blue  0  2026-12-31
        B  2026-03-05  50  B-02  blue  0  2026-08-31
    """)
    assert planned(35, stock) == [("A", 30), ("B", 5)]


def test_given_200_asked_and_120_there_when_planned_then_120_and_a_shortage_of_80():
    """R-F23"""
    proposal = propose(Decimal(200), stock_lines(FIXTURE_F).values(), policy=Policy.FIFO)
    assert sum(taken for _, taken in proposal.takes) == 120
    assert proposal.shortage == 80


def test_given_the_batch_lies_in_another_bin_too_when_scanned_there_then_any_place_of_the_oldest_will_do():
    """interface: FIFO key, never the bin"""
    stock = stock_lines(FIXTURE_F)
    elsewhere = replace(stock["A"], stock_id=9, bin_code="B-09")
    assert check_oldest(elsewhere, [*stock.values(), elsewhere], mode=FifoMode.FORCE, policy=Policy.FIFO) == []


LINES = st.lists(
    st.builds(
        lambda number, day, on_hand, reserved, blocked: StockLine(
            stock_id=number, batch_id=number, batch_no=str(number), bin_code=f"B-{number}", status="qualified",
            quantity=Decimal(on_hand), reserved=Decimal(min(reserved, on_hand)),
            first_received_on=date.fromordinal(739_000 + day), receipt_sequence=number,
            blocked="not-qualified" if blocked else None,
        ),
        st.integers(1, 10_000), st.integers(0, 5), st.integers(0, 20), st.integers(0, 20), st.booleans(),
    ),
    max_size=12,
    unique_by=lambda line: line.stock_id,
)  # fmt: skip


@given(LINES, st.integers(1, 100))
def test_given_any_stock_when_planned_then_sums_are_kept_and_nothing_older_stands_behind(lines, asked):
    """R-F1, R-F6, R-F23: a property"""
    proposal = propose(Decimal(asked), lines, policy=Policy.FIFO)
    assert sum(taken for _, taken in proposal.takes) + proposal.shortage == asked
    for line, taken in proposal.takes:
        assert 0 < taken <= line.free
        assert line.blocked is None
    if proposal.takes:
        newest = max((line.first_received_on, line.receipt_sequence) for line, _ in proposal.takes)
        used = {line.stock_id: taken for line, taken in proposal.takes}
        for line in lines:
            if line.blocked is None and (line.first_received_on, line.receipt_sequence) < newest:
                assert used.get(line.stock_id, Decimal(0)) == max(line.free, Decimal(0))
