"""GS1 element strings for our codes: SSCC numbers, and the pairs of an item that has a GTIN.

What no writer of symbols checks is checked here: check digits, dates, lengths and the characters allowed. The form is
`[01]…[10]…`, which the writer of symbols takes. Source: 4.5.1; R-D5.
"""

import re
from datetime import date

from stdnum import ean
from stdnum.exceptions import ValidationError

from labels.refused import LabelRefused, Reason

# The 82 characters a batch or serial number may have (GS1 General Specifications, figure 7.11-1), at most 20 of them.
_SET_82 = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}")
_FIXED = ("00", "01", "02", "11", "13", "15", "17", "20")  # of the AIs we write: these need no separator after them
_PAIR = re.compile(r"\[(\d{2,4})\]([^\[]+)")


def make_sscc(prefix: str, serial: int, *, extension: int = 0) -> str:
    """Give the 18 digits that name a logistic unit: extension, company prefix, serial, check digit.

    `prefix` is the company's GS1 prefix of 4 to 12 digits. A serial may not come again within a year, which the
    caller's book keeps. ValueError where the serial does not fit. Source: R-D5.
    """
    if not re.fullmatch(r"\d{4,12}", prefix) or not 0 <= extension <= 9:
        raise ValueError(f"GS1 prefix {prefix!r}, extension {extension}")
    room = 16 - len(prefix)
    if not 0 <= serial < 10**room:
        raise ValueError(f"serial {serial} has more than {room} digits")
    body = f"{extension}{prefix}{serial:0{room}d}"
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """Give the check digit of a GTIN's or SSCC's other digits, weights 3 and 1 from the right."""
    return str(-sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(body))) % 10)


def check_sscc(sscc: str) -> str:
    """Refuse (invalid) what is no SSCC or has a wrong check digit; else give it. Source: R-D5."""
    if not re.fullmatch(r"[0-9]{18}", sscc) or check_digit(sscc[:-1]) != sscc[-1]:
        raise LabelRefused(field="sscc", reason=Reason.INVALID, detail=sscc)
    return sscc


def check_gtin(gtin: str) -> str:
    """Refuse (invalid) what is no GTIN or has a wrong check digit; else give its 14 digits."""
    try:
        return str(ean.validate(gtin)).zfill(14)
    except ValidationError as error:
        raise LabelRefused(field="gtin", reason=Reason.INVALID, detail=gtin) from error


def sscc_code(sscc: str) -> str:
    """Give the code of a logistic unit."""
    return f"[00]{check_sscc(sscc)}"


def item_code(
    *, gtin: str, batch_no: str, produced_on: date | None, expiry_date: date | None, label_no: str
) -> str | None:
    """Give the code of goods with a GTIN: item, dates, batch and, as serial, the paper's own number.

    None where the batch number is longer than 20 characters or has one that GS1 does not allow: such goods take the
    label number alone, whole. The dates go first: they have fixed lengths, so only one separator is needed.
    """
    if not _SET_82.fullmatch(batch_no):
        return None
    dates = (("11", produced_on), ("17", expiry_date))
    said = "".join(f"[{identifier}]{day:%y%m%d}" for identifier, day in dates if day is not None)
    return f"[01]{check_gtin(gtin)}{said}[10]{batch_no}[21]{label_no}"


def separated(code: str) -> str:
    """Write a bracketed code for GS1-128: FNC1 before it and after each AI of open length but the last."""
    pairs = _PAIR.findall(code)
    last = len(pairs) - 1
    return "".join(
        f"{identifier}{value}{'' if identifier in _FIXED or number == last else FNC1}"
        for number, (identifier, value) in enumerate(pairs)
    )


FNC1 = "\xf1"  # as python-barcode writes it
