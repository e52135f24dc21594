"""Labels as PDF: each label is one page of exactly its size, because a browser's scaling spoils module widths.

Each symbol is one literal in dot units: whole numbers, four times smaller and faster than path calls. The same label
gives the same bytes. Source: 4.5.5.
"""

import zlib
from collections.abc import Iterable
from io import BytesIO

from reportlab import rl_config
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFPage, PDFStream
from reportlab.pdfgen.canvas import Canvas

from labels import typeface
from labels.drawing import Drawing, GlyphRun, Matrix, Polygon, Rect, Shape

rl_config.useA85 = 0  # streams as bytes: a quarter smaller and a fifth faster than as text; nothing mails them

MOST_WRITTEN = 2048  # shapes kept as text within one file


def render_pdf(drawings: Iterable[Drawing]) -> bytes:
    """Give one PDF with a page for each drawing; the title is the first label's number."""
    typeface.face(True)
    typeface.face(False)
    # invariant: no creation time; initialFontName: else every file declares Helvetica and does not embed it
    canvas = Canvas(BytesIO(), pageCompression=1, invariant=1, initialFontName=typeface.face_name(False))
    add_page = canvas._doc.addPage
    canvas._doc.addPage = lambda page: add_page(_packed(page))
    written: dict[Shape, str] = {}
    for number, drawing in enumerate(drawings):
        if number == 0:
            canvas.setTitle(drawing.title)
        points = 72 / (drawing.dots_per_mm * 25.4)
        canvas.setPageSize((drawing.width * points, drawing.height * points))
        canvas.addLiteral(_code(canvas, drawing, points, written))
        canvas.showPage()
    data: bytes = canvas.getpdfdata()
    return data


def _packed(page: PDFPage) -> PDFPage:
    """Compress a finished page at once: reportlab keeps each as text until the end, half the memory of a long file."""
    code = zlib.compress(page.stream.encode("latin-1"))
    page.Contents = PDFStream(PDFDictionary({"Filter": PDFName("FlateDecode")}), code)
    page.stream = None
    return page


def _code(canvas: Canvas, drawing: Drawing, points: float, written: dict[Shape, str]) -> str:
    """Write a page's operators; what was written once in this file, a caption say, is not written anew.

    Pages of one size and resolution only share what is written, so the memory is emptied where they differ.
    """
    key = Rect(x=drawing.width, y=drawing.height, width=drawing.dpi, height=0, ink="")
    if key not in written or len(written) > MOST_WRITTEN:
        written.clear()
        written[key] = ""
    parts = []
    for shape in drawing.shapes:
        if isinstance(shape, Matrix):
            parts.append(_matrix(shape, drawing.height, points))
            continue
        code = written.get(shape)
        if code is None:
            code = written[shape] = _operators(canvas, shape, drawing.height, points)
        parts.append(code)
    return "\n".join(parts)


def _matrix(shape: Matrix, height: int, points: float) -> str:
    bars = " ".join([f"{x} {height - y - h} {w} {h} re" for x, y, w, h in shape.bars()])
    return f"q {points:.6f} 0 0 {points:.6f} 0 0 cm 0 g {bars} f Q"


def _operators(canvas: Canvas, shape: Rect | Polygon | GlyphRun, height: int, points: float) -> str:
    """Write one shape; PDF's y runs upward from the page's foot."""
    red, green, blue = (int(shape.ink[at : at + 2], 16) / 255 for at in (1, 3, 5))
    ink = f"{red:.4g} {green:.4g} {blue:.4g} rg"
    if isinstance(shape, Rect):
        bottom = height - shape.y - shape.height
        box = (shape.x * points, bottom * points, shape.width * points, shape.height * points)
        return f"{ink} {' '.join(f'{side:.4f}' for side in box)} re f"
    if isinstance(shape, Polygon):
        corners = [f"{x * points:.3f} {(height - y) * points:.3f}" for x, y in shape.points]
        return f"{ink} {corners[0]} m {' '.join(f'{corner} l' for corner in corners[1:])} h f"
    text = canvas.beginText(shape.x * points, (height - shape.baseline) * points)
    text.setFont(typeface.face_name(shape.bold), shape.size * points)
    text.textOut(shape.text)
    code: str = text.getCode()
    return f"{ink} {code}"
