"""What `warehouse verify` sees: every edited, removed, added, swapped or re-timed row is named (P6, O3, R-U2)."""

import pytest

from tests import factories
from warehouse.books import ledger, verify
from warehouse.tables import base
from warehouse.tables.base import rows


@pytest.fixture
def traded(store):
    """Fixture F after a receipt and a delivery, so that every book has lines of several acts."""
    receipt_no = store.done(
        "/receipts", supplier="SUP", reference="PO-1", lines=[{"item_no": "EL-100", "quantity": "20"}]
    )["receipt_no"]
    for amount in ("5", "7"):
        store.done(f"/receipts/{receipt_no}/scans", item_no="EL-100", batch_no="N", quantity=amount, location="IN-1")
    store.done(f"/receipts/{receipt_no}/post", who="clerk")
    delivery_no = store.order("45")
    store.refused(f"/deliveries/{delivery_no}/scans", code="B", quantity="15")
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="30")
    store.done(f"/deliveries/{delivery_no}/scans", code="B", quantity="15")
    store.done(f"/deliveries/{delivery_no}/package-checks", who="clerk", packages=[{"code": "P1", "outer_ok": True}])
    store.done(f"/deliveries/{delivery_no}/dispatch", who="clerk")
    open_order = store.order("10")
    store.done(f"/deliveries/{open_order}/scans", code="B", quantity="4")
    assert findings() == []
    return store


def findings() -> list[str]:
    return list(verify.verify())


def forge(*statements: str) -> list[str]:
    """Edit the database as somebody with its password would, triggers off, and give what verify says of it."""
    if base.is_postgres():
        rows("SET session_replication_role = replica")
    else:
        for (name,) in rows("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            rows(f"DROP TRIGGER {name}")
        rows("PRAGMA foreign_keys = 0")
    for statement in statements:
        rows(statement)
    return findings()


def ends(table: str) -> tuple[int, int, int]:
    """First, middle and last id of a table."""
    ids = [number for (number,) in rows(f"SELECT id FROM {table} ORDER BY id")]
    return ids[0], ids[len(ids) // 2], ids[-1]


@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "middle", "last"])
@pytest.mark.parametrize("table", ["card_entry", "ledger_entry"])
def test_given_a_book_line_when_it_is_deleted_then_its_number_and_its_act_are_named(traded, table, place):
    """R-U1, R-U2, R-R7, O3"""
    gone = ends(table)[place]
    said = forge(f"DELETE FROM {table} WHERE id = {gone}")
    assert any(line.startswith(f"{table}: line {gone} was removed: S1 act ") for line in said), said


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("card_entry", "quantity_in = quantity_in + 1"),
        ("card_entry", "written_at = '2026-05-01T00:00:00.000000+00:00'"),
        ("card_entry", "done_at = '2026-05-01T00:00:00.000000+00:00'"),
        ("card_entry", "written_by = 'nobody'"),
        ("card_entry", "key = 'another'"),
        ("card_entry", "act = 'another'"),
        ("ledger_entry", "voucher_no = 'another'"),
        ("ledger_entry", "posted_on = '2026-05-01'"),
        ("ledger_entry", "balance = balance + 1"),
        ("ledger_entry", "done_at = '2026-05-01T00:00:00.000000+00:00'"),
        ("ledger_entry", "key = 'another'"),
        ("ledger_entry", "done_at = '', device = '', key = ''"),
    ],
)
def test_given_a_book_line_when_one_value_is_edited_then_it_is_named(traded, table, change):
    """R-U1, R-U2, R-R7, O3"""
    _, edited, _ = ends(table)
    said = forge(f"UPDATE {table} SET {change} WHERE id = {edited}")
    assert any(line.startswith(f"{table}: line {edited} was changed since S1 act ") for line in said), said


def test_given_an_account_line_of_before_it_had_key_and_device_when_verified_then_it_holds_and_an_edit_is_named(traded):
    """R-U2: an older database that was brought to the present schema is no forged one"""
    entries: list[int] = []

    def post_as_before(tx):
        ((balance,),) = rows(
            "UPDATE ledger_balance SET balance = balance - 1000000 WHERE batch_id = 1 RETURNING balance"
        )
        line = (tx.act, tx.site.id, 1, "", "issue", 0, 1_000_000, balance, "S1-OLD", "2026-06-01", tx.at, tx.actor.name)
        ((entry,),) = rows(
            "INSERT INTO ledger_entry (act, site_id, batch_id, owner, kind, quantity_in, quantity_out, balance,"
            " voucher_no, posted_on, written_at, written_by, done_at, device, key)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', '') RETURNING id",
            *line,
        )
        tx.entries.append(ledger.line("account", entry, line))
        entries.append(entry)

    factories.do(post_as_before)
    assert findings() == []
    assert traded.get("/batches/EL-100/A/account").json["items"][-1]["key"] == ""
    said = forge(f"UPDATE ledger_entry SET voucher_no = 'another' WHERE id = {entries[0]}")
    assert any(line.startswith(f"ledger_entry: line {entries[0]} was changed") for line in said), said


def test_given_two_lines_when_they_change_places_then_both_are_named(traded):
    """R-X5, O3: order is the sequence, and nobody swaps it unseen."""
    first, _, last = ends("card_entry")
    said = forge(
        f"UPDATE card_entry SET id = -1 WHERE id = {first}",
        f"UPDATE card_entry SET id = {first} WHERE id = {last}",
        f"UPDATE card_entry SET id = {last} WHERE id = -1",
    )
    for line in (first, last):
        assert any(each.startswith(f"card_entry: line {line} was changed") for each in said), said


def test_given_the_books_when_a_line_is_inserted_then_no_act_wrote_it(traded):
    """R-U1, O3: an issue out of nothing, with stock and balance made to fit."""
    _, _, last = ends("card_entry")
    columns = (
        "act, batch_id, place_id, status, owner, kind, quantity_in, quantity_out, balance, voucher_no, written_at,"
        " done_at, written_by, device, key"
    )
    said = forge(
        f"INSERT INTO card_entry (id, {columns}) SELECT {last + 5}, {columns} FROM card_entry WHERE id = {last}"
    )
    assert f"card_entry: line {last + 5} was added: no act on record wrote it" in said


@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "middle", "last"])
def test_given_the_chain_when_an_act_is_deleted_then_it_is_missed(traded, place):
    """R-U2, O3: also the last one, by the head that is kept apart."""
    gone = ends("audit")[place]
    ((sequence,),) = rows("SELECT sequence FROM audit WHERE id = ?", gone)
    said = forge(f"DELETE FROM audit WHERE id = {gone}")
    missed = f"chain_head: S1 says {sequence} acts" if place == 2 else f"audit: S1 act {sequence} is missing"
    assert any(line.startswith(missed) for line in said), said


@pytest.mark.parametrize(
    "change",
    [
        "content = REPLACE(content, 'keeper', 'keeprr')",
        "content = 'x'",
        "outcome = 'refused'",
        "act = 'another'",
        "hash = REPLACE(hash, SUBSTR(hash, 1, 1), 'z')",
        "sequence = sequence + 1000",
        "site_id = 77",
    ],
)
def test_given_the_chain_when_one_byte_is_edited_then_the_act_is_named(traded, change):
    """K6, C8; R-U2: changing one byte in the database is detected."""
    ((edited, sequence),) = rows(
        "SELECT id, sequence FROM audit WHERE content LIKE '%\"by\":\"keeper\"%' AND outcome = 'done' ORDER BY id LIMIT 1"
    )
    said = forge(f"UPDATE audit SET {change} WHERE id = {edited}")
    assert any(line.startswith("audit: ") and f"act {sequence}" in line for line in said), said


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE stock SET quantity = quantity + 1000000 WHERE quantity > 0", "stock: "),
        ("UPDATE stock SET status = 'scrap' WHERE quantity = 0", "stock: "),
        ("UPDATE stock SET first_received_on = '2020-01-01'", "stock: row "),
        ("UPDATE stock SET open = 1 - open", "stock: row "),
        ("DELETE FROM allocation", "stock: row "),
        ("UPDATE ledger_balance SET balance = balance + 1", "ledger_balance: "),
        ("UPDATE document_line SET done = done - 1000000 WHERE done > posted", "document_line: "),
        ("DELETE FROM pick WHERE state = 'staged'", "document_line: "),
        ("UPDATE pick SET batch_id = batch_id + 1 WHERE state = 'staged'", "pick: row "),
        ("DELETE FROM request_key WHERE status = 201", "request_key: "),
        ("UPDATE chain_head SET count = count + 1", "chain_head: S1 says "),
        ("UPDATE chain_head SET hash = 'z'", "chain_head: S1 says "),
    ],
)
def test_given_balances_and_promises_when_one_is_edited_then_the_table_is_named(traded, change, named):
    """R-X7, K5: what can be added up is added up."""
    said = forge(change)
    assert any(line.startswith(named) for line in said), said


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE count_line SET adjusted = adjusted - 1 WHERE adjusted <> 0",
        "UPDATE count_line SET adjusted = NULL WHERE adjusted <> 0",
        "UPDATE count_line SET batch_id = 77",
        "DELETE FROM stock_count",
    ],
)
def test_given_a_count_that_was_adjusted_when_its_lines_no_longer_fit_then_they_are_named(store, change):
    """R-C14, R-X7: what a count says it corrected is what the card was corrected by."""
    number = store.done("/counts", who="manager", month="2026-06")["count_no"]
    for who in ("keeper", "clerk"):
        for batch_no, place, quantity in (("A", "B-01", "27"), ("B", "B-02", "50"), ("C", "B-03", "22")):
            store.done(f"/counts/{number}/scans", who=who, item_no="EL-100", batch_no=batch_no, location=place,
                       quantity=quantity)  # fmt: skip
    store.done(f"/counts/{number}/submit", who="manager")
    store.done(f"/counts/{number}/approve", who="manager", reason="loss")
    assert findings() == []
    said = forge(change)
    assert said
    assert {line.split(": ")[0] for line in said} <= {"count_line", "count_entry"}


def test_given_wrong_rows_when_verified_while_they_are_one_then_there_is_one_line_each(traded):
    """K5: one line per finding, not one for every line that follows the wrong one."""
    first, _, _ = ends("card_entry")
    said = forge(f"UPDATE card_entry SET device = 'x' WHERE id = {first}")
    assert len(said) == 1
    assert "\n" not in said[0]
