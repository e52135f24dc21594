"""The API's routes as they are registered: what OpenAPI, the docs page and the offers of a scan are made from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask

from warehouse.web.posting import Permission

BASE = "/api/v1"
_VARIABLE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_QUIET = {"HEAD", "OPTIONS"}


@dataclass(frozen=True, kw_only=True)
class Route:
    """One method of one path; `path` has its variables in braces, `summary` is the view's docstring."""

    method: str
    path: str
    names: tuple[str, ...]
    choices: dict[str, list[str]]  # variables that take a few words only
    endpoint: str
    permission: Permission
    summary: str


def routes(app: Flask) -> Iterator[Route]:
    """Give every route of the API by path and method. A route without a permission is none: the gate stops it."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view = app.view_functions[rule.endpoint]
        permission = getattr(view, "permission", None)
        if not rule.rule.startswith(BASE) or not isinstance(permission, Permission):
            continue
        for method in sorted((rule.methods or set()) - _QUIET):
            yield Route(
                method=method,
                path=_VARIABLE.sub(r"{\1}", rule.rule),
                names=tuple(_VARIABLE.findall(rule.rule)),
                choices={name: found for name in rule.arguments if (found := _choices(rule.rule, name))},
                endpoint=rule.endpoint,
                permission=permission,
                summary=(view.__doc__ or "").strip(),
            )


def permissions(app: Flask) -> dict[tuple[str, str], Permission]:
    """Give each route's permission by method and path below the base."""
    return {(route.method, route.path.removeprefix(BASE)): route.permission for route in routes(app)}


def _choices(rule: str, name: str) -> list[str]:
    found = re.search(rf"<any\(([^)]*)\):{name}>", rule)
    return [word.strip() for word in found[1].split(",")] if found else []
