"""GS1 element strings: the text of a code -> application identifiers and their values, or the reason why not.

Symbol level only: syntax, content, forbidden pairs, repeats. What a whole label must carry is `find_label_problem`.
A text is right as a whole or gives no element at all. biip knows the application identifiers and their patterns;
its parser is not used, because it lets a missing separator pass.
Source: GS1 General Specifications, sections 3, 4.14 and 7.8; R-A6, R-A7, R-A8.
"""

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from biip import ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier

from scanners import gs1_content, gs1_dates, gs1_link, gs1_pairs

SEPARATOR = "\x1d"
GS1_IDENTIFIERS = ("]C1", "]d2", "]Q3", "]e0")

_OTHER_MESSAGES = "[)>"  # ISO/IEC 15434: suppliers' data identifiers, which use the same separator
_LONGEST_TEXT = 4096  # more than the largest DataMatrix or QR Code can hold of GS1 data
_LONGEST_AI = 4
_IDENTIFIER = re.compile(r"\][A-Za-z][0-9A-Za-z]")  # ISO/IEC 15424
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)")
_DATE_AIS = ("11", "13", "15", "16", "17")
_TAIL = re.compile(rf"(.+)({'|'.join(_DATE_AIS)})([0-9]{{6}})", re.DOTALL)

Element = tuple[str, str]


class _Refused(Exception):
    """Why a text is no GS1 message; never leaves this module."""


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A text as read and its elements in their order; without a problem or without an element, never both."""

    input: str
    elements: tuple[Element, ...]
    problem: str | None

    @property
    def valid(self) -> bool:
        return self.problem is None


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """What biip's table says of one application identifier. `length` is 0 when a separator ends the value."""

    ai: str
    length: int
    pattern: re.Pattern[str]


@lru_cache(maxsize=4096)
def _kind(head: str) -> _Kind | None:
    """Find the application identifier at the start of up to four ASCII characters; none is the start of another."""
    try:
        found = GS1ApplicationIdentifier.extract(head)
    except ParseError:
        return None
    pattern = re.compile(found.pattern, re.ASCII)  # full-width digits are none
    if found.separator_required:
        return _Kind(ai=found.ai, length=0, pattern=pattern)
    length = int(found.format.rpartition("N")[2])  # predefined lengths are all "N2+N14": digits only
    return _Kind(ai=found.ai, length=length, pattern=pattern)


def strip_identifier(text: str) -> tuple[str | None, str]:
    """Split a leading symbology identifier (`]C1`), which the reader sends and the code does not hold, off the data."""
    if _IDENTIFIER.match(text):
        return text[:3], text[3:]
    return None, text


def parse(text: str) -> Parsed:
    """Parse and check one GS1 symbol's text: raw with separators, after a symbology identifier, bracketed, or a link.

    Never raises. To the parser `10AB1217260630` is one valid lot (R-A7); `ambiguous_tail` tells of the doubt.
    """
    try:
        elements = tuple(_read(text))
        problem = gs1_pairs.find_conflict(elements)
    except _Refused as refused:
        elements, problem = (), str(refused)
    return Parsed(input=text, elements=() if problem else elements, problem=problem)


def _read(text: str) -> list[Element]:
    if len(text) > _LONGEST_TEXT:
        raise _Refused(f"longer than {_LONGEST_TEXT} characters")
    identifier, data = strip_identifier(text)
    if gs1_link.is_web_address(data):
        return _read_link(data)
    if identifier and identifier not in GS1_IDENTIFIERS:
        raise _Refused(f"the reader says {identifier}: not a GS1 symbol")
    if _BRACKETED.match(data):
        return _read_bracketed(data)
    return _read_raw(data.removeprefix(SEPARATOR))  # some readers send the leading FNC1 as a separator too


def _read_raw(data: str) -> list[Element]:
    elements: list[Element] = []
    while data:
        kind = _known(data[:_LONGEST_AI])
        data = data[len(kind.ai) :]
        length = kind.length or len(data.partition(SEPARATOR)[0])
        value, data = data[:length], data[length:]
        elements.append((kind.ai, _checked(kind, value)))
        data = data.removeprefix(SEPARATOR)
    if not elements:
        raise _Refused("empty")
    return elements


def _read_bracketed(data: str) -> list[Element]:
    r"""Read `(01)…(10)…`; a bracket inside a value is written `\(`, blanks around values are print, not data."""
    elements: list[Element] = []
    while data:
        head = _BRACKETED.match(data)
        if not head:
            raise _Refused(r"an opening bracket inside a value is written \(")
        kind = _known(head[1])
        if kind.ai != head[1]:
            raise _Refused(f"({head[1]}) is not an application identifier")
        end = re.search(r"(?<!\\)\(|$", data[head.end() :])
        assert end is not None
        written = data[head.end() : head.end() + end.start()]
        value = written.strip(" ").replace(r"\(", "(").replace(r"\)", ")")
        elements.append((kind.ai, _checked(kind, value.removesuffix(SEPARATOR))))
        data = data[head.end() + end.start() :]
    return elements


def _read_link(data: str) -> list[Element]:
    """Read a Digital Link; its address is never visited."""
    link = gs1_link.split_link(data)
    if link is None:
        raise _Refused("a web address without GS1 elements")
    if misplaced := gs1_link.find_misplaced(link):
        raise _Refused(f"({misplaced}) stands after the question mark, where no such element belongs")
    for ai, value in link.elements:
        kind = _known(ai)
        if kind.ai != ai:
            raise _Refused(f"({ai}) is not an application identifier")
        _checked(kind, value)
    return link.elements


def _known(head: str) -> _Kind:
    kind = _kind(head)
    if kind is None:
        raise _Refused(f"no application identifier begins with {head!a}")
    return kind


def _checked(kind: _Kind, value: str) -> str:
    """Return a value that fits its AI; an empty one is refused even where biip's pattern allows it."""
    if not value or not kind.pattern.fullmatch(kind.ai + value):
        raise _Refused(f"({kind.ai}) cannot be {value!a}: wrong length or characters, or a separator is missing")
    problem = gs1_content.find_problem(kind.ai, value)
    if problem:
        raise _Refused(f"({kind.ai}) {value}: {problem}")
    return value


def is_link(text: str) -> bool:
    """Tell whether a text is a Digital Link: a web address with right GS1 elements."""
    return gs1_link.is_web_address(text) and parse(text).valid


def looks_like_gs1(text: str) -> bool:
    """Tell whether a scanned text of unknown origin is to be taken as GS1, right or wrong.

    A bare text is, when it begins with a GTIN or SSCC whose check digit is right and parses clean; an identifier
    of another symbology settles that it is not (`]C0` and digits is a plain Code 128).
    """
    identifier, data = strip_identifier(text)
    if gs1_link.is_web_address(data):
        return parse(data).valid
    if identifier:
        return identifier in GS1_IDENTIFIERS
    head = _BRACKETED.match(data)
    if head and _kind(head[1]):
        return True
    if SEPARATOR in data:
        return not data.startswith(_OTHER_MESSAGES)
    return data.startswith(("00", "01")) and parse(data).valid


def find_label_problem(symbols: Iterable[Parsed]) -> str | None:
    """Check the symbols of one label together: each clean, no contradiction, every required companion there."""
    parsed = list(symbols)
    problem = next((symbol.problem for symbol in parsed if symbol.problem), None)
    elements = [element for symbol in parsed for element in symbol.elements]
    return problem or gs1_pairs.find_conflict(elements) or gs1_pairs.find_missing(elements)


def encode(elements: Iterable[Element]) -> str:
    """Write elements as one symbol's data, separators where a following element needs them, without an identifier.

    Raises ValueError when the elements are not what GS1 allows on one symbol.
    """
    wanted = tuple(elements)
    parts: list[str] = []
    for ai, value in wanted:
        kind = _kind(ai)
        parts.append(ai + value + (SEPARATOR if kind is None or not kind.length else ""))
    text = "".join(parts).removesuffix(SEPARATOR)
    parsed = parse(text)
    if not parsed.valid or parsed.elements != wanted:
        raise ValueError(parsed.problem or "these elements do not read back as they were given")
    return text


def expiry_date(value: str, reference_year: int) -> date:
    """Turn YYMMDD into the date it means, seen from a year: day 00 is the last of the month.

    The century is that which lies at most 49 years before and 50 after `reference_year`. Raises ValueError.
    Source: GS1 General Specifications, 3.4.6 and 7.12; R-A6.
    """
    if not gs1_dates.is_date(value, day_00=True):
        raise ValueError(f"{value!a} is not a date (YYMMDD)")
    short, month, day = int(value[:2]), int(value[2:4]), int(value[4:])
    year = reference_year - reference_year % 100 + short
    if short - reference_year % 100 >= 51:
        year -= 100
    elif short - reference_year % 100 <= -50:
        year += 100
    return date(year, month, day or calendar.monthrange(year, month)[1])


def ambiguous_tail(parsed: Parsed) -> tuple[str, str, str] | None:
    """Tell whether a missing separator may hide a date in the last lot or serial number: (shorter value, AI, YYMMDD).

    `10AB1217260630` may be lot AB1217260630, or lot AB12 of a label whose separator was left out; with a separator
    at its end the value is certain. A reader that writes brackets guessed them from the same data. Source: R-A7.
    """
    if not parsed.elements or parsed.input.endswith(SEPARATOR) or gs1_link.is_web_address(parsed.input):
        return None
    ai, value = parsed.elements[-1]
    tail = _TAIL.fullmatch(value) if ai in ("10", "21") else None
    if tail is None or not gs1_dates.is_date(tail[3], day_00=True):
        return None
    return tail[1], tail[2], tail[3]
