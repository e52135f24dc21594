"""The blind count: what lies there is typed, by one, by another, by a third (4.7.5 d; R-C1..R-C5, R-C9, R-C11, R-C17).

The answer to a scan is what was typed and nothing of the book. A line is judged each time against the card as of the
moment of its counting, so work goes on meanwhile.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from warehouse import catalogue
from warehouse.books import blindness, count_lines, counts, stock
from warehouse.books.count_lines import Line, read_line
from warehouse.flow import identification
from warehouse.flow.identification import normal
from warehouse.rules import counting
from warehouse.rules.counting import LineState, Tally
from warehouse.rules.refusals import DocumentState, InvalidInput
from warehouse.tables.base import millionths, quantity, rows, utc_text
from warehouse.tables.books import Batch
from warehouse.tables.catalogue import Item, Place
from warehouse.tables.counts import Count, CountFinding
from warehouse.transaction import Transaction

COUNTABLE = ("open", "submitted")
FAST_CLOCK = timedelta(minutes=5)  # how far a device may be ahead of us; what it says then is now


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What a counter says: all of a batch (of an owner) in a place; without a batch, that the place is empty."""

    code: str | None = None
    item_no: str | None = None
    batch_no: str | None = None
    location: str | None = None
    quantity: str | None = None
    unit: str | None = None
    owner: str | None = None
    counted_at: datetime | None = None
    empty_confirmed: bool = False
    correct: bool = False
    source: str = ""  # the name of the sheet it was uploaded with


def count(tx: Transaction, count_no: str, typed: Typed) -> list[dict[str, Any]]:
    """Write what a counter found and give it back, one entry a line: nothing of the book is in it.

    Raises NotFound, DocumentState, what reading a code may raise, InvalidInput, QuantityPrecision, NeedsConfirmation,
    Forbidden in a zone that others count first, SamePerson.
    """
    header = counts.get(tx, count_no, sharing=True)
    check_countable(header)
    typed = replace(typed, counted_at=_moment(tx, header, typed.counted_at))
    if typed.code is None and typed.item_no is None and typed.batch_no is None:
        return _count_empty_place(tx, header, typed)
    batch = _find_batch(tx, typed)
    if batch is None:
        return [_find_unknown(tx, header, typed)]
    stock.lock_batches([batch.id])
    place = _place(tx, header, batch, typed)
    amount = _amount(tx, batch.item, typed)
    line = _line(tx, header, batch, place, typed)
    return [_enter(tx, header, line, amount, typed)]


def check_countable(header: Count) -> None:
    """Refuse a count that is approved or over. Raises DocumentState."""
    if header.state not in COUNTABLE:
        raise DocumentState(document_no=header.count_no, state=header.state)


def judge(tx: Transaction, line: Line) -> LineState:
    """Judge a line by all that was counted on it and write what stands. The caller holds the batch's lock."""
    kept = count_lines.kept(line)
    tallies = [tally for tally, _, _ in kept]
    if not kept:
        return line.state
    last, position, counted_at = kept[-1]
    is_small = _is_small(tx, line, last)
    state = counting.judge(tallies, is_small=is_small)
    if state == LineState.RECOUNT and _is_leads_blank(line):
        state = LineState.VARIANCE  # the lead said so once; another manager approves (R-C8)
    counts.settle_line(
        line.line_id, counted=millionths(last.quantity), counter=last.counter, counted_at=counted_at, at=position,
        expected=millionths(last.expected), state=state,
    )  # fmt: skip
    return state


def enter_for(
    tx: Transaction, line: Line, amount: Decimal, *, counter: str, kind: str, counted_at: str, source: str = ""
) -> LineState:
    """Append an entry in somebody's name and judge the line: what QA accepted, a blank that the lead zeroed."""
    counts.append_entry(
        tx, line.line_id, kind=kind, counter=counter, amount=millionths(amount), counted_at=counted_at,
        at=counts.position(line.batch_id, line.place_id), source=source,
    )  # fmt: skip
    return judge(tx, line)


def _moment(tx: Transaction, header: Count, said: datetime | None) -> datetime | None:
    """Check when it was counted, None for now; before the count was opened nothing was."""
    moment = said or tx.done_at
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise InvalidInput(field="counted_at", reason="without an offset")
    if moment > tx.now + FAST_CLOCK:
        raise InvalidInput(field="counted_at", reason="in-the-future")
    if moment < header.opened_at:
        raise InvalidInput(field="counted_at", reason="before-the-count")
    return None if moment >= tx.now else moment


def _find_batch(tx: Transaction, typed: Typed) -> Batch | None:
    """Give the batch that is meant; None for a number that is typed beside a known item and not on record (R-C11)."""
    if typed.code is None and typed.item_no is not None and typed.batch_no is not None:
        item_no, batch_no = identification.numbers(typed.item_no, typed.batch_no)
        catalogue.get_item(item_no)
        if catalogue.find_batch(tx, item_no=item_no, batch_no=batch_no) is None:
            return None
    return identification.get_batch(tx, code=typed.code, item_no=typed.item_no, batch_no=typed.batch_no)


def _amount(tx: Transaction, item: Item, typed: Typed) -> Decimal:
    if typed.quantity is None:
        raise InvalidInput(field="quantity", reason="missing")
    amount = catalogue.read_quantity(item, typed.quantity, unit=typed.unit, zero_allowed=True)
    counting.check_typed(amount, empty_confirmed=typed.empty_confirmed, confirmed=tx.confirmed)
    return amount


def _place(tx: Transaction, header: Count, batch: Batch, typed: Typed) -> Place:
    """Give the place that is meant: the one named, else the only one the sheet has the batch in."""
    if typed.location is not None:
        return _check_covered(header, catalogue.get_place(tx, normal(typed.location, field_name="location")))
    places = rows(
        "SELECT DISTINCT p.bin_code FROM count_line l JOIN place p ON p.id = l.place_id"
        " JOIN stock s ON s.batch_id = l.batch_id AND s.place_id = l.place_id"
        " WHERE s.batch_id = ? AND l.count_id = ?",
        batch.id, header.id,
    )  # fmt: skip
    if len(places) != 1:
        raise InvalidInput(field="location", reason="missing")
    return catalogue.get_place(tx, places[0][0])


def _check_covered(header: Count, place: Place) -> Place:
    if (header.zone and place.zone != header.zone) or header.scope.get("location", place.bin_code) != place.bin_code:
        raise InvalidInput(field="location", reason="outside-the-count")
    return place


def _line(tx: Transaction, header: Count, batch: Batch, place: Place, typed: Typed) -> Line:
    """Give the line of a batch in a place; one that is not on the sheet is added, with what is on record now."""
    lines = [read_line(row) for row in counts.lines_of(header.id, batch_id=batch.id, place_id=place.id)]
    if typed.owner is not None:
        lines = [line for line in lines if line.owner == typed.owner]
    if len(lines) > 1:
        raise InvalidInput(field="owner", reason="several-owners")
    if lines:
        return lines[0]
    owner = typed.owner if typed.owner is not None else _owner_of(batch)
    if owner:
        catalogue.get_partner(owner, "customer")
    book = counts.on_hand(batch.id, place.id, owner)
    counts.add_line(header.id, batch_id=batch.id, place_id=place.id, owner=owner, book=book)
    found = counts.lines_of(header.id, batch_id=batch.id, place_id=place.id)
    return next(line for line in map(read_line, found) if line.owner == owner)


def _owner_of(batch: Batch) -> str:
    """Give the owner of all that there is of a batch, ours when there are several or nothing."""
    owners = {line.owner for line in stock.of_batch(batch.id) if line.quantity > 0}
    return owners.pop() if len(owners) == 1 else ""


def _enter(tx: Transaction, header: Count, line: Line, amount: Decimal, typed: Typed) -> dict[str, Any]:
    tallies = count_lines.tallies_of(line)
    assigned = _assigned(header.id, line.zone)
    kind = counting.check_counter(
        tx.actor.name, tallies=tallies, state=line.state, submitted=header.state != "open",
        through=assigned.get(tx.actor.name, False), correct=typed.correct, count_no=header.count_no,
    )  # fmt: skip
    counting.check_assigned(tx.actor.name, assigned=assigned, is_first=kind == "first")
    if header.state == "open":
        blindness.begin_zone(header.id, zone=line.zone, counter=tx.actor.name)
    position = counts.position(line.batch_id, line.place_id, until=typed.counted_at)
    counts.append_entry(
        tx, line.line_id, kind=kind, counter=tx.actor.name, amount=millionths(amount),
        counted_at=utc_text(typed.counted_at or tx.now), at=position, source=typed.source,
    )  # fmt: skip
    judge(tx, line)
    counts.follow_carried(
        header.id, batch_id=line.batch_id, place_id=line.place_id, owner=line.owner, position=position,
        opened_at=header.opened_at, zone=header.zone,
    )  # fmt: skip
    counts.counted_on(line.place_id, tx.day_of(typed.counted_at or tx.now).isoformat())
    tx.tell(item_no=line.item_no, batch_no=line.batch_no, location=line.bin_code, quantity=str(amount), kind=kind)
    return {
        "line": line.line_id, "item_no": line.item_no, "batch_no": line.batch_no, "location": line.bin_code,
        "owner": line.owner, "quantity": str(amount), "kind": kind,
    }  # fmt: skip


def _count_empty_place(tx: Transaction, header: Count, typed: Typed) -> list[dict[str, Any]]:
    """Count everything the sheet has in a place as gone: the place was seen empty."""
    if typed.location is None:
        raise InvalidInput(field="code", reason="missing")
    if typed.quantity not in (None, "0"):
        raise InvalidInput(field="item_no", reason="missing")
    place = _check_covered(header, catalogue.get_place(tx, normal(typed.location, field_name="location")))
    counting.check_typed(Decimal(0), empty_confirmed=typed.empty_confirmed, confirmed=tx.confirmed)
    lines = [read_line(row) for row in counts.lines_in_place(header.id, place.id)]
    stock.lock_batches(line.batch_id for line in lines)
    open_lines = [line for line in lines if line.state == LineState.OPEN]
    told = [_enter(tx, header, line, quantity(0, line.decimals), typed) for line in open_lines]
    counts.counted_on(place.id, tx.day_of(typed.counted_at or tx.now).isoformat())
    tx.tell(location=place.bin_code, empty=True)
    return told


def _find_unknown(tx: Transaction, header: Count, typed: Typed) -> dict[str, Any]:
    """Keep goods of a batch that is not on record; they become white stock only when QA says what they are (R-C11)."""
    assert typed.item_no is not None
    item_no, batch_no = identification.numbers(typed.item_no, typed.batch_no)
    item = catalogue.get_item(item_no)
    if typed.location is None:
        raise InvalidInput(field="location", reason="missing")
    place = _check_covered(header, catalogue.get_place(tx, normal(typed.location, field_name="location")))
    amount = _amount(tx, item, typed)
    known = CountFinding.get_or_none(
        (CountFinding.count == header.id) & (CountFinding.place == place.id) & (CountFinding.item == item.id)
        & (CountFinding.batch_no == batch_no)
    )  # fmt: skip
    if known is not None and not (typed.correct and known.counter == tx.actor.name and known.state == "open"):
        raise DocumentState(document_no=header.count_no, state="counted", reason="line-counted")
    if header.state == "open":
        blindness.begin_zone(header.id, zone=place.zone, counter=tx.actor.name)
    CountFinding.delete().where(CountFinding.id == (known.id if known else 0)).execute()
    found = CountFinding.create(
        count=header.id, place=place.id, item=item.id, batch_no=batch_no, quantity=amount, counter=tx.actor.name,
        counted_at=typed.counted_at or tx.now,
    )  # fmt: skip
    tx.tell(item_no=item_no, batch_no=batch_no, location=place.bin_code, quantity=str(amount), finding=found.id)
    return {
        "finding": found.id, "item_no": item_no, "batch_no": batch_no, "location": place.bin_code,
        "owner": "", "quantity": str(amount), "kind": "unknown-batch",
    }  # fmt: skip


def _is_small(tx: Transaction, line: Line, last: Tally) -> bool:
    """Say whether the standing count is within tolerance; goods of a customer are counted exactly (R-O2)."""
    if counting.needs_notice(line.owner, last.variance):
        return False
    tolerance = count_lines.tolerance_of(tx, warehouse=line.warehouse, bin_code=line.bin_code)
    return counting.is_within(
        expected=last.expected, counted=last.quantity, price=line.price, tolerance=tolerance
    )  # fmt: skip


def _is_leads_blank(line: Line) -> bool:
    return [kind for *_, kind in counts.entries_of(line.line_id)] == ["blank"]


def _assigned(count_id: int, zone: str) -> dict[str, bool]:
    """Give who counts a zone first, and whether he is through with it."""
    found = rows("SELECT counter, submitted_at FROM count_assignment WHERE count_id = ? AND zone = ?", count_id, zone)
    return {counter: submitted_at is not None for counter, submitted_at in found}
