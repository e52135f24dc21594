"""Pictures with their truth file, generated codes read back, and pictures that hold none. R-A6, R-A7, R-A8; U1, U2."""

import csv
import io
import json
import os
import struct
import subprocess
import sys
import zlib
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from PIL import Image, PngImagePlugin

from bench.degraded import Damage, make_label, show
from scanners import engines, gs1, passes, votes
from scanners.decode import PictureRefused, decode, read_picture
from scanners.live import LiveReader

PICTURES = Path(__file__).parent / "pictures"
GTIN = "06912345678902"


def truth() -> dict[str, set[tuple[str, str]]]:
    expected: dict[str, set[tuple[str, str]]] = defaultdict(set)
    with (PICTURES / "truth.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            codes = expected[row["file"]]
            if row["symbology"]:
                codes.add((row["symbology"], json.loads(f'"{row["text"]}"')))
    return expected


def drawn(text: str, symbology: str, *, scale: int = 3, **options: bool):
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.__members__[symbology], **options)
    image = np.array(zxingcpp.write_barcode_to_image(barcode, scale=scale), dtype=np.uint8)
    return cv2.copyMakeBorder(image, 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=255)


def saved(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_claiming(width: int, height: int, pixels: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("file", "expected"), truth().items())
def test_given_a_real_picture_when_decoded_then_exactly_its_codes(file, expected):
    """R-A8"""
    codes = decode(read_picture((PICTURES / file).read_bytes()))
    assert {(code.symbology, code.text) for code in codes} == expected
    assert len(codes) == len(expected)


def test_given_the_pictures_when_listed_then_each_has_its_truth_and_its_source():
    """R-A8"""
    notice = (PICTURES / "NOTICE").read_text(encoding="utf-8")
    for file in PICTURES.iterdir():
        if file.name not in ("NOTICE", "truth.csv"):
            assert file.name in truth()
            assert file.name in notice


@pytest.mark.parametrize("symbology", ["Code128", "DataMatrix", "QRCode", "DataBarExp"])
def test_given_a_gs1_symbol_when_decoded_then_raw_text_identifier_and_elements(symbology):
    """R-A6, R-A7"""
    (code,) = decode(drawn(f"(01){GTIN}(10)AB12(17)260600", symbology, gs1=True))
    assert code.text == f"01{GTIN}10AB12\x1d17260600"
    assert code.identifier in gs1.GS1_IDENTIFIERS
    assert code.gs1 == {"01": GTIN, "10": "AB12", "17": "260600"}


def test_given_digits_of_a_plain_code128_when_decoded_then_not_taken_for_gs1():
    """R-A7: the reader says ]C0, so what looks like GS1 is a text."""
    (code,) = decode(drawn(f"01{GTIN}10AB12", "Code128"))
    assert (code.identifier, code.gs1) == ("]C0", None)


def test_given_a_gs1_symbol_with_a_wrong_check_digit_when_decoded_then_its_text_but_no_elements():
    """R-A8: the text goes on, so that the refusal can say why; no element does."""
    (code,) = decode(drawn(f"(01){GTIN[:-1]}3(10)AB12", "Code128", gs1=True))
    assert (code.identifier, code.gs1) == ("]C1", None)
    assert "check digit" in (gs1.parse(f"{code.identifier}{code.text}").problem or "")
    assert code.votes >= 3


@pytest.mark.parametrize(
    ("symbology", "written", "text", "name"),
    [
        ("Code128", "EL-100/L7", "EL-100/L7", "Code128"),
        ("QRCode", "批次 AB12", "批次 AB12", "QRCode"),
        ("DataMatrix", "EL-100/L7", "EL-100/L7", "DataMatrix"),
        ("Code39", "EL-100", "EL-100", "Code39"),
        ("Code93", "EL-100", "EL-100", "Code93"),
        ("Codabar", "A1234A", "A1234A", "Codabar"),
        ("ITF", "16912345678909", "16912345678909", "ITF"),
        ("EAN13", "4006381333931", "4006381333931", "EAN13"),
        ("EAN8", "96385074", "96385074", "EAN8"),
        ("UPCA", "012345678905", "012345678905", "UPCA"),
        ("MicroQRCode", "EL100", "EL100", "MicroQRCode"),
        ("Aztec", "EL-100", "EL-100", "Aztec"),
        ("PDF417", "EL-100", "EL-100", "PDF417"),
        ("DataBarOmni", "1234567890123", "0112345678901231", "DataBar"),
    ],
)
def test_given_a_drawn_code_when_decoded_then_its_text_name_and_place(symbology, written, text, name):
    """R-A8"""
    image = drawn(written, symbology)
    (code,) = decode(image)
    assert (code.symbology, code.text) == (name, text)
    height, width = image.shape
    assert all(-1 <= x <= width and -1 <= y <= height for x, y in code.polygon)
    assert code.votes == len(code.passes) >= 1
    assert code.passes[0].startswith(code.engine)


@pytest.mark.parametrize("degrees", [0, 15, 30, 45, 60, 75, 90, 160, 200, 250, 340])
def test_given_a_turned_label_when_decoded_then_read_and_its_place_is_where_it_lies(degrees):
    """R-A8"""
    canvas = np.full((900, 1200), 255, np.uint8)
    label = drawn("EL-100/L7", "Code128", scale=4)
    canvas[200 : 200 + label.shape[0], 300 : 300 + label.shape[1]] = label
    turn = cv2.getRotationMatrix2D((600, 450), degrees, 1)
    (code,) = decode(cv2.warpAffine(canvas, turn, (1200, 900), borderValue=255))
    assert code.text == "EL-100/L7"
    middle = turn @ np.array([300 + label.shape[1] / 2, 200 + label.shape[0] / 2, 1])
    assert np.linalg.norm(np.mean(code.polygon, axis=0) - middle) < 60


def test_given_two_equal_labels_and_a_third_when_decoded_then_three_places():
    """R-A8"""
    same, other = drawn("EL-100/L7", "QRCode"), drawn("EL-100/L8", "QRCode")
    codes = decode(np.hstack([same, same, other]))
    assert sorted(code.text for code in codes) == ["EL-100/L7", "EL-100/L7", "EL-100/L8"]
    assert len({code.polygon for code in codes}) == 3


def test_given_a_picture_in_colour_when_decoded_then_as_in_grey():
    """R-A8"""
    gray = drawn("EL-100/L7", "QRCode")
    assert decode(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)) == decode(gray)


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 4), np.float32), np.zeros((4, 4, 2), np.uint8), np.zeros((0, 4), np.uint8), np.zeros(4, np.uint8)],
)
def test_given_no_picture_when_decoded_then_refused(image):
    """R-A8"""
    with pytest.raises(ValueError, match="a picture is"):
        decode(image)


@pytest.mark.parametrize("seed", range(8))
def test_given_pictures_without_a_code_when_decoded_then_nothing(seed):
    """R-A8"""
    random = np.random.default_rng(seed)
    noise = random.integers(0, 256, (200, 300)).astype(np.uint8)
    stripes = np.repeat(random.integers(0, 2, (1, 300)) * 255, 200, axis=0).astype(np.uint8)
    words = np.full((200, 300), 255, np.uint8)
    for line in range(8):
        cv2.putText(words, str(random.integers(10**12)), (5, 20 + 24 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0)
    for image in (noise, stripes, words, cv2.GaussianBlur(noise, (0, 0), 4), noise[:1, :1], noise[:1], noise[:, :1]):
        assert decode(np.ascontiguousarray(image)) == []


def sighting(
    text: str, symbology: str, at: float = 0.0, size: float = 100.0
) -> tuple[engines.Sighting, engines.Corners]:
    corners = np.array([(at, 0), (at + size, 0), (at + size, 20), (at, 20)], dtype=np.float64)
    return engines.Sighting(
        text=text, content=text.encode(), symbology=symbology, identifier=None, corners=corners
    ), corners


def believed(*looks: list[tuple[engines.Sighting, engines.Corners]]) -> list[str]:
    ballot = votes.Ballot()
    for one, seen in zip(passes.PASSES, looks, strict=False):
        ballot.count(one, seen)
    return [code.text for code in ballot.codes()]


def test_given_retail_number_when_seen_twice_by_both_engines_then_not_yet_believed():
    """R-A8: agreement of two engines is no proof."""
    look = [sighting("4006381333931", "EAN13")]
    assert believed(look, look) == []
    assert believed(look, look, look) == ["4006381333931"]


def test_given_two_texts_in_one_place_when_votes_are_near_then_neither_and_apart_both():
    """R-A8"""
    right, wrong = sighting("4006381333931", "EAN13"), sighting("4006381333948", "EAN13")
    beside = sighting("4006381333948", "EAN13", at=200)
    assert believed(*[[right, wrong]] * 3) == []
    assert believed([right], [right], [right], [right, wrong], [right, wrong], [right, wrong]) == ["4006381333931"]
    assert believed(*[[right, beside]] * 3) == ["4006381333931", "4006381333948"]


def test_given_strips_of_one_code_when_seen_then_one_place_and_copies_beside_it_are_their_own():
    """R-A8"""
    top, low, beside = (
        sighting("EL-100/L7", "Code128", size=300),
        sighting("EL-100/L7", "Code128", size=300),
        sighting("EL-100/L7", "Code128", at=360, size=300),
    )
    low = (low[0], low[1] + np.array([0.0, 60.0]))
    assert believed([top, low]) == ["EL-100/L7"]
    assert believed([top, low, beside]) == ["EL-100/L7", "EL-100/L7"]


def test_given_a_code128_of_few_pixels_when_one_look_saw_it_then_not_believed_however_often():
    """R-A8"""
    wide, thin = (sighting("01/L7-2026", "Code128", size=size) for size in (330, 200))
    assert believed([wide]) == ["01/L7-2026"]
    assert believed([thin]) == []
    assert believed([thin], [thin]) == ["01/L7-2026"]
    assert believed([thin], [], [thin], [], [], [thin]) == []  # zxing-cpp alone, also in enhanced pictures
    ballot, frame = votes.Ballot(), passes.PASSES[0]
    for _ in range(5):
        ballot.count(frame, [thin])
    assert list(ballot.codes()) == []
    ballot = votes.Ballot()
    for name, told in (("whole", []), ("middle", [thin[0].text])):
        strip = passes.Pass(engine=passes.STRIPS, name=name, vary=passes.as_it_is, raw=True)
        ballot.count(strip, [sighting(thin[0].text, "Code128", size=4 * 140)])
        assert [code.text for code in ballot.codes()] == told


@pytest.mark.parametrize("seed", [19, 35, 153])
def test_given_a_small_label_that_the_engine_misreads_when_decoded_then_its_text_or_none(seed):
    """R-A8: a wrong text with the right check character, as zxing-cpp gives it for one small label in some hundreds."""
    random = np.random.default_rng(seed)
    label = make_label("Code128", random)
    damage = Damage(pixels=1.55, rotation=float(random.uniform(-8, 8)), noise=3.0)
    picture = show(label, damage, random)
    assert [one.text for one in engines.read_zxing(picture)] != [label.text]
    assert [code.text for code in decode(picture)] in ([label.text], [])
    reader = LiveReader()
    told = {code.text for number in range(6) for code in reader.read(np.roll(picture, number, axis=1), number / 15)}
    assert told <= {label.text}


def test_given_short_numbers_and_ghosts_when_counted_then_not_believed():
    """R-A8"""
    code = sighting("EL-100/L7-2026-06-30", "Code128", size=600)
    assert believed(*[[sighting("1234", "ITF")]] * 5) == []
    assert believed(*[[sighting("ABC", "Code39")]] * 5) == []
    assert believed(*[[sighting("A62B", "Codabar")]] * 5) == []
    assert believed([], [], [code]) == []
    assert believed([code]) == ["EL-100/L7-2026-06-30"]
    upce = sighting("01234565", "UPCE", at=30, size=20)
    assert believed([upce], [], [upce], [upce]) == []
    assert believed(*[[code, upce]] * 2, [code], *[[code, upce]] * 2) == ["EL-100/L7-2026-06-30"]
    assert believed(*[[sighting("07042912", "ITF"), sighting("070429", "ITF", size=60)]] * 4) == ["07042912"]
    assert believed(*[[sighting("QR", "QRCode"), sighting("123456", "ITF", at=40, size=20)]] * 4) == ["QR"]


def test_given_no_zbar_when_decoding_then_said_once_and_the_rest_works(tmp_path):
    """R-A8: the library of the second engine may be missing."""
    broken = tmp_path / "pyzbar"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise ImportError('Unable to find zbar shared library')", encoding="ascii")
    command = [sys.executable, "-m", "scanners", "decode", "--json"]
    files = [str(PICTURES / file) for file in truth()]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    ran = subprocess.run([*command, *files], capture_output=True, text=True, check=True, env=environment)
    assert ran.stderr.count("libzbar0") == 1
    for line in ran.stdout.splitlines():
        answer = json.loads(line)
        found = {(code["symbology"], code["text"]) for code in answer["codes"]}
        assert found == truth()[Path(answer["file"]).name]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_given_each_format_when_read_then_its_pixels(kind):
    """U2"""
    gray = drawn("EL-100/L7", "QRCode")
    assert [code.text for code in decode(read_picture(saved(Image.fromarray(gray), kind)))] == ["EL-100/L7"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_given_a_picture_marked_as_turned_when_read_then_upright(orientation):
    """U3: a telephone turns the mark, not the pixels."""
    upright = np.array([[0, 50, 100], [150, 200, 250]], dtype=np.uint8)
    turn = {1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: np.transpose}
    turn |= {6: np.rot90, 7: lambda a: np.rot90(a, 2).T, 8: lambda a: np.rot90(a, -1)}
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(turn[orientation](upright)))
    assert read_picture(saved(stored, exif=exif)).tolist() == upright.tolist()


@pytest.mark.parametrize(
    ("picture", "gray"),
    [
        (Image.new("RGBA", (2, 2), (0, 0, 0, 0)), 255),
        (Image.new("RGBA", (2, 2), (0, 0, 0, 255)), 0),
        (Image.new("LA", (2, 2), (0, 0)), 255),
        (Image.new("1", (2, 2), 1), 255),
        (Image.new("P", (2, 2), 0), 0),
        (Image.fromarray(np.full((2, 2), 32896, np.uint16)), 128),
        (Image.new("RGB", (2, 2), (128, 128, 128)), 128),
    ],
)
def test_given_any_kind_of_pixel_when_read_then_grey_on_white(picture, gray):
    """U2"""
    assert read_picture(saved(picture)).tolist() == [[gray, gray], [gray, gray]]


def moving(kind: str) -> bytes:
    frames = [Image.new("L", (8, 8), shade) for shade in (0, 100, 200)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


def text_bomb() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("note", "a" * 3_000_000, zip=True)
    return saved(Image.new("L", (8, 8)), pnginfo=notes)


HOSTILE = {
    "bomb": (png_claiming(30_000, 30_000, bytes(30_001) * 100), "too-many-pixels"),
    "just over": (png_claiming(5_001, 5_000), "too-many-pixels"),
    "huge numbers": (png_claiming(2**31 - 1, 2**31 - 1), "too-many-pixels"),
    "a thread": (png_claiming(25_000_000, 1), "too-many-pixels"),
    "too long": (png_claiming(1, 16_385), "too-many-pixels"),
    "lying header": (png_claiming(4_000, 4_000, b"\0abc"), "damaged"),
    "no width": (png_claiming(0, 8), "not-a-picture"),
    "text bomb": (text_bomb(), "damaged"),
    "film": (moving("PNG"), "moving"),
    "film in WebP": (moving("WEBP"), "moving"),
    "cut": (
        saved(Image.fromarray(np.random.default_rng(1).integers(0, 256, (99, 99)).astype(np.uint8)))[:3000],
        "damaged",
    ),
    "cut JPEG": (saved(Image.effect_noise((99, 99), 90), "JPEG")[:900], "damaged"),
    "TIFF": (saved(Image.new("L", (8, 8)), "TIFF"), "not-a-picture"),
    "GIF": (saved(Image.new("L", (8, 8)), "GIF"), "not-a-picture"),
    "EPS": (saved(Image.new("L", (8, 8)), "EPS"), "not-a-picture"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not-a-picture"),
    "HTML": (b"<html><script>alert(1)</script>", "not-a-picture"),
    "nothing": (b"", "not-a-picture"),
    "too many bytes": (bytes(8 * 1024 * 1024 + 1), "too-large"),
}


@pytest.mark.parametrize(("data", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_given_a_hostile_file_when_read_then_refused_with_the_reason(data, reason):
    """U1, U2"""
    with pytest.raises(PictureRefused) as refused:
        read_picture(data)
    assert refused.value.reason == reason
    assert str(refused.value) == refused.value.detail != ""


def test_given_one_pixel_when_read_then_a_picture_without_a_code():
    """U1"""
    assert decode(read_picture(saved(Image.new("L", (1, 1))))) == []
