"""Which zone admits what (4.5.2)."""

import pytest

from warehouse.rules.refusals import ZoneRefusesStatus
from warehouse.rules.status import InspectionStatus
from warehouse.rules.zones import LocationKind, check_admits, default_admits

WHITE = {"pending", "awaiting"}


@pytest.mark.parametrize(
    ("kind", "admits"),
    [
        ("storage", WHITE | {"qualified", "nonconforming", "scrap"}),
        ("receiving", WHITE),
        ("dispatch", {"qualified"}),
        ("inspection", WHITE),
        ("quarantine", WHITE | {"qualified", "nonconforming"}),
        ("scrap", {"scrap"}),
        ("line", {"qualified"}),
    ],
)
def test_given_a_kind_of_place_when_nobody_says_otherwise_then_it_admits_what_lies_there(kind, admits):
    """4.5.2"""
    assert set(default_admits(LocationKind(kind))) == admits


def test_given_the_kinds_of_places_when_taken_together_then_every_status_has_a_place_to_go():
    """4.5.2"""
    assert {status for kind in LocationKind for status in default_admits(kind)} == set(InspectionStatus)


@pytest.mark.parametrize("status", [status for status in InspectionStatus if status != "qualified"])
def test_given_a_dispatch_bin_when_goods_not_qualified_are_put_in_then_refused_with_places_that_do(status):
    """4.5.2, R-Q1"""
    with pytest.raises(ZoneRefusesStatus) as refused:
        check_admits(
            location="B-01",
            admits=default_admits(LocationKind.DISPATCH),
            status=status,
            allowed_places=("Q-02", "Q-01"),
        )
    assert refused.value.facts() == {
        "location": "B-01",
        "batch_status": status,
        "admits": ["qualified"],
        "allowed_places": ["Q-02", "Q-01"],
    }


def test_given_a_place_that_admits_the_status_when_goods_are_put_in_then_allowed():
    """4.5.2"""
    admits = {InspectionStatus.QUALIFIED, InspectionStatus.PENDING}
    check_admits(location="B-01", admits=admits, status=InspectionStatus.PENDING, allowed_places=())
