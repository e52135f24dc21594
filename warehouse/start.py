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


def open_database(url: str) -> None:
    """Bind and open the warehouse at `url`. Raises DatabaseRefused when there is none, or one that cannot be used."""
    if (path := sqlite_path(url)) is not None:
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
    try:
        fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise DatabaseRefused(f"another service is running on {path}: stop it first") from None
    return held


def sqlite_path(url: str) -> Path | None:
    """Give the file of a SQLite URL; None for another engine."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


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
