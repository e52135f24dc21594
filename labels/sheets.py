"""Labels on A4 sheets of label stock; positions that are already used are skipped, so a begun sheet goes on (4.5.5)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from labels.drawing import DOTS_PER_MM, Drawing, GlyphRun, Polygon, Shape

A4_MM = (210.0, 297.0)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """How the labels lie: the first one's corner and the steps to the next, in millimetres; `size` is what is drawn."""

    columns: int
    rows: int
    left_mm: float
    top_mm: float
    step_x_mm: float
    step_y_mm: float
    width_mm: float
    size: str = "70x37"

    @property
    def places(self) -> int:
        """Labels on a sheet."""
        return self.columns * self.rows


SHEETS = {
    "3x8": Sheet(columns=3, rows=8, left_mm=0, top_mm=0.1, step_x_mm=70, step_y_mm=37.1, width_mm=70),
    "2x7": Sheet(columns=2, rows=7, left_mm=4.65, top_mm=15.15, step_x_mm=101.6, step_y_mm=38.1, width_mm=99.1),
}


def lay_on_sheets(drawings: Sequence[Drawing], sheet: Sheet, *, used: Collection[int] = ()) -> tuple[Drawing, ...]:
    """Give A4 drawings of the labels; `used` are places of the first sheet that are taken, from 1, row by row.

    ValueError where a used place is none, or none is left.
    """
    taken = set(used)
    free = [place for place in range(1, sheet.places + 1) if place not in taken]
    if not free or not taken <= set(range(1, sheet.places + 1)):
        raise ValueError(f"used places {sorted(taken)} of {sheet.places}")
    rest = drawings[len(free) :]
    later = [rest[start : start + sheet.places] for start in range(0, len(rest), sheet.places)]
    pages = [list(zip(free, drawings, strict=False)), *(list(enumerate(page, start=1)) for page in later)]
    return tuple(_page(page, sheet) for page in pages)


def _page(placed: list[tuple[int, Drawing]], sheet: Sheet) -> Drawing:
    first = placed[0][1]
    dots = DOTS_PER_MM[first.dpi]
    shapes: list[Shape] = []
    for place, drawing in placed:
        row, column = divmod(place - 1, sheet.columns)
        inset = (sheet.width_mm - drawing.width / dots) / 2  # a narrower label stands in the middle of its place
        x = round((sheet.left_mm + column * sheet.step_x_mm + inset) * dots)
        y = round((sheet.top_mm + row * sheet.step_y_mm) * dots)
        shapes += [moved(shape, x, y) for shape in drawing.shapes]
    return Drawing(
        width=round(A4_MM[0] * dots), height=round(A4_MM[1] * dots), dpi=first.dpi, band=(), band_box=(0, 0, 0, 0),
        items=tuple(shapes), title=first.title,
    )  # fmt: skip


def moved(shape: Shape, x: int, y: int) -> Shape:
    """Give a shape elsewhere, by whole dots: modules stay on the printer's grid."""
    if isinstance(shape, Polygon):
        return replace(shape, points=tuple((px + x, py + y) for px, py in shape.points))
    if isinstance(shape, GlyphRun):
        return replace(shape, x=shape.x + x, baseline=shape.baseline + y)
    return replace(shape, x=shape.x + x, y=shape.y + y)
