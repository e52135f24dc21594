"""Documents and what they promise: lines, allocations, picks, tickets, package checks."""

from peewee import AutoField, BigAutoField, BigIntegerField, CharField, Check, ForeignKeyField, IntegerField

from warehouse.tables.base import JsonField, QuantityField, Table, UtcField
from warehouse.tables.books import Batch, Stock
from warehouse.tables.catalogue import Item, Place, Site


class Document(Table):
    """A numbered voucher: receipt, delivery, return, transfer, inspection, opening balance, …"""

    id = AutoField()
    site = ForeignKeyField(Site, on_delete="RESTRICT", index=False)
    site_id: int
    document_no = CharField(unique=True)
    kind = CharField()
    state = CharField(default="open")
    partner = CharField(default="")
    reference = CharField(default="")
    of_document = CharField(default="")  # the delivery a return refers to, the batch a rework comes from
    created_at = UtcField()
    created_by = CharField()
    facts = JsonField(default=dict)

    class Meta:
        indexes = ((("site", "kind", "reference"), False), (("site", "kind", "state"), False))


class DocumentLine(Table):
    """What a document asks for: `limit_quantity` is ordered plus tolerance, `done` scanned, `posted` in the account."""

    id = AutoField()
    document = ForeignKeyField(Document, on_delete="RESTRICT", index=False)
    document_id: int
    line_no = IntegerField()
    item = ForeignKeyField(Item, on_delete="RESTRICT", index=False)
    item_id: int
    owner = CharField(default="")
    ordered = QuantityField()
    limit_quantity = QuantityField()
    done = QuantityField(default=0)
    posted = QuantityField(default=0)
    cancelled = QuantityField(default=0)
    state = CharField(default="open")
    facts = JsonField(default=dict)

    class Meta:
        indexes = ((("document", "line_no"), True), (("document", "item"), False))
        constraints = (Check("done >= 0 AND done <= limit_quantity"), Check("posted <= done"))


class ReceiptScan(Table):
    """One scan at the dock: what it was is on its card line; here is what became of it, and its paper.

    Undone, it names the card line that took the goods out again; posted, the account has them.
    """

    id = BigAutoField()
    line = ForeignKeyField(DocumentLine, on_delete="RESTRICT")
    line_id: int
    card_entry_id = BigIntegerField(unique=True)
    undone_entry_id = BigIntegerField(null=True, unique=True)
    label_no = CharField()
    state = CharField(default="open")  # open, undone, posted


class Allocation(Table):
    """A promise: so much of a stock row is reserved for a line, or missing until a count task is done (R-F16).

    Their sum per stock row is the row's `reserved`.
    """

    id = BigAutoField()
    line = ForeignKeyField(DocumentLine, null=True, on_delete="RESTRICT", index=False)
    line_id: int | None
    task_id = IntegerField(null=True)
    stock = ForeignKeyField(Stock, on_delete="RESTRICT")
    stock_id: int
    quantity = QuantityField()

    class Meta:
        indexes = ((("line", "stock"), True),)


class Pick(Table):
    """Staged goods: taken out of the bin for a line, not yet dispatched. Undone: written in to the same bin again."""

    id = BigAutoField()
    line = ForeignKeyField(DocumentLine, on_delete="RESTRICT")
    line_id: int
    batch = ForeignKeyField(Batch, on_delete="RESTRICT", index=False)  # a batch's staged goods: `picks.staged_of`
    batch_id: int
    place = ForeignKeyField(Place, on_delete="RESTRICT", index=False)
    place_id: int
    status = CharField()
    owner = CharField(default="")
    quantity = QuantityField()
    returned = QuantityField(default=0)  # came back from the customer (R-A14)
    state = CharField(default="staged")  # staged, undone, dispatched
    picked_by = CharField()
    card_entry_id = BigIntegerField()
    passed_over = JsonField(default=list)  # older lines that could not leave, each with its reason (R-F5)
    flagged = CharField(default="")  # confirmed against the order of age (R-F3), or by which override (R-F4)

    class Meta:
        constraints = (Check("returned >= 0 AND returned <= quantity"),)


class Override(Table):
    """A one-use ticket of a second person to pass a rule once (R-F4)."""

    id = AutoField()
    ticket = CharField(unique=True)
    site_id = IntegerField()
    rule = CharField()
    delivery_no = CharField()
    batch = ForeignKeyField(Batch, on_delete="RESTRICT", index=False)
    batch_id: int
    quantity = QuantityField()
    reason = CharField()
    approved_by = CharField()
    created_at = UtcField()
    used_at = UtcField(null=True)


class PackageCheck(Table):
    """The outer package was looked at before it leaves (4.7.6 a)."""

    id = AutoField()
    document = ForeignKeyField(Document, on_delete="RESTRICT")
    document_id: int
    package = CharField()
    outer_ok = IntegerField()
    note = CharField(default="")
    checked_by = CharField()
    checked_at = UtcField()
