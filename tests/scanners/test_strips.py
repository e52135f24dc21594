"""Bars that no engine reads as they are: blurred, dim, turned, small, several; and the memory of a camera's view. R-A8."""

import numpy as np
import pytest
import zxingcpp

from bench.degraded import Damage, frame, handheld, make_label, show
from scanners import places
from scanners.decode import decode
from scanners.live import LiveReader

HARD = {
    "low light": Damage(contrast=20, noise=4),
    "drowned in noise": Damage(contrast=8, noise=6),
    "motion": Damage(motion=2.0),
    "defocus": Damage(defocus=0.75),
    "few pixels": Damage(pixels=1.25),
    "tilt": Damage(tilt=60),
    "turned": Damage(rotation=37),
}


@pytest.mark.parametrize("damage", HARD.values(), ids=HARD)
def test_given_labels_that_zxing_cannot_read_when_decoded_then_most_are_read_and_none_wrong(damage):
    """R-A8"""
    random = np.random.default_rng(7)
    read, raw = [], 0
    for _ in range(4):
        label = make_label("Code128", random)
        picture = show(label, damage, random)
        texts = [code.text for code in decode(picture)]
        assert set(texts) <= {label.text}
        read.append(label.text in texts)
        raw += any(found.text == label.text for found in zxingcpp.read_barcodes(picture))
    assert sum(read) >= 3
    assert sum(read) > raw


def test_given_a_turned_label_when_its_place_is_sought_then_where_it_lies_and_how_it_is_turned():
    """R-A8"""
    random = np.random.default_rng(3)
    picture = show(make_label("Code128", random), Damage(rotation=37), random)
    place = places.find_places(picture)[0]
    assert np.degrees(place.angle) == pytest.approx(37, abs=2)
    middle = np.array(picture.shape[::-1]) / 2
    assert np.linalg.norm(np.array([place.x, place.y]) - middle) < 20
    assert place.length > 3 * place.height
    assert place.corners().mean(axis=0) == pytest.approx([place.x, place.y])


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (400, 3), (40, 40)])
def test_given_a_picture_too_small_or_of_one_grey_when_places_are_sought_then_none(shape):
    """R-A8"""
    assert places.find_places(np.full(shape, 90, np.uint8)) == []


def test_given_twenty_small_codes_when_decoded_in_one_picture_then_all():
    """R-A8"""
    picture, texts = frame("Code128", 20, np.random.default_rng(2), pixels=(1.2, 2.0))
    assert sorted(code.text for code in decode(picture)) == sorted(texts)


def test_given_handheld_frames_when_read_live_then_confirmed_within_twelve():
    """R-A8"""
    random, confirmed = np.random.default_rng(5), 0
    for _ in range(3):
        label, reader, texts = make_label("Code128", random), LiveReader(), set[str]()
        for number in range(12):
            texts |= {code.text for code in reader.read(show(label, handheld(random), random), number / 15)}
        assert texts <= {label.text}
        confirmed += bool(texts)
    assert confirmed >= 2


def test_given_a_view_when_it_does_not_change_then_the_same_codes_and_when_it_empties_then_none():
    """R-A8, R-A12"""
    scene, texts = frame("Code128", 3, np.random.default_rng(4), pixels=(2.0, 2.6), size=(720, 1280))
    reader = LiveReader()
    for number in range(8):
        assert sorted(code.text for code in reader.read(scene, number / 15)) == sorted(texts)
    empty = np.full_like(scene, 100)
    later = [reader.read(empty, 1 + number / 15) for number in range(15)]
    assert later[-1] == []


def test_given_frames_of_the_wrong_shape_when_read_live_then_refused():
    """R-A8"""
    with pytest.raises(ValueError, match="a picture is"):
        LiveReader().read(np.zeros((4, 4, 2), np.uint8), 0.0)
