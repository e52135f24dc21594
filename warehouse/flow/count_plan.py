"""Counts opened, assigned, frozen, cancelled: by the manager, or by themselves on the site's count day (R-C16, R-C21).

A count covers the site or a zone; a cycle count the goods of a class or of a value; a spot check one place, or every
place that a short pick or an empty bin left a task for.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from warehouse import catalogue
from warehouse.books import blindness, counts, ledger, numbers
from warehouse.books.counts import Scope
from warehouse.flow import discrepancies, tasks
from warehouse.rules import counting, period
from warehouse.rules.refusals import CountOpen, DocumentState, InvalidInput
from warehouse.tables.base import millionths, rows, utc_text
from warehouse.tables.counts import Count
from warehouse.transaction import Transaction

DAYS_TO_COUNT = 3  # from the opening; then a count is overdue
CENTS = 100


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be counted; `assignments` are (zone, counter), those of the last monthly count when there are none."""

    month: str = ""
    kind: str = "monthly"
    zone: str = ""
    location: str = ""
    abc_class: str = ""
    least_value: int = 0  # in the currency of prices
    freeze: bool = False
    due_on: date | None = None
    assignments: tuple[tuple[str, str], ...] = ()


def open_count(tx: Transaction, wanted: Wanted) -> Count:
    """Open a count: its header, and a line for every batch, place and owner, while work goes on.

    Raises InvalidInput, NotFound, DocumentState when the month is closed or being counted already, CountOpen when a
    place that is to be frozen is frozen by another.
    """
    month = wanted.month or period.month_of(tx.today)
    counting.check_month(month, today=tx.today, closed=ledger.closed_months(tx))
    _check_scope(tx, wanted, month)
    count = _header(tx, wanted, month)
    for scope in _scopes(tx, wanted, month):
        counts.open_lines(tx, count.id, scope)
    _write_assignments(tx, count, wanted.assignments or _last_assignments(tx, count))
    if wanted.freeze:
        _freeze(tx, count)
    tx.tell(month=month, kind=wanted.kind, zone=wanted.zone, location=wanted.location, frozen=wanted.freeze)
    return count


def assign(tx: Transaction, count: Count, assignments: tuple[tuple[str, str], ...]) -> None:
    """Say who counts which zone first, in place of what was said before; who is through stays so.

    Raises InvalidInput for somebody who is nobody, NotFound for a zone that has no place.
    """
    kept = rows("SELECT zone, counter FROM count_assignment WHERE count_id = ? AND submitted_at IS NOT NULL", count.id)
    rows("DELETE FROM count_assignment WHERE count_id = ? AND submitted_at IS NULL", count.id)
    _write_assignments(tx, count, tuple(pair for pair in assignments if pair not in kept))
    tx.tell(assignments=[list(pair) for pair in assignments])


def _write_assignments(tx: Transaction, count: Count, assignments: tuple[tuple[str, str], ...]) -> None:
    for zone, counter in dict.fromkeys(assignments):
        _check_zone(tx, zone)
        if not rows("SELECT 1 FROM person WHERE name = ? AND disabled_at IS NULL", counter):
            raise InvalidInput(field="counter", reason="unknown")
        rows("INSERT INTO count_assignment (count_id, zone, counter) VALUES (?, ?, ?)", count.id, zone, counter)
    tx.tell(assignments=[list(pair) for pair in assignments])


def cancel(tx: Transaction, count_no: str, *, reason: str) -> Count:
    """Give a count up: its places are free again, what was counted is kept and changes nothing.

    Raises NotFound, DocumentState when it is over, or has corrected something already.
    """
    count = counts.get(tx, count_no, changing=True)
    if count.state not in ("open", "submitted", "approved"):
        raise DocumentState(document_no=count_no, state=count.state)
    if rows("SELECT 1 FROM count_line WHERE count_id = ? AND differs = 1 AND adjusted IS NOT NULL LIMIT 1", count.id):
        raise DocumentState(document_no=count_no, state=count.state, reason="adjusted-already")
    counts.thaw_places(tx, count_no)
    blindness.end_zones(count.id)
    tasks.close_task(tx, "count-overdue", count_no)
    rows(
        "UPDATE stock_count SET state = 'cancelled', cancelled_at = ?, cancelled_by = ?, reason = ? WHERE id = ?",
        utc_text(tx.now), tx.actor.name, reason, count.id,
    )  # fmt: skip
    tx.tell(reason=reason)
    return counts.get(tx, count_no)


def due_months(tx: Transaction) -> list[tuple[str, str]]:
    """Give (month, zone) of the counts that are to open by themselves now; zone '' is the whole site.

    A month is only asked for when the site kept something before its end. Where zones were counted on their own, the
    others are still due. Source: R-C21.
    """
    ((count_day,),) = rows("SELECT count_day FROM site WHERE id = ?", tx.site.id)
    counted = set(ledger.closed_months(tx)) | _counted_months(tx, "")
    found: list[tuple[str, str]] = []
    for month in counting.months_due(tx.today, count_day=int(count_day), counted=counted):
        if not _had_goods(tx, month):
            continue
        zones = [
            zone for (zone,) in rows("SELECT DISTINCT zone FROM place WHERE site_id = ? ORDER BY zone", tx.site.id)
        ]
        left = [zone for zone in zones if month not in _counted_months(tx, zone)]
        found += [(month, "")] if left == zones else [(month, zone) for zone in left]
    return found


def report_overdue(tx: Transaction) -> list[str]:
    """Put an urgent task on the list for every count that is not counted and approved in time; gives their numbers."""
    late = _overdue(tx)
    for count_no, due_on in late:
        tasks.open_task(tx, "count-overdue", count_no, urgent=True, due_on=tx.today, count_no=count_no, was_due=due_on)
    return [count_no for count_no, _ in late]


def month_begins(tx: Transaction, month: str) -> datetime:
    """Give the first moment of a month at the site."""
    first, _ = period.month_bounds(month)
    return datetime(first.year, first.month, 1, tzinfo=ZoneInfo(tx.site.time_zone)).astimezone(UTC)


def check_open(count: Count) -> None:
    """Refuse a count that is not open any more. Raises DocumentState."""
    if count.state != "open":
        raise DocumentState(document_no=count.count_no, state=count.state)


def set_count_day(tx: Transaction, day: int) -> None:
    """Set the day of the month on which the site's count opens by itself; 0 for never."""
    ((before,),) = rows("SELECT count_day FROM site WHERE id = ?", tx.site.id)
    rows("UPDATE site SET count_day = ? WHERE id = ?", day, tx.site.id)
    tx.tell(before=before, count_day=day)


def set_tolerance(
    tx: Transaction, *, warehouse: str, location: str | None, percent: str | None, value: str | None
) -> dict[str, Any]:
    """Set the tolerance of a bin, a warehouse or the site; "0" is exact, None inherits (R-C7). Raises NotFound."""
    if location is not None:
        warehouse = ""
        catalogue.get_place(tx, location)
    kept = [None if limit is None else millionths(Decimal(limit)) for limit in (percent, value)]
    rows(
        "INSERT INTO count_tolerance (site_id, warehouse, bin_code, percent, value) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (site_id, warehouse, bin_code) DO UPDATE SET percent = excluded.percent, value = excluded.value",
        tx.site.id, warehouse, location or "", *kept,
    )  # fmt: skip
    told = {"warehouse": warehouse or None, "location": location, "percent": percent, "value": value}
    tx.tell(**told)
    return told


def describe(tx: Transaction) -> dict[str, Any]:
    """Give the site's plan: count day, counts due and overdue, places for a spot check, who follows differences up."""
    ((count_day,),) = rows("SELECT count_day FROM site WHERE id = ?", tx.site.id)
    return {
        "count_day": int(count_day),
        "due": [{"month": month, "zone": zone or None} for month, zone in due_months(tx)],
        "overdue": [count_no for count_no, _ in _overdue(tx)],
        "spot_checks": places_to_check(tx),
        "follows_up": discrepancies.follower(tx) or None,
    }


def _overdue(tx: Transaction) -> list[tuple[Any, ...]]:
    return rows(
        f"SELECT count_no, due_on FROM stock_count WHERE site_id = ? AND state IN {counts.UNAPPROVED} AND due_on < ?"
        " ORDER BY id",
        tx.site.id, tx.today.isoformat(),
    )  # fmt: skip


def _check_scope(tx: Transaction, wanted: Wanted, month: str) -> None:
    if wanted.zone:
        _check_zone(tx, wanted.zone)
    if wanted.location:
        catalogue.get_place(tx, wanted.location)
    if wanted.kind == "spot" and not (wanted.location or places_to_check(tx)):
        raise InvalidInput(field="location", reason="missing")
    if wanted.kind != "monthly":
        return
    if wanted.location or wanted.abc_class or wanted.least_value:
        raise InvalidInput(field="kind", reason="not-monthly")
    open_now = rows(
        f"SELECT count_no, state FROM stock_count WHERE site_id = ? AND month = ? AND zone = ? AND kind = 'monthly'"
        f" AND state IN {counts.LIVE}",
        tx.site.id, month, wanted.zone,
    )  # fmt: skip
    if open_now:
        raise DocumentState(document_no=open_now[0][0], state=open_now[0][1], reason="counted-already")


def _check_zone(tx: Transaction, zone: str) -> None:
    if not rows("SELECT 1 FROM place WHERE site_id = ? AND zone = ? LIMIT 1", tx.site.id, zone):
        raise InvalidInput(field="zone", reason="unknown")


def _header(tx: Transaction, wanted: Wanted, month: str) -> Count:
    scope = {"location": wanted.location, "abc_class": wanted.abc_class, "least_value": wanted.least_value}
    return Count.create(
        site_id=tx.site.id, count_no=numbers.next_no(tx, "count"), kind=wanted.kind, month=month, zone=wanted.zone,
        scope={name: value for name, value in scope.items() if value}, frozen=int(wanted.freeze),
        due_on=wanted.due_on or tx.today + timedelta(days=DAYS_TO_COUNT), opened_at=tx.now, opened_by=tx.actor.name,
    )  # fmt: skip


def _scopes(tx: Transaction, wanted: Wanted, month: str) -> list[Scope]:
    """Give what the lines are taken from: one scope, or for a spot check without a place one a place with a task."""
    if wanted.kind == "monthly":
        return [Scope(zone=wanted.zone, moved_since=month_begins(tx, month))]
    if wanted.kind == "cycle":
        value = wanted.least_value * CENTS
        return [Scope(zone=wanted.zone, bin_code=wanted.location, abc_class=wanted.abc_class, least_value=value)]
    places = [wanted.location] if wanted.location else places_to_check(tx)
    return [Scope(zone=wanted.zone, bin_code=place) for place in places]


def places_to_check(tx: Transaction) -> list[str]:
    """Give the places that an open count task names: a short pick, a bin found empty, goods found (R-F16, R-F17).

    Those that a spot check is counting already are left out.
    """
    found: set[Any] = {task.facts.get("location") for task in tasks.find_open(tx, "count")}
    checked = rows(
        "SELECT DISTINCT p.bin_code FROM stock_count k JOIN count_line l ON l.count_id = k.id"
        f" JOIN place p ON p.id = l.place_id WHERE k.site_id = ? AND k.kind = 'spot' AND k.state IN {counts.LIVE}",
        tx.site.id,
    )
    return sorted(str(location) for location in found - {code for (code,) in checked} if location)


def _last_assignments(tx: Transaction, count: Count) -> tuple[tuple[str, str], ...]:
    """Give who counted which zone in the site's last monthly count, for the zones of this one."""
    if count.kind != "monthly":
        return ()
    found = rows(
        "SELECT a.zone, a.counter FROM count_assignment a JOIN person n ON n.name = a.counter"
        " WHERE n.disabled_at IS NULL AND a.count_id = (SELECT MAX(id) FROM stock_count WHERE site_id = ?"
        "  AND kind = 'monthly' AND zone = ? AND id < ?) ORDER BY a.id",
        tx.site.id, count.zone, count.id,
    )  # fmt: skip
    return tuple((zone, counter) for zone, counter in found)


def _freeze(tx: Transaction, count: Count) -> None:
    others = counts.freeze_places(tx, count.id, count.count_no)
    if others:
        place = catalogue.get_place(tx, others[0])
        raise CountOpen(location=place.bin_code, count_no=place.frozen_by)


def _counted_months(tx: Transaction, zone: str) -> set[str]:
    found = rows(
        "SELECT DISTINCT month FROM stock_count WHERE site_id = ? AND kind = 'monthly' AND zone = ?"
        " AND state <> 'cancelled'",
        tx.site.id, zone,
    )  # fmt: skip
    return {month for (month,) in found}


def _had_goods(tx: Transaction, month: str) -> bool:
    """Say whether the site had a batch on record before a month's end."""
    _, last = period.month_bounds(month)
    return bool(
        rows(
            "SELECT 1 FROM stock s JOIN card_entry c ON c.batch_id = s.batch_id AND c.place_id = s.place_id"
            " WHERE s.site_id = ? AND c.written_at < ? LIMIT 1",
            tx.site.id, utc_text(month_begins(tx, period.month_of(last + timedelta(days=1)))),
        )
    )  # fmt: skip
