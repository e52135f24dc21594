"""People, roles and tokens: kept by the administrator, nobody his own, secrets nowhere (A1..A15, R-U5)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests import factories
from tests.factories import Store
from tests.web.browser import PASSWORD as PASSWORD_OF_PAGES
from tests.web.browser import Browser
from warehouse import access
from warehouse.books import verify
from warehouse.tables.base import database, rows
from warehouse.tables.people import Person
from warehouse.web.routes import routes

PASSWORD = "correct horse battery"


def add(store: Store, name: str, *roles: str, **members) -> dict:
    """Add a person as the administrator."""
    return store.done("/people", who="admin", name=name, roles=list(roles), password=PASSWORD, **members)


def add_admin(store: Store, name: str) -> dict:
    """Add an administrator: the one asks, a manager approves."""
    add(store, name, "admin")
    return store.done(f"/people/{name}/approve", who="manager")


def as_bearer(store: Store, token: str, path: str = "/items") -> int:
    """GET a path with a token and give the status."""
    return store.client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"}).status_code


def everything_kept() -> str:
    """Give all text of audit, keys, people and tokens."""
    tables = ("audit", "request_key", "person", "api_token", "session")
    return "\n".join(str(row) for table in tables for row in rows(f"SELECT * FROM {table}"))


def test_given_a_new_person_when_added_then_the_password_proves_it_and_stands_nowhere(store):
    """A15"""
    made = add(store, "Li Wei", "keeper", "clerk", language="zh_Hans")
    assert (made["name"], made["roles"], made["language"], made["tokens"]) == (
        "Li Wei", ["keeper", "clerk"], "zh_Hans", [],
    )  # fmt: skip
    assert access.check_password("Li Wei", PASSWORD, device="d", now=store.now) is not None
    assert access.check_password("Li Wei", PASSWORD + "x", device="d", now=store.now) is None
    store.done("/people/Li Wei/password", who="admin", password="another long one")
    assert access.check_password("Li Wei", "another long one", device="d", now=store.now) is not None
    kept = everything_kept()
    assert PASSWORD not in kept
    assert "another long one" not in kept


def test_given_a_token_when_made_then_it_is_shown_once_and_kept_nowhere(store):
    """A15; and A1: revoked, expired and garbage are strangers"""
    made = store.post("/people/keeper/tokens", {"expires_days": 30}, who="admin", key="token-key-1")
    secret, token_id = made.json["token"], made.json["token_id"]
    assert as_bearer(store, secret) == 200
    again = store.post("/people/keeper/tokens", {"expires_days": 30}, who="admin", key="token-key-1")
    assert (again.json["token_id"], "token" in again.json) == (token_id, False)
    assert secret not in everything_kept()
    (kept,) = [token for token in store.get("/people/keeper", who="admin").json["tokens"] if token["expires_at"]]
    assert kept["token_id"] == token_id
    store.done(f"/people/keeper/tokens/{token_id}/revoke", who="admin")
    assert as_bearer(store, secret) == 401
    assert store.refused("/people/keeper/tokens/%/revoke", who="admin")["code"] == "not-found"
    assert store.refused(f"/people/qa/tokens/{token_id}/revoke", who="admin")["code"] == "not-found"
    assert store.refused("/people/nobody/tokens", who="admin")["code"] == "not-found"


def test_given_a_token_s_scope_when_used_then_it_narrows_and_never_widens(store):
    """A14"""
    add(store, "Chen", "keeper", "manager")
    narrow = store.done("/people/Chen/tokens", who="admin", scope=["keeper"])["token"]
    refused = store.client.post(
        "/api/v1/items", json={"item_no": "X", "name": "X", "unit": "pcs"},
        headers={"Authorization": f"Bearer {narrow}", "Idempotency-Key": "scope-key-1"},
    )  # fmt: skip
    assert (refused.status_code, refused.json["needs"]) == (403, ["manager"])
    assert store.refused("/people/Chen/tokens", who="admin", scope=["qa"])["field"] == "scope"


def test_given_ones_own_account_when_changed_then_another_administrator_must_and_the_last_one_stays(store):
    """A5"""
    for path, members in (("roles", {"roles": ["admin", "manager"]}), ("disable", {})):
        refused = store.refused(f"/people/admin/{path}", who="admin", **members)
        assert (refused["code"], refused["person"]) == ("same-person", "admin")
    add_admin(store, "admin2")
    secret = store.done("/people/admin2/tokens", who="admin")["token"]
    store.done("/people/admin2/roles", who="admin", roles=["keeper"])
    assert as_bearer(store, secret, "/people") == 403
    assert Person.get(Person.name == "admin").roles == "admin"


def test_given_a_new_administrator_when_one_person_asks_then_a_second_makes_it_so(store):
    """D10, four eyes: neither who asks nor who is asked for, and on the work list until then"""
    asked = add(store, "Li", "admin", "keeper")
    assert (asked["roles"], asked["admin_asked_by"]) == (["keeper"], "admin")
    store.done("/people/Li/tokens", who="admin")
    factories.add_fixed_token("Li")
    assert store.get("/people", who="Li").status_code == 403
    (task,) = store.get("/tasks?kind=administrator", who="manager").json["items"]
    assert (task["subject"], task["facts"]) == ("Li", {"asked_by": "admin"})
    assert store.post(f"/tasks/{task['task']}/done", who="manager").status_code == 403
    refused = store.refused("/people/Li/approve", who="admin")
    assert (refused["code"], refused["person"]) == ("same-person", "admin")
    assert refused["needs"] == "another administrator or a manager"
    assert store.post("/people/Li/approve", who="qa").status_code == 403
    made = store.done("/people/Li/approve", who="manager")
    assert (made["roles"], made["admin_asked_by"]) == (["keeper", "admin"], None)
    assert store.get("/people", who="Li").status_code == 200
    assert store.get("/tasks?kind=administrator", who="manager").json["items"] == []
    assert store.refused("/people/Li/approve", who="manager")["reason"] == "nobody-asked"
    # One who is an administrator stays so whatever else changes; the other two may now make a third.
    assert store.done("/people/Li/roles", who="admin", roles=["admin"])["roles"] == ["admin"]
    assert store.done("/people/qa/roles", who="admin", roles=["qa", "admin"])["roles"] == ["qa"]
    assert store.done("/people/qa/approve", who="Li")["roles"] == ["qa", "admin"]
    assert list(verify.verify()) == []


def test_given_the_manager_asked_for_when_he_approves_himself_then_same_person_and_a_withdrawn_request_is_gone(store):
    """D10, A5: nobody grants himself what he lacks"""
    store.done("/people/manager/roles", who="admin", roles=["manager", "admin"])
    assert store.refused("/people/manager/approve", who="manager")["code"] == "same-person"
    withdrawn = store.done("/people/manager/roles", who="admin", roles=["manager"])
    assert withdrawn["admin_asked_by"] is None
    assert store.refused("/people/manager/approve", who="manager2")["reason"] == "nobody-asked"
    store.done("/people/manager2/roles", who="admin", roles=["manager", "admin"])
    store.done("/people/manager2/disable", who="admin")
    assert store.get("/tasks?kind=administrator", who="manager").json["items"] == []


def test_given_a_small_site_without_segregation_when_an_administrator_is_added_then_one_person_is_enough(store):
    """Four eyes may be switched off where there are not four"""
    rows("UPDATE site SET segregated = 0")
    assert add(store, "Li", "admin")["roles"] == ["admin"]


def test_given_two_administrators_when_they_disable_each_other_at_once_then_one_stays(store, database_url):
    """A5, D9"""
    add_admin(store, "admin2")
    secrets = {
        "admin2": store.done("/people/admin/tokens", who="admin")["token"],
        "admin": store.done("/people/admin2/tokens", who="admin")["token"],
    }
    start = Barrier(2)

    def disable(name: str) -> int:
        start.wait()
        headers = {"Authorization": f"Bearer {secrets[name]}", "Idempotency-Key": f"disable-{name}"}
        try:
            return store.app.test_client().post(f"/api/v1/people/{name}/disable", headers=headers).status_code
        finally:
            database.close()

    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(disable, secrets))
    # The later one is refused by the rule, or is a stranger already when the first was done before it came.
    assert statuses[0] == 200
    assert statuses[1] in (400, 401)
    assert Person.select().where(Person.disabled_at.is_null() & (Person.roles == "admin")).count() == 1


def test_given_a_person_who_leaves_when_disabled_then_the_next_request_is_a_stranger_s(store):
    """A9, R-U5: what was done keeps the name"""
    add(store, "Wang", "keeper", "manager")
    secret = store.done("/people/Wang/tokens", who="admin")["token"]
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "wang-item-1"}
    receipt_no = store.done(
        "/receipts", supplier="SUP", reference="PO", lines=[{"item_no": "EL-100", "quantity": "9"}]
    )["receipt_no"]
    path = f"/api/v1/receipts/{receipt_no}/scans"
    body = {"item_no": "EL-100", "batch_no": "W1", "quantity": "4"}
    assert store.client.post(path, json=body, headers=headers).status_code == 201
    renamed = store.done("/people/Wang/rename", who="admin", name="Wang Li")
    assert renamed["name"] == "Wang Li"
    headers["Idempotency-Key"] = "wang-item-2"
    assert store.client.post(path, json={**body, "quantity": "3"}, headers=headers).status_code == 201
    assert store.done("/people/Wang Li/disable", who="admin")["disabled_at"] is not None
    headers["Idempotency-Key"] = "wang-item-3"
    assert store.client.post(path, json={**body, "quantity": "1"}, headers=headers).status_code == 401
    by = [entry["written_by"] for entry in store.get("/batches/EL-100/W1/card").json["items"]]
    assert by == ["Wang", "Wang Li"]
    assert store.refused("/people", who="admin", name="Wang Li", roles=["qa"], password=PASSWORD)["field"] == "name"


def test_given_an_administrator_of_one_site_when_looking_at_people_then_only_that_site_s(store):
    """R-M5, A4: not there, and not as a way to a wider account"""
    store.done("/sites", who="admin", code="S2", name="Plant 2")
    add(store, "admin-2", "admin", site="S2")
    store.done("/people/admin-2/approve", who="manager")
    secret = store.done("/people/admin-2/tokens", who="admin")["token"]
    headers = {"Authorization": f"Bearer {secret}"}
    assert [each["name"] for each in store.client.get("/api/v1/people", headers=headers).json["items"]] == ["admin-2"]
    assert store.client.get("/api/v1/people/keeper", headers=headers).status_code == 404
    body = {"name": "Zhou", "roles": ["keeper"], "password": PASSWORD}
    for members, key, status in (({"site": "S1"}, "zhou-0001", 403), ({}, "zhou-0002", 201)):
        response = store.client.post(
            "/api/v1/people", json={**body, **members}, headers={**headers, "Idempotency-Key": key}
        )
        assert response.status_code == status
    assert response.json["site"] == "S2"


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"roles": ["boss"]}, "roles[0]"),
        ({"roles": []}, "roles"),
        ({"password": "short"}, "password"),
        ({"disabled_at": None}, "disabled_at"),
        ({"name": ""}, "name"),
        ({"name": "a\u200bb"}, "name"),
        ({"name": "keeper"}, "name"),
        ({"site": "NO"}, None),
    ],
)
def test_given_a_person_that_cannot_be_when_added_then_the_field_is_named(store, members, field):
    """U13, A5"""
    body = {"name": "New", "roles": ["keeper"], "password": PASSWORD, **members}
    refused = store.refused("/people", body, who="admin")
    assert refused.get("field") == field
    assert Person.get_or_none(Person.name == "New") is None


@pytest.fixture
def waiting(store) -> dict[str, tuple[str, dict]]:
    """What waits for a second person: each act's path and body."""
    factories.put_in_stock("Y  2026-05-01  4  B-04  yellow", item_no="EL-200")
    store.done("/people/keeper2/roles", who="admin", roles=["keeper", "admin"])
    scrap = {"decision": "scrap", "quantity": "4", "reason": "burnt"}
    made = store.done("/batches/EL-200/Y/dispositions", scrap, who="qa")
    headers = {"Authorization": "Bearer token-admin", "Idempotency-Key": "ask-duties"}
    store.client.patch("/api/v1/sites/S1", json={"segregated": False}, headers=headers)
    order = store.order("5")
    ticket = {"rule": "not-oldest", "item_no": "EL-100", "batch_no": "B", "delivery_no": order, "quantity": "5",
              "reason": "blocked aisle"}  # fmt: skip
    return {
        "disposition": (f"/dispositions/{made['disposition_no']}/approve", {}),
        "administrator": ("/people/keeper2/approve", {}),
        "duties": ("/sites/S1/approve", {}),
        "override": ("/overrides", ticket),
        "signature": ("/reconciliations/2026-05/sign", {"book": "account"}),
        "count": ("/counts/S1-CN2606-0001/approve", {}),
    }


def use(store, token, path, body):
    """Send with a token; gives the status and the problem's code."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"second-{next(factories._counter):06d}"}
    response = store.client.post(f"/api/v1{path}", json=body, headers=headers)
    return response.status_code, (response.json.get("type") or "").rpartition("#")[2]


def test_given_a_token_that_an_administrator_made_for_a_manager_when_used_as_second_person_then_same_person(
    store, waiting
):
    """A5, D10, four eyes: one person with two tokens is one pair of eyes"""
    lent = store.done("/people/manager/tokens", who="admin")["token"]
    for name, (path, body) in waiting.items():
        assert use(store, lent, path, body) == (409, "same-person"), name
    assert store.get("/people/keeper2", who="admin").json["admin_asked_by"] == "admin"
    assert store.get("/sites/S1").json["segregated"] is True
    kept = rows("SELECT COUNT(*) FROM audit WHERE outcome = 'refused' AND content LIKE '%own sign-in%'")
    assert kept == [(len(waiting),)]
    own = access.add_token("manager", scope=[], days=None, now=store.now)  # as the command makes it
    for name, (path, body) in waiting.items():
        assert use(store, own, path, body)[1] != "same-person", name
    assert store.get("/people/keeper2", who="admin").json["roles"] == ["keeper", "admin"]
    assert store.get("/sites/S1").json["segregated"] is False


def test_given_a_token_made_for_another_when_used_for_work_of_one_person_then_it_works_and_says_who_made_it(store):
    """Stations and other systems go on with the tokens the administrator makes for them"""
    lent = store.done("/people/keeper/tokens", who="admin")["token"]
    assert use(store, lent, "/transfers", {"code": "A", "to": "B-04", "quantity": "1"})[0] == 201
    (token,) = [each for each in store.get("/people/keeper", who="admin").json["tokens"] if each["made_by"]]
    assert token["made_by"] == "admin"
    admin = store.done("/people/admin/tokens", who="admin")["token"]
    assert use(store, admin, "/people/nobody/approve", {})[0] == 404, "made for oneself it is one's own"


def test_given_every_act_of_a_second_person_when_its_route_is_read_then_it_asks_for_his_own_door(store):
    """Four eyes: an approval that is added later is on this list, or its route says why not"""
    asked = {route.path.removeprefix("/api/v1") for route in routes(store.app) if route.permission.second_person}
    named = {route.path.removeprefix("/api/v1") for route in routes(store.app)
             if route.path.endswith(("/approve", "/overrides", "/sign"))}  # fmt: skip
    assert asked == named


def test_given_a_password_that_an_administrator_chose_when_its_person_approves_then_only_after_choosing_his_own(
    store, waiting
):
    """A5, four eyes: who resets a manager's password signs in as the manager"""
    store.done("/people/manager/password", who="admin", password=PASSWORD_OF_PAGES)
    manager = Browser(store)
    manager.open("/sign-in")
    manager.send("/sign-in", name="manager", password=PASSWORD_OF_PAGES)
    manager.open("/sites")
    manager.send("/sites/S1/approve")
    assert "no token or password that somebody else made" in manager.words
    assert store.get("/sites/S1").json["segregated"] is True
    manager.open("/password")
    assert "admin chose your password" in manager.words
    for typed, says in (
        ({"old_password": "wrong", "password": "my own secret"}, "The old password is wrong."),
        ({"old_password": PASSWORD_OF_PAGES, "password": "short"}, "shorter than 8"),
        ({"old_password": PASSWORD_OF_PAGES, "password": PASSWORD_OF_PAGES}, "This is the old password."),
    ):
        manager.send("/password", **typed)
        assert says in manager.words
    other = Browser(store)
    other.open("/sign-in")
    other.send("/sign-in", name="manager", password=PASSWORD_OF_PAGES)
    manager.send("/password", old_password=PASSWORD_OF_PAGES, password="my own secret")
    assert manager.path == "/sign-in"
    assert other.open("/sites").request.path == "/sign-in", "every session ends"
    manager.send("/sign-in", name="manager", password="my own secret")
    manager.open("/password")
    assert "chose your password" not in manager.words
    manager.open("/sites")
    manager.send("/sites/S1/approve")
    assert store.get("/sites/S1").json["segregated"] is False
    assert store.get("/people/manager", who="admin").json["password_set_by"] is None
    assert not rows("SELECT 1 FROM audit WHERE content LIKE '%own secret%' OR content LIKE '%' || ? || '%'",
                    PASSWORD_OF_PAGES)  # fmt: skip


def test_given_a_new_person_when_the_administrator_made_him_then_his_password_is_the_administrator_s_until_changed(
    store,
):
    """A5"""
    assert add(store, "Wu", "manager")["password_set_by"] == "admin"
