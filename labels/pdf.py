"""Labels as PDF: each label is one page of exactly its size, because a browser's scaling spoils module widths.

Each symbol is one literal in dot units: whole numbers, four times smaller and faster than path calls. The same label
gives the same bytes. Source: 4.5.5.
"""

from collections.abc import Sequence
from io import BytesIO

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from labels import typeface
from labels.drawing import Drawing, GlyphRun, Matrix, Polygon, Rect, Shape

rl_config.useA85 = 0  # streams as bytes: a quarter smaller and a fifth faster than as text; nothing mails them


def render_pdf(drawings: Sequence[Drawing]) -> bytes:
    """Give one PDF with a page for each drawing; the title is the first label's number."""
    typeface.face(True)
    typeface.face(False)
    file = BytesIO()
    # invariant: no creation time; initialFontName: else every file declares Helvetica and does not embed it
    canvas = Canvas(file, pageCompression=1, invariant=1, initialFontName=typeface.face_name(False))
    canvas.setTitle(drawings[0].title)
    for drawing in drawings:
        points = 72 / (drawing.dots_per_mm * 25.4)
        canvas.setPageSize((drawing.width * points, drawing.height * points))
        for shape in drawing.shapes:
            _draw(canvas, shape, drawing.height, points)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _draw(canvas: Canvas, shape: Shape, height: int, points: float) -> None:
    """Draw one shape; PDF's y runs upward from the page's foot."""
    if isinstance(shape, Matrix):
        bars = " ".join(f"{x} {height - y - h} {w} {h} re" for x, y, w, h in shape.bars())
        canvas.addLiteral(f"q {points:.6f} 0 0 {points:.6f} 0 0 cm 0 g {bars} f Q")
        return
    canvas.setFillColor(HexColor(shape.ink))
    if isinstance(shape, Rect):
        bottom = height - shape.y - shape.height
        canvas.rect(shape.x * points, bottom * points, shape.width * points, shape.height * points, stroke=0, fill=1)
    elif isinstance(shape, Polygon):
        path = canvas.beginPath()
        for number, (x, y) in enumerate(shape.points):
            (path.lineTo if number else path.moveTo)(x * points, (height - y) * points)
        path.close()
        canvas.drawPath(path, stroke=0, fill=1)
    else:
        _draw_text(canvas, shape, height, points)


def _draw_text(canvas: Canvas, run: GlyphRun, height: int, points: float) -> None:
    canvas.setFont(typeface.face_name(run.bold), run.size * points)
    canvas.drawString(run.x * points, (height - run.baseline) * points, run.text)
