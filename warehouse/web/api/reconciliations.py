"""/reconciliations: account 帳, card 卡 and goods 物 side by side, a month or now (4.7.5 d; R-R1..R-R10)."""

from typing import Any

from flask import Blueprint

from warehouse.flow import discrepancies, reconciliation
from warehouse.rules.reconciliation import PROPOSED, Judged, Part
from warehouse.transaction import Transaction, snapshot
from warehouse.web.posting import reading

bp = Blueprint("reconciliations", __name__)
READERS = ("keeper", "clerk", "qa", "manager")


@bp.get("/reconciliations/<month>")
@reading(*READERS)
def show(tx: Transaction, month: str) -> dict[str, Any]:
    """Compare the three books for a month, or now while it runs."""
    with snapshot():
        found = reconciliation.compare(tx, month)
    known = discrepancies.of_month(tx, month)
    return {"month": month, "items": [_row(each, known) for each in found.judged], "next": None}


@bp.get("/reconciliations/<month>/exceptions")
@reading(*READERS)
def exceptions(tx: Transaction, month: str) -> dict[str, Any]:
    """List the vouchers that only one book has for more than a day, the oldest first."""
    with snapshot():
        return {"items": reconciliation.waiting(tx, month), "next": None}


def _row(judged: Judged, known: dict[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    row = judged.row
    causes = [_part(part, known.get((row.subject, part.key))) for part in judged.parts]
    return {
        "item_no": row.item_no, "batch_no": row.batch_no, "owner": row.owner, "account": str(row.account),
        "own_account": str(row.own_account), "card": str(row.card), "goods": str(row.goods),
        "not_counted": list(row.not_counted),
        "explained": [
            {"kind": each.kind, "voucher_no": each.voucher_no, "quantity": str(each.quantity)}
            for each in judged.explained
        ],
        "cause": causes[0]["cause"] if causes else None, "causes": causes, "state": _state(causes),
    }  # fmt: skip


def _part(part: Part, known: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "cause": part.cause, "book": part.book, "quantity": str(part.quantity), "difference": str(part.difference),
        "location": part.location or None, "other": part.other or None, "vouchers": list(part.vouchers),
        "confidence": part.confidence, "alternatives": list(part.alternatives), "proposal": PROPOSED[part.cause],
        "discrepancy_no": known["discrepancy_no"] if known else None, "state": known["state"] if known else "new",
    }  # fmt: skip


def _state(causes: list[dict[str, Any]]) -> str:
    """Say where a row stands: explained, else the state of its least settled part."""
    if not causes:
        return "explained"
    states = {cause["state"] for cause in causes}
    return next(state for state in ("new", "open", "assigned", "closed") if state in states)
