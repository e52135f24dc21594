"""Fixtures for all tests: each engine, and a fresh database with the schema in it on either.

The databases lie in memory where there is room: a test makes one or two and throws them away, and would wait for the
disk longer than it takes. Every flush is still asked for. `TMPDIR` names another place.
"""

import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import postgres

ENGINES = ("sqlite", "postgresql")
MEMORY = "/dev/shm"
ROOM = 2 * 1024**3  # bytes, several times what a run needs at once


def has_room(place: str) -> bool:
    """Say whether a place is there that the tests may write in and run programs from, with room for their databases."""
    if not os.access(place, os.W_OK):
        return False
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC


if "TMPDIR" not in os.environ and has_room(MEMORY):
    os.environ["TMPDIR"] = MEMORY  # for the processes that the tests start, too
    tempfile.tempdir = MEMORY


def prepare_schema(url: str) -> None:
    """Make the warehouse's schema in the empty database at `url` and close every connection again."""
    # Here and not above, so that the tests of rules do not load the tables.
    from warehouse import tables
    from warehouse.tables import base

    base.connect(url)
    tables.create_schema()
    base.database.close()


@pytest.fixture
def prepare_database() -> Callable[[str], None]:
    """What fills the template that every test's database is a copy of; a folder of tests may have its own."""
    return prepare_schema


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    """The run's PostgreSQL, started when the first test asks. Fails, never skips, when there is none to be had."""
    yield postgres.server()
    postgres.stop_server()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn: "sqlite", "postgresql"."""
    return str(request.param)


@pytest.fixture
def database_url(
    engine: str, prepare_database: Callable[[str], None], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The URL of a database of this test alone, prepared and otherwise empty; the test runs once on each engine."""
    if engine == "sqlite":
        template = request.getfixturevalue("sqlite_template")(prepare_database)
        yield f"sqlite:///{shutil.copy(template, tmp_path / 'warehouse.db')}"
        return
    server: postgres.PostgresServer = request.getfixturevalue("postgres_server")
    name = server.new_database("test", postgres.make_template(prepare_database))
    yield server.url(name)
    # Hundreds of copies would fill the disk of a small machine.
    server.drop_database(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[str], None]], Path]:
    """Give the SQLite file that a function prepared, for tests to copy; made once per function and run."""

    @functools.cache
    def template_of(prepare: Callable[[str], None]) -> Path:
        path = tmp_path_factory.mktemp("template") / "warehouse.db"
        prepare(f"sqlite:///{path}")
        log = path.with_name(path.name + "-wal")
        assert not log.exists(), "the template was left open: what is still in its log would be missing in every copy"
        return path

    return template_of


@pytest.fixture
def open_tables(database_url: str) -> Iterator[str]:
    """The tables bound to this test's database, on each engine; gives the URL and closes the connection at the end."""
    from warehouse.tables import base

    base.connect(database_url)
    yield database_url
    base.database.close()
