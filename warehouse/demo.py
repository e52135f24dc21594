"""A small but real demo site: places of every zone, goods of every status and age, people printed once.

The goods have ages that show the rules at work: three layers of one item for FIFO, one of them not yet inspected, a
varnish that expires soon and one that has, a batch due for re-inspection, a customer's own goods.
"""

import secrets
from datetime import date, datetime, timedelta

from warehouse import access, catalogue
from warehouse.flow import opening_balance
from warehouse.flow.opening_balance import OpeningLine
from warehouse.posting import Reply, Request, answer
from warehouse.rules.status import InspectionStatus
from warehouse.tables.people import Setting
from warehouse.transaction import Actor, Transaction

MARK = "demo"  # the setting that says it is loaded
PEOPLE = {
    "keeper": ["keeper"], "clerk": ["clerk"], "qa": ["qa"], "qa2": ["qa"], "manager": ["manager"],
    "manager2": ["manager"], "service": ["service"], "admin": ["admin"],
}  # fmt: skip
PIN_LENGTH = 8

PLACES = (
    ("IN-1", "receiving", "receiving"), ("QA-1", "inspection", "inspection"),
    ("R-01", "raw material", "storage"), ("R-02", "raw material", "storage"), ("R-03", "raw material", "storage"),
    ("F-01", "finished goods", "storage"), ("F-02", "finished goods", "storage"), ("F-03", "finished goods", "storage"),
    ("QU-1", "quarantine", "quarantine"), ("SC-1", "scrap", "scrap"), ("OUT-1", "dispatch", "dispatch"),
)  # fmt: skip
PARTNERS = (
    ("K", "Kunde K", ["customer"]), ("M", "Maier Motors", ["customer"]), ("SUP", "Supplier One", ["supplier"]),
    ("COIL", "Coil Works", ["supplier"]), ("TRUCK", "Truck and Sons", ["carrier"]),
)  # fmt: skip


def load(now: datetime) -> dict[str, str] | None:
    """Load the demo site into S1 in one act; gives each person's password, or None when it is there already.

    Raises Refusal when something of the same number is there already; nothing of the demo is kept then.
    """
    if Setting.select().where(Setting.name == MARK).exists():
        return None
    pins = {name: "".join(secrets.choice("0123456789") for _ in range(PIN_LENGTH)) for name in PEOPLE}
    # Slow on purpose, so before the transaction.
    hashes = {name: access.hash_password(pin) for name, pin in pins.items()}
    site = catalogue.site_facts(catalogue.FIRST_SITE)
    actor = Actor(name="warehouse demo", roles=frozenset({"admin"}))
    done = answer(
        Request(actor=actor, site=site, now=now, path="warehouse demo", key=f"demo-{site.code}"),
        lambda tx: _make(tx, hashes),
    )
    return None if done.refused else pins


def _make(tx: Transaction, hashes: dict[str, str]) -> Reply:
    for name, roles in PEOPLE.items():
        access.add_person(name=name, roles=roles, password_hash=hashes[name])
    for code, zone, kind in PLACES:
        catalogue.create_place(tx, bin_code=code, zone=zone, kind=kind)
    for code, name, roles in PARTNERS:
        catalogue.create_partner(code=code, name=name, roles=roles)
    _make_items()
    document = opening_balance.post(tx, "demo site", _goods(tx.today))
    Setting.create(name=MARK, value=tx.today.isoformat())
    return {"opening_balance_no": document.document_no}, 201


def _make_items() -> None:
    catalogue.create_item(
        item_no="EL-100", name="Motor 100 W", unit="pcs", gtin="06912345678902", packs=[("box", "12")]
    )
    catalogue.create_item(item_no="EL-200", name="Motor 200 W", unit="pcs", gtin="06912345678919")
    catalogue.create_item(item_no="CU-05", name="Copper wire 0.5 mm", unit="kg", decimals=3)
    catalogue.create_item(
        item_no="VA-10", name="Insulating varnish", unit="kg", decimals=3, policy="fefo", shelf_life_days=180
    )
    catalogue.create_item(item_no="BE-62", name="Ball bearing 6202", unit="pcs", fifo_mode="warn")
    catalogue.create_item(item_no="CT-30", name="Carton 30 x 20 x 20", unit="pcs", reinspect_months=0, fifo_mode="off")


def _goods(today: date) -> list[OpeningLine]:
    """Give the goods on hand, aged from `today` backwards."""

    def line(
        item_no: str, batch_no: str, location: str, quantity: str, age: int, *, status: str = "qualified",
        owner: str = "", life: int | None = None,
    ) -> OpeningLine:  # fmt: skip
        return OpeningLine(
            item_no=item_no, batch_no=batch_no, location=location, quantity=quantity, owner=owner,
            status=InspectionStatus(status), first_received_on=today - timedelta(days=age),
            expiry_date=None if life is None else today + timedelta(days=life),
        )  # fmt: skip

    return [
        line("EL-100", "A", "F-01", "30", 140),
        line("EL-100", "B", "F-02", "50", 85),
        line("EL-100", "C", "IN-1", "40", 2, status="pending"),
        line("EL-200", "E-1", "F-03", "12", 60),
        line("EL-200", "E-2", "QU-1", "3", 30, status="nonconforming"),
        line("CU-05", "W-7", "R-01", "480.500", 250),  # due for re-inspection two months ago
        line("CU-05", "W-8", "R-02", "350.000", 40),
        line("VA-10", "V-1", "R-03", "8.250", 190, life=-3),
        line("VA-10", "V-2", "R-03", "20.000", 100, life=9),
        line("VA-10", "V-3", "R-03", "40.000", 20, life=160),
        line("BE-62", "L-1", "R-01", "1000", 120),
        line("BE-62", "L-2", "R-02", "1000", 20),
        line("BE-62", "L-0", "SC-1", "15", 170, status="scrap"),
        line("BE-62", "M-1", "R-03", "200", 10, owner="M"),
        line("CT-30", "P-1", "R-02", "600", 300),
    ]
