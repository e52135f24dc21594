"""Verdicts and splits (R-Q2..R-Q4, R-I5, R-I9)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.rules.fifo import StockLine
from warehouse.rules.inspection import (
    Decision,
    InspectionKind,
    Verdict,
    check_decisions,
    check_hold,
    check_inspector,
    check_lift,
    choose_place,
    covers_batch,
    keeps_number,
    next_sub_batch_no,
    resets_clock,
    spread,
    to_inspect,
)
from warehouse.rules.refusals import (
    DocumentState,
    InsufficientStock,
    InvalidInput,
    NotQualified,
    SamePerson,
    WrongPlace,
)
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
        check_inspector(inspector="lin", receivers={"chen": 1, "lin": 7}, segregated=True)
    assert refused.value.facts() == {"person": "lin", "needs": "inspector"}
    check_inspector(inspector="wang", receivers={"chen": 1, "lin": 7}, segregated=True)


def test_given_no_segregation_when_the_receiver_decides_then_allowed():
    """R-Q4"""
    check_inspector(inspector="lin", receivers={"lin": 7}, segregated=False)
    check_inspector(inspector="lin", receivers={"lin": 7}, segregated=False, unsegregated_entry=6)


def test_given_goods_received_before_segregation_ended_when_their_receiver_decides_then_still_refused():
    """R-Q4"""
    with pytest.raises(SamePerson):
        check_inspector(inspector="lin", receivers={"lin": 7}, segregated=False, unsegregated_entry=7)


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


def lines(*described):
    """Stock lines of batch A: (place, status, quantity)."""
    return [
        StockLine(
            stock_id=number, item_no="EL-100", batch_no="A", bin_code=bin_code, status=status,
            quantity=Decimal(quantity), first_received_on=date(2026, 1, 10),
        )
        for number, (bin_code, status, quantity) in enumerate(described, start=1)
    ]  # fmt: skip


def found(described, kind=InspectionKind.INCOMING):
    return [(line.bin_code, line.status) for line in to_inspect(lines(*described), kind)]


def test_given_goods_of_all_statuses_when_inspected_then_undecided_ones_and_for_a_reinspection_blue_ones_too():
    """R-Q3, 4.7.2"""
    lying = [
        ("B-01", "qualified", 5), ("B-02", "awaiting", 1), ("B-03", "pending", 2), ("B-04", "pending", 0),
        ("B-05", "nonconforming", 3), ("B-06", "scrap", 4),
    ]  # fmt: skip
    assert found(lying) == [("B-03", "pending"), ("B-02", "awaiting")]
    assert found(lying, InspectionKind.REINSPECTION)[2:] == [("B-01", "qualified")]


def test_given_only_yellow_when_inspected_then_it_is_sorted_and_only_red_is_refused():
    """R-Q5, R-Q10"""
    assert found([("B-05", "nonconforming", 3), ("B-06", "scrap", 4)]) == [("B-05", "nonconforming")]
    assert found([("B-01", "qualified", 5)]) == []
    with pytest.raises(NotQualified) as refused:
        found([("B-06", "scrap", 4)])
    assert refused.value.batch_status == "scrap"


def test_given_white_goods_in_two_places_when_none_is_named_then_only_a_decision_on_all_passes():
    """R-Q2"""
    both = lines(("B-01", "pending", 5), ("B-02", "pending", 6))
    assert choose_place(both, None, decides_all=True) == both
    assert choose_place(both, "B-02", decides_all=False) == both[1:]
    assert choose_place(both[:1], None, decides_all=False) == both[:1]
    with pytest.raises(InvalidInput) as refused:
        choose_place(both, None, decides_all=False)
    assert refused.value.facts() == {"field": "from", "reason": "several-places"}
    with pytest.raises(WrongPlace) as wrong:
        choose_place(both, "B-03", decides_all=False)
    assert wrong.value.places == ["B-01", "B-02"]


@pytest.mark.parametrize(
    ("status", "before", "others", "is_sub_batch", "keeps"),
    [
        ("qualified", "pending", ["pending"], False, True),
        ("qualified", "pending", ["nonconforming"], False, True),
        ("nonconforming", "pending", ["qualified"], False, False),
        ("nonconforming", "pending", [], False, False),
        ("nonconforming", "pending", [], True, True),
        ("nonconforming", "awaiting", [], False, True),
        ("nonconforming", "awaiting", ["awaiting"], True, False),
        ("qualified", "awaiting", [], True, True),
        ("qualified", "awaiting", ["awaiting"], True, False),
        ("qualified", "nonconforming", ["nonconforming"], True, False),
        ("scrap", "nonconforming", [], True, True),
        ("scrap", "nonconforming", ["nonconforming"], True, False),
        ("scrap", "nonconforming", ["scrap"], True, True),
    ],
)
def test_given_a_new_status_when_numbered_then_only_white_and_blue_share_and_a_whole_keeps(
    status, before, others, is_sub_batch, keeps
):
    """R-Q2"""
    words = InspectionStatus(status), InspectionStatus(before)
    assert keeps_number(words[0], before=words[1], others=others, is_sub_batch=is_sub_batch) is keeps


def test_given_goods_left_out_when_inspected_then_the_due_date_may_not_move():
    """R-I6, R-I9"""
    none, some = Decimal(0), Decimal(1)
    assert covers_batch(undecided_left=none, not_looked_at=none, staged=none)
    assert not covers_batch(undecided_left=some, not_looked_at=none, staged=none)
    assert not covers_batch(undecided_left=none, not_looked_at=some, staged=none)
    assert not covers_batch(undecided_left=none, not_looked_at=none, staged=some)


@given(st.lists(st.integers(0, 50), max_size=6), st.integers(1, 200))
def test_given_lines_when_a_quantity_is_spread_then_the_sum_is_right_or_refused(quantities, asked):
    """R-Q3"""
    lying = lines(*[(f"B-{number:02}", "pending", amount) for number, amount in enumerate(quantities)])
    if asked > sum(quantities):
        with pytest.raises(InsufficientStock) as refused:
            spread(lying, Decimal(asked), item_no="EL-100", batch_no="A")
        assert refused.value.available == sum(quantities)
        return
    takes = spread(lying, Decimal(asked), item_no="EL-100", batch_no="A")
    assert sum(amount for _, amount in takes) == asked
    assert all(0 < amount <= line.free for line, amount in takes)


def test_given_a_hold_when_placed_twice_or_lifted_without_one_then_refused_and_doubt_ends_by_inspection():
    """R-Q12, R-I7"""
    check_hold("qa-hold", "noise", batch_no="A", open_kinds=["recall"])
    check_lift("recall", "over", batch_no="A", open_kinds=["recall"])
    for check, kind, reason, refusal in (
        (check_hold, "recall", "again", DocumentState), (check_hold, "qa-hold", " ", InvalidInput),
        (check_lift, "qa-hold", "over", DocumentState), (check_lift, "recall", " ", InvalidInput),
        (check_lift, "in-doubt", "fine", InvalidInput),
    ):  # fmt: skip
        with pytest.raises(refusal):
            check(kind, reason, batch_no="A", open_kinds=["recall", "in-doubt"])
