"""One scan through posting, flow and books, as the service does it, on a store whose oldest batches never run out."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from bench import store
from bench.store import Refused, Stocked
from warehouse import catalogue
from warehouse.flow import picking
from warehouse.flow.picking import Taken
from warehouse.posting import Reply
from warehouse.transaction import SiteFacts, Transaction

STOCKED = Stocked(items=400, live=5)
LINES = 10  # of a delivery
PLENTY = "1000000"  # ordered a line


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where a measurement scans: a site, its open deliveries, and for each line the item and its oldest batch."""

    site: SiteFacts
    lines: list[tuple[str, str, str, str]]  # delivery, item, batch, place


def open_deliveries(stocked: Stocked, *, deliveries: int = 40, site: int = 1) -> Bench:
    """Order ten items each, more than all scans together will take."""
    facts = catalogue.site_facts(f"S{site}")
    found = []
    for number in range(deliveries):
        items = [1 + (number * LINES + line) % stocked.items for line in range(LINES)]
        delivery_no = store.order(facts, [(store.item_no(item), PLENTY, None) for item in items])
        for item in items:
            batch = store.first_live(stocked, item, site=site)
            found.append((delivery_no, store.item_no(item), store.batch_no(batch), store.place_of(batch)))
    return Bench(site=facts, lines=found)


def scan(bench: Bench, line: tuple[str, str, str, str], *, key: str = "") -> None:
    """Scan one piece of a line's oldest batch. Raises Refused."""
    delivery_no, item_no, batch_no, location = line
    taken = Taken(item_no=item_no, batch_no=batch_no, quantity="1", location=location)

    def act(tx: Transaction) -> Reply:
        entry = picking.pick(tx, delivery_no, taken)
        return {"entry_no": entry.entry_no, "balance": str(entry.balance)}, 201

    body = {"item_no": item_no, "batch_no": batch_no, "quantity": "1", "location": location}
    said = store.ask(act, f"POST /api/v1/deliveries/{delivery_no}/scans", body, site=bench.site, key=key)
    if said.refused:
        raise Refused(f"{said.refused} {said.body}")


def lines_at_random(bench: Bench, seed: int) -> Iterator[tuple[str, str, str, str]]:
    """Give lines to scan without end, the same for the same seed."""
    chance = random.Random(seed)
    while True:
        yield chance.choice(bench.lines)
