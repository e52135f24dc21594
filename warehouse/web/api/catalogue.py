"""/items, /locations, /partners: made by the manager, read by all."""

from typing import Annotated, Any, Literal

from flask import Blueprint
from msgspec import Meta

from warehouse import catalogue
from warehouse.posting import Reply
from warehouse.rules.refusals import InvalidInput
from warehouse.rules.status import InspectionStatus
from warehouse.tables.catalogue import Item, Partner, Place
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import posting, reading

bp = Blueprint("catalogue", __name__)
READERS = ("keeper", "clerk", "qa", "manager")


Price = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")]  # of one unit, in the company's currency


Spec = Annotated[str, Meta(max_length=50)]  # what goes whole into a line of the certificate
Standard = Annotated[str, Meta(max_length=36)]


class Pack(body.Body, kw_only=True, frozen=True):
    """A pack: one `unit` holds `factor` of the item's unit."""

    unit: body.Text
    factor: body.Quantity


class ItemBody(body.Body, kw_only=True, frozen=True):
    """A new item."""

    item_no: body.Code
    name: body.Text
    unit: body.Text
    decimals: Annotated[int, Meta(ge=0, le=6)] = 0
    policy: Literal["fifo", "fefo"] = "fifo"
    fifo_mode: Literal["force", "warn", "off"] = "force"
    fifo_scope: Literal["site", "company"] = "site"
    shelf_life_days: Annotated[int, Meta(ge=1, le=36500)] | None = None
    opened_days: Annotated[int, Meta(ge=1, le=36500)] | None = None
    reinspect_months: Annotated[int, Meta(ge=0, le=600)] | None = 6
    group: body.Text | None = None
    gtin: body.Code | None = None
    over_receipt_percent: Annotated[str, Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,2})?$")] = "0"
    price: Price | None = None
    abc_class: Literal["", "A", "B", "C"] = ""
    spec: Spec = ""
    standard: Standard = ""
    packs: tuple[Pack, ...] = ()


class ValuationBody(body.Body, kw_only=True, frozen=True):
    """What one unit of an item is worth, null when nobody knows, and how often it is counted."""

    price: Price | None
    abc_class: Literal["", "A", "B", "C"]


class SpecificationBody(body.Body, kw_only=True, frozen=True):
    """What the certificate of conformity says of an item; empty for nothing."""

    spec: Spec
    standard: Standard


class LocationBody(body.Body, kw_only=True, frozen=True):
    """A new place."""

    code: body.Code
    zone: body.Text
    kind: Literal["storage", "receiving", "dispatch", "inspection", "quarantine", "scrap", "line"] = "storage"
    admits: list[InspectionStatus] | None = None
    warehouse: body.Text | None = None
    keeper: body.Text | None = None
    site: body.Text | None = None


class PartnerBody(body.Body, kw_only=True, frozen=True):
    """A new customer, supplier or carrier."""

    code: body.Code
    name: body.Text
    roles: tuple[Literal["customer", "supplier", "carrier"], ...] = ("customer",)
    rest_life_days: Annotated[int, Meta(ge=0, le=36500)] = 0


@bp.post("/items")
@posting("manager", body=ItemBody)
def create_item(tx: Transaction, sent: ItemBody) -> Reply:
    """Make an item."""
    gtin = _check_gtin(sent.gtin)
    item = catalogue.create_item(
        item_no=sent.item_no, name=sent.name, unit=sent.unit, decimals=sent.decimals, policy=sent.policy,
        fifo_mode=sent.fifo_mode, fifo_scope=sent.fifo_scope, shelf_life_days=sent.shelf_life_days,
        opened_days=sent.opened_days, reinspect_months=sent.reinspect_months, group=sent.group, gtin=gtin,
        over_receipt_percent=sent.over_receipt_percent, packs=[(pack.unit, pack.factor) for pack in sent.packs],
        price=sent.price, abc_class=sent.abc_class, spec=sent.spec.strip(), standard=sent.standard.strip(),
    )  # fmt: skip
    tx.tell(item_no=item.item_no)
    return _item(item), 201


@bp.get("/items")
@reading(*READERS)
def list_items(tx: Transaction) -> dict[str, Any]:
    """List items by number."""
    return body.page(Item.select(), Item.item_no, _item)


@bp.get("/items/<item_no>")
@reading(*READERS)
def get_item(tx: Transaction, item_no: str) -> dict[str, Any]:
    """Show one item."""
    return _item(catalogue.get_item(item_no))


@bp.post("/items/<item_no>/valuation")
@posting("manager", body=ValuationBody, status=200)
def value_item(tx: Transaction, sent: ValuationBody, item_no: str) -> Reply:
    """Set an item's price and class; tolerances by value and cycle counts go by them."""
    before = _item(catalogue.get_item(item_no))
    item = catalogue.value_item(item_no, price=sent.price, abc_class=sent.abc_class)
    tx.tell(item_no=item_no, before=[before["price"], before["abc_class"]], after=[sent.price, sent.abc_class])
    return _item(item), 200


@bp.post("/items/<item_no>/specification")
@posting("manager", "qa", body=SpecificationBody, status=200)
def specify_item(tx: Transaction, sent: SpecificationBody, item_no: str) -> Reply:
    """Set an item's specification and standard; certificates issued from now on say them."""
    before = catalogue.get_item(item_no)
    item = catalogue.specify_item(item_no, spec=sent.spec.strip(), standard=sent.standard.strip())
    tx.tell(item_no=item_no, before=[before.spec, before.standard], after=[item.spec, item.standard])
    return _item(item), 200


@bp.post("/locations")
@posting("manager", body=LocationBody)
def create_location(tx: Transaction, sent: LocationBody) -> Reply:
    """Make a place of the site."""
    place = catalogue.create_place(
        tx, bin_code=sent.code, zone=sent.zone, kind=sent.kind, admits=sent.admits, warehouse=sent.warehouse or "",
        keeper=sent.keeper or "",
    )  # fmt: skip
    tx.tell(location=place.bin_code)
    return _place(place), 201


@bp.get("/locations")
@reading(*READERS)
def list_locations(tx: Transaction) -> dict[str, Any]:
    """List the site's places by code."""
    return body.page(Place.select().where(Place.site == tx.site.id), Place.bin_code, _place)


@bp.post("/partners")
@posting("manager", body=PartnerBody)
def create_partner(tx: Transaction, sent: PartnerBody) -> Reply:
    """Make a customer, supplier or carrier."""
    partner = catalogue.create_partner(
        code=sent.code, name=sent.name, roles=list(sent.roles), rest_life_days=sent.rest_life_days
    )
    tx.tell(partner=partner.code)
    return _partner(partner), 201


@bp.get("/partners")
@reading(*READERS)
def list_partners(tx: Transaction) -> dict[str, Any]:
    """List partners by code."""
    return body.page(Partner.select(), Partner.code, _partner)


def _check_gtin(gtin: str | None) -> str | None:
    """Give a GTIN with 14 digits. Raises InvalidInput when its check digit is wrong (R-A8)."""
    if gtin is None:
        return None
    digits = gtin.zfill(14)
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits[:13])) if (
        gtin.isascii() and gtin.isdigit() and len(gtin) in (8, 12, 13, 14)
    ) else -1  # fmt: skip
    if weighted < 0 or (10 - weighted % 10) % 10 != int(digits[13]):
        raise InvalidInput(field="gtin", reason="check-digit")
    return digits


def _item(item: Item) -> dict[str, Any]:
    return {
        "item_no": item.item_no, "name": item.name, "unit": item.unit, "decimals": item.decimals,
        "policy": item.policy, "fifo_mode": item.fifo_mode, "fifo_scope": item.fifo_scope,
        "shelf_life_days": item.shelf_life_days, "reinspect_months": item.reinspect_months, "gtin": item.gtin,
        "over_receipt_percent": item.over_receipt_percent, "price": None if item.price is None else str(item.price),
        "abc_class": item.abc_class or None, "spec": item.spec or None, "standard": item.standard or None,
    }  # fmt: skip


def _place(place: Place) -> dict[str, Any]:
    return {
        "code": place.bin_code, "zone": place.zone, "kind": place.kind, "admits": place.admits.split(),
        "warehouse": place.warehouse or None, "keeper": place.keeper or None, "site": place.site.code,
        "frozen_by": place.frozen_by or None, "last_counted_on": body.day(place.last_counted_on),
    }  # fmt: skip


def _partner(partner: Partner) -> dict[str, Any]:
    return {
        "code": partner.code, "name": partner.name, "roles": partner.roles.split(),
        "rest_life_days": partner.rest_life_days,
    }  # fmt: skip
