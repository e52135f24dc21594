"""What the written interface says of the goods flow, where no row asks it: answers' fields, names, days, sentences."""

import pytest

from tests.factories import Store


def reference(store: Store, text: str, **line: object) -> dict[str, object]:
    """Make the body of an opening balance of one line."""
    usual = {"item_no": "EL-100", "batch_no": "OB", "location": "B-04", "quantity": "5"}
    return {"reference": text, "lines": [{**usual, **line}]}


def test_given_a_batch_when_its_books_are_asked_then_card_and_account_have_every_field_and_pages(store):
    """card, account: the request's key, device and time of the act stand in both books; keyset lists"""
    receipt_no = store.done(
        "/receipts", supplier="SUP", reference="PO-1", lines=[{"item_no": "EL-100", "quantity": "9"}]
    )["receipt_no"]
    for part in range(3):
        store.done(
            f"/receipts/{receipt_no}/scans", item_no="EL-100", batch_no="N1", quantity="3", location="IN-1",
            device="ring-1", sequence=part, done_at="2026-06-01T09:00:00+08:00", key=f"scan-key-{part}",
        )  # fmt: skip
        store.done(f"/receipts/{receipt_no}/post", who="clerk", key=f"post-key-{part}")
    fields = {
        "entry_no", "location", "quantity_in", "quantity_out", "balance", "kind", "voucher_no", "written_at",
        "done_at", "written_by", "device", "key",
    }  # fmt: skip
    for book, keys, who in (("card", "scan", "keeper"), ("account", "post", "clerk")):
        path = f"/batches/EL-100/N1/{book}"
        lines = store.get(path).json["items"]
        assert all(fields <= set(line) for line in lines)
        assert [line["balance"] for line in lines] == ["3", "6", "9"]
        assert [line["key"] for line in lines] == [f"{keys}-key-{part}" for part in range(3)]
        assert {line["written_by"] for line in lines} == {who}
        first = store.get(f"{path}?limit=2").json
        rest = store.get(f"{path}?limit=2&after={first['next']}").json
        assert (first["items"] + rest["items"], rest["next"]) == (lines, None)
    card, account = (store.get(f"/batches/EL-100/N1/{book}").json["items"][0] for book in ("card", "account"))
    assert (card["device"], card["done_at"]) == ("ring-1", "2026-06-01T01:00:00.000000+00:00")
    assert (account["location"], account["done_at"]) == (None, account["written_at"])


@pytest.mark.parametrize("name", [".", "..", "a/../b", "./a"])
def test_given_a_number_of_dots_when_something_is_to_be_called_so_then_refused_by_name(store, name):
    """interface: `.` and `..` are refused in numbers, for no address would find them again"""
    receipt_no = store.done(
        "/receipts", supplier="SUP", reference="PO-1", lines=[{"item_no": "EL-100", "quantity": "9"}]
    )["receipt_no"]
    tries = (
        ("/items", "manager", "item_no", {"item_no": name, "name": "x", "unit": "pcs"}),
        ("/locations", "manager", "code", {"code": name, "zone": "x"}),
        ("/partners", "manager", "code", {"code": name, "name": "x"}),
        ("/sites", "admin", "code", {"code": name, "name": "x"}),
        ("/opening-balances", "manager", "batch_no", reference(store, "OB-1", batch_no=name)),
        (f"/receipts/{receipt_no}/scans", "keeper", "batch_no", {
            "item_no": "EL-100", "batch_no": name, "quantity": "1", "location": "IN-1",
        }),
        (f"/receipts/{receipt_no}/scans", "keeper", "batch_no", {
            "code": f"(01)06912345678902(10){name}", "quantity": "1", "location": "IN-1",
        }),
    )  # fmt: skip
    for path, who, field, body in tries:
        refused = store.refused(path, body, who=who)
        assert (refused["code"], refused["field"], refused["reason"]) == ("invalid-input", field, "no-name"), path
    assert store.done("/scans", code=name)["kind"] == "unknown"


@pytest.mark.parametrize(
    ("field", "day", "reason"),
    [
        ("first_received_on", "2026-06-02", "in-the-future"),
        ("produced_on", "2026-06-02", "in-the-future"),
        ("last_inspected_on", "2026-06-02", "in-the-future"),
        ("expiry_date", "2025-12-31", "before-production"),
    ],
)
def test_given_existing_stock_when_its_days_cannot_be_true_then_refused_and_nothing_comes_in(store, field, day, reason):
    """opening balances bring the true dates of what lies there"""
    days = {"first_received_on": "2026-02-01", "produced_on": "2026-01-01", field: day}
    refused = store.refused("/opening-balances", reference(store, "OB-1", **days), who="manager")
    assert (refused["code"], refused["field"], refused["reason"]) == ("invalid-input", field, reason)
    assert store.get("/batches/EL-100/OB").status_code == 404
    store.done("/opening-balances", reference(store, "OB-1", expiry_date="2026-05-01"), who="manager")
    assert store.batch("OB")["refusal"]["type"].endswith("#expired"), "what lies there is told as it is"


def test_given_existing_stock_when_no_document_is_named_or_nothing_is_listed_then_refused(store):
    """R-A3"""
    assert store.refused("/opening-balances", reference(store, "   "), who="manager")["field"] == "reference"
    assert store.refused("/opening-balances", reference="OB-1", lines=[], who="manager")["field"] == "lines"


def test_given_a_batch_on_record_when_more_of_it_was_inspected_another_day_then_refused_not_swallowed(store):
    """opening balances, R-A4: one batch has one clock"""
    known = reference(store, "OB-1", first_received_on="2025-10-01", last_inspected_on="2026-04-01")
    store.done("/opening-balances", known, who="manager")
    assert store.batch("OB")["reinspect_on"] == "2026-10-01"
    other = reference(store, "OB-2", first_received_on="2025-10-01", last_inspected_on="2026-05-01", location="B-03")
    refused = store.refused("/opening-balances", other, who="manager")
    assert (refused["code"], refused["field"], refused["recorded"], refused["sent"]) == (
        "batch-conflict", "last_inspected_on", "2026-04-01", "2026-05-01",
    )  # fmt: skip
    same = reference(store, "OB-2", first_received_on="2025-10-01", location="B-03")
    store.done("/opening-balances", same, who="manager")
    assert len(store.stock("OB")) == 2


@pytest.mark.parametrize(
    ("members", "field", "words"),
    [
        ({"quantity": "-1"}, "lines[0].quantity", "such as 12 or 0.250"),
        ({"quantity": "12,5"}, "lines[0].quantity", "such as 12 or 0.250"),
        ({"quantity": 5}, "lines[0].quantity", "quotation marks"),
        ({"batch_no": ""}, "lines[0].batch_no", "empty"),
        ({"expiry_date": "2026-02-30"}, "lines[0].expiry_date", "write it as 2026-06-30"),
        ({"first_received_on": "2027-01-01"}, "first_received_on", "the receipt date lies in the future"),
    ],
)
def test_given_a_value_of_the_wrong_form_when_refused_then_the_sentence_says_how_to_write_it(
    store, members, field, words
):
    """problem+json: the field and, in words, what to do instead"""
    refused = store.refused("/opening-balances", reference(store, "OB-1", **members), who="manager")
    assert (refused["status"], refused["field"]) == (400, field)
    assert words in refused["detail"]


def test_given_no_bin_for_a_status_when_goods_are_sent_away_then_the_refusal_says_that_none_is_there(store):
    """4.5.2: a list of bins that is empty is no help"""
    store.done("/locations", who="manager", code="W-1", zone="white", admits=["pending"])
    refused = store.refused("/transfers", item_no="EL-100", batch_no="A", to="W-1")
    assert (refused["code"], refused["allowed_places"][:2]) == ("zone-refuses-status", ["B-01", "B-02"])
    assert "B-01" in refused["detail"]
    store.done("/sites", who="admin", code="S2", name="Plant 2")
    store.done("/locations", who="manager", code="W-1", zone="white", admits=["pending"], site="S2")
    elsewhere = store.refused("/transfers", item_no="EL-100", batch_no="A", to="W-1", to_site="S2")
    assert (elsewhere["allowed_places"], elsewhere["reason"]) == ([], "nowhere")
    assert "no other bin" in elsewhere["detail"]


def test_given_all_of_a_batch_is_staged_when_asked_then_its_status_is_that_of_the_staged_goods(store):
    """GET batch: `status` is null when it is mixed, not when the goods stand at the dock"""
    delivery_no = store.order("30")
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="30")
    shown = store.batch("A")
    assert (shown["stock"], shown["status"]) == ([], "qualified")
    assert shown["picked"] == [{"delivery_no": delivery_no, "quantity": "30"}]
    store.done(f"/deliveries/{delivery_no}/package-checks", who="clerk", packages=[{"code": "P", "outer_ok": True}])
    store.done(f"/deliveries/{delivery_no}/dispatch", who="clerk")
    assert (store.batch("A")["status"], store.batch("A")["picked"]) == (None, [])
