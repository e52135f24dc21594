"""A warehouse to measure: catalogue and stock filled by bulk statements, and acts asked as the service asks them.

Stock is filled into the schema's own tables, one item after the other: `dead` empty batches first, then `live` ones.
"""

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warehouse import catalogue, tables
from warehouse.flow import delivery
from warehouse.posting import Answer, Reply, Request, answer
from warehouse.tables import base
from warehouse.tables.base import MILLION, on_engine, rows
from warehouse.transaction import Actor, SiteFacts, Transaction, time_ordered_key

CUSTOMER = "CUST"
KEEPER = Actor(name="Keeper", roles=frozenset({"keeper", "clerk", "manager"}))
SECOND_PERSON = Actor(name="Inspector", roles=frozenset({"qa", "manager"}))
MOST = 1_000_000_000  # pieces of a batch that never runs out in a measurement
_serial = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Stocked:
    """How much a measured store holds: items, and batches per item that hold goods or held some once."""

    items: int
    live: int
    dead: int = 0
    most: int = MOST  # pieces per live batch
    least: int = MOST
    sites: int = 1


class Refused(Exception):
    """An act that a measurement counts on was refused: the measurement would be of something else."""


def create(url: str, stocked: Stocked) -> None:
    """Make the schema at `url` and fill it; the connection stays open."""
    base.connect(url)
    tables.create_schema()
    for number in range(1, stocked.sites + 1):
        catalogue.create_site(code=f"S{number}", name=f"Plant {number}")
    catalogue.create_partner(code=CUSTOMER, name="Customer")
    catalogue.create_partner(code="SUP", name="Supplier", roles=["supplier"])
    rows("BEGIN")
    _fill_catalogue(stocked)
    _fill_stock(stocked)
    rows("COMMIT")


def sqlite_url(path: Path) -> str:
    """Name a SQLite file as the settings do."""
    return f"sqlite:///{path}"


def item_no(number: int) -> str:
    """Name the item of a number, from 1."""
    return f"IT-{100000 + number}"


def batch_no(number: int) -> str:
    """Name the batch of a number; numbers run through the items of a site, from 1."""
    return f"B-{100000000 + number}"


def first_live(stocked: Stocked, item: int, *, site: int = 1) -> int:
    """Give the number of an item's oldest batch that holds goods."""
    per_item = stocked.live + stocked.dead
    return ((site - 1) * stocked.items + item - 1) * per_item + stocked.dead + 1


def place_of(batch: int) -> str:
    """Name the place a batch lies in."""
    return f"BIN-{1001 + batch % 200}"


def ask(
    act: Callable[[Transaction], Reply], path: str, body: Any, *, site: SiteFacts, actor: Actor = KEEPER, key: str = ""
) -> Answer:
    """Ask for one act as the service does: durable, with a key, answered once."""
    request = Request(
        actor=actor,
        site=site,
        now=datetime.now(UTC),
        path=path,
        body=body,
        key=key or time_ordered_key(),
        device="bench",
    )
    return answer(request, act)


def order(site: SiteFacts, lines: Sequence[tuple[str, str, str | None]], *, customer: str = CUSTOMER) -> str:
    """Make a delivery and give its number. Raises Refused."""
    kept: list[str] = []

    def act(tx: Transaction) -> Reply:
        kept[:] = [
            delivery.order(tx, customer=customer, reference=f"SO-{next(_serial)}", lines=list(lines)).document_no
        ]
        return {"delivery_no": kept[0]}, 201

    said = ask(act, "POST /api/v1/deliveries", {"customer": customer, "lines": lines}, site=site)
    if said.refused:
        raise Refused(f"{said.refused} {said.body}")
    return kept[0]


def _fill_catalogue(stocked: Stocked) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
    rows(
        "INSERT INTO item (item_no, name, unit, decimals, policy, fifo_mode, fifo_scope, over_receipt_percent,"
        " abc_class, spec, standard)"
        f" {numbers} SELECT 'IT-' || (100000 + i), 'Item ' || i, 'pcs', 0, 'fifo', 'force', 'site', '0', '', '', ''"
        " FROM n",
        stocked.items,
    )
    for site in range(1, stocked.sites + 1):
        rows(
            "INSERT INTO place (site_id, bin_code, zone, warehouse, kind, admits, keeper, frozen_by)"
            f" {numbers} SELECT ?, 'BIN-' || (1000 + i), 'blue', '', 'storage', 'qualified', '', '' FROM n",
            200, site,
        )  # fmt: skip
        rows(
            "INSERT INTO place (site_id, bin_code, zone, warehouse, kind, admits, keeper, frozen_by)"
            " VALUES (?, 'DOCK', 'in', '', 'receiving', 'pending', '', '')", site,
        )  # fmt: skip


def _fill_stock(stocked: Stocked) -> None:
    """Fill batches, stock, and the card and account lines that explain them."""
    per_item = stocked.live + stocked.dead
    total = stocked.items * per_item
    day = on_engine(
        sqlite="date('2020-01-01', '+' || ((i - 1) % {0} / 20) || ' days')",
        postgres="to_char(date '2020-01-01' + ((i - 1) % {0} / 20)::int, 'YYYY-MM-DD')",
    ).format(per_item)
    spread = stocked.most - stocked.least + 1
    more = f"CAST(i AS bigint) * 7919 % {spread}"
    amount = f"CASE WHEN (i - 1) % {per_item} < {stocked.dead} THEN 0 ELSE ({stocked.least} + {more}) END"
    for site in range(1, stocked.sites + 1):
        offset = (site - 1) * total
        numbers = (
            f"WITH RECURSIVE n(i) AS (SELECT {offset + 1} UNION ALL SELECT i + 1 FROM n WHERE i < {offset + total})"
        )
        item = f"1 + (i - 1 - {offset}) / {per_item}"
        place = f"(SELECT MIN(id) FROM place WHERE site_id = {site}) + i % 200"
        rows(
            "INSERT INTO batch (id, site_id, item_id, batch_no, supplier, first_received_on, receipt_sequence,"
            " clock_waits, hold, hold_reason, concession_no, concession_customer, needs_concession)"
            f" {numbers} SELECT i, {site}, {item}, 'B-' || (100000000 + i), 'SUP', {day}, i, 0, '', '', '', '', 0"
            " FROM n"
        )
        _fill_books(numbers, site=site, item=item, place=place, day=day, amount=f"CAST({amount} AS bigint) * {MILLION}")
    if base.is_postgres():
        rows("SELECT setval('batch_id_seq', (SELECT MAX(id) FROM batch))")
    rows("INSERT INTO number_series (site_id, kind, month, last) VALUES (0, 'arrival', '', ?)", total * stocked.sites)


def _fill_books(numbers: str, *, site: int, item: str, place: str, day: str, amount: str) -> None:
    """Write the stock rows of a site's batches, each explained by one card line and one account line."""
    moment = "'2026-01-01T00:00:00.000000+00:00'"
    rows(
        "INSERT INTO card_entry (act, batch_id, place_id, status, owner, kind, quantity_in, quantity_out, balance,"
        " voucher_no, written_at, done_at, written_by, device, key)"
        f" {numbers} SELECT 'fill', i, {place}, 'qualified', '', 'opening-balance', {amount}, 0, {amount},"
        f" 'S{site}-OB2601-0001', {moment}, {moment}, 'Fill', '', '' FROM n"
    )
    rows(
        "INSERT INTO ledger_entry (act, site_id, batch_id, owner, kind, quantity_in, quantity_out, balance, voucher_no,"
        " posted_on, written_at, written_by, done_at, device, key)"
        f" {numbers} SELECT 'fill', {site}, i, '', 'opening-balance', {amount}, 0,"
        f" {amount}, 'S{site}-OB2601-0001', '2026-01-01', {moment}, 'Fill', {moment}, '', '' FROM n"
    )
    rows(f"INSERT INTO ledger_balance (batch_id, owner, balance) {numbers} SELECT i, '', {amount} FROM n")
    rows(
        "INSERT INTO stock (site_id, item_id, batch_id, place_id, status, owner, quantity, reserved, open, last_entry,"
        f" first_received_on, expiry_key, receipt_sequence, bin_code) {numbers} SELECT {site}, {item}, i, {place},"
        f" 'qualified', '', {amount}, 0, CASE WHEN {amount} > 0 THEN 1 ELSE 0 END,"
        f" (SELECT MAX(id) FROM card_entry c WHERE c.batch_id = i), {day}, '9999-12-31', i,"
        " 'BIN-' || (1001 + i % 200) FROM n"
    )


def wall_and_cpu(work: Callable[[], object]) -> tuple[float, float]:
    """Run `work` and give its wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu
