"""A store played at random against forty lines of arithmetic: receive, qualify, doubt, order, pick, undo, replay.

The model knows only quantities and ages; what the product refuses or lets through is compared with it step by step, and
at the end `verify` finds nothing (R-X2, R-X7, R-F1, R-F2, R-F18, R-F25).
"""

import itertools
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from tests import factories
from tests.factories import Store
from warehouse.books import verify
from warehouse.tables import base


class StoreMachine(RuleBasedStateMachine):
    """Batches of one item, each in one bin; the model is a list in the order of age."""

    orders = Bundle("orders")

    @initialize()
    def open_store(self) -> None:
        self.folder = TemporaryDirectory()
        url = f"sqlite:///{Path(self.folder.name) / 'warehouse.db'}"
        factories.prepare_store(url)
        self.store = Store(url)
        self.keys = itertools.count()
        self.quantity: dict[str, int] = {}
        self.blue: dict[str, bool] = {}
        self.reserved: dict[str, dict[str, int]] = {}  # order -> batch -> promised
        self.open: dict[str, int] = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            assert list(verify.verify()) == []
            base.database.close()
            self.folder.cleanup()

    @rule(amount=st.integers(1, 40))
    def bring_in(self, amount: int) -> None:
        batch_no = f"L{len(self.quantity):03d}"
        age = (self.store.now + timedelta(days=len(self.quantity) - 100)).date()
        factories.put_in_stock(f"{batch_no} {age} {amount} B-0{len(self.quantity) % 4 + 1} blue")
        self.quantity[batch_no], self.blue[batch_no] = amount, True

    @rule(target=orders, amount=st.integers(1, 60))
    def order(self, amount: int):
        delivery_no = self.store.order(str(amount))
        promised, left = {}, amount
        for batch_no in self.quantity:
            if self.blue[batch_no] and (taken := min(left, self._free(batch_no))):
                promised[batch_no], left = taken, left - taken
        self.reserved[delivery_no], self.open[delivery_no] = promised, amount
        shown = self.store.get(f"/deliveries/{delivery_no}").json["lines"][0]
        assert {pick["batch_no"]: int(pick["quantity"]) for pick in shown["pick_list"]} == promised
        assert int(shown["shortage"]) == left
        return delivery_no

    @rule(delivery_no=orders, data=st.data())
    def pick(self, delivery_no: str, data: st.DataObject) -> None:
        if not self.quantity:
            return
        batch_no = data.draw(st.sampled_from(sorted(self.quantity)))
        amount = data.draw(st.integers(1, 30))
        path, key = f"/deliveries/{delivery_no}/scans", f"model-{next(self.keys):08d}"
        body = {"item_no": "EL-100", "batch_no": batch_no, "quantity": str(amount)}
        answer = self.store.post(path, body, key=key)
        expected = self._expected(delivery_no, batch_no, amount)
        assert (answer.json["type"].rpartition("#")[2] if answer.status_code >= 400 else "") == expected, answer.json
        again = self.store.post(path, body, key=key)
        assert (again.status_code, again.data) == (answer.status_code, answer.data)
        if not expected:
            self._take(delivery_no, batch_no, amount)

    @rule(data=st.data())
    def doubt(self, data: st.DataObject) -> None:
        blue = [batch_no for batch_no in self.quantity if self.blue[batch_no] and self.quantity[batch_no]]
        if not blue:
            return
        batch_no = data.draw(st.sampled_from(blue))
        self.store.done(f"/batches/EL-100/{batch_no}/doubts", reason="wet carton")
        self.blue[batch_no] = False
        for promised in self.reserved.values():
            promised.pop(batch_no, None)

    @invariant()
    def books_agree_with_the_model(self) -> None:
        if not getattr(self, "quantity", None):
            return
        found = base.rows(
            "SELECT b.batch_no, SUM(s.quantity), SUM(s.reserved) FROM stock s JOIN batch b ON b.id = s.batch_id"
            " GROUP BY b.batch_no ORDER BY b.batch_no"
        )
        assert {batch_no: (on_hand // 10**6, reserved // 10**6) for batch_no, on_hand, reserved in found} == {
            batch_no: (self.quantity[batch_no], sum(p.get(batch_no, 0) for p in self.reserved.values()))
            for batch_no in self.quantity
        }

    def _free(self, batch_no: str, mine: str = "") -> int:
        promised = sum(p.get(batch_no, 0) for order, p in self.reserved.items() if order != mine)
        return self.quantity[batch_no] - promised

    def _expected(self, delivery_no: str, batch_no: str, amount: int) -> str:
        if not self.blue[batch_no]:
            return "on-hold"
        if amount > self.open[delivery_no]:
            return "over-issue"
        if amount > self._free(batch_no, delivery_no):
            return "insufficient-stock"
        older = (
            each for each in self.quantity if each < batch_no and self.blue[each] and self._free(each, delivery_no)
        )
        return "not-oldest" if next(older, None) else ""

    def _take(self, delivery_no: str, batch_no: str, amount: int) -> None:
        """Take, and give the plan up from its end where it is now more than the order needs."""
        self.quantity[batch_no] -= amount
        self.open[delivery_no] -= amount
        promised = self.reserved[delivery_no]
        own = min(amount, promised.get(batch_no, 0))
        promised[batch_no] = promised.get(batch_no, 0) - own
        surplus = sum(promised.values()) - self.open[delivery_no]
        for each in sorted(promised, reverse=True):
            back = min(promised[each], max(surplus, 0))
            promised[each] -= back
            surplus -= back
        self.reserved[delivery_no] = {each: left for each, left in promised.items() if left}


StoreMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
TestStoreAgainstTheModel = StoreMachine.TestCase
