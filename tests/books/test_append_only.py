"""Books are appended: nobody updates or deletes a line, and no route tries (R-U1, R-U2, R-U5)."""

import pytest
from peewee import PeeweeException

from tests.factories import TODAY
from warehouse.tables import base
from warehouse.tables.base import rows
from warehouse.tables.books import CardEntry
from warehouse.tables.engines import sqlite3
from warehouse.transaction import unavailable

BOOKS = ("card_entry", "ledger_entry", "audit", "request_key")


@pytest.fixture
def kept(store):
    """Fixture F with a key in its book."""
    order = store.order("30")
    store.done(f"/deliveries/{order}/scans", code="A", quantity="30")
    return store


def refused(statement, *values):
    """Run a statement that the database itself must refuse; gives what it said."""
    with pytest.raises((sqlite3.Error, PeeweeException, *postgres_errors())) as said:
        rows(statement, *values)
    assert unavailable(said.value) is None, "a guard that fires is our bug, not a fault of the store"
    return str(said.value)


def postgres_errors():
    import psycopg

    return (psycopg.Error,)


@pytest.mark.parametrize("table", BOOKS)
def test_given_a_posted_line_when_updated_or_deleted_then_the_database_refuses(kept, table):
    """R-U1: by trigger, on both engines, also for who holds the connection."""
    column = "answer" if table == "request_key" else "act"
    before = rows(f"SELECT * FROM {table}")
    assert "append-only" in refused(f"UPDATE {table} SET {column} = 'x'")
    assert "append-only" in refused(f"DELETE FROM {table}")
    if base.is_postgres():
        assert "append-only" in refused(f"TRUNCATE {table} CASCADE")
    else:
        assert "append-only" in refused(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} LIMIT 1")
    assert rows(f"SELECT * FROM {table}") == before


def test_given_a_posted_line_when_changed_through_the_models_then_the_database_refuses(kept):
    """R-U1: nor through the ORM."""
    entry = CardEntry.select().order_by(CardEntry.id).get()
    entry.quantity_in += 1
    for act in (entry.save, entry.delete_instance, CardEntry.delete().execute):
        with pytest.raises(PeeweeException, match="append-only"):
            act()


@pytest.mark.parametrize("value", ["'abc'", "1.5"])
def test_given_a_quantity_that_is_none_when_stored_then_the_database_refuses(kept, value):
    """Whole millionths or nothing, on SQLite too, which would store anything."""
    if base.is_postgres() and value == "1.5":
        rows(f"UPDATE stock SET quantity = {value}")  # the column's type makes it whole
        assert {type(quantity) for (quantity,) in rows("SELECT quantity FROM stock")} == {int}
        return
    refused(f"UPDATE stock SET quantity = {value}")


def test_given_stock_when_it_would_go_below_zero_or_below_its_promise_then_the_database_refuses(kept):
    """R-X1: the guard's guard."""
    refused("UPDATE stock SET quantity = -1, reserved = 0")
    refused("UPDATE stock SET reserved = quantity + 1")


def test_given_the_service_when_its_routes_are_listed_then_none_changes_a_line_that_stands(kept):
    """R-U1: card and account are only read; what corrects them is a movement of its own."""
    rules = list(kept.app.url_map.iter_rules())
    for rule in rules:
        assert "DELETE" not in rule.methods, rule
        assert "PATCH" not in rule.methods or rule.rule == "/api/v1/sites/<code>", rule
        if rule.rule.endswith(("/card", "/account")) and rule.rule.startswith("/api/"):
            assert rule.methods == {"GET", "HEAD"}, rule
    assert any(rule.rule.endswith("/card") for rule in rules)


def test_given_a_pick_when_it_is_undone_then_the_reversal_names_its_voucher_and_a_second_is_refused(kept):
    """R-U1, R-R7, R-F25: a correction is the opposite entry; the line it corrects stands."""
    ((pick, delivery_no),) = rows(
        "SELECT p.id, d.document_no FROM pick p JOIN document_line l ON l.id = p.line_id"
        " JOIN document d ON d.id = l.document_id"
    )
    path = f"/deliveries/{delivery_no}/picks/{pick}/undo"
    kept.done(path)
    taken, back = kept.get("/batches/EL-100/A/card").json["items"][-2:]
    assert (taken["voucher_no"], taken["quantity_out"], back["voucher_no"], back["quantity_in"], back["kind"]) == (
        delivery_no, "30", delivery_no, "30", "pick-undone",
    )  # fmt: skip
    assert kept.refused(path)["code"] == "document-state"
    assert kept.stock("A") == [("B-01", "qualified", "30")]


def test_given_a_person_when_she_is_renamed_or_leaves_then_old_lines_show_the_name_as_it_was(kept):
    """R-U5"""
    rows("UPDATE person SET name = 'keeper-liu' WHERE name = 'keeper'")
    rows("UPDATE person SET disabled_at = ? WHERE name = 'keeper-liu'", base.utc_text(TODAY))
    assert kept.get("/batches/EL-100/A/card", who="keeper").status_code == 401
    entry = kept.get("/batches/EL-100/A/card", who="clerk").json["items"][-1]
    assert entry["written_by"] == "keeper"
    assert rows('SELECT content FROM audit WHERE content LIKE \'%"by":"keeper"%\'')


def test_given_a_scan_when_its_audit_row_is_read_then_it_says_who_when_where_what_and_why(kept):
    """R-U2: and a refused attempt is on record as well."""
    order = kept.order("10")
    kept.post(f"/deliveries/{order}/scans", {"code": "C", "quantity": "10", "device": "H-7"}, key="key-of-attempt")
    (content,) = (text for (text,) in rows("SELECT content FROM audit WHERE outcome = 'refused'"))
    for said in ('"by":"keeper"', '"at":"2026-06-01T02:00:00', '"device":"H-7"', '"refusal":"not-oldest"',
                 f'"path":"POST /api/v1/deliveries/{order}/scans"', '"key":"key-of-attempt"', '"code":"C"'):  # fmt: skip
        assert said in content
