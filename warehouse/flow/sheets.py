"""An uploaded spreadsheet -> rows of text under our own column names: CSV in any encoding of the trade, or XLSX.

Call `read_sheet(content, columns=…)` with the bytes as they came, before a transaction opens: a large file is read
slowly. `columns` gives for each of our names the header words people write for it; blanks, case and width do not
matter, further columns are not read, and `required` ones have to be there. Every `SheetRow` has the sheet's own row
number (1 is the header), so that an error can name the row, and its cells as text, "" when empty; a number typed by a
person goes through `SheetRow.decimal(name)`. Nothing is written and nothing is looked up here.

A sheet ends after EMPTY_RUN rows without content: files with a million formatted empty rows are common.
Source: R-C14, R-C17.
"""

import csv
import io
import unicodedata
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from warehouse.rules.quantity import plain_decimal
from warehouse.rules.refusals import InvalidInput

LARGEST_SHEET = 8 << 20  # bytes as uploaded
LARGEST_UNPACKED = 128 << 20  # bytes of all parts of an XLSX file; an honest one grows tenfold at the most
LARGEST_TEXTS = 32 << 20  # bytes of its shared texts, which are held in memory
MOST_ROWS = 50_000  # with content
MOST_WALKED = 2 * MOST_ROWS  # with the empty ones between them
MOST_COLUMNS = 100
LONGEST_CELL = 2000
EMPTY_RUN = 10_000
HEADER_WITHIN = 20  # rows: a title and a date may stand above the header
LONGEST_MARK = (
    256 << 10
)  # bytes from one "<" of an XML part to the next: a cell's text is 32,767 characters at the most

Columns = Mapping[str, Collection[str]]


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """One row with content: its number in the sheet, and its cells by our names, "" when empty or not there."""

    number: int
    cells: dict[str, str]
    decimal_mark: str

    def decimal(self, name: str) -> str:
        """Give a typed number as an ASCII decimal, full-width digits and thousands read. Raises InvalidInput."""
        return plain_decimal(self.cells[name], decimal_mark=self.decimal_mark, field=name)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What was read: how, which of our columns are there, and the rows with content."""

    form: str  # xlsx, csv
    encoding: str  # utf-8, utf-16, gb18030, big5; '' for XLSX
    columns: list[str]
    rows: list[SheetRow]


def read_sheet(
    content: bytes, *, columns: Columns, required: Collection[str] = (), is_traditional: bool = False
) -> Sheet:
    """Read a CSV or XLSX file's first sheet; `is_traditional` decides where GB18030 and Big5 are both possible.

    Raises InvalidInput (`field` "file" or one of our names; the reason says what): too large, no sheet, no encoding,
    no header, a required column missing, one twice, too many rows.
    """
    if len(content) > LARGEST_SHEET:
        raise InvalidInput(field="file", reason=f"more than {LARGEST_SHEET} bytes")
    if content.startswith(b"PK\x03\x04"):
        return _read("xlsx", "", ".", _xlsx_rows(content), columns, required)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise InvalidInput(field="file", reason="old-xls")
    text, encoding = _decode(content, columns, is_traditional=is_traditional)
    dialect = _delimiter(text, columns)
    # Where a semicolon separates the cells, a comma is the decimal mark: that is why the semicolon is there.
    mark = "," if dialect == ";" else "."
    return _read("csv", encoding, mark, _csv_rows(text, dialect), columns, required)


def _read(
    form: str, encoding: str, mark: str, found: Iterator[Sequence[str]], columns: Columns, required: Collection[str]
) -> Sheet:
    lines = enumerate(found, start=1)
    places = _find_header(lines, columns, required)
    kept: list[SheetRow] = []
    empty = 0
    for number, line in lines:
        cells = {name: _cell(line, place) for name, place in places.items()}
        if not any(cells.values()):
            empty += 1
            if empty >= EMPTY_RUN:
                break
            continue
        empty = 0
        if len(kept) == MOST_ROWS:
            raise InvalidInput(field="file", reason=f"more than {MOST_ROWS} rows")
        if number > MOST_WALKED:
            raise InvalidInput(field="file", reason=f"more than {MOST_WALKED} rows, empty ones too")
        kept.append(SheetRow(number=number, cells={name: cells.get(name, "") for name in columns}, decimal_mark=mark))
    return Sheet(form=form, encoding=encoding, columns=list(places), rows=kept)


def _find_header(
    lines: Iterable[tuple[int, Sequence[str]]], columns: Columns, required: Collection[str]
) -> dict[str, int]:
    """Give the place of each of our columns, from the first row that names one of them."""
    for _, line in islice(lines, HEADER_WITHIN):
        places = _places(line, columns)
        if places:
            break
    else:
        raise InvalidInput(field="file", reason="no-column-names")
    for name in required:
        if name not in places:
            raise InvalidInput(field=name, reason="column-missing")
    return places


def _places(line: Sequence[str], columns: Columns) -> dict[str, int]:
    known = {_folded(word): name for name, words in columns.items() for word in (name, *words)}
    places: dict[str, int] = {}
    for place, cell in enumerate(line):
        name = known.get(_folded(cell))
        if name in places:
            raise InvalidInput(field=name, reason="column-twice")
        if name is not None:
            places[name] = place
    return places


def _folded(text: str) -> str:
    """Give a header word as it is compared: width, case, blanks and underlines do not matter."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().replace("_", "").split())


def _cell(line: Sequence[str], place: int) -> str:
    text = line[place].strip() if place < len(line) else ""
    if len(text) > LONGEST_CELL:
        raise InvalidInput(field="file", reason=f"a cell longer than {LONGEST_CELL}")
    return text


def _decode(content: bytes, columns: Columns, *, is_traditional: bool) -> tuple[str, str]:
    """Give the text and its encoding: a byte order mark, else UTF-8 when it is valid, else the one that fits.

    Most bytes are valid in GB18030 and in Big5: the one whose header names more of our columns is taken, then the
    language of who uploads.
    """
    for start, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(start):
            return _decoded(content, name), name.removesuffix("-sig")
    order = ("utf-8", "big5hkscs", "gb18030") if is_traditional else ("utf-8", "gb18030", "big5hkscs")
    found: list[tuple[int, str, str]] = []
    for name in order:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8":
            return text, name
        found.append((_named(text, columns), text, name.removesuffix("hkscs")))
    if not found:
        raise InvalidInput(field="file", reason="unknown-encoding")
    _, text, name = max(found, key=lambda each: each[0])
    return text, name


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode(name)
    except UnicodeDecodeError as error:
        raise InvalidInput(field="file", reason=f"its mark says {name}, byte {error.start} is not") from error


def _named(text: str, columns: Columns) -> int:
    """Say how many of our columns the best row at the top names, whatever separates the cells."""
    return max(_named_with(text, delimiter, columns) for delimiter in ",;\t")


def _named_with(text: str, delimiter: str, columns: Columns) -> int:
    known = {_folded(word) for name, words in columns.items() for word in (name, *words)}
    top = text.splitlines()[:HEADER_WITHIN]
    return max((sum(_folded(cell.strip('"')) in known for cell in row.split(delimiter)) for row in top), default=0)


def _delimiter(text: str, columns: Columns) -> str:
    return max(",;\t", key=lambda delimiter: _named_with(text, delimiter, columns))


def _csv_rows(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield _bounded(line)
    except csv.Error as error:
        raise InvalidInput(field="file", reason=f"no CSV: {error}") from error


def _xlsx_rows(content: bytes) -> Iterator[list[str]]:
    """Give the rows of the first sheet as text, one by one; formulas by their kept results."""
    _check_package(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size is not believed
        for line in sheet.iter_rows(values_only=True):
            yield _bounded([_text(cell) for cell in line[: MOST_COLUMNS + 1]])
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, IndexError, ValueError, OSError) as error:
        raise InvalidInput(field="file", reason="no-xlsx") from error


def _check_package(content: bytes) -> None:
    """Refuse a file that unpacks to far more than it shows, or whose XML is none that a spreadsheet program writes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            texts = sum(part.file_size for part in parts if "sharedstrings" in part.filename.casefold())
            if sum(part.file_size for part in parts) > LARGEST_UNPACKED or texts > LARGEST_TEXTS:
                raise InvalidInput(field="file", reason="unpacks-too-large")
            for part in parts:
                if part.filename.casefold().endswith((".xml", ".rels")):
                    with package.open(part) as opened:
                        _check_marks(opened)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise InvalidInput(field="file", reason="no-xlsx") from error


def _check_marks(part: IO[bytes]) -> None:
    """Refuse an XML part with a document type, or a mark so long that the parser would read it over and over.

    The parser reads a mark from its start with every block that comes in: one comment of 60 MB took minutes.
    """
    rest = b""
    while block := part.read(LONGEST_MARK):
        pieces = (rest + block).split(b"<")
        rest = pieces.pop()
        if b"\x00" in block or len(rest) > LONGEST_MARK or any(map(_is_odd, pieces)):
            raise InvalidInput(field="file", reason="no-xlsx")
    if _is_odd(rest):
        raise InvalidInput(field="file", reason="no-xlsx")


def _is_odd(mark: bytes) -> bool:
    """Say whether a mark, and the text behind it, is none that a spreadsheet program writes."""
    if mark.startswith(b"!--"):
        return b"-->" not in mark
    return len(mark) > LONGEST_MARK or (mark.startswith(b"!") and not mark.startswith(b"![CDATA["))


def _bounded(line: list[str]) -> list[str]:
    """Give a row without its empty end: whole rows are often formatted, to the last column there is."""
    while line and not line[-1]:
        line.pop()
    if len(line) > MOST_COLUMNS:
        raise InvalidInput(field="file", reason=f"more than {MOST_COLUMNS} columns")
    return line


def _text(cell: Any) -> str:
    """Write a cell as text: 12.0 is 12, a day is ISO, what is empty is ""."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{Decimal(repr(cell)):f}".removesuffix(".0")
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)
