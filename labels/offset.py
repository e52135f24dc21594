"""Move what a printer prints by its calibrated offset: every form alike, by whole dots, and nothing cut in silence.

Texts, codes and pictograms must stay whole on the label, else it is refused and named. Only what fills the label up to
its edge anyway, the band's ground and pattern and the painted edge, ends at the edge. Source: 4.5.5.
"""

from dataclasses import replace

from labels import typeface
from labels.drawing import Drawing, GlyphRun, Matrix, Polygon, Rect, Shape
from labels.fitting import ASCENT
from labels.refused import LabelRefused, Reason
from labels.sheets import moved

DESCENT = 1 - ASCENT
LATIN_ASCENT = 0.82  # the highest letter, f
Extent = tuple[float, float, float, float]  # left, top, right, bottom in dots


def shifted(drawing: Drawing, *, x_mm: float, y_mm: float) -> Drawing:
    """Give the drawing moved to the right and down, negative to the left and up; its size stays.

    Raises LabelRefused (off-the-label) naming the text or code that would not be whole on it.
    """
    x, y = (round(side * drawing.dots_per_mm) for side in (x_mm, y_mm))
    if not x and not y:
        return drawing
    band = [cut for shape in drawing.band if (cut := _on_label(shape, drawing, x, y, edge=True))]
    items = [cut for shape in drawing.items if (cut := _on_label(shape, drawing, x, y, edge=False))]
    left, top, wide, high = drawing.band_box
    box = _clipped(Rect(x=left + x, y=top + y, width=wide, height=high, ink=""), drawing) if drawing.band else None
    return replace(
        drawing, band=tuple(band), items=tuple(items),
        band_box=(box.x, box.y, box.width, box.height) if box else (0, 0, 0, 0),
    )  # fmt: skip


def _on_label(shape: Shape, drawing: Drawing, x: int, y: int, *, edge: bool) -> Shape | None:
    """Give the shape in its new place, None where nothing of it is left; `edge` shapes may reach beyond the label."""
    there = moved(shape, x, y)
    if isinstance(there, Rect):
        return _clipped(there, drawing)
    if isinstance(there, Polygon) and edge:
        return there
    left, top, right, bottom = extent(there)
    before = extent(shape)
    # What stood a hair beyond the edge before it was moved was drawn so on purpose: only more than that is a cut.
    spare = max(0.5, -before[0], -before[1], before[2] - drawing.width, before[3] - drawing.height)
    if left < -spare or top < -spare or right > drawing.width + spare or bottom > drawing.height + spare:
        raise LabelRefused(field="offset", reason=Reason.OFF_THE_LABEL, detail=_named(shape))
    return there


def extent(shape: Shape) -> Extent:
    """Give the box of what a shape inks; of a text its em box, of a code its bars without the quiet zone."""
    if isinstance(shape, Rect):
        return shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
    if isinstance(shape, Matrix):
        wide, high = len(shape.rows[0]) * shape.module, len(shape.rows) * shape.row_height
        return shape.x, shape.y, shape.x + wide, shape.y + high
    if isinstance(shape, Polygon):
        across, down = ([point[axis] for point in shape.points] for axis in (0, 1))
        return min(across), min(down), max(across), max(down)
    wide_text = typeface.width(shape.text.rstrip(), bold=shape.bold) * shape.size
    ascent = LATIN_ASCENT if shape.text.isascii() else ASCENT
    top, bottom = shape.baseline - ascent * shape.size, shape.baseline + DESCENT * shape.size
    return shape.x, top, shape.x + wide_text, bottom


def _clipped(box: Rect, drawing: Drawing) -> Rect | None:
    left, top = max(0, box.x), max(0, box.y)
    right, bottom = min(drawing.width, box.x + box.width), min(drawing.height, box.y + box.height)
    if right <= left or bottom <= top:
        return None
    return replace(box, x=left, y=top, width=right - left, height=bottom - top)


def _named(shape: Shape) -> str:
    return shape.text if isinstance(shape, GlyphRun) else "code" if isinstance(shape, Matrix) else "pictogram"
