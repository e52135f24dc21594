"""Label numbers and label data. Source: 4.5.1, 4.5.5."""

import json
from dataclasses import replace
from datetime import date

import pytest

from labels.content import (
    BatchLabel,
    Concession,
    StatusLabel,
    is_label_no,
    make_label_no,
    normal_label_no,
)
from labels.kinds import read_paper
from labels.refused import LabelRefused, Reason
from tests.labels.reading import status_sample

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@pytest.mark.parametrize("letter", "LBWHCDRU")
def test_given_a_type_letter_when_numbers_are_drawn_then_each_is_valid_and_has_no_look_alike(letter):
    """4.5.1"""
    numbers = {make_label_no(letter) for _ in range(300)}
    assert len(numbers) == 300
    for number in numbers:
        assert len(number) == 10
        assert number[0] == letter
        assert set(number[1:]) <= set(ALPHABET)
        assert is_label_no(number)


def test_given_no_letter_when_a_number_is_drawn_then_it_is_a_label():
    """4.5.1"""
    assert make_label_no().startswith("L")
    for letter in ("X", "", "LB"):
        with pytest.raises(ValueError, match="no label type"):
            make_label_no(letter)


def test_given_any_single_wrong_character_when_checked_then_refused():
    """4.5.1"""
    number = "L7K2M9QX3F"
    assert is_label_no(number)
    for place in range(10):
        for other in ALPHABET + "ILOU":
            wrong = number[:place] + other + number[place + 1 :]
            assert is_label_no(wrong) == (wrong == number)


@pytest.mark.parametrize("text", ["", "L", "L7K2M9QX3F ", "l7k2m9qx3f", "A7K2M9QX3F", "L7K2M9QX3FF", "L7K2M9QX3٣"])
def test_given_another_shape_when_checked_then_no_label_number(text):
    """4.5.1"""
    assert not is_label_no(text)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("l7k2m9qx3f", "L7K2M9QX3F"),
        ("Ｌ７Ｋ２Ｍ９ＱＸ３Ｆ", "L7K2M9QX3F"),
        (" L7K2M9QX3F\n", "L7K2M9QX3F"),
        ("LOIl23", "L01123"),
        ("lL", "L1"),
        ("", ""),
    ],
)
def test_given_a_typed_number_when_made_normal_then_it_is_what_was_meant(typed, meant):
    """4.5.1"""
    assert normal_label_no(typed) == meant


def test_given_json_when_read_then_dates_and_concession_are_values():
    """4.5.5"""
    given = {
        "status": "qualified",
        "item_no": "A-1",
        "name": "風扇",
        "batch_no": "007",
        "quantity": "0.250",
        "unit": "kg",
        "first_received_on": "2026-01-31",
        "expiry_date": None,
        "label_no": "L7K2M9QX3F",
        "printed_at": "2026-03-05T14:20:00+08:00",
        "languages": ["en", "zh_Hans"],
        "concession": {"no": "CN-1", "customer": "Blue Sky", "until": "2026-12-31"},
    }
    label = read_paper("status", json.dumps(given).encode())
    assert isinstance(label, StatusLabel)
    assert label.concession == Concession(no="CN-1", customer="Blue Sky", until=date(2026, 12, 31))
    values = label.values()
    assert values["batch_no"] == "007"
    assert values["quantity_unit"] == "0.250 kg"
    assert values["expiry_date"] == "—"
    assert values["terms"] == "Concession CN-1 · until 2026-12-31"
    assert values["person"] == "Customer Blue Sky"
    assert values["printed"] == "Printed 2026-03-05 14:20"


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b'{"colour": "blue"}', "colour"),
        (b"{}", "label_no"),
        (b"[]", "data"),
        (b"{", "data"),
        (b"\xff", "data"),
        (b'{"label_no": 7}', "label_no"),
        (b'{"label_no": "L7K2M9QX3F", "printed_at": "yesterday"}', "printed_at"),
    ],
)
def test_given_wrong_json_when_read_then_refused_naming_the_field(raw, field):
    """4.5.5"""
    with pytest.raises(LabelRefused) as refused:
        read_paper("batch", raw)
    assert (refused.value.field, refused.value.reason) == (field, Reason.INVALID)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label_no", "L7K2M9QX3A"),
        ("status", "blue"),
        ("languages", ("en",)),
        ("languages", ("en", "de")),
    ],
)
def test_given_a_value_that_cannot_be_when_made_then_refused_naming_the_field(field, value):
    """4.5.5"""
    with pytest.raises(LabelRefused) as refused:
        replace(status_sample(), **{field: value})
    assert refused.value.field == field


@pytest.mark.parametrize("status", ["pending", "awaiting", "nonconforming", "scrap"])
def test_given_concession_terms_when_the_goods_are_not_qualified_then_refused(status):
    """4.5.4: a concession is blue"""
    with pytest.raises(LabelRefused, match="concession"):
        replace(status_sample(status), concession=Concession(no="CN-1"))


def test_given_goods_without_dates_when_shown_then_a_dash_says_there_is_none():
    """4.7.5 b"""
    label = replace(status_sample(), expiry_date=None, reinspect_on=None)
    assert (label.values()["expiry_date"], label.values()["reinspect_on"]) == ("—", "—")
    assert not hasattr(BatchLabel, "status")
