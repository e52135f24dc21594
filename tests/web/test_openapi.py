"""OpenAPI and its page, and the walk over all routes: each has an owner, each role is tried on each (P13, A1..A3)."""

import json
import re
import socket
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from openapi_spec_validator import validate

from tests import factories
from tests.factories import ROLES, Store
from warehouse.web.api.openapi import refusal_codes
from warehouse.web.posting import ANYBODY, SIGNED_IN, Permission
from warehouse.web.routes import routes

ALL = "keeper clerk qa manager"
# Who may, as the interface says it; "any" is every signed-in person. A route that is not here fails the test.
MATRIX = {
    "/account/balances": "manager",
    "/account/sheets": "manager",
    "/reconciliations/{month}/sign": ALL,
    "/reconciliations/{month}/discrepancies": ALL,
    "/discrepancies/{discrepancy_no}/assign": "manager",
    "/discrepancies/{discrepancy_no}/close": ALL,
    "/discrepancies/{discrepancy_no}/card-entry": "manager",
    "/items": "manager",
    "/items/{item_no}/interval": "manager",
    "/item-groups/{name}/interval": "manager",
    "/locations": "manager",
    "/locations/{code}/empty-confirmations": "keeper clerk",
    "/locations/{code}/freeze": "manager",
    "/locations/{code}/unfreeze": "manager",
    "/sites": "admin",
    "/sites/{code}": "admin",
    "/sites/{code}/approve": "admin manager",
    "/sites/{code}/gs1-prefix": "admin",
    "/partners": "manager",
    "/opening-balances": "manager",
    "/receipts": "keeper clerk",
    "/receipts/{receipt_no}/scans": "keeper clerk",
    "/receipts/{receipt_no}/scans/{entry_no}/undo": "keeper clerk",
    "/receipts/{receipt_no}/check-forms": "keeper clerk qa",
    "/receipts/{receipt_no}/notices": "clerk manager",
    "/receipts/{receipt_no}/post": "clerk manager",
    "/batches/{item_no}/{batch_no}/inspections": "qa",
    "/batches/{item_no}/{batch_no}/dispositions": "qa",
    "/batches/{item_no}/{batch_no}/doubts": ALL,
    "/batches/{item_no}/{batch_no}/expiry": "qa",
    "/batches/{item_no}/{batch_no}/holds": "qa",
    "/batches/{item_no}/{batch_no}/holds/lift": "qa",
    "/batches/{item_no}/{batch_no}/opened": "keeper clerk",
    "/batches/{item_no}/{batch_no}/samples": "qa",
    "/dispositions/{disposition_no}/approve": "qa manager",
    "/dispositions/{disposition_no}/back": "keeper clerk",
    "/dispositions/{disposition_no}/dispose": "keeper clerk",
    "/dispositions/{disposition_no}/out": "keeper clerk",
    "/dispositions/{disposition_no}/ship": "keeper clerk",
    "/customer-returns": "keeper clerk",
    "/customer-returns/{return_no}/post": "clerk manager",
    "/transfers": "keeper clerk",
    "/deliveries": "clerk manager",
    "/deliveries/{delivery_no}/scans": "keeper clerk",
    "/deliveries/{delivery_no}/picks/{pick_id}/undo": "keeper clerk",
    "/deliveries/{delivery_no}/short-picks": "keeper clerk",
    "/deliveries/{delivery_no}/package-checks": "clerk manager",
    "/deliveries/{delivery_no}/dispatch": "clerk manager",
    "/deliveries/{delivery_no}/cancel": "clerk manager",
    "/overrides": "manager",
    "/counts": "manager",
    "/counts/{count_no}/assignments": "manager",
    "/counts/{count_no}/scans": "keeper clerk",
    "/counts/{count_no}/sheets": "keeper clerk",
    "/counts/{count_no}/submit": "keeper clerk manager",
    "/counts/{count_no}/approve": "manager",
    "/counts/{count_no}/close": "manager",
    "/counts/{count_no}/cancel": "manager",
    "/counts/{count_no}/findings/{finding_id}/decide": "qa",
    "/counts/{count_no}/notices": "manager",
    "/owner-notices/{notice_no}/answer": "manager",
    "/owner-notices/{notice_no}/close": "manager",
    "/count-tolerances": "manager",
    "/count-plan": "manager",
    "/items/{item_no}/valuation": "manager",
    "/items/{item_no}/specification": "manager qa",
    "/tasks/{task_id}/done": ALL,
    "/scans": ALL,
    "/labels": ALL,
    "/labels/{label_no}/reprint": ALL,
    "/labels/{label_no}/replace": ALL,
    "/printers": "admin",
    "/printers/{name}/load": ALL,
    "/printers/{name}/calibrate": "manager admin",
    "/layouts/{kind}/{size}": "manager",
    "/layouts/{kind}/{size}/restore": "manager",
    "/printers/{name}/paper": "manager admin",
    "/printers/{name}/test": "manager admin",
    "/printers/{name}/remove": "admin",
    "/print-jobs/{job_no}/resolve": ALL,
    "/print-jobs/{job_no}/cancel": ALL,
    "/print-jobs/{job_no}/retry": ALL,
    "/people": "admin",
    "/people/{name}/roles": "admin",
    "/people/{name}/approve": "admin manager",
    "/people/{name}/disable": "admin",
    "/people/{name}/rename": "admin",
    "/people/{name}/password": "admin",
    "/people/{name}/unlock": "manager admin",
    "/people/{name}/tokens": "admin",
    "/people/{name}/tokens/{token_id}/revoke": "admin",
}
READ_BY_ADMIN_ONLY = ("/people", "/people/{name}")
READ_BY_ADMIN_TOO = (
    "/sites",
    "/sites/{code}",
    "/devices",
    "/printers",
    "/printers/{name}",
    "/print-jobs",
    "/print-jobs/{job_no}",
)
READ_BY_MANAGER_ONLY = ("/counts/{count_no}/variances",)
READ_BY_ANY = ("/openapi.json", "/docs")
LONGEST_PUBLIC_LIST = 5


@pytest.fixture
def engine() -> str:
    """Who may does not depend on the engine, and the walk is long: one of them."""
    return "sqlite"


def may_read(path: str) -> set[str]:
    """Give the roles that may GET a path."""
    if path in READ_BY_ANY:
        return set(ROLES)
    if path in READ_BY_ADMIN_ONLY:
        return {"admin"}
    if path in READ_BY_MANAGER_ONLY:
        return {"manager"}
    return set(ALL.split()) | ({"admin"} if path in READ_BY_ADMIN_TOO else set())


def api_routes(store: Store) -> list[tuple[str, str, str]]:
    """Give (method, path below the base, a path to call) of every route of the API."""
    found = []
    for route in routes(store.app):
        path = route.path.removeprefix("/api/v1")
        called = re.sub(
            r"\{(\w+)\}",
            lambda name: (
                "1" if name[1].endswith("_id") or name[1] == "entry_no" else "pdf" if name[1] == "form" else "X"
            ),
            path,
        )
        found.append((route.method, path, called))
    return found


def ask(store: Store, method: str, path: str, **headers: str):
    """Send an empty request, with a key where one is wanted."""
    keyed = {"Idempotency-Key": f"walk-{method}-{path}"[:200]} if method != "GET" else {}
    sent = {"json": {}} if method != "GET" else {}
    return store.client.open(f"/api/v1{path}", method=method, headers={**keyed, **headers}, **sent)


def test_given_every_route_when_the_map_is_walked_then_each_declares_who_may_and_few_are_public(store):
    """P13: deny by default; and A2: a route without its line in the matrix fails"""
    public = set()
    for rule in store.app.url_map.iter_rules():
        permission = getattr(store.app.view_functions[rule.endpoint], "permission", None)
        assert isinstance(permission, Permission), f"{rule.rule} declares no permission"
        assert permission.roles, f"{rule.rule} is nobody's"
        assert set(permission.roles) <= {*ROLES, ANYBODY, SIGNED_IN}, rule.rule
        if ANYBODY in permission.roles:
            public.add(rule.rule)
    assert len(public) <= LONGEST_PUBLIC_LIST, f"open to strangers: {sorted(public)}"
    changing = {path for method, path, _ in api_routes(store) if method != "GET"}
    assert changing == set(MATRIX), "a changing route without its line in the matrix, or a line without its route"


def test_given_a_stranger_when_each_route_is_tried_then_401_and_nothing_else(store):
    """A1: no, garbage, null, Basic, and two credentials at once"""
    store.client.set_cookie("session", "nothing")
    credentials = [
        {}, {"Authorization": ""}, {"Authorization": "Bearer "}, {"Authorization": "Bearer null"},
        {"Authorization": "Bearer token-nobody"}, {"Authorization": "Basic a2VlcGVyOg=="},
        {"Authorization": "Bearer token-keeper"},
    ]  # fmt: skip
    for method, _, path in api_routes(store):
        for headers in credentials:
            response = ask(store, method, path, **headers)
            assert response.status_code == 401, (method, path, headers)
            assert response.json["type"].endswith("#forbidden")


@pytest.mark.parametrize("role", ROLES)
def test_given_a_role_when_each_route_is_tried_then_the_matrix_says_who_may(store, role):
    """A2, A3: 403 `forbidden` for whom the matrix does not name, and anything but that for the others"""
    for method, path, called in api_routes(store):
        may = may_read(path) if method == "GET" else set(MATRIX[path].split())
        response = ask(store, method, called, Authorization=f"Bearer token-{role}")
        assert response.status_code != 401, (method, path)
        assert (response.status_code != 403) == (role in may), (method, path, role, response.status_code)
        assert response.status_code < 500, (method, path, response.data)


def test_given_the_document_when_validated_then_it_is_openapi_3_1_and_has_every_route(store):
    """guides/web 6: generated from the routes, checked by the standard's own schema"""
    document = store.get("/openapi.json").json
    validate(document)
    assert document["openapi"].startswith("3.1")
    named = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert named == {(method, f"/api/v1{path}") for method, path, _ in api_routes(store)}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], path
            keys = [each for each in operation["parameters"] if each["name"] == "Idempotency-Key"]
            assert bool(keys) == (method != "get"), path
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"]
    scan = document["paths"]["/api/v1/scans"]["post"]["requestBody"]["content"]
    assert set(scan) == {"application/json", "multipart/form-data"}
    assert document["components"]["schemas"]["AnyScan"]["additionalProperties"] is False
    named = set(re.findall(r'"#/components/(\w+/[^"]+)"', json.dumps(document)))
    kept = {f"{kind}/{name}" for kind, each in document["components"].items() for name in each}
    assert not named - kept, "two bodies of one name: neither can be followed"
    assert not [name for name in kept if "warehouse." in name]
    item = document["components"]["schemas"]["ItemBody"]["properties"]["item_no"]
    assert re.search(item["pattern"], "电机 1/A-é")
    assert not [
        text for text in ("A\x00", "\x1b[1m", "A\u200b1", "\u202eA", "\x85") if re.search(item["pattern"], text)
    ]
    ids = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(ids))


def test_given_every_list_when_a_page_is_asked_for_then_limit_and_after_are_honoured(store):
    """interface.md, HTTP: what the document says a list takes, it takes; a page of one, and the rest behind it"""
    for name in ("P-1", "P-2"):
        store.done("/printers", name=name, address="socket://127.0.0.1:9100", form="zpl", mode="mono", who="admin")
        store.done("/locations/B-01/freeze" if name == "P-1" else "/locations/B-02/freeze", reason="n", who="manager")
        place = "B-01" if name == "P-1" else "B-02"
        store.done("/count-tolerances", location=place, percent="1", who="manager")
    documented = store.get("/openapi.json").json["paths"]
    lists = [
        path.removeprefix("/api/v1") for path, methods in documented.items()
        if "limit" in [each["name"] for each in methods.get("get", {}).get("parameters", ())]
    ]  # fmt: skip
    assert {"/printers", "/layouts", "/frozen-places", "/count-tolerances", "/items", "/tasks"} <= set(lists)
    for path in lists:
        who = "admin" if path in READ_BY_ADMIN_ONLY else "manager"
        for limit in ("0", "501", "x", "-1"):
            assert store.get(f"{path}?limit={limit}", who=who).status_code == 400, (path, limit)
        whole = store.get(path, who=who).json
        assert whole["next"] is None
        paged, after = [], ""
        while after is not None:
            page = store.get(f"{path}?limit=1{after and '&after='}{quote(after)}", who=who).json
            assert len(page["items"]) <= 1
            paged, after = paged + page["items"], page["next"]
        assert paged == whole["items"], path
    assert store.get("/printers?after=nobody").status_code == 400


def test_given_options_when_asked_by_a_stranger_then_nothing_is_told(store):
    """P13: the framework's own answer would be 200 on every path"""
    for path in ("/api/v1/items", "/api/v1/people", "/sign-in", "/health/live"):
        assert store.client.options(path).status_code == 405, path


def test_given_a_problem_when_its_type_is_followed_then_the_page_explains_the_code(store):
    """RFC 9457: `type` leads to the code's own section, in the reader's language and without a script"""
    problem = store.refused("/labels", kind="location")
    path, _, code = problem["type"].partition("#")
    response = store.get(path.removeprefix("/api/v1"))
    assert (response.status_code, response.mimetype) == (200, "text/html")
    html = response.get_data(as_text=True)
    assert f'id="{code}"' in html
    for each in refusal_codes():
        assert f'id="{each}"' in html
    for method, route, _ in api_routes(store):
        assert f"{method} /api/v1{route}" in html
    assert "http://" not in html
    assert "https://" not in html
    chinese = store.client.get(path, headers={"Authorization": "Bearer token-keeper", "Accept-Language": "zh-CN"})
    assert "请" in chinese.get_data(as_text=True)


def test_given_the_codes_when_compared_with_the_interface_then_they_are_those_and_no_others():
    """interface.md: fixed names"""
    fixed = (
        "unknown-code ambiguous-code label-void wrong-item wrong-place wrong-batch not-oldest over-receipt over-issue"
        " short-issue insufficient-stock not-qualified on-hold expired reinspection-due shelf-life-too-short wrong-owner"
        " zone-refuses-status quantity-precision batch-conflict document-state closed-month same-person"
        " not-qualified-person count-open idempotency-mismatch override-invalid invalid-input not-found forbidden"
        " too-many-requests"
    )
    assert set(refusal_codes()) == set(fixed.split())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/items", 200), ("GET", "/nothing", 404), ("PUT", "/items", 405), ("GET", "/batches/X/Y", 404),
     ("POST", "/items", 403), ("GET", "/items?limit=0", 400)],
)  # fmt: skip
def test_given_any_answer_when_sent_then_it_is_hardened_and_shows_nothing_inside(store, method, path, status):
    """W1, W3: on errors too"""
    response = ask(store, method, path, Authorization="Bearer token-keeper")
    assert response.status_code == status
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Permissions-Policy"] == "camera=(self)"
    assert response.headers["Cache-Control"] == "no-store"
    shown = response.get_data(as_text=True).lower()
    for inside in ("traceback", "/work", "sqlite", "select ", "werkzeug", "python", str(Path.cwd()).lower()):
        assert inside not in shown


def test_given_a_foreign_host_when_hosts_are_named_then_refused_and_forwarded_names_are_ignored(store):
    """W2"""
    store.app.config["TRUSTED_HOSTS"] = ["localhost"]
    ours = {"Authorization": "Bearer token-keeper"}
    foreign = store.client.get("/api/v1/items", headers={**ours, "Host": "evil.example"})
    assert foreign.status_code == 400
    forwarded = store.client.get("/api/v1/docs", headers={**ours, "X-Forwarded-Host": "evil.example"})
    assert forwarded.status_code == 200
    assert b"evil.example" not in forwarded.data


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:8000", 200), ("[::1]:8000", 200), ("localhost", 200), ("warehouse:8000", 200), ("wms.lan", 200),
     ("hall.example.com", 200), (socket.gethostname(), 200), ("evil.example", 400), ("evil.example:8000", 400),
     ("127.0.0.1.evil.example", 400), ("a b", 400), ("x@evil.example", 400), ("", 400)],
)  # fmt: skip
def test_given_no_list_of_hosts_when_a_public_name_not_ours_is_used_then_refused(store, host, status):
    """W2: a page elsewhere may point its own name at an inner address, and must not get in by it"""
    settings = replace(store.app.config["SETTINGS"], public_url="https://hall.example.com")
    store.app.config["SETTINGS"] = settings
    headers = {"Authorization": "Bearer token-keeper", "Host": host}
    answer = store.client.get("/api/v1/items", headers=headers)
    assert answer.status_code == status, answer.data
    page = store.client.get("/sign-in", headers={"Host": host})
    assert (page.status_code == 400) == (status == 400)
    if status == 400:
        assert (answer.json["field"], answer.json["reason"]) == ("Host", "foreign-host")


def test_given_a_bug_when_it_happens_then_500_is_short_with_a_number(store, monkeypatch):
    """W3"""

    def broken() -> str:
        raise KeyError("the secret inside")

    broken.permission = Permission(roles=(ANYBODY,))  # type: ignore[attr-defined]
    monkeypatch.setitem(store.app.view_functions, "openapi.document", broken)
    response = store.client.get("/api/v1/openapi.json")
    assert response.status_code == 500
    told = json.loads(response.data)
    assert told["type"] == "about:blank"
    assert re.fullmatch(r"[0-9a-f]{8}", told["reference"])
    assert "secret" not in response.get_data(as_text=True)
    assert "KeyError" not in response.get_data(as_text=True)


def test_given_a_session_when_a_change_comes_without_its_token_then_forbidden(store, database_url):
    """A11: a cookie alone changes nothing through the API"""
    from warehouse import access
    from warehouse.tables.people import Person

    factories.base.connect(database_url)
    secret, csrf = access.open_session(access.actor_of(Person.get(Person.name == "keeper")), device="d", now=store.now)
    store.client.set_cookie("session", secret)
    without = ask(store, "POST", "/scans")
    assert (without.status_code, without.json["needs"]) == (403, ["X-CSRF-Token"])
    assert store.client.get("/api/v1/items").status_code == 200
    headers = {"X-CSRF-Token": csrf, "Idempotency-Key": "with-the-token"}
    assert store.client.post("/api/v1/scans", json={"code": "A"}, headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("tag", "words"),
    [("en", "PUT is not possible here, only: GET, POST."), ("zh-Hans", "此处不能用 PUT，只能用：GET, POST。"),
     ("zh-Hant", "此處不能用 PUT，只能用：GET, POST。")],
)  # fmt: skip
def test_given_a_method_that_a_path_does_not_take_when_asked_then_told_which_it_takes(store, tag, words):
    """W3"""
    response = ask(store, "PUT", "/items", **{"Authorization": "Bearer token-keeper", "Accept-Language": tag})
    assert (response.status_code, response.get_json()["detail"]) == (405, words)
    assert response.get_json()["allowed"] == ["GET", "POST"]
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}
