"""Reading an order file, and planning the stock that arrives ahead of its demand with a fixed seed.

Columns: invoice, item_code, description, quantity, invoiced_at, customer_id (others are not used). One invoice is one
customer's order; an invoice that starts with C is a cancellation, its quantities negative: goods coming back.
"""

import csv
import gzip
import io
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

COLUMNS = ("invoice", "item_code", "description", "quantity", "invoiced_at", "customer_id")
UNKNOWN_CUSTOMER = "UNKNOWN"  # a partner of this name takes the orders whose customer the file does not name
# Postage, discounts, manual corrections, fees and vouchers are charged, never stored: goods have a five-digit code.
_GOODS = re.compile(r"(\d{5}|DCGS)", re.ASCII | re.IGNORECASE)
_WHOLE = re.compile(r"[1-9]\d{0,11}", re.ASCII)
WEEK = timedelta(days=7)


class NotAnOrderFile(Exception):
    """The file lacks a column or holds a row that cannot be read; the text names it."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the file, its texts as read; `number` counts the file's rows from 1."""

    number: int
    invoice: str
    item_code: str
    description: str
    quantity: str
    at: datetime  # the file names no zone: taken as UTC
    customer: str

    @property
    def is_return(self) -> bool:
        """Goods coming back."""
        return self.invoice.startswith("C")

    @property
    def is_goods(self) -> bool:
        """Something that lies in a bin."""
        return bool(_GOODS.match(self.item_code))

    @property
    def is_odd(self) -> bool:
        """An order line that no delivery can hold: no goods, or no quantity to deliver."""
        return not self.is_goods or not _WHOLE.fullmatch(self.quantity)

    @property
    def pieces(self) -> int:
        """The quantity of a row that is not odd."""
        return int(self.quantity)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Goods that arrive: on which day at which hour, how many, and into which bin they are put."""

    at: datetime
    item_no: str
    batch_no: str
    pieces: int
    bin_code: str


def read(path: Path, *, lines: int | None = None) -> list[Row]:
    """Read a csv or csv.gz file, its invoices in the order of their times, which need not be the file's.

    With `lines` only so many rows, the first by time. Raises NotAnOrderFile, OSError.
    """
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as raw:
        reader = csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8-sig", newline=""))
        if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            raise NotAnOrderFile(f"{path}: no column {', '.join(missing)}")
        found = [_row(path, number, texts) for number, texts in enumerate(reader, start=1)]
    invoices: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        invoices[row.invoice].append(row)
    in_time = sorted(invoices.values(), key=lambda invoice: invoice[0].at)
    return [row for invoice in in_time for row in invoice][:lines]


def _row(path: Path, number: int, texts: dict[str, str | None]) -> Row:
    try:
        invoice, item_code, description, quantity, moment, customer = (str(texts[name] or "") for name in COLUMNS)
        at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    except ValueError as error:
        raise NotAnOrderFile(f"{path}: row {number}: {error}") from error
    return Row(
        number=number, invoice=invoice, item_code=item_code, description=description, quantity=quantity, at=at,
        customer=customer or UNKNOWN_CUSTOMER,
    )  # fmt: skip


def oddities(rows: list[Row]) -> Counter[str]:
    """Count what is odd in rows that are handled all the same, by how it is handled."""
    found: Counter[str] = Counter()
    codes = {row.item_code for row in rows}
    asked: set[tuple[str, str]] = set()
    for row in rows:
        found["no customer named: delivered to the partner UNKNOWN"] += row.customer == UNKNOWN_CUSTOMER
        found["no description: the item keeps another row's, or its code"] += not row.description
        found["code in another case: an item of its own, codes are not folded"] += (
            row.item_code != row.item_code.upper() and row.item_code.upper() in codes
        )
        found["item repeated in one invoice: a line of its own"] += (row.invoice, row.item_code) in asked
        asked.add((row.invoice, row.item_code))
    return +found


def plan_supply(rows: list[Row], *, seed: int, bins: list[str]) -> list[Batch]:
    """Plan batches ahead of each week's demand: too little for some items, too much for others, by the seed."""
    chance = random.Random(seed)
    first = min(row.at for row in rows).replace(hour=4, minute=0, second=0)
    weeks: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if not row.is_return and not row.is_odd:
            weeks[(row.at - first) // WEEK][row.item_code] += row.pieces
    found = []
    for week, demand in sorted(weeks.items()):
        for item_no, pieces in sorted(demand.items()):
            if chance.random() < 0.03:
                continue  # this week's supply does not come
            total = max(1, round(pieces * chance.uniform(0.8, 1.6)))
            parts = min(total, chance.choice((1, 1, 2, 3)))
            for part in range(parts):
                share = total // parts + (part < total % parts)
                day = first + week * WEEK
                batch_no = f"{item_no}-{day:%y%m%d}{part + 1}"
                found.append(
                    Batch(at=day, item_no=item_no, batch_no=batch_no, pieces=share, bin_code=chance.choice(bins))
                )
    return found
