"""The ground the other tests stand on: two engines, a private PostgreSQL that is durable, a database for each test."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests import postgres
from tests.postgres import PostgresServer, PostgresUnavailable


def prepare_notes(url: str) -> None:
    """Make one table, instead of the warehouse's schema."""
    run(url, "CREATE TABLE note (text VARCHAR(20))")
    run(url, "INSERT INTO note VALUES ('prepared')")


def run(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run one statement in a connection of its own and give its rows."""
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as store, store:
            return store.execute(statement).fetchall()
    with psycopg.connect(url) as session:
        cursor = session.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def prepare_database() -> Callable[[str], None]:
    """Fill the databases of this module with a note instead of the schema."""
    return prepare_notes


def setting(server: PostgresServer, name: str) -> str:
    """Read one setting of the server as it is in force."""
    with server.connect() as session:
        found = session.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert found is not None
    return str(found[0])


def test_given_both_engines_when_a_test_asks_for_a_database_then_it_runs_on_the_engine_it_names(
    engine: str, database_url: str
) -> None:
    """Issue of the ground: the whole suite runs on both engines."""
    assert urlsplit(database_url).scheme == engine
    question = "SELECT sqlite_version()" if engine == "sqlite" else "SHOW server_version"
    assert int(str(run(database_url, question)[0][0]).split(".")[0]) >= (3 if engine == "sqlite" else 15)


@pytest.mark.parametrize("turn", ["first", "second"])
def test_given_a_prepared_template_when_two_tests_write_then_each_sees_only_its_own(
    database_url: str, turn: str
) -> None:
    """A database of each test alone: neither turn finds what the other wrote."""
    assert run(database_url, "SELECT text FROM note") == [("prepared",)]
    run(database_url, f"INSERT INTO note VALUES ('{turn}')")
    assert run(database_url, "SELECT count(*) FROM note") == [(2,)]


def test_given_two_databases_when_one_is_written_then_the_other_stays(postgres_server: PostgresServer) -> None:
    """Two databases of one server are isolated, and the template is prepared once."""
    template = postgres.make_template(prepare_notes)
    one, other = (postgres.new_postgres_database("pair", template) for _ in range(2))
    run(one, "DELETE FROM note")
    assert run(one, "SELECT * FROM note") == []
    assert run(other, "SELECT * FROM note") == [("prepared",)]
    assert postgres.make_template(prepare_notes) == template
    for url in (one, other):
        postgres_server.drop_database(urlsplit(url).path[1:])


def test_given_no_template_when_a_database_is_made_then_it_is_empty(postgres_server: PostgresServer) -> None:
    """A migration test begins with nothing."""
    url = postgres.new_postgres_database("empty")
    assert run(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    postgres_server.drop_database(urlsplit(url).path[1:])


@pytest.mark.parametrize("name", ["fsync", "full_page_writes", "synchronous_commit"])
def test_given_the_server_when_asked_how_it_keeps_then_nothing_was_traded_for_speed(
    postgres_server: PostgresServer, name: str
) -> None:
    """What passes here is as durable as at the customer's."""
    assert setting(postgres_server, name) == "on"


@pytest.mark.skipif(postgres.SETTING in os.environ, reason="a server of the person's own was named")
def test_given_no_server_named_when_the_tests_start_one_then_it_is_private(postgres_server: PostgresServer) -> None:
    """Ours: in a temporary folder, on loopback only, without a Unix socket, closed to others, and never root."""
    folder = postgres_server.folder
    assert folder is not None
    assert setting(postgres_server, "data_directory") == str(folder / "data")
    assert setting(postgres_server, "listen_addresses") == "127.0.0.1"
    assert setting(postgres_server, "unix_socket_directories") == ""
    assert (folder / "data").stat().st_uid != 0
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(**{**postgres_server.connection, "password": "guessed"})


@pytest.mark.skipif(postgres.SETTING in os.environ, reason="a server of the person's own was named")
def test_given_a_private_server_when_its_run_ends_then_process_and_folder_are_gone() -> None:
    """Nothing is left behind on the machine."""
    with postgres.private_server() as server:
        folder = server.folder
        assert folder is not None
        pid = int((folder / "data" / "postmaster.pid").read_text(encoding="ascii").split()[0])
        os.kill(pid, 0)
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_given_a_named_server_when_the_run_ends_then_what_it_made_is_gone(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of the person's own is left as it was."""
    monkeypatch.setenv(postgres.SETTING, postgres_server.url("postgres"))
    with postgres.open_server() as server:
        name = server.template_of(prepare_notes)
        url = server.url(server.new_database("copy", name))
        assert run(url, "SELECT * FROM note") == [("prepared",)]
    assert run(postgres_server.url("postgres"), f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == []
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        run(url, "SELECT 1")


def test_given_a_named_server_that_does_not_answer_when_opened_then_the_reason_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No PostgreSQL is a failure with its reason, never a silent skip."""
    monkeypatch.setenv(postgres.SETTING, "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(PostgresUnavailable, match="does not answer"), postgres.open_server():
        pass


@pytest.mark.parametrize(
    ("connection", "url"),
    [
        ({"host": "db", "port": "5433", "user": "a b", "password": "p@/"}, "postgresql://a%20b:p%40%2F@db:5433/x"),
        ({"host": "::1", "user": "u"}, "postgresql://u@[::1]/x"),
        ({"host": "/run/pg", "port": "5433"}, "postgresql:///x?host=%2Frun%2Fpg&port=5433"),
        ({"host": "db", "sslmode": "require"}, "postgresql://db/x?sslmode=require"),
        ({"dbname": "given"}, "postgresql:///x"),
    ],
)
def test_given_any_way_to_name_a_server_when_a_url_is_made_then_it_leads_there(
    connection: dict[str, str], url: str
) -> None:
    """The service takes URLs; WAREHOUSE_TEST_POSTGRES may be any connection string."""
    assert PostgresServer(connection).url("x") == url
    assert {key: str(value) for key, value in psycopg.conninfo.conninfo_to_dict(url).items()} == {
        **connection,
        "dbname": "x",
    }
