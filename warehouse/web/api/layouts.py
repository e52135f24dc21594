"""/layouts: where things stand on each kind and size of label; a site's own, version by version (4.5.5).

What stands on a label is not for a request to say: only the numbers of the elements that the kind has, and whether one
that a label may do without is shown. A size of the site's own is there once a layout of it is kept. A layout is kept
when nothing of its samples is cut or lies over another, also where a printer moves it, and every code reads back, in
each language.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from flask import Blueprint, Response, request
from msgspec import Meta

from labels.content import KINDS
from labels.proof import SHOWN, Places, can_be_drawn, changed_only, find_cut, find_faults, label_sizes, places_of, proof
from labels.refused import LabelRefused
from labels.rendering import render
from warehouse.flow import layouts, printers
from warehouse.posting import Reply
from warehouse.rules import printing as rules
from warehouse.rules.printing import size_to_draw
from warehouse.rules.refusals import InvalidInput, NotFound
from warehouse.tables.printing import LabelLayout
from warehouse.transaction import Transaction
from warehouse.web import body, language
from warehouse.web.api.printing import PRINTED
from warehouse.web.posting import posting, reading

bp = Blueprint("layouts", __name__)
READERS = ("keeper", "clerk", "qa", "manager")
Version = Annotated[int, Meta(ge=0, le=body.LARGEST_INTEGER)]
MOST_ELEMENTS = 100


class ElementBody(body.Body, kw_only=True, frozen=True):
    """An element and where it stands, from the label's upper left corner; what is left out stays as delivered."""

    name: body.Code
    x_mm: body.Millimetres | None = None
    y_mm: body.Millimetres | None = None
    width_mm: body.Millimetres | None = None
    height_mm: body.Millimetres | None = None
    side_mm: body.Millimetres | None = None
    size_pt: body.Millimetres | None = None
    shown: bool | None = None


class LayoutBody(body.Body, kw_only=True, frozen=True):
    """A layout; elements that it does not name stand as delivered. `based_on` is the version that was changed."""

    based_on: Version
    elements: Annotated[list[ElementBody], Meta(max_length=MOST_ELEMENTS)]


class RestoreBody(body.Body, kw_only=True, frozen=True):
    """Which version counts again, 0 the layout as delivered."""

    version: Version
    based_on: Version


def checked(sent: LayoutBody) -> LayoutBody:
    """Draw the samples of a layout before its transaction opens: half a second in which nobody must wait."""
    asked = request.view_args or {}
    kind, size = known(str(asked.get("kind", "")), str(asked.get("size", "")))
    rules.check_whole(kind, faults_of(kind, size, places_sent(sent)))
    return sent


@bp.get("/layouts")
@reading(*READERS)
def index(tx: Transaction) -> dict[str, Any]:
    """List every kind and size of label, and who changed it last."""
    own = {(each.kind, each.size): each for each in layouts.newest_of_site(tx)}
    items = [
        {"kind": kind, "size": size, **_version(own.get((kind, size)))}
        for kind in KINDS
        for size in label_sizes(kind, layouts.of_site(tx))
    ]
    return body.short_page(items, "kind", "size")


@bp.get("/layouts/<kind>/<size>")
@reading(*READERS)
def show(tx: Transaction, kind: str, size: str) -> dict[str, Any]:
    """Give a layout: every element with its numbers in mm and pt, as text."""
    known(kind, size)
    kept = layouts.newest(tx, kind=kind, size=size)
    places = places_of(kind, size, kept.places if kept else {})
    elements = [{"name": name, **as_json(numbers)} for name, numbers in places.items()]
    return {"kind": kind, "size": size, **_version(kept), "elements": elements}


@bp.get("/layouts/<kind>/<size>/versions")
@reading(*READERS)
def versions(tx: Transaction, kind: str, size: str) -> dict[str, Any]:
    """List who saved which version when, by number."""
    known(kind, size)
    return body.page(layouts.versions(tx, kind=kind, size=size), LabelLayout.version, _version)


@bp.get("/layouts/<kind>/<size>/preview.png")
@reading(*READERS)
def preview(tx: Transaction, kind: str, size: str) -> Response:
    """Draw the layout that counts with a sample; the first language is the reader's."""
    known(kind, size)
    sample = proof(kind, language.language())
    own = {(kind, size): {}, **layouts.of_site(tx)}
    try:
        drawn = render(kind, sample, form="png", mode="mono", size=size, layouts=own)
    except LabelRefused as refused:
        raise InvalidInput(field=refused.field, reason=str(refused.reason)) from refused
    return Response(drawn, mimetype="image/png")


@bp.post("/layouts/<kind>/<size>")
@posting("manager", body=LayoutBody, prepare=checked)
def save(tx: Transaction, sent: LayoutBody, kind: str, size: str) -> Reply:
    """Keep a layout as the newest version; the one before is kept too."""
    places = changed_only(kind, size, places_sent(sent))
    rules.check_whole(kind, offset_faults(tx, kind, size, places))
    return _version(layouts.save(tx, kind=kind, size=size, places=places, based_on=sent.based_on)), 201


@bp.post("/layouts/<kind>/<size>/restore")
@posting("manager", body=RestoreBody)
def restore(tx: Transaction, sent: RestoreBody, kind: str, size: str) -> Reply:
    """Make an older version, or the layout as delivered, the newest again."""
    known(kind, size)
    made = layouts.restore(tx, kind=kind, size=size, version=sent.version, based_on=sent.based_on)
    rules.check_whole(kind, offset_faults(tx, kind, size, made.places))
    return _version(made), 201


def known(kind: str, size: str) -> tuple[str, str]:
    """Give kind and size. Raises NotFound where no label is drawn so, nor could be."""
    if not can_be_drawn(kind, size):
        raise NotFound(kind="layout", name=f"{kind} {size}")
    return kind, size


def places_sent(sent: LayoutBody) -> dict[str, dict[str, float]]:
    """Give the numbers that were sent."""
    return {
        each.name: {
            name: float(value)
            for name, value in msgspec.structs.asdict(each).items()
            if name != "name" and value is not None
        }
        for each in sent.elements
    }


def faults_of(kind: str, size: str, places: Places) -> list[tuple[str, str, str]]:
    """Give a layout's faults: element, reason, what it lies over. Raises InvalidInput for what the kind has not."""
    try:
        return [(fault.element, fault.reason, fault.other) for fault in find_faults(kind, size, places)]
    except ValueError as error:
        raise InvalidInput(field="elements", reason="unknown") from error


def offset_faults(tx: Transaction, kind: str, size: str, places: Places) -> list[tuple[str, str, str]]:
    """Give what a printer's offset would push over the edge of the label: element, reason, printer."""
    found = []
    for printer in printers.of_site(tx):
        offset = (printer.offset_x_mm, printer.offset_y_mm)
        if not any(offset) or kind not in (printer.prints.split() or PRINTED):
            continue
        if size_to_draw(printer.size, (*label_sizes(kind), size)) != size:
            continue
        if cut := find_cut(kind, size, layouts={(kind, size): places}, offset_mm=offset):
            found.append((cut, "cut-by-offset", printer.name))
    return found


def as_text(numbers: Mapping[str, float]) -> dict[str, str]:
    """Write lengths as decimal text, at most two decimals."""
    return {name: f"{round(value, 2):g}" for name, value in numbers.items()}


def as_json(numbers: Mapping[str, float]) -> dict[str, Any]:
    """The same, and whether it is shown as true or false."""
    return {**as_text(numbers), **({SHOWN: bool(numbers[SHOWN])} if SHOWN in numbers else {})}


def _version(kept: LabelLayout | None) -> dict[str, Any]:
    if kept is None:
        return {"version": layouts.AS_DELIVERED, "own": False, "saved_by": None, "saved_at": None}
    return {
        "version": kept.version, "own": bool(kept.places), "saved_by": kept.saved_by,
        "saved_at": kept.saved_at.isoformat(),
    }  # fmt: skip
