"""What the handhelds sent: the last number of each, the numbers that are missing, and clocks that are off (R-U3, R-U4).

Our own time decides everything; a device's time is a claim that is kept.
"""

from datetime import datetime
from typing import Any

from warehouse.tables.base import rows
from warehouse.transaction import Transaction

MOST_MISSING = 100  # numbers named per device; a device that lost more has to be looked at anyway
LAST_SCANS = 20  # what all of them are late by is the clock, the rest is waiting in the queue


def overview(tx: Transaction, *, after: str, most: int) -> list[dict[str, Any]]:
    """Give the next `most` devices of the site by name, past `after`.

    Each has `last_sequence`, `missing`, `last_seen_at` and `clock_behind_seconds`.

    The last is null without a time of the device's own, and negative for a clock that is fast.
    """
    missing = _missing(tx)
    lags = _lags(tx)
    return [
        {
            "device": device, "last_sequence": last, "missing": missing.get(device, []), "last_seen_at": seen,
            "clock_behind_seconds": min(lags[device]) if device in lags else None,
        }
        for device, last, seen in rows(
            "SELECT device, MAX(sequence), MAX(received_at) FROM device_scan WHERE site_id = ? AND device > ?"
            " GROUP BY device ORDER BY device LIMIT ?",
            tx.site.id, after, most,
        )
    ]  # fmt: skip


def _missing(tx: Transaction) -> dict[str, list[int]]:
    """Give the numbers between the first and the last that never came, by device."""
    missing: dict[str, list[int]] = {}
    for device, before, after in rows(
        "SELECT device, before, sequence FROM (SELECT device, sequence,"
        " LAG(sequence) OVER (PARTITION BY device ORDER BY sequence) AS before FROM device_scan WHERE site_id = ?)"
        " AS d WHERE sequence > before + 1 ORDER BY device, sequence",
        tx.site.id,
    ):
        named = missing.setdefault(device, [])
        named.extend(range(before + 1, min(after, before + 1 + MOST_MISSING - len(named))))
    return missing


def _lags(tx: Transaction) -> dict[str, list[int]]:
    """Give by how many seconds the last scans of each device, by its own time, lie before ours."""
    lags: dict[str, list[int]] = {}
    for device, received_at, done_at in rows(
        "SELECT device, received_at, done_at FROM (SELECT device, received_at, done_at,"
        " ROW_NUMBER() OVER (PARTITION BY device ORDER BY sequence DESC) AS place FROM device_scan"
        f" WHERE site_id = ? AND done_at IS NOT NULL) AS d WHERE place <= {LAST_SCANS}",
        tx.site.id,
    ):
        late = datetime.fromisoformat(received_at) - datetime.fromisoformat(done_at)
        lags.setdefault(device, []).append(int(late.total_seconds()))
    return lags
