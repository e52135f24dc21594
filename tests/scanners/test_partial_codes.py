"""A part of a code is no code: covered, torn, folded, lit or out of the picture, in stills and before a camera. R-A8."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import partial_codes, photographs
from scanners import engines, itf, retail
from scanners.decode import decode, read
from scanners.live import LiveReader

TWO_ENGINES = pytest.mark.skipif(not engines.find_zbar(), reason="an ITF of any length needs the second engine")
MODULE = 5  # samples
NUMBERS = st.integers(3, 12).flatmap(lambda pairs: st.text("0123456789", min_size=2 * pairs, max_size=2 * pairs))


def line_of(digits: str) -> np.ndarray:
    """Give grey values of an ITF between bare paper, `MODULE` samples a module, blurred a little."""
    drawn = partial_codes.draw("ITF", digits)
    row = np.concatenate([np.zeros(12), drawn, np.zeros(12)]).repeat(MODULE)
    return np.asarray(200.0 - 150.0 * np.convolve(np.pad(row, 2), np.ones(5) / 5, "valid"))


def widths_of(symbology: str, text: str) -> np.ndarray:
    """Give the widths in modules of bars and spaces in turn."""
    row = partial_codes.draw(symbology, text)
    return np.diff(np.flatnonzero(np.diff(np.concatenate([[0], row, [0]])))).astype(np.float64)


def read_live(picture: np.ndarray) -> set[str]:
    reader, random, texts = LiveReader(), np.random.default_rng(1), set[str]()
    for number in range(12):
        noisy = np.roll(picture, number % 3, axis=1) + random.normal(0, 2, picture.shape)
        texts |= {code.text for code in reader.read(noisy.clip(0, 255).astype(np.uint8), number / 15)}
    return texts


@pytest.mark.parametrize("lose", partial_codes.LOSSES, ids=lambda lose: lose.__name__)
@pytest.mark.parametrize("kind", partial_codes.KINDS)
def test_given_a_code_that_has_lost_a_part_when_decoded_then_nothing(kind, lose):
    """R-A8"""
    random = np.random.default_rng(1)
    assert decode(lose(partial_codes.print_code(random, kind), random)) == []


# Pictures of which both engines tell a part in several looks.
TEMPTING = [
    ("ITF", 12, "thumbed"), ("ITF", 16, "lit"), ("ITF", 19, "thumbed"), ("ITF", 34, "folded"), ("ITF", 34, "thumbed"),
    ("ITF", 46, "torn"), ("ITF", 49, "folded"), ("ITF", 49, "lit"), ("ITF", 79, "torn"), ("ITF short", 54, "covered"),
    ("ITF short", 105, "thumbed"), ("ITF short", 9, "covered"), ("ITF14", 3, "torn"), ("ITF14", 144, "thumbed"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "number", "loss"), TEMPTING)
def test_given_an_itf_of_which_a_part_reads_as_a_number_when_looked_at_then_it_is_not_told(kind, number, loss):
    """R-A8"""
    picture = tempting(kind, number, loss)
    assert decode(picture) == []
    assert read_live(picture) == set()


def tempting(kind: str, number: int, loss: str) -> np.ndarray:
    lose = getattr(partial_codes, loss)
    seed = [2, list(partial_codes.KINDS).index(kind), number, partial_codes.LOSSES.index(lose)]
    random = np.random.default_rng(seed)
    return np.asarray(lose(partial_codes.print_code(random, kind), random))


def test_given_a_folded_itf_of_as_many_bars_as_a_retail_number_has_when_decoded_then_no_such_number_is_made_of_it():
    """R-A8"""
    random = np.random.default_rng([12, 0, 43, 3])
    assert decode(partial_codes.folded(partial_codes.print_code(random, "ITF"), random)) == []


def test_given_a_blurred_retail_code_that_filters_read_as_another_when_decoded_then_not_the_other():
    """R-A8"""
    picture, text = photographs.photograph("EAN13", np.random.default_rng([9, 22]), photographs.MIXED)
    assert {code.text for code in decode(picture)} <= {text}


@given(number=st.text("0123456789", min_size=12, max_size=12), stretch=st.floats(-0.4, 0.4), unit=st.floats(1, 40))
@settings(max_examples=60, deadline=None)
def test_given_a_retail_number_seen_from_a_side_when_its_slots_are_judged_then_even(number, stretch, unit):
    """R-A8"""
    widths = widths_of("EAN13", number)
    seen = widths * unit * np.linspace(1, 1 + stretch, len(widths))
    assert retail.is_even(seen)
    assert not retail.is_even(seen[:-1])


def test_given_bars_that_are_no_slots_of_seven_modules_when_judged_then_not_even():
    """R-A8"""
    widths = widths_of("EAN13", "400638133393")
    assert retail.is_even(widths)
    for place in (4, 20, 29, 40, 57):
        wider = widths.copy()
        wider[place] += 4
        assert not retail.is_even(wider)


@TWO_ENGINES
def test_given_a_part_of_an_itf_when_read_then_a_doubt_says_that_it_goes_on():
    """R-A8"""
    reading = read(tempting("ITF", 34, "folded"))
    assert reading.codes == ()
    assert [doubt.reason for doubt in reading.doubts] == ["part"]


@TWO_ENGINES
def test_given_whole_itf_of_any_length_on_bare_paper_when_read_then_most_are_told_and_none_in_part():
    """R-A8"""
    told = 0
    for number in range(12):
        random = np.random.default_rng(number)
        digits = "".join(str(digit) for digit in random.integers(0, 10, 2 * int(random.integers(3, 12))))
        paper = partial_codes.print_bars(partial_codes.draw("ITF", digits).repeat(6), random).paper
        texts = {code.text for code in decode(partial_codes.taken(paper, random))}
        assert texts <= {digits}
        told += bool(texts)
    assert told >= 8


@given(digits=NUMBERS, backwards=st.booleans())
@settings(max_examples=60, deadline=None)
def test_given_a_line_across_an_itf_when_its_number_is_looked_for_then_found_with_whole_guards_on_bare_paper(
    digits, backwards
):
    """R-A8"""
    line = line_of(digits)
    found = itf.find_number(line[::-1] if backwards else line, digits, MODULE)
    assert found is not None
    assert found.has_guards
    assert found.has_zones
    assert found.start == pytest.approx(12 * MODULE, abs=3)
    assert found.end == pytest.approx(len(line) - 12 * MODULE, abs=3)


@given(digits=NUMBERS, at=st.floats(0.0, 1.0), light=st.floats(20, 255))
@settings(max_examples=150, deadline=None)
def test_given_a_line_of_which_an_end_is_covered_when_its_number_is_looked_for_then_not_found(digits, at, light):
    """R-A8"""
    line = line_of(digits)
    covered = line.copy()
    covered[int((12 + 14 + at * (len(line) / MODULE - 52)) * MODULE) :] = light
    found = itf.find_number(covered, digits, MODULE)
    assert found is None


@pytest.mark.parametrize("beyond", [30.0, 120.0, 170.0, 255.0])
def test_given_an_edge_two_modules_from_the_last_bar_when_looked_at_then_no_bare_paper(beyond):
    """R-A8: a paper's edge, another label or a reflection begins there"""
    line = line_of("4726556725")
    line[-10 * MODULE :] = beyond
    found = itf.find_number(line, "4726556725", MODULE)
    assert found is not None
    assert not found.has_zones
    assert found.goes_on


def test_given_a_line_that_leaves_the_picture_after_the_last_bar_when_looked_at_then_neither_bare_paper_nor_more_bars():
    """R-A8"""
    found = itf.find_number(line_of("4726556725")[: -10 * MODULE], "4726556725", MODULE)
    assert found is not None
    assert found.has_guards
    assert not found.has_zones
    assert not found.goes_on


@TWO_ENGINES
@pytest.mark.parametrize("upright", [True, False])
def test_given_an_itf_beside_a_slanted_cover_when_read_then_told_only_when_nothing_of_another_bar_is_seen(upright):
    """R-A8: the cover's edge leaves bare paper on most lines across the bars, and the rest of a bar on others"""
    digits = "47265567"
    code = partial_codes.print_bars(partial_codes.draw("ITF", digits).repeat(6), np.random.default_rng(2))
    paper = np.pad(code.paper, ((20, 20), (20, 80)), mode="edge")
    last, low = code.right + 20, code.low + 20
    rest = np.array([[last + 12, low], [last + 30, low], [last + 30, low - 40]])
    height = low - 20 - code.top
    rest[2, 1] = low - (1 if upright else 2 * height // 5)
    cv2.fillPoly(paper, [rest.astype(np.int32)], 20.0)
    picture = cv2.resize(cv2.GaussianBlur(paper, (0, 0), 3), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    told = {code.text for code in decode(picture.clip(0, 255).astype(np.uint8))}
    assert told == ({digits} if upright else set())


def test_given_a_shadow_in_place_of_the_first_bar_when_looked_at_then_no_whole_guards():
    """R-A8"""
    line = line_of("4726556725")
    first = slice(12 * MODULE - 2, 13 * MODULE + 2)
    line[first] = 200 - (200 - line[first]) * 0.6
    found = itf.find_number(line, "4726556725", MODULE)
    assert found is not None
    assert not found.has_guards
