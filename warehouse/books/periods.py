"""A month's closing figures: written once at its close, what comes later is reckoned from them (R-C20, R-R12; S11)."""

from warehouse.books.reconcile import Moment, closing_positions
from warehouse.tables.base import rows


def keep_month(at: Moment) -> tuple[int, int]:
    """Write the closing figure of every stock key and account that has one; gives how many of each. Others are at 0.

    What comes later is reckoned from here. The caller has checked that the month may close.
    """
    rows(
        "INSERT INTO period_balance (site_id, month, batch_id, place_id, status, owner, quantity)"
        " SELECT b.site_id, ?, x.batch_id, x.place_id, x.status, x.owner, SUM(x.quantity) FROM (SELECT s.batch_id,"
        " s.place_id, s.status, s.owner, s.quantity FROM stock s UNION ALL SELECT m.batch_id, m.place_id, m.status,"
        " m.owner, m.quantity_out - m.quantity_in FROM card_entry m WHERE m.id > ? AND m.written_at > ?) x"
        " JOIN batch b ON b.id = x.batch_id WHERE b.site_id = ?"
        " GROUP BY b.site_id, x.batch_id, x.place_id, x.status, x.owner HAVING SUM(x.quantity) <> 0",
        at.month, at.card_from, at.until, at.site_id,
    )  # fmt: skip
    rows(
        "INSERT INTO period_account (site_id, month, batch_id, owner, balance)"
        " SELECT b.site_id, ?, x.batch_id, x.owner, SUM(x.own) FROM (SELECT l.batch_id, l.owner, l.balance AS own"
        " FROM ledger_balance l UNION ALL SELECT e.batch_id, e.owner, e.quantity_out - e.quantity_in"
        " FROM ledger_entry e WHERE e.id > ? AND e.posted_on > ?) x JOIN batch b ON b.id = x.batch_id"
        " WHERE b.site_id = ? GROUP BY b.site_id, x.batch_id, x.owner HAVING SUM(x.own) <> 0",
        at.month, at.ledger_from, at.day.isoformat(), at.site_id,
    )  # fmt: skip
    card, ledger = closing_positions()
    rows(
        "INSERT INTO period_position (site_id, month, until, card_entry_id, ledger_entry_id) VALUES (?, ?, ?, ?, ?)",
        at.site_id, at.month, at.until, card, ledger,
    )  # fmt: skip
    kept = "SELECT COUNT(*) FROM {} WHERE site_id = ? AND month = ?"
    ((balances,),) = rows(kept.format("period_balance"), at.site_id, at.month)
    ((accounts,),) = rows(kept.format("period_account"), at.site_id, at.month)
    return int(balances), int(accounts)
