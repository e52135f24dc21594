CREATE TABLE IF NOT EXISTS "site" ("id" INTEGER NOT NULL PRIMARY KEY, "code" VARCHAR(255) NOT NULL, "name" VARCHAR(255) NOT NULL, "time_zone" VARCHAR(255) NOT NULL, "languages" VARCHAR(255) NOT NULL, "segregated" INTEGER NOT NULL);

CREATE UNIQUE INDEX IF NOT EXISTS "site_code" ON "site" ("code");

CREATE TABLE IF NOT EXISTS "document" ("id" INTEGER NOT NULL PRIMARY KEY, "site_id" INTEGER NOT NULL, "document_no" VARCHAR(255) NOT NULL, "kind" VARCHAR(255) NOT NULL, "state" VARCHAR(255) NOT NULL, "partner" VARCHAR(255) NOT NULL, "reference" VARCHAR(255) NOT NULL, "of_document" VARCHAR(255) NOT NULL, "created_at" VARCHAR NOT NULL, "created_by" VARCHAR(255) NOT NULL, "facts" TEXT NOT NULL, FOREIGN KEY ("site_id") REFERENCES "site" ("id") ON DELETE RESTRICT);

CREATE UNIQUE INDEX IF NOT EXISTS "document_document_no" ON "document" ("document_no");

CREATE INDEX IF NOT EXISTS "document_site_id_kind_reference" ON "document" ("site_id", "kind", "reference");

CREATE INDEX IF NOT EXISTS "document_site_id_kind_state" ON "document" ("site_id", "kind", "state");

CREATE TABLE IF NOT EXISTS "item_group" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(255) NOT NULL, "reinspect_months" INTEGER);

CREATE UNIQUE INDEX IF NOT EXISTS "item_group_name" ON "item_group" ("name");

CREATE TABLE IF NOT EXISTS "item" ("id" INTEGER NOT NULL PRIMARY KEY, "item_no" VARCHAR(255) NOT NULL, "name" VARCHAR(255) NOT NULL, "unit" VARCHAR(255) NOT NULL, "decimals" INTEGER NOT NULL CHECK (decimals BETWEEN 0 AND 6), "policy" VARCHAR(255) NOT NULL, "fifo_mode" VARCHAR(255) NOT NULL, "fifo_scope" VARCHAR(255) NOT NULL, "shelf_life_days" INTEGER, "opened_days" INTEGER, "reinspect_months" INTEGER, "group_id" INTEGER, "gtin" VARCHAR(255), "over_receipt_percent" VARCHAR(255) NOT NULL, FOREIGN KEY ("group_id") REFERENCES "item_group" ("id") ON DELETE RESTRICT);

CREATE UNIQUE INDEX IF NOT EXISTS "item_item_no" ON "item" ("item_no");

CREATE UNIQUE INDEX IF NOT EXISTS "item_gtin" ON "item" ("gtin");

CREATE TABLE IF NOT EXISTS "document_line" ("id" INTEGER NOT NULL PRIMARY KEY, "document_id" INTEGER NOT NULL, "line_no" INTEGER NOT NULL, "item_id" INTEGER NOT NULL, "owner" VARCHAR(255) NOT NULL, "ordered" INTEGER NOT NULL, "limit_quantity" INTEGER NOT NULL, "done" INTEGER NOT NULL, "posted" INTEGER NOT NULL, "cancelled" INTEGER NOT NULL, "state" VARCHAR(255) NOT NULL, "facts" TEXT NOT NULL, FOREIGN KEY ("document_id") REFERENCES "document" ("id") ON DELETE RESTRICT, FOREIGN KEY ("item_id") REFERENCES "item" ("id") ON DELETE RESTRICT, CHECK (done >= 0 AND done <= limit_quantity), CHECK (posted <= done));

CREATE UNIQUE INDEX IF NOT EXISTS "document_line_document_id_line_no" ON "document_line" ("document_id", "line_no");

CREATE INDEX IF NOT EXISTS "document_line_document_id_item_id" ON "document_line" ("document_id", "item_id");

CREATE TABLE IF NOT EXISTS "batch" ("id" INTEGER NOT NULL PRIMARY KEY, "site_id" INTEGER NOT NULL, "item_id" INTEGER NOT NULL, "batch_no" VARCHAR(255) NOT NULL, "parent_id" INTEGER, "supplier" VARCHAR(255) NOT NULL, "first_received_on" VARCHAR NOT NULL, "receipt_sequence" INTEGER NOT NULL, "produced_on" VARCHAR, "expiry_date" VARCHAR, "last_inspected_on" VARCHAR, "reinspect_on" VARCHAR, "clock_waits" INTEGER NOT NULL, "hold" VARCHAR(255) NOT NULL, "hold_reason" VARCHAR(255) NOT NULL, "concession_no" VARCHAR(255) NOT NULL, "concession_customer" VARCHAR(255) NOT NULL, "concession_until" VARCHAR, "needs_concession" INTEGER NOT NULL, FOREIGN KEY ("site_id") REFERENCES "site" ("id") ON DELETE RESTRICT, FOREIGN KEY ("item_id") REFERENCES "item" ("id") ON DELETE RESTRICT, FOREIGN KEY ("parent_id") REFERENCES "batch" ("id") ON DELETE RESTRICT);

CREATE INDEX IF NOT EXISTS "batch_batch_no" ON "batch" ("batch_no");

CREATE INDEX IF NOT EXISTS "batch_parent_id" ON "batch" ("parent_id");

CREATE INDEX IF NOT EXISTS "batch_reinspect_on" ON "batch" ("reinspect_on");

CREATE UNIQUE INDEX IF NOT EXISTS "batch_site_id_item_id_batch_no" ON "batch" ("site_id", "item_id", "batch_no");

CREATE TABLE IF NOT EXISTS "place" ("id" INTEGER NOT NULL PRIMARY KEY, "site_id" INTEGER NOT NULL, "bin_code" VARCHAR(255) NOT NULL, "zone" VARCHAR(255) NOT NULL, "warehouse" VARCHAR(255) NOT NULL, "kind" VARCHAR(255) NOT NULL, "admits" VARCHAR(255) NOT NULL, "keeper" VARCHAR(255) NOT NULL, "frozen_by" VARCHAR(255) NOT NULL, FOREIGN KEY ("site_id") REFERENCES "site" ("id") ON DELETE RESTRICT);

CREATE UNIQUE INDEX IF NOT EXISTS "place_site_id_bin_code" ON "place" ("site_id", "bin_code");

CREATE TABLE IF NOT EXISTS "stock" ("id" INTEGER NOT NULL PRIMARY KEY, "site_id" INTEGER NOT NULL, "item_id" INTEGER NOT NULL, "batch_id" INTEGER NOT NULL, "place_id" INTEGER NOT NULL, "status" VARCHAR(255) NOT NULL, "owner" VARCHAR(255) NOT NULL, "quantity" INTEGER NOT NULL, "reserved" INTEGER NOT NULL, "open" INTEGER NOT NULL, "last_entry" INTEGER NOT NULL, "first_received_on" VARCHAR(255) NOT NULL, "expiry_key" VARCHAR(255) NOT NULL, "receipt_sequence" INTEGER NOT NULL, "bin_code" VARCHAR(255) NOT NULL, FOREIGN KEY ("batch_id") REFERENCES "batch" ("id") ON DELETE RESTRICT, FOREIGN KEY ("place_id") REFERENCES "place" ("id") ON DELETE RESTRICT, CHECK (quantity >= 0), CHECK (reserved BETWEEN 0 AND quantity));

CREATE INDEX IF NOT EXISTS "stock_place_id" ON "stock" ("place_id");

CREATE UNIQUE INDEX IF NOT EXISTS "stock_batch_id_place_id_status_owner" ON "stock" ("batch_id", "place_id", "status", "owner");

CREATE TABLE IF NOT EXISTS "allocation" ("id" INTEGER NOT NULL PRIMARY KEY, "line_id" INTEGER, "task_id" INTEGER, "stock_id" INTEGER NOT NULL, "quantity" INTEGER NOT NULL, FOREIGN KEY ("line_id") REFERENCES "document_line" ("id") ON DELETE RESTRICT, FOREIGN KEY ("stock_id") REFERENCES "stock" ("id") ON DELETE RESTRICT);

CREATE INDEX IF NOT EXISTS "allocation_stock_id" ON "allocation" ("stock_id");

CREATE UNIQUE INDEX IF NOT EXISTS "allocation_line_id_stock_id" ON "allocation" ("line_id", "stock_id");

CREATE TABLE IF NOT EXISTS "person" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(255) NOT NULL, "roles" VARCHAR(255) NOT NULL, "site_id" INTEGER, "password_hash" VARCHAR(255) NOT NULL, "language" VARCHAR(255) NOT NULL, "disabled_at" VARCHAR, FOREIGN KEY ("site_id") REFERENCES "site" ("id") ON DELETE RESTRICT);

CREATE UNIQUE INDEX IF NOT EXISTS "person_name" ON "person" ("name");

CREATE TABLE IF NOT EXISTS "api_token" ("digest" VARCHAR(255) NOT NULL PRIMARY KEY, "person_id" INTEGER NOT NULL, "scope" VARCHAR(255) NOT NULL, "created_at" VARCHAR NOT NULL, "expires_at" VARCHAR, "revoked_at" VARCHAR, FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE CASCADE);

CREATE INDEX IF NOT EXISTS "api_token_person_id" ON "api_token" ("person_id");

CREATE TABLE IF NOT EXISTS "audit" ("id" INTEGER NOT NULL PRIMARY KEY, "site_id" INTEGER NOT NULL, "sequence" INTEGER NOT NULL, "act" VARCHAR(255) NOT NULL, "outcome" VARCHAR(255) NOT NULL, "content" TEXT NOT NULL, "hash" VARCHAR(255) NOT NULL);

CREATE UNIQUE INDEX IF NOT EXISTS "audit_site_id_sequence" ON "audit" ("site_id", "sequence");

CREATE TABLE IF NOT EXISTS "card_entry" ("id" INTEGER NOT NULL PRIMARY KEY, "act" VARCHAR(255) NOT NULL, "batch_id" INTEGER NOT NULL, "place_id" INTEGER NOT NULL, "status" VARCHAR(255) NOT NULL, "owner" VARCHAR(255) NOT NULL, "kind" VARCHAR(255) NOT NULL, "quantity_in" INTEGER NOT NULL, "quantity_out" INTEGER NOT NULL, "balance" INTEGER NOT NULL, "voucher_no" VARCHAR(255) NOT NULL, "written_at" VARCHAR NOT NULL, "done_at" VARCHAR NOT NULL, "written_by" VARCHAR(255) NOT NULL, "device" VARCHAR(255) NOT NULL, "key" VARCHAR(255) NOT NULL, FOREIGN KEY ("batch_id") REFERENCES "batch" ("id") ON DELETE RESTRICT, FOREIGN KEY ("place_id") REFERENCES "place" ("id") ON DELETE RESTRICT, CHECK (balance >= 0), CHECK (quantity_in >= 0 AND quantity_out >= 0));

CREATE INDEX IF NOT EXISTS "card_entry_voucher_no" ON "card_entry" ("voucher_no");

CREATE INDEX IF NOT EXISTS "card_entry_batch_id_place_id_id" ON "card_entry" ("batch_id", "place_id", "id");

CREATE TABLE IF NOT EXISTS "chain_head" ("site_id" INTEGER NOT NULL PRIMARY KEY, "count" INTEGER NOT NULL, "hash" VARCHAR(255) NOT NULL, FOREIGN KEY ("site_id") REFERENCES "site" ("id") ON DELETE RESTRICT);

CREATE TABLE IF NOT EXISTS "device_scan" ("id" INTEGER NOT NULL PRIMARY KEY, "site_id" INTEGER NOT NULL, "device" VARCHAR(255) NOT NULL, "sequence" INTEGER NOT NULL, "key" VARCHAR(255) NOT NULL, "received_at" VARCHAR NOT NULL, "done_at" VARCHAR);

CREATE UNIQUE INDEX IF NOT EXISTS "device_scan_device_sequence" ON "device_scan" ("device", "sequence");

CREATE TABLE IF NOT EXISTS "disposition" ("id" INTEGER NOT NULL PRIMARY KEY, "site_id" INTEGER NOT NULL, "disposition_no" VARCHAR(255) NOT NULL, "batch_id" INTEGER NOT NULL, "into_id" INTEGER, "decision" VARCHAR(255) NOT NULL, "quantity" INTEGER NOT NULL, "done" INTEGER NOT NULL, "reason" VARCHAR(255) NOT NULL, "customer" VARCHAR(255) NOT NULL, "until" VARCHAR, "state" VARCHAR(255) NOT NULL, "facts" TEXT NOT NULL, "proposed_by" VARCHAR(255) NOT NULL, "proposed_at" VARCHAR NOT NULL, "approved_by" VARCHAR(255) NOT NULL, "approved_at" VARCHAR, FOREIGN KEY ("batch_id") REFERENCES "batch" ("id") ON DELETE RESTRICT, FOREIGN KEY ("into_id") REFERENCES "batch" ("id") ON DELETE RESTRICT);

CREATE UNIQUE INDEX IF NOT EXISTS "disposition_disposition_no" ON "disposition" ("disposition_no");

CREATE INDEX IF NOT EXISTS "disposition_batch_id" ON "disposition" ("batch_id");

CREATE TABLE IF NOT EXISTS "hold" ("id" INTEGER NOT NULL PRIMARY KEY, "batch_id" INTEGER NOT NULL, "kind" VARCHAR(255) NOT NULL, "reason" VARCHAR(255) NOT NULL, "photo" TEXT NOT NULL, "placed_by" VARCHAR(255) NOT NULL, "placed_at" VARCHAR NOT NULL, "lifted_by" VARCHAR(255) NOT NULL, "lifted_at" VARCHAR, FOREIGN KEY ("batch_id") REFERENCES "batch" ("id") ON DELETE RESTRICT);

CREATE INDEX IF NOT EXISTS "hold_batch_id" ON "hold" ("batch_id");

CREATE TABLE IF NOT EXISTS "inspection" ("id" INTEGER NOT NULL PRIMARY KEY, "inspection_no" VARCHAR(255) NOT NULL, "batch_id" INTEGER NOT NULL, "into_id" INTEGER NOT NULL, "kind" VARCHAR(255) NOT NULL, "verdict" VARCHAR(255) NOT NULL, "quantity" INTEGER NOT NULL, "note" VARCHAR(255) NOT NULL, "decided_by" VARCHAR(255) NOT NULL, "decided_at" VARCHAR NOT NULL, FOREIGN KEY ("batch_id") REFERENCES "batch" ("id") ON DELETE RESTRICT, FOREIGN KEY ("into_id") REFERENCES "batch" ("id") ON DELETE RESTRICT);

CREATE INDEX IF NOT EXISTS "inspection_inspection_no" ON "inspection" ("inspection_no");

CREATE INDEX IF NOT EXISTS "inspection_batch_id" ON "inspection" ("batch_id");

CREATE TABLE IF NOT EXISTS "item_pack" ("id" INTEGER NOT NULL PRIMARY KEY, "item_id" INTEGER NOT NULL, "unit" VARCHAR(255) NOT NULL, "factor" INTEGER NOT NULL, FOREIGN KEY ("item_id") REFERENCES "item" ("id") ON DELETE RESTRICT);

CREATE UNIQUE INDEX IF NOT EXISTS "item_pack_item_id_unit" ON "item_pack" ("item_id", "unit");

CREATE TABLE IF NOT EXISTS "label" ("id" INTEGER NOT NULL PRIMARY KEY, "label_no" VARCHAR(255) NOT NULL, "site_id" INTEGER NOT NULL, "kind" VARCHAR(255) NOT NULL, "batch_id" INTEGER, "place_id" INTEGER, "status" VARCHAR(255) NOT NULL, "quantity" INTEGER NOT NULL, "state" VARCHAR(255) NOT NULL, "facts" TEXT NOT NULL, "issued_by" VARCHAR(255) NOT NULL, "issued_at" VARCHAR NOT NULL, "void_reason" VARCHAR(255) NOT NULL, "void_by" VARCHAR(255) NOT NULL, "void_at" VARCHAR, FOREIGN KEY ("batch_id") REFERENCES "batch" ("id") ON DELETE RESTRICT);

CREATE UNIQUE INDEX IF NOT EXISTS "label_label_no" ON "label" ("label_no");

CREATE INDEX IF NOT EXISTS "label_batch_id" ON "label" ("batch_id");

CREATE TABLE IF NOT EXISTS "ledger_balance" ("id" INTEGER NOT NULL PRIMARY KEY, "batch_id" INTEGER NOT NULL, "owner" VARCHAR(255) NOT NULL, "balance" INTEGER NOT NULL, FOREIGN KEY ("batch_id") REFERENCES "batch" ("id") ON DELETE RESTRICT);

CREATE UNIQUE INDEX IF NOT EXISTS "ledger_balance_batch_id_owner" ON "ledger_balance" ("batch_id", "owner");

CREATE TABLE IF NOT EXISTS "ledger_entry" ("id" INTEGER NOT NULL PRIMARY KEY, "act" VARCHAR(255) NOT NULL, "site_id" INTEGER NOT NULL, "batch_id" INTEGER NOT NULL, "owner" VARCHAR(255) NOT NULL, "kind" VARCHAR(255) NOT NULL, "quantity_in" INTEGER NOT NULL, "quantity_out" INTEGER NOT NULL, "balance" INTEGER NOT NULL, "voucher_no" VARCHAR(255) NOT NULL, "posted_on" VARCHAR NOT NULL, "written_at" VARCHAR NOT NULL, "written_by" VARCHAR(255) NOT NULL, FOREIGN KEY ("batch_id") REFERENCES "batch" ("id") ON DELETE RESTRICT, CHECK (quantity_in >= 0 AND quantity_out >= 0));

CREATE INDEX IF NOT EXISTS "ledger_entry_voucher_no" ON "ledger_entry" ("voucher_no");

CREATE INDEX IF NOT EXISTS "ledger_entry_batch_id_id" ON "ledger_entry" ("batch_id", "id");

CREATE TABLE IF NOT EXISTS "number_series" ("id" INTEGER NOT NULL PRIMARY KEY, "site_id" INTEGER NOT NULL, "kind" VARCHAR(255) NOT NULL, "month" VARCHAR(255) NOT NULL, "last" INTEGER NOT NULL);

CREATE UNIQUE INDEX IF NOT EXISTS "number_series_site_id_kind_month" ON "number_series" ("site_id", "kind", "month");

CREATE TABLE IF NOT EXISTS "override" ("id" INTEGER NOT NULL PRIMARY KEY, "ticket" VARCHAR(255) NOT NULL, "site_id" INTEGER NOT NULL, "rule" VARCHAR(255) NOT NULL, "delivery_no" VARCHAR(255) NOT NULL, "batch_id" INTEGER NOT NULL, "quantity" INTEGER NOT NULL, "reason" VARCHAR(255) NOT NULL, "approved_by" VARCHAR(255) NOT NULL, "created_at" VARCHAR NOT NULL, "used_at" VARCHAR, FOREIGN KEY ("batch_id") REFERENCES "batch" ("id") ON DELETE RESTRICT);

CREATE UNIQUE INDEX IF NOT EXISTS "override_ticket" ON "override" ("ticket");

CREATE TABLE IF NOT EXISTS "package_check" ("id" INTEGER NOT NULL PRIMARY KEY, "document_id" INTEGER NOT NULL, "package" VARCHAR(255) NOT NULL, "outer_ok" INTEGER NOT NULL, "note" VARCHAR(255) NOT NULL, "checked_by" VARCHAR(255) NOT NULL, "checked_at" VARCHAR NOT NULL, FOREIGN KEY ("document_id") REFERENCES "document" ("id") ON DELETE RESTRICT);

CREATE INDEX IF NOT EXISTS "package_check_document_id" ON "package_check" ("document_id");

CREATE TABLE IF NOT EXISTS "partner" ("id" INTEGER NOT NULL PRIMARY KEY, "code" VARCHAR(255) NOT NULL, "name" VARCHAR(255) NOT NULL, "roles" VARCHAR(255) NOT NULL, "rest_life_days" INTEGER NOT NULL);

CREATE UNIQUE INDEX IF NOT EXISTS "partner_code" ON "partner" ("code");

CREATE TABLE IF NOT EXISTS "period" ("id" INTEGER NOT NULL PRIMARY KEY, "site_id" INTEGER NOT NULL, "month" VARCHAR(255) NOT NULL, "closed_at" VARCHAR NOT NULL, "closed_by" VARCHAR(255) NOT NULL, FOREIGN KEY ("site_id") REFERENCES "site" ("id") ON DELETE RESTRICT);

CREATE UNIQUE INDEX IF NOT EXISTS "period_site_id_month" ON "period" ("site_id", "month");

CREATE TABLE IF NOT EXISTS "pick" ("id" INTEGER NOT NULL PRIMARY KEY, "line_id" INTEGER NOT NULL, "batch_id" INTEGER NOT NULL, "place_id" INTEGER NOT NULL, "status" VARCHAR(255) NOT NULL, "owner" VARCHAR(255) NOT NULL, "quantity" INTEGER NOT NULL, "returned" INTEGER NOT NULL, "state" VARCHAR(255) NOT NULL, "picked_by" VARCHAR(255) NOT NULL, "card_entry_id" INTEGER NOT NULL, "passed_over" TEXT NOT NULL, "flagged" VARCHAR(255) NOT NULL, FOREIGN KEY ("line_id") REFERENCES "document_line" ("id") ON DELETE RESTRICT, FOREIGN KEY ("batch_id") REFERENCES "batch" ("id") ON DELETE RESTRICT, FOREIGN KEY ("place_id") REFERENCES "place" ("id") ON DELETE RESTRICT, CHECK (returned >= 0 AND returned <= quantity));

CREATE INDEX IF NOT EXISTS "pick_line_id" ON "pick" ("line_id");

CREATE INDEX IF NOT EXISTS "pick_batch_id" ON "pick" ("batch_id");

CREATE TABLE IF NOT EXISTS "session" ("digest" VARCHAR(255) NOT NULL PRIMARY KEY, "person_id" INTEGER NOT NULL, "csrf_token" VARCHAR(255) NOT NULL, "device" VARCHAR(255) NOT NULL, "created_at" VARCHAR NOT NULL, "seen_at" VARCHAR NOT NULL, FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE CASCADE);

CREATE INDEX IF NOT EXISTS "session_person_id" ON "session" ("person_id");

CREATE TABLE IF NOT EXISTS "setting" ("name" VARCHAR(255) NOT NULL PRIMARY KEY, "value" VARCHAR(255) NOT NULL);

CREATE TABLE IF NOT EXISTS "sign_in_try" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(255) NOT NULL, "device" VARCHAR(255) NOT NULL, "tries" INTEGER NOT NULL, "blocked_until" VARCHAR);

CREATE UNIQUE INDEX IF NOT EXISTS "sign_in_try_name_device" ON "sign_in_try" ("name", "device");

CREATE TABLE IF NOT EXISTS "task" ("id" INTEGER NOT NULL PRIMARY KEY, "site_id" INTEGER NOT NULL, "kind" VARCHAR(255) NOT NULL, "subject" VARCHAR(255) NOT NULL, "state" VARCHAR(255) NOT NULL, "facts" TEXT NOT NULL, "due_on" VARCHAR, "created_at" VARCHAR NOT NULL, "done_at" VARCHAR, "done_by" VARCHAR(255) NOT NULL, "urgent" INTEGER NOT NULL, FOREIGN KEY ("site_id") REFERENCES "site" ("id") ON DELETE RESTRICT);

CREATE INDEX IF NOT EXISTS "task_site_id_state_kind" ON "task" ("site_id", "state", "kind");

CREATE UNIQUE INDEX IF NOT EXISTS "task_one_open" ON "task" ("site_id", "kind", "subject") WHERE state = 'open';

CREATE TABLE IF NOT EXISTS request_key (key VARCHAR(255) PRIMARY KEY, request_hash VARCHAR(64) NOT NULL, status INTEGER NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS stock_fifo ON stock (site_id, item_id, owner, first_received_on, expiry_key, receipt_sequence, bin_code) WHERE open = 1;

CREATE INDEX IF NOT EXISTS stock_fefo ON stock (site_id, item_id, owner, expiry_key, first_received_on, receipt_sequence, bin_code) WHERE open = 1;

CREATE TRIGGER IF NOT EXISTS card_entry_update BEFORE UPDATE ON card_entry BEGIN SELECT RAISE(ABORT, 'card_entry is append-only'); END;

CREATE TRIGGER IF NOT EXISTS card_entry_delete BEFORE DELETE ON card_entry BEGIN SELECT RAISE(ABORT, 'card_entry is append-only'); END;

CREATE TRIGGER IF NOT EXISTS ledger_entry_update BEFORE UPDATE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only'); END;

CREATE TRIGGER IF NOT EXISTS ledger_entry_delete BEFORE DELETE ON ledger_entry BEGIN SELECT RAISE(ABORT, 'ledger_entry is append-only'); END;

CREATE TRIGGER IF NOT EXISTS audit_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;

CREATE TRIGGER IF NOT EXISTS audit_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;

CREATE TRIGGER IF NOT EXISTS request_key_update BEFORE UPDATE ON request_key BEGIN SELECT RAISE(ABORT, 'request_key is append-only'); END;

CREATE TRIGGER IF NOT EXISTS request_key_delete BEFORE DELETE ON request_key BEGIN SELECT RAISE(ABORT, 'request_key is append-only'); END;

CREATE TRIGGER IF NOT EXISTS stock_open AFTER UPDATE OF quantity, reserved ON stock WHEN new.open <> (new.quantity > new.reserved) BEGIN UPDATE stock SET open = new.quantity > new.reserved WHERE id = new.id; END;

CREATE TRIGGER IF NOT EXISTS stock_whole_insert BEFORE INSERT ON stock WHEN typeof(new.quantity) <> 'integer' OR typeof(new.reserved) <> 'integer' BEGIN SELECT RAISE(ABORT, 'stock takes whole millionths'); END;

CREATE TRIGGER IF NOT EXISTS stock_whole_update BEFORE UPDATE ON stock WHEN typeof(new.quantity) <> 'integer' OR typeof(new.reserved) <> 'integer' BEGIN SELECT RAISE(ABORT, 'stock takes whole millionths'); END;

CREATE TRIGGER IF NOT EXISTS card_entry_whole_insert BEFORE INSERT ON card_entry WHEN typeof(new.quantity_in) <> 'integer' OR typeof(new.quantity_out) <> 'integer' OR typeof(new.balance) <> 'integer' BEGIN SELECT RAISE(ABORT, 'card_entry takes whole millionths'); END;

CREATE TRIGGER IF NOT EXISTS ledger_entry_whole_insert BEFORE INSERT ON ledger_entry WHEN typeof(new.quantity_in) <> 'integer' OR typeof(new.quantity_out) <> 'integer' OR typeof(new.balance) <> 'integer' BEGIN SELECT RAISE(ABORT, 'ledger_entry takes whole millionths'); END;
