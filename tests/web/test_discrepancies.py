"""What nothing explains gets somebody, a day and an end, every night and without being asked (4.7.5 d; R-R1, R-R5)."""

from datetime import UTC, datetime, timedelta

from tests.web.reconciling import MONTH, counted
from warehouse import jobs
from warehouse.books import verify


def test_given_goods_are_short_when_the_night_runs_then_it_is_on_record_once_with_somebody_and_a_day(store):
    """R-R1, R-R5: the night was missed, the next catches up; closed in its month it comes back in the next one"""
    counted(store, {("A", "B-01"): "28"})
    store.done("/count-plan", who="manager", follows_up="keeper2")
    for day in (3, 3, 5):
        jobs.run_nightly(datetime(2026, 6, day, 2, 0, tzinfo=UTC))
    (found,) = store.get("/discrepancies").json["items"]
    assert (found["batch_no"], found["cause"], found["quantity"], found["month"]) == (
        "A",
        "physical-loss",
        "2",
        "2026-06",
    )
    assert (found["state"], found["assigned_to"], found["due_on"], found["opened_by"]) == (
        "assigned", "keeper2", "2026-06-10", "system",
    )  # fmt: skip
    store.done(f"/discrepancies/{found['discrepancy_no']}/close", who="keeper2", reason="explained", note="known")
    jobs.run_nightly(datetime(2026, 6, 30, 2, 0, tzinfo=UTC))
    assert store.get("/discrepancies").json["items"] == []
    store.now = datetime(2026, 7, 2, 2, 0, tzinfo=UTC)
    jobs.run_nightly(store.now)
    assert [each["month"] for each in store.get("/discrepancies").json["items"]] == ["2026-07"]
    assert list(verify.verify()) == []


def test_given_a_difference_one_person_counted_when_the_night_runs_then_it_is_left_to_the_count(store):
    """R-C9, R-R5: a first count is no finding; once it is decided it is"""
    number = store.done("/counts", who="manager", month=MONTH)["count_no"]
    for who, quantity in (("keeper", "28"), ("keeper2", "28")):
        store.done(
            f"/counts/{number}/scans", who=who, item_no="EL-100", batch_no="A", location="B-01", quantity=quantity
        )
        jobs.run_nightly(store.now)
        store.now += timedelta(days=1)
        assert store.get("/discrepancies", who="manager").json["items"] == []
        assert store.get("/discrepancies", who=who).status_code == 409, "blind"
    store.done(f"/counts/{number}/submit", who="manager", blanks="keep")
    jobs.run_nightly(store.now)
    (found,) = store.get("/discrepancies").json["items"]
    assert (found["cause"], found["assigned_to"]) == ("physical-loss", "manager")
    store.done(f"/counts/{number}/approve", who="manager", reason="loss")
    shown = store.get(f"/reconciliations/{MONTH}").json
    assert (shown["items"], [each["discrepancy_no"] for each in shown["gone"]]) == ([], [found["discrepancy_no"]])
    store.done(f"/discrepancies/{found['discrepancy_no']}/close", who="manager", reason="adjusted", note="written off")
    assert store.get(f"/reconciliations/{MONTH}").json["gone"] == []


def test_given_nobody_of_that_name_when_told_to_follow_up_then_refused(store):
    """R-R5"""
    assert store.refused("/count-plan", who="manager", follows_up="nobody")["code"] == "not-found"
    assert store.refused("/count-plan", who="manager")["reason"] == "missing"
    assert store.get("/count-plan").json["follows_up"] == "manager"
