"""A site's own layouts of its labels: each version kept with person and time, the newest one counts (4.5.5).

What a layout may be is judged where labels are drawn; here it is only kept, by kind and size.
"""

from collections.abc import Mapping
from typing import Any

from peewee import ModelSelect

from warehouse.rules import printing as rules
from warehouse.rules.refusals import NotFound
from warehouse.tables.base import rows
from warehouse.tables.printing import LabelLayout
from warehouse.transaction import Transaction

MOST_SHOWN = 20
AS_DELIVERED = 0  # the version of a layout that nobody changed
Places = Mapping[str, Mapping[str, float]]


def of_site(tx: Transaction) -> dict[tuple[str, str], Places]:
    """Give what the site changed, by kind and size; {} where one went back to what it started from."""
    return {(each.kind, each.size): each.places for each in newest_of_site(tx)}


def newest_of_site(tx: Transaction) -> list[LabelLayout]:
    """Give the newest version of each layout that the site ever saved."""
    found = rows("SELECT MAX(id) FROM label_layout WHERE site_id = ? GROUP BY kind, size", tx.site.id)
    return list(LabelLayout.select().where(LabelLayout.id.in_([each for (each,) in found])))


def newest(tx: Transaction, *, kind: str, size: str) -> LabelLayout | None:
    """Give the version that counts; None as long as nobody saved one."""
    found: LabelLayout | None = versions(tx, kind=kind, size=size).order_by(LabelLayout.version.desc()).first()
    return found


def versions(tx: Transaction, *, kind: str, size: str) -> "ModelSelect[LabelLayout]":
    """Give the question for every version that was saved, in no order yet."""
    of_label = (LabelLayout.site_id == tx.site.id) & (LabelLayout.kind == kind) & (LabelLayout.size == size)
    return LabelLayout.select().where(of_label)


def latest(tx: Transaction, *, kind: str, size: str) -> list[LabelLayout]:
    """Give the versions saved last, the newest first, for a person to choose from; at most MOST_SHOWN."""
    return list(versions(tx, kind=kind, size=size).order_by(LabelLayout.version.desc()).limit(MOST_SHOWN))


def save(tx: Transaction, *, kind: str, size: str, places: Places, based_on: int) -> LabelLayout:
    """Keep a layout as the next version. Raises DocumentState when somebody saved one since `based_on`."""
    before = newest(tx, kind=kind, size=size)
    number = before.version if before else AS_DELIVERED
    rules.check_newest(f"{kind} {size}", based_on=based_on, newest=number)
    made = LabelLayout.create(
        site_id=tx.site.id, kind=kind, size=size, version=number + 1,
        places={name: dict(numbers) for name, numbers in places.items()}, saved_by=tx.actor.name, saved_at=tx.now,
    )  # fmt: skip
    tx.tell(layout=f"{kind} {size}", version=made.version, before=_told(before), places=_told(made))
    return made


def restore(tx: Transaction, *, kind: str, size: str, version: int, based_on: int) -> LabelLayout:
    """Keep an older version as the newest; 0 is the layout as delivered. Raises NotFound, DocumentState."""
    kept = versions(tx, kind=kind, size=size).where(LabelLayout.version == version).first()
    if kept is None and version != AS_DELIVERED:
        raise NotFound(kind="layout-version", name=str(version))
    made = save(tx, kind=kind, size=size, places=kept.places if kept else {}, based_on=based_on)
    tx.tell(restored=version)
    return made


def _told(layout: LabelLayout | None) -> dict[str, Any]:
    """Give the numbers as text: the audit's chain is of text and whole numbers."""
    places = layout.places if layout else {}
    return {name: {key: f"{value:g}" for key, value in numbers.items()} for name, numbers in places.items()}
