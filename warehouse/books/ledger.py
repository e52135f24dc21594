"""The account 帳: posted by documents, never by the scan; running balance per batch and owner (4.7.5 d, R-R11)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from warehouse.rules import period
from warehouse.tables.base import append_rows, as_json, as_table, millionths, rows, utc_text
from warehouse.transaction import Transaction

_COLUMNS = {
    "act": "text", "site_id": "int", "batch_id": "int", "owner": "text", "kind": "text", "quantity_in": "bigint",
    "quantity_out": "bigint", "balance": "bigint", "voucher_no": "text", "posted_on": "text", "written_at": "text",
    "written_by": "text", "done_at": "text", "device": "text", "key": "text",
}  # fmt: skip
_APPEND = f"INSERT INTO ledger_entry ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) RETURNING id"


def post(
    tx: Transaction,
    *,
    batch_id: int,
    owner: str,
    kind: str,
    voucher_no: str,
    quantity_in: Decimal | int = 0,
    quantity_out: Decimal | int = 0,
    posted_on: date | None = None,
) -> int:
    """Append one line to the account, dated today unless said, and give its id; one of in and out is 0.

    The balance may go below zero where a delivery is posted before its receipt is: the reconciliation shows it.
    Raises ClosedMonth when the day lies in a closed month (R-C20).
    """
    day = posted_on or tx.today
    period.check_open(day, closed=closed_months(tx))
    into, out = millionths(quantity_in), millionths(quantity_out)
    ((balance,),) = rows(
        "INSERT INTO ledger_balance (batch_id, owner, balance) VALUES (?, ?, ?)"
        " ON CONFLICT (batch_id, owner) DO UPDATE SET balance = ledger_balance.balance + excluded.balance"
        " RETURNING balance",
        batch_id, owner, into - out,
    )  # fmt: skip
    values = _values(
        tx, batch_id=batch_id, owner=owner, kind=kind, into=into, out=out, balance=int(balance), voucher_no=voucher_no,
        day=day,
    )  # fmt: skip
    ((entry,),) = rows(_APPEND, *values)
    tx.entries.append(line("account", entry, values))
    return int(entry)


def post_all(tx: Transaction, changes: Sequence[tuple[int, str, int]], *, kind: str, voucher_no: str) -> list[int]:
    """Append a line to the account for each (batch, owner, change in millionths, in when positive), dated today.

    Two statements however many there are. Gives their ids. Raises ClosedMonth.
    """
    check_open(tx, tx.today)
    balances: defaultdict[tuple[int, str], int] = defaultdict(int)
    for batch_id, owner, change in changes:
        balances[batch_id, owner] += change
    for batch_id, owner, after in rows(
        "INSERT INTO ledger_balance (batch_id, owner, balance) SELECT batch_id, owner, change"
        f" FROM {as_table('t', batch_id='bigint', owner='text', change='bigint')} WHERE n >= 0 ORDER BY n"
        " ON CONFLICT (batch_id, owner) DO UPDATE SET balance = ledger_balance.balance + excluded.balance"
        " RETURNING batch_id, owner, balance",
        as_json([(*key, change) for key, change in sorted(balances.items())]),
    ):
        balances[batch_id, owner] = int(after) - balances[batch_id, owner]  # as it was; the lines count on from there
    values = []
    for batch_id, owner, change in changes:
        balances[batch_id, owner] += change
        values.append(
            _values(
                tx, batch_id=batch_id, owner=owner, kind=kind, into=max(change, 0), out=max(-change, 0),
                balance=balances[batch_id, owner], voucher_no=voucher_no, day=tx.today,
            )
        )  # fmt: skip
    entries = append_rows("ledger_entry", _COLUMNS, values)
    tx.entries.extend(line("account", entry, each) for entry, each in zip(entries, values, strict=True))
    return entries


def _values(
    tx: Transaction, *, batch_id: int, owner: str, kind: str, into: int, out: int, balance: int, voucher_no: str,
    day: date,
) -> tuple[object, ...]:  # fmt: skip
    """Give an account line's columns in table order; quantities in millionths."""
    return (
        tx.act, tx.site.id, batch_id, owner, kind, into, out, balance, voucher_no, day.isoformat(), tx.at,
        tx.actor.name, utc_text(tx.done_at or tx.now), tx.device, tx.key,
    )  # fmt: skip


def line(book: str, entry: int, values: tuple[object, ...]) -> str:
    """Give a book entry's canonical line for the audit chain: the book, the id, then every column in table order.

    The separator is a character that no text of ours may hold, so that nothing can be shifted between columns unseen.
    """
    return "\x1f".join((book, str(entry), *map(str, values)))


def closed_months(tx: Transaction) -> list[str]:
    """Give the closed months of the act's site, such as 2026-05."""
    return [month for (month,) in rows("SELECT month FROM period WHERE site_id = ?", tx.site.id)]


def check_open(tx: Transaction, day: date) -> None:
    """Refuse a day of a closed month of the act's site. Raises ClosedMonth."""
    period.check_open(day, closed=closed_months(tx))


def check_done(tx: Transaction) -> None:
    """Refuse a movement that says it was done in a month that is closed, such as a scan kept offline too long.

    The card of that month is signed; it is written, dated now, when it is sent without that time. Asks nothing for a
    movement of this month. Raises ClosedMonth. Source: R-C20.
    """
    if tx.done_at is not None and period.month_of(day := tx.day_of(tx.done_at)) != period.month_of(tx.today):
        check_open(tx, day)
