"""The finance system's book comes in, by request and as a sheet, and our own account goes out (4.7.5 d)."""

import io

import pytest
from openpyxl import Workbook, load_workbook

from tests import factories

HEADER = "item_no,batch_no,quantity\n"


def upload(store, content, *, who="manager", key="sheet-key-1", as_of="2026-06-01", **fields):
    """Upload a finance book as a file."""
    data = {"as_of": as_of, "source": "ERP", **fields, "sheet": (io.BytesIO(content), "book.csv")}
    headers = {"Authorization": f"Bearer token-{who}", "Idempotency-Key": key}
    return store.client.post("/api/v1/account/sheets", data=data, headers=headers)


def put(store, lines, *, key, as_of="2026-06-01", source="ERP"):
    """Bring a finance book in by request."""
    headers = {"Authorization": "Bearer token-manager", "Idempotency-Key": key}
    body = {"as_of": as_of, "source": source, "lines": lines}
    return store.client.put("/api/v1/account/balances", json=body, headers=headers)


def balances():
    """Give what is kept: (batch or None, quantity)."""
    return factories.base.rows("SELECT batch_id, quantity / 1000000 FROM outside_balance ORDER BY id")


def test_given_three_bad_rows_when_tried_and_sent_then_each_is_named_and_nothing_or_the_good_ones_kept(store):
    """R-M1, U9, U10: row, column, reason; nothing or the good rows by choice; the same file again adds nothing"""
    rows = ["EL-100,A,28", "EL-999,A,1", "EL-100,X,1", "EL-100,B,1.5", "EL-100,C,40", "EL-100,A,28"]
    content = (HEADER + "\n".join(rows) + "\n").encode()
    tried = upload(store, content, dry_run="true").json
    assert [(error["row"], error["column"], error["reason"]) for error in tried["errors"]] == [
        (3, "item_no", "not-found"), (4, "batch_no", "not-found"), (5, "quantity", "quantity-precision"),
        (7, "batch_no", "twice"),
    ]  # fmt: skip
    assert (tried["kept"], tried["good"]) == (False, 2)
    assert upload(store, content, key="sheet-key-2").json["kept"] is False
    assert balances() == []
    chosen = upload(store, content, key="sheet-key-3", good_rows_only="true").json
    assert (chosen["kept"], chosen["lines"], chosen["changed"]) == (True, 2, True)
    assert balances() == [(1, 28), (3, 40)]
    again = upload(store, content, key="sheet-key-4", good_rows_only="true").json
    assert (again["lines"], again["changed"]) == (2, False)
    (listed,) = store.get("/account/balances").json["items"]
    assert (listed["source"], listed["lines"], listed["loaded_by"]) == ("ERP", 2, "manager")


def test_given_a_finance_book_when_it_comes_under_another_name_too_then_refused_and_the_account_is_not_doubled(store):
    """R-R2: the books of a day are added; two stores' books that share no item stand side by side"""
    factories.put_in_stock("N 2026-05-20 7 B-04 blue", item_no="EL-200")
    book = [{"item_no": "EL-100", "batch_no": each, "quantity": has} for each, has in (("A", "30"), ("B", "50"))]
    assert put(store, book, key="source-key-1").json["lines"] == 2
    other = put(store, [{"item_no": "EL-100", "batch_no": "C", "quantity": "40"}], key="source-key-2", source="erp")
    assert other.status_code == 409
    assert (other.json["document_no"], other.json["item_no"], other.json["reason"]) == (
        "ERP",
        "EL-100",
        "another-source",
    )
    assert upload(store, (HEADER + "EL-100,C,40\n").encode(), source="erp", dry_run="true").status_code == 409
    assert balances() == [(1, 30), (2, 50)]
    second = [{"item_no": "EL-200", "batch_no": "N", "quantity": "7"}]
    assert put(store, second, key="source-key-3", source="second store").status_code == 200
    assert (
        put(store, [*book, {"item_no": "EL-100", "batch_no": "C", "quantity": "40"}], key="source-key-4").json["lines"]
        == 3
    )
    assert store.get("/reconciliations/2026-06").json["items"] == []
    assert put(store, book, key="source-key-5", source="erp", as_of="2026-05-31").status_code == 200


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_given_a_sheet_of_the_trade_when_uploaded_then_its_heads_and_full_width_digits_are_read(store, encoding):
    """GB18030, UTF-16 and UTF-8 with its mark; heads in Chinese"""
    content = '料号,批号,结存数量\nEL-100,A,２８\nEL-100,B,"1,050"\n'.encode(encoding)
    assert upload(store, content).json["lines"] == 2
    assert balances() == [(1, 28), (2, 1050)]


def test_given_a_workbook_without_batches_when_uploaded_then_kept_by_item_and_a_negative_account_too(store):
    """R-R2: a finance system that keeps items only"""
    book = Workbook()
    for row in (["Item number", "Balance"], ["EL-100", 118], ["EL-200", -3]):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    assert upload(store, file.getvalue()).json["lines"] == 2
    assert balances() == [(None, 118), (None, -3)]
    (whole, other) = store.get("/reconciliations/2026-06").json["items"]
    assert (whole["item_no"], whole["batch_no"], whole["account"], whole["card"]) == ("EL-100", None, "118", "120")
    assert (other["item_no"], other["account"], other["card"]) == ("EL-200", "-3", "0")


def test_given_a_book_of_another_day_or_with_faults_when_sent_then_refused_by_name(store):
    """R-C17, R-M1"""
    line = {"item_no": "EL-100", "batch_no": "A", "quantity": "30"}
    assert put(store, [line], key="put-key-1", as_of="2026-06-02").json["field"] == "as_of"
    assert put(store, [line, line], key="put-key-2").json["reason"] == "twice"
    assert put(store, [{**line, "item_no": "EL-1"}], key="put-key-3").json["name"] == "EL-1"
    assert put(store, [{**line, "quantity": "1e3"}], key="put-key-4").status_code == 400
    assert put(store, [line], key="put-key-5").json == {
        "as_of": "2026-06-01", "source": "ERP", "lines": 1, "changed": True,
    }  # fmt: skip
    assert upload(store, b"nothing,here\n1,2\n").json["field"] == "file"
    assert upload(store, b"", who="keeper").status_code == 403


def test_given_our_account_when_exported_then_csv_and_workbook_with_no_cell_a_formula(store):
    """A text that looks like a formula is shown, never reckoned"""
    store.done("/items", who="manager", item_no="=1+1", name="Odd", unit="pcs", shelf_life_days=None)
    factories.put_in_stock("L1  2026-01-10  7  B-01  blue", item_no="=1+1")
    text = store.get("/account/balances.csv").data.decode("utf-8-sig").splitlines()
    assert text == [
        "item_no,batch_no,owner,quantity", "'=1+1,L1,,7", "EL-100,A,,30", "EL-100,B,,50", "EL-100,C,,40",
    ]  # fmt: skip
    book = load_workbook(io.BytesIO(store.get("/account/balances.xlsx?month=2026-06").data))
    assert [cell.value for cell in book.active[2]] == ["=1+1", "L1", None, 7]
    assert book.active["A2"].data_type == "s"
    assert store.get("/account/balances.csv?month=2026-05").data.decode("utf-8-sig").splitlines() == text[:1]
