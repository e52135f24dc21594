"""Why a member of a request is not taken, in the caller's words: the reasons that carry a figure or a word.

The answer's `reason` stays as programs know it; its sentence says the same in the caller's language (P14, W3).
"""

import re
from re import Pattern

from warehouse.web import language

# What a reason looks like, its sentence's key, and the names of what it carries. The first that fits tells.
FAMILIES: tuple[tuple[Pattern[str], str], ...] = tuple(
    (re.compile(pattern), f"reason.{key}")
    for pattern, key in (
        (r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>[^`]+)`", "type"),
        (r"Expected `str` of length >= (?P<least>\d+)", "too-short"),
        (r"shorter than (?P<least>\d+)", "too-short"),
        (r"Expected `str` of length <= (?P<most>\d+)", "too-long"),
        (r"(a cell )?longer than (?P<most>\d+)", "too-long"),
        (r"Expected `(array|object)` of length >= (?P<least>\d+)", "too-few"),
        (r"Expected `(array|object)` of length <= (?P<most>\d+)", "too-many"),
        (r"more than (?P<most>\d+) (rows|columns)", "too-many"),
        (r"Expected `(int|float)` >= (?P<least>-?\d+)", "too-small"),
        (r"Expected `(int|float)` <= (?P<most>-?\d+)", "too-large"),
        (r"not (?P<least>-?\d+) to (?P<most>-?\d+)$", "between"),
        (r"not (?P<least>\d+) to (?P<most>\d+) printable characters", "printable"),
        (r"more than (?P<most>\d+) bytes", "bytes"),
        (r"Expected `str` matching regex", "form"),
        (r"Object contains unknown field", "unknown-member"),
        (r"Object missing required field", "missing"),
        (r"Invalid enum value '?(?P<word>.+?)'?$", "no-such-word"),
        (r"unknown: (?P<word>.+)", "no-such-word"),
        (r"Invalid RFC3339 encoded date$", "no-date"),
        (r"Invalid RFC3339 encoded datetime", "no-time"),
        (r"only (?P<words>.+)", "only"),
        (r"hidden character (?P<character>U\+[0-9A-F]+)", "hidden"),
        (r"no JSON: ", "no-json"),
        (r"(?P<word>-?(NaN|Infinity)) is no number here", "no-number"),
        (r"write (?P<word>\S+) as a string", "as-text"),
        (r"not application/json", "not-json"),
        (r"(?P<act>inspection|disposition|return|rework|repair|scrap) (?P<number>\S+)$", "act"),
    )
)


def in_words(reason: str) -> str:
    """Say a reason in the caller's language; one that nothing is known of is given as it is."""
    for pattern, key in FAMILIES:
        if found := pattern.match(reason):
            return language.say(key) % {name: _said(name, value) for name, value in found.groupdict().items()}
    return language.word("void", reason)


def _said(name: str, value: str) -> str:
    """Say the name of a JSON type, or of an act, in the caller's word."""
    if name == "act":
        return language.word("kind", value)
    if name not in ("wanted", "got"):
        return value
    return " / ".join(language.word("json", each) for each in value.split(" | ") if name == "got" or each != "null")
