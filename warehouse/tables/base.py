"""The field types and the one gateway for fixed SQL, the same on both engines.

Times and dates are kept as ISO text on both engines: the same bytes sort right, are hashed by the audit chain, and read
the same everywhere. Quantities are whole millionths, because SQLite has no decimals.
"""

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlsplit

import msgspec
from peewee import AutoField, DatabaseProxy, Field, Model, PostgresqlDatabase

from warehouse.rules.quantity import MOST_DECIMALS
from warehouse.tables.engines import DatabaseRefused, PostgresConnection, open_postgres, open_sqlite, sqlite3

MILLION = 1_000_000
_LAST_DIGIT = [10 ** (6 - decimals) for decimals in range(MOST_DECIMALS + 1)]  # in millionths
NO_EXPIRY = "9999-12-31"  # sorts last on both engines, where NULL does not

REPORT_SECONDS = 60.0  # for one statement of a report
STREAMED_ROWS = 2000  # fetched at a time from PostgreSQL

database = DatabaseProxy()
_numbers = itertools.count(1)

if TYPE_CHECKING:
    _Decimal = Field[Decimal]
    _Datetime = Field[datetime]
    _Date = Field[date]
    _Json = Field[Any]
else:
    _Decimal = _Datetime = _Date = _Json = Field


class QuantityField(_Decimal):
    """A quantity in the item's unit, stored as whole millionths."""

    field_type = "BIGINT"

    def db_value(self, value: Decimal | int | None) -> int | None:
        return None if value is None else millionths(value)

    def python_value(self, value: int | None) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-6).normalize() + 0


class UtcField(_Datetime):
    """A moment in UTC, stored as ISO text with microseconds."""

    field_type = "VARCHAR"

    def db_value(self, value: datetime | None) -> str | None:
        return None if value is None else utc_text(value)

    def python_value(self, value: str | None) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


class DayField(_Date):
    """A calendar day in site time, stored as ISO text."""

    field_type = "VARCHAR"

    def db_value(self, value: date | str | None) -> str | None:
        return None if value is None else str(value)

    def python_value(self, value: str | None) -> date | None:
        return None if value is None else date.fromisoformat(value)


class JsonField(_Json):
    """Facts that are only kept and shown, never searched."""

    field_type = "TEXT"

    def db_value(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)

    def python_value(self, value: str | None) -> Any:
        return None if value is None else json.loads(value)


class Table(Model):
    """Base of all tables."""

    class Meta:
        database = database
        legacy_table_names = False

    @classmethod
    def create(cls, **members: Any) -> Self:
        """Insert one row and give its record; the statement is written once, not anew for each row as peewee does.

        Raises the driver's own errors.
        """
        record = cls(**members)
        stored = [field for field in cls._meta.sorted_fields if field.name in record.__data__]
        sql = _insertion(cls._meta.table_name, tuple(field.column_name for field in stored))
        values = [field.db_value(record.__data__[field.name]) for field in stored]
        key = cls._meta.primary_key
        if isinstance(key, AutoField):
            setattr(record, key.name, appended(sql, *values))
        else:
            rows(sql, *values)
        return record


@cache
def _insertion(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


_CONVERTED = (QuantityField, UtcField, DayField, JsonField)
Record = TypeVar("Record", bound=Table)


def millionths(quantity: Decimal | int) -> int:
    """Give a quantity as the whole millionths that tables and fixed SQL use."""
    return int(quantity * MILLION)


def quantity(stored: int | Decimal, decimals: int) -> Decimal:
    """Read stored millionths with the item's decimals; they hold nothing finer."""
    last_digits = int(stored) // _LAST_DIGIT[decimals]
    return Decimal(last_digits).scaleb(-decimals) if decimals else Decimal(last_digits)


def utc_text(moment: datetime) -> str:
    """Write a moment as it stands in tables: UTC, microseconds, offset +00:00."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def as_day(text: str | None) -> date | None:
    """Read a stored day; the far future that stands for "no expiry" is None."""
    return None if text is None or text == NO_EXPIRY else date.fromisoformat(text)


def is_postgres() -> bool:
    """Tell which engine is in use."""
    return isinstance(database.obj, PostgresqlDatabase)


@lru_cache(maxsize=512)
def _for_postgres(sql: str) -> str:
    return sql.replace("%", "%%").replace("?", "%s")


def rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run one fixed statement with `?` for values and give all its rows, [] when it has none.

    The only gateway for SQL text. Raises the driver's own errors; `transaction.py` knows both families.
    """
    connection: Any = database.obj.connection()  # not through the proxy, which costs as much as a short statement
    if isinstance(connection, sqlite3.Connection):
        return connection.execute(sql, values).fetchall()  # type: ignore[no-any-return]
    cursor = connection.kept.execute(_for_postgres(sql), values)
    # Not `cursor.description`, which describes each of 24 columns in Python at every call.
    return cursor.fetchall() if cursor.pgresult.nfields else []


def changed(sql: str, *values: Any) -> int:
    """Run one fixed change and give how many rows it changed; for a RETURNING the engine would fill a table first."""
    connection: Any = database.obj.connection()
    if isinstance(connection, sqlite3.Connection):
        return int(connection.execute(sql, values).rowcount)
    return int(connection.kept.execute(_for_postgres(sql), values).rowcount)


def appended(sql: str, *values: Any) -> int:
    """Insert one row by a fixed statement and give its `id`."""
    connection: Any = database.obj.connection()
    if isinstance(connection, sqlite3.Connection):
        return int(connection.execute(sql, values).lastrowid)
    return int(connection.kept.execute(f"{_for_postgres(sql)} RETURNING id", values).fetchone()[0])


def commit() -> None:
    """Commit what this thread began; on PostgreSQL by the driver's own short way, half the cost of a statement."""
    connection: Any = database.obj.connection()
    if isinstance(connection, sqlite3.Connection):
        connection.execute("COMMIT")
    else:
        connection.commit()


def stream(sql: str, *values: Any) -> Iterator[tuple[Any, ...]]:
    """Run one fixed question and give its rows one by one, never all in memory; inside an open transaction only.

    Several may be read in turns on one connection. Raises the driver's own errors.
    """
    connection = database.connection()
    if not is_postgres():
        yield from connection.execute(sql, values)
        return
    with connection.cursor(name=f"stream_{next(_numbers)}") as cursor:
        cursor.itersize = STREAMED_ROWS
        cursor.execute(_for_postgres(sql), values)
        yield from cursor


def connect(url: str, *, patience: float | None = None) -> None:
    """Bind the tables to `url`, `sqlite:///PATH` or `postgresql://…`; opens nothing yet, closes what was bound before.

    `patience` is how many seconds a statement on PostgreSQL is waited for; None, for commands, waits for its end.
    Raises DatabaseRefused for another scheme or a SQLite with the WAL-reset fault.
    """
    scheme = urlsplit(url).scheme
    if database.obj is not None:
        database.close()
    if scheme == "sqlite":
        database.initialize(open_sqlite(Path(url.removeprefix("sqlite:///"))))
    elif scheme in ("postgresql", "postgres"):
        database.initialize(open_postgres(url, patience))
    else:
        raise DatabaseRefused(f"WAREHOUSE_DATABASE must begin with sqlite:/// or postgresql://, not {scheme!r}")


@contextmanager
def report_patience() -> Iterator[None]:
    """Wait for the statements of this block as long as a report may take; nothing to do on SQLite."""
    connection = database.connection()
    if not isinstance(connection, PostgresConnection) or connection.patience is None:
        yield
        return
    before, connection.patience = connection.patience, REPORT_SECONDS
    try:
        yield
    finally:
        connection.patience = before


@contextmanager
def less_patience(waited: float) -> Iterator[None]:
    """Wait in this block for a SQLite file that another program has locked so many seconds less than is set."""
    ((patience,),) = rows("PRAGMA busy_timeout")
    connection = database.connection()
    connection.execute(f"PRAGMA busy_timeout = {max(round(patience - waited * 1000), 0)}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience}")


def drop_broken_connection() -> None:
    """Throw away this thread's connection when it broke; the next statement opens a new one (C14)."""
    if is_postgres() and not database.is_closed() and database.connection().closed:
        database.close()


def row_reader(model: type[Record], alias: str) -> tuple[str, Callable[[tuple[Any, ...]], Record]]:
    """Give the columns of a table for fixed SQL and what makes a record of a row that begins with them.

    A tenth of the cost of a query built by the model, for look-ups on the hot path.
    """
    stored = model._meta.sorted_fields
    columns = ", ".join(f"{alias}.{field.column_name}" for field in stored)
    names = [field.name for field in stored]
    converted = [(i, names[i], field) for i, field in enumerate(stored) if isinstance(field, _CONVERTED)]

    def read(row: tuple[Any, ...]) -> Record:
        record = model()
        data = dict(zip(names, row, strict=False))
        for index, name, field in converted:
            data[name] = field.python_value(row[index])
        record.__data__.update(data)
        return record

    return columns, read


def as_table(name: str, **columns: str) -> str:
    """Write a FROM item over records, given as the JSON text of `as_json` for its one `?`; `n` is a record's place.

    So that many rows are written by one statement, the same on both engines. `columns` are the records' members in
    order, each with its type on PostgreSQL.
    """
    if is_postgres():
        chosen = ", ".join(f"(each.record ->> {at})::{kind} AS {column}" for at, (column, kind) in _numbered(columns))
        return f"(SELECT each.n, {chosen} FROM jsonb_array_elements(?::jsonb) WITH ORDINALITY each(record, n)) {name}"
    chosen = ", ".join(f"value ->> {at} AS {column}" for at, (column, _) in _numbered(columns))
    return f"(SELECT key AS n, {chosen} FROM json_each(?)) {name}"


def as_json(records: Sequence[Sequence[Any]]) -> str:
    """Write records, their members in the order of the columns, for `as_table`."""
    return msgspec.json.encode(records).decode()


def append_rows(table: str, columns: dict[str, str], records: Sequence[Sequence[Any]]) -> list[int]:
    """Append records to a table in one statement and give their ids, in the records' order."""
    names = ", ".join(columns)
    found = rows(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {as_table('t', **columns)} ORDER BY n RETURNING id",
        as_json(records),
    )
    return sorted(int(made) for (made,) in found)  # drawn in order; RETURNING promises none


def _numbered(columns: dict[str, str]) -> Iterable[tuple[int, tuple[str, str]]]:
    return enumerate(columns.items())


def on_engine(*, sqlite: str, postgres: str) -> str:
    """Choose between two spellings of one statement."""
    return postgres if is_postgres() else sqlite
