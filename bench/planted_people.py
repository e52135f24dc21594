"""The six people of the planted month at work: they announce, scan, inspect, put away, move, pick, dispatch, take back.

Each act is a request over HTTP, and beside it the goods move in the world and papers go to accounting. What the people
scan and what the goods do differ only where `bench.planted_faults` says so.
"""

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bench.planted_faults import Mischief
from bench.planted_store import (
    BINS,
    CLERKS,
    CUSTOMERS,
    DOCKS,
    KEEPERS,
    MANAGER,
    OWNER,
    QA,
    SITE_TIME,
    SUPPLIERS,
    Desk,
    Refused,
    some_quantity,
)
from bench.planted_world import Lot, Month, Voucher

SHORT = {"short": {"reason": "not there", "rest": "cancel"}}
JOBS = {"deliver": 50, "transfer": 30, "receive": 7, "give_back": 7, "sample": 2, "undo": 1}
NONCONFORMING, OWNERS, NEXT_DAY = 0.1, 0.05, 0.25  # how often


class People:
    """The store's people on one database; `pending` is what they will do later."""

    def __init__(self, desk: Desk, month: Month, mischief: Mischief, chance: random.Random) -> None:
        self.desk, self.month, self.mischief, self.chance = desk, month, mischief, chance
        self.world = month.world
        self.pending: list[tuple[datetime, int, Callable[[], None]]] = []
        self.shipped: list[tuple[str, str, Lot, int]] = []  # customer, delivery, what
        self._serial = itertools.count(1)

    def work(self, *, movements: int, until: datetime) -> None:
        """Work until so many movements are done today, spread over the time there is."""
        goal = self.month.movements + movements
        pause = (until - self.desk.now) / max(movements, 1)
        while self.month.movements < goal:
            self.mischief.quiet_moment(self.desk.now)
            if self.pending and self.pending[0][0] <= self.desk.now:
                heapq.heappop(self.pending)[2]()
                continue
            before = self.month.movements
            job = self.chance.choices(list(JOBS), weights=list(JOBS.values()))[0]
            getattr(self, job)()
            self.desk.now += pause * (self.month.movements - before) * self.chance.uniform(0.3, 1.1)

    def catch_up(self, until: datetime) -> None:
        """Do what was put off, each when it is due."""
        while self.pending and self.pending[0][0] <= until:
            due, _, act = heapq.heappop(self.pending)
            self.desk.now = max(self.desk.now, due)
            act()

    def receive(self) -> None:
        """Take goods in at the dock: announced, scanned batch by batch; posted and inspected later."""
        owner = OWNER if self.chance.random() < OWNERS else ""
        supplier, dock, keeper = self.chance.choice(SUPPLIERS), self.chance.choice(DOCKS), self.chance.choice(KEEPERS)
        items = self._items(self.chance.randint(1, 3))
        coming = [each for item_no in items for each in self._coming(item_no, owner)]
        ordered: Counter[str] = Counter()
        for lot, pieces in coming:
            ordered[lot.item_no] += pieces
        lines = [{"item_no": item_no, "quantity": self._text(item_no, pieces)} for item_no, pieces in ordered.items()]
        body = {"supplier": supplier, "reference": f"PO {next(self._serial)}", "lines": lines, "owner": owner or None}
        number = self.desk.do(self.chance.choice(CLERKS), "/receipts", body)["receipt_no"]
        noted: dict[Lot, int] = {}
        for lot, pieces in coming:
            noted[lot] = self._scan_in(number, lot, pieces, dock, keeper)
        self.mischief.mix([lot for lot, _ in coming], dock, self.desk.now)
        self._later(0.2, 3, lambda: self._post_receipt(number, noted, owner))
        for lot, _ in coming:
            self._later(1, 26, lambda lot=lot: self._inspect(lot, dock))  # type: ignore[misc]

    def _coming(self, item_no: str, owner: str) -> list[tuple[Lot, int]]:
        """Give the batches of an item in one receipt: new ones, now and then more of one that is known."""
        pack, found = self.month.packs[item_no], []
        for _ in range(self.chance.choice((1, 1, 2))):
            known = [lot for lot, _, _ in self.world.piles() if lot.item_no == item_no and lot.owner == owner]
            known = [lot for lot in known if "-" not in lot.batch_no]
            lot = Lot(item_no, f"L26{next(self._serial):05d}", owner)
            if known and self.chance.random() < 0.08:
                lot = self.chance.choice(known)
            found.append((lot, some_quantity(self.chance, pack, boxes=self.chance.choice((3, 8, 20)))))
        return found if found[0][0] != found[-1][0] or len(found) == 1 else found[:1]

    def _scan_in(self, number: str, lot: Lot, pieces: int, dock: str, keeper: str) -> int:
        """Scan a batch in; gives what accounting will book of it."""
        pack, scanned = self.month.packs[lot.item_no], pieces
        is_new = not self.world.of_lot(lot)
        if pieces % pack == 0 and is_new and self.mischief.arrives(lot, pieces // pack, self.desk.now):
            scanned = pieces // pack * self.month.one(lot.item_no)
        body = {
            "item_no": lot.item_no,
            "batch_no": lot.batch_no,
            "quantity": self._text(lot.item_no, scanned),
            "location": dock,
        }
        if scanned == pieces and pieces % pack == 0 and self.chance.random() < 0.3:
            body |= {"quantity": str(pieces // pack), "unit": "box"}
        self.desk.do(keeper, f"/receipts/{number}/scans", body)
        self.world.put(lot, dock, pieces)
        self._count("receipt scan")
        # Some are booked from our receipt, some from the supplier's own note, which had the boxes right.
        return scanned if self.chance.random() < 0.7 else pieces

    def _post_receipt(self, number: str, lines: dict[Lot, int], owner: str) -> None:
        if owner:
            self._look_over(number)
        self.desk.do(self.chance.choice(CLERKS), f"/receipts/{number}/post", {"cancel_rest": True})
        self._count("receipt posted")
        self._hand_in(number, lines)

    def _look_over(self, number: str) -> None:
        """Fill in the form of a customer's goods; who scanned them finds what he scanned."""
        lines = self.desk.get(CLERKS[0], f"/receipts/{number}")["lines"]
        found = [{"item_no": line["item_no"], "found": line["received"]} for line in lines]
        body = {"lines": found, "packages_whole": True, "papers_agree": True}
        self.desk.do(self.chance.choice(KEEPERS), f"/receipts/{number}/check-forms", body)

    def _inspect(self, lot: Lot, place: str) -> None:
        """Decide on what lies white at the dock; blue goods go to a bin now or by a transfer, yellow ones apart."""
        rest = self.lying(lot, place, "pending")
        if rest == 0:
            return
        bad = self.chance.randint(1, max(rest // 8, 1)) if self.chance.random() < NONCONFORMING and rest > 3 else 0
        target = self.chance.choice(BINS)
        is_put_away = self.chance.random() < 0.5
        good = {"quantity": self._text(lot.item_no, rest - bad), "verdict": "qualified", "from": place}
        decisions = [good | ({"location": target} if is_put_away else {})]
        if bad:
            quantity = self._text(lot.item_no, bad)
            decisions.append({"quantity": quantity, "verdict": "nonconforming", "from": place, "location": "QU-1"})
        path = f"/batches/{lot.item_no}/{lot.batch_no}/inspections"
        said = self.desk.do(QA, path, {"kind": "incoming", "decisions": decisions})
        self._count("inspection")
        if bad:
            self._set_apart(lot, place, bad, said)
        if is_put_away:
            self._carry(lot, place, target, rest - bad)
        else:
            self._later(0.2, 8, lambda: self._move(lot, place, target, whole=True))

    def _set_apart(self, lot: Lot, place: str, bad: int, said: Any) -> None:
        """Carry nonconforming goods to the yellow zone under their own number; QA decides on them another day."""
        (made,) = said["sub_batches"]
        apart = Lot(lot.item_no, made["batch_no"], lot.owner)
        self.world.put(apart, "QU-1", self.world.take(lot, place, bad))
        self._hand_in(said["inspection_no"], {lot: -bad, apart: bad})
        if not lot.owner:
            self._later(20, 90, lambda: self._dispose(apart, bad))

    def _dispose(self, lot: Lot, pieces: int) -> None:
        """Let nonconforming goods be scrapped, go back to their supplier, or be reworked."""
        decision, path = self.chance.choice(("scrap", "return", "rework")), f"/batches/{lot.item_no}/{lot.batch_no}"
        body = {"decision": decision, "quantity": self._text(lot.item_no, pieces), "reason": "does not fit"}
        number = self.desk.do(QA, f"{path}/dispositions", body)["disposition_no"]
        if decision == "scrap":
            self.desk.do(MANAGER, f"/dispositions/{number}/approve")
            lot = Lot(lot.item_no, self.desk.get(QA, f"/dispositions/{number}")["into_batch_no"] or "", lot.owner)
        step = {"scrap": "dispose", "return": "ship", "rework": "out"}[decision]
        said = self.desk.do(self.chance.choice(KEEPERS), f"/dispositions/{number}/{step}")
        self.world.take(lot, "QU-1", pieces)
        self._count(decision)
        paper = said.get("document_no") or number
        self._hand_in(paper, {lot: -pieces})
        if decision == "rework":
            self._later(10, 60, lambda: self._take_reworked(number, paper, lot, pieces))

    def _take_reworked(self, number: str, paper: str, lot: Lot, pieces: int) -> None:
        scrapped = self.chance.randint(0, pieces // 3)
        returned, out = self._text(lot.item_no, pieces - scrapped), self._text(lot.item_no, scrapped)
        body = {"returned": returned, "scrapped": out, "location": "QA-1"}
        said = self.desk.do(self.chance.choice(KEEPERS), f"/dispositions/{number}/back", body)
        back = Lot(lot.item_no, said["into_batch_no"], lot.owner)
        self.world.put(back, "QA-1", pieces - scrapped)
        self._count("rework back")
        self._hand_in(f"{paper} back", {back: pieces - scrapped})
        self._later(4, 30, lambda: self._inspect(back, "QA-1"))

    def transfer(self) -> None:
        """Move some of what lies in a bin to another."""
        piles = [(lot, place) for lot, place, _ in self.world.piles() if place in BINS]
        lot, place = self.chance.choice(piles)
        self._move(lot, place, self.chance.choice([code for code in BINS if code != place]), whole=False)

    def _move(self, lot: Lot, place: str, target: str, *, whole: bool) -> None:
        most = min(self.lying(lot, place, "qualified", free=True), self.world.goods[lot, place])
        if most <= 0 or place == target:
            return
        pieces = most if whole or self.chance.random() < 0.4 else self.chance.randint(1, most)
        body = {
            "item_no": lot.item_no, "batch_no": lot.batch_no, "from": place, "to": target,
            "quantity": self._text(lot.item_no, pieces),
            "status": "qualified", "owner": lot.owner,
        }  # fmt: skip
        self.desk.do(self.chance.choice(KEEPERS), "/transfers", body)
        self._count("transfer")
        self._carry(lot, place, target, pieces)

    def _carry(self, lot: Lot, place: str, target: str, pieces: int) -> None:
        """Carry goods to where the record has them now; who moves all that was on record takes the pile as it lies."""
        really = self.mischief.put_away(lot, target, self.desk.now)
        carried = pieces if self.lying(lot, place) else self.world.goods[lot, place]
        self.world.put(lot, really, self.world.take(lot, place, carried))

    def deliver(self) -> None:
        """Take an order, pick it as the service says, check and dispatch it now or another day."""
        owner = OWNER if self.chance.random() < OWNERS else ""
        customer = owner or self.chance.choice(CUSTOMERS)
        lines = [
            {"item_no": item_no, "quantity": self._text(item_no, self._ordered(item_no)), "owner": owner}
            for item_no in self._items(self.chance.choice((1, 1, 2, 2, 3, 4)), lying=True, owner=owner)
        ]
        if not lines:
            return
        body = {"customer": customer, "reference": f"SO {next(self._serial)}", "lines": lines}
        try:
            order = self.desk.do(self.chance.choice(CLERKS), "/deliveries", body)
        except Refused as refused:
            if refused.code != "insufficient-stock":
                raise
            return  # the owner has not that much free with us
        self._later(0, 2, lambda: self._pick(order["delivery_no"], customer, owner))

    def _ordered(self, item_no: str) -> int:
        throw = self.chance.random()
        if throw < 0.3:
            return self.month.packs[item_no] * self.chance.randint(1, 3)
        one = self.month.one(item_no)
        return self.chance.randint(one, 15 * one) if throw < 0.75 else self.chance.randint(10 * one, 80 * one)

    def _pick(self, number: str, customer: str, owner: str) -> None:
        """Pick a delivery to its end; what does not lie where the record says is declared short."""
        keeper, picked = self.chance.choice((*KEEPERS, CLERKS[0])), False
        step = self._planned(number)
        while step is not None:
            lot, place = Lot(step["item_no"], step["batch_no"], owner), step["location"]
            wanted = self.month.pieces(lot.item_no, step["quantity"])
            there = min(wanted, self.world.goods[lot, place])
            following = step
            if there:
                following = self._scan_out(number, keeper, lot, place, there)
                picked = True
            if there < wanted and (following is step or following is None or following["batch_no"] == lot.batch_no):
                self._short(number, keeper, lot, place, wanted - there)
                following = self._planned(number)
            step = following
        if picked:
            self._later(0.3, 6, lambda: self._dispatch(number, customer, owner))
        else:
            self.desk.do(CLERKS[1], f"/deliveries/{number}/cancel", {"reason": "nothing there"})

    def _scan_out(self, number: str, keeper: str, lot: Lot, place: str, pieces: int) -> Any:
        """Scan out of a bin; refused for its age it is taken where the refusal points. Gives what comes next."""
        body = {
            "item_no": lot.item_no,
            "batch_no": lot.batch_no,
            "quantity": self._text(lot.item_no, pieces),
            "location": place,
        }
        try:
            said = self.desk.do(keeper, f"/deliveries/{number}/scans", body)
        except Refused as refused:
            if refused.code != "not-oldest":
                raise
            told = refused.problem
            older = Lot(lot.item_no, told["batch_no"], lot.owner)
            # Who counts there is not told how much it is; he takes what he sees.
            most = self.lying(older, told["location"], "qualified", free=True)
            if told["available"] is not None:
                most = self.month.pieces(lot.item_no, told["available"])
            return {"item_no": lot.item_no, "batch_no": told["batch_no"], "location": told["location"],
                    "quantity": self._text(lot.item_no, min(pieces, most))}  # fmt: skip
        self.mischief.take(lot, place, pieces, self.desk.now)
        self._count("pick")
        following = said["next"]
        return self._planned(number) if following and following["quantity"] is None else following

    def _short(self, number: str, keeper: str, lot: Lot, place: str, missing: int) -> None:
        body = {
            "item_no": lot.item_no,
            "batch_no": lot.batch_no,
            "location": place,
            "quantity": self._text(lot.item_no, missing),
        }
        self.desk.do(keeper, f"/deliveries/{number}/short-picks", body)
        self.month.acts["short pick"] += 1

    def _planned(self, number: str) -> Any:
        """Give the first planned step of a delivery that is not yet taken, read out by one who does not count."""
        for line in self.desk.get(MANAGER, f"/deliveries/{number}")["lines"]:
            for step in line["pick_list"]:
                return {"item_no": line["item_no"], **step}
        return None

    def _dispatch(self, number: str, customer: str, owner: str) -> None:
        packages = [{"code": f"{number}-P1", "outer_ok": True}]
        clerk = self.chance.choice(CLERKS)
        self.desk.do(clerk, f"/deliveries/{number}/package-checks", {"packages": packages})
        try:
            said = self.desk.do(clerk, f"/deliveries/{number}/dispatch")
        except Refused as refused:
            if refused.code != "short-issue":
                raise
            said = self.desk.do(clerk, f"/deliveries/{number}/dispatch", SHORT)
        self._count("dispatch")
        lines: dict[Lot, int] = {}
        for line in said["delivery_note"]["lines"]:
            lot = Lot(line["item_no"], line["batch_no"], owner)
            pieces = self.month.pieces(lot.item_no, line["quantity"])
            lines[lot] = -pieces
            self.shipped.append((customer, number, lot, pieces))
        self._hand_in(number, lines)

    def undo(self) -> None:
        """Put back what was picked for a delivery by mistake, before it left."""
        item_no = self.chance.choice(sorted(self.month.packs))
        lines = [{"item_no": item_no, "quantity": "2", "owner": ""}]
        body = {"customer": CUSTOMERS[-1], "reference": f"SO {next(self._serial)}", "lines": lines}
        number = self.desk.do(CLERKS[1], "/deliveries", body)["delivery_no"]
        step = self._planned(number)
        if step is None:
            return
        there = self.world.goods[Lot(item_no, step["batch_no"]), step["location"]]
        if there < self.month.pieces(item_no, step["quantity"]):
            return
        body = {key: step[key] for key in ("item_no", "batch_no", "quantity", "location")}
        try:
            self.desk.do(KEEPERS[0], f"/deliveries/{number}/scans", body)
        except Refused as refused:
            if refused.code != "not-oldest":
                raise
            return
        picks = self.desk.get(CLERKS[0], f"/deliveries/{number}")["lines"][0]["picks"]
        self.desk.do(KEEPERS[0], f"/deliveries/{number}/picks/{picks[0]['pick']}/undo")
        self.month.movements += 2
        self.month.acts["pick undone"] += 1

    def give_back(self) -> None:
        """Take something back from a customer who got it; posted and inspected later."""
        if not self.shipped:
            return
        customer, number, lot, pieces = self.shipped.pop(self.chance.randrange(len(self.shipped)))
        back, dock = self.chance.randint(1, pieces), self.chance.choice(DOCKS)
        line = {
            "item_no": lot.item_no,
            "batch_no": lot.batch_no,
            "quantity": self._text(lot.item_no, back),
            "location": dock,
        }
        body = {"customer": customer, "delivery_no": number, "reason": "not needed", "lines": [line]}
        said = self.desk.do(self.chance.choice(KEEPERS), "/customer-returns", body)
        self.world.put(lot, dock, back)
        self._count("customer return")
        self._later(0.2, 5, lambda: self._post_return(said["return_no"], lot, back))
        self._later(1, 26, lambda: self._inspect(lot, dock))

    def _post_return(self, number: str, lot: Lot, pieces: int) -> None:
        self.desk.do(self.chance.choice(CLERKS), f"/customer-returns/{number}/post")
        self._count("return posted")
        self._hand_in(number, {lot: pieces})

    def sample(self) -> None:
        """Take a destructive sample of goods that wait at the dock."""
        waiting = [(lot, place) for lot, place, _ in self.world.piles() if place in DOCKS]
        if not waiting:
            return
        lot, place = self.chance.choice(waiting)
        pieces = self.chance.randint(1, 3) * self.month.one(lot.item_no)
        if self.lying(lot, place, "pending") < pieces + 2 or self.lying(lot, place, "qualified"):
            return
        body = {"quantity": self._text(lot.item_no, pieces), "location": place, "note": "tensile test"}
        said = self.desk.do(QA, f"/batches/{lot.item_no}/{lot.batch_no}/samples", body)
        self.world.take(lot, place, pieces)
        self._count("sample")
        self._hand_in(said["sample_no"], {lot: -pieces})

    def lying(self, lot: Lot, place: str, status: str = "", *, free: bool = False) -> int:
        """Ask how much of a lot is on record in a place, in a status when one is asked; `free`: and not promised."""
        found = self.desk.get(MANAGER, f"/batches/{lot.item_no}/{lot.batch_no}")["stock"]
        return sum(
            self.month.pieces(lot.item_no, line["quantity"])
            - (self.month.pieces(lot.item_no, line["reserved"]) if free else 0)
            for line in found
            if (line["location"], line["owner"] or "") == (place, lot.owner) and status in ("", line["status"])
        )

    def _text(self, item_no: str, pieces: int) -> str:
        return self.month.text(item_no, pieces)

    def _items(self, many: int, *, lying: bool = False, owner: str = "") -> list[str]:
        """Choose different items, only those that lie in bins when asked."""
        binned = {lot.item_no for lot, place, _ in self.world.piles() if place in BINS and lot.owner == owner}
        known = sorted(binned if lying else self.month.packs)
        return self.chance.sample(known, min(many, len(known)))

    def _hand_in(self, number: str, lines: dict[Lot, int]) -> None:
        self.mischief.hand_in(Voucher(number=number, lines=lines, handed_in=self.desk.now))

    def _later(self, least: float, most: float, act: Callable[[], None]) -> None:
        """Put an act off by some hours of the working day; what does not fit today is done another day."""
        due = self.desk.now + timedelta(hours=self.chance.uniform(least, most))
        if self.chance.random() < NEXT_DAY and most > 2:
            due += timedelta(days=1)
        local = due.astimezone(SITE_TIME)
        if not 8 <= local.hour < 18:
            due += timedelta(hours=14)
        heapq.heappush(self.pending, (due, next(self._serial), act))

    def _count(self, kind: str) -> None:
        self.month.movements += 1
        self.month.acts[kind] += 1
