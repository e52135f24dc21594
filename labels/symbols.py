"""Code symbols as matrices, each read back before it may be drawn. The only wrapper of zxing-cpp in this package.

Read-back is the guard against the writers' own faults: python-barcode 0.16.1 loses a leading 99 of Code 128 with a
valid check digit, and zxing-cpp ignores a mistyped keyword, which prints a GS1 code's brackets as text. So the bytes
and the symbology identifier must both come back. Source: 4.5.1 (the code on the goods names the batch).
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import zxingcpp
from barcode import Code128, Gs1_128
from barcode.errors import BarcodeError
from PIL import Image

from labels.gs1 import separated
from labels.refused import LabelRefused, Reason

GS1_OF = {"code128": "gs1-128", "qr": "gs1-qr", "datamatrix": "gs1-datamatrix"}


@dataclass(frozen=True, kw_only=True)
class Symbology:
    """How one kind is made and what must come back; `quiet` is the free margin in modules on each side."""

    format: zxingcpp.BarcodeFormat
    identifier: str
    quiet: int
    options: dict[str, Any] = field(default_factory=dict)


_ONE, _ZERO = np.uint8(ord("1")), np.uint8(ord("0"))
_QR, _DM = zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix
SYMBOLOGIES = {
    "code128": Symbology(format=zxingcpp.BarcodeFormat.Code128, identifier="]C0", quiet=10),
    "gs1-128": Symbology(format=zxingcpp.BarcodeFormat.Code128, identifier="]C1", quiet=10),
    # Without eci, characters that Japanese has too (批) become Shift JIS, which hand scanners pass on as it is. Plain
    # ASCII is written without: some hand scanners refuse it or send its number along.
    "qr": Symbology(format=_QR, identifier="]Q1", quiet=4, options={"ec_level": "M", "eci": "UTF-8"}),
    "gs1-qr": Symbology(format=_QR, identifier="]Q3", quiet=4, options={"ec_level": "M", "gs1": True}),
    "datamatrix": Symbology(format=_DM, identifier="]d1", quiet=2, options={"force_square": True}),
    "gs1-datamatrix": Symbology(format=_DM, identifier="]d2", quiet=2, options={"force_square": True, "gs1": True}),
}


@lru_cache(maxsize=1024)
def draw_symbol(kind: str, text: str) -> tuple[str, ...]:
    """Give the symbol's rows of 0 and 1 (1 is black), without quiet zone; a linear symbol has one row.

    GS1 kinds take the bracketed form `[01]…[10]…`. Raises LabelRefused (unreadable-code) when the symbol cannot be
    made or does not read back as `text`.
    """
    return make(SYMBOLOGIES[kind], text)


def make(symbology: Symbology, text: str) -> tuple[str, ...]:
    """Make one symbol and read it back; as `draw_symbol`, without its memory."""
    if not text:
        raise LabelRefused(field="code", reason=Reason.UNREADABLE_CODE, detail="empty")
    linear = symbology.format == zxingcpp.BarcodeFormat.Code128
    rows = _linear(symbology, text) if linear else _two_dimensional(symbology, text)
    _check_back(symbology, rows, text)
    return rows


def read_back(symbology: Symbology, rows: tuple[str, ...]) -> tuple[bytes, str] | None:
    """Read a matrix at one pixel a module; gives its bytes and symbology identifier, or None."""
    bits = np.frombuffer("".join(rows).encode(), dtype=np.uint8).reshape(len(rows), -1) - ord("0")
    height = 1 if len(rows) > 1 else 20
    picture = np.pad(np.repeat(255 * (1 - bits), height, axis=0), symbology.quiet, constant_values=255)
    found = zxingcpp.read_barcodes(
        picture.astype(np.uint8), formats=zxingcpp.BarcodeFormats(symbology.format), is_pure=True
    )
    return (bytes(found[0].bytes), found[0].symbology_identifier) if len(found) == 1 else None


def count_codes(picture: Image.Image) -> int:
    """Count the codes that can be read in a picture of a label, of the kinds that we print."""
    formats = {symbology.format for symbology in SYMBOLOGIES.values()}
    return len(zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(list(formats))))


def _linear(symbology: Symbology, text: str) -> tuple[str, ...]:
    """Build once only: a second call of `build` gives other modules."""
    try:
        rows = (Gs1_128(separated(text)) if symbology.identifier == "]C1" else Code128(text)).build()
    except BarcodeError as error:
        raise LabelRefused(field="code", reason=Reason.UNREADABLE_CODE, detail=str(error)) from error
    return (str(rows[0]),)


def _two_dimensional(symbology: Symbology, text: str) -> tuple[str, ...]:
    options = {name: value for name, value in symbology.options.items() if name != "eci" or not text.isascii()}
    try:
        symbol = zxingcpp.create_barcode(text, symbology.format, **options)
    except ValueError as error:
        raise LabelRefused(field="code", reason=Reason.UNREADABLE_CODE, detail=str(error)) from error
    picture = np.array(symbol.to_image(scale=1, add_quiet_zones=False))
    return tuple(row.tobytes().decode() for row in np.where(picture < 128, _ONE, _ZERO))


def _check_back(symbology: Symbology, rows: tuple[str, ...], text: str) -> None:
    """Refuse a symbol whose bytes or kind differ; of GS1 codes the brackets are dropped and GS put after open ends."""
    found = read_back(symbology, rows)
    wanted = symbology.identifier
    if found is None or found[1] != wanted or not _same(found[0], text, gs1=wanted in ("]Q3", "]d2", "]C1")):
        raise LabelRefused(field="code", reason=Reason.UNREADABLE_CODE, detail=f"{text!r} reads back as {found!r}")


def _same(read: bytes, text: str, *, gs1: bool) -> bool:
    """Compare what was read; GS1 separators are the writer's affair, the digits and letters are not."""
    if not gs1:
        return read == text.encode()
    return read.replace(b"\x1d", b"") == text.replace("[", "").replace("]", "").encode()
