"""What must hold before the service or a command touches a database; each thing missing is one clear line (C6, O8).

Nothing here makes an empty new file where somebody's warehouse should be, and another program's file is not changed.
"""

import fcntl
import os
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import peewee

from warehouse import tables
from warehouse.tables.base import connect, database, is_postgres, rows
from warehouse.tables.engines import DatabaseRefused, sqlite3

OLDEST_POSTGRES = 15
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
LOCK_SUFFIX = ".lock"
LOG_SUFFIX = "-wal"
RUNNING = b"running"  # in the lock's file, from a service's start to its orderly end
LOST_SUFFIX = ".log-lost"  # stands beside the file from then on until an administrator has looked


def open_database(url: str) -> None:
    """Bind and open the warehouse at `url`. Raises DatabaseRefused when there is none, or one that cannot be used."""
    if (path := sqlite_path(url)) is not None:
        _note_lost_log(path)  # first: any look into the file makes a new log
        _check_file(path)
    _open(url)
    tables.check_version()


def make_database(url: str) -> None:
    """Bind and open the database at `url`, made when it is not there, and bring it to the present schema.

    Raises DatabaseRefused for another program's database, a newer schema, or a place that cannot be written.
    """
    path = sqlite_path(url)
    if path is not None and path.exists() and path.stat().st_size > 0:
        _check_file(path, must_be_ours=False)
    elif path is not None:
        _make_file(path)
    _open(url)
    if not database.table_exists("setting") and database.get_tables():
        database.close()
        raise DatabaseRefused("this database holds another program's tables: name an empty one in WAREHOUSE_DATABASE")
    tables.create_schema()


def open_empty(url: str) -> None:
    """Bind and open a database that has no tables yet. Raises DatabaseRefused when it has some."""
    _open(url)
    if database.get_tables():
        database.close()
        raise DatabaseRefused("the database is not empty: restore only into an empty place, nothing was changed")


def check_durable() -> None:
    """Refuse a PostgreSQL that may lose what it acknowledged."""
    if not is_postgres():
        return
    version = int(rows("SHOW server_version_num")[0][0]) // 10_000
    if version < OLDEST_POSTGRES:
        raise DatabaseRefused(f"PostgreSQL {version} is too old: version {OLDEST_POSTGRES} or newer is needed")
    for name in DURABLE:
        ((value,),) = rows(f"SHOW {name}")
        if value == "off":
            raise DatabaseRefused(f"PostgreSQL runs with {name}=off and may lose acknowledged scans: switch it on")


def lock_service(url: str) -> int | None:
    """Take the lock beside a SQLite file, so that one service serves it; gives what holds it, for as long as we live.

    Raises DatabaseRefused when a service has it. `user add` and the like may write beside a service. On PostgreSQL
    several services may run. The lock is the process's own: a child that outlives it does not keep it.
    """
    path = sqlite_path(url)
    if path is None:
        return None
    held = os.open(f"{path}{LOCK_SUFFIX}", os.O_RDWR | os.O_CREAT, 0o600)
    if not _take(held):
        os.close(held)
        raise DatabaseRefused(f"another service is running on {path}: stop it first")
    _say(held, RUNNING)
    return held


def unlock_service(held: int | None) -> None:
    """Say beside the file that its service ended well, the log written back; the lock ends with the process."""
    if held is not None:
        _say(held, b"")


def lost_log(url: str) -> str | None:
    """Tell that the log of a service which did not end well was gone when it was next opened; None when it was not.

    What stood in it is missing from the books, which are whole without it: nothing in them can show that (C7).
    """
    path = sqlite_path(url)
    mark = path and Path(f"{path}{LOST_SUFFIX}")
    if not mark or not mark.exists():
        return None
    return (
        f"log: {path}{LOG_SUFFIX} was gone after the service was killed, and the last acts with it;"
        f" compare with the heads on paper, scan again, then remove {mark}"
    )


def sqlite_path(url: str) -> Path | None:
    """Give the file of a SQLite URL; None for another engine."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def _note_lost_log(path: Path) -> None:
    """Set the mark when a service ended without a word and its log is not there; looked at once."""
    try:
        lock = os.open(f"{path}{LOCK_SUFFIX}", os.O_RDWR)
    except OSError:  # no service ever ran here, or the disk is read-only
        return
    try:
        if os.read(lock, len(RUNNING)) == RUNNING and _take(lock):
            if not Path(f"{path}{LOG_SUFFIX}").exists():
                Path(f"{path}{LOST_SUFFIX}").touch(mode=0o600)
            _say(lock, b"")
    finally:
        os.close(lock)


def _take(lock: int) -> bool:
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _say(lock: int, word: bytes) -> None:
    os.ftruncate(lock, 0)
    os.pwrite(lock, word, 0)


def _make_file(path: Path) -> None:
    """Make the empty file, for its owner only, so that the logs beside it are so too."""
    if path.is_dir():
        raise DatabaseRefused(f"{path} is a folder: name a file in WAREHOUSE_DATABASE")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise DatabaseRefused(f"cannot make {path}: {error.strerror}") from error


def _check_file(path: Path, *, must_be_ours: bool = True) -> None:
    """Look into the file read-only first: a database of another program must not even get our journal mode."""
    if not path.exists():
        raise DatabaseRefused(f"{path} is not there: run `warehouse init` first, or check WAREHOUSE_DATABASE")
    if path.is_dir():
        raise DatabaseRefused(f"{path} is a folder: name a file in WAREHOUSE_DATABASE")
    if not (os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK)):
        raise DatabaseRefused(f"{path} cannot be written: check its owner, mode and disk")
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)) as look:
            names = {name for (name,) in look.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        raise DatabaseRefused(f"{path} cannot be read as a database: {error}") from error
    if "setting" in names:
        return
    if must_be_ours:
        raise DatabaseRefused(f"{path} holds no warehouse: run `warehouse init` first, or check WAREHOUSE_DATABASE")
    if names:
        raise DatabaseRefused(f"{path} holds another program's tables: name another file in WAREHOUSE_DATABASE")


def _open(url: str) -> None:
    connect(url)
    try:
        database.connect(reuse_if_open=True)
    except peewee.PeeweeException as error:
        raise DatabaseRefused(f"the database does not answer: {str(error).splitlines()[0]}") from error
