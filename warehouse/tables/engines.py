"""How the service connects to its two engines: settings, connections, how long an answer is waited for (C14, P7)."""

import hashlib
from collections import deque
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from threading import Lock, get_ident
from typing import Any

import peewee
import psycopg
from peewee import PostgresqlDatabase, SqliteDatabase

OLDEST_SQLITE = (3, 51, 3)  # older ones can corrupt a WAL database when a commit meets a checkpoint
STATEMENTS = 1000  # kept prepared: of the drivers' 128 and 100 the newest are thrown out first, and a scan costs twice
# A stopped server still acknowledges TCP and never ends its own statements, so the client needs a clock of its own.
PATIENCE_SECONDS = 8.0  # for one statement of a request: longer than the lock_timeout, shorter than the 10 s of C14
CONNECT_SECONDS = 3

sqlite3 = peewee.sqlite3  # type: ignore[attr-defined] # the SQLite that peewee really uses


class DatabaseRefused(Exception):
    """The database cannot be used as it is; the text is one clear line for the administrator."""


def open_sqlite(path: Path) -> "Sqlite":
    """Bind a SQLite file, opening nothing. Raises DatabaseRefused for a SQLite with the WAL-reset fault."""
    found = sqlite3.sqlite_version_info
    if found < OLDEST_SQLITE:
        raise DatabaseRefused(
            f"SQLite {sqlite3.sqlite_version} can corrupt a database under load; install pysqlite3 >= 0.6.1 "
            f"or a system SQLite of at least {'.'.join(map(str, OLDEST_SQLITE))}"
        )
    store = Sqlite(
        str(path),
        lock_type="IMMEDIATE",
        cached_statements=STATEMENTS,
        check_same_thread=False,  # the writing connection goes from thread to thread
        pragmas={
            "journal_mode": "wal",
            "synchronous": "full",
            "foreign_keys": 1,
            "busy_timeout": 5000,
            "recursive_triggers": 1,
            "cache_size": -4000,
            "mmap_size": 0,
        },
    )
    store.register_function(sha256_hex, "sha256_hex", 1, deterministic=True)
    return store


class Sqlite(SqliteDatabase):
    """Each thread reads by a connection of its own; one connection writes for all, in turns.

    A connection forgets every page it keeps when another one has written: if each thread wrote by its own, each scan
    would read its pages again.
    """

    _state: Any  # peewee's own, one a thread; its stubs leave it out
    _connect: Callable[[], Any]

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._idle: deque[Any] = deque()  # the writing connection, while nobody writes
        self._bound_by = get_ident()

    def lend_writer(self) -> Any:
        """Let this thread write; gives its own connection, or None, to be put back by `take_back_writer`."""
        own = self._state.conn
        try:
            writer = self._idle.pop()
        except IndexError:
            writer = self._connect()
        self._state.conn, self._state.closed = writer, False
        return own

    def take_back_writer(self, own: Any) -> None:
        """Take the writing connection from this thread, unless it was closed as broken, and put its own back."""
        if not self._state.closed:
            self._idle.append(self._state.conn)
        self._state.conn, self._state.closed = own, own is None

    def close(self) -> bool:
        """Close this thread's connection; in the thread that bound the store the writing one too, if nobody writes."""
        was_open = bool(super().close())
        while self._idle and get_ident() == self._bound_by:
            self._idle.pop().close()
        return was_open


def open_postgres(url: str, patience: float | None) -> PostgresqlDatabase:
    """Bind a PostgreSQL by its URL, opening nothing; `patience` as for `tables.base.connect`."""
    # A lock or a host that does not answer is waited for only so long; what the URL says itself goes before.
    bounds: dict[str, Any] = {"connect_timeout": str(CONNECT_SECONDS), "options": "-c lock_timeout=5s"}
    bounds = {name: value for name, value in bounds.items() if f"{name}=" not in url}
    bound = _Postgres(url.replace("postgres://", "postgresql://", 1), prefer_psycopg3=True, **bounds)
    bound.patience = patience
    # What it guards is each thread's own here; held while one connects to a server that does not answer, it would make
    # all others wait in line, three seconds each.
    bound._lock = nullcontext()  # type: ignore[attr-defined] # peewee's own
    return bound


class PostgresConnection(psycopg.Connection[Any]):
    """A connection that waits for each statement, COMMIT too, no longer than `patience` seconds."""

    patience: float | None = None
    kept: psycopg.Cursor[Any]  # for every fixed statement in turn: a new one would be a third of a short one's cost

    def wait(self, gen: Any, *args: Any, **named: Any) -> Any:
        """Wait for the server's answer; one that does not come ends the connection, since what it did is unknown.

        Raises psycopg.OperationalError. The server is sent no cancel: a cancelled COMMIT may answer "done".
        """
        try:
            return super().wait(gen, *args, **{"timeout": self.patience} | named)
        except psycopg.errors._WaitTimeout as late:
            self.pgconn.finish()
            raise psycopg.OperationalError(f"no answer within {self.patience} s") from late


class _Adapter(peewee.Psycopg3Adapter):
    """Connects; after a failure one thread at a time tries, so that the others say at once that it is down (C14)."""

    def __init__(self) -> None:
        super().__init__()
        self._is_down, self._trying = False, Lock()

    def connect(self, db: PostgresqlDatabase, **params: Any) -> Any:
        assert isinstance(db, _Postgres)
        if not self._is_down:
            return self._connect(db, **params)
        if not self._trying.acquire(blocking=False):
            raise psycopg.OperationalError("the server did not answer, and another thread is asking it")
        try:
            return self._connect(db, **params)
        finally:
            self._trying.release()

    def _connect(self, db: "_Postgres", **params: Any) -> Any:
        try:
            connection = PostgresConnection.connect(db.database, **params)
        except psycopg.OperationalError:
            self._is_down = True
            raise
        self._is_down = False
        connection.prepare_threshold = 1
        connection.prepared_max = STATEMENTS
        connection.patience = db.patience
        connection.kept = connection.cursor()
        return connection


class _Postgres(PostgresqlDatabase):
    psycopg3_adapter = _Adapter
    patience: float | None = None


def sha256_hex(text: str) -> str:
    """Hash a text as the audit chain does; SQLite calls it by this name."""
    return hashlib.sha256(text.encode()).hexdigest()
