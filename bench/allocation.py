"""S5: reserving an order of ten lines by FIFO, beside the raw statement, and with 20,000 dead batches an item."""

import random
import statistics
import time
from pathlib import Path

from bench import store, tools
from bench.measure import Measured, Scale
from bench.store import Stocked
from bench.yardsticks import ITEMS, LIVE, Fifo
from warehouse import catalogue
from warehouse.tables import base

DEAD = 20_000
FEW_ITEMS = 10  # in the comparison with dead batches: every order asks for all of them
NEED = "60"


class Orders:
    """A store of its own whose orders are timed one by one; several may be open in turns."""

    def __init__(self, path: Path, stocked: Stocked) -> None:
        store.create(store.sqlite_url(path), stocked)
        self.opened, self.stocked = base.database.obj, stocked
        self.site, self.chance = catalogue.site_facts("S1"), random.Random(3)
        self.took: list[float] = []

    def order(self) -> None:
        """Order ten items; the time is kept."""
        base.database.initialize(self.opened)
        items = self.chance.sample(range(1, self.stocked.items + 1), 10)
        lines = [(store.item_no(item), NEED, None) for item in items]
        start = time.perf_counter()
        store.order(self.site, lines)
        self.took.append(time.perf_counter() - start)

    def p50_ms(self) -> float:
        """Give the median order's time, the first tenth left out."""
        return statistics.median(self.took[len(self.took) // 10 :]) * 1e3

    def close(self) -> None:
        """Close its connection."""
        self.opened.close()


def measure(folder: Path, scale: Scale) -> list[Measured]:
    """Measure on SQLite, order by order in turns."""
    beside = _beside_raw(folder, scale.pick(60, 100))
    found = [beside, _with_dead(folder, scale.pick(40, 60))]
    if tools.found("limit_sqlite.py"):
        found.append(
            Measured(
                measure="S5", what="the same beside limit_sqlite.py fifo, run alone and not in turns, p50",
                product=beside.product, yardstick=tools.fifo_p50_ms(folder), unit="ms", goal=None,
            )
        )  # fmt: skip
    return found


def _beside_raw(folder: Path, orders: int) -> Measured:
    product = Orders(folder / "live.db", Stocked(items=ITEMS, live=LIVE, least=10, most=30))
    raw, took = Fifo(folder / "raw.db"), []
    for _ in range(orders):
        product.order()
        start = time.perf_counter()
        raw.order()
        took.append(time.perf_counter() - start)
    product.close()
    return Measured(
        measure="S5", what=f"order of 10 lines over {LIVE} live batches an item, p50", product=product.p50_ms(),
        yardstick=statistics.median(took[orders // 10 :]) * 1e3, unit="ms", goal=8,
    )  # fmt: skip


def _with_dead(folder: Path, orders: int) -> Measured:
    few = Stocked(items=FEW_ITEMS, live=LIVE, least=10, most=30)
    many = Stocked(items=FEW_ITEMS, live=LIVE, dead=DEAD, least=10, most=30)
    sides = [Orders(folder / "none-dead.db", few), Orders(folder / "many-dead.db", many)]
    for _ in range(orders):
        for side in sides:
            side.order()
    none_dead, with_dead = (side.p50_ms() for side in sides)
    for side in sides:
        side.close()
    return Measured(
        measure="S5", what=f"the same with {DEAD} dead batches an item beside none", product=with_dead,
        yardstick=none_dead, unit="ms", goal=1.7,
    )  # fmt: skip
