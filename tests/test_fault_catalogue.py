"""Which row of the fault catalogue has a test that names it in its docstring, and which has none yet: it only shrinks.

S scans, D duplicates and races, C crash, disk, clock and network, U uploads and bodies, A persons and sessions, W page,
label and export, O operation; P and K are the promises. The rulebook's rows are R-…: `tests/test_rulebook.py`.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
CHAPTERS = {"S": 20, "D": 16, "C": 21, "U": 14, "A": 20, "W": 14, "O": 10, "P": 16, "K": 12}
ROWS = {f"{chapter}{number}" for chapter, last in CHAPTERS.items() for number in range(1, last + 1)}
# Take a row out when it has its test; nothing is ever put in. A17 asks for a rotated signing key: nothing here is signed.
# W11 is about webhooks, which there are none; W14 about erasing a customer, which nobody can yet. P16 also wants a handheld
# that locks after ten minutes: a session is idle for twelve hours, and no device is signed in apart from its person.
WITHOUT_A_TEST = {"A17", "W11", "W14", "P16"}

_ROW = re.compile(r"(?<![\w-])([SDCUAWOPK])(\d{1,2})(?:\.\.(?:[SDCUAWOPK])?(\d{1,2}))?(?![\w-])")


def rows_in(text: str) -> Iterator[str]:
    """Give the rows a text names; `D1..D3` is three."""
    for letter, first, last in _ROW.findall(text):
        yield from (f"{letter}{number}" for number in range(int(first), int(last or first) + 1))


@cache
def named() -> frozenset[str]:
    """Give the rows that tests name."""
    found = set()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found |= set(rows_in(ast.get_docstring(node) or ""))
    return frozenset(found)


def test_given_the_catalogue_when_rows_without_a_test_are_listed_then_they_are_known():
    """The list may only shrink: a row that has a test is taken out of it"""
    assert not ROWS - named() - WITHOUT_A_TEST, "these rows have lost their test, or never had one"


def test_given_a_docstring_when_its_rows_are_read_then_the_rulebook_s_are_not_among_them():
    """The reading above"""
    assert list(rows_in("R-S1, P7; D1..D3, A20. K5-B S1a")) == ["P7", "D1", "D2", "D3", "A20"]
