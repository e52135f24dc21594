"""Why a label cannot be drawn: one error for the whole package, with the field and the character as facts.

A label that cannot say the whole truth is not printed: no cut batch number, no box instead of a character.
Source: 4.5.5, 4.5.1.
"""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """What is wrong with the field."""

    TOO_LONG = "too-long"  # does not fit its place at 6 pt and may not be shortened
    MISSING_GLYPH = "missing-glyph"  # neither label font has the character
    CONTROL_CHARACTER = "control-character"  # also direction marks and line separators
    UNREADABLE_CODE = "unreadable-code"  # the symbol made of it does not read back as it
    OFF_THE_LABEL = "off-the-label"  # the printer's offset moves it over the label's edge
    INVALID = "invalid"  # wrong type, unknown field, unknown status, wrong check character


@dataclass(eq=False, kw_only=True)
class LabelRefused(Exception):
    """A label is not drawn. `character` is the one at fault, or empty; `detail` is for a log, never for parsing."""

    field: str
    reason: Reason
    character: str = ""
    detail: str = ""

    def __str__(self) -> str:
        """Name the field, the reason and the character with its code point."""
        named = f" {self.character!r} (U+{ord(self.character):04X})" if self.character else ""
        detail = f": {self.detail}" if self.detail else ""
        return f"{self.field}: {self.reason}{named}{detail}"
