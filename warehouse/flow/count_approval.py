"""The count's end: the counters are through, a manager approves, account and card follow, it is closed (R-C6..R-C20).

Submitting with every difference within tolerance corrects the books by itself. What is pressed twice does nothing
twice: only what a line still differs by is ever posted.
"""

from collections.abc import Mapping
from typing import Any

from warehouse.books import blindness, counts, stock
from warehouse.books.count_lines import Line, read_line
from warehouse.flow import adjustment, counting, tasks
from warehouse.flow.adjustment import Why
from warehouse.rules import counting as rules
from warehouse.rules.counting import LineState, Reason
from warehouse.rules.refusals import DocumentState, Forbidden
from warehouse.tables.base import quantity, rows, utc_text
from warehouse.tables.counts import Count
from warehouse.transaction import Transaction

SYSTEM = "system"
OVER = ("closed", "cancelled")
UNDECIDED = (LineState.RECOUNT, LineState.THIRD)
AUTOMATIC = Why(reason=Reason.MISCOUNT, note="within tolerance")


def submit(tx: Transaction, count_no: str, *, blanks: str | None = None) -> dict[str, Any]:
    """Say that a counter is through with his zones, or the lead with all; pressed again it changes nothing.

    The count is submitted when nobody is left to wait for. Raises NotFound, DocumentState when it is over or lines are
    blank, Forbidden for a choice about blanks that is the lead's, and for who has no zone while others have.
    """
    count = counts.get(tx, count_no, changing=True)
    if count.state in OVER:
        raise DocumentState(document_no=count_no, state=count.state)
    if count.state != "open":
        # Pressed again: nothing is done, and another choice is refused.
        rules.check_blanks(0, choice=blanks, chosen=count.blanks, roles=tx.actor.roles, count_no=count_no)
    elif _is_through(tx, count, blanks):
        _settle_blanks(tx, count, blanks)
        rows(
            "UPDATE stock_count SET state = 'submitted', submitted_at = ?, submitted_by = ? WHERE id = ?",
            utc_text(tx.now), tx.actor.name, count.id,
        )  # fmt: skip
        blindness.end_zones(count.id)
        count = counts.get(tx, count_no)
        _approve_small(tx, count)
    return {"count_no": count_no, "state": counts.get(tx, count_no).state, "waits_for": waits_for(count)}


def approve(
    tx: Transaction, count_no: str, *, default: Why | None = None, why: Mapping[tuple[str, str, str, str], Why]
) -> dict[str, Any]:
    """Approve the differences and correct account and card by them; `why` is by item, batch, place and owner.

    Raises NotFound, DocumentState (not submitted, over, lines to be counted again, goods nobody knows, no notice of
    the owner), SamePerson for who counted or keeps such a bin, InsufficientStock, ClosedMonth.
    """
    count = counts.get(tx, count_no, changing=True)
    if count.state not in ("submitted", "approved"):
        raise DocumentState(document_no=count_no, state=count.state, reason=_unsubmitted(count))
    lines = _judged(tx, count)
    _check_decided(count, lines)
    _check_person(tx, count, lines)
    _check_notices(count, lines)
    small = {line.line_id: AUTOMATIC for line in lines if line.state == LineState.COUNTED}
    by_line = small | {line.line_id: why[key] for line in lines if (key := _key(line)) in why}
    numbers = adjustment.post(tx, count, lines, by_line, default or Why())
    if count.state == "submitted":
        _set_approved(tx, count, tx.actor.name)
    return {"count_no": count_no, "state": "approved", "adjustments": numbers}


def close(tx: Transaction, count_no: str) -> dict[str, Any]:
    """Close an approved count: its places are free, the tasks that asked for it are done (R-C13, R-C16).

    Raises NotFound, DocumentState before it is approved, and when it is over.
    """
    count = counts.get(tx, count_no, changing=True)
    if count.state != "approved":
        raise DocumentState(
            document_no=count_no, state=count.state, reason=None if count.state in OVER else "not-approved"
        )
    if count.frozen:
        counts.thaw_places(tx, count_no)
    _close_tasks(tx, count)
    rows(
        "UPDATE stock_count SET state = 'closed', closed_at = ?, closed_by = ? WHERE id = ?",
        utc_text(tx.now), tx.actor.name, count.id,
    )  # fmt: skip
    return {"count_no": count_no, "state": "closed"}


def _unsubmitted(count: Count) -> str | None:
    return "not-submitted" if count.state == "open" else None


def _is_through(tx: Transaction, count: Count, blanks: str | None) -> bool:
    """Note that the counter is through with his zones; says whether the whole count is."""
    if rules.LEAD in tx.actor.roles:
        return True
    if blanks:
        raise Forbidden(needs=[rules.LEAD])
    waiting = waits_for(count)
    mine = [
        zone
        for (zone,) in rows(
            "SELECT zone FROM count_assignment WHERE count_id = ? AND counter = ?", count.id, tx.actor.name
        )
    ]
    if not mine:
        if waiting:
            raise Forbidden(needs=waiting)
        return True
    if counts.blank_lines(count.id, mine):
        raise DocumentState(document_no=count.count_no, state=count.state, reason="blank-lines")
    rows(
        "UPDATE count_assignment SET submitted_at = ? WHERE count_id = ? AND counter = ? AND submitted_at IS NULL",
        utc_text(tx.now), count.id, tx.actor.name,
    )  # fmt: skip
    blindness.end_zones(count.id, counter=tx.actor.name)
    return not waits_for(count) and not counts.blank_lines(count.id)


def waits_for(count: Count) -> list[str]:
    """Name the counters who have not said that they are through with their zones."""
    return [
        counter
        for (counter,) in rows(
            "SELECT DISTINCT counter FROM count_assignment WHERE count_id = ? AND submitted_at IS NULL"
            " ORDER BY counter",
            count.id,
        )
    ]


def _settle_blanks(tx: Transaction, count: Count, blanks: str | None) -> None:
    choice = rules.check_blanks(
        counts.blank_lines(count.id), choice=blanks, chosen=count.blanks, roles=tx.actor.roles, count_no=count.count_no
    )
    if not choice:
        return
    if choice == "keep":
        counts.keep_blanks(count.id)
    else:
        _zero_blanks(tx, count)
    rows("UPDATE stock_count SET blanks = ?, blanks_by = ? WHERE id = ?", choice, tx.actor.name, count.id)
    tx.tell(blanks=choice)


def _zero_blanks(tx: Transaction, count: Count) -> None:
    blank = list(rows("SELECT DISTINCT batch_id FROM count_line WHERE count_id = ? AND state = 'open'", count.id))
    stock.lock_batches(batch_id for (batch_id,) in blank)
    for row in counts.blank(count.id):
        line = read_line(row)
        counting.enter_for(
            tx, line, quantity(0, line.decimals), counter=tx.actor.name, kind="blank", counted_at=utc_text(tx.now)
        )


def _approve_small(tx: Transaction, count: Count) -> None:
    """Approve by itself what needs nobody: every difference within tolerance, or none (R-C6)."""
    lines = _judged(tx, count)
    if any(line.state != LineState.COUNTED for line in lines) or _open_findings(count):
        return
    adjustment.post(tx, count, lines, {}, AUTOMATIC)
    _set_approved(tx, count, SYSTEM)


def _judged(tx: Transaction, count: Count) -> list[Line]:
    """Give the differing lines, their batches locked, those that a late movement reopened judged again (R-C3)."""
    counts.lock_differing(count.id)  # while they are waited for a late movement may come: read afterwards
    lines = [read_line(row) for row in counts.differing(count.id)]
    again = [line for line in lines if line.state == LineState.REOPENED]
    for line in again:
        counting.judge(tx, line)
    return [read_line(row) for row in counts.differing(count.id)] if again else lines


def _check_decided(count: Count, lines: list[Line]) -> None:
    if any(line.state in (*UNDECIDED, LineState.REOPENED) for line in lines):
        raise DocumentState(document_no=count.count_no, state=count.state, reason="recount-needed")
    if _open_findings(count):
        raise DocumentState(document_no=count.count_no, state=count.state, reason="findings-open")


def _check_person(tx: Transaction, count: Count, lines: list[Line]) -> None:
    """Refuse who counted or keeps a bin whose difference he would approve (R-C10)."""
    decided = [line for line in lines if line.state == LineState.VARIANCE]
    if decided:
        keepers = {line.keeper for line in decided}
        rules.check_approver(tx.actor.name, counters=counts.counters_of_variances(count.id), keepers=keepers)


def _check_notices(count: Count, lines: list[Line]) -> None:
    for line in lines:
        if rules.needs_notice(line.owner, line.unposted) and not line.notice_no:
            raise DocumentState(document_no=count.count_no, state=count.state, reason="owner-notice")


def _open_findings(count: Count) -> bool:
    return bool(rows("SELECT 1 FROM count_finding WHERE count_id = ? AND state = 'open' LIMIT 1", count.id))


def _set_approved(tx: Transaction, count: Count, by: str) -> None:
    rows(
        "UPDATE stock_count SET state = 'approved', approved_at = ?, approved_by = ? WHERE id = ?",
        utc_text(tx.now), by, count.id,
    )  # fmt: skip
    if count.due_on is not None and count.due_on < tx.today:
        tasks.close_task(tx, "count-overdue", count.count_no)


def _key(line: Line) -> tuple[str, str, str, str]:
    return line.item_no, line.batch_no, line.bin_code, line.owner


def _close_tasks(tx: Transaction, count: Count) -> None:
    """End the tasks that asked for a count of what this one counted; what they had set aside is free again (R-F16)."""
    for task in tasks.find_open(tx, "count"):
        if _has_counted(tx, count, task.facts):
            tasks.close_task(tx, "count", task.subject)


def _has_counted(tx: Transaction, count: Count, facts: Mapping[str, Any]) -> bool:
    location = facts.get("location")
    if count.scope.get("location") == location and location:
        return True
    batch = "" if facts.get("batch_no") is None else " AND b.batch_no = ? AND i.item_no = ?"
    values = () if facts.get("batch_no") is None else (facts["batch_no"], facts.get("item_no"))
    return bool(
        rows(
            "SELECT 1 FROM place p JOIN count_line l ON l.place_id = p.id AND l.count_id = ?"
            " JOIN batch b ON b.id = l.batch_id JOIN item i ON i.id = b.item_id"
            f" WHERE p.site_id = ? AND p.bin_code = ? AND l.counted IS NOT NULL{batch} LIMIT 1",
            count.id, tx.site.id, location, *values,
        )
    )  # fmt: skip
