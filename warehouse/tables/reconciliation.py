"""The monthly comparison of the three books: the finance system's book, discrepancies, signatures, frozen months."""

from peewee import SQL, AutoField, BigAutoField, BigIntegerField, CharField, ForeignKeyField, IntegerField, TextField

from warehouse.tables.base import DayField, JsonField, QuantityField, Table, UtcField
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Item, Place, Site


class OutsideBook(Table):
    """The finance system's book as of the end of a day, as loaded; loading it again replaces its lines."""

    id = AutoField()
    site = ForeignKeyField(Site, on_delete="RESTRICT", index=False)
    site_id: int
    as_of = DayField()
    source = CharField()
    lines = IntegerField(default=0)
    loaded_at = UtcField()
    loaded_by = CharField()

    class Meta:
        indexes = ((("site", "as_of", "source"), True),)


class OutsideBalance(Table):
    """One figure of a finance book, per batch or, without one, per item; may be below zero."""

    id = BigAutoField()
    book = ForeignKeyField(OutsideBook, on_delete="CASCADE", index=False)
    book_id: int
    item = ForeignKeyField(Item, on_delete="RESTRICT", index=False)
    item_id: int
    batch = ForeignKeyField(Batch, null=True, on_delete="RESTRICT", index=False)
    batch_id: int | None
    owner = CharField(default="")
    quantity = QuantityField()

    class Meta:
        indexes = ((("book", "item", "batch"), False),)


class Discrepancy(Table):
    """A part of a difference with its probable cause, somebody to follow it up, and its end (R-R5).

    `part` says which book and place it is about; a part found again is the same row until it is closed.
    """

    id = AutoField()
    discrepancy_no = CharField(unique=True)
    site = ForeignKeyField(Site, on_delete="RESTRICT", index=False)
    site_id: int
    month = CharField()
    subject = CharField()  # item, batch and owner, as `rules/reconciliation.subject` writes them
    part = CharField()
    item = ForeignKeyField(Item, on_delete="RESTRICT", index=False)
    item_id: int
    batch = ForeignKeyField(Batch, null=True, on_delete="RESTRICT", index=False)
    batch_id: int | None
    owner = CharField(default="")
    cause = CharField()
    quantity = QuantityField()
    facts = JsonField(default=dict)  # the figures, vouchers and places when it was found
    state = CharField(default="open")  # open, assigned, closed
    assigned_to = CharField(default="")
    due_on = DayField(null=True)
    opened_at = UtcField()
    opened_by = CharField()
    closed_at = UtcField(null=True)
    closed_by = CharField(default="")
    closing_reason = CharField(default="")
    note = CharField(default="")

    class Meta:
        indexes = ((("site", "state", "month"), False), (("site", "subject"), False))


Discrepancy.add_index(
    Discrepancy.site, Discrepancy.subject, Discrepancy.part, unique=True, where=SQL("state <> 'closed'"),
    name="discrepancy_one_open",
)  # fmt: skip


class Signature(Table):
    """A book of a month signed by a person, for exactly the figures whose digest it keeps (R-R10)."""

    id = AutoField()
    site = ForeignKeyField(Site, on_delete="RESTRICT", index=False)
    site_id: int
    month = CharField()
    book = CharField()  # account, card, goods
    digest = CharField()
    signed_by = CharField()
    signed_at = UtcField()

    class Meta:
        indexes = ((("site", "month"), False),)


class ReconciliationMonth(Table):
    """A month signed by all three: its figures as canonical JSON, for ever (R-R9)."""

    id = AutoField()
    site = ForeignKeyField(Site, on_delete="RESTRICT", index=False)
    site_id: int
    month = CharField()
    content = TextField()
    digest = CharField()  # SHA-256 of the content; the audit row of the third signature tells it too

    class Meta:
        indexes = ((("site", "month"), True),)


class PeriodBalance(Table):
    """What the card said of a stock key at a month's close; keys without stock or movement in the month are at 0."""

    site_id = IntegerField()
    month = CharField()
    batch = ForeignKeyField(Batch, on_delete="RESTRICT", index=False)
    batch_id: int
    place = ForeignKeyField(Place, on_delete="RESTRICT", index=False)
    place_id: int
    status = CharField()
    owner = CharField(default="")
    quantity = QuantityField()

    class Meta:
        indexes = ((("site_id", "month", "batch", "place", "status", "owner"), True),)


class PeriodAccount(Table):
    """What our account said of a batch and owner at a month's close; others are at 0."""

    site_id = IntegerField()
    month = CharField()
    batch = ForeignKeyField(Batch, on_delete="RESTRICT", index=False)
    batch_id: int
    owner = CharField(default="")
    balance = QuantityField()

    class Meta:
        indexes = ((("site_id", "month", "batch", "owner"), True),)


class PeriodPosition(Table):
    """Where a closed month ends in the two books: no line dated in it, or before, has a higher number."""

    site_id = IntegerField()
    month = CharField()
    until = CharField()  # its last moment, UTC text
    card_entry_id = BigIntegerField()
    ledger_entry_id = BigIntegerField()

    class Meta:
        indexes = ((("site_id", "month"), True),)
