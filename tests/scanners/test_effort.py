"""What a picture may cost: counted work, and "not sure" when it is used up. P15; R-A8; S16."""

import numpy as np
import pytest
import zxingcpp

from bench.degraded import Damage, make_label, show
from scanners import effort, engines, passes, places, stills

SIDE = 1200


def _noise(height: int = SIDE, width: int = SIDE) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (height, width), dtype=np.uint8)


def _finders() -> np.ndarray:
    ring = np.pad(np.pad(np.ones((3, 3), np.uint8), 1), 1, constant_values=1)
    one = np.pad(1 - np.kron(ring, np.ones((3, 3), np.uint8)), (0, 6), constant_values=1) * 255
    return np.tile(one, (SIDE // 27, SIDE // 27))


def _patches() -> np.ndarray:
    random = np.random.default_rng(5)
    lines = [np.repeat(random.integers(0, 2, (1, SIDE // 2), dtype=np.uint8) * 255, 2, axis=1) for _ in range(24)]
    return np.vstack([np.pad(np.repeat(line, 36, axis=0), ((0, 14), (0, 0)), constant_values=220) for line in lines])


HOSTILE = {
    "noise": _noise, "finder patterns": _finders, "patches of bars": _patches,
    "one pixel high": lambda: _noise(1, 16384), "one pixel wide": lambda: _noise(16384, 1),
}  # fmt: skip


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give a list that grows by the work of each picture an engine is shown."""
    seen: list[float] = []

    def counting(look: engines.Engine) -> engines.Engine:
        def counted(gray: engines.Gray) -> list[engines.Sighting]:
            seen.append(gray.size * effort.work_per_pixel(gray))
            return look(gray)

        return counted

    zbar = engines.find_zbar()
    monkeypatch.setattr(engines, "read_zxing", counting(engines.read_zxing))
    monkeypatch.setattr(engines, "read_bars", counting(engines.read_bars))
    monkeypatch.setattr(engines, "find_zbar", lambda: counting(zbar) if zbar else None)
    return seen


@pytest.mark.parametrize("kind", HOSTILE)
def test_given_a_picture_drawn_to_cost_much_when_read_then_no_more_work_than_is_allowed(kind, shown):
    """P15"""
    reading = stills.read_still(HOSTILE[kind]())
    assert reading.codes == ()
    assert 0 < sum(shown) <= effort.MOST_WORK


def test_given_a_large_picture_of_edges_when_read_then_the_first_look_is_at_fewer_pixels(shown):
    """P15"""
    stills.read_still(_noise(2600, 3000), most_work=effort.MOST_WORK_FIRST)
    assert len(shown) == 1
    assert shown[0] <= effort.MOST_WORK_FIRST * 1.01


def test_given_the_work_is_used_up_when_nothing_is_read_then_not_sure_and_what_helps():
    """R-A8, S16"""
    noise = _noise(300, 400)
    (doubt,) = stills.read_still(noise, most_work=3e5).doubts
    assert doubt.reason == "unfinished"
    assert doubt.advice == ("closer", "type-the-number")
    assert doubt.polygon == ((0, 0), (400, 0), (400, 300), (0, 300))
    assert stills.read_still(noise).doubts == ()


def test_given_a_label_that_strips_would_read_when_no_work_is_left_then_a_doubt_and_no_text():
    """R-A8: less work never gives another text"""
    random = np.random.default_rng(3)
    label = make_label("Code128", random)
    picture = show(label, Damage(contrast=20, noise=4), random)
    reading = stills.read_still(picture, most_work=4e5)
    assert reading.codes == ()
    assert "type-the-number" in reading.advice
    assert [code.text for code in stills.read_still(picture).codes] == [label.text]


def test_given_a_picture_far_longer_than_high_when_turned_then_no_canvas_is_made_for_it():
    """P15"""
    turned = next(one for one in passes.PASSES if one.name == "rotated 45")
    assert turned.vary(np.zeros((100, 5000), np.uint8)) is None
    assert turned.vary(np.zeros((300, 900), np.uint8)) is not None


def test_given_an_itf_of_any_length_when_read_then_patches_are_sought_once(monkeypatch):
    """Each look for patches costs as much as a look for codes."""
    sought = []
    find = places.find_places
    monkeypatch.setattr(places, "find_places", lambda gray: sought.append(1) or find(gray))
    drawn = zxingcpp.create_barcode("4205261998", zxingcpp.BarcodeFormat.ITF).to_image(scale=3)
    picture = np.pad(np.array(drawn), 40, constant_values=255)
    assert [code.text for code in stills.read_still(picture).codes] == ["4205261998"]
    assert len(sought) == 1
