"""Which row of the rulebook has a test that names it in its docstring, and which has none yet: that list only shrinks."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# How many rows each chapter of the rulebook has; 8b stands between 8 and 9.
CHAPTERS = {"A": 14, "Q": 16, "F": 26, "X": 7, "E": 7, "I": 10, "C": 21, "R": 12, "T": 6, "P": 6, "O": 4, "D": 7, "S": 4,
            "K": 5, "M": 5, "U": 5}  # fmt: skip
ROWS = {f"R-{chapter}{number}" for chapter, last in CHAPTERS.items() for number in range(1, last + 1)} | {"R-Q8b"}


def chapter(letter: str, first: int = 1, last: int = 0) -> set[str]:
    """Give the rows of a chapter, all or from one to another."""
    return {f"R-{letter}{number}" for number in range(first, (last or CHAPTERS[letter]) + 1)}


# The goods flow has a test for each of these rows, and one through the service.
GOODS_FLOW = (
    chapter("A") | chapter("Q", 1, 13) | chapter("F") | chapter("X") | chapter("E") | chapter("I")
    | {"R-O1", "R-O3", "R-O4", "R-M5"} | chapter("U")
)  # fmt: skip
# Rows whose chapter is still to come. Take a row out when it has its test; nothing is ever put in.
WITHOUT_A_TEST = (
    {"R-Q8b", "R-Q14", "R-Q15", "R-Q16", "R-M2", "R-M3", "R-M4"}
    | chapter("T") | chapter("P") | (chapter("D") - {"R-D5", "R-D7"}) | chapter("S")
)  # fmt: skip
# Proved on real connections, by the books' own statements and by killed processes: no single request can show them.
BELOW_THE_SERVICE = {"R-X1", "R-X5", "R-X6", "R-X7", "R-U1"}

_ROW = re.compile(r"R-([A-Z])(\d+b?)(?:\.\.(?:R-)?[A-Z]?(\d+))?")


def rows_in(text: str) -> Iterator[str]:
    """Give the rows a text names; `R-F1..F3` is three."""
    for letter, first, last in _ROW.findall(text):
        if not last:
            yield f"R-{letter}{first}"
            continue
        yield from (f"R-{letter}{number}" for number in range(int(first), int(last) + 1))


@cache
def rows_with_tests() -> dict[str, set[str]]:
    """Give each row that a test's docstring names, with the folders of these tests ('' for none)."""
    found: dict[str, set[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        if path == Path(__file__):
            continue
        folder = path.parent.relative_to(TESTS).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for row in rows_in(ast.get_docstring(node) or ""):
                    found.setdefault(row, set()).add(folder)
    return found


def test_given_the_rulebook_when_rows_without_a_test_are_listed_then_they_are_those_known_and_no_more():
    """The list may only shrink: a row that has a test is taken out of it"""
    missing = ROWS - set(rows_with_tests())
    assert not missing - WITHOUT_A_TEST, "these rows have lost their test, or never had one"
    assert not WITHOUT_A_TEST - missing, "these rows have a test now: take them off the list"


def test_given_the_goods_flow_when_its_rows_are_listed_then_none_is_without_a_test():
    """The chapters that the goods flow stands on"""
    assert not GOODS_FLOW & WITHOUT_A_TEST
    assert not GOODS_FLOW - set(rows_with_tests())


def test_given_the_goods_flow_when_its_rows_are_sought_in_the_service_then_each_has_a_test_there():
    """A rule that is tested as a value but never asked by the flow guards nothing"""
    asked = {row for row, folders in rows_with_tests().items() if folders & {"web", "flow"}}
    assert not GOODS_FLOW - asked - BELOW_THE_SERVICE
    for row in BELOW_THE_SERVICE:
        assert rows_with_tests()[row] - {"rules"}, row


def test_given_the_tests_when_they_name_rows_then_these_are_in_the_rulebook():
    """A mistyped row proves nothing"""
    assert not set(rows_with_tests()) - ROWS


def test_given_every_test_when_named_then_it_says_given_when_then_or_why_it_runs():
    """style.md, Tests"""
    odd = []
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                shape = re.fullmatch(r"test_given_.+_(when|then)_.+", node.name)
                if not shape or not ast.get_docstring(node):
                    odd.append(f"{path.relative_to(TESTS)}: {node.name}")
    assert not odd


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("R-F1, 4.7.6 a", ["R-F1"]),
        ("R-A1..A3", ["R-A1", "R-A2", "R-A3"]),
        ("R-Q8b; R-U5.", ["R-Q8b", "R-U5"]),
        ("", []),
    ],
)
def test_given_a_docstring_when_its_rows_are_read_then_ranges_are_told_apart(text, rows):
    """The reading above"""
    assert list(rows_in(text)) == rows
