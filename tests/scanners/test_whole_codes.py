"""Retail numbers too blurred for any bar to be told: the likeliest whole number, or nothing. R-A8; 4.8.1."""

import numpy as np
import pytest
import zxingcpp

from bench import negatives, photographs
from bench.degraded import Damage, Label, make_label, show, with_check_digit
from scanners import retail, whole_codes
from scanners.decode import decode

BLURRED = {
    "out of focus": Damage(pixels=2.0, defocus=1.0),
    "few pixels": Damage(pixels=1.4, defocus=0.9),
    "slanted": Damage(pixels=2.0, defocus=0.9, tilt=15),
    "upside down": Damage(pixels=2.0, defocus=0.9, rotation=180),
}


def blurred_line(modules: np.ndarray, sigma: float, *, random: np.random.Generator) -> np.ndarray:
    """Give grey values, three for every two modules, of bars between bare paper."""
    fine = np.repeat(np.concatenate([np.zeros(12), modules, np.zeros(12)]), 6)
    reach = np.arange(-60, 61)
    kernel = np.exp(-0.5 * (reach / (6 * sigma)) ** 2)
    ink = np.convolve(np.pad(fine, 60), kernel / kernel.sum(), "valid")
    ink = ink[: len(ink) // 4 * 4].reshape(-1, 4).mean(axis=1)
    return np.asarray(200 - 150 * ink + random.normal(0, 0.5, len(ink)))


def bars(layout: retail.Layout, digits: str) -> np.ndarray:
    """Draw a number as it stands, whatever its check digit."""
    modules = np.zeros(layout.modules)
    modules[list(layout.black)] = 1
    sets = layout.sets[int(digits[0]) if layout.leading else 0]
    for start, one, digit in zip(layout.starts, sets, digits[1:] if layout.leading else digits, strict=True):
        modules[start : start + retail.SLOT] = retail.PATTERNS[one + int(digit)]
    return modules


@pytest.mark.parametrize(("layout", "number"), [(retail.EAN13, "4006381333931"), (retail.EAN8, "96385074")])
def test_given_a_number_when_drawn_from_the_tables_then_as_another_writer_draws_it(layout, number):
    """R-A8"""
    barcode = zxingcpp.create_barcode(number, zxingcpp.BarcodeFormat.__members__[layout.name])
    drawn = np.array(barcode.to_image(scale=1, add_quiet_zones=False))[0] < 128
    assert bars(layout, number).tolist() == drawn.tolist()


@pytest.mark.parametrize("layout", [retail.EAN13, retail.EAN8], ids=lambda layout: layout.name)
def test_given_bars_blurred_by_a_module_when_weighed_then_their_number_clearly_in_either_direction(layout):
    """R-A8"""
    random, clear = np.random.default_rng(2), 0
    for _ in range(5):
        length = len(layout.starts) - 1 + (1 if layout.leading else 0)
        number = with_check_digit("".join(str(d) for d in random.integers(0, 10, length)))
        line = blurred_line(bars(layout, number), 1.0, random=random)
        for turned in (line, line[::-1]):
            told = [one for one in whole_codes.find_likely(turned) if one.is_free and one.margin > 1.0]
            assert {(one.symbology, one.text) for one in told} <= {(layout.name, number)}
            assert all((one.start < one.end) is (turned is line) for one in told)
            clear += bool(told)
    assert clear >= 8


def test_given_a_number_whose_check_digit_is_wrong_when_weighed_then_no_other_is_taken_for_it():
    """R-A8: the nearest number with a right check digit explains the bars worse than the wrong one does."""
    random = np.random.default_rng(3)
    for _ in range(10):
        number = with_check_digit("".join(str(d) for d in random.integers(0, 10, 12)))
        wrong = number[:-1] + str((int(number[-1]) + int(random.integers(1, 10))) % 10)
        line = blurred_line(bars(retail.EAN13, wrong), float(random.uniform(0.4, 1.1)), random=random)
        assert not any(one.is_free and one.margin > 0.4 for one in whole_codes.find_likely(line))


@pytest.mark.parametrize("grey", [0.0, 120.0])
def test_given_a_line_without_bars_when_weighed_then_nothing(grey):
    """R-A8"""
    assert list(whole_codes.find_likely(np.full(200, grey))) == []
    assert list(whole_codes.find_likely(np.linspace(0, 255, 64))) == []


@pytest.mark.parametrize("damage", BLURRED.values(), ids=BLURRED)
def test_given_retail_codes_that_zxing_cannot_read_when_decoded_then_most_are_read_and_none_wrong(damage):
    """R-A8"""
    random, read = np.random.default_rng(7), 0
    for _ in range(4):
        label = make_label("EAN13", random)
        picture = show(label, damage, random)
        assert zxingcpp.read_barcodes(picture) == []
        texts = {code.text for code in decode(picture)}
        assert texts <= {label.text}
        read += bool(texts)
    assert read >= 2


def test_given_photographs_of_goods_when_decoded_then_never_a_wrong_number():
    """R-A8"""
    read = 0
    for seed, kind in enumerate(("EAN13", "UPCA", "EAN8") * 4):
        picture, text = photographs.photograph(kind, np.random.default_rng(seed), photographs.BLURRED)
        texts = {code.text for code in decode(picture)}
        assert texts <= {text}
        read += bool(texts)
    assert read >= 2


def test_given_a_drawn_wrong_check_digit_when_decoded_then_nothing():
    """R-A8"""
    random = np.random.default_rng(5)
    modules = np.repeat(bars(retail.EAN13, "4006381333932")[None].astype(np.uint8), 30, axis=0)
    label = Label(modules=modules, text="", symbology="EAN13")
    assert decode(show(label, Damage(pixels=2.0, defocus=0.8), random)) == []


@pytest.mark.parametrize(
    "kind", range(len(negatives.KINDS)), ids=lambda kind: negatives.KINDS[kind].__name__.strip("_")
)
def test_given_a_picture_drawn_to_be_taken_for_a_code_when_decoded_then_nothing(kind):
    """R-A8"""
    assert decode(negatives.negative(kind, np.random.default_rng(kind))) == []
