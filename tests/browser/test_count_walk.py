"""The month's count walked in a browser: two keepers on the phone, then who closes the month at the desk (K5, K6, M2, M3)."""

import os
from pathlib import Path

import pytest

from tests.browser.test_screens import RIGHT_EDGE, SMALL
from tests.browser.walking import open_context, press, sign_in
from tests.web.browser import password_hash
from warehouse.tables import base
from warehouse.tables.base import rows
from warehouse.tables.people import Person

COUNT = "S1-CN2606-0001"


@pytest.fixture
def enter(chromium, address):
    """Sign a person in at a width, in a language; gives the page and what looks at it."""
    Person.update(password_hash=password_hash()).where(Person.name << ["keeper", "keeper2"]).execute()
    base.database.close()
    contexts = []

    def enter(name, *, width, language):
        context = open_context(chromium, address, viewport={"width": width, "height": 800}, is_mobile=width < 600)
        contexts.append(context)
        page = context.new_page()

        def look(shown):
            if folder := os.environ.get("WAREHOUSE_PICTURES"):
                page.screenshot(path=str(Path(folder) / f"walk-{shown}-{width}-{language}.png"), full_page=True)
            assert page.evaluate(RIGHT_EDGE) <= width, shown
            assert page.evaluate(SMALL) == [], shown

        sign_in(page, name, at=f"/sign-in?language={language}&next=/count")
        return page, look

    yield enter
    for context in contexts:
        context.close()


def sheet(**instead):
    """Write the filled-in sheet: everything as on record, but for some batches."""
    found = rows(
        "SELECT p.bin_code, i.item_no, b.batch_no, SUM(s.quantity) / 1000000 FROM stock s JOIN place p ON p.id = s.place_id"
        " JOIN batch b ON b.id = s.batch_id JOIN item i ON i.id = b.item_id WHERE s.quantity > 0"
        " GROUP BY p.bin_code, i.item_no, b.batch_no ORDER BY p.bin_code"
    )
    base.database.close()
    lines = [(*line[:3], instead.get(line[2], line[3])) for line in found]
    text = "\n".join(",".join(map(str, line)) for line in [("location", "item_no", "batch_no", "quantity"), *lines])
    return [{"name": "count.csv", "mimeType": "text/csv", "buffer": text.encode()}]


def send_sheet(page, files):
    """Send a filled-in sheet on the count's page."""
    if not page.locator("input[name=sheet]").is_visible():
        page.locator("details.card summary").last.click()
    page.set_input_files("input[name=sheet]", files)
    press(page, page.locator("form[enctype] button").last)


def test_given_a_count_when_two_keepers_and_the_manager_walk_it_then_it_closes_and_the_month_agrees(enter):
    """R-C1, R-C8, R-C9, R-C14, R-R5: everything by hand and eye, without a word of the API"""
    keeper, look = enter("keeper", width=360, language="zh_Hans")
    press(keeper, f"text={COUNT}")
    send_sheet(keeper, sheet(B="12x", C="-1"))
    keeper.wait_for_selector(".panel.refused")
    look("sheet-wrong")
    send_sheet(keeper, sheet(A=28, C=38))
    keeper.wait_for_selector(".panel.ok")
    look("sheet-taken")
    assert "30" not in keeper.inner_text("main table").split(), "the book of A"
    other, look_too = enter("keeper2", width=360, language="en")
    other.goto(f"/count/{COUNT}?state=recount")
    send_sheet(other, sheet(A=28, C=38))
    other.wait_for_selector(".panel.ok")
    other.goto(f"/count/{COUNT}")
    press(other, "text=I am through")
    other.wait_for_selector(".panel.ok")
    look_too("through")
    manager, look = enter("manager", width=1280, language="zh_Hant")
    manager.goto("/reconciliation/2026-06")
    look("month-before")
    press(manager, "form[action$='/record'] button")
    manager.wait_for_selector(".panel.ok")
    manager.goto(f"/count-control/{COUNT}")
    look("variances")
    manager.select_option("select[name=reason]", "loss")
    press(manager, "form[action$='/approve'] button.main")
    manager.wait_for_selector(".panel.ok")
    press(manager, "form[action$='/close'] button")
    manager.wait_for_selector(".panel.ok")
    look("closed")
    manager.goto("/reconciliation/2026-06")
    look("month-after")
    while ends := manager.locator("form[action*='/discrepancy/'][action$='/close']").count():
        manager.locator("ul.list details summary").first.click()
        form = manager.locator("form[action*='/discrepancy/'][action$='/close']").first
        form.locator("[name=note]").fill("written off with the count")
        press(manager, form.locator("button"))
        manager.wait_for_selector(".panel.ok")
        assert manager.locator("form[action*='/discrepancy/'][action$='/close']").count() < ends
    manager.goto("/card/EL-100/A")
    look("card")
    manager.goto("/figures")
    look("figures")
