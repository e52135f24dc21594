"""What may come in (R-A1..R-A4, R-A14, R-E1, R-E7)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.rules.receiving import (
    BatchDates,
    allowed_quantity,
    check_dates,
    check_expiry_given,
    check_receipt,
    check_reference,
    check_return,
    check_return_note,
    check_returning_customer,
)
from warehouse.rules.refusals import BatchConflict, InvalidInput, OverReceipt

TODAY = date(2026, 6, 1)
NONE = Decimal(0)


def rest(ordered, received, tolerance="0"):
    return allowed_quantity(Decimal(ordered), tolerance_percent=Decimal(tolerance)) - Decimal(received)


def test_given_60_of_100_received_when_50_come_then_refused_at_40_with_10_more_than_ordered():
    """R-A1"""
    check_receipt(Decimal(60), item_no="EL-100", open_quantity=rest("100", "0"))
    with pytest.raises(OverReceipt) as refused:
        check_receipt(Decimal(50), item_no="EL-100", open_quantity=rest("100", "60"))
    assert refused.value.facts() == {"item_no": "EL-100", "open_quantity": Decimal(40), "excess": Decimal(10)}


def test_given_tolerance_of_5_percent_when_105_come_then_allowed_and_106_refused_by_1():
    """R-A1"""
    check_receipt(Decimal(105), item_no="EL-100", open_quantity=rest("100", "0", tolerance="5"))
    with pytest.raises(OverReceipt) as refused:
        check_receipt(Decimal(106), item_no="EL-100", open_quantity=rest("100", "0", tolerance="5"))
    assert str(refused.value.excess) == "1"


@pytest.mark.parametrize(
    ("ordered", "tolerance", "allowed"),
    [("10", "5", "10"), ("30", "5", "31"), ("0.250", "5", "0.262"), ("100", "0.5", "100"), ("200", "0.5", "201")],
)
def test_given_tolerance_that_leaves_a_fraction_when_allowed_is_reckoned_then_cut_to_the_items_decimals(
    ordered, tolerance, allowed
):
    """R-A1, R-A13"""
    assert str(allowed_quantity(Decimal(ordered), tolerance_percent=Decimal(tolerance))) == allowed


def test_given_negative_tolerance_when_allowed_is_reckoned_then_refused():
    """R-A1"""
    with pytest.raises(InvalidInput) as refused:
        allowed_quantity(Decimal(100), tolerance_percent=Decimal(-1))
    assert refused.value.field == "tolerance_percent"


@given(
    st.decimals(min_value=1, max_value=10**12, places=3),
    st.decimals(min_value=0, max_value=100, places=2),
    st.lists(st.decimals(min_value="0.001", max_value=10**12, places=3), max_size=6),
)
def test_given_any_deliveries_when_refused_ones_are_left_out_then_never_more_than_allowed(
    ordered, tolerance, deliveries
):
    """R-A1"""
    received = NONE
    for quantity in deliveries:
        open_quantity = rest(ordered, received, tolerance=tolerance)
        assert open_quantity >= 0
        if quantity > open_quantity:
            with pytest.raises(OverReceipt) as refused:
                check_receipt(quantity, item_no="EL-100", open_quantity=open_quantity)
            assert refused.value.excess + refused.value.open_quantity == quantity
        else:
            check_receipt(quantity, item_no="EL-100", open_quantity=open_quantity)
            received += quantity
    assert ordered <= allowed_quantity(ordered, tolerance_percent=tolerance) <= ordered * (1 + tolerance / 100)
    assert received <= allowed_quantity(ordered, tolerance_percent=tolerance)


@pytest.mark.parametrize("reference", [None, "", "   "])
def test_given_no_document_number_when_receiving_then_refused(reference):
    """R-A3"""
    with pytest.raises(InvalidInput) as refused:
        check_reference(reference)
    assert refused.value.facts() == {"field": "reference", "reason": "missing"}


def test_given_a_document_number_when_receiving_then_kept_as_given():
    """R-A3"""
    assert check_reference(" PO 0012 ") == " PO 0012 "


def send(recorded, sent):
    check_dates(item_no="EL-100", batch_no="L7", recorded=recorded, sent=sent)


def test_given_l7_with_expiry_january_when_received_with_february_then_refused_with_both_dates():
    """R-A4"""
    with pytest.raises(BatchConflict) as refused:
        send(BatchDates(expiry_date=date(2027, 1, 31)), BatchDates(expiry_date=date(2027, 2, 28)))
    assert refused.value.facts() == {
        "item_no": "EL-100",
        "batch_no": "L7",
        "field": "expiry_date",
        "recorded": "2027-01-31",
        "sent": "2027-02-28",
    }


def test_given_another_production_day_when_received_then_refused_naming_that_field():
    """R-A4"""
    with pytest.raises(BatchConflict) as refused:
        send(BatchDates(produced_on=date(2026, 1, 1)), BatchDates(produced_on=date(2026, 1, 2)))
    assert refused.value.field == "produced_on"


def test_given_no_expiry_on_record_when_one_is_sent_then_refused_for_stored_goods_would_change():
    """R-A4"""
    with pytest.raises(BatchConflict) as refused:
        send(BatchDates(), BatchDates(expiry_date=date(2027, 2, 28)))
    assert refused.value.recorded is None


def test_given_the_same_dates_or_none_when_received_then_no_conflict():
    """R-A4"""
    recorded = BatchDates(produced_on=date(2026, 1, 1), expiry_date=date(2027, 1, 31))
    send(recorded, recorded)
    send(recorded, BatchDates())
    send(recorded, BatchDates(expiry_date=date(2027, 1, 31)))


def test_given_5_shipped_to_a_customer_when_6_come_back_then_refused_and_5_allowed():
    """R-A14"""
    check_return(Decimal(5), item_no="EL-100", shipped=Decimal(5), returned=NONE)
    with pytest.raises(OverReceipt) as refused:
        check_return(Decimal(6), item_no="EL-100", shipped=Decimal(5), returned=NONE)
    assert (refused.value.open_quantity, refused.value.excess) == (5, 1)


def test_given_3_of_5_already_returned_when_3_more_come_then_refused():
    """R-A14"""
    with pytest.raises(OverReceipt) as refused:
        check_return(Decimal(3), item_no="EL-100", shipped=Decimal(5), returned=Decimal(3))
    assert (refused.value.open_quantity, refused.value.excess) == (2, 1)


def given_expiry(shelf_life_days, **dates):
    return check_expiry_given(BatchDates(**dates), shelf_life_days=shelf_life_days, today=TODAY)


def test_given_shelf_life_when_only_the_production_day_is_known_then_expiry_follows_from_it():
    """R-E7"""
    assert given_expiry(180, produced_on=date(2026, 1, 1)) == date(2026, 6, 30)


def test_given_a_printed_expiry_when_received_then_it_holds_before_the_reckoned_one():
    """R-E7"""
    assert given_expiry(180, produced_on=date(2026, 1, 1), expiry_date=date(2026, 6, 15)) == date(2026, 6, 15)


def test_given_no_shelf_life_when_no_date_is_known_then_none_is_needed():
    """R-E7"""
    assert given_expiry(None) is None
    assert given_expiry(None, produced_on=TODAY) is None
    assert given_expiry(None, expiry_date=TODAY) == TODAY, "usable all of the day itself"
    assert given_expiry(None, expiry_date=TODAY, produced_on=TODAY) == TODAY


@pytest.mark.parametrize(
    ("shelf_life_days", "dates", "field", "reason"),
    [
        (180, {}, "expiry_date", "missing"),
        (None, {"produced_on": date(2026, 6, 2)}, "produced_on", "in-the-future"),
        (180, {"expiry_date": date(2026, 5, 31)}, "expiry_date", "already-expired"),
        (None, {"expiry_date": date(2026, 5, 31)}, "expiry_date", "already-expired"),
        (30, {"produced_on": date(2026, 1, 1)}, "produced_on", "already-expired"),
        (180, {"produced_on": TODAY, "expiry_date": date(2026, 5, 31)}, "expiry_date", "before-production"),
        (10**9, {"produced_on": TODAY}, "shelf_life_days", "too-large"),
    ],
)
def test_given_dates_that_cannot_be_when_received_then_refused_naming_the_field(shelf_life_days, dates, field, reason):
    """R-E1, R-E7"""
    with pytest.raises(InvalidInput) as refused:
        given_expiry(shelf_life_days, **dates)
    assert refused.value.facts() == {"field": field, "reason": reason}


def test_given_a_return_when_it_says_why_and_comes_from_who_got_it_then_fine_else_refused():
    """R-A14"""
    check_return_note("wrong size", lines=1)
    check_returning_customer("K", shipped_to="K")
    for reason, lines, field in ((" ", 1, "reason"), ("wrong size", 0, "lines")):
        with pytest.raises(InvalidInput) as refused:
            check_return_note(reason, lines=lines)
        assert refused.value.field == field
    with pytest.raises(InvalidInput):
        check_returning_customer("M", shipped_to="K")
