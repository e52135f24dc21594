"""Uploaded sheets: encodings, separators, empty rows, and files that are none (R-C14, R-C17)."""

import io
import zipfile

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from warehouse.flow import sheets
from warehouse.rules.refusals import InvalidInput

COLUMNS = {
    "item_no": ("料号", "料號", "item number"),
    "batch_no": ("批号", "批號"),
    "quantity": ("实盘数", "實盤數", "counted"),
}
SIMPLIFIED = "料号,批号,实盘数\nEL-100,甲,１２\n"
TRADITIONAL = "料號,批號,實盤數\nEL-100,甲,１２\n"


def read(content, **members):
    return sheets.read_sheet(content, columns=COLUMNS, required=("item_no", "quantity"), **members)


def workbook(*lines):
    book = Workbook()
    for line in lines:
        book.active.append(line)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def reason(content):
    with pytest.raises(InvalidInput) as refused:
        read(content)
    return refused.value.field, refused.value.reason


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8"),
        (SIMPLIFIED, "utf-16", "utf-16"),
        (SIMPLIFIED, "gb18030", "gb18030"),
        (TRADITIONAL, "big5", "big5"),
        (TRADITIONAL, "gb18030", "gb18030"),
    ],
)
def test_given_an_encoding_of_the_trade_when_read_then_the_same_rows(text, name, told):
    """U7; R-C17"""
    found = read(text.encode(name))
    assert (found.encoding, found.columns) == (told, ["item_no", "batch_no", "quantity"])
    (row,) = found.rows
    assert (row.number, row.cells["batch_no"], row.decimal("quantity")) == (2, "甲", "12")


def test_given_ascii_headers_and_a_traditional_reader_when_both_encodings_fit_then_the_language_decides():
    """R-C17"""
    text = "item_no,batch_no,quantity\nEL-100,測試,1\n"
    assert read(text.encode("big5"), is_traditional=True).rows[0].cells["batch_no"] == "測試"
    text = text.replace("測試", "测试")
    assert read(text.encode("gb18030")).rows[0].cells["batch_no"] == "测试"


def test_given_semicolons_when_read_then_the_comma_is_the_decimal_mark_and_else_it_groups():
    """R-C17"""
    (row,) = read(b"item_no;quantity\nKG-1;1.012,5\n").rows
    assert row.decimal("quantity") == "1012.5"
    first, second = read(b'Item Number\tcounted\nKG-1\t1,012.5\nKG-1\t"12,5"\n').rows
    assert first.decimal("quantity") == "1012.5"
    with pytest.raises(InvalidInput):
        second.decimal("quantity")


def test_given_a_workbook_with_a_title_when_read_then_numbers_days_and_empty_cells_are_text():
    """R-C17"""
    found = read(
        workbook(
            ("盘点表",), ("料号", "实盘数", "批号", "note"), ("EL-100", 12.0, 7, "x"), (), ("KG-1", 0.25, None, None)
        )
    )
    assert [(row.number, row.cells) for row in found.rows] == [
        (3, {"item_no": "EL-100", "batch_no": "7", "quantity": "12"}),
        (5, {"item_no": "KG-1", "batch_no": "", "quantity": "0.25"}),
    ]


def test_given_a_sheet_with_a_million_empty_rows_when_read_then_it_ends_where_they_begin():
    """U6; R-C14: files with formatted empty rows are common, and nothing beyond them is walked to."""
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>item_no</t></is></c><c r="B1" t="inlineStr"><is><t>quantity</t></is></c></row>'
    line = '<row r="2"><c r="A2" t="inlineStr"><is><t>EL-100</t></is></c><c r="B2"><v>3</v></c></row>'
    empty = "".join(f'<row r="{number}"><c r="A{number}"/></row>' for number in range(3, 1_000_003))
    far = '<row r="1000003"><c r="A1000003" t="inlineStr"><is><t>EL-100</t></is></c><c r="B1000003"><v>9</v></c></row>'
    for rest in (empty, empty + far, far):
        found = read(_with_sheet(head + line + rest))
        assert [row.cells["quantity"] for row in found.rows] == ["3"]
    assert len(read(b"item_no,quantity\nEL-100,3\n" + b",\n" * 1_000_000).rows) == 1


@pytest.mark.parametrize(
    "mark", ["<!--{}-->", "<c r='{}'/>", "<?x {}?>", "<!-- <row> {} -->", " " * 2000 + "<!DOCTYPE x>{}"]
)
def test_given_xml_that_would_keep_the_parser_busy_when_read_then_refused_before_it_is_parsed(mark):
    """U6, R-C17: a comment of 60 MB, 66 KB as uploaded, took three minutes of a processor"""
    content = _with_sheet("<row r='1'/>" + mark.format("x" * sheets.LONGEST_MARK * 3))
    assert len(content) < 20_000
    assert reason(content) == ("file", "no-xlsx")


def test_given_whole_rows_formatted_to_the_last_column_when_read_then_their_empty_end_is_no_column():
    """U6"""
    content = io.BytesIO()
    book = Workbook()
    book.active.append(("item_no", "quantity"))
    book.active.append(("EL-100", "3"))
    book.active.cell(row=2, column=16_384).font = Font(bold=True)
    book.save(content)
    assert [row.cells["quantity"] for row in read(content.getvalue()).rows] == ["3"]
    assert [row.cells["quantity"] for row in read(b"item_no,quantity\nEL-100,3" + b"," * 300).rows] == ["3"]


def _with_sheet(content, entity=""):
    packed = io.BytesIO()
    whole = io.BytesIO(workbook(("item_no", "quantity")))
    with zipfile.ZipFile(whole) as made, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as other:
        for part in made.namelist():
            text = made.read(part)
            if part.endswith("sheet1.xml"):
                space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
                text = f'<?xml version="1.0"?>{entity}<worksheet {space}><sheetData>{content}</sheetData></worksheet>'
            other.writestr(part, text)
    return packed.getvalue()


def test_given_files_that_are_no_sheet_when_read_then_refused_with_the_reason():
    """R-C17"""
    assert reason(b"") == ("file", "no-column-names")
    assert reason(b"PK\x03\x04 broken") == ("file", "no-xlsx")
    assert "xls" in reason(b"\xd0\xcf\x11\xe0 old")[1]
    assert reason(b"\xff\xff\xff\x80") == ("file", "unknown-encoding")
    assert reason(b"batch_no,quantity\nA,1\n") == ("item_no", "column-missing")
    assert reason("item_no,料号,quantity\nA,A,1\n".encode()) == ("item_no", "column-twice")
    assert "no CSV" in reason(b'item_no,quantity\n"A,1\n')[1]
    assert "rows" in reason(b"item_no,quantity\n" + b"A,1\n" * (sheets.MOST_ROWS + 1))[1]
    assert "bytes" in reason(b"x" * (sheets.LARGEST_SHEET + 1))[1]
    assert "columns" in reason(b"item_no,quantity\n" + b"A," * 101 + b"\n")[1]
    assert "empty ones too" in reason(b"item_no,quantity\n" + (b",\n" * 9_000 + b"A,1\n") * 12)[1]
    assert reason(_with_sheet("", entity='<!DOCTYPE x [<!ENTITY a "b">]>')) == (
        "file",
        "no-xlsx",
    )
