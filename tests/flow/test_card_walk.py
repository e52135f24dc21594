"""Every kind of movement the store knows, and what undoes each, in random order: one card line each, right column.

Each walk below is a story of its own on goods of its own and says before each step which lines the card will get. They
are played in turns, by chance, at moments by chance; then every card is added up anew at moments by chance.
"""

import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests import factories
from tests.factories import Store
from warehouse.books import entries, verify
from warehouse.flow import reinspection
from warehouse.reports import bin_card
from warehouse.tables.base import rows, utc_text
from warehouse.tables.books import Batch

# (kind, batch, place, quantity): written in when above 0, written out below.
Lines = list[tuple[str, str, str, int]]
Walk = Iterator[Lines]

SITE_TIME = ZoneInfo("Asia/Shanghai")
KINDS = {
    "opening-balance", "receipt", "receipt-undone", "pick", "pick-undone", "customer-return", "transfer", "inspection", "sample", "in-doubt",
    "disposition", "supplier-return", "rework", "repair", "scrap", "reinspection-due", "adjustment", "late-entry",
}  # fmt: skip


@pytest.fixture
def prepare_database():
    """Partners, people and places; the goods are the walks' own."""
    return factories.prepare_store


@pytest.fixture
def store(database_url):
    """The service on this test's database."""
    yield from factories.stores(database_url)


class Player:
    """Makes goods that no other walk touches."""

    def __init__(self, store: Store) -> None:
        """Number the items from 1."""
        self.store, self.numbers = store, itertools.count(1)
        store.done("/sites", who="admin", code="S2", name="Plant 2")
        store.done("/locations", who="manager", code="Z-01", zone="blue", site="S2")

    def item(self) -> str:
        """Make an item."""
        item_no = f"W-{next(self.numbers)}"
        self.store.done("/items", who="manager", item_no=item_no, name="Walked", unit="pcs")
        return item_no

    def place(self) -> str:
        """Make a bin that no other goods lie in."""
        code = f"P-{next(self.numbers)}"
        self.store.done("/locations", who="manager", code=code, zone=code)
        return code

    def goods(self, item_no: str, *, place: str = "B-01", quantity: int = 30, status: str = "qualified") -> None:
        """Bring batch N in by an opening balance."""
        line = {"item_no": item_no, "batch_no": "N", "location": place, "quantity": str(quantity), "status": status,
                "first_received_on": "2026-05-20"}  # fmt: skip
        self.store.done("/opening-balances", who="manager", reference=item_no, lines=[line])


def receiving(player: Player) -> Walk:
    """Received in two scans and one that was undone, posted, a sample taken, accepted in part and the rest rejected."""
    store, item_no = player.store, player.item()
    lines = [{"item_no": item_no, "quantity": "60"}]
    receipt_no = store.done("/receipts", supplier="SUP", reference=item_no, lines=lines)["receipt_no"]
    for amount in (20, 4, 40):
        yield [("receipt", "N", "IN-1", amount)]
        scanned = store.done(f"/receipts/{receipt_no}/scans", item_no=item_no, batch_no="N", quantity=str(amount))
        if amount == 4:
            yield [("receipt-undone", "N", "IN-1", -4)]
            store.done(f"/receipts/{receipt_no}/scans/{scanned['entry_no']}/undo")
    yield [("sample", "N", "IN-1", -2)]
    store.done(f"/batches/{item_no}/N/samples", who="qa", quantity="2", note="hardness")
    yield []
    store.done(f"/receipts/{receipt_no}/post", who="clerk")
    yield [("inspection", "N", "IN-1", -50), ("inspection", "N", "IN-1", 50),
           ("inspection", "N", "IN-1", -8), ("inspection", "N-1", "IN-1", 8)]  # fmt: skip
    _inspect(store, item_no, "N", ("50", "qualified"), ("8", "nonconforming"))


def picking(player: Player) -> Walk:
    """Picked, undone, picked again, dispatched, and 3 came back from the customer."""
    store, item_no = player.store, player.item()
    yield [("opening-balance", "N", "B-02", 30)]
    player.goods(item_no, place="B-02")
    delivery_no = store.order("12", item_no=item_no)
    scan = {"item_no": item_no, "batch_no": "N", "quantity": "12"}
    yield [("pick", "N", "B-02", -12)]
    store.done(f"/deliveries/{delivery_no}/scans", scan)
    yield [("pick-undone", "N", "B-02", 12)]
    ((pick,),) = rows(
        "SELECT p.id FROM pick p JOIN batch b ON b.id = p.batch_id JOIN item i ON i.id = b.item_id WHERE i.item_no = ?",
        item_no,
    )
    store.done(f"/deliveries/{delivery_no}/picks/{pick}/undo")
    yield [("pick", "N", "B-02", -12)]
    store.done(f"/deliveries/{delivery_no}/scans", scan)
    yield []
    packages = [{"code": f"P-{delivery_no}", "outer_ok": True}]
    store.done(f"/deliveries/{delivery_no}/package-checks", who="clerk", packages=packages)
    store.done(f"/deliveries/{delivery_no}/dispatch", who="clerk")
    yield [("customer-return", "N", "IN-1", 3)]
    back = [{"item_no": item_no, "batch_no": "N", "quantity": "3"}]
    made = store.done("/customer-returns", customer="K", reason="wrong size", delivery_no=delivery_no, lines=back)
    yield []
    store.done(f"/customer-returns/{made['return_no']}/post", who="clerk")


def moving(player: Player) -> Walk:
    """Moved to another bin and back, to another site and back."""
    store, item_no = player.store, player.item()
    yield [("opening-balance", "N", "B-03", 30)]
    player.goods(item_no, place="B-03")
    for source, target in (("B-03", "B-04"), ("B-04", "B-03")):
        yield [("transfer", "N", source, -7), ("transfer", "N", target, 7)]
        store.done("/transfers", item_no=item_no, batch_no="N", to=target, quantity="7", **{"from": source})
    there = {"item_no": item_no, "batch_no": "N", "quantity": "5"}
    yield [("transfer", "N", "B-03", -5), ("transfer", "N", "Z-01", 5)]
    store.done("/transfers", there, to="Z-01", to_site="S2")
    yield [("transfer", "N", "Z-01", -5), ("transfer", "N", "B-03", 5)]
    store.done("/transfers", there, to="B-03", to_site="S1", site="S2")


def doubting(player: Player) -> Walk:
    """Doubted, and cleared by QA."""
    store, item_no = player.store, player.item()
    yield [("opening-balance", "N", "B-01", 30)]
    player.goods(item_no)
    yield [("in-doubt", "N", "B-01", -30), ("in-doubt", "N", "B-01", 30)]
    store.done(f"/batches/{item_no}/N/doubts", reason="wet carton")
    yield [("inspection", "N", "B-01", -30), ("inspection", "N", "B-01", 30)]
    _inspect(store, item_no, "N", ("30", "qualified"), kind="reinspection")


def disposing(decision: str, outward: str, inward: str = "") -> Callable[["Player"], Walk]:
    """Make the walk of one disposition of 8 yellow goods: approved, out, and back when it comes back."""

    def walk(player: Player) -> Walk:
        store, item_no = player.store, player.item()
        yield [("opening-balance", "N", "QU-1", 8)]
        player.goods(item_no, place="QU-1", quantity=8, status="nonconforming")
        terms = {"customer": "K", "until": "2026-12-31"} if decision == "concession" else {}
        yield []
        made = store.done(f"/batches/{item_no}/N/dispositions", who="qa", decision=decision, quantity="8",
                          reason="scratched", **terms)["disposition_no"]  # fmt: skip
        if decision in ("concession", "scrap"):
            # Blue goods under terms never share the number of yellow ones (R-Q2, R-Q7).
            into = "N-1" if decision == "concession" else "N"
            yield [("disposition", "N", "QU-1", -8), ("disposition", into, "QU-1", 8)]
            store.done(f"/dispositions/{made}/approve", who="qa2")
        if outward:
            yield [(outward, "N", "QU-1", -8)]
            step = {"supplier-return": "ship", "scrap": "dispose"}.get(outward, "out")
            store.done(f"/dispositions/{made}/{step}", who="clerk" if step == "ship" else "keeper")
        if inward:
            # Repaired goods are not what was asked for: they come back under a number of their own (R-Q9).
            yield [(inward, "N-1" if decision == "repair" else "N", "QA-1", 7)]
            store.done(f"/dispositions/{made}/back", returned="7", scrapped="1", location="QA-1")

    return walk


def counting(player: Player) -> Walk:
    """Counted 3 short and adjusted; counted again 3 over and adjusted back."""
    store, item_no, place = player.store, player.item(), player.place()
    yield [("opening-balance", "N", place, 30)]
    player.goods(item_no, place=place)
    for found, change in (("27", -3), ("30", 3)):
        yield []
        count_no = store.done("/counts", who="manager", kind="spot", location=place)["count_no"]
        for who in ("keeper", "keeper2"):
            store.done(f"/counts/{count_no}/scans", who=who, item_no=item_no, batch_no="N", location=place,
                       quantity=found)  # fmt: skip
        store.done(f"/counts/{count_no}/submit", who="manager")
        yield [("adjustment", "N", place, change)]
        store.done(f"/counts/{count_no}/approve", who="manager", reason="miscount")
        yield []
        store.done(f"/counts/{count_no}/close", who="manager")


def forgetting(player: Player) -> Walk:
    """Taken without a card: the finance book and the count have 27, and the card entry is written late."""
    store, item_no, place = player.store, player.item(), player.place()
    yield [("opening-balance", "N", place, 30)]
    player.goods(item_no, place=place)
    yield []
    store.now += timedelta(minutes=5)
    taken = store.now - timedelta(minutes=2)
    count_no = store.done("/counts", who="manager", kind="spot", location=place)["count_no"]
    for who in ("keeper", "keeper2"):
        store.done(f"/counts/{count_no}/scans", who=who, item_no=item_no, batch_no="N", location=place, quantity="27")
    yield []
    number = _recorded(store, item_no, "27")
    yield [("late-entry", "N", place, -3)]
    store.done(f"/discrepancies/{number}/card-entry", who="manager", note="found on paper", done_at=taken.isoformat())
    yield []
    store.done(f"/counts/{count_no}/submit", who="manager")
    store.done(f"/counts/{count_no}/close", who="manager")  # nothing differs any more


def _recorded(store: Store, item_no: str, quantity: str) -> str:
    """Bring in a finance book of one batch and put what differs on record; gives the number of that batch's."""
    today = store.now.astimezone(SITE_TIME).date().isoformat()
    book = {"as_of": today, "source": item_no, "lines": [{"item_no": item_no, "batch_no": "N", "quantity": quantity}]}
    headers = {"Authorization": "Bearer token-manager", "Idempotency-Key": f"book of {item_no}"}
    assert store.client.put("/api/v1/account/balances", json=book, headers=headers).status_code == 200
    store.done(f"/reconciliations/{today[:7]}/discrepancies", who="manager")
    found = store.get("/discrepancies?limit=200", who="manager").json["items"]
    (number,) = [each["discrepancy_no"] for each in found if each["item_no"] == item_no]
    return str(number)


WALKS = (
    receiving, picking, moving, doubting, counting, forgetting, disposing("return", "supplier-return"), disposing("concession", ""),
    disposing("rework", "rework", "rework"), disposing("repair", "repair", "repair"), disposing("scrap", "scrap"),
)  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_given_every_kind_of_movement_when_walked_by_chance_then_one_right_card_line_each(store, seed):
    """R-R11, R-R12: balance(n) = balance(n-1) + in - out; at any past second the sum of the lines; all = account"""
    chance, player, seen = random.Random(seed), Player(store), set[str]()
    started = store.now
    coming = {walk: next(walk) for walk in [make(player) for make in WALKS]}
    while coming:
        walk = chance.choice(list(coming))
        store.now += timedelta(seconds=chance.choice((0, 1, 7, 60, 3600)))
        expected, before = coming.pop(walk), _last()
        for following in itertools.islice(walk, 1):
            coming[walk] = following
        assert _lines_after(before) == sorted(expected), seed
        seen |= {kind for kind, *_ in expected}
    store.now += timedelta(days=200)
    before = _last()
    factories.do(reinspection.run_due, now=store.now)
    white = _lines_after(before)
    assert {kind for kind, *_ in white} == {"reinspection-due"}
    assert sum(change for *_, change in white) == 0
    assert seen | {"reinspection-due"} == KINDS
    _check_cards(store, chance, started)
    assert list(verify.verify()) == []


def _check_cards(store: Store, chance: random.Random, started: datetime) -> None:
    """Add every card up anew: line by line, at moments by chance, and against the account."""
    of_card = defaultdict[tuple[int, str], list[tuple[str, Decimal, Decimal]]](list)
    for batch_id, place, moment, moved, balance in rows(
        "SELECT c.batch_id, p.bin_code, c.written_at, c.quantity_in - c.quantity_out, c.balance"
        " FROM card_entry c JOIN place p ON p.id = c.place_id ORDER BY c.id"
    ):
        of_card[batch_id, place].append((moment, moved, balance))
    length = int((store.now - started).total_seconds())
    moments = [started + timedelta(seconds=chance.randint(-1, length)) for _ in range(5)]
    for (batch_id, place), lines in of_card.items():
        running = 0
        for _, moved, balance in lines:
            running += moved
            assert balance == running >= 0, (batch_id, place)
        batch = Batch.get_by_id(batch_id)
        at_lines = [datetime.fromisoformat(chance.choice(lines)[0])]
        for moment in moments + at_lines:
            until = utc_text(moment)
            wanted = sum(moved for written, moved, _ in lines if written <= until)
            assert entries.card_balance(batch, bin_code=place, until=until) * 1_000_000 == wanted, (place, until)
    for batch in Batch.select():
        told = bin_card.compare(batch)
        assert told.agrees, (batch.batch_no, told)
    ((on_cards, in_account),) = rows(
        "SELECT (SELECT SUM(quantity_in - quantity_out) FROM card_entry),"
        " (SELECT SUM(quantity_in - quantity_out) FROM ledger_entry)"
    )
    assert on_cards == in_account > 0


def _inspect(store: Store, item_no: str, batch_no: str, *verdicts: tuple[str, str], kind: str = "incoming") -> None:
    sent = [{"quantity": quantity, "verdict": verdict} for quantity, verdict in verdicts]
    store.done(f"/batches/{item_no}/{batch_no}/inspections", who="qa", kind=kind, decisions=sent)


def _last() -> int:
    ((last,),) = rows("SELECT COALESCE(MAX(id), 0) FROM card_entry")
    return int(last)


def _lines_after(entry: int) -> Lines:
    """Give the card's lines after one; a line that is in both columns or in none is a fault here."""
    found = []
    for kind, batch_no, place, into, out in rows(
        "SELECT c.kind, b.batch_no, p.bin_code, c.quantity_in, c.quantity_out FROM card_entry c"
        " JOIN batch b ON b.id = c.batch_id JOIN place p ON p.id = c.place_id WHERE c.id > ? ORDER BY c.id",
        entry,
    ):
        assert (into > 0) != (out > 0), (kind, into, out)
        found.append((kind, batch_no, place, (into - out) // 1_000_000))
    return sorted(found)
