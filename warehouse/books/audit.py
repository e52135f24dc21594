"""The audit chain: every act and every refused attempt, each row hashing the former one (P6, R-U1, R-U2).

The row's content is canonical JSON: who, when, device, what, why, and a digest of each card and account line the act
wrote, by its number, so that a changed, removed, added, swapped or re-timed line is seen and named. One head per site,
taken last before COMMIT; it keeps count and hash apart, so that a removed last row is missed.
"""

import hashlib
from typing import Any

import msgspec

from warehouse.tables.base import is_postgres, rows, utc_text
from warehouse.transaction import Transaction

_ADVANCE_SQLITE = (
    "UPDATE chain_head SET count = count + 1, hash = sha256_hex(hash || ?) WHERE site_id = ? RETURNING count, hash"
)
_KEEP = "INSERT INTO request_key (key, request_hash, status, answer) VALUES (?, ?, ?, ?)"
_APPEND_POSTGRES = """
    WITH {kept} head AS (
        UPDATE chain_head SET count = count + 1, hash = encode(sha256(convert_to(hash || ?, 'UTF8')), 'hex')
        WHERE site_id = ? RETURNING count, hash)
    INSERT INTO audit (site_id, sequence, act, outcome, content, hash)
    SELECT ?, head.count, ?, ?, ?, head.hash FROM head"""
_APPEND_ALONE, _APPEND_WITH_KEY = _APPEND_POSTGRES.format(kept=""), _APPEND_POSTGRES.format(kept=f"kept AS ({_KEEP}),")


def append(tx: Transaction, outcome: str, *, key: tuple[str, str, int, str] | None = None, **more: Any) -> None:
    """Close the act with its audit row; `outcome` is done, refused or repeated. To be called last.

    `key` is the request's row of `request_key` (key, hash, status, answer), written in the same statement where each
    statement is a round trip.
    """
    content = canonical(
        {
            "act": tx.act,
            "outcome": outcome,
            "at": tx.at,
            "by": tx.actor.name,
            "device": tx.device,
            "done_at": utc_text(tx.done_at) if tx.done_at else None,
            "sequence": tx.sequence,
            "key": tx.key,
            "facts": tx.facts,
            "entries": digests(tx.entries),
            **more,
        },
    ).decode()
    if is_postgres():
        statement = _APPEND_WITH_KEY if key else _APPEND_ALONE
        rows(statement, *(key or ()), content, tx.site.id, tx.site.id, tx.act, outcome, content)
        return
    ((sequence, head),) = rows(_ADVANCE_SQLITE, content, tx.site.id)
    rows(
        "INSERT INTO audit (site_id, sequence, act, outcome, content, hash) VALUES (?, ?, ?, ?, ?, ?)",
        tx.site.id, sequence, tx.act, outcome, content, head,
    )  # fmt: skip
    if key:
        rows(_KEEP, *key)


def canonical(value: Any) -> bytes:
    """Write a value as the one JSON text it has: UTF-8, members in order, decimals and days as text."""
    return msgspec.json.encode(value, order="sorted", enc_hook=str)


def digests(lines: list[str]) -> dict[str, str]:
    """Give the digest of each canonical line by its book and number, such as "card 17"."""
    return {" ".join(line.split("\x1f", 2)[:2]): digest(line) for line in lines}


def digest(text: str) -> str:
    """Hash a text as the chain does: SHA-256, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
