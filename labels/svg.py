"""Labels as SVG in millimetres. Texts are outlines: a browser's own font would set them wider and cut Chinese."""

from xml.sax.saxutils import escape, quoteattr

from labels import typeface
from labels.drawing import Drawing, GlyphRun, Matrix, Polygon, Rect, Shape


def render_svg(drawing: Drawing) -> bytes:
    """Give the label as one SVG; every text is also in its group's aria-label, escaped."""
    width, height = (side / drawing.dots_per_mm for side in (drawing.width, drawing.height))
    body = "\n".join(_element(shape) for shape in drawing.shapes)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {drawing.width} {drawing.height}">\n<title>{escape(drawing.title)}</title>\n'
        '<rect width="100%" height="100%" fill="#FFFFFF"/>\n'
    )
    return f"{head}{body}\n</svg>\n".encode()


def _element(shape: Shape) -> str:
    if isinstance(shape, Matrix):
        bars = "".join(f"M{x} {y}h{w}v{h}h-{w}z" for x, y, w, h in shape.bars())
        return f'<path class="code" shape-rendering="crispEdges" d="{bars}"/>'
    if isinstance(shape, Rect):
        place = f'x="{shape.x}" y="{shape.y}" width="{shape.width}" height="{shape.height}"'
        return f'<rect {place} fill="{shape.ink}" shape-rendering="crispEdges"/>'
    if isinstance(shape, Polygon):
        points = " ".join(f"{x:.2f},{y:.2f}" for x, y in shape.points)
        return f'<polygon points="{points}" fill="{shape.ink}"/>'
    return _text(shape)


def _text(run: GlyphRun) -> str:
    """Draw one run; outlines are in thousandths of an em with y upward, so the group scales and turns them."""
    scale, x, glyphs = run.size / 1000, 0.0, []
    for character in run.text:
        outline = typeface.outline(character, run.bold)
        if outline:
            glyphs.append(f'<path transform="translate({x:g} 0)" d="{outline}"/>')
        x += typeface.width(character, bold=run.bold) * 1000
    turn = f"matrix({scale:.5f} 0 0 {-scale:.5f} {run.x:.2f} {run.baseline:.2f})"
    label = quoteattr(run.text)
    return f'<g role="img" aria-label={label} transform="{turn}" fill="{run.ink}">{"".join(glyphs)}</g>'
