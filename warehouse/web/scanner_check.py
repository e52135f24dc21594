"""What three printed codes tell of a keyboard scanner: its layout and case, its end key, and the GS1 separator.

A scanner set for another keyboard types wrong codes silently; here it says so before goods are scanned with it.
"""

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

GS = "\x1d"
_ALIKE = 0.5  # share of letters in order from which a read is taken for one of the three codes
_IDENTIFIER = re.compile(r"^\][A-Za-z][0-9]")


@dataclass(frozen=True, kw_only=True)
class PrintedCode:
    """One printed code: how it is drawn, and what a well-set scanner types for it."""

    symbology: str
    content: str
    typed: str


CODES = (
    PrintedCode(symbology="code128", content="YZ-yz_019", typed="YZ-yz_019"),
    PrintedCode(symbology="code128", content="END-OF-SCAN", typed="END-OF-SCAN"),
    PrintedCode(symbology="gs1-128", content="[10]AB12[17]271231", typed=f"10AB12{GS}17271231"),
)


def diagnose(read: str) -> tuple[int, str]:
    """Give which of the three codes was read, from 1, or 0, and what it shows: good, or the name of the fault."""
    text = _IDENTIFIER.sub("", read)
    folded = unicodedata.normalize("NFKC", text)
    number = max(range(len(CODES)), key=lambda index: _likeness(folded, CODES[index].typed))
    expected = CODES[number].typed
    if _likeness(folded, expected) < _ALIKE:
        return 0, "other"
    return number + 1, _fault(text, folded, expected)


def _likeness(text: str, expected: str) -> float:
    return SequenceMatcher(None, text.lower(), expected.lower(), autojunk=False).ratio()


def _fault(text: str, folded: str, expected: str) -> str:
    if text == expected:
        return "good"
    if folded == expected:
        return "wide"
    if folded.replace(GS, "") == expected.replace(GS, ""):
        return "no-gs"
    if folded.lower() == expected.lower():
        return "case"
    return "extra" if expected in folded or expected.replace(GS, "") in folded else "layout"
