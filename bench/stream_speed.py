"""ORD: how fast an order stream goes, durable, on SQLite: the real one beside the repository, or a made one."""

import csv
import random
from pathlib import Path

from bench import order_stream
from bench.measure import ORDERS, Measured, Scale
from bench.order_file import COLUMNS
from warehouse.tables import base

GOAL = 300  # lines a second


def measure(folder: Path, scale: Scale) -> list[Measured]:
    """Play an order file and prove what it left; raises when a proof finds something: its speed is worth nothing."""
    files = sorted(ORDERS.glob("*.csv.gz")) if ORDERS.is_dir() else []
    path = files[0] if files else make_file(folder / "orders.csv", invoices=scale.pick(100, 1000))
    report, found, _ = order_stream.play(
        path, f"sqlite:///{folder / 'warehouse.db'}", lines=scale.pick(10_000, 0) or None
    )
    base.database.close()
    if report.findings:
        raise AssertionError("; ".join(report.findings[:5]))
    name = path.name if files else "made orders"
    return [
        Measured(
            measure="ORD", what=f"{report.rows_in} lines of {name}, {found.picks} picks, proved clean",
            product=report.lines_per_second, yardstick=GOAL, unit="lines/s", goal=1, at_least=True,
        ),
        Measured(
            measure="ORD", what="CPU of a line, all acts", product=report.cpu / report.rows_in * 1e3,
            yardstick=report.wall / report.rows_in * 1e3, unit="ms", goal=None,
        ),
    ]  # fmt: skip


def make_file(path: Path, *, invoices: int) -> Path:
    """Make an order file like the real one where there is none: many small orders, few large, some rows odd."""
    chance = random.Random(1)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for number in range(invoices):
            at = f"2026-03-{1 + number * 20 // invoices:02d}T{8 + number % 10:02d}:00:00"
            customer = chance.choice(["", *(str(12000 + each) for each in range(200))])
            for _ in range(min(200, int(chance.paretovariate(1.1) * 5))):
                code = chance.choice(["POST", "M"]) if chance.random() < 0.005 else str(20000 + chance.randrange(2000))
                writer.writerow([500000 + number, code, "", chance.choice([1, 2, 6, 12, 24, 0, 480]), at, customer])
    return path
