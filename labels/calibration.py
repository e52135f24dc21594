"""The test label of a printer: rulers to the edges, a cross in the middle, and a code at the smallest module we print.

Who holds it measures from the paper's left and upper edge to the cross; what the cross is off by is the printer's
offset. Scales that do not reach an edge show how much of the paper the printer cannot use. Source: 4.5.5.
"""

from labels import symbols
from labels.drawing import BLACK, DOTS_PER_MM, MM_PER_POINT, Drawing, GlyphRun, Matrix, Rect, Shape
from labels.fitting import MIN_PT, Box, Fit, fit_text
from labels.layout import module_dots

TICKS_MM = {10: 3.0, 5: 2.0, 1: 1.2}  # length of the tick at each so many millimetres
LEAST_MODULE_MM = 0.375
CROSS_MM = 5.0  # half its length
MARGIN_MM = 7.5  # free of words: ticks and their numbers
LINE_MM = 3.2


def lay_out_test(name: str, *, width_mm: int, height_mm: int, dpi: int, offset_mm: tuple[float, float]) -> Drawing:
    """Make the test label of a printer, not moved yet; `offset_mm` is only said on it.

    Raises LabelRefused for a name that cannot be shown.
    """
    paper = _Paper(width_mm, height_mm, dpi)
    left, right = (MARGIN_MM, width_mm / 2 - CROSS_MM - 1), (width_mm / 2 + CROSS_MM + 1, width_mm - MARGIN_MM)
    middle = height_mm / 2
    shapes = [
        *paper.rulers(),
        *paper.cross(),
        *paper.words((name, f"{dpi} dpi", f"{width_mm} × {height_mm} mm"), across=left, top=MARGIN_MM, bold=True),
        *paper.words((f"← {width_mm / 2:g} mm", f"↑ {middle:g} mm"), across=right, top=MARGIN_MM),
        *paper.words((f"x {offset_mm[0]:+.2f} mm", f"y {offset_mm[1]:+.2f} mm"), across=left, top=middle + 1),
        paper.code(f"TEST-{dpi}", x=width_mm / 2 + 2, y=middle + 1),
    ]
    return Drawing(
        width=paper.dots(width_mm), height=paper.dots(height_mm), dpi=dpi, band=(), band_box=(0, 0, 0, 0),
        items=tuple(shapes), title=f"TEST-{dpi}",
    )  # fmt: skip


class _Paper:
    """One test label while it is drawn; lengths in millimetres."""

    def __init__(self, width_mm: int, height_mm: int, dpi: int) -> None:
        self.wide, self.high, self.dpi, self.dots_per_mm = width_mm, height_mm, dpi, DOTS_PER_MM[dpi]
        self.thin = max(1, self.dots(0.13))

    def dots(self, mm: float) -> int:
        return round(mm * self.dots_per_mm)

    def rulers(self) -> list[Shape]:
        """Draw a scale inward from each edge, and the millimetres at the upper and the left one."""
        wide, high = self.dots(self.wide), self.dots(self.high)
        shapes: list[Shape] = []
        for mm in range(self.wide + 1):
            x = min(self.dots(mm), wide - self.thin)
            long = self.dots(_tick(mm))
            shapes += [self._rect(x, 0, self.thin, long), self._rect(x, high - long, self.thin, long)]
        for mm in range(self.high + 1):
            y = min(self.dots(mm), high - self.thin)
            long = self.dots(_tick(mm))
            shapes += [self._rect(0, y, long, self.thin), self._rect(wide - long, y, long, self.thin)]
        for mm in range(10, self.wide - 5, 10):
            shapes += self._line(str(mm), x=mm - 3, y=3.2, wide=6, align="middle")
        for mm in range(10, self.high - 5, 10):
            shapes += self._line(str(mm), x=3.2, y=mm - 1.06, wide=4)
        return shapes

    def cross(self) -> list[Shape]:
        """Draw the cross; the middle of its lines is the middle of the label."""
        x, y, arm = (self.dots(mm) for mm in (self.wide / 2, self.high / 2, CROSS_MM))
        half = self.thin // 2
        return [
            self._rect(x - arm, y - half, 2 * arm, self.thin),
            self._rect(x - half, y - arm, self.thin, 2 * arm),
        ]

    def words(
        self, lines: tuple[str, ...], *, across: tuple[float, float], top: float, bold: bool = False
    ) -> list[Shape]:
        """Set lines below each other between two x."""
        wide = across[1] - across[0]
        return [
            run
            for number, text in enumerate(lines)
            for run in self._line(text, x=across[0], y=top + number * LINE_MM, wide=wide, bold=bold and number == 0)
        ]

    def code(self, text: str, *, x: float, y: float) -> Shape:
        """Draw a QR code; its corner includes the quiet zone."""
        rows, module = symbols.draw_symbol("qr", text), module_dots(LEAST_MODULE_MM, self.dpi)
        quiet = symbols.SYMBOLOGIES["qr"].quiet * module
        return Matrix(x=self.dots(x) + quiet, y=self.dots(y) + quiet, module=module, row_height=module, rows=rows)

    def _line(
        self, text: str, *, x: float, y: float, wide: float, bold: bool = False, align: str = "left"
    ) -> list[GlyphRun]:
        size = MIN_PT * MM_PER_POINT
        box = Box(
            x=x * self.dots_per_mm, y=y * self.dots_per_mm, width=wide * self.dots_per_mm,
            height=size * self.dots_per_mm, size=size * self.dots_per_mm, bold=bold, align=align,
        )  # fmt: skip
        return fit_text("name", text, box, Fit.SHORTEN, dots_per_mm=self.dots_per_mm, ink=BLACK)

    def _rect(self, x: int, y: int, wide: int, high: int) -> Rect:
        return Rect(x=x, y=y, width=wide, height=high, ink=BLACK)


def _tick(mm: int) -> float:
    return next(long for every, long in TICKS_MM.items() if mm % every == 0)
