"""What runs without a request, for every site, once a site's day (R-I3, R-C21, R-R5).

Due dates, the month's count, and the three books compared: what nothing explains gets somebody to follow it up.

Each piece is posted like a request, with a key of its site, day and number: two processes that wake together, or one
that died half-way, do nothing twice. A site's day ends by its own clock. A night missed lets nothing out, because every
scan asks the date itself; the next run catches up.
"""

import logging
import threading
from datetime import UTC, date, datetime

from warehouse import catalogue
from warehouse.flow import count_plan, discrepancies, reconciliation, reinspection
from warehouse.flow.count_plan import Wanted
from warehouse.posting import Act, Reply, Request, answer
from warehouse.rules.reconciliation import Judged, Part
from warehouse.tables.base import database, rows
from warehouse.tables.people import Setting
from warehouse.transaction import Actor, DatabaseUnavailable, SiteFacts, Transaction, reader, snapshot, unavailable

log = logging.getLogger("warehouse")
SYSTEM = Actor(name="system", roles=frozenset())
SECONDS_BETWEEN = 300.0  # after midnight of a site it takes at most so long until its goods have turned
MOST_PIECES = 10_000
LARGEST_RECORD = 200  # discrepancies put on record in one act, so that no scan waits long behind it


def run_nightly(now: datetime) -> dict[str, list[str]]:
    """Do the night's work of every site whose day has not been done; gives what was touched per site.

    Raises DatabaseUnavailable when the store cannot keep it now; the next call goes on where this one stopped.
    """
    done = {}
    for (code,) in rows("SELECT code FROM site ORDER BY id"):
        site = catalogue.site_facts(code)
        today = reader(actor=SYSTEM, site=site, now=now).today
        if (last := last_day(code)) is None or last < today:
            done[code] = _run_site(site, now, today)
    return done


def last_day(site_code: str) -> date | None:
    """Give the last day of a site whose work was finished; None when it never was."""
    found = rows("SELECT value FROM setting WHERE name = ?", _name(site_code))
    return date.fromisoformat(found[0][0]) if found else None


def run_once(now: datetime) -> dict[str, list[str]]:
    """Run what is due, on a connection of this thread's own that is closed again; an unusable store is left for later.

    A fault of ours is logged whole and does not end the thread: the other sites' goods are looked at next time.
    """
    try:
        database.connect(reuse_if_open=True)
        return run_nightly(now)
    except Exception as error:
        fault = error if isinstance(error, DatabaseUnavailable) else unavailable(error)
        if fault:
            log.warning("the nightly look at due dates waits: %s", fault.reason)
        else:
            log.exception("the nightly look at due dates met a fault")
        return {}
    finally:
        database.close()


def start(stop: threading.Event) -> threading.Thread:
    """Start the thread that looks every few minutes, at once first; it ends soon after `stop` is set."""
    thread = threading.Thread(target=_watch, args=(stop,), name="jobs", daemon=True)
    thread.start()
    return thread


def _watch(stop: threading.Event) -> None:
    while not stop.is_set():
        run_once(datetime.now(UTC))
        stop.wait(SECONDS_BETWEEN)


def _run_site(site: SiteFacts, now: datetime, today: date) -> list[str]:
    """Do a site's day in pieces, so that no scan waits long behind it."""
    _open_counts(site, now, today)
    touched: list[str] = []
    for number in range(MOST_PIECES):
        piece = Request(
            actor=SYSTEM, site=site, now=now, path="nightly due dates", key=f"nightly {site.code} {today} {number}",
            body={"day": str(today)}, device="service",
        )  # fmt: skip
        given = answer(piece, lambda tx: _piece(tx, site.code))
        assert not given.refused, given
        touched += given.body["batches"]
        if not given.body["more"]:
            break
    _compare_books(site, now, today)
    return touched


def _open_counts(site: SiteFacts, now: datetime, today: date) -> None:
    """Open the counts that are due, each in an act of its own, and report those that are overdue (R-C21)."""
    for month, zone in count_plan.due_months(reader(actor=SYSTEM, site=site, now=now)):
        wanted = Wanted(month=month, zone=zone)
        _ask(site, now, f"open count {site.code} {month} {zone}", f"count of {month}", _opening(wanted))
    _ask(site, now, f"overdue counts {site.code} {today}", "overdue counts", _reporting)


def _opening(wanted: Wanted) -> Act:
    def act(tx: Transaction) -> Reply:
        return {"count_no": count_plan.open_count(tx, wanted).count_no}, 201

    return act


def _reporting(tx: Transaction) -> Reply:
    return {"overdue": count_plan.report_overdue(tx)}, 200


def _compare_books(site: SiteFacts, now: datetime, today: date) -> None:
    """Put on record what nothing explains; what differs still differs tomorrow, so a night missed loses nothing.

    Compared before the act begins, because nobody may wait for that. What a count has still to settle is left to it.
    """
    asking = reader(actor=SYSTEM, site=site, now=now)
    for month in discrepancies.due_months(asking):
        with snapshot():
            counting = discrepancies.being_counted(asking)
            found = [
                (judged, part)
                for judged, part in discrepancies.unrecorded(asking, reconciliation.compare(asking, month))
                if (judged.row.item_no, judged.row.batch_no, judged.row.owner) not in counting
            ]
        for first in range(0, len(found), LARGEST_RECORD):
            key = f"discrepancies {site.code} {month} {today} {first}"
            _ask(site, now, key, f"discrepancies of {month}", _recording(month, found[first : first + LARGEST_RECORD]))


def _recording(month: str, found: list[tuple[Judged, Part]]) -> Act:
    def act(tx: Transaction) -> Reply:
        return {"opened": discrepancies.put_on_record(tx, month, found)}, 201

    return act


def _ask(site: SiteFacts, now: datetime, key: str, path: str, act: Act) -> None:
    """Post a piece of the night's work under its own key; what a rule refuses is logged and kept, not repeated."""
    given = answer(
        Request(actor=SYSTEM, site=site, now=now, path=path, key=key, body={"key": key}, device="service"), act
    )
    if given.refused:
        log.warning("%s at %s was refused: %s", path, site.code, given.refused)


def _piece(tx: Transaction, site_code: str) -> Reply:
    found = reinspection.run_due(tx)
    if not found["more"]:
        Setting.insert(name=_name(site_code), value=str(tx.today)).on_conflict(
            conflict_target=[Setting.name], update={Setting.value: str(tx.today)}
        ).execute()
    return found, 200


def _name(site_code: str) -> str:
    return f"nightly {site_code}"
