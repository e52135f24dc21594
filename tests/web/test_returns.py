"""Goods back from a customer through HTTP: the same batch, its age, white, never more than he got (R-A14, R-I9)."""

from datetime import UTC, datetime

from tests.factories import put_in_stock
from warehouse.tables.base import rows


def ship(store, quantity, *, customer="K", batch_no="A"):
    """Deliver a quantity of a batch and give the delivery's number."""
    delivery_no = store.order(quantity, customer=customer)
    store.done(f"/deliveries/{delivery_no}/scans", item_no="EL-100", batch_no=batch_no, quantity=quantity)
    packages = [{"code": "P1", "outer_ok": True}]
    store.done(f"/deliveries/{delivery_no}/package-checks", who="clerk", packages=packages)
    store.done(f"/deliveries/{delivery_no}/dispatch", who="clerk")
    return delivery_no


def back(quantity, *, customer="K", batch_no="A", **members):
    """The body of a return."""
    line = {"item_no": "EL-100", "batch_no": batch_no, "quantity": quantity}
    return {"customer": customer, "reason": "wrong size", "lines": [line], **members}


def account(store):
    """Give the account's balance of A."""
    return store.get("/batches/EL-100/A/account").json["items"][-1]["balance"]


def test_given_5_shipped_to_k_when_they_come_back_then_white_with_their_age_and_posted_by_the_clerk(store):
    """R-A14"""
    delivery_no = ship(store, "5")
    made = store.done("/customer-returns", back("5", delivery_no=delivery_no))
    assert (made["return_no"][:5], made["state"], len(made["label_nos"])) == ("S1-CR", "open", 1)
    shown = store.batch("A")
    assert (shown["status"], shown["first_received_on"]) == (None, "2026-01-10")
    assert store.stock("A") == [("B-01", "qualified", "25"), ("IN-1", "pending", "5")]
    assert account(store) == "25"
    assert store.refused(f"/customer-returns/{made['return_no']}/post", who="keeper")["code"] == "forbidden"
    assert len(store.done(f"/customer-returns/{made['return_no']}/post", who="clerk")["entries"]) == 1
    assert account(store) == "30"
    assert store.refused(f"/customer-returns/{made['return_no']}/post", who="clerk")["code"] == "document-state"
    assert store.get(f"/customer-returns/{made['return_no']}").json["state"] == "posted"
    assert [each["return_no"] for each in store.get("/customer-returns").json["items"]] == [made["return_no"]]
    assert rows("SELECT subject FROM task WHERE kind = 'inspect' AND state = 'open'") == [("EL-100/A",)]


def test_given_5_shipped_to_k_when_6_or_another_customers_come_back_then_refused_and_nothing_is_written(store):
    """R-A14"""
    delivery_no = ship(store, "5")
    ship(store, "2", customer="M")
    over = store.refused("/customer-returns", back("6", delivery_no=delivery_no))
    assert (over["code"], over["open_quantity"], over["excess"]) == ("over-receipt", "5", "1")
    assert "1 more than he got" in over["detail"]
    assert store.refused("/customer-returns", back("6"))["open_quantity"] == "5"
    twice = back("3", delivery_no=delivery_no)
    assert store.refused("/customer-returns", {**twice, "lines": twice["lines"] * 2})["open_quantity"] == "2"
    other = store.refused("/customer-returns", back("1", customer="M", delivery_no=delivery_no))
    assert (other["code"], other["field"]) == ("invalid-input", "customer")
    assert store.refused("/customer-returns", back("1", delivery_no=delivery_no, reason="  "))["field"] == "reason"
    assert store.refused("/customer-returns", back("1", batch_no="B"))["open_quantity"] == "0"
    empty = store.refused("/customer-returns", {**back("1"), "lines": []})
    assert (empty["code"], empty["field"]) == ("invalid-input", "lines")
    assert store.stock("A") == [("B-01", "qualified", "23")]
    store.done("/customer-returns", back("3"))
    assert store.refused("/customer-returns", back("3"))["open_quantity"] == "2"


def test_given_goods_picked_but_not_dispatched_when_returned_then_refused(store):
    """R-A14"""
    delivery_no = store.order("5")
    store.done(f"/deliveries/{delivery_no}/scans", item_no="EL-100", batch_no="A", quantity="5")
    assert store.refused("/customer-returns", back("5", delivery_no=delivery_no))["code"] == "over-receipt"


def test_given_all_of_a_batch_came_back_when_inspected_then_its_clock_starts_there(store):
    """R-I9"""
    ship(store, "30")
    store.done("/customer-returns", back("30", customer="K"))
    store.now = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
    decisions = [{"quantity": "30", "verdict": "qualified"}]
    done = store.done("/batches/EL-100/A/inspections", who="qa", kind="incoming", decisions=decisions)
    assert done["reinspect_on"] == "2026-12-10"
    assert store.batch("A")["first_received_on"] == "2026-01-10"


def test_given_part_came_back_when_only_that_is_inspected_then_the_older_date_stays_for_all(store):
    """R-I9, 4.7.2"""
    ship(store, "5")
    store.done("/customer-returns", back("5"))
    store.now = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
    part = [{"quantity": "5", "verdict": "qualified", "location": "B-01"}]
    done = store.done("/batches/EL-100/A/inspections", who="qa", kind="incoming", decisions=part)
    assert done["reinspect_on"] == "2026-07-10"
    again = [{"quantity": "30", "verdict": "qualified"}]
    done = store.done("/batches/EL-100/A/inspections", who="qa", kind="reinspection", decisions=again)
    assert done["reinspect_on"] == "2026-12-10"


def test_given_a_customers_own_goods_when_they_come_back_then_still_his(store):
    """R-A14, R-O4"""
    put_in_stock("P  2026-02-01  8  B-04  blue  -  K")
    ship(store, "8", batch_no="P")
    store.done("/customer-returns", back("3", batch_no="P"))
    assert store.batch("P")["stock"] == [
        {"location": "IN-1", "status": "pending", "owner": "K", "quantity": "3", "reserved": "0"}
    ]
