"""What the tests of the count share: a month opened on fixture F, counted, approved and closed."""

from datetime import timedelta

from tests import factories
from warehouse.books import verify
from warehouse.tables.base import rows

STOCK = "K1  2026-05-20  100  B-03  blue  -  K"


def at(store, clock):
    """Set the site's time on the day after the fixture, 2026-06-02: "09:10"."""
    hours, minutes = map(int, clock.split(":"))
    store.now = factories.TODAY.replace(hour=0, minute=0) + timedelta(days=1, hours=hours - 8, minutes=minutes)


def open_count(store, **members):
    return store.done("/counts", who="manager", **{"month": "2026-06", **members})["count_no"]


def type_in(store, count_no, batch_no, quantity, *, who="keeper", location=None, **members):
    place = location or {"A": "B-01", "B": "B-02", "C": "B-03"}.get(batch_no, "B-04")
    return store.done(
        f"/counts/{count_no}/scans", who=who, item_no=members.pop("item_no", "EL-100"), batch_no=batch_no,
        location=place, quantity=quantity, empty_confirmed=quantity == "0", **members,
    )  # fmt: skip


def count_rest(store, count_no, *batches, who="keeper"):
    """Count batches of fixture F as they are on record."""
    for batch_no, quantity in (("A", "30"), ("B", "50"), ("C", "40")):
        if batch_no in batches:
            type_in(store, count_no, batch_no, quantity, who=who)


def variances(store, count_no, **members):
    found = store.get(f"/counts/{count_no}/variances", who="manager").json["items"]
    return {line["batch_no"]: line for line in found}


def finish(store, count_no, **members):
    """Approve and close."""
    told = store.done(f"/counts/{count_no}/approve", members, who="manager")
    store.done(f"/counts/{count_no}/close", who="manager")
    assert list(verify.verify()) == []
    return told


def big_store(store, quantity="100"):
    """Make a month with one batch, N, of so much in B-04, and 10 o'clock behind us."""
    store.done(
        "/opening-balances", who="manager", reference="more",
        lines=[{"item_no": "EL-200", "batch_no": "N", "location": "B-04", "quantity": quantity,
                "first_received_on": "2026-05-01"}],
    )  # fmt: skip


def adjustments() -> int:
    """Give how many adjustments there are."""
    return int(rows("SELECT COUNT(*) FROM document WHERE kind = 'adjustment'")[0][0])
