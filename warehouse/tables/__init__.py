"""SHAPE: the tables, their schema, and the triggers that keep books append-only on both engines."""

from warehouse.tables.base import Table, database, is_postgres, rows
from warehouse.tables.books import (
    Audit,
    Batch,
    CardEntry,
    ChainHead,
    DeviceScan,
    LedgerBalance,
    LedgerEntry,
    NumberSeries,
    Period,
    RequestKey,
    Stock,
)
from warehouse.tables.catalogue import Item, ItemGroup, ItemPack, Partner, Place, Site
from warehouse.tables.counts import (
    Count,
    CountAssignment,
    CountEntry,
    CountFinding,
    CountLine,
    CountTolerance,
    OwnerNotice,
    ZoneCounter,
)
from warehouse.tables.documents import (
    Allocation,
    Document,
    DocumentLine,
    Override,
    PackageCheck,
    Pick,
    ReceiptScan,
)
from warehouse.tables.engines import DatabaseRefused
from warehouse.tables.labels import Label
from warehouse.tables.people import ApiToken, KnownDevice, Person, Session, Setting, SignInTry
from warehouse.tables.printing import LabelLayout, PrintedLabel, Printer, PrintJob
from warehouse.tables.quality import Disposition, Hold, Inspection, Task
from warehouse.tables.reconciliation import (
    Discrepancy,
    OutsideBalance,
    OutsideBook,
    PeriodAccount,
    PeriodBalance,
    PeriodPosition,
    ReconciliationMonth,
    Signature,
)

SCHEMA_VERSION = 4

ALL: list[type[Table]] = [
    Site, ItemGroup, Item, ItemPack, Place, Partner,
    Person, Session, ApiToken, SignInTry, KnownDevice, Setting,
    Batch, Stock, CardEntry, LedgerEntry, LedgerBalance, ChainHead, DeviceScan, Audit, NumberSeries, Period,
    Document, DocumentLine, ReceiptScan, Allocation, Pick, Override, PackageCheck,
    Inspection, Disposition, Hold, Task, Label, Printer, PrintJob, PrintedLabel, LabelLayout,
    OutsideBook, OutsideBalance, Discrepancy, Signature, ReconciliationMonth,
    PeriodBalance, PeriodAccount, PeriodPosition,
    Count, CountAssignment, ZoneCounter, CountLine, CountEntry, CountFinding, CountTolerance, OwnerNotice,
]  # fmt: skip

APPEND_ONLY = (
    "card_entry", "ledger_entry", "audit", "request_key", "count_entry", "signature", "reconciliation_month",
    "period_balance", "period_account", "period_position", "label_layout",
)  # fmt: skip

# Columns that a table has got since the first release: table, column, and what adds it, as the models write it.
ADDED_COLUMNS = (
    ("site", "count_day", "ALTER TABLE site ADD COLUMN count_day INTEGER NOT NULL DEFAULT 31"),
    ("site", "gs1_prefix", "ALTER TABLE site ADD COLUMN gs1_prefix VARCHAR(255) NOT NULL DEFAULT ''"),
    ("site", "unsegregated_at", "ALTER TABLE site ADD COLUMN unsegregated_at VARCHAR(255) NOT NULL DEFAULT ''"),
    ("site", "unsegregated_entry", "ALTER TABLE site ADD COLUMN unsegregated_entry BIGINT NOT NULL DEFAULT 0"),
    (
        "site",
        "unsegregate_asked_by",
        "ALTER TABLE site ADD COLUMN unsegregate_asked_by VARCHAR(255) NOT NULL DEFAULT ''",
    ),
    ("site", "reinspect_per", "ALTER TABLE site ADD COLUMN reinspect_per VARCHAR(255) NOT NULL DEFAULT 'batch'"),
    ("item", "price", "ALTER TABLE item ADD COLUMN price BIGINT"),
    ("item", "abc_class", "ALTER TABLE item ADD COLUMN abc_class VARCHAR(255) NOT NULL DEFAULT ''"),
    ("item", "spec", "ALTER TABLE item ADD COLUMN spec VARCHAR(255) NOT NULL DEFAULT ''"),
    ("item", "standard", "ALTER TABLE item ADD COLUMN standard VARCHAR(255) NOT NULL DEFAULT ''"),
    ("place", "last_counted_on", "ALTER TABLE place ADD COLUMN last_counted_on VARCHAR"),
    ("ledger_entry", "done_at", "ALTER TABLE ledger_entry ADD COLUMN done_at VARCHAR(255) NOT NULL DEFAULT ''"),
    ("ledger_entry", "device", "ALTER TABLE ledger_entry ADD COLUMN device VARCHAR(255) NOT NULL DEFAULT ''"),
    ("ledger_entry", "key", "ALTER TABLE ledger_entry ADD COLUMN key VARCHAR(255) NOT NULL DEFAULT ''"),
    ("printer", "size", "ALTER TABLE printer ADD COLUMN size VARCHAR(255) NOT NULL DEFAULT ''"),
    ("person", "admin_asked_by", "ALTER TABLE person ADD COLUMN admin_asked_by VARCHAR(255) NOT NULL DEFAULT ''"),
    ("api_token", "made_by", "ALTER TABLE api_token ADD COLUMN made_by VARCHAR(255) NOT NULL DEFAULT ''"),
    ("person", "password_set_by", "ALTER TABLE person ADD COLUMN password_set_by VARCHAR(255) NOT NULL DEFAULT ''"),
    ("label", "document_no", "ALTER TABLE label ADD COLUMN document_no VARCHAR(255) NOT NULL DEFAULT ''"),
)

# NULL-free keys, so the plain index serves the reading order. Partial: 20,000 dead batches cost nothing. Of the card
# only what is read by its voucher: each index is one more page a scan, and picks are found by their document's lines.
PARTIAL_INDEXES = (
    "CREATE INDEX IF NOT EXISTS stock_fifo ON stock"
    " (site_id, item_id, owner, first_received_on, expiry_key, receipt_sequence, bin_code) WHERE open = 1",
    "CREATE INDEX IF NOT EXISTS stock_fefo ON stock"
    " (site_id, item_id, owner, expiry_key, first_received_on, receipt_sequence, bin_code) WHERE open = 1",
    "CREATE INDEX IF NOT EXISTS card_entry_voucher ON card_entry (voucher_no) WHERE kind <> 'pick'",
    "CREATE INDEX IF NOT EXISTS label_document ON label (document_no) WHERE document_no <> ''",
)
# Of schema 1: a page a scan each, and nothing read by them that others do not serve.
DROPPED_INDEXES = ("audit_site_id_sequence", "card_entry_voucher_no", "pick_batch_id")


def create_schema() -> None:
    """Make every table, column, index and trigger that is not there yet; safe to repeat.

    Raises DatabaseRefused when the database is of a newer version than this program.
    """
    if database.table_exists("setting"):
        _check_known(_version())
    with database.atomic():
        _add_columns()
        database.create_tables(ALL)
        # Looked up by key alone: without the rowid it costs one B-tree less on SQLite. PostgreSQL knows no such word.
        rows(
            "CREATE TABLE IF NOT EXISTS request_key (key VARCHAR(255) PRIMARY KEY, request_hash VARCHAR(64) NOT NULL,"
            " status INTEGER NOT NULL, answer TEXT NOT NULL)" + ("" if is_postgres() else " WITHOUT ROWID")
        )
        for index in PARTIAL_INDEXES:
            rows(index)
        for name in DROPPED_INDEXES:
            rows(f"DROP INDEX IF EXISTS {name}")
        for statement in _postgres_guards() if is_postgres() else _sqlite_guards():
            rows(statement)
        Setting.insert(name="schema_version", value=str(SCHEMA_VERSION)).on_conflict(
            conflict_target=[Setting.name], update={Setting.value: str(SCHEMA_VERSION)}
        ).execute()


def check_version() -> None:
    """Refuse a database that is no warehouse, or newer than this program, or older and not brought on by `init` yet."""
    found = _version()
    _check_known(found)
    if found < SCHEMA_VERSION:
        raise DatabaseRefused(
            f"this database is of schema {found}, this program works with {SCHEMA_VERSION}: run `warehouse init` first"
        )


def _version() -> int:
    found = rows("SELECT value FROM setting WHERE name = 'schema_version'") if database.table_exists("setting") else []
    if not found:
        raise DatabaseRefused(
            "this database holds no warehouse: run `warehouse init` first, or check WAREHOUSE_DATABASE"
        )
    return int(found[0][0])


def _check_known(version: int) -> None:
    if version > SCHEMA_VERSION:
        raise DatabaseRefused(
            f"this database is of schema {version}, this program knows {SCHEMA_VERSION}: install the newer program"
        )


def _add_columns() -> None:
    """Add the columns that tables of an older schema lack; a table that is not there yet is made whole afterwards.

    Their default is for the rows that are there already: a row without the column is refused afterwards, as it is in a
    fresh database. SQLite cannot take a default off again.
    """
    for table, column, statement in ADDED_COLUMNS:
        if not database.table_exists(table):
            continue
        if column not in {each.name for each in database.get_columns(table)}:
            rows(statement)
        if is_postgres():
            rows(f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT")


def _sqlite_guards() -> list[str]:
    guards = [
        f"CREATE TRIGGER IF NOT EXISTS {table}_{act.lower()} BEFORE {act} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in APPEND_ONLY
        for act in ("UPDATE", "DELETE")
    ]
    guards.append(
        "CREATE TRIGGER IF NOT EXISTS stock_open AFTER UPDATE OF quantity, reserved ON stock"
        " WHEN new.open <> (new.quantity > new.reserved)"
        " BEGIN UPDATE stock SET open = new.quantity > new.reserved WHERE id = new.id; END"
    )
    # SQLite stores 'abc' and 1.5 in an INTEGER column; a quantity is whole millionths or nothing.
    whole = {
        "stock": ("quantity", "reserved"),
        "card_entry": ("quantity_in", "quantity_out", "balance"),
        "ledger_entry": ("quantity_in", "quantity_out", "balance"),
        "count_entry": ("quantity",),
    }
    for table, columns in whole.items():
        wrong = " OR ".join(f"typeof(new.{column}) <> 'integer'" for column in columns)
        for act in ("INSERT", "UPDATE") if table == "stock" else ("INSERT",):
            name, message = f"{table}_whole_{act.lower()}", f"{table} takes whole millionths"
            guards.append(
                f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {act} ON {table}"
                f" WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
    return guards


def _postgres_guards() -> list[str]:
    guards = [
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
        "CREATE OR REPLACE FUNCTION write_open() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN new.open := (new.quantity > new.reserved)::int; RETURN new; END $$",
        "CREATE OR REPLACE TRIGGER stock_open BEFORE UPDATE OF quantity, reserved ON stock FOR EACH ROW"
        " WHEN (new.open <> (new.quantity > new.reserved)::int) EXECUTE FUNCTION write_open()",
        "ALTER TABLE stock SET (fillfactor = 70)",
        "ALTER TABLE document_line SET (fillfactor = 70)",
        "ALTER TABLE chain_head SET (fillfactor = 10)",
        # A count draws a number a line: asked for one by one they were a fifth of its opening (S7).
        "ALTER SEQUENCE count_line_id_seq CACHE 100",
    ]
    for table in APPEND_ONLY:
        guards.append(
            f"CREATE OR REPLACE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        guards.append(
            f"CREATE OR REPLACE TRIGGER {table}_whole BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    return guards


__all__ = [
    "ALL", "SCHEMA_VERSION", "Allocation", "ApiToken", "Audit", "Batch", "CardEntry", "ChainHead", "Count",
    "CountAssignment", "CountEntry", "CountFinding", "CountLine", "CountTolerance", "DatabaseRefused", "Disposition",
    "Document", "DocumentLine", "Hold", "Inspection", "Item", "ItemGroup", "ItemPack", "KnownDevice", "Label",
    "LedgerBalance", "LedgerEntry", "NumberSeries", "Override", "OwnerNotice", "PackageCheck", "Partner", "Period",
    "Person", "Pick", "Place", "RequestKey", "Session", "Setting", "SignInTry", "Site", "Stock", "Task",
    "ZoneCounter", "check_version", "create_schema",
]  # fmt: skip
