"""Draw a label in one of its four forms: the door to this package for the service and the command line."""

from collections.abc import Sequence
from enum import StrEnum

from labels.band import Mode
from labels.card import BinCard, lay_out_card
from labels.content import KINDS, Label
from labels.drawing import DOTS_PER_MM
from labels.layout import lay_out, read_template
from labels.pdf import render_pdf
from labels.png import render_png
from labels.svg import render_svg
from labels.zpl import render_zpl


class Form(StrEnum):
    """What a label can be drawn as; the names are the file endings."""

    PDF = "pdf"
    PNG = "png"
    SVG = "svg"
    ZPL = "zpl"


def render(kind: str, data: Label, *, form: str, mode: str = "colour", dpi: int = 203) -> bytes:
    """Draw one label: form pdf, png, svg or zpl; mode colour, stock or mono; dpi 203, 300 or 600.

    ZPL printers have no colour: their `colour` is `mono`. Raises LabelRefused, and ValueError where `data` is not of
    `kind` or an argument is none of the above. Source: 4.5.5; 4.7.5 b; R-Q13.
    """
    if kind not in KINDS or not isinstance(data, KINDS[kind]):
        raise ValueError(f"{type(data).__name__} is no data of kind {kind!r}")
    return render_all([data], form=form, mode=mode, dpi=dpi)


def render_all(labels: Sequence[Label], *, form: str, mode: str = "colour", dpi: int = 203) -> bytes:
    """Draw labels of any kinds into one file; png and svg hold one label only (ValueError)."""
    wanted, way = Form(form), Mode(mode)
    if not labels or (len(labels) > 1 and wanted in (Form.PNG, Form.SVG)):
        raise ValueError(f"{len(labels)} labels in one {wanted}")
    if dpi not in DOTS_PER_MM:
        raise ValueError(f"dpi {dpi} is none of {sorted(DOTS_PER_MM)}")
    if wanted is Form.ZPL and way is Mode.COLOUR:
        way = Mode.MONO
    drawings = tuple(lay_out(data, mode=way, dpi=dpi) for data in labels)
    match wanted:
        case Form.PDF:
            return render_pdf(drawings)
        case Form.PNG:
            return render_png(drawings[0])
        case Form.SVG:
            return render_svg(drawings[0])
        case Form.ZPL:
            return render_zpl(drawings)


def size_mm(data: Label) -> tuple[float, float]:
    """Give width and height in millimetres of the paper a label is drawn for."""
    kind = next(name for name, made in KINDS.items() if isinstance(data, made))
    paper = read_template(kind)["label"]
    return float(paper["width_mm"]), float(paper["height_mm"])


def render_card(card: BinCard) -> bytes:
    """Draw a bin card as a PDF of A5 pages, as many as it needs. Raises LabelRefused. Source: 4.7.5 d."""
    return render_pdf(lay_out_card(card))
