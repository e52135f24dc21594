"""The store of the planted month: its six people, its places and goods, and the one way in: requests over HTTP."""

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bench.planted_world import Lot, Month
from warehouse import access, catalogue, tables
from warehouse.settings import Settings
from warehouse.tables import base
from warehouse.tables.people import ApiToken, Person
from warehouse.web.app import create_app

SITE_TIME = ZoneInfo("Asia/Shanghai")
PEOPLE = {
    "Lin": ("keeper",), "Wu": ("keeper",), "Chen": ("clerk", "keeper"), "Gao": ("clerk",), "Zhao": ("qa",),
    "Sun": ("manager",),
}  # fmt: skip
KEEPERS, CLERKS, QA, MANAGER = ("Lin", "Wu"), ("Chen", "Gao"), "Zhao", "Sun"
DOCKS = ("DOCK-1", "DOCK-2")
PLACES = {"DOCK-1": "receiving", "DOCK-2": "receiving", "QA-1": "inspection", "QU-1": "quarantine", "SC-1": "scrap"}
BINS = [f"{aisle}-{number:02d}" for aisle in "ABCDE" for number in range(1, 21)]
CUSTOMERS = [f"C{number:02d}" for number in range(1, 13)]
SUPPLIERS = [f"S{number:02d}" for number in range(1, 7)]
OWNER = CUSTOMERS[0]  # keeps goods of his own with us
# Of a unit: its decimals, and what a box of it may hold, in pieces.
UNITS = {"pcs": (0, (6, 10, 12, 20, 24, 50)), "kg": (3, (12_500, 25_000)), "m": (1, (500, 1_000))}
SHARES = {"pcs": 6, "kg": 2, "m": 1}  # how often


class Refused(Exception):
    """The service said no: its code and what it told."""

    def __init__(self, code: str, problem: dict[str, Any], asked: str) -> None:
        super().__init__(f"{asked}: {code} {problem}")
        self.code, self.problem = code, problem


class Desk:
    """The service as people reach it: each request as a person, at the time of the played month."""

    def __init__(self, url: str, now: datetime) -> None:
        self.now = now
        self._client = create_app(Settings(database=url), clock=lambda: self.now).test_client()
        self._keys = itertools.count(1)

    def do(self, who: str, path: str, body: dict[str, Any] | None = None, *, method: str = "POST") -> Any:
        """Ask for an act with a fresh key; gives the answer's JSON. Raises Refused."""
        self.now += timedelta(seconds=1)
        headers = {"Authorization": f"Bearer token-{who}", "Idempotency-Key": f"planted-{next(self._keys):08d}"}
        said = self._client.open(f"/api/v1{path}", method=method, json=body or {}, headers=headers)
        return self._read(said, f"{method} {path} {body}")

    def get(self, who: str, path: str) -> Any:
        """Ask a question; gives the answer's JSON. Raises Refused."""
        said = self._client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer token-{who}"})
        return self._read(said, f"GET {path}")

    @staticmethod
    def _read(said: Any, asked: str) -> Any:
        told = said.get_json()
        if said.status_code >= 400:
            raise Refused(str(told.get("type", "")).rpartition("#")[2], told, asked)
        return told


def moment(year: int, month: int, day: int, hour: float) -> datetime:
    """Give the UTC moment of a site's hour."""
    return (datetime(year, month, day, tzinfo=SITE_TIME) + timedelta(hours=hour)).astimezone(UTC)


def prepare(url: str, *, now: datetime) -> Desk:
    """Make the schema, the six people with their tokens, places and partners; gives the way in."""
    base.connect(url)
    tables.create_schema()
    catalogue.create_site(code="S1", name="Plant 1")
    for name, roles in PEOPLE.items():
        person = Person.create(name=name, roles=" ".join(roles), password_hash="", site=None)
        ApiToken.create(digest=access.digest(f"token-{name}"), person=person, created_at=now)
    base.database.close()
    desk = Desk(url, now)
    for code, kind in PLACES.items():
        desk.do(MANAGER, "/locations", {"code": code, "zone": kind, "kind": kind})
    for code in BINS:
        desk.do(MANAGER, "/locations", {"code": code, "zone": f"aisle {code[0]}"})
    for code in CUSTOMERS:
        desk.do(MANAGER, "/partners", {"code": code, "name": f"Customer {code}"})
    for code in SUPPLIERS:
        desk.do(MANAGER, "/partners", {"code": code, "name": f"Supplier {code}", "roles": ["supplier"]})
    return desk


def stock(desk: Desk, month: Month, chance: random.Random, *, items: int, lots: int) -> None:
    """Make the items and bring the opening stock in, the same to goods, card, account and finance book."""
    for number in range(1, items + 1):
        item_no, (unit,) = f"EL-{100 + number}", chance.choices(list(SHARES), weights=list(SHARES.values()))
        month.decimals[item_no], packs = UNITS[unit]
        month.packs[item_no] = chance.choice(packs)
        body = {"item_no": item_no, "name": f"Part {number}", "unit": unit, "decimals": month.decimals[item_no]}
        box = {"unit": "box", "factor": month.text(item_no, month.packs[item_no])}
        desk.do(MANAGER, "/items", {**body, "packs": [box]})
    lines = [_opening_line(desk, month, chance, number) for number in range(1, lots + 1)]
    for start in range(0, lots, 50):
        body = {"reference": f"stock-taking {start}", "lines": lines[start : start + 50]}
        desk.do(MANAGER, "/opening-balances", body)


def some_quantity(chance: random.Random, pack: int, *, boxes: int) -> int:
    """Give a quantity that comes in: mostly whole boxes, sometimes loose pieces with them."""
    loose = chance.randint(1, pack) if chance.random() < 0.3 else 0
    return chance.randint(1, boxes) * pack + loose


def _opening_line(desk: Desk, month: Month, chance: random.Random, number: int) -> dict[str, Any]:
    item_no = chance.choice(sorted(month.packs))
    lot = Lot(item_no, f"L25{number:05d}", OWNER if chance.random() < 0.05 else "")
    place = chance.choice(BINS)
    pieces = some_quantity(chance, month.packs[item_no], boxes=chance.choice((4, 10, 25)))
    month.world.put(lot, place, pieces)
    month.finance.book({lot: pieces})
    received = desk.now.astimezone(SITE_TIME).date() - timedelta(days=chance.randint(1, 120))
    return {
        "item_no": item_no, "batch_no": lot.batch_no, "location": place, "quantity": month.text(item_no, pieces),
        "owner": lot.owner or None, "first_received_on": received.isoformat(),
    }  # fmt: skip
