"""How the tests walk through pages: a page is ready when its scripts have run, not when its first field has the focus."""

from typing import Any

from tests.web.browser import PASSWORD

PATIENCE_MS = 90_000  # of a machine that has other work, too
# A pull of the trigger within one moment, however busy the machine is: each key and what it types where the focus is.
BURST = """
(keys) => {
  for (const key of keys) {
    const field = document.activeElement;
    const pressed = { key: key === "\x1d" ? "]" : key, ctrlKey: key === "\x1d", bubbles: true, cancelable: true };
    const goes = field.dispatchEvent(new KeyboardEvent("keydown", pressed));
    if (goes && key.length === 1 && "value" in field) field.value += key;
  }
}
"""


def open_context(chromium: Any, address: str, **options: Any) -> Any:
    """Open a browser's window of its own at a service, with nobody signed in."""
    context = chromium.new_context(base_url=address, **options)
    context.set_default_timeout(PATIENCE_MS)
    return context


def press(page: Any, what: Any) -> None:
    """Press what leads to another page, a selector or a locator, and wait until that is loaded and its scripts ran."""
    with page.expect_navigation():
        page.locator(what).click() if isinstance(what, str) else what.click()


def sign_in(page: Any, name: str = "manager", *, at: str = "/sign-in") -> None:
    """Sign in through the form; leads on to where `at` says."""
    page.goto(at)
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    press(page, "button.main")


def wait_for_field(page: Any, name: str = "code") -> None:
    """Wait until the field has the focus."""
    page.wait_for_selector(f"[name={name}]:focus")


def open_delivery(page: Any) -> str:
    """Go to the open order; gives the page's address."""
    page.goto("/deliver")
    press(page, page.locator("tbody a.go").last)
    wait_for_field(page)
    return str(page.url)


def open_receipt(page: Any) -> None:
    """Go to the open receipt."""
    page.goto("/receive")
    press(page, page.locator("tbody a.go").first)
    wait_for_field(page)


def pull_at_once(page: Any, *keys: str) -> None:
    """Pull the trigger wherever the focus is; keys of Playwright's own may come slower than a scanner's."""
    page.evaluate(BURST, keys)
