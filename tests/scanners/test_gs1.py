"""GS1 element strings: R-A6, R-A7, R-A8 and the rules of the General Specifications."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from scanners import gs1

GTIN = "06912345678902"
SSCC = "06912345678901234" + str(ean.calc_check_digit("06912345678901234"))
CHARACTERS = "".join(chr(c) for c in range(0x21, 0x7B) if chr(c) not in "#$@[\\]^`")


def values_of(text: str) -> dict[str, str]:
    parsed = gs1.parse(text)
    assert parsed.valid, parsed.problem
    return dict(parsed.elements)


def problem_of(text: str) -> str:
    parsed = gs1.parse(text)
    assert parsed.problem is not None, parsed.elements
    assert parsed.elements == ()
    assert not parsed.valid
    return parsed.problem


@pytest.mark.parametrize(
    "text",
    [
        f"01{GTIN}1726060010AB12",
        f"]C101{GTIN}1726060010AB12",
        f"]d201{GTIN}1726060010AB12",
        f"]Q301{GTIN}1726060010AB12",
        f"]e001{GTIN}1726060010AB12",
        f"01{GTIN}1726060010AB12\x1d",
        f"\x1d01{GTIN}1726060010AB12",
        f"01{GTIN}\x1d172606\x3000\x1d10AB12".replace("\x3000", "00"),
        f"(01){GTIN}(17)260600(10)AB12",
        f"(01) {GTIN} (17) 260600 (10) AB12",
    ],
)
def test_given_each_way_a_reader_sends_it_when_parsed_then_the_same_elements(text):
    """R-A6, R-A7"""
    assert gs1.parse(text).elements == (("01", GTIN), ("17", "260600"), ("10", "AB12"))


@pytest.mark.parametrize(
    ("value", "year", "expected"),
    [
        ("260600", 2026, date(2026, 6, 30)),
        ("280200", 2026, date(2028, 2, 29)),
        ("270200", 2026, date(2027, 2, 28)),
        ("260630", 2026, date(2026, 6, 30)),
        ("760101", 2026, date(2076, 1, 1)),
        ("770101", 2026, date(1977, 1, 1)),
        ("100101", 2060, date(2110, 1, 1)),
    ],
)
def test_given_a_gs1_date_when_read_then_day_00_is_the_last_and_the_century_near(value, year, expected):
    """S11; R-A6"""
    assert gs1.expiry_date(value, year) == expected


def test_given_a_leap_day_of_a_century_without_one_when_read_then_refused():
    """R-A6: seen from 2060 the year 00 is 2100, which has no 29 February."""
    with pytest.raises(ValueError, match="day"):
        gs1.expiry_date("000229", 2060)


@pytest.mark.parametrize("value", ["261300", "260031", "260231", "270229", "26060", "２６０６００", "", "26060a"])
def test_given_no_date_when_read_then_refused(value):
    """R-A6"""
    with pytest.raises(ValueError, match="not a date"):
        gs1.expiry_date(value, 2026)


@pytest.mark.parametrize("text", ["10AB1217260630", "]C110AB1217260630", "]d210AB1217260630", "(10)AB1217260630"])
def test_given_a_lot_that_ends_in_a_date_when_parsed_then_one_valid_lot_and_the_doubt_is_told(text):
    """R-A7"""
    parsed = gs1.parse(text)
    assert parsed.elements == (("10", "AB1217260630"),)
    assert gs1.ambiguous_tail(parsed) == ("AB12", "17", "260630")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"01{GTIN}21S1\x1d10AB1211260600", ("AB12", "11", "260600")),
        (f"01{GTIN}21S99915260630", ("S999", "15", "260630")),
        ("10AB1217260630\x1d", None),
        ("10AB12\x1d17260630", None),
        ("10AB12\x1d", None),
        ("10AB1212260630", None),
        ("10AB1217261330", None),
        ("1017260630", None),
        ("10AB1217260630\x1d11260101", None),
        ("240AB1217260630", None),
        ("10AB1217260630\x1d10OTHER", None),
    ],
)
def test_given_other_ends_when_asked_for_doubt_then_only_an_unterminated_lot_or_serial_has_one(text, expected):
    """R-A7"""
    assert gs1.ambiguous_tail(gs1.parse(text)) == expected


@pytest.mark.parametrize("digit", [d for d in "0123456789" if d != GTIN[-1]])
def test_given_a_wrong_gtin_check_digit_when_parsed_then_refused(digit):
    """R-A8"""
    assert "check digit" in problem_of(f"01{GTIN[:-1]}{digit}10AB12")


@pytest.mark.parametrize(
    ("ai", "digits"),
    [
        ("00", "06912345678901234"),
        ("02", "0691234567890"),
        ("253", "691234567890"),
        ("402", "6912345678901234"),
        ("414", "691234567890"),
        ("8003", "0691234567890"),
        ("8017", "69123456789012345"),
    ],
)
def test_given_any_other_key_when_its_check_digit_is_wrong_then_refused(ai, digits):
    """R-A8"""
    right = int(ean.calc_check_digit(digits))
    assert values_of(f"{ai}{digits}{right}") == {ai: f"{digits}{right}"}
    assert "check digit" in problem_of(f"{ai}{digits}{(right + 1) % 10}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("\x1d", "empty"),
        ("]C1", "empty"),
        (f"01{GTIN}3712", "must not stand together"),
        (f"01{GTIN}02{GTIN}", "must not stand together"),
        ("31020000123103000012", "must not stand together"),
        ("10A\x1d10B", "different values"),
        ("10A\x1d\x1d17260630", "no application identifier"),
        ("10" + "A" * 21, "separator is missing"),
        (f"01{GTIN[:-1]}", "wrong length"),
        (f"01{GTIN[:10]}\x1d10AB", "wrong length"),
        ("10", "wrong length"),
        ("30\x1d", "wrong length"),
        ("10A B", "characters"),
        ("10批次", "characters"),
        ("10A#B", "characters"),
        ("01０6912345678902", "characters"),
        ("17261301", "wrong length or characters"),
        ("17260230", "not a date"),
        ("7003260600" + "1200", "not a date"),
        ("7003260630" + "2460", "not a time"),
        ("7007260630260601", "ends before it begins"),
        ("422999", "not a country"),
        ("426156\x1d422156", "must not stand together"),
        ("3912" + "000" + "100", "not a currency"),
        (f"8006{GTIN}0302", "piece 3 of 2"),
        (f"8006{GTIN}0002", "piece 0 of 2"),
        ("05123", "no application identifier"),
        ("]C0" + f"01{GTIN}", "not a GS1 symbol"),
        ("(01)" + GTIN + "(10)A(B", r"written \("),
        ("(05)123", "no application identifier"),
        ("(011)" + GTIN, "not an application identifier"),
        ("(10)", "wrong length"),
        ("(10)A\x1dB", "characters"),
        ("x" * 5000, "longer than"),
    ],
)
def test_given_a_broken_message_when_parsed_then_a_reason_and_no_element(text, says):
    """S10; R-A7, R-A8"""
    assert says in problem_of(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10A\x1d10A", {"10": "A"}),
        (r"(10)A\(B\)C", {"10": "A(B)C"}),
        ("(10)A)B", {"10": "A)B"}),
        ("3103001250", {"3103": "001250"}),
        ("7007260601260630", {"7007": "260601260630"}),
        ("3912156100", {"3912": "156100"}),
        ("43242606009999", {"4324": "2606009999"}),
        (f"8006{GTIN}0202", {"8006": f"{GTIN}0202"}),
    ],
)
def test_given_an_unusual_but_right_message_when_parsed_then_its_elements(text, expected):
    """R-A6"""
    assert values_of(text) == expected


def test_given_a_label_of_two_symbols_when_checked_together_then_companions_count():
    """R-A6"""
    lot, item, count = gs1.parse("10AB12"), gs1.parse(f"01{GTIN}"), gs1.parse("3712")
    assert gs1.find_label_problem([lot]) == "(10) needs a companion it does not have: 01, 02, 03, 8006, 8026"
    assert gs1.find_label_problem([lot, item]) is None
    assert "must not stand together" in (gs1.find_label_problem([item, count]) or "")
    assert "different values" in (gs1.find_label_problem([item, lot, gs1.parse("10AB13")]) or "")
    assert "check digit" in (gs1.find_label_problem([gs1.parse(f"01{GTIN[:-1]}3")]) or "")
    assert gs1.find_label_problem([gs1.parse("90OURS")]) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"01{GTIN}10AB12", True),
        ("00" + SSCC, True),
        (f"]C101{GTIN[:-1]}3", True),
        (f"]C001{GTIN}10AB12", False),
        ("10AB12\x1d17260600", True),
        ("(01)anything", True),
        (f"01{GTIN[:-1]}3", False),
        (f"01{GTIN}05", False),
        ("10AB12", False),
        ("EL-100/L7", False),
        ("(X)", False),
        ("[)>\x1e06\x1d9N111234568408\x1e\x04", False),
        ("", False),
    ],
)
def test_given_a_scanned_text_when_asked_then_only_gs1_looks_like_it(text, expected):
    """R-A7"""
    assert gs1.looks_like_gs1(text) is expected


def test_given_an_identifier_when_stripped_then_only_at_the_start_and_only_of_its_form():
    """S12; R-A7"""
    assert gs1.strip_identifier("]C110AB]C1") == ("]C1", "10AB]C1")
    assert gs1.strip_identifier("10AB") == (None, "10AB")
    assert gs1.strip_identifier("]批1") == (None, "]批1")


def test_given_elements_when_encoded_then_separators_only_where_needed():
    """R-A7"""
    assert gs1.encode([("01", GTIN), ("10", "AB12"), ("17", "260600")]) == f"01{GTIN}10AB12\x1d17260600"
    assert gs1.encode([("01", GTIN), ("17", "260600"), ("10", "AB12")]) == f"01{GTIN}1726060010AB12"


@pytest.mark.parametrize(
    "elements", [[("10", "")], [("10", "A\x1d17260600")], [("01", "1")], [("05", "1")], [("0", "1")], [], [("10", "Ä")]]
)
def test_given_elements_that_gs1_does_not_allow_when_encoded_then_refused(elements):
    """R-A8"""
    with pytest.raises(ValueError, match=r".+"):
        gs1.encode(elements)


gtins = st.integers(0, 10**13 - 1).map(lambda n: f"{n:013d}").map(lambda n: n + str(ean.calc_check_digit(n)))
dates = st.dates(date(2000, 1, 1), date(2050, 12, 31)).map(lambda d: d.strftime("%y%m%d"))
free = {ai: st.text(CHARACTERS, min_size=1, max_size=20) for ai in ("10", "21", "22", "240", "400", "91")}
fixed = {"01": gtins, "11": dates, "17": dates, "20": st.from_regex("[0-9]{2}", fullmatch=True)}
messages = (
    st.fixed_dictionaries({}, optional={**free, **fixed})
    .filter(bool)
    .flatmap(lambda values: st.permutations(list(values.items())))
)


@given(messages)
def test_given_any_right_elements_when_encoded_and_parsed_then_the_same(elements):
    """R-A7"""
    assert gs1.parse(gs1.encode(elements)).elements == tuple(elements)
    bracketed = "".join(f"({ai})" + value.replace("(", r"\(") for ai, value in elements)
    assert gs1.parse(bracketed).elements == tuple(elements)


fragments = st.lists(
    st.one_of(
        st.sampled_from(
            ["01", "10", "17", "21", "37", "00", "\x1d", "(", ")", "]C1", "]d2", "\\", GTIN, "260600", "９"]
        ),
        st.text(max_size=5),
    ),
    max_size=8,
).map("".join)


@given(st.one_of(st.text(), fragments, st.binary().map(lambda b: b.decode("latin-1"))))
def test_given_any_text_when_parsed_then_never_raises_and_elements_make_up_the_whole_text(text):
    """R-A7, R-A8"""
    parsed = gs1.parse(text)
    assert parsed.input == text
    assert parsed.valid == bool(parsed.elements)
    gs1.ambiguous_tail(parsed)
    gs1.looks_like_gs1(text)
    if parsed.valid:
        bare = gs1.strip_identifier(text)[1]
        kept = "".join(ai + value for ai, value in parsed.elements)
        marks = "\x1d" if not bare.startswith("(") else "\x1d() \\"
        assert kept.translate(dict.fromkeys(map(ord, marks))) == bare.translate(dict.fromkeys(map(ord, marks)))
        assert gs1.parse(gs1.encode(parsed.elements)).elements == parsed.elements


@given(messages, st.text(min_size=1, max_size=6))
def test_given_a_right_message_with_a_rest_when_parsed_then_all_of_it_or_nothing(elements, rest):
    """R-A8"""
    text = gs1.encode(elements) + "\x1d" + rest
    parsed = gs1.parse(text)
    assert not parsed.elements or sum(len(ai + value) for ai, value in parsed.elements) >= len(text.replace("\x1d", ""))
