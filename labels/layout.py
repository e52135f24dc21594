"""Lay a label out: a template of `templates/` and the label's data become one drawing list in printer dots.

Templates are data: millimetres, field names the label's data offers, no expressions, no addresses, no pictures.
Positions and modules are whole dots of the printer. Source: 4.5.5; 4.7.5 b.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from labels import band, marks, pictograms, symbols
from labels.arrangement import Layouts, arranged, shown_only
from labels.band import Mode, Place
from labels.content import KINDS, Label, NcrTag, PackageLabel, RollCard, StatusLabel
from labels.drawing import BLACK, DOTS_PER_MM, MM_PER_POINT, WHITE, Drawing, GlyphRun, Matrix, Rect, Shape
from labels.fitting import MIN_PT, Box, Fit, check_text, fit_text
from labels.refused import LabelRefused, Reason
from labels.sheets import SHEETS
from labels.stock import base_of, drawn_apart, with_optional
from labels.typeface import width

TEMPLATES = Path(__file__).parent / "templates"
_BAND_MM = 12.4  # the height for which a band's icon and letter have their full size
CAPTION_MM = 2.3  # a caption of 6 pt and the gap below it
# Module sizes are 3 or 4 dots at 203 dpi; a 300 dpi head takes one and a half times, rounded down, 600 twice that.
_MODULE_FACTORS = {203: (1.0, 1), 300: (1.5, 1), 600: (1.5, 2)}


@cache
def read_template(kind: str, size: str = "") -> dict[str, Any]:
    """Read a kind's template, of a size such as 70x40 or its first one; once per process."""
    if size and size not in sizes(kind):
        raise ValueError(f"no size {size!r} of {kind}; there are {', '.join(sizes(kind))}")
    name = kind if size in ("", sizes(kind)[0]) else f"{kind}-{size}"
    return tomllib.loads((TEMPLATES / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def sizes(kind: str) -> tuple[str, ...]:
    """Give the sizes a kind is drawn in, as 100x50 in millimetres; the first is the one taken when none is named."""
    first = tomllib.loads((TEMPLATES / f"{kind}.toml").read_text(encoding="utf-8"))["label"]
    others = sorted(path.stem.removeprefix(f"{kind}-") for path in TEMPLATES.glob(f"{kind}-*.toml"))
    return (f"{first['width_mm']}x{first['height_mm']}", *reversed(others))


@cache
def usual_template(kind: str, size: str = "") -> dict[str, Any]:
    """Give what a site's layout of a size starts from: as delivered, or of a size of its own drawn apart.

    Texts that may be hidden are marked, those of the first size that may be shown are there, hidden. ValueError where
    no delivered size lies in the asked one.
    """
    delivered = [each for each in sizes(kind) if each not in {sheet.size for sheet in SHEETS.values()}]
    if size in ("", *sizes(kind)):
        template = read_template(kind, size)
    elif base := base_of(size, delivered):
        template = drawn_apart(read_template(kind, base), size)
    else:
        raise ValueError(f"no layout of {kind} lies in {size!r}; there are {', '.join(sizes(kind))}")
    return with_optional(template, read_template(kind))


def lay_out(
    data: Label, *, mode: Mode = Mode.COLOUR, dpi: int = 203, size: str = "", layouts: Layouts | None = None
) -> Drawing:
    """Make the drawing list of a label for a printer of 203, 300 or 600 dpi; `size` is one of `sizes`, or the first.

    `layouts` are a site's own, where it has any.
    Raises LabelRefused naming the field that does not fit, has a character that cannot be shown, or no readable code.
    """
    return _Sheet(template_of(data, size, layouts), data, mode=mode, dpi=dpi).drawing()


def lay_out_still(data: Label, *, mode: Mode, dpi: int, size: str = "") -> Drawing:
    """Make the drawing of what stands on every label of the kind, status and languages: no field, no code."""
    return _Sheet(template_of(data, size), data, mode=mode, dpi=dpi).drawing(still=True)


def template_of(data: Label, size: str = "", layouts: Layouts | None = None) -> dict[str, Any]:
    """Give the template a label is drawn by, with what the site changed in it."""
    kind = kind_of(data)
    places = (layouts or {}).get((kind, size or sizes(kind)[0]))
    return read_template(kind, size) if places is None else shown_only(arranged(usual_template(kind, size), places))


def kind_of(data: Label) -> str:
    """Give a label's kind."""
    return next(name for name, made in KINDS.items() if isinstance(data, made))


def module_dots(mm: float, dpi: int) -> int:
    """Whole dots of a module given for 203 dpi: 3 and 4 dots there are 4 and 6 at 300 dpi, 8 and 12 at 600."""
    factor, twice = _MODULE_FACTORS[dpi]
    return int(round(mm * 8) * factor) * twice


class _Sheet:
    """One label while it is laid out."""

    def __init__(self, template: dict[str, Any], data: Label, *, mode: Mode, dpi: int) -> None:
        self.template, self.data, self.mode, self.dpi = template, data, mode, dpi
        self.dots_per_mm = DOTS_PER_MM[dpi]
        self.values = data.values()
        for name, text in self.values.items():
            if name not in ("copy", "code"):  # a code may hold what no font draws; its symbol is read back instead
                check_text(name, text)

    def dots(self, mm: float) -> int:
        """Whole dots of a length in millimetres."""
        return round(mm * self.dots_per_mm)

    def drawing(self, *, still: bool = False) -> Drawing:
        """Draw band, frame, rules, texts and codes, in this order; `still` draws what no field changes."""
        size = self.template["label"]
        shapes, place = self._band()
        items: list[Shape] = self._edge()
        items += [self._rect(rule, BLACK) for rule in self.template.get("rule", [])]
        items += self._handling()
        for text in self.template["text"]:
            items += self._still(text) if still else self._text(text)
        for code in () if still else self.template["code"]:
            items += self._code(code)
        box = (place.x, place.y, place.width, place.height) if place else (0, 0, 0, 0)
        return Drawing(
            width=self.dots(size["width_mm"]),
            height=self.dots(size["height_mm"]),
            dpi=self.dpi,
            band=tuple(shapes),
            band_box=box,
            items=tuple(items),
            title=self.data.label_no,
        )

    def _band(self) -> tuple[list[Shape], Place | None]:
        """Draw the band in the mark of the goods' status, or on a roll card of the roll's colour."""
        wanted, said = self.template.get("band"), self._mark()
        if wanted is None or said is None:
            return [], None
        mark, name = said
        x, y = (self.dots(wanted.get(key, 0)) for key in ("x_mm", "y_mm"))
        place = Place(
            x=x,
            y=y,
            width=self.dots(wanted.get("width_mm", self.template["label"]["width_mm"])),
            height=self.dots(wanted["height_mm"]),
            unit=self._band_unit(wanted),
        )
        word_size = wanted["word_mm"] * self.dots_per_mm
        said_words = marks.words(name, self.data.languages)
        return band.draw_band(mark, said_words, place, self.mode, word_size=word_size), place

    def _band_unit(self, wanted: dict[str, Any]) -> float:
        """Give a tenth of a millimetre, less in a lower or narrower band: icon and letter leave room for the words."""
        wide = wanted.get("width_mm", self.template["label"]["width_mm"])
        return self.dots_per_mm / 10 * min(float(wanted["height_mm"]) / _BAND_MM, 1.2 * float(wide) / 100)

    def _mark(self) -> tuple[marks.Mark, str] | None:
        """Give the label's mark and the name of its word."""
        if isinstance(self.data, StatusLabel | NcrTag):
            return marks.STATUS_MARKS[self.data.status], self.data.status
        if isinstance(self.data, RollCard):
            return marks.COLOURS[self.data.colour], self.data.colour
        return None

    def _edge(self) -> list[Shape]:
        """Carry the painted colour round the label, so that it shows from each side."""
        wanted, said = self.template.get("band", {}).get("edge_mm"), self._mark()
        if wanted is None or said is None or self.mode is not Mode.COLOUR or said[0].colour == WHITE:
            return []
        size, top = self.template["label"], self.template["band"]["height_mm"]
        wide, high = size["width_mm"], size["height_mm"]
        down = high - top
        sides = ((0, top, wanted, down), (wide - wanted, top, wanted, down), (0, high - wanted, wide, wanted))
        keys = ("x_mm", "y_mm", "width_mm", "height_mm")
        return [self._rect(dict(zip(keys, side, strict=True)), said[0].colour) for side in sides]

    def _handling(self) -> list[Shape]:
        """Draw the handling marks side by side, the stacking limit last, and the mark of a complete package."""
        wanted = self.template.get("handling")
        if wanted is None or not isinstance(self.data, PackageLabel):
            return []
        names = [*self.data.marks, *([pictograms.STACKING] if self.data.stacking else [])]
        x, y, side, step = (wanted[key] * self.dots_per_mm for key in ("x_mm", "y_mm", "side_mm", "step_mm"))
        places = [(name, x + number * step, y, side) for number, name in enumerate(names)]
        if self.values["checked"]:
            x, y, side = (self.template["complete"][key] * self.dots_per_mm for key in ("x_mm", "y_mm", "side_mm"))
            places.append((pictograms.COMPLETE, x, y, side))
        return [
            shape
            for name, left, top, wide in places
            for shape in pictograms.draw_pictogram(name, x=left, y=top, side=wide, number=self.data.stacking)
        ]

    def _rect(self, box: dict[str, float], ink: str) -> Rect:
        x, y = self.dots(box["x_mm"]), self.dots(box["y_mm"])
        right, bottom = self.dots(box["x_mm"] + box["width_mm"]), self.dots(box["y_mm"] + box["height_mm"])
        return Rect(x=x, y=y, width=max(1, right - x), height=max(1, bottom - y), ink=ink)

    def _still(self, wanted: dict[str, Any]) -> list[GlyphRun]:
        """Draw a word, or of a field its caption."""
        if "field" not in wanted:
            return self._text(wanted)
        return self._caption(wanted["caption"], self._box(wanted))[0] if "caption" in wanted else []

    def _text(self, wanted: dict[str, Any]) -> list[GlyphRun]:
        """Draw a field, or a word, and the caption above it; a field the data lacks is a fault of the template."""
        name = wanted.get("field") or wanted["word"]
        text = self.values[name] if "field" in wanted else " ".join(marks.words(name, self.data.languages))
        if not text:
            return []
        box = self._box(wanted)
        runs: list[GlyphRun] = []
        if "caption" in wanted:
            runs, box = self._caption(wanted["caption"], box)
        fit = Fit(wanted.get("fit", "keep"))
        return runs + fit_text(name, text, box, fit, dots_per_mm=self.dots_per_mm, ink=BLACK)

    def _box(self, wanted: dict[str, Any]) -> Box:
        return Box(
            x=wanted["x_mm"] * self.dots_per_mm,
            y=wanted["y_mm"] * self.dots_per_mm,
            width=wanted["width_mm"] * self.dots_per_mm,
            height=wanted["height_mm"] * self.dots_per_mm,
            size=wanted["size_pt"] * MM_PER_POINT * self.dots_per_mm,
            bold=wanted.get("bold", False),
            align=wanted.get("align", "left"),
        )

    def _caption(self, name: str, box: Box) -> tuple[list[GlyphRun], Box]:
        """Draw the field's word in both languages, or in the first where both are too wide; give what is left."""
        size, down = MIN_PT * MM_PER_POINT * self.dots_per_mm, CAPTION_MM * self.dots_per_mm
        both = marks.words(name, self.data.languages)
        text = " ".join(both)
        if width(text, bold=False) * size > box.width:
            text = both[0]
        above = Box(x=box.x, y=box.y, width=box.width, height=size, size=size, bold=False, align=box.align)
        runs = fit_text(name, text, above, Fit.KEEP, dots_per_mm=self.dots_per_mm, ink=BLACK)
        rest = Box(
            x=box.x,
            y=box.y + down,
            width=box.width,
            height=box.height - down,
            size=box.size,
            bold=box.bold,
            align=box.align,
        )
        return runs, rest

    def _code(self, wanted: dict[str, Any]) -> list[Shape]:
        """Draw a symbol with its quiet zone as a white panel; the box given includes the quiet zone.

        A longer content takes the smaller module the template allows, never less.
        """
        kind, name = wanted["symbology"], wanted["field"]
        if name == "code" and self.data.is_gs1:
            kind = symbols.GS1_OF[kind]
        try:
            rows = symbols.draw_symbol(kind, self.values[name])
        except LabelRefused as refused:
            raise LabelRefused(field=name, reason=refused.reason, detail=refused.detail) from refused
        modules = len(rows[0]) + 2 * symbols.SYMBOLOGIES[kind].quiet
        sizes = [module_dots(wanted[key], self.dpi) for key in ("module_mm", "least_module_mm") if key in wanted]
        module = next((size for size in sizes if modules * size <= self.dots(wanted["width_mm"])), None)
        if module is None:
            raise LabelRefused(field=name, reason=Reason.TOO_LONG, detail=f"{kind} of {len(rows[0])} modules")
        quiet, columns = symbols.SYMBOLOGIES[kind].quiet * module, modules * module
        x, y = self.dots(wanted["x_mm"]), self.dots(wanted["y_mm"])
        linear = len(rows) == 1
        above = 0 if linear else quiet
        row_height = self.dots(wanted["height_mm"]) if linear else module
        panel = Rect(x=x, y=y, width=columns, height=len(rows) * row_height + 2 * above, ink=WHITE)
        symbol = Matrix(x=x + quiet, y=y + above, module=module, row_height=row_height, rows=rows)
        return [panel, symbol] if self.mode is Mode.COLOUR else [symbol]
