"""Scans without an answer outlive the page: reload, closed tab, ended session, the next person on the same phone."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.walking import (
    open_context,
    open_delivery,
    open_receipt,
    press,
    pull_at_once,
    sign_in,
    wait_for_field,
)
from tests.web.browser import PASSWORD, password_hash
from warehouse.tables import base
from warehouse.tables.base import rows
from warehouse.tables.people import Person


@pytest.fixture
def phone(chromium: Any, address: str) -> Iterator[Any]:
    """A browser that several people use one after the other; what its scripts throw fails."""
    Person.update(password_hash=password_hash(), roles="keeper").where(Person.name == "keeper").execute()
    base.database.close()
    context = open_context(chromium, address, viewport={"width": 360, "height": 800})
    faults: list[str] = []
    context.on("page", lambda page: page.on("pageerror", lambda error: faults.append(str(error))))
    yield context
    context.close()
    assert faults == []


# Keeps what the page sends until it is let go.
HELD = """
const ask = window.fetch;
window.fetch = (path, how) => new Promise((answer) => {
  window.held = { key: how.body.get("key"), let_go: () => answer(ask(path, how)) };
});
"""


def pull(page: Any, code: str) -> None:
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def tried(*codes: str) -> list[tuple[str, int]]:
    """Give how often each code was acted on, in the order of the first time; repeats of an answer do not count."""
    found = []
    for code in codes:
        acts = rows("SELECT sequence FROM audit WHERE outcome IN ('done', 'refused') AND content LIKE ?", f'%"{code}"%')
        found.append((acts[0][0] if acts else 0, code, len(acts)))
    base.database.close()
    return [(code, times) for _, code, times in sorted(found)]


def cards() -> int:
    ((number,),) = rows("SELECT COUNT(*) FROM card_entry")
    base.database.close()
    return int(number)


def all_sent(page: Any) -> None:
    """Wait until nothing is kept any more."""
    page.wait_for_function("() => !Object.keys(localStorage).some((name) => name.startsWith('scan '))")


def test_given_scans_that_wait_for_an_answer_when_the_page_is_loaded_anew_then_each_is_sent_once_and_in_order(phone):
    """P10, C16: nothing is lost with the page, nothing is doubled"""
    page = phone.new_page()
    sign_in(page)
    open_delivery(page)
    codes = [f"KEPT-{number:04d}" for number in range(5)]
    page.route("**/scan", lambda route: None, times=1)  # no answer ever comes
    for code in codes:
        pull(page, code)
    page.wait_for_function("() => Object.keys(localStorage).filter((name) => name.startsWith('scan ')).length === 5")
    assert page.evaluate("() => JSON.stringify(localStorage)").count("csrf_token") == 0
    page.reload()
    all_sent(page)
    assert tried(*codes) == [(code, 1) for code in codes]
    assert page.evaluate("document.activeElement.name") == "code"


def test_given_a_scan_that_arrived_when_its_answer_was_lost_and_the_page_loaded_anew_then_it_counts_once(phone):
    """R-X2, D12: the key is kept with it"""
    page = phone.new_page()
    sign_in(page)
    open_delivery(page)
    before = cards()

    def lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/scan", lose_the_answer, times=1)
    pull(page, "A")
    page.wait_for_selector(".panel.unsure")
    page.reload()
    page.wait_for_selector(".panel.ok")
    all_sent(page)
    assert cards() == before + 1
    page.locator(".panel button", has_text="Undo").click()
    page.wait_for_selector(".panel[data-tone=ok] >> text=Undone")


def test_given_a_scan_of_unknown_fate_when_another_is_scanned_then_the_first_goes_first_and_both_are_there(phone):
    """P10: the next scan does not push the last one out"""
    page = phone.new_page()
    sign_in(page)
    open_delivery(page)
    page.route("**/scan", lambda route: route.abort(), times=1)
    pull(page, "FIRST-FATE")
    page.wait_for_selector(".panel.unsure")
    page.fill("[name=code]", "")
    pull(page, "SECOND-FATE")
    all_sent(page)
    assert tried("FIRST-FATE", "SECOND-FATE") == [("FIRST-FATE", 1), ("SECOND-FATE", 1)]


def test_given_a_session_that_ended_when_a_scan_is_sent_then_sign_in_is_asked_and_the_kept_scan_is_posted_once(phone):
    """A12: a page open for nine hours"""
    page = phone.new_page()
    sign_in(page)
    open_delivery(page)
    rows("DELETE FROM session")
    base.database.close()
    pull(page, "AFTER-NINE-HOURS")
    page.wait_for_selector("[name=password]")
    assert tried("AFTER-NINE-HOURS") == [("AFTER-NINE-HOURS", 0)]
    page.fill("[name=name]", "manager")
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")
    page.wait_for_selector(".panel.refused")
    all_sent(page)
    assert tried("AFTER-NINE-HOURS") == [("AFTER-NINE-HOURS", 1)]


def test_given_two_persons_who_hand_over_one_phone_when_one_has_a_scan_kept_then_the_other_neither_sees_nor_sends_it(
    phone,
):
    """A18"""
    page = phone.new_page()
    sign_in(page)
    address = open_delivery(page)
    page.route("**/scan", lambda route: route.abort())
    pull(page, "OF-THE-MANAGER")
    page.wait_for_selector(".panel.unsure")
    page.unroute("**/scan")
    press(page, "form.out button")
    sign_in(page, "keeper")
    for place in ("/", address):
        page.goto(place)
        wait_for_field(page)
        assert "OF-THE-MANAGER" not in page.inner_text("body")
        assert page.locator(".kept, .panel").count() == 0
    assert tried("OF-THE-MANAGER") == [("OF-THE-MANAGER", 0)]
    press(page, "form.out button")
    sign_in(page)
    press(page, "p.kept a")
    page.wait_for_selector(".panel.refused")
    all_sent(page)
    ((by,),) = rows("SELECT content FROM audit WHERE outcome = 'refused' AND content LIKE '%OF-THE-MANAGER%'")
    base.database.close()
    assert '"by":"manager"' in by


def test_given_two_tabs_when_both_send_what_is_kept_then_one_effect_each(phone):
    """D14"""
    page = phone.new_page()
    sign_in(page)
    address = open_delivery(page)
    before = cards()
    page.route("**/scan", lambda route: route.abort())
    pull(page, "A")
    page.wait_for_selector(".panel.unsure")
    tabs = [phone.new_page(), phone.new_page()]
    for tab in tabs:
        tab.add_init_script(HELD)
        tab.goto(address)
        tab.wait_for_function("() => window.held")
    assert len({tab.evaluate("window.held.key") for tab in tabs}) == 1
    for tab in tabs:
        tab.evaluate("window.held.let_go()")
    for tab in tabs:
        tab.wait_for_selector("main > .panel.ok")
        all_sent(tab)
    assert cards() == before + 1
    tabs[0].goto(address)
    press(tabs[0], tabs[0].locator("form[action*='/undo/'] button").last)
    tabs[0].wait_for_selector(".panel.ok")


def test_given_codes_without_their_quantity_when_the_page_is_loaded_anew_then_they_stand_in_the_field_again(phone):
    """K2: a number is still asked for"""
    page = phone.new_page()
    sign_in(page)
    open_receipt(page)
    page.evaluate("() => { busy = true; }")
    page.fill("[name=quantity]", "1")
    pull_at_once(page, *"NO-QUANTITY-1", "Enter")
    page.wait_for_function("() => Object.keys(localStorage).some((name) => name.startsWith('scan '))")
    page.reload()
    wait_for_field(page, "quantity")
    assert page.input_value("[name=code]") == "NO-QUANTITY-1"
    page.keyboard.type("3", delay=120)
    page.keyboard.press("Enter")
    page.wait_for_selector("main > .panel")
    all_sent(page)
