"""Hostile bodies, texts and codes at every changing route: the sender is told, nothing inside is shown, no 500 (P14)."""

from typing import Any

import msgspec
import pytest

from tests.factories import Store
from warehouse.web.posting import SIGNED_IN, Permission
from warehouse.web.routes import Route, routes

BODIES: dict[str, bytes] = {
    "empty": b"",
    "null": b"null",
    "list": b"[]",
    "text": b'"EL-100"',
    "cut": b'{"code": "A',
    "nan": b'{"quantity": NaN}',
    "infinite": b'{"quantity": 1e999}',
    "giant": b'{"quantity": ' + b"9" * 5000 + b"}",
    "twice": b'{"reason": "a", "reason": "b"}',
    "deep": b'{"lines": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "bom": b"\xef\xbb\xbf{}",
    "latin": b'{"code": "\xe9"}',
    "utf-16": '{"code": "A"}'.encode("utf-16"),
    "surrogate": b'{"code": "\\ud800"}',
    "nul": b'{"code": "A\\u0000B"}',
    "direction": b'{"reason": "\\u202eABC"}',
    "unknown": b'{"approved_by": "me", "status": "qualified", "id": 1}',
    "nothing": b"{}",
}
NUMBERED = ("entry_no", "finding_id", "hold_id", "pick_id", "task_id")  # names in paths that are whole numbers
TEXTS = {
    "sql": "' OR 1=1; DROP TABLE item; --",
    "like": "%_",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "template": "{{7*7}}${7*7}%s%(x)s{0.__class__}",
    "formula": "=cmd|' /C calc'!A0",
    "path": "../../etc/passwd",
    "alike": "ΕL-1ОО",
    "long": "A" * 3000,
    "foreign digits": "１２٣४",
    "zpl": "^XZ~JA_5E",
}


@pytest.fixture
def engine() -> str:
    """The texts reach the database on the stricter engine, which also refuses NUL; the rest stops before it."""
    return "postgresql"


def changing(store: Store) -> list[Route]:
    """Give every changing route of the API."""
    return [route for route in routes(store.app) if route.permission.changes]


def somebody_who_may(permission: Permission) -> str:
    """Give a person who may call a route."""
    return "keeper" if SIGNED_IN in permission.roles else permission.roles[0]


def send(store: Store, route: Route, data: bytes, *, name: str = "X", key: str = ""):
    """POST bytes to a route as somebody who may."""
    path = route.path
    for each in route.names:
        path = path.replace(f"{{{each}}}", "1" if each in NUMBERED else name)
    headers = {
        "Authorization": f"Bearer token-{somebody_who_may(route.permission)}",
        "Idempotency-Key": key or f"hostile-{abs(hash((route.endpoint, data, name))):x}",
    }
    return store.client.open(path, method=route.method, data=data, content_type="application/json", headers=headers)


def filled(schema: dict[str, Any], known: dict[str, Any], text: str) -> Any:
    """Make a value of a schema with `text` in every place for text."""
    if "$ref" in schema:
        return filled(known[schema["$ref"].rpartition("/")[2]], known, text)
    if "anyOf" in schema:
        return filled(next(each for each in schema["anyOf"] if each.get("type") != "null"), known, text)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {name: filled(member, known, text) for name, member in schema.get("properties", {}).items()}
        case "array":
            return [filled(schema.get("items") or {}, known, text)]
        case "integer":
            return 1
        case "boolean":
            return False
    return {"date": "2026-06-30", "date-time": "2026-06-01T02:00:00+00:00"}.get(schema.get("format", ""), text)


def test_given_bodies_that_are_no_request_when_sent_to_each_route_then_the_sender_is_told_and_nothing_breaks(store):
    """U11, U13, P14"""
    for route in changing(store):
        if route.permission.body is None:
            continue
        for what, data in BODIES.items():
            response = send(store, route, data)
            assert 400 <= response.status_code < 500, (route.path, what, response.status_code, response.data)
            assert response.mimetype == "application/problem+json"
            if what not in ("empty", "nothing", "unknown"):
                assert response.json["type"].endswith("#invalid-input"), (route.path, what, response.json)
                assert response.json["field"], (route.path, what)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_given_hostile_text_in_every_field_when_sent_to_each_route_then_refused_or_kept_as_text(store, text):
    """S1..S3, S7, S9, W4, P14"""
    for route in changing(store):
        body: dict[str, Any] = {}
        if route.permission.body is not None:
            (schema,), known = msgspec.json.schema_components([route.permission.body], ref_template="#/{name}")
            body = filled(schema, known, text)
            body.pop("site", None)
        response = send(store, route, msgspec.json.encode(body), name=text[:100].replace("/", "%2F"))
        assert response.status_code < 500, (route.path, response.data)
        for inside in (b"Traceback", b"psycopg", b"peewee", b"SELECT "):
            assert inside not in response.data, (route.path, response.data)
    assert store.get("/items?limit=500").status_code == 200, "the tables are still there"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_given_another_content_type_when_a_change_is_sent_then_415(store, content_type):
    """A11, U11: what a foreign page's form could send"""
    headers = {"Authorization": "Bearer token-manager", "Idempotency-Key": "another-type"}
    response = store.client.post("/api/v1/items", data=b"{}", content_type=content_type, headers=headers)
    assert (response.status_code, response.json["field"]) == (415, "Content-Type")


def test_given_more_than_a_mebibyte_when_sent_then_413(store):
    """P15"""
    headers = {"Authorization": "Bearer token-manager", "Idempotency-Key": "too-much-json"}
    data = b'{"name": "' + b"A" * (1 << 20) + b'"}'
    response = store.client.post("/api/v1/items", data=data, content_type="application/json", headers=headers)
    assert (response.status_code, response.json["field"]) == (413, "body")


@pytest.mark.parametrize(
    ("key", "reason"),
    [("", "missing"), ("short", "not 8 to 255"), ("x" * 256, "not 8 to 255"), ("tab\tinside", "not 8")],
)
def test_given_a_key_that_is_none_when_each_changing_route_is_asked_then_refused(store, key, reason):
    """D4: missing, under 8, over 255, hidden characters; and nothing is posted without one"""
    for route in changing(store):
        headers = {"Authorization": f"Bearer token-{somebody_who_may(route.permission)}"}
        if key:
            headers["Idempotency-Key"] = key
        path = route.path
        for each in route.names:
            path = path.replace(f"{{{each}}}", "1" if each in NUMBERED else "X")
        response = store.client.open(path, method=route.method, json={}, headers=headers)
        assert (response.status_code, response.json["field"]) == (400, "Idempotency-Key"), route.path
        assert response.json["reason"].startswith(reason)
