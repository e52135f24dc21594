"""A month with faults planted in it, counted and reconciled by the product alone, and judged against what was done.

    python -m bench.planted_month --seed N [--movements 5000] [--faults 40] [--database sqlite|postgres] [--by-item]

Six people work a month by scans and postings over HTTP; goods are lost, cards forgotten, vouchers not booked. Then
the product counts (blind) and reconciles. The last line is `planted 40 found F named N false A`.
Exit status 0 when every fault is found, nine of ten have the right cause first, and no clean row is a false alarm.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

if __package__ in (None, ""):  # run as a file
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import planted_store, planted_verdict
from bench.planted_count import Counting
from bench.planted_faults import Mischief, by_cause
from bench.planted_people import People
from bench.planted_store import MANAGER, Desk, moment
from bench.planted_verdict import Verdict
from bench.planted_world import Lot, Month
from tests import postgres
from warehouse.tables import base

YEAR, MONTH, LAST = 2026, 5, 31
NAME = f"{YEAR}-{MONTH:02d}"
ITEMS, LOTS = 60, 320  # at 5,000 movements
COUNT_DAYS = 2  # the last working days
SHARE_WHILE_COUNTING = 0.06  # of the month's movements


def working_days() -> list[datetime]:
    """Give the month's working days as the moment they begin, Sundays left out."""
    days = [moment(YEAR, MONTH, day, 8) for day in range(1, LAST + 1)]
    return [day for day in days if day.astimezone(planted_store.SITE_TIME).weekday() != 6]


def play(url: str, *, seed: int, movements: int, faults: int, by_item: bool = False) -> tuple[Desk, Month]:
    """Play, count and close the books of a month on an empty database; gives the way in and the truth.

    `by_item`: the finance system knows no batches, its book is a figure an item and owner.
    """
    month, chance, days = Month(), random.Random(seed), working_days()
    desk = planted_store.prepare(url, now=moment(YEAR, MONTH, 1, 7) - timedelta(days=1))
    size = max(movements / 5000, 0.1)
    planted_store.stock(desk, month, chance, items=int(ITEMS * size**0.5), lots=int(LOTS * size))
    mischief = Mischief(month, random.Random(f"faults {seed}"), faults=faults, days=days[1 : -COUNT_DAYS - 2])
    people = People(desk, month, mischief, chance)
    while_counting = int(movements * SHARE_WHILE_COUNTING)
    share, rest = divmod(movements - while_counting, len(days) - COUNT_DAYS)
    for turn, day in enumerate(days[:-COUNT_DAYS]):
        desk.now = max(desk.now, day)
        people.work(movements=share + (turn < rest), until=day + timedelta(hours=9))
    desk.now = max(desk.now, days[-COUNT_DAYS])
    counting = Counting(desk, month, people, chance)
    counting.count(NAME, days=days[-COUNT_DAYS:], movements=while_counting)
    close_books(desk, month, people, by_item=by_item)
    return desk, month


def close_books(desk: Desk, month: Month, people: People, *, by_item: bool) -> None:
    """Let the month end with what is still open, work a day of the next, then hand the finance book in."""
    people.catch_up(moment(YEAR, MONTH + 1, 1, 0))
    figures: Counter[Lot] = Counter()
    for lot, pieces in month.finance.balance.items():
        figures[Lot(lot.item_no, "", lot.owner) if by_item else lot] += pieces
    balances = [
        {
            "item_no": lot.item_no,
            "batch_no": lot.batch_no or None,
            "owner": lot.owner,
            "quantity": month.text(lot.item_no, pieces),
        }
        for lot, pieces in sorted(figures.items())
        if pieces or by_item  # a batch that is used up is left out
    ]
    people.mischief.intents.clear()  # what found nothing to spoil is not planted
    people.catch_up(moment(YEAR, MONTH + 1, 1, 10))
    people.work(movements=month.movements // 200, until=moment(YEAR, MONTH + 1, 1, 18))
    desk.now = max(desk.now, moment(YEAR, MONTH + 1, 2, 9))
    body = {"as_of": f"{NAME}-{LAST}", "source": "finance", "lines": balances}
    desk.do(MANAGER, "/account/balances", body, method="PUT")


@contextmanager
def database(kind: str) -> Iterator[str]:
    """Give the URL of an empty database that is gone afterwards: a file here, or one of the tests' private server."""
    if kind == "postgres":
        server = postgres.server()
        try:
            yield server.url(server.new_database("planted"))
        finally:
            base.database.close()
            postgres.stop_server()
        return
    with tempfile.TemporaryDirectory(prefix="planted-month-") as folder:
        try:
            yield f"sqlite:///{Path(folder) / 'warehouse.db'}"
        finally:
            base.database.close()


@dataclass(frozen=True, kw_only=True)
class Played:
    """A month that was played and judged."""

    month: Month
    verdict: Verdict
    seconds: float


def run(url: str, *, seed: int, movements: int, faults: int, by_item: bool = False) -> Played:
    """Play a month on an empty database and judge what the product says of it."""
    start = time.perf_counter()
    desk, month = play(url, seed=seed, movements=movements, faults=faults, by_item=by_item)
    verdict = planted_verdict.judge(desk, month, NAME)
    return Played(month=month, verdict=verdict, seconds=time.perf_counter() - start)


def show(played: Played) -> None:
    """Print what was planted and what came of it."""
    month = played.month
    kinds = ", ".join(f"{kind} {count}" for kind, count in month.acts.most_common())
    print(f"{month.movements} movements in {played.seconds:.0f} s: {kinds}")
    for line in played.verdict.lines:
        print(line)
    named: Counter[str] = Counter(fault.cause for fault in played.verdict.named)
    for cause, count in by_cause(month.faults).most_common():
        print(f"{cause}: {named[cause]} of {count} named")


def main() -> int:
    """Run from the command line; 1 when the goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.planted_month", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--movements", type=int, default=5000)
    parser.add_argument("--faults", type=int, default=40)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--by-item", action="store_true", help="a finance book without batches: shown, no goal")
    asked = parser.parse_args()
    with database(asked.database) as url:
        played = run(
            url, seed=asked.seed, movements=asked.movements, faults=asked.faults, by_item=asked.by_item
        )  # fmt: skip
    show(played)
    print(played.verdict.line)
    return 0 if played.verdict.is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
