"""Handhelds that were offline: their numbers, their clocks, and scans sent again (R-U3, R-U4, D14)."""

from datetime import timedelta

from tests.factories import TODAY
from warehouse.tables.base import rows


def receipt(store) -> str:
    made = store.done("/receipts", supplier="SUP", reference="PO-1", lines=[{"item_no": "EL-100", "quantity": "90"}])
    return str(made["receipt_no"])


def scan(quantity="1", *, sequence, hours=0.0, device="H-1", batch="N"):
    done_at = (TODAY + timedelta(hours=hours)).isoformat()
    return {
        "item_no": "EL-100", "batch_no": batch, "quantity": quantity, "location": "IN-1", "device": device,
        "sequence": sequence, "done_at": done_at,
    }  # fmt: skip


def test_given_offline_scans_when_synced_then_both_times_are_kept_and_the_missing_number_is_shown(store):
    """R-U3: done 10:00, received 12:00, number 57; 56 never came."""
    path = f"/receipts/{receipt(store)}/scans"
    store.now = TODAY + timedelta(hours=2)
    store.done(path, scan(sequence=55))
    store.done(path, scan(sequence=57))
    entry = store.get("/batches/EL-100/N/card").json["items"][-1]
    assert (entry["done_at"], entry["written_at"]) == (
        "2026-06-01T02:00:00.000000+00:00", "2026-06-01T04:00:00.000000+00:00",
    )  # fmt: skip
    (seen,) = store.get("/devices").json["items"]
    assert (seen["device"], seen["last_sequence"], seen["missing"]) == ("H-1", 57, [56])


def test_given_a_synced_scan_when_it_is_replayed_then_it_gets_its_first_answer_and_nothing_moves(store):
    """R-U3, D14: also under another key, as from a second tab."""
    path = f"/receipts/{receipt(store)}/scans"
    first = store.done(path, scan(sequence=57))
    again = store.post(path, scan(sequence=57))
    assert (again.json, again.headers["Idempotent-Replay"]) == (first, "true")
    assert store.stock("N") == [("IN-1", "pending", "1")]
    refused = store.refused(path, scan("100", sequence=58))
    assert store.refused(path, scan("100", sequence=58))["code"] == refused["code"] == "over-receipt"
    (noted,) = store.get("/devices").json["items"]
    assert (noted["last_sequence"], noted["missing"]) == (58, [])


def test_given_a_number_whose_request_was_kept_unanswered_when_it_tries_again_then_it_is_done_once(store):
    """R-U3: a 404 of a document is no answer for ever; the scan that then succeeds owns the number."""
    assert store.refused("/receipts/S1-GR0000-0000/scans", scan(sequence=1))["code"] == "not-found"
    path = f"/receipts/{receipt(store)}/scans"
    first = store.done(path, scan(sequence=1))
    assert store.post(path, scan(sequence=1)).json == first
    assert store.stock("N") == [("IN-1", "pending", "1")]


def test_given_a_scan_of_the_future_when_sent_then_refused_beyond_five_minutes(store):
    """R-U3, C11"""
    path = f"/receipts/{receipt(store)}/scans"
    refused = store.refused(path, scan(sequence=1, hours=0.1))
    assert (refused["code"], refused["field"]) == ("invalid-input", "done_at")
    store.done(path, scan(sequence=1, hours=0.08))


def test_given_a_clock_a_day_behind_when_scanned_then_server_time_decides_and_the_deviation_is_stored(store):
    """R-U4, P9, K9: what came today stays of today, whatever its handheld says, and leaves after the older ones."""
    path = f"/receipts/{receipt(store)}/scans"
    store.done(path, scan("40", sequence=1, hours=-24))
    store.done(path, scan("40", sequence=2, hours=-24))
    assert store.batch("N")["first_received_on"] == "2026-06-01"
    (seen,) = store.get("/devices", who="admin").json["items"]
    assert seen["clock_behind_seconds"] == 24 * 3600
    assert rows("SELECT content FROM audit WHERE content LIKE '%2026-05-31T02:00:00%' AND outcome = 'done'")
    delivery_no = store.order("5")
    late = {"done_at": (TODAY - timedelta(days=1)).isoformat(), "device": "H-1", "sequence": 3}
    assert store.refused(f"/deliveries/{delivery_no}/scans", code="B", quantity="5", **late)["code"] == "not-oldest"


def test_given_another_site_when_devices_are_listed_then_only_its_own_are_there(store):
    """R-M5"""
    store.done(f"/receipts/{receipt(store)}/scans", scan(sequence=1))
    store.done("/sites", who="admin", code="S2", name="Plant 2")
    assert store.get("/devices?site=S2").json["items"] == []


def test_given_three_devices_when_listed_by_two_then_the_rest_is_on_the_next_page(store):
    """R-U3"""
    path = f"/receipts/{receipt(store)}/scans"
    for device in ("H-3", "H-1", "H-2"):
        store.done(path, scan(sequence=1, device=device))
    first = store.get("/devices?limit=2").json
    assert ([each["device"] for each in first["items"]], first["next"]) == (["H-1", "H-2"], "H-2")
    rest = store.get("/devices?limit=2&after=H-2").json
    assert ([each["device"] for each in rest["items"]], rest["next"]) == (["H-3"], None)
    assert store.get("/devices?limit=0").status_code == 400
