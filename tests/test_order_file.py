"""The order file that is played: every odd row is refused with its reason and counted, and stops no other."""

import gzip

import pytest

from bench import order_file

HEADER = "invoice,item_code,description,quantity,invoiced_at,unit_price_gbp,customer_id,country"
GOOD = "536365,85123A,LAMP,6,2010-12-01T08:26:00,2.55,17850,UK"


def read(tmp_path, *lines: str | bytes, name: str = "orders.csv", end: str = "\n"):
    """Write a file of these lines and read it."""
    data = end.encode().join(line if isinstance(line, bytes) else line.encode() for line in lines)
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return order_file.read(path)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_given_another_mark_line_end_or_bom_when_read_then_the_same_rows(tmp_path, start, mark, end):
    """a real file's forms"""
    lines = (f"{start}{HEADER}".replace(",", mark), GOOD.replace(",", mark))
    found = read(tmp_path, *lines, end=end, name="orders.csv.gz")
    assert [(row.invoice, row.item_code, row.pieces) for row in found.rows] == [("536365", "85123A", 6)]
    assert not found.unreadable


def test_given_rows_that_cannot_be_read_when_read_then_each_is_counted_by_its_reason_and_the_others_stay(tmp_path):
    """03/04/2026 is a day in March or in April: nobody guesses"""
    found = read(
        tmp_path, HEADER, GOOD,
        GOOD.replace("2010-12-01T08:26:00", "01/12/2010 08:26"),
        GOOD.replace("2010-12-01T08:26:00", ""),
        GOOD.replace("536365", " "),
        GOOD.replace("17850", ".."),
        GOOD.replace("85123A", "85123" * 30),
        GOOD.replace("LAMP", "LAMP").encode() + b",one,more",
        "536365,85123A",
        GOOD.encode().replace(b"LAMP", b"LAMP \xe9"),
        GOOD.replace("LAMP", "LA\x00MP"),
        GOOD.replace("2010-12-01T08:26:00", "2010-12-01T16:26:00+08:00"),
    )  # fmt: skip
    assert [row.number for row in found.rows] == [1, 11]
    assert found.rows[0].at == found.rows[1].at
    assert found.unreadable == {
        "a time that is not written as 2010-12-01T08:26:00": 2,
        "no invoice": 1,
        "a number that no item or partner can have": 2,
        "not as many fields as columns": 2,
        "a character that is no text, or no UTF-8": 2,
    }


@pytest.mark.parametrize("lines", [(), (HEADER,), (HEADER, "x"), (HEADER.replace("quantity", "qty"), GOOD)])
def test_given_a_file_without_a_column_or_a_row_when_read_then_refused_whole_and_named(tmp_path, lines):
    """an empty file is no error of the program"""
    with pytest.raises(order_file.NotAnOrderFile, match=r"orders.csv: no (column|row)"):
        read(tmp_path, *lines)
