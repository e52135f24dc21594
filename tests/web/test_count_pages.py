"""The count on its pages: blind, place after place, without a script (K5; R-C1, R-C4, R-C9)."""

import io
import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from tests.web.browser import Browser
from warehouse import jobs


def open_count(store, **members):
    return store.done("/counts", who="manager", **{"month": "2026-06", **members})["count_no"]


def test_given_a_count_when_it_is_counted_on_the_phone_then_blind_and_empty_is_confirmed_and_another_counts_again(
    store,
):
    """R-C1, R-C4, R-C9"""
    number = open_count(store)
    keeper, other = Browser(store, "keeper"), Browser(store, "keeper2")
    keeper.open("/count")
    assert number in keeper.words
    path = f"/count/{number}"
    keeper.open(path)
    form = {"location": "B-01", "code": "A"}
    keeper.send(f"{path}/scan", **form, quantity="0")
    assert "panel ok" not in keeper.page.text
    keeper.send(f"{path}/scan", **form, quantity="28")
    assert "panel ok" in keeper.page.text, keeper.words
    assert keeper.form(f"{path}/scan").fields["location"] == ["B-01"], "the place stays for its next batch"
    keeper.send(f"{path}/scan", location="B-02", code="B", quantity="50")
    keeper.send(f"{path}/scan", location="B-03", code="C", quantity="40")
    keeper.send(f"{path}/submit")
    assert "30" not in keeper.words.replace(number, ""), "the book of A is nowhere"
    keeper.send(f"{path}/scan", **form, quantity="28")
    assert "panel refused" in keeper.page.text
    other.open(path)
    assert "another person counts again" in other.words
    assert "28" not in other.words.replace(number, "")
    other.send(f"{path}/scan", **form, quantity="28")
    assert "panel ok" in other.page.text, other.words
    assert f"{path}/submit" not in other.page.text, "there is nothing more to be through with"
    (line,) = store.get(f"/counts/{number}/variances", who="manager").json["items"]
    assert (line["batch_no"], line["difference"]) == ("A", "-2")


def test_given_a_manager_when_a_count_is_opened_watched_and_approved_on_pages_then_both_books_are_corrected(store):
    """R-C10, R-C19, R-C20: the whole month on pages"""
    manager, keeper, other = Browser(store, "manager"), Browser(store, "keeper"), Browser(store, "keeper2")
    manager.open("/count-control")
    manager.send("/count-control", month="2026-06", kind="monthly")
    assert "panel ok" in manager.page.text, manager.words
    number = store.get("/counts").json["items"][0]["count_no"]
    path = f"/count/{number}"
    for who, lines in (
        (keeper, (("B-01", "A", "28"), ("B-02", "B", "50"), ("B-03", "C", "40"))),
        (other, (("B-01", "A", "28"),)),
    ):
        who.open(path)
        for location, code, quantity in lines:
            who.send(f"{path}/scan", location=location, code=code, quantity=quantity)
        assert "panel ok" in who.page.text, who.words
        manager.open(control := f"/count-control/{number}")
        if who is keeper:
            assert "Nothing differs so far" not in manager.words
            who.send(f"{path}/submit")
            manager.open(control)
            assert "another person counts these again: 1" in manager.words
        offers = "Approve: correct account and card" in manager.words
        assert offers is (who is other), "not before the other person has counted"
    assert "less lies there than recorded" in manager.words
    manager.send(f"{control}/approve", reason="damage", line_reason=["loss"])
    assert "panel ok" in manager.page.text, manager.words
    manager.send(f"{control}/close")
    assert "panel ok" in manager.page.text, manager.words
    assert store.stock("A") == [("B-01", "qualified", "28")]
    (line,) = store.get(f"/counts/{number}/variances", who="manager").json["items"]
    assert line["reason"] == "loss"
    keeper.open("/count-control")
    assert keeper.page.status_code == 403


def test_given_a_sheet_filled_in_on_paper_when_sent_on_the_page_then_all_or_nothing_and_what_is_left_is_shown(store):
    """R-C8, R-C14, R-C17, R-C21: looked at, refused row by row, taken in once; no book quantity on the way"""
    number = open_count(store)
    path, head = f"/count/{number}", "location,item_no,batch_no,quantity\n"
    keeper, manager = Browser(store, "keeper"), Browser(store, "manager")

    def send(rows, **fields):
        keeper.send(f"{path}/sheet", sheet=(io.BytesIO((head + rows).encode()), "count.csv"), **fields)

    keeper.open(path)
    send("B-01,EL-100,A,2８\nB-02,EL-100,B,", look="1")
    assert "panel ok" in keeper.page.text, keeper.words
    assert "nothing kept: 1 lines would be counted" in keeper.words
    send("B-01,EL-100,A,28\nB-02,EL-100,B,0\nB-09,EL-100,C,4")
    assert keeper.page.status_code == 409
    assert "2 of 3 rows are wrong" in keeper.words
    manager.open(f"/count-control/{number}")
    assert "blue : B-01, B-02, B-03" in manager.words.replace(":", " :").replace("  ", " ")
    for _ in range(2):
        send("B-01,EL-100,A,28\nB-02,EL-100,B,0", confirmed="1")
        assert "panel ok" in keeper.page.text, keeper.words
    assert "2 unchanged" in keeper.words
    keeper.open(f"{path}?state=open")
    assert "B-03" in keeper.words
    assert "B-01" not in keeper.words
    left = store.get(f"/counts/{number}/uncounted").json["items"]
    assert left == [{"zone": "blue", "location": "B-03", "blank": 1}]
    assert "30" not in keeper.words.replace(number, "")
    for nothing in (b"", b"no sheet at all"):
        keeper.send(f"{path}/sheet", sheet=(io.BytesIO(nothing), "count.csv"))
        assert "panel refused" in keeper.page.text, keeper.words


def test_given_a_form_when_it_is_sent_again_with_another_file_then_it_is_no_repetition(store):
    """R-X2: the key of a form belongs to what was sent with it, the file too"""
    number = open_count(store)
    keeper, key = Browser(store, "keeper"), "the-key-of-one-form"
    for quantity, word in (("28", "panel ok"), ("28", "panel ok"), ("27", "panel refused")):
        keeper.open(f"/count/{number}")
        content = f"location,item_no,batch_no,quantity\nB-01,EL-100,A,{quantity}".encode()
        keeper.send(f"/count/{number}/sheet", sheet=(io.BytesIO(content), "count.csv"), key=key)
        assert word in keeper.page.text, keeper.words
    (line,) = store.get(f"/counts/{number}/variances", who="manager").json["items"]
    assert line["counted"] == "28"


def test_given_many_places_when_the_uncounted_are_paged_then_each_comes_once_by_zone(store):
    """R-C21"""
    number = open_count(store)
    found, after = [], ""
    while after is not None:
        page = store.get(f"/counts/{number}/uncounted?limit=1&after={quote(after)}").json
        found += [each["location"] for each in page["items"]]
        after = page["next"]
    assert found == ["B-01", "B-02", "B-03"]
    assert store.get(f"/counts/{number}/uncounted?zone=quarantine").json["items"] == []
    assert store.get(f"/counts/{number}/uncounted?after=x").status_code == 400
    assert [line["location"] for line in store.get(f"/counts/{number}/lines?state=nonsense").json["items"]] == []
    assert len(store.get(f"/counts/{number}/lines?state=open").json["items"]) == 3


def test_given_a_scanner_that_ends_with_enter_when_only_the_bin_is_scanned_then_the_bin_stays_and_nothing_is_counted(
    store,
):
    """R-C4, R-C8: a bin alone is no zero"""
    count_no = store.done("/counts", who="manager", month="2026-06")["count_no"]
    keeper = Browser(store, "keeper")
    keeper.open(f"/count/{count_no}")
    keeper.send(f"/count/{count_no}/scan", location="B-01")
    assert "At B-01" in keeper.words
    assert "Yes, go on" not in keeper.words
    form = keeper.form(f"/count/{count_no}/scan").fields
    assert (form["location"], form["code"]) == (["B-01"], [""])
    keeper.send(f"/count/{count_no}/scan", location="NO-BIN")
    assert "panel refused" in keeper.page.text
    keeper.send(f"/count/{count_no}/scan", location="B-01", code="A", quantity="30")
    assert "panel ok" in keeper.page.text, keeper.words
    keeper.send(f"/count/{count_no}/scan", location="B-02", quantity="0")
    assert "Yes, go on" in keeper.words


def test_given_a_count_just_typed_when_it_was_wrong_then_the_panel_leads_to_its_correction_with_all_filled_in(store):
    """R-C9: the first counter may correct before submitting; one press and the right number"""
    count_no = store.done("/counts", who="manager", month="2026-06")["count_no"]
    keeper = Browser(store, "keeper")
    keeper.open(f"/count/{count_no}")
    keeper.send(f"/count/{count_no}/scan", location="B-01", code="A", quantity="31")
    assert "Counted: 31 of A at B-01" in keeper.words
    keeper.open(f"/count/{count_no}?location=B-01&code=A&correct=1")
    form = keeper.form(f"/count/{count_no}/scan").fields
    assert (form["location"], form["code"], form["correct"]) == (["B-01"], ["A"], ["1"])
    keeper.send(f"/count/{count_no}/scan", quantity="30")
    assert "panel ok" in keeper.page.text, keeper.words
    assert store.get(f"/counts/{count_no}/lines", who="keeper").json["items"][0]["counted_by_me"] == "30"


def test_given_a_short_pick_when_a_spot_check_of_it_is_opened_on_the_page_then_once_and_counted(store):
    """R-F16: the bins that wait are opened by one press; while they are being checked they wait no more"""
    order = store.order("30")
    store.done(f"/deliveries/{order}/short-picks", item_no="EL-100", batch_no="A", location="B-01", quantity="4")
    manager = Browser(store, "manager")
    manager.open("/count-control")
    assert "Waits for a spot check B-01" in manager.words
    form = next(each for each in manager._read().forms if each.fields.get("kind") == ["spot"])
    manager.post("/count-control", {name: values[0] for name, values in form.fields.items()})
    assert "panel ok" in manager.page.text, manager.words
    assert "Waits for a spot check" not in manager.words
    (count,) = store.get("/counts").json["items"]
    assert (count["kind"], [line["batch_no"] for line in store.get(f"/counts/{count['count_no']}/lines").json["items"]]) == (
        "spot", ["A"],
    )  # fmt: skip
    nothing = store.refused("/counts", who="manager", kind="spot")
    assert (nothing["code"], nothing["field"], nothing["reason"]) == ("invalid-input", "location", "missing")
    store.done(f"/counts/{count['count_no']}/cancel", who="manager", reason="wrong day")
    assert store.get("/count-plan").json["spot_checks"] == ["B-01"]


def test_given_a_counter_is_through_when_others_still_count_then_the_page_names_them(store):
    """M3: nobody presses a second time, and everybody knows for whom the count waits"""
    zones = [{"zone": "blue", "counter": "keeper"}, {"zone": "receiving", "counter": "keeper2"}]
    number = store.done("/counts", who="manager", month="2026-06", assignments=zones)["count_no"]
    for place, batch_no, quantity in (("B-01", "A", "30"), ("B-02", "B", "50"), ("B-03", "C", "40")):
        counted = {"item_no": "EL-100", "batch_no": batch_no, "location": place, "quantity": quantity}
        store.done(f"/counts/{number}/scans", who="keeper", **counted)
    keeper = Browser(store, "keeper")
    keeper.open(f"/count/{number}")
    keeper.send(f"/count/{number}/submit")
    assert "panel ok" in keeper.page.text, keeper.words
    assert "Still counting: keeper2" in keeper.words
    assert f"/count/{number}/submit" not in keeper.page.text


def test_given_a_batch_counted_once_when_the_same_person_counts_it_again_then_his_correction_is_one_press_away(store):
    """R-C9, K5: refused, and led to the form that says that he mistyped"""
    number = open_count(store)
    keeper, scan = Browser(store, "keeper"), f"/count/{number}/scan"
    keeper.open(f"/count/{number}")
    keeper.send(scan, location="B-01", code="A", quantity="82")
    keeper.send(scan, location="B-01", code="A", quantity="28")
    assert "panel refused" in keeper.page.text
    assert "I mistyped it" in keeper.words
    keeper.open(f"/count/{number}?location=B-01&code=A&correct=1")
    keeper.send(scan, quantity="28", correct="1")
    assert "panel ok" in keeper.page.text, keeper.words


def test_given_a_submitted_count_when_another_counts_again_then_led_to_those_lines_and_no_correction_is_offered(store):
    """R-C9, K5: after the submission nobody corrects himself, and the few lines are one press away"""
    number = open_count(store)
    path = f"/count/{number}"
    for code, quantity in (("A", "28"), ("B", "50"), ("C", "40")):
        store.done(f"/counts/{number}/scans", code=code, quantity=quantity)
    store.done(f"/counts/{number}/submit")
    other = Browser(store, "keeper2")
    other.open(path)
    assert f"{path}?state=again" in other.page.text
    other.open(f"{path}?state=again")
    assert [each in other.words for each in ("B-01", "B-02", "B-03")] == [True, False, False]
    other.send(f"{path}/scan", location="B-01", code="A", quantity="28")
    assert "panel ok" in other.page.text, other.words
    assert "I mistyped it" not in other.words


def test_given_a_late_count_when_the_manager_starts_his_day_then_his_work_list_leads_to_it(store):
    """R-C21, M3"""
    number = open_count(store)
    store.now += timedelta(days=5)
    jobs.run_nightly(store.now)
    manager = Browser(store, "manager")
    manager.open("/")
    assert f'href="/count-control/{number}"' in manager.page.text


@pytest.mark.parametrize(("typed", "kept"), [("1,234", "1234"), ("５０", "50"), ("12,5", None), ("-3", None)])
def test_given_a_number_as_people_write_it_when_typed_on_the_page_then_read_by_one_rule(store, typed, kept):
    """R-C17: a comma groups thousands and is nobody's decimal mark"""
    number = open_count(store)
    keeper = Browser(store, "keeper")
    keeper.open(f"/count/{number}")
    keeper.send(f"/count/{number}/scan", location="B-02", code="B", quantity=typed)
    (line,) = [each for each in store.get(f"/counts/{number}/lines").json["items"] if each["batch_no"] == "B"]
    assert (line["counted_by_me"], "panel ok" in keeper.page.text) == (kept, kept is not None)


def test_given_an_order_when_its_quantity_is_typed_with_full_width_and_a_comma_then_the_browser_and_the_page_take_it(
    store,
):
    """R-C17: one rule for every quantity field"""
    clerk = Browser(store, "clerk")
    clerk.open("/deliver")
    forms = re.findall(r'name="quantity"[^>]*pattern="([^"]+)"', clerk.page.text)
    assert forms
    assert all(re.fullmatch(form, "１,０００") for form in forms)
    clerk.send("/deliver", customer="K", reference="SO-77", item_no=["EL-100"], quantity=["１,０００"])
    assert "1000" in clerk.words
