"""What the panel says after an act: three refusals that nobody mixes up, undo in one press, "is the bin empty?"."""

import re

from tests import factories
from tests.web.browser import Browser
from warehouse.tables.quality import Task


def _panel(browser: Browser) -> tuple[str, str]:
    """Give the panel's tone, which is its sound, and its class, which is its colour."""
    shown = re.search(r'<section class="panel ([^"]+)"[^>]*data-tone="(\w+)"', browser.page.text)
    assert shown, browser.words
    return shown[2], shown[1]


def test_given_a_wrong_item_a_wrong_bin_and_a_newer_batch_when_scanned_then_message_sound_and_colour_differ(store):
    """R-F26"""
    factories.put_in_stock("X  2026-01-02  40  B-04  blue", item_no="EL-200")
    delivery = store.order("5")
    keeper = Browser(store, "keeper")
    told = {}
    for name, typed in (
        ("item", {"code": "X"}),
        ("place", {"code": "A", "location": "B-04"}),
        ("age", {"code": "B"}),
        ("unknown", {"code": "nobody-knows"}),
        ("plain", {"code": "A", "quantity": "6"}),
    ):
        keeper.open(f"/deliver/{delivery}")
        keeper.send(f"/deliver/{delivery}/scan", **typed)
        told[name] = _panel(keeper)
    assert told == {
        "item": ("goods", "refused goods"),
        "place": ("place", "refused place"),
        "age": ("age", "refused age"),
        "unknown": ("unknown", "refused unknown"),
        "plain": ("refused", "refused"),
    }


def test_given_a_batch_just_taken_when_undo_on_the_panel_is_pressed_then_it_lies_where_it_lay(store):
    """R-F25: one press, on the panel itself"""
    delivery = store.order("5")
    keeper = Browser(store, "keeper")
    keeper.open(f"/deliver/{delivery}")
    keeper.send(f"/deliver/{delivery}/scan", code="A")
    assert "Taken: 5 pcs of A from B-01" in keeper.words
    undo = re.search(r'<section class="panel.*?action="([^"]+/undo/\d+)"', keeper.page.text, re.DOTALL)
    assert undo, keeper.words
    keeper.send(undo[1])
    assert _panel(keeper) == ("ok", "ok")
    assert store.stock("A") == [("B-01", "qualified", "30")]


def test_given_the_last_pieces_of_a_bin_when_taken_then_it_asks_whether_the_bin_is_empty_and_no_opens_a_count(store):
    """R-F17"""
    delivery = store.order("30")
    keeper = Browser(store, "keeper")
    keeper.open(f"/deliver/{delivery}")
    keeper.send(f"/deliver/{delivery}/scan", code="A")
    assert "Is B-01 empty now?" in keeper.words
    keeper.send(f"/deliver/{delivery}/empty", empty="no")
    assert "B-01 will be counted" in keeper.words
    assert Task.select().where((Task.kind == "count") & (Task.subject == "@B-01")).count() == 1
    keeper.open("/put-away")
    keeper.send("/put-away", code="B", to="B-04")
    assert "Is B-02 empty now?" in keeper.words
    keeper.send("/put-away/empty", empty="yes")
    assert "Kept: B-02 is empty" in keeper.words
    assert Task.select().where(Task.kind == "zero-confirmation").count() == 1


def test_given_goods_moved_when_undo_is_pressed_then_they_go_back_and_where_they_may_not_lie_it_is_not_offered(store):
    """K3; 4.5.2"""
    keeper = Browser(store, "keeper")
    keeper.open("/put-away")
    keeper.send("/put-away", code="A", to="B-04", quantity="10")
    panel = keeper.page.text.split('<section class="panel')[1].split("</section>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', panel))
    keeper.post("/put-away", fields)
    assert "Moved: 10 of A from B-04 to B-01" in keeper.words
    assert store.stock("A") == [("B-01", "qualified", "30")]
    factories.put_in_stock("N  2026-05-30  9  IN-1  white")
    store.done(
        "/batches/EL-100/N/inspections",
        who="qa",
        kind="incoming",
        decisions=[{"quantity": "9", "verdict": "qualified"}],
    )
    keeper.open("/put-away")
    keeper.send("/put-away", code="N", to="B-04")
    assert "Moved: 9 of N" in keeper.words
    assert "Undo" not in keeper.words


def test_given_a_batch_in_two_bins_when_moved_without_saying_which_then_the_bins_are_offered_and_the_scans_stay(store):
    """K3: nothing has to be scanned again"""
    factories.put_in_stock("A  2026-01-10  7  B-03  blue")
    keeper = Browser(store, "keeper")
    keeper.open("/put-away")
    keeper.send("/put-away", code="A", to="B-04", quantity="2")
    assert "It lies in several bins" in keeper.words
    form = keeper.form("/put-away").fields
    assert (form["code"], form["to"], form["quantity"]) == (["A"], ["B-04"], ["2"])
    keeper.send("/put-away", **{"from": "B-03"})
    assert "Moved: 2 of A from B-03 to B-04" in keeper.words, keeper.words
