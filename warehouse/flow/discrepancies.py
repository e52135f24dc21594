"""What nothing lawful explains gets somebody to follow it up, a day by which, and an end (4.7.5 d; R-R5).

Comparing again finds the same part as the same discrepancy, in this month and, while it is open, in later ones. Every
night compares too; who follows up what nobody was given yet is said once for the site.
"""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from warehouse.books import ledger, numbers
from warehouse.flow import reconciliation
from warehouse.flow.reconciliation import Comparison
from warehouse.rules.reconciliation import ClosingReason, Judged, Part, check_settler, months_to_compare
from warehouse.rules.refusals import DocumentState, InvalidInput, NotFound
from warehouse.tables.base import millionths, quantity, rows, utc_text
from warehouse.tables.people import Person, Setting
from warehouse.tables.reconciliation import Discrepancy
from warehouse.transaction import Transaction

DAYS_TO_SETTLE = 7
MOST_SHOWN = 500


def record(tx: Transaction, month: str) -> list[str]:
    """Put every part of the month's differences on record that is not yet; gives the new numbers.

    Raises InvalidInput for what is no month.
    """
    return put_on_record(tx, month, unrecorded(tx, reconciliation.compare(tx, month)))


def unrecorded(tx: Transaction, compared: Comparison) -> list[tuple[Judged, Part]]:
    """Give the parts of a comparison that are not on record."""
    known = of_month(tx, compared.month)
    return [
        (judged, part)
        for judged in compared.judged
        for part in judged.parts
        if (judged.row.subject, part.key) not in known
    ]


def put_on_record(tx: Transaction, month: str, found: Iterable[tuple[Judged, Part]]) -> list[str]:
    """Put parts on record, those left out that are there by now; gives the new numbers."""
    known, person = of_month(tx, month), follower(tx)
    made = [_open(tx, month, judged, part, person) for judged, part in found
            if (judged.row.subject, part.key) not in known]  # fmt: skip
    tx.tell(month=month, opened=made)
    return made


def due_months(tx: Transaction) -> list[str]:
    """Give the months that a night compares: the running one and the last ones that nobody has closed yet."""
    return months_to_compare(tx.today, closed=ledger.closed_months(tx))


def being_counted(tx: Transaction) -> set[tuple[str, str, str]]:
    """Give the (item, batch, owner) that an open count has found to differ, or that somebody has to count again.

    What is one person's first count is no finding yet: it is settled by the recount or shown at the approval (R-C9).
    """
    found = rows(
        "SELECT DISTINCT i.item_no, b.batch_no, l.owner FROM stock_count k JOIN count_line l ON l.count_id = k.id"
        " JOIN batch b ON b.id = l.batch_id JOIN item i ON i.id = b.item_id WHERE k.site_id = ? AND l.differs = 1"
        " AND (k.state = 'open' OR k.state = 'submitted' AND l.state IN ('recount', 'third', 'reopened'))",
        tx.site.id,
    )
    return {(item_no, batch_no, owner) for item_no, batch_no, owner in found}


def follower(tx: Transaction) -> str:
    """Give who follows up what is put on record: who the site named, else its first manager; '' when it has none."""
    named = rows(
        "SELECT p.name FROM setting s JOIN person p ON p.name = s.value WHERE s.name = ? AND p.disabled_at IS NULL",
        _setting(tx),
    )
    people = rows(
        "SELECT name, roles FROM person WHERE disabled_at IS NULL AND (site_id IS NULL OR site_id = ?) ORDER BY id",
        tx.site.id,
    )
    managers = [name for name, roles in people if "manager" in roles.split()]
    return next(iter([name for (name,) in named] + managers), "")


def set_follower(tx: Transaction, person: str) -> None:
    """Say who follows up what is put on record from now on. Raises NotFound."""
    _check_person(person)
    Setting.insert(name=_setting(tx), value=person).on_conflict(
        conflict_target=[Setting.name], update={Setting.value: person}
    ).execute()
    tx.tell(follows_up=person)


def of_month(tx: Transaction, month: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Give what is on record of a month's differences, by row and part: the month's own, and older ones still open."""
    found = rows(
        "SELECT subject, part, discrepancy_no, state, assigned_to, due_on FROM discrepancy WHERE site_id = ?"
        " AND (month = ? OR state <> 'closed') ORDER BY id",
        tx.site.id, month,
    )  # fmt: skip
    return {
        (subject, part): {"discrepancy_no": number, "state": state, "assigned_to": assigned, "due_on": due_on}
        for subject, part, number, state, assigned, due_on in found
    }


def assign(tx: Transaction, discrepancy_no: str, *, person: str, due_on: date | None = None) -> Discrepancy:
    """Give a discrepancy to somebody. Raises NotFound, InvalidInput for a day gone by, DocumentState when closed."""
    found = get_open(tx, discrepancy_no)
    _check_person(person)
    if due_on is not None and due_on < tx.today:
        raise InvalidInput(field="due_on", reason="in-the-past")
    found.state, found.assigned_to, found.due_on = "assigned", person, due_on or found.due_on
    found.save(only=[Discrepancy.state, Discrepancy.assigned_to, Discrepancy.due_on])
    tx.tell(document=discrepancy_no, assigned_to=person, due_on=found.due_on)
    return found


def close(tx: Transaction, discrepancy_no: str, *, reason: ClosingReason, note: str) -> Discrepancy:
    """End a discrepancy with its reason: a manager, or who follows it up.

    Raises NotFound, Forbidden, InvalidInput without a note, DocumentState when closed.
    """
    found = get_open(tx, discrepancy_no)
    check_settler(tx.actor.name, roles=tx.actor.roles, assigned_to=found.assigned_to)
    if not note.strip():
        raise InvalidInput(field="note", reason="missing")
    found.state, found.closing_reason, found.note = "closed", reason, note
    found.closed_at, found.closed_by = tx.now, tx.actor.name
    found.save(
        only=[
            Discrepancy.state, Discrepancy.closing_reason, Discrepancy.note, Discrepancy.closed_at,
            Discrepancy.closed_by,
        ]
    )  # fmt: skip
    tx.tell(document=discrepancy_no, reason=reason, note=note)
    return found


def not_ended(tx: Transaction) -> list[dict[str, Any]]:
    """Give what is on record and not closed, as the API shows it, at most MOST_SHOWN, the oldest first."""
    found = Discrepancy.select().where((Discrepancy.site == tx.site.id) & (Discrepancy.state != "closed"))
    return [describe(each) for each in found.order_by(Discrepancy.id).limit(MOST_SHOWN)]


def get(tx: Transaction, discrepancy_no: str) -> Discrepancy:
    """Give a discrepancy of the site. Raises NotFound."""
    found: Discrepancy | None = Discrepancy.get_or_none(
        (Discrepancy.site == tx.site.id) & (Discrepancy.discrepancy_no == discrepancy_no)
    )
    if found is None:
        raise NotFound(kind="discrepancy", name=discrepancy_no)
    return found


def get_open(tx: Transaction, discrepancy_no: str) -> Discrepancy:
    """Give a discrepancy of the site that is not closed. Raises NotFound, DocumentState."""
    found = get(tx, discrepancy_no)
    if found.state == "closed":
        raise DocumentState(document_no=discrepancy_no, state="closed")
    return found


def describe(found: Discrepancy) -> dict[str, Any]:
    """Give a discrepancy as the API shows it."""
    return {
        "discrepancy_no": found.discrepancy_no, "month": found.month, "item_no": found.item.item_no,
        "batch_no": found.batch.batch_no if found.batch else None, "owner": found.owner, "cause": found.cause,
        "quantity": str(quantity(millionths(found.quantity), found.item.decimals)), "state": found.state,
        "assigned_to": found.assigned_to or None, "due_on": found.due_on, "opened_at": found.opened_at,
        "opened_by": found.opened_by, "closed_at": found.closed_at, "closed_by": found.closed_by or None,
        "closing_reason": found.closing_reason or None, "note": found.note, "facts": found.facts,
    }  # fmt: skip


def _check_person(name: str) -> None:
    if not Person.select().where((Person.name == name) & Person.disabled_at.is_null()).exists():
        raise NotFound(kind="person", name=name)


def _setting(tx: Transaction) -> str:
    return f"follows up {tx.site.code}"


def _open(tx: Transaction, month: str, judged: Judged, part: Part, person: str) -> str:
    row = judged.row
    ((item_id,),) = rows("SELECT id FROM item WHERE item_no = ?", row.item_no)
    batch = rows(
        "SELECT id FROM batch WHERE site_id = ? AND item_id = ? AND batch_no = ?", tx.site.id, item_id, row.batch_no
    )
    facts = {
        "account": str(row.account), "card": str(row.card), "goods": str(row.goods), "book": part.book,
        "difference": str(part.difference), "location": part.location, "other": part.other,
        "vouchers": list(part.vouchers), "confidence": part.confidence,
    }  # fmt: skip
    number = numbers.next_no(tx, "discrepancy")
    rows(
        "INSERT INTO discrepancy (discrepancy_no, site_id, month, subject, part, item_id, batch_id, owner, cause,"
        " quantity, facts, state, assigned_to, due_on, opened_at, opened_by, closed_by, closing_reason, note)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', '')",
        number, tx.site.id, month, row.subject, part.key, item_id, batch[0][0] if batch else None, row.owner,
        part.cause, millionths(part.quantity), json.dumps(facts, ensure_ascii=False, sort_keys=True),
        "assigned" if person else "open", person,
        (tx.today + timedelta(days=DAYS_TO_SETTLE)).isoformat(), utc_text(tx.now), tx.actor.name,
    )  # fmt: skip
    return number
