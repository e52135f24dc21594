"""Six months or in doubt: goods turn white, QA gets its task, due dates are reckoned anew (4.7.2; R-I1..I4, R-I8).

Whether goods may leave is asked by date at each scan; the nightly run here only makes what is true visible: task, white
label, broken promises. So a night missed lets nothing out.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from warehouse import catalogue
from warehouse.books import allocations, documents, moves, picks, stock
from warehouse.flow import delivery, labelling, reinspection_tasks, sub_batches, tasks
from warehouse.rules import reinspection
from warehouse.rules.refusals import Forbidden
from warehouse.rules.status import InspectionStatus
from warehouse.tables.base import as_day, rows
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import ItemGroup
from warehouse.transaction import Transaction

PENDING = InspectionStatus.PENDING
TURNED = (InspectionStatus.QUALIFIED, InspectionStatus.AWAITING)  # yellow and red stay what QA said (R-Q10)
# What has no task yet: the batch, or one of the places in which goods of it wait for a look.
_UNASKED = {
    "batch": "NOT EXISTS (SELECT 1 FROM task t WHERE t.site_id = b.site_id AND t.kind = 'reinspect'"
    " AND t.state = 'open' AND t.subject = i.item_no || '/' || b.batch_no)",
    "place": "EXISTS (SELECT 1 FROM stock s WHERE s.batch_id = b.id AND s.quantity > 0"
    " AND s.status IN ('qualified', 'pending', 'awaiting') AND NOT EXISTS (SELECT 1 FROM task t"
    " WHERE t.site_id = b.site_id AND t.kind = 'reinspect' AND t.state = 'open'"
    " AND t.subject = i.item_no || '/' || b.batch_no || '@' || s.bin_code))",
}
LARGEST_PIECE = 50  # batches in one transaction of the nightly run, which scans wait for


@dataclass(frozen=True, kw_only=True)
class Change:
    """A batch whose due date another interval would move."""

    site: str
    item_no: str
    batch_no: str
    reinspect_on: date | None
    new_reinspect_on: date | None


def turn_white(tx: Transaction, batch: Batch, *, kind: str, voucher_no: str, reason: str) -> bool:
    """Make what lies of a batch pending where it lies; False when nothing was blue or awaiting. The lock is held.

    Promises are given back and told to the planner (R-Q11), what a count task set aside stays aside, the papers are
    void and new ones issued, and a move task appears where white goods may not lie.
    """
    turned = [line for line in stock.of_batch(batch.id) if line.quantity > 0 and line.status in TURNED]
    for line in turned:
        delivery.flag_broken_promises(tx, allocations.release_row(line.stock_id, line.decimals))
        aside = allocations.lift_aside(line.stock_id, line.decimals)
        whole = replace(line, reserved=Decimal(0))
        entry = moves.change_status(
            tx, whole, PENDING, line.quantity, into=batch, kind=kind, voucher_no=voucher_no
        )  # fmt: skip
        for task_id, amount in aside:
            allocations.set_aside(task_id, entry.stock_id, amount)
    if turned:
        labelling.relabel(tx, batch, reason=reason, parts=labelling.parts_of(batch))
        tasks.settle_moves(tx, batch.id)
    return bool(turned)


def run_due(tx: Transaction, *, most: int = LARGEST_PIECE) -> dict[str, Any]:
    """Do for the site and today what re-inspection asks for, at most `most` batches; `more` when some are left.

    A task from fourteen days before the due date on, one per batch naming its bins, or one per place; white from the
    day after the due date on. What was done drops out, so a repeated run does nothing and a late one catches up.
    R-I1, R-I3, R-I4.
    """
    found = _waiting(tx, most + 1)
    turned = [f"{item_no}/{batch_no}" for item_no, batch_no in found[:most] if _remind(tx, item_no, batch_no)]
    opened = [f"{item_no}/{batch_no}" for item_no, batch_no in found[:most]]
    if found:
        tx.tell(batches=opened, turned_white=turned)
    return {"batches": opened, "turned_white": turned, "more": len(found) > most}


def change_interval(
    tx: Transaction, item_no: str, *, months: int | None, group: str | None = None, apply: bool = False
) -> list[Change]:
    """Give the batches whose due date another interval of the item would move; with `apply` it is set and they move.

    `months` 0 is never, None what the item's group says. `group` puts the item into that group as well. R-I8.
    """
    item = catalogue.get_item(item_no)
    in_group = ItemGroup.get_or_none(ItemGroup.name == group) if group else item.group
    inherited = in_group.reinspect_months if in_group else None
    effective = reinspection.interval_months(item=months, group=inherited)
    changes = _moved(item.id, effective)
    tx.tell(item_no=item_no, before=item.reinspect_months, after=months, group=group, applied=apply)
    if apply:
        if group and in_group is None:
            in_group = ItemGroup.create(name=group)
        _apply(tx, changes)
        group_id = in_group.id if in_group else None
        rows("UPDATE item SET reinspect_months = ?, group_id = ? WHERE id = ?", months, group_id, item.id)
    return _seen(tx, changes)


def change_group_interval(tx: Transaction, name: str, *, months: int | None, apply: bool = False) -> list[Change]:
    """The same for a group: items with an interval of their own keep it. A new name makes a new group. R-I8."""
    found: ItemGroup | None = ItemGroup.get_or_none(ItemGroup.name == name)
    effective = reinspection.interval_months(item=None, group=months)
    members = (
        [] if found is None else rows("SELECT id FROM item WHERE group_id = ? AND reinspect_months IS NULL", found.id)
    )
    changes = [change for (item_id,) in members for change in _moved(item_id, effective)]
    tx.tell(group=name, before=found.reinspect_months if found else None, after=months, applied=apply)
    if apply:
        _apply(tx, changes)
        ItemGroup.insert(name=name).on_conflict_ignore().execute()
        rows("UPDATE item_group SET reinspect_months = ? WHERE name = ?", months, name)
    return _seen(tx, changes)


def _waiting(tx: Transaction, most: int) -> list[tuple[str, str]]:
    """Give (item, batch) that lie here, are due within the lead, and have no task yet or are still blue past the date.

    Nonconforming goods and scrap wait for their disposition, not for a re-inspection.
    """
    last = tx.today + timedelta(days=reinspection.LEAD_DAYS)
    found = rows(
        "SELECT i.item_no, b.batch_no FROM batch b JOIN item i ON i.id = b.item_id"
        " WHERE b.site_id = ? AND b.reinspect_on <= ?"
        " AND EXISTS (SELECT 1 FROM stock s WHERE s.batch_id = b.id AND s.quantity > 0"
        " AND s.status IN ('qualified', 'pending', 'awaiting'))"
        f" AND ({_UNASKED[tx.site.reinspect_per]}"
        " OR (b.reinspect_on < ? AND EXISTS (SELECT 1 FROM stock s WHERE s.batch_id = b.id AND s.quantity > 0"
        " AND s.status = 'qualified')))"
        " ORDER BY b.reinspect_on, b.id LIMIT ?",
        tx.site.id, last.isoformat(), tx.today.isoformat(), most,
    )  # fmt: skip
    return [(item_no, batch_no) for item_no, batch_no in found]


def _remind(tx: Transaction, item_no: str, batch_no: str) -> bool:
    """Open QA's task for a batch, and turn it white when it is past its date; True when it was turned."""
    batch = sub_batches.lock_batch(tx, item_no=item_no, batch_no=batch_no)
    due_on = batch.reinspect_on
    if due_on is None:
        return False
    is_due = reinspection.is_due(due_on, tx.today)
    reinspection_tasks.ask(tx, batch, due_on=due_on, reason="due", urgent=is_due)
    if not is_due:
        return False
    voucher = documents.create(
        tx, "due", reference=f"{item_no}/{batch_no}", state="posted", facts={"reinspect_on": str(due_on)}
    )  # fmt: skip
    return turn_white(
        tx, batch, kind="reinspection-due", voucher_no=voucher.document_no, reason="reinspection-due"
    )  # fmt: skip


def _moved(item_id: int, months: int) -> list[Change]:
    """Give the batches of an item on hand or staged, at all sites, whose due date that interval moves.

    A held batch is due since it was doubted, whatever the interval.
    """
    changes, staged = [], picks.staged_batches(item_id)
    for batch_id, on_hand, site, item_no, batch_no, received, inspected, due in rows(
        "SELECT b.id, (SELECT COUNT(*) FROM stock s WHERE s.batch_id = b.id AND s.quantity > 0), z.code, i.item_no,"
        " b.batch_no, b.first_received_on, b.last_inspected_on, b.reinspect_on FROM batch b"
        " JOIN site z ON z.id = b.site_id JOIN item i ON i.id = b.item_id WHERE b.item_id = ? AND b.hold = ''"
        " ORDER BY z.code, b.batch_no",
        item_id,
    ):
        if not on_hand and batch_id not in staged:
            continue
        new = reinspection.due_on(
            first_received_on=date.fromisoformat(received), last_inspected_on=as_day(inspected), months=months
        )
        if new != as_day(due):
            changes.append(
                Change(site=site, item_no=item_no, batch_no=batch_no, reinspect_on=as_day(due), new_reinspect_on=new)
            )
    return changes


def _apply(tx: Transaction, changes: list[Change]) -> None:
    """Write the new due dates, and papers that say them. Raises Forbidden for another site's batches (R-M5)."""
    others = sorted({change.site for change in changes} - {tx.site.code})
    if others and tx.actor.site is not None:
        raise Forbidden(needs=[f"site {code}" for code in others])
    for change in changes:
        here = tx if change.site == tx.site.code else replace(tx, site=catalogue.site_facts(change.site), facts={})
        locked = sub_batches.lock_batch(here, item_no=change.item_no, batch_no=change.batch_no)
        due = change.new_reinspect_on
        rows("UPDATE batch SET reinspect_on = ? WHERE id = ?", due.isoformat() if due else None, locked.id)
        batch = catalogue.get_batch(here, item_no=change.item_no, batch_no=change.batch_no)
        labelling.relabel(here, batch, reason="interval-changed", parts=labelling.parts_of(batch))
        if not reinspection.is_task_due(due, here.today):
            reinspection_tasks.end(here, batch)
    tx.tell(changed=[f"{change.site} {change.item_no}/{change.batch_no}" for change in changes])


def _seen(tx: Transaction, changes: list[Change]) -> list[Change]:
    """Leave out what a person of one site may not see."""
    return [change for change in changes if tx.actor.site in (None, change.site)]
