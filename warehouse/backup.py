"""Backup and restore: one file for both engines, taken while the service runs, proved by the restore (P12, O1, O2, C7).

FILE is a zip of a SQLite warehouse and a note of what it is: the zip's checksums find every flipped byte, and the copy
inside is one snapshot of all tables, whichever engine it came from. So a warehouse also moves from one engine to the
other by its backup. A file appears under its name only when it is whole and on the disk.
"""

import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warehouse import start, tables
from warehouse.books import verify
from warehouse.tables import SCHEMA_VERSION, RequestKey
from warehouse.tables.base import connect, database, is_postgres, rows, stream
from warehouse.tables.engines import sqlite3

FORMAT = 1
NOTE, COPY = "backup.json", "warehouse.db"
BESIDE = ("", "-wal", "-shm", "-journal")  # a file beside a stale log of its name is malformed
BATCH = 5000  # rows written at a time

Heads = list[tuple[Any, ...]]


class BackupRefused(Exception):
    """The backup cannot be made or brought back; nothing was replaced. One clear line."""


def backup(url: str, file: Path) -> Heads:
    """Write a backup of the open database to `file` and give the heads of its chains: (site, acts, hash).

    Raises BackupRefused, OSError (a full disk), and what reading the database may raise; no half file is left then.
    """
    if file.is_dir() or not file.parent.is_dir():
        raise BackupRefused(f"{file}: not a file name in a folder that is there")
    with _work_folder(file.parent) as folder:
        copy = folder / COPY
        if is_postgres():
            _copy_from_postgres(url, copy)
        else:
            rows("VACUUM INTO ?", str(copy))
        with closing(sqlite3.connect(str(copy))) as made:
            heads: Heads = made.execute(
                "SELECT s.code, h.count, h.hash FROM chain_head h JOIN site s ON s.id = h.site_id ORDER BY s.code"
            ).fetchall()
        packed = folder / "packed"
        note = {
            "format": FORMAT, "schema": SCHEMA_VERSION, "made_at": datetime.now(UTC).isoformat(),
            "heads": [{"site": site, "acts": count, "hash": end} for site, count, end in heads],
        }  # fmt: skip
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(NOTE, json.dumps(note, indent=1))
            archive.write(copy, COPY)
        _put_in_place(packed, file)
    return heads


def restore(file: Path, url: str) -> Heads:
    """Bring a backup into the empty place `url` names and give the heads of its chains, when all of it verifies.

    Raises BackupRefused for a damaged or newer file, a place that is not empty, or books that do not verify.
    """
    path = start.sqlite_path(url)
    if path is not None:
        taken = [f"{path}{end}" for end in BESIDE if Path(f"{path}{end}").exists()]
        if taken:
            raise BackupRefused(f"{taken[0]} is there: restore only into an empty place, nothing was changed")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _work_folder(path.parent if path else Path(tempfile.gettempdir())) as folder:
        copy = _unpack(file, folder)
        _stop_print_jobs(copy)
        if path is None:
            return _copy_into_postgres(copy, url)
        start.open_database(f"sqlite:///{copy}")
        heads = _proved(verify.verify())
        database.close()
        _put_in_place(copy, path)
        return heads


@contextmanager
def _work_folder(beside: Path) -> Iterator[Path]:
    """Give a private folder on the same disk, gone at the end, whatever happens."""
    with tempfile.TemporaryDirectory(prefix=".warehouse-", dir=beside) as name:
        yield Path(name)


def _put_in_place(made: Path, target: Path) -> None:
    """Give a finished file its name, for its owner only, once it is on the disk: the rename too."""
    made.chmod(0o600)
    _flush(made)
    made.rename(target)
    _flush(target.parent)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unpack(file: Path, folder: Path) -> Path:
    """Take the copy out of a backup, its checksum compared, and bring an older one to the present schema.

    Raises BackupRefused.
    """
    copy = folder / COPY
    try:
        with zipfile.ZipFile(file) as archive:
            note = json.loads(archive.read(NOTE))
            if note["format"] != FORMAT or note["schema"] > SCHEMA_VERSION:
                raise BackupRefused(f"{file} is of a newer program (schema {note['schema']}): install that one first")
            with archive.open(COPY) as packed, copy.open("wb") as plain:
                shutil.copyfileobj(packed, plain, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, EOFError, NotImplementedError) as error:
        raise BackupRefused(f"{file} is damaged or no backup ({error}); nothing was changed") from error
    if note["schema"] < SCHEMA_VERSION:
        start.make_database(f"sqlite:///{copy}")
        database.close()
    return copy


def _stop_print_jobs(copy: Path) -> None:
    """Leave each paper that the copy still wanted to print to a person: it may hang on the goods since (O4)."""
    with closing(sqlite3.connect(str(copy))) as made:
        made.execute(
            "UPDATE print_job SET state = 'uncertain', cause = 'restored' WHERE state IN ('queued', 'sending', 'held')"
        )
        made.commit()


def _proved(findings: Iterator[str]) -> Heads:
    """Give the chains' heads of books that verify. Raises BackupRefused with the first finding."""
    found = list(findings)
    if found:
        raise BackupRefused(f"the backup does not verify, nothing was changed: {found[0]} ({len(found)} findings)")
    return verify.heads()


def _copy_from_postgres(url: str, copy: Path) -> None:
    """Write one snapshot of all tables into a new SQLite warehouse."""
    database.close()
    connect(f"sqlite:///{copy}")
    tables.create_schema()
    database.close()
    connect(url)
    with closing(sqlite3.connect(str(copy), isolation_level=None)) as made:
        made.execute("PRAGMA journal_mode = OFF")
        made.execute("BEGIN")
        made.execute("DELETE FROM setting")
        rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            for table in _tables():
                columns = _columns(made, table)
                marks = ", ".join("?" * len(columns))
                found = stream(f"SELECT {', '.join(columns)} FROM {table}")
                made.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", found)
        finally:
            rows("ROLLBACK")
        made.execute("COMMIT")


def _copy_into_postgres(copy: Path, url: str) -> Heads:
    """Load a SQLite warehouse into an empty PostgreSQL database, all or nothing."""
    start.open_empty(url)
    with closing(sqlite3.connect(str(copy))) as made, database.atomic():
        if made.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise BackupRefused("the copy inside the backup is damaged; nothing was changed")
        tables.create_schema()
        rows("DELETE FROM setting")
        for table in _tables():
            columns = _columns(made, table)
            lines = made.execute(f"SELECT {', '.join(columns)} FROM {table}")
            with database.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as sink:
                for line in lines:
                    sink.write_row(line)
            if "id" in columns:
                rows(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))")
        return _proved(verify.findings())


def _tables() -> list[str]:
    """Give the names of all tables, each after those it points to, as they are listed."""
    models: list[Any] = [*tables.ALL, RequestKey]
    return [str(model._meta.table_name) for model in models]


def _columns(made: Any, table: str) -> list[str]:
    with suppress(sqlite3.Error):
        return [name for _, name, *_ in made.execute(f"PRAGMA table_info({table})")]
    raise BackupRefused(f"the copy inside the backup cannot be read at {table}; nothing was changed")
