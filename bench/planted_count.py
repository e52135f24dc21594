"""The monthly count of the planted month: who counts types what lies there, and knows nothing of the books.

Work goes on between two places. Now and then a counter misreads a pile, and a scan of a transfer arrives after both its
places were counted; the service asks for the lines again that need it, and another person counts them.
"""

import random
from datetime import datetime, timedelta
from typing import Any

from bench.planted_people import People
from bench.planted_store import BINS, KEEPERS, MANAGER, Desk, Refused
from bench.planted_world import Lot, Month

COUNTERS = (*KEEPERS, "Chen")
MISREAD, LATE_SCANS = 0.01, 3
MOST_ROUNDS = 6  # of counting again what the service asks for
HOURS = 8.5


class Counting:
    """The count of a month from its opening to its submission."""

    def __init__(self, desk: Desk, month: Month, people: People, chance: random.Random) -> None:
        self.desk, self.month, self.people, self.chance = desk, month, people, chance
        self.number = ""
        self.counted: set[str] = set()

    def count(self, month: str, *, days: list[datetime], movements: int) -> None:
        """Count every place, so many movements going on meanwhile, then again what has to be, and submit."""
        self.number = self.desk.do(MANAGER, "/counts", {"month": month})["count_no"]
        places = sorted({line["location"] for line in self._sheet(COUNTERS[0])} | {p for _, p, _ in self._piles()})
        self.chance.shuffle(places)
        late_from = set(self.chance.sample([place for place in places[:-1] if place in BINS], LATE_SCANS))
        share, rest = divmod(movements, len(places))
        for turn, place in enumerate(places):
            self.desk.now = max(self.desk.now, days[turn * len(days) // len(places)])
            following = places[min(turn + 1, len(places) - 1)]
            if place in late_from and following in BINS:
                self._count_behind_a_scan(COUNTERS[turn % 2], place, following)
            elif place not in self.counted:
                self._count_place(COUNTERS[turn % 2], place)
            pause = timedelta(hours=HOURS * len(days) / len(places))
            self.people.work(movements=share + (turn < rest), until=self.desk.now + pause)
        self._count_again()
        self.desk.do(MANAGER, f"/counts/{self.number}/submit", {"blanks": "keep"})
        self._count_again()  # what a late scan reopened is judged at the submission

    def _piles(self) -> list[tuple[Lot, str, int]]:
        return self.month.world.piles()

    def _sheet(self, who: str, narrowed: str = "") -> list[dict[str, Any]]:
        """Give the lines of the count as a person may see them, all pages."""
        lines: list[dict[str, Any]] = []
        after = ""
        while True:
            page = self.desk.get(who, f"/counts/{self.number}/lines?limit=200{narrowed}{after}")
            lines += page["items"]
            if page["next"] is None:
                return lines
            after = f"&after={page['next']}"

    def _count_place(self, who: str, place: str) -> None:
        """Count all that lies in a place and what the sheet expects there and is not there."""
        self.counted.add(place)
        asked = {_lot(line) for line in self._sheet(who, f"&location={place}")}
        for lot in sorted(asked | {lot for lot, there, _ in self._piles() if there == place}):
            seen = self.month.world.goods[lot, place]
            is_misread = seen > 1 and self.chance.random() < MISREAD
            # One too few of what is one too many is just the book: nobody could find that fault.
            if is_misread and lot not in self.people.mischief.spoilt:
                seen += self.chance.choice((-1, 1, 10))
            self._type(who, lot, place, seen)

    def _count_again(self) -> None:
        """Count what the service asks for again, each time somebody who did not count it yet."""
        for _ in range(MOST_ROUNDS):
            again = [line for line in self._sheet(MANAGER) if line["state"] in ("recount", "third", "open")]
            if not again:
                return
            for line in again:
                self._recount(_lot(line), line["location"])

    def _recount(self, lot: Lot, place: str) -> None:
        for who in (*COUNTERS[::-1], *("Gao",)):
            try:
                self._type(who, lot, place, self.month.world.goods[lot, place])
                return
            except Refused as refused:
                if refused.code != "same-person":
                    raise

    def _type(self, who: str, lot: Lot, place: str, pieces: int) -> None:
        body = {
            "item_no": lot.item_no, "batch_no": lot.batch_no, "location": place,
            "quantity": self.month.text(lot.item_no, pieces),
            "owner": lot.owner, "empty_confirmed": pieces == 0,
        }  # fmt: skip
        path = f"/counts/{self.number}/scans"
        try:
            self.desk.do(who, path, body)
        except Refused as refused:
            if not refused.problem.get("confirmable"):
                raise
            self.desk.do(who, path, {**body, "confirmed": True})

    def _count_behind_a_scan(self, who: str, place: str, target: str) -> None:
        """Count two places; before, something was carried between them by a scanner that sends its scan only now."""
        late = self._carry_unscanned(place, target)
        self._count_place(who, place)
        if late and target not in self.counted:
            self._count_place(who, target)
        if late:
            self.desk.do(KEEPERS[0], "/transfers", late)
            self.month.acts["late scan"] += 1

    def _carry_unscanned(self, place: str, target: str) -> dict[str, Any] | None:
        """Carry some goods that are free and in order; gives the scan to be sent later."""
        done_at = self.desk.now.isoformat()
        for lot, there, lying in self._piles():
            free = 0 if there != place or lot in self.people.mischief.spoilt else (
                self.people.lying(lot, place, "qualified", free=True)
            )  # fmt: skip
            if free > 1 and lying > 1:
                pieces = self.chance.randint(1, min(free, lying) // 2)
                self.month.world.put(lot, target, self.month.world.take(lot, place, pieces))
                self.desk.now += timedelta(minutes=5)
                return {
                    "item_no": lot.item_no, "batch_no": lot.batch_no, "from": place, "to": target,
                    "quantity": self.month.text(lot.item_no, pieces), "status": "qualified", "owner": lot.owner,
                    "done_at": done_at, "device": "handheld 7",
                }  # fmt: skip
        return None


def _lot(line: dict[str, Any]) -> Lot:
    return Lot(line["item_no"], line["batch_no"], line["owner"] or "")
