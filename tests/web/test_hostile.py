"""Bad input is the sender's fault: every posting route answers 4xx and names the field, never 500 (P14, S, U)."""

import json
import re
from typing import Any

import pytest
from msgspec import inspect

from tests import factories
from warehouse.books import verify
from warehouse.tables.base import rows
from warehouse.web.body import Body
from warehouse.web.posting import Permission

DEEP = "[" * 100_000 + "]" * 100_000
# What no route takes, each with the field the answer must name (None: any).
WRONG = {
    "unknown field": (b'{"surprise_field": 1}', "surprise_field"),
    "a list": (b"[]", "body"),
    "a text": (b'"x"', "body"),
    "null": (b"null", "body"),
    "no JSON": (b"{", "body"),
    "NaN": (b'{"quantity": NaN}', "quantity"),
    "infinity": (b'{"lines": [{"quantity": -Infinity}]}', "lines.quantity"),
    "a float": (b'{"quantity": 1.5}', "quantity"),
    "beyond a float": (b'{"quantity": 1e999}', "quantity"),
    "deep": (b'{"lines": ' + DEEP.encode() + b"}", None),
    "less deep": (b'{"lines": ' + b"[" * 60 + b"]" * 60 + b"}", "lines"),
    "twice": (b'{"code": "a", "code": "b"}', "code"),
    "NUL": (b'{"surprise": "\\u0000"}', "surprise"),
    "escape": (b'{"surprise": "\\u001b[31m"}', "surprise"),
    "right to left": ('{"surprise": "\u202egnp.exe"}'.encode(), "surprise"),
    "zero width": ('{"surprise": "A\u200b1"}'.encode(), "surprise"),
    "half a pair": (b'{"surprise": "\\ud800"}', "surprise"),
    "control in a name": (b'{"sur\\u0007prise": 1}', None),
    "bad UTF-8": (b'{"code": "\xff\xfe"}', "body"),
    "GB18030": ('{"code": "电机"}'.encode("gb18030"), "body"),
    "a huge number": (b'{"quantity": ' + b"9" * 5000 + b"}", "quantity"),
    "too large": (b'{"code": "' + b"x" * (1 << 20) + b'"}', None),  # a route that takes a picture takes more
}
TEXTS = (
    "' OR 1=1 --", "%", "_", "<script>alert(1)</script>", "{{7*7}}${7*7}%s%(x)s{0.__class__}", "../../etc/passwd",
    "=1+1", "Ａ１００", "А", "٣", "1e9", "1_000", "-1", "0", "9" * 39, "0.0000000001", "\u00a0", " ", "💣" * 40, "x" * 128,
)  # fmt: skip


# What fields hold when it is another's turn to be hostile.
SOUND = {
    "item_no": "EL-100", "batch_no": "A", "location": "B-01", "from": "B-01", "to": "B-02", "code": "A", "quantity": "1",
    "customer": "K", "supplier": "SUP", "reason": "why", "reference": "SO-1", "status": "qualified", "unit": "pcs",
    "name": "N", "password": "correct horse", "owner": None, "site": None, "override": None, "to_site": None,
}  # fmt: skip
NUMBERS = (0, -1, 2**31, 2**63, 10**30)
PER_FIELD = 5  # texts tried in each field, in turns: over all fields each has its turn


class Routes:
    """Every route that changes something, with a document of its kind to aim at."""

    def __init__(self, store):
        self.store = store
        made = store.done("/receipts", supplier="SUP", reference="P", lines=[{"item_no": "EL-100", "quantity": "9"}])
        names = {
            "receipt_no": made["receipt_no"], "delivery_no": store.order("5"), "item_no": "EL-100", "batch_no": "A",
            "code": "B-01", "name": "keeper2",
        }  # fmt: skip
        self.found, self.methods = [], {}
        for rule in store.app.url_map.iter_rules():
            permission = getattr(store.app.view_functions[rule.endpoint], "permission", None)
            if isinstance(permission, Permission) and permission.changes and rule.rule.startswith("/api/v1"):
                values = {name: names.get(name, 1 if "int" in str(rule) else "X") for name in rule.arguments}
                path = store.app.url_map.bind("localhost").build(rule.endpoint, values)
                self.found.append((path.removeprefix("/api/v1"), permission))
                (self.methods[permission],) = {"POST", "PUT", "PATCH"} & (rule.methods or set())
        assert len(self.found) > 20

    def send(self, path, permission, raw, *, key: bool | str = True, language: str = "en"):
        who = next(iter(set(permission.roles) & set(factories.ROLES)), "keeper")
        headers = {"Authorization": f"Bearer token-{who}", "Content-Type": "application/json"}
        headers["Accept-Language"] = language
        if key:
            headers["Idempotency-Key"] = key if isinstance(key, str) else f"hostile-{next(factories._counter)}"
        return self.store.client.open(f"/api/v1{path}", method=self.methods[permission], data=raw, headers=headers)


@pytest.fixture
def service(store):
    return Routes(store)


def sample(kind: Any, name: str = "") -> Any:
    """Give a sound value of a body's type."""
    if isinstance(kind, inspect.StructType):
        return {field.encode_name: sample(field.type, field.encode_name) for field in kind.fields}
    if isinstance(kind, inspect.Metadata):
        return sample(kind.type, name)
    if isinstance(kind, inspect.UnionType):
        return sample(next(each for each in kind.types if not isinstance(each, inspect.NoneType)), name)
    if isinstance(kind, inspect.ListType | inspect.VarTupleType):
        return [sample(kind.item_type, name)]
    return PLAIN[type(kind)](kind, name)


PLAIN = {
    inspect.StrType: lambda kind, name: SOUND.get(name, "X"),
    inspect.LiteralType: lambda kind, name: kind.values[0],
    inspect.EnumType: lambda kind, name: next(iter(kind.cls)).value,
    inspect.IntType: lambda kind, name: max(1, kind.ge or 1),
    inspect.FloatType: lambda kind, name: 1.5,
    inspect.BoolType: lambda kind, name: True,
    inspect.DateType: lambda kind, name: "2026-06-01",
    inspect.DateTimeType: lambda kind, name: "2026-06-01T01:00:00+00:00",
}


def spots(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the way to each text and number in a body."""
    if isinstance(body, dict):
        return [spot for name, member in body.items() for spot in spots(member, (*path, name))]
    if isinstance(body, list):
        return [spot for index, member in enumerate(body) for spot in spots(member, (*path, index))]
    return [path] if not isinstance(body, bool) else []


def with_value(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Give a copy of a body with another value in one spot."""
    copy = json.loads(json.dumps(body))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy


def test_given_every_posting_route_when_a_body_is_wrong_then_400_names_the_field_and_nothing_changes(service):
    """P14, U8, U11..U13: unknown field, wrong type, NaN, depth, twice, hidden characters, bad bytes, huge number."""
    before = rows("SELECT * FROM stock"), rows("SELECT * FROM card_entry"), rows("SELECT * FROM request_key")
    for path, permission in service.found:
        for name, (raw, field) in WRONG.items():
            response = service.send(path, permission, raw)
            said = response.json
            assert response.status_code in (400, 413), (path, name, said)
            assert response.mimetype == "application/problem+json"
            assert said["type"].endswith("#invalid-input"), (path, name, said)
            # A body that also lacks a member may be told that first.
            assert said["field"], (path, name, said)
            assert field is None or said["field"] == field, (path, name, said)
    assert (rows("SELECT * FROM stock"), rows("SELECT * FROM card_entry"), rows("SELECT * FROM request_key")) == before
    assert list(verify.verify()) == []


def test_given_every_list_when_a_page_behind_nonsense_is_asked_for_then_an_answer_and_never_a_fault(store):
    """P14, W12: on both engines; one of them compares no number with a text"""
    documented = store.get("/openapi.json").json["paths"]
    lists = [
        path.removeprefix("/api/v1") for path, methods in documented.items()
        if "after" in [each["name"] for each in methods.get("get", {}).get("parameters", ())]
    ]  # fmt: skip
    assert {"/counts", "/owner-notices", "/print-jobs", "/discrepancies", "/tasks"} <= set(lists)
    for path in lists:
        who = "admin" if path == "/people" else "manager"
        for after in ("", "x", "-1", "9" * 30, "1.5", "²", "%27", "A/B"):
            assert store.get(f"{path}?after={after}", who=who).status_code in (200, 400), (path, after)


ENGLISH = re.compile(r"[a-z]{3,} [a-z]{2,}")  # two words in a row


def test_given_a_wrong_body_when_told_in_chinese_then_nothing_is_left_in_english(service):
    """P14: each kind of reason; `reason` itself stays as programs know it"""
    more = (
        b'{"code": 1}', b'{"code": ""}', b'{"code": "' + b"x" * 129 + b'"}', b'{"sequence": -1}', b'{"sequence": 1.5}',
        b'{"done_at": "x"}', b'{"confirmed": 1}', b'{"sequence": 9007199254740993}', b'{"quantity": "1e9"}',
    )  # fmt: skip
    scan = next(each for each in service.found if each[0].startswith("/receipts/") and each[0].endswith("/scans"))
    items = next(each for each in service.found if each[0] == "/items")
    item = {"item_no": "X", "name": "X", "unit": "pcs"}
    sent = [
        *((scan, raw) for raw in (*more, *(raw for raw, _ in WRONG.values()))),
        (items, json.dumps({**item, "policy": "lifo"}).encode()), (items, json.dumps({**item, "decimals": 99}).encode()),
        (items, b'{"item_no": "X"}'),
    ]  # fmt: skip
    for language in ("zh-CN", "zh-TW"):
        for (path, permission), raw in sent:
            said = service.send(path, permission, raw, language=language).json
            assert said["type"].endswith("#invalid-input")
            assert not ENGLISH.search(said["detail"]), said
    told = [
        service.store.client.get(f"/api/v1/items{query}", headers={
            "Authorization": "Bearer token-keeper", "Accept-Language": "zh-CN",
        }).json["detail"]
        for query in ("?limit=0", "?after=%00")
    ]  # fmt: skip
    assert not [text for text in told if ENGLISH.search(text)]


def test_given_every_posting_route_when_key_or_type_is_wrong_then_it_is_named(service):
    """D4: key missing, too short, too long, not printable; another content type is 415."""
    for path, permission in service.found:
        assert service.send(path, permission, b"{}", key=False).json["field"] == "Idempotency-Key", path
        who = next(iter(set(permission.roles) & set(factories.ROLES)), "keeper")
        for key in ("short", "x" * 256):
            refused = service.send(path, permission, b"{}", key=key).json
            assert (refused["type"].rpartition("#")[2], refused["field"]) == ("invalid-input", "Idempotency-Key"), path
        headers = {"Authorization": f"Bearer token-{who}", "Idempotency-Key": "key-of-a-form"}
        form = service.store.client.open(
            f"/api/v1{path}", method=service.methods[permission], data="a=b",
            headers={**headers, "Content-Type": "text/plain"},
        )  # fmt: skip
        assert (form.status_code, form.json.get("field")) == (415, "Content-Type"), (path, form.json)


def test_given_every_posting_route_when_a_text_or_number_is_hostile_then_an_answer_and_never_a_fault(service):
    """P14, S1..S3, S7, S9, W8, W9: each text field in its turn, the others sound; look-alikes match nothing."""
    turn = 0
    for path, permission in service.found:
        body = sample(inspect.type_info(permission.body or Body))
        for spot in spots(body):
            hostile = NUMBERS if isinstance(body_at(body, spot), int) else TEXTS
            for _ in range(PER_FIELD):
                turn += 1
                value = hostile[turn % len(hostile)]
                response = service.send(path, permission, json.dumps(with_value(body, spot, value)).encode())
                assert response.status_code < 500, (path, spot, value, response.json)
                if response.status_code >= 400:
                    assert response.mimetype == "application/problem+json"
    assert list(verify.verify()) == []


def body_at(body: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        body = body[step]
    return body


@pytest.mark.parametrize(
    "path",
    [
        "%00",
        "%ff",
        "%2e%2e",
        "..%2f..%2fetc",
        "%e2%80%ae",
        "A%0d%0aX-Injected:%201",
        "x" * 3000,
        "%25%s",
        "'%20OR%201=1",
    ],
)
def test_given_a_path_when_it_is_hostile_then_an_answer_and_never_a_fault(store, path):
    """P14, S4, W9: names in paths are looked up exactly."""
    for where in (f"/batches/EL-100/{path}", f"/batches/{path}/A", f"/deliveries/{path}", f"/batches/EL-100/{path}/card",
                  f"/receipts?after={path}", f"/items?limit={path}", f"/batches/EL-100/A/card?until={path}&location={path}",
                  f"/items?site={path}"):  # fmt: skip
        response = store.get(where, who="manager")
        assert response.status_code < 500, (where, response.text)
        assert "X-Injected" not in response.headers
    assert store.post(f"/deliveries/{path}/scans", {"code": "A"}).status_code in (400, 404, 405)


def test_given_a_number_in_a_path_that_no_row_can_have_when_asked_then_404_and_never_500(store):
    """P14: beyond 64 bits, in digits of another script, and the largest that is one"""
    tried = 0
    for rule in store.app.url_map.iter_rules():
        if "<int:" not in rule.rule:
            continue
        (method,) = {"GET", "POST"} & (rule.methods or set())
        for number in ("9" * 40, "9" * 19, "9" * 18, "٣"):
            path = re.sub(r"<int:\w+>", number, rule.rule)
            path = re.sub(r"<[^>]+>", "X", path)
            headers = {"Authorization": "Bearer token-manager", "Idempotency-Key": f"number-{tried:08d}"}
            tried += 1
            response = store.client.open(path, method=method, json={} if method == "POST" else None, headers=headers)
            assert 400 <= response.status_code < 500 or not path.startswith("/api/"), (path, response.data)
            assert response.status_code < 500, (path, response.data)
    assert tried >= 4 * 9
