"""QA's screens: what is white, the decision on a batch, and what becomes of nonconforming goods (Q1..Q3; R-Q1..Q13)."""

from typing import Any

from flask import Response

from warehouse.flow import batches, disposition
from warehouse.reports import overview
from warehouse.rules.disposition import DispositionKind
from warehouse.rules.inspection import InspectionKind, Verdict
from warehouse.rules.status import InspectionStatus
from warehouse.tables.quality import Disposition
from warehouse.transaction import Transaction
from warehouse.web import page
from warehouse.web.api import quality, storage
from warehouse.web.page import READERS, Sent, page_posting
from warehouse.web.panel import Outcome

bp = page.blueprint("inspection")
UNFINISHED = ("awaiting-approval", "open", "out")
# What may be done next with a decision, by its kind and state; the rule itself says no to anything else.
NEXT = {
    ("return", "open"): "ship", ("rework", "open"): "out", ("repair", "open"): "out", ("rework", "out"): "back",
    ("repair", "out"): "back", ("scrap", "open"): "dispose", ("concession", "awaiting-approval"): "approve",
    ("scrap", "awaiting-approval"): "approve",
}  # fmt: skip
STEPS = {
    "approve": quality.approve, "ship": quality.ship, "out": quality.send_out, "back": quality.back,
    "dispose": quality.dispose,
}  # fmt: skip
MAY = {step: page.roles_of(route) for step, route in STEPS.items()}


@bp.get("/inspect")
@page.page(*READERS)
def index(tx: Transaction) -> Response:
    """List what is white, oldest first, and the decisions that wait for a hand."""
    return _index(tx)


@bp.get("/inspect/<item_no>/<path:batch_no>")
@page.page(*READERS)
def show(tx: Transaction, item_no: str, batch_no: str) -> Response:
    """Show the decision form of a batch."""
    return _show(tx, item_no, batch_no)


@bp.post("/inspect/<item_no>/<path:batch_no>")
@page_posting(quality.inspect)
def inspect(sent: Sent, item_no: str, batch_no: str) -> Response:
    """Decide: one quantity for each verdict, from one place when the goods lie in several."""
    where = sent.members("from", "location", "note")
    decisions = [
        {"quantity": amount, "verdict": verdict.value, **where}
        for verdict in Verdict
        if (amount := sent.text(verdict.value)) is not None
    ]
    body = {"kind": sent.text("kind") or InspectionKind.INCOMING.value, "decisions": decisions}
    outcome = sent.ask(quality.inspect, body, item_no=item_no, batch_no=batch_no)
    outcome = outcome.say("inspected", labels=", ".join(outcome.body.get("label_nos", ())))
    return _show(page.now_reader(), item_no, batch_no, outcome)


@bp.post("/dispose/<item_no>/<path:batch_no>")
@page_posting(quality.propose)
def propose(sent: Sent, item_no: str, batch_no: str) -> Response:
    """Decide what becomes of nonconforming goods."""
    body = sent.members("decision", "quantity", "reason", "customer", "until", "owner_consent")
    outcome = sent.ask(quality.propose, body, item_no=item_no, batch_no=batch_no)
    outcome = outcome.say("disposed", number=outcome.body.get("disposition_no", ""))
    return _show(page.now_reader(), item_no, batch_no, outcome)


@bp.post("/dispositions/<disposition_no>/<any(approve, ship, out, back, dispose):step>")
@page_posting(*STEPS.values())
def go_on(sent: Sent, disposition_no: str, step: str) -> Response:
    """Take a decision's next step: approve, return, out to rework, back, dispose of."""
    body = sent.members("returned", "scrapped", "location") if step == "back" else {}
    outcome = sent.ask(STEPS[step], body, disposition_no=disposition_no)
    return _index(page.now_reader(), outcome.say("disposition-went-on", number=disposition_no))


@bp.post("/hold/<item_no>/<path:batch_no>")
@page_posting(quality.hold)
def hold(sent: Sent, item_no: str, batch_no: str) -> Response:
    """Put a batch on hold, or let it go again."""
    route = quality.lift if sent.text("lift") else quality.hold
    outcome = sent.ask(route, sent.members("reason", "kind"), item_no=item_no, batch_no=batch_no)
    return _show(page.now_reader(), item_no, batch_no, outcome.say("hold-changed"))


@bp.post("/expiry/<item_no>/<path:batch_no>")
@page_posting(storage.correct_expiry)
def correct_expiry(sent: Sent, item_no: str, batch_no: str) -> Response:
    """Correct or extend the expiry date; the old papers are void, new ones wait."""
    body = sent.members("expiry_date", "evidence", "reason")
    outcome = sent.ask(storage.correct_expiry, body, item_no=item_no, batch_no=batch_no)
    outcome = outcome.say("expiry-corrected", labels=", ".join(outcome.body.get("label_nos", ())))
    return _show(page.now_reader(), item_no, batch_no, outcome)


def _index(tx: Transaction, outcome: Outcome | None = None) -> Response:
    decisions = [disposition.describe(found) for found in disposition.of_site(tx).where(_is_unfinished())]
    return page.render(
        "inspection/index.html", outcome=outcome, lines=overview.waiting_for_verdict(tx),
        yellow=overview.on_hand(tx, status=InspectionStatus.NONCONFORMING)[0], decisions=decisions, next=NEXT,
        may_do=MAY,
    )  # fmt: skip


def _is_unfinished() -> Any:
    return Disposition.state.in_(UNFINISHED)


def _show(tx: Transaction, item_no: str, batch_no: str, outcome: Outcome | None = None) -> Response:
    facts, _ = batches.describe(tx, item_no=item_no, batch_no=batch_no)
    lines = facts["stock"]
    return page.render(
        "inspection/batch.html", outcome=outcome, batch=facts,
        open=[line for line in lines if line["status"] in overview.UNDECIDED],
        yellow=[line for line in lines if line["status"] == InspectionStatus.NONCONFORMING],
        kinds=list(InspectionKind), verdicts=list(Verdict), decisions=list(DispositionKind),
        partners=overview.partners("customer"), subs=overview.sub_batches(tx, item_no, batch_no),
    )  # fmt: skip
