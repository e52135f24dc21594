"""What a person typed in a form, as the value a route takes; what is none stays as typed and the route says so."""

from datetime import date

from warehouse.rules.refusals import InvalidInput


def whole_number(text: str | None) -> int | str | None:
    """Give a typed whole number."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else text


def millimetres(text: str | None) -> float | str:
    """Give a typed length; nothing typed is 0."""
    try:
        return float(text or "0")
    except ValueError:
        return text or ""


def day(text: str | None, field_name: str) -> date:
    """Give a typed day. Raises InvalidInput for what is none."""
    try:
        return date.fromisoformat(text or "")
    except ValueError as error:
        raise InvalidInput(field=field_name, reason="missing" if not text else "not-a-date") from error
