"""A movement that nobody wrote on the card: written late, marked so, and the account as it should be (R-R3, R-R7)."""

from datetime import timedelta
from decimal import Decimal

from tests.factories import do
from tests.web.browser import Browser
from tests.web.reconciling import MONTH, compare, counted, figures, named, put
from warehouse.books import ledger, verify
from warehouse.tables.books import Batch


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
    (ended,) = store.get("/discrepancies?state=closed").json["items"]
    assert (ended["discrepancy_no"], ended["closing_reason"], ended["note"]) == (
        number,
        "late-card-entry",
        late["note"],
    )


def test_given_our_account_has_the_voucher_when_the_card_lacks_it_then_only_the_card_is_written(store):
    """R-R3: the account is right already; the card's line stands under the voucher that it lacked"""

    def post(tx):
        ledger.post(
            tx, batch_id=Batch.get(Batch.batch_no == "A").id, owner="", kind="receipt", voucher_no="GR-PAPER",
            quantity_in=Decimal(5), quantity_out=Decimal(0),
        )  # fmt: skip

    do(post, now=store.now)
    store.now += timedelta(hours=25)
    counted(store, {("A", "B-01"): "35"})
    (a,) = compare(store)
    assert (figures(a), named([a])) == (("35", "30", "35"), [("A", ["missing-card-entry"])])
    (number,) = store.done(f"/reconciliations/{MONTH}/discrepancies")["opened"]
    late = {"note": "found in the tray", "done_at": (store.now - timedelta(hours=25)).isoformat(), "location": "B-01"}
    assert store.done(f"/discrepancies/{number}/card-entry", late, who="manager")["voucher_no"] == "GR-PAPER"
    assert store.get("/batches/EL-100/A/account").json["items"][-1]["balance"] == "35"
    assert store.batch("A")["stock"][0]["quantity"] == "35"
    assert compare(store) == []
    assert list(verify.verify()) == []


def test_given_goods_are_lost_when_a_late_card_line_is_wanted_then_refused_because_the_card_is_not_wrong(store):
    """R-R3: a loss goes through the count's adjustment"""
    counted(store, {("A", "B-01"): "28"})
    (number,) = store.done(f"/reconciliations/{MONTH}/discrepancies")["opened"]
    late = {"note": "x", "done_at": store.now.isoformat()}
    assert store.refused(f"/discrepancies/{number}/card-entry", late, who="manager")["reason"] == "card-is-not-wrong"
    assert store.batch("A")["stock"][0]["quantity"] == "30"


def test_given_a_forgotten_card_line_when_written_on_the_page_then_at_the_site_s_time(store):
    """R-R3: the day and hour are typed by the site's clock"""
    counted(store, {("A", "B-01"): "28"})
    put(store, {"A": "28", "B": "50", "C": "40"})
    (number,) = store.done(f"/reconciliations/{MONTH}/discrepancies")["opened"]
    manager, path = Browser(store, "manager"), f"/reconciliation/{MONTH}"
    manager.open(path)
    act = f"{path}/discrepancy/{number}/late"
    assert manager.form(act).fields["location"] == ["B-01"]
    manager.send(act, note="paper 17", done_at="yesterday")
    assert "panel refused" in manager.page.text
    manager.send(act, note="paper 17", done_at="2026-06-01 09:30")
    assert "panel ok" in manager.page.text, manager.words
    card = store.get("/batches/EL-100/A/card").json["items"][-1]
    assert (card["kind"], card["balance"], card["done_at"][:19]) == ("late-entry", "28", "2026-06-01T01:30:00")
