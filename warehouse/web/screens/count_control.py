"""The count for the manager: planned, watched, its differences approved with a reason (M3, M4; R-C8, R-C10, R-C19)."""

import json
from typing import Any

from flask import Response

from warehouse.books import counts
from warehouse.flow import count_plan, owner_notices
from warehouse.reports import counts as reports
from warehouse.reports import overview
from warehouse.rules.counting import Reason
from warehouse.tables.counts import Count
from warehouse.transaction import Transaction
from warehouse.web import page
from warehouse.web.api import count_papers as papers
from warehouse.web.api import counts as routes
from warehouse.web.page import Sent, page_posting
from warehouse.web.panel import Outcome
from warehouse.web.typed import whole_number

bp = page.blueprint("count_control")
ASSIGNED = 6  # zones that can be assigned at once; more through the API
LATEST = 12
MOST_PLACES = 300  # not counted yet, shown on the page; all of them through the API
LINE = ("item_no", "batch_no", "location", "owner")


@bp.get("/count-control")
@page.page("manager")
def index(tx: Transaction) -> Response:
    """Show the plan, the counts, and what is frozen; offer to open one."""
    return _index(tx)


@bp.post("/count-control")
@page_posting(routes.create)
def create(sent: Sent) -> Response:
    """Open a count."""
    body: dict[str, Any] = sent.members("month", "kind", "zone", "location", "abc_class", "due_on")
    if sent.text("least_value"):
        body["least_value"] = whole_number(sent.text("least_value"))
    if sent.text("freeze"):
        body["freeze"] = True
    body["assignments"] = [line for line in sent.lines("zone_of", "counter") if "counter" in line]
    body["assignments"] = [{"zone": each["zone_of"], "counter": each["counter"]} for each in body["assignments"]]
    outcome = sent.ask(routes.create, body)
    return _index(page.now_reader(), outcome.say("count-opened", number=outcome.body.get("count_no", "")))


@bp.post("/count-control/plan")
@page_posting(papers.set_plan)
def plan(sent: Sent) -> Response:
    """Set the day on which the month's count opens by itself, and who follows up what differs."""
    outcome = sent.ask(
        papers.set_plan, {"count_day": whole_number(sent.text("count_day")), **sent.members("follows_up")}
    )
    return _index(page.now_reader(), outcome.say("plan-kept"))


@bp.post("/count-control/tolerance")
@page_posting(papers.set_tolerance)
def tolerance(sent: Sent) -> Response:
    """Set a tolerance; empty inherits, 0 is exact."""
    outcome = sent.ask(papers.set_tolerance, sent.members("warehouse", "location", "percent", "value"))
    return _index(page.now_reader(), outcome.say("plan-kept"))


@bp.get("/count-control/<count_no>")
@page.page("manager", "qa")
def show(tx: Transaction, count_no: str) -> Response:
    """Show a count's progress, what differs, and what has to be done before it closes."""
    return _show(tx, count_no)


@bp.post("/count-control/<count_no>/approve")
@page_posting(routes.approve)
def approve(sent: Sent, count_no: str) -> Response:
    """Approve the differences with a reason for all, and another for single lines."""
    lines = [
        {**dict(zip(LINE, json.loads(line["line"]), strict=True)), "reason": line["line_reason"]}
        for line in sent.lines("line", "line_reason")
        if "line_reason" in line
    ]
    outcome = sent.ask(routes.approve, {**sent.members("reason", "note"), "lines": lines}, count_no=count_no)
    return _show(page.now_reader(), count_no, outcome.say("count-approved", number=count_no))


@bp.post("/count-control/<count_no>/<any(close, cancel, submit):act>")
@page_posting(routes.close, routes.cancel, routes.submit)
def go_on(sent: Sent, count_no: str, act: str) -> Response:
    """Close an approved count, give one up, or end the counting for all."""
    if act == "close":
        outcome = sent.ask(routes.close, count_no=count_no)
    elif act == "cancel":
        outcome = sent.ask(routes.cancel, sent.members("reason"), count_no=count_no)
    else:
        outcome = sent.ask(routes.submit, sent.members("blanks"), count_no=count_no)
    return _show(page.now_reader(), count_no, outcome.say(f"count-done-{act}", number=count_no))


@bp.post("/count-control/<count_no>/notice")
@page_posting(papers.notify)
def notify(sent: Sent, count_no: str) -> Response:
    """Note that an owner was told (R-O2)."""
    outcome = sent.ask(papers.notify, sent.members("owner", "text"), count_no=count_no)
    return _show(page.now_reader(), count_no, outcome.say("owner-told"))


@bp.post("/count-control/<count_no>/notice/<notice_no>/<any(answer, close):act>")
@page_posting(papers.answer_notice, papers.close_notice)
def follow_notice(sent: Sent, count_no: str, notice_no: str, act: str) -> Response:
    """Keep an owner's answer, or what came of the matter."""
    route = papers.answer_notice if act == "answer" else papers.close_notice
    outcome = sent.ask(route, sent.members("text"), notice_no=notice_no)
    return _show(page.now_reader(), count_no, outcome.say("owner-told"))


@bp.post("/count-control/<count_no>/finding/<int:finding_id>")
@page_posting(papers.decide)
def decide(sent: Sent, count_no: str, finding_id: int) -> Response:
    """Say what found goods are."""
    body = {**sent.members("first_received_on", "expiry_date", "note"), "accept": sent.text("accept") is not None}
    outcome = sent.ask(papers.decide, body, count_no=count_no, finding_id=finding_id)
    return _show(page.now_reader(), count_no, outcome.say("finding-decided"))


def _index(tx: Transaction, outcome: Outcome | None = None) -> Response:
    query = Count.select().where(Count.site == tx.site.id).order_by(Count.id.desc()).limit(LATEST)
    return page.render(
        "count_control/index.html", outcome=outcome, plan=count_plan.describe(tx),
        counts=[{**reports.describe(tx, each), **reports.progress(tx, each)} for each in query],
        frozen=reports.frozen_places(tx), tolerances=reports.tolerances(tx), month=tx.today.isoformat()[:7],
        zones=overview.zones(tx), counters=overview.counters(tx), assigned=range(ASSIGNED),
        people=overview.followers(tx),
    )  # fmt: skip


def _show(tx: Transaction, count_no: str, outcome: Outcome | None = None) -> Response:
    count = counts.get(tx, count_no)
    may_see = "manager" in tx.actor.roles
    return page.render(
        "count_control/count.html", outcome=outcome,
        count={**reports.describe(tx, count), **reports.progress(tx, count)},
        lines=reports.variances(tx, count) if may_see else [], findings=reports.findings(count),
        notices=[owner_notices.describe(notice) for notice in reports.notices(tx, count)], reasons=list(Reason),
        not_due=reports.not_due(tx, count), most=MOST_PLACES,
        uncounted=reports.uncounted(tx, count, limit=MOST_PLACES + 1) if count.state == "open" else [],
    )  # fmt: skip
