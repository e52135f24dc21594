"""Where things stand on a label: a list of kinds and sizes, and an editor that shows what would come out (4.5.5).

The picture is drawn by the service, so it is what the printer gets. Without a script the buttons send the form; with
`layout.js` each change does. Nothing is kept before "Keep this layout", which is the route of the API.
"""

import base64
import re
from dataclasses import dataclass
from typing import Any

from flask import Response, redirect, request, url_for

from labels.content import KINDS
from labels.proof import SHOWN, boxes_of, find_faults, label_sizes, places_of, proof
from labels.refused import LabelRefused
from labels.rendering import render
from warehouse.flow import layouts
from warehouse.rules.refusals import NotWhole
from warehouse.transaction import Transaction
from warehouse.web import language, page, problems
from warehouse.web.api import layouts as routes
from warehouse.web.page import Sent, page_posting
from warehouse.web.panel import Outcome
from warehouse.web.typed import whole_number

bp = page.blueprint("layouts")
STEPS = ("0.25", "0.5", "1", "5")  # millimetres a press of an arrow
USUAL_STEP = "0.5"
WAYS = {"left": ("x_mm", -1), "right": ("x_mm", 1), "up": ("y_mm", -1), "down": ("y_mm", 1)}
LENGTH = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,2})?")
Draft = dict[str, dict[str, str]]  # element -> its numbers as typed


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the editor shows beside the draft: in which language, how far an arrow moves, what was moved last."""

    language: str
    step: str = USUAL_STEP
    moved: str = ""


@bp.get("/layouts")
@page.page(*routes.save.permission.roles)  # type: ignore[attr-defined]
def index(tx: Transaction) -> Response:
    """List the kinds and sizes of labels, each as it comes out."""
    own = layouts.of_site(tx)
    every = [(kind, size, own.get((kind, size), {})) for kind in KINDS for size in label_sizes(kind, own)]
    found = [
        (kind, size, bool(places) or size not in label_sizes(kind), _picture(kind, size, places))
        for kind, size, places in every
    ]
    return page.render("layouts/index.html", found=found, kinds=list(KINDS))


@bp.get("/layouts/size")
@page.page(*routes.save.permission.roles)  # type: ignore[attr-defined]
def own_size(tx: Transaction) -> Response:
    """Open the editor with a size of the site's own; it is there for printers once its layout is kept."""
    kind, *sides = (request.args.get(name, "").strip() for name in ("kind", "width", "height"))
    routes.known(kind, "x".join(sides))
    return redirect(url_for("layouts_page.edit", kind=kind, size="x".join(sides)), 303)  # type: ignore[return-value]


@bp.get("/layouts/<kind>/<size>")
@page.page(*routes.save.permission.roles)  # type: ignore[attr-defined]
def edit(tx: Transaction, kind: str, size: str) -> Response:
    """Show a layout as it counts, to be changed."""
    routes.known(kind, size)
    return _editor(tx, kind, size, _as_kept(tx, kind, size), Shown(language=language.language()))


@bp.post("/layouts/<kind>/<size>")
@page_posting(routes.save)
def work(sent: Sent, kind: str, size: str) -> Response:
    """Move something, look at it, or keep it; only keeping writes."""
    routes.known(kind, size)
    draft = {
        name: {key: (sent.text(f"{name}.{key}") or "").strip() or value for key, value in numbers.items()}
        for name, numbers in _as_delivered(kind, size).items()
    }
    step = sent.text("step") if sent.text("step") in STEPS else USUAL_STEP
    element, _, way = (sent.text("move") or "").partition(" ")
    if element in draft and way in WAYS:
        _move(draft[element], way, float(step or USUAL_STEP))
    shown = Shown(language=_language(sent), step=step or USUAL_STEP, moved=element)
    if not sent.text("save"):
        return _editor(page.now_reader(), kind, size, draft, shown, based_on=sent.text("based_on"))
    elements = [{"name": name, **numbers, **_shown(numbers)} for name, numbers in draft.items()]
    body = {"based_on": whole_number(sent.text("based_on")), "elements": elements}
    outcome = sent.ask(routes.save, body, kind=kind, size=size).say("layout-kept")
    based_on = None if outcome.ok else sent.text("based_on")
    return _editor(page.now_reader(), kind, size, draft, shown, outcome=outcome, based_on=based_on)


@bp.post("/layouts/<kind>/<size>/restore")
@page_posting(routes.restore)
def restore(sent: Sent, kind: str, size: str) -> Response:
    """Go back to an older version, or to the layout as delivered."""
    routes.known(kind, size)
    body = {name: whole_number(sent.text(name)) for name in ("version", "based_on")}
    outcome = sent.ask(routes.restore, body, kind=kind, size=size).say("layout-kept")
    tx = page.now_reader()
    return _editor(
        tx, kind, size, _as_kept(tx, kind, size), Shown(language=language.language()), outcome=outcome
    )  # fmt: skip


def _editor(
    tx: Transaction, kind: str, size: str, draft: Draft, shown: Shown, *, outcome: Outcome | None = None,
    based_on: str | None = None,
) -> Response:  # fmt: skip
    kept = layouts.latest(tx, kind=kind, size=size)
    places, faults = _read(draft)
    faults += [
        (fault.element, fault.reason, fault.other)
        for fault in find_faults(kind, size, places, shown=proof(kind, shown.language))
    ]
    if not faults:
        faults = routes.offset_faults(tx, kind, size, places)
    wide, high = (int(side) for side in size.split("x"))
    return page.render(
        "layouts/edit.html", outcome=outcome, kind=kind, size=size, wide=wide, high=high, draft=draft, shown=shown,
        steps=STEPS, ways=WAYS, versions=kept, based_on=based_on or (kept[0].version if kept else 0),
        names={name: _heading(name) for name in draft},
        own=bool(kept and kept[0].places), picture=_picture(kind, size, places, shown.language),
        boxes=boxes_of(kind, size, places), faulty={name for element, _, other in faults for name in (element, other)},
        sentences=[_sentence(kind, *fault) for fault in faults],
    )  # fmt: skip


def _shown(numbers: dict[str, str]) -> dict[str, bool]:
    return {SHOWN: numbers[SHOWN] != "0"} if SHOWN in numbers else {}


def _heading(element: str) -> str:
    """Give an element's word as it stands in a list, without the article that it has in a sentence."""
    said = language.word("field", element).removeprefix("the ")
    return said[:1].upper() + said[1:]


def _sentence(kind: str, element: str, reason: str, other: str) -> str:
    refusal = NotWhole(field=element, reason=reason, paper=kind, other=other or None)
    return problems.sentence(refusal.code, page.shown(refusal))


def _picture(kind: str, size: str, places: Any, first: str = "") -> str:
    """Draw the sample as a PNG inside the page; '' when it cannot be drawn so."""
    sample = proof(kind, first or language.language())
    try:
        drawn = render(kind, sample, form="png", size=size, layouts={(kind, size): places})
    except LabelRefused:
        return ""  # the faults beside it say what is wrong
    return f"data:image/png;base64,{base64.b64encode(drawn).decode()}"


def _read(draft: Draft) -> tuple[dict[str, dict[str, float]], list[tuple[str, str, str]]]:
    """Give the numbers of a draft, and as faults what is none."""
    places: dict[str, dict[str, float]] = {}
    faults = []
    for name, numbers in draft.items():
        for key, value in numbers.items():
            if LENGTH.fullmatch(value):
                places.setdefault(name, {})[key] = float(value)
            else:
                faults.append((name, "not-a-length", ""))
    return places, faults


def _move(numbers: dict[str, str], way: str, step: float) -> None:
    key, sign = WAYS[way]
    if LENGTH.fullmatch(numbers[key]):
        numbers[key] = f"{round(float(numbers[key]) + sign * step, 2):g}"


def _language(sent: Sent) -> str:
    asked = sent.text("language")
    return asked if asked in language.LANGUAGES else language.language()


def _as_delivered(kind: str, size: str) -> Draft:
    return {name: routes.as_text(numbers) for name, numbers in places_of(kind, size, {}).items()}


def _as_kept(tx: Transaction, kind: str, size: str) -> Draft:
    kept = layouts.newest(tx, kind=kind, size=size)
    places = places_of(kind, size, kept.places if kept else {})
    return {name: routes.as_text(numbers) for name, numbers in places.items()}
