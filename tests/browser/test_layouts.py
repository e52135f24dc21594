"""The layout editor with its script: what is moved is seen at once, by arrow and by hand; a fault is told at once."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.test_screens import signed_in

__all__ = ["signed_in"]
NUMBER = "[name='qr.x_mm']"


@pytest.fixture
def editor(signed_in: Any) -> Iterator[Any]:
    """The editor of the batch label; what the script throws fails the test."""
    page, _ = signed_in
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/layouts/batch/100x50")
    yield page
    assert faults == []


def box(page: Any) -> Any:
    return page.locator("rect.place[data-element=qr]")


def test_given_the_editor_when_an_arrow_is_pressed_then_the_picture_follows_and_the_page_stays(editor):
    """4.5.5: live preview"""
    editor.locator("details[data-element=qr] summary").click()
    picture = editor.get_attribute(".proof image", "href")
    editor.evaluate("window.stayed = true")
    editor.locator("details[data-element=qr] button[name=move]").nth(0).click()
    editor.wait_for_function("before => document.querySelector('.proof image').href.baseVal !== before", arg=picture)
    assert editor.input_value(NUMBER) == "83"
    assert float(box(editor).get_attribute("x")) == 83
    for _ in range(3):
        editor.locator("details[data-element=qr] button[name=move]").nth(0).click()
    editor.wait_for_selector(".faults li")
    assert "wrong" in box(editor).get_attribute("class")
    assert editor.evaluate("window.stayed")


def test_given_the_editor_when_a_box_is_pulled_then_its_numbers_follow_in_quarters_of_a_millimetre(editor):
    """4.5.5: by mouse or finger"""
    there = box(editor).bounding_box()
    x, y = there["x"] + there["width"] / 2, there["y"] + there["height"] / 2
    dots_per_mm = there["width"] / 14.8
    editor.mouse.move(x, y)
    editor.mouse.down()
    editor.mouse.move(x - 0.5 * dots_per_mm, y, steps=4)
    editor.mouse.move(x - 1.0 * dots_per_mm, y - 0.5 * dots_per_mm, steps=4)
    editor.mouse.up()
    editor.wait_for_function("() => document.querySelector('rect.place[data-element=qr]').getAttribute('x') === '82.5'")
    assert (editor.input_value(NUMBER), editor.input_value("[name='qr.y_mm']")) == ("82.5", "1")
    assert editor.locator("details[data-element=qr]").get_attribute("open") is not None


@pytest.mark.parametrize("wide", [360, 1280])
def test_given_the_editor_when_scrolled_to_the_last_element_then_the_whole_picture_stays_below_the_head(editor, wide):
    """4.5.5: what is moved is seen, on the phone too"""
    editor.set_viewport_size({"width": wide, "height": 800})
    editor.locator("details[data-element=rule-1] summary").click()
    editor.locator("[name='rule-1.x_mm']").scroll_into_view_if_needed()
    head, picture = (editor.locator(which).bounding_box() for which in ("header", ".proof svg"))
    assert picture["y"] >= head["y"] + head["height"]
    assert picture["y"] + picture["height"] <= 800
    assert editor.evaluate("document.documentElement.scrollWidth") <= wide
