"""Dispositions of nonconforming goods (R-Q5..R-Q10)."""

from datetime import date
from decimal import Decimal

import pytest

from warehouse.rules.disposition import (
    DispositionKind,
    State,
    Step,
    check_approver,
    check_back,
    check_concession,
    check_disposition,
    check_may_leave_scrap,
    check_reason,
    check_step,
    check_verdict,
    comes_back_as_itself,
    concession_allows,
    needs_approval,
    offered,
    state_after,
    status_after,
    status_coming_back,
)
from warehouse.rules.inspection import Verdict
from warehouse.rules.refusals import DocumentState, InsufficientStock, InvalidInput, NotQualified, SamePerson
from warehouse.rules.status import InspectionStatus

TODAY = date(2026, 6, 1)
YELLOW = InspectionStatus.NONCONFORMING
NOT_YELLOW = [status for status in InspectionStatus if status is not YELLOW]


def dispose(
    kind="rework", *, status=YELLOW, is_expired=False, quantity=8, open_quantity=8, owner="", owner_consent=None
):
    check_disposition(
        DispositionKind(kind),
        item_no="EL-100",
        batch_no="A-1",
        status=status,
        is_expired=is_expired,
        quantity=Decimal(quantity),
        open_quantity=Decimal(open_quantity),
        owner=owner,
        owner_consent=owner_consent,
    )


def test_given_yellow_goods_when_dispositions_are_offered_then_these_five():
    """R-Q5"""
    assert [str(kind) for kind in offered(YELLOW, is_expired=False)] == [
        "return",
        "concession",
        "rework",
        "repair",
        "scrap",
    ]
    for kind in offered(YELLOW, is_expired=False):
        dispose(kind)


@pytest.mark.parametrize("status", NOT_YELLOW)
def test_given_goods_that_are_not_yellow_when_disposed_then_nothing_offered_and_refused(status):
    """R-Q5, R-Q10"""
    assert offered(status, is_expired=False) == ()
    with pytest.raises(NotQualified) as refused:
        dispose("concession", status=status)
    assert refused.value.facts() == {
        "item_no": "EL-100", "batch_no": "A-1", "batch_status": status, "reason": "no-disposition",
    }  # fmt: skip


@pytest.mark.parametrize("status", NOT_YELLOW)
def test_given_expired_goods_of_any_status_but_scrap_when_disposed_then_returned_or_scrapped_only(status):
    """R-E5, R-Q10"""
    allowed = [] if status == "scrap" else ["return", "scrap"]
    assert [str(kind) for kind in offered(status, is_expired=True)] == allowed
    for kind in DispositionKind:
        if kind in allowed:
            dispose(kind, status=status, is_expired=True)
        else:
            with pytest.raises(NotQualified):
                dispose(kind, status=status, is_expired=True)


def test_given_8_yellow_when_9_are_disposed_then_refused_with_what_is_there():
    """R-Q7"""
    with pytest.raises(InsufficientStock) as refused:
        dispose(quantity=9)
    assert refused.value.facts() == {"item_no": "EL-100", "batch_no": "A-1", "available": Decimal(8)}


@pytest.mark.parametrize("quantity", [0, -1])
def test_given_nothing_or_less_when_disposed_then_refused(quantity):
    """R-Q5"""
    with pytest.raises(InvalidInput) as refused:
        dispose(quantity=quantity)
    assert refused.value.facts() == {"field": "quantity", "reason": "not-positive"}


@pytest.mark.parametrize("consent", [None, "", "  "])
def test_given_a_customers_goods_when_scrapped_without_his_recorded_consent_then_refused(consent):
    """R-Q10"""
    with pytest.raises(InvalidInput) as refused:
        dispose("scrap", owner="K", owner_consent=consent)
    assert refused.value.facts() == {"field": "owner_consent", "reason": "missing"}


def test_given_consent_or_our_own_goods_or_another_end_when_disposed_then_allowed():
    """R-Q10"""
    dispose("scrap", owner="K", owner_consent="letter of 2026-05-30")
    dispose("scrap", owner="")
    dispose("return", owner="K")


@pytest.mark.parametrize("kind", DispositionKind)
def test_given_a_disposition_when_proposed_then_concession_and_scrap_wait_for_a_second_person(kind):
    """R-Q7, R-Q10"""
    assert needs_approval(kind) == (kind in {"concession", "scrap"})


def test_given_a_proposal_when_its_proposer_approves_then_refused_and_another_may():
    """R-Q10"""
    with pytest.raises(SamePerson) as refused:
        check_approver(proposed_by="wang", approver="wang")
    assert refused.value.facts() == {"person": "wang", "needs": "approver"}
    check_approver(proposed_by="wang", approver="zhao")


@pytest.mark.parametrize(
    ("customer", "until", "field", "reason"),
    [
        (None, TODAY, "customer", "missing"),
        (" ", TODAY, "customer", "missing"),
        ("K", None, "until", "missing"),
        ("K", date(2026, 5, 31), "until", "in-the-past"),
    ],
)
def test_given_a_concession_without_its_terms_when_proposed_then_refused(customer, until, field, reason):
    """R-Q7"""
    with pytest.raises(InvalidInput) as refused:
        check_concession(customer=customer, until=until, today=TODAY)
    assert refused.value.facts() == {"field": field, "reason": reason}


def test_given_a_concession_until_today_when_proposed_then_allowed():
    """R-Q7"""
    check_concession(customer="K", until=TODAY, today=TODAY)


@pytest.mark.parametrize(
    ("for_customer", "today", "allowed"),
    [
        ("K", TODAY, True),
        ("K", date(2026, 7, 31), True),
        ("K", date(2026, 8, 1), False),
        ("M", TODAY, False),
        (None, TODAY, False),
    ],
)
def test_given_a_concession_for_k_until_july_31_when_goods_leave_then_only_to_him_and_in_time(
    for_customer, today, allowed
):
    """R-Q7"""
    assert concession_allows(customer="K", until=date(2026, 7, 31), for_customer=for_customer, today=today) is allowed


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("return", "nonconforming"),
        ("concession", "qualified"),
        ("rework", "nonconforming"),
        ("repair", "nonconforming"),
        ("scrap", "scrap"),
    ],
)
def test_given_a_disposition_when_it_holds_then_yellow_stays_until_shipped_and_only_concession_is_blue(kind, status):
    """R-Q6, R-Q7, R-Q8, R-Q10"""
    assert status_after(DispositionKind(kind)) == status


@pytest.mark.parametrize("kind", ["rework", "repair"])
def test_given_goods_reworked_or_repaired_when_they_come_back_then_white(kind):
    """R-Q8"""
    assert status_coming_back(DispositionKind(kind)) is InspectionStatus.PENDING


@pytest.mark.parametrize("kind", ["return", "concession", "scrap"])
def test_given_any_other_disposition_when_goods_should_come_back_then_refused(kind):
    """R-Q8, R-Q10"""
    with pytest.raises(InvalidInput) as refused:
        status_coming_back(DispositionKind(kind))
    assert refused.value.facts() == {"field": "decision", "reason": "nothing-comes-back"}


def test_given_repaired_goods_when_called_qualified_then_refused_for_want_of_a_concession():
    """R-Q9"""
    with pytest.raises(NotQualified) as refused:
        check_verdict(Verdict.QUALIFIED, back_from=DispositionKind.REPAIR, item_no="EL-100", batch_no="A-1")
    assert refused.value.facts() == {
        "item_no": "EL-100", "batch_no": "A-1", "batch_status": "pending", "reason": "needs-concession",
    }  # fmt: skip
    check_verdict(Verdict.NONCONFORMING, back_from=DispositionKind.REPAIR, item_no="EL-100", batch_no="A-1")
    check_verdict(Verdict.AWAITING, back_from=DispositionKind.REPAIR, item_no="EL-100", batch_no="A-1")


@pytest.mark.parametrize("back_from", [None, DispositionKind.REWORK])
def test_given_reworked_or_ordinary_goods_when_called_qualified_then_allowed(back_from):
    """R-Q9"""
    check_verdict(Verdict.QUALIFIED, back_from=back_from, item_no="EL-100", batch_no="A-1")


def test_given_scrap_when_it_should_go_anywhere_but_to_disposal_then_refused():
    """R-Q10"""
    with pytest.raises(NotQualified) as refused:
        check_may_leave_scrap(InspectionStatus.SCRAP, item_no="EL-100", batch_no="A-1", is_disposal=False)
    assert refused.value.batch_status == "scrap"
    check_may_leave_scrap(InspectionStatus.SCRAP, item_no="EL-100", batch_no="A-1", is_disposal=True)


@pytest.mark.parametrize("status", [status for status in InspectionStatus if status is not InspectionStatus.SCRAP])
def test_given_any_other_status_when_goods_change_or_leave_then_this_rule_is_silent(status):
    """R-Q10"""
    check_may_leave_scrap(status, item_no="EL-100", batch_no="A-1", is_disposal=False)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("return", [("", "open"), ("ship", "done")]),
        ("concession", [("", "awaiting-approval"), ("approve", "done")]),
        ("rework", [("", "open"), ("out", "out"), ("back", "done")]),
        ("repair", [("", "open"), ("out", "out"), ("back", "done")]),
        ("scrap", [("", "awaiting-approval"), ("approve", "open"), ("dispose", "done")]),
    ],
)
def test_given_a_disposition_when_carried_out_then_only_its_own_steps_in_their_order(kind, path):
    """R-Q6, R-Q8, R-Q10, R-X4"""
    decision = DispositionKind(kind)
    for index, (name, state) in enumerate(path):
        assert state_after(decision, Step(name) if name else None) == state
        following = path[index + 1][0] if index + 1 < len(path) else None
        for step in Step:
            if step == following:
                check_step(step, disposition_no="DP-1", kind=decision, state=State(state))
                continue
            with pytest.raises(DocumentState):
                check_step(step, disposition_no="DP-1", kind=decision, state=State(state))


@pytest.mark.parametrize(
    ("kind", "others", "is_sub_batch", "same"),
    [
        ("rework", [], False, True),
        ("rework", ["qualified", "pending"], False, True),
        ("rework", ["nonconforming"], True, False),
        ("repair", [], True, True),
        ("repair", [], False, False),
        ("repair", ["qualified"], True, False),
    ],
)
def test_given_goods_back_from_the_reworker_when_numbered_then_their_old_number_unless_others_lie_there(
    kind, others, is_sub_batch, same
):
    """R-Q2, R-Q8, R-Q9"""
    assert comes_back_as_itself(DispositionKind(kind), others=others, is_sub_batch=is_sub_batch) is same


def test_given_no_reason_or_nothing_back_when_sent_then_refused():
    """R-Q5, R-Q8"""
    check_reason("scratched")
    check_back(Decimal(1))
    with pytest.raises(InvalidInput):
        check_reason(" ")
    with pytest.raises(InvalidInput):
        check_back(Decimal(0))
