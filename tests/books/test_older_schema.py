"""A database of an older schema, brought on by `init`, is shaped as a fresh one: columns, constraints, triggers, indexes.

`schema_1_*.sql` are the statements by which the first release made its tables, on each engine.
"""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import factories
from warehouse import tables
from warehouse.tables import base
from warehouse.tables.base import is_postgres, rows

HERE = Path(__file__).parent
ADDED = {(table, column) for table, column, _ in tables.ADDED_COLUMNS}
OF_POSTGRES = (
    "SELECT table_name, column_name, data_type, is_nullable, column_default, character_maximum_length"
    " FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "SELECT relname, reloptions::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
    "SELECT sequencename, data_type::text, cache_size FROM pg_sequences WHERE schemaname = 'public'",
)


def make_nothing(url):
    """Leave a database empty; a SQLite file has to be there to be copied."""
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).touch()


@pytest.fixture
def prepare_database():
    """A test of schemas begins with nothing."""
    return make_nothing


@pytest.fixture
def of_the_first_release(open_tables):
    """A database as the first release made it, with one site and item of that time."""
    engine = "postgresql" if is_postgres() else "sqlite"
    for statement in (HERE / f"schema_1_{engine}.sql").read_text(encoding="utf-8").split(";\n\n"):
        rows(statement.rstrip().removesuffix(";"))
    rows("INSERT INTO setting (name, value) VALUES ('schema_version', '1')")
    rows("INSERT INTO site (code, name, time_zone, languages, segregated) VALUES ('S1', 'P', 'Asia/Shanghai', '', 0)")
    rows("INSERT INTO chain_head (site_id, count, hash) SELECT id, 0, '' FROM site")
    rows(
        "INSERT INTO item (item_no, name, unit, decimals, policy, fifo_mode, fifo_scope, over_receipt_percent)"
        " VALUES ('OLD', 'Motor', 'pcs', 0, 'fifo', 'force', 'site', '0')"
    )
    return open_tables


def shape():
    """Give all that an engine says of its schema, as a set of texts."""
    if is_postgres():
        return {str(each) for question in OF_POSTGRES for each in rows(question)}
    found = {str(each) for each in rows("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type <> 'table'")}
    for name, statement in rows("SELECT name, sql FROM sqlite_schema WHERE type = 'table'"):
        found |= {f"{name} {check}" for check in re.findall(r"CHECK \((?:[^()]|\([^()]*\))*\)", statement)}
        found |= {f"{name} {word}" for word in ("WITHOUT ROWID", "UNIQUE") if word in statement}
        found |= {f"{name} -> {each[2:]}" for each in rows(f"PRAGMA foreign_key_list({name})")}
        for _, column, kind, is_needed, default, key in rows(f"PRAGMA table_info({name})"):
            # What decides is the affinity; and SQLite cannot take a default off a column again.
            affinity = "INTEGER" if "INT" in kind else kind.partition("(")[0]
            kept = None if (name, column) in ADDED else default
            found.add(f"{name}.{column} {affinity} {is_needed} {kept} {key}")
    return found


def test_given_a_database_of_the_first_release_when_brought_on_then_it_is_shaped_as_a_fresh_one(
    of_the_first_release, engine, tmp_path, postgres_server
):
    """O1: `warehouse init` brings an older database to the present schema: guards and indexes as well as tables"""
    tables.create_schema()
    brought_on = shape()
    base.database.close()
    if engine == "sqlite":
        fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    else:
        fresh = postgres_server.url(postgres_server.new_database("fresh"))
    base.connect(fresh)
    tables.create_schema()
    wanted = shape()
    assert len(wanted) > 400
    assert (wanted - brought_on, brought_on - wanted) == (set(), set())


def test_given_a_database_of_the_first_release_when_brought_on_then_it_takes_goods_and_a_count(of_the_first_release):
    """O1: what was there before is used with what came after"""
    tables.create_schema()
    for name, roles in factories.PEOPLE.items():
        tables.Person.create(name=name, roles=" ".join(roles), password_hash="", site=None)
        factories.add_fixed_token(name)
    store = factories.Store(of_the_first_release)
    store.done("/locations", who="manager", code="B-01", zone="blue")
    store.done(
        "/opening-balances", who="manager", reference="first",
        lines=[{"item_no": "OLD", "batch_no": "A", "location": "B-01", "quantity": "5",
                "first_received_on": "2026-05-01"}],
    )  # fmt: skip
    count_no = store.done("/counts", who="manager", month="2026-06")["count_no"]
    store.done(f"/counts/{count_no}/scans", item_no="OLD", batch_no="A", location="B-01", quantity="5")
    assert store.done(f"/counts/{count_no}/submit")["state"] == "approved"


CUT = """
import os, signal, sys
from warehouse import tables
from warehouse.tables import base
base.connect(sys.argv[1])
left, do = int(sys.argv[2]), base.rows
def rows(*arguments):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return do(*arguments)
tables.rows = rows
tables.create_schema()
"""


@pytest.mark.parametrize("after", [0, 4, 9, 17, 19, 24, 40, 10_000])
def test_given_a_migration_when_killed_in_its_middle_then_the_version_says_which_and_the_next_init_finishes_it(
    of_the_first_release, after
):
    """C9: after some of its statements, none of them, and all; what was there is there"""
    base.database.close()
    ended = subprocess.run([sys.executable, "-c", CUT, of_the_first_release, str(after)], check=False, timeout=60)
    assert ended.returncode == (0 if after == 10_000 else -signal.SIGKILL)
    base.connect(of_the_first_release)
    whole = after == 10_000
    assert rows("SELECT value FROM setting") == [(str(tables.SCHEMA_VERSION) if whole else "1",)]
    if whole:
        tables.check_version()
    else:
        with pytest.raises(tables.DatabaseRefused, match="run `warehouse init` first"):
            tables.check_version()
    tables.create_schema()
    tables.check_version()
    once = shape()
    tables.create_schema()
    assert shape() == once
    assert rows("SELECT item_no FROM item") == [("OLD",)]
    assert all(f"{table}.{column} " in " ".join(once) or is_postgres() for table, column in ADDED)
