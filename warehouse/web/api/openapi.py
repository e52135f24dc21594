"""OpenAPI 3.1 and the human page, both made from the routes that are registered and their permissions; no script."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, current_app

import warehouse
from warehouse.rules import refusals
from warehouse.rules.refusals import Refusal
from warehouse.settings import LARGEST_PAGE
from warehouse.transaction import Transaction
from warehouse.web import language, page
from warehouse.web.picture import FIELD
from warehouse.web.posting import ANYBODY, LONGEST_KEY, SHORTEST_KEY, SIGNED_IN, reading
from warehouse.web.routes import BASE, Route, routes

bp = Blueprint("openapi", __name__)
FILES = {  # by the ending of a path
    "pdf": "application/pdf", "csv": "text/csv", "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
SCHEMA = "#/components/schemas/{name}"
# What every route may answer beside its own success; 409, 422 where something changes or a paper may be void.
ASKED = {
    "400": "a field is missing, unknown or not of its form", "401": "nobody is signed in",
    "403": "the person's roles do not allow it", "404": "no such record at this site",
    "409": "a rule said no; `type` ends in its code", "413": "more than the limit",
    "503": "the store cannot keep it now",
}  # fmt: skip
CHANGED = {"415": "another content type", "422": "the key was used for another request", "429": "too many tries"}
KEY = {
    "name": "Idempotency-Key", "in": "header", "required": True,
    "description": "The same key and body give the first answer again; with another body: `idempotency-mismatch`.",
    "schema": {"type": "string", "minLength": SHORTEST_KEY, "maxLength": LONGEST_KEY},
}  # fmt: skip
# No control, direction or other hidden characters: what `body.parse` and `check_address` refuse, without the rarest.
PLAIN = r"^[^\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*$"
MULTILINE = ("code", "reason", "note")  # members in which a separator or a line's end may stand
QUERY: dict[str, tuple[str, dict[str, Any]]] = {
    "site": ("for people who work for all sites", {"type": "string", "pattern": PLAIN}),
    "limit": ("how many at most", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE}),
    "after": ("`next` of the page before", {"type": "string", "pattern": PLAIN}),
}


@bp.get("/openapi.json")
@reading(SIGNED_IN)
def document(tx: Transaction) -> dict[str, Any]:
    """Give this description of the API as OpenAPI 3.1."""
    return describe(current_app)


@bp.get("/docs")
@reading(SIGNED_IN)
def docs(tx: Transaction) -> Response:
    """Show the API to people: every operation and every refusal code with its sentences."""
    found = [route for route in routes(current_app) if ANYBODY not in route.permission.roles]
    codes = [
        {"code": code, "status": kind.status, "about": inspect.getdoc(kind) or "", "members": members(kind),
         "title": language.say(f"{code}.title"), "detail": language.say(f"{code}.detail")}
        for code, kind in sorted(refusal_codes().items())
    ]  # fmt: skip
    return page.render("docs.html", routes=found, bodies={name: shape for name, shape in _bodies(found)}, codes=codes)


def describe(app: Flask) -> dict[str, Any]:
    """Make the OpenAPI document of an app."""
    found = list(routes(app))
    shapes = [route.permission.body for route in found if route.permission.body]
    _, schemas = msgspec.json.schema_components(shapes, ref_template=SCHEMA)
    paths: dict[str, dict[str, Any]] = {}
    for route in found:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Warehouse", "version": "1", "description": (warehouse.__doc__ or "").splitlines()[0]},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {**_plain_texts(schemas), "Problem": _problem_schema()},
            "responses": {"Problem": _problem_response("a refusal, with the facts a screen needs")},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _plain_texts(schema: Any, name: str = "") -> Any:
    """Give a schema in which every free text also says that it takes no hidden characters."""
    if isinstance(schema, list):
        return [_plain_texts(each, name) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {
        key: {each: _plain_texts(shape, each) for each, shape in value.items()}
        if key == "properties"
        else _plain_texts(value, name)
        for key, value in schema.items()
    }
    if schema.get("type") == "string" and name not in MULTILINE and not {"pattern", "format", "enum"} & set(schema):
        told["pattern"] = PLAIN
    return told


@cache
def refusal_codes() -> dict[str, type[Refusal]]:
    """Give every refusal code with the first class that has it, in the order of `rules/refusals.py`."""
    classes = inspect.getmembers(refusals, inspect.isclass)
    kinds = [kind for _, kind in classes if issubclass(kind, Refusal) and kind is not Refusal]
    kinds.sort(key=lambda kind: inspect.getsourcelines(kind)[1])
    found: dict[str, type[Refusal]] = {}
    for kind in kinds:
        found.setdefault(kind.code, kind)
    return found


def members(kind: type[Refusal]) -> list[str]:
    """Name the members a refusal's problem document has beside the standard's own."""
    return [field.name for field in fields(kind)]


def _operation(route: Route) -> dict[str, Any]:
    permission = route.permission
    operation: dict[str, Any] = {
        "operationId": route.endpoint.replace(".", "_"),
        "summary": route.summary.split("\n")[0],
        "description": f"Who may: {', '.join(permission.roles)}."
        + (" Not by a token that another person made." if permission.second_person else ""),
        "tags": [route.path.removeprefix(BASE).split("/")[1]],
        "parameters": list(_parameters(route)),
        "responses": _responses(route),
    }
    if permission.body:
        operation["requestBody"] = {"required": True, "content": _content(route)}
    return operation


def _parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in route.names:
        schema: dict[str, Any] = {"type": "string", "minLength": 1, "pattern": PLAIN}
        if name in route.choices:
            schema["enum"] = route.choices[name]
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    if route.permission.changes:
        yield KEY
        return
    asked = ["site", "limit", "after"] if is_list(route) else ["site"]
    for name in asked:
        description, form = QUERY[name]
        yield {"name": name, "in": "query", "required": False, "description": description, "schema": form}


def is_list(route: Route) -> bool:
    """Say whether a route gives a page of records: a plural noun alone, no file, and none of those that are one thing.

    One thing are the description of the API, all figures of a month and the plan of counts.
    """
    noun = route.path.rpartition("/")[2]
    own = noun in ("docs", "figures", "count-plan") or "." in noun
    return route.method == "GET" and not route.names and not own


def _content(route: Route) -> dict[str, Any]:
    assert route.permission.body
    schema = {"$ref": SCHEMA.format(name=route.permission.body.__name__)}
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if route.permission.form:
        picture = {
            "type": "object", "required": [FIELD],
            "properties": {FIELD: {"type": "string", "contentMediaType": "application/octet-stream"}},
        }  # fmt: skip
        content["multipart/form-data"] = {"schema": picture}
    return content


def _responses(route: Route) -> dict[str, Any]:
    busy = {"429": "as many reports as may are being drawn"} if route.permission.report else {}
    refused = {**ASKED, **(CHANGED if route.permission.changes else {}), **busy}
    content: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}
    ending = route.path.rpartition(".")[2]
    if ending in FILES:
        content = {FILES[ending]: {}}
    if "form" in route.choices:
        content = {f"{kind}": {} for kind in ("application/pdf", "image/png", "text/plain")}
    if route.endpoint == f"{bp.name}.{docs.__name__}":
        content = {"text/html": {}}
    done = {"description": "done" if route.permission.changes else "found", "content": content}
    problems = {status: _problem_response(text) for status, text in refused.items()}
    return {str(route.permission.status): done, **problems}


def _problem_response(text: str) -> dict[str, Any]:
    return {
        "description": text,
        "content": {"application/problem+json": {"schema": {"$ref": SCHEMA.format(name="Problem")}}},
    }


def _problem_schema() -> dict[str, Any]:
    codes = "|".join(re.escape(code) for code in refusal_codes())
    return {
        "type": "object",
        "description": "RFC 9457, with the refusal's own facts as further members; the docs page names them per code.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "pattern": f"#({codes})$|^about:blank$"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "confirmable": {"type": "boolean", "description": "sent again with `confirmed` and a new key it is done"},
        },
        "additionalProperties": True,
    }


def _bodies(found: list[Route]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Give each body's members: name, whether it is required, and its schema in one line."""
    shapes = [route.permission.body for route in found if route.permission.body]
    _, schemas = msgspec.json.schema_components(shapes, ref_template=SCHEMA)
    for name, schema in schemas.items():
        required = schema.get("required", ())
        yield (
            name,
            [
                {"name": member, "required": member in required, "is": _in_words(shape)}
                for member, shape in schema.get("properties", {}).items()
            ],
        )


def _in_words(schema: dict[str, Any]) -> str:
    """Say a member's schema in few words: its type or the words it may be."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]  # type: ignore[no-any-return]
    if "anyOf" in schema:
        return " or ".join(_in_words(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_in_words(schema.get('items') or {})}"
    return str(schema.get("format") or schema.get("type") or "anything")
