"""What the tests of the reconciliation share: a month compared, counted by a few lines, signed and printed."""

from datetime import UTC, datetime
from decimal import Decimal

import pypdfium2

from tests.factories import do
from warehouse.tables.base import rows
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Place
from warehouse.tables.counts import Count, CountEntry, CountLine

MONTH = "2026-06"


JULY = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)  # 09:00 at the site


def compare(store, month=MONTH, **query):
    """Give the rows that differ."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    response = store.get(f"/reconciliations/{month}?{asked}")
    assert response.status_code == 200, response.json
    return response.json["items"]


def put(store, lines, *, as_of="2026-06-01", source="ERP", who="manager", key=None):
    """Bring a finance book in: {batch: quantity} of EL-100, None for the whole item."""
    body = {
        "as_of": as_of, "source": source,
        "lines": [
            {"item_no": "EL-100", "quantity": quantity, **({"batch_no": batch} if batch else {})}
            for batch, quantity in lines.items()
        ],
    }  # fmt: skip
    headers = {
        "Authorization": f"Bearer token-{who}",
        "Idempotency-Key": key or f"put-{id(body)}-{store.now}-{lines}"[:200],
    }
    return store.client.put("/api/v1/account/balances", json=body, headers=headers)


def named(items):
    """Give (batch, its causes' names) of each row."""
    return [(item["batch_no"], [cause["cause"] for cause in item["causes"]]) for item in items]


def figures(item):
    """Give a row's three figures."""
    return item["account"], item["card"], item["goods"]


def counted(store, found, *, month=MONTH, at=None, counter="keeper", state="closed", kind="monthly", zone=""):
    """Keep a count of EL-100: {(batch, bin): quantity}, compared with what lies there now."""
    moment = at or store.now

    def keep(tx):
        count = Count.create(
            site=1, count_no=f"CN-{month}-{Count.select().count()}", kind=kind, month=month, state=state, zone=zone,
            opened_at=moment, opened_by="manager",
        )  # fmt: skip
        ((position,),) = rows("SELECT MAX(id) FROM card_entry")
        for (batch_no, bin_code), quantity in found.items():
            batch, place = Batch.get(Batch.batch_no == batch_no), Place.get(Place.bin_code == bin_code)
            ((book,),) = rows(
                "SELECT COALESCE(SUM(quantity), 0) FROM stock WHERE batch_id = ? AND place_id = ?", batch.id, place.id
            )
            expected = Decimal(int(book)) / 1_000_000
            line = CountLine.create(
                count_id=count.id, batch_id=batch.id, place_id=place.id, book=expected, expected=expected, counted=Decimal(quantity),
                counted_at=moment, counter=counter, position=position, state="counted",
                differs=int(expected != Decimal(quantity)),
            )  # fmt: skip
            CountEntry.create(
                act=tx.act, line=line, kind="first", counter=counter, quantity=Decimal(quantity), counted_at=moment,
                position=position, written_at=moment,
            )  # fmt: skip
        return count

    return do(keep, now=moment)


def sign(store, book, *, who, month=MONTH):
    """Sign a book and give the answer."""
    return store.post(f"/reconciliations/{month}/sign", {"book": book}, who=who)


def sign_all(store, month=MONTH):
    """Sign all three books as the three people and give the last answer."""
    for book, who in (("card", "keeper2"), ("account", "manager"), ("goods", "keeper")):
        answer = sign(store, book, who=who, month=month)
        assert answer.status_code == 200, answer.json
    return answer.json


def sign_missing(store, *books):
    """Sign some books and give the last answer."""
    answers = [sign(store, book, who=who) for book, who in books]
    assert all(answer.status_code == 200 for answer in answers), [answer.json for answer in answers]
    return answers[-1].json


def printed(store, form, month=MONTH):
    """Print a month and give the bytes."""
    response = store.get(f"/reconciliations/{month}.{form}")
    assert response.status_code == 200
    return response.data


def read_pdf(data):
    """Give the text of a PDF."""
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))
