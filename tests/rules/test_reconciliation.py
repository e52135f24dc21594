"""What lies behind a difference, by its pattern: the rulebook's figures, and each kind of mistake made on purpose."""

from dataclasses import replace
from decimal import Decimal

import pytest

from warehouse.rules.differences import judge, judge_item
from warehouse.rules.reconciliation import Book, CardLine, Cause, OpenLine, PlaceFigure, Row, Voucher, signed_twice

D = Decimal
NOON = "2026-05-20T04:00:00.000000+00:00"


def row(account, card, goods, *, batch_no="A", outside=True, vouchers=(), places=None, **members):
    """Make a row of three figures; the gap between goods and card lies in B-01 unless places are given."""
    if places is None:
        gap = D(goods) - D(card)
        places = [("B-01", card, D(card) + gap)] if gap else []
    return Row(
        item_no="EL-100", batch_no=batch_no, owner="", account=D(account), card=D(card), goods=D(goods),
        own_account=D(card) if outside else D(account), is_outside=outside,
        vouchers=[voucher(*each) if isinstance(each, tuple) else each for each in vouchers],
        places=[PlaceFigure(location=at, expected=D(book), counted=D(found)) for at, book, found in places], **members,
    )  # fmt: skip


def voucher(number, card, account=None, **members):
    """Make a voucher that moved `card` on the card, one line, and `account` (the same unless said) in our ledger."""
    lines = [CardLine(quantity=D(card), location="B-01", at=NOON)] if D(card) else []
    return Voucher(
        voucher_no=number, kind="receipt", card=D(card), account=D(card if account is None else account),
        lines=members.pop("lines", lines), **members,
    )  # fmt: skip


def judged(*rows):
    """Judge rows and give the parts of each as (cause, book, quantity, first voucher)."""
    return [
        [(part.cause, part.book, part.quantity, part.vouchers[0] if part.vouchers else "") for part in each.parts]
        for each in judge_item(rows)
    ]


def causes(*rows):
    """Judge rows and give the causes of each."""
    return [[part.cause for part in each.parts] for each in judge_item(rows)]


HISTORY = [("OB-1", 60), ("GR-1", 42), ("DN-1", -2)]


def test_given_both_records_agree_when_goods_are_short_then_a_loss_with_issues_to_look_at():
    """R-R1"""
    ((part,),) = judged(row(100, 100, 98, outside=False, vouchers=HISTORY))
    assert part == (Cause.PHYSICAL_LOSS, Book.GOODS, 2, "DN-1")


def test_given_a_voucher_is_on_the_card_and_not_in_the_account_when_judged_then_that_voucher_is_proposed():
    """R-R2: our own account misses it by voucher, a finance book by its quantity."""
    own = [("OB-1", 60), ("GR-1", 40), voucher("DN-1", -2, 0, is_late=True)]
    assert judged(row(100, 98, 98, outside=False, vouchers=own)) == [
        [(Cause.MISSING_POSTING, Book.ACCOUNT, 2, "DN-1")]
    ]  # fmt: skip
    assert judged(row(100, 98, 98, vouchers=[("OB-1", 60), ("GR-1", 40), ("DN-1", -2)])) == [
        [(Cause.MISSING_POSTING, Book.ACCOUNT, 2, "DN-1")]
    ]  # fmt: skip


def test_given_account_and_goods_agree_when_the_card_stands_alone_then_its_entry_is_missing():
    """R-R3"""
    assert judged(row(98, 100, 98, vouchers=[("OB-1", 60), ("GR-1", 40)])) == [
        [(Cause.MISSING_CARD_ENTRY, Book.CARD, 2, "")]
    ]  # fmt: skip
    waiting = [OpenLine(voucher_no="DN-9", kind="delivery", quantity=D(-2))]
    assert judged(row(98, 100, 98, vouchers=[("OB-1", 100)], open_lines=waiting)) == [
        [(Cause.MISSING_CARD_ENTRY, Book.CARD, 2, "DN-9")]
    ]  # fmt: skip
    posted = [("OB-1", 100), voucher("DN-7", 0, -2, is_late=True)]
    assert judged(row(98, 100, 98, outside=False, vouchers=posted)) == [
        [(Cause.MISSING_CARD_ENTRY, Book.CARD, 2, "DN-7")]
    ]  # fmt: skip


def test_given_goods_are_over_when_both_records_agree_then_a_gain_and_the_month_s_deliveries():
    """R-R4"""
    vouchers = [("OB-1", 103), ("DN-3", -3), ("DN-2", -2)]
    ((part,),) = judged(row(98, 98, 100, outside=False, vouchers=vouchers))
    assert part == (Cause.PHYSICAL_GAIN, Book.GOODS, 2, "DN-2")


def test_given_records_and_goods_differ_when_judged_then_two_parts_each_for_itself():
    """R-R5"""
    vouchers = [("OB-1", 100), voucher("DN-1", -2, 0, is_late=True)]
    assert judged(row(100, 98, 95, outside=False, vouchers=vouchers))[0] == [
        (Cause.MISSING_POSTING, Book.ACCOUNT, 2, "DN-1"),
        (Cause.PHYSICAL_LOSS, Book.GOODS, 3, "DN-1"),
    ]
    assert judged(row(100, 98, 95, vouchers=[("OB-1", 100), ("DN-1", -2)]))[0] == [
        (Cause.MISSING_POSTING, Book.ACCOUNT, 2, "DN-1"),
        (Cause.PHYSICAL_LOSS, Book.GOODS, 3, "DN-1"),
    ]


def test_given_two_batches_with_opposite_differences_when_judged_then_both_are_named_and_nothing_is_netted():
    """R-R6"""
    rows = row(40, 40, 30, batch_no="A", outside=False), row(60, 60, 70, batch_no="B", outside=False)
    assert judged(*rows) == [
        [(Cause.SWAPPED_BATCHES, Book.GOODS, 10, "")],
        [(Cause.SWAPPED_BATCHES, Book.GOODS, 10, "")],
    ]
    assert [part.other for each in judge_item(rows) for part in each.parts] == ["B", "A"]


@pytest.mark.parametrize(
    ("figures", "book"),
    [(((50, 40, 40), (50, 60, 60)), Book.ACCOUNT), (((40, 30, 40), (60, 70, 60)), Book.CARD)],
)
def test_given_a_voucher_of_one_batch_written_for_another_when_judged_then_swapped_in_that_book(figures, book):
    """R-R6: also where it is only written wrong"""
    one, two = figures
    vouchers = [("OB-1", 47), ("DN-5", -7)]
    rows = row(*one, batch_no="A", vouchers=vouchers), row(*two, batch_no="B", vouchers=vouchers)
    assert [[(part[0], part[1]) for part in each] for each in judged(*rows)] == [[(Cause.SWAPPED_BATCHES, book)]] * 2


def test_given_one_batch_in_two_places_when_one_is_short_and_one_over_then_misplaced_though_the_sum_agrees():
    """R-R6: nor are two places netted; a rest of it is a loss"""
    places = [("B-01", 30, 18), ("B-02", 5, 17)]
    (each,) = judge_item([row(35, 35, 35, places=places)])
    (part,) = each.parts
    assert (part.cause, part.quantity, part.location, part.other) == (Cause.MISPLACED, 12, "B-01", "B-02")
    assert causes(row(35, 35, 33, places=[("B-01", 30, 18), ("B-02", 5, 15)])) == [
        [Cause.MISPLACED, Cause.PHYSICAL_LOSS]
    ]  # fmt: skip


def test_given_lawful_lateness_when_judged_then_explained_and_no_alarm():
    """R-R8: matched by voucher; what one book has alone for less than a day is explained"""
    vouchers = [("OB-1", 100), voucher("GR-1", 20, 0), voucher("DN-1", -10, 0, is_staged=True, is_late=True)]
    for outside in (False, True):
        (each,) = judge_item([row(100, 110, 110, outside=outside, vouchers=vouchers)])
        assert [(one.kind, one.voucher_no, one.quantity) for one in each.explained] == [
            ("not-posted", "GR-1", 20), ("staged", "DN-1", -10),
        ]  # fmt: skip
        assert not each.parts
    (each,) = judge_item([row(120, 110, 110, vouchers=vouchers)])
    assert [one.voucher_no for one in each.explained] == ["DN-1"], "finance was quicker with the receipt"
    moved = [("OB-1", 100), voucher("DN-8", 0, -5)]
    (each,) = judge_item([row(95, 100, 95, outside=False, vouchers=moved)])
    assert ([one.kind for one in each.explained], each.parts) == (["posted-not-moved"], ())


MANY = [("OB-1", 200), ("GR-1", 48), ("GR-2", 54), ("DN-1", -30), ("DN-2", -17), ("DN-3", -11)]


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        (244 - 48, (Cause.MISSING_POSTING, "GR-1")),
        (244 + 17, (Cause.MISSING_POSTING, "DN-2")),
        (244 + 54, (Cause.DOUBLE_POSTING, "GR-2")),
        (244 - 11, (Cause.DOUBLE_POSTING, "DN-3")),
        (244 - 9, (Cause.DIGIT_TRANSPOSITION, "GR-2")),
        (424, (Cause.DIGIT_TRANSPOSITION, "")),
        (244 - 44, (Cause.UNIT_ERROR, "GR-1")),
        (2440, (Cause.UNIT_ERROR, "")),
    ],
)
def test_given_a_finance_figure_gone_wrong_when_judged_then_the_pattern_names_it(account, expected):
    """R-R2"""
    ((part, *more),) = judged(row(account, 244, 244, vouchers=MANY, factors=[D(12)]))
    assert (part[0], part[3]) == expected
    assert not more


def test_given_two_vouchers_not_posted_when_their_sum_is_missing_then_a_part_each():
    """R-R5"""
    found = judged(row(244 - 48 + 30, 244, 244, vouchers=MANY))
    assert {(cause, number) for cause, _, _, number in found[0]} == {
        (Cause.MISSING_POSTING, "GR-1"), (Cause.MISSING_POSTING, "DN-1"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "counted", "cause"),
    [
        (54, 45, Cause.DIGIT_TRANSPOSITION),
        (1234, 1324, Cause.DIGIT_TRANSPOSITION),
        (240, 20, Cause.UNIT_ERROR),
        (20, 240, Cause.UNIT_ERROR),
        (130, 13, Cause.UNIT_ERROR),
        (63, 8, Cause.UNIT_ERROR),  # five boxes and three loose ones, added up
        (100, 93, Cause.PHYSICAL_LOSS),
        (100, 110, Cause.PHYSICAL_GAIN),
    ],
)
def test_given_a_count_gone_wrong_when_judged_then_the_pattern_names_it(expected, counted, cause):
    """R-R1"""
    assert causes(row(expected, expected, counted, outside=False, factors=[D(12)])) == [[cause]]


def test_given_two_equal_lines_of_one_voucher_within_minutes_when_goods_lack_just_that_then_a_scan_sent_twice():
    """R-R1: a receipt scanned twice is in card and account alike"""
    lines = [
        CardLine(quantity=D(24), location="IN-1", at=f"2026-05-20T04:0{minute}:00.000000+00:00") for minute in (0, 1)
    ]
    twice = voucher("GR-1", 48, lines=lines)
    assert judged(row(148, 148, 124, outside=False, vouchers=[("OB-1", 100), twice]))[0] == [
        (Cause.DOUBLE_POSTING, Book.RECORDS, 24, "GR-1")
    ]
    apart = voucher(
        "GR-1", 48, lines=[lines[0], CardLine(quantity=D(24), location="IN-1", at=NOON.replace("20T", "21T"))]
    )
    assert causes(row(148, 148, 124, outside=False, vouchers=[("OB-1", 100), apart])) == [[Cause.PHYSICAL_LOSS]]


def test_given_an_account_by_item_when_one_batch_s_goods_agree_with_it_then_that_batch_s_card_entry_is_missing():
    """R-R3: a finance system without batches"""
    whole = row(95, 100, 100, batch_no=None, vouchers=[("OB-1", 100)], places=[])
    batch = row(60, 60, 55, batch_no="A", outside=False, vouchers=[("OB-1", 60)])
    assert causes(whole, batch) == [[], [Cause.MISSING_CARD_ENTRY]]
    assert causes(row(95, 100, 100, batch_no=None, vouchers=[("GR-1", 5)], places=[])) == [[Cause.MISSING_POSTING]]


def test_given_three_signatures_when_one_person_signed_two_books_then_that_is_shown():
    """R-R10"""
    assert signed_twice([("card", "Li"), ("account", "Wang"), ("goods", "Li")]) == ["Li"]
    assert signed_twice([("card", "Li"), ("account", "Wang"), ("goods", "Chen")]) == []


def test_given_a_voucher_of_several_batches_when_all_differ_by_it_then_it_is_named_before_another_that_fits_one():
    """R-R2: a voucher is posted as a whole or not"""
    whole = [voucher("DN-7", -1, batches=2), voucher("CR-1", 1)]
    other = [voucher("DN-7", -12, batches=2), voucher("GR-1", 90)]
    rows = [row(9, 10, 10, vouchers=whole), replace(row(66, 78, 78, vouchers=other), item_no="EL-200")]
    assert [[(part.cause, part.vouchers[0]) for part in each.parts] for each in judge(rows)] == [
        [(Cause.DOUBLE_POSTING, "DN-7")]
    ] * 2
    ((alone,),) = ([part for part in each.parts] for each in judge(rows[:1]))
    assert (alone.cause, alone.vouchers[0]) == (Cause.MISSING_POSTING, "CR-1")


@pytest.mark.parametrize(
    ("vouchers", "records", "goods"), [([("GR-1", 5)], 5, 60), ([("OB-1", 61), ("DN-1", -5)], 56, 1)]
)
def test_given_boxes_scanned_as_pieces_when_goods_differ_by_the_rest_of_the_boxes_then_a_unit_error(
    vouchers, records, goods
):
    """R-R1, R-R4: in card and account alike, because the account follows the scan"""
    found = judged(row(records, records, goods, outside=False, vouchers=vouchers, factors=[D(12)]))
    assert found == [[(Cause.UNIT_ERROR, Book.RECORDS, 55, vouchers[-1][0])]]
