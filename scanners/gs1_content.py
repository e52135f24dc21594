"""What the value of one GS1 element must hold beyond its characters and length.

The pattern of each application identifier comes from biip's table; biip does not look at check digits of all keys,
real dates and hours, countries, currencies, pieces of a total. Each check here takes the value and answers what is
wrong with it, in words for the person at the screen, or None.
Source: GS1 General Specifications, sections 3 and 7; R-A6, R-A8.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from stdnum import iban

from scanners.gs1_codes import COUNTRY_LETTERS, COUNTRY_NUMBERS, CURRENCY_NUMBERS, PACKAGE_TYPES
from scanners.gs1_coupon import find_coupon_problem, find_offer_problem
from scanners.gs1_dates import is_before, is_date

Check = Callable[[str], str | None]

_MIXED_COUNTRIES = "999"  # meat cut from animals of several countries
_NO_TIME = "9999"  # delivery windows may leave the hour open
_CHARACTERS = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"  # the 82, in order
_CHECK_CHARACTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)
_LATITUDE_END, _LONGITUDE_END = 180 * 10**7, 360 * 10**7  # both are sent shifted to be positive, in 1e-7 degrees


def has_check_digit(digits: str) -> bool:
    """Tell whether the last of the ASCII `digits` is the GS1 check digit (weights 3, 1 from the right) of the rest."""
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return len(digits) > 1 and weighted % 10 == 0


def check_characters(text: str) -> str:
    """Give the pair that ends a GMN or a Master UDI-DI: at most 23 of the 82 characters, weighted by primes.

    Source: GS1 General Specifications, 7.9.5.
    """
    total = sum(_CHARACTERS.index(char) * prime for char, prime in zip(reversed(text), _PRIMES, strict=False)) % 1021
    return _CHECK_CHARACTERS[total >> 5] + _CHECK_CHARACTERS[total & 31]


def _is_hour(text: str) -> bool:
    return text[:2] < "24" and text[2:4] < "60"


def _check_digit(length: int) -> Check:
    return lambda value: None if has_check_digit(value[:length]) else "wrong check digit"


def _date(*, day_00: bool) -> Check:
    return lambda value: None if is_date(value[:6], day_00=day_00) else f"{value[:6]} is not a date (YYMMDD)"


def _hour(*, open_allowed: bool) -> Check:
    def check(value: str) -> str | None:
        hour = value[6:10]
        fits = not hour or _is_hour(hour) or (open_allowed and hour == _NO_TIME)
        return None if fits else f"{hour} is not a time (HHMM)"

    return check


def _date_range(value: str) -> str | None:
    if len(value) == 6:
        return None
    if not is_date(value[6:], day_00=False):
        return f"{value[6:]} is not a date (YYMMDD)"
    return "the range ends before it begins" if is_before(value[6:], value[:6]) else None


def _long_date(value: str) -> str | None:
    year, month, day = int(value[:4]), int(value[4:6]), int(value[6:8])
    if year >= 1 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return f"{value[:8]} is not a date (YYYYMMDD)"


def _countries(value: str) -> str | None:
    unknown = [value[i : i + 3] for i in range(0, len(value), 3) if value[i : i + 3] not in COUNTRY_NUMBERS]
    return f"{unknown[0]} is not a country number (ISO 3166)" if unknown else None


def _country_letters(value: str) -> str | None:
    return None if value in COUNTRY_LETTERS else f"{value} is not a country (ISO 3166)"


def _processor_country(value: str) -> str | None:
    return None if value[:3] == _MIXED_COUNTRIES else _countries(value[:3])


def _currency(value: str) -> str | None:
    return None if value[:3] in CURRENCY_NUMBERS else f"{value[:3]} is not a currency number (ISO 4217)"


def _piece_of_total(value: str) -> str | None:
    piece, total = int(value[14:16]), int(value[16:18])
    return None if 1 <= piece <= total else f"piece {piece} of {total} does not exist"


def _position(value: str) -> str | None:
    fits = int(value[:10]) <= _LATITUDE_END and int(value[10:]) <= _LONGITUDE_END
    return None if fits else "not a place on earth"


def _roll(value: str) -> str | None:
    if not all(int(part) for part in (value[:4], value[4:9], value[9:12])):
        return "a dimension of the roll is zero"
    return None if value[12] in "019" else "the winding direction is 0, 1 or 9"


def _medium(value: str) -> str | None:
    return None if 1 <= int(value) <= 10 or int(value) >= 80 else f"{value} is not a media type"


def _no_leading_zero(value: str) -> str | None:
    return "a leading zero is not allowed" if len(value) > 1 and value[0] == "0" else None


def _company_prefix(value: str) -> str | None:
    return None if re.match("[0-9]{4}", value) else "does not begin with a company prefix"


def _bank_account(value: str) -> str | None:
    return None if iban.is_valid(value) else "not a bank account number (IBAN)"


def _percent_encoding(value: str) -> str | None:
    return "a % is not followed by two hex digits" if re.search("%(?![0-9A-Fa-f]{2})", value) else None


def _check_pair(value: str) -> str | None:
    return None if value[-2:] == check_characters(value[:-2]) else "wrong check characters"


def _model_part(value: str) -> str | None:
    return "holds no letter or sign" if value.isdigit() else None


def _package_type(value: str) -> str | None:
    return None if value in PACKAGE_TYPES else f"{value} is not a package type (UN/ECE Recommendation 21)"


def _sex(value: str) -> str | None:
    return None if value in "0129" else f"{value} is not a code of ISO 5218"


def _position_in_birth(value: str) -> str | None:
    return None if "1" <= value[0] <= value[2] else f"child {value} does not exist"


def _importer(value: str) -> str | None:
    return None if re.fullmatch("[0-9A-Za-z_-]", value[3]) else "not an importer index"


# Pattern of the application identifier, and what its value must hold. Several lines may apply to one identifier.
_CHECKS: tuple[tuple[str, Check], ...] = (
    ("00|8017|8018", _check_digit(18)),
    ("402", _check_digit(17)),
    ("01|02|03|8003|8006|8026", _check_digit(14)),
    ("253|255|41[0-7]", _check_digit(13)),
    ("1[12356-7]|432[45]", _date(day_00=True)),
    ("4326|7003|7006|7007|7011|8008", _date(day_00=False)),
    ("432[45]", _hour(open_allowed=True)),
    ("7003|7011", _hour(open_allowed=False)),
    ("7007", _date_range),
    ("725[01]", _long_date),
    ("42[2-6]", _countries),
    ("421", lambda value: _countries(value[:3])),
    ("4307|4317", _country_letters),
    ("703[0-9]", _processor_country),
    ("39[13][0-9]", _currency),
    ("8006|8026", _piece_of_total),
    ("4309", _position),
    ("8001", _roll),
    ("7241", _medium),
    ("8011", _no_leading_zero),
    ("401|7023|8004|801[034]", _company_prefix),
    ("8007", _bank_account),
    ("43[01][0-6]|4320|725[34679]", _percent_encoding),
    ("7040", _importer),
    ("7041", _package_type),
    ("7251", lambda value: None if _is_hour(value[8:]) else f"{value[8:]} is not a time (HHMM)"),
    ("7252", _sex),
    ("7258", _position_in_birth),
    ("801[34]", _check_pair),
    ("8014", _model_part),
    ("8110", find_coupon_problem),
    ("8112", find_offer_problem),
)


@lru_cache(maxsize=1024)
def _checks_of(ai: str) -> tuple[Check, ...]:
    return tuple(check for pattern, check in _CHECKS if re.fullmatch(pattern, ai))


def _problems(ai: str, value: str) -> Iterator[str]:
    for check in _checks_of(ai):
        problem = check(value)
        if problem:
            yield problem


def find_problem(ai: str, value: str) -> str | None:
    """Say what is wrong with a value that already has the characters and length of its AI, or None."""
    return next(_problems(ai, value), None)
