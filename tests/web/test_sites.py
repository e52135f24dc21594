"""A site sees only itself; who works for all names one, or the document's number does (R-M5, R-E2, R-I3)."""

import itertools
from datetime import UTC, datetime

import pytest

from tests.factories import add_fixed_token
from tests.web.browser import Browser
from warehouse import jobs
from warehouse.tables.catalogue import Site
from warehouse.tables.people import Person
from warehouse.web.routes import routes

_keys = itertools.count(1)

OPENING = {"item_no": "EL-100", "batch_no": "A", "location": "Z-01", "quantity": "7", "first_received_on": "2026-01-02"}


@pytest.fixture
def store(store):
    """The store with a second plant, in Berlin, its place, its seven pieces of a batch A, and its own people."""
    store.done("/sites", who="admin", code="S2", name="Werk 2", time_zone="Europe/Berlin", languages=["en"])
    store.done("/locations", who="manager", code="Z-01", zone="blue", site="S2")
    store.done("/opening-balances", who="manager", reference="S2", site="S2", lines=[OPENING])
    site = Site.get(Site.code == "S2")
    for name, roles in (("anna", "keeper clerk qa"), ("bodo", "manager")):
        Person.create(name=name, roles=roles, password_hash="", site=site)
        add_fixed_token(name)
    return store


def test_given_a_person_of_s2_when_s1s_numbers_are_asked_then_they_do_not_exist(store):
    """R-M5"""
    delivery_no = store.order("5")
    receipt_no = store.done(
        "/receipts", supplier="SUP", reference="PO-1", lines=[{"item_no": "EL-100", "quantity": "5"}]
    )["receipt_no"]
    scanned = store.done(f"/receipts/{receipt_no}/scans", item_no="EL-100", batch_no="N", quantity="5")
    store.done("/locations/B-01/empty-confirmations", empty=True)
    (task,) = store.get("/tasks?kind=count").json["items"]
    for path in (
        "/batches/EL-100/B", "/batches/EL-100/B/card", f"/deliveries/{delivery_no}", f"/receipts/{receipt_no}",
        f"/labels/{scanned['label_nos'][0]}.png",
    ):  # fmt: skip
        assert store.get(path, who="anna").status_code == 404, path
        assert store.get(path).status_code == 200, path
    for path in ("/deliveries", "/receipts", "/tasks"):
        assert store.get(path, who="anna").json["items"] == [], path
    assert [place["code"] for place in store.get("/locations", who="anna").json["items"]] == ["Z-01"]
    for path, body, who in (
        (f"/deliveries/{delivery_no}/scans", {"code": "A", "quantity": "1"}, "anna"),
        (f"/receipts/{receipt_no}/scans", {"item_no": "EL-100", "batch_no": "N", "quantity": "1"}, "anna"),
        (f"/receipts/{receipt_no}/post", {}, "bodo"),
        ("/batches/EL-100/B/doubts", {"reason": "odd"}, "anna"),
        ("/batches/EL-100/N/inspections", {"kind": "incoming", "decisions": [{"quantity": "5", "verdict": "qualified"}]},
         "anna"),
        (f"/tasks/{task['task']}/done", {}, "anna"),
        ("/transfers", {"code": "A", "to": "B-04"}, "anna"),
        ("/locations/B-01/freeze", {"count_no": "CN-1"}, "bodo"),
    ):  # fmt: skip
        assert store.refused(path, body, who=who)["code"] == "not-found", path
    assert store.refused("/transfers", code=scanned["label_nos"][0], to="Z-01", who="anna")["code"] == "unknown-code"
    assert store.batch("A")["stock"][0]["quantity"] == "30"


# What another site's routes are asked with that need no number of its own: they answer with what is one's own.
OWN = ("figure", "month", "kind", "size")
NOBODYS = "X-Y-9"


def s1_numbers(store):
    """Give a number of S1 for each name in the API's paths."""
    delivery_no = store.order("5")
    receipt = store.done("/receipts", supplier="SUP", reference="PO-7", lines=[{"item_no": "EL-100", "quantity": "8"}])
    label = store.done(f"/receipts/{receipt['receipt_no']}/scans", item_no="EL-100", batch_no="N", quantity="8")
    store.done(f"/receipts/{receipt['receipt_no']}/post", who="clerk")
    bad = [{"quantity": "8", "verdict": "nonconforming"}]
    verdict = store.done("/batches/EL-100/N/inspections", who="qa", kind="incoming", decisions=bad)
    path = f"/batches/EL-100/{verdict['sub_batches'][0]['batch_no']}/dispositions"
    disposition = store.done(path, who="qa", decision="scrap", quantity="8", reason="odd")
    count = store.done("/counts", who="manager", month="2026-06")
    store.done("/printers", who="admin", name="P-S1", address="socket://192.0.2.1:9100", form="zpl", mode="mono")
    return {
        "item_no": "EL-100", "batch_no": "B", "delivery_no": delivery_no, "receipt_no": receipt["receipt_no"],
        "label_no": label["label_nos"][0], "disposition_no": disposition["disposition_no"], "code": "B-01",
        "count_no": count["count_no"], "name": "P-S1", "form": "pdf",
    }  # fmt: skip


def test_given_each_route_with_a_number_when_it_is_another_sites_then_as_if_it_were_not_there(store):
    """R-M5, A4: path and body, reading and changing; the same words as for a number that nobody has"""
    numbers, walked = s1_numbers(store), 0
    stock = [store.stock(batch_no) for batch_no in "ABC"]
    for route in routes(store.app):
        asked = {name: numbers.get(name) for name in route.names}
        ours = [name for name in route.names if name not in (*OWN, "item_no", "form")]
        if not ours or None in asked.values() or route.permission.roles == ("admin",):
            continue
        told = []
        for values in (asked, {**asked, **dict.fromkeys(ours, NOBODYS)}):
            path = route.path.format(**values)
            answer = store.client.open(
                path, method=route.method, json=None if route.method == "GET" else {},
                headers={"Authorization": "Bearer token-anna", "Idempotency-Key": f"walk-{next(_keys):06d}"},
            )  # fmt: skip
            text = answer.get_data(as_text=True)
            for name in ours:
                text = text.replace(str(values[name]), "?")
            told.append((answer.status_code, text))
        walked += 1
        assert told[0] == told[1], route.path
        assert 400 <= told[0][0] < 500, route.path
    assert walked > 40
    assert [store.stock(batch_no) for batch_no in "ABC"] == stock


def test_given_a_person_of_s2_when_another_site_is_named_then_forbidden(store):
    """R-M5"""
    assert store.get("/batches/EL-100/A?site=S1", who="anna").status_code == 403
    sent_off = store.refused("/transfers", who="anna", code="A", to="B-04", to_site="S1")
    assert (sent_off["code"], sent_off["needs"]) == ("forbidden", ["site S1"])
    store.done("/items/EL-100/interval", who="manager", reinspect_months=5)
    seen = store.done("/items/EL-100/interval", who="bodo", reinspect_months=5)
    assert [row["site"] for row in seen["batches"]] == ["S2"]
    refused = store.refused("/items/EL-100/interval", who="bodo", reinspect_months=5, apply=True)
    assert (refused["code"], refused["needs"]) == ("forbidden", ["site S1"])
    assert store.batch("A")["reinspect_on"] == "2026-07-10"


def test_given_equal_batch_numbers_at_two_sites_when_each_is_asked_then_each_sees_its_own(store):
    """R-M5, R-F9"""
    assert store.get("/batches/EL-100/A", who="anna").json["first_received_on"] == "2026-01-02"
    assert store.batch("A")["first_received_on"] == "2026-01-10"
    delivery_no = store.done(
        "/deliveries", who="anna", customer="K", reference="SO-2", lines=[{"item_no": "EL-100", "quantity": "20"}]
    )["delivery_no"]
    made = store.get(f"/deliveries/{delivery_no}", who="anna").json["lines"][0]
    assert (made["pick_list"], made["shortage"]) == ([{"batch_no": "A", "location": "Z-01", "quantity": "7"}], "13")
    # Whoever works for all sites need not say which: the document's number does.
    assert store.get(f"/deliveries/{delivery_no}").status_code == 200
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="7")
    assert store.get("/batches/EL-100/A", who="anna").json["stock"] == []
    assert store.batch("A")["stock"][0]["quantity"] == "30"


def test_given_two_time_zones_when_the_job_runs_then_each_site_turns_at_its_own_midnight(store):
    """R-E2, R-I3"""
    store.now = datetime(2026, 7, 2, 17, 0, tzinfo=UTC)  # 07-03 in Shanghai, 07-02 in Berlin; S2's A is due on 07-02
    jobs.run_nightly(store.now)
    assert store.get("/batches/EL-100/A", who="anna").json["status"] == "qualified"
    assert (jobs.last_day("S1").day, jobs.last_day("S2").day) == (3, 2)
    store.now = datetime(2026, 7, 2, 22, 30, tzinfo=UTC)
    assert jobs.run_nightly(store.now) == {"S2": ["EL-100/A"]}
    assert store.get("/batches/EL-100/A", who="anna").json["status"] == "pending"
    assert store.batch("A")["status"] == "qualified"
    (task,) = store.get("/tasks?kind=reinspect", who="anna").json["items"]
    assert task["facts"]["locations"] == ["Z-01"]


def test_given_who_works_for_all_sites_when_another_is_chosen_on_the_page_then_it_shows_and_acts_there(store):
    """R-M5: and a page that was left open never acts at the other"""
    keeper = Browser(store, "keeper")
    keeper.open("/put-away")
    old = keeper.form("/put-away").fields
    assert old["site"] == ["S1"]
    keeper.send("/site", go_to="S2")
    assert "keeper · S2" in keeper.words
    keeper.open("/stock")
    assert "Z-01" in keeper.words
    assert "B-01" not in keeper.words
    keeper.open("/batch/EL-100/A")
    assert "7 pcs" in keeper.words
    keeper.open("/card/EL-100/A")
    assert "card.pdf?location=Z-01&amp;language=en&amp;site=S2" in keeper.page.text
    keeper.post("/put-away", {**old, "code": "A", "to": "B-04", "quantity": "1"})
    assert "Moved: 1 of A from B-01 to B-04" in keeper.words


def test_given_a_person_of_one_site_when_another_is_asked_for_then_it_is_not_offered_and_refused(store):
    """R-M5"""
    anna = Browser(store, "anna")
    anna.open("/stock")
    assert "Z-01" in anna.words
    assert 'action="/site"' not in anna.page.text
    token = anna.form("/sign-out").fields["csrf_token"]
    anna.post("/site", {"csrf_token": token, "go_to": "S1"})
    assert anna.page.status_code == 403
    anna.open("/put-away")
    anna.post("/put-away", {**anna.form("/put-away").fields, "site": "S1", "code": "B", "to": "B-04"})
    assert anna.page.status_code == 404
