"""/scans: any code or a picture, no task: what it is, and what this person can do with it (R-A6..A11, S1..S20)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec
from flask import Blueprint, current_app

from warehouse.flow import identification, recognition
from warehouse.flow.identification import Read
from warehouse.posting import Reply
from warehouse.rules.refusals import InvalidInput
from warehouse.transaction import Transaction
from warehouse.web import body, picture, problems
from warehouse.web.posting import Permission, posting
from warehouse.web.routes import BASE, permissions

bp = Blueprint("scans", __name__)
OPEN = ("open",)
UNDECIDED = ("pending", "awaiting")


class AnyScan(body.ScanBody, kw_only=True, frozen=True):
    """A code as the reader sent it; or no body but a multipart form with the file `picture`."""

    code: body.Code | None = None
    site: body.Text | None = None


class PictureScan(AnyScan, kw_only=True, frozen=True):
    """A picture's codes, read before the transaction: text with its identifier, and for the answer text and kind."""

    texts: tuple[str, ...]
    codes: tuple[dict[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Action:
    """What can be done: offered when the route is there, a role of the person may, and the state asks for it."""

    name: str
    method: str
    path: str
    states: tuple[str, ...] = ()  # of the document, or statuses of the batch's stock; () is always


BATCH = "/batches/{item_no}/{batch_no}"
IN_STOCK = ("pending", "awaiting", "qualified", "nonconforming", "scrap")
ACTIONS: dict[str, tuple[Action, ...]] = {
    "batch": (
        Action(name="show", method="GET", path=BATCH),
        Action(name="card", method="GET", path=f"{BATCH}/card"),
        Action(name="inspect", method="POST", path=f"{BATCH}/inspections", states=UNDECIDED),
        Action(name="dispose", method="POST", path=f"{BATCH}/dispositions", states=("nonconforming",)),
        Action(name="doubt", method="POST", path=f"{BATCH}/doubts", states=IN_STOCK),
        Action(name="transfer", method="POST", path="/transfers", states=IN_STOCK),
        Action(name="label", method="POST", path="/labels", states=IN_STOCK),
        Action(name="trace", method="GET", path=f"{BATCH}/trace"),
    ),
    "item": (Action(name="show", method="GET", path="/items/{item_no}"),),
    "location": (Action(name="label", method="POST", path="/labels"),),
    "receipt": (
        Action(name="show", method="GET", path="/receipts/{document_no}"),
        Action(name="scan", method="POST", path="/receipts/{document_no}/scans", states=OPEN),
        Action(name="post", method="POST", path="/receipts/{document_no}/post", states=OPEN),
    ),
    "delivery": (
        Action(name="show", method="GET", path="/deliveries/{document_no}"),
        Action(name="scan", method="POST", path="/deliveries/{document_no}/scans", states=OPEN),
        Action(name="check", method="POST", path="/deliveries/{document_no}/package-checks", states=OPEN),
        Action(name="dispatch", method="POST", path="/deliveries/{document_no}/dispatch", states=OPEN),
    ),
    "count": (
        Action(name="show", method="GET", path="/counts/{document_no}/lines"),
        Action(name="scan", method="POST", path="/counts/{document_no}/scans", states=OPEN),
    ),
}
# The path's own variable where the route's is named after its document.
_ROUTE_NAME = {"receipt": "receipt_no", "delivery": "delivery_no", "count": "count_no"}
TRY = {"not-sure": ["closer", "type-the-number"], "not-on-record": ["type-the-number"], "several-codes": ["choose"]}


def _read_form() -> tuple[PictureScan, dict[str, Any]]:
    sent, codes, plain = picture.read_form(AnyScan)
    if sent.code is not None:
        raise InvalidInput(field="code", reason="either a code or a picture")
    shown = tuple({"text": code.text, "symbology": code.symbology} for code in codes)
    texts = tuple(picture.as_scanned(code) for code in codes)
    return PictureScan(**msgspec.structs.asdict(sent), texts=texts, codes=shown), plain


@bp.post("/scans")
@posting("keeper", "clerk", "qa", "manager", body=AnyScan, form=_read_form)
def scan(tx: Transaction, sent: AnyScan) -> Reply:
    """Say what a code or a picture is and what can be done with it; nothing is created, the scan is kept."""
    if isinstance(sent, PictureScan):
        texts, codes = list(sent.texts), list(sent.codes)
    elif sent.code is None:
        raise InvalidInput(field="code", reason="missing")
    else:
        texts, codes = [sent.code], []
    tx.tell(scanned=texts)
    recognised = recognition.recognise(tx, texts)
    answer = {**_shown(tx, recognised.read), "codes": codes}
    if recognised.reason:
        answer |= {"reason": recognised.reason, "try": TRY[recognised.reason]}
        answer["candidates"] = [_shown(tx, read) for read in recognised.candidates]
    tx.tell(kind=answer["kind"], **_numbers(recognised.read))
    return answer, 201


def _shown(tx: Transaction, read: Read) -> dict[str, Any]:
    """Give the kind, the numbers and facts on record, what the code itself says, and the actions."""
    facts, refusal = identification.describe(tx, read)
    printed = {
        "produced_on": body.day(read.produced_on), "expiry_date": body.day(read.expiry_date),
        "quantity": read.offered_quantity,
    }  # fmt: skip
    shown = {"kind": read.kind, "text": read.text, **_numbers(read), **facts}
    if refusal:
        shown["refusal"] = problems.document(refusal.status, refusal.code, problems.plain(refusal))
    return {**shown, "printed": printed, "actions": _actions(tx, read, facts)}


def _numbers(read: Read) -> dict[str, str]:
    names = ("item_no", "batch_no", "location", "document_no", "label_no", "person", "paper")
    return {name: getattr(read, name) for name in names if getattr(read, name)}


def _actions(tx: Transaction, read: Read, facts: dict[str, Any]) -> list[dict[str, str]]:
    """Offer what exists, what a role of the person allows and what the state of the goods or document asks for."""
    thing, states = _thing(read, facts)
    known = _permissions()
    offered = []
    for action in ACTIONS.get(thing, ()):
        route = action.path.replace("{document_no}", f"{{{_ROUTE_NAME.get(thing, 'document_no')}}}")
        permission = known.get((action.method, route))
        asked_for = not action.states or bool(states & set(action.states))
        if permission and asked_for and permission.allows(tx.actor):
            numbers = {name: quote(value, safe="") for name, value in _numbers(read).items()}
            path = BASE + action.path.format(**numbers)
            offered.append({"action": action.name, "method": action.method, "path": path})
    return offered


def _thing(read: Read, facts: dict[str, Any]) -> tuple[str, set[str]]:
    if read.batch_no:
        return ("batch", {line["status"] for line in facts["stock"]}) if facts["on_record"] else ("item", set())
    if read.document_no:
        return facts["document_kind"], {facts["state"]}
    return ("location" if read.location else read.kind), set()


def _permissions() -> dict[tuple[str, str], Permission]:
    """Give every route's permission; listed once per app, at the first scan, when all routes are there."""
    kept = current_app.extensions
    if "route-permissions" not in kept:
        kept["route-permissions"] = permissions(current_app)
    found: dict[tuple[str, str], Permission] = kept["route-permissions"]
    return found
