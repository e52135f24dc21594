"""A month's reconciliation on paper and as a workbook, drawn from its frozen text alone (4.7.5 d; R-R9, R-R10).

The words stand here and not in the catalogues of the screens, and the PDF is uncompressed: the same content gives the
same bytes in ten years. Every page has the head of the audit chain at its foot.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.pdfgen.canvas import Canvas

from labels import typeface
from warehouse.reports.spreadsheet import Cell, Table, render_xlsx

WIDTH, HEIGHT, MARGIN = 841.89, 595.28, 36.0  # A4 lying, in points
ROW, SIZE, SMALL = 13.0, 8.0, 6.5
TITLE = "Reconciliation 对账 對帳 · 账卡物一致 帳卡物一致"
HEADS = (
    "Item 料号", "Batch 批号", "Owner 货主", "Account 账 帳", "Card 卡", "Goods 物", "Explained by 说明", "Cause 原因",
)  # fmt: skip
WIDTHS = (95.0, 100.0, 50.0, 65.0, 65.0, 65.0, 150.0, 180.0)
RIGHT = (3, 4, 5)
CAUSES = {
    "missing-posting": "missing posting 漏记账", "missing-card-entry": "missing card entry 漏记卡",
    "physical-loss": "loss 盘亏", "physical-gain": "gain 盘盈", "swapped-batches": "swapped batches 批次混淆",
    "misplaced": "misplaced 放错库位", "unit-error": "unit error 单位错误", "double-posting": "posted twice 重复记账",
    "digit-transposition": "digits swapped 数字颠倒",
}  # fmt: skip
KINDS = {
    "not-posted": "not posted yet 未过账", "staged": "staged 待发",
    "posted-not-moved": "posted, not moved 已过账未移动",
    "posted-after-the-book": "posted after the book 账后过账", "in-a-batch": "in batch 见批次",
}  # fmt: skip
SIGNED = "Signed 签字 簽字"
BOOKS = {"account": "Account 账 帳", "card": "Card 卡", "goods": "Goods 物"}


def render_pdf(content: dict[str, Any]) -> bytes:
    """Draw a month: who signed, the rows that differ with their causes, then every row. Equal content, equal bytes."""
    for bold in (True, False):
        typeface.face(bold)
    file = BytesIO()
    canvas = Canvas(
        file, pagesize=(WIDTH, HEIGHT), pageCompression=0, invariant=1, initialFontName=typeface.face_name(False)
    )  # fmt: skip
    canvas.setTitle(f"{content['site']} {content['month']}")
    pages = list(_pages(content))
    for number, lines in enumerate(pages, start=1):
        _head(canvas, content)
        for place, (cells, bold) in enumerate(lines):
            _line(canvas, HEIGHT - MARGIN - 44 - place * ROW, cells, bold=bold)
        _foot(canvas, content, number, len(pages))
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def render_workbook(content: dict[str, Any]) -> bytes:
    """Write a month as a workbook: the differences, and every row."""
    above: list[list[Cell]] = [[TITLE], [f"{content['site']} {content['month']}", _account_text(content)]]
    above += [
        [BOOKS[each["book"]], each["signed_by"], _local(content, each["signed_at"])] for each in content["signatures"]
    ]
    above += [[_twice(content)], [_chain(content)], []]
    return render_xlsx(
        [
            Table(name="Differences 差异", columns=HEADS, rows=_numbered(_differences(content)), above=above),
            Table(name="All 全部", columns=HEADS[:6], rows=_numbered(content["rows"])),
        ]
    )


def _numbered(rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> Iterator[list[Cell]]:
    for row in rows:
        yield [Decimal(cell) if place in RIGHT else cell for place, cell in enumerate(row)]


def _differences(content: dict[str, Any]) -> Iterator[list[str]]:
    states = {
        (*each["subject"], each["part"]): f"{each['discrepancy_no']} {each['state']}"
        for each in content.get("discrepancies", ())
    }
    for row in content["differences"]:
        key = (row["item_no"], row["batch_no"] or "", row["owner"])
        explained = [f"{KINDS[each['kind']]} {each['voucher_no']} {each['quantity']}" for each in row["explained"]]
        causes = [
            " ".join(filter(None, (
                CAUSES[part["cause"]], part["difference"], part["location"], part["other"], *part["vouchers"][:1],
                states.get((*key, part["key"]), ""),
            )))
            for part in row["parts"]
        ]  # fmt: skip
        figures = (row["account"], row["card"], row["goods"])
        yield [*key, *figures, "; ".join(explained), "; ".join(causes)]


def _pages(content: dict[str, Any]) -> Iterator[list[tuple[Sequence[str], bool]]]:
    """Cut all lines into pages: the first begins with the signatures, every other with the column heads."""
    room = int((HEIGHT - 2 * MARGIN - 60) / ROW)
    lines: list[tuple[Sequence[str], bool]] = [
        ((BOOKS[each["book"]], each["signed_by"], "", _local(content, each["signed_at"])), False)
        for each in content["signatures"]
    ]
    lines += [((text,), False) for text in (_twice(content), _account_text(content)) if text]
    lines += [(("",), False), ((f"{len(content['differences'])} differ 有差异 有差異",), False), (HEADS, True)]
    lines += [(piece, False) for row in _differences(content) for piece in _wrapped(row)]
    lines += [(("",), False), ((f"{len(content['rows'])} rows 行",), False), (HEADS[:6], True)]
    lines += [(row, False) for row in content["rows"]]
    yield [((SIGNED,), True), *lines[: room - 1]]
    for start in range(room - 1, len(lines), room - 1):
        yield [(HEADS, True), *lines[start : start + room - 1]]


def _wrapped(row: Sequence[str]) -> Iterator[list[str]]:
    """Cut a row's long texts into as many lines as they need; the figures stand on the first."""
    pieces = [_cut(cell, WIDTHS[place]) if place >= 6 else [cell] for place, cell in enumerate(row)]
    for number in range(max(map(len, pieces))):
        yield [piece[number] if number < len(piece) else "" for piece in pieces]


def _cut(text: str, wide: float) -> list[str]:
    """Cut a text into lines that fit: behind a blank where there is one, else where the line is full."""
    found, line = [], ""
    for character in _drawable(text):
        if typeface.width(line + character, bold=False) * SIZE > wide - 4:
            whole, _, begun = line.rpartition(" ")
            found.append(whole or line)
            line = begun if whole else ""
        line += character
    return [*found, line]


def _line(canvas: Canvas, y: float, cells: Sequence[str], *, bold: bool) -> None:
    canvas.setFont(typeface.face_name(False), SIZE)
    x = MARGIN
    for place, cell in enumerate(cells):
        text = _drawable(str(cell))
        if place in RIGHT and len(cells) >= 6:
            canvas.drawRightString(x + WIDTHS[place] - 6, y, text)
        else:
            canvas.drawString(x, y, text)
        x += WIDTHS[place]
    if bold:
        canvas.line(MARGIN, y - 3, WIDTH - MARGIN, y - 3)


def _head(canvas: Canvas, content: dict[str, Any]) -> None:
    canvas.setFont(typeface.face_name(False), 13)
    canvas.drawString(MARGIN, HEIGHT - MARGIN - 12, _drawable(f"{TITLE}   {content['site']} {content['month']}"))
    canvas.setFont(typeface.face_name(False), SIZE)
    signed = "" if len(content["signatures"]) == len(BOOKS) else "not signed by all 未全部签字"
    canvas.drawString(MARGIN, HEIGHT - MARGIN - 26, _drawable(f"{_local(content, content['as_of'])}   {signed}"))


def _foot(canvas: Canvas, content: dict[str, Any], number: int, pages: int) -> None:
    canvas.setFont(typeface.face_name(False), SMALL)
    canvas.drawString(MARGIN, MARGIN - 8, _drawable(_chain(content)))
    canvas.drawRightString(WIDTH - MARGIN, MARGIN - 8, f"{number} / {pages}")


def _local(content: dict[str, Any], moment: str) -> str:
    """Write a moment by the site's clock, with the offset it had."""
    said = datetime.fromisoformat(moment).astimezone(ZoneInfo(content.get("time_zone", "UTC")))
    return f"{said:%Y-%m-%d %H:%M:%S %z}"


def _chain(content: dict[str, Any]) -> str:
    chain = content.get("chain")
    return f"audit chain 审计链 {chain['count']} {chain['hash']}" if chain else ""


def _twice(content: dict[str, Any]) -> str:
    twice = content.get("signed_twice")
    return f"signed more than one book 一人签多账: {', '.join(twice)}" if twice else ""


def _account_text(content: dict[str, Any]) -> str:
    found = content["account_from"]
    return (
        f"Account 账: {', '.join(found['sources'])} {found['as_of']}" if found["sources"] else "Account 账: warehouse"
    )


def _drawable(text: str) -> str:
    return "".join(each if typeface.has(each, bold=False) else "?" for each in text)
