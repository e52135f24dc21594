"""The bodies of requests: their shapes, and the strict reading that names the member that is wrong (U8, U11..U13).

The standard library's parser sees duplicate keys, NaN and depth, msgspec then checks the shape: unknown members and
numbers in place of text are refused, so that nothing is ignored and no quantity is a float.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from zoneinfo import available_timezones

import msgspec
from flask import request
from msgspec import Meta, Struct
from peewee import IntegerField

from warehouse.rules.receiving import check_name
from warehouse.rules.refusals import InvalidInput
from warehouse.settings import DEEPEST_JSON, LARGEST_PAGE

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Code = Annotated[str, Meta(min_length=1, max_length=128)]
Note = Annotated[str, Meta(max_length=2000)]
_QUANTITY = r"^[0-9]{1,13}(\.[0-9]{1,12})?$"
Quantity = Annotated[str, Meta(pattern=_QUANTITY, description="ASCII decimal with the item's decimals")]

Millimetres = Annotated[str, Meta(pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,2})?$", description="a length in mm, as text")]

LONGEST_ID = 9  # digits: a row's number that a page begins behind
LONGEST_NUMBER = 40  # digits: beyond some thousand the library itself would refuse
LARGEST_INTEGER = 2**53 - 1  # the last whole number every JSON reader keeps exact

_NO_QUANTITY = f"Expected `str` matching regex {_QUANTITY!r}"
_REASONS = {
    "Expected `str`, got `int`": "not-text",
    "Expected `str` of length >= 1": "empty",
    "Invalid RFC3339 encoded date": "not-a-date",
    "Invalid RFC3339 encoded datetime": "no RFC 3339 time",
}
_PATH = re.compile(r" - at `\$\.?([^`]*)`")
_FIELD = re.compile(r"(?:unknown|required) field `([^`]+)`")


class Body(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """Base of every request body: unknown members are refused, not ignored."""


class ScanBody(Body, kw_only=True, frozen=True):
    """What every path that ends in /scans, and /transfers, also takes."""

    done_at: datetime | None = None
    device: Annotated[str, Meta(max_length=100)] = ""
    sequence: Annotated[int, Meta(ge=0, le=LARGEST_INTEGER)] | None = None
    confirmed: bool = False


class SiteOnly(Body, kw_only=True, frozen=True):
    """Nothing but the site, for people who work for all."""

    site: Text | None = None


Shape = TypeVar("Shape")
Fact = TypeVar("Fact", bound="DataclassInstance")


def read(raw: bytes, shape: type[Shape], *, strict: bool = True) -> tuple[Shape, Any]:
    """Read a JSON body of a shape; gives it and the plain JSON for the fingerprint. Raises InvalidInput.

    Not `strict` is for the fields of a form, where a number or "true" comes as text.
    """
    plain = parse(raw)
    try:
        return msgspec.convert(plain, shape, strict=strict), plain
    except msgspec.ValidationError as error:
        raise InvalidInput(field=_field_of(str(error)), reason=_reason_of(str(error))) from error


def parse(raw: bytes) -> Any:
    """Parse strict JSON: UTF-8, no duplicate members, no NaN, bounded depth, no hidden characters. InvalidInput."""
    try:
        plain = _STRICT.decode(raw.decode("utf-8") or "{}")
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidInput(field="body", reason=f"no JSON: {error}") from error
    except RecursionError as error:
        raise InvalidInput(field="body", reason="too deep") from error
    _check_text(plain, "", 0)
    return plain


def check_address(values: Mapping[str, Any]) -> None:
    """Refuse hidden characters, "." and ".." in what a path or its query names. Raises InvalidInput.

    PostgreSQL keeps no NUL, and none of our numbers holds any of these.
    """
    for name, value in values.items():
        check_name(str(value), field=name)
        _check_text(str(value), name, 0)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        raise InvalidInput(field=next(name for name in names if names.count(name) > 1), reason="twice")
    return members


@dataclass(frozen=True)
class _NoNumber:
    """Stands where a number was that is none of ours, until it is known which member that is."""

    reason: str

    @classmethod
    def constant(cls, word: str) -> "_NoNumber":
        return cls(f"{word} is no number here")

    @classmethod
    def whole(cls, text: str) -> "int | _NoNumber":
        return int(text) if len(text) <= LONGEST_NUMBER else cls("too-large")

    @classmethod
    def fraction(cls, text: str) -> "_NoNumber":
        return cls(f"write {text[:20]} as a string: quantities are decimal strings")


_STRICT = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_NoNumber.constant, parse_float=_NoNumber.fraction,
    parse_int=_NoNumber.whole,
)  # fmt: skip


def _check_text(value: Any, path: str, depth: int) -> None:
    """Refuse control, direction and surrogate characters in any text but the group separator of a scanned code.

    Refuses fractions, NaN and too much depth with them, because here the member's name is known.
    """
    if isinstance(value, _NoNumber):
        raise InvalidInput(field=path or "body", reason=value.reason)
    if depth > DEEPEST_JSON:
        raise InvalidInput(field=path.split(".")[0] or "body", reason="too deep")
    if isinstance(value, dict):
        for name, member in value.items():
            _check_text(name, path, depth + 1)
            _check_text(member, f"{path}.{name}".lstrip("."), depth + 1)
    elif isinstance(value, list):
        for member in value:
            _check_text(member, path, depth + 1)
    elif isinstance(value, str) and not (value.isascii() and value.isprintable()):  # a photo has millions of plain ones
        for character in value:
            if unicodedata.category(character) in ("Cc", "Cf", "Cs") and not _is_allowed(character, path):
                raise InvalidInput(field=path or "body", reason=f"hidden character U+{ord(character):04X}")


def _is_allowed(character: str, path: str) -> bool:
    return (character == "\x1d" and path == "code") or (character in "\n\r\t" and path in ("reason", "note"))


def _reason_of(message: str) -> str:
    """Give the reason that has a sentence of its own for the mistakes people make, else the reader's own words."""
    said = message.split(" - at ")[0]
    if said == _NO_QUANTITY:
        return "not-a-quantity"
    return _REASONS.get(said, said)


def _field_of(message: str) -> str:
    if found := _FIELD.search(message):
        return found.group(1)
    found = _PATH.search(message)
    return (found.group(1) if found else "") or "body"


def day(value: date | None) -> str | None:
    """Write a day as the interface does, or null."""
    return None if value is None else value.isoformat()


def limit() -> int:
    """Give how many entries of a list were asked for. Raises InvalidInput."""
    text = request.args.get("limit", "100")
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= LARGEST_PAGE:
        raise InvalidInput(field="limit", reason=f"not 1 to {LARGEST_PAGE}")
    return int(text)


def page(query: Any, key: Any, show: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Give one page of a query by a unique key: `{"items": […], "next": …}`. Raises InvalidInput."""
    most, after = limit(), request.args.get("after") or None
    if after is not None:
        # PostgreSQL compares no number with a text, nor with one beyond its own.
        if isinstance(key, IntegerField) and not (after.isascii() and after.isdigit() and len(after) <= LONGEST_ID):
            raise InvalidInput(field="after", reason="not-a-number")
        query = query.where(key > after)
    found = list(query.order_by(key).limit(most + 1))
    more = len(found) > most
    found = found[:most]
    return {"items": [show(row) for row in found], "next": str(getattr(found[-1], key.name)) if more else None}


def short_page(found: Sequence[Mapping[str, Any]], *names: str) -> dict[str, Any]:
    """Give one page of a list that is whole in hand; an entry's `names` together tell it apart. Raises InvalidInput."""
    most, after = limit(), request.args.get("after")
    keys = ["/".join(str(each[name] or "") for name in names) for each in found]
    if after is not None and after not in keys:
        raise InvalidInput(field="after", reason="unknown")
    begin = 0 if after is None else keys.index(after) + 1
    more = len(found) > begin + most
    return {"items": list(found[begin : begin + most]), "next": keys[begin + most - 1] if more else None}


def digests(*, but: str) -> dict[str, str]:
    """Give the digest of each file of a form `but` one: another file sent with the same form is another request."""
    found = {}
    for name, file in request.files.items():
        if name != but:
            file.stream.seek(0)
            found[name] = hashlib.sha256(file.stream.read()).hexdigest()
            file.stream.seek(0)
    return found


def check_time_zone(name: str) -> None:
    """Raises InvalidInput when there is no such time zone."""
    if name not in available_timezones():
        raise InvalidInput(field="time_zone", reason="unknown")


def take(sent: Any, shape: type[Fact], **instead: Any) -> Fact:
    """Give the members of a body that a flow's dataclass also has, some of them replaced."""
    found = {name: getattr(sent, name) for name in _shared(sent.__class__, shape)}
    return shape(**{**found, **instead})


@cache
def _shared(sent: type[Any], shape: type[Any]) -> list[str]:
    """Give the members that a body and a dataclass both have."""
    return [field.name for field in fields(shape) if hasattr(sent, field.name)]


def plain(value: Any) -> Any:
    """Give a dataclass or body as JSON values, None as null."""
    if value is None:
        return None
    return msgspec.to_builtins(value, enc_hook=str)
