"""What the store is made of: sites, items, places and partners."""

from peewee import AutoField, BigIntegerField, CharField, Check, ForeignKeyField, IntegerField

from warehouse.tables.base import DayField, QuantityField, Table


class Site(Table):
    """A plant with its own stock, people, documents and audit chain; its time zone decides what "today" is."""

    id = AutoField()
    code = CharField(unique=True)
    name = CharField()
    time_zone = CharField(default="Asia/Shanghai")
    languages = CharField(default="zh_Hans en")
    segregated = IntegerField(default=1)  # who received may not decide (R-Q4)
    count_day = IntegerField(default=31)  # of the month, its last when it is shorter; 0: counts open by hand (R-C21)
    gs1_prefix = CharField(default="")  # the company's, for SSCC numbers of cartons; '' when it has none (R-D5)
    unsegregated_at = CharField(default="")  # '' where it was never switched off
    unsegregated_entry = BigIntegerField(default=0)  # the card's last line then: what came in by then is under it
    unsegregate_asked_by = CharField(default="")  # who asked to switch it off; a second person does it
    reinspect_per = CharField(default="batch")  # one re-inspection task a batch, or a place (R-I4)


class ItemGroup(Table):
    """Items that share a re-inspection interval (R-I8)."""

    id = AutoField()
    name = CharField(unique=True)
    reinspect_months = IntegerField(null=True)


class Item(Table):
    """What is kept: number, unit and the policies by which it leaves."""

    id = AutoField()
    item_no = CharField(unique=True)
    name = CharField()
    unit = CharField()
    decimals = IntegerField(default=0, constraints=[Check("decimals BETWEEN 0 AND 6")])
    policy = CharField(default="fifo")
    fifo_mode = CharField(default="force")
    fifo_scope = CharField(default="site")
    shelf_life_days = IntegerField(null=True)
    opened_days = IntegerField(null=True)
    reinspect_months = IntegerField(null=True)
    group = ForeignKeyField(ItemGroup, null=True, on_delete="RESTRICT", index=False)
    group_id: int | None
    gtin = CharField(null=True, unique=True)
    over_receipt_percent = CharField(default="0")
    price = QuantityField(null=True)  # of one unit, in the company's currency; None when nobody said
    spec = CharField(default="")  # specification, for the certificate of conformity; '' when nobody said
    standard = CharField(default="")  # the standard or agreement that it is certified by; '' when nobody said
    abc_class = CharField(default="")  # A, B, C: how often it is counted between the months; '' when not classed


class ItemPack(Table):
    """A pack of an item: one `unit` holds `factor` of the item's own unit (R-A13)."""

    id = AutoField()
    item = ForeignKeyField(Item, on_delete="RESTRICT", index=False)
    item_id: int
    unit = CharField()
    factor = QuantityField()

    class Meta:
        indexes = ((("item", "unit"), True),)


class Place(Table):
    """A bin: the smallest place goods lie in. Its zone admits some statuses and no others (4.5.2)."""

    id = AutoField()
    site = ForeignKeyField(Site, on_delete="RESTRICT", index=False)
    site_id: int
    bin_code = CharField()
    zone = CharField()
    warehouse = CharField(default="")
    kind = CharField()
    admits = CharField()  # statuses, separated by blanks
    keeper = CharField(default="")
    frozen_by = CharField(default="")  # the count that froze it (R-C16); '' when movements are free
    last_counted_on = DayField(null=True)  # (R-C13)

    class Meta:
        indexes = ((("site", "bin_code"), True),)


class Partner(Table):
    """A customer, supplier or carrier."""

    id = AutoField()
    code = CharField(unique=True)
    name = CharField()
    roles = CharField()  # separated by blanks
    rest_life_days = IntegerField(default=0)  # what a customer needs left on the shelf (R-E4)
