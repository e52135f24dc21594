"""Where things stand on a label, as a person may move them: a template's elements by name, and the template so changed.

Positions and sizes change, and a field of OPTIONAL is hidden or shown. Captions, how a text is fitted and which code
says what stay as the template has them, so no layout of a site leaves out what the clauses ask for.
Source: 4.5.5; 4.7.5 b.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

Places = Mapping[str, Mapping[str, float]]  # element -> the numbers that were changed, in mm and pt, and SHOWN
Layouts = Mapping[tuple[str, str], Places]  # (kind, size) -> what a site changed there

# What a label may do without: no number, status, date of expiry or re-inspection, no terms, no quantity, no code.
OPTIONAL = frozenset(
    ("name", "origin", "first_received_on", "produced_on", "inspected", "printed", "where", "order", "weight", "test")
)
SHOWN = "shown"  # 1 or 0, of those
_BOX = ("x_mm", "y_mm", "width_mm", "height_mm")
_SIDE = ("x_mm", "y_mm", "side_mm")


def elements(template: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Give every element that can be moved, in the template's order, with its numbers (mm, `size_pt`).

    Texts are named by their field or word, codes by their symbology, rules are rule-1, rule-2, ….
    """
    return {name: {key: float(part[key]) for key in _keys(name, part)} for name, part in _parts(template)}


def arranged(template: Mapping[str, Any], places: Places) -> dict[str, Any]:
    """Give the template with an arrangement's numbers.

    An element that a newer template has no more is passed over: a label must still come out after an upgrade.
    """
    new = deepcopy(dict(template))
    for name, part in _parts(new):
        part.update({key: value for key, value in places.get(name, {}).items() if key in part})
    return new


def check_known(template: Mapping[str, Any], places: Places) -> None:
    """Raise ValueError naming an element or number that the template does not have, so also what cannot be hidden."""
    known = elements(template)
    for name, numbers in places.items():
        if name not in known or set(numbers) - set(known[name]) or numbers.get(SHOWN, 1) not in (0, 1):
            raise ValueError(name)


def is_shown(part: Mapping[str, Any]) -> bool:
    """Tell whether an element is drawn."""
    return bool(part.get(SHOWN, 1))


def shown_only(template: Mapping[str, Any]) -> dict[str, Any]:
    """Give the template without the texts that are hidden."""
    return {**template, "text": [text for text in template["text"] if is_shown(text)]}


def changed(template: Mapping[str, Any], places: Places) -> dict[str, dict[str, float]]:
    """Give of an arrangement what differs from the template."""
    known = elements(template)
    moved = {
        name: {key: value for key, value in numbers.items() if value != known[name][key]}
        for name, numbers in places.items()
    }
    return {name: numbers for name, numbers in moved.items() if numbers}


def _parts(template: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for text in template["text"]:
        yield text.get("field") or text["word"], text
    for code in template["code"]:
        yield code["symbology"], code
    for number, rule in enumerate(template.get("rule", []), start=1):
        yield f"rule-{number}", rule
    for key in ("handling", "complete"):
        if key in template:
            yield key, template[key]


def _keys(name: str, part: Mapping[str, Any]) -> tuple[str, ...]:
    if name in ("handling", "complete"):
        return _SIDE
    return tuple(key for key in (*_BOX, "size_pt", SHOWN) if key in part)
