"""What a person typed in a form, as the value a route takes; what is none stays as typed and the route says so."""

import re
import unicodedata
from datetime import date, datetime
from zoneinfo import ZoneInfo

from warehouse.rules.quantity import plain_decimal
from warehouse.rules.refusals import InvalidInput


def whole_number(text: str | None) -> int | str | None:
    """Give a typed whole number."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else text


def decimal_text(text: str) -> str:
    """Give a typed quantity as the API takes it: full-width digits are digits, a comma groups thousands (R-C17)."""
    try:
        return plain_decimal(text)
    except InvalidInput:
        return text


def millimetres_text(text: str | None, *, empty: str = "0") -> str:
    """Give a typed length as the API takes it: a point for a comma, no plus sign, no blanks; `empty` for nothing."""
    return (text or "").strip().replace(",", ".").replace("−", "-").removeprefix("+") or empty


def corrected(measured: str, *, expected: float, moved: float) -> str:
    """Give the offset that brings what was `measured` to where it was `expected`; what is no length as typed."""
    try:
        return f"{round(moved + expected - float(measured), 2):g}"
    except ValueError:
        return measured


# Year first, whatever stands between; of six digits, as labels print them, the year is of this century.
_DAY = re.compile(r"(\d{4})(?:[-./年](\d{1,2})[-./月](\d{1,2})日?|(\d{2})(\d{2}))|(\d{2})(\d{2})(\d{2})")
_END_OF_DAY = "23:59:59"


def iso_day(text: str) -> str:
    """Give a typed day as YYYY-MM-DD: 20260412, 2026-4-12, 2026年4月12日, 260412. What is none stays as typed."""
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return text
    year, month, day = (part for part in found.groups() if part)
    return f"{year:0>4}-{month:0>2}-{day:0>2}" if len(year) == 4 else f"20{year}-{month}-{day}"


def iso_moment(text: str) -> str:
    """Give a typed day and time as ISO; a day alone means all of it."""
    day, _, time = text.strip().replace("T", " ").partition(" ")
    hour, _, rest = (time.strip() or _END_OF_DAY).partition(":")
    return f"{iso_day(day)}T{hour:0>2}:{rest}" if day else ""


def site_moment(text: str | None, *, time_zone: str) -> str | None:
    """Give a typed day and time of the site with its offset, a day alone at noon; what is none stays as typed."""
    try:
        said = datetime.fromisoformat(iso_moment(text if ":" in text else f"{text} 12:00") if text else "")
    except ValueError:
        return text
    return said.replace(tzinfo=ZoneInfo(time_zone)).isoformat()


def day(text: str | None, field_name: str) -> date:
    """Give a typed day. Raises InvalidInput for what is none."""
    try:
        return date.fromisoformat(text or "")
    except ValueError as error:
        raise InvalidInput(field=field_name, reason="missing" if not text else "not-a-date") from error
