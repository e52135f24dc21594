"""Square codes out of focus or in motion, which no engine reads as they are. R-A8."""

import numpy as np
import pytest

from bench.degraded import Damage, make_label, show
from bench.negatives import negative
from scanners import engines, squares
from scanners.decode import decode

BLURRED = {
    "motion of two modules": Damage(motion=2.0),
    "motion of three, turned": Damage(motion=3.0, rotation=25),
    "defocus": Damage(defocus=0.75),
}


@pytest.mark.parametrize("kind", ["DataMatrix", "QRCode"])
@pytest.mark.parametrize("damage", BLURRED.values(), ids=BLURRED)
def test_given_a_blurred_square_code_when_decoded_then_most_are_read_where_they_lie_and_none_wrong(kind, damage):
    """R-A8"""
    random, read, raw = np.random.default_rng(21), 0, 0
    for _ in range(4):
        label = make_label(kind, random)
        picture = show(label, damage, random)
        raw += len(engines.read_zxing(picture))
        codes = decode(picture)
        assert [(code.text, code.symbology) for code in codes] in ([(label.text, kind)], [])
        for code in codes:
            read += 1
            middle = np.array(code.polygon).mean(axis=0)
            assert np.abs(middle - np.array(picture.shape[::-1]) / 2).max() < 10
    assert raw <= 1
    assert read >= 3


def test_given_a_label_on_a_bare_table_when_squares_are_sought_then_the_code_is_in_the_strongest():
    """R-A8"""
    random = np.random.default_rng(22)
    for pixels in (1.5, 3.0, 5.0):
        picture = show(make_label("DataMatrix", random), Damage(pixels=pixels, defocus=0.75), random)
        first = squares.find_squares(picture)[0]
        assert max(abs(first.x - picture.shape[1] / 2), abs(first.y - picture.shape[0] / 2)) < first.side / 3


@pytest.mark.parametrize("shape", [(1, 1), (2, 500), (500, 2), (40, 40)])
def test_given_a_picture_too_small_or_of_one_grey_when_squares_are_sought_then_none(shape):
    """R-A8"""
    assert squares.find_squares(np.full(shape, 128, np.uint8)) == []


def test_given_pictures_without_a_code_when_their_squares_are_sharpened_then_no_text():
    """R-A8"""
    random, looked_at = np.random.default_rng(23), 0
    for number in range(40):
        picture = negative(number, random)
        for square in squares.find_squares(picture)[:2]:
            looked_at += 1
            assert squares.read_square(picture, square) is None
    assert looked_at >= 5
