"""The bin card: as of any second, on screen beside its account, and on paper for the shelf (4.7.5 d, R-R11, R-R12)."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import numpy as np
import pypdfium2
import zxingcpp

from tests.factories import put_in_stock
from tests.web.browser import Browser


def card(store, **asked):
    query = "&".join(f"{name}={quote(str(value))}" for name, value in asked.items())
    response = store.get(f"/batches/EL-100/A/card?{query}")
    assert response.status_code == 200, response.json
    return response.json


def moved(store, quantity, place):
    return store.done("/transfers", code="A", **{"from": "B-01"}, to=place, quantity=quantity)


def pages(store, path):
    response = store.get(path)
    assert (response.status_code, response.mimetype) == (200, "application/pdf"), response.json
    return pypdfium2.PdfDocument(response.data)


def test_given_a_card_when_asked_as_of_any_second_then_balance_is_the_sum_of_its_lines(store):
    """R-R12"""
    start = store.now
    for minute in (1, 2, 3):
        store.now = start + timedelta(minutes=minute)
        moved(store, "5", "B-04")
    assert [line["balance"] for line in card(store, location="B-01")["items"]] == ["30", "25", "20", "15"]
    for second, balance in ((-1, "0"), (0, "30"), (59, "30"), (60, "25"), (119, "25"), (120, "20"), (9999, "15")):
        at = (start + timedelta(seconds=second)).isoformat()
        found = card(store, location="B-01", until=at)
        assert found["balance"] == balance, second
        assert card(store, until=at)["balance"] == ("30" if second >= 0 else "0")
    assert card(store, location="B-01", until="2026-06-01T10:01:00+08:00")["balance"] == "25"
    assert store.get("/batches/EL-100/A/card?until=2026-06-01T10:01:00").status_code == 400
    assert store.get("/batches/EL-100/A/card?location=B-99").status_code == 404


def test_given_a_long_card_when_paged_then_each_line_once_and_in_order(store):
    """R-R11"""
    for _ in range(3):
        moved(store, "1", "B-04")
    whole = card(store)
    assert (len(whole["items"]), whole["next"]) == (7, None)
    seen, after = [], 0
    while after is not None:
        found = card(store, limit=3, after=after)
        seen += found["items"]
        after = found["next"]
    assert seen == whole["items"]
    for wrong in ("limit=0", "limit=x", "after=-1", "limit=99999999"):
        assert store.get(f"/batches/EL-100/A/card?{wrong}").status_code == 400


def test_given_scanned_goods_not_posted_when_the_card_is_opened_then_both_numbers_and_the_document_are_told(store):
    """R-R11: the card knows what the account does not know yet"""
    delivery_no = store.order("10")
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="10")
    browser = Browser(store, "keeper")
    browser.open("/card")
    browser.send("/card", code="A")
    assert browser.path == "/card/EL-100/A"
    assert "Card and account differ; open documents explain it. Card 20 , Account 30 pcs" in browser.words
    assert f"{delivery_no}: -10 pcs · waits for its posting" in browser.words
    browser.open("/card?location=B-01")
    assert "20 pcs" in browser.words
    browser.send("/card", code="B-03")
    assert "C" in browser.words
    assert "40 pcs" in browser.words
    browser.send("/card", code="NOBODY")
    assert browser.page.status_code == 404
    browser.open("/card/EL-100/A?location=B-01&until=2026-06-01T09:59:59")
    assert "Balance on 2026-06-01 09:59 0 pcs" in browser.words


def test_given_a_card_when_printed_then_pages_go_on_and_the_code_opens_the_live_card(store):
    """R-R11, 4.7.5 d: the paper names the entry its balance stands after"""
    for _ in range(14):
        moved(store, "1", "B-04")
        store.done("/transfers", code="A", **{"from": "B-04"}, to="B-01", quantity="1")
    lines = card(store, location="B-01")["items"]
    pdf = pages(store, "/batches/EL-100/A/card.pdf?location=B-01&language=en")
    texts = [page.get_textpage().get_text_bounded() for page in pdf]
    assert len(pdf) == 2
    assert [round(side / 72 * 25.4) for side in pdf[0].get_size()] == [148, 210]
    assert [f"{number} / 2" in text for number, text in enumerate(texts, 1)] == [True, True]
    assert sum(text.count(line["voucher_no"]) for text in texts for line in lines[:1]) >= 1
    assert f"after entry 截至记录 {lines[-1]['entry_no']} ({lines[-1]['voucher_no']}" in texts[1]
    picture = pdf[0].render(scale=3).to_numpy()
    (code,) = zxingcpp.read_barcodes(np.ascontiguousarray(picture))
    assert code.text == "http://localhost/card/EL-100/A?location=B-01"
    assert store.get(f"/batches/EL-100/A/card.pdf?location=B-01&after={lines[-1]['entry_no']}").status_code == 200
    moved(store, "3", "B-04")
    assert store.get("/batches/EL-100/A/card.pdf").json["field"] == "location"
    assert store.get("/batches/EL-100/A/card.pdf?location=B-01&language=xx").json["field"] == "language"


def test_given_a_public_address_when_a_card_is_printed_then_its_code_opens_there(store):
    """4.7.5 d: the desk prints at 127.0.0.1, the phone in the hall cannot reach that"""
    store.app.config["SETTINGS"] = replace(store.app.config["SETTINGS"], public_url="https://wms.example.com/")
    picture = pages(store, "/batches/EL-100/B/card.pdf")[0].render(scale=3).to_numpy()
    (code,) = zxingcpp.read_barcodes(np.ascontiguousarray(picture))
    assert code.text == "https://wms.example.com/card/EL-100/B?location=B-02"


def test_given_a_keeper_who_counts_a_zone_when_he_looks_anywhere_then_no_page_or_paper_shows_its_quantities(store):
    """R-C1: nor the card, the account, the paper for the shelf or the figures; a manager sees them"""
    put_in_stock("N  2026-05-01  8317  B-04  blue", item_no="EL-200")
    assignments = [{"zone": "blue", "counter": "keeper"}]
    count_no = store.done("/counts", who="manager", month="2026-06", assignments=assignments)["count_no"]
    browser = Browser(store, "keeper")
    for path in ("/card/EL-200/N", "/card/EL-200/N?location=B-04", "/card?location=B-04", "/figures"):
        browser.open(path)
        assert "8317" not in browser.page.get_data(as_text=True), path
        assert count_no in browser.words or "You are to count here" in browser.words
    for path in ("card", "card?location=B-04", "card.pdf", "card.pdf?location=B-04"):
        assert store.get(f"/batches/EL-200/N/{path}").json["type"].endswith("#count-open"), path
    assert store.get("/figures").json["slow"] is None
    assert store.get("/figures/ageing").json["type"].endswith("#count-open")
    assert store.get("/batches/EL-200/N/card", who="manager").json["balance"] == "8317"
    store.done(f"/counts/{count_no}/cancel", who="manager", reason="test of the cover")
    assert store.get("/batches/EL-200/N/card").json["balance"] == "8317"
