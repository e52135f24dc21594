"""The monthly count through the service: blind, as of the moment of counting, everything on its sheet (R-C1..R-C3, R-C8, R-C11..R-C13)."""

import pytest

from tests import factories
from tests.web.counting import at, big_store, count_rest, finish, open_count, type_in, variances
from warehouse.tables.base import rows


def test_given_a_count_when_keepers_ask_everywhere_then_no_answer_holds_a_book_quantity(store):
    """R-C1: every count reply, error, export, and what the batch says to who has to count it"""
    big_store(store, "8317")
    count_no = open_count(store, assignments=[{"zone": "blue", "counter": "keeper"}])
    said = []
    for path in ("", "/lines", "/lines?state=open", "/sheet.csv", "/not-due", "/uncounted", "/findings", "/notices"):
        response = store.get(f"/counts/{count_no}{path}")
        assert response.status_code == 200, path
        said.append(response.get_data(as_text=True))
    assert store.get(f"/counts/{count_no}/variances").status_code == 403
    said.append(str(store.get("/counts").json))
    for body in (
        {"quantity": "0"},
        {"quantity": "5000000"},
        {"quantity": "1", "location": "B-01"},
        {"quantity": "1.5"},
    ):
        members = {"item_no": "EL-200", "batch_no": "N", "location": "B-04", **body}
        said.append(str(store.post(f"/counts/{count_no}/scans", members).json))
    said.append(str(type_in(store, count_no, "N", "7", item_no="EL-200", correct=False)))
    said.append(str(store.post(f"/counts/{count_no}/submit", {}).json))
    said.append(store.get("/batches/EL-200/N").get_data(as_text=True))
    said.append(str(store.done("/scans", code="N")))
    for path in ("card", "card?location=B-04", "card.pdf", "account"):
        assert store.get(f"/batches/EL-200/N/{path}").json["type"].endswith("#count-open"), path
    assert not [text for text in said if "8317" in text]
    assert store.get("/batches/EL-200/N", who="keeper2").json["stock"][0]["quantity"] == "8317"


def test_given_a_count_when_its_lines_are_asked_then_whether_one_agrees_is_told_to_the_lead_only(store):
    """R-C1: else who counts would correct until it says "agrees\""""
    count_no = open_count(store)
    type_in(store, count_no, "A", "30")
    type_in(store, count_no, "B", "49")
    blind = {line["batch_no"]: line for line in store.get(f"/counts/{count_no}/lines").json["items"]}
    assert [blind[each]["state"] for each in "ABC"] == ["counted", "counted", "open"]
    assert [blind[each]["counted_by_me"] for each in "ABC"] == ["30", "49", None]
    other = {line["batch_no"]: line for line in store.get(f"/counts/{count_no}/lines", who="clerk").json["items"]}
    assert other["B"]["counted_by_me"] is None
    lead = {line["batch_no"]: line for line in store.get(f"/counts/{count_no}/lines", who="manager").json["items"]}
    assert [lead[each]["state"] for each in "ABC"] == ["counted", "recount", "open"]


def test_given_a_receipt_after_the_counting_when_posted_then_the_difference_is_as_of_the_counting(store):
    """R-C2: book 100 at 09:00, counted 90 at 09:10, receipt 20 at 09:30: -10, 110 after posting"""
    at(store, "08:30")
    big_store(store)
    at(store, "09:00")
    count_no = open_count(store, zone="blue")
    count_rest(store, count_no, "A", "B", "C")
    at(store, "09:10")
    type_in(store, count_no, "N", "90", item_no="EL-200")
    at(store, "09:30")
    factories.put_in_stock("N 2026-05-01 20 B-04 blue", item_no="EL-200", now=store.now)
    at(store, "09:40")
    type_in(store, count_no, "N", "110", item_no="EL-200", who="keeper2")
    at(store, "10:00")
    store.done(f"/counts/{count_no}/submit")
    line = variances(store, count_no)["N"]
    assert (line["difference"], line["state"]) == ("-10", "variance")
    assert [each["difference"] for each in line["counts"]] == ["-10", "-10"]
    told = finish(store, count_no, reason="loss")
    assert store.stock("N", "EL-200") == [("B-04", "qualified", "110")]
    account = store.get("/batches/EL-200/N/account").json["items"][-1]
    assert (account["kind"], account["quantity_out"], account["voucher_no"]) == (
        "adjustment", "10", told["adjustments"][0],
    )  # fmt: skip


def test_given_a_count_that_arrives_late_when_it_says_when_then_the_card_of_that_moment_is_compared(store):
    """R-C2: counted out of reach at 09:10, sent at 10:00"""
    at(store, "09:00")
    count_no = open_count(store)
    at(store, "09:30")
    factories.put_in_stock("A 2026-01-10 20 B-01 blue", now=store.now)
    at(store, "10:00")
    type_in(store, count_no, "A", "30", counted_at="2026-06-02T09:10:00+08:00")
    assert variances(store, count_no) == {}
    type_in(store, count_no, "B", "50", done_at="2026-06-02T09:10:00+08:00")
    for moment in ("2026-06-02T08:59:00+08:00", "2026-06-02T10:06:00+08:00", "2026-06-02T09:10:00"):
        problem = store.refused(
            f"/counts/{count_no}/scans", item_no="EL-100", batch_no="C", location="B-03", quantity="1",
            counted_at=moment,
        )  # fmt: skip
        assert (problem["code"], problem["field"]) == ("invalid-input", "counted_at")


@pytest.mark.parametrize("approved", [False, True])
def test_given_an_issue_done_before_the_counting_when_it_arrives_later_then_the_line_reopens(store, approved):
    """R-C3: 4 issued at 09:05, told at 11:00: the difference is -6, before and after the approval"""
    at(store, "08:30")
    big_store(store)
    at(store, "09:00")
    count_no = open_count(store, zone="blue")
    count_rest(store, count_no, "A", "B", "C")
    at(store, "09:10")
    type_in(store, count_no, "N", "90", item_no="EL-200")
    type_in(store, count_no, "N", "90", item_no="EL-200", who="keeper2")
    factories.put_in_stock("N 2026-05-01 20 B-04 blue", item_no="EL-200", now=store.now)
    at(store, "10:00")
    store.done(f"/counts/{count_no}/submit")
    if approved:
        store.done(f"/counts/{count_no}/approve", who="manager")
        assert store.stock("N", "EL-200") == [("B-04", "qualified", "110")]
    at(store, "11:00")
    store.done(
        "/transfers", item_no="EL-200", batch_no="N", quantity="4", to="B-02", done_at="2026-06-02T09:05:00+08:00",
        **{"from": "B-04"},
    )  # fmt: skip
    line = next(
        each for each in store.get(f"/counts/{count_no}/variances", who="manager").json["items"]
        if each["batch_no"] == "N" and each["location"] == "B-04"
    )  # fmt: skip
    assert (line["difference"], line["state"], line["cause"]) == ("-6", "reopened", "late-movement")
    assert store.get(f"/counts/{count_no}", who="manager").json["state"] == "submitted"
    problem = store.refused(f"/counts/{count_no}/close", who="manager")
    assert (problem["code"], problem["reason"]) == ("document-state", "not-approved")
    finish(store, count_no)
    assert ("B-04", "qualified", "110") in store.stock("N", "EL-200")


def test_given_a_movement_done_after_the_counting_when_it_arrives_later_then_nothing_reopens(store):
    """R-C3"""
    at(store, "09:00")
    count_no = open_count(store)
    count_rest(store, count_no, "A", "B", "C")
    at(store, "11:00")
    store.done(
        "/transfers", item_no="EL-100", batch_no="A", quantity="4", to="B-02", done_at="2026-06-02T10:05:00+08:00"
    )
    assert variances(store, count_no) == {}


def test_given_a_batch_nobody_knows_when_found_then_it_is_white_stock_only_after_qa(store):
    """R-C11"""
    count_no = open_count(store)
    count_rest(store, count_no, "A", "B", "C")
    told = type_in(store, count_no, "X9", "7")
    assert told["kind"] == "unknown-batch"
    assert store.get("/batches/EL-100/X9").status_code == 404
    store.done(f"/counts/{count_no}/submit")
    problem = store.refused(f"/counts/{count_no}/approve", who="manager")
    assert (problem["code"], problem["reason"]) == ("document-state", "findings-open")
    path = f"/counts/{count_no}/findings/{told['finding']}/decide"
    assert store.refused(path, accept=True, who="manager")["code"] == "forbidden"
    store.done(path, accept=True, who="qa", first_received_on="2026-03-01")
    assert store.stock("X9") == []
    type_in(store, count_no, "X9", "7", who="keeper2")
    finish(store, count_no)
    assert store.stock("X9") == [("B-04", "pending", "7")]
    assert store.get("/tasks?kind=inspect").json["items"][0]["facts"]["batch_no"] == "X9"
    assert store.refused(path, accept=False, who="qa")["code"] == "document-state"


def test_given_blank_lines_when_submitted_then_only_the_lead_decides_and_it_is_kept(store):
    """R-C8: keep leaves the book; chosen once, the other choice is refused"""
    count_no = open_count(store)
    count_rest(store, count_no, "A", "B")
    problem = store.refused(f"/counts/{count_no}/submit")
    assert (problem["code"], problem["reason"]) == ("document-state", "blank-lines")
    assert store.refused(f"/counts/{count_no}/submit", who="manager")["reason"] == "blank-lines"
    assert store.refused(f"/counts/{count_no}/submit", blanks="keep")["code"] == "forbidden"
    store.done(f"/counts/{count_no}/submit", who="manager", blanks="keep")
    shown = store.get(f"/counts/{count_no}").json
    assert (shown["blanks"], shown["blanks_by"], shown["state"]) == ("keep", "manager", "approved")
    assert store.done(f"/counts/{count_no}/submit", who="manager", blanks="keep")["state"] == "approved"
    problem = store.refused(f"/counts/{count_no}/submit", who="manager2", blanks="zero")
    assert (problem["code"], problem["reason"]) == ("document-state", "blanks-decided")
    finish(store, count_no)
    assert store.stock("C") == [("B-03", "qualified", "40")]


def test_given_goods_of_every_kind_when_the_sheet_is_made_then_all_are_on_it_owners_apart(store):
    """R-C12"""
    factories.put_in_stock(
        "EXP 2025-01-01 1 B-01 blue 2026-01-01\nYEL 2026-05-01 2 QU-1 yellow\nRED 2026-05-01 3 SC-1 red\n"
        "WHI 2026-05-01 4 QA-1 white\nOWN 2026-05-01 5 B-02 blue - K"
    )
    store.done("/batches/EL-100/B/doubts", reason="a dent")
    count_no = open_count(store)
    lines = store.get(f"/counts/{count_no}/lines").json["items"]
    assert {line["batch_no"] for line in lines} == {*"ABC", "EXP", "YEL", "RED", "WHI", "OWN"}
    assert {line["batch_no"]: line["sheet"] for line in lines if line["sheet"] != "own"} == {"OWN": "K"}
    sheet = store.get(f"/counts/{count_no}/lines?owner=K").json["items"]
    assert [line["batch_no"] for line in sheet] == ["OWN"]


def test_given_two_statuses_of_a_batch_in_a_place_when_the_sheet_is_made_then_one_line_with_both(store):
    """R-C12: what lies there is counted, whatever its colour"""
    factories.put_in_stock("A 2026-01-10 5 B-01 white")
    for members in ({}, {"zone": "blue"}, {"kind": "spot", "location": "B-01"}):
        count_no = open_count(store, **members)
        type_in(store, count_no, "A", "35")
        found = store.get(f"/counts/{count_no}/variances?all=true", who="manager").json["items"]
        assert [(line["batch_no"], line["book_when_opened"], line["difference"]) for line in found] == [
            ("A", "35", "0")
        ]
        store.done(f"/counts/{count_no}/cancel", who="manager", reason="next")


def test_given_all_lines_agree_when_closed_then_the_count_is_kept_and_the_place_was_counted_today(store):
    """R-C13"""
    count_no = open_count(store)
    count_rest(store, count_no, "A", "B", "C")
    assert store.done(f"/counts/{count_no}/submit")["state"] == "approved"
    assert variances(store, count_no) == {}
    finish(store, count_no)
    shown = store.get(f"/counts/{count_no}").json
    assert (shown["state"], shown["lines"], shown["blank"], shown["approved_by"]) == ("closed", 3, 0, "system")
    places = {each["code"]: each["last_counted_on"] for each in store.get("/locations").json["items"]}
    assert (places["B-01"], places["B-04"]) == ("2026-06-01", None)
    assert rows("SELECT COUNT(*) FROM document WHERE kind = 'adjustment'") == [(0,)]


def test_given_a_batch_nobody_knows_when_qa_says_it_does_not_belong_here_then_nothing_comes_on_record(store):
    """R-C11"""
    count_no = open_count(store)
    count_rest(store, count_no, "A", "B", "C")
    told = type_in(store, count_no, "X9", "7")
    store.done(f"/counts/{count_no}/submit")
    path = f"/counts/{count_no}/findings/{told['finding']}/decide"
    assert store.done(path, accept=False, who="qa", note="a sample of the supplier's")["state"] == "rejected"
    finish(store, count_no)
    assert store.get("/batches/EL-100/X9").status_code == 404
    assert rows("SELECT COUNT(*) FROM count_line") == [(3,)]
