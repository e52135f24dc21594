"""Read back what the package draws: with zxing-cpp, with pyzbar, from PNG, PDF, SVG and ZPL."""

import base64
import binascii
import re
import zlib
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from labels.content import StatusLabel
from labels.samples import sample

STATUSES = ("pending", "awaiting", "qualified", "nonconforming", "scrap")
LANGUAGE_PAIRS = (("en", "zh_Hans"), ("zh_Hans", "zh_Hant"), ("zh_Hant", "en"))
SVG = "{http://www.w3.org/2000/svg}"


def status_sample(status="qualified", languages=("zh_Hant", "en")) -> StatusLabel:
    """The status sample, typed as what it is."""
    label = sample("status", status=status, languages=languages)
    assert isinstance(label, StatusLabel)
    return label


def pyzbar() -> Any:
    """Give pyzbar's module; where its system library is missing the test fails and says how to get it."""
    try:
        from pyzbar import pyzbar as reader
    except ImportError as error:
        pytest.fail(f"pyzbar needs the library zbar ({error}); Debian and Ubuntu: apt-get install libzbar0")
    return reader


def read_zxing(picture: Image.Image) -> set[tuple[str, str]]:
    """Every code of a picture as (symbology, text)."""
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128])
    return {(code.symbology_identifier[:2], code.text) for code in zxingcpp.read_barcodes(picture, formats=formats)}


def read_pyzbar(picture: Image.Image) -> set[tuple[str, str]]:
    """The same by the second reader, under the same names of the two symbologies."""
    reader = pyzbar()
    names = {"QRCODE": "]Q", "CODE128": "]C"}
    wanted = [reader.ZBarSymbol.QRCODE, reader.ZBarSymbol.CODE128]
    return {(names[code.type], code.data.decode()) for code in reader.decode(picture, symbols=wanted)}


def from_png(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data)).convert("RGB")


def from_pdf(data: bytes, *, dpi: float = 203.2) -> Image.Image:
    """The first page at a resolution; pdfium rounds its size up to whole dots, and 100 mm are a millionth more than 800."""
    with pypdfium2.PdfDocument(data) as document:
        page = document[0]
        width, height = (round(side * dpi / 72) for side in page.get_size())
        return page.render(scale=dpi / 72 * (1 - 1e-6)).to_pil().convert("RGB").crop((0, 0, width, height))


def from_svg(data: bytes) -> Image.Image:
    """The codes of an SVG alone, painted from their paths."""
    root = ElementTree.fromstring(data)
    width, height = (int(side) for side in root.attrib["viewBox"].split()[2:])
    dots = np.full((height, width), 255, dtype=np.uint8)
    for path in root.iter(f"{SVG}path"):
        if path.get("class") == "code":
            for x, y, w, h in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z", path.attrib["d"]):
                dots[int(y) : int(y) + int(h), int(x) : int(x) + int(w)] = 0
    return Image.fromarray(dots)


def from_zpl(data: bytes) -> Image.Image:
    """The bitmaps of a ZPL format, each in its place; texts in the printer's own font are left out."""
    text = data.decode("ascii")
    width, height = (int(re.findall(rf"\^{name}(\d+)", text)[0]) for name in ("PW", "LL"))
    dots = np.full((height, width), 255, dtype=np.uint8)
    for x, y, total, across, body in re.findall(r"\^FO(\d+),(\d+)\^GFA,\d+,(\d+),(\d+),([^^]+)\^FS", text):
        bits = np.unpackbits(graphic(body, int(total), int(across)), axis=1)
        there = dots[int(y) : int(y) + bits.shape[0], int(x) : int(x) + bits.shape[1]]
        there[bits[: there.shape[0], : there.shape[1]] == 1] = 0
    return Image.fromarray(dots)


def graphic(body: str, total: int, across: int) -> Any:
    """Unpack the data of `^GFA`: rows x bytes."""
    if body.startswith(":Z64:"):
        packed, check = body.removeprefix(":Z64:").split(":")
        assert int(check, 16) == binascii.crc_hqx(packed.encode(), 0)
        raw = zlib.decompress(base64.b64decode(packed))
    else:
        rows: list[str] = []
        at = 0
        while at < len(body):
            above = body[at] == ":"
            rows.append(rows[-1] if above else body[at : at + 2 * across])
            at += 1 if above else 2 * across
        raw = bytes.fromhex("".join(rows))
    assert len(raw) == total
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, across)
