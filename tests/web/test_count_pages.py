"""The count on its pages: blind, place after place, without a script (K5; R-C1, R-C4, R-C9)."""

from tests.web.browser import Browser


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
    other.send(f"{path}/submit")
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
        who.send(f"{path}/submit")
        assert "panel ok" in who.page.text, who.words
    control = f"/count-control/{number}"
    manager.open(control)
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
