"""The night's job: once a site's day, in pieces, after an outage, and never a thread that dies unseen (R-I3, R-X2)."""

import logging
import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests import factories
from warehouse import jobs
from warehouse.books import verify
from warehouse.flow import reinspection
from warehouse.posting import Request, answer
from warehouse.tables import base
from warehouse.tables.base import rows

DUE = datetime(2026, 7, 11, 2, 0, tzinfo=UTC)  # the day after A's due date


@pytest.fixture
def prepare_database():
    """Every test here starts from fixture F."""
    return factories.prepare_fixture_f


class OneRound(threading.Event):
    """A stop that is set by the first wait: the thread does one round and nobody sleeps."""

    def wait(self, timeout=None):
        """Stop instead of waiting."""
        self.set()
        return True


def open_subjects():
    return [subject for (subject,) in rows("SELECT subject FROM task WHERE kind = 'reinspect' AND state = 'open'")]


def test_given_a_day_that_was_done_when_the_job_runs_again_then_nothing_is_written(open_tables):
    """R-I3"""
    assert jobs.run_nightly(DUE) == {"S1": ["EL-100/A"]}
    assert str(jobs.last_day("S1")) == "2026-07-11"
    audited = rows("SELECT COUNT(*) FROM audit")
    assert jobs.run_nightly(DUE) == {}
    assert jobs.run_nightly(datetime(2026, 7, 10, 2, 0, tzinfo=UTC)) == {}  # a clock set back does not do a day twice
    assert rows("SELECT COUNT(*) FROM audit") == audited
    assert open_subjects() == ["EL-100/A"]


def test_given_more_due_batches_than_a_piece_when_the_job_runs_then_all_turn_in_several_acts(open_tables):
    """R-I3, P3"""
    many = reinspection.LARGEST_PIECE + 5
    factories.put_in_stock("\n".join(f"N{number}  2026-01-09  1  B-04  blue" for number in range(many)))
    assert len(jobs.run_nightly(DUE)["S1"]) == many + 1
    assert len(open_subjects()) == many + 1
    assert rows("SELECT COUNT(*) FROM request_key WHERE key LIKE ?", "nightly%") == [(2,)]
    assert rows("SELECT COUNT(*) FROM stock WHERE status = 'qualified' AND quantity > 0 AND bin_code = 'B-04'") == [
        (0,)
    ]


def test_given_a_job_that_died_after_its_first_piece_when_it_starts_again_then_the_rest_is_done_once(open_tables):
    """R-I3, R-X2"""
    factories.put_in_stock("\n".join(f"N{number}  2026-01-09  1  B-04  blue" for number in range(60)))
    site = jobs.catalogue.site_facts("S1")
    first = Request(
        actor=jobs.SYSTEM, site=site, now=DUE, path="nightly due dates", key="nightly S1 2026-07-11 0",
        body={"day": "2026-07-11"}, device="service",
    )  # fmt: skip
    assert answer(first, lambda tx: (reinspection.run_due(tx), 200)).body["more"] is True
    assert jobs.last_day("S1") is None
    jobs.run_nightly(DUE)
    assert len(open_subjects()) == 61
    moved = rows("SELECT batch_id, COUNT(*) FROM card_entry WHERE kind = 'reinspection-due' GROUP BY batch_id")
    assert {count for _, count in moved} == {2}  # out and in, once each
    assert len(moved) == 61
    assert list(verify.verify()) == []


def test_given_goods_set_aside_by_a_count_when_the_night_turns_them_white_then_quantities_stay(open_tables):
    """R-F16, R-I3, R-X7"""
    ((stock_id,),) = rows("SELECT id FROM stock WHERE bin_code = 'B-01'")
    factories.do(lambda tx: _set_aside(tx, stock_id))
    jobs.run_nightly(DUE)
    assert rows("SELECT status, quantity, reserved FROM stock WHERE bin_code = 'B-01' AND quantity > 0") == [
        ("pending", 30_000_000, 2_000_000)
    ]
    assert rows("SELECT SUM(quantity) FROM allocation") == [(2_000_000,)]
    assert list(verify.verify()) == []


def _set_aside(tx, stock_id):
    subject = jobs.reinspection.tasks.open_task(tx, "count", "EL-100/A@B-01")
    assert subject
    ((task_id,),) = rows("SELECT id FROM task WHERE kind = 'count'")
    assert reinspection.allocations.set_aside(task_id, stock_id, Decimal(2))


def test_given_a_service_when_it_starts_then_the_first_look_is_at_once_and_the_thread_ends_when_told(open_tables):
    """R-I3"""
    stop = OneRound()
    thread = jobs.start(stop)
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert jobs.last_day("S1") is not None
    never = threading.Event()
    never.set()
    ended = jobs.start(never)
    ended.join(timeout=30)
    assert not ended.is_alive()


def test_given_no_store_when_the_job_runs_then_it_says_so_and_goes_on_living(tmp_path, caplog):
    """P8, R-I3"""
    base.connect(f"sqlite:///{tmp_path}/nowhere/warehouse.db")
    with caplog.at_level(logging.WARNING, logger="warehouse"):
        assert jobs.run_once(DUE) == {}
    (record,) = caplog.records
    assert (record.levelname, record.exc_info) == ("WARNING", None)
    assert "storage-error" in record.getMessage()


def test_given_a_database_that_is_no_warehouse_when_the_job_runs_then_the_fault_is_logged_whole(tmp_path, caplog):
    """R-I3"""
    base.connect(f"sqlite:///{tmp_path}/empty.db")
    with caplog.at_level(logging.WARNING, logger="warehouse"):
        assert jobs.run_once(DUE) == {}
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.exc_info is not None
