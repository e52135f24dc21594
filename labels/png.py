"""Labels as pictures: for screens, documentation and the bitmaps inside ZPL. One pixel is one printer dot."""

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from labels import typeface
from labels.drawing import BLACK, Drawing, GlyphRun, Matrix, Polygon, Rect, Shape

DARK = 128  # a grey pixel darker than this is a black dot


def render_png(drawing: Drawing) -> bytes:
    """Give a PNG of the label, one pixel a dot, with its resolution written in."""
    file = BytesIO()
    density = drawing.dots_per_mm * 25.4
    picture = draw_picture(drawing.shapes, drawing.width, drawing.height)
    picture.save(file, "PNG", dpi=(density, density))
    return file.getvalue()


def draw_picture(shapes: tuple[Shape, ...], width: int, height: int) -> Image.Image:
    """Paint shapes on white paper; RGB, `width` x `height` pixels."""
    picture = Image.new("RGB", (width, height), "#FFFFFF")
    pen = ImageDraw.Draw(picture)
    for shape in shapes:
        if isinstance(shape, Matrix):
            for x, y, w, h in shape.bars():
                pen.rectangle((x, y, x + w - 1, y + h - 1), fill=BLACK)
        elif isinstance(shape, Rect):
            pen.rectangle((shape.x, shape.y, shape.x + shape.width - 1, shape.y + shape.height - 1), fill=shape.ink)
        elif isinstance(shape, Polygon):
            pen.polygon([(x - 0.5, y - 0.5) for x, y in shape.points], fill=shape.ink)
        else:
            draw_text(pen, shape)
    return picture


def draw_text(pen: ImageDraw.ImageDraw, run: GlyphRun) -> None:
    """Set glyph by glyph at the font's own widths: Pillow's basic layout rounds each to a pixel, 2 % off."""
    font = _font(run.bold, run.size)
    x = run.x
    for character in run.text:
        pen.text((x, run.baseline), character, font=font, fill=run.ink, anchor="ls")
        x += typeface.width(character, bold=run.bold) * run.size


@lru_cache(maxsize=64)
def _font(bold: bool, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(typeface.path(bold), size, layout_engine=ImageFont.Layout.BASIC)
