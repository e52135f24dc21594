"""/health/live and /health/ready (O6..O8, C3, C14)."""

import shutil
from collections import namedtuple

import pytest

from tests import postgres
from warehouse import transaction
from warehouse.tables.base import database, rows


def ready(store, who=None):
    headers = {"Authorization": f"Bearer token-{who}"} if who else {}
    return store.client.get("/health/ready", headers=headers)


def test_given_a_sound_store_when_a_stranger_asks_then_ok_only_and_an_administrator_sees_the_ground(store):
    """O6, O7, O8"""
    assert store.client.get("/health/live").data == b"ok\n"
    for who in (None, "keeper"):
        assert (ready(store, who).status_code, ready(store, who).data) == (200, b"ok\n")
    ground = ready(store, "admin").json
    assert ground["engine"] in ("sqlite", "postgresql")
    assert ground["acts"]["S1"] >= 1
    assert str(ground.get("synchronous", ground.get("synchronous_commit"))) in ("2", "on")


def test_given_a_failed_flush_when_asked_then_not_ready_and_nothing_is_written_until_a_restart(store, monkeypatch):
    """C3: never retried, because the kernel may have dropped the page."""
    monkeypatch.setattr(transaction, "_broken", ["SQLITE_IOERR_FSYNC"])
    answer = ready(store)
    assert (answer.status_code, answer.json["reason"], answer.headers["Retry-After"]) == (503, "storage-error", "1")
    assert store.client.get("/health/live").status_code == 200
    posted = store.post("/deliveries", {"customer": "K", "reference": "1", "lines": []}, who="clerk")
    assert (posted.status_code, posted.json["reason"]) == (503, "storage-error")
    assert store.get("/batches/EL-100/A").status_code == 200


def test_given_a_newer_schema_or_none_when_asked_then_not_ready(store):
    """O6: while it is being migrated."""
    rows("UPDATE setting SET value = '999' WHERE name = 'schema_version'")
    assert ready(store).status_code == 503
    assert store.client.get("/health/live").status_code == 200


def test_given_little_room_on_the_disk_when_asked_then_not_ready(store, engine, monkeypatch):
    """O6: told before it is full; PostgreSQL's disk is another machine's business."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1 << 30, (1 << 30) - 4096, 4096))
    assert ready(store).status_code == (503 if engine == "sqlite" else 200)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_given_postgresql_goes_away_when_it_is_back_then_so_is_the_service_without_a_restart(store):
    """C14: 503 with the reason meanwhile, live yes, ready no, and the same key is done once."""
    name, server = store.url.rpartition("/")[2], postgres.server()
    order = {"customer": "K", "reference": "SO-9", "lines": [{"item_no": "EL-100", "quantity": "5"}]}
    server.run("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
    with server.connect() as session:
        session.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    for _ in range(2):
        assert store.client.get("/health/live").status_code == 200
        assert (ready(store).status_code, ready(store).json["reason"]) == (503, "database-down")
        lost = store.post("/deliveries", order, who="clerk", key="key-while-down")
        assert (lost.status_code, lost.json["reason"], lost.mimetype) == (
            503, "database-down", "application/problem+json",
        )  # fmt: skip
    server.run("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)
    first = store.done("/deliveries", order, who="clerk", key="key-while-down")
    assert store.done("/deliveries", order, who="clerk", key="key-while-down") == first
    assert ready(store).status_code == 200


def test_given_an_idle_connection_that_died_when_the_next_request_comes_then_it_gets_a_new_one(store, engine):
    """C14: what happens at a restart of PostgreSQL to each connection that was open."""
    if engine == "postgresql":
        database.connection().close()
    store.order("5")
