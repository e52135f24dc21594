"""Bytes of a stranger -> grey pixels, or a refusal before they cost anything.

PNG, JPEG and WebP by their content, whatever the name says; the size is read from the header before a pixel is decoded.
Promises P15; rows U1, U2.
"""

import contextlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from scanners.engines import Gray
from scanners.scan import MOST_BYTES, MOST_FILE_BYTES, MOST_PIXELS, MOST_SIDE, PictureRefused

_FORMATS = ("PNG", "JPEG", "WEBP")
_MARKS = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"RIFF")
_DAMAGED = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, OverflowError, struct.error, zlib.error)
_TURNS: dict[int, Callable[[Gray], Gray]] = {  # what brings a picture upright, by its EXIF orientation
    2: np.fliplr,
    3: lambda gray: np.rot90(gray, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda gray: np.rot90(gray, -1),
    7: lambda gray: np.rot90(gray, 2).T,
    8: np.rot90,
}
_MOST_PAGES = 100
_PDF_PIXELS = 8_000_000  # an A4 page at 300 dots an inch
_KEPT_SIDE = 2000  # pixels of a picture that is kept
_PDF_DPI, _PDF_UNITS = 300, 72


def read_picture(data: bytes, *, most_bytes: int = MOST_BYTES) -> Gray:
    """Decode a picture to height x width grey values, upright by its EXIF mark, transparent parts white.

    Raises PictureRefused for more than `most_bytes` or 25 megapixels, moving pictures, other formats and damage.
    """
    if len(data) > most_bytes:
        raise PictureRefused("too-large", f"more than {most_bytes // 1024 // 1024} MiB")
    with _refusing(), Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
        _check_header(picture)
        orientation = picture.getexif().get(ExifTags.Base.Orientation, 1)
        if picture.format != "WEBP":
            return _upright(_gray(picture), orientation)
    del picture  # its decoder holds memory for two more
    return _upright(_gray_of_webp(data), orientation)


def clean(data: bytes) -> bytes:
    """Draw a picture anew as a JPEG of at most 2,000 pixels a side, upright, without anything but pixels.

    Raises PictureRefused as `read_picture` does.
    """
    with _refusing(), Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
        _check_header(picture)
        if picture.format == "JPEG":
            picture.draft("RGB", (_KEPT_SIDE, _KEPT_SIDE))
        picture.thumbnail((_KEPT_SIDE, _KEPT_SIDE))
        upright = ImageOps.exif_transpose(picture)
        if upright.has_transparency_data:
            upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright.convert("RGBA"))
        bare = Image.fromarray(np.asarray(upright.convert("RGB")))  # pixels alone: no comment or profile comes along
    written = io.BytesIO()
    bare.save(written, "JPEG", quality=85)
    return written.getvalue()


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Turn what the decoders raise about a file into the refusal of it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise _too_many_pixels() from bomb
    except UnidentifiedImageError as unknown:
        raise PictureRefused("not-a-picture", "not a PNG, JPEG or WebP picture") from unknown
    except _DAMAGED as damage:
        raise PictureRefused("damaged", f"the picture is damaged: {damage}") from damage


def _too_many_pixels() -> PictureRefused:
    return PictureRefused("too-many-pixels", f"more than {MOST_PIXELS // 1_000_000} megapixels")


def _check_header(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise _too_many_pixels()
    if max(width, height) > MOST_SIDE:
        raise PictureRefused("too-many-pixels", f"longer than {MOST_SIDE} pixels")
    # Phones put a second, small picture behind a JPEG; of PNG and WebP more than one is a film.
    if picture.format in ("PNG", "WEBP") and getattr(picture, "n_frames", 1) > 1:
        raise PictureRefused("moving", "a moving picture; take a still one")


def _gray(picture: Image.Image) -> Gray:
    if picture.format == "JPEG":
        picture.draft("L", picture.size)  # never held in colour
    if picture.mode.startswith("I;16"):  # Pillow would cut 16 bits off at 255
        return np.asarray(np.asarray(picture) >> 8, dtype=np.uint8)
    return np.asarray(_on_white(picture) if picture.has_transparency_data else picture.convert("L"), dtype=np.uint8)


def _gray_of_webp(data: bytes) -> Gray:
    """Decode by OpenCV, which holds the colours once: Pillow holds them four times, in four bytes each."""
    import cv2

    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise PictureRefused("damaged", "the picture is damaged")
    if pixels.shape[2] == 3:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY))
    ink = cv2.bitwise_not(cv2.cvtColor(pixels, cv2.COLOR_BGRA2GRAY))
    return np.asarray(cv2.bitwise_not(cv2.multiply(ink, cv2.extractChannel(pixels, 3), scale=1 / 255)))


def _upright(gray: Gray, orientation: int) -> Gray:
    turn = _TURNS.get(orientation)
    return np.ascontiguousarray(turn(gray) if turn else gray)


def _on_white(picture: Image.Image) -> Image.Image:
    layer = picture if picture.mode == "RGBA" else picture.convert("RGBA")
    white = Image.new("L", layer.size, "white")
    white.paste(layer.convert("L"), mask=layer.getchannel("A"))
    return white


def is_pdf(data: bytes) -> bool:
    """Tell whether the bytes say they are a PDF; a few may stand before the mark, but not those of a picture."""
    return b"%PDF-" in data[:1024] and not data.startswith(_MARKS)


def read_pages(data: bytes) -> Iterator[Gray]:
    """Yield each page of a PDF as height x width grey values, at 300 dots an inch or what 8 megapixels allow.

    Raises PictureRefused for more than 64 MiB or 100 pages, for damage, and for a PDF locked with a password.
    """
    import pypdfium2  # type: ignore[import-untyped] # only here: a picture does not need it, and it brings a large library

    if len(data) > MOST_FILE_BYTES:
        raise PictureRefused("too-large", f"more than {MOST_FILE_BYTES // 1024 // 1024} MiB")
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as damage:
        raise PictureRefused("damaged", f"the PDF cannot be opened: {damage}") from damage
    try:
        if len(document) > _MOST_PAGES:
            raise PictureRefused("too-large", f"more than {_MOST_PAGES} pages")
        for page in document:
            width, height = page.get_size()
            scale = min(_PDF_DPI / _PDF_UNITS, (_PDF_PIXELS / max(width * height, 1.0)) ** 0.5)
            yield np.array(page.render(scale=scale, grayscale=True).to_numpy(), dtype=np.uint8)  # a copy of its own
    except pypdfium2.PdfiumError as damage:
        raise PictureRefused("damaged", f"a page of the PDF is damaged: {damage}") from damage
    finally:
        document.close()


def preload(*, documents: bool) -> None:
    """Load every decoder now, by one pixel of each format, for a process that may open no file later."""
    if documents:
        import pypdfium2  # noqa: F401, a large library
    Image.init()  # all of Pillow's modules: some lean on one another only for rare pictures
    for name in _FORMATS:
        written = io.BytesIO()
        Image.new("L", (1, 1)).save(written, name)
        read_picture(written.getvalue())
        clean(written.getvalue())
