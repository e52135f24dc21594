"""Draw a label in one of its four forms: the door to this package for the service and the command line."""

from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from itertools import islice

from labels.arrangement import Layouts
from labels.band import Mode
from labels.calibration import lay_out_test
from labels.card import HEIGHT_MM, WIDTH_MM, BinCard, lay_out_card
from labels.content import Label
from labels.documents import Document
from labels.drawing import DOTS_PER_MM, Drawing
from labels.kinds import PAPERS, AnyPaper
from labels.layout import kind_of, lay_out, read_template, template_of
from labels.native import render_native
from labels.offset import shifted
from labels.page import lay_out_document
from labels.pdf import render_pdf
from labels.png import render_png
from labels.proof import label_sizes
from labels.pwg import render_pwg
from labels.sheets import SHEETS, lay_on_sheets
from labels.svg import render_svg
from labels.zpl import render_zpl

MODES = tuple(str(mode) for mode in Mode)
RESOLUTIONS = tuple(DOTS_PER_MM)  # dots per inch of the printers that labels are drawn for


class Form(StrEnum):
    """What a label can be drawn as; the names are the file endings."""

    PDF = "pdf"
    PNG = "png"
    SVG = "svg"
    ZPL = "zpl"
    PWG = "pwg"


def render(
    kind: str, data: AnyPaper, *, form: str, mode: str = "colour", dpi: int = 203, size: str = "", page: int = 0,
    layouts: Layouts | None = None,
) -> bytes:  # fmt: skip
    """Draw one paper: form pdf, png, svg or zpl; mode colour, stock or mono; dpi 203, 300 or 600; size as 70x40.

    `page` is the one that png, svg and zpl draw, from 1; 0 is all, for png and svg only where there is one. ZPL
    printers have no colour: their `colour` is `mono`. Raises LabelRefused, and ValueError where `data` is not of
    `kind`, the page is not there or an argument is none of the above. Source: 4.5.5; 4.7.5 b; R-Q13.
    """
    if kind not in PAPERS or not isinstance(data, PAPERS[kind]):
        raise ValueError(f"{type(data).__name__} is no data of kind {kind!r}")
    return render_all([data], form=form, mode=mode, dpi=dpi, size=size, page=page, layouts=layouts)


def render_all(
    papers: Sequence[AnyPaper], *, form: str, mode: str = "colour", dpi: int = 203, size: str = "", sheet: str = "",
    used: Collection[int] = (), native: bool = False, page: int = 0, layouts: Layouts | None = None,
    offset_mm: tuple[float, float] = (0, 0),
) -> bytes:  # fmt: skip
    """Draw papers of any kinds into one file; png and svg hold one page only (ValueError), `page` says which.

    `sheet` (3x8, 2x7) lays labels on A4 sheets of label stock, `used` are places of the first one that are taken.
    `native` lets a thermal printer set ZPL's texts and codes itself, where it can do so as truly as a drawing: not
    with a site's own `layouts` nor with `offset_mm`, how far to the right and down this printer's papers are moved.
    """
    wanted, way = Form(form), Mode(mode)
    if dpi not in DOTS_PER_MM:
        raise ValueError(f"dpi {dpi} is none of {sorted(DOTS_PER_MM)}")
    if wanted is Form.ZPL and way is Mode.COLOUR:
        way = Mode.MONO
    if native and wanted is Form.ZPL and papers and not (sheet or layouts or any(offset_mm)):
        return render_native([_label(paper) for paper in papers], mode=way, dpi=dpi, size=size)
    laid = _drawings(papers, way, dpi, size=size, sheet=sheet, used=used, layouts=layouts)
    drawings = (shifted(drawing, x_mm=offset_mm[0], y_mm=offset_mm[1]) for drawing in laid)
    if wanted is Form.PDF and papers:
        return render_pdf(drawings)  # drawn as they are laid out: ten thousand need little memory
    if wanted is Form.PWG and papers:
        return render_pwg(drawings, colour=way is Mode.COLOUR)
    pages = tuple(islice(drawings, page - 1, page) if page else drawings)
    if not pages or (len(pages) > 1 and wanted in (Form.PNG, Form.SVG)):
        raise ValueError(f"{len(pages)} labels in one {wanted}")
    if wanted is Form.ZPL:
        return render_zpl(pages)
    return render_png(pages[0]) if wanted is Form.PNG else render_svg(pages[0])


def _drawings(
    papers: Sequence[AnyPaper], mode: Mode, dpi: int, *, size: str, sheet: str, used: Collection[int],
    layouts: Layouts | None,
) -> Iterator[Drawing]:  # fmt: skip
    if not sheet:
        for paper in papers:
            yield from _pages(paper, mode, dpi, size, layouts)
        return
    if sheet not in SHEETS:
        raise ValueError(f"sheet {sheet!r} is none of {', '.join(SHEETS)}")
    laid = [lay_out(_label(paper), mode=mode, dpi=dpi, size=SHEETS[sheet].size, layouts=layouts) for paper in papers]
    if laid:
        yield from lay_on_sheets(laid, SHEETS[sheet], used=used)


def _pages(paper: AnyPaper, mode: Mode, dpi: int, size: str, layouts: Layouts | None) -> tuple[Drawing, ...]:
    if isinstance(paper, BinCard):
        return lay_out_card(paper)
    if isinstance(paper, Document):
        return lay_out_document(paper, dpi=dpi)
    return (lay_out(paper, mode=mode, dpi=dpi, size=size, layouts=layouts),)


def _label(paper: AnyPaper) -> Label:
    if isinstance(paper, BinCard | Document):
        raise ValueError(f"a {type(paper).__name__} is no label")
    return paper


def size_mm(data: AnyPaper, *, size: str = "", layouts: Layouts | None = None) -> tuple[float, float]:
    """Give width and height in millimetres of the sheet that a paper is drawn for."""
    if isinstance(data, BinCard):
        return WIDTH_MM, HEIGHT_MM
    paper = (read_template(data.kind) if isinstance(data, Document) else template_of(data, size, layouts))["label"]
    return float(paper["width_mm"]), float(paper["height_mm"])


def sizes_of(data: AnyPaper, layouts: Layouts | None = None) -> tuple[str, ...]:
    """Give the sizes that a paper can be drawn in, as 100x50 in millimetres; the first one when none is named."""
    if isinstance(data, Document | BinCard):
        width, height = size_mm(data)
        return (f"{width:g}x{height:g}",)
    return label_sizes(kind_of(data), layouts)


def render_test(
    name: str, *, form: str, width_mm: int, height_mm: int, dpi: int, offset_mm: tuple[float, float] = (0, 0)
) -> bytes:
    """Draw a printer's test label, moved by its offset. Raises LabelRefused for a name that cannot be shown."""
    still = lay_out_test(name, width_mm=width_mm, height_mm=height_mm, dpi=dpi, offset_mm=offset_mm)
    drawing = shifted(still, x_mm=offset_mm[0], y_mm=offset_mm[1])
    if Form(form) is Form.PWG:
        return render_pwg([drawing], colour=False)
    if Form(form) in (Form.PDF, Form.ZPL):
        return render_pdf([drawing]) if form == Form.PDF else render_zpl((drawing,))
    return render_png(drawing) if form == Form.PNG else render_svg(drawing)


def render_card(card: BinCard) -> bytes:
    """Draw a bin card as a PDF of A5 pages, as many as it needs. Raises LabelRefused. Source: 4.7.5 d."""
    return render_pdf(lay_out_card(card))
