"""Dates as GS1 writes them: YYMMDD, whose century depends on the year it is read in.

Source: GS1 General Specifications, 3.4.6 and 7.12; R-A6.
"""

import calendar
import re


def is_date(text: str, *, day_00: bool) -> bool:
    """Tell whether YYMMDD is a day of the calendar; `day_00` allows day 00, the last of the month.

    The century does not matter: of the years GS1 can mean, each that ends in a multiple of 4 is a leap year.
    """
    if not re.fullmatch("[0-9]{6}", text):
        return False
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    return 1 <= month <= 12 and (0 if day_00 else 1) <= day <= calendar.monthrange(2000 + year, month)[1]


def is_before(one: str, other: str) -> bool:
    """Tell whether a date YYMMDD lies before another, whichever century is meant: 991231 is before 000101."""
    years = (int(other[:2]) - int(one[:2]) + 50) % 100 - 50
    return years > 0 or (years == 0 and one[2:] < other[2:])
