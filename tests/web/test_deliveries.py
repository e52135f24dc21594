"""Goods out through HTTP: the newer batch is refused at the scan, and says where to walk instead (R-F, 4.7.6 a)."""

from datetime import timedelta

from tests import factories


def scans(delivery_no):
    return f"/deliveries/{delivery_no}/scans"


def plan(store, delivery_no, line=0):
    """Give (batch, quantity) of a line's pick list."""
    shown = store.get(f"/deliveries/{delivery_no}").json["lines"][line]
    return [(pick["batch_no"], pick["quantity"]) for pick in shown["pick_list"]]


def make_item(store, item_no, table, **members):
    """Make an item with the members and bring a table of stock in."""
    store.done("/items", who="manager", item_no=item_no, name=item_no, unit="pcs", **members)
    factories.put_in_stock(table, item_no=item_no)


def test_given_fixture_f_when_45_are_ordered_then_the_pick_list_is_a_30_and_b_15(store):
    """R-F1"""
    assert plan(store, store.order("45")) == [("A", "30"), ("B", "15")]


def test_given_mode_force_when_the_newer_batch_is_scanned_then_refused_with_the_place_of_the_older(store):
    """R-F2"""
    delivery_no = store.order("45")
    key = "key-of-the-refused-scan"
    refused = store.refused(scans(delivery_no), item_no="EL-100", batch_no="B", quantity="15", device="gun 7", key=key)
    assert refused["code"] == "not-oldest"
    assert (refused["item_no"], refused["batch_no"], refused["location"], refused["available"]) == (
        "EL-100", "A", "B-01", "30",
    )  # fmt: skip
    again = store.refused(scans(delivery_no), item_no="EL-100", batch_no="B", quantity="15", confirmed=True)
    assert (again["code"], again.get("confirmable")) == ("not-oldest", None), "a yes counts in mode warn alone"
    assert store.stock("B") == [("B-02", "qualified", "50")]
    ((content,),) = factories.base.rows(
        "SELECT content FROM audit WHERE outcome = 'refused' AND content LIKE ?", f"%{key}%"
    )
    assert '"refusal":"not-oldest"' in content
    assert "gun 7" in content


def test_given_the_oldest_is_scanned_when_all_is_checked_then_it_leaves_and_both_books_say_so(store):
    """R-F1, R-F18, 4.7.6 a"""
    delivery_no = store.order("45")
    first = store.done(scans(delivery_no), code="A", quantity="30")
    assert first["balance"] == "0"
    assert first["next"] == {"item_no": "EL-100", "batch_no": "B", "location": "B-02", "quantity": "15"}
    assert store.done(scans(delivery_no), code="B", quantity="15")["next"] is None
    over = store.refused(scans(delivery_no), code="B", quantity="1")
    assert (over["code"], over["excess"]) == ("over-issue", "1")
    unchecked = store.refused(f"/deliveries/{delivery_no}/dispatch", who="clerk")
    assert (unchecked["code"], unchecked["reason"]) == ("document-state", "package-check-missing")
    store.done(f"/deliveries/{delivery_no}/package-checks", who="clerk", packages=[{"code": "P1", "outer_ok": True}])
    left = store.done(f"/deliveries/{delivery_no}/dispatch", who="clerk")
    assert [(line["batch_no"], line["quantity"]) for line in left["delivery_note"]["lines"]] == [
        ("A", "30"),
        ("B", "15"),
    ]
    assert [entry["balance"] for entry in store.get("/batches/EL-100/A/card").json["items"]] == ["30", "0"]
    assert [entry["balance"] for entry in store.get("/batches/EL-100/A/account").json["items"]] == ["30", "0"]


def test_given_mode_warn_when_confirmed_then_posted_and_flagged_and_mode_off_posts_measurably(store):
    """R-F3"""
    table = """
        W1  2026-01-10  30  B-01  blue
        W2  2026-03-05  50  B-02  blue
    """
    make_item(store, "WARN", table, fifo_mode="warn")
    make_item(store, "OFF", table.replace("W", "O"), fifo_mode="off")
    delivery_no = store.order("5", item_no="WARN")
    warned = store.refused(scans(delivery_no), code="W2", quantity="5")
    assert (warned["code"], warned["confirmable"]) == ("not-oldest", True)
    store.done(scans(delivery_no), code="W2", quantity="5", confirmed=True)
    (pick,) = store.get(f"/deliveries/{delivery_no}").json["lines"][0]["picks"]
    assert pick["flagged"] == "confirmed"
    off_no = store.order("5", item_no="OFF")
    store.done(scans(off_no), code="O2", quantity="5")
    (pick,) = store.get(f"/deliveries/{off_no}").json["lines"][0]["picks"]
    assert pick["flagged"] == ""
    assert [skip["batch_no"] for skip in pick["passed_over"]] == ["O1"]


def test_given_an_override_by_another_person_when_used_then_once_for_that_batch_order_quantity_and_time(store):
    """R-F4"""
    other_no, delivery_no = store.order("10"), store.order("36")

    def ticket(**members):
        asked = {
            "rule": "not-oldest", "item_no": "EL-100", "batch_no": "B", "delivery_no": delivery_no, "quantity": "10",
            "reason": "A behind blocked aisle",
        }  # fmt: skip
        return store.done("/overrides", who="manager", **{**asked, **members})["override"]

    def refusal(ticket_no, *, to=delivery_no, batch_no="B", quantity="10", who="keeper"):
        refused = store.refused(
            scans(to), item_no="EL-100", batch_no=batch_no, quantity=quantity, override=ticket_no, who=who
        )
        return refused["code"], refused.get("reason")

    ticket_no = ticket()
    assert refusal(ticket_no, batch_no="C")[0] == "override-invalid"
    assert refusal(ticket_no, to=other_no)[0] == "override-invalid"
    assert refusal(ticket_no, quantity="11")[0] == "override-invalid"
    store.now += timedelta(minutes=15, seconds=1)
    assert refusal(ticket_no)[0] == "override-invalid"
    assert store.stock("B") == [("B-02", "qualified", "50")]
    ticket_no = ticket()
    factories.tables.Person.update(roles="manager keeper").where(factories.Person.name == "manager").execute()
    assert refusal(ticket_no, who="manager")[0] == "same-person"
    store.done(scans(delivery_no), item_no="EL-100", batch_no="B", quantity="10", override=ticket_no)
    (pick,) = store.get(f"/deliveries/{delivery_no}").json["lines"][0]["picks"]
    assert ticket_no in pick["flagged"]
    assert refusal(ticket_no, quantity="1") == ("override-invalid", "used")


def test_given_the_oldest_is_white_when_the_next_is_scanned_then_no_override_is_needed_and_the_line_says_why(store):
    """R-F5"""
    make_item(
        store, "SKIP",
        """
        P1  2026-01-10  30  IN-1  white
        P2  2026-03-05  50  B-02  blue
    """,
    )  # fmt: skip
    delivery_no = store.order("5", item_no="SKIP")
    shown = store.get(f"/deliveries/{delivery_no}").json["lines"][0]
    skipped = [("P1", "not-qualified", "pending")]
    assert [(skip["batch_no"], skip["reason"], skip["status"]) for skip in shown["skipped"]] == skipped
    assert store.refused(scans(delivery_no), code="P1", quantity="5")["code"] == "not-qualified"
    store.done(scans(delivery_no), code="P2", quantity="5")
    (pick,) = store.get(f"/deliveries/{delivery_no}").json["lines"][0]["picks"]
    assert [(skip["batch_no"], skip["reason"], skip["status"]) for skip in pick["passed_over"]] == skipped


def test_given_a_is_promised_to_another_order_when_mine_is_picked_then_b_without_override_and_a_stays_his(store):
    """R-F6"""
    his, mine = store.order("30", customer="M"), store.order("5")
    assert plan(store, mine) == [("B", "5")]
    refused = store.refused(scans(mine), code="A", quantity="5")
    assert (refused["code"], refused["available"]) == ("insufficient-stock", "0")
    store.done(scans(mine), code="B", quantity="5")
    store.done(scans(his), code="A", quantity="30")


def test_given_a_has_20_promised_when_15_are_ordered_then_a_10_and_b_5(store):
    """R-F7"""
    store.order("20", customer="M")
    assert plan(store, store.order("15")) == [("A", "10"), ("B", "5")]


def test_given_an_older_batch_at_another_site_when_the_scope_is_site_then_free_and_company_refuses(store):
    """R-F9"""
    store.done("/sites", who="admin", code="S2", name="Plant 2")
    store.done("/locations", who="manager", code="Z-01", zone="blue", site="S2")
    table = "  N1  2026-05-05  50  B-02  blue"
    for item_no, scope in (("LOCAL", "site"), ("GLOBAL", "company")):
        make_item(store, item_no, table.replace("N1", f"{item_no}-N"), fifo_scope=scope)
        lines = factories.opening_lines(f"{item_no}-O  2026-01-10  30  Z-01  blue", item_no=item_no)
        factories.do(lambda tx, lines=lines: factories.opening_balance.post(tx, f"S2 {lines}"[:90], lines), site="S2")
    store.done(scans(store.order("5", item_no="LOCAL")), code="LOCAL-N", quantity="5")
    refused = store.refused(scans(store.order("5", item_no="GLOBAL")), code="GLOBAL-N", quantity="5")
    assert (refused["code"], refused["batch_no"], refused["location"]) == ("not-oldest", "GLOBAL-O", "Z-01")


def test_given_an_older_batch_of_a_customer_when_own_goods_are_ordered_then_it_does_not_count(store):
    """R-F10"""
    make_item(
        store, "OWNED",
        """
        X1  2026-01-10  30  B-01  blue  -  M
        X2  2026-03-05  50  B-02  blue
    """,
    )  # fmt: skip
    delivery_no = store.order("5", item_no="OWNED")
    assert store.refused(scans(delivery_no), code="X1", quantity="5")["code"] == "wrong-owner"
    store.done(scans(delivery_no), code="X2", quantity="5")


def test_given_batches_of_one_day_when_ordered_then_earlier_expiry_then_sequence_on_every_engine(store):
    """R-F11"""
    make_item(
        store, "TIE",
        """
        T3  2026-01-10  10  B-01  blue
        T2  2026-01-10  10  B-02  blue  2026-12-31
        T1  2026-01-10  10  B-03  blue  2026-12-31
    """,
    )  # fmt: skip
    delivery_no = store.order("30", item_no="TIE")
    assert plan(store, delivery_no) == [("T2", "10"), ("T1", "10"), ("T3", "10")]
    assert store.refused(scans(delivery_no), code="T1", quantity="10")["batch_no"] == "T2"


def test_given_fefo_when_ordered_then_c_b_a_with_the_blank_expiry_last(store):
    """R-F14"""
    make_item(
        store, "FEFO",
        """
        EA  2026-01-10  30  B-01  blue
        EB  2026-03-05  50  B-02  blue  2026-12-31
        EC  2026-05-20  40  B-03  blue  2026-09-30
    """,
        policy="fefo",
    )  # fmt: skip
    delivery_no = store.order("120", item_no="FEFO")
    assert plan(store, delivery_no) == [("EC", "40"), ("EB", "50"), ("EA", "30")]
    assert store.refused(scans(delivery_no), code="EB", quantity="5")["batch_no"] == "EC"
    # Found after the plan was made, received last and expiring first: today's stock decides, by expiry.
    factories.put_in_stock("ED  2026-05-25  10  B-04  blue  2026-08-31", item_no="FEFO")
    assert store.refused(scans(delivery_no), code="EC", quantity="5")["batch_no"] == "ED"


def test_given_a_fifo_item_with_expiry_when_ordered_then_receipt_decides_and_a_check_warns(store):
    """R-F15"""
    make_item(
        store, "BOTH",
        """
        F1  2026-01-10  30  B-01  blue  2026-12-31
        F2  2026-03-05  50  B-02  blue  2026-08-31
    """,
    )  # fmt: skip
    made = store.done(
        "/deliveries", who="clerk", customer="K", reference="SO-15", lines=[{"item_no": "BOTH", "quantity": "5"}]
    )
    assert [pick["batch_no"] for pick in made["lines"][0]["pick_list"]] == ["F1"]
    assert [line["batch_no"] for line in made["lines"][0]["expires_before_its_turn"]] == ["F2"]


def test_given_only_28_of_30_are_found_when_declared_short_then_a_count_task_and_b_17_without_touching_a(store):
    """R-F16"""
    delivery_no = store.order("45")
    missing = {"item_no": "EL-100", "batch_no": "A", "location": "B-01"}
    too_many = store.refused(f"/deliveries/{delivery_no}/short-picks", missing, quantity="31")
    assert (too_many["code"], too_many["available"]) == ("insufficient-stock", "30")
    store.done(f"/deliveries/{delivery_no}/short-picks", missing, quantity="2")
    store.done(scans(delivery_no), code="A", quantity="28")
    store.done(scans(delivery_no), code="B", quantity="17")
    assert store.stock("A") == [("B-01", "qualified", "2")]
    assert [entry["kind"] for entry in store.get("/batches/EL-100/A/card").json["items"]] == ["opening-balance", "pick"]
    assert factories.base.rows("SELECT subject FROM task WHERE kind = 'count' AND state = 'open'") == [
        ("EL-100/A@B-01",)
    ]
    assert store.refused(scans(store.order("1")), code="A", quantity="1")["available"] == "0"


def test_given_40_of_45_are_picked_when_dispatched_then_a_reason_is_needed_and_the_rest_is_never_lost(store):
    """R-F19"""
    for rest in ("backorder", "cancel"):
        delivery_no = store.order("10")
        store.done(scans(delivery_no), code="A", quantity="7")
        store.done(f"/deliveries/{delivery_no}/package-checks", who="clerk", packages=[{"code": "P", "outer_ok": True}])
        refused = store.refused(f"/deliveries/{delivery_no}/dispatch", who="clerk")
        assert refused["code"] == "short-issue"
        assert refused["missing"] == [{"item_no": "EL-100", "line_no": 1, "missing": "3"}]
        short = {"reason": "truck full", "rest": rest}
        store.done(f"/deliveries/{delivery_no}/dispatch", who="clerk", short=short)
        (line,) = store.get(f"/deliveries/{delivery_no}").json["lines"]
        assert (line["picked"], line["cancelled"]) == ("7", "3")
    open_lines = [
        (line["quantity"], document["reference"].endswith(f"{store.site_code}-DN2606-0001"))
        for document in store.get("/deliveries").json["items"]
        if document["state"] == "open"
        for line in document["lines"]
    ]
    assert open_lines == [("3", True)]


def test_given_mode_off_when_a_reserved_batch_is_scanned_then_the_plans_swap_unless_it_is_picked(store):
    """R-F20, R-F21"""
    table = """
        S1A  2026-01-10  10  B-01  blue
        S1B  2026-03-05   8  B-02  blue
    """
    make_item(store, "SWAP", table, fifo_mode="off")
    first, second = store.order("10", item_no="SWAP"), store.order("8", item_no="SWAP", customer="M")
    assert (plan(store, first), plan(store, second)) == ([("S1A", "10")], [("S1B", "8")])
    store.done(scans(first), code="S1B")  # without a quantity all that is there, also what another order planned
    assert plan(store, first) == [("S1A", "2")]
    assert plan(store, second) == [("S1A", "8")]
    store.done(scans(second), code="S1A", quantity="8")
    store.done(scans(first), code="S1A", quantity="2")
    make_item(store, "SWAP2", table.replace("S1", "S2"), fifo_mode="off")
    first, second = store.order("10", item_no="SWAP2"), store.order("8", item_no="SWAP2", customer="M")
    store.done(scans(second), code="S2B", quantity="8")
    refused = store.refused(scans(first), code="S2B", quantity="8")
    assert (refused["code"], refused["available"]) == ("insufficient-stock", "0")
    assert plan(store, first) == [("S2A", "10")]


def test_given_a_batch_is_scanned_where_none_is_on_record_when_twice_then_wrong_place_and_one_count_task(store):
    """R-F22"""
    delivery_no = store.order("45")
    for _ in range(2):
        refused = store.refused(scans(delivery_no), code="A", quantity="5", location="B-04")
        assert (refused["code"], refused["location"], refused["places"]) == ("wrong-place", "B-04", ["B-01"])
    assert factories.base.rows("SELECT subject FROM task WHERE kind = 'count'") == [("EL-100/A@B-04",)]


def test_given_200_are_ordered_and_120_there_when_made_then_120_planned_and_80_short(store):
    """R-F23"""
    made = store.done(
        "/deliveries", who="clerk", customer="K", reference="SO-23", lines=[{"item_no": "EL-100", "quantity": "200"}]
    )
    (line,) = made["lines"]
    assert [pick["quantity"] for pick in line["pick_list"]] == ["30", "50", "40"]
    assert line["shortage"] == "80"


def test_given_all_40_are_on_an_open_pick_when_others_order_or_undo_then_not_offered_and_back_with_its_age(store):
    """R-F24, R-F25"""
    make_item(
        store, "OPEN",
        """
        O1  2026-01-10  40  B-01  blue
        O2  2026-03-05  10  B-02  blue
    """,
    )  # fmt: skip
    delivery_no = store.order("40", item_no="OPEN")
    store.done(scans(delivery_no), code="O1", quantity="40")
    other = store.order("5", item_no="OPEN", customer="M")
    assert plan(store, other) == [("O2", "5")]
    assert store.batch("O1", "OPEN")["picked"] == [{"delivery_no": delivery_no, "quantity": "40"}]
    (pick,) = store.get(f"/deliveries/{delivery_no}").json["lines"][0]["picks"]
    undo = f"/deliveries/{delivery_no}/picks/{pick['pick']}/undo"
    assert store.done(undo)["balance"] == "40"
    assert store.refused(undo)["code"] == "document-state"
    refused = store.refused(scans(other), code="O2", quantity="5")
    assert (refused["code"], refused["batch_no"]) == ("not-oldest", "O1")


def test_given_wrong_item_wrong_place_and_wrong_batch_when_scanned_then_three_different_answers(store):
    """R-F26"""
    factories.put_in_stock("Z  2026-01-10  5  B-01  blue", item_no="EL-200")
    delivery_no = store.order("45")
    said = [
        store.refused(scans(delivery_no), **scan)
        for scan in (
            {"item_no": "EL-200", "batch_no": "Z", "quantity": "1"},
            {"code": "A", "quantity": "1", "location": "B-02"},
            {"code": "C", "quantity": "1"},
        )
    ]
    assert [refused["code"] for refused in said] == ["wrong-item", "wrong-place", "not-oldest"]
    assert len({refused["title"] for refused in said}) == 3


def test_given_more_than_ordered_or_there_of_a_newer_batch_when_scanned_then_the_quantity_is_told_before_the_age(store):
    """R-F18, R-X1, interface: over-issue, then insufficient-stock, then not-oldest, by the rule and not by a guard"""
    delivery_no = store.order("60")
    for quantity, code, member, value in (
        ("61", "over-issue", "excess", "1"),
        ("51", "insufficient-stock", "available", "50"),
        ("50", "not-oldest", "batch_no", "A"),
    ):
        refused = store.refused(scans(delivery_no), code="B", quantity=quantity)
        assert (refused["code"], refused[member]) == (code, value)


def test_given_a_reservation_when_the_same_batch_is_taken_from_another_bin_then_the_plan_follows_the_scan(store):
    """interface: Left out, FIFO key never the bin"""
    factories.put_in_stock("A  2026-01-10  20  B-04  blue")
    delivery_no = store.order("45")
    planned = store.get(f"/deliveries/{delivery_no}").json["lines"][0]["pick_list"]
    assert [(pick["location"], pick["quantity"]) for pick in planned] == [("B-01", "30"), ("B-04", "15")]
    store.done(scans(delivery_no), code="A", quantity="20", location="B-04")
    planned = store.get(f"/deliveries/{delivery_no}").json["lines"][0]["pick_list"]
    assert [(pick["location"], pick["quantity"]) for pick in planned] == [("B-01", "25")]
    reserved = [row["reserved"] for row in store.batch("A")["stock"]]
    assert reserved == ["25"]
