"""The people of a store at work on an order file: each act asked as the service asks it, each row with one outcome."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from bench import order_file
from bench.goods_back import GoodsBack
from bench.order_file import Row
from bench.store import KEEPER
from bench.supply import Supply
from warehouse import catalogue
from warehouse.flow import delivery, picking
from warehouse.flow.picking import Next, Taken
from warehouse.posting import Answer, Reply, Request, answer
from warehouse.tables.base import MILLION, rows
from warehouse.transaction import Actor, Transaction, reader, time_ordered_key

BINS = [f"{aisle}-{bin_no:02d}" for aisle in "ABCDE" for bin_no in range(1, 21)]
OVERLAP = 4  # invoices ordered before the first of them is picked, so that promises of others stand in the way
NEWER_BATCH, TOO_MUCH, BAD_PACKAGE, FORGOTTEN_REASON, BACKORDER = 0.02, 0.01, 0.005, 0.3, 0.2  # how often
MOST_REFUSALS = 5  # in a row, for one delivery; then its rest is given up with a reason


@dataclass(kw_only=True)
class Spent:
    """What acts of one kind took: how many, wall and CPU seconds."""

    acts: int = 0
    wall: float = 0.0
    cpu: float = 0.0


@dataclass(kw_only=True)
class Going:
    """A delivery under way: its number and the file's rows behind its lines, in order."""

    number: str
    rows: list[Row]


@dataclass(kw_only=True)
class Report:
    """What came of the file."""

    rows_in: int
    outcomes: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    spent: dict[str, Spent] = field(default_factory=lambda: defaultdict(Spent))
    deliveries: int = 0
    backorders: int = 0
    scans: int = 0
    batches: int = 0
    returns: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    findings: list[str] = field(default_factory=list)

    @property
    def lines_per_second(self) -> float:
        """Rows of the file per second of the whole stream, receiving of stock included."""
        return self.rows_in / self.wall


class Player:
    """The store's people at work on one order file."""

    def __init__(self, orders: list[Row], *, seed: int) -> None:
        self.orders, self.chance = orders, random.Random(seed)
        self.report = Report(rows_in=len(orders))
        self.site = catalogue.site_facts("S1")
        self.now = min(row.at for row in orders)
        self.supply = Supply(self, order_file.plan_supply(orders, seed=seed, bins=BINS))
        self.goods_back, self.bins = GoodsBack(self), BINS
        self.waiting: list[Going] = []  # back-ordered, until goods come
        self.outcome: dict[int, str] = {}
        self.shipped: Counter[int] = Counter()  # pieces, by row

    def play(self) -> Report:
        """Play the whole file and give the report; proofs are not in it yet."""
        wall, cpu = time.perf_counter(), time.process_time()
        group: list[Going] = []
        for _, found in groupby(self.orders, key=lambda row: row.invoice):
            invoice = list(found)
            # The acts of an invoice move the clock on; it never steps back to the next one's time.
            self.now = max(self.now, invoice[0].at)
            if self.supply.receive_due(self.now):
                self._serve_waiting(last=False)
            if invoice[0].is_return:
                self.goods_back.take(invoice)
            elif (going := self._order(invoice)) is not None:
                group.append(going)
            if len(group) == OVERLAP:
                self._serve(group)
                group = []
        self._serve(group)
        self._serve_waiting(last=True)
        self.report.wall, self.report.cpu = time.perf_counter() - wall, time.process_time() - cpu
        self.report.outcomes = Counter(self.outcome.values())
        return self.report

    def ask(
        self, kind: str, path: str, body: Any, act: Callable[[Transaction], Any], *, actor: Actor = KEEPER
    ) -> tuple[Answer, Any]:
        """Ask for one act as the service does: its answer, and what `act` gave; a refusal is counted by its code."""
        given: list[Any] = []

        def wrapped(tx: Transaction) -> Reply:
            given[:] = [act(tx)]
            return (given[0] if isinstance(given[0], dict) else {"done": str(given[0])}), 201

        self.now += timedelta(milliseconds=1)
        request = Request(
            actor=actor, site=self.site, now=self.now, path=path, body=body, key=time_ordered_key(), device="stream"
        )
        with self._timed(kind):
            said = answer(request, wrapped)
        if said.refused:
            self.report.refusals[said.refused] += 1
        return said, given[0] if given and not said.refused else None

    @contextmanager
    def _timed(self, kind: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        spent = self.report.spent[kind]
        spent.acts += 1
        spent.wall += time.perf_counter() - wall
        spent.cpu += time.process_time() - cpu

    def _order(self, invoice: list[Row]) -> Going | None:
        """Order the invoice's good lines as one delivery; each odd line is asked alone and refused by the service."""
        for row in invoice:
            if row.is_odd:
                said, _ = self._ask_order([row])
                why = "no goods" if not row.is_goods else "no quantity to deliver"
                self.outcome[row.number] = f"refused: {why} ({said.refused})" if said.refused else "ODD LINE ACCEPTED"
        good = [row for row in invoice if not row.is_odd]
        if not good:
            return None
        said, number = self._ask_order(good)
        if said.refused:
            self._settle(good, f"refused: order ({said.refused})")
            return None
        self.report.deliveries += 1
        return Going(number=number["delivery_no"], rows=good)

    def _ask_order(self, lines: list[Row]) -> tuple[Answer, Any]:
        asked = [(row.item_code, row.quantity, None) for row in lines]
        first = lines[0]
        body = {"customer": first.customer, "reference": first.invoice, "lines": asked}

        def act(tx: Transaction) -> dict[str, Any]:
            made = delivery.order(tx, customer=first.customer, reference=first.invoice, lines=list(asked))
            return {"delivery_no": made.document_no}

        return self.ask("order", "POST /api/v1/deliveries", body, act)

    def _serve(self, group: list[Going], *, last: bool = False) -> None:
        """Pick and dispatch, not in the order in which they were promised their goods."""
        for going in self.chance.sample(group, len(group)):
            self._pick(going)
            self._dispatch(going, last=last)

    def _serve_waiting(self, *, last: bool) -> None:
        """Serve back orders after goods came; at the end of the file what is still missing is cancelled."""
        waiting, self.waiting = self.waiting, []
        self._serve(waiting, last=last)

    def _pick(self, going: Going) -> None:
        """Scan what is said to come next until nothing is; a scan refused for its age goes where the refusal points."""
        with self._timed("look"):
            following = picking.propose_next(reader(actor=KEEPER, site=self.site, now=self.now), going.number)
        refused = 0
        while following is not None and refused < MOST_REFUSALS:
            taken = self._mistaken(following) or _as_said(following)
            said, given = self._scan(going, taken)
            if not said.refused:
                following, refused = given["next"], 0
                continue
            refused += 1
            if said.refused == "not-oldest" and taken.batch_no == following.batch_no:
                following = Next(
                    item_no=following.item_no, batch_no=said.body["batch_no"], location=said.body["location"],
                    quantity=min(following.quantity, Decimal(said.body["available"])),
                )  # fmt: skip

    def _scan(self, going: Going, taken: Taken) -> tuple[Answer, Any]:
        self.report.scans += 1
        body = {"item_no": taken.item_no, "batch_no": taken.batch_no, "quantity": taken.quantity,
                "location": taken.location}  # fmt: skip

        def act(tx: Transaction) -> dict[str, Any]:
            entry = picking.pick(tx, going.number, taken)
            following = picking.propose_next(tx, going.number)
            return {"entry_no": entry.entry_no, "balance": str(entry.balance), "next": following}

        return self.ask("scan", f"POST /api/v1/deliveries/{going.number}/scans", body, act)

    def _mistaken(self, following: Next) -> Taken | None:
        """Make a keeper's mistake now and then: a newer batch of the item, or far too much."""
        throw = self.chance.random()
        if throw < NEWER_BATCH:
            newest = rows(
                "SELECT b.batch_no, s.bin_code FROM stock s JOIN batch b ON b.id = s.batch_id JOIN item i ON"
                " i.id = s.item_id WHERE i.item_no = ? AND s.open = 1 AND s.status = 'qualified'"
                " ORDER BY s.first_received_on DESC, s.receipt_sequence DESC LIMIT 1",
                following.item_no,
            )
            if newest and newest[0][0] != following.batch_no:
                return Taken(
                    item_no=following.item_no, batch_no=newest[0][0], quantity="1", location=newest[0][1]
                )  # fmt: skip
        elif throw < NEWER_BATCH + TOO_MUCH:
            much = str(following.quantity + 1_000_000)
            return Taken(
                item_no=following.item_no, batch_no=following.batch_no, quantity=much, location=following.location
            )  # fmt: skip
        return None

    def _dispatch(self, going: Going, *, last: bool) -> None:
        """Check the packages and let the delivery leave, short with a reason; nothing picked: wait, or cancel."""
        done = self._count_done(going)
        missing = any(done[row.number] < _ordered(row, self.shipped) for row in going.rows)
        if not any(done.values()):
            self._give_up(going, last=last)
            return
        path = f"/api/v1/deliveries/{going.number}"
        self._check_packages(going, path)
        rest = delivery.BACKORDER if self.chance.random() < BACKORDER and not last else delivery.CANCEL
        short = delivery.Short(reason="not in stock", rest=rest) if missing else None
        if missing and self.chance.random() < FORGOTTEN_REASON:
            self.ask("dispatch", f"POST {path}/dispatch", {}, lambda tx: delivery.dispatch(tx, going.number, None))
        said, _ = self.ask(
            "dispatch", f"POST {path}/dispatch", {"short": short and short.rest}, lambda tx: _leave(tx, going, short)
        )
        if said.refused:
            self._settle(going.rows, f"refused: dispatch ({said.refused})")
            return
        for row in going.rows:
            self.shipped[row.number] += done[row.number]
        self._settle_lines(going, rest=rest)

    def _check_packages(self, going: Going, path: str) -> None:
        """Look at the package; a bad look stops the dispatch until it is mended and looked at again."""
        if self.chance.random() < BAD_PACKAGE:
            self._look_at_package(going, path, outer_ok=False)
            self.ask("dispatch", f"POST {path}/dispatch", {}, lambda tx: delivery.dispatch(tx, going.number, None))
        self._look_at_package(going, path, outer_ok=True)

    def _look_at_package(self, going: Going, path: str, *, outer_ok: bool) -> None:
        packages = [{"code": "1", "outer_ok": outer_ok, "note": ""}]
        self.ask(
            "check", f"POST {path}/package-checks", {"packages": packages},
            lambda tx: delivery.check_packages(tx, going.number, packages),
        )  # fmt: skip

    def _settle_lines(self, going: Going, *, rest: str) -> None:
        """Say of each row what became of it; what is back-ordered goes on as a delivery of its own."""
        left = [row for row in going.rows if self.shipped[row.number] < row.pieces]
        self._settle([row for row in going.rows if row not in left], "delivered")
        if left and rest == delivery.BACKORDER:
            ((number,),) = rows("SELECT document_no FROM document WHERE of_document = ?", going.number)
            self.waiting.append(Going(number=number, rows=left))
            self.report.backorders += 1
            return
        for row in left:
            part = "delivered in part, rest" if self.shipped[row.number] else "not delivered, all"
            self.outcome[row.number] = f"{part} cancelled with a reason: not in stock"

    def _give_up(self, going: Going, *, last: bool) -> None:
        """Nothing could be picked: a back order waits on, an order is cancelled with its reason."""
        if not last and any(self.shipped[row.number] for row in going.rows):
            self.waiting.append(going)
            return
        self.ask(
            "cancel", f"POST /api/v1/deliveries/{going.number}/cancel", {"reason": "not in stock"},
            lambda tx: delivery.cancel(tx, going.number, reason="not in stock"),
        )  # fmt: skip
        self._settle_lines(going, rest=delivery.CANCEL)

    def _count_done(self, going: Going) -> dict[int, int]:
        """Give the pieces picked for each row, by its number; a delivery's lines are its rows in order."""
        found = rows(
            "SELECT l.done FROM document_line l JOIN document d ON d.id = l.document_id WHERE d.document_no = ?"
            " ORDER BY l.line_no",
            going.number,
        )
        return {row.number: done // MILLION for row, (done,) in zip(going.rows, found, strict=True)}

    def _settle(self, found: list[Row], outcome: str) -> None:
        for row in found:
            self.outcome[row.number] = outcome


def _as_said(following: Next) -> Taken:
    return Taken(
        item_no=following.item_no, batch_no=following.batch_no, quantity=str(following.quantity),
        location=following.location,
    )  # fmt: skip


def _ordered(row: Row, shipped: Counter[int]) -> int:
    return row.pieces - shipped[row.number]


def _leave(tx: Transaction, going: Going, short: delivery.Short | None) -> dict[str, Any]:
    entries = delivery.dispatch(tx, going.number, short)
    return {"entries": entries, "delivery_note": delivery.note(tx, going.number)}
