"""A hand scanner at the page: fast keys, two end keys, a scan in the quantity, GS, focus elsewhere, no network."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.walking import open_context, open_delivery, open_receipt, pull_at_once, sign_in, wait_for_field
from warehouse.tables import base
from warehouse.tables.base import rows

# What the page sends and the tones it would sound: the machine of the tests has no loudspeaker to listen to.
LISTEN = """
window.heard = [];
window.sent = [];
const ask = window.fetch;
window.fetch = (path, how) => {
  window.sent.push({ code: how.body.get("code"), key: how.body.get("key") });
  return ask(path, how);
};
const make = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () {
  const tone = make.call(this);
  const start = tone.start.bind(tone);
  tone.start = (at) => { window.heard.push(tone.frequency.value); start(at); };
  return tone;
};
"""


@pytest.fixture
def keeper(chromium: Any, address: str) -> Iterator[Any]:
    """The page of a signed-in keeper at the desk, with an ear at its loudspeaker; what the scripts throw fails."""
    context = open_context(chromium, address, viewport={"width": 1280, "height": 800})
    context.add_init_script(LISTEN)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    sign_in(page)
    yield page
    context.close()
    assert faults == []


def count(statement: str, *values: Any) -> int:
    """Ask the service's own database for one number."""
    ((number,),) = rows(statement, *values)
    base.database.close()
    return int(number)


def pull(page: Any, code: str) -> None:
    """Do what a pull of the trigger into the scan field does: the keys, then the end key."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def told(page: Any) -> list[str]:
    return [page.inner_text("main > .panel .why"), *page.locator(".recent li").all_inner_texts()]


def test_given_scans_at_key_speed_when_no_answer_is_there_yet_then_each_is_sent_once_and_in_order(keeper):
    """W3: nothing is dropped while a request is open, and no page is left"""
    open_delivery(keeper)
    keeper.evaluate("window.stayed = true")
    codes = [f"NOT-KNOWN-{number:04d}" for number in range(20)]
    for code in codes:
        pull(keeper, code)
    keeper.wait_for_function("() => document.querySelector('.scanned')?.textContent.includes('NOT-KNOWN-0019')")
    sent = keeper.evaluate("window.sent")
    assert [each["code"] for each in sent] == codes
    assert len({each["key"] for each in sent}) == len(codes)
    assert keeper.evaluate("window.stayed")
    assert [line.split(" · ")[0] for line in keeper.locator(".recent li").all_inner_texts()] == [
        f"? {code}" for code in reversed(codes[-6:-1])
    ]
    assert keeper.evaluate("document.activeElement.name") == "code"
    assert keeper.evaluate("window.heard.length") >= len(codes)


def test_given_a_scanner_that_ends_with_enter_twice_or_with_tab_when_it_scans_then_one_act_and_no_second_answer(keeper):
    """A second end key neither confirms nor posts; Tab ends a scan too"""
    open_delivery(keeper)
    sent = []
    keeper.on("request", lambda each: sent.append(each.url) if each.method == "POST" else None)
    pull(keeper, "TWICE-0001")
    keeper.keyboard.press("Enter")
    keeper.wait_for_selector(".panel.refused")
    keeper.keyboard.press("Enter")
    pull_at_once(keeper, *"TAB-0001", "Tab")
    keeper.wait_for_function("() => document.querySelector('.scanned')?.textContent.includes('TAB-0001')")
    assert len(sent) == 2
    assert len(told(keeper)) == 2


def test_given_the_quantity_open_when_another_label_is_scanned_then_it_is_a_scan_and_the_quantity_stays(keeper):
    """A barcode is never typed into the quantity"""
    open_receipt(keeper)
    pull(keeper, "FIRST-0001")
    wait_for_field(keeper, "quantity")
    keeper.keyboard.press("Enter")
    assert keeper.locator(".panel").count() == 0
    pull_at_once(keeper, *"06912345678902", "Enter")
    assert keeper.input_value("[name=quantity]") == ""
    assert keeper.input_value("[name=code]") == "06912345678902"
    pull_at_once(keeper, *"SECOND-0002", "Enter")
    assert keeper.input_value("[name=code]") == "SECOND-0002"
    assert keeper.evaluate("document.activeElement.name") == "quantity"
    keeper.keyboard.type("7", delay=80)
    keeper.keyboard.press("Enter")
    keeper.wait_for_selector(".panel.ok")
    assert "7" in keeper.inner_text(".panel .why")
    assert "SECOND-0002" in keeper.inner_text(".panel .why")
    assert keeper.evaluate("window.heard") == [880, 1320]


def test_given_the_focus_elsewhere_when_a_code_with_gs_is_scanned_then_it_is_in_the_scan_field_whole(keeper):
    """Ctrl+] is GS; keys that come fast are a scan wherever the focus is"""
    open_receipt(keeper)
    keeper.locator("header a.mark").focus()
    pull_at_once(keeper, *"010691234567890210AB\x1d17271231", "Tab")
    assert keeper.input_value("[name=code]") == "010691234567890210AB\x1d17271231"
    assert keeper.url.endswith("0001")


def test_given_no_network_when_scanned_and_pressed_again_then_it_is_told_and_counts_once(keeper):
    """W3, R-X2: never green before the answer; the same form has the same key"""
    open_delivery(keeper)
    before = count("SELECT COUNT(*) FROM card_entry")
    lost = []

    def lose_the_answer(route: Any) -> None:
        lost.append(route.fetch())
        route.abort()

    keeper.route("**/scan", lose_the_answer, times=1)
    pull(keeper, "A")
    keeper.wait_for_selector(".panel.unsure")
    assert lost[0].status == 200
    assert keeper.input_value("[name=code]") == "A"
    keeper.click("form.scans button.main")
    keeper.wait_for_selector(".panel.ok")
    assert count("SELECT COUNT(*) FROM card_entry") == before + 1
    keeper.locator(".panel button", has_text="Undo").click()
    keeper.wait_for_selector(".panel[data-tone=ok] >> text=Undone")


def test_given_refusals_of_three_classes_when_they_are_shown_then_each_sounds_its_own_way(keeper):
    """R-F26"""
    open_delivery(keeper)
    for code, tone in (("V1", "goods"), ("B", "age"), ("nobody", "unknown")):
        keeper.evaluate("window.heard = []")
        pull(keeper, code)
        keeper.wait_for_selector(f".panel[data-tone={tone}]")
        expected = {"goods": [220, 440, 220, 440], "age": [660, 440, 220], "unknown": [520, 520, 520]}[tone]
        assert keeper.evaluate("window.heard") == expected


def test_given_a_phone_when_the_page_is_open_then_the_soft_keyboard_waits_for_its_button(chromium, address):
    """One field, always ready, no keyboard over half of the screen"""
    context = open_context(
        chromium, address, viewport={"width": 360, "height": 780}, is_mobile=True, has_touch=True
    )  # fmt: skip
    page = context.new_page()
    sign_in(page)
    wait_for_field(page)
    assert page.get_attribute("[name=code]", "inputmode") == "none"
    page.click("button.keys")
    assert page.get_attribute("[name=code]", "inputmode") == "text"
    page.reload()
    wait_for_field(page)
    assert page.get_attribute("[name=code]", "inputmode") == "text"
    context.close()


def test_given_a_count_when_bin_and_batch_are_scanned_then_the_quantity_waits_and_the_bin_stays_for_the_next(keeper):
    """K5: one scan a bin, one scan and one number a batch"""
    keeper.goto("/count/S1-CN2606-0001")
    wait_for_field(keeper, "location")
    pull(keeper, "B-02")
    wait_for_field(keeper)
    pull(keeper, "B")
    wait_for_field(keeper, "quantity")
    keeper.keyboard.type("50", delay=120)
    keeper.keyboard.press("Enter")
    keeper.wait_for_selector(".panel.ok")
    assert "50 of B at B-02" in keeper.inner_text(".panel")
    assert keeper.input_value("form.scans [name=location]") == "B-02"
    assert keeper.evaluate("document.activeElement.name") == "code"
