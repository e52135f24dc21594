"""Account = card = goods through the service: compared, explained, followed up, signed (4.7.5 d; R-R1..R-R12, R-C20)."""

from datetime import timedelta

import pytest

from tests.factories import do
from warehouse.books import ledger
from warehouse.tables.base import rows

MONTH = "2026-06"


def compare(store, month=MONTH, **query):
    """Give the rows that differ."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    response = store.get(f"/reconciliations/{month}?{asked}")
    assert response.status_code == 200, response.json
    return response.json["items"]


def put(store, lines, *, as_of="2026-06-01", source="ERP", who="manager", key=None):
    """Bring a finance book in: {batch: quantity} of EL-100, None for the whole item."""
    body = {
        "as_of": as_of, "source": source,
        "lines": [
            {"item_no": "EL-100", "quantity": quantity, **({"batch_no": batch} if batch else {})}
            for batch, quantity in lines.items()
        ],
    }  # fmt: skip
    headers = {
        "Authorization": f"Bearer token-{who}",
        "Idempotency-Key": key or f"put-{id(body)}-{store.now}-{lines}"[:200],
    }
    return store.client.put("/api/v1/account/balances", json=body, headers=headers)


def named(items):
    """Give (batch, its causes' names) of each row."""
    return [(item["batch_no"], [cause["cause"] for cause in item["causes"]]) for item in items]


def figures(item):
    """Give a row's three figures."""
    return item["account"], item["card"], item["goods"]


def test_given_a_receipt_scanned_and_goods_staged_when_compared_then_explained_by_their_numbers(store):
    """R-R8: by voucher, not by time; older than a day also on the exception list"""
    receipt = store.done(
        "/receipts", who="clerk", supplier="SUP", reference="PO-1", lines=[{"item_no": "EL-100", "quantity": "20"}]
    )["receipt_no"]
    store.done(f"/receipts/{receipt}/scans", item_no="EL-100", batch_no="N", quantity="20")
    delivery = store.order("10")
    store.done(f"/deliveries/{delivery}/scans", code="A", quantity="10")
    a, n = compare(store)
    assert figures(a) == ("30", "20", "20")
    assert a["explained"] == [{"kind": "staged", "voucher_no": delivery, "quantity": "-10"}]
    assert n["explained"] == [{"kind": "not-posted", "voucher_no": receipt, "quantity": "20"}]
    assert (a["causes"], n["causes"], n["state"]) == ([], [], "explained")
    store.now += timedelta(hours=25)
    a, n = compare(store)
    assert (a["causes"], [cause["cause"] for cause in n["causes"]]) == ([], ["missing-posting"])
    assert n["causes"][0]["vouchers"] == [receipt]
    late = store.get(f"/reconciliations/{MONTH}/exceptions").json["items"]
    assert {each["voucher_no"] for each in late} == {receipt, delivery}


def test_given_a_finance_book_when_put_twice_then_its_figures_are_the_account_and_ours_beside(store):
    """R-R2"""
    assert put(store, {"A": "28", "B": "50", "C": "40"}).json["changed"] is True
    assert put(store, {"A": "28", "B": "50", "C": "40"}, key="another-key").json["changed"] is False
    (a,) = compare(store)
    assert (a["batch_no"], figures(a), a["own_account"]) == ("A", ("28", "30", "30"), "30")
    assert put(store, {"A": "30", "B": "50", "C": "40"}).json["changed"] is True
    assert compare(store) == []
