"""What tests are made of: stock as a table of text, and the rulebook's fixture F as rows in a real database."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from warehouse import access, catalogue, tables
from warehouse.flow import opening_balance
from warehouse.flow.opening_balance import OpeningLine
from warehouse.posting import Request, answer
from warehouse.rules.fifo import StockLine
from warehouse.rules.status import COLOUR, InspectionStatus
from warehouse.settings import Settings
from warehouse.tables import base
from warehouse.tables.people import Person
from warehouse.transaction import Actor
from warehouse.web.app import create_app, put_on

TODAY = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)  # 10:00 at the site, Asia/Shanghai
STATUS = {"white": "pending", "blue": "qualified", "yellow": "nonconforming", "red": "scrap"}
ROLES = ("keeper", "clerk", "qa", "manager", "service", "admin")
# Second persons, for the rules that want one.
PEOPLE = {**{role: [role] for role in ROLES}, "keeper2": ["keeper"], "qa2": ["qa"], "manager2": ["manager"]}

PRINTER_NETWORKS = "127.0.0.0/8 192.0.2.0/24"  # the tests' own printers, and addresses where nobody is

FIXTURE_F = """
    A  2026-01-10  30  B-01  blue
    B  2026-03-05  50  B-02  blue
    C  2026-05-20  40  B-03  blue
"""


def stock_lines(table: str) -> dict[str, StockLine]:
    """Make stock lines of a table: batch, receipt date, quantity, bin, colour [, reserved [, expiry]].

    A line that is not blue is blocked as `not-qualified`, as the issue rules would say.
    """
    lines = {}
    for sequence, row in enumerate(filter(None, map(str.split, table.splitlines())), start=1):
        batch_no, received, amount, bin_code, colour, *rest = row
        status = STATUS[colour]
        lines[batch_no] = StockLine(
            stock_id=sequence,
            batch_id=sequence,
            item_no="EL-100",
            batch_no=batch_no,
            bin_code=bin_code,
            status=status,
            quantity=Decimal(amount),
            reserved=Decimal(rest[0]) if rest else Decimal(0),
            first_received_on=date.fromisoformat(received),
            expiry_date=date.fromisoformat(rest[1]) if len(rest) > 1 else None,
            receipt_sequence=sequence,
            blocked=None if COLOUR[InspectionStatus(status)] == "blue" else "not-qualified",
        )
    return lines


def opening_lines(table: str, *, item_no: str = "EL-100") -> list[OpeningLine]:
    """Make opening balance lines of a table: batch, receipt date, quantity, bin, colour [, expiry or - [, owner]]."""
    lines = []
    for row in filter(None, map(str.split, table.splitlines())):
        batch_no, received, amount, bin_code, colour, *rest = row
        lines.append(
            OpeningLine(
                item_no=item_no,
                batch_no=batch_no,
                location=bin_code,
                quantity=amount,
                status=STATUS[colour],
                first_received_on=date.fromisoformat(received),
                expiry_date=date.fromisoformat(rest[0]) if rest and rest[0] != "-" else None,
                owner=rest[1] if len(rest) > 1 else "",
            )
        )
    return lines


def prepare_store(url: str) -> None:
    """Fill a database with site S1, items EL-100 and EL-200, its places, partners K, M, SUP, people, and no stock."""
    base.connect(url)
    tables.create_schema()
    catalogue.create_site(code="S1", name="Plant 1")
    for name, roles in PEOPLE.items():
        # A password is hashed slowly on purpose; tests sign in by token, and test_access has real ones.
        Person.create(name=name, roles=" ".join(roles), password_hash="", site=None)
        add_fixed_token(name)
    do(lambda tx: _make_catalogue(tx))
    base.database.close()


def add_fixed_token(name: str) -> None:
    """Give a person the token `token-NAME`, so that a copied database needs no look-up."""
    person = Person.get(Person.name == name)
    tables.ApiToken.create(digest=access.digest(f"token-{name}"), person=person, created_at=TODAY)


def prepare_fixture_f(url: str) -> None:
    """Fill a database with the rulebook's fixture F."""
    prepare_store(url)
    base.connect(url)
    put_in_stock(FIXTURE_F)
    base.database.close()


def put_in_stock(table: str, *, item_no: str = "EL-100", now: datetime = TODAY) -> None:
    """Bring a table of stock into the open database by an opening balance, with its true dates."""
    do(
        lambda tx: opening_balance.post(tx, f"opening {next(_counter)}", opening_lines(table, item_no=item_no)),
        now=now,
    )


def do(act: Any, *, who: str = "manager", now: datetime = TODAY, site: str = "S1", key: str = "") -> Any:
    """Run a flow function in a transaction of its own, as the service does; a refusal raises nothing here: asserts."""
    kept: list[Any] = []

    def wrapped(tx: Any) -> tuple[dict[str, Any], int]:
        kept.append(act(tx))
        return {}, 200

    actor = Actor(name=who, roles=frozenset(PEOPLE.get(who, ["manager"])))
    done = answer(Request(actor=actor, site=catalogue.site_facts(site), now=now, path="test", key=key), wrapped)
    assert not done.refused, done
    return kept[-1]


def _make_catalogue(tx: Any) -> None:
    catalogue.create_item(item_no="EL-100", name="Motor 100", unit="pcs", gtin="06912345678902", packs=[("box", "12")])
    catalogue.create_item(item_no="EL-200", name="Motor 200", unit="pcs")
    catalogue.create_item(item_no="KG-1", name="Varnish", unit="kg", decimals=3)
    for code in ("B-01", "B-02", "B-03", "B-04"):
        catalogue.create_place(tx, bin_code=code, zone="blue")
    for code, kind in (("IN-1", "receiving"), ("QA-1", "inspection"), ("QU-1", "quarantine"), ("SC-1", "scrap")):
        catalogue.create_place(tx, bin_code=code, zone=kind, kind=kind)
    catalogue.create_partner(code="K", name="Kunde K")
    catalogue.create_partner(code="M", name="Kunde M")
    catalogue.create_partner(code="SUP", name="Supplier", roles=["supplier"])


_counter = itertools.count(1)
# The routes are the same for all and take a tenth of a second to make, longer than most tests run.
_shared_app: list[Flask] = []


@dataclass
class Store:
    """The service on a test database: requests as a named person, at a time the test sets."""

    url: str
    now: datetime = TODAY
    site_code: str = "S1"
    own_app: bool = False  # as a service started anew has it
    app: Flask = field(init=False)
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        settings = Settings(database=self.url, printer_networks=PRINTER_NETWORKS)
        if self.own_app or not _shared_app:
            self.app = create_app(settings, clock=lambda: self.now)
            _shared_app[:] = _shared_app or [self.app]
        else:
            (self.app,) = _shared_app
            put_on(self.app, settings, clock=lambda: self.now)
        self.client = self.app.test_client()

    def post(
        self,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        who: str = "keeper",
        key: str | None = None,
        **members: Any,
    ) -> TestResponse:
        """POST a JSON body to /api/v1 as a person; a fresh key unless given. `key=""` sends none."""
        headers = {"Authorization": f"Bearer token-{who}"}
        if key != "":
            headers["Idempotency-Key"] = key or f"key-{next(_counter):08d}"
        return self.client.post(f"/api/v1{path}", json={**(body or {}), **members}, headers=headers)

    def get(self, path: str, *, who: str = "keeper") -> TestResponse:
        """GET from /api/v1 as a person."""
        return self.client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer token-{who}"})

    def done(self, path: str, body: dict[str, Any] | None = None, *, who: str = "keeper", **members: Any) -> Any:
        """POST and give the answer's JSON; anything but success fails the test with what was said."""
        response = self.post(path, body, who=who, **members)
        assert response.status_code < 300, (response.status_code, response.json)
        return response.json

    def refused(self, path: str, body: dict[str, Any] | None = None, *, who: str = "keeper", **members: Any) -> Any:
        """POST and give the problem document with its code as `code`; a success fails the test."""
        response = self.post(path, body, who=who, **members)
        assert response.status_code >= 400, (response.status_code, response.json)
        assert response.mimetype == "application/problem+json"
        problem = response.json
        assert problem is not None
        return {**problem, "code": problem["type"].rpartition("#")[2]}

    def batch(self, batch_no: str, item_no: str = "EL-100") -> Any:
        """Give what the service says of a batch."""
        response = self.get(f"/batches/{item_no}/{batch_no}")
        assert response.status_code == 200, response.json
        return response.json

    def stock(self, batch_no: str, item_no: str = "EL-100") -> list[tuple[str, str, str]]:
        """Give (place, status, quantity) of a batch."""
        return [(row["location"], row["status"], row["quantity"]) for row in self.batch(batch_no, item_no)["stock"]]

    def order(self, quantity: str, *, customer: str = "K", item_no: str = "EL-100", **members: Any) -> str:
        """Make a delivery of one line and give its number."""
        made = self.done(
            "/deliveries",
            who="clerk",
            customer=customer,
            reference=f"SO-{next(_counter)}",
            lines=[{"item_no": item_no, "quantity": quantity, **members}],
        )
        return str(made["delivery_no"])


def json_of(response: TestResponse) -> Any:
    """Read a response's JSON."""
    return json.loads(response.data)


def stores(url: str) -> Iterator[Store]:
    """Open the service on a database and close it again."""
    yield Store(url)
    base.database.close()
