"""A void paper stops at every door, in three languages, and says what to do; a sample's tag moves nothing; relabelling.

Source: 4.5.5, 4.5.4; R-Q13, R-D5.
"""

import pytest

from tests.factories import Store, put_in_stock
from warehouse.tables.base import rows

TODO = {
    "en": "Put the new label on ({}), then scan that one.",
    "zh-Hans": "请贴上新标签（{}）后扫描新标签。",
    "zh-Hant": "請貼上新標籤（{}）後掃描新標籤。",
}
SPLIT = {
    "kind": "incoming",
    "decisions": [{"quantity": "52", "verdict": "qualified"}, {"quantity": "8", "verdict": "nonconforming"}],
}


def split(store: Store) -> list[str]:
    """Part white goods into 52 blue and 8 yellow ones; gives the new papers."""
    made: list[str] = store.done("/batches/EL-100/N/inspections", SPLIT, who="qa")["label_nos"]
    return made


def goods(store: Store) -> str:
    """White goods in stock and the number of their paper."""
    put_in_stock("N  2026-05-20  60  IN-1  white")
    return str(store.done("/labels", kind="status", item_no="EL-100", batch_no="N")["label_nos"][0])


def doors(store: Store) -> dict[str, str]:
    """Every path where goods are scanned, each with its document open."""
    receipt = store.done(
        "/receipts", who="clerk", supplier="SUP", reference="R1", lines=[{"item_no": "EL-100", "quantity": "9"}]
    )["receipt_no"]
    delivery_no = store.order("5")
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="5")
    count_no = store.done("/counts", who="manager", month="2026-06", zone="blue")["count_no"]
    return {
        "receipt": f"/receipts/{receipt}/scans",
        "put-away": "/transfers",
        "pick": f"/deliveries/{delivery_no}/scans",
        "count": f"/counts/{count_no}/scans",
        "dispatch": f"/deliveries/{delivery_no}/package-checks",
        "no task": "/scans",
    }


def scanned(door: str, code: str) -> dict[str, object]:
    """What is sent when a code is scanned at a door."""
    more: dict[str, dict[str, object]] = {
        "put-away": {"to": "B-02", "quantity": "1"},
        "count": {"location": "B-01", "quantity": "1"},
        "dispatch": {"packages": [{"code": code, "outer_ok": True}]},
        "no task": {},
    }
    return {**({} if door == "dispatch" else {"code": code}), **more.get(door, {"quantity": "1"})}


@pytest.mark.parametrize("language", sorted(TODO))
def test_given_a_void_paper_when_scanned_at_any_door_then_it_is_a_hard_stop_that_names_the_new_one(store, language):
    """R-Q13: receipt, put-away, pick, count, dispatch; in three languages; `confirmed` does not help"""
    old = goods(store)
    new = split(store)
    before = rows("SELECT COUNT(*) FROM card_entry")
    open_doors = doors(store)
    picked = rows("SELECT COUNT(*) FROM card_entry")
    for door, path in open_doors.items():
        for confirmed in (False, True):
            extra = {"confirmed": True} if confirmed and path.endswith(("/scans", "/transfers")) else {}
            answer = store.client.post(
                f"/api/v1{path}",
                json={**scanned(door, old), **(extra if door != "no task" else {})},
                headers={
                    "Authorization": f"Bearer token-{'clerk' if door == 'dispatch' else 'keeper'}",
                    "Idempotency-Key": f"{door}-{confirmed}-void", "Accept-Language": language,
                },
            )  # fmt: skip
            assert answer.json is not None
            assert (answer.status_code, answer.json["type"].partition("#")[2]) == (409, "label-void"), (
                door,
                answer.json,
            )
            assert answer.json["new_label_nos"] == new
            assert answer.json["detail"].endswith(TODO[language].format(", ".join(new)))
            assert "confirmable" not in answer.json
    assert rows("SELECT COUNT(*) FROM card_entry") == picked != before
    assert rows("SELECT COUNT(*) FROM package_check") == [(0,)]


def test_given_a_lost_paper_found_again_when_scanned_then_it_says_that_a_label_is_to_be_issued(store):
    """R-Q13: no relabel task names a new paper for it"""
    old = goods(store)
    store.done(f"/labels/{old}/reprint", reason="lost")
    refused = store.refused("/transfers", code=old, to="B-02", quantity="1")
    assert refused["code"] == "label-void"
    assert "have a label issued" in refused["detail"]
    assert refused["new_label_nos"] == []


def test_given_a_sample_tag_when_its_batch_is_split_then_it_stays_valid_and_moves_no_goods(store):
    """4.5.4, R-Q13: the sample was taken of the whole batch; which part it belongs to nobody says by scanning it"""
    goods(store)
    (tag,) = store.done("/labels", kind="sample", item_no="EL-100", batch_no="N", quantity="3", test="pull")[
        "label_nos"
    ]
    for _ in range(2):
        said = store.done("/scans", code=tag)
        assert (said["kind"], said["paper"], said["batch_no"]) == ("label", "sample", "N")
        if not rows("SELECT 1 FROM batch WHERE batch_no = 'N-1'"):
            split(store)
    assert store.get(f"/labels/{tag}.pdf").status_code == 200
    for door, path in doors(store).items():
        if door in ("no task", "dispatch"):
            continue
        refused = store.refused(path, scanned(door, tag))
        assert (refused["code"], refused["reason"]) == ("unknown-code", "is-a-sample"), door
        assert "scan the label on the goods" in refused["detail"]


def test_given_two_cartons_when_one_was_not_scanned_then_the_delivery_stays(store):
    """R-D5: "1/2" and "2/2" both scanned before departure"""
    delivery_no = store.order("30")
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="30")
    store.done("/sites/S1/gs1-prefix", who="admin", gs1_prefix="690123456")
    (first_try,) = store.done("/labels", kind="package", delivery_no=delivery_no)["label_nos"]
    half = [{"item_no": "EL-100", "batch_no": "A", "quantity": "15"}]
    one, two = store.done("/labels", kind="package", delivery_no=delivery_no, copies=2, contents=half)["label_nos"]
    checks, leaves = (f"/deliveries/{delivery_no}/{act}" for act in ("package-checks", "dispatch"))
    store.done(checks, who="clerk", packages=[{"code": "pallet 1", "outer_ok": True}])
    assert store.refused(leaves, who="clerk")["cartons"] == ["1/2", "2/2"]
    store.done(checks, who="clerk", packages=[{"code": one, "outer_ok": True}])
    refused = store.refused(leaves, who="clerk")
    assert (refused["code"], refused["reason"], refused["cartons"]) == ("document-state", "carton-not-scanned", ["2/2"])
    assert "2/2" in refused["detail"]
    sscc = store.get(f"/labels/{two}").json["says"]["sscc"]
    store.done(checks, who="clerk", packages=[{"code": f"]C100{sscc}", "outer_ok": True}])
    packages = [each["code"] for each in store.get(f"/deliveries/{delivery_no}").json["packages"]]
    assert packages == ["pallet 1", one, two], "a carton is kept by its number, however it was scanned"
    assert store.done(leaves, who="clerk")["entries"]
    assert store.get(f"/labels/{first_try}").json["state"] != "void"


def test_given_a_carton_whose_label_was_lost_when_the_old_one_is_scanned_then_void_and_the_new_one_counts(store):
    """R-D5, R-Q13"""
    delivery_no = store.order("30")
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="30")
    (old,) = store.done("/labels", kind="package", delivery_no=delivery_no)["label_nos"]
    new = store.done(f"/labels/{old}/reprint", reason="damaged")["label_no"]
    path = f"/deliveries/{delivery_no}/package-checks"
    assert store.refused(path, who="clerk", packages=[{"code": old, "outer_ok": True}])["code"] == "label-void"
    store.done(path, who="clerk", packages=[{"code": new, "outer_ok": True}])
    store.done(f"/deliveries/{delivery_no}/dispatch", who="clerk")


def test_given_several_old_papers_when_new_ones_are_scanned_over_them_then_each_new_one_lies_over_one_only(store):
    """R-Q13: the wrong new paper, one of another batch, the same one twice"""
    put_in_stock("N  2026-05-20  60  IN-1  white")
    three = store.done("/labels", kind="status", item_no="EL-100", batch_no="N", copies=3)["label_nos"]
    (other,) = store.done("/labels", kind="status", item_no="EL-100", batch_no="B")["label_nos"]
    blue, yellow = split(store)
    assert store.refused(f"/labels/{three[0]}/replace", new=other)["reason"] == "replaces-another"
    assert store.refused(f"/labels/{other}/replace", new=blue)["reason"] == "still-valid"
    assert store.refused(f"/labels/{three[0]}/replace", new=three[1])["reason"] == "void-paper"
    assert not store.done(f"/labels/{three[0]}/replace", new=blue)["task_done"]
    assert not store.done(f"/labels/{three[0]}/replace", new=blue)["task_done"], "the same once more says nothing new"
    refused = store.refused(f"/labels/{three[1]}/replace", new=blue)
    assert (refused["reason"], refused["document_no"]) == ("lies-elsewhere", blue)
    assert "one more label" in refused["detail"]
    assert store.done(f"/labels/{three[1]}/replace", new=yellow)["task_done"]
    assert store.get(f"/labels/{other}").json["state"] == "issued"
    assert store.refused("/scans", code=three[2])["code"] == "label-void", "the third carton still wears its old paper"
