"""The monthly count: what is to be counted, what was typed, what it was compared with (4.7.5 d, R-C1..R-C21, R-O2).

A line is all of one batch of one owner in one place, every status together, because that is what lies there to be
counted. `book` was copied when the count opened and stands still; what a count is compared with is `expected`, the card
at the moment of the counting. A card entry of the line's batch, place and owner lies *before* the counting when its id
is at most `position`, or when it was written later but its `done_at` is earlier than `counted_at` (a late one, R-C3);
an adjustment (`kind = 'adjustment'`) corrects the records and moves no goods. So what lies in the place at any later
moment is `counted` plus the entries after the counting that are no adjustments.
"""

from peewee import (
    SQL,
    AutoField,
    BigAutoField,
    BigIntegerField,
    CharField,
    ForeignKeyField,
    IntegerField,
)

from warehouse.tables.base import DayField, JsonField, QuantityField, Table, UtcField
from warehouse.tables.catalogue import Item, Place, Site


class Count(Table):
    """One count of a site or a zone: open -> submitted -> approved -> closed, or cancelled on the way."""

    id = AutoField()
    site = ForeignKeyField(Site, on_delete="RESTRICT", index=False)
    site_id: int
    count_no = CharField(unique=True)
    kind = CharField()  # monthly, cycle, spot
    month = CharField()  # YYYY-MM: the month it settles
    zone = CharField(default="")  # '' for every zone of the site
    scope = JsonField(default=dict)  # what else narrows it: the class of items, the least value, one place
    state = CharField(default="open")
    frozen = IntegerField(default=0)  # 1: its places refuse movements until it is closed or cancelled (R-C16)
    due_on = DayField(null=True)
    blanks = CharField(default="")  # what the lead chose for lines nobody counted: keep or zero; '' when none (R-C8)
    blanks_by = CharField(default="")
    opened_at = UtcField()
    opened_by = CharField()
    submitted_at = UtcField(null=True)
    submitted_by = CharField(default="")
    approved_at = UtcField(null=True)
    approved_by = CharField(default="")  # 'system' when every difference was within tolerance
    closed_at = UtcField(null=True)
    closed_by = CharField(default="")
    cancelled_at = UtcField(null=True)
    cancelled_by = CharField(default="")
    reason = CharField(default="")  # why it was cancelled

    class Meta:
        table_name = "stock_count"
        indexes = ((("site", "state"), False), (("site", "month"), False))


class CountAssignment(Table):
    """Who counts a zone of a count first; through with it when `submitted_at` is set."""

    id = AutoField()
    count = ForeignKeyField(Count, on_delete="RESTRICT", index=False)
    count_id: int
    zone = CharField()
    counter = CharField()
    submitted_at = UtcField(null=True)

    class Meta:
        indexes = ((("count", "zone", "counter"), True), (("counter",), False))


class ZoneCounter(Table):
    """Who counted something in a zone of an open count, assigned or not: blind there until it is submitted (R-C1)."""

    id = AutoField()
    count_id = IntegerField()
    zone = CharField()
    counter = CharField()

    class Meta:
        indexes = ((("counter", "count_id", "zone"), True),)


class CountLine(Table):
    """One batch of one owner in one place: the book when the count opened, what was found, and where that stands.

    `state`: open (blank), counted (agrees with `expected` or lies within tolerance), recount (another person has to
    count), third (two differ, a third decides), variance (decided, waits for approval), kept (blank, the lead keeps the
    book), adjusted, reopened (a late movement changed `expected` after all that).
    """

    # No constraints on what it points to: a million lines are opened at once from stock, whose rows have them, in
    # half the time, and no count, batch or place is ever deleted.
    id = BigAutoField()
    count_id = IntegerField()
    batch_id = IntegerField()
    place_id = IntegerField()
    owner = CharField(default="")
    book = QuantityField()  # all statuses, when the count opened
    state = CharField(default="open")
    within = IntegerField(null=True)  # 1: what was counted lay within tolerance, also after it was adjusted (R-K1)
    differs = IntegerField(default=0)  # 1 when `counted` is not `expected`; the few lines that closing looks at
    found = IntegerField(default=0)  # 1: was not on the sheet (R-C11)
    counted = QuantityField(null=True)  # NULL is blank, 0 is empty (R-C8)
    counted_at = UtcField(null=True)
    counter = CharField(null=True)  # whose count stands
    position = BigIntegerField(null=True)  # the newest card entry of batch and place when counted
    expected = QuantityField(null=True)  # the book at the counting, late entries with an earlier done_at included
    reopened = IntegerField(null=True)  # how often a late movement changed `expected` (R-C3)
    reason = CharField(null=True)  # why the variance is adjusted: a code of the list (R-C19)
    note = CharField(null=True)
    adjusted = QuantityField(null=True)  # what was posted to account and card for this line, signed
    adjustment_no = CharField(null=True)
    notice_no = CharField(null=True)  # the owner's notice that covers the variance (R-O2)

    class Meta:
        indexes = ((("count_id", "place_id", "batch_id", "owner"), True),)


CountLine.add_index(CountLine.count_id, where=SQL("differs = 1"), name="count_line_differs")


class CountEntry(Table):
    """One count that somebody typed or scanned. Appended, never changed: a correction is a further entry."""

    id = BigAutoField()
    act = CharField()
    line = ForeignKeyField(CountLine, on_delete="RESTRICT")
    line_id: int
    kind = CharField()  # first, correction, recount, third, blank
    counter = CharField()
    quantity = QuantityField()
    counted_at = UtcField()
    position = BigIntegerField()
    written_at = UtcField()
    device = CharField(default="")
    source = CharField(default="")  # '' typed or scanned; the name of an uploaded sheet


class CountFinding(Table):
    """Goods of a batch that is not on record, found by a count: white stock only after QA's word (R-C11)."""

    id = AutoField()
    count = ForeignKeyField(Count, on_delete="RESTRICT")
    count_id: int
    place = ForeignKeyField(Place, on_delete="RESTRICT", index=False)
    place_id: int
    item = ForeignKeyField(Item, on_delete="RESTRICT", index=False)
    item_id: int
    batch_no = CharField()
    quantity = QuantityField()
    counter = CharField()
    counted_at = UtcField()
    state = CharField(default="open")  # open, accepted, rejected
    decided_by = CharField(default="")
    decided_at = UtcField(null=True)
    note = CharField(default="")

    class Meta:
        indexes = ((("count", "place", "item", "batch_no"), True),)


class CountTolerance(Table):
    """What a variance may be without approval: for one bin, a warehouse, or the site ('' and '').

    0 is exact, NULL inherits from the next wider one (R-C7). Percent of the book; value in the currency of prices.
    """

    id = AutoField()
    site = ForeignKeyField(Site, on_delete="RESTRICT", index=False)
    site_id: int
    warehouse = CharField(default="")
    bin_code = CharField(default="")
    percent = QuantityField(null=True)
    value = QuantityField(null=True)

    class Meta:
        indexes = ((("site", "warehouse", "bin_code"), True),)


class OwnerNotice(Table):
    """What an owner was told of a difference in goods that are his, what he answered, how it ended (4.6, R-O2)."""

    id = AutoField()
    site = ForeignKeyField(Site, on_delete="RESTRICT", index=False)
    site_id: int
    notice_no = CharField(unique=True)
    count = ForeignKeyField(Count, null=True, on_delete="RESTRICT")
    count_id: int | None
    owner = CharField()
    facts = JsonField(default=dict)  # the lines as they were told: item, batch, place, book, counted
    text = CharField()
    noticed_at = UtcField()
    noticed_by = CharField()
    answer = CharField(default="")
    answered_at = UtcField(null=True)
    answered_by = CharField(default="")
    outcome = CharField(default="")
    closed_at = UtcField(null=True)
    closed_by = CharField(default="")
