"""A keeper scanned 10 instead of 1 at the dock: one press takes the scan back, as long as nothing came of it."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.web.browser import Browser
from warehouse.books import verify
from warehouse.tables.base import database, rows


@pytest.fixture
def receipt(store) -> str:
    """An open receipt of 20."""
    lines = [{"item_no": "EL-200", "quantity": "20"}]
    return str(store.done("/receipts", who="clerk", supplier="SUP", reference="PO-1", lines=lines)["receipt_no"])


def scan(store, receipt, quantity="10", **members):
    sent = {"item_no": "EL-200", "batch_no": "L1", "quantity": quantity, **members}
    return store.done(f"/receipts/{receipt}/scans", sent)


def undo(receipt, scanned) -> str:
    return f"/receipts/{receipt}/scans/{scanned['entry_no']}/undo"


def line(store, receipt):
    return store.get(f"/receipts/{receipt}").json["lines"][0]["received"]


def test_given_10_scanned_in_place_of_1_when_undone_then_card_reverses_it_line_and_paper_too_and_1_comes_in(
    store, receipt
):
    """R-U1, R-R7: the wrong line stands, the opposite one names it; nothing is left of it but the two"""
    wrong = scan(store, receipt)
    undone = store.done(undo(receipt, wrong))
    assert (undone["balance"], undone["reverses"]) == ("0", wrong["entry_no"])
    came, gone = store.get("/batches/EL-200/L1/card").json["items"]
    assert (came["quantity_in"], came["kind"], came["reverses"]) == ("10", "receipt", None)
    assert (gone["quantity_out"], gone["kind"], gone["reverses"]) == ("10", "receipt-undone", wrong["entry_no"])
    assert (gone["voucher_no"], gone["written_by"], gone["balance"]) == (receipt, "keeper", "0")
    assert (store.stock("L1", "EL-200"), line(store, receipt)) == ([], "0")
    (label_no,) = wrong["label_nos"]
    assert store.get(f"/labels/{label_no}").json["void_reason"] == "receipt-undone"
    assert store.refused("/transfers", code=label_no, to="B-04")["code"] == "label-void"
    assert [task["subject"] for task in store.get("/tasks?kind=inspect", who="qa").json["items"]] == []
    scan(store, receipt, "1")
    store.done(f"/receipts/{receipt}/post", who="clerk", cancel_rest=True)
    account = store.get("/batches/EL-200/L1/account").json["items"]
    assert [(entry["quantity_in"], entry["kind"]) for entry in account] == [("1", "receipt")]
    assert [each["state"] for each in store.get(f"/receipts/{receipt}").json["scans"]] == ["undone", "posted"]
    assert list(verify.verify()) == []


def test_given_the_undo_sent_three_times_when_the_answer_was_lost_then_one_reversal_and_another_key_is_refused(
    store, receipt
):
    """R-X2, R-X4, R-U1: reversing twice is refused"""
    wrong = scan(store, receipt)
    answers = [store.post(undo(receipt, wrong), key="undo-once-1") for _ in range(3)]
    assert [each.status_code for each in answers] == [201, 201, 201]
    assert len({each.data for each in answers}) == 1
    refused = store.refused(undo(receipt, wrong))
    assert (refused["code"], refused["reason"]) == ("document-state", "scan-undone")
    assert "undone already" in refused["detail"]
    assert len(store.get("/batches/EL-200/L1/card").json["items"]) == 2


def test_given_two_scans_of_a_batch_when_either_is_undone_then_the_other_stays_in_any_order(store, receipt):
    """The last scan is the usual slip, but not the only one"""
    first, second = scan(store, receipt, "3"), scan(store, receipt, "4")
    store.done(undo(receipt, first))
    assert store.stock("L1", "EL-200") == [("IN-1", "pending", "4")]
    assert store.get("/tasks?kind=inspect", who="qa").json["items"] != []
    store.done(undo(receipt, second))
    assert store.stock("L1", "EL-200") == []
    assert list(verify.verify()) == []


TOUCHES = {
    "inspected": lambda store: store.done(
        "/batches/EL-200/L1/inspections", who="qa", kind="incoming",
        decisions=[{"quantity": "1", "verdict": "qualified"}],
    ),
    "moved": lambda store: store.done("/transfers", code="L1", to="QA-1", quantity="2"),
    "sampled": lambda store: store.done("/batches/EL-200/L1/samples", who="qa", quantity="1", note="hardness"),
}  # fmt: skip


@pytest.mark.parametrize("touch", TOUCHES)
def test_given_goods_that_were_touched_when_their_scan_is_undone_then_refused_with_the_reason(store, receipt, touch):
    """Nobody knows any more which pieces those of the scan are"""
    wrong = scan(store, receipt)
    TOUCHES[touch](store)
    before = store.stock("L1", "EL-200")
    refused = store.refused(undo(receipt, wrong))
    assert (refused["code"], refused["reason"]) == ("document-state", "goods-touched")
    assert "inspected, moved or sampled" in refused["detail"]
    assert (store.stock("L1", "EL-200"), line(store, receipt)) == (before, "10")


@pytest.mark.parametrize("cancel_rest", [True, False])
def test_given_a_posted_receipt_when_a_scan_is_undone_then_refused_also_while_it_stays_open(
    store, receipt, cancel_rest
):
    """R-X4: what is in the account is corrected by a document"""
    wrong = scan(store, receipt)
    store.done(f"/receipts/{receipt}/post", who="clerk", cancel_rest=cancel_rest)
    assert store.refused(undo(receipt, wrong))["reason"] == "scan-posted"
    if not cancel_rest:
        later = scan(store, receipt, "5")
        store.done(undo(receipt, later))
        assert store.refused(undo(receipt, wrong))["reason"] == "scan-posted"
        assert store.stock("L1", "EL-200") == [("IN-1", "pending", "10")]
    assert list(verify.verify()) == []


def test_given_a_wrong_number_or_right_when_undone_then_404_or_403_and_another_receipt_s_scan_is_not_there(
    store, receipt
):
    """A3, A4"""
    wrong = scan(store, receipt)
    lines = [{"item_no": "EL-200", "quantity": "5"}]
    other = store.done("/receipts", who="clerk", supplier="SUP", reference="PO-2", lines=lines)["receipt_no"]
    for path in (undo(other, wrong), undo(receipt, {"entry_no": 1}), undo(receipt, {"entry_no": 10**30})):
        assert store.refused(path)["code"] == "not-found"
    assert store.refused(undo(receipt, wrong), who="qa")["code"] == "forbidden"
    assert store.refused(undo("nowhere", wrong))["code"] == "not-found"


def test_given_a_frozen_dock_when_a_scan_is_undone_then_refused_until_it_is_free(store, receipt):
    """R-C16"""
    wrong = scan(store, receipt)
    store.done("/locations/IN-1/freeze", who="manager", reason="count")
    assert store.refused(undo(receipt, wrong))["code"] == "count-open"
    store.done("/locations/IN-1/unfreeze", who="manager")
    store.done(undo(receipt, wrong))


def test_given_a_wrong_date_when_the_scan_is_undone_and_done_again_then_no_batch_conflict_and_the_new_dates_hold(
    store, receipt
):
    """R-A4: a slip of the hand leaves no date behind; goods that are there do"""
    wrong = scan(store, receipt, expiry_date="2026-12-31")
    store.done(undo(receipt, wrong))
    store.now = store.now.replace(day=3)
    assert store.refused(
        f"/receipts/{receipt}/scans", item_no="EL-200", batch_no="L1", quantity="1", expiry_date="2026-05-01"
    )["reason"] == "already-expired"  # fmt: skip
    right = scan(store, receipt, "1", expiry_date="2027-01-31")["batch"]
    assert (right["expiry_date"], right["first_received_on"], right["reinspect_on"]) == (
        "2027-01-31", "2026-06-03", "2026-12-03",
    )  # fmt: skip
    assert rows("SELECT expiry_key FROM stock WHERE quantity > 0 AND item_id = 2") == [("2027-01-31",)]
    refused = store.refused(
        f"/receipts/{receipt}/scans", item_no="EL-200", batch_no="L1", quantity="1", expiry_date="2026-12-31"
    )
    assert refused["code"] == "batch-conflict"
    assert list(verify.verify()) == []


def test_given_two_keepers_when_both_undo_one_scan_at_once_then_one_does(store, receipt):
    """D9"""
    wrong = scan(store, receipt)
    start = Barrier(2)

    def press(who: str) -> int:
        start.wait()
        headers = {"Authorization": f"Bearer token-{who}", "Idempotency-Key": f"undo-by-{who}"}
        try:
            path = f"/api/v1{undo(receipt, wrong)}"
            return store.app.test_client().post(path, json={}, headers=headers).status_code
        finally:
            database.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, ("keeper", "keeper2"))) == [201, 409]
    assert store.stock("L1", "EL-200") == []
    assert list(verify.verify()) == []


@pytest.mark.parametrize("language", ["en", "zh_Hans", "zh_Hant"])
def test_given_the_page_when_undo_on_the_panel_is_pressed_then_it_is_done_in_one_press(store, receipt, language):
    """K2: 10 instead of 1, and the panel still stands there"""
    keeper = Browser(store, "keeper", language)
    keeper.open(f"/receive/{receipt}")
    keeper.send(f"/receive/{receipt}/scan", code="L1", quantity="10")
    pressed = re.search(r'<section class="panel.*?action="([^"]+/undo/\d+)"', keeper.page.text, re.DOTALL)
    assert pressed, keeper.words
    keeper.send(pressed[1])
    assert 'class="panel ok"' in keeper.page.text
    assert {"en": "the goods are off the record", "zh_Hans": "已撤销", "zh_Hant": "已撤銷"}[language] in keeper.words
    assert store.stock("L1", "EL-200") == []
    keeper.post(pressed[1], keeper.form(f"/receive/{receipt}/scan").fields)
    assert 'class="panel refused"' in keeper.page.text
