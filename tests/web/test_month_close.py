"""Three signatures under a month, frozen and printed the same for ever, and nothing dated in it after (R-R9, R-R10, R-C20)."""

import io
import json
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook

from tests.factories import do, put_in_stock
from tests.web.reconciling import (
    JULY,
    MONTH,
    compare,
    counted,
    figures,
    printed,
    put,
    read_pdf,
    sign,
    sign_all,
    sign_missing,
)
from warehouse.books import ledger
from warehouse.reports import reconciliation_print
from warehouse.rules.refusals import ClosedMonth
from warehouse.tables.base import rows
from warehouse.tables.counts import Count


def test_given_three_people_when_all_have_signed_then_the_month_is_frozen_and_prints_the_same_for_ever(store):
    """R-R9, R-R10, R-C20"""
    counted(store, {("A", "B-01"): "28", ("B", "B-02"): "50", ("C", "B-03"): "40"})
    store.now = JULY
    assert "not signed by all" in read_pdf(printed(store, "pdf"))
    assert sign(store, "card", who="manager").json["needs"] == ["keeper"]
    assert sign(store, "account", who="keeper").json["needs"] == ["manager"]
    assert sign(store, "goods", who="keeper2").json["needs"] == ["who-counted"]
    assert "who counted in the month" in sign(store, "goods", who="keeper2").json["detail"]
    last = sign_all(store)
    assert (last["state"], last["missing"], last["signed_twice"]) == ("closed", [], [])
    assert [(each["book"], each["signed_by"]) for each in last["signatures"]] == [
        ("account", "manager"), ("card", "keeper2"), ("goods", "keeper"),
    ]  # fmt: skip
    before = store.get(f"/reconciliations/{MONTH}?all=true").json
    pdf, xlsx = printed(store, "pdf"), printed(store, "xlsx")
    assert [(row["batch_no"], row["state"]) for row in before["items"]] == [
        ("A", "assigned"), ("B", "agrees"), ("C", "agrees"),
    ]  # fmt: skip
    text = read_pdf(pdf)
    ((head,),) = rows("SELECT hash FROM chain_head")
    chain = json.loads(rows("SELECT content FROM reconciliation_month")[0][0])["chain"]["hash"]
    assert chain in text
    assert chain != head, "the head before the third signature's own act"
    assert all(name in text for name in ("manager", "keeper2", "EL-100", "盘亏"))
    book = load_workbook(io.BytesIO(xlsx))
    assert [cell.value for cell in book.worksheets[1][2]] == ["EL-100", "A", None, 30, 30, 28]
    assert sign(store, "card", who="keeper2").json["state"] == "closed"
    store.now += timedelta(days=3)
    delivery = store.order("5")
    store.done(f"/deliveries/{delivery}/scans", code="A", quantity="5")
    store.done(f"/discrepancies/{before['items'][0]['causes'][0]['discrepancy_no']}/close", who="manager",
               reason="explained", note="found in July")  # fmt: skip
    assert store.get(f"/reconciliations/{MONTH}?all=true").json == before
    assert (printed(store, "pdf"), printed(store, "xlsx")) == (pdf, xlsx)
    assert [item["batch_no"] for item in compare(store, "2026-07")] == ["A"]


def test_given_one_person_signs_two_books_when_shown_then_it_is_said(store):
    """R-R10"""
    counted(store, {("A", "B-01"): "30"}, counter="manager")
    store.now = JULY
    assert sign(store, "account", who="manager").json["signed_twice"] == []
    assert sign(store, "goods", who="manager").json["signed_twice"] == ["manager"]
    assert store.get(f"/reconciliations/{MONTH}").json["signed_twice"] == ["manager"]


def test_given_figures_change_after_a_signature_when_the_rest_sign_then_that_one_is_asked_for_again(store):
    """R-R9: a signature is under the figures it was given for"""
    counted(store, {("A", "B-01"): "30"})
    store.now = JULY
    sign(store, "card", who="keeper2")
    put(store, {"A": "29", "B": "50", "C": "40"}, as_of="2026-06-30")
    assert sign(store, "account", who="manager").json["missing"] == ["card", "goods"]
    assert sign(store, "account", who="manager").json["reason"] == "account-signed"
    assert sign_missing(store, ("card", "keeper2"), ("goods", "keeper"))["state"] == "closed"
    (a,) = compare(store)
    assert (figures(a), a["own_account"]) == (("29", "30", "30"), "30")
    refused = put(store, {"A": "30"}, as_of="2026-06-30")
    assert refused.json["type"].endswith("closed-month")


def test_given_a_month_that_is_not_over_or_not_settled_when_signed_then_refused_and_after_it_nothing_dated_in_it(store):
    """R-C20"""
    assert sign(store, "card", who="keeper").json["reason"] == "month-not-over"
    delivery = store.order("5")
    store.done(f"/deliveries/{delivery}/scans", code="A", quantity="5")
    count = counted(store, {("A", "B-01"): "25"}, state="approved")
    store.now = JULY
    sign_missing(store, ("card", "keeper2"), ("account", "manager"))
    staged = sign(store, "goods", who="keeper").json
    assert (staged["document_no"], staged["reason"]) == (delivery, "staged-in-month")
    (pick,) = store.get(f"/deliveries/{delivery}").json["lines"][0]["picks"]
    store.done(f"/deliveries/{delivery}/picks/{pick['pick']}/undo")
    assert sign(store, "goods", who="keeper").json["reason"] == "count-not-closed"
    Count.update(state="closed").where(Count.id == count.id).execute()
    receipt = store.done(
        "/receipts", who="clerk", supplier="SUP", reference="PO-1", lines=[{"item_no": "EL-100", "quantity": "20"}]
    )["receipt_no"]
    store.done(f"/receipts/{receipt}/scans", item_no="EL-100", batch_no="N", quantity="20")
    assert sign(store, "goods", who="keeper").json["state"] == "closed", "what is scanned in July waits for nobody"
    assert rows("SELECT month, closed_by FROM period") == [(MONTH, "keeper")]

    def post(tx):
        with pytest.raises(ClosedMonth):
            ledger.post(tx, batch_id=1, owner="", kind="receipt", voucher_no="X", quantity_in=1,
                        posted_on=date(2026, 6, 30))  # fmt: skip

    do(post, now=store.now)
    store.done(f"/receipts/{receipt}/post", who="clerk")


def test_given_a_closed_month_when_asked_again_then_its_figures_are_those_kept_at_its_close(store):
    """R-R9, R-R12: as-of never sums from the start"""
    counted(store, {("A", "B-01"): "30"})
    store.now = JULY
    sign_all(store)
    assert sorted(rows("SELECT batch_id, quantity / 1000000 FROM period_balance")) == [(1, 30), (2, 50), (3, 40)]
    assert sorted(rows("SELECT batch_id, balance / 1000000 FROM period_account")) == [(1, 30), (2, 50), (3, 40)]
    for table in ("period_balance", "reconciliation_month", "signature"):
        with pytest.raises(Exception, match="append-only"):
            rows(f"DELETE FROM {table}")


def test_given_a_real_count_when_approved_then_both_records_follow_and_the_month_closes_on_what_agrees(store):
    """R-R1, R-C20: recount, then one approval corrects account and card; the three sign what is left"""
    count_no = store.done("/counts", who="manager", month=MONTH)["count_no"]
    store.now += timedelta(minutes=10)
    for who, found in (("keeper", {"A": "28", "B": "50", "C": "40"}), ("keeper2", {"A": "28"})):
        for place, (batch_no, quantity) in enumerate(found.items(), start=1):
            store.done(
                f"/counts/{count_no}/scans", who=who, item_no="EL-100", batch_no=batch_no, location=f"B-0{place}",
                quantity=quantity,
            )  # fmt: skip
    store.done(f"/counts/{count_no}/submit")
    (a,) = compare(store)
    assert (figures(a), a["cause"]) == (("30", "30", "28"), "physical-loss")
    number = store.done(f"/reconciliations/{MONTH}/discrepancies")["opened"][0]
    store.now += timedelta(minutes=10)
    store.done(f"/counts/{count_no}/approve", who="manager", reason="loss")
    store.done(f"/counts/{count_no}/close", who="manager")
    assert compare(store) == []
    store.done(f"/discrepancies/{number}/close", who="manager", reason="adjusted", note=count_no)
    store.now = JULY
    assert sign_all(store)["state"] == "closed"
    everything = store.get(f"/reconciliations/{MONTH}?all=true").json["items"]
    assert [(row["batch_no"], figures(row)) for row in everything] == [
        ("A", ("28", "28", "28")), ("B", ("50", "50", "50")), ("C", ("40", "40", "40")),
    ]  # fmt: skip


def test_given_a_closed_month_when_a_movement_says_it_was_done_in_it_then_refused_and_dated_now_it_is_taken(store):
    """R-C20, R-U3: a scan kept offline over the month's end, by site time; the card of the signed month stays"""
    counted(store, {("A", "B-01"): "30"})
    receipt = store.done("/receipts", supplier="SUP", reference="R1", lines=[{"item_no": "EL-100", "quantity": "5"}])
    order = store.order("5")
    store.now = JULY
    assert sign_all(store)["state"] == "closed"
    late = "2026-06-30T15:59:59Z"  # the last second of June in Shanghai
    moves = (
        (f"/receipts/{receipt['receipt_no']}/scans", {"item_no": "EL-100", "batch_no": "N1", "quantity": "5"}),
        (f"/deliveries/{order}/scans", {"code": "A", "quantity": "1"}),
        ("/transfers", {"code": "B", "from": "B-02", "to": "B-04", "quantity": "1"}),
    )
    before = rows("SELECT COUNT(*) FROM card_entry")
    for path, sent in moves:
        problem = store.refused(path, sent, done_at=late)
        assert (problem["code"], problem["month"]) == ("closed-month", MONTH), path
    assert rows("SELECT COUNT(*) FROM card_entry") == before
    for path, sent in moves:
        store.done(path, sent, done_at="2026-07-01T00:00:00+08:00")


def test_given_goods_scanned_in_the_month_and_not_posted_when_the_last_signs_then_refused_until_they_are(store):
    """R-C20: what is on the card of June and not in the account"""
    receipt = store.done(
        "/receipts", who="clerk", supplier="SUP", reference="PO-1", lines=[{"item_no": "EL-100", "quantity": "20"}]
    )["receipt_no"]
    store.done(f"/receipts/{receipt}/scans", item_no="EL-100", batch_no="N", quantity="20")
    counted(store, {("A", "B-01"): "30"})
    store.now = JULY
    sign_missing(store, ("card", "keeper2"), ("account", "manager"))
    refused = sign(store, "goods", who="keeper").json
    assert (refused["document_no"], refused["reason"]) == (receipt, "unposted-in-month")
    assert rows("SELECT COUNT(*) FROM period") == [(0,)]
    store.done(f"/receipts/{receipt}/post", who="clerk")
    assert sign(store, "goods", who="keeper").status_code == 200


def test_given_only_a_part_was_counted_when_the_last_signs_then_the_month_counts_as_not_counted(store):
    """R-C20, R-C21: a cycle count is no count of the month"""
    counted(store, {("A", "B-01"): "30"}, kind="cycle")
    store.now = JULY
    sign_missing(store, ("card", "keeper2"), ("account", "manager"))
    assert sign(store, "goods", who="keeper").json["reason"] == "not-counted"


def test_given_a_long_text_when_printed_then_it_is_cut_between_words_and_a_word_only_where_it_must():
    """R-R9: a voucher's number is read as one"""
    lines = reconciliation_print._cut("missing posting 3 S1-DN2606-0002 S1-DF2607-0001 assigned", 100.0)
    assert len(lines) > 1
    assert " ".join(lines) == "missing posting 3 S1-DN2606-0002 S1-DF2607-0001 assigned"
    assert "".join(reconciliation_print._cut("W" * 60, 100.0)) == "W" * 60


def test_given_the_month_s_last_second_when_signed_then_refused_and_at_midnight_of_the_site_taken(store):
    """R-C20: today cannot be closed"""
    counted(store, {("A", "B-01"): "30"})
    midnight = JULY.replace(day=30, month=6, hour=16, minute=0)
    store.now = midnight - timedelta(seconds=1)
    assert sign(store, "card", who="keeper2").json["reason"] == "month-not-over"
    store.now = midnight
    assert sign(store, "card", who="keeper2").status_code == 200


def test_given_one_zone_was_counted_when_the_last_signs_then_the_others_are_asked_for(store):
    """R-C20, R-C21: every bin with stock has a line; a zone without any is not due"""
    put_in_stock("Y  2026-05-01  2  QU-1  yellow")
    counted(store, {("A", "B-01"): "30"}, zone="blue")
    store.now = JULY
    sign_missing(store, ("card", "keeper2"), ("account", "manager"))
    refused = sign(store, "goods", who="keeper").json
    assert (refused["reason"], refused["document_no"]) == ("zone-not-counted", "quarantine")
    counted(store, {("Y", "QU-1"): "2"}, zone="quarantine")
    assert sign(store, "goods", who="keeper").json["state"] == "closed"
