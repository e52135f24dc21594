"""What the books are read by: the indexes a scan pays for serve what reads them, and those nothing reads are gone."""

import pytest

from warehouse import tables
from warehouse.books import picks
from warehouse.tables.base import is_postgres, rows
from warehouse.tables.books import Batch

OF_THE_FIRST_SCHEMA = {
    "audit_site_id_sequence": "audit (site_id, sequence)",
    "card_entry_voucher_no": "card_entry (voucher_no)",
    "pick_batch_id": "pick (batch_id)",
}


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


def test_given_staged_goods_when_their_batch_is_asked_then_each_pick_is_told_until_it_goes(traded):
    """R-F25, R-Q11: by the open deliveries of its item."""
    found = [(batch.id, picks.staged_of(batch)) for batch in Batch.select()]
    staged = {batch_id for batch_id, told in found if told}
    assert staged == {batch_id for (batch_id,) in rows("SELECT batch_id FROM pick WHERE state = 'staged'")}
    assert staged == {each for batch in Batch.select() for each in picks.staged_batches(batch.item_id)}
    rows("UPDATE pick SET state = 'dispatched'")
    assert not [told for batch in Batch.select() if (told := picks.staged_of(batch))]
