"""The digits within the coupon codes of North America, AI 8110 and 8112: a field says its own length in one digit.

A coupon's value has no separators of its own, so that one wrong length digit shifts all that follows.
Source: GS1 General Specifications, 3.8 (8110, 8112); GS1 US, Coupon Code Data String.
"""

from collections.abc import Callable

from scanners.gs1_dates import is_before, is_date

_REQUIREMENT_CODES = "012349"
_NO_PREFIX = 9  # another purchase may be without a company prefix of its own


class _Wrong(Exception):
    """What does not fit; never leaves this module."""


class _Digits:
    """Takes a coupon's digits off its begin, field after field."""

    def __init__(self, digits: str) -> None:
        self._left = digits

    def __bool__(self) -> bool:
        return bool(self._left)

    def take(self, count: int, name: str) -> str:
        taken, self._left = self._left[:count], self._left[count:]
        if len(taken) < count:
            raise _Wrong(f"the coupon ends within its {name}")
        return taken

    def one_of(self, allowed: str, name: str) -> str:
        taken = self.take(1, name)
        if taken not in allowed:
            raise _Wrong(f"the coupon's {name} cannot be {taken}")
        return taken

    def counted(self, lengths: range, name: str, *, more: int = 0, none: int | None = None) -> str:
        """Take a field whose first digit says how long it is, less `more`; `none` says that it is left out."""
        length = int(self.take(1, name))
        if length == none:
            return ""
        if length not in lengths:
            raise _Wrong(f"the coupon's {name} has no length {length}")
        return self.take(length + more, name)

    def date(self, name: str) -> str:
        taken = self.take(6, name)
        if not is_date(taken, day_00=False):
            raise _Wrong(f"the coupon's {name} {taken} is not a date (YYMMDD)")
        return taken


def find_coupon_problem(value: str) -> str | None:
    """Say what is wrong with the value of AI 8110, or None."""
    return _problem_of(value, _read_coupon)


def find_offer_problem(value: str) -> str | None:
    """Say what is wrong with the value of AI 8112 (positive offer), or None."""
    return _problem_of(value, _read_offer)


def _problem_of(value: str, read: Callable[[_Digits], None]) -> str | None:
    if not (value.isascii() and value.isdigit()):
        return "a coupon holds digits only"
    digits = _Digits(value)
    try:
        read(digits)
    except _Wrong as wrong:
        return str(wrong)
    return "the coupon has more digits than fields" if digits else None


def _read_offer(digits: _Digits) -> None:
    digits.one_of("01", "format")
    digits.counted(range(7), "funder", more=6)
    digits.take(6, "offer code")
    digits.counted(range(10), "serial number", more=6)


def _read_coupon(digits: _Digits) -> None:
    digits.counted(range(7), "company prefix", more=6)
    digits.take(6, "offer code")
    digits.counted(range(1, 6), "save value")
    _take_purchase(digits)
    last, said = 0, dict[int, str]()
    while digits:
        field = int(digits.take(1, "field"))
        if field not in _FIELDS or field <= last:
            raise _Wrong(f"the coupon's field {field} is unknown or out of order")
        last = field
        said[field] = _FIELDS[field](digits)
    if _STARTS in said and _EXPIRES in said and is_before(said[_EXPIRES], said[_STARTS]):
        raise _Wrong("the coupon expires before it starts")


def _take_purchase(digits: _Digits) -> str:
    digits.counted(range(1, 6), "purchase requirement")
    digits.one_of(_REQUIREMENT_CODES, "purchase requirement code")
    return digits.take(3, "purchase family code")


def _take_other_purchase(digits: _Digits) -> str:
    _take_purchase(digits)
    return digits.counted(range(7), "other company prefix", more=6, none=_NO_PREFIX)


def _take_second_purchase(digits: _Digits) -> str:
    digits.one_of("0123", "rule of more purchases")
    return _take_other_purchase(digits)


def _take_rest(digits: _Digits) -> str:
    digits.one_of("01256", "save value code")
    digits.one_of("012", "item that the value applies to")
    digits.take(1, "store coupon flag")
    return digits.one_of("01", "do-not-multiply flag")


_EXPIRES, _STARTS = 3, 4
_FIELDS: dict[int, Callable[[_Digits], str]] = {
    1: _take_second_purchase,
    2: _take_other_purchase,
    _EXPIRES: lambda digits: digits.date("expiration date"),
    _STARTS: lambda digits: digits.date("start date"),
    5: lambda digits: digits.counted(range(10), "serial number", more=6),
    6: lambda digits: digits.counted(range(1, 8), "retailer", more=6),
    9: _take_rest,
}
