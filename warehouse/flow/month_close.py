"""Three signatures under a month's figures; with the third it is frozen and closed (4.7.5 d; R-R9, R-R10, R-C20).

A signature is under exactly the figures it was given for: when they changed since, it is shown as stale and asked for
again. The frozen month is one canonical JSON text; prints are drawn from nothing else.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec

from warehouse.books import periods, reconcile
from warehouse.books.audit import canonical
from warehouse.flow import discrepancies, reconciliation
from warehouse.flow.reconciliation import Comparison
from warehouse.rules import reconciliation as rules
from warehouse.rules.reconciliation import SIGNED_BOOKS, Book, Judged
from warehouse.rules.refusals import DocumentState
from warehouse.tables.base import rows, utc_text
from warehouse.tables.books import Period
from warehouse.tables.reconciliation import ReconciliationMonth, Signature
from warehouse.transaction import SiteFacts, Transaction


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What a signature did: the signatures that stand, what is still missing, and whether the month is closed now."""

    signatures: list[dict[str, Any]]
    missing: list[str]
    signed_twice: list[str]
    is_closed: bool


def sign(tx: Transaction, month: str, book: Book) -> Signed:
    """Sign a book of a month that is over; the third signature freezes the figures and closes the month.

    Raises InvalidInput, DocumentState when it is signed already, not over or not settled, Forbidden for who may not.
    """
    if frozen(tx, month) is not None:
        raise DocumentState(document_no=month, state="closed", reason="signed")
    compared = reconciliation.compare(tx, month)
    rules.check_signer(book, roles=tx.actor.roles, has_counted=_has_counted(tx, month))
    rules.check_over(month, today=tx.today)
    content = _figures(compared, tx.site)
    digest = hashlib.sha256(canonical(content)).hexdigest()
    standing = {each["book"]: each for each in signatures(tx, month) if each["digest"] == digest}
    if book in standing:
        raise DocumentState(document_no=month, state="signed", reason=f"{book}-signed")
    if len(standing) == len(SIGNED_BOOKS) - 1:
        _check_closable(tx, compared)
    Signature.create(
        site_id=tx.site.id, month=month, book=book, digest=digest, signed_by=tx.actor.name, signed_at=tx.now
    )  # fmt: skip
    standing[book] = _told(book, tx.actor.name, utc_text(tx.now), digest)
    missing = [each.value for each in SIGNED_BOOKS if each not in standing]
    signed = sorted(standing.values(), key=lambda each: SIGNED_BOOKS.index(each["book"]))
    tx.tell(document=month, book=book, digest=digest, missing=missing)
    if not missing:
        _freeze(tx, compared, content, signed)
    return Signed(signatures=signed, missing=missing, signed_twice=_twice(signed), is_closed=not missing)


def signatures(tx: Transaction, month: str) -> list[dict[str, Any]]:
    """Give each book's newest signature of a month, in the order of the books."""
    found = {
        book: _told(book, person, at, digest)
        for book, person, at, digest in rows(
            "SELECT book, signed_by, signed_at, digest FROM signature WHERE site_id = ? AND month = ? ORDER BY id",
            tx.site.id, month,
        )
    }  # fmt: skip
    return [found[book] for book in SIGNED_BOOKS if book in found]


def frozen(tx: Transaction, month: str) -> str | None:
    """Give a closed month's content, canonical JSON, or None while it is open."""
    found = rows("SELECT content FROM reconciliation_month WHERE site_id = ? AND month = ?", tx.site.id, month)
    return str(found[0][0]) if found else None


def read(content: str) -> dict[str, Any]:
    """Read a frozen month."""
    return msgspec.json.decode(content)  # type: ignore[no-any-return]


def _told(book: str, person: str, at: str, digest: str) -> dict[str, Any]:
    return {"book": book, "signed_by": person, "signed_at": at, "digest": digest}


def _has_counted(tx: Transaction, month: str) -> bool:
    """Say whether the person counted in a count of the month that was not cancelled."""
    return bool(
        rows(
            "SELECT 1 FROM stock_count k WHERE k.site_id = ? AND k.month = ? AND k.state <> 'cancelled'"
            " AND EXISTS (SELECT 1 FROM count_line l JOIN count_entry e ON e.line_id = l.id"
            " WHERE l.count_id = k.id AND e.counter = ?)",
            tx.site.id, month, tx.actor.name,
        )
    )  # fmt: skip


def _check_closable(tx: Transaction, compared: Comparison) -> None:
    waiting = reconcile.waiting_vouchers(compared.at)
    counts = rows(
        "SELECT count_no, state, zone FROM stock_count WHERE site_id = ? AND month = ? AND kind = 'monthly'"
        " ORDER BY id",
        tx.site.id, compared.month,
    )  # fmt: skip
    rules.check_closable(
        compared.month, staged=[number for number, kind, _ in waiting if kind == "delivery"],
        unposted=[number for number, kind, _ in waiting if kind != "delivery"],
        counts=[(number, state) for number, state, _ in counts],
        zones_left=_zones_left(compared, {zone for _, state, zone in counts if state == "closed"}),
    )  # fmt: skip


def _zones_left(compared: Comparison, counted: set[str]) -> list[str]:
    """Give the zones with goods of the month that none of these counts covered; "" covers the site."""
    if not counted or "" in counted:
        return []
    found = rows(
        "SELECT DISTINCT p.zone FROM stock s JOIN place p ON p.id = s.place_id WHERE s.site_id = ? AND s.quantity > 0"
        " AND EXISTS (SELECT 1 FROM card_entry c WHERE c.batch_id = s.batch_id AND c.place_id = s.place_id"
        "  AND c.written_at <= ?) ORDER BY p.zone",
        compared.at.site_id, compared.at.until,
    )  # fmt: skip
    return [zone for (zone,) in found if zone not in counted]


def content_of(tx: Transaction, month: str) -> dict[str, Any]:
    """Give what a print of a month says: the frozen content, or what it would be now. Inside a snapshot."""
    text = frozen(tx, month)
    if text is not None:
        return read(text)
    content = _figures(reconciliation.compare(tx, month), tx.site)
    digest = hashlib.sha256(canonical(content)).hexdigest()
    signed = [each for each in signatures(tx, month) if each["digest"] == digest]
    return read(canonical({**content, "signatures": signed, "signed_twice": _twice(signed)}).decode())


def header(compared: Comparison) -> dict[str, Any]:
    """Give what a comparison is of: its month, its moment, and where the account comes from."""
    as_of = compared.outside.as_of
    return {
        "month": compared.month, "as_of": compared.at.until,
        "account_from": {"sources": compared.outside.sources, "as_of": as_of.isoformat() if as_of else None},
    }  # fmt: skip


def _figures(compared: Comparison, site: SiteFacts) -> dict[str, Any]:
    """Give what a signature is under: every figure of the month and what explains the differences."""
    return {
        **header(compared), "site": site.code, "time_zone": site.time_zone,
        "rows": [[*row[:3], *map(str, row[3:])] for row in reconciliation.all_rows(compared)],
        "differences": [difference(each) for each in compared.judged],
    }  # fmt: skip


def _twice(signed: list[dict[str, Any]]) -> list[str]:
    return rules.signed_twice([(each["book"], each["signed_by"]) for each in signed])


def difference(judged: Judged) -> dict[str, Any]:
    """Give a row that differs, with what explains it and its parts, as it is shown and frozen."""
    row = judged.row
    return {
        "item_no": row.item_no, "batch_no": row.batch_no, "owner": row.owner, "account": str(row.account),
        "own_account": str(row.own_account), "card": str(row.card), "goods": str(row.goods),
        "not_counted": list(row.not_counted),
        "explained": [
            {"kind": each.kind, "voucher_no": each.voucher_no, "quantity": str(each.quantity)}
            for each in judged.explained
        ],
        "parts": [
            {
                "key": part.key, "cause": part.cause, "book": part.book, "difference": str(part.difference),
                "location": part.location, "other": part.other, "vouchers": list(part.vouchers),
                "confidence": part.confidence, "alternatives": list(part.alternatives),
            }
            for part in judged.parts
        ],
    }  # fmt: skip


def _freeze(tx: Transaction, compared: Comparison, figures: dict[str, Any], signed: list[dict[str, Any]]) -> None:
    """Keep the content and the closing figures, and close the month; every difference is on record before."""
    discrepancies.put_on_record(tx, compared.month, discrepancies.unrecorded(tx, compared))
    known = discrepancies.of_month(tx, compared.month)
    states = [
        {"subject": subject.split("\x1f"), "part": part, **{name: facts[name] for name in ("discrepancy_no", "state")}}
        for (subject, part), facts in sorted(known.items())
    ]
    ((count, head),) = rows("SELECT count, hash FROM chain_head WHERE site_id = ?", tx.site.id)
    content = canonical(
        {
            **figures, "discrepancies": states, "signatures": signed,
            "signed_twice": _twice(signed),
            "chain": {"count": count, "hash": head},
        }
    ).decode()  # fmt: skip
    digest = hashlib.sha256(content.encode()).hexdigest()
    ReconciliationMonth.create(site_id=tx.site.id, month=compared.month, content=content, digest=digest)
    Period.create(site_id=tx.site.id, month=compared.month, closed_at=tx.now, closed_by=tx.actor.name)
    balances, accounts = periods.keep_month(compared.at)
    tx.tell(closed=compared.month, content=digest, balances=balances, accounts=accounts)
