"""L1: how fast labels are drawn, in which memory. L2: what is printed is read back, clean and damaged.

The bare loop draws the same texts at the same places and the same symbols with reportlab alone, from values in hand:
no fitting, no check, no read-back.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from io import BytesIO
from pathlib import Path
from random import Random

import zxingcpp
from barcode import Code128
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from bench.many_labels import batch_labels
from bench.measure import Measured, Scale
from bench.printed import Damaged, read_at_once, read_both, read_frame
from labels import symbols, typeface
from labels.content import BatchLabel, StatusLabel
from labels.drawing import Drawing, GlyphRun, Matrix, Rect
from labels.fitting import check_text
from labels.layout import kind_of, lay_out, sizes, template_of
from labels.marks import STATUS_MARKS
from labels.native import NativeFormat
from labels.numbers import is_label_no, make_label_no
from labels.rendering import render_all
from labels.samples import sample
from labels.zpl import render_zpl

TURNS = 5


def measure_drawing(_folder: Path, scale: Scale) -> list[Measured]:
    """L1: the figures of speed, memory and size."""
    count = scale.pick(300, 500)
    papers = batch_labels(count, seed=1)  # their symbols fit in the memory for symbols: "ready" is what it says
    drawings = [lay_out(paper) for paper in papers]
    ready = _beside(
        {"product": lambda: render_all(papers, form="pdf"), "bare": lambda: _bare_loop(drawings, make=False)}
    )
    made = _beside({"product": lambda: _fresh(papers), "bare": lambda: _bare_loop(drawings, make=True)})
    found = [
        _ratio("PDF, symbols ready, against a bare reportlab loop", ready, count, 0.8),
        _ratio("PDF with symbols made and read back, the loop only makes them", made, count, 0.6),
        *_large(scale.pick(2000, 10_000)),
    ]
    return found + _zpl(scale)


def measure_reading(_folder: Path, scale: Scale) -> list[Measured]:
    """L2: every clean symbol read by both readers, damaged prints, and no wrong number ever accepted."""
    found = [_clean(dpi, scale.pick(30, 1000)) for dpi in (203, 300, 600)]
    for level in (1, 2):
        found += _degraded(level, scale.pick(60, 600))
    wrong, reads = _wrong_ids(scale.pick(2000, 100_000))
    found.append(_plain(f"wrong label numbers accepted in {reads:,} damaged reads", wrong, "ids", 0))
    return found


def _fresh(papers: list[BatchLabel]) -> bytes:
    symbols.draw_symbol.cache_clear()
    return render_all(papers, form="pdf")


def _bare_loop(drawings: Iterable[Drawing], *, make: bool) -> bytes:
    """Draw what the product draws by reportlab alone."""
    file = BytesIO()
    canvas = Canvas(file, pageCompression=1, invariant=1, initialFontName=typeface.face_name(False))
    for drawing in drawings:
        points = 72 / (drawing.dots_per_mm * 25.4)
        canvas.setPageSize((drawing.width * points, drawing.height * points))
        for shape in drawing.shapes:
            if isinstance(shape, Matrix):
                rows = _made(drawing.title, linear=len(shape.rows) == 1) if make else shape.rows
                bars = " ".join(
                    f"{x} {drawing.height - y - h} {w} {h} re" for x, y, w, h in replace(shape, rows=rows).bars()
                )
                canvas.addLiteral(f"q {points:.6f} 0 0 {points:.6f} 0 0 cm 0 g {bars} f Q")
                continue
            canvas.setFillColor(HexColor(shape.ink))
            if isinstance(shape, GlyphRun):
                canvas.setFont(typeface.face_name(shape.bold), shape.size * points)
                canvas.drawString(shape.x * points, (drawing.height - shape.baseline) * points, shape.text)
            elif isinstance(shape, Rect):
                bottom = (drawing.height - shape.y - shape.height) * points
                canvas.rect(shape.x * points, bottom, shape.width * points, shape.height * points, stroke=0, fill=1)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _made(text: str, *, linear: bool) -> tuple[str, ...]:
    """Make a symbol without looking at it again."""
    if linear:
        return (str(Code128(text).build()[0]),)
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    picture = memoryview(symbol.to_image(scale=1, add_quiet_zones=False)).tolist()
    return tuple("".join("1" if value < 128 else "0" for value in row) for row in picture)


def _beside(sides: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Give each side's best time of short turns; the first turn only warms up."""
    best: dict[str, float] = {}
    for turn in range(TURNS + 1):
        for name, act in sides.items():
            start = time.process_time()
            act()
            spent = time.process_time() - start
            if turn:
                best[name] = min(best.get(name, spent), spent)
    return best


def _ratio(what: str, spent: dict[str, float], count: int, goal: float) -> Measured:
    return Measured(
        measure="L1", what=what, product=count / spent["product"], yardstick=count / spent["bare"], unit="labels/s",
        goal=goal, at_least=True,
    )  # fmt: skip


def _plain(
    what: str, product: float, unit: str, goal: float, *, at_least: bool = False, measure: str = "L2"
) -> Measured:
    return Measured(measure=measure, what=what, product=product, yardstick=1.0, unit=unit, goal=goal, at_least=at_least)


def _large(count: int) -> list[Measured]:
    """Draw many in a process of its own: the most memory it took, and the size of a label."""
    run = subprocess.run(
        [sys.executable, "-c", f"from bench.many_labels import draw_many; draw_many({count})"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    megabytes, kilobytes = (float(part) for part in run.stdout.split())
    return [
        _plain(f"memory of a process that draws {count:,} labels as PDF", megabytes, "MB", 200, measure="L1"),
        _plain("size of a label in the PDF", kilobytes, "KB", 1.5, measure="L1"),
    ]


def _zpl(scale: Scale) -> list[Measured]:
    numbers = [make_label_no() for _ in range(scale.pick(4000, 40_000))]
    chinese = batch_labels(scale.pick(200, 1000), seed=3)
    drawn = numbers[: scale.pick(1000, 5000)]
    rates = {
        "ZPL, texts and codes native, escaped and checked": (_native(numbers), len(numbers), 20_000),
        "ZPL, both symbols made, read back, drawn": (lambda: _codes(drawn), len(drawn), 2500),
        "ZPL, Chinese labels drawn whole, lines kept": (lambda: _whole(chinese), len(chinese), 150),
    }  # fmt: skip
    return [
        _plain(what, count / _beside({"product": act})["product"], "labels/s", goal, at_least=True, measure="L1")
        for what, (act, count, goal) in rates.items()
    ]


def _native(numbers: list[str]) -> Callable[[], None]:
    base = replace(sample("batch", languages=("en", "zh_Hans")), name="bearing 6201-2RS")
    texts = NativeFormat(base)
    values = [
        {**base.values(), "label_no": number, "code": number, "batch_no": f"B{at:07d}", "number": f"{number}   1/1"}
        for at, number in enumerate(numbers)
    ]

    def write() -> None:
        for each in values:
            for name, text in each.items():
                check_text(name, text)
            assert texts.write(each) is not None

    return write


def _codes(numbers: list[str]) -> None:
    symbols.draw_symbol.cache_clear()
    for number in numbers:
        shapes = (
            Matrix(x=38, y=310, module=3, row_height=80, rows=symbols.draw_symbol("code128", number)),
            Matrix(x=700, y=40, module=4, row_height=4, rows=symbols.draw_symbol("qr", number)),
        )
        render_zpl(
            (Drawing(width=800, height=400, dpi=203, band=(), band_box=(0, 0, 0, 0), items=shapes, title=number),)
        )


def _whole(papers: list[BatchLabel]) -> None:
    symbols.draw_symbol.cache_clear()
    render_zpl(tuple(lay_out(paper) for paper in papers))


def _clean(dpi: int, count: int) -> Measured:
    """Draw fuzzed labels of every size, half of them status labels, and read their codes by zxing-cpp and pyzbar.

    Every string must come back, and nothing else.
    """
    random = Random(dpi)
    good = 0
    for paper in batch_labels(count, seed=dpi):
        label: BatchLabel | StatusLabel = replace(paper, gtin="9506000134352") if random.random() < 0.3 else paper
        if random.random() < 0.5:
            goods = {name: getattr(label, name) for name in (field.name for field in fields(BatchLabel))}
            label = StatusLabel(status=random.choice(tuple(STATUS_MARKS)), **goods)
        size = random.choice(sizes(kind_of(label)))
        values = label.values()
        said = {values[code["field"]] for code in template_of(label, size)["code"]}
        wanted = {text.replace("[", "").replace("]", "") for text in said}
        good += all(read == wanted for read in read_both(lay_out(label, dpi=dpi, size=size)))
    return _plain(f"clean labels at {dpi} dpi read alike by zxing and pyzbar", good / count, "of all", 1, at_least=True)


def _degraded(level: int, count: int) -> list[Measured]:
    """Damage prints and read one frame of each."""
    random = Random(level)
    linear = flat = either = 0
    for _ in range(count):
        number = make_label_no()
        code = read_frame(Damaged(level=level, kind="code128", text=number, seed=random.getrandbits(32))) == number
        square = read_frame(Damaged(level=level, kind="qr", text=number, seed=random.getrandbits(32))) == number
        linear, flat, either = linear + code, flat + square, either + (code or square)
    goal = {1: 0.995, 2: 0.99}[level]
    found = {"either symbol": (either, goal), "Code 128": (linear, 0.93), "QR": (flat, 0.93)}
    return [
        _plain(f"print damaged at level {level}, first frame: {name}", hits / count, "of all", bound, at_least=True)
        for name, (hits, bound) in found.items()
    ]


def _wrong_ids(count: int) -> tuple[int, int]:
    """Read damaged Code 128 until `count` texts came out; give how many wrong ones passed as label numbers."""
    random = Random(7)
    wrong = reads = 0
    while reads < count:
        number = make_label_no()
        for _ in range(20):
            level = random.choice((2, 3))
            shown = Damaged(level=level, kind="code128", text=number, seed=random.getrandbits(32), high_dots=56)
            text = read_at_once(shown)
            reads += text is not None
            wrong += text is not None and text != number and is_label_no(text)
    return wrong, reads
