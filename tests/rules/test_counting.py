"""The count's rules on values: tolerances, recounts, who may, what is written down (R-C3..R-C21, R-O2)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.rules import counting
from warehouse.rules.counting import Difference, LineState, Tally, Tolerance
from warehouse.rules.refusals import (
    CountOpen,
    DocumentState,
    Forbidden,
    InvalidInput,
    NeedsConfirmation,
    Refusal,
    SamePerson,
)

TWO_PERCENT = Tolerance(percent=Decimal(2), value=Decimal(200))
AMOUNTS = st.integers(0, 10_000).map(Decimal)


def within(expected, counted, price="1", tolerance=TWO_PERCENT):
    return counting.is_within(
        expected=Decimal(expected),
        counted=Decimal(counted),
        price=None if price is None else Decimal(price),
        tolerance=tolerance,
    )


def tally(counter, quantity, expected="100"):
    return Tally(counter=counter, quantity=Decimal(quantity), expected=Decimal(expected))


@pytest.mark.parametrize(
    ("expected", "counted", "price", "small"),
    [
        ("1", "2", "100", False),  # 100 %
        ("1000", "990", "0.1", True),  # 1 % and 1.0
        ("1000", "980", "10", True),  # just 2 % and just 200
        ("1000", "979", "0.1", False),
        ("10000", "9900", "3", False),  # 1 % but 300
        ("1000", "990", None, False),  # a value nobody knows is not shown to be small
        ("500", "0", "0.01", False),
        ("0", "50", "0.01", False),
        ("0", "0", None, True),
    ],
)
def test_given_a_variance_when_two_limits_are_set_then_both_have_to_hold(expected, counted, price, small):
    """R-C4, R-C5, R-C6"""
    assert within(expected, counted, price) is small


def test_given_a_place_at_zero_when_the_percentage_is_a_hundred_then_still_beyond():
    """R-C4, R-C5"""
    everything = Tolerance(percent=Decimal(100))
    assert not within("500", "0", tolerance=everything)
    assert not within("0", "50", tolerance=everything)
    assert within("500", "1", tolerance=everything)


def test_given_levels_when_one_is_empty_then_it_inherits_and_zero_is_exact():
    """R-C7"""
    site, store, place = Tolerance(percent=Decimal(2)), Tolerance(value=Decimal(5)), Tolerance(percent=Decimal(0))
    assert counting.tolerance_of(place, store, site) == Tolerance(percent=Decimal(0), value=Decimal(5))
    assert counting.tolerance_of(Tolerance(), store, site) == Tolerance(percent=Decimal(2), value=Decimal(5))
    assert counting.tolerance_of(None, None, None) == counting.EXACT
    assert not within("100", "99", tolerance=counting.tolerance_of(place, site))


@given(AMOUNTS, AMOUNTS, st.integers(0, 100).map(Decimal))
def test_given_any_variance_when_the_limit_grows_then_it_never_becomes_beyond(expected, counted, percent):
    """R-C6: and exact means equal"""
    assert within(expected, counted, tolerance=counting.EXACT) is (expected == counted)
    if within(expected, counted, tolerance=Tolerance(percent=percent)):
        assert within(expected, counted, tolerance=Tolerance(percent=percent + 1))


@pytest.mark.parametrize(
    ("tallies", "small", "state"),
    [
        ([], False, LineState.OPEN),
        ([tally("a", "100")], True, LineState.COUNTED),
        ([tally("a", "90")], False, LineState.RECOUNT),
        ([tally("a", "90"), tally("b", "90")], False, LineState.VARIANCE),
        ([tally("a", "90"), tally("b", "95")], False, LineState.THIRD),
        ([tally("a", "90"), tally("b", "100")], True, LineState.THIRD),
        ([tally("a", "90"), tally("b", "95"), tally("c", "90")], False, LineState.VARIANCE),
        ([tally("a", "90"), tally("b", "95"), tally("c", "100")], True, LineState.COUNTED),
        ([tally("a", "90"), tally("b", "110", "120")], False, LineState.VARIANCE),  # 20 came in between
    ],
)
def test_given_counts_by_several_when_judged_then_two_agree_or_a_third_decides(tallies, small, state):
    """R-C9"""
    assert counting.judge(tallies, is_small=small) == state


def check(counter, tallies, *, state=LineState.RECOUNT, submitted=False, correct=False):
    return counting.check_counter(
        counter, tallies=tallies, state=state, submitted=submitted, correct=correct, count_no="C"
    )


def test_given_a_line_when_counted_then_each_person_counts_once_and_corrects_before_it_is_submitted():
    """R-C9"""
    first, second = [tally("a", "90")], [tally("a", "90"), tally("b", "95")]
    assert check("a", [], state=LineState.OPEN) == "first"
    assert check("b", first) == "recount"
    assert check("c", second, state=LineState.THIRD) == "third"
    assert check("a", first, correct=True) == "correction"
    refused = [
        ("a", first, {}, SamePerson), ("a", first, {"correct": True, "submitted": True}, SamePerson),
        ("a", second, {"correct": True, "state": LineState.THIRD}, SamePerson),
        ("b", second, {"state": LineState.THIRD}, SamePerson), ("b", first, {"correct": True}, InvalidInput),
        ("b", [tally("a", "100")], {"submitted": True, "state": LineState.COUNTED}, DocumentState),
        ("c", [tally("a", "90"), tally("b", "90")], {"state": LineState.VARIANCE}, DocumentState),
    ]  # fmt: skip
    for counter, tallies, members, kind in refused:
        with pytest.raises(kind):
            check(counter, tallies, **members)


def test_given_zero_or_very_much_when_typed_then_asked_by_what_was_typed_alone():
    """R-C4, R-C17"""
    for amount in (Decimal(0), counting.ABSURD):
        with pytest.raises(NeedsConfirmation) as asked:
            counting.check_typed(amount, empty_confirmed=False, confirmed=False)
        assert asked.value.confirmable
        counting.check_typed(amount, empty_confirmed=False, confirmed=True)
    counting.check_typed(Decimal(0), empty_confirmed=True, confirmed=False)
    counting.check_typed(Decimal(7), empty_confirmed=False, confirmed=False)


def blanks(number, *, choice=None, chosen="", roles=("manager",)):
    return counting.check_blanks(number, choice=choice, chosen=chosen, roles=roles, count_no="C")


def test_given_blank_lines_when_submitted_then_the_lead_chooses_once():
    """R-C8"""
    assert blanks(0) == ""
    assert blanks(3, choice="zero") == "zero"
    assert blanks(3, chosen="keep") == "keep"
    with pytest.raises(DocumentState):
        blanks(0, choice="zero", chosen="keep")
    for members, kind in (
        ({}, DocumentState), ({"choice": "zero", "chosen": "keep"}, DocumentState),
        ({"choice": "keep", "roles": ("keeper",)}, Forbidden),
    ):  # fmt: skip
        with pytest.raises(kind):
            blanks(3, **members)


@pytest.mark.parametrize(
    "refused",
    [
        lambda: counting.check_approver("a", counters=["b", "a"], keepers=[""]),
        lambda: counting.check_approver("a", counters=["b"], keepers=["a"]),
        lambda: counting.check_assigned("c", assigned=["a", "b"], is_first=True),
        lambda: counting.check_reason("because"),
        lambda: counting.check_month("2026-07", today=date(2026, 6, 30), closed=[]),
        lambda: counting.check_month("2026-05", today=date(2026, 6, 30), closed=["2026-05"]),
        lambda: counting.check_sighted(["B-01"], hidden={"B-01": "C"}),
    ],
)
def test_given_who_may_not_or_what_is_not_when_asked_then_refused(refused):
    """R-C1, R-C10, R-C19, R-C20"""
    with pytest.raises((SamePerson, Forbidden, InvalidInput, DocumentState, CountOpen)) as told:
        refused()
    assert isinstance(told.value, Refusal)


def test_given_who_may_when_asked_then_passed():
    """R-C10, R-C19, R-C20, R-O2"""
    counting.check_approver("a", counters=["b"], keepers=["", "c"])
    counting.check_assigned("c", assigned=["a"], is_first=False)
    counting.check_assigned("c", assigned=[], is_first=True)
    counting.check_month("2026-06", today=date(2026, 6, 1), closed=["2026-05"])
    assert counting.check_reason("unknown") == counting.Reason.UNKNOWN
    assert counting.needs_notice("K", Decimal(-3))
    assert not counting.needs_notice("K", Decimal(0))
    assert not counting.needs_notice("", Decimal(-3))


@pytest.mark.parametrize(
    ("today", "day", "counted", "due"),
    [
        ("2026-06-24", 25, ["2026-05"], []),
        ("2026-06-25", 25, ["2026-05"], ["2026-06"]),
        ("2026-02-28", 31, ["2026-01"], ["2026-02"]),
        ("2026-06-02", 31, [], ["2026-05"]),
        ("2026-06-30", 31, ["2026-05", "2026-06"], []),
        ("2026-01-02", 25, [], ["2025-12"]),
        ("2026-06-30", 0, [], []),
    ],
)
def test_given_a_day_when_the_plan_is_asked_then_this_month_and_a_missed_one_are_due(today, day, counted, due):
    """R-C21"""
    assert counting.months_due(date.fromisoformat(today), count_day=day, counted=counted) == due


@given(st.dictionaries(st.sampled_from(["qualified", "pending", "nonconforming", "scrap"]), AMOUNTS), AMOUNTS)
def test_given_missing_goods_when_shared_out_then_never_more_than_lies_and_what_may_leave_first(lying, deficit):
    """R-C19"""
    parts = counting.share_deficit(lying, deficit)
    assert sum((part for _, part in parts), Decimal(0)) == min(deficit, sum(lying.values(), Decimal(0)))
    assert all(0 < part <= lying[status] for status, part in parts)
    if parts and lying.get("qualified"):
        assert parts[0][0] == "qualified"


def test_given_found_goods_when_their_status_is_not_sure_then_white():
    """R-C11"""
    assert counting.status_of_surplus(["nonconforming"], ["nonconforming", "qualified"], held=False) == "nonconforming"
    assert counting.status_of_surplus([], ["qualified"], held=False) == "qualified"
    for here, everywhere, held in ((["qualified", "pending"], ["qualified"], False), ([], [], False),
                                   ([], ["qualified", "scrap"], False), (["qualified"], ["qualified"], True)):  # fmt: skip
        assert counting.status_of_surplus(here, everywhere, held=held) == "pending"


def difference(batch_no, location, expected, counted, **members):
    return Difference(
        item_no="EL-100", batch_no=batch_no, location=location, owner="", expected=Decimal(expected),
        counted=Decimal(counted), decimals=0, **members,
    )  # fmt: skip


def test_given_a_difference_when_its_pattern_is_looked_for_then_the_likeliest_cause_is_named():
    """R-R1, R-R4, R-C3"""
    one = difference("A", "B-01", 30, 20)
    hints = [
        (one, [difference("A", "B-02", 0, 10)], "misplaced"),
        (one, [difference("B", "B-01", 40, 50)], "swapped-batches"),
        (one, [difference("B", "B-02", 40, 50)], "physical-loss"),
        (difference("A", "B-01", 54, 45), [], "digit-transposition"),
        (difference("A", "B-01", 48, 4, factors=(Decimal(12),)), [], "unit-error"),
        (difference("A", "B-01", 30, 31), [], "physical-gain"),
        (difference("A", "B-01", 30, 31, is_late=True), [], "late-movement"),
    ]
    assert [counting.find_hint(each, others) for each, others, _ in hints] == [cause for *_, cause in hints]


@pytest.mark.parametrize(
    ("planned", "shortage", "tells"),
    [
        (["B-01"], 0, False),
        (["B-01"], 5, True),
        (["B-02", "B-01"], 0, False),
        (["B-01", "B-02"], 0, True),
        (["B-02"], 5, False),
        ([], 5, True),
        ([], 0, False),
    ],
)
def test_given_a_plan_when_it_is_bounded_by_what_lies_in_a_hidden_bin_then_it_tells(planned, shortage, tells):
    """R-C1: the last bin of a line that is not short is bounded by the order"""
    assert counting.tells_stock(planned, shortage=Decimal(shortage), hidden={"B-01"}) is tells
    assert not counting.tells_stock(planned, shortage=Decimal(shortage), hidden=())
