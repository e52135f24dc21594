"""Printers and what is sent to them: the queue is written in the transaction of the event that needs the paper."""

from peewee import AutoField, BigAutoField, CharField, Check, FloatField, ForeignKeyField, IntegerField

from warehouse.tables.base import JsonField, Table, UtcField
from warehouse.tables.labels import Label


class Printer(Table):
    """A printer that an administrator added. `loaded_colour` is what the last roll card said, '' when nobody knows.

    `prints` are the kinds of label that come here by themselves, separated by blanks.
    """

    id = AutoField()
    site_id = IntegerField()
    name = CharField()
    address = CharField()
    certificate = CharField(default="")  # SHA-256 in hex of a self-signed one, pinned when the printer was added
    form = CharField()  # pdf, zpl
    mode = CharField()  # stock: coloured paper; colour: the printer paints; mono: black only
    dpi = IntegerField()
    size = CharField(default="")  # of the labels in it, such as 100x50 mm; '' prints each kind in its first size
    offset_x_mm = FloatField(default=0.0)
    offset_y_mm = FloatField(default=0.0)
    prints = CharField(default="")
    loaded_colour = CharField(default="")
    loaded_by = CharField(default="")
    state = CharField(default="in-use")  # in-use, removed

    class Meta:
        indexes = ((("site_id", "name"), True),)


class PrintJob(Table):
    """At most 20 papers of one colour and size for one printer; the same event makes it once.

    queued -> sending -> sent or confirmed; held and busy ones wait and try again, uncertain ones wait for a person.
    """

    id = BigAutoField()
    site_id = IntegerField()
    event = CharField(unique=True)
    printer = ForeignKeyField(Printer, on_delete="RESTRICT", index=False)
    printer_id: int
    purpose = CharField()  # event, request, reprint, test
    reason = CharField(default="")
    asked_by = CharField()
    colour = CharField(default="")  # of the paper, '' when any will do
    state = CharField(default="queued", constraints=[
        Check("state IN ('queued', 'sending', 'sent', 'confirmed', 'uncertain', 'failed', 'held', 'cancelled')")
    ])  # fmt: skip
    cause = CharField(default="")
    detail = CharField(default="")
    remote_id = CharField(default="")
    attempts = IntegerField(default=0)
    next_try_at = UtcField()
    lease_until = UtcField(null=True)
    created_at = UtcField()
    changed_at = UtcField()

    class Meta:
        indexes = ((("state", "next_try_at"), False),)


class PrintedLabel(Table):
    """Which papers a job carries, in order; `mark` is R1 on a paper that may be out there already."""

    job = ForeignKeyField(PrintJob, on_delete="RESTRICT")
    job_id: int
    label = ForeignKeyField(Label, on_delete="RESTRICT")
    label_id: int
    position = IntegerField()
    mark = CharField(default="")

    class Meta:
        indexes = ((("job", "position"), True),)


class LabelLayout(Table):
    """Where a site puts what stands on a kind of label; each version is kept, the highest one counts.

    `places` are the numbers that differ from the layout as delivered, in mm and pt; none of them is that layout again.
    """

    id = AutoField()
    site_id = IntegerField()
    kind = CharField()
    size = CharField()
    version = IntegerField()
    places = JsonField()
    saved_by = CharField()
    saved_at = UtcField()

    class Meta:
        indexes = ((("site_id", "kind", "size", "version"), True),)
