"""Reading an order file, and planning the stock that arrives ahead of its demand with a fixed seed.

Columns: invoice, item_code, description, quantity, invoiced_at, customer_id (others are not used), parted by commas,
semicolons or tabs, in UTF-8. One invoice is one customer's order; an invoice that starts with C is a cancellation, its
quantities negative: goods coming back. A row that cannot be read is refused with its reason; it never stops the others.
"""

import csv
import gzip
import io
import random
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

COLUMNS = ("invoice", "item_code", "description", "quantity", "invoiced_at", "customer_id")
UNKNOWN_CUSTOMER = "UNKNOWN"  # a partner of this name takes the orders whose customer the file does not name
# Postage, discounts, manual corrections, fees and vouchers are charged, never stored: goods have a five-digit code.
_GOODS = re.compile(r"(\d{5}|DCGS)", re.ASCII | re.IGNORECASE)
_WHOLE = re.compile(r"[1-9]\d{0,11}(\.0{1,6})?", re.ASCII)
LONGEST = 128  # characters of a number, as the service takes it
WEEK = timedelta(days=7)


class NotAnOrderFile(Exception):
    """The file lacks a column, or has no row that can be read; the text names it."""


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
        return int(Decimal(self.quantity))


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Goods that arrive: on which day at which hour, how many, and into which bin they are put."""

    at: datetime
    item_no: str
    batch_no: str
    pieces: int
    bin_code: str


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What a file holds: its rows in the order of their times, and why how many others cannot be read."""

    rows: list[Row]
    unreadable: Counter[str]


class _Unreadable(Exception):
    """A row of the file that cannot be read; the text is the reason, the same for all of its kind."""


def read(path: Path, *, lines: int | None = None) -> Orders:
    """Read a csv or csv.gz file, its invoices in the order of their times, which need not be the file's.

    With `lines` only so many rows, the first by time. Raises NotAnOrderFile, OSError.
    """
    found, unreadable = [], Counter[str]()
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as raw:
        # Bytes that are no UTF-8 become characters of their own, so that their row is refused and not the file.
        text = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")
        head = text.readline()
        header = next(csv.reader([head], delimiter=(delimiter := _delimiter_of(head))), [])
        if missing := [name for name in COLUMNS if name not in header]:
            raise NotAnOrderFile(f"{path}: no column {', '.join(missing)}")
        for number, texts in enumerate(csv.DictReader(text, header, delimiter=delimiter), start=1):
            try:
                found.append(_row(number, texts))
            except _Unreadable as reason:
                unreadable[str(reason)] += 1
    if not found:
        raise NotAnOrderFile(f"{path}: no row that can be read")
    invoices: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        invoices[row.invoice].append(row)
    in_time = sorted(invoices.values(), key=lambda invoice: invoice[0].at)
    return Orders(rows=[row for invoice in in_time for row in invoice][:lines], unreadable=unreadable)


def _delimiter_of(header: str) -> str:
    """Give what parts the names of the header: the first of comma, semicolon and tab that is in it."""
    return next((mark for mark in ",;\t" if mark in header), ",")


def _row(number: int, texts: dict[str, str | None]) -> Row:
    """Make a row of its texts. Raises _Unreadable."""
    if None in texts or None in texts.values():
        raise _Unreadable("not as many fields as columns")
    invoice, item_code, description, quantity, moment, customer = (str(texts[name]) for name in COLUMNS)
    everything = "".join((invoice, item_code, description, quantity, moment, customer))
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in everything):
        raise _Unreadable("a character that is no text, or no UTF-8")
    if not invoice.strip():
        raise _Unreadable("no invoice")
    for number_of in (invoice, item_code, customer):
        if len(number_of) > LONGEST or {".", ".."} & set(number_of.split("/")):
            raise _Unreadable("a number that no item or partner can have")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        # 03/04/2026 is a day in March or in April: nobody's guess.
        raise _Unreadable("a time that is not written as 2010-12-01T08:26:00") from None
    return Row(
        number=number, invoice=invoice, item_code=item_code, description=description, quantity=quantity,
        at=at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC), customer=customer or UNKNOWN_CUSTOMER,
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
