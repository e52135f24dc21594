"""Playing a real order file through the service's acts: order, scan, check, dispatch; each durable, each once.

    python -m bench.order_stream FILE [--lines N] [--database URL] [--seed 1]

Every invoice is a delivery. Its lines are reserved by FIFO, scanned as `propose_next` says, its packages checked and
dispatched; what is missing is cancelled or back-ordered with a reason. Stock comes by receipts and inspections ahead of
demand, cancellations go back as customer returns. With the seed some scans are wrong on purpose. Every row of the file
ends in exactly one outcome. At the end `bench.proof` and `warehouse verify` look at the books.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from bench import order_file, proof
from bench.order_file import Row
from bench.player import BINS, Player, Report
from bench.store import KEEPER
from warehouse import catalogue, tables
from warehouse.books import verify
from warehouse.tables import base
from warehouse.tables.base import rows
from warehouse.tables.catalogue import Item
from warehouse.transaction import reader


def prepare(url: str, orders: list[Row]) -> None:
    """Make the store of an order file: its items, its customers, one site with its places."""
    base.connect(url)
    tables.create_schema()
    catalogue.create_site(code="S1", name="Plant 1", time_zone="UTC")
    names: dict[str, str] = {}
    for row in orders:
        if row.is_goods and not names.get(row.item_code):
            names[row.item_code] = row.description
    with base.database.atomic():
        Item.insert_many([
            {"item_no": code, "name": name or code, "unit": "pcs"} for code, name in names.items()
        ]).execute()  # fmt: skip
        for code in sorted({row.customer for row in orders}):
            catalogue.create_partner(
                code=code, name="Unknown customer" if code == order_file.UNKNOWN_CUSTOMER else code
            )
        catalogue.create_partner(code="SUP", name="Supplier", roles=["supplier"])
        tx = reader(actor=KEEPER, site=catalogue.site_facts("S1"), now=datetime.now(UTC))
        for bin_code in BINS:
            catalogue.create_place(tx, bin_code=bin_code, zone="blue")
        catalogue.create_place(tx, bin_code="DOCK", zone="in", kind="receiving")


def prove(report: Report) -> proof.Proof:
    """Ask both proofs and keep what they find; also that every row of the file has one outcome."""
    found = proof.prove(lambda sql: rows(sql))
    report.findings = [*found.findings, *verify.verify()]
    if sum(report.outcomes.values()) != report.rows_in:
        report.findings.append(f"{report.rows_in} rows in, {sum(report.outcomes.values())} with an outcome")
    return found


def play(path: Path, url: str, *, seed: int = 1, lines: int | None = None) -> tuple[Report, proof.Proof, Counter[str]]:
    """Play a file on an empty database; gives the report, the proof and the file's oddities."""
    orders = order_file.read(path, lines=lines)
    prepare(url, orders.rows)
    report = Player(orders.rows, seed=seed).play()
    for reason, count in orders.unreadable.items():
        report.rows_in += count
        report.outcomes[f"refused: cannot be read: {reason}"] += count
    return report, prove(report), order_file.oddities(orders.rows)


def show(report: Report, found: proof.Proof, odd: Counter[str]) -> None:
    """Print the report for a person."""
    print(f"{report.rows_in} rows in, each with one outcome:")
    for outcome, count in report.outcomes.most_common():
        print(f"  {count:7d}  {outcome}")
    print("odd rows among those handled:")
    for what, count in odd.most_common():
        print(f"  {count:7d}  {what}")
    print("refusals by code:", ", ".join(f"{code} {count}" for code, count in report.refusals.most_common()) or "none")
    print(
        f"{report.deliveries} deliveries, {report.backorders} back orders, {report.batches} batches received,"
        f" {report.returns} returns, {report.scans} scans"
    )
    for kind, spent in sorted(report.spent.items(), key=lambda each: -each[1].wall):
        print(
            f"  {kind:10s} {spent.acts:7d} acts {spent.wall:8.1f} s {spent.wall / spent.acts * 1e3:8.2f} ms each,"
            f" CPU {spent.cpu / spent.acts * 1e3:.2f} ms"
        )
    print(
        f"{report.lines_per_second:.0f} lines/s durable, {report.cpu / report.rows_in * 1e3:.2f} ms CPU a line,"
        f" {report.wall:.1f} s"
    )
    print(
        f"proof: {found.picks} picks, {found.older_looked_at} older batches that lay there then,"
        f" {found.older_reserved} of them promised to other orders"
    )
    print("\n".join(report.findings) or "no issue passed over an older issuable batch; nothing negative; verify clean")


def main() -> int:
    """Run from the command line; 1 when a proof finds something."""
    parser = argparse.ArgumentParser(prog="python -m bench.order_stream", description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--lines", type=int, help="only the first rows of the file")
    parser.add_argument("--database", help="an empty database; default: SQLite in a temporary folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON line instead of the report")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="order-stream-", dir=".") as folder:
        url = asked.database or f"sqlite:///{Path(folder).resolve() / 'warehouse.db'}"
        try:
            report, found, odd = play(asked.file, url, seed=asked.seed, lines=asked.lines)
        except (order_file.NotAnOrderFile, OSError) as error:
            print(error, file=sys.stderr)
            return 1
        base.database.close()
    if asked.json:
        print(json.dumps({
            "rows": report.rows_in, "outcomes": report.outcomes, "refusals": report.refusals,
            "lines_per_second": round(report.lines_per_second, 1),
            "cpu_ms": round(report.cpu / report.rows_in * 1e3, 3),
            "findings": report.findings,
        }))  # fmt: skip
    else:
        show(report, found, odd)
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
