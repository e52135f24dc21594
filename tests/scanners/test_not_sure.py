"""What is not read for sure is said as "not sure", with where, why and what to do, and never as a text. R-A8; S16."""

import io
import json
import threading

import cv2
import numpy as np
import pytest
import zxingcpp
from PIL import Image

from bench.degraded import Damage, Label, make_label, show
from scanners import camera, engines, places, quiet_zones, stills
from scanners.__main__ import main
from scanners.camera import Camera
from scanners.capture import Frame
from scanners.decode import decode, read, read_safely
from scanners.live import LiveReader
from scanners.sentences import advise
from scanners.source import SourceState

WORDS = {"closer", "hold-still", "more-light", "no-glare", "straight-on", "type-the-number"}
HOPELESS = {
    "hold-still": Damage(pixels=3.0, motion=5.0),
    "more-light": Damage(pixels=3.0, contrast=30, noise=0.5, motion=5.0),
    "closer": Damage(pixels=1.1, defocus=0.9, noise=6.0),
}


def itf(digits: str, *, rows: int = 60) -> Label:
    drawn = zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.ITF).to_image(scale=1, add_quiet_zones=False)
    modules = np.repeat((np.array(drawn)[:1] < 128).astype(np.uint8), rows, axis=0)
    return Label(modules=modules, text=digits, symbology="ITF")


def as_png(picture: np.ndarray) -> bytes:
    written = io.BytesIO()
    Image.fromarray(picture).save(written, "PNG")
    return written.getvalue()


@pytest.mark.parametrize(("wanted", "damage"), HOPELESS.items(), ids=HOPELESS)
def test_given_bars_that_nobody_can_read_when_read_then_no_text_but_where_they_are_and_what_helps(wanted, damage):
    """R-A8, S16"""
    random = np.random.default_rng(11)
    told = []
    for _ in range(4):
        picture = show(make_label("Code128", random), damage, random)
        reading = read(picture)
        assert reading.codes == ()
        for doubt in reading.doubts:
            assert set(doubt.advice) <= WORDS
            assert doubt.advice[-1] == "type-the-number"
            x, y = np.mean(doubt.polygon, axis=0)
            assert 0 < x < picture.shape[1]
            assert 0 < y < picture.shape[0]
        told.append(wanted in reading.advice)
    assert sum(told) >= 3


def test_given_what_is_no_code_when_read_then_no_doubt_is_told():
    """R-A8"""
    for seed in range(6):
        random = np.random.default_rng(seed)
        noise = cv2.GaussianBlur(random.normal(128, 50, (240, 360)), (0, 0), 1 + seed / 3)
        assert read(noise.clip(0, 255).astype(np.uint8)).doubts == ()
        sheet = np.full((240, 360), 255, np.uint8)
        for line in range(9):
            words = "".join(random.choice(list("ABCDEFHIKLMNOPRSTU 0123456789"), 22))
            cv2.putText(sheet, words, (4, 24 + 24 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 2)
        assert read(sheet).doubts == ()


def test_given_a_code_that_is_read_when_told_then_with_its_bytes_and_its_time_and_without_a_doubt():
    """R-A8"""
    random = np.random.default_rng(1)
    label = make_label("GS1-128", random)
    (code,) = (reading := read(show(label, Damage(), random))).codes
    assert (code.text, code.bytes, code.identifier) == (label.text, label.text.encode(), "]C1")
    assert code.gs1 is not None
    assert 0 < code.milliseconds < 10_000
    assert reading.doubts == ()


def test_given_a_doubt_when_the_picture_is_read_in_a_child_then_the_same_doubt_arrives():
    """U2, S16"""
    random = np.random.default_rng(11)
    picture = show(make_label("Code128", random), HOPELESS["hold-still"], random)
    assert read_safely(as_png(picture)) == read(picture)
    assert read(picture).doubts


def test_given_a_doubt_when_decoded_by_the_command_then_told_in_words_and_in_json(capsys, tmp_path):
    """S16"""
    random = np.random.default_rng(11)
    file = tmp_path / "blurred.png"
    file.write_bytes(as_png(show(make_label("Code128", random), HOPELESS["hold-still"], random)))
    assert main(["decode", str(file)]) == 0
    assert "not sure of a code" in (said := capsys.readouterr().out)
    assert "hold still" in said
    assert main(["decode", "--json", str(file)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["codes"] == []
    assert "hold-still" in answer["not_sure"][0]["advice"]


@pytest.mark.parametrize("cover", [(0.0, 0.4), (0.6, 1.0)])
@pytest.mark.parametrize("digits", ["4205261998", "052122710435363134"])
def test_given_an_itf_whose_end_is_under_a_reflection_when_read_then_not_a_part_of_it(digits, cover):
    """R-A8: the number that is left reads as well as the whole one"""
    random = np.random.default_rng(3)
    picture = show(itf(digits), Damage(noise=0.5), random)
    assert [code.text for code in decode(picture)] == [digits]
    width = picture.shape[1]
    lit = picture.copy()
    lit[:, int(cover[0] * width) : int(cover[1] * width)] = 255
    assert decode(lit) == []


@pytest.mark.parametrize("degrees", [20, 28, 332, 340])
def test_given_a_turned_itf_when_the_line_leaves_it_at_its_upper_edge_then_never_a_part(degrees):
    """R-A8"""
    random = np.random.default_rng(degrees)
    for digits in ("420526199817", "77278450"):
        picture = show(itf(digits, rows=30), Damage(pixels=3.6, rotation=degrees), random)
        assert {code.text for code in decode(picture)} <= {digits}


def test_given_an_itf_at_the_edge_of_the_picture_when_read_then_a_part_of_it_is_not_believed():
    """R-A8"""
    picture = show(itf("4205261998"), Damage(noise=0.5), np.random.default_rng(4))
    for first in range(0, picture.shape[1] // 2, 7):
        cut = np.ascontiguousarray(picture[:, first:])
        assert {code.text for code in stills.read_still(cut).codes} <= {"4205261998"}
    assert quiet_zones.is_whole(next(iter(decode(picture))), picture, 1.0, places.find_places(picture))


def blurred_scene() -> np.ndarray:
    random = np.random.default_rng(11)
    scene = np.full((720, 1280), 120, np.uint8)
    label = show(make_label("Code128", random), HOPELESS["hold-still"], random)
    scene[200 : 200 + label.shape[0], 200 : 200 + label.shape[1]] = label
    return scene


def test_given_a_label_that_a_camera_cannot_read_when_it_stays_then_told_once_in_a_while():
    """R-A8, R-A12"""
    scene, reader, told = blurred_scene(), LiveReader(), []
    for number in range(150):
        assert reader.read(scene, number / 10) == []
        told += [(number / 10, reader.doubt(scene, number / 10))]
    said = [(at, advice) for at, advice in told if advice]
    assert len(said) == 2
    assert said[0][0] >= 2.0
    assert said[1][0] - said[0][0] >= 10.0
    assert "hold-still" in said[0][1]


class Still:
    """A camera that looks at one scene."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels, self.seconds = pixels, 0.0

    def next(self, seconds: float) -> Frame:
        self.seconds += 0.1
        return Frame(pixels=self.pixels, seconds=self.seconds)

    def end(self) -> None:
        self.pixels = self.pixels[:0]


def test_given_a_label_that_a_camera_cannot_read_when_a_station_looks_then_a_source_says_what_to_do():
    """R-A8, R-A12"""
    stop, still = threading.Event(), Still(blurred_scene())
    for came in Camera("0", capture=lambda: still, clock=lambda: still.seconds).read(stop):
        if isinstance(came, SourceState) and came.state == "not-sure":
            stop.set()
            assert advise(came.advice) in came.detail
            assert "hold still" in came.detail
        assert still.seconds < 10.0
    assert camera.OPEN_SECONDS > 0


def test_given_a_code_128_that_zbar_alone_reads_wrong_when_read_then_no_text():
    """R-A8: at a pixel a module its check character passes by luck"""
    random = np.random.default_rng(31)
    for _ in range(11):
        label = make_label("Code128", random)
        picture = show(label, Damage(pixels=1.0), random)
    assert label.text == "D1SA3S7B0"
    zbar = engines.find_zbar()
    assert zbar is None or [seen.text for seen in zbar(picture)] == ["D'&A3&7B&"]
    assert {code.text for code in decode(picture)} <= {label.text}
