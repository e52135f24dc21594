"""A label as a worn printer prints it and a camera sees it: the damage of a level follows from its seed.

Printer: a dead column, voids, specks, dot gain. Camera: 12 pixels a millimetre, turned, in perspective, unevenly lit,
blurred, noisy, compressed. Levels 1 and 2 are a printer in daily use, 3 and 4 one that wants cleaning.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from pyzbar import pyzbar

from labels import symbols
from labels.drawing import Drawing
from labels.png import draw_picture
from scanners.decode import decode

SUB = 6  # drawn pixels a printer dot
PIXELS_PER_MM, DOTS_PER_MM = 12, 8
INK, PAPER = 25.0, 255.0
MODULE = {"code128": 3, "qr": 4, "datamatrix": 4}
_FORMATS = zxingcpp.BarcodeFormats(
    [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.DataMatrix]
)
_ZBAR = [pyzbar.ZBarSymbol.QRCODE, pyzbar.ZBarSymbol.CODE128]


@dataclass(frozen=True, kw_only=True)
class Damaged:
    """One print of one symbol, seen once."""

    level: int
    kind: str
    text: str
    seed: int
    high_dots: int = 80


def read_frame(shown: Damaged) -> str | None:
    """Read a damaged print's frame as a station does, which is zxing-cpp; None where nothing comes out."""
    found = decode(see(shown))
    return found[0].text if found else None


def read_at_once(shown: Damaged) -> str | None:
    """Read a frame by zxing-cpp alone: many more frames in a minute, and no second look that could find it right."""
    found = zxingcpp.read_barcodes(see(shown), formats=_FORMATS)
    return found[0].text if found else None


def read_both(drawing: Drawing) -> tuple[set[str], set[str]]:
    """Read a clean label by both readers; separators are left out, because pyzbar drops the first.

    A dot is a pixel here, so zxing's second look at a third of the size would see modules of 4/3 pixel at 300 dpi: it
    then reads, once in a thousand labels, a further text that is on no label (its check character is wrong).
    """
    picture = np.asarray(draw_picture(drawing.shapes, drawing.width, drawing.height).convert("L"))
    found = zxingcpp.read_barcodes(picture, formats=_FORMATS, try_downscale=False)
    zxing = {code.bytes.decode().replace("\x1d", "") for code in found}
    zbar = {code.data.decode().replace("\x1d", "") for code in pyzbar.decode(picture, symbols=_ZBAR)}
    return zxing, zbar


def see(shown: Damaged) -> NDArray[np.uint8]:
    """Give the camera's frame, grey."""
    random = np.random.default_rng(shown.seed)
    ink = _print(_dots(shown.kind, shown.text, shown.high_dots), shown.level, random)
    return _photograph(ink, shown.level, random)


@lru_cache(maxsize=64)
def _dots(kind: str, text: str, high_dots: int) -> NDArray[np.bool_]:
    """Give the symbol with its quiet zone in printer dots, True is ink."""
    bits = np.array([[bit == "1" for bit in row] for row in symbols.draw_symbol(kind, text)])
    module, quiet = MODULE[kind], symbols.SYMBOLOGIES[kind].quiet
    down = high_dots if len(bits) == 1 else module
    dots = bits.repeat(down, axis=0).repeat(module, axis=1)
    above = 4 * module if len(bits) == 1 else quiet * module
    return np.pad(dots, ((above, above), (quiet * module, quiet * module)))


def _print(dots: NDArray[np.bool_], level: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Give the paper's light at SUB pixels a dot."""
    worn = dots.copy()
    if random.random() < 0.25:
        worn[:, random.integers(worn.shape[1])] = False
    worn[worn & (random.random(worn.shape) < 0.005 * level)] = False
    worn[~worn & (random.random(worn.shape) < 0.001 * level)] = True
    ink = worn.repeat(SUB, axis=0).repeat(SUB, axis=1).astype(np.float32)
    gain = random.normal(0, 0.12 * level) * SUB  # how far the ink runs over its dot, or falls short
    steps = min(SUB, round(abs(gain)))
    if steps:
        brush = np.ones((steps + 1, steps + 1), np.uint8)
        ink = (cv2.dilate if gain > 0 else cv2.erode)(ink, brush)
    return PAPER - (PAPER - INK) * ink


def _photograph(paper: NDArray[np.float32], level: int, random: np.random.Generator) -> NDArray[np.uint8]:
    high, wide = paper.shape
    scale = PIXELS_PER_MM / (DOTS_PER_MM * SUB)
    out_wide, out_high = round(wide * scale) + 60, round(high * scale) + 60
    turn = np.radians(random.normal(0, 3 * level))
    middle = np.array([wide / 2, high / 2])
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float64)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    seen = (corners - middle) @ rotation.T * scale
    seen *= 1 + random.normal(0, 0.03 * level, (4, 1)) * 0.5
    room = np.ceil(np.abs(seen).max(axis=0)).astype(int) + 20
    out_wide, out_high = max(out_wide, 2 * int(room[0])), max(out_high, 2 * int(room[1]))
    seen += [out_wide / 2, out_high / 2]
    change = cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32))
    small = cv2.GaussianBlur(paper, (0, 0), 0.5 / scale / 2)  # a pixel sees its own area, not a point
    frame = cv2.warpPerspective(small, change, (out_wide, out_high), borderValue=PAPER, flags=cv2.INTER_LINEAR)
    frame *= np.linspace(1, 1 - 0.1 * level, out_wide, dtype=np.float32)
    frame = cv2.GaussianBlur(frame, (0, 0), 0.3 + 0.3 * level)
    frame += random.normal(0, 3 + 3 * level, frame.shape).astype(np.float32)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 90 - 10 * level]
    _, packed = cv2.imencode(".jpg", np.clip(frame, 0, 255).astype(np.uint8), quality)
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE))
