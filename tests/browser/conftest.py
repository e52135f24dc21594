"""The pages in a real browser: the distribution's Chromium, driven by Playwright, on a service of its own.

Playwright comes with the test extra, the browser from the distribution: `apt-get install chromium fonts-noto-cjk`.
Without either the tests skip and say so; WAREHOUSE_TEST_BROWSER=1, as in CI, makes that a failure.
"""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from waitress.server import create_server

from tests import factories
from tests.browser.walking import PATIENCE_MS
from tests.factories import Store
from tests.web.browser import password_hash
from warehouse.tables import base
from warehouse.tables.people import Person

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service on fixture F with goods of every colour, an open receipt and an order; gives its address."""
    url = f"sqlite:///{tmp_path_factory.mktemp('service') / 'warehouse.db'}"
    factories.prepare_fixture_f(url)
    store = Store(url)
    Person.update(password_hash=password_hash(), roles="keeper clerk qa manager").where(
        Person.name == "manager"
    ).execute()
    factories.put_in_stock(Path(__file__).with_name("stock.txt").read_text(encoding="utf-8"), item_no="KG-1")
    store.order("45")
    lines = [{"item_no": "EL-100", "quantity": "100"}]
    made = store.done("/receipts", who="clerk", supplier="SUP", reference="PO-4711", lines=lines)
    store.done(f"/receipts/{made['receipt_no']}/scans", item_no="EL-100", batch_no="2026-06-WUXI-0001", quantity="40")
    count_no = store.done("/counts", who="manager", month="2026-06")["count_no"]
    found = {"item_no": "EL-100", "batch_no": "A", "location": "B-01", "quantity": "28"}
    store.done(f"/counts/{count_no}/scans", who="keeper", **found)
    store.done("/printers", who="admin", name="Z1", address="socket://printer.invalid", form="zpl", mode="stock")
    store.done("/labels", kind="status", item_no="EL-100", batch_no="A", copies=3, printer="Z1")
    base.database.close()
    server = create_server(store.app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"  # type: ignore[union-attr]
    server.close()
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser; without one the tests skip, or fail where it is wanted."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None  # type: ignore[assignment]
    if sync_playwright is None or CHROMIUM is None:
        missing = "playwright" if sync_playwright is None else "chromium"
        if os.environ.get("WAREHOUSE_TEST_BROWSER"):
            pytest.fail(f"WAREHOUSE_TEST_BROWSER is set, but {missing} is not installed")
        pytest.skip(f"{missing} is not installed: the pages are not looked at in a browser")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--disable-gpu"], timeout=PATIENCE_MS)
        yield browser
        browser.close()
