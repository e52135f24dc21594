"""The open transaction that every writing function takes first, and the only way to open one (R-X1..X6, R-U2).

Opened once, at the edge, never nested. SQLite begins IMMEDIATE behind one fair queue of writers: a deferred one answers
"database is locked" to the second, and a busy wait has no queue. On PostgreSQL the guarded updates and row locks serve.
"""

import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from warehouse.tables.base import commit, database, is_postgres, less_patience, report_patience, rows, utc_text

LONGEST_WAIT_SECONDS = 5.0  # for the writer's turn and the file together; then the caller is told that it is busy
SHORT_WAIT_SECONDS = 0.5  # so much for the turn leaves the file its whole patience


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts: the name is copied into the books as it was (R-U5)."""

    name: str
    roles: frozenset[str]
    site: str | None = None  # None: works for all sites
    person_id: int = 0
    language: str = ""
    opened_by: str = ""  # who made the token or chose the password by which this person is here, if that is another
    is_counting: bool = True  # False when sign-in saw that no count waits for this person


@dataclass(frozen=True, kw_only=True)
class SiteFacts:
    """The site an act belongs to; every look-up stays inside it (R-M5)."""

    id: int
    code: str
    time_zone: str
    languages: tuple[str, ...]
    segregated: bool
    unsegregated_entry: int = 0  # the card's last line when segregation was switched off: what came before is under it
    reinspect_per: str = "batch"  # or "place"


@dataclass(kw_only=True)
class Transaction:
    """One act, all or nothing. `now` (aware, UTC, server) is the only clock, `today` the site's day."""

    actor: Actor
    site: SiteFacts
    now: datetime
    device: str = ""
    key: str = ""
    done_at: datetime | None = None
    sequence: int | None = None
    confirmed: bool = False
    act: str = field(default_factory=lambda: time_ordered_key())
    entries: list[str] = field(default_factory=list)  # canonical lines of the book entries written, for the chain
    facts: dict[str, Any] = field(default_factory=dict)  # what the audit row tells: document, before, after, reason

    def __post_init__(self) -> None:
        self.at: str = utc_text(self.now)  # the moment as it stands in tables
        self.today: date = self.day_of(self.now)  # the site's calendar day

    def day_of(self, moment: datetime) -> date:
        """The site's calendar day of another moment."""
        return moment.astimezone(ZoneInfo(self.site.time_zone)).date()

    def tell(self, **facts: Any) -> None:
        """Add to what the audit row keeps of this act; values must be JSON or have a plain `str`."""
        self.facts.update(facts)


class DatabaseUnavailable(Exception):
    """The store cannot keep what was asked: 503 with `reason`; `again` when a repeat may help at once."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.reason, self.again = reason, again


class _FairLock:
    """One writer at a time, in the order they came: `threading.Lock` let one of 16 wait three times as long."""

    def __init__(self) -> None:
        self._guard, self._taken = threading.Lock(), False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self) -> float:
        """Wait for the turn and give the seconds it took; raises DatabaseUnavailable after LONGEST_WAIT_SECONDS."""
        began = time.monotonic()
        with self._guard:
            if not self._taken:
                self._taken = True
                return 0.0
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        if turn.acquire(timeout=LONGEST_WAIT_SECONDS):
            return time.monotonic() - began
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                raise DatabaseUnavailable("database-busy", again=False)
        # The turn came in the very moment the wait ended: it is ours.
        return LONGEST_WAIT_SECONDS

    def release(self) -> None:
        """Hand the turn to who waits longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


_turn = _FairLock()
_broken: list[str] = []  # set by a failed flush: the kernel may have dropped the page, so nothing is written any more


class transaction:  # noqa: N801 - a with-block, read as a word
    """Open the one transaction of an act; commits when the block ends, rolls back when it raises.

    `facts` are the Transaction's own. Raises DatabaseUnavailable when the store cannot keep it; a fault at COMMIT may
    mean either, the caller's key tells.
    """

    def __init__(self, **facts: Any) -> None:
        self._facts = facts
        self._own: Any = None

    def __enter__(self) -> Transaction:
        check_unbroken()
        tx = Transaction(**self._facts)
        self._alone = not is_postgres()
        waited, self._own = _take_turn() if self._alone else (0.0, None)
        try:
            _begin_writing(waited) if self._alone else _begin("BEGIN")
        except BaseException:
            self._leave()
            raise
        return tx

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if kind is None:
                _commit()
            else:
                _roll_back()
        finally:
            self._leave()

    def _leave(self) -> None:
        if self._alone:
            database.obj.take_back_writer(self._own)
            _turn.release()


def _take_turn() -> tuple[float, Any]:
    """Wait for the turn to write and take the writing connection; gives the seconds and the thread's own."""
    waited = _turn.acquire()
    try:
        return waited, database.obj.lend_writer()
    except BaseException:
        _turn.release()
        raise


def check_unbroken() -> None:
    """Raise DatabaseUnavailable after a failed flush: until a restart nothing more is written (C3)."""
    if _broken:
        raise DatabaseUnavailable("storage-error", again=False)


@contextmanager
def snapshot() -> Iterator[None]:
    """Hold one view of the books for a question of several statements; writes nothing and waits for no writer."""
    _begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if is_postgres() else "BEGIN")
    try:
        with report_patience():
            yield
    finally:
        _roll_back()


def reader(**facts: Any) -> Transaction:
    """Give the same facts without opening anything, for questions that write nothing."""
    return Transaction(**facts)


def _begin_writing(waited: float) -> None:
    """Begin on SQLite: who waited long for his turn waits only the rest for a file that another program has locked."""
    if waited <= SHORT_WAIT_SECONDS:
        _begin("BEGIN IMMEDIATE")
        return
    with less_patience(waited):
        _begin("BEGIN IMMEDIATE")


def _begin(statement: str) -> None:
    """Begin; a connection that died while it lay idle is thrown away, so that the next try gets a new one."""
    try:
        rows(statement)
    except Exception:
        if is_postgres():
            database.close()
        raise


def _commit() -> None:
    """Commit, or undo when that fails."""
    try:
        commit()
    except BaseException:
        _roll_back()
        raise


def _roll_back() -> None:
    """Undo; a connection that cannot even do that is thrown away, never kept."""
    try:
        rows("ROLLBACK")
    except Exception as error:
        if not _is_no_transaction(error):
            database.close()


def _is_no_transaction(error: Exception) -> bool:
    return "no transaction is active" in str(error)


SQLITE_REASONS = {"SQLITE_FULL": "disk-full", "SQLITE_BUSY": "database-busy", "SQLITE_LOCKED": "database-busy"}
REPEATABLE_STATES = ("08", "57P0", "25006", "25P03", "40001", "40P01", "55P03")
RACE_LOST = "23505"  # another made the same row first: begun again, its row is seen


def unavailable(error: Exception) -> DatabaseUnavailable | None:
    """Read a driver's error, wrapped by peewee or not: what to tell and whether to repeat; None for our own faults."""
    cause = error.__cause__ or error.__context__ if type(error).__module__ == "peewee" else error
    name = getattr(cause, "sqlite_errorname", None)
    if name:
        return _sqlite_fault(name)
    if type(cause).__module__.startswith("psycopg"):
        return _postgres_fault(cause)
    return None


def _sqlite_fault(name: str) -> DatabaseUnavailable | None:
    if name.startswith("SQLITE_IOERR"):
        if "FSYNC" in name:
            _broken.append(name)
        return DatabaseUnavailable("storage-error", again=False)
    for known, reason in SQLITE_REASONS.items():
        if name.startswith(known):
            return DatabaseUnavailable(reason, again=False)
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return DatabaseUnavailable("storage-error", again=False)
    return None


def _postgres_fault(cause: BaseException | None) -> DatabaseUnavailable | None:
    state = getattr(cause, "sqlstate", None)
    if state == RACE_LOST:
        return DatabaseUnavailable("database-busy", again=True)
    if state is None and not isinstance(cause, psycopg.OperationalError):
        return None
    if state is None or state.startswith(REPEATABLE_STATES):
        busy = state is not None and state.startswith(("40", "55"))
        return DatabaseUnavailable("database-busy" if busy else "database-down", again=True)
    if state.startswith("53"):
        return DatabaseUnavailable("disk-full" if state == "53100" else "database-busy", again=False)
    return None


def time_ordered_key() -> str:
    """Make a key of our own that sorts by time, like UUIDv7: random ones write 16 times the log."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"
