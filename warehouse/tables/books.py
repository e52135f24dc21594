"""The books: batches, stock, card 卡, account 帳, audit chain, request keys. Entries are appended, never changed."""

from peewee import (
    AutoField,
    BigAutoField,
    BigIntegerField,
    CharField,
    Check,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from warehouse.tables.base import DayField, JsonField, QuantityField, Table, UtcField
from warehouse.tables.catalogue import Item, Place, Site


class Batch(Table):
    """A lot of goods of one item at one site; its number and dates travel with it (4.5.1)."""

    id = AutoField()
    site = ForeignKeyField(Site, on_delete="RESTRICT", index=False)
    site_id: int
    item = ForeignKeyField(Item, on_delete="RESTRICT", index=False)
    item_id: int
    batch_no = CharField(index=True)
    parent = ForeignKeyField("self", null=True, on_delete="RESTRICT")
    parent_id: int | None
    supplier = CharField(default="")
    first_received_on = DayField()
    receipt_sequence = BigIntegerField()
    produced_on = DayField(null=True)
    expiry_date = DayField(null=True)
    last_inspected_on = DayField(null=True)
    reinspect_on = DayField(null=True, index=True)
    clock_waits = IntegerField(default=0)  # 1 after a return, rework or repair: the next inspection moves the due date
    hold = CharField(default="")  # in-doubt, recall, …; '' when none. The history is in `hold`
    hold_reason = CharField(default="")
    concession_no = CharField(default="")
    concession_customer = CharField(default="")
    concession_until = DayField(null=True)
    needs_concession = IntegerField(default=0)  # repaired goods do not meet the original requirement (R-Q9)

    class Meta:
        indexes = ((("site", "item", "batch_no"), True),)


class Stock(Table):
    """What lies there now: one row per batch, place, status and owner; kept at 0 when the place is empty.

    `open` is quantity > reserved, written by trigger only when it turns. The FIFO facts are copies of the batch's.
    """

    id = BigAutoField()
    site_id = IntegerField()
    item_id = IntegerField()
    batch = ForeignKeyField(Batch, on_delete="RESTRICT", index=False)
    batch_id: int
    place = ForeignKeyField(Place, on_delete="RESTRICT")
    place_id: int
    status = CharField()
    owner = CharField(default="")  # ours; never NULL, it is part of a key
    quantity = QuantityField(default=0)
    reserved = QuantityField(default=0)
    open = IntegerField(default=0)
    last_entry = BigIntegerField(default=0)
    first_received_on = CharField()
    expiry_key = CharField()  # NO_EXPIRY when none, so that it sorts last on both engines
    receipt_sequence = BigIntegerField()
    bin_code = CharField()

    class Meta:
        indexes = ((("batch", "place", "status", "owner"), True),)
        constraints = (Check("quantity >= 0"), Check("reserved BETWEEN 0 AND quantity"))


class CardEntry(Table):
    """One line of the bin card 卡: what one scan moved and what is left in the bin. Appended, never changed."""

    id = BigAutoField()
    act = CharField()  # the transaction that wrote it; the audit row of that act covers it by its hash
    batch = ForeignKeyField(Batch, on_delete="RESTRICT", index=False)
    batch_id: int
    place = ForeignKeyField(Place, on_delete="RESTRICT", index=False)
    place_id: int
    status = CharField()
    owner = CharField(default="")
    kind = CharField()
    quantity_in = QuantityField(default=0)
    quantity_out = QuantityField(default=0)
    balance = QuantityField()  # of the batch in the bin, all statuses
    voucher_no = CharField()  # indexed but for picks, which their document lines find
    written_at = UtcField()
    done_at = UtcField()
    written_by = CharField()
    device = CharField(default="")
    key = CharField(default="")

    class Meta:
        indexes = ((("batch", "place", "id"), False),)
        constraints = (Check("balance >= 0"), Check("quantity_in >= 0 AND quantity_out >= 0"))


class LedgerEntry(Table):
    """One line of the account 帳, posted by a document. Appended, never changed."""

    id = BigAutoField()
    act = CharField()
    site_id = IntegerField()
    batch = ForeignKeyField(Batch, on_delete="RESTRICT", index=False)
    batch_id: int
    owner = CharField(default="")
    kind = CharField()
    quantity_in = QuantityField(default=0)
    quantity_out = QuantityField(default=0)
    balance = QuantityField()
    voucher_no = CharField(index=True)
    posted_on = DayField()
    written_at = UtcField()
    written_by = CharField()
    done_at = CharField(default="")  # these three: '' in lines of before schema 2
    device = CharField(default="")
    key = CharField(default="")

    class Meta:
        indexes = ((("batch", "id"), False),)
        constraints = (Check("quantity_in >= 0 AND quantity_out >= 0"),)


class LedgerBalance(Table):
    """The account's balance per batch and owner, kept by guarded updates; `warehouse verify` recomputes it."""

    batch = ForeignKeyField(Batch, on_delete="RESTRICT", index=False)
    batch_id: int
    owner = CharField(default="")
    balance = QuantityField(default=0)

    class Meta:
        indexes = ((("batch", "owner"), True),)


class ChainHead(Table):
    """The head of a site's audit chain: how many rows, and the hash of the last. Taken last before COMMIT."""

    site = ForeignKeyField(Site, primary_key=True, on_delete="RESTRICT")
    site_id: int
    count = BigIntegerField(default=0)
    hash = CharField(default="")


class Audit(Table):
    """One act or one refused attempt: who, when, device, what, why. Each row hashes the former one (R-U2).

    Read by `id`, which within a site has the order of `sequence`: both are drawn while the chain's head is held.
    """

    id = BigAutoField()
    site_id = IntegerField()
    sequence = BigIntegerField()
    act = CharField()
    outcome = CharField()  # done, refused, repeated
    content = TextField()  # canonical JSON: person, device, times, path, facts, and the digest of the act's entries
    hash = CharField()


class RequestKey(Table):
    """An Idempotency-Key with the hash of its request and the first answer; lives as long as the books."""

    key = CharField(primary_key=True)
    request_hash = CharField()
    status = IntegerField()
    answer = JsonField()


class DeviceScan(Table):
    """The sequence numbers a device has sent: a gap is shown, a repeated one gets its first answer (R-U3).

    Its own time stands beside ours, so that a clock that is off is seen (R-U4).
    """

    site_id = IntegerField()
    device = CharField()
    sequence = BigIntegerField()
    key = CharField()
    received_at = UtcField()
    done_at = UtcField(null=True)

    class Meta:
        indexes = ((("device", "sequence"), True),)


class NumberSeries(Table):
    """The last number given out per site, kind and month."""

    site_id = IntegerField()
    kind = CharField()
    month = CharField()
    last = IntegerField(default=0)

    class Meta:
        indexes = ((("site_id", "kind", "month"), True),)


class Period(Table):
    """A closed month of a site: nothing dated in it is posted any more (R-C20)."""

    site = ForeignKeyField(Site, on_delete="RESTRICT", index=False)
    site_id: int
    month = CharField()
    closed_at = UtcField()
    closed_by = CharField()

    class Meta:
        indexes = ((("site", "month"), True),)
