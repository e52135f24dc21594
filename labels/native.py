"""Labels as ZPL whose texts and codes the printer sets itself: small and fast, for printers whose profile asks for it.

What stands on every label, the band, the captions, is drawn once as pictures. A label whose fields are not plain
Latin text on one line, or whose code is more than its label number, is not written here but drawn in full (`zpl`).
The codes are `^BC` in mode N and `^BX`, for `[0-9A-Z]` only: both have escapes of their own. Source: 4.5.5.
"""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from labels import symbols, typeface
from labels.band import Mode
from labels.content import NONE, Label
from labels.drawing import DOTS_PER_MM, MM_PER_POINT
from labels.fitting import ASCENT, MIN_PT
from labels.layout import CAPTION_MM, lay_out, lay_out_still, module_dots, template_of
from labels.numbers import is_label_no
from labels.zpl import FONT_0_WIDE, escaped, render_zpl, write_open

NARROWEST = 0.8  # of their own width, at 6 pt: narrower letters are hard to read
# Latin-1, and the dash that stands for a date the goods have not: what font 0 has in every printer.
_PRINTABLE = {chr(code) for code in range(256) if chr(code).isprintable()} | {NONE}
_ESCAPES = str.maketrans({character: escaped(character) for character in _PRINTABLE})


def render_native(labels: Iterable[Label], *, mode: Mode, dpi: int, size: str = "") -> bytes:
    """Write labels natively, each that cannot be so drawn in full instead."""
    formats: dict[tuple[object, ...], NativeFormat] = {}
    written = []
    for label in labels:
        key = (type(label), getattr(label, "status", ""), getattr(label, "colour", ""), label.languages)
        if key not in formats:
            formats[key] = NativeFormat(label, mode=mode, dpi=dpi, size=size)
        native = formats[key].write(label.values())
        drawn = native.encode() if native else render_zpl((lay_out(label, mode=mode, dpi=dpi, size=size),))
        written.append(drawn)
    return b"".join(written)


class NativeFormat:
    """One format for labels that differ in their fields only: same kind, size, status, languages and mode as `data`."""

    def __init__(self, data: Label, *, mode: Mode = Mode.MONO, dpi: int = 203, size: str = "") -> None:
        template = template_of(data, size)
        self._dots, self._dpi = DOTS_PER_MM[dpi], dpi
        self._least = int(MIN_PT * MM_PER_POINT * self._dots)
        self._before = write_open(lay_out_still(data, mode=mode, dpi=dpi, size=size))
        self._texts = [self._place(wanted) for wanted in template["text"] if "field" in wanted]
        self._codes = [(wanted["field"], self._code(wanted)) for wanted in template["code"]]

    def write(self, values: Mapping[str, str]) -> str | None:
        """Fill the format in, `values` as a label gives them; None where a field needs more than the printer has."""
        parts = [self._before]
        for field, corner, size, room in self._texts:
            written = _written(values[field])
            if written is None:
                return None
            text, ems = written
            wide = size if ems <= room else int(size * room / ems)
            if wide < NARROWEST * self._least:
                return None
            if text:
                parts += (corner, f"{max(wide, self._least)},{wide}^FH\\^FD", text, "^FS\n")
        for field, before in self._codes:
            if not is_label_no(values[field]):
                return None
            parts += (before, values[field], "^FS\n")
        parts.append("^XZ\n")
        return "".join(parts)

    def _place(self, wanted: dict[str, Any]) -> tuple[str, str, int, float]:
        """Give a field, where its text stands, its full size in dots and the ems it has room for at that size."""
        down = CAPTION_MM if "caption" in wanted else 0.0
        high = wanted["height_mm"] - down
        size = min(wanted["size_pt"] * MM_PER_POINT, high) * self._dots
        baseline = round((wanted["y_mm"] + down + high / 2) * self._dots + size * (ASCENT - 0.5))
        left, wide = (round(wanted[key] * self._dots) for key in ("x_mm", "width_mm"))
        right = wanted.get("align", "left") == "right"
        corner = f"^FT{left + wide if right else left},{baseline},{int(right)}^A0N,"
        return wanted["field"], corner, round(size), wide / size

    def _code(self, wanted: dict[str, Any]) -> str:
        """Give what stands before the number of a native code; 2D codes are DataMatrix, because `^BQ` sits too low."""
        linear = wanted["symbology"] == "code128"
        module = module_dots(wanted["module_mm"], self._dpi)
        quiet = symbols.SYMBOLOGIES["code128" if linear else "datamatrix"].quiet * module
        x, y, high = (round(wanted.get(key, 0) * self._dots) for key in ("x_mm", "y_mm", "height_mm"))
        if linear:
            return f"^FO{x + quiet},{y}^BY{module}^BCN,{high},N,N,N,N^FD"
        return f"^FO{x + quiet},{y + quiet}^BXN,{module},200^FD"


@lru_cache(maxsize=16384)
def _written(text: str) -> tuple[str, float] | None:
    """Escape a text and give the ems it takes at most in the printer's font; None where that font may lack a sign."""
    if not _PRINTABLE.issuperset(text):
        return None
    return text.translate(_ESCAPES), sum(map(_widest, text))


@cache
def _widest(character: str) -> float:
    return max(FONT_0_WIDE.get(character, 0.0), typeface.width(character, bold=True))
