"""A site's own layouts: what is kept is what prints, nothing wrong is kept, every version stays (4.5.5)."""

import json

import numpy as np
import pytest

from tests.factories import Store
from tests.labels.reading import from_pdf, from_png, from_zpl, read_zxing
from tests.labels.simulator import FakeZebra
from tests.web.browser import Browser
from tests.web.test_printing import add, send, zebra
from warehouse.tables.base import rows

__all__ = ["zebra"]
PATH = "/layouts/batch/100x50"
QR = {"name": "qr", "x_mm": "81.5", "y_mm": "0.75"}  # two millimetres to the left of where it comes
ROOM = [{"name": name, "width_mm": "78"} for name in ("batch_no", "rule-1")]  # for the QR code there


def kept(store: Store, *elements: dict, based_on: int = 0, path: str = PATH) -> dict:
    return store.done(path, who="manager", based_on=based_on, elements=[*ROOM, *elements])


def refused(store: Store, *elements: dict, based_on: int = 0, path: str = PATH) -> dict:
    return store.refused(path, who="manager", based_on=based_on, elements=list(elements))


def element(store: Store, name: str, path: str = PATH) -> dict:
    return next(each for each in store.get(path).json["elements"] if each["name"] == name)


def first_dark(picture, *, right_of: int) -> int:
    """The first column of a picture with something in it in its upper quarter, from one on: the QR code's left edge."""
    dots = np.asarray(picture.convert("L"))[: picture.height // 4, right_of:] < 128
    return right_of + int(dots.any(axis=0).argmax())


def test_given_a_layout_when_kept_then_the_next_labels_are_printed_with_it_and_the_files_too(store, zebra: FakeZebra):
    """4.5.5: layout kept -> label printed with it"""
    add(store, zebra)
    asked = {"kind": "batch", "item_no": "EL-100", "batch_no": "A", "printer": "Z1"}
    store.done("/labels", **asked)
    send(store)
    made = kept(store, QR)
    assert (made["version"], made["own"], made["saved_by"]) == (1, True, "manager")
    (label_no,) = store.done("/labels", **asked)["label_nos"]
    send(store)
    before, after = (from_zpl(paper) for paper in zebra.printed)
    assert first_dark(after, right_of=640) - first_dark(before, right_of=640) == -16
    assert len(read_zxing(after)) == 2
    png = from_png(store.get(f"/labels/{label_no}.png").data)
    pdf = from_pdf(store.get(f"/labels/{label_no}.pdf").data)
    assert first_dark(png, right_of=640) == first_dark(pdf, right_of=640) == first_dark(after, right_of=640)


def test_given_a_printer_that_moves_its_labels_when_a_layout_would_leave_the_label_there_then_refused_by_name(
    store, zebra: FakeZebra
):
    """4.5.5: kept by itself it is whole, on the printer's paper it is not"""
    add(store, zebra, prints=["batch"])
    higher = {"name": "batch_no", "y_mm": "0.5"}
    made = kept(store, higher)
    store.done(f"{PATH}/restore", who="manager", version=0, based_on=made["version"])
    store.done("/printers/Z1/calibrate", who="manager", offset_x_mm="0", offset_y_mm="-1")
    said = refused(store, *ROOM, higher, based_on=2)
    assert (said["field"], said["reason"], said["other"]) == ("batch_no", "cut-by-offset", "Z1")
    assert "Z1" in said["detail"]
    again = store.refused(f"{PATH}/restore", who="manager", version=1, based_on=2)
    assert again["reason"] == "cut-by-offset"
    assert store.get(PATH).json["version"] == 2
    manager = Browser(store, "manager")
    manager.open(PATH)
    manager.send(PATH, **{"batch_no.y_mm": "0.5"})
    assert "Printer Z1 moves its labels" in manager.words
    store.done("/printers/Z1/paper", who="manager", size="70x40", dpi=203)
    assert kept(store, higher, based_on=2)["version"] == 3


def test_given_versions_when_one_goes_back_then_all_stay_on_record_with_person_time_and_audit(store):
    """4.5.5: old versions kept; back to the layout as delivered"""
    usual = element(store, "qr")
    kept(store, QR)
    store.now = store.now.replace(hour=5)
    kept(store, {**QR, "x_mm": "82"}, based_on=1)
    assert element(store, "qr")["x_mm"] == "82"
    assert store.done(f"{PATH}/restore", who="manager", version=0, based_on=2)["own"] is False
    assert element(store, "qr") == usual
    store.done(f"{PATH}/restore", who="manager2", version=1, based_on=3)
    assert element(store, "qr")["x_mm"] == "81.5"
    versions = store.get(f"{PATH}/versions").json["items"]
    assert [(each["version"], each["own"], each["saved_by"]) for each in versions] == [
        (1, True, "manager"), (2, True, "manager"), (3, False, "manager"), (4, True, "manager2"),
    ]  # fmt: skip
    assert versions[0]["saved_at"] < versions[-1]["saved_at"]
    kept_acts = [json.loads(content) for (content,) in rows("SELECT content FROM audit ORDER BY id")]
    told = [each["facts"] for each in kept_acts if "layout" in each["facts"]]
    assert told[1]["layout"] == "batch 100x50"
    assert (told[1]["before"]["qr"]["x_mm"], told[1]["places"]["qr"]["x_mm"]) == ("81.5", "82")
    assert store.refused(f"{PATH}/restore", who="manager", version=9, based_on=4)["code"] == "not-found"
    with pytest.raises(Exception, match="append-only"):
        rows("DELETE FROM label_layout")


def test_given_two_managers_when_the_second_keeps_an_old_draft_then_refused(store):
    """4.5.5: nobody's work is overwritten unseen"""
    kept(store, QR)
    stale = refused(store, {**QR, "x_mm": "82"}, based_on=0)
    assert (stale["code"], stale["reason"]) == ("document-state", "changed-meanwhile")
    assert element(store, "qr")["x_mm"] == "81.5"


@pytest.mark.parametrize(
    ("element", "field", "reason", "other"),
    [
        ({"name": "qr", "x_mm": "90"}, "qr", "off-the-label", None),
        ({"name": "quantity_unit", "x_mm": "60", "y_mm": "10"}, "batch_no", "over-another", "quantity_unit"),
        ({"name": "name", "width_mm": "120"}, "name", "off-the-label", None),
        ({"name": "qr", "x_mm": "78"}, "batch_no", "over-another", "qr"),
        ({"name": "item_no", "width_mm": "5"}, "item_no", "too-long", None),
        ({"name": "item_no", "size_pt": "4"}, "item_no", "too-small", None),
        ({"name": "code128", "height_mm": "2"}, "code128", "code-too-small", None),
        ({"name": "supplier_password", "x_mm": "1"}, "elements", "unknown", None),
        ({"name": "qr", "size_pt": "9"}, "elements", "unknown", None),
    ],
)
def test_given_a_layout_that_cuts_overlaps_or_names_what_is_not_there_when_kept_then_refused(
    store, element, field, reason, other
):
    """4.5.5: quiet zone, edge, overflow; only the kind's own elements"""
    said = refused(store, element)
    assert (said["code"], said["field"], said["reason"], said.get("other")) == ("invalid-input", field, reason, other)
    assert store.get(PATH).json["version"] == 0


def test_given_wrong_numbers_kinds_and_persons_when_sent_then_refused(store):
    """4.5.5: managers only"""
    for wrong in (1.5, "1e2", "٣", "", "1.234", "-", None, [], "9" * 9):
        answer = store.post(PATH, who="manager", based_on=0, elements=[{"name": "qr", "x_mm": wrong}])
        assert answer.status_code == 201 if wrong is None else answer.status_code == 400, wrong
    for path in ("/layouts/batch/33x44", "/layouts/pick_list/210x297", "/layouts/X/100x50"):
        assert refused(store, path=path)["code"] == "not-found"
        assert store.get(path).status_code == 404
    for who in ("keeper", "clerk", "qa", "admin"):
        assert store.post(PATH, who=who, based_on=0, elements=[]).status_code == 403
        assert store.post(f"{PATH}/restore", who=who, version=0, based_on=0).status_code == 403
    assert store.get(f"{PATH}/preview.png").mimetype == "image/png"
    assert len(store.get("/layouts").json["items"]) > 10


def test_given_the_editor_when_arrows_preview_and_keep_are_pressed_then_it_works_without_a_script(store):
    """4.5.5: live preview by pressing; nothing is kept before it is asked"""
    manager = Browser(store, "manager")
    manager.open("/layouts")
    assert "Batch label" in manager.words or "batch label" in manager.words
    manager.open(PATH)
    assert "data:image/png;base64," in manager.page.text
    assert "Nothing is cut" in manager.words
    manager.send(PATH, move="qr left", step="1")
    manager.send(PATH, move="qr left", step="1")
    manager.send(PATH, move="qr up", step="0.25")
    assert manager.form(PATH).fields["qr.x_mm"] == ["81.5"]
    assert manager.form(PATH).fields["qr.y_mm"] == ["1.25"]
    assert "One over the other" in manager.words
    assert "the batch number" in manager.words
    assert store.get(PATH).json["version"] == 0
    manager.send(PATH, save="1")
    assert manager.page.status_code == 400
    assert manager.form(PATH).fields["qr.x_mm"] == ["81.5"], "the draft is not lost"
    manager.send(PATH, save="1", **{"qr.x_mm": "83", "qr.y_mm": "1"})
    assert "panel ok" in manager.page.text, manager.words
    assert element(store, "qr")["x_mm"] == "83"
    manager.send(PATH, **{"qr.x_mm": "left"})
    assert "Write a length in mm" in manager.words
    manager.open(PATH)
    manager.send(f"{PATH}/restore")
    assert element(store, "qr")["x_mm"] == "83.5"
    assert Browser(store, "keeper").open(PATH).status_code == 403
    assert manager.open("/layouts/batch/1x1").status_code == 404


OWN = "/layouts/status/60x40"


def test_given_rolls_of_another_size_when_their_layout_is_kept_then_a_printer_takes_them_and_prints_on_them(
    store, zebra: FakeZebra
):
    """4.5.5: no size before its layout was judged; what has no layout of it waits"""
    add(store, zebra, prints=[])
    paper = {"size": "60x40", "dpi": 203}
    assert store.refused("/printers/Z1/paper", who="manager", **paper)["reason"] == "no-layout-of-this-size"
    assert refused(store, {"name": "qr", "x_mm": "50"}, path=OWN)["reason"] == "off-the-label"
    assert store.refused("/printers/Z1/paper", who="manager", **paper)["reason"] == "no-layout-of-this-size"
    made = store.done(OWN, who="manager", based_on=0, elements=[])
    assert (made["version"], element(store, "name", OWN)["shown"]) == (1, False)
    listed = {(each["kind"], each["size"]): each["version"] for each in store.get("/layouts").json["items"]}
    assert (listed["status", "60x40"], ("batch", "60x40") in listed) == (1, False)
    store.done("/printers/Z1/paper", who="manager", **paper)
    asked = {"item_no": "EL-100", "batch_no": "A", "printer": "Z1"}
    (label_no,) = store.done("/labels", kind="status", **asked)["label_nos"]
    waits = store.done("/labels", kind="batch", **asked)["job"]["jobs"][0]
    send(store)
    (printed,) = zebra.printed
    assert (b"^PW480" in printed, b"^LL320" in printed) == (True, True)
    assert label_no in {text.rpartition("(21)")[2] for _, text in read_zxing(from_zpl(printed))}
    held = store.get(f"/print-jobs/{waits}").json
    assert (held["state"], held["cause"]) == ("held", "wrong-size")


def test_given_a_text_that_a_label_may_do_without_when_hidden_then_it_is_not_printed_and_nothing_else_may_be(store):
    """4.5.5, 4.7.5 b: the supplier may go, the expiry date may not"""
    path = "/layouts/status/100x50"
    store.done(path, who="manager", based_on=0, elements=[{"name": "origin", "shown": False}])
    assert element(store, "origin", path)["shown"] is False
    assert "shown" not in element(store, "expiry_date", path)
    for name in ("expiry_date", "batch_no", "qr", "terms"):
        wrong = refused(store, {"name": name, "shown": False}, based_on=1, path=path)
        assert (wrong["field"], wrong["reason"]) == ("elements", "unknown")
    assert store.done(f"{path}/restore", who="manager", version=0, based_on=1)["own"] is False
    assert element(store, "origin", path)["shown"] is True


def test_given_the_editor_when_another_size_is_typed_and_a_text_hidden_then_it_works_without_a_script(store):
    """4.5.5"""
    manager = Browser(store, "manager")
    manager.open("/layouts")
    assert "Label stock of another size" in manager.words
    assert manager.open("/layouts/size?kind=status&width=40&height=20").status_code == 404
    assert manager.open("/layouts/size?kind=status&width=60&height=40").status_code in (200, 303)
    manager.open(OWN)
    assert "Nothing is cut" in manager.words
    assert manager.form(OWN).fields["name.shown"] == ["0"]
    manager.send(OWN, **{"name.shown": "1"})
    assert "One over the other" in manager.words or "over the edge" in manager.words
    below = {"name.y_mm": "24.9", "name.x_mm": "1.7", "name.width_mm": "39", "name.height_mm": "2.6"}
    manager.send(OWN, save="1", **{"name.shown": "1", "brief_terms.y_mm": "28", "brief_terms.height_mm": "3"}, **below)
    assert "panel ok" in manager.page.text, manager.words
    assert element(store, "name", OWN)["shown"] is True
    manager.open("/layouts")
    assert "60 × 40 mm" in manager.words
