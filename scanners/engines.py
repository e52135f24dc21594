"""The two engines that turn grey pixels into texts: zxing-cpp, and zbar where its library is installed.

Each tells what it saw in one picture, unjudged: `votes` decides what is believed. Symbologies are called as the public
interface calls them. cv2's own barcode reader is not used: it invents EAN numbers out of other codes' bars.
"""

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import zxingcpp
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Corners = NDArray[np.float64]  # 4 x 2, x and y in pixels of the picture that was read

_log = logging.getLogger(__name__)

_ZXING_NAMES = {
    "Code128": "Code128",
    "Code39": "Code39",
    "Code39Std": "Code39",
    "Code39Ext": "Code39",
    "Code93": "Code93",
    "Codabar": "Codabar",
    "ITF": "ITF",
    "ITF14": "ITF",
    "EAN13": "EAN13",
    "EAN8": "EAN8",
    "UPCA": "UPCA",
    "UPCE": "UPCE",
    "QRCode": "QRCode",
    "QRCodeModel1": "QRCode",
    "QRCodeModel2": "QRCode",
    "MicroQRCode": "MicroQRCode",
    "DataMatrix": "DataMatrix",
    "Aztec": "Aztec",
    "AztecCode": "Aztec",
    "PDF417": "PDF417",
    "CompactPDF417": "PDF417",
    "DataBar": "DataBar",
    "DataBarOmni": "DataBar",
    "DataBarStk": "DataBar",
    "DataBarStkOmni": "DataBar",
    "DataBarLtd": "DataBarLimited",
    "DataBarExp": "DataBarExpanded",
    "DataBarExpStk": "DataBarExpanded",
}
# Code 39 as it is printed: read as "full ASCII", the batch EL-100/L7 would become EL-100,7.
_BARS = [
    zxingcpp.BarcodeFormat.Code128,
    zxingcpp.BarcodeFormat.Code39Std,
    zxingcpp.BarcodeFormat.Code93,
    zxingcpp.BarcodeFormat.Codabar,
    zxingcpp.BarcodeFormat.ITF,
    zxingcpp.BarcodeFormat.EAN13,
    zxingcpp.BarcodeFormat.EAN8,
    zxingcpp.BarcodeFormat.UPCA,
    zxingcpp.BarcodeFormat.UPCE,
    zxingcpp.BarcodeFormat.DataBar,
]
_FORMATS = [
    *_BARS,
    zxingcpp.BarcodeFormat.QRCode,
    zxingcpp.BarcodeFormat.MicroQRCode,
    zxingcpp.BarcodeFormat.DataMatrix,
    zxingcpp.BarcodeFormat.Aztec,
    zxingcpp.BarcodeFormat.PDF417,
    zxingcpp.BarcodeFormat.MaxiCode,  # upright in a drawn page only
]
_ZXING_BARS = zxingcpp.BarcodeFormats(_BARS)
_ZXING_FORMATS = zxingcpp.BarcodeFormats(_FORMATS)
RARE = frozenset({"DataBar", "DataBarLimited", "DataBarExpanded", "Aztec", "PDF417", "MaxiCode"})
_ZXING_COMMON = zxingcpp.BarcodeFormats([one for one in _FORMATS if _ZXING_NAMES.get(one.name, one.name) not in RARE])
_ZBAR_NAMES = {
    "CODE128": "Code128",
    "CODE39": "Code39",
    "CODE93": "Code93",
    "I25": "ITF",
    "EAN13": "EAN13",
    "EAN8": "EAN8",
    "UPCA": "UPCA",
    "UPCE": "UPCE",
    "QRCODE": "QRCode",
}

_RETAIL = frozenset({"EAN13", "EAN8", "UPCA", "UPCE"})  # told by the digits under their bars


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One code as one engine saw it in one picture; `content` are its bytes. zbar gives no identifier."""

    text: str
    content: bytes
    symbology: str
    identifier: str | None
    corners: Corners


Engine = Callable[[Gray], list[Sighting]]


def read_zxing(gray: Gray) -> list[Sighting]:
    """Read all symbologies in any direction, also inverted; the text is plain, since the human one rewrites FNC1."""
    found = zxingcpp.read_barcodes(gray, formats=_ZXING_FORMATS, text_mode=zxingcpp.TextMode.Plain)
    return [from_zxing(barcode) for barcode in found]


def read_bars(gray: Gray) -> list[Sighting]:
    """Read bars only, for less than half the time."""
    found = zxingcpp.read_barcodes(gray, formats=_ZXING_BARS, text_mode=zxingcpp.TextMode.Plain)
    return [from_zxing(barcode) for barcode in found]


def glance(gray: Gray, *, turned: bool = False, rare: bool = True, symbology: str | None = None) -> list[Sighting]:
    """Read what lies nearly upright and dark on light, for a quarter of the time; `turned` reads the rest too.

    Without the `rare` symbologies it takes half of that, with one `symbology` only a third.
    """
    formats = _formats_of(symbology) if symbology else _ZXING_FORMATS if rare else _ZXING_COMMON
    found = zxingcpp.read_barcodes(
        gray, formats=formats, text_mode=zxingcpp.TextMode.Plain, try_rotate=turned, try_downscale=False,
        try_invert=turned,
    )  # fmt: skip
    return [from_zxing(barcode) for barcode in found]


@functools.cache
def _formats_of(symbology: str) -> zxingcpp.BarcodeFormats:
    """Give the formats a symbology is asked for by, or all where none bears its name."""
    asked = [one for one in _FORMATS if _ZXING_NAMES.get(one.name) == symbology]
    return zxingcpp.BarcodeFormats(asked) if asked else _ZXING_FORMATS


def from_zxing(barcode: zxingcpp.Barcode) -> Sighting:
    """Take over what zxing-cpp found."""
    symbology, text = as_printed(_ZXING_NAMES.get(barcode.format.name, barcode.format.name), barcode.text)
    content = text.encode("ascii") if symbology in _RETAIL else bytes(barcode.bytes)
    place = barcode.position
    points = [(p.x, p.y) for p in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)]
    return Sighting(
        text=text,
        content=content,
        symbology=symbology,
        identifier=barcode.symbology_identifier or None,
        corners=np.array(points, dtype=np.float64),
    )


@functools.cache
def find_zbar() -> Engine | None:
    """Give the second engine, or None where libzbar is missing, which is said once a process."""
    try:
        from pyzbar import pyzbar  # imports the system library, so not before it is wanted
    except ImportError as missing:
        _log.warning("reading without the second engine (apt-get install libzbar0 adds it): %s", missing)
        return None
    symbols = [pyzbar.ZBarSymbol[name] for name in _ZBAR_NAMES]
    return lambda gray: [_from_zbar(found) for found in pyzbar.decode(gray, symbols=symbols) if _is_certain(found)]


def _is_certain(found: Any) -> bool:
    """zbar guesses the character set of QR texts, Shift-JIS as Big5: beyond ASCII zxing-cpp is asked alone."""
    return found.type != "QRCODE" or bytes(found.data).isascii()


def _from_zbar(found: Any) -> Sighting:
    symbology, text = as_printed(_ZBAR_NAMES[found.type], bytes(found.data).decode("latin-1"))
    content = text.encode("latin-1")
    return Sighting(text=text, content=content, symbology=symbology, identifier=None, corners=_zbar_corners(found))


def _zbar_corners(found: Any) -> Corners:
    """Take zbar's four corners where it has them; for bars it gives a hull of scan lines, so the box around it."""
    if len(found.polygon) == 4 and found.type == "QRCODE":
        return np.array([(p.x, p.y) for p in found.polygon], dtype=np.float64)
    left, top, right, bottom = found.rect.left, found.rect.top, found.rect.width, found.rect.height
    right, bottom = left + right, top + bottom
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float64)


def as_printed(symbology: str, text: str) -> tuple[str, str]:
    """Give retail numbers the digits under their bars: EAN-13 that begins with 0 is UPC-A, UPC-E has eight digits."""
    if symbology in ("EAN13", "UPCA") and text.isdecimal():
        number = text.zfill(13)
        return ("UPCA", number[1:]) if number[0] == "0" else ("EAN13", number)
    if symbology == "UPCE" and len(text) > 8:
        return symbology, _suppress_zeros(text[-12:])
    return symbology, text


def _suppress_zeros(number: str) -> str:
    """Turn the twelve digits of a UPC-A that has a UPC-E into the eight of the latter."""
    system, maker, product, check = number[0], number[1:6], number[6:11], number[11]
    if maker[2:] in ("000", "100", "200"):
        digits = maker[:2] + product[2:] + maker[2]
    elif maker[3:] == "00":
        digits = maker[:3] + product[3:] + "3"
    elif maker[4] == "0":
        digits = maker[:4] + product[4] + "4"
    else:
        digits = maker + product[4]
    return system + digits + check
