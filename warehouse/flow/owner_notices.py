"""The owner is told of a difference in goods that are his, answers, and the matter is closed (4.6, 4.7.5 d; R-O2).

Until he was told, account and card of his goods are not corrected. What he was told is kept as it was then.
"""

from typing import Any

from warehouse.books import counts, numbers
from warehouse.books.count_lines import read_line
from warehouse.rules.refusals import DocumentState, InvalidInput, NotFound
from warehouse.tables.base import rows
from warehouse.tables.counts import OwnerNotice
from warehouse.transaction import Transaction


def give(tx: Transaction, count_no: str, *, owner: str, text: str) -> OwnerNotice:
    """Note that an owner was told of all that differs in his goods now; these lines may be approved then.

    Raises NotFound, InvalidInput when nothing of his differs.
    """
    count = counts.get(tx, count_no, changing=True)
    lines = [line for line in map(read_line, counts.differing(count.id)) if line.owner == owner and line.unposted]
    if not lines:
        raise InvalidInput(field="owner", reason="nothing-differs")
    told = [
        {
            "item_no": line.item_no, "batch_no": line.batch_no, "location": line.bin_code,
            "book": str(line.expected), "counted": str(line.counted), "difference": str(line.variance),
        }
        for line in lines
    ]  # fmt: skip
    notice = OwnerNotice.create(
        site_id=tx.site.id, notice_no=numbers.next_no(tx, "owner-notice"), count=count.id, owner=owner,
        facts={"lines": told}, text=text, noticed_at=tx.now, noticed_by=tx.actor.name,
    )  # fmt: skip
    for line in lines:
        rows("UPDATE count_line SET notice_no = ? WHERE id = ?", notice.notice_no, line.line_id)
    tx.tell(notice=notice.notice_no, owner=owner, lines=told)
    return notice


def answer(tx: Transaction, notice_no: str, *, text: str) -> OwnerNotice:
    """Keep what the owner answered. Raises NotFound, DocumentState when the matter is closed."""
    notice = _open_notice(tx, notice_no)
    OwnerNotice.update(answer=text, answered_at=tx.now, answered_by=tx.actor.name).where(
        OwnerNotice.id == notice.id
    ).execute()
    tx.tell(notice=notice_no, answer=text)
    return _get(tx, notice_no)


def close(tx: Transaction, notice_no: str, *, outcome: str) -> OwnerNotice:
    """Close the matter with what came of it. Raises NotFound, DocumentState when it is closed already."""
    notice = _open_notice(tx, notice_no)
    OwnerNotice.update(outcome=outcome, closed_at=tx.now, closed_by=tx.actor.name).where(
        OwnerNotice.id == notice.id
    ).execute()
    tx.tell(notice=notice_no, outcome=outcome)
    return _get(tx, notice_no)


def describe(notice: OwnerNotice) -> dict[str, Any]:
    """Give a notice as the API shows it."""
    return {
        "notice_no": notice.notice_no, "count_no": notice.count.count_no if notice.count else None,
        "receipt_no": notice.facts.get("receipt_no"), "owner": notice.owner, "lines": notice.facts.get("lines", []),
        "text": notice.text,
        "noticed_at": notice.noticed_at, "noticed_by": notice.noticed_by, "answer": notice.answer or None,
        "answered_at": notice.answered_at, "answered_by": notice.answered_by or None,
        "outcome": notice.outcome or None, "closed_at": notice.closed_at, "closed_by": notice.closed_by or None,
        "state": "closed" if notice.closed_at else "answered" if notice.answered_at else "open",
    }  # fmt: skip


def _open_notice(tx: Transaction, notice_no: str) -> OwnerNotice:
    notice = _get(tx, notice_no)
    if notice.closed_at is not None:
        raise DocumentState(document_no=notice_no, state="closed")
    return notice


def _get(tx: Transaction, notice_no: str) -> OwnerNotice:
    found: OwnerNotice | None = OwnerNotice.get_or_none(
        (OwnerNotice.notice_no == notice_no) & (OwnerNotice.site == tx.site.id)
    )
    if found is None:
        raise NotFound(kind="owner-notice", name=notice_no)
    return found
