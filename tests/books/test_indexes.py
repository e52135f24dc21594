"""What the books are read by: the indexes a scan pays for serve what reads them, and those nothing reads are gone."""

import pytest

from warehouse import tables
from warehouse.books import picks
from warehouse.tables.base import database, is_postgres, rows
from warehouse.tables.books import Batch

OF_THE_FIRST_SCHEMA = {
    "audit_site_id_sequence": "audit (site_id, sequence)",
    "card_entry_voucher_no": "card_entry (voucher_no)",
    "pick_batch_id": "pick (batch_id)",
}

# What grows with every scan; in a plan a table stands by its name or by its letter in the statement.
BOOKS = ("card_entry", "ledger_entry", "stock", "count_line", "count_entry", "audit", "batch", "i", "o", "s", "l", "e")


@pytest.fixture
def traded(store):
    """Fixture F with one delivery gone and one staged."""
    gone = store.order("30")
    store.done(f"/deliveries/{gone}/scans", code="A", quantity="30")
    store.done(f"/deliveries/{gone}/package-checks", who="clerk", packages=[{"code": "P1", "outer_ok": True}])
    store.done(f"/deliveries/{gone}/dispatch", who="clerk")
    store.done(f"/deliveries/{store.order('10')}/scans", code="B", quantity="4")
    return store


def indexes():
    """Give the names of all indexes."""
    table = "SELECT indexname FROM pg_indexes" if is_postgres() else "SELECT name FROM sqlite_schema"
    return {name for (name,) in rows(table)}


def test_given_a_database_of_the_first_schema_when_it_is_brought_on_then_its_costly_indexes_go(traded):
    """S1: three pages of the log a scan."""
    for name, columns in OF_THE_FIRST_SCHEMA.items():
        rows(f"CREATE INDEX {name} ON {columns}")
    tables.create_schema()
    assert not indexes() & set(OF_THE_FIRST_SCHEMA)
    assert "card_entry_voucher" in indexes()


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        (
            "SELECT 1 FROM card_entry WHERE voucher_no = '1' AND kind = 'receipt' AND kind <> 'pick'",
            "card_entry_voucher",
        ),
        (f"SELECT p.id {picks._STAGED} AND z.id = ? AND p.batch_id = 1", "pick_line_id"),
    ],
    ids=["by voucher", "staged of a batch"],
)
def test_given_the_books_when_asked_by_voucher_or_batch_then_no_table_is_scanned(traded, question, wanted):
    """Done 6: no statement of the day's work reads a whole table."""
    explain = "EXPLAIN" if is_postgres() else "EXPLAIN QUERY PLAN"
    if is_postgres():
        rows("SET enable_seqscan = off")  # a table of a few lines is scanned whatever its indexes
    plan = "\n".join(str(step) for step in rows(f"{explain} {question}", *[1] * question.count("?")))
    assert wanted in plan, plan
    assert "SCAN" not in plan, plan
    assert "Seq Scan" not in plan, plan


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_given_goods_carried_when_their_place_is_counted_then_no_table_of_the_books_is_scanned(traded):
    """Done 6, R-C2: of 10 thousand card lines each count scan read all, to see where goods had been carried"""
    count_no = traded.done("/counts", who="manager", month="2026-06")["count_no"]
    traded.done("/transfers", item_no="EL-100", batch_no="C", quantity="4", **{"from": "B-03", "to": "B-04"})
    asked = []
    database.connection().set_trace_callback(asked.append)
    for place, quantity in (("B-03", "36"), ("B-04", "3")):
        traded.done(f"/counts/{count_no}/scans", item_no="EL-100", batch_no="C", location=place, quantity=quantity)
    database.connection().set_trace_callback(None)
    steps = [
        str(step)
        for statement in asked
        if statement.startswith(("SELECT", "UPDATE", "WITH", "INSERT"))
        for step in rows(f"EXPLAIN QUERY PLAN {statement}")
    ]
    assert len(steps) > 20
    assert not [step for step in steps if "SCAN" in step and any(f" {name} " in f"{step} " for name in BOOKS)], steps


def test_given_staged_goods_when_their_batch_is_asked_then_each_pick_is_told_until_it_goes(traded):
    """R-F25, R-Q11: by the open deliveries of its item."""
    found = [(batch.id, picks.staged_of(batch)) for batch in Batch.select()]
    staged = {batch_id for batch_id, told in found if told}
    assert staged == {batch_id for (batch_id,) in rows("SELECT batch_id FROM pick WHERE state = 'staged'")}
    assert staged == {each for batch in Batch.select() for each in picks.staged_batches(batch.item_id)}
    rows("UPDATE pick SET state = 'dispatched'")
    assert not [told for batch in Batch.select() if (told := picks.staged_of(batch))]
