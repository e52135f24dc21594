"""Put a text into a box: shrink to 6 pt, wrap, shorten with an ellipsis where the field may be shortened, else refuse.

Item numbers, batch numbers and codes are never shortened: a cut number is another number. On goods they are not broken
over two lines either; in a table, whose lines part one row from the next, a long one goes on below. A character the
fonts lack is refused by name, because a box on paper says nothing. Source: 4.5.1, 4.5.5.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from labels import typeface
from labels.drawing import MM_PER_POINT, GlyphRun
from labels.refused import LabelRefused, Reason

MIN_PT = 6.0
LINE = 1.15  # from baseline to baseline, in ems
ASCENT = 0.88  # from the top of the em to the baseline; the rest is below it
ELLIPSIS = "…"
_CHARACTERS_AN_EM = 5  # at most: the narrowest letter is wider than a fifth
_PIECES = re.compile(r"[^\s\u2e80-\uffef]+\s*|.")  # a Latin word with its blanks, or one Chinese character


class Fit(StrEnum):
    """What may be done to a text that does not fit at its full size."""

    KEEP = "keep"  # one line, shrunk
    FOLD = "fold"  # one line, shrunk; where that is not enough, whole in several
    WORDS = "words"  # the same, broken between words only: of a quantity no digit stands apart
    WRAP = "wrap"  # shrunk and wrapped, whole
    SHORTEN = "shorten"  # shrunk, wrapped, then cut with an ellipsis


@dataclass(frozen=True, kw_only=True)
class Box:
    """Where a text goes, in dots; `size` is the full em height."""

    x: float
    y: float
    width: float
    height: float
    size: float
    bold: bool
    align: str = "left"


def check_text(field: str, text: str) -> str:
    """Refuse control and direction characters, line separators and characters without a glyph; else give the text."""
    if found := _fault(text):
        reason, character = found
        raise LabelRefused(field=field, reason=reason, character=character)
    return text


@lru_cache(maxsize=2048)
def _fault(text: str) -> tuple[Reason, str] | None:
    """Give the first character that cannot stand on paper; texts repeat from label to label."""
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp"):
            return Reason.CONTROL_CHARACTER, character
        if not typeface.has(character, bold=False):
            return Reason.MISSING_GLYPH, character
    return None


def fit_text(field: str, text: str, box: Box, fit: Fit, *, dots_per_mm: float, ink: str) -> list[GlyphRun]:
    """Give the text's glyph runs inside the box, middle of its height; raises LabelRefused naming the field."""
    return list(_fitted(field, text, box, fit, dots_per_mm, ink))


@lru_cache(maxsize=2048)
def _fitted(field: str, text: str, box: Box, fit: Fit, dots_per_mm: float, ink: str) -> tuple[GlyphRun, ...]:
    """Fit once: captions, items and dates are the same on label after label."""
    check_text(field, text)
    least = MIN_PT * MM_PER_POINT * dots_per_mm
    size = max(least, min(box.size, box.height))
    wrap = fit in (Fit.WRAP, Fit.SHORTEN)
    lines = _lines(text, box, size, wrap=wrap)
    while not lines and size > least:
        size = max(least, 0.97 * size)
        lines = _lines(text, box, size, wrap=wrap)
    if not lines and (fit is Fit.FOLD or (fit is Fit.WORDS and _widest(text, bold=box.bold) * least <= box.width)):
        lines = _lines(text, box, least, wrap=True)
    if not lines and fit is Fit.SHORTEN:
        lines = _shortened(text, box, least)
    if not lines:
        raise LabelRefused(field=field, reason=Reason.TOO_LONG, detail=text)
    return tuple(_placed(lines, box, size, ink))


def _lines(text: str, box: Box, size: float, *, wrap: bool) -> list[str]:
    """Give the lines if the text fits the box at this size, else an empty list."""
    if not wrap:
        return [text] if typeface.width(text, bold=box.bold) * size <= box.width else []
    lines = _wrapped(text, box.width / size, bold=box.bold)
    return lines if len(lines) <= _room(box, size) else []


def _widest(text: str, *, bold: bool) -> float:
    """Give the width in ems of the widest piece that is never broken."""
    return max(typeface.width(piece.rstrip(), bold=bold) for piece in _PIECES.findall(text))


def _room(box: Box, size: float) -> int:
    """Lines of this size the box has height for; one always."""
    return max(1, int((box.height / size - 1) / LINE + 1e-6) + 1)


def _wrapped(text: str, ems: float, *, bold: bool) -> list[str]:
    """Break at blanks and between Chinese characters; a word wider than the line breaks anywhere."""
    lines, line = [], ""
    for piece in _PIECES.findall(text) or [""]:
        for part in [piece] if typeface.width(piece.rstrip(), bold=bold) <= ems else piece:
            if line and typeface.width((line + part).rstrip(), bold=bold) > ems:
                lines.append(line.rstrip())
                line = ""
            line += part
    return [*lines, line.rstrip()]


def _shortened(text: str, box: Box, size: float) -> list[str]:
    """Give as much of the text as the lines hold, the last one cut in a word where need be."""
    ems = box.width / size
    lines = _wrapped(text, ems, bold=box.bold)[: _room(box, size) - 1]
    start = 0
    for line in lines:
        start = text.index(line, start) + len(line)
    last = text[start:].lstrip()[: int(_CHARACTERS_AN_EM * ems)]
    while last and typeface.width(last + ELLIPSIS, bold=box.bold) > ems:
        last = last[:-1]
    return [*lines, last.rstrip(" ·") + ELLIPSIS]


def _placed(lines: list[str], box: Box, size: float, ink: str) -> list[GlyphRun]:
    used = size * (1 + (len(lines) - 1) * LINE)
    baseline = box.y + max(0.0, (box.height - used) / 2) + ASCENT * size
    found: list[GlyphRun] = []
    for number, line in enumerate(lines):
        spare = box.width - typeface.width(line, bold=box.bold) * size
        x = box.x + {"left": 0.0, "middle": spare / 2, "right": spare}[box.align]
        found += text_runs(line, x=x, baseline=baseline + number * LINE * size, size=size, bold=box.bold, ink=ink)
    return found


def text_runs(text: str, *, x: float, baseline: float, size: float, bold: bool, ink: str) -> list[GlyphRun]:
    """Give one line's runs from `x` on; a character Bold lacks is a run of Regular."""
    found = []
    for piece, real in typeface.runs(text, bold=bold):
        if piece.strip():
            found.append(GlyphRun(x=x, baseline=baseline, size=size, bold=real, text=piece, ink=ink))
        x += typeface.width(piece, bold=real) * size
    return found
