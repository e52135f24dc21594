"""Tables as CSV and XLSX: the same rows give the same bytes, on any machine and for ever (R-R9, R-M2).

The XLSX is written part by part and stored uncompressed, because compressed bytes change with the library that makes
them. Texts are texts: a cell that begins like a formula is shown, never reckoned.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from xml.sax.saxutils import escape

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula at the start of a cell
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time a ZIP file knows: the file says no time of its own

Cell = str | Decimal | int | None

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{}</Types>'
)
_SHEET_TYPE = (
    '<Override PartName="/xl/worksheets/sheet{}.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATION = f'<Relationship Id="rId{{0}}" Type="{_OFFICE}/{{1}}" Target="{{2}}"/>'
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
)
_BOOK = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{}</sheets></workbook>'
)
_SHEET = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One sheet: its name, lines above the table, the column heads, the rows."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    above: Sequence[Sequence[Cell]] = field(default=())


def render_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a table as a spreadsheet opens it right: UTF-8 with its mark, a text that looks like a formula guarded."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def render_xlsx(tables: Sequence[Table]) -> bytes:
    """Write tables as the sheets of one workbook; numbers as numbers, all else as text."""
    file = io.BytesIO()
    numbers = range(1, len(tables) + 1)
    sheets = "".join(
        f'<sheet name="{_text(table.name)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, table in zip(numbers, tables, strict=True)
    )
    relations = "".join(_RELATION.format(number, "worksheet", f"worksheets/sheet{number}.xml") for number in numbers)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as package:
        _add(package, "[Content_Types].xml", _TYPES.format("".join(_SHEET_TYPE.format(number) for number in numbers)))
        _add(package, "_rels/.rels", _RELATIONS.format(_RELATION.format(1, "officeDocument", "xl/workbook.xml")))
        _add(package, "xl/workbook.xml", _BOOK.format(sheets))
        _add(package, "xl/_rels/workbook.xml.rels", _RELATIONS.format(relations))
        for number, table in zip(numbers, tables, strict=True):
            rows = "".join(_row(row) for row in (*table.above, table.columns, *table.rows))
            _add(package, f"xl/worksheets/sheet{number}.xml", _SHEET.format(rows))
    return file.getvalue()


def _add(package: zipfile.ZipFile, name: str, text: str) -> None:
    part = zipfile.ZipInfo(name, LONG_AGO)
    part.create_system = 0  # else it is the machine's: the bytes would differ
    package.writestr(part, text.encode())


def _row(cells: Sequence[Cell]) -> str:
    return f"<row>{''.join(_cell(cell) for cell in cells)}</row>"


def _cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<c/>"
    if isinstance(cell, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{_text(cell)}</t></is></c>'
    return f"<c><v>{cell:f}</v></c>" if isinstance(cell, Decimal) else f"<c><v>{cell}</v></c>"


def _text(text: str) -> str:
    """Write a text as XML takes it: no control character has a place there."""
    return escape("".join(each if each >= " " or each in "\t\n" else " " for each in text), {'"': "&quot;"})


def _guarded(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
