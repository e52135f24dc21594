"""Pages where something is amiss: a lost address, a form opened again, a fault of ours, an upgrade in between (W1, W3)."""

import re

import pytest

from tests import factories
from tests.web.browser import Browser
from warehouse.transaction import DatabaseUnavailable


def test_given_a_lost_address_when_opened_by_who_is_signed_in_then_the_menu_stays_and_files_are_fetched_once(store):
    """W1: a year and immutable, because the address changes with the content"""
    keeper = Browser(store, "keeper")
    keeper.open("/nothing-here")
    assert keeper.page.status_code == 404
    assert "Put away" in keeper.words
    sheet = re.search(r'href="(/static/app.css[^"]+)"', keeper.page.text)
    assert sheet
    for address, kept in ((sheet[1], True), ("/static/app.css", False)):
        with keeper.client.get(address) as file:
            assert ("immutable" in file.headers["Cache-Control"]) is kept
    stranger = Browser(store)
    stranger.open("/nothing-here")
    assert "Put away" not in stranger.words


@pytest.mark.parametrize(
    ("address", "page"),
    [("/receive/S1-GR2606-0001/scan", "/receive/S1-GR2606-0001"), ("/put-away/empty", "/put-away"),
     ("/dispositions/DP-1/approve", "/"), ("/receive/%E6%94%B6/scan", "/receive/%E6%94%B6")],
)  # fmt: skip
def test_given_a_form_s_address_when_opened_again_then_led_to_its_page(store, address, page):
    """W3: a reload from the browser's bar is no dead end"""
    led = store.client.get(address)
    assert (led.status_code, led.headers["Location"]) == (303, page)


def test_given_another_method_on_a_page_when_sent_then_a_problem_and_nobody_is_led_anywhere(store):
    """W3"""
    assert store.client.put("/receive").status_code == 405


@pytest.mark.parametrize(
    ("fault", "status", "says"),
    [(ValueError("planted"), 500, "Tell the administrator this number"),
     (DatabaseUnavailable("disk-full", again=False), 503, "disk is full")],
)  # fmt: skip
def test_given_a_fault_of_ours_when_a_page_is_opened_then_it_says_not_done_with_no_refusal_and_a_way_back(
    store, monkeypatch, fault, status, says
):
    """W3, P7: nobody refused; the keeper may try again where he was"""
    keeper = Browser(store, "keeper")

    def broken(*_):
        raise fault

    monkeypatch.setattr("warehouse.reports.overview.items", broken)
    keeper.open("/receive?from=here")
    assert (keeper.page.status_code, says in keeper.words) == (status, True)
    assert 'class="panel fault"' in keeper.page.text
    assert "Refused" not in keeper.words
    assert 'href="/receive?from=here"' in keeper.page.text
    for language, word in (("zh_Hans", "未完成"), ("zh_Hant", "未完成")):
        assert word in Browser(store, "keeper", language).open("/receive").text


def test_given_a_page_that_was_open_when_the_service_was_upgraded_then_its_form_is_taken_and_its_scripts_are_still_there(
    store, database_url
):
    """O5: the session, the form's token and key, and the address of a script of before"""
    keeper = Browser(store, "keeper")
    order = store.order("5")
    keeper.open(f"/deliver/{order}")
    fields = {**keeper.form(f"/deliver/{order}/scan").fields, "code": "A"}
    scripts = re.findall(r'src="(/static/[^"?]+)\?v=\w+"', keeper.page.text)
    cookies = keeper.client._cookies
    newer = factories.Store(database_url, own_app=True)
    newer.client._cookies = cookies
    done = newer.client.post(f"/deliver/{order}/scan", data=fields, headers={"Accept-Language": "en"})
    assert (done.status_code, "Taken: 5 pcs of A from B-01" in done.text) == (200, True)
    again = newer.client.post(f"/deliver/{order}/scan", data=fields, headers={"Accept-Language": "en"})
    assert "Taken: 5 pcs of A from B-01" in again.text
    assert store.stock("A") == [("B-01", "qualified", "25")]
    assert len(scripts) >= 3
    for each in scripts:
        with newer.client.get(f"{each}?v=0123456789ab") as file:
            assert file.status_code == 200, each
