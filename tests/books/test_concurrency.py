"""Two at once, twice the same, and ten thousand in a row: the books stay exact (R-X1..R-X7, D1, D5, D6)."""

import itertools
import os
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from tests import factories
from tests.factories import TODAY
from warehouse import catalogue
from warehouse.books import moves, stock, verify
from warehouse.flow import delivery, opening_balance, picking, storage
from warehouse.flow.picking import Taken
from warehouse.flow.storage import Moving
from warehouse.posting import Request, answer
from warehouse.tables import base
from warehouse.tables.base import rows
from warehouse.tables.documents import Pick
from warehouse.transaction import Actor

REPEATS = 100
numbers = itertools.count(1)
KEEPER = Actor(name="keeper", roles=frozenset({"keeper"}))
# Statements are round trips on PostgreSQL. By hand before a release: WAREHOUSE_TEST_OPERATIONS=10000.
OPERATIONS = {"sqlite": 2000, "postgresql": 400}


@pytest.fixture
def hands(store):
    """Several hands that act at the same moment, each a thread with a connection of its own."""
    with ThreadPoolExecutor(max_workers=24) as pool:
        barrier = threading.Barrier(24)

        def together(*acts):
            """Start all acts at once and give what each returned, in order."""
            start = threading.Barrier(len(acts))

            def run(act):
                start.wait()
                return act()

            return [job.result() for job in [pool.submit(run, act) for act in acts]]

        def close():
            barrier.wait()
            base.database.close()

        yield together
        for job in [pool.submit(close) for _ in range(24)]:
            job.result()


def do(act, *, key=""):
    """Answer an act as the service does; gives the answer, a refusal too."""
    site = catalogue.site_facts("S1")
    return answer(Request(actor=KEEPER, site=site, now=TODAY, path="test", key=key), act)


def picking_of(delivery_no, batch_no, amount):
    def act(tx):
        entry = picking.pick(tx, delivery_no, Taken(item_no="EL-200", batch_no=batch_no, quantity=amount))
        return {"entry_no": entry.entry_no, "balance": str(entry.balance)}, 201

    return lambda: do(act)


def post(store, path, body, *, who="keeper", key=None):
    """POST from whatever thread this is; gives status, text, and whether it was a first answer given again."""
    headers = {"Authorization": f"Bearer token-{who}", "Idempotency-Key": key or f"key-{next(numbers):08d}"}
    response = store.app.test_client().post(f"/api/v1{path}", json=body, headers=headers)
    return response.status_code, response.text, "Idempotent-Replay" in response.headers


def on_hand(batch_no):
    ((total,),) = rows(
        "SELECT SUM(s.quantity) FROM stock s JOIN batch b ON b.id = s.batch_id WHERE b.batch_no = ?", batch_no
    )
    return base.quantity(total, 0)


def test_given_five_left_when_two_issue_five_at_the_same_moment_then_one_is_told_what_is_left(store, hands):
    """R-X1, D5: 100 repeats; the orders reserve nothing, so that only the guard stands between them."""
    first, second = (store.order(str(5 * REPEATS), item_no="EL-200") for _ in range(2))
    for repeat in range(REPEATS):
        batch_no = f"X-{repeat}"
        factories.put_in_stock(f"{batch_no}  2026-05-01  5  B-04  blue", item_no="EL-200")
        answers = hands(picking_of(first, batch_no, "5"), picking_of(second, batch_no, "5"))
        assert sorted(each.refused for each in answers) == ["", "insufficient-stock"]
        (refused,) = (each for each in answers if each.refused)
        assert (refused.status, refused.body["available"]) == (409, "0")
        assert on_hand(batch_no) == 0
    assert list(verify.verify()) == []


def test_given_forty_when_twenty_four_take_three_each_then_what_is_left_is_what_nobody_was_given(store, hands):
    """P4, K4; R-X1, D6: more is asked for than there is."""
    orders = [store.order("3", item_no="EL-200") for _ in range(24)]
    factories.put_in_stock("Y  2026-05-01  40  B-04  blue", item_no="EL-200")
    answers = hands(*(picking_of(order, "Y", "3") for order in orders))
    given = Counter(each.refused for each in answers)
    assert given == {"": 13, "insufficient-stock": 11}
    assert on_hand("Y") == 1
    balances = [entry["balance"] for entry in store.get("/batches/EL-200/Y/card").json["items"]]
    assert balances == [str(left) for left in range(40, 0, -3)]
    assert list(verify.verify()) == []


def test_given_one_key_when_sent_twenty_four_times_at_once_then_one_effect_and_one_answer(store, hands):
    """K3; R-X2, D1"""
    order = store.order("30")
    body = {"item_no": "EL-100", "batch_no": "A", "quantity": "30"}
    answers = hands(*[lambda: post(store, f"/deliveries/{order}/scans", body, key="key-of-a-lost-reply")] * 24)
    assert {status for status, _, _ in answers} == {201}
    assert len({text for _, text, _ in answers}) == 1
    assert sum(repeated for _, _, repeated in answers) == 23
    assert on_hand("A") == 0
    assert list(verify.verify()) == []


def test_given_one_key_when_refused_twenty_four_times_at_once_then_one_refusal_is_kept(store, hands):
    """R-X2: a rule's no is an answer too."""
    order = store.order("30")
    body = {"item_no": "EL-100", "batch_no": "B", "quantity": "30"}
    answers = hands(*[lambda: post(store, f"/deliveries/{order}/scans", body, key="key-of-a-refusal")] * 24)
    assert {status for status, _, _ in answers} == {409}
    assert len({text for _, text, _ in answers}) == 1
    ((kept,),) = rows("SELECT COUNT(*) FROM audit WHERE outcome = 'refused' AND content LIKE '%key-of-a-refusal%'")
    assert kept == 1


def test_given_a_key_when_sent_again_with_another_body_person_or_path_then_refused_and_the_first_stands(store):
    """R-X2, R-X3, D2"""
    order, other = store.order("30"), store.order("5")
    path, body = f"/deliveries/{order}/scans", {"item_no": "EL-100", "batch_no": "A", "quantity": "10"}
    first = store.done(path, body, key="key-number-one")
    assert [store.done(path, body, key="key-number-one") for _ in range(2)] == [first, first]
    for where, what, who in (
        (path, {**body, "quantity": "11"}, "keeper"), (path, body, "clerk"), (f"/deliveries/{other}/scans", body, "keeper"),
    ):  # fmt: skip
        refused = store.refused(where, what, who=who, key="key-number-one")
        assert (refused["code"], refused["status"]) == ("idempotency-mismatch", 422)
    assert store.stock("A") == [("B-01", "qualified", "20")]
    assert store.done(path, body, key="key-number-one") == first


def test_given_dispatch_pressed_twice_when_the_keys_differ_then_the_second_meets_the_documents_state(store, hands):
    """R-X4: in turn, and at the same moment."""
    for order, at_once in ((store.order("30"), False), (store.order("15"), True)):
        batch_no, amount = ("A", "30") if not at_once else ("B", "15")
        store.done(f"/deliveries/{order}/scans", code=batch_no, quantity=amount)
        store.done(f"/deliveries/{order}/package-checks", who="clerk", packages=[{"code": "P", "outer_ok": True}])
        press = [lambda order=order: post(store, f"/deliveries/{order}/dispatch", {}, who="clerk")] * 2
        answers = hands(*press) if at_once else [each() for each in press]
        assert sorted(status for status, _, _ in answers) == [200, 409]
        assert any("document-state" in text for _, text, _ in answers)
        ((posted,),) = rows("SELECT SUM(quantity_out) FROM ledger_entry WHERE voucher_no = ?", order)
        assert base.quantity(posted, 0) == Decimal(amount)
    assert list(verify.verify()) == []


def test_given_a_doubt_and_a_pick_at_once_when_both_are_answered_then_the_goods_left_before_or_stayed(store, hands):
    """D7: never issued after the doubt; the journal says in which order"""
    order = store.order("20", item_no="EL-200")
    for repeat in range(10):
        batch_no = f"D-{repeat}"
        factories.put_in_stock(f"{batch_no}  2026-05-01  2  B-04  blue", item_no="EL-200")
        doubted, picked = hands(
            lambda batch_no=batch_no: post(store, f"/batches/EL-200/{batch_no}/doubts", {"reason": "odd"}, who="qa", key=f"doubt-{batch_no}"),
            lambda batch_no=batch_no: post(
                store, f"/deliveries/{order}/scans", {"item_no": "EL-200", "batch_no": batch_no, "quantity": "2"},
                key=f"pick-of-{batch_no}",
            ),
        )  # fmt: skip
        acts = rows("SELECT content FROM audit WHERE content LIKE ? ORDER BY id", f"%{batch_no}%")
        first = next(text for (text,) in acts if "/doubts" in text or "/scans" in text)
        if picked[0] == 201:
            # Both done: the goods were out before; or the doubt found nothing left to doubt.
            assert "/scans" in first
        else:
            assert (doubted[0], picked[0]) == (201, 409)
            assert "on-hold" in picked[1]
            assert on_hand(batch_no) == 2
    assert list(verify.verify()) == []


def test_given_a_cancel_and_a_dispatch_at_once_when_both_are_answered_then_one_won_and_stock_is_right(store, hands):
    """D15, D9"""
    factories.put_in_stock("E  2026-05-01  20  B-04  blue", item_no="EL-200")
    for _ in range(5):
        order, before = store.order("2", item_no="EL-200"), on_hand("E")
        store.done(f"/deliveries/{order}/scans", item_no="EL-200", batch_no="E", quantity="2")
        store.done(f"/deliveries/{order}/package-checks", who="clerk", packages=[{"code": "P", "outer_ok": True}])
        ((pick_id,),) = rows(
            "SELECT p.id FROM pick p JOIN document_line l ON l.id = p.line_id JOIN document d ON d.id = l.document_id"
            " WHERE d.document_no = ?",
            order,
        )
        answers = hands(
            lambda order=order: post(store, f"/deliveries/{order}/dispatch", {}, who="clerk", key=f"go-{order}"),
            lambda order=order, pick_id=pick_id: post(
                store, f"/deliveries/{order}/picks/{pick_id}/undo", {}, key=f"undo-{order}"
            ),
        )
        assert sorted(status for status, *_ in answers)[1] == 409, answers
        assert any(f"#{code}" in text for _, text, _ in answers for code in ("document-state", "short-issue"))
        assert on_hand("E") == before - (2 if answers[0][0] == 200 else 0)
    assert list(verify.verify()) == []


def test_given_movements_of_one_second_when_the_card_is_read_then_sequence_orders_them_and_balances_run(store):
    """R-X5: the test's clock stands still, so all have one time."""
    order = store.order("30")
    for amount in ("4", "1", "7"):
        store.done(f"/deliveries/{order}/scans", code="A", quantity=amount)
    entries = store.get("/batches/EL-100/A/card").json["items"]
    assert len({entry["written_at"] for entry in entries}) == 1
    assert [entry["balance"] for entry in entries] == ["30", "26", "25", "18"]
    assert [entry["entry_no"] for entry in entries] == sorted(entry["entry_no"] for entry in entries)


@pytest.mark.parametrize("order", [("issue", "adjust"), ("adjust", "issue"), "together"], ids=str)
def test_given_an_issue_of_ten_and_an_adjustment_of_five_when_both_commit_then_fifteen_less(store, hands, order):
    """R-X6: in both orders, and at the same moment."""
    delivery_no = store.order("10")

    def adjust(tx):
        batch = catalogue.get_batch(tx, item_no="EL-100", batch_no="A")
        stock.lock_batches([batch.id])
        (line,) = stock.of_batch(batch.id)
        moves.take_out(tx, line, Decimal(5), kind="adjustment", voucher_no="AJ-1")
        return {}, 201

    def issue(tx):
        picking.pick(tx, delivery_no, Taken(item_no="EL-100", batch_no="A", quantity="10"))
        return {}, 201

    acts = {"issue": lambda: do(issue), "adjust": lambda: do(adjust)}
    done = hands(*acts.values()) if order == "together" else [acts[name]() for name in order]
    assert [each.refused for each in done] == ["", ""]
    assert on_hand("A") == 15
    assert store.get("/batches/EL-100/A/card").json["items"][-1]["balance"] == "15"
    assert list(verify.verify()) == []


class RandomStore:
    """A keeper who does anything, and a plain model of what should lie where (a Counter by batch and place)."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lying = Counter()
        self.done = Counter()
        self.orders = []

    def step(self):
        """Do one random act; a refusal must leave the books as the model has them."""
        name = self.random.choices(["receive", "order", "pick", "undo", "move", "cancel"], [2, 3, 6, 1, 3, 1])[0]
        change = Counter()

        def act(tx):
            getattr(self, name)(tx, change)
            return {}, 200

        refused = do(act).refused
        if not refused:
            self.lying.update(change)
        self.done[refused or name] += 1

    def receive(self, tx, change):
        batch_no, place, amount = f"R-{next(numbers):06d}", self.place(), self.random.randint(1, 50)
        table = f"{batch_no}  2026-0{self.random.randint(1, 5)}-11  {amount}  {place}  blue"
        opening_balance.post(tx, batch_no, factories.opening_lines(table, item_no="EL-200"))
        change[batch_no, place] += amount

    def order(self, tx, change):
        asked = str(self.random.randint(1, 60))
        self.orders.append(
            delivery.order(tx, customer="K", reference="SO", lines=[("EL-200", asked, None)]).document_no
        )

    def pick(self, tx, change):
        (batch_no, place), amount = self.some(), self.random.randint(1, 40)
        taken = Taken(item_no="EL-200", batch_no=batch_no, quantity=str(amount), location=place)
        entry = picking.pick(tx, self.some_order(), taken)
        assert entry.balance == self.lying[batch_no, place] - amount
        change[batch_no, place] -= amount

    def undo(self, tx, change):
        staged = list(Pick.select().where(Pick.state == "staged").order_by(Pick.id))
        if staged:
            undone = self.random.choice(staged)
            picking.undo(tx, undone.line.document.document_no, undone.id)
            change[undone.batch.batch_no, undone.place.bin_code] += int(undone.quantity)

    def move(self, tx, change):
        (batch_no, place), target, amount = self.some(), self.place(), self.random.randint(1, 30)
        storage.move(tx, Moving(item_no="EL-200", batch_no=batch_no, source=place, target=target, quantity=str(amount)))
        change[batch_no, place] -= amount
        change[batch_no, target] += amount

    def cancel(self, tx, change):
        delivery.cancel(tx, self.some_order(), reason="changed")

    def place(self):
        return self.random.choice(["B-01", "B-02", "B-03", "B-04"])

    def some(self):
        return self.random.choice(sorted(self.lying) or [("none", "B-01")])

    def some_order(self):
        return self.random.choice(self.orders or ["none"])


def test_given_random_operations_when_all_is_added_up_then_stock_is_what_was_moved_for_every_key(store, engine):
    """P5; R-X7: against a model of our own, and by `verify`; 10,000 by WAREHOUSE_TEST_OPERATIONS."""
    rows("UPDATE item SET fifo_mode = 'off' WHERE item_no = 'EL-200'")
    keeper = RandomStore(seed=1207)
    for _ in range(int(os.environ.get("WAREHOUSE_TEST_OPERATIONS", OPERATIONS[engine]))):
        keeper.step()
    assert {"receive", "order", "pick", "undo", "move", "cancel", "insufficient-stock"} <= set(keeper.done)
    lying = {
        (batch_no, place): base.quantity(total, 0)
        for batch_no, place, total in rows(
            "SELECT b.batch_no, s.bin_code, SUM(s.quantity) FROM stock s JOIN batch b ON b.id = s.batch_id"
            " JOIN item i ON i.id = b.item_id WHERE i.item_no = 'EL-200' GROUP BY b.batch_no, s.bin_code"
        )
    }
    assert {key: left for key, left in lying.items() if left} == {
        key: left for key, left in keeper.lying.items() if left
    }
    assert list(verify.verify()) == []
