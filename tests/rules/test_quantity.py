"""Numbers as people type them into forms and sheets (R-C17)."""

import pytest

from warehouse.rules.quantity import plain_decimal
from warehouse.rules.refusals import InvalidInput


@pytest.mark.parametrize(
    ("text", "mark", "plain"),
    [
        ("１２", ".", "12"),
        ("　1,234.5 ", ".", "1234.5"),
        ("1,234", ".", "1234"),
        ("１２．５", ".", "12.5"),
        ("12,5", ",", "12.5"),
        ("1.234,5", ",", "1234.5"),
        ("-3", ".", "-3"),
        ("0", ".", "0"),
    ],
)
def test_given_a_typed_number_when_read_then_one_rule_decides_about_commas(text, mark, plain):
    """R-C17"""
    assert plain_decimal(text, decimal_mark=mark) == plain


@pytest.mark.parametrize("text", ["12,5", "1,23", ",5", "1e9", "", "12²", "٣", "1.2.3", "1,234,5", "abc", "5 pcs"])
def test_given_what_is_no_number_when_read_then_refused(text):
    """R-C17"""
    with pytest.raises(InvalidInput):
        plain_decimal(text)
