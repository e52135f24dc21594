"""The bin card 材料卡 as paper for the shelf: A5, one line a movement, going on over as many pages as it needs.

Each page says whose card it is, carries the balance of the page before forward, has its number of how many, and names
the entry its last balance stands after: what was written later is not on this paper, and the code opens the live card.
Source: 4.7.5 d; R-R11.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from labels import symbols
from labels.content import NONE
from labels.drawing import BLACK, DOTS_PER_MM, MM_PER_POINT, Drawing, GlyphRun, Matrix, Rect, Shape
from labels.fitting import MIN_PT, Box, Fit, fit_text
from labels.marks import LANGUAGES, words
from labels.refused import LabelRefused, Reason
from labels.typeface import width

WIDTH_MM, HEIGHT_MM, MARGIN_MM = 148.0, 210.0, 8.0
DPI = 300
ROW_MM = 7.2
FIRST_TABLE_MM, NEXT_TABLE_MM = 63.0, 32.0  # where the table's head begins: the first page says more of the goods
HEAD_MM = 9.0
FOOT_MM = 17.0  # from the foot of the page: what the last balance stands after, when it was printed, page of pages
CODE_MM = 30.0
GAP_MM = 1.5  # between two columns
MOST_LINES = 5000  # some 230 pages; a longer card is printed from its last printed entry on
GREY = "#777777"
# name of the column, its width in millimetres, how its text stands, what may be done where it is too wide
_COLUMNS = (
    ("when", 17.0, "left", Fit.WRAP),
    ("act", 20.0, "left", Fit.SHORTEN),
    ("voucher", 25.0, "left", Fit.FOLD),
    ("quantity_in", 18.0, "right", Fit.KEEP),
    ("quantity_out", 18.0, "right", Fit.KEEP),
    ("balance", 20.0, "right", Fit.KEEP),
    ("signature", 14.0, "left", Fit.SHORTEN),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CardLine:
    """One movement: `when` in the site's time, quantities as text, "" in the column that it is not in."""

    entry_no: int
    when: datetime
    act: str
    voucher_no: str
    quantity_in: str
    quantity_out: str
    balance: str
    sign: str


@dataclass(frozen=True, kw_only=True)
class BinCard:
    """A batch's card in one bin. `carried` is the balance before the first line, "" when the card begins here.

    `code` is what the QR code says, the address of the live card. `label_no` is this paper's number where it was
    issued as one, and `copy` which paper of how many.
    """

    item_no: str
    name: str
    unit: str
    batch_no: str
    bin_code: str
    first_received_on: date
    expiry_date: date | None = None
    reinspect_on: date | None = None
    status: str = ""
    code: str
    printed_at: datetime
    lines: Sequence[CardLine]
    carried: str = ""
    languages: tuple[str, str] = ("zh_Hant", "en")
    label_no: str = ""
    copy: str = "1/1"

    def __post_init__(self) -> None:
        """Refuse languages that are none of ours, and more lines than a paper can have."""
        if len(self.languages) != 2 or not set(self.languages) <= set(LANGUAGES):
            raise LabelRefused(field="languages", reason=Reason.INVALID, detail=f"two of {', '.join(LANGUAGES)}")
        if len(self.lines) > MOST_LINES:
            raise LabelRefused(field="lines", reason=Reason.TOO_LONG, detail=f"more than {MOST_LINES} lines")


def lay_out_card(card: BinCard) -> tuple[Drawing, ...]:
    """Make one drawing a page. Raises LabelRefused naming the field that does not fit or cannot be shown."""
    pages = list(_pages(card))
    return tuple(
        _Page(card, lines, carried=carried, number=number, of=len(pages)).drawing()
        for number, (lines, carried) in enumerate(pages, start=1)
    )


def _pages(card: BinCard) -> Iterator[tuple[Sequence[CardLine], str]]:
    """Give each page's lines and the balance carried forward onto it, "" for none."""
    carried, rest, top = card.carried, card.lines, FIRST_TABLE_MM
    while True:
        room = int((HEIGHT_MM - FOOT_MM - top - HEAD_MM) / ROW_MM) - (1 if carried else 0)
        yield rest[:room], carried
        if len(rest) <= room:
            return
        carried, rest, top = rest[room - 1].balance, rest[room:], NEXT_TABLE_MM


class _Page:
    """One page while it is laid out."""

    def __init__(self, card: BinCard, lines: Sequence[CardLine], *, carried: str, number: int, of: int) -> None:
        self.card, self.lines, self.carried, self.number, self.of = card, lines, carried, number, of
        self.dots_per_mm = DOTS_PER_MM[DPI]

    def drawing(self) -> Drawing:
        """Draw the head, the table and the foot."""
        shapes = [*self._head(), *self._table(), *self._foot()]
        return Drawing(
            width=self._dots(WIDTH_MM), height=self._dots(HEIGHT_MM), dpi=DPI, band=(), band_box=(0, 0, 0, 0),
            items=tuple(shapes), title=f"{self.card.item_no} / {self.card.batch_no} @ {self.card.bin_code}",
        )  # fmt: skip

    def _head(self) -> list[Shape]:
        """Say whose card it is: in full on the first page, the four names on every other one."""
        wide = WIDTH_MM - 2 * MARGIN_MM - CODE_MM - 2
        shapes: list[Shape] = [*self._words("card", MARGIN_MM, MARGIN_MM - 2, wide, 7, size_pt=15, bold=True)]
        card, at = self.card, MARGIN_MM + 6
        shapes += self._named("item_no", card.item_no, MARGIN_MM, at, wide * 0.6)
        shapes += self._named("bin_code", card.bin_code, MARGIN_MM + wide * 0.62, at, wide * 0.38)
        shapes += self._named("batch_no", card.batch_no, MARGIN_MM, at + 8.5, wide * 0.6)
        shapes += self._named("unit", card.unit, MARGIN_MM + wide * 0.62, at + 8.5, wide * 0.38)
        shapes += self._code()
        if self.number > 1:
            return shapes
        shapes += self._text("name", card.name, (MARGIN_MM, at + 18, wide, 9), size_pt=11, fit=Fit.SHORTEN)
        dates = (("first_received_on", card.first_received_on), ("expiry_date", card.expiry_date),
                 ("reinspect_on", card.reinspect_on))  # fmt: skip
        third = (WIDTH_MM - 2 * MARGIN_MM) / 3
        for number, (name, day) in enumerate(dates):
            text = day.isoformat() if day else NONE
            shapes += self._named(name, text, MARGIN_MM + number * third, at + 29, third - 2)
        if card.status:
            box = (MARGIN_MM, at + 38, WIDTH_MM - 2 * MARGIN_MM, 7.5)
            shapes += self._text("status", card.status, box, size_pt=9, fit=Fit.SHORTEN)
        return shapes

    def _code(self) -> list[Shape]:
        """Draw the code of the live card at the right of the head, its quiet zone included."""
        rows = symbols.draw_symbol("qr", self.card.code)
        quiet = symbols.SYMBOLOGIES["qr"].quiet
        module = self._dots(CODE_MM) // (len(rows) + 2 * quiet)
        if module < 4:  # a third of a millimetre: what a phone still reads from half a metre
            raise LabelRefused(field="code", reason=Reason.TOO_LONG, detail=f"{len(rows)} modules")
        if self.number > 1:
            module = max(3, module * 2 // 3)
        side = module * (len(rows) + 2 * quiet)
        x = self._dots(WIDTH_MM - MARGIN_MM) - side + module * quiet
        y = self._dots(MARGIN_MM - 2) + module * quiet
        shapes: list[Shape] = [Matrix(x=x, y=y, module=module, row_height=module, rows=rows)]
        if self.number == 1:
            below = (side / self.dots_per_mm) + MARGIN_MM - 3
            left = WIDTH_MM - MARGIN_MM - CODE_MM
            shapes += self._words("live", left, below, CODE_MM, 3, size_pt=MIN_PT, align="middle")
        return shapes

    def _table(self) -> list[Shape]:
        """Draw the head of the columns, the balance carried forward and the lines."""
        top = FIRST_TABLE_MM if self.number == 1 else NEXT_TABLE_MM
        shapes: list[Shape] = [self._rule(top, 0.4), self._rule(top + HEAD_MM, 0.4)]
        x = MARGIN_MM
        for name, wide, align, _ in _COLUMNS:
            shapes += self._column_head(name, (x, top + 0.6, wide, HEAD_MM - 1.2), align)
            x += wide
        y = top + HEAD_MM
        if self.carried:
            shapes += self._carried(y)
            y += ROW_MM
        for line in self.lines:
            shapes += self._line(line, y)
            y += ROW_MM
        return shapes

    def _carried(self, y: float) -> list[Shape]:
        wide = sum(column[1] for column in _COLUMNS[:5])
        balance = (MARGIN_MM + wide, y, _COLUMNS[5][1] - GAP_MM, ROW_MM)
        return [
            *self._words("carried", MARGIN_MM, y, wide, ROW_MM, size_pt=8),
            *self._text("carried", self.carried, balance, size_pt=9, bold=True, align="right"),
            self._rule(y + ROW_MM, 0.15, GREY),
        ]

    def _line(self, line: CardLine, y: float) -> list[Shape]:
        texts = (
            f"{line.when:%Y-%m-%d %H:%M}", line.act, line.voucher_no, line.quantity_in, line.quantity_out,
            line.balance, line.sign,
        )  # fmt: skip
        shapes: list[Shape] = [self._rule(y + ROW_MM, 0.15, GREY)]
        x = MARGIN_MM
        for (name, wide, align, fit), text in zip(_COLUMNS, texts, strict=True):
            if text:
                size = 9.0 if align == "right" else 7.0
                box = (x, y + 0.2, wide - GAP_MM, ROW_MM - 0.4)
                shapes += self._text(name, text, box, size_pt=size, bold=name == "balance", align=align, fit=fit)
            x += wide
        return shapes

    def _foot(self) -> list[Shape]:
        """Name the entry the balance stands after, when it was printed, and the page."""
        y, inner = HEIGHT_MM - FOOT_MM + 3, WIDTH_MM - 2 * MARGIN_MM
        last = self.lines[-1] if self.lines else None
        balance, after = (" ".join(words(name, self.card.languages)) for name in ("balance", "after"))
        amount = f"{balance} {last.balance if last else self.carried or '0'} {self.card.unit}"
        text = f"{amount} · {after} {last.entry_no} ({last.voucher_no}, {last.when:%Y-%m-%d %H:%M})" if last else amount
        number = f"{self.card.label_no}   {self.card.copy} · " if self.card.label_no else ""
        printed = f"{number}{' '.join(words('printed', self.card.languages))} {self.card.printed_at:%Y-%m-%d %H:%M}"
        pages = f"{' '.join(words('page', self.card.languages))} {self.number} / {self.of}"
        return [
            *self._text("after", text, (MARGIN_MM, y, inner, 4), size_pt=7.5, fit=Fit.SHORTEN),
            *self._text("printed", printed, (MARGIN_MM, y + 5, inner * 0.65, 4), size_pt=7.5),
            *self._text("page", pages, (MARGIN_MM + inner * 0.65, y + 5, inner * 0.35, 4), size_pt=7.5, align="right"),
        ]  # fmt: skip

    def _named(self, name: str, text: str, x: float, y: float, wide: float) -> list[GlyphRun]:
        """Draw a field's word and below it the field."""
        return [
            *self._words(name, x, y, wide, 2.6, size_pt=MIN_PT),
            *self._text(name, text, (x, y + 2.4, wide, 5.6), size_pt=12, bold=True, fit=Fit.FOLD),
        ]

    def _words(
        self, name: str, x: float, y: float, wide: float, high: float, *, size_pt: float, bold: bool = False,
        align: str = "left",
    ) -> list[GlyphRun]:  # fmt: skip
        """Draw a word in both languages, in the first only where both are too wide."""
        both = words(name, self.card.languages)
        text = " ".join(both)
        if width(text, bold=bold) * size_pt * MM_PER_POINT > wide:
            text = both[0]
        return self._text(name, text, (x, y, wide, high), size_pt=size_pt, bold=bold, align=align, fit=Fit.SHORTEN)

    def _column_head(self, name: str, box: tuple[float, float, float, float], align: str) -> list[GlyphRun]:
        """Draw a column's word, each language on a line of its own."""
        x, y, wide, high = box
        runs: list[GlyphRun] = []
        both = words(name, self.card.languages)
        for number, word in enumerate(both):
            line = (x, y + number * high / len(both), wide - GAP_MM, high / len(both))
            runs += self._text(name, word, line, size_pt=7.5 if number == 0 else MIN_PT, align=align, fit=Fit.SHORTEN)
        return runs

    def _text(
        self, name: str, text: str, box: tuple[float, float, float, float], *, size_pt: float, bold: bool = False,
        align: str = "left", fit: Fit = Fit.KEEP,
    ) -> list[GlyphRun]:  # fmt: skip
        x, y, wide, high = (value * self.dots_per_mm for value in box)
        room = Box(
            x=x, y=y, width=wide, height=high, size=size_pt * MM_PER_POINT * self.dots_per_mm, bold=bold, align=align
        )
        return fit_text(name, text, room, fit, dots_per_mm=self.dots_per_mm, ink=BLACK)

    def _rule(self, y: float, thick: float, ink: str = BLACK) -> Rect:
        return Rect(
            x=self._dots(MARGIN_MM), y=self._dots(y), width=self._dots(WIDTH_MM - 2 * MARGIN_MM),
            height=max(1, self._dots(thick)), ink=ink,
        )  # fmt: skip

    def _dots(self, mm: float) -> int:
        return round(mm * self.dots_per_mm)
