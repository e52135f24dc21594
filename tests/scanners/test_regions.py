"""Where anything is drawn in a frame, and that the engine misses nothing when it is shown only that. R-A8."""

import numpy as np
import pytest
import zxingcpp

from bench.degraded import Damage, frame, make_label, show
from scanners import engines, regions
from scanners.live import LiveReader

WIDE, HIGH = 1280, 720


def _bare(random: np.random.Generator) -> np.ndarray:
    ground = np.linspace(90, 150, WIDE)[None, :] + np.linspace(-15, 15, HIGH)[:, None]
    return np.asarray((ground + random.normal(0, 1, (HIGH, WIDE))).clip(0, 255), np.uint8)


def test_given_bare_ground_under_uneven_light_when_regions_are_sought_then_none():
    """R-A8"""
    assert regions.find_regions(_bare(np.random.default_rng(1))) == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (900, 3), (40, 40)])
def test_given_a_picture_too_small_for_blocks_when_regions_are_sought_then_nothing_is_left_out(shape):
    """R-A8"""
    checks = np.indices(shape).sum(axis=0) % 2 * np.uint8(255)
    assert regions.find_regions(checks.astype(np.uint8)) == [(0, 0, shape[1], shape[0])]


def test_given_noise_stronger_than_faint_print_when_regions_are_sought_then_the_whole_is_one():
    """R-A8"""
    noise = np.random.default_rng(2).normal(128, 8, (HIGH, WIDE)).astype(np.uint8)
    assert regions.find_regions(noise) == [(0, 0, WIDE, HIGH)]


@pytest.mark.parametrize("kind", ["Code128", "EAN13", "ITF", "DataMatrix", "QRCode"])
def test_given_faint_labels_when_only_regions_are_shown_to_the_engine_then_it_reads_no_fewer(kind):
    """R-A8"""
    random, in_whole, in_regions = np.random.default_rng(3), 0, 0
    for contrast in (20, 22, 24, 30, 60) * 3:
        label = make_label(kind, random)
        seen = show(label, Damage(pixels=float(random.uniform(1.5, 5)), contrast=contrast, noise=1.0), random)
        seen, picture = seen[:HIGH, :WIDE], _bare(random)
        top, left = random.integers(0, HIGH - seen.shape[0] + 1), random.integers(0, WIDE - seen.shape[1] + 1)
        picture[top : top + seen.shape[0], left : left + seen.shape[1]] = seen
        parts = [np.ascontiguousarray(picture[up:low, a:z]) for a, up, z, low in regions.find_regions(picture)]
        in_whole += label.text in [one.text for one in engines.glance(picture)]
        in_regions += label.text in [one.text for part in parts for one in engines.glance(part)]
    assert in_regions >= in_whole >= 5


def test_given_parts_that_are_drawn_on_when_regions_are_sought_then_boxes_hold_them_and_none_overlaps():
    """R-A8"""
    random = np.random.default_rng(4)
    for _ in range(20):
        picture = np.full((HIGH, WIDE), 120, np.uint8)
        for _ in range(int(random.integers(1, 5))):
            top, left = int(random.integers(0, HIGH - 60)), int(random.integers(0, WIDE - 60))
            picture[top : top + 60, left : left + 60] = random.integers(0, 2, (60, 60)) * 255
        boxes = regions.find_regions(picture)
        shown = np.zeros(picture.shape, int)
        for left, top, right, low in boxes:
            shown[top:low, left:right] += 1
        assert shown.max() == 1
        assert (picture[shown == 0] == 120).all()


@pytest.mark.parametrize("name", ["PDF417", "Aztec", "DataBar"])
def test_given_a_rare_symbology_when_a_camera_moves_over_it_then_it_is_read_and_stays_in_view(name):
    """R-A8"""
    written = "0401234567890" if name == "DataBar" else "EL-100/L7"
    code = np.array(zxingcpp.create_barcode(written, zxingcpp.BarcodeFormat.__members__[name]).to_image(scale=3))
    random, reader, told = np.random.default_rng(5), LiveReader(), []
    for number in range(16):
        picture = _bare(random)
        picture[200 : 200 + code.shape[0], 300 + 3 * number : 300 + 3 * number + code.shape[1]] = code
        told.append(len(reader.read(picture, number / 15)))
    assert told[-12:] == [1] * 12


def test_given_five_codes_when_a_camera_moves_over_them_then_all_stay_in_view():
    """R-A8"""
    scene, texts = frame("Code128", 5, np.random.default_rng(6), pixels=(1.8, 2.2))
    random, reader = np.random.default_rng(6), LiveReader()
    for number in range(12):
        moved = np.roll(scene, (number, 4 * number), axis=(0, 1)) + random.normal(0, 2, scene.shape)
        told = sorted(code.text for code in reader.read(moved.clip(0, 255).astype(np.uint8), number / 15))
        assert told == sorted(texts)
