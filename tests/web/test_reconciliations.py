"""Account = card = goods through the service: compared, explained, followed up, signed (4.7.5 d; R-R1..R-R12, R-C20)."""

from datetime import timedelta
from decimal import Decimal

from tests.factories import do
from warehouse.tables.base import rows
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Place
from warehouse.tables.counts import Count, CountEntry, CountLine

MONTH = "2026-06"


def compare(store, month=MONTH, **query):
    """Give the rows that differ."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    response = store.get(f"/reconciliations/{month}?{asked}")
    assert response.status_code == 200, response.json
    return response.json["items"]


def put(store, lines, *, as_of="2026-06-01", source="ERP", who="manager", key=None):
    """Bring a finance book in: {batch: quantity} of EL-100, None for the whole item."""
    body = {
        "as_of": as_of, "source": source,
        "lines": [
            {"item_no": "EL-100", "quantity": quantity, **({"batch_no": batch} if batch else {})}
            for batch, quantity in lines.items()
        ],
    }  # fmt: skip
    headers = {
        "Authorization": f"Bearer token-{who}",
        "Idempotency-Key": key or f"put-{id(body)}-{store.now}-{lines}"[:200],
    }
    return store.client.put("/api/v1/account/balances", json=body, headers=headers)


def named(items):
    """Give (batch, its causes' names) of each row."""
    return [(item["batch_no"], [cause["cause"] for cause in item["causes"]]) for item in items]


def figures(item):
    """Give a row's three figures."""
    return item["account"], item["card"], item["goods"]


def test_given_a_receipt_scanned_and_goods_staged_when_compared_then_explained_by_their_numbers(store):
    """R-R8: by voucher, not by time; older than a day also on the exception list"""
    receipt = store.done(
        "/receipts", who="clerk", supplier="SUP", reference="PO-1", lines=[{"item_no": "EL-100", "quantity": "20"}]
    )["receipt_no"]
    store.done(f"/receipts/{receipt}/scans", item_no="EL-100", batch_no="N", quantity="20")
    delivery = store.order("10")
    store.done(f"/deliveries/{delivery}/scans", code="A", quantity="10")
    a, n = compare(store)
    assert figures(a) == ("30", "20", "20")
    assert a["explained"] == [{"kind": "staged", "voucher_no": delivery, "quantity": "-10"}]
    assert n["explained"] == [{"kind": "not-posted", "voucher_no": receipt, "quantity": "20"}]
    assert (a["causes"], n["causes"], n["state"]) == ([], [], "explained")
    store.now += timedelta(hours=25)
    a, n = compare(store)
    assert (a["causes"], [cause["cause"] for cause in n["causes"]]) == ([], ["missing-posting"])
    assert n["causes"][0]["vouchers"] == [receipt]
    late = store.get(f"/reconciliations/{MONTH}/exceptions").json["items"]
    assert {each["voucher_no"] for each in late} == {receipt, delivery}


def test_given_a_finance_book_when_put_twice_then_its_figures_are_the_account_and_ours_beside(store):
    """R-R2"""
    assert put(store, {"A": "28", "B": "50", "C": "40"}).json["changed"] is True
    assert put(store, {"A": "28", "B": "50", "C": "40"}, key="another-key").json["changed"] is False
    (a,) = compare(store)
    assert (a["batch_no"], figures(a), a["own_account"]) == ("A", ("28", "30", "30"), "30")
    assert put(store, {"A": "30", "B": "50", "C": "40"}).json["changed"] is True
    assert compare(store) == []


def counted(store, found, *, month=MONTH, at=None, counter="keeper", state="closed", kind="monthly"):
    """Keep a count of EL-100: {(batch, bin): quantity}, compared with what lies there now."""
    moment = at or store.now

    def keep(tx):
        count = Count.create(
            site=1, count_no=f"CN-{month}-{Count.select().count()}", kind=kind, month=month, state=state,
            opened_at=moment, opened_by="manager",
        )  # fmt: skip
        ((position,),) = rows("SELECT MAX(id) FROM card_entry")
        for (batch_no, bin_code), quantity in found.items():
            batch, place = Batch.get(Batch.batch_no == batch_no), Place.get(Place.bin_code == bin_code)
            ((book,),) = rows(
                "SELECT COALESCE(SUM(quantity), 0) FROM stock WHERE batch_id = ? AND place_id = ?", batch.id, place.id
            )
            expected = Decimal(int(book)) / 1_000_000
            line = CountLine.create(
                count=count, batch=batch, place=place, book=expected, expected=expected, counted=Decimal(quantity),
                counted_at=moment, counter=counter, position=position, state="counted",
                differs=int(expected != Decimal(quantity)),
            )  # fmt: skip
            CountEntry.create(
                act=tx.act, line=line, kind="first", counter=counter, quantity=Decimal(quantity), counted_at=moment,
                position=position, written_at=moment,
            )  # fmt: skip
        return count

    return do(keep, now=moment)


def test_given_goods_are_short_when_compared_then_a_loss_is_put_on_record_once_and_followed_to_its_end(store):
    """R-R1, R-R5"""
    counted(store, {("A", "B-01"): "28", ("B", "B-02"): "50"})
    (a,) = compare(store)
    assert (figures(a), a["causes"][0]["cause"], a["causes"][0]["proposal"]) == (
        ("30", "30", "28"), "physical-loss", "recount-then-adjust-both",
    )  # fmt: skip
    assert (a["state"], a["causes"][0]["location"]) == ("new", "B-01")
    (number,) = store.done(f"/reconciliations/{MONTH}/discrepancies")["opened"]
    assert store.done(f"/reconciliations/{MONTH}/discrepancies")["opened"] == []
    store.done(f"/discrepancies/{number}/assign", who="manager", person="keeper2", due_on="2026-06-09")
    (a,) = compare(store)
    assert (a["state"], a["causes"][0]["discrepancy_no"], a["causes"][0]["assigned_to"]) == (
        "assigned", number, "keeper2",
    )  # fmt: skip
    close = {"reason": "recounted", "note": "two behind the pallet"}
    assert store.refused(f"/discrepancies/{number}/close", close)["code"] == "forbidden"
    closed = store.done(f"/discrepancies/{number}/close", close, who="keeper2")
    assert (closed["state"], closed["closing_reason"], closed["facts"]["goods"]) == ("closed", "recounted", "28")
    assert store.refused(f"/discrepancies/{number}/close", close, who="manager")["code"] == "document-state"
    assert compare(store)[0]["state"] == "closed"
    assert store.get("/discrepancies").json["items"] == []
    assert [each["discrepancy_no"] for each in store.get("/discrepancies?state=closed").json["items"]] == [number]


def test_given_goods_move_after_the_count_when_compared_then_the_count_still_stands(store):
    """R-R1, R-C2: what moved after the counting moved the goods too"""
    counted(store, {("A", "B-01"): "28", ("B", "B-02"): "50"})
    store.now += timedelta(minutes=5)
    store.done("/transfers", item_no="EL-100", batch_no="B", **{"from": "B-02", "to": "B-04"}, quantity="20")
    store.done("/transfers", item_no="EL-100", batch_no="A", **{"from": "B-01", "to": "B-04"}, quantity="5")
    assert [(item["batch_no"], figures(item)) for item in compare(store)] == [("A", ("30", "30", "28"))]


def test_given_batches_taken_for_each_other_when_counted_then_two_differences_never_netted(store):
    """R-R6"""
    counted(store, {("A", "B-01"): "20", ("B", "B-02"): "60"})
    assert named(compare(store)) == [("A", ["swapped-batches"]), ("B", ["swapped-batches"])]
    counted(store, {("A", "B-01"): "20", ("A", "B-02"): "10", ("B", "B-02"): "50"}, at=store.now + timedelta(minutes=1))
    (a,) = compare(store)
    assert (figures(a), [cause["cause"] for cause in a["causes"]]) == (("30", "30", "30"), ["misplaced"])
    assert (a["causes"][0]["location"], a["causes"][0]["other"]) == ("B-01", "B-02")


def test_given_goods_over_when_counted_then_a_gain_and_the_deliveries_of_the_month(store):
    """R-R4"""
    delivery = store.order("2")
    store.done(f"/deliveries/{delivery}/scans", code="A", quantity="2")
    store.done(f"/deliveries/{delivery}/package-checks", who="clerk", packages=[{"code": "P", "outer_ok": True}])
    store.done(f"/deliveries/{delivery}/dispatch", who="clerk")
    counted(store, {("A", "B-01"): "30"})
    (a,) = compare(store)
    assert (figures(a), a["cause"], a["causes"][0]["vouchers"]) == (("28", "28", "30"), "physical-gain", [delivery])


def test_given_records_and_goods_differ_when_compared_then_each_part_is_closed_on_its_own(store):
    """R-R5: a voucher finance has not posted, and a loss"""
    delivery = store.order("2")
    store.done(f"/deliveries/{delivery}/scans", code="A", quantity="2")
    store.done(f"/deliveries/{delivery}/package-checks", who="clerk", packages=[{"code": "P", "outer_ok": True}])
    store.done(f"/deliveries/{delivery}/dispatch", who="clerk")
    counted(store, {("A", "B-01"): "25"})
    put(store, {"A": "30", "B": "50", "C": "40"})
    (a,) = compare(store)
    assert (figures(a), a["own_account"]) == (("30", "28", "25"), "28")
    assert [(each["cause"], each["quantity"], each["book"]) for each in a["causes"]] == [
        ("missing-posting", "2", "account"), ("physical-loss", "3", "goods"),
    ]  # fmt: skip
    assert a["causes"][0]["vouchers"] == [delivery]
    one, two = store.done(f"/reconciliations/{MONTH}/discrepancies")["opened"]
    store.done(f"/discrepancies/{one}/close", who="manager", reason="posted", note="by accounting")
    states = {each["discrepancy_no"]: each["state"] for each in compare(store)[0]["causes"]}
    assert states == {one: "closed", two: "open"}


def test_given_account_and_goods_agree_when_the_card_lacks_a_line_then_a_late_one_and_old_lines_stay(store):
    """R-R3, R-R7"""
    counted(store, {("A", "B-01"): "28"})
    put(store, {"A": "28", "B": "50", "C": "40"})
    (a,) = compare(store)
    assert (figures(a), a["cause"], a["causes"][0]["proposal"]) == (
        ("28", "30", "28"), "missing-card-entry", "late-card-entry",
    )  # fmt: skip
    (number,) = store.done(f"/reconciliations/{MONTH}/discrepancies")["opened"]
    before = store.get("/batches/EL-100/A/card").json["items"]
    late = {"note": "taken for the fair, paper 17", "done_at": (store.now - timedelta(hours=2)).isoformat()}
    assert store.refused(f"/discrepancies/{number}/card-entry", late)["code"] == "forbidden"
    assert store.refused(f"/discrepancies/{number}/card-entry", who="manager", note="x")["field"] == "done_at"
    voucher = store.done(f"/discrepancies/{number}/card-entry", late, who="manager")["voucher_no"]
    card = store.get("/batches/EL-100/A/card").json["items"]
    assert card[:-1] == before
    assert (card[-1]["kind"], card[-1]["voucher_no"], card[-1]["quantity_out"], card[-1]["balance"]) == (
        "late-entry", voucher, "2", "28",
    )  # fmt: skip
    assert compare(store) == []
    assert store.batch("A")["stock"][0]["quantity"] == "28"
