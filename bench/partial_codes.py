"""Pictures of bars of which a part is gone: covered, torn off, folded away, under a reflection, out of the picture.

A code is printed on paper with bare paper around it, with or without bearer bars, in any linear symbology. Then over
all of its height two digits or more are lost. What is left is no code, so each text read there is a wrong one. Not
drawn is what nobody could tell: a fold so flat that the bars on both sides of it make a code again.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from bench.degraded import Gray, with_check_digit

_FORMAT = zxingcpp.BarcodeFormat
_TEXTURE = 6  # pixels of the drawn paper a module
_QUIET = 11  # modules
_LOST_LEAST, _LOST_MOST = 0.12, 0.55  # of the bars' length
_LOST_MODULES = 18  # at least: two digits and more
_WIDE = (2.0, 2.2, 2.5, 3.0)  # modules of a wide element, where there are two widths only
_LETTERS = list("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789")
Plane = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Print:
    """A code on its paper: light 0 to 255, and from where to where its bars reach, in pixels."""

    paper: Plane
    left: int
    right: int
    top: int
    low: int
    white: float


def print_code(random: np.random.Generator, kind: str | None = None) -> Print:
    """Print a code of one of `KINDS`, by default of any."""
    kind = kind or str(random.choice(list(KINDS)))
    row = draw(*KINDS[kind](random))
    return print_bars(_as_printed(row, random, two_widths=kind in _TWO_WIDTHS), random, is_itf_14=kind == "ITF14")


def draw(symbology: str, text: str) -> Plane:
    """Give the ink along a code's length, 0 or 1 a module."""
    options = {"gs1": True} if text.startswith("(") else {}
    drawn = zxingcpp.create_barcode(text, _FORMAT.__members__[symbology], **options)
    modules = np.array(drawn.to_image(scale=1, add_quiet_zones=False))
    row = modules[modules.shape[0] // 2] < 128
    return row[np.flatnonzero(row)[0] : np.flatnonzero(row)[-1] + 1].astype(np.float32)


def print_bars(bars: Plane, random: np.random.Generator, *, is_itf_14: bool = False) -> Print:
    """Print bars (ink, `_TEXTURE` values a module) with quiet zones, writing, and bearer bars as an ITF-14 has them."""
    high, zone = int(len(bars) * random.uniform(0.15, 0.5)), _QUIET * _TEXTURE
    white, ink = float(random.uniform(150, 245)), float(random.uniform(5, 60))
    paper = np.full((high + 2 * zone + 8 * _TEXTURE, len(bars) + 2 * zone), white, np.float32)
    paper[zone : zone + high, zone : zone + len(bars)] -= bars * (white - ink)
    if is_itf_14 and random.random() < 0.7:
        thick, out = int(random.uniform(2, 5) * _TEXTURE), int(random.uniform(0, 8) * _TEXTURE)
        for first in (zone - thick, zone + high):
            paper[first : first + thick, zone - out : zone + len(bars) + out] = ink
        if random.random() < 0.5:
            for first in (zone - out - thick, zone + len(bars) + out):
                paper[zone - thick : zone + high + thick, max(first, 0) : first + thick] = ink
    if random.random() < 0.7:
        words = "".join(random.choice(_LETTERS, int(random.integers(5, 16))))
        place = (zone, zone + high + 12 * _TEXTURE)
        written = np.zeros(paper.shape, np.uint8)
        cv2.putText(written, words, place, cv2.FONT_HERSHEY_DUPLEX, _TEXTURE * 0.25, 255, 3, cv2.LINE_AA)
        paper[written > 127] = ink
    return Print(paper=paper, left=zone, right=zone + len(bars), top=zone, low=zone + high, white=white)


def _as_printed(row: Plane, random: np.random.Generator, *, two_widths: bool) -> Plane:
    """Give the ink along a code as printers differ: how wide a wide element is, and how far the ink runs."""
    widths = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], row, [0]]))))
    if two_widths:
        wide = random.choice(_WIDE)
        widths = np.where(widths > 1, wide, 1.0)
    spread = float(random.uniform(-0.2, 0.25))  # ink that runs, in modules
    signs = np.where(np.arange(len(widths)) % 2 == 0, spread, -spread)
    sizes = np.maximum(1, np.round((widths + signs) * _TEXTURE)).astype(int)
    return np.repeat((np.arange(len(widths)) + 1) % 2, sizes).astype(np.float32)


def _digits(random: np.random.Generator, count: int) -> str:
    return "".join(str(digit) for digit in random.integers(0, 10, count))


def _word(random: np.random.Generator) -> str:
    return "".join(random.choice(_LETTERS, int(random.integers(6, 16))))


Writer = Callable[[np.random.Generator], tuple[str, str]]
KINDS: dict[str, Writer] = {
    "ITF": lambda random: ("ITF", _digits(random, 2 * int(random.integers(4, 14)))),
    "ITF short": lambda random: ("ITF", _digits(random, 2 * int(random.integers(3, 7)))),
    "ITF14": lambda random: ("ITF", with_check_digit(_digits(random, 13))),
    "Code39": lambda random: ("Code39Std", _word(random)),
    "Code93": lambda random: ("Code93", _word(random)),
    "Codabar": lambda random: ("Codabar", f"A{_digits(random, int(random.integers(6, 16)))}B"),
    "Code128": lambda random: ("Code128", _word(random)),
    "Code128 digits": lambda random: ("Code128", _digits(random, 2 * int(random.integers(4, 12)))),
    "GS1-128": lambda random: ("Code128", f"(01){with_check_digit(_digits(random, 13))}(10){_word(random)}"),
    "EAN13": lambda random: ("EAN13", str(random.integers(1, 10)) + _digits(random, 11)),
    "EAN8": lambda random: ("EAN8", _digits(random, 7)),
    "UPCA": lambda random: ("UPCA", _digits(random, 11)),
    "UPCE": lambda random: ("UPCE", "0" + _digits(random, 5).replace("0", "7") + str(random.integers(5, 10))),
    "DataBar": lambda random: ("DataBarOmni", "01" + _digits(random, 13)),
    "DataBarLimited": lambda random: ("DataBarLtd", "010" + _digits(random, 12)),
    "DataBarExpanded": lambda random: ("DataBarExp", "[10]" + _word(random)),
}
_TWO_WIDTHS = {"ITF", "ITF short", "ITF14", "Code39", "Codabar"}


def _span(code: Print, random: np.random.Generator, *, inner: bool) -> tuple[float, float]:
    """Choose from where to where the bars are lost: at one end, or when `inner` anywhere."""
    length = code.right - code.left
    lost = max(random.uniform(_LOST_LEAST, _LOST_MOST) * length, min(_LOST_MODULES * _TEXTURE, 0.6 * length))
    side = random.integers(0, 3 if inner else 2)
    if side == 0:
        return -1e4, code.left + lost
    if side == 1:
        return code.right - lost, 1e4
    first = code.left + random.uniform(0.05, 0.95) * (length - lost)
    return first, first + lost


def _mask(code: Print, span: tuple[float, float], random: np.random.Generator, *, rough: float) -> Plane:
    """Give 1 where the paper is lost: between two lines slanted a little, torn by so many modules."""
    rows, columns = code.paper.shape
    slant = random.normal(0, 0.12) if random.random() < 0.6 else 0.0
    y = np.arange(rows, dtype=np.float32)[:, None]
    tear = cv2.GaussianBlur(random.normal(0, 1, (rows, 1)).astype(np.float32), (1, 31), 8)
    line = (y - (code.top + code.low) / 2) * slant + tear * 3 * rough * _TEXTURE
    x = np.arange(columns, dtype=np.float32)[None]
    return ((x > span[0] + line) & (x < span[1] + line)).astype(np.float32)


def _shade(code: Print, random: np.random.Generator) -> float:
    """Choose the light of what lies beyond: like the paper, or anything."""
    return float(code.white + random.normal(0, 6) if random.random() < 0.5 else random.uniform(5, 250))


def torn(code: Print, random: np.random.Generator) -> Gray:
    """The paper ends, and a table lies beyond."""
    mask = _mask(code, _span(code, random, inner=False), random, rough=float(random.choice([0, 0, 1])))
    table = _shade(code, random) + 6 * random.random() * random.normal(0, 1, code.paper.shape)
    scene = code.paper * (1 - mask) + table.astype(np.float32) * mask
    return taken(_shadowed(scene, mask, random), random)


def _shadowed(scene: Plane, mask: Plane, random: np.random.Generator) -> Plane:
    """Darken what lies along the edge of what covers, or do not."""
    if random.random() < 0.5:
        return scene
    soft = cv2.GaussianBlur(mask, (0, 0), _TEXTURE * float(random.uniform(0.5, 2)))
    shadow = soft * (1 - mask) + (1 - soft) * mask
    return np.asarray(scene * (1 - random.uniform(0.1, 0.5) * shadow), np.float32)


def covered(code: Print, random: np.random.Generator) -> Gray:
    """Another label or a strip of tape lies on the bars."""
    mask = _mask(code, _span(code, random, inner=True), random, rough=0)
    scene = code.paper * (1 - mask) + _shade(code, random) * mask
    return taken(_shadowed(scene, mask, random), random)


def thumbed(code: Print, random: np.random.Generator) -> Gray:
    """A thumb lies on the bars: round, soft, lit from a side."""
    first, last = _span(code, random, inner=True)
    first, last = max(first, code.left - 6 * _TEXTURE), min(last, code.right + 6 * _TEXTURE)
    middle, high = (code.top + code.low) / 2, code.low - code.top
    mask = np.zeros_like(code.paper)
    size = (int((last - first) / 2), int(high * random.uniform(0.8, 1.6)))
    cv2.ellipse(mask, (int((first + last) / 2), int(middle + high * 0.2)), size, 0, 0, 360, 1.0, -1)
    mask[int(middle) :, int(first) : int(last)] = 1
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), float(random.uniform(0.2, 1.5)) * _TEXTURE), np.float32)
    skin = random.uniform(60, 220) + 25 * np.linspace(-1, 1, mask.shape[1])[None] * random.uniform(-1, 1)
    return taken(np.asarray(code.paper * (1 - mask) + skin * mask, np.float32), random)


def folded(code: Print, random: np.random.Generator) -> Gray:
    """A part of the paper is folded away: its end, or some of it, and what is beyond lies in another plane."""
    first, last = _span(code, random, inner=True)
    if first < code.left:  # the end is turned over, and its back lies on the rest
        keep = code.paper[:, int(last) :]
        back = np.full((keep.shape[0], 14 * _TEXTURE), _shade(code, random), np.float32)
        return taken(_creased(np.hstack([back, keep]), back.shape[1], random), random)
    if last > code.right:
        keep = code.paper[:, : int(first)]
        back = np.full((keep.shape[0], 14 * _TEXTURE), _shade(code, random), np.float32)
        return taken(_creased(np.hstack([keep, back]), keep.shape[1], random), random)
    beyond = code.paper[:, int(last) :]
    slanted = cv2.resize(beyond, (int(beyond.shape[1] * random.uniform(0.6, 0.9)), beyond.shape[0]))
    joined = np.hstack([code.paper[:, : int(first)], slanted])
    return taken(_creased(joined, int(first), random), random)


def _creased(scene: Plane, at: int, random: np.random.Generator) -> Plane:
    x = (np.arange(scene.shape[1]) - at) / (_TEXTURE * random.uniform(0.3, 1.5))
    return np.asarray(scene * (1 - random.uniform(0, 0.6) * np.exp(-(x**2))[None]), np.float32)


def lit(code: Print, random: np.random.Generator) -> Gray:
    """A reflection lies across the bars, brighter than the paper or as bright."""
    mask = _mask(code, _span(code, random, inner=True), random, rough=0)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), float(random.uniform(0.3, 4)) * _TEXTURE), np.float32)
    light = code.white + random.uniform(-5, 120)
    return taken(np.asarray(code.paper * (1 - mask) + light * mask, np.float32), random)


def out_of_picture(code: Print, random: np.random.Generator) -> Gray:
    """The picture ends where the code does not."""
    first, last = _span(code, random, inner=False)
    if first < code.left:
        return taken(code.paper[:, int(last) :], random, beyond=False)
    return taken(code.paper[:, : int(first)], random, beyond=False)


def taken(paper: Plane, random: np.random.Generator, *, beyond: bool = True) -> Gray:
    """Photograph a paper: turned unless nothing lies `beyond` it, few pixels a module, blurred, dimmed, compressed."""
    pixels = float(np.exp(random.uniform(np.log(1.3), np.log(4.5))))
    scale = pixels / _TEXTURE
    sigma = float(np.hypot(0.35 / scale, random.uniform(0, 0.45) * _TEXTURE))
    paper = np.asarray(cv2.GaussianBlur(paper, (0, 0), sigma), np.float32)
    if beyond:
        turn = float(random.choice([0, 0, 90, 180, random.normal(0, 8), random.uniform(0, 360)]))
        paper = _turned(paper, turn, float(random.uniform(10, 240)))
    levels = cv2.resize(paper, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    levels = (levels - 128) * random.uniform(0.3, 1.0) + random.uniform(100, 140)
    levels = levels + random.normal(0, random.uniform(0.5, 4), levels.shape)
    picture = np.asarray(levels.clip(0, 255).round(), np.uint8)
    if random.random() < 0.5:
        quality = int(random.integers(30, 95))
        picture = np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0))
    return picture


def _turned(paper: Plane, degrees: float, ground: float) -> Plane:
    height, width = paper.shape
    view = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    cosine, sine = abs(view[0, 0]), abs(view[0, 1])
    across, down = int(height * sine + width * cosine) + 60, int(height * cosine + width * sine) + 60
    view[:, 2] += across / 2 - width / 2, down / 2 - height / 2
    return np.asarray(cv2.warpAffine(paper, view, (across, down), borderValue=ground), np.float32)


LOSSES: tuple[Callable[[Print, np.random.Generator], Gray], ...] = (
    torn, covered, thumbed, folded, lit, out_of_picture,
)  # fmt: skip
