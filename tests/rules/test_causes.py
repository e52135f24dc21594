"""Shapes of mistakes that a month's generator seldom makes: the cause stands first, and what is lawful is no alarm."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.rules.test_reconciliation import causes, judged, row, voucher
from warehouse.rules.differences import judge, judge_item
from warehouse.rules.reconciliation import Cause, OpenLine, PlaceFigure, Row

D = Decimal
LOSS, GAIN, MISPLACED, SWAPPED = (
    Cause.PHYSICAL_LOSS, Cause.PHYSICAL_GAIN, Cause.MISPLACED, Cause.SWAPPED_BATCHES,
)  # fmt: skip
MISSING, DOUBLE, NO_CARD = Cause.MISSING_POSTING, Cause.DOUBLE_POSTING, Cause.MISSING_CARD_ENTRY
UNIT, DIGITS = Cause.UNIT_ERROR, Cause.DIGIT_TRANSPOSITION
MONTH = [("OB-1", 90), ("GR-1", 48), ("DN-1", -24), ("DN-2", -7), ("DN-3", -5)]  # 102


def found(*places, **members):
    """Make a row of records that agree, counted in these (place, card, goods)."""
    card = sum(D(book) for _, book, _ in places)
    goods = sum(D(there) for _, _, there in places)
    return row(card, card, goods, places=places, **members)


def test_given_one_batch_short_in_two_bins_when_judged_then_a_loss_in_each():
    """R-R1, R-R6: places are not netted"""
    (each,) = judge_item([found(("B-01", 40, 36), ("C-07", 62, 59), vouchers=MONTH)])
    assert [(part.cause, part.location, part.quantity) for part in each.parts] == [
        (LOSS, "B-01", 4), (LOSS, "C-07", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "places",
    [
        [("B-01", 30, 20), ("C-07", 5, 10), ("D-02", 0, 5)],
        [("B-01", 30, 20), ("C-07", 0, 3), ("D-02", 0, 3), ("E-01", 0, 4)],
        [("B-01", 30, 25), ("C-07", 20, 17), ("D-02", 0, 8)],
    ],
)
def test_given_goods_carried_into_several_places_or_out_of_several_when_judged_then_all_is_misplaced(places):
    """R-R6: also into places where the record has nothing of it"""
    (each,) = judge_item([found(*places, vouchers=MONTH)])
    assert {part.cause for part in each.parts} == {MISPLACED}
    assert sum(part.quantity for part in each.parts) == sum(max(D(book) - D(there), D(0)) for _, book, there in places)


def test_given_a_misplaced_part_and_a_loss_elsewhere_when_judged_then_each_for_itself():
    """R-R5, R-R6: a loss of 1 beside 10 carried from one zone to another"""
    assert causes(found(("B-01", 30, 20), ("Q-01", 0, 10), ("C-07", 12, 11), vouchers=MONTH)) == [[MISPLACED, LOSS]]


@pytest.mark.parametrize(("sign", "cause"), [(1, DOUBLE), (-1, MISSING)])
def test_given_a_split_posted_twice_or_not_at_all_when_judged_then_that_voucher_and_no_swap(sign, cause):
    """R-R2: a batch was split in the month; one voucher took 8 from the one and put 8 into the other"""
    parent = row(40 - 8 * sign, 40, 40, batch_no="A", vouchers=[("OB-1", 48), voucher("QI-1", -8, batches=2)])
    part = row(8 + 8 * sign, 8, 8, batch_no="A-1", vouchers=[voucher("QI-1", 8, batches=2)])
    parts = [[(part.cause, part.vouchers[0]) for part in each.parts] for each in judge([parent, part])]
    assert parts == [[(cause, "QI-1")]] * 2


def test_given_a_voucher_booked_on_another_batch_when_judged_then_swapped_in_the_account():
    """R-R6: also where its quantity is no other voucher's"""
    one = row(109, 102, 102, batch_no="A", vouchers=MONTH)
    two = row(53, 60, 60, batch_no="B", vouchers=[("OB-2", 60)])
    assert causes(one, two) == [[SWAPPED], [SWAPPED]]


def test_given_a_card_line_forgotten_beside_a_mix_up_of_that_quantity_when_judged_then_the_mix_up_is_of_the_two():
    """R-R3, R-R6: a batch whose card alone is wrong is no partner, though its gap is opposite"""
    short = row(45, 45, 21, batch_no="L1", vouchers=[("GR-1", 45)], places=[("A-10", 45, 21)])
    forgotten = row(219, 195, 219, batch_no="L0", vouchers=[("OB-1", 195)], places=[("B-02", 195, 219)])
    over = row(65, 65, 89, batch_no="L2", vouchers=[("GR-1", 65)], places=[("E-11", 65, 89)])
    assert causes(forgotten, short, over) == [[NO_CARD], [SWAPPED], [SWAPPED]]


@pytest.mark.parametrize(
    ("booked", "cause"),
    [
        (-24 * 12, UNIT), (-2, UNIT), (-42, DIGITS), (-48, DOUBLE), (0, MISSING),
    ],
)  # fmt: skip
def test_given_an_issue_of_24_booked_as_something_else_when_judged_then_how(booked, cause):
    """R-R2: boxes of 12 taken for pieces and pieces for boxes, digits changed over, twice, not at all"""
    whole = row(102 + 24 + booked, 102, 102, vouchers=MONTH, factors=[D(12)])
    assert judged(whole)[0][0][::3] == (cause, "DN-1")


@pytest.mark.parametrize(
    ("booked", "cause"),
    [(48 * 12, UNIT), (4, UNIT), (84, DIGITS), (96, DOUBLE), (0, MISSING)],
)
def test_given_a_receipt_of_48_booked_as_something_else_when_judged_then_how(booked, cause):
    """R-R2: the same the other way round"""
    whole = row(102 - 48 + booked, 102, 102, vouchers=MONTH, factors=[D(12)])
    assert judged(whole)[0][0][::3] == (cause, "GR-1")


@pytest.mark.parametrize(
    ("true", "booked", "decimals"),
    [("137", "173", 0), ("137", "317", 0), ("1306", "1036", 0), ("12.5", "21.5", 3), ("0.250", "0.520", 3),
     ("3.175", "3.715", 3), ("4.8", "8.4", 1)],
)  # fmt: skip
def test_given_two_digits_changed_over_when_booked_then_named_whatever_the_number_looks_like(true, booked, decimals):
    """R-R2: three digits, a zero between, kilograms"""
    lines = [("OB-1", "40"), ("GR-1", true), ("DN-1", "-1")]
    card = D(40) + D(true) - 1
    whole = row(card - D(true) + D(booked), card, card, vouchers=lines, decimals=decimals)
    assert judged(whole)[0][0][::3] == (DIGITS, "GR-1")


def test_given_kilograms_booked_as_grams_when_judged_then_a_unit_error():
    """R-R2"""
    lines = [("OB-1", "40"), ("GR-1", "2.5"), ("DN-1", "-1.2")]
    assert causes(row("2538.8", "41.3", "41.3", vouchers=lines, decimals=3)) == [[UNIT]]


def test_given_9_of_54_missing_when_two_persons_found_the_same_then_a_loss_and_no_slip_of_a_pen():
    """R-R1: one person may type 45 for 54, not two"""

    def counted(persons):
        places = [PlaceFigure(location="B-01", expected=D(54), counted=D(45), counters=persons)]
        return Row(
            item_no="EL-100", batch_no="A", owner="", account=D(54), own_account=D(54), card=D(54), goods=D(45),
            vouchers=[voucher("OB-1", 60), voucher("DN-1", -6)], places=places,
        )  # fmt: skip

    assert causes(counted(1)) == [[DIGITS]]
    assert causes(counted(2)) == [[LOSS]]


def test_given_an_issue_on_paper_only_when_a_delivery_would_fit_by_its_digits_then_its_card_line_is_missing():
    """R-R3: 36 went out unscanned; of a delivery of 15 the account has what was scanned, so 51 for 15 is no reason"""
    lines = [("OB-1", 250), ("DN-1", -15), ("DN-2", -2)]
    assert causes(row(197, 233, 197, vouchers=lines)) == [[NO_CARD]]


def test_given_boxes_typed_as_pieces_at_the_dock_when_finance_has_the_supplier_s_note_then_a_unit_error():
    """R-R3: a receipt's figure the account may have from elsewhere"""
    (each,) = judged(row(18, 3, 18, vouchers=[("GR-1", 3)], factors=[D(6)]))
    assert each[0][0] == UNIT


def test_given_a_return_that_nobody_scanned_when_finance_has_it_then_no_card_entry_else_a_gain():
    """R-R3, R-R4"""
    assert causes(row(107, 102, 107, vouchers=MONTH)) == [[NO_CARD]]
    assert causes(row(102, 102, 107, vouchers=MONTH)) == [[GAIN]]


@pytest.mark.parametrize("outside", [True, False])
def test_given_a_loss_of_just_what_stands_staged_when_judged_then_the_delivery_explains_and_the_loss_stays(outside):
    """R-R8, R-R5: nothing lawful eats a fault of its own size"""
    lines = [("OB-1", 112), voucher("DN-9", -10, 0, is_staged=True)]
    (each,) = judge_item([row(112, 102, 92, vouchers=lines, outside=outside)])
    assert [(one.kind, one.voucher_no) for one in each.explained] == [("staged", "DN-9")]
    assert [(part.cause, part.quantity) for part in each.parts] == [(LOSS, 10)]


def test_given_a_voucher_left_out_beside_one_posted_after_the_book_when_judged_then_only_the_first_is_named():
    """R-R2, R-R8: both of 7"""
    lines = [*MONTH[:3], voucher("DN-2", -7), voucher("DN-8", -7, 0, is_posted_later=True)]
    (each,) = judge_item([row(114, 100, 100, vouchers=lines)])
    assert [one.kind for one in each.explained] == ["posted-after-the-book"]
    assert [(part.cause, part.vouchers[0]) for part in each.parts] == [(MISSING, "DN-2")]


def test_given_a_receipt_of_the_last_day_posted_in_the_next_month_when_judged_then_no_alarm():
    """R-R8: scanned on the 31st, posted on the 1st, by us and by finance"""
    lines = [*MONTH, voucher("GR-9", 30, 0, is_posted_later=True)]
    for outside in (True, False):
        assert causes(row(102, 132, 132, vouchers=lines, outside=outside)) == [[]]


def test_given_a_loss_or_gain_of_just_one_voucher_s_quantity_when_judged_then_that_is_looked_at_first():
    """R-R1, R-R4: the issue of that quantity before later ones; an announced receipt nobody scanned before all"""
    assert judged(row(102, 102, 78, vouchers=MONTH, outside=False))[0][0][3] == "DN-1"
    waiting = [OpenLine(voucher_no="GR-9", kind="receipt", quantity=D(7))]
    assert judged(row(102, 102, 109, vouchers=MONTH, outside=False, open_lines=waiting))[0][0][3] == "GR-9"


def test_given_two_vouchers_left_out_and_goods_lost_in_two_bins_when_judged_then_each_part_has_a_key_of_its_own():
    """R-R5: each is put on record, followed up and closed on its own"""
    lines = [("OB-1", 90), ("GR-1", 48), ("DN-1", -24), ("DN-2", -7)]
    places = [("B-01", 60, 57), ("C-07", 47, 45)]
    (each,) = judge_item([row(107 - 48 + 7, 107, 102, vouchers=lines, places=places)])
    assert [part.cause for part in each.parts] == [MISSING, MISSING, LOSS, LOSS]
    assert len({part.key for part in each.parts}) == 4


def short_and_over(short, over, *, places=("B-01", "B-01"), books=(200, 200), **members):
    """Make two batches of an item: A has so much less than both records say, B so much more."""
    pairs = zip(("A", "B"), books, (-short, over), places, strict=True)
    return [
        row(book, book, book + gap, batch_no=batch_no, outside=False, places=[(place, book, book + gap)], **members)
        for batch_no, book, gap, place in pairs
    ]


@pytest.mark.parametrize(("short", "over", "rest"), [(10, 8, (0, -2)), (8, 10, (1, 2)), (30, 29, (0, -1))])
def test_given_unlike_differences_of_two_batches_in_one_place_when_judged_then_the_part_that_agrees_is_mixed_up(
    short, over, rest
):
    """R-R6, R-R5: nothing is netted, the rest is lost or over by itself"""
    mixed = min(short, over)
    which, left = rest
    kind = LOSS if left < 0 else GAIN
    expected = [[(SWAPPED, -mixed, "B", "medium")], [(SWAPPED, mixed, "A", "medium")]]
    expected[which].append((kind, left, "", "high"))
    told = judge_item(short_and_over(short, over))
    assert [[(p.cause, p.difference, p.other, p.confidence) for p in each.parts] for each in told] == expected
    assert [each.parts[0].alternatives for each in told] == [(LOSS,), (GAIN,)]


@pytest.mark.parametrize(
    ("rows", "causes_of"),
    [
        (short_and_over(10, 4), [[LOSS], [GAIN]]),  # less than half agrees
        (short_and_over(3, 2, places=("B-01", "C-09")), [[LOSS], [GAIN]]),
        (short_and_over(48, 40, factors=[D(5)], books=(60, 10)), [[UNIT], [UNIT]]),
    ],
)
def test_given_unlike_differences_that_may_have_nothing_in_common_when_judged_then_each_for_itself(rows, causes_of):
    """R-R6: a wrong suggestion is worse than none"""
    assert causes(*rows) == causes_of


def test_given_two_owners_of_an_item_when_one_is_short_and_one_over_then_each_for_itself():
    """R-R6, R-O4: goods do not change their owner by being mixed up"""
    one, two = short_and_over(10, 8)
    assert causes(one, replace(two, owner="K")) == [[LOSS], [GAIN]]


def test_given_three_batches_when_one_is_short_by_what_two_are_over_then_the_likeliest_two_are_mixed_up():
    """R-R6"""
    one, two = short_and_over(30, 28)
    third = row(200, 200, 216, batch_no="C", outside=False, places=[("C-02", 200, 216)])
    assert causes(one, two, third) == [
        [SWAPPED, LOSS], [SWAPPED], [GAIN],
    ]  # fmt: skip
