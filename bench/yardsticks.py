"""What the bare engine does with the least that a scan or an allocation has to write: the yardsticks' own statements.

The same work as a ledger of three small tables: idempotency key, one movement, one guarded balance; durable.
"""

import itertools
import random
from pathlib import Path
from typing import Any

from bench.measure import raw_sqlite

BATCHES = 2000
ITEMS = 50
LIVE = 200  # batches with goods per item, in the allocation
TABLES = """
    CREATE TABLE move (id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, location INTEGER NOT NULL, qty INTEGER NOT NULL,
        kind INTEGER NOT NULL, actor INTEGER NOT NULL, at INTEGER NOT NULL, balance_after INTEGER NOT NULL);
    CREATE TABLE balance (batch INTEGER NOT NULL, location INTEGER NOT NULL, item INTEGER NOT NULL,
        status INTEGER NOT NULL, received_on INTEGER NOT NULL, qty INTEGER NOT NULL CHECK (qty >= 0),
        reserved INTEGER NOT NULL DEFAULT 0, last_move INTEGER NOT NULL, PRIMARY KEY (batch, location)) WITHOUT ROWID;
    CREATE TABLE idem (key TEXT PRIMARY KEY, move INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX fifo ON balance (item, status, received_on, batch, location) WHERE qty > reserved;
    CREATE INDEX move_batch ON move (batch, location, id);
"""
POSTGRES_TABLES = """
    CREATE TABLE balance (batch bigint NOT NULL, location int NOT NULL, item int NOT NULL, status smallint NOT NULL,
        received_on int NOT NULL, qty bigint NOT NULL CHECK (qty >= 0), reserved bigint NOT NULL DEFAULT 0,
        last_move bigint NOT NULL, PRIMARY KEY (batch, location)) WITH (fillfactor = 70);
    CREATE TABLE move (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, batch bigint NOT NULL, location int NOT NULL,
        qty bigint NOT NULL, kind smallint NOT NULL, actor int NOT NULL, at bigint NOT NULL,
        balance_after bigint NOT NULL);
    CREATE INDEX move_batch ON move (batch, location, id);
    CREATE TABLE idem (key text PRIMARY KEY, move bigint NOT NULL);
    INSERT INTO balance SELECT i, 1 + i % 20, i % 50, 1, 19000 + i % 700, 1000000000, 0, 0
        FROM generate_series(1, 2000) i;
    CREATE INDEX fifo ON balance (item, status, received_on, batch, location) WHERE qty > reserved;
"""
ONE_STATEMENT = """
    WITH b AS (UPDATE balance SET qty = qty - %s, last_move = last_move + 1
        WHERE batch = %s AND location = %s AND qty - reserved >= %s RETURNING batch, location, qty),
    m AS (INSERT INTO move (batch, location, qty, kind, actor, at, balance_after)
        SELECT batch, location, -%s, 2, 7, %s, qty FROM b RETURNING id)
    INSERT INTO idem SELECT %s, id FROM m RETURNING move"""


class Commit:
    """One durable scan after the other on SQLite: key looked up, balance lowered, movement and key written."""

    def __init__(self, path: Path) -> None:
        self.connection = raw_sqlite(path)
        fill_scans(self.connection)
        self.chance, self.serial = random.Random(5), itertools.count()

    def run(self, scans: int) -> None:
        """Do so many scans, a COMMIT each."""
        for _ in range(scans):
            scan(self.connection, f"k{next(self.serial)}", self.chance.randint(1, BATCHES))


def fill_scans(connection: Any) -> None:
    """Make the tables of the scan and their batches, which never run out."""
    connection.executescript(TABLES)
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO balance VALUES (?, ?, ?, 1, ?, 1000000000, 0, 0)",
        ((batch, 1 + batch % 20, batch % ITEMS, 19000 + batch % 700) for batch in range(1, BATCHES + 1)),
    )
    connection.execute("COMMIT")


def scan(connection: Any, key: str, batch: int) -> int:
    """Do one scan and give the movement's number; a known key gives its own."""
    run, location = connection.execute, 1 + batch % 20
    run("BEGIN IMMEDIATE")
    if known := run("SELECT move FROM idem WHERE key = ?", (key,)).fetchone():
        run("ROLLBACK")
        return int(known[0])
    ((left,),) = run(
        "UPDATE balance SET qty = qty - ?, last_move = last_move + 1"
        " WHERE batch = ? AND location = ? AND qty - reserved >= ? RETURNING qty",
        (1, batch, location, 1),
    ).fetchall()
    ((move,),) = run(
        "INSERT INTO move (batch, location, qty, kind, actor, at, balance_after) VALUES (?, ?, -1, 2, 7, 1, ?)"
        " RETURNING id",
        (batch, location, left),
    ).fetchall()
    run("INSERT INTO idem VALUES (?, ?)", (key, move))
    run("COMMIT")
    return int(move)


class Fifo:
    """Allocating orders of ten lines on SQLite: read an item's batches oldest first, reserve until it is enough."""

    def __init__(self, path: Path) -> None:
        self.connection, self.chance = raw_sqlite(path), random.Random(3)
        self.connection.executescript(TABLES)
        self.connection.execute("BEGIN")
        self.connection.executemany(
            "INSERT INTO balance VALUES (?, ?, ?, 1, ?, ?, 0, 0)",
            (
                (item * LIVE + nth + 1, 1 + nth % 20, item, 15000 + nth, 10 + self.chance.randint(0, 20))
                for item in range(ITEMS)
                for nth in range(LIVE)
            ),
        )
        self.connection.execute("COMMIT")

    def order(self) -> None:
        """Reserve sixty pieces for each of ten items, one COMMIT."""
        run = self.connection.execute
        run("BEGIN IMMEDIATE")
        for item in self.chance.sample(range(ITEMS), 10):
            need, take = 60, []
            for batch, location, free in run(
                "SELECT batch, location, qty - reserved FROM balance WHERE item = ? AND status = 1 AND qty > reserved"
                " ORDER BY received_on, batch, location",
                (item,),
            ):
                taken = min(free, need)
                take.append((taken, batch, location))
                need -= taken
                if not need:
                    break
            self.connection.executemany(
                "UPDATE balance SET reserved = reserved + ? WHERE batch = ? AND location = ?", take
            )
        run("COMMIT")
