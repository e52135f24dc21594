"""Days are typed and shown year first in every language; a day is never guessed (4.7.5 b)."""

import pytest

from tests.web.browser import Browser
from warehouse.web import typed


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-04-12", "2026-04-12"), ("2026-4-1", "2026-04-01"), ("20260412", "2026-04-12"), ("260412", "2026-04-12"),
        ("2026/4/12", "2026-04-12"), ("2026年4月12日", "2026-04-12"), (" ２０２６－０４－１２ ", "2026-04-12"),
        ("03/04/2026", "03/04/2026"), ("4-12", "4-12"), ("2026-04", "2026-04"), ("soon", "soon"),
    ],
)  # fmt: skip
def test_given_a_typed_day_when_read_then_iso_or_as_typed(text, day):
    """4.7.5 b: month before day and day before month are never told apart by guess"""
    assert typed.iso_day(text) == day


def test_given_a_day_alone_when_a_card_is_asked_as_of_it_then_the_whole_day_counts():
    """R-R12"""
    assert typed.iso_moment("20260601") == "2026-06-01T23:59:59"
    assert typed.iso_moment("2026-6-1 9:59") == "2026-06-01T09:59"
    assert typed.iso_moment("") == ""


def test_given_a_label_day_when_goods_are_received_on_the_page_then_it_is_taken_and_a_doubtful_one_is_refused(store):
    """K2; 4.7.5 b: 261231 as the label prints it"""
    made = store.done(
        "/receipts", who="clerk", supplier="SUP", reference="PO-1", lines=[{"item_no": "EL-100", "quantity": "9"}]
    )
    path = f"/receive/{made['receipt_no']}"
    keeper = Browser(store, "keeper")
    keeper.open(path)
    assert 'type="date"' not in keeper.page.text
    keeper.send(f"{path}/scan", code="N-1", quantity="4", expiry_date="03/04/2027")
    assert "panel refused" in keeper.page.text
    keeper.open(path)
    keeper.send(f"{path}/scan", code="N-1", quantity="4", expiry_date="261231", produced_on="2026年5月1日")
    assert "panel ok" in keeper.page.text, keeper.words
    batch = store.batch("N-1")
    assert (batch["expiry_date"], batch["produced_on"]) == ("2026-12-31", "2026-05-01")
    keeper.open("/card/EL-100/N-1?until=20260601")
    assert "Balance on 2026-06-01 23:59 4 pcs" in keeper.words
