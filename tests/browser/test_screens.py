"""What only a browser sees: nothing is wider than the phone, fingers hit the buttons, the field is ready again.

WAREHOUSE_PICTURES=FOLDER keeps a picture of each screen there, for people to look at.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.walking import open_context, press, wait_for_field
from tests.web.browser import PASSWORD

# With is_mobile a page that is too wide zooms out, so scrollWidth does not tell: the right edges do.
RIGHT_EDGE = """() => Math.max(...[...document.querySelectorAll('body *')]
    .filter(e => !e.closest('thead') && !e.closest('details:not([open])') && !e.classList.contains('skip'))
    .map(e => e.getBoundingClientRect().right))"""
SMALL = """() => [...document.querySelectorAll('button, select, summary, input:not([type=hidden])')]
    .filter(e => e.offsetParent && !['radio', 'checkbox'].includes(e.type) && e.getBoundingClientRect().height < 47.5)
    .map(e => e.outerHTML.slice(0, 80))"""
PATHS = {
    "home": "/", "receive": "/receive", "inspect": "/inspect", "inspect-batch": "/inspect/KG-1/V3",
    "put-away": "/put-away", "deliver": "/deliver", "stock": "/stock", "batch": "/batch/KG-1/V1",
    "card": "/card/KG-1/V1", "cards": "/card?location=B-01", "figures": "/figures", "tasks": "/tasks",
    "items": "/items", "places": "/places", "partners": "/partners",
    "count": "/count", "count-one": "/count/S1-CN2606-0001", "control": "/count-control",
    "control-one": "/count-control/S1-CN2606-0001", "reconciliation": "/reconciliation/2026-06",
    "reconciliation-all": "/reconciliation/2026-06?all=true", "behind": "/reconciliation/2026-06/EL-100/A",
    "printing": "/printing", "printers": "/printers", "returns": "/returns", "printer": "/printers/Z1",
    "layouts": "/layouts", "layout": "/layouts/status/100x50", "layout-carton": "/layouts/package/100x150", "scanner": "/scanner",
    "sites": "/sites", "password": "/password",
}  # fmt: skip


@pytest.fixture(params=[(360, "en", "light"), (1280, "zh_Hans", "light"), (360, "zh_Hant", "dark")])
def signed_in(request: pytest.FixtureRequest, chromium: Any, address: str) -> Iterator[tuple[Any, Callable[..., None]]]:
    """A page signed in at a width, in a language, and what looks at it."""
    width, language, scheme = request.param
    context = open_context(
        chromium, address, viewport={"width": width, "height": 800}, color_scheme=scheme, is_mobile=width < 600
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
    page.on("request", lambda sent: faults.append(sent.url) if not sent.url.startswith(address) else None)

    def look(name: str) -> None:
        if folder := os.environ.get("WAREHOUSE_PICTURES"):
            page.screenshot(path=str(Path(folder) / f"{name}-{width}-{language}.png"), full_page=True)
        assert page.evaluate(RIGHT_EDGE) <= width, name
        assert page.evaluate(SMALL) == [], name
        assert faults == [], name

    page.goto(f"/sign-in?language={language}&next=/sign-in")
    look("sign-in")
    page.fill("[name=name]", "manager")
    page.fill("[name=password]", PASSWORD)
    press(page, "button.main")
    yield page, look
    context.close()


def test_given_each_screen_when_drawn_then_nothing_is_cut_small_or_from_elsewhere(signed_in):
    """4.8.2; W1"""
    page, look = signed_in
    for name, path in PATHS.items():
        assert page.goto(path).status == 200, path
        look(name)


def test_given_the_newer_batch_when_scanned_like_a_wedge_then_refused_and_the_field_waits_empty(signed_in):
    """R-F2"""
    page, look = signed_in
    page.goto("/deliver")
    press(page, page.locator("tbody a.go").last)
    wait_for_field(page)
    page.keyboard.type("B")
    page.keyboard.press("Enter")
    page.wait_for_selector(".panel.refused")
    wait_for_field(page)
    look("deliver-refused")
    assert "B-01" in page.inner_text(".panel .instead")
    assert page.evaluate("document.activeElement.name") == "code"
    assert page.input_value("[name=code]") == ""
    page.keyboard.press("Control+]")
    assert page.input_value("[name=code]") == "\x1d"
