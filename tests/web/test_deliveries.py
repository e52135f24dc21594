"""Goods out through HTTP: the newer batch is refused at the scan, and says where to walk instead (R-F, 4.7.6 a)."""


def test_given_fixture_f_when_45_are_ordered_then_the_pick_list_is_a_30_and_b_15(store):
    """R-F1"""
    made = store.done(
        "/deliveries", who="clerk", customer="K", reference="SO-1", lines=[{"item_no": "EL-100", "quantity": "45"}]
    )
    assert made["lines"][0]["pick_list"] == [
        {"batch_no": "A", "location": "B-01", "quantity": "30"},
        {"batch_no": "B", "location": "B-02", "quantity": "15"},
    ]


def test_given_mode_force_when_the_newer_batch_is_scanned_then_refused_with_the_place_of_the_older(store):
    """R-F2"""
    delivery_no = store.order("45")
    refused = store.refused(f"/deliveries/{delivery_no}/scans", item_no="EL-100", batch_no="B", quantity="15")
    assert refused["code"] == "not-oldest"
    assert (refused["item_no"], refused["batch_no"], refused["location"], refused["available"]) == (
        "EL-100", "A", "B-01", "30",
    )  # fmt: skip
    assert store.stock("B") == [("B-02", "qualified", "50")]


def test_given_the_oldest_is_scanned_when_all_is_checked_then_it_leaves_and_both_books_say_so(store):
    """R-F1, R-F18, 4.7.6 a"""
    delivery_no = store.order("45")
    first = store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="30")
    assert first["balance"] == "0"
    assert first["next"] == {"item_no": "EL-100", "batch_no": "B", "location": "B-02", "quantity": "15"}
    assert store.done(f"/deliveries/{delivery_no}/scans", code="B", quantity="15")["next"] is None
    over = store.refused(f"/deliveries/{delivery_no}/scans", code="B", quantity="1")
    assert over["code"] == "over-issue"
    store.done(f"/deliveries/{delivery_no}/package-checks", who="clerk", packages=[{"code": "P1", "outer_ok": True}])
    left = store.done(f"/deliveries/{delivery_no}/dispatch", who="clerk")
    assert [(line["batch_no"], line["quantity"]) for line in left["delivery_note"]["lines"]] == [
        ("A", "30"),
        ("B", "15"),
    ]
    assert [entry["balance"] for entry in store.get("/batches/EL-100/A/card").json["items"]] == ["30", "0"]
    assert [entry["balance"] for entry in store.get("/batches/EL-100/A/account").json["items"]] == ["30", "0"]
