"""The account 帳: posted by documents, never by the scan; running balance per batch and owner (4.7.5 d, R-R11)."""

from datetime import date
from decimal import Decimal

from warehouse.rules import period
from warehouse.tables.base import millionths, rows, utc_text
from warehouse.transaction import Transaction


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
    values = (
        tx.act, tx.site.id, batch_id, owner, kind, into, out, balance, voucher_no, day.isoformat(), utc_text(tx.now),
        tx.actor.name,
    )  # fmt: skip
    ((entry,),) = rows(
        "INSERT INTO ledger_entry (act, site_id, batch_id, owner, kind, quantity_in, quantity_out, balance, voucher_no,"
        " posted_on, written_at, written_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        *values,
    )
    tx.entries.append(line("account", entry, values))
    return int(entry)


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
