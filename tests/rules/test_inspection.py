"""Verdicts and splits (R-Q2..R-Q4, R-I5, R-I9)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.rules.inspection import (
    Decision,
    InspectionKind,
    Verdict,
    check_decisions,
    check_inspector,
    next_sub_batch_no,
    resets_clock,
)
from warehouse.rules.refusals import InsufficientStock, InvalidInput, SamePerson
from warehouse.rules.status import InspectionStatus


def decide(*parts, undecided=60):
    decisions = [Decision(quantity=Decimal(quantity), verdict=Verdict(verdict)) for quantity, verdict in parts]
    return check_decisions(decisions, item_no="EL-100", batch_no="A", undecided=Decimal(undecided))


def test_given_60_white_when_52_accepted_and_8_rejected_then_nothing_stays_undecided():
    """R-Q2"""
    assert decide((52, "qualified"), (8, "nonconforming")) == 0


def test_given_60_white_when_20_decided_now_then_40_stay_open_for_later():
    """R-Q3"""
    assert decide((20, "qualified")) == 40
    assert decide((40, "qualified"), undecided=40) == 0


def test_given_60_white_when_61_decided_then_refused_with_what_is_there():
    """R-Q3"""
    with pytest.raises(InsufficientStock) as refused:
        decide((53, "qualified"), (8, "nonconforming"))
    assert refused.value.facts() == {"item_no": "EL-100", "batch_no": "A", "available": Decimal(60)}


@pytest.mark.parametrize(
    "parts",
    [
        [(0, "qualified"), (0, "nonconforming")],
        [(60, "qualified"), (0, "nonconforming")],
        [(70, "qualified"), (-10, "awaiting")],
    ],
)
def test_given_nothing_or_less_when_decided_then_refused(parts):
    """R-Q3"""
    with pytest.raises(InvalidInput) as refused:
        decide(*parts)
    assert refused.value.facts() == {"field": "decisions", "reason": "not-positive"}


def test_given_no_decision_when_sent_then_refused():
    """R-Q3"""
    with pytest.raises(InvalidInput) as refused:
        decide()
    assert refused.value.facts() == {"field": "decisions", "reason": "missing"}


@given(
    st.lists(
        st.tuples(st.decimals(min_value="0.001", max_value=1000, places=3), st.sampled_from(list(Verdict))),
        min_size=1,
        max_size=5,
    ),
    st.decimals(min_value=0, max_value=5000, places=3),
)
def test_given_any_decisions_when_passed_then_parts_and_rest_are_the_whole(parts, undecided):
    """R-Q2, R-Q3"""
    decided = sum(quantity for quantity, _ in parts)
    if decided > undecided:
        with pytest.raises(InsufficientStock):
            decide(*parts, undecided=undecided)
    else:
        assert decide(*parts, undecided=undecided) + decided == undecided


def test_given_a_verdict_when_booked_then_its_word_is_a_status():
    """R-Q2"""
    assert [InspectionStatus(verdict) for verdict in Verdict] == [
        InspectionStatus.QUALIFIED,
        InspectionStatus.NONCONFORMING,
        InspectionStatus.AWAITING,
    ]


def test_given_segregation_when_a_receiver_decides_then_refused_and_another_may():
    """R-Q4"""
    with pytest.raises(SamePerson) as refused:
        check_inspector(inspector="lin", receivers=["chen", "lin"], segregated=True)
    assert refused.value.facts() == {"person": "lin", "needs": "inspector"}
    check_inspector(inspector="wang", receivers=["chen", "lin"], segregated=True)


def test_given_no_segregation_when_the_receiver_decides_then_allowed():
    """R-Q4"""
    check_inspector(inspector="lin", receivers=["lin"], segregated=False)


@pytest.mark.parametrize(
    ("parent_no", "taken", "expected"),
    [
        ("A", [], "A-1"),
        ("A", ["A", "A-1"], "A-2"),
        ("A", ["A-2", "A-10"], "A-1"),
        ("A-1", ["A", "A-1", "A-2"], "A-1-1"),
        ("A-1", ["A-1-1", "A-1-3"], "A-1-2"),
    ],
)
def test_given_numbers_taken_when_a_part_is_split_off_then_the_smallest_free_number(parent_no, taken, expected):
    """R-Q2"""
    assert next_sub_batch_no(parent_no, taken) == expected


@given(st.sets(st.integers(min_value=1, max_value=12)))
def test_given_any_numbers_taken_when_split_then_free_and_none_smaller_is(numbers):
    """R-Q2"""
    taken = {f"A-{n}" for n in numbers}
    chosen = int(next_sub_batch_no("A", taken).removeprefix("A-"))
    assert chosen not in numbers
    assert set(range(1, chosen)) <= numbers


@pytest.mark.parametrize("kind", InspectionKind)
def test_given_an_ordinary_inspection_when_booked_then_only_a_reinspection_moves_the_due_date(kind):
    """R-I5"""
    assert resets_clock(kind, after_return_or_rework=False) == (kind is InspectionKind.REINSPECTION)


@pytest.mark.parametrize("kind", InspectionKind)
def test_given_goods_returned_or_reworked_when_inspected_then_the_clock_starts_anew(kind):
    """R-I9"""
    assert resets_clock(kind, after_return_or_rework=True)
