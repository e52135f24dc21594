"""The station's scans on disk: kept before they are shown, sent in order, never thrown away.

One SQLite file a queue, written through to the disk with every scan, and a lock that ends with its process. A scan's
key and body are fixed when it is read: whatever happens later, the service sees the same bytes under the same key.
Source: R-U3; scanners, "Station".
"""

import fcntl
import itertools
import json
import os
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS scan (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, task TEXT NOT NULL,
    path TEXT NOT NULL, body BLOB NOT NULL, text TEXT NOT NULL, owner TEXT NOT NULL, read_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting', status INTEGER, answer TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS scan_state ON scan (state, sequence);
CREATE INDEX IF NOT EXISTS scan_text ON scan (text, task, read_at);
CREATE TABLE IF NOT EXISTS together (one TEXT, other TEXT, PRIMARY KEY (one, other)) STRICT;
CREATE TABLE IF NOT EXISTS picture (mark TEXT PRIMARY KEY, read_at TEXT NOT NULL) STRICT;
"""
_KEPT_FOR = timedelta(days=7)  # of what was answered; refusals stay until somebody drops them
_PICTURES_KEPT_FOR = timedelta(days=400)


class QueueBusy(Exception):
    """Another station has this queue, or it cannot be used; the message says which and what to do."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A scan on disk. `sequence` counts the device's scans without a gap; `body` is sent byte for byte.

    `state` is waiting, done, asked (the service wants a yes), refused, or dropped (a person has seen the refusal).
    """

    sequence: int
    key: str
    task: str
    path: str
    body: bytes
    text: str
    read_at: str
    state: str
    status: int | None
    answer: dict[str, Any] | None

    def members(self) -> dict[str, Any]:
        """Give what the body says."""
        return dict(json.loads(self.body))


_ADDED = ("done_at", "device", "sequence", "confirmed")
_COLUMNS = "sequence, key, task, path, body, text, read_at, state, status, answer"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A scan to keep: where it goes and what it says, without the members that the queue adds."""

    task: str
    path: str
    members: dict[str, Any]
    text: str
    seen_at: datetime


class Outbox:
    """The queue in a folder, held by one process. Used by one thread."""

    def __init__(self, folder: Path, *, device: str, owner: str) -> None:
        """Open or make the queue; `owner` tells whose token reads now, without telling the token. Raises QueueBusy."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _lock(folder / "lock")
            self._database = sqlite3.connect(folder / "queue.db", isolation_level=None)
            # No write-ahead log: one writer needs none, and the rollback journal loses nothing to a power cut.
            for setting in ("journal_mode = DELETE", "synchronous = EXTRA", "fullfsync = ON"):
                self._database.execute(f"PRAGMA {setting}")
            self._database.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as problem:
            raise QueueBusy(f"{folder}: the queue cannot be used: {problem}") from problem
        self.folder = folder
        self._owner = owner
        # Another queue under the same name begins its numbers anew; the service would take them for repeats.
        self.device = f"{device}.{self._fact('mark', secrets.token_hex(3))}"
        self._forget_old()

    def keep(
        self, drafts: Iterable[Draft], *, mark: str | None = None, together: Iterable[tuple[str, ...]] = ()
    ) -> list[Kept]:
        """Write scans, the mark of their picture and texts of one label to the disk together; give them as kept."""
        with self._writing():
            sequences = [self._insert(draft) for draft in drafts]
            if mark:
                self._database.execute("INSERT OR IGNORE INTO picture VALUES (?, ?)", (mark, _text(datetime.now(UTC))))
            pairs = [pair for texts in together for pair in itertools.permutations(texts, 2)]
            self._database.executemany("INSERT OR IGNORE INTO together VALUES (?, ?)", pairs)
        return [self.get(sequence) for sequence in sequences]

    def _insert(self, draft: Draft) -> int:
        last = self._database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'scan'").fetchone()
        sequence = int(last[0]) + 1 if last else 1
        seen_at = _text(draft.seen_at)
        members = {**draft.members, "done_at": seen_at, "device": self.device, "sequence": sequence}
        self._database.execute(
            "INSERT INTO scan (sequence, key, task, path, body, text, owner, read_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                sequence,
                time_ordered_key(),
                draft.task,
                draft.path,
                _bytes(members),
                draft.text,
                self._owner,
                seen_at,
            ),
        )
        return sequence

    def get(self, sequence: int) -> Kept:
        """Give a scan by its sequence number. Raises KeyError."""
        found = self._select("WHERE sequence = ?", sequence)
        if not found:
            raise KeyError(sequence)
        return found[0]

    def next_waiting(self) -> Kept | None:
        """Give the oldest scan that waits."""
        found = self._select("WHERE state = 'waiting' ORDER BY sequence LIMIT 1")
        return found[0] if found else None

    def waiting(self) -> int:
        """Count what waits to be sent."""
        return int(self._one("SELECT COUNT(*) FROM scan WHERE state = 'waiting'")[0])

    def count_open(self) -> int:
        """Count the scans that were refused or need a yes."""
        return int(self._one("SELECT COUNT(*) FROM scan WHERE state IN ('refused', 'asked')")[0])

    def open_refusals(self) -> list[Kept]:
        """Give the scans that were refused or need a yes, oldest first, until somebody deals with them."""
        return self._select("WHERE state IN ('refused', 'asked') ORDER BY sequence")

    def settle(self, sequence: int, *, state: str, status: int, answer: dict[str, Any]) -> Kept:
        """Write down what the service answered."""
        with self._writing():
            self._database.execute(
                "UPDATE scan SET state = ?, status = ?, answer = ? WHERE sequence = ?",
                (state, status, json.dumps(answer, ensure_ascii=False), sequence),
            )
        return self.get(sequence)

    def confirm(self, sequence: int) -> Kept:
        """Say yes to what the service asked: the same scan, confirmed, under a new key."""
        kept = self.get(sequence)
        body = _bytes({**kept.members(), "confirmed": True})
        with self._writing():
            self._database.execute(
                "UPDATE scan SET state = 'waiting', key = ?, body = ?, status = NULL, answer = NULL WHERE sequence = ?",
                (time_ordered_key(), body, sequence),
            )
        return self.get(sequence)

    def drop(self, sequence: int) -> None:
        """Take a refused scan off the list; it stays in the file for a week."""
        with self._writing():
            self._database.execute("UPDATE scan SET state = 'dropped' WHERE sequence = ?", (sequence,))

    def repeat(self, sequence: int) -> Kept:
        """Try a refused scan again: a scan of its own, done when the first was, under a new key and number.

        A time that lies ahead, from a clock that was set right since, becomes now: the service would refuse it again.
        """
        old = self.get(sequence)
        members = {name: value for name, value in old.members().items() if name not in _ADDED}
        seen_at = min(datetime.fromisoformat(old.read_at), datetime.now(UTC))
        draft = Draft(task=old.task, path=old.path, members=members, text=old.text, seen_at=seen_at)
        with self._writing():
            new = self._insert(draft)
            self._database.execute("UPDATE scan SET state = 'dropped' WHERE sequence = ?", (sequence,))
        return self.get(new)

    def was_scanned(self, text: str, task: str, *, since: datetime) -> bool:
        """Tell whether this text, or another of its label, was read for the same task since then, and not refused."""
        found = self._database.execute(
            "SELECT 1 FROM scan WHERE text IN (SELECT ? UNION SELECT other FROM together WHERE one = ?)"
            " AND task = ? AND read_at >= ? AND state IN ('waiting', 'asked', 'done') LIMIT 1",
            (text, text, task, _text(since)),
        )
        return found.fetchone() is not None

    def strangers(self) -> int:
        """Count the waiting scans that were read with another token."""
        found = self._one("SELECT COUNT(*) FROM scan WHERE state = 'waiting' AND owner <> ?", self._owner)
        return int(found[0])

    def is_known(self, mark: str) -> bool:
        """Tell whether a picture was read before. May be asked from any thread."""
        with closing(sqlite3.connect(self.folder / "queue.db")) as reader:
            return reader.execute("SELECT 1 FROM picture WHERE mark = ?", (mark,)).fetchone() is not None

    def close(self) -> None:
        """Close the file and give the queue free."""
        self._database.close()
        os.close(self._lock)

    def _select(self, rest: str, *values: Any) -> list[Kept]:
        names = _COLUMNS.split(", ")
        rows = self._database.execute(f"SELECT {_COLUMNS} FROM scan {rest}", values)
        return [_kept(dict(zip(names, row, strict=True))) for row in rows]

    def _one(self, sql: str, *values: Any) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._database.execute(sql, values).fetchone()
        return row

    def _fact(self, name: str, first: str) -> str:
        with self._writing():
            self._database.execute("INSERT OR IGNORE INTO fact VALUES (?, ?)", (name, first))
        return str(self._one("SELECT value FROM fact WHERE name = ?", name)[0])

    def _forget_old(self) -> None:
        old = _text(datetime.now(UTC) - _KEPT_FOR)
        with self._writing():
            self._database.execute("DELETE FROM scan WHERE state IN ('done', 'dropped') AND read_at < ?", (old,))
            old = _text(datetime.now(UTC) - _PICTURES_KEPT_FOR)
            self._database.execute("DELETE FROM picture WHERE read_at < ?", (old,))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction; on the disk when it is left."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


def time_ordered_key() -> str:
    """Make a key that sorts by the time it was made, with 80 random bits."""
    return f"{time.time_ns() // 1_000_000:012x}-{secrets.token_hex(10)}"


def _lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as busy:
        holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise QueueBusy(
            f"{path.parent}: another station (process {holder}) has this queue; end it, or name another with --queue"
        ) from busy
    os.truncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


def _kept(row: dict[str, Any]) -> Kept:
    return Kept(**{**row, "answer": json.loads(row["answer"]) if row["answer"] else None})


def _bytes(members: dict[str, Any]) -> bytes:
    return json.dumps(members, ensure_ascii=False).encode()


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
