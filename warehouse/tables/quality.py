"""What QA said and what waits for a hand: inspections, dispositions, holds, tasks."""

from peewee import SQL, AutoField, CharField, ForeignKeyField, IntegerField, TextField

from warehouse.tables.base import DayField, JsonField, QuantityField, Table, UtcField
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Site


class Inspection(Table):
    """One decision of QA on a quantity: person, time, verdict, evidence (4.4, R-Q4)."""

    id = AutoField()
    inspection_no = CharField(index=True)
    batch = ForeignKeyField(Batch, on_delete="RESTRICT")
    batch_id: int
    into = ForeignKeyField(Batch, on_delete="RESTRICT", index=False, backref="decided")  # the (sub-)batch it went to
    into_id: int
    kind = CharField()
    verdict = CharField()
    quantity = QuantityField()
    note = CharField(default="")
    decided_by = CharField()
    decided_at = UtcField()


class Disposition(Table):
    """What becomes of nonconforming goods (4.5.4): proposed by one, for concession and scrap approved by another."""

    id = AutoField()
    site_id = IntegerField()
    disposition_no = CharField(unique=True)
    batch = ForeignKeyField(Batch, on_delete="RESTRICT")
    batch_id: int
    into = ForeignKeyField(Batch, null=True, on_delete="RESTRICT", index=False, backref="disposed")
    into_id: int | None
    decision = CharField()
    quantity = QuantityField()
    done = QuantityField(default=0)  # returned, back from rework or scrapped there
    reason = CharField()
    customer = CharField(default="")
    until = DayField(null=True)
    state = CharField()  # awaiting-approval, open, done
    facts = JsonField(default=dict)
    proposed_by = CharField()
    proposed_at = UtcField()
    approved_by = CharField(default="")
    approved_at = UtcField(null=True)


class Hold(Table):
    """A batch put on hold and let go again: who, when, why (R-I7, R-Q12)."""

    id = AutoField()
    batch = ForeignKeyField(Batch, on_delete="RESTRICT")
    batch_id: int
    kind = CharField()
    reason = CharField()
    photo = TextField(default="")  # the picture itself as a data: URL, so that one backup holds all; '' when none
    placed_by = CharField()
    placed_at = UtcField()
    lifted_by = CharField(default="")
    lifted_at = UtcField(null=True)


class Task(Table):
    """Something that waits for a hand: move, relabel, count, inspect, reinspect, plan. One open task a subject."""

    id = AutoField()
    site = ForeignKeyField(Site, on_delete="RESTRICT", index=False)
    site_id: int
    kind = CharField()
    subject = CharField()
    state = CharField(default="open")
    facts = JsonField(default=dict)
    due_on = DayField(null=True)
    created_at = UtcField()
    done_at = UtcField(null=True)
    done_by = CharField(default="")
    urgent = IntegerField(default=0)

    class Meta:
        indexes = ((("site", "state", "kind"), False),)


Task.add_index(Task.site, Task.kind, Task.subject, unique=True, where=SQL("state = 'open'"), name="task_one_open")
