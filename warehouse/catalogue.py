"""Sites, items, places and partners: made once, looked up by their numbers, inside the person's site (R-M5)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from warehouse.rules import transfer, zones
from warehouse.rules.fifo import FifoMode, Policy
from warehouse.rules.packing import check_prefix
from warehouse.rules.quantity import in_item_unit, parse_quantity
from warehouse.rules.receiving import check_name
from warehouse.rules.refusals import Forbidden, InvalidInput, NotFound
from warehouse.rules.status import InspectionStatus
from warehouse.tables.base import row_reader, rows
from warehouse.tables.books import Batch, ChainHead
from warehouse.tables.catalogue import Item, ItemGroup, ItemPack, Partner, Place, Site
from warehouse.transaction import Actor, SiteFacts, Transaction

FIRST_SITE = "S1"

_BATCH_COLUMNS, _read_batch = row_reader(Batch, "b")
_ITEM_COLUMNS, _read_item = row_reader(Item, "i")
_PLACE_COLUMNS, _read_place = row_reader(Place, "p")
_PARTNER_COLUMNS, _read_partner = row_reader(Partner, "c")
_BATCH_WIDTH = _BATCH_COLUMNS.count(",") + 1
_SITE = "SELECT id, code, time_zone, languages, segregated, unsegregated_entry, reinspect_per FROM site"
_BATCH = (
    f"SELECT {_BATCH_COLUMNS}, {_ITEM_COLUMNS} FROM item i JOIN batch b ON b.item_id = i.id AND b.site_id = ?"
    " WHERE i.item_no = ? AND b.batch_no = ?"
)


def create_site(
    *, code: str, name: str, time_zone: str = "Asia/Shanghai", languages: Iterable[str] = ("zh_Hans", "en")
) -> Site:
    """Make a site and the head of its audit chain. Raises InvalidInput when the code is taken."""
    check_name(code, field="code")
    _check_free(Site.select().where(Site.code == code).exists(), "code")
    site = Site.create(code=code, name=name, time_zone=time_zone, languages=" ".join(languages))
    ChainHead.create(site=site, count=0, hash="")
    return site


def set_gs1_prefix(code: str, prefix: str) -> None:
    """Keep the company's GS1 prefix at a site; '' for none. Raises NotFound, InvalidInput."""
    Site.update(gs1_prefix=check_prefix(prefix)).where(Site.id == site_facts(code).id).execute()


def site_facts(code: str) -> SiteFacts:
    """Give a site by its code. Raises NotFound."""
    found = rows(f"{_SITE} WHERE code = ?", code)
    if not found:
        raise NotFound(kind="site", name=code)
    return _site(found[0])


def site_facts_of(site_id: int) -> SiteFacts:
    """Give a site by its row's id, as other rows name it."""
    ((code,),) = rows("SELECT code FROM site WHERE id = ?", site_id)
    return site_facts(code)


def site_of(actor: Actor, asked: str | None = None, *, number: str | None = None) -> SiteFacts:
    """Give the site an act belongs to: the person's; who works for all sites may ask for one, else the first.

    `number` is that of the document, disposition or label the act is about: it says the site where nobody else does.
    Raises Forbidden when a person of one site asks for another, NotFound for a site that is not there.
    """
    if actor.site is not None and asked not in (None, actor.site):
        raise Forbidden(needs=[f"site {asked}"])
    if actor.site is None and asked is None and number is not None and (site := _site_of_number(number)):
        return site
    return site_facts(actor.site or asked or FIRST_SITE)


def _site_of_number(number: str) -> SiteFacts | None:
    """Give the site that gave out a number, or None when nobody did; most numbers are a document's."""
    if found := rows(f"{_SITE} WHERE id = (SELECT site_id FROM document WHERE document_no = ?)", number):
        return _site(found[0])
    found = rows(
        f"{_SITE} WHERE id IN (SELECT site_id FROM disposition WHERE disposition_no = ?"
        " UNION ALL SELECT site_id FROM label WHERE label_no = ?"
        " UNION ALL SELECT site_id FROM stock_count WHERE count_no = ?"
        " UNION ALL SELECT site_id FROM owner_notice WHERE notice_no = ?"
        " UNION ALL SELECT site_id FROM discrepancy WHERE discrepancy_no = ?)",
        number, number, number, number, number,
    )  # fmt: skip
    return _site(found[0]) if found else None


def site_codes() -> list[str]:
    """Give the codes of all sites, for who works for all of them."""
    return [code for (code,) in rows("SELECT code FROM site ORDER BY code")]


def _site(row: tuple[Any, ...]) -> SiteFacts:
    site_id, code, time_zone, languages, segregated, unsegregated_entry, reinspect_per = row
    return SiteFacts(
        id=site_id, code=code, time_zone=time_zone, languages=tuple(languages.split()), segregated=bool(segregated),
        unsegregated_entry=unsegregated_entry, reinspect_per=reinspect_per,
    )  # fmt: skip


def create_item(
    *, item_no: str, name: str, unit: str, decimals: int = 0, policy: str = Policy.FIFO,
    fifo_mode: str = FifoMode.FORCE, fifo_scope: str = "site", shelf_life_days: int | None = None,
    opened_days: int | None = None, reinspect_months: int | None = 6, group: str | None = None,
    gtin: str | None = None, over_receipt_percent: str = "0", packs: Iterable[tuple[str, str]] = (),
    price: str | None = None, abc_class: str = "", spec: str = "", standard: str = "",
) -> Item:  # fmt: skip
    """Make an item. Raises InvalidInput when its number or GTIN is taken, or its number is no name."""
    check_name(item_no, field="item_no")
    _check_free(Item.select().where(Item.item_no == item_no).exists(), "item_no")
    _check_free(gtin is not None and Item.select().where(Item.gtin == gtin).exists(), "gtin")
    in_group = None
    if group:
        ItemGroup.insert(name=group).on_conflict_ignore().execute()
        in_group = ItemGroup.get(ItemGroup.name == group)
    item = Item.create(
        item_no=item_no, name=name, unit=unit, decimals=decimals, policy=Policy(policy), fifo_mode=FifoMode(fifo_mode),
        fifo_scope=fifo_scope, shelf_life_days=shelf_life_days, opened_days=opened_days,
        reinspect_months=reinspect_months, group=in_group, gtin=gtin, over_receipt_percent=over_receipt_percent,
        price=None if price is None else Decimal(price), abc_class=abc_class, spec=spec, standard=standard,
    )  # fmt: skip
    for pack_unit, factor in packs:
        ItemPack.create(
            item=item, unit=pack_unit, factor=parse_quantity(factor, decimals=decimals, unit=unit, field="packs")
        )
    return item


def value_item(item_no: str, *, price: str | None, abc_class: str) -> Item:
    """Set an item's price and class. Raises NotFound."""
    item = get_item(item_no)
    Item.update(price=None if price is None else Decimal(price), abc_class=abc_class).where(
        Item.id == item.id
    ).execute()
    return get_item(item_no)


def specify_item(item_no: str, *, spec: str, standard: str) -> Item:
    """Set what a certificate says of an item: its specification and by which standard. Raises NotFound."""
    item = get_item(item_no)
    Item.update(spec=spec, standard=standard).where(Item.id == item.id).execute()
    return get_item(item_no)


def create_place(
    tx: Transaction, *, bin_code: str, zone: str, kind: str = "storage", admits: Iterable[str] | None = None,
    warehouse: str = "", keeper: str = "",
) -> Place:  # fmt: skip
    """Make a place at the act's site; without `admits` its kind says what may lie there (4.5.2)."""
    check_name(bin_code, field="code")
    taken = Place.select().where((Place.site == tx.site.id) & (Place.bin_code == bin_code)).exists()
    _check_free(taken, "code")
    admitted = zones.default_admits(zones.LocationKind(kind)) if admits is None else tuple(admits)
    return Place.create(
        site_id=tx.site.id, bin_code=bin_code, zone=zone, kind=kind, admits=" ".join(admitted), warehouse=warehouse,
        keeper=keeper,
    )  # fmt: skip


def create_partner(*, code: str, name: str, roles: Iterable[str] = ("customer",), rest_life_days: int = 0) -> Partner:
    """Make a customer, supplier or carrier. Raises InvalidInput when the code is taken."""
    check_name(code, field="code")
    _check_free(Partner.select().where(Partner.code == code).exists(), "code")
    return Partner.create(code=code, name=name, roles=" ".join(roles), rest_life_days=rest_life_days)


def get_item(item_no: str) -> Item:
    """Give an item by its number. Raises NotFound."""
    found = rows(f"SELECT {_ITEM_COLUMNS} FROM item i WHERE i.item_no = ?", item_no)
    if not found:
        raise NotFound(kind="item", name=item_no)
    return _read_item(found[0])


def get_place(tx: Transaction, bin_code: str) -> Place:
    """Give a place of the act's site. Raises NotFound."""
    found = rows(f"SELECT {_PLACE_COLUMNS} FROM place p WHERE p.site_id = ? AND p.bin_code = ?", tx.site.id, bin_code)
    if not found:
        raise NotFound(kind="location", name=bin_code)
    return _read_place(found[0])


def first_place(tx: Transaction, kind: str, *, status: str) -> Place:
    """Give the first place of a kind that admits a status, where nobody said which. Raises InvalidInput without one."""
    found = rows(
        f"SELECT {_PLACE_COLUMNS} FROM place p WHERE p.site_id = ? AND p.kind = ? ORDER BY p.bin_code", tx.site.id, kind
    )
    for row in found:
        place = _read_place(row)
        if status in place.admits.split():
            return place
    raise InvalidInput(field="location", reason="missing")


def get_partner(code: str, role: str | None = None) -> Partner:
    """Give a partner by code, in a role when asked. Raises NotFound."""
    found = rows(f"SELECT {_PARTNER_COLUMNS} FROM partner c WHERE c.code = ?", code)
    partner = _read_partner(found[0]) if found else None
    if partner is None or (role and role not in partner.roles.split()):
        raise NotFound(kind=role or "partner", name=code)
    return partner


def get_batch(tx: Transaction, *, item_no: str, batch_no: str) -> Batch:
    """Give a batch of the act's site. Raises NotFound."""
    batch = find_batch(tx, item_no=item_no, batch_no=batch_no)
    if batch is None:
        get_item(item_no)
        raise NotFound(kind="batch", name=f"{item_no}/{batch_no}")
    return batch


def find_batch(tx: Transaction, *, item_no: str, batch_no: str) -> Batch | None:
    """Give a batch of the act's site with its item, by their numbers, or None."""
    found = rows(_BATCH, tx.site.id, item_no, batch_no)
    if not found:
        return None
    batch = _read_batch(found[0])
    batch.item = _read_item(found[0][_BATCH_WIDTH:])
    return batch


def check_admits(tx: Transaction, place: Place, status: str) -> None:
    """Refuse a place that is frozen for a count (CountOpen), or does not admit the status (ZoneRefusesStatus).

    The second names places that do. Source: 4.5.2; R-C16.
    """
    transfer.check_free(location=place.bin_code, frozen_by=place.frozen_by)
    admits = place.admits.split()
    if status in admits:
        return
    others = [
        other.bin_code
        for other in Place.select().where(Place.site == tx.site.id).order_by(Place.bin_code)
        if status in other.admits.split()
    ]
    zones.check_admits(
        location=place.bin_code,
        admits=[InspectionStatus(word) for word in admits],
        status=InspectionStatus(status),
        allowed_places=others[:10],
    )


def read_quantity(item: Item, text: str, *, unit: str | None = None, zero_allowed: bool = False) -> Decimal:
    """Read a quantity in the item's unit, or in a pack's: 2 boxes of 12 are 24 pcs (R-A13).

    Raises InvalidInput, QuantityPrecision.
    """
    if unit is None or unit == item.unit:
        return parse_quantity(text, decimals=item.decimals, unit=item.unit, zero_allowed=zero_allowed)
    pack: ItemPack | None = ItemPack.get_or_none((ItemPack.item == item.id) & (ItemPack.unit == unit))
    if pack is None:
        raise InvalidInput(field="unit", reason="unknown")
    return in_item_unit(parse_quantity(text, decimals=0, unit=unit, zero_allowed=zero_allowed), pack.factor)


def _check_free(taken: bool, field: str) -> None:
    if taken:
        raise InvalidInput(field=field, reason="taken")
