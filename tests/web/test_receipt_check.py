"""A customer's goods come in: looked over, written into the receipt check form, and the owner told (4.6; R-O1)."""

import pytest

from scanners.decode import decode_safely
from tests.web.browser import Browser
from warehouse.books import verify


@pytest.fixture
def receipt(store) -> str:
    """A receipt of K's 100 parts, 97 of them scanned in."""
    lines = [{"item_no": "EL-200", "quantity": "100"}]
    made = store.done("/receipts", who="clerk", supplier="K", owner="K", reference="K-77", lines=lines)
    store.done(f"/receipts/{made['receipt_no']}/scans", item_no="EL-200", batch_no="K1", quantity="97")
    return str(made["receipt_no"])


def form(found: str = "97", unfit: str = "0", **members):
    """Give a filled form."""
    lines = [{"item_no": "EL-200", "found": found, "unfit": unfit}]
    return {"lines": lines, "packages_whole": True, "papers_agree": True} | members


def open_notices(store) -> list[str]:
    """Give what is on the work list about owners."""
    return [task["subject"] for task in store.get("/tasks").json["items"] if task["kind"] == "owner-notice"]


def test_given_k_s_100_parts_when_posted_without_the_form_or_against_it_then_refused_and_with_it_posted(store, receipt):
    """R-O1, 4.6: nobody may say later that they were never looked over"""
    missing = store.refused(f"/receipts/{receipt}/post", who="clerk", cancel_rest=True)
    assert (missing["code"], missing["reason"]) == ("document-state", "check-form-missing")
    store.done(f"/receipts/{receipt}/check-forms", form(found="96"))
    differs = store.refused(f"/receipts/{receipt}/post", who="clerk", cancel_rest=True)
    assert differs["reason"] == "check-form-differs"
    assert "another quantity than was scanned" in differs["detail"]
    kept = store.done(f"/receipts/{receipt}/check-forms", form(), who="qa")
    assert (kept["lines"][0]["difference"], kept["owner"], kept["checked_by"]) == ("-3", "K", "qa")
    store.done(f"/receipts/{receipt}/post", who="clerk", cancel_rest=True)
    assert len(store.get(f"/receipts/{receipt}/check-forms").json["items"]) == 2
    assert store.get(f"/receipts/{receipt}").json["check_form"]["form_no"] == kept["form_no"]
    assert store.refused(f"/receipts/{receipt}/check-forms", form())["code"] == "document-state"
    own = store.order("5", customer="M", item_no="EL-200")
    store.done("/batches/EL-200/K1/inspections", who="qa", kind="incoming",
               decisions=[{"quantity": "97", "verdict": "qualified"}])  # fmt: skip
    assert store.refused(f"/deliveries/{own}/scans", code="K1", quantity="5")["code"] == "wrong-owner"
    his = store.order("5", customer="K", item_no="EL-200")
    store.done(f"/deliveries/{his}/scans", code="K1", quantity="5")
    assert list(verify.verify()) == []


def test_given_more_scanned_after_the_form_when_posted_then_it_has_to_be_looked_over_again(store, receipt):
    """R-O1: a form says what lay there when it was filled in"""
    store.done(f"/receipts/{receipt}/check-forms", form())
    store.done(f"/receipts/{receipt}/scans", item_no="EL-200", batch_no="K2", quantity="3")
    assert store.refused(f"/receipts/{receipt}/post", who="clerk")["reason"] == "check-form-differs"
    store.done(f"/receipts/{receipt}/check-forms", form(found="100"))
    assert open_notices(store) == [], "as much as announced: nothing to tell"
    store.done(f"/receipts/{receipt}/post", who="clerk")


@pytest.mark.parametrize(
    ("filled", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"item_no": "EL-200", "found": "1"}] * 2}, "lines"),
        ({"lines": [{"item_no": "EL-100", "found": "1"}]}, "item_no"),
        ({"lines": [{"item_no": "EL-200", "found": "1", "unfit": "2"}]}, "unfit"),
        ({"lines": [{"item_no": "EL-200", "found": "1.5"}]}, "quantity"),
        ({"lines": [{"item_no": "EL-200"}]}, "found"),
    ],
)
def test_given_a_form_that_cannot_be_right_when_sent_then_400_names_the_field(store, receipt, filled, field):
    """R-O1: each item once, no more unfit than found"""
    refused = store.refused(f"/receipts/{receipt}/check-forms", {**form(), **filled})
    assert (refused["status"], refused.get("field", "quantity")) == (400, field)
    assert store.get(f"/receipts/{receipt}").json["check_form"] is None


def test_given_goods_of_our_own_when_a_form_is_filled_in_then_refused_and_they_are_posted_without(store):
    """R-O1: the form is for a customer's property"""
    lines = [{"item_no": "EL-200", "quantity": "5"}]
    made = store.done("/receipts", who="clerk", supplier="SUP", reference="PO-1", lines=lines)["receipt_no"]
    refused = store.refused(f"/receipts/{made}/check-forms", form())
    assert (refused["code"], refused["reason"]) == ("document-state", "not-customer-property")
    assert store.refused(f"/receipts/{made}/notices", who="clerk", text="x")["reason"] == "not-customer-property"
    assert store.refused("/labels", kind="receipt_check", receipt_no=made)["reason"] == "not-customer-property"
    store.done(f"/receipts/{made}/scans", item_no="EL-200", batch_no="O1", quantity="5")
    store.done(f"/receipts/{made}/post", who="clerk")


@pytest.mark.parametrize(
    "filled",
    [form(), form(found="100", unfit="1"), form(found="100", packages_whole=False)],
    ids=["3 short", "1 unfit", "torn"],
)
def test_given_a_loss_or_damage_when_the_form_says_so_then_it_waits_until_the_owner_was_told(store, receipt, filled):
    """4.6: loss, damage or unfitness is reported to the customer and recorded"""
    assert store.refused(f"/receipts/{receipt}/notices", who="clerk", text="x")["reason"] == "check-form-missing"
    store.done(f"/receipts/{receipt}/check-forms", filled)
    assert open_notices(store) == [receipt]
    notice = store.done(f"/receipts/{receipt}/notices", who="clerk", text="97 came, two boxes wet")
    assert (notice["receipt_no"], notice["owner"], notice["count_no"]) == (receipt, "K", None)
    assert notice["lines"][0]["found"] == filled["lines"][0]["found"]
    assert open_notices(store) == []
    number = notice["notice_no"]
    store.done(f"/owner-notices/{number}/answer", who="manager", text="send them back")
    closed = store.done(f"/owner-notices/{number}/close", who="manager", text="credited")
    assert closed["state"] == "closed"


def test_given_a_keeper_at_the_page_when_he_fills_the_form_in_then_it_is_kept_and_the_owner_s_answer_too(store):
    """R-O1, K2: announced, scanned, looked over, posted, without a script"""
    clerk = Browser(store, "clerk")
    clerk.open("/receive")
    clerk.send("/receive", supplier="K", owner="K", reference="K-78", item_no=["EL-200"], quantity=["10"])
    assert "Property of K" in clerk.words
    path = clerk.path
    clerk.send(f"{path}/scan", code="K9", quantity="9")
    clerk.send(f"{path}/post", cancel_rest="1")
    assert "fill in the receipt check form first" in clerk.words
    clerk.send(f"{path}/check-form", found="9", unfit="", line_note="one box torn", papers_agree="1")
    assert "Kept: receipt check form S1-RF2606-0001" in clerk.words
    assert "one box torn" in clerk.words
    clerk.open("/tasks?kind=owner-notice")
    assert f'href="{path}"' in clerk.page.text
    clerk.open(path)
    clerk.send(f"{path}/notice", text="one missing, one box torn")
    clerk.send(f"{path}/post", cancel_rest="1")
    assert "Posted" in clerk.words
    manager = Browser(store, "manager")
    manager.open(path)
    manager.send(f"{path}/notice/S1-ON2606-0001/answer", text="we send another")
    manager.send(f"{path}/notice/S1-ON2606-0001/close", text="came on Tuesday")
    assert "came on Tuesday" in manager.words


def test_given_the_form_as_a_paper_when_drawn_then_empty_before_the_look_filled_after_and_its_code_opens_it(
    store, receipt
):
    """R-O1: a form that can lie beside the goods"""
    (empty,) = store.done("/labels", kind="receipt_check", receipt_no=receipt)["label_nos"]
    assert store.get(f"/labels/{empty}").json["says"]["lines"][0]["found"] == ""
    store.done(f"/receipts/{receipt}/check-forms", form(unfit="2", note="wet"))
    (filled,) = store.done("/labels", kind="receipt_check", receipt_no=receipt)["label_nos"]
    says = store.get(f"/labels/{filled}").json["says"]
    line = {name: says["lines"][0][name] for name in ("announced", "found", "unfit")}
    assert line == {"announced": "100", "found": "97", "unfit": "2"}
    assert (says["packages"], says["note"]) == ("yes", "wet")
    drawn = store.get(f"/labels/{filled}.png").data
    assert filled in {code.text for code in decode_safely(drawn)}
    opened = store.done("/scans", code=filled)
    assert (opened["kind"], opened["document_no"]) == ("document", receipt)
    long = "carton 7 of 12 torn at the corner, 三箱受潮。" * 40
    lines = [{"item_no": "EL-200", "found": "97", "note": long[:2000]}]
    store.done(f"/receipts/{receipt}/check-forms", form(lines=lines, note=f"first line\nsecond line {long}"[:2000]))
    (wordy,) = store.done("/labels", kind="receipt_check", receipt_no=receipt)["label_nos"]
    assert store.get(f"/labels/{wordy}.pdf").status_code == 200, "a long note is cut on paper, kept whole on the page"
    keeper = Browser(store, "keeper")
    keeper.open(f"/receive/{receipt}")
    keeper.send("/papers/receipt_check")
    assert keeper.page.data.startswith(b"%PDF")
