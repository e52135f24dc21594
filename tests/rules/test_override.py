"""One-use tickets by a second person (R-F4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from warehouse.rules.override import Ticket, check_override
from warehouse.rules.refusals import OverrideInvalid, SamePerson

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
TICKET = Ticket(
    override="OV-1",
    rule="not-oldest",
    item_no="EL-100",
    batch_no="B",
    delivery_no="D-1",
    quantity=Decimal(45),
    approved_by="zhao",
    created_at=NOW,
    used=False,
)


def use(ticket=TICKET, **changed):
    facts = {
        "item_no": "EL-100",
        "batch_no": "B",
        "delivery_no": "D-1",
        "quantity": Decimal(45),
        "picker": "chen",
        "now": NOW + timedelta(minutes=15),
    }
    check_override(ticket, **facts | changed)


def test_given_a_ticket_for_b_when_used_for_it_within_15_minutes_then_allowed():
    """R-F4"""
    use()
    use(quantity=Decimal(44), now=NOW)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"batch_no": "C"}, "other-batch"),
        ({"item_no": "EL-200"}, "other-batch"),
        ({"delivery_no": "D-2"}, "other-delivery"),
        ({"quantity": Decimal(46)}, "quantity"),
        ({"now": NOW + timedelta(minutes=15, microseconds=1)}, "too-late"),
        ({"rule": "expired"}, "other-rule"),
    ],
)
def test_given_a_ticket_when_used_for_anything_else_then_refused_with_the_reason(changed, reason):
    """R-F4"""
    with pytest.raises(OverrideInvalid) as refused:
        use(**changed)
    assert refused.value.facts() == {"override": "OV-1", "reason": reason}


def test_given_a_used_ticket_when_used_again_then_refused():
    """R-F4"""
    with pytest.raises(OverrideInvalid) as refused:
        use(replace(TICKET, used=True))
    assert refused.value.reason == "used"


def test_given_the_approver_when_he_picks_himself_then_refused():
    """R-F4"""
    with pytest.raises(SamePerson) as refused:
        use(picker="zhao")
    assert refused.value.facts() == {"person": "zhao", "needs": "approver"}
