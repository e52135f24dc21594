"""Lists for the screens: open documents, what lies where, what waits for QA. They read, in one query a list, and write
nothing (4.5.1, 4.5.2).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from warehouse.books import blindness
from warehouse.rules import expiry, reinspection
from warehouse.tables.base import as_day, quantity, rows
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Site
from warehouse.transaction import Transaction

PAGE = 100
HIDDEN = "–"
UNDECIDED = ("pending", "awaiting")


def open_documents(tx: Transaction, kind: str, *, state: str = "open") -> list[dict[str, Any]]:
    """Give the newest documents of a kind in a state, each with its lines and what is still missing on them."""
    found = rows(
        "SELECT d.document_no, d.partner, d.reference, d.created_at, COUNT(l.id),"
        " SUM(CASE WHEN l.done >= l.ordered - l.cancelled THEN 1 ELSE 0 END)"
        " FROM document d LEFT JOIN document_line l ON l.document_id = d.id"
        " WHERE d.site_id = ? AND d.kind = ? AND d.state = ? GROUP BY d.id, d.document_no, d.partner, d.reference,"
        f" d.created_at ORDER BY d.id DESC LIMIT {PAGE}",
        tx.site.id, kind, state,
    )  # fmt: skip
    names = ("document_no", "partner", "reference", "created_at", "lines", "lines_done")
    return [dict(zip(names, row, strict=True)) for row in found]


def kind_of_document(tx: Transaction, document_no: str) -> str:
    """Give a document's kind, `count` for a count, '' when the site has no such number."""
    found = rows(
        "SELECT kind FROM document WHERE site_id = ? AND document_no = ? UNION ALL"
        " SELECT 'count' FROM stock_count WHERE site_id = ? AND count_no = ?",
        tx.site.id, document_no, tx.site.id, document_no,
    )  # fmt: skip
    return str(found[0][0]) if found else ""


def on_hand(
    tx: Transaction, *, item_no: str = "", status: str = "", bin_code: str = "", after: Sequence[str] = ()
) -> tuple[list[dict[str, Any]], list[str]]:
    """Give one page of what lies there, by item and age, and the key of the next page, [] at the end.

    Empty filters take all; `after` is such a key: item number, receipt date, row.
    """
    filters, values = [], list[Any]()
    for column, value in (("i.item_no", item_no), ("s.status", status), ("s.bin_code", bin_code)):
        if value:
            filters.append(f" AND {column} = ?")
            values.append(value)
    if len(after) == 3 and after[2].isdigit():
        filters.append(" AND (i.item_no, s.first_received_on, s.id) > (?, ?, ?)")
        values += [after[0], after[1], int(after[2])]
    found = rows(
        "SELECT i.item_no, i.name, i.unit, i.decimals, b.batch_no, s.bin_code, s.status, s.owner, s.quantity,"
        " s.reserved, s.first_received_on, b.expiry_date, b.reinspect_on, b.hold, b.concession_no, s.id"
        " FROM stock s JOIN batch b ON b.id = s.batch_id JOIN item i ON i.id = s.item_id"
        f" WHERE s.site_id = ? AND s.quantity > 0{''.join(filters)}"
        f" ORDER BY i.item_no, s.first_received_on, s.id LIMIT {PAGE + 1}",
        tx.site.id, *values,
    )  # fmt: skip
    shown = _blinded(tx, [_line(tx.today, row) for row in found[:PAGE]])
    last = found[PAGE - 1] if len(found) > PAGE else None
    return shown, [last[0], last[10], str(last[15])] if last else []


def waiting_for_verdict(tx: Transaction) -> list[dict[str, Any]]:
    """Give the white goods, oldest first: a batch, status and owner a line, with its quantity and places (Q1)."""
    found = rows(
        "SELECT i.item_no, i.name, i.unit, i.decimals, b.batch_no, s.bin_code, s.status, s.owner, s.quantity,"
        " s.reserved, s.first_received_on, b.expiry_date, b.reinspect_on, b.hold, b.concession_no, s.id"
        " FROM stock s JOIN batch b ON b.id = s.batch_id JOIN item i ON i.id = s.item_id"
        " WHERE s.site_id = ? AND s.quantity > 0 AND s.status IN (?, ?)"
        f" ORDER BY s.first_received_on, s.id LIMIT {5 * PAGE}",
        tx.site.id, *UNDECIDED,
    )  # fmt: skip
    return _blinded(tx, [_line(tx.today, row) for row in found])


def _blinded(tx: Transaction, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what lies in places that the person is to count blind (R-C1)."""
    hidden = blindness.hidden_places(tx)
    return [{**line, "quantity": HIDDEN, "reserved": HIDDEN} if line["location"] in hidden else line for line in lines]


def _line(today: date, row: tuple[Any, ...]) -> dict[str, Any]:
    """Name one row's members; `age_days` counts from the receipt, `reinspection_due` by the site's day."""
    decimals, received = row[3], as_day(row[10])
    expiry_date, reinspect_on = _day(row[11]), _day(row[12])
    return {
        "item_no": row[0], "name": row[1], "unit": row[2], "batch_no": row[4], "location": row[5], "status": row[6],
        "owner": row[7], "quantity": str(quantity(row[8], decimals)), "reserved": str(quantity(row[9], decimals)),
        "first_received_on": received, "age_days": (today - received).days if received else 0,
        "expiry_date": expiry_date, "reinspect_on": reinspect_on, "hold": row[13], "concession": row[14],
        "expired": expiry.is_expired(expiry_date, today),
        "reinspection_due": reinspection.is_due(reinspect_on, today),
    }  # fmt: skip


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) else as_day(value)


def is_batch(tx: Transaction, item_no: str, batch_no: str) -> bool:
    """Say whether the site has such a batch on record."""
    return bool(
        rows(
            "SELECT 1 FROM batch b JOIN item i ON i.id = b.item_id"
            " WHERE b.site_id = ? AND i.item_no = ? AND b.batch_no = ?",
            tx.site.id, item_no, batch_no,
        )
    )  # fmt: skip


def sites(tx: Transaction) -> list[Site]:
    """Give the sites that a person works for, by code."""
    query = Site.select() if tx.actor.site is None else Site.select().where(Site.code == tx.actor.site)
    return list(query.order_by(Site.code))


def partners(*wanted: str) -> list[tuple[str, str]]:
    """Give (code, name) of the partners in one of the roles, those in the first one first."""
    found = rows("SELECT code, name, roles FROM partner ORDER BY code")
    in_role = [(code, name, roles.split()) for code, name, roles in found if set(wanted) & set(roles.split())]
    return [(code, name) for code, name, _ in sorted(in_role, key=lambda each: wanted[0] not in each[2])]


def items() -> list[tuple[str, str, str]]:
    """Give (number, name, unit) of the items, for choosing one; a long list is cut, a number can be typed."""
    return [(item_no, name, unit) for item_no, name, unit in rows(
        f"SELECT item_no, name, unit FROM item ORDER BY item_no LIMIT {5 * PAGE}"
    )]  # fmt: skip


def places(tx: Transaction, *, admits: str = "") -> list[tuple[str, str]]:
    """Give (code, kind) of the site's places, of those only that admit a status when one is named."""
    found = rows(
        f"SELECT bin_code, kind, admits FROM place WHERE site_id = ? ORDER BY bin_code LIMIT {5 * PAGE}", tx.site.id
    )
    return [(code, kind) for code, kind, admitted in found if not admits or admits in admitted.split()]


def zones(tx: Transaction) -> list[str]:
    """Give the site's zones, by name."""
    return [zone for (zone,) in rows("SELECT DISTINCT zone FROM place WHERE site_id = ? ORDER BY zone", tx.site.id)]


def counters(tx: Transaction) -> list[str]:
    """Give the names of the site's people who may count, by name."""
    found = rows(
        "SELECT name, roles FROM person WHERE disabled_at IS NULL AND (site_id IS NULL OR site_id = ?) ORDER BY name",
        tx.site.id,
    )
    return [name for name, roles in found if {"keeper", "clerk"} & set(roles.split())]


def followers(tx: Transaction) -> list[str]:
    """Give the names of the site's people who may follow a discrepancy up, by name."""
    found = rows(
        "SELECT name, roles FROM person WHERE disabled_at IS NULL AND (site_id IS NULL OR site_id = ?) ORDER BY name",
        tx.site.id,
    )
    return [name for name, roles in found if {"keeper", "clerk", "qa", "manager"} & set(roles.split())]


def papers(batch: Batch) -> list[dict[str, Any]]:
    """Give a batch's papers, the newest first, void ones too: which were printed and what they say (4.5.5)."""
    found = rows(
        "SELECT label_no, kind, status, quantity, state, issued_at, issued_by, void_reason FROM label"
        f" WHERE batch_id = ? ORDER BY id DESC LIMIT {PAGE}",
        batch.id,
    )
    names = ("label_no", "kind", "status", "quantity", "state", "issued_at", "issued_by", "void_reason")
    shown = [dict(zip(names, row, strict=True)) for row in found]
    for paper in shown:
        paper["quantity"] = str(quantity(paper["quantity"], batch.item.decimals))
    return shown


def papers_of_document(tx: Transaction, document_no: str) -> list[dict[str, Any]]:
    """Give the papers that were issued for a delivery or a count and are not void, the newest first."""
    found = rows(
        "SELECT label_no, kind, issued_at, issued_by FROM label WHERE document_no = ? AND document_no <> ''"
        f" AND site_id = ? AND state <> 'void' ORDER BY id DESC LIMIT {PAGE}",
        document_no, tx.site.id,
    )  # fmt: skip
    return [dict(zip(("label_no", "kind", "issued_at", "issued_by"), row, strict=True)) for row in found]


def item_list() -> list[dict[str, Any]]:
    """Give the items with the policies by which they leave."""
    names = (
        "item_no", "name", "unit", "decimals", "policy", "fifo_mode", "shelf_life_days", "reinspect_months", "gtin",
        "spec", "standard",
    )  # fmt: skip
    found = rows(f"SELECT {', '.join(names)} FROM item ORDER BY item_no LIMIT {5 * PAGE}")
    return [dict(zip(names, row, strict=True)) for row in found]


def place_list(tx: Transaction) -> list[dict[str, Any]]:
    """Give the site's places with what they admit."""
    names = ("bin_code", "zone", "kind", "admits", "warehouse", "keeper", "frozen_by")
    found = rows(
        f"SELECT {', '.join(names)} FROM place WHERE site_id = ? ORDER BY bin_code LIMIT {5 * PAGE}", tx.site.id
    )
    return [{**dict(zip(names, row, strict=True)), "admits": row[3].split()} for row in found]


def partner_list() -> list[dict[str, Any]]:
    """Give the partners with their roles."""
    found = rows(f"SELECT code, name, roles, rest_life_days FROM partner ORDER BY code LIMIT {5 * PAGE}")
    return [
        {"code": code, "name": name, "roles": roles.split(), "rest_life_days": days}
        for code, name, roles, days in found
    ]


def sub_batches(tx: Transaction, item_no: str, batch_no: str) -> list[str]:
    """Give the numbers of the batches split off from this one."""
    found = rows(
        "SELECT b.batch_no FROM batch b JOIN item i ON i.id = b.item_id JOIN batch p ON p.id = b.parent_id"
        " WHERE b.site_id = ? AND i.item_no = ? AND p.batch_no = ? ORDER BY b.batch_no",
        tx.site.id, item_no, batch_no,
    )  # fmt: skip
    return [number for (number,) in found]


def people(tx: Transaction) -> list[dict[str, Any]]:
    """Give the people an administrator keeps: of one site when he is of one."""
    only, values = ("", ()) if tx.actor.site is None else (" WHERE s.code = ?", (tx.actor.site,))
    found = rows(
        "SELECT p.name, p.roles, s.code, p.disabled_at FROM person p LEFT JOIN site s ON s.id = p.site_id"
        f"{only} ORDER BY p.name LIMIT {5 * PAGE}",
        *values,
    )
    return [
        {"name": name, "roles": roles.split(), "site": site, "disabled": disabled_at is not None}
        for name, roles, site, disabled_at in found
    ]
