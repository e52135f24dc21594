"""What holds at a site: segregation of duties goes on by one, off by two, and never for goods that lie there (R-Q4)."""

import json

import pytest

from tests import factories
from tests.web.browser import Browser
from warehouse.tables.base import rows
from warehouse.tables.people import Person


def patch(store, code="S1", *, who="admin", key="", **members):
    """Change a site; gives status and answer."""
    headers = {"Authorization": f"Bearer token-{who}", "Idempotency-Key": key or f"site-{next(_keys)}"}
    response = store.client.patch(f"/api/v1/sites/{code}", json=members, headers=headers)
    return response.status_code, response.json


_keys = iter(range(10**8, 10**9))


@pytest.fixture
def both(store) -> str:
    """A person who receives and inspects."""
    Person.create(name="both", roles="keeper qa", password_hash="", site=None)
    factories.add_fixed_token("both")
    return "both"


def receive(store, batch_no, *, who="both"):
    lines = [{"item_no": "EL-200", "quantity": "5"}]
    made = store.done("/receipts", who="clerk", supplier="SUP", reference=batch_no, lines=lines)
    store.done(f"/receipts/{made['receipt_no']}/scans", who=who, item_no="EL-200", batch_no=batch_no, quantity="5")


def decide(store, batch_no, who="both"):
    """Try a verdict; gives the status."""
    decisions = [{"quantity": "5", "verdict": "qualified"}]
    path = f"/batches/EL-200/{batch_no}/inspections"
    return store.post(path, who=who, kind="incoming", decisions=decisions).status_code


def test_given_goods_that_lie_there_when_segregation_is_switched_off_then_their_receiver_still_may_not_decide(
    store, both
):
    """R-Q4: nobody receives goods, switches the rule off and lets them pass himself"""
    receive(store, "L1")
    assert decide(store, "L1") == 409
    status, asked = patch(store, segregated=False)
    assert (status, asked["segregated"], asked["unsegregate_asked_by"]) == (200, True, "admin")
    receive(store, "L2")
    assert decide(store, "L2") == 409, "asked is not switched"
    done = store.done("/sites/S1/approve", who="manager")
    assert (done["segregated"], done["unsegregate_asked_by"]) == (False, None)
    assert decide(store, "L1") == 409
    assert decide(store, "L2") == 409
    receive(store, "L3")
    assert decide(store, "L3") == 201
    assert store.get("/figures", who="manager").json["segregated"] is False
    assert patch(store, segregated=True)[1]["segregated"] is True
    receive(store, "L4")
    assert decide(store, "L4") == 409
    assert decide(store, "L1", who="qa") == 201


def test_given_one_administrator_when_he_switches_segregation_off_alone_then_it_takes_a_second_person(store):
    """Four eyes: else one administrator makes another by himself"""
    assert store.refused("/sites/S1/approve", who="manager")["reason"] == "nobody-asked-for-duties"
    patch(store, segregated=False)
    assert store.refused("/sites/S1/approve", who="admin")["code"] == "same-person"
    (task,) = store.get("/tasks?kind=duties", who="manager").json["items"]
    assert (task["subject"], task["facts"]["asked_by"]) == ("S1", "admin")
    assert store.refused(f"/tasks/{task['task']}/done", who="manager")["code"] == "forbidden"
    patch(store, segregated=True)
    assert store.get("/tasks?kind=duties", who="manager").json["items"] == []
    assert store.refused("/sites/S1/approve", who="manager")["code"] == "document-state"
    assert store.get("/sites/S1").json["segregated"] is True


def test_given_a_change_of_a_site_when_done_then_the_audit_says_who_before_and_after_and_a_repeat_does_nothing(store):
    """R-U2, R-X2"""
    first = patch(store, key="site-audit-1", segregated=False)
    assert patch(store, key="site-audit-1", segregated=False) == first
    store.done("/sites/S1/approve", who="manager2")
    told = [
        json.loads(content)
        for (content,) in rows("SELECT content FROM audit WHERE outcome = 'done' ORDER BY sequence DESC LIMIT 2")
    ]
    assert [each["by"] for each in told] == ["manager2", "admin"]
    after, before = told[0]["facts"]["after"], told[0]["facts"]["before"]
    assert (before["segregated"], after["segregated"]) == (True, False)
    assert told[1]["facts"]["after"]["unsegregate_asked_by"] == "admin"


@pytest.mark.parametrize(
    ("who", "code", "members", "status"),
    [
        ("manager", "S1", {"segregated": False}, 403),
        ("qa", "S1", {"reinspect_per": "place"}, 403),
        ("admin", "S1", {}, 400),
        ("admin", "S1", {"segregated": "no"}, 400),
        ("admin", "S1", {"reinspect_per": "zone"}, 400),
        ("admin", "S9", {"segregated": True}, 404),
    ],
)
def test_given_no_right_no_site_or_nothing_to_change_when_sent_then_refused(store, who, code, members, status):
    """A2, U13"""
    assert patch(store, code, who=who, **members)[0] == status
    assert store.get("/sites/S1").json["reinspect_per"] == "batch"


def test_given_an_administrator_of_one_site_when_he_changes_another_s_then_refused_and_lists_only_his(store):
    """R-M5"""
    store.done("/sites", who="admin", code="S2", name="Plant 2")
    Person.update(site=1).where(Person.name == "manager").execute()
    patch(store, "S2", segregated=False)
    assert store.refused("/sites/S2/approve", who="manager")["code"] == "forbidden"
    assert [site["code"] for site in store.get("/sites", who="manager").json["items"]] == ["S1"]
    assert store.get("/sites/S2", who="manager").status_code == 403
    assert [site["code"] for site in store.get("/sites", who="admin").json["items"]] == ["S1", "S2"]
    assert len(store.get("/tasks?kind=duties&site=S2", who="manager2").json["items"]) == 1


def test_given_the_sites_page_when_segregation_is_asked_and_agreed_then_it_says_so_and_the_figures_too(store):
    """R-Q4, R-I4: the switches have their page"""
    admin = Browser(store, "admin")
    admin.open("/sites")
    admin.send("/sites/S1/segregation")
    assert "Asked: a second person has to agree" in admin.words
    admin.send("/sites/S1/approve")
    assert "another administrator or a manager" in admin.words
    manager = Browser(store, "manager")
    manager.open("/tasks")
    assert "Segregation of duties off?" in manager.words
    manager.open("/sites")
    manager.send("/sites/S1/approve")
    assert "goods received before are still under it" in manager.words
    manager.open("/figures")
    assert "At this site who received goods may decide on them." in manager.words
    admin.open("/sites")
    admin.send("/sites/S1/reinspection", reinspect_per="place")
    assert store.get("/sites/S1").json["reinspect_per"] == "place"
    admin.send("/sites/S1/segregation")
    assert "duties are segregated at S1" in admin.words
    manager.open("/figures")
    assert "may decide on them" not in manager.words
