"""Every field of every page says what it is for, ids are unique, and no heading of a table is empty (4.8.2, WCAG 2.2)."""

from html.parser import HTMLParser

import pytest

from tests.web.browser import Browser

PAGES = (
    "/", "/receive", "/inspect", "/inspect/EL-100/A", "/put-away", "/put-away?code=A", "/deliver", "/returns", "/stock",
    "/batch/EL-100/A", "/card", "/card/EL-100/A", "/figures", "/tasks", "/items", "/places", "/partners", "/count",
    "/count-control", "/reconciliation", "/printing", "/printers", "/scanner", "/layouts/batch/100x50",
)  # fmt: skip
VOID = {"input", "meta", "link", "br", "img"}


class _Fields(HTMLParser):
    """Collects fields without a name for who does not see the page, ids, and empty headings."""

    def __init__(self) -> None:
        super().__init__()
        self.path: list[str] = []
        self.fields: list[tuple[str, bool]] = []  # how it is found, and whether a label is around it or on it
        self.named: set[str] = set()
        self.ids: list[str] = []
        self.heading: str | None = None
        self.empty = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "label" and "for" in found:
            self.named.add(found["for"])
        if tag in ("input", "select", "textarea") and found.get("type") != "hidden":
            self.fields.append((found.get("id") or found["name"], "label" in self.path or "aria-label" in found))
        if tag == "th":
            self.heading = ""
        if tag not in VOID:
            self.path.append(tag)

    def handle_data(self, data: str) -> None:
        if self.heading is not None:
            self.heading += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "th":
            self.empty += not (self.heading or "").strip()
            self.heading = None
        if tag in self.path:
            while self.path.pop() != tag:
                pass

    def nameless(self) -> list[str]:
        return [name for name, around in self.fields if not around and name not in self.named]


def read(text: str) -> _Fields:
    reader = _Fields()
    reader.feed(text)
    return reader


def test_given_every_page_when_its_fields_are_read_then_each_has_a_label_and_no_heading_is_empty(store):
    """4.8.2; the whole of axe is run by hand, this much always"""
    store.order("5")
    manager = Browser(store, "manager")
    fields = 0
    for path in PAGES:
        page = manager.open(path)
        assert page.status_code == 200, (path, manager.words)
        found = read(page.text)
        assert found.nameless() == [], path
        assert found.empty == 0, path
        assert len(set(found.ids)) == len(found.ids), path
        fields += len(found.fields)
    assert fields > 50


@pytest.mark.parametrize("fault", ['<input name="bare">', "<table><tr><th> </th></tr></table>"])
def test_given_a_page_with_a_fault_when_read_then_it_is_found(fault):
    """The control: a check that finds nothing proves nothing"""
    found = read(f"<label>Name <input name='named'></label>{fault}")
    assert found.nameless() == ["bare"] or found.empty == 1
