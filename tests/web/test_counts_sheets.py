"""The count sheet sent back: read whatever wrote it, once however often it is sent, whole or not at all (R-C14..R-C17)."""

import io

import pytest
from openpyxl import Workbook

from tests import factories
from tests.web.counting import adjustments, finish, open_count
from warehouse.tables.base import rows

SHEET = "料号,批号,库位,实盘数\nEL-100,A,B-01,２８\nEL-100,B,B-02,50\nEL-100,C,B-03,40\n"


def upload(store, count_no, content, *, who="keeper", key=None, **fields):
    headers = {
        "Authorization": f"Bearer token-{who}",
        "Idempotency-Key": key or f"sheet-{next(factories._counter):08d}",
    }
    data = {**fields, "sheet": (io.BytesIO(content), "count.csv")}
    return store.client.post(f"/api/v1/counts/{count_no}/sheets", data=data, headers=headers)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_given_a_sheet_when_uploaded_three_times_then_counted_once(store, encoding):
    """R-C14, R-C17: full-width digits in a file of the trade"""
    count_no = open_count(store)
    content = SHEET.encode(encoding)
    tried = upload(store, count_no, content, dry_run="true").json
    assert (tried["applied"], tried["counted"], tried["errors"]) == (False, 3, [])
    assert rows("SELECT COUNT(*) FROM count_entry") == [(0,)]
    told = [upload(store, count_no, content).json for _ in range(3)]
    assert [(each["counted"], each["unchanged"]) for each in told] == [(3, 0), (0, 3), (0, 3)]
    assert rows("SELECT COUNT(*) FROM count_entry") == [(3,)]
    changed = SHEET.replace("２８", "29").encode(encoding)
    assert upload(store, count_no, changed).json["corrected"] == 1
    assert upload(store, count_no, changed, who="keeper2").json["counted"] == 3
    store.done(f"/counts/{count_no}/submit", who="manager")
    finish(store, count_no)
    assert (adjustments(), store.stock("A")) == (1, [("B-01", "qualified", "29")])


def test_given_a_sheet_with_wrong_rows_when_uploaded_then_each_is_named_and_nothing_is_kept(store):
    """R-C17, R-M5: negative, "12,5", a place of another site, an item nobody has, zero not confirmed"""
    count_no = open_count(store)
    book = Workbook()
    for line in (
        ("item_no", "batch_no", "location", "quantity"), ("EL-100", "A", "B-01", -3), ("EL-100", "B", "B-02", "12,5"),
        ("EL-100", "C", "Z-09", 1), ("EL-999", "C", "B-03", 1), ("EL-100", "C", "B-03", 0), ("EL-100", "A", "B-01", None),
        ("EL-100", "A", "B-01", 30),
    ):  # fmt: skip
        book.active.append(line)
    packed = io.BytesIO()
    book.save(packed)
    told = upload(store, count_no, packed.getvalue()).json
    assert (told["applied"], told["refused"]) == (False, 5)
    assert [(each["row"], each["code"], each.get("reason")) for each in told["errors"]] == [
        (2, "invalid-input", "not-positive"), (3, "invalid-input", "not-a-quantity"), (4, "not-found", None),
        (5, "not-found", None), (6, "invalid-input", "confirm-empty"),
    ]  # fmt: skip
    assert rows("SELECT COUNT(*) FROM count_entry") == [(0,)]
    wrong = upload(store, count_no, b"no sheet at all")
    assert (wrong.status_code, wrong.json["field"]) == (400, "file")


def test_given_the_sheet_for_typing_when_filled_and_sent_back_then_it_is_read(store):
    """R-C1, R-C14"""
    count_no = open_count(store)
    text = store.get(f"/counts/{count_no}/sheet.csv").get_data().decode("utf-8-sig")
    header, *lines = text.splitlines()
    assert header == "location,item_no,name,batch_no,owner,unit,quantity"
    filled = "\n".join([header, *(line + "7" for line in lines)])
    assert upload(store, count_no, filled.encode()).json["counted"] == 3


def test_given_a_sheet_with_wrong_rows_when_sent_again_under_its_key_then_the_one_answer(store):
    """R-C14, R-X2: its answer tells how many rows were refused, and is no refusal itself"""
    count_no = open_count(store)
    content = b"location,item_no,batch_no,quantity\nB-01,EL-100,A,30\nB-09,EL-100,B,50\n"
    first, again = (upload(store, count_no, content, key="the-key-of-one-sheet") for _ in range(2))
    assert (first.status_code, first.json["refused"], first.json["applied"]) == (200, 1, False)
    assert (again.status_code, again.data) == (200, first.data)
