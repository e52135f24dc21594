"""On SQLite one connection writes for every thread, each reads by its own, and all are set alike (R-X1, K1, P2)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from warehouse import catalogue
from warehouse.tables import base
from warehouse.tables.base import rows
from warehouse.transaction import Actor, transaction

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
KEEPER = Actor(name="keeper", roles=frozenset({"keeper"}))
SETTINGS = {
    "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000, "recursive_triggers": 1,
    "cache_size": -4000, "mmap_size": 0,
}  # fmt: skip


def an_act():
    """Open a transaction as a request does."""
    return transaction(actor=KEEPER, site=catalogue.site_facts("S1"), now=datetime.now(UTC))


def settings():
    """What this thread's connection of the moment is set to."""
    return {name: rows(f"PRAGMA {name}")[0][0] for name in SETTINGS}


def look(_):
    """Give what a thread reads by, what it writes by, and what it reads by afterwards."""
    own = base.database.connection()
    with an_act():
        writing, inside = base.database.connection(), settings()
    assert inside == settings() == SETTINGS
    found = own, writing, base.database.connection()
    base.database.close()
    return found


def test_given_four_threads_when_they_write_in_turns_then_by_one_connection_and_each_reads_by_its_own(store):
    """S1, S2: a connection of each thread's own forgets its pages whenever another has written"""
    with an_act():
        writing = base.database.connection()
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as two:
        found = [pool.submit(look, None).result() for pool in (one, two)]
    assert all(before is after is not writes for before, writes, after in found)
    assert all(writes is writing for _, writes, _ in found), "a thread that goes closes its own only"


def test_given_a_writing_connection_that_breaks_when_the_act_ends_then_the_next_act_gets_a_new_one(store):
    """P7: what cannot even roll back is thrown away, never lent again"""
    broken = []
    with pytest.raises(ZeroDivisionError):
        break_off(broken)
    with an_act():
        assert base.database.connection() is not broken[0]
        assert rows("SELECT COUNT(*) FROM site") == [(1,)]


def break_off(broken):
    """Begin an act, note what it writes by, close that under it and fail."""
    with an_act():
        broken.append(base.database.connection())
        broken[0].close()
        raise ZeroDivisionError


def test_given_a_closed_store_when_looked_at_then_no_log_is_left_beside_the_file(store, tmp_path):
    """P2: the last close writes the log back; a file copied then is whole"""
    with an_act():
        rows("UPDATE site SET name = 'Plant'")
    base.database.close()
    assert not [path for path in tmp_path.rglob("*-wal")]
