"""`python -m bench [--only S1,S2] [--small]`: the measurements, side by side with their yardsticks."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import (
    allocation,
    counting,
    dead_printers,
    growth,
    labels,
    measure,
    over_http,
    postgres_scans,
    reading,
    reconcile,
    scan_cost,
    stream_speed,
)
from bench.measure import Measured, Scale

MEASURES: dict[str, Callable[[Path, Scale], list[Measured]]] = {
    "S1": scan_cost.measure,
    "S2": over_http.measure,
    "S5": allocation.measure,
    "S7": counting.measure,
    "S9": reconcile.compare_books,
    "S10": growth.measure,
    "S11": reconcile.ask_as_of,
    "S15": postgres_scans.measure,
    "ORD": stream_speed.measure,
    "READ": reading.measure,
    "L1": labels.measure_drawing,
    "L2": labels.measure_reading,
    "K11": dead_printers.measure,
}
MEASURED_WITH = {"S8": "S7"}  # a measure that another's run gives too


def main() -> int:
    """Run what was asked for; a missed goal is a figure to read, not a failure."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(MEASURES), help=f"some of {','.join(MEASURES)}")
    parser.add_argument("--small", action="store_true", help="shorter and smaller: a look, not a verdict")
    parser.add_argument("--dir", type=Path, default=Path(__file__).parent, help="where databases go: the disk measured")
    asked = parser.parse_args()
    wanted = [name.strip() for name in asked.only.split(",") if name.strip()]
    names = list(dict.fromkeys(MEASURED_WITH.get(name, name) for name in wanted))
    if unknown := [name for name in names if name not in MEASURES]:
        parser.error(f"unknown: {', '.join(unknown)}; known are {', '.join(MEASURES)}")
    found: list[Measured] = []
    for name in names:
        start = time.perf_counter()
        # Beside the results and not in /tmp, which is often memory and would flush for nothing.
        with tempfile.TemporaryDirectory(prefix="measured-", dir=asked.dir) as folder:
            now = MEASURES[name](Path(folder), Scale(small=asked.small))
        found += now
        for each in now:
            print(each.as_json(), flush=True)
        print(
            f"{name}: {time.perf_counter() - start:.0f} s, load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True
        )
    measure.keep(found)
    measure.show(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
