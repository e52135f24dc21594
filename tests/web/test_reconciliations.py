"""Account = card = goods through the service: compared, explained, followed up, signed (4.7.5 d; R-R1..R-R12, R-C20)."""

import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pypdfium2
import pytest
from openpyxl import load_workbook

from tests import factories
from tests.factories import do
from warehouse.books import ledger
from warehouse.rules.refusals import ClosedMonth
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
                count_id=count.id, batch_id=batch.id, place_id=place.id, book=expected, expected=expected, counted=Decimal(quantity),
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
    assert states == {one: "closed", two: "assigned"}


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


JULY = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)  # 09:00 at the site


def sign(store, book, *, who, month=MONTH):
    """Sign a book and give the answer."""
    return store.post(f"/reconciliations/{month}/sign", {"book": book}, who=who)


def sign_all(store, month=MONTH):
    """Sign all three books as the three people and give the last answer."""
    for book, who in (("card", "keeper2"), ("account", "manager"), ("goods", "keeper")):
        answer = sign(store, book, who=who, month=month)
        assert answer.status_code == 200, answer.json
    return answer.json


def printed(store, form, month=MONTH):
    """Print a month and give the bytes."""
    response = store.get(f"/reconciliations/{month}.{form}")
    assert response.status_code == 200
    return response.data


def read_pdf(data):
    """Give the text of a PDF."""
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))


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


def sign_missing(store, *books):
    """Sign some books and give the last answer."""
    answers = [sign(store, book, who=who) for book, who in books]
    assert all(answer.status_code == 200 for answer in answers), [answer.json for answer in answers]
    return answers[-1].json


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


def test_given_every_row_when_paged_then_each_comes_once_in_order(store):
    """R-R6: one row a batch and owner, those that agree too"""
    factories.put_in_stock("X1  2026-01-10  30  B-01  blue  -  K\nX1  2026-01-10  10  B-02  blue", item_no="EL-200")
    counted(store, {("B", "B-02"): "49"})
    seen, after = [], None
    for _ in range(10):
        query = {"all": "true", "limit": 2} | ({"after": after} if after else {})
        page = store.client.get(
            f"/api/v1/reconciliations/{MONTH}", query_string=query, headers={"Authorization": "Bearer token-qa"}
        ).json
        seen += [(row["batch_no"], row["owner"], row["state"]) for row in page["items"]]
        if not (after := page["next"]):
            break
    assert seen == [
        ("A", "", "agrees"), ("B", "", "new"), ("C", "", "agrees"), ("X1", "", "agrees"), ("X1", "K", "agrees"),
    ]  # fmt: skip


def test_given_a_row_when_looked_behind_then_the_three_lists_and_vouchers_side_by_side(store):
    """R-R8"""
    delivery = store.order("10")
    store.done(f"/deliveries/{delivery}/scans", code="A", quantity="10")
    counted(store, {("A", "B-01"): "19"})
    behind = store.get(f"/reconciliations/{MONTH}/entries/EL-100/A").json
    assert [line["quantity"] for line in behind["card"]] == ["30", "-10"]
    assert [line["quantity"] for line in behind["account"]] == ["30"]
    assert [(line["location"], line["counted"], line["counter"]) for line in behind["goods"]] == [
        ("B-01", "19", "keeper")
    ]
    assert {line["voucher_no"]: line["unmatched"] for line in behind["vouchers"]}[delivery] == "-10"


@pytest.mark.parametrize("month", ["2026-13", "2026-07", "june"])
def test_given_what_is_no_month_that_has_begun_when_asked_then_refused(store, month):
    """R-C20"""
    assert store.get(f"/reconciliations/{month}").json["field"] == "month"


def test_given_somebody_has_a_zone_to_count_when_he_asks_for_the_comparison_then_not_before_he_is_through(store):
    """R-C1: no answer, print or export tells what should lie there"""
    count = counted(store, {}, state="open")
    rows(
        "INSERT INTO count_assignment (count_id, zone, counter) VALUES (?, 'blue', 'keeper')", count.id
    )  # fmt: skip
    asked = [
        f"/reconciliations/{MONTH}", f"/reconciliations/{MONTH}.pdf", f"/reconciliations/{MONTH}/entries/EL-100/A",
        "/discrepancies", "/account/balances.csv",
    ]  # fmt: skip
    assert [store.get(path).json["needs"] for path in asked] == [["count-submitted"]] * len(asked)
    assert {store.get(path, who="manager").status_code for path in asked} == {200}
    rows("UPDATE count_assignment SET submitted_at = '2026-06-01T03:00:00.000000+00:00'")
    assert {store.get(path).status_code for path in asked} == {200}


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
