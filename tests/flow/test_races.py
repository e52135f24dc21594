"""Acts of several people on one batch at one moment, with real connections: order, sums and plans hold (D8..D16)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests import factories
from tests.factories import Store
from warehouse.books import verify
from warehouse.tables.base import database, quantity, rows

ROUNDS = 8


@pytest.fixture
def prepare_database():
    """Every test here starts from fixture F."""
    return factories.prepare_fixture_f


@pytest.fixture
def store(database_url) -> Iterator[Store]:
    """The service on this test's database."""
    yield from factories.stores(database_url)


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Do acts at one moment, each on a connection of its own, and give what each gave."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return act()
        finally:
            database.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def post(store: Store, path: str, who: str = "keeper", **body: Any) -> Callable[[], tuple[int, Any]]:
    """Give the act of sending a request."""
    headers = {"Authorization": f"Bearer token-{who}", "Idempotency-Key": f"race-{next(factories._counter):08d}"}

    def send() -> tuple[int, Any]:
        answer = store.app.test_client().post(f"/api/v1{path}", json=body, headers=headers)
        return answer.status_code, answer.json

    return send


def test_given_a_batch_when_received_counted_and_issued_at_once_then_the_count_compares_with_the_book_of_its_own_turn(
    store,
):
    """D8: the order of the chain decides, not the clock; the difference is of that moment and stays"""
    store.done("/locations", who="manager", code="R-01", zone="blue", kind="receiving")
    lines = [{"item_no": "EL-100", "quantity": "400"}]
    receipt = store.done("/receipts", supplier="SUP", reference="P", lines=lines)["receipt_no"]
    count = store.done("/counts", who="manager", month="2026-06")["count_no"]
    lying = {"A": ("B-01", 30), "B": ("B-02", 50), "C": ("B-03", 40)}
    for batch_no, (place, amount) in lying.items():
        order = store.order("5", customer="M")
        rows("UPDATE item SET fifo_mode = 'off' WHERE item_no = 'EL-100'")
        answers = together(
            post(
                store, f"/receipts/{receipt}/scans", item_no="EL-100", batch_no=batch_no, quantity="7", location=place
            ),
            post(store, f"/counts/{count}/scans", who="keeper2", code=batch_no, location=place, quantity=str(amount)),
            post(store, f"/deliveries/{order}/scans", code=batch_no, location=place, quantity="5"),
        )
        assert [status for status, _ in answers] == [201, 201, 201], answers
        ((turn,),) = rows("SELECT MAX(sequence) FROM audit WHERE outcome = 'done' AND content LIKE '%/counts/%/scans%'")
        before = {act for (act,) in rows("SELECT act FROM audit WHERE sequence < ?", turn)}
        moved = rows(
            "SELECT c.act, c.quantity_in - c.quantity_out FROM card_entry c JOIN batch b ON b.id = c.batch_id"
            " JOIN place p ON p.id = c.place_id WHERE b.batch_no = ? AND p.bin_code = ?",
            batch_no, place,
        )  # fmt: skip
        book = quantity(sum(each for act, each in moved if act in before), 0)
        found = store.get(f"/counts/{count}/variances", who="manager").json["items"]
        differences = [each["difference"] for each in found if each["batch_no"] == batch_no] or ["0"]
        assert differences == [str(amount - book)]
    assert list(verify.verify()) == []


def test_given_two_orders_that_want_the_same_oldest_batches_crosswise_when_made_at_once_then_no_deadlock(store):
    """D11: one fixed order of locks; both are made, and no piece is promised twice"""
    factories.put_in_stock("X  2026-01-05  30  B-04  blue", item_no="EL-200")
    both = [{"item_no": "EL-100", "quantity": "1"}, {"item_no": "EL-200", "quantity": "1"}]
    for _ in range(ROUNDS):
        answers = together(
            post(store, "/deliveries", who="clerk", customer="K", reference="1", lines=both),
            post(store, "/deliveries", who="manager", customer="M", reference="2", lines=both[::-1]),
            post(store, "/transfers", code="X", to="B-03", **{"from": "B-04"}, quantity="1"),
        )
        assert [status for status, _ in answers] == [201, 201, 201], answers
    promised = rows(
        "SELECT s.reserved, COALESCE(SUM(a.quantity), 0) FROM stock s LEFT JOIN allocation a ON a.stock_id = s.id"
        " GROUP BY s.id, s.reserved"
    )
    assert all(reserved == allocated for reserved, allocated in promised)
    assert sum(reserved for reserved, _ in promised) == ROUNDS * 4 * 10**6
    assert list(verify.verify()) == []


def test_given_a_long_document_when_one_of_its_lines_cannot_be_done_then_none_is(store):
    """D13: existing stock of thirty lines, the last in a bin that is not there; an order whose last item is unknown"""
    line = {"item_no": "EL-200", "status": "qualified", "quantity": "1", "first_received_on": "2026-05-01"}
    lines = [{**line, "batch_no": f"L{number}", "location": "B-01"} for number in range(30)]
    before = rows("SELECT * FROM card_entry"), rows("SELECT * FROM stock"), rows("SELECT * FROM batch")
    wrong = [*lines, {**line, "batch_no": "L30", "location": "NOWHERE"}]
    assert store.refused("/opening-balances", who="manager", reference="long", lines=wrong)["code"] == "not-found"
    wanted = [{"item_no": "EL-100", "quantity": "5"}] * 20
    refused = store.refused(
        "/deliveries", who="clerk", customer="K", reference="SO", lines=[*wanted, {"item_no": "NONE", "quantity": "1"}]
    )
    assert refused["code"] == "not-found"
    assert (rows("SELECT * FROM card_entry"), rows("SELECT * FROM stock"), rows("SELECT * FROM batch")) == before
    assert rows("SELECT COUNT(*) FROM document WHERE kind <> 'opening-balance'") == [(0,)]
    store.done("/opening-balances", who="manager", reference="long", lines=lines)
    assert list(verify.verify()) == []


@pytest.mark.parametrize(("bad", "left"), [("12", "18"), ("30", "0"), ("5", "20")])
def test_given_a_batch_that_is_promised_when_part_of_it_is_split_off_then_the_promise_gives_way_and_sums_are_kept(
    store, bad, left
):
    """D16, R-Q11: 20 of A's 30 are an order's; nothing is promised that may not leave, and the planner hears it"""
    order = store.order("20")
    store.done("/batches/EL-100/A/doubts", reason="dented")
    good = str(30 - int(bad))
    decisions = [{"quantity": bad, "verdict": "nonconforming"}, {"quantity": good, "verdict": "qualified"}]
    store.done("/batches/EL-100/A/inspections", who="qa", kind="reinspection",
               decisions=[each for each in decisions if each["quantity"] != "0"])  # fmt: skip
    lying = {(row["status"], row["quantity"]) for batch in ("A", "A-1") for row in store.batch(batch)["stock"]}
    assert lying == {each for each in {("nonconforming", bad), ("qualified", good)} if each[1] != "0"}
    found = rows(
        "SELECT s.status, s.quantity, s.reserved, COALESCE(SUM(a.quantity), 0) FROM stock s"
        " LEFT JOIN allocation a ON a.stock_id = s.id GROUP BY s.id, s.status, s.quantity, s.reserved"
    )
    assert all(reserved == allocated <= amount for _, amount, reserved, allocated in found)
    assert not [each for each in found if each[0] == "nonconforming" and each[2]]
    (task,) = store.get("/tasks?kind=plan", who="clerk").json["items"]
    assert task["facts"]["delivery_no"] == order
    may = min(int(left), int(good))
    if may:
        store.done(f"/deliveries/{order}/scans", code="A", quantity=str(may))
    assert store.get(f"/deliveries/{order}").json["lines"][0]["picked"] == str(may)
    assert list(verify.verify()) == []
