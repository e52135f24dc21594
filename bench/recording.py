"""Recording the statements that the service really runs, and running them again on the plain driver."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.measure import raw_sqlite
from warehouse.tables import base, engines
from warehouse.tables.engines import sqlite3

Statement = tuple[str, tuple[Any, ...]]
_kept: list[Statement] = []


class _Cursor(sqlite3.Cursor):  # type: ignore[misc] # the driver has no stubs
    """Keeps each statement with its values, before it runs."""

    def execute(self, sql: str, values: Any = ()) -> Any:
        _kept.append((sql, tuple(values)))
        return super().execute(sql, values)


class _Connection(sqlite3.Connection):  # type: ignore[misc] # the driver has no stubs
    """Gives only cursors that keep what they run; the driver's own `execute` asks for one too."""

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(_Cursor)


def record(url: str, work: Callable[[], object], *, times: int) -> list[list[Statement]]:
    """Do `work` so many times on the SQLite database at `url`; gives the statements of each time."""
    base.connect(url)
    base.database.obj.connect_params["factory"] = _Connection
    base.database.obj.take_back_writer(base.database.obj.lend_writer())  # opened, with its settings, before the first
    found = []
    for _ in range(times):
        _kept.clear()
        work()
        found.append(list(_kept))
    base.database.close()
    return found


class Replay:
    """The recorded statements, one group after the other, on the driver and nothing else, on a copy of the database."""

    def __init__(self, path: Path, recorded: list[list[Statement]]) -> None:
        self.connection = raw_sqlite(path)
        # Part of the statements: the chain is hashed inside the engine.
        self.connection.create_function("sha256_hex", 1, engines.sha256_hex, deterministic=True)
        self.groups = iter(recorded)

    def run(self, groups: int) -> None:
        """Run so many groups. Raises StopIteration's kin when fewer were recorded."""
        execute = self.connection.execute
        left = list(itertools.islice(self.groups, groups))
        assert len(left) == groups, "record more"
        for group in left:
            for sql, values in group:
                execute(sql, values).fetchall()
