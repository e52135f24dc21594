"""Every route asked by a person who has places to count: none tells what should lie there (4.7.5 d; R-C1)."""

import io
import itertools
import re

import pypdfium2
import pytest
from openpyxl import load_workbook

from tests import factories
from tests.web.browser import Browser

# What lies in places that keeper and clerk are to count: numbers that occur nowhere else.
BOOK = {"N": "7319", "W": "6421", "Y": "5333", "OWN": "8707", "P": "7207"}
# What it can be reckoned from: 9000 were ordered while N was blue, and 9000 again; then one of P was picked.
RECKONED = {"left": "7206", "planned": "1681", "free": "5526", "not picked": "5525", "shortage": "3474"}
STOCK = """
    N    2026-05-02  7319  B-04  blue
    W    2026-05-03  6421  QA-1  white
    P    2026-05-03  7207  B-04  blue
    Y    2026-05-04  5333  QU-1  yellow
    OWN  2026-05-05  8707  B-03  blue  -  K
"""
PERSONS = ("keeper", "clerk")
QUERIES = ("", "?all=true", "?location=B-04", "?item_no=EL-200", "?code=N", "?zone=blue")


@pytest.fixture
def numbers(store):
    """A store in the middle of its work, and its count; gives what paths and bodies name."""
    factories.put_in_stock(STOCK, item_no="EL-200")
    store.order("9000", item_no="EL-200", customer="M")
    store.done("/batches/EL-200/N/doubts", who="qa", reason="dents")
    order = store.order("9000", item_no="EL-200", customer="M")
    receipt = store.done(
        "/receipts", who="clerk", supplier="SUP", reference="PO-1", lines=[{"item_no": "EL-200", "quantity": "400"}]
    )["receipt_no"]
    store.done(f"/receipts/{receipt}/scans", item_no="EL-200", batch_no="R", quantity="400", location="IN-1")
    store.done(f"/deliveries/{order}/scans", item_no="EL-200", batch_no="P", quantity="1", location="B-04")
    seen = str(store.get("/deliveries", who="manager").json) + str(store.get("/tasks", who="manager").json)
    assert told(seen) == {"N", "planned", "not picked", "shortage"}, "there is something to be hidden"
    label = store.done("/labels", kind="status", item_no="EL-200", batch_no="N", copies=1)["label_nos"][0]
    zones = ("blue", "inspection", "quarantine", "receiving")
    count = store.done(
        "/counts", who="manager", month="2026-06",
        assignments=[{"zone": zone, "counter": person} for zone in zones for person in PERSONS],
    )["count_no"]  # fmt: skip
    return {
        "count_no": count, "delivery_no": order, "receipt_no": receipt, "label_no": label, "item_no": "EL-200",
        "batch_no": "N", "month": "2026-06", "number": order, "site": "S1", "code": "B-04",
    }  # fmt: skip


def words(response):
    """Give the text of an answer: a page, JSON, a PDF's or a workbook's."""
    data = response.get_data()
    if data.startswith(b"%PDF"):
        return " ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))
    if data.startswith(b"PK"):
        sheets = load_workbook(io.BytesIO(data)).worksheets
        return " ".join(str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row)
    return data.decode("utf-8", "replace")


def told(text):
    """Give the batches whose book is in a text; thousands may be parted."""
    found = re.sub(r"[A-Za-z0-9_-]{30,}", "", text)  # keys and tokens hold any four digits
    found = re.sub(r"(?<=\d)[, '](?=\d{3}\b)", "", found)
    return {batch for batch, book in {**BOOK, **RECKONED}.items() if re.search(rf"(?<!\d){book}(?!\d)", found)}


def paths(app, numbers, batch_no):
    """Give every path that is only read, its parts filled in: each of a closed set, "1" for what nothing is known of."""
    known = {**numbers, "batch_no": batch_no}
    bound = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint != "static":
            names = sorted(rule.arguments)
            choices = [sorted(getattr(rule._converters[name], "items", ())) or [known.get(name, "1")] for name in names]
            for values in itertools.product(*choices):
                yield bound.build(rule.endpoint, dict(zip(names, values, strict=True)))


@pytest.mark.parametrize("person", PERSONS)
def test_given_who_has_to_count_when_he_opens_every_path_then_none_holds_what_should_lie_there(store, numbers, person):
    """R-C1: API and pages, as they are and narrowed to a place, an item or a batch"""
    browser = Browser(store, person)
    leaks = {}
    for path in sorted({path for batch_no in BOOK for path in paths(store.app, numbers, batch_no)}):
        for query in QUERIES:
            if path.startswith("/api/v1"):
                response = store.get(path.removeprefix("/api/v1") + query, who=person)
            else:
                response = browser.client.get(path + query, headers=browser.headers)
            if found := told(words(response)):
                leaks[path + query] = found
    assert not leaks, "\n".join(f"{path} {found}" for path, found in sorted(leaks.items()))


SAID = {
    "item_no": "EL-200", "batch_no": "P", "code": "P", "location": "B-04", "from": "B-04", "to": "B-01",
    "customer": "M", "supplier": "SUP", "reference": "X-1", "reason": "because", "note": "n", "text": "t", "name": "x",
    "status": "qualified", "owner": "", "kind": "batch", "month": "2026-06", "zone": "blue", "book": "card",
    "person": "keeper", "decision": "scrap", "verdict": "qualified", "copies": 1, "rest": "cancel", "site": "S1",
    "counted_at": None, "done_at": None, "key": None, "sequence": None, "device": None, "override": None,
}  # fmt: skip


def body_of(document, schema, quantity):
    """Make what a route takes from its schema, every member that a word is known for."""
    schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if "anyOf" in schema:
        return body_of(document, next(each for each in schema["anyOf"] if each.get("type") != "null"), quantity)
    if schema.get("type") == "array":
        return [body_of(document, schema.get("items", {}), quantity)]
    if "properties" not in schema:
        return {"string": "x", "integer": 1, "boolean": True}.get(schema.get("type"), "x")
    made = {}
    for name, member in schema["properties"].items():
        value = SAID.get(name, ...)
        if value is ... and "quantity" in name:
            value = quantity
        elif "enum" in member:
            value = member["enum"][0] if value not in member["enum"] else value
        if value is ... and name in schema.get("required", ()):
            value = body_of(document, member, quantity)
        if value is not ... and value is not None:
            made[name] = value
    return made


@pytest.mark.parametrize("person", PERSONS)
def test_given_who_has_to_count_when_he_tries_every_act_then_no_answer_and_no_refusal_tells(store, numbers, person):
    """R-C1: far too much, and one piece, of what he is to count"""
    document = store.get("/openapi.json").json
    leaks, answered = {}, 0
    for path, acts in sorted(document["paths"].items()):
        for method in {"post", "put"} & acts.keys():
            content = acts[method].get("requestBody", {}).get("content", {}).get("application/json", {})
            there = re.sub(r"\{(\w+)\}", lambda found: numbers.get(found[1], "1").replace("N", "P", 0), path)
            for quantity in ("99999", "1"):
                sent = body_of(document, content["schema"], quantity) if content else {}
                headers = {"Authorization": f"Bearer token-{person}", "Idempotency-Key": f"walk-{path}-{quantity}"}
                answer = store.client.open(there, method=method.upper(), json=sent, headers=headers)
                answered += answer.status_code < 300 or answer.status_code == 409
                if found := told(words(answer)):
                    leaks[f"{method} {there} {sent}"] = (answer.status_code, found, words(answer)[:300])
    assert answered > 20, "most acts are tried in earnest"
    assert not leaks, "\n".join(f"{path} {found}" for path, found in sorted(leaks.items()))


def test_given_who_has_to_count_when_he_prints_the_pick_list_then_refused_and_another_gets_it(store, numbers):
    """R-C1: the paper has every bin's quantity"""
    asked = {"kind": "pick_list", "delivery_no": numbers["delivery_no"]}
    assert store.refused("/labels", asked)["reason"] == "blind"
    assert store.done("/labels", asked, who="keeper2")["label_nos"]
