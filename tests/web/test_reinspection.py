"""Six months through HTTP: the scan asks the date, the night's job makes it visible (4.7.2; R-I1..I4, R-I8, R-F13)."""

from datetime import UTC, datetime

import pytest

from tests.factories import put_in_stock
from warehouse import jobs
from warehouse.tables.base import rows


def at(month, day):
    """10:00 at the site."""
    return datetime(2026, month, day, 2, 0, tzinfo=UTC)


def reinspections(store):
    return store.get("/tasks?kind=reinspect", who="qa").json["items"]


def refusal(store, batch_no):
    found = store.batch(batch_no)["refusal"]
    return found and found["type"].rpartition("#")[2]


def test_given_a_is_due_07_10_when_scanned_that_day_then_issued_and_blocked_the_next_job_or_no_job(store):
    """R-I1"""
    assert store.batch("A")["reinspect_on"] == "2026-07-10"
    store.now = at(7, 10)
    delivery_no = store.order("20")
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="10")
    store.now = at(7, 11)
    refused = store.refused(f"/deliveries/{delivery_no}/scans", code="A", quantity="10")
    assert (refused["code"], refused["reinspect_on"]) == ("reinspection-due", "2026-07-10")
    assert store.batch("A")["status"] == "qualified"
    jobs.run_nightly(store.now)
    assert (store.batch("A")["status"], refusal(store, "A")) == ("pending", "reinspection-due")
    assert store.refused(f"/deliveries/{delivery_no}/scans", code="A", quantity="10")["code"] == "reinspection-due"


def test_given_a_month_end_when_received_then_due_on_the_last_day_of_a_shorter_month(store):
    """C10; R-I2"""
    for now, batch_no, due in (
        (datetime(2026, 8, 31, 2, tzinfo=UTC), "X1", "2027-02-28"),
        (datetime(2027, 8, 29, 2, tzinfo=UTC), "X2", "2028-02-29"),
    ):
        store.now = now
        receipt_no = store.done(
            "/receipts", supplier="SUP", reference=batch_no, lines=[{"item_no": "EL-100", "quantity": "1"}]
        )["receipt_no"]
        store.done(f"/receipts/{receipt_no}/scans", item_no="EL-100", batch_no=batch_no, quantity="1")
        assert store.batch(batch_no)["reinspect_on"] == due


def test_given_lead_14_when_the_nights_pass_then_one_task_blue_until_07_10_and_white_on_07_11(store):
    """R-I3, R-Q11, R-Q13"""
    store.now = at(6, 25)
    jobs.run_nightly(store.now)
    assert reinspections(store) == []
    store.now = at(6, 26)
    for _ in range(2):
        jobs.run_nightly(store.now)
    (task,) = reinspections(store)
    assert (task["subject"], task["due_on"], task["urgent"]) == ("EL-100/A", "2026-07-10", False)
    assert store.batch("A")["status"] == "qualified"
    (old,) = [number for (number,) in rows("SELECT label_no FROM label WHERE facts LIKE ?", '%"batch_no": "A"%')]
    delivery_no = store.order("20")
    store.now = at(7, 11)
    jobs.run_nightly(store.now)
    (task,) = reinspections(store)
    assert (task["due_on"], task["urgent"]) == ("2026-07-10", True)
    assert store.stock("A") == [("B-01", "pending", "30")]
    assert store.refused("/transfers", code=old, to="B-04")["code"] == "label-void"
    (plan,) = store.get("/tasks?kind=plan", who="clerk").json["items"]
    assert (plan["facts"]["delivery_no"], plan["facts"]["short"]) == (delivery_no, "20")
    (relabel,) = store.get("/tasks?kind=relabel").json["items"]
    assert relabel["facts"]["old"] == [old]


def test_given_the_job_was_down_3_days_when_it_runs_then_it_catches_up(store):
    """R-I3"""
    store.now = at(7, 9)
    jobs.run_nightly(store.now)
    put_in_stock("D  2026-01-11  5  B-04  blue", now=at(7, 9))
    store.now = at(7, 13)
    jobs.run_nightly(store.now)
    assert (store.batch("A")["status"], store.batch("D")["status"]) == ("pending", "pending")
    assert [task["subject"] for task in reinspections(store)] == ["EL-100/A", "EL-100/D"]


def test_given_a_in_two_bins_when_due_then_one_task_names_both_and_none_for_an_empty_batch(store):
    """R-I4"""
    store.done("/transfers", code="A", to="B-04", quantity="10")
    put_in_stock("GONE  2026-01-09  5  B-03  blue")
    delivery_no = store.order("5")
    store.done(f"/deliveries/{delivery_no}/scans", code="GONE", quantity="5")
    store.done(f"/deliveries/{delivery_no}/package-checks", who="clerk", packages=[{"code": "P1", "outer_ok": True}])
    store.done(f"/deliveries/{delivery_no}/dispatch", who="clerk")
    store.now = at(7, 11)
    jobs.run_nightly(store.now)
    (task,) = reinspections(store)
    assert (task["subject"], task["facts"]["locations"]) == ("EL-100/A", ["B-01", "B-04"])


def by_place(store):
    """Have re-inspection asked for once a place, and give what is open."""
    response = store.client.patch(
        "/api/v1/sites/S1", json={"reinspect_per": "place"},
        headers={"Authorization": "Bearer token-admin", "Idempotency-Key": "by-place-1"},
    )  # fmt: skip
    assert (response.status_code, response.json["reinspect_per"]) == (200, "place")


def subjects(store):
    return [(task["subject"], task["facts"]["locations"]) for task in reinspections(store)]


def test_given_tasks_per_place_when_a_in_two_bins_is_due_then_each_bin_has_its_own_and_ends_with_its_verdict(store):
    """R-I4: per place, by the site's setting"""
    store.done("/transfers", code="A", to="B-04", quantity="10")
    by_place(store)
    store.now = at(6, 26)
    for _ in range(2):
        jobs.run_nightly(store.now)
    assert subjects(store) == [("EL-100/A@B-01", ["B-01"]), ("EL-100/A@B-04", ["B-04"])]
    store.now = at(7, 11)
    jobs.run_nightly(store.now)
    assert [task["urgent"] for task in reinspections(store)] == [True, True]
    decided = {"verdict": "qualified", "from": "B-04"}
    look = {"who": "qa", "kind": "reinspection"}
    store.done("/batches/EL-100/A/inspections", decisions=[{**decided, "quantity": "4"}], **look)
    assert len(subjects(store)) == 2, "6 of the bin were not looked at yet"
    store.done("/batches/EL-100/A/inspections", decisions=[{**decided, "quantity": "6"}], **look)
    assert subjects(store) == [("EL-100/A@B-01", ["B-01"])]
    store.done("/batches/EL-100/A/inspections", decisions=[{**decided, "from": "B-01", "quantity": "20"}], **look)
    assert subjects(store) == []
    assert store.batch("A")["reinspect_on"] == "2026-07-10", "not decided as a whole: the batch's date stays"


def test_given_a_task_per_place_when_a_bin_is_looked_at_before_the_date_then_its_task_ends_and_the_other_s_stays(store):
    """R-I4, R-I5: blue before and after"""
    store.done("/transfers", code="A", to="B-04", quantity="10")
    by_place(store)
    store.now = at(6, 26)
    jobs.run_nightly(store.now)
    look = {"who": "qa", "kind": "reinspection"}
    part = {"verdict": "qualified", "from": "B-04"}
    store.done("/batches/EL-100/A/inspections", decisions=[{**part, "quantity": "9"}], **look)
    assert len(subjects(store)) == 2
    store.done("/batches/EL-100/A/inspections", decisions=[{**part, "quantity": "10"}], **look)
    assert [subject for subject, _ in subjects(store)] == ["EL-100/A@B-01"]


@pytest.mark.parametrize(
    ("per", "before", "after"),
    [
        ("batch", [("EL-100/A", ["B-01"])], [("EL-100/A", ["B-01", "B-04"])]),
        ("place", [("EL-100/A@B-01", ["B-01"])], [("EL-100/A@B-01", ["B-01"]), ("EL-100/A@B-04", ["B-04"])]),
    ],
)
def test_given_an_open_task_when_goods_are_moved_then_it_goes_along(store, per, before, after):
    """R-I4: QA walks to where the goods are"""
    if per == "place":
        by_place(store)
    store.now = at(6, 26)
    jobs.run_nightly(store.now)
    assert subjects(store) == before
    store.done("/transfers", code="A", to="B-04", quantity="10")
    assert subjects(store) == after
    assert {task["due_on"] for task in reinspections(store)} == {"2026-07-10"}
    store.done("/transfers", code="A", **{"from": "B-04"}, to="B-01")
    assert subjects(store) == before


def test_given_goods_in_doubt_when_asked_for_by_place_then_each_bin_and_after_the_switch_the_night_turns_them(store):
    """R-I4, R-I7: one form at a time, never both"""
    store.done("/transfers", code="A", to="B-04", quantity="10")
    store.now = at(6, 26)
    jobs.run_nightly(store.now)
    assert [subject for subject, _ in subjects(store)] == ["EL-100/A"]
    by_place(store)
    store.now = at(6, 27)
    jobs.run_nightly(store.now)
    assert [subject for subject, _ in subjects(store)] == ["EL-100/A@B-01", "EL-100/A@B-04"]
    store.done("/batches/EL-100/B/doubts", reason="wet")
    assert [(task["subject"], task["facts"]["reason"]) for task in reinspections(store) if task["urgent"]] == [
        ("EL-100/B@B-02", "wet")
    ]
    store.done("/batches/EL-100/A/inspections", who="qa", kind="reinspection",
               decisions=[{"quantity": "30", "verdict": "qualified"}])  # fmt: skip
    assert [subject for subject, _ in subjects(store)] == ["EL-100/B@B-02"]


def test_given_interval_6_when_changed_to_3_then_the_list_comes_first_and_item_beats_group_beats_default(store):
    """R-I8"""
    shown = store.done("/items/EL-100/interval", who="manager", reinspect_months=3)
    moved = {row["batch_no"]: (row["reinspect_on"], row["new_reinspect_on"]) for row in shown["batches"]}
    assert moved == {
        "A": ("2026-07-10", "2026-04-10"), "B": ("2026-09-05", "2026-06-05"), "C": ("2026-11-20", "2026-08-20"),
    }  # fmt: skip
    assert (shown["applied"], store.batch("A")["reinspect_on"]) == (False, "2026-07-10")
    store.done("/items/EL-100/interval", who="manager", reinspect_months=3, apply=True)
    assert (store.batch("A")["reinspect_on"], refusal(store, "A")) == ("2026-04-10", "reinspection-due")
    # The group's 12 months wait behind the item's own 3, and rule when the item has none.
    group = store.done("/item-groups/motors/interval", who="manager", reinspect_months=12, apply=True)
    assert group["batches"] == []
    own = store.done("/items/EL-100/interval", who="manager", reinspect_months=3, group="motors", apply=True)
    assert own["batches"] == []
    store.done("/items/EL-100/interval", who="manager", reinspect_months=None, apply=True)
    assert (store.batch("A")["reinspect_on"], refusal(store, "A")) == ("2027-01-10", None)
    listed = store.done("/item-groups/motors/interval", who="manager", reinspect_months=None)
    assert {row["batch_no"]: row["new_reinspect_on"] for row in listed["batches"]}["A"] == "2026-07-10"
    store.done("/items/EL-100/interval", who="manager", reinspect_months=0, apply=True)
    assert store.batch("A")["reinspect_on"] is None
    assert store.post("/items/EL-100/interval", who="keeper", reinspect_months=1).status_code == 403


def test_given_a_doubted_batch_when_the_interval_grows_then_it_stays_due_since_the_doubt(store):
    """R-I7, R-I8"""
    store.done("/batches/EL-100/A/doubts", reason="rust")
    changed = store.done("/items/EL-100/interval", who="manager", reinspect_months=12, apply=True)
    assert [row["batch_no"] for row in changed["batches"]] == ["B", "C"]
    assert store.batch("A")["reinspect_on"] == "2026-06-01"


def test_given_reinspection_passed_07_12_when_asked_then_the_fifo_date_stays_and_next_is_2027_01_12(store):
    """R-F13"""
    store.now = at(7, 11)
    jobs.run_nightly(store.now)
    store.now = at(7, 12)
    store.done(
        "/batches/EL-100/A/inspections", who="qa", kind="reinspection",
        decisions=[{"quantity": "30", "verdict": "qualified"}],
    )  # fmt: skip
    batch = store.batch("A")
    assert (batch["first_received_on"], batch["reinspect_on"]) == ("2026-01-10", "2027-01-12")
    assert reinspections(store) == []
    refused = store.refused(f"/deliveries/{store.order('5')}/scans", code="B", quantity="5")
    assert (refused["code"], refused["batch_no"]) == ("not-oldest", "A")
