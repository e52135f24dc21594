"""S10: whether a scan and an allocation cost the same after a thousand movements as after a million."""

from itertools import islice
from pathlib import Path
from typing import Any

from bench import scanning, store
from bench.measure import Measured, Scale, growth, in_turns, wall_us
from bench.store import Stocked
from warehouse.tables import base
from warehouse.tables.base import MILLION, rows

SMALL = (10_000, 30_000, 100_000)
FULL = (10_000, 30_000, 100_000, 300_000, 1_000_000)
ITEMS, LIVE = 100, 5
PER_BATCH = 10  # movements
UNITS = 40  # scans or orders a turn


class Grown:
    """A store with so many movements behind it: every tenth a batch, the rest picks with all that a pick leaves."""

    def __init__(self, folder: Path, moves: int) -> None:
        stocked = Stocked(items=ITEMS, live=LIVE, dead=moves // PER_BATCH // ITEMS - LIVE)
        store.create(store.sqlite_url(folder / f"grown-{moves}.db"), stocked)
        self.opened: Any = base.database.obj
        fill_history(moves - moves // PER_BATCH, batches=moves // PER_BATCH)
        self.bench = scanning.open_deliveries(stocked, deliveries=10)
        self.lines = scanning.lines_at_random(self.bench, 1)

    def scan(self, units: int) -> None:
        """Scan so often."""
        base.database.initialize(self.opened)
        for line in islice(self.lines, units):
            scanning.scan(self.bench, line)

    def order(self, units: int) -> None:
        """Allocate so many orders of ten lines."""
        base.database.initialize(self.opened)
        for number in range(units):
            items = [1 + (number * 10 + line) % ITEMS for line in range(10)]
            store.order(self.bench.site, [(store.item_no(item), "60", None) for item in items])


def fill_history(picks: int, *, batches: int) -> None:
    """Fill so many dispatched picks: deliveries of ten lines, cards, account lines, audit rows and request keys."""
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
    one, ten = numbers.format(picks), numbers.format(picks // 10)
    batch, item = f"1 + (i * 7919) % {batches}", f"1 + (i * 7919) % {batches} / {batches // ITEMS}"
    moment = "'2026-01-02T00:00:00.000000+00:00'"
    voucher = "'S1-DN2601-' || (1000000 + (i - 1) / 10)"
    rows("BEGIN")
    rows(
        "INSERT INTO document (id, site_id, document_no, kind, state, partner, reference, of_document, created_at,"
        f" created_by, facts) {ten} SELECT i, 1, 'S1-DN2601-' || (1000000 + i - 1), 'delivery', 'dispatched', 'CUST',"
        f" 'SO', '', {moment}, 'Fill', '{{}}' FROM n"
    )
    rows(
        "INSERT INTO document_line (id, document_id, line_no, item_id, owner, ordered, limit_quantity, done, posted,"
        f" cancelled, state, facts) {one} SELECT i, 1 + (i - 1) / 10 % {picks // 10}, i, {item}, '', {MILLION},"
        f" {MILLION}, {MILLION}, {MILLION}, 0, 'closed', '{{}}' FROM n"
    )
    rows(
        "INSERT INTO card_entry (act, batch_id, place_id, status, owner, kind, quantity_in, quantity_out, balance,"
        f" voucher_no, written_at, done_at, written_by, device, key) {one} SELECT 'act-' || i, {batch},"
        f" 1 + ({batch}) % 200, 'qualified', '', 'pick', 0, {MILLION}, 0, {voucher}, {moment}, {moment}, 'Fill',"
        " 'bench', '0' || (1000000000000 + i) FROM n"
    )
    rows(
        "INSERT INTO pick (line_id, batch_id, place_id, status, owner, quantity, returned, state, picked_by,"
        f" card_entry_id, passed_over, flagged) {one} SELECT i, {batch}, 1 + ({batch}) % 200, 'qualified', '',"
        f" {MILLION}, 0, 'dispatched', 'Fill', i, '[]', '' FROM n"
    )
    rows(
        "INSERT INTO ledger_entry (act, site_id, batch_id, owner, kind, quantity_in, quantity_out, balance, voucher_no,"
        f" posted_on, written_at, written_by, done_at, device, key) {one} SELECT 'act-' || i, 1, {batch}, '', 'issue',"
        f" 0, {MILLION}, 0, {voucher}, '2026-01-02', {moment}, 'Fill', {moment}, '', '' FROM n"
    )
    _fill_acts(one)
    rows("COMMIT")


def _fill_acts(each: str) -> None:
    """Fill an audit row and a request key for each of the numbers."""
    rows(
        f"INSERT INTO audit (site_id, sequence, act, outcome, content, hash) {each} SELECT 1, -i, 'act-' || i, 'done',"
        ' \'{"filled": "' + "x" * 400 + "\"}', '' FROM n"
    )
    rows(
        f"INSERT INTO request_key (key, request_hash, status, answer) {each}"
        " SELECT '0' || (1000000000000 + i), '', 201, '{}' FROM n"
    )


def measure(folder: Path, scale: Scale) -> list[Measured]:
    """Measure on SQLite: the exponent by which the median cost grows with the movements on record."""
    stores = {moves: Grown(folder, moves) for moves in (SMALL if scale.small else FULL)}
    found = []
    for act in ("scan", "order"):
        sides = {str(moves): getattr(grown, act) for moves, grown in stores.items()}
        turns = in_turns(sides, turns=scale.pick(8, 12), units=UNITS if act == "scan" else UNITS // 4)
        costs = {int(moves): wall_us(side) for moves, side in turns.items()}
        first, last = min(costs), max(costs)
        what = "a scan" if act == "scan" else "an order of 10 lines"
        # The ratio column of an exponent is the exponent itself.
        found.append(
            Measured(
                measure="S10", what=f"growth exponent of {what}, {first} to {last} movements"
                f" ({costs[first]:.0f} to {costs[last]:.0f} us)",
                product=growth(costs), yardstick=1.0, unit="exponent", goal=0.1,
            )
        )  # fmt: skip
    for grown in stores.values():
        grown.opened.close()
    return found
