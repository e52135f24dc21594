"""Account, card and goods on pages: compared, followed up, a finance book read, a month signed (M2; R-R1..R-R10)."""

import io
from datetime import UTC, datetime

from tests.web.browser import Browser
from tests.web.reconciling import read_pdf

MONTH = "2026-06"
PAGE = f"/reconciliation/{MONTH}"


def read_file(browser: Browser, text: str, **members: str) -> None:
    """Send the finance book's file as the form does."""
    fields = {name: values[0] for name, values in browser.form(f"{PAGE}/account").fields.items() if name != "sheet"}
    file = (io.BytesIO(text.encode("gb18030")), "book.csv")
    browser.post(f"{PAGE}/account", {**fields, "as_of": "2026-06-01", "source": "ERP", "sheet": file, **members})


def test_given_a_finance_book_when_looked_at_kept_and_compared_then_the_row_says_cause_and_who_follows_it_up(store):
    """R-R1, R-M1: dry run first; a wrong row is told with row and column"""
    manager = Browser(store, "manager")
    manager.open(PAGE)
    assert "Nothing differs so far." in manager.words
    book = "item_no,batch_no,quantity\nEL-100,A,30\nEL-100,B,50\nEL-100,C,43\n"
    read_file(manager, book.replace("EL-100,A", "NO-SUCH,A"))
    assert "2 rows are good, 1 are wrong" in manager.words, manager.words
    assert "the item number: Not there" in manager.words
    assert "panel refused" in manager.page.text, "rows that are wrong are not done"
    assert manager.form(f"{PAGE}/account").fields["source"] == ["ERP"], "what was typed stays"
    read_file(manager, book)
    assert "3 rows are good, 0 are wrong" in manager.words, manager.words
    manager.open(PAGE)
    assert "≠" not in manager.words
    read_file(manager, book, keep="1")
    assert "The book is kept: 3 lines" in manager.words, manager.words
    assert "≠ 43" in manager.words
    manager.send(f"{PAGE}/record")
    assert "On record: 1 new" in manager.words, manager.words
    (found,) = store.get("/discrepancies", who="manager").json["items"]
    number = found["discrepancy_no"]
    manager.send(f"{PAGE}/discrepancy/{number}/assign", person="keeper", due_on="2026-06-05")
    assert "being followed up" in manager.words
    manager.send(f"{PAGE}/discrepancy/{number}/close", reason="corrected-outside", note="typed wrong there")
    assert "panel ok" in manager.page.text, manager.words
    manager.open(f"{PAGE}?all=true")
    assert "EL-100 / A" in manager.words
    manager.open(f"{PAGE}/EL-100/C")
    assert "Card and account by voucher" in manager.words


def test_given_a_month_that_is_over_when_three_people_sign_on_the_page_then_it_is_frozen_with_its_files(store):
    """R-R9, R-R10, R-C20"""
    number = store.done("/counts", who="manager", month=MONTH)["count_no"]
    for place, batch_no, quantity in (("B-01", "A", "30"), ("B-02", "B", "50"), ("B-03", "C", "40")):
        counted = {"item_no": "EL-100", "batch_no": batch_no, "location": place, "quantity": quantity}
        store.done(f"/counts/{number}/scans", who="keeper2", **counted)
    store.done(f"/counts/{number}/submit", who="keeper2")
    store.done(f"/counts/{number}/approve", who="manager")
    store.done(f"/counts/{number}/close", who="manager")
    store.now = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
    for who, book in (("keeper", "card"), ("manager", "account"), ("keeper2", "goods")):
        browser = Browser(store, who)
        browser.open(PAGE)
        offered = [each for each in ("card", "account", "goods") if f"{PAGE}/sign/{each}" in browser.page.text]
        assert book in offered
        assert ("account" in offered) is (who == "manager"), "nobody is offered what he may not sign"
        browser.send(f"{PAGE}/sign/{book}")
        assert "panel ok" in browser.page.text, browser.words
    assert "Signed and frozen" in browser.words
    first, again = (store.get(f"/reconciliations/{MONTH}.pdf").data for _ in range(2))
    assert first == again
    assert first.startswith(b"%PDF")
    text = read_pdf(first)
    assert "2026-07-01 10:00:00 +0800" in text, "when it was signed, by the site's clock"
    assert "2026-06-30 23:59:59 +0800" in text


def test_given_each_language_when_the_count_and_reconciliation_pages_are_opened_then_no_word_is_missing(store):
    """W1"""
    number = store.done("/counts", who="manager", month=MONTH)["count_no"]
    for language in ("en", "zh_Hans", "zh_Hant"):
        manager = Browser(store, "manager")
        manager.open(f"/sign-in?language={language}&next=/count")
        for path in ("/count", f"/count/{number}", "/count-control", f"/count-control/{number}", PAGE,
                     f"{PAGE}/EL-100/A", "/printing", "/printers", "/returns"):  # fmt: skip
            manager.open(path)
            assert manager.page.status_code == 200, (path, manager.words)
