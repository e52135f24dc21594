"""S1: what a durable scan costs in this process, beside its own statements replayed raw and beside the least write."""

import shutil
from itertools import islice
from pathlib import Path

from bench import scanning, store, tools
from bench.measure import Measured, Scale, Turn, cpu_us, in_turns, wall_us
from bench.recording import Replay, record
from bench.yardsticks import Commit
from warehouse.tables import base

UNITS = 100  # scans a turn


def measure(folder: Path, scale: Scale) -> list[Measured]:
    """Measure on SQLite; every side has a database of its own on the same disk."""
    turns = scale.pick(10, 40)
    paths = {name: folder / f"{name}.db" for name in ("store", "recorded", "replayed", "limit")}
    store.create(store.sqlite_url(paths["store"]), scanning.STOCKED)
    bench = scanning.open_deliveries(scanning.STOCKED)
    base.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    base.database.close()
    for name in ("recorded", "replayed"):
        shutil.copy(paths["store"], paths[name])
    lines = scanning.lines_at_random(bench, 1)
    recorded = record(
        store.sqlite_url(paths["recorded"]), lambda: scanning.scan(bench, next(lines)), times=(turns + 1) * UNITS
    )
    base.connect(store.sqlite_url(paths["store"]))
    again = scanning.lines_at_random(bench, 1)  # the very same scans
    replay, limit = Replay(paths["replayed"], recorded), Commit(paths["limit"])

    def scan(units: int) -> None:
        for line in islice(again, units):
            scanning.scan(bench, line)

    found = in_turns({"product": scan, "replay": replay.run, "commit": limit.run}, turns=turns, units=UNITS)
    base.database.close()
    beside = [tools.commit_rate(folder)] if tools.found("limit_sqlite.py") else []
    return _figures(found, statements=sum(map(len, recorded)) / len(recorded), beside=beside)


def _figures(found: dict[str, list[Turn]], *, statements: float, beside: list[float]) -> list[Measured]:
    product, replayed, commit = found["product"], found["replay"], found["commit"]
    rates = {name: 1e6 / wall_us(side) for name, side in found.items()}
    return [
        Measured(
            measure="S1", what=f"a scan beside its own {statements:.0f} statements replayed raw",
            product=rates["product"], yardstick=rates["replay"], unit="scans/s", goal=0.75, at_least=True,
        ),
        Measured(
            measure="S1", what="a scan beside commit (WAL, FULL)", product=rates["product"],
            yardstick=rates["commit"], unit="scans/s", goal=0.45, at_least=True,
        ),
        Measured(
            measure="S1", what="CPU of a scan beside commit", product=cpu_us(product), yardstick=cpu_us(commit),
            unit="us", goal=3,
        ),
        Measured(
            measure="S1", what="CPU of a scan beside its own statements", product=cpu_us(product),
            yardstick=cpu_us(replayed), unit="us", goal=None,
        ),
        *(
            Measured(
                measure="S1", what="a scan beside limit_sqlite.py commit (WAL, FULL)", product=rates["product"],
                yardstick=rate, unit="scans/s", goal=0.45, at_least=True,
            )
            for rate in beside
        ),
    ]  # fmt: skip
