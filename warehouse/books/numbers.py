"""Voucher numbers: the site's code, the kind, year and month, a running number; never given twice."""

from warehouse.tables.base import rows
from warehouse.transaction import Transaction

KINDS = {
    "receipt": "GR",
    "receipt-check": "RF",
    "delivery": "DN",
    "transfer": "TR",
    "inspection": "QI",
    "disposition": "DP",
    "opening-balance": "OB",
    "customer-return": "CR",
    "supplier-return": "SR",
    "rework": "RW",
    "repair": "RP",
    "scrap": "SC",
    "sample": "SM",
    "adjustment": "AJ",
    "count": "CN",
    "override": "OV",
    "doubt": "DB",
    "due": "RD",
    "owner-notice": "ON",
    "discrepancy": "DF",
    "late-entry": "LE",
}


def next_no(tx: Transaction, kind: str) -> str:
    """Give the next number of a kind at the act's site, such as `S1-DN2606-0042`; no gaps, rolled back with it."""
    month = tx.today.strftime("%y%m")
    ((last,),) = rows(
        "INSERT INTO number_series (site_id, kind, month, last) VALUES (?, ?, ?, 1)"
        " ON CONFLICT (site_id, kind, month) DO UPDATE SET last = number_series.last + 1 RETURNING last",
        tx.site.id, kind, month,
    )  # fmt: skip
    return f"{tx.site.code}-{KINDS[kind]}{month}-{last:04d}"


def next_receipt_sequence() -> int:
    """Give the next place in the order of arrival, for batches received on one day (R-F11)."""
    return next_serial("arrival")


def next_serial(kind: str) -> int:
    """Give the next number of a series of all sites that never begins again, from 1."""
    ((last,),) = rows(
        "INSERT INTO number_series (site_id, kind, month, last) VALUES (0, ?, '', 1)"
        " ON CONFLICT (site_id, kind, month) DO UPDATE SET last = number_series.last + 1 RETURNING last",
        kind,
    )
    return int(last)
