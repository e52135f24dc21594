"""The month's figures through HTTP: JSON, CSV and the page with its pictures, from what the store really did (R-K)."""

import csv
import io
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.factories import put_in_stock
from tests.web.browser import Browser
from tests.web.test_returns import ship
from warehouse.settings import MOST_REPORTS
from warehouse.tables.base import rows
from warehouse.web import posting

SVG = "{http://www.w3.org/2000/svg}"


def figure(store, name, month=""):
    response = store.get(f"/figures/{name}?month={month}")
    assert response.status_code == 200, response.json
    return response.json


def pictures(page):
    """The pictures of a page, read as XML."""
    text = page.get_data(as_text=True)
    return [
        ElementTree.fromstring(part.partition("</svg>")[0].join(("<svg ", "</svg>")))
        for part in text.split("<svg ")[1:]
    ]  # fmt: skip


def test_given_fixture_f_when_aged_then_buckets_in_days_and_the_six_month_line_in_months(store):
    """R-K3"""
    store.now = datetime(2026, 7, 10, 2, 0, tzinfo=UTC)
    aged = figure(store, "ageing")
    assert [(row["days"], row["batches"], row["quantities"]) for row in aged["rows"]] == [
        ("0-30", 0, {}), ("31-90", 1, {"pcs": "40"}), ("91-180", 1, {"pcs": "50"}), ("> 180", 1, {"pcs": "30"}),
    ]  # fmt: skip
    assert [(row["past"], row["batches"]) for row in aged["six_months"]] == [(False, 3), (True, 0)]
    assert aged["due_soon"] == 1
    store.now = datetime(2026, 7, 11, 2, 0, tzinfo=UTC)
    assert [row["batches"] for row in figure(store, "ageing")["six_months"]] == [2, 1]


def test_given_goods_that_left_since_when_a_past_month_is_aged_then_they_are_there(store):
    """R-K3: a month's figure does not change with what happens after it"""
    store.now = datetime(2026, 6, 30, 2, 0, tzinfo=UTC)
    before = figure(store, "ageing")["rows"]
    store.now = datetime(2026, 7, 2, 2, 0, tzinfo=UTC)
    ship(store, "30")
    assert figure(store, "ageing", "2026-06")["rows"] == before
    assert sum(row["batches"] for row in figure(store, "ageing")["rows"]) == 2


def test_given_issues_when_turned_then_by_the_average_of_the_month_ends_and_n_a_without_stock(store):
    """R-K4"""
    store.done("/items", who="manager", item_no="NEW-1", name="New", unit="pcs")
    ship(store, "30")  # 120 - 30 at the end of June
    store.now = datetime(2026, 7, 15, 2, 0, tzinfo=UTC)
    ship(store, "30", batch_no="B")  # 60 now
    found = figure(store, "turns")
    assert found["months"] == ["2026-06", "2026-07"]
    (row,) = found["rows"]
    assert (row["item_no"], row["issued"], row["average_stock"], row["turns"]) == ("EL-100", "60", "75", "0.8")
    assert found["total"] is None  # no item has a price
    rows("UPDATE item SET price = 2000000 WHERE item_no = 'EL-100'")
    assert figure(store, "turns")["total"] == "0.8"
    assert figure(store, "turns", "2026-06")["rows"][0]["turns"] == "0.33"
    number = store.done("/counts", who="manager", kind="spot", location="B-03")["count_no"]
    for who in ("keeper", "keeper2"):
        store.done(f"/counts/{number}/scans", who=who, item_no="EL-100", batch_no="C", location="B-03", quantity="31")
    store.done(f"/counts/{number}/submit", who="manager")
    store.done(f"/counts/{number}/approve", who="manager")
    assert figure(store, "turns")["rows"][0]["issued"] == "60", "what a count wrote off was not issued"
    assert figure(store, "turns", "2026-05")["rows"] == []


def test_given_90_days_when_only_counted_and_transferred_then_slow_and_a_pick_resets_it(store):
    """R-K5"""
    put_in_stock("N  2026-05-30  60  B-04  blue", item_no="EL-200")
    assert figure(store, "slow")["rows"] == []
    store.now = datetime(2026, 8, 20, 2, 0, tzinfo=UTC)
    assert [row["item_no"] for row in figure(store, "slow")["rows"]] == ["EL-100"]
    store.done("/transfers", code="C", to="B-04")
    (idle,) = figure(store, "slow")["rows"]
    assert (idle["idle_days"], idle["last_moved_on"], idle["quantity"]) == (92, "2026-05-20", "120")
    rows("UPDATE batch SET reinspect_on = NULL")
    store.done(f"/deliveries/{store.order('5')}/scans", code="A", quantity="5")
    assert figure(store, "slow")["rows"] == []
    assert [row["item_no"] for row in figure(store, "slow", "2026-07")["rows"]] == []


def test_given_refused_newer_batches_and_an_override_when_the_month_is_asked_then_both_are_counted(store):
    """R-F2, R-F4"""
    delivery_no = store.order("10")
    for _ in range(2):
        store.refused(f"/deliveries/{delivery_no}/scans", code="B", quantity="5")
    ticket = store.done("/overrides", who="manager", rule="not-oldest", item_no="EL-100", batch_no="B",
                        delivery_no=delivery_no, quantity="5", reason="=1+1")["override"]  # fmt: skip
    store.done(f"/deliveries/{delivery_no}/scans", code="B", quantity="5", override=ticket)
    store.refused(f"/deliveries/{delivery_no}/scans", code="NOBODY", quantity="5")
    store.now = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
    store.refused(f"/deliveries/{delivery_no}/scans", code="C", quantity="5")
    june = figure(store, "fifo", "2026-06")
    assert (june["picks"], june["refusals"], june["rows"]) == (1, 2, [{"item_no": "EL-100", "refusals": 2}])
    (given,) = june["overrides"]
    assert (given["override"], given["approved_by"], given["quantity"]) == (ticket, "manager", "5")
    assert given["used_at"]
    july = figure(store, "fifo")
    assert (july["picks"], july["refusals"], july["overrides"]) == (0, 1, [])


@pytest.mark.parametrize("asked", ["2026-13", "june", "2026-07", "0000-01"])
def test_given_no_month_or_one_to_come_when_asked_then_refused(store, asked):
    """R-K1: a figure of a month that is not there is none"""
    assert store.get(f"/figures?month={asked}").json["field"] == "month"
    assert store.get("/figures/nothing").status_code == 404


def test_given_cells_that_a_spreadsheet_would_run_when_exported_then_guarded_and_numbers_stay(store):
    """R-K5, S1: a name may be anything"""
    store.done("/items", who="manager", item_no="-1+2", name="=1+1", unit="pcs")
    put_in_stock("N  2026-01-30  60  B-04  blue", item_no="-1+2")
    response = store.get("/figures/slow.csv")
    assert response.mimetype == "text/csv"
    assert response.data.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(response.data.decode("utf-8-sig")))
    assert (row["item_no"], row["name"], row["quantity"], row["value"]) == ("'-1+2", "'=1+1", "60", "n/a")
    for name in ("accuracy", "adjustments", "ageing", "turns", "slow", "fifo"):
        header, *lines = csv.reader(io.StringIO(store.get(f"/figures/{name}.csv").data.decode("utf-8-sig")))
        told = figure(store, name)["rows"]
        assert len(lines) == len(told)
        assert all(list(row) == header for row in told)


def test_given_the_page_when_opened_then_each_picture_says_in_words_what_it_shows(store):
    """R-K1..R-K5: numbers beside every picture, for eyes and ears and paper"""
    delivery_no = store.order("10")
    store.refused(f"/deliveries/{delivery_no}/scans", code="B", quantity="5")
    for language, heading in (("en", "Inventory accuracy"), ("zh-CN", "库存准确率"), ("zh-TW", "庫存準確率")):
        browser = Browser(store, "keeper", language)
        browser.open("/figures")
        assert heading in browser.words
        found = pictures(browser.page)
        assert len(found) == 3  # nothing was counted or adjusted yet
        for drawn in found:
            assert drawn.find(f"{SVG}title" if drawn.tag.startswith("{") else "title").text
            assert drawn.find("desc").text
            assert drawn.get("role") == "img"
    aged = {part.get("width") for part in found[0].iter("rect") if part.get("class") == "fill"}
    assert "33.33%" in aged  # B and C of three
    browser.open("/figures?month=2026-05")
    assert browser.page.status_code == 200
    assert Browser(store, "admin").open("/figures").status_code == 403


def count(store, location, found, **why):
    """Count batches of EL-200 in a place, twice where it is asked, and approve."""
    count_no = store.done("/counts", who="manager", kind="spot", location=location)["count_no"]
    for batch_no, quantity in found.items():
        typed = {"item_no": "EL-200", "batch_no": batch_no, "location": location, "quantity": quantity}
        store.done(f"/counts/{count_no}/scans", typed)
        lines = store.get(f"/counts/{count_no}/lines", who="manager").json["items"]
        if any(line["batch_no"] == batch_no and line["state"] == "recount" for line in lines):
            store.done(f"/counts/{count_no}/scans", typed, who="keeper2")
    store.done(f"/counts/{count_no}/submit", who="manager")
    if store.get(f"/counts/{count_no}", who="manager").json["state"] != "approved":
        assert figure(store, "accuracy")["rows"][-1]["lines"] == 0, "an open count stays blind"
        store.done(f"/counts/{count_no}/approve", why, who="manager")


def test_given_10_counted_lines_when_2_are_off_by_5_then_80_per_cent_by_line_and_95_by_sum(store):
    """R-K1, R-K2: plus 5 and minus 5 are two misses"""
    put_in_stock("\n".join(f"N{each} 2026-05-01 20 B-04 blue" for each in range(10)), item_no="EL-200")
    assert figure(store, "accuracy")["rows"][-1]["by_line"] is None
    count(store, "B-04", {f"N{each}": {0: "25", 1: "15"}.get(each, "20") for each in range(10)}, reason="mixed-up")
    row = figure(store, "accuracy")["rows"][-1]
    assert (row["month"], row["lines"], row["inside_tolerance"]) == ("2026-06", 10, 8)
    assert (row["by_line"], row["by_sum"], row["by_value"], row["lines_without_price"]) == ("80", "95", None, 10)
    (reason,) = figure(store, "adjustments")["rows"]
    assert reason == {
        "reason": "mixed-up", "unit": "pcs", "lines": 2, "surplus": "5", "deficit": "5", "value": "0",
        "lines_without_price": 2,
    }  # fmt: skip
    rows("UPDATE item SET price = 2500000 WHERE item_no = 'EL-200'")
    assert figure(store, "accuracy")["rows"][-1]["by_value"] == "95"
    browser = Browser(store, "keeper")
    browser.open("/figures")
    assert "2026-06 10 8 80 95 95" in browser.words
    assert "Mixed up 2 5 pcs 5 pcs 0" in browser.words


def test_given_lines_nobody_counted_when_the_book_is_kept_then_they_are_no_hits(store):
    """R-K1, R-C8"""
    number = store.done("/counts", who="manager", month="2026-06")["count_no"]
    store.done(f"/counts/{number}/scans", item_no="EL-100", batch_no="A", location="B-01", quantity="30")
    store.done(f"/counts/{number}/submit", who="manager", blanks="keep")
    row = figure(store, "accuracy")["rows"][-1]
    assert (row["lines"], row["inside_tolerance"], row["by_line"]) == (1, 1, "100")


def test_given_a_difference_inside_tolerance_when_adjusted_then_its_line_still_counts_as_right(store):
    """R-K1: inside tolerance is a hit, and yet what was adjusted is told"""
    put_in_stock("N0 2026-05-01 100 B-04 blue\nN1 2026-05-01 100 B-04 blue", item_no="EL-200")
    store.done("/count-tolerances", who="manager", percent="2")
    count(store, "B-04", {"N0": "99", "N1": "90"}, reason="loss")
    row = figure(store, "accuracy")["rows"][-1]
    assert (row["lines"], row["inside_tolerance"], row["by_line"], row["by_sum"]) == (2, 1, "50", "94.5")
    assert [(each["reason"], each["deficit"]) for each in figure(store, "adjustments")["rows"]] == [
        ("loss", "10"), ("miscount", "1"),
    ]  # fmt: skip


@pytest.fixture
def all_turns_taken(monkeypatch) -> Iterator[None]:
    """As many reports as may are being drawn; who waits does so for a moment only."""
    monkeypatch.setattr(posting, "REPORT_WAIT_SECONDS", 0.05)
    for _ in range(MOST_REPORTS):
        assert posting._reports.acquire(timeout=5)
    yield
    for _ in range(MOST_REPORTS):
        posting._reports.release()


def test_given_as_many_reports_as_may_when_another_is_asked_for_then_429_says_when_and_scans_go_on(
    store, all_turns_taken
):
    """W13, C15: reports hold threads and connections; scans keep theirs. A statement of a report ends after 60 s"""
    for path in ("/figures", "/figures/ageing", "/figures/turns.csv", "/reconciliations/2026-06"):
        answer = store.get(path, who="manager")
        assert (answer.status_code, answer.json["type"].rpartition("#")[2]) == (429, "too-many-requests"), path
        assert int(answer.headers["Retry-After"]) == answer.json["retry_after"]
    page = Browser(store, "manager")
    for path in ("/figures?month=2026-05", "/reconciliation/2026-06"):
        assert page.open(path).status_code == 429
        assert f'href="{path}' in page.page.text
    store.done("/transfers", code="A", to="B-04", quantity="1")
    posting._reports.release()
    assert store.get("/figures", who="manager").status_code == 200
    assert store.get("/figures", who="manager").status_code == 200, "a turn comes back"
    assert posting._reports.acquire(timeout=1)


def test_given_every_report_when_its_route_is_read_then_it_waits_for_its_turn(store):
    """W13: one that is added later is on this list, or its route says why not"""
    long = [rule for rule in store.app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and rule.rule.removeprefix("/api/v1").startswith(("/figures", "/reconciliations/", "/reconciliation/<"))
            and "/entries/" not in rule.rule]  # fmt: skip
    assert len(long) >= 8
    for rule in long:
        assert store.app.view_functions[rule.endpoint].permission.report, rule.rule
