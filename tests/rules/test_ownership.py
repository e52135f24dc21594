"""Customer property at issue (R-O1, R-O3)."""

from decimal import Decimal

import pytest

from warehouse.rules.ownership import check_deposit, check_owner, order_owner
from warehouse.rules.refusals import InsufficientStock, InvalidInput, WrongOwner


@pytest.mark.parametrize(
    ("asked", "deposit", "owner"),
    [(None, 20, "K"), (None, 0, ""), ("", 20, ""), ("K", 0, "K"), ("K", 20, "K")],
)
def test_given_an_order_of_k_when_its_owner_is_sought_then_asked_wins_else_his_deposit_else_ours(asked, deposit, owner):
    """R-O1"""
    assert order_owner(asked=asked, customer="K", deposit=Decimal(deposit)) == owner


def test_given_an_order_of_m_when_ks_goods_are_asked_for_then_refused():
    """R-O1"""
    with pytest.raises(InvalidInput) as refused:
        order_owner(asked="K", customer="M", deposit=Decimal(0))
    assert refused.value.facts() == {"field": "owner", "reason": "another-customer"}


@pytest.mark.parametrize(("stock_owner", "line_owner"), [("K", ""), ("K", "M"), ("", "K")])
def test_given_goods_of_one_owner_when_taken_for_another_then_refused_without_naming_him(stock_owner, line_owner):
    """R-O1"""
    with pytest.raises(WrongOwner) as refused:
        check_owner(item_no="EL-100", batch_no="A", stock_owner=stock_owner, order_owner=line_owner)
    assert refused.value.facts() == {"item_no": "EL-100", "batch_no": "A"}


@pytest.mark.parametrize("owner", ["K", ""])
def test_given_goods_of_the_lines_owner_when_taken_then_allowed(owner):
    """R-O1"""
    check_owner(item_no="EL-100", batch_no="A", stock_owner=owner, order_owner=owner)


def test_given_ks_deposit_of_20_when_25_are_ordered_then_refused_with_what_he_has():
    """R-O3"""
    with pytest.raises(InsufficientStock) as refused:
        check_deposit(Decimal(25), item_no="EL-100", owner="K", deposit=Decimal(20))
    assert refused.value.facts() == {"item_no": "EL-100", "available": Decimal(20), "owner": "K", "reason": "deposit"}


def test_given_ks_deposit_of_20_when_20_are_ordered_then_allowed():
    """R-O3"""
    check_deposit(Decimal(20), item_no="EL-100", owner="K", deposit=Decimal(20))


def test_given_our_own_goods_when_more_is_ordered_than_is_there_then_no_deposit_is_asked_for():
    """R-O3, R-F23"""
    check_deposit(Decimal(200), item_no="EL-100", owner="", deposit=Decimal(120))
