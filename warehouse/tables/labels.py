"""The life of a paper: issued, printed, applied, void (4.5.5, R-Q13)."""

from peewee import AutoField, CharField, ForeignKeyField, IntegerField

from warehouse.tables.base import JsonField, QuantityField, Table, UtcField
from warehouse.tables.books import Batch


class Label(Table):
    """One physical paper with its own number; what it says is frozen in `facts`."""

    id = AutoField()
    label_no = CharField(unique=True)
    site_id = IntegerField()
    kind = CharField()
    batch = ForeignKeyField(Batch, null=True, on_delete="RESTRICT")
    batch_id: int | None
    place_id = IntegerField(null=True)
    status = CharField(default="")
    quantity = QuantityField(default=0)
    state = CharField(default="issued")
    facts = JsonField(default=dict)
    issued_by = CharField()
    issued_at = UtcField()
    void_reason = CharField(default="")
    void_by = CharField(default="")
    void_at = UtcField(null=True)
    document_no = CharField(default="")  # the delivery or count that it belongs to
