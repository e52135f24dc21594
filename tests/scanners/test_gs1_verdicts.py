"""5,200 GS1 messages and what another implementation says of them: `gs1_verdicts.txt`. R-A6, R-A7, R-A8.

Each line is a verdict and a text as in JSON: `wrong`, `symbol` (right as one symbol, but a label needs a companion
beside it) or `label` (right as the whole label). docs/decisions/72 tells where they are from and where we differ.
"""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import gs1
from scanners.gs1_content import check_characters

_LINES = (Path(__file__).parent / "gs1_verdicts.txt").read_text(encoding="ascii").splitlines()
VERDICTS = {json.loads(f'"{text}"'): verdict for verdict, _, text in (line.partition(" ") for line in _LINES)}
RIGHT = [text for text, verdict in VERDICTS.items() if verdict != "wrong"]


def verdict_of(text: str) -> str:
    parsed = gs1.parse(text)
    if not parsed.valid:
        assert parsed.elements == ()
        return "wrong"
    return "symbol" if gs1.find_label_problem([parsed]) else "label"


def bracketed(parsed: gs1.Parsed) -> str:
    return "".join(f"({ai})" + value.replace("(", r"\(") for ai, value in parsed.elements)


def test_given_messages_judged_elsewhere_when_parsed_then_the_same_verdict():
    """R-A6, R-A7, R-A8"""
    assert Counter(VERDICTS.values()) == {"symbol": 2933, "wrong": 1672, "label": 595}
    differing = [(text, verdict) for text, verdict in VERDICTS.items() if verdict_of(text) != verdict]
    assert differing == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("(401)99", "company prefix"),
        ("(7007)260630260601", "ends before it begins"),
        ("(7007)990630000601", None),
        ("(3922)12(3911)92410", None),
        ("(3911)92610", None),
        ("(3911)39610", None),
        ("(8110)01234561234561512000130001014991231", None),
        ("(01) 06912345678902 (10) AB12 ", None),
        ("(8007)DE365102863347219962110", "bank account"),
    ],
)
def test_given_where_we_differ_on_purpose_when_parsed_then_as_decision_72_says(text, says):
    """R-A6, R-A8"""
    problem = gs1.parse(text).problem
    assert problem is None if says is None else says in (problem or "")


@given(st.sampled_from(RIGHT))
def test_given_any_right_message_when_encoded_then_it_parses_to_the_same_elements_in_each_form(text):
    """R-A7"""
    parsed = gs1.parse(text)
    encoded = gs1.encode(parsed.elements)
    for form in (encoded, f"]d2{encoded}", f"{encoded}\x1d", bracketed(parsed)):
        assert gs1.parse(form).elements == parsed.elements


@given(st.sampled_from(RIGHT), st.integers(0, 200), st.integers(0, 3), st.text("0159AZ\x1d()/%#-é９", max_size=3))
def test_given_a_right_message_with_a_damage_when_parsed_then_all_of_it_or_nothing(text, place, gone, put):
    """R-A8"""
    damaged = text[: place % len(text)] + put + text[place % len(text) + gone :]
    parsed = gs1.parse(damaged)
    assert bool(parsed.elements) == parsed.valid
    if parsed.valid and not damaged.lower().startswith("http"):
        bare = gs1.strip_identifier(damaged)[1]
        noise = dict.fromkeys(map(ord, "\x1d() \\"))
        assert "".join(ai + value for ai, value in parsed.elements).translate(noise) == bare.translate(noise)


@pytest.mark.parametrize(
    ("digits", "says"),
    [
        ("012345612345615120001", None),
        ("7123456", "no length 7"),
        ("012345612345601", "no length 0"),
        ("012345612345615125001", "cannot be 5"),
        ("01234561234561512000", "ends within"),
        ("012345612345615120001101200019", None),
        ("012345612345615120001141200019", "cannot be 4"),
        ("0123456123456151200012120001012345651123456761123456796211", None),
        ("0123456123456151200013260230", "not a date"),
        ("01234561234561512000132606304260701", "before it starts"),
        ("01234561234561512000142606303260701", "out of order"),
        ("0123456123456151200017", "unknown"),
        ("012345612345615120001900001", "out of order"),
        ("01234561234561A", "digits only"),
    ],
)
def test_given_a_coupon_when_its_fields_are_taken_apart_then_each_is_judged(digits, says):
    """R-A8"""
    problem = gs1.parse(f"8110{digits}").problem
    assert problem is None if says is None else says in (problem or "")


@pytest.mark.parametrize(
    ("digits", "says"),
    [
        ("001234561234560123456", None),
        ("201234561234560123456", "format"),
        ("0012345612345601234567", "more digits"),
        ("00123456123456112345", "ends within"),
    ],
)
def test_given_a_positive_offer_when_its_fields_are_taken_apart_then_each_is_judged(digits, says):
    """R-A8"""
    problem = gs1.parse(f"8112{digits}").problem
    assert problem is None if says is None else says in (problem or "")


def test_given_the_standards_own_model_number_when_its_check_pair_is_made_then_as_printed_there():
    """R-A8: General Specifications 7.9.5."""
    assert check_characters("1987654Ad4X4bL5ttr2310c") == "2K"
    assert gs1.parse("80131987654Ad4X4bL5ttr2310c2K").valid
    assert "check characters" in (gs1.parse("80131987654Ad4X4bL5ttr2310d2K").problem or "")
