"""What a person typed in a form, as the value a route takes; what is none stays as typed and the route says so."""

from datetime import date

from warehouse.rules.refusals import InvalidInput


def whole_number(text: str | None) -> int | str | None:
    """Give a typed whole number."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else text


def millimetres_text(text: str | None, *, empty: str = "0") -> str:
    """Give a typed length as the API takes it: a point for a comma, no plus sign, no blanks; `empty` for nothing."""
    return (text or "").strip().replace(",", ".").replace("−", "-").removeprefix("+") or empty


def corrected(measured: str, *, expected: float, moved: float) -> str:
    """Give the offset that brings what was `measured` to where it was `expected`; what is no length as typed."""
    try:
        return f"{round(moved + expected - float(measured), 2):g}"
    except ValueError:
        return measured


def day(text: str | None, field_name: str) -> date:
    """Give a typed day. Raises InvalidInput for what is none."""
    try:
        return date.fromisoformat(text or "")
    except ValueError as error:
        raise InvalidInput(field=field_name, reason="missing" if not text else "not-a-date") from error
