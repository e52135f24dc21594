"""Digital Links: the elements of a web address, read without visiting it. R-A6, R-A7, R-A8."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import gs1, gs1_link

GTIN = "09506000134352"


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        (f"https://id.gs1.org/01/{GTIN}", (("01", GTIN),)),
        (f"https://id.gs1.org/01/{GTIN}/", (("01", GTIN),)),
        (f"HTTPS://shop.example/a/b/01/{GTIN}/10/AB12?17=261231", (("01", GTIN), ("10", "AB12"), ("17", "261231"))),
        (f"]Q1http://x.example/01/{GTIN}/22/A/10/B/21/C", (("01", GTIN), ("22", "A"), ("10", "B"), ("21", "C"))),
        ("https://x.example/01/9506000134352", (("01", GTIN),)),
        (
            f"https://x.example/01/{GTIN}/10/A%2FB%2B1?linkType=gs1:pip&15=270100",
            (("01", GTIN), ("10", "A/B+1"), ("15", "270100")),
        ),
        ("https://x.example/00/106141412345678908?s=1", (("00", "106141412345678908"),)),
        ("https://x.example/415/7087372041216/8020/8", (("415", "7087372041216"), ("8020", "8"))),
        ("https://x.example/414/0614141000005/7040/1ABC", (("414", "0614141000005"), ("7040", "1ABC"))),
        (f"https://x.example/01/{GTIN}/235/T?10=A", (("01", GTIN), ("235", "T"), ("10", "A"))),
        (f"https://x.example/01/{GTIN}/10/A?10=A", (("01", GTIN), ("10", "A"), ("10", "A"))),
    ],
)
def test_given_a_digital_link_when_parsed_then_its_elements(text, elements):
    """R-A6, R-A7"""
    parsed = gs1.parse(text)
    assert (parsed.elements, parsed.problem) == (elements, None)
    assert gs1.looks_like_gs1(text)
    assert gs1.ambiguous_tail(parsed) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("https://example.com/", "without GS1 elements"),
        (f"https:///01/{GTIN}", "without GS1 elements"),
        ("https://[/01/1", "without GS1 elements"),
        (f"https://x.example/10/AB12/01/{GTIN}/10", "without GS1 elements"),
        (f"https://x.example/01/{GTIN}/10/A/22/B", "without GS1 elements"),
        (f"https://x.example/01/{GTIN}/10/A/10/B", "without GS1 elements"),
        ("https://x.example/01/09506000134353", "check digit"),
        (f"https://x.example/01/{GTIN}?17=260231", "not a date"),
        (f"https://x.example/01/{GTIN}?05=1", "no application identifier"),
        (f"https://x.example/01/{GTIN}?37=5", "must not stand together"),
        (f"https://x.example/01/{GTIN}/10/%E6%89%B9", "cannot be"),
        (f"https://x.example/01/{GTIN}/10/A?10=B", "different values"),
        (f"https://x.example/01/{GTIN}?17=", "cannot be"),
        (f"https://x.example/01/{GTIN}?10=AB12", "(10) stands after the question mark"),
        (f"https://x.example/01/{GTIN}/10/A?21=S", "(21) stands after the question mark"),
        ("https://x.example/00/106141412345678908?21=S", "(21) stands after the question mark"),
        (f"https://x.example/01/{GTIN}?12345=6", "not an application identifier"),
        (f"https://x.example/01/{GTIN}?0=6", "no application identifier"),
        (f"https://x.example/01/{GTIN}/22/A/235/B", "without GS1 elements"),
        ("https://x.example/414/0614141000005/254/A/7040/1ABC", "without GS1 elements"),
    ],
)
def test_given_another_address_or_a_wrong_element_when_parsed_then_no_element_at_all(text, says):
    """S13; R-A8"""
    parsed = gs1.parse(text)
    assert parsed.elements == ()
    assert says in (parsed.problem or "")
    assert not gs1.looks_like_gs1(text)


steps = st.lists(st.sampled_from(["01", GTIN, "10", "21", "22", "AB", "%", "%2F", "x", "", "00", "８"]), max_size=7)


@given(steps, st.lists(st.sampled_from(["17=261231", "10=A", "a=b", "=", "99", "17", "&"]), max_size=3), st.text())
def test_given_any_address_when_parsed_then_never_raises_and_numbers_are_never_passed_over(path, query, end):
    """R-A8"""
    text = "https://x.example/" + "/".join(path) + "?" + "&".join(query) + end
    parsed = gs1.parse(text)
    assert parsed.valid == bool(parsed.elements)
    if parsed.valid:
        link = gs1_link.split_link(text)
        assert link is not None
        assert parsed.elements == tuple(link.elements)
        assert gs1.parse(gs1.encode(parsed.elements)).elements == parsed.elements
