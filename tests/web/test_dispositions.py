"""What becomes of yellow goods through HTTP: return, concession, rework, repair, scrap (4.5.4; R-Q5..R-Q10, R-I9)."""

from datetime import UTC, date, datetime

import pytest

from tests.factories import put_in_stock
from warehouse.tables.base import rows


@pytest.fixture
def yellow(store):
    """Batch A of 2026-01-10 with 22 blue, and its sub-batch A-1 with 8 yellow."""
    inspect(store, "A", "reinspection", ("22", "qualified"), ("8", "nonconforming"))
    return store


def inspect(store, batch_no, kind, *decisions, **members):
    """Decide; each decision is (quantity, verdict)."""
    sent = [{"quantity": quantity, "verdict": verdict} for quantity, verdict in decisions]
    return store.done(f"/batches/EL-100/{batch_no}/inspections", who="qa", kind=kind, decisions=sent, **members)


def dispose(store, decision, quantity, *, batch_no="A-1", **members):
    """Propose a disposition and give its answer."""
    path = f"/batches/EL-100/{batch_no}/dispositions"
    return store.done(path, who="qa", decision=decision, quantity=quantity, reason="8 of 30 failed", **members)


def refused(store, decision, quantity, *, batch_no="A-1", **members):
    """Propose a disposition and give the problem."""
    path = f"/batches/EL-100/{batch_no}/dispositions"
    return store.refused(path, who="qa", decision=decision, quantity=quantity, **{"reason": "failed", **members})


def step(store, made, name, *, who="keeper", **members):
    """Do the next step of a disposition."""
    return store.done(f"/dispositions/{made['disposition_no']}/{name}", who=who, **members)


def step_refused(store, made, name, *, who="keeper", **members):
    """Try a step and give the problem."""
    return store.refused(f"/dispositions/{made['disposition_no']}/{name}", who=who, **members)


def books(store, batch_no):
    """Give what card and account say is there."""
    card = store.get(f"/batches/EL-100/{batch_no}/card").json["items"]
    account = store.get(f"/batches/EL-100/{batch_no}/account").json["items"]
    lying = sum(int(line["quantity_in"]) - int(line["quantity_out"]) for line in card)
    return lying, int(account[-1]["balance"]) if account else 0


def kinds(store, batch_no, book="card"):
    """Give the kinds of the lines of a book."""
    return [line["kind"] for line in store.get(f"/batches/EL-100/{batch_no}/{book}").json["items"]]


def test_given_yellow_8_when_disposed_of_then_only_the_five_words_and_not_more_than_8(yellow):
    """R-Q5"""
    assert refused(yellow, "use-as-is", "8")["code"] == "invalid-input"
    assert refused(yellow, "scrap", "8", reason="   ")["code"] == "invalid-input"
    blue = refused(yellow, "rework", "5", batch_no="A")
    assert (blue["code"], blue["batch_status"]) == ("not-qualified", "qualified")
    assert "Only nonconforming goods" in blue["detail"]
    assert refused(yellow, "return", "9")["available"] == "8"
    delivery_no = yellow.order("8")
    stopped = yellow.refused(f"/deliveries/{delivery_no}/scans", item_no="EL-100", batch_no="A-1", quantity="8")
    assert (stopped["code"], stopped["batch_status"]) == ("not-qualified", "nonconforming")
    dispose(yellow, "return", "5")
    assert refused(yellow, "rework", "4")["available"] == "3"
    assert yellow.post("/batches/EL-100/A-1/dispositions", decision="scrap").status_code == 403
    listed = yellow.get("/dispositions").json["items"]
    assert [(each["batch_no"], each["decision"], each["quantity"], each["state"]) for each in listed] == [
        ("A-1", "return", "5", "open")
    ]


def test_given_yellow_8_when_sorted_by_a_new_inspection_then_the_good_ones_leave_the_yellow_number(yellow):
    """R-Q5"""
    dispose(yellow, "return", "3")
    over = {"kind": "final", "decisions": [{"quantity": "6", "verdict": "qualified"}]}
    assert yellow.refused("/batches/EL-100/A-1/inspections", over, who="qa")["available"] == "5"
    assert inspect(yellow, "A-1", "final", ("5", "qualified"))["sub_batches"][0]["batch_no"] == "A-1-1"
    assert yellow.stock("A-1") == [("B-01", "nonconforming", "3")]
    assert yellow.stock("A-1-1") == [("B-01", "qualified", "5")]


def test_given_a_return_to_the_supplier_when_it_waits_then_yellow_until_its_document_is_shipped(yellow):
    """R-Q6"""
    made = dispose(yellow, "return", "8")
    assert made["state"] == "open"
    assert yellow.stock("A-1") == [("B-01", "nonconforming", "8")]
    assert step_refused(yellow, made, "approve", who="qa2")["code"] == "document-state"
    shipped = step(yellow, made, "ship", who="clerk")
    assert (shipped["state"], shipped["document_no"][:5]) == ("done", "S1-SR")
    assert (yellow.stock("A-1"), books(yellow, "A-1")) == ([], (0, 0))
    assert kinds(yellow, "A-1")[-1] == kinds(yellow, "A-1", "account")[-1] == "supplier-return"
    assert step_refused(yellow, made, "ship", who="clerk")["code"] == "document-state"


def test_given_a_concession_of_5_for_k_when_approved_then_only_k_gets_them_until_its_last_day(yellow):
    """R-Q7"""
    terms = {"customer": "K", "until": "2026-07-31"}
    assert refused(yellow, "concession", "5", until="2026-07-31")["field"] == "customer"
    assert refused(yellow, "concession", "5", customer="K", until="2026-05-31")["field"] == "until"
    assert refused(yellow, "concession", "5", customer="K")["field"] == "until"
    assert refused(yellow, "concession", "0", **terms)["reason"] == "not-positive"
    made = dispose(yellow, "concession", "5", **terms)
    assert made["state"] == "awaiting-approval"
    assert yellow.batch("A-1")["status"] == "nonconforming"
    assert step_refused(yellow, made, "approve", who="qa")["code"] == "same-person"
    approved = step(yellow, made, "approve", who="qa2")
    assert (approved["state"], approved["into_batch_no"], len(approved["label_nos"])) == ("done", "A-1-1", 2)
    assert [yellow.stock(number) for number in ("A-1", "A-1-1")] == [
        [("B-01", "nonconforming", "3")], [("B-01", "qualified", "5")],
    ]  # fmt: skip
    assert [books(yellow, number) for number in ("A-1", "A-1-1")] == [(3, 3), (5, 5)]
    (label,) = rows("SELECT facts FROM label WHERE status = 'qualified' AND state <> 'void' AND facts LIKE '%A-1-1%'")
    assert f"{made['disposition_no']} · K · 2026-07-31" in label[0]
    for_m, for_k = yellow.order("1", customer="M"), yellow.order("6")
    scan = {"item_no": "EL-100", "batch_no": "A-1-1"}
    others = yellow.refused(f"/deliveries/{for_m}/scans", scan, quantity="1")
    assert (others["code"], others["concession"], others["customer"], others["until"]) == (
        "not-qualified", made["disposition_no"], "K", "2026-07-31",
    )  # fmt: skip
    assert "only for K and only until 2026-07-31" in others["detail"], "the status alone would say it may leave"
    assert yellow.refused(f"/deliveries/{for_k}/scans", scan, quantity="6")["code"] == "insufficient-stock"
    yellow.done(f"/deliveries/{for_k}/scans", scan, quantity="4")
    yellow.now = datetime(2026, 7, 31, 16, 30, tzinfo=UTC)  # 2026-08-01 at the site
    rows("UPDATE batch SET reinspect_on = '2027-01-01'")  # so that the concession alone decides
    assert yellow.refused(f"/deliveries/{for_k}/scans", scan, quantity="1")["until"] == "2026-07-31"


def test_given_conceded_goods_when_dispatched_then_the_note_names_the_concession(yellow):
    """R-Q7"""
    made = dispose(yellow, "concession", "5", customer="K", until="2026-07-31")
    step(yellow, made, "approve", who="manager")
    delivery_no = yellow.order("5")
    yellow.done(f"/deliveries/{delivery_no}/scans", item_no="EL-100", batch_no="A-1-1", quantity="5")
    packages = [{"code": "P1", "outer_ok": True}]
    yellow.done(f"/deliveries/{delivery_no}/package-checks", who="clerk", packages=packages)
    note = yellow.done(f"/deliveries/{delivery_no}/dispatch", who="clerk")["delivery_note"]
    assert note["lines"][0]["status"] == f"concession {made['disposition_no']}"


def test_given_rework_of_8_when_7_come_back_and_1_is_scrap_then_white_with_their_parents_age(yellow):
    """R-Q8, R-I9"""
    made = dispose(yellow, "rework", "8")
    assert step_refused(yellow, made, "back", returned="7")["code"] == "document-state"
    for other in ("ship", "dispose"):
        wrong = step_refused(yellow, made, other)
        assert (wrong["code"], wrong["reason"]) == ("document-state", "other-decision"), "open, but for rework"
    out = step(yellow, made, "out")
    assert (out["state"], out["document_no"][:5]) == ("out", "S1-RW")
    assert (yellow.stock("A-1"), books(yellow, "A-1")) == ([], (0, 0))
    assert step_refused(yellow, made, "back", returned="8", scrapped="1")["code"] == "over-receipt"
    nothing = step_refused(yellow, made, "back", returned="0", scrapped="0")
    assert (nothing["field"], nothing["reason"]) == ("returned", "not-positive")
    back = step(yellow, made, "back", returned="7", scrapped="1", location="QA-1")
    assert (back["state"], back["scrapped"], back["into_batch_no"]) == ("done", "1", "A-1")
    shown = yellow.batch("A-1")
    assert (shown["status"], shown["first_received_on"]) == ("pending", "2026-01-10")
    assert books(yellow, "A-1") == (7, 7)
    yellow.now = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
    assert inspect(yellow, "A-1", "incoming", ("7", "qualified"))["reinspect_on"] == "2026-12-10"
    assert yellow.batch("A-1")["issuable"] == "7"


def test_given_part_of_the_yellow_reworked_when_it_comes_back_then_under_a_number_of_its_own(yellow):
    """R-Q8, R-Q2"""
    made = dispose(yellow, "rework", "5")
    step(yellow, made, "out")
    assert step(yellow, made, "back", returned="2")["state"] == "out"
    assert step(yellow, made, "back", returned="3")["into_batch_no"] == "A-1-1"
    assert yellow.stock("A-1") == [("B-01", "nonconforming", "3")]
    assert yellow.stock("A-1-1") == [("QA-1", "pending", "5")]
    assert [books(yellow, number) for number in ("A-1", "A-1-1")] == [(3, 3), (5, 5)]


def test_given_repaired_goods_when_called_qualified_then_refused_until_a_concession(yellow):
    """R-Q9"""
    made = dispose(yellow, "repair", "8")
    step(yellow, made, "out")
    step(yellow, made, "back", returned="8")
    sent = {"kind": "incoming", "decisions": [{"quantity": "8", "verdict": "qualified"}]}
    stopped = yellow.refused("/batches/EL-100/A-1/inspections", sent, who="qa")
    assert (stopped["status"], stopped["code"], stopped["reason"]) == (409, "not-qualified", "needs-concession")
    assert "becomes qualified by a concession only" in stopped["detail"]
    inspect(yellow, "A-1", "incoming", ("8", "nonconforming"))
    conceded = dispose(yellow, "concession", "8", customer="K", until="2026-07-31")
    assert step(yellow, conceded, "approve", who="qa2")["into_batch_no"] == "A-1"
    assert (yellow.batch("A-1")["status"], yellow.batch("A-1")["issuable"]) == ("qualified", "8")


def test_given_scrap_when_proposed_then_two_persons_red_and_only_the_disposal_leaves(yellow):
    """R-Q10"""
    made = dispose(yellow, "scrap", "8")
    assert made["state"] == "awaiting-approval"
    assert step_refused(yellow, made, "dispose")["code"] == "document-state"
    assert step_refused(yellow, made, "approve", who="qa")["code"] == "same-person"
    assert step_refused(yellow, made, "approve", who="keeper")["code"] == "forbidden"
    assert step(yellow, made, "approve", who="manager")["state"] == "open"
    assert (yellow.batch("A-1")["status"], books(yellow, "A-1")) == ("scrap", (8, 8))
    back = {"kind": "reinspection", "decisions": [{"quantity": "8", "verdict": "qualified"}]}
    assert yellow.refused("/batches/EL-100/A-1/inspections", back, who="qa")["batch_status"] == "scrap"
    assert "is scrap" in yellow.refused("/batches/EL-100/A-1/inspections", back, who="qa")["detail"]
    assert refused(yellow, "concession", "8", customer="K", until="2026-07-31")["batch_status"] == "scrap"
    assert refused(yellow, "rework", "8")["batch_status"] == "scrap"
    assert yellow.refused("/batches/EL-100/A-1/samples", who="qa", quantity="1")["batch_status"] == "scrap"
    gone = step(yellow, made, "dispose")
    assert (gone["state"], gone["document_no"][:5]) == ("done", "S1-SC")
    assert (yellow.stock("A-1"), books(yellow, "A-1")) == ([], (0, 0))


def test_given_a_customers_goods_when_scrapped_then_his_consent_is_on_record(store):
    """R-Q10, 4.6"""
    put_in_stock("P  2026-02-01  8  QU-1  yellow  -  K")
    assert refused(store, "scrap", "8", batch_no="P")["field"] == "owner_consent"
    made = dispose(store, "scrap", "8", batch_no="P", owner_consent="letter of K, 2026-05-30")
    step(store, made, "approve", who="qa2")
    shown = store.get(f"/dispositions/{made['disposition_no']}").json
    assert shown["owner_consent"] == "letter of K, 2026-05-30"
    assert rows("SELECT owner, status FROM stock WHERE quantity > 0 AND owner <> ''") == [("K", "scrap")]


def test_given_a_concession_whose_last_day_passed_when_approved_then_refused(yellow):
    """R-Q7"""
    made = dispose(yellow, "concession", "5", customer="K", until=str(date(2026, 6, 2)))
    yellow.now = datetime(2026, 6, 3, 2, 0, tzinfo=UTC)
    assert step_refused(yellow, made, "approve", who="qa2")["field"] == "until"
    assert yellow.stock("A-1") == [("B-01", "nonconforming", "8")]
