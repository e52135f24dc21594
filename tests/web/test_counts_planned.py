"""What a month's count covers and when it is due; what a place's last count says (R-C13, R-C21, R-C8)."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import factories
from tests.web.counting import count_rest, open_count, type_in
from warehouse import jobs


def due(store, day):
    """Run the night of a day and give (month, zone, state) of the counts there are then."""
    jobs.run_nightly(datetime(2026, *day, 2, 0, tzinfo=UTC))
    return [(each["month"], each["zone"], each["state"]) for each in store.get("/counts").json["items"]]


def last_counted(store, *places):
    found = {each["code"]: each["last_counted_on"] for each in store.get("/locations").json["items"]}
    return [found[place] for place in places]


def test_given_places_when_the_month_is_counted_then_stock_or_movement_makes_a_line_and_the_rest_is_not_due(store):
    """R-C21: B-04 is empty but goods moved through it this month"""
    store.done("/transfers", item_no="EL-100", batch_no="A", to="B-04")
    store.done("/transfers", item_no="EL-100", batch_no="A", to="B-02")
    count_no = open_count(store)
    lines = {line["location"] for line in store.get(f"/counts/{count_no}/lines").json["items"]}
    assert lines == {"B-01", "B-02", "B-03", "B-04"}
    empty = [each["location"] for each in store.get(f"/counts/{count_no}/not-due").json["items"]]
    assert empty == ["IN-1", "QA-1", "QU-1", "SC-1"]
    told = store.done(f"/counts/{count_no}/scans", location="B-04", quantity="0", empty_confirmed=True)
    assert [line["batch_no"] for line in told["lines"]] == ["A"]


def test_given_the_count_day_when_the_night_runs_then_the_count_opens_by_itself_once_and_is_missed_never(store):
    """R-C21: the night was missed, the next catches up; overdue counts are on the list"""
    store.done("/count-plan", who="manager", count_day=25)
    jobs.run_nightly(datetime(2026, 6, 24, 2, 0, tzinfo=UTC))
    assert store.get("/counts").json["items"] == []
    for day in (28, 28, 29):
        jobs.run_nightly(datetime(2026, 6, day, 2, 0, tzinfo=UTC))
    (count,) = store.get("/counts").json["items"]
    assert (count["month"], count["state"], count["opened_by"], count["due_on"]) == (
        "2026-06", "open", "system", "2026-07-01",
    )  # fmt: skip
    store.now = datetime(2026, 7, 3, 2, 0, tzinfo=UTC)
    jobs.run_nightly(store.now)
    (task,) = store.get("/tasks?kind=count-overdue", who="manager").json["items"]
    assert task["facts"]["count_no"] == count["count_no"]
    assert store.get(f"/counts/{count['count_no']}").json["overdue"] is True
    jobs.run_nightly(datetime(2026, 8, 1, 2, 0, tzinfo=UTC))  # July's day passed unseen
    assert [each["month"] for each in store.get("/counts").json["items"]] == ["2026-06", "2026-07"]


def test_given_a_late_count_when_it_is_approved_or_given_up_then_it_is_overdue_no_more(store):
    """R-C21: what is left is to close it; a late movement makes it wait for its approval again"""
    first = open_count(store)
    second = open_count(store, kind="cycle", zone="blue")
    count_rest(store, first, "A", "B", "C")
    counted_at = store.now
    store.now += timedelta(days=4)
    told = ("/tasks?kind=count-overdue", "/count-plan")
    jobs.run_nightly(store.now)
    assert {each["facts"]["count_no"] for each in store.get(told[0], who="manager").json["items"]} == {first, second}
    assert store.get(told[1]).json["overdue"] == [first, second]
    store.done(f"/counts/{first}/submit")
    store.done(f"/counts/{second}/cancel", who="manager", reason="audit is off")
    assert store.get(f"/counts/{first}").json["state"] == "approved"
    assert store.get(f"/counts/{first}").json["overdue"] is False
    assert (store.get(told[0], who="manager").json["items"], store.get(told[1]).json["overdue"]) == ([], [])
    late = {"item_no": "EL-100", "batch_no": "A", "quantity": "1", "from": "B-01", "to": "B-04"}
    store.done("/transfers", late, done_at=(counted_at - timedelta(minutes=1)).isoformat())
    assert store.get(told[1]).json["overdue"] == [first]
    jobs.run_nightly(store.now + timedelta(days=1))
    assert [each["facts"]["count_no"] for each in store.get(told[0], who="manager").json["items"]] == [first]


def test_given_zones_with_counters_when_each_is_through_then_the_count_is_submitted_by_the_last(store):
    """4.7.5 d, R-C8: others may not count a zone first, anybody may recount; the next month has the same counters"""
    factories.put_in_stock("Y 2026-05-01 2 QU-1 yellow")
    zones = [{"zone": "blue", "counter": "keeper"}, {"zone": "quarantine", "counter": "clerk"}]
    count_no = open_count(store, assignments=zones)
    problem = store.refused(
        f"/counts/{count_no}/scans", who="clerk", item_no="EL-100", batch_no="A", location="B-01", quantity="1"
    )
    assert (problem["code"], problem["needs"]) == ("forbidden", ["keeper"])
    assert store.refused(f"/counts/{count_no}/submit")["reason"] == "blank-lines"
    count_rest(store, count_no, "A", "B", "C")
    assert store.done(f"/counts/{count_no}/submit") == {
        "count_no": count_no, "state": "open", "waits_for": ["clerk"],
    }  # fmt: skip
    assert store.refused(f"/counts/{count_no}/submit", who="keeper2")["code"] == "forbidden"
    type_in(store, count_no, "Y", "2", location="QU-1", who="clerk")
    assert store.done(f"/counts/{count_no}/submit", who="clerk")["state"] == "approved"
    store.now += timedelta(days=30)
    following = open_count(store, month="2026-07")
    shown = {zone["zone"]: zone["counters"] for zone in store.get(f"/counts/{following}").json["zones"]}
    assert shown["blue"] == [{"counter": "keeper", "through": False}]


def test_given_classes_and_values_when_a_cycle_count_is_opened_then_only_those_are_on_it(store):
    """R-C21: A items, or goods worth at least so much"""
    factories.put_in_stock("D 2026-05-01 10 B-04 blue", item_no="EL-200")
    store.done("/items/EL-200/valuation", who="manager", price="12.50", abc_class="A")
    for members in ({"abc_class": "A"}, {"least_value": 125}):
        count_no = open_count(store, kind="cycle", **members)
        assert [line["batch_no"] for line in store.get(f"/counts/{count_no}/lines").json["items"]] == ["D"]
    count_no = open_count(store, kind="cycle", least_value=126)
    assert store.get(f"/counts/{count_no}/lines").json["items"] == []
    assert store.refused("/counts", who="manager", abc_class="A")["reason"] == "not-monthly"


@pytest.mark.parametrize(
    ("count_day", "day", "opens"),
    [(31, (6, 29), False), (31, (6, 30), True), (15, (6, 14), False), (15, (6, 15), True), (0, (7, 15), False)],
)
def test_given_a_count_day_when_a_month_is_shorter_or_it_is_0_then_the_last_day_or_never(store, count_day, day, opens):
    """R-C21"""
    store.done("/count-plan", who="manager", count_day=count_day)
    assert due(store, day) == ([("2026-06", None, "open")] if opens else [])


def test_given_a_month_before_anything_was_here_when_the_night_runs_then_it_is_not_asked_for(store):
    """R-C21: the goods came on 1 June; nobody can count May"""
    store.done("/count-plan", who="manager", count_day=1)
    assert due(store, (6, 1)) == [("2026-06", None, "open")]


def test_given_a_zone_counted_on_its_own_when_the_night_runs_then_the_others_are_opened_each_once(store):
    """R-C21"""
    store.done("/count-plan", who="manager", count_day=25)
    open_count(store, zone="blue")
    zones = {each["zone"] for each in store.get("/locations").json["items"]}
    opened = due(store, (6, 25))
    assert sorted(zone for _, zone, _ in opened) == sorted(zones)
    assert due(store, (6, 26)) == opened


def test_given_a_count_that_was_given_up_when_the_night_runs_then_another_is_opened(store):
    """R-C21"""
    store.done("/count-plan", who="manager", count_day=25)
    store.done(f"/counts/{open_count(store)}/cancel", who="manager", reason="wrong month")
    assert due(store, (6, 25)) == [("2026-06", None, "cancelled"), ("2026-06", None, "open")]


def test_given_goods_that_moved_before_the_month_or_out_of_a_place_with_others_when_counted_then_no_line(store):
    """R-C21: B-04 was emptied in June; in July it is not due. In B-02 other goods are looked at anyway"""
    store.done("/transfers", item_no="EL-100", batch_no="A", to="B-04")
    store.done("/transfers", item_no="EL-100", batch_no="A", to="B-02")
    store.now = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
    store.done("/transfers", item_no="EL-100", batch_no="A", to="B-01", **{"from": "B-02"})
    count_no = open_count(store, month="2026-07")
    lines = [(line["location"], line["batch_no"]) for line in store.get(f"/counts/{count_no}/lines").json["items"]]
    assert lines == [("B-01", "A"), ("B-02", "B"), ("B-03", "C")]
    assert "B-04" in [each["location"] for each in store.get(f"/counts/{count_no}/not-due").json["items"]]


def test_given_a_zone_nobody_was_given_when_all_others_are_through_then_the_count_stays_open_for_its_blanks(store):
    """R-C8: nobody is waited for, and a line is blank"""
    factories.put_in_stock("Y 2026-05-01 2 QU-1 yellow")
    count_no = open_count(store, assignments=[{"zone": "blue", "counter": "keeper"}])
    count_rest(store, count_no, "A", "B", "C")
    told = store.done(f"/counts/{count_no}/submit")
    assert (told["state"], told["waits_for"]) == ("open", [])
    type_in(store, count_no, "Y", "2", location="QU-1", who="keeper2")
    assert store.done(f"/counts/{count_no}/submit", who="manager")["state"] == "approved"


def test_given_an_empty_place_when_seen_empty_then_it_was_counted_that_day(store):
    """R-C13: nothing is on the sheet there, and somebody looked"""
    count_no = open_count(store)
    store.done(f"/counts/{count_no}/scans", location="B-04", quantity="0", empty_confirmed=True)
    assert last_counted(store, "B-04", "B-01") == ["2026-06-01", None]


def test_given_a_count_sent_late_when_it_says_when_then_the_place_was_counted_on_that_day_and_never_goes_back(store):
    """R-C13: by the site's day; counted on the 2nd at 00:30 there, sent on the 3rd"""
    store.now = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
    first, second = open_count(store), open_count(store, kind="cycle", zone="blue")
    store.now += timedelta(days=1, hours=12)
    type_in(store, first, "A", "30", counted_at="2026-06-01T16:30:00Z")
    assert last_counted(store, "B-01") == ["2026-06-02"]
    type_in(store, second, "A", "30", who="keeper2")
    assert last_counted(store, "B-01") == ["2026-06-03"]
    late = {"quantity": "30", "correct": True, "counted_at": "2026-06-02T00:40:00+08:00"}
    store.done(f"/counts/{first}/scans", item_no="EL-100", batch_no="A", location="B-01", **late)
    assert last_counted(store, "B-01") == ["2026-06-03"]
