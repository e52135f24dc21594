"""What one measurement says, sides measured in short turns, and how results are shown and kept."""

import json
import math
import os
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from warehouse.tables.engines import sqlite3

RESULTS = Path(__file__).with_name("results.jsonl")
ORDERS = Path(__file__).resolve().parents[2] / "shared" / "orders"  # beside the repository, when it is there
TOOLS = ORDERS.with_name("tools")


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How long and how large: `small` for a look in a minute or two."""

    small: bool

    def pick(self, small: int, full: int) -> int:
        """Choose a size."""
        return small if self.small else full


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A product's figure beside its yardstick's, in one unit; `goal` is the bound of their ratio, or of the product."""

    measure: str
    what: str
    product: float
    yardstick: float
    unit: str
    goal: float | None  # None: shown for comparison only
    at_least: bool = False  # the ratio must not be below the goal; else not above
    engine: str = "sqlite"

    @property
    def ratio(self) -> float:
        """Product by yardstick."""
        return self.product / self.yardstick if self.yardstick else math.nan

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        if self.goal is None:
            return None
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal

    def goal_text(self) -> str:
        """Write the goal as people say it."""
        return "" if self.goal is None else f"{'>=' if self.at_least else '<='} {self.goal:g}"

    def as_json(self) -> str:
        """Give the line of the results file."""
        return json.dumps(
            {
                "measure": self.measure, "what": self.what, "product": _short(self.product),
                "yardstick": _short(self.yardstick), "unit": self.unit, "ratio": _short(self.ratio),
                "goal": self.goal_text() or None, "met": self.met, "engine": self.engine,
                "load": round(os.getloadavg()[0], 1),
            }
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One side's turn: wall and CPU seconds of this process for each unit of work."""

    wall: float
    cpu: float


def in_turns(sides: dict[str, Callable[[int], object]], *, turns: int, units: int) -> dict[str, list[Turn]]:
    """Let every side do `units` of work in short turns, forwards and backwards; the first turn only warms up.

    What a shared machine does to one side in a minute it then does to all.
    """
    found: dict[str, list[Turn]] = {name: [] for name in sides}
    for turn in range(turns + 1):
        for name in sides if turn % 2 else reversed(sides):
            wall, cpu = time.perf_counter(), time.process_time()
            sides[name](units)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            if turn:
                found[name].append(Turn(wall=wall / units, cpu=cpu / units))
    return found


def wall_us(turns: Iterable[Turn]) -> float:
    """Give the median turn's wall time of a unit, in microseconds."""
    return statistics.median(turn.wall for turn in turns) * 1e6


def cpu_us(turns: Iterable[Turn]) -> float:
    """Give the median turn's CPU time of a unit, in microseconds."""
    return statistics.median(turn.cpu for turn in turns) * 1e6


def growth(costs: dict[int, float]) -> float:
    """Give the exponent by which cost grows with size: the slope of a line through their logarithms."""
    sizes = [math.log(size) for size in costs]
    return statistics.linear_regression(sizes, [math.log(cost) for cost in costs.values()]).slope


def show(found: Iterable[Measured]) -> None:
    """Print the table."""
    head = ("measure", "engine", "what", "product", "yardstick", "unit", "ratio", "goal", "met")
    table = [
        (
            each.measure, each.engine, each.what, f"{each.product:.4g}", f"{each.yardstick:.4g}", each.unit,
            f"{each.ratio:.2f}", each.goal_text(), {True: "yes", False: "NO", None: "-"}[each.met],
        )
        for each in found
    ]  # fmt: skip
    widths = [max(len(row[column]) for row in [head, *table]) for column in range(len(head))]
    for row in (head, *table):
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def keep(found: Iterable[Measured], path: Path = RESULTS) -> None:
    """Write the results file anew, one JSON line a result."""
    path.write_text("".join(f"{each.as_json()}\n" for each in found), encoding="utf-8")


def raw_sqlite(path: Path) -> sqlite3.Connection:
    """Open a plain connection by the same driver and as durable as the service's."""
    connection = sqlite3.connect(str(path), isolation_level=None, timeout=30, cached_statements=1000)
    for pragma in (
        "journal_mode=wal",
        "synchronous=full",
        "foreign_keys=1",
        "recursive_triggers=1",
        "cache_size=-4000",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    return connection


def _short(value: float) -> float | None:
    return None if math.isnan(value) else float(f"{value:.4g}")
