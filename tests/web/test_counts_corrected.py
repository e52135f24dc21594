"""All differences of a count corrected together: each book's lines, their running balances, and what that costs."""

import pytest

from tests import factories
from tests.web.counting import open_count, type_in
from warehouse.books import verify
from warehouse.tables import base
from warehouse.tables.base import rows

COUNTERS = ("keeper", "keeper2")


def opened(store, lines, *, item_no="EL-200"):
    """Bring goods in: (batch, place, quantity, status)."""
    store.done(
        "/opening-balances", who="manager", reference=f"more of {item_no} {lines[0][0]}",
        lines=[
            {"item_no": item_no, "batch_no": batch_no, "location": place, "quantity": quantity, "status": status,
             "first_received_on": "2026-05-01"}
            for batch_no, place, quantity, status in lines
        ],
    )  # fmt: skip


def count_both(store, count_no, batch_no, place, quantity):
    for who in COUNTERS:
        type_in(store, count_no, batch_no, quantity, who=who, location=place, item_no="EL-200")


def corrected(store, count_no):
    """Submit and approve a count; gives the number of statements that took (SQLite only)."""
    store.done(f"/counts/{count_no}/submit", who="manager", blanks="keep")
    asked = []
    traced = not base.is_postgres()
    if traced:
        base.database.connection().set_trace_callback(asked.append)
    store.done(f"/counts/{count_no}/approve", who="manager", reason="miscount")
    if traced:
        base.database.connection().set_trace_callback(None)
    return len(set(asked))  # one that a trigger interrupts is told of again and again


def lines_of(store, book, batch_no, location=None):
    where = f"?location={location}" if location else ""
    found = store.get(f"/batches/EL-200/{batch_no}/{book}{where}", who="manager").json["items"]
    return [(int(line["quantity_in"]) - int(line["quantity_out"]), int(line["balance"])) for line in found]


def test_given_differences_in_two_places_of_a_batch_when_approved_then_each_line_counts_on_from_the_last(store):
    """R-C19, R-R1, R-R11, R-R12: one batch found short here and over there, one short in two statuses; one voucher"""
    opened(store, [("P", "B-01", "10", "qualified"), ("P", "B-02", "20", "qualified"), ("Q", "B-03", "5", "qualified")])
    opened(store, [("Q", "B-03", "8", "pending")])
    count_no = open_count(store)
    count_both(store, count_no, "P", "B-01", "6")
    count_both(store, count_no, "P", "B-02", "23")
    count_both(store, count_no, "Q", "B-03", "6")
    corrected(store, count_no)
    assert lines_of(store, "card", "P", "B-01") == [(10, 10), (-4, 6)]
    assert lines_of(store, "card", "P", "B-02") == [(20, 20), (3, 23)]
    assert lines_of(store, "account", "P")[-2:] == [(-4, 26), (3, 29)]
    assert lines_of(store, "card", "Q", "B-03")[-2:] == [(-5, 8), (-2, 6)]
    assert lines_of(store, "account", "Q")[-1] == (-7, 6)
    assert store.stock("Q", "EL-200") == [("B-03", "pending", "6")]
    assert list(verify.verify()) == []


def test_given_goods_two_owners_have_in_one_place_when_both_are_short_then_the_card_runs_over_both(store):
    """R-R11, R-O2, R-C12: the card is the place's, the account the owner's, each owner has his own voucher"""
    factories.put_in_stock("W  2026-05-01  10  B-04  blue", item_no="EL-200")
    factories.put_in_stock("W  2026-05-01  7  B-04  blue  -  K", item_no="EL-200")
    count_no = open_count(store)
    for owner, quantity in (("", "9"), ("K", "5")):
        for who in COUNTERS:
            type_in(store, count_no, "W", quantity, who=who, item_no="EL-200", owner=owner)
    store.done(f"/counts/{count_no}/notices", who="manager", owner="K", text="two are missing")
    corrected(store, count_no)
    assert lines_of(store, "card", "W") == [(10, 10), (7, 17), (-1, 16), (-2, 14)]
    assert lines_of(store, "account", "W") == [(10, 10), (7, 7), (-1, 9), (-2, 5)]
    assert list(verify.verify()) == []


def test_given_a_stopped_batch_when_more_of_it_is_found_then_the_surplus_is_white(store):
    """R-C11: nobody knows what it is, though only blue goods lie there"""
    opened(store, [("H", "B-01", "4", "qualified"), ("H", "B-02", "4", "nonconforming")])
    rows("UPDATE batch SET hold = 'recall' WHERE batch_no = 'H'")
    count_no = open_count(store)
    count_both(store, count_no, "H", "B-01", "6")
    corrected(store, count_no)
    assert ("B-01", "pending", "2") in store.stock("H", "EL-200")


def test_given_found_goods_of_no_known_status_when_approved_then_white_and_asked_about_and_to_be_moved(store):
    """R-C11, 4.5.2: found where nothing of the batch lies, in a place for blue goods"""
    store.done("/locations", who="manager", code="B-09", zone="blue", admits=["qualified"])
    lying = (("B-01", "qualified"), ("IN-1", "pending"))
    opened(store, [(f"S{n}", place, "4", status) for n in (1, 2) for place, status in lying])
    count_no = open_count(store)
    for batch_no in ("S1", "S2"):
        count_both(store, count_no, batch_no, "B-09", "2")
    corrected(store, count_no)
    for batch_no in ("S1", "S2"):
        assert ("B-09", "pending", "2") in store.stock(batch_no, "EL-200")
    tasks = store.get("/tasks", who="qa").json["items"]
    asked = {(task["kind"], task["facts"]["batch_no"]) for task in tasks if task["kind"] in ("inspect", "move")}
    assert {("inspect", "S1"), ("inspect", "S2"), ("move", "S1"), ("move", "S2")} <= asked


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_given_ten_times_the_differences_when_approved_then_no_more_statements(store):
    """S8: closing costs by the differences in rows, not in statements, each of which is a round trip"""
    spent = []
    for many in (2, 20):
        opened(store, [(f"D{many}-{n}", "B-04", "9", "qualified") for n in range(many)])
        count_no = open_count(store, kind="cycle", location="B-04")
        for n in range(many):
            count_both(store, count_no, f"D{many}-{n}", "B-04", "8" if n % 2 else "10")
        spent.append(corrected(store, count_no))
        store.done(f"/counts/{count_no}/close", who="manager")
    assert spent[0] == spent[1]
    assert list(verify.verify()) == []
    ((written,),) = rows("SELECT COUNT(*) FROM card_entry WHERE kind = 'adjustment'")
    assert written == 22
