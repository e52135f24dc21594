"""A browser without scripts: reads a page's forms as they were drawn, fills them in and sends them."""

from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from typing import Any

from werkzeug.test import TestResponse

from tests.factories import Store
from warehouse import access
from warehouse.tables.people import Person

PASSWORD = "right horse battery"


@cache
def password_hash() -> str:
    """The test password's hash, made once a run: it is slow on purpose."""
    return access.hash_password(PASSWORD)


@dataclass
class Form:
    """A form as the page holds it: where it goes and what its fields say before anybody types."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._form: Form | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form":
            self._form = Form(action=named.get("action") or "", method=named.get("method") or "get")
            self.forms.append(self._form)
        elif tag == "select":
            self._select = (named["name"] or "", [])
        elif tag == "option" and self._select:
            self._select[1].append((named.get("value") or "", "selected" in named))
        elif tag == "input" and self._form is not None:
            self._input(named)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select" and self._select and self._form is not None:
            name, options = self._select
            chosen = next((value for value, selected in options if selected), options[0][0] if options else "")
            self._form.fields.setdefault(name, []).append(chosen)
            self._select = None

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def _input(self, named: dict[str, str | None]) -> None:
        assert self._form is not None
        ticked = named.get("type") not in ("checkbox", "radio") or "checked" in named
        if named.get("name") and ticked and named.get("type") != "file":
            self._form.fields.setdefault(named["name"] or "", []).append(named.get("value") or "")


class Browser:
    """One person's browser on a test store."""

    def __init__(self, store: Store, who: str = "", language: str = "en") -> None:
        """Sign `who` in through the form; without a name stay a stranger."""
        self.client = store.app.test_client()
        self.headers = {"Accept-Language": language}
        self.page: TestResponse
        self.path = "/"
        if who:
            Person.update(password_hash=password_hash()).where(Person.name == who).execute()
            self.open("/sign-in")
            self.send("/sign-in", name=who, password=PASSWORD)
            assert self.page.status_code == 200, self.words

    def open(self, path: str) -> TestResponse:
        """Go to a page, following redirects."""
        self.page = self.client.get(path, headers=self.headers, follow_redirects=True)
        self.path = self.page.request.path
        return self.page

    def form(self, action: str) -> Form:
        """Give the page's form that goes to a path; fails when it is not offered."""
        found = [form for form in self._read().forms if (form.action or self.path) == action]
        assert found, (action, [form.action for form in self._read().forms], self.words)
        return found[0]

    def send(self, action: str, **typed: Any) -> TestResponse:
        """Fill in the form that goes to `action` and send it; a list fills repeated fields from the top."""
        fields: dict[str, Any] = dict(self.form(action).fields)
        for name, value in typed.items():
            given = value if isinstance(value, list) else [value]
            fields[name] = [*given, *fields.get(name, [])[len(given) :]]
        return self.post(action, fields)

    def post(self, path: str, fields: dict[str, Any], **headers: str) -> TestResponse:
        """Send fields as they are."""
        self.page = self.client.post(path, data=fields, headers={**self.headers, **headers}, follow_redirects=True)
        self.path = self.page.request.path
        return self.page

    @property
    def words(self) -> str:
        """The page's text, blanks folded."""
        return " ".join(" ".join(self._read().text).split())

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.page.get_data(as_text=True))
        return reader
