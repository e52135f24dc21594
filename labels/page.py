"""Draw a document as A4 pages: head with its code, lines, signatures on the last page, page of pages on each.

Which field stands in which column is data (`templates/KIND.toml`). Numbers are never shortened; a name may be. Every
page says whose it is and carries the code, because pages come apart. Source: 4.7.4, 4.7.5; R-C1, R-D7.
"""

from typing import Any

from labels import symbols
from labels.documents import Document
from labels.drawing import BLACK, DOTS_PER_MM, MM_PER_POINT, Drawing, GlyphRun, Matrix, Rect, Shape
from labels.fitting import MIN_PT, Box, Fit, fit_text
from labels.layout import read_template
from labels.marks import words
from labels.refused import LabelRefused, Reason
from labels.typeface import width

TITLE_MM, CELL_MM, CODE_MM, HEAD_MM, FOOT_MM, SIGN_MM, STATEMENT_MM = 11.0, 8.6, 28.0, 8.4, 8.0, 20.0, 12.0
GAP_MM = 2.5  # between two columns
_PER_ROW = 2  # fields of the head side by side
Place = tuple[float, float, float, float]  # x, y, width, height in millimetres


def lay_out_document(data: Document, *, dpi: int = 300) -> tuple[Drawing, ...]:
    """Make one drawing a page. Raises LabelRefused naming the field that does not fit or cannot be shown."""
    template = read_template(data.kind)
    rows = [line.values(data.languages[0]) | {"number": str(at)} for at, line in enumerate(data.rows(), start=1)]
    sheet = _Page(template, data, dpi=dpi)
    room = sheet.room()
    parts = [rows[start : start + room] for start in range(0, max(1, len(rows)), room)]
    return tuple(sheet.drawing(part, number=number, of=len(parts)) for number, part in enumerate(parts, start=1))


class _Page:
    """A document's pages while they are laid out; lengths are millimetres until the last step."""

    def __init__(self, template: dict[str, Any], data: Document, *, dpi: int) -> None:
        self.template, self.data, self.dpi = template, data, dpi
        self.dots_per_mm = DOTS_PER_MM[dpi]
        size = template["label"]
        self.wide, self.high, self.margin = (float(size[key]) for key in ("width_mm", "height_mm", "margin_mm"))
        self.values = data.values()
        self.inner = self.wide - 2 * self.margin
        self.fields = [each for each in template["head"] if self.values[each["field"]] or not each.get("optional")]
        self.columns = _columns(template["column"], [line.values(data.languages[0]) for line in data.rows()])
        head_rows = sum(2 if each.get("wide") else 1 for each in self.fields)
        self.table_y = self.margin + max(TITLE_MM + CELL_MM * ((head_rows + 1) // _PER_ROW), CODE_MM) + 2

    def room(self) -> int:
        """Lines a page has room for, the signatures' place kept free on every one."""
        statement = STATEMENT_MM if "statement" in self.template else 0
        below = self.margin + FOOT_MM + SIGN_MM + statement
        return int((self.high - self.table_y - HEAD_MM - below) / self.template["label"]["row_mm"])

    def drawing(self, rows: list[dict[str, str]], *, number: int, of: int) -> Drawing:
        """Draw one page."""
        shapes = [*self._head(), *self._table(rows), *self._foot(number, of)]
        if number == of:
            shapes += self._signatures()
        return Drawing(
            width=self._dots(self.wide), height=self._dots(self.high), dpi=self.dpi, band=(), band_box=(0, 0, 0, 0),
            items=tuple(shapes), title=self.data.label_no,
        )  # fmt: skip

    def _head(self) -> list[Shape]:
        """Draw the title, the fields in two columns, and the code at the right."""
        wide = self.inner - CODE_MM - 4
        shapes: list[Shape] = [
            *self._words(self.data.kind, (self.margin, self.margin, wide, 9), size_pt=19, bold=True),
            *self._code(),
        ]
        cell, at = wide / _PER_ROW, 0
        for each in self.fields:
            over = _PER_ROW if each.get("wide") else 1
            at += at % _PER_ROW if over > 1 else 0
            x = self.margin + cell * (at % _PER_ROW)
            y = self.margin + TITLE_MM + CELL_MM * (at // _PER_ROW)
            shapes += self._words(each["caption"], (x, y, cell * over - GAP_MM, 2.6), size_pt=MIN_PT)
            fit = Fit(each.get("fit", "keep"))
            place = (x, y + 2.5, cell * over - GAP_MM, 5.4)
            shapes += self._text(each["field"], self.values[each["field"]], place, size_pt=11, bold=True, fit=fit)
            at += over
        return shapes

    def _code(self) -> list[Shape]:
        rows = symbols.draw_symbol("qr", self.values["code"])
        quiet = symbols.SYMBOLOGIES["qr"].quiet
        module = self._dots(CODE_MM) // (len(rows) + 2 * quiet)
        if module * 2 < self.dots_per_mm:  # half a millimetre, as on labels
            raise LabelRefused(field="code", reason=Reason.TOO_LONG, detail=f"{len(rows)} modules")
        x = self._dots(self.wide - self.margin) - module * (len(rows) + quiet)
        y = self._dots(self.margin - 2) + module * quiet
        return [Matrix(x=x, y=y, module=module, row_height=module, rows=rows)]

    def _table(self, rows: list[dict[str, str]]) -> list[Shape]:
        top, high = self.table_y, self.template["label"]["row_mm"]
        shapes: list[Shape] = [self._rule(top, 0.4), self._rule(top + HEAD_MM, 0.4)]
        x = self.margin
        for column in self.columns:
            shapes += self._column(column, rows, x)
            x += column["width_mm"]
        y = top + HEAD_MM
        return shapes + [self._rule(y + high * (at + 1), 0.12) for at in range(len(rows))]

    def _column(self, column: dict[str, Any], rows: list[dict[str, str]], x: float) -> list[Shape]:
        """Draw a column's word in each language on a line of its own, and its texts; one without a field is blank."""
        wide, align, high = column["width_mm"] - GAP_MM, column.get("align", "left"), self.template["label"]["row_mm"]
        both = words(column["caption"], self.data.languages)
        shapes: list[Shape] = []
        for at, said in enumerate(both):
            place = (x, self.table_y + 0.6 + at * 3.6, wide, 7.2 / len(both))
            shapes += self._text(
                "caption", said, place, size_pt=7.5 if at == 0 else MIN_PT, align=align, fit=Fit.SHORTEN
            )
        fit, y = Fit(column.get("fit", "fold")), self.table_y + HEAD_MM
        for at, row in enumerate(rows):
            text = row[column["field"]] if "field" in column else ""
            if text:
                place = (x, y + at * high + 0.4, wide, high - 0.8)
                bold = column.get("bold", False)
                shapes += self._text(column["field"], text, place, size_pt=9, bold=bold, align=align, fit=fit)
        return shapes

    def _signatures(self) -> list[Shape]:
        """Draw the statement and a line for each hand, at the foot of the last page."""
        y = self.high - self.margin - FOOT_MM - SIGN_MM
        shapes: list[Shape] = []
        if "statement" in self.template:
            said = words(self.template["statement"], self.data.languages)
            for at, text in enumerate(said):
                place = (self.margin, y - STATEMENT_MM + at * 5, self.inner, 5)
                shapes += self._text("statement", text, place, size_pt=10, bold=at == 0, fit=Fit.SHORTEN)
        wide = self.inner / len(self.template["sign"])
        for at, name in enumerate(self.template["sign"]):
            x = self.margin + at * wide
            shapes += self._words(name, (x, y + 1, wide - 4, 3), size_pt=7)
            shapes.append(self._rule(y + 16, 0.2, x=x, wide=wide - 4))
        return shapes

    def _foot(self, number: int, of: int) -> list[Shape]:
        y, third = self.high - self.margin - 4, self.inner / 3
        printed = self.values["printed"]
        paper = self.data.label_no if self.data.copy == "1/1" else self.values["number"]
        pages = f"{' '.join(words('page', self.data.languages))} {number} / {of}"
        return [
            *self._text("label_no", paper, (self.margin, y, third, 4), size_pt=8, bold=True),
            *self._text("printed", printed, (self.margin + third, y, third, 4), size_pt=8, align="middle"),
            *self._text("page", pages, (self.margin + 2 * third, y, third, 4), size_pt=8, align="right"),
        ]

    def _words(self, name: str, place: Place, *, size_pt: float, bold: bool = False) -> list[GlyphRun]:
        """Draw a word in both languages, in the first only where both are too wide."""
        both = words(name, self.data.languages)
        text = " ".join(both)
        if width(text, bold=bold) * size_pt * MM_PER_POINT > place[2]:
            text = both[0]
        return self._text(name, text, place, size_pt=size_pt, bold=bold, fit=Fit.SHORTEN)

    def _text(
        self, name: str, text: str, place: Place, *, size_pt: float, bold: bool = False, align: str = "left",
        fit: Fit = Fit.KEEP,
    ) -> list[GlyphRun]:  # fmt: skip
        x, y, wide, high = (value * self.dots_per_mm for value in place)
        size = size_pt * MM_PER_POINT * self.dots_per_mm
        box = Box(x=x, y=y, width=wide, height=high, size=size, bold=bold, align=align)
        return fit_text(name, text, box, fit, dots_per_mm=self.dots_per_mm, ink=BLACK)

    def _rule(self, y: float, thick: float, *, x: float | None = None, wide: float | None = None) -> Rect:
        return Rect(
            x=self._dots(self.margin if x is None else x), y=self._dots(y), width=self._dots(wide or self.inner),
            height=max(1, self._dots(thick)), ink=BLACK,
        )  # fmt: skip

    def _dots(self, mm: float) -> int:
        return round(mm * self.dots_per_mm)


def _columns(wanted: list[dict[str, Any]], lines: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Give the columns without the optional ones that no line has a text for; one takes the width that they leave."""
    kept = [each for each in wanted if not each.get("optional") or any(line[each["field"]] for line in lines)]
    spare = sum(each["width_mm"] for each in wanted) - sum(each["width_mm"] for each in kept)
    return [each | {"width_mm": each["width_mm"] + spare} if each.get("grow") else each for each in kept]
