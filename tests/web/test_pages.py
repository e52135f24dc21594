"""The whole main job through forms, without a script; a refusal says where to walk; hostile text stays text."""

import io
import re
from pathlib import Path

import pytest

from tests import factories
from tests.web.browser import Browser
from warehouse import tables
from warehouse.flow import tasks
from warehouse.tables.books import CardEntry
from warehouse.tables.catalogue import Item
from warehouse.web.posting import ANYBODY

PICTURES = Path(__file__).parent.parent / "scanners" / "pictures"


def _receipt(browser: Browser, quantity: str = "40", item_no: str = "EL-100") -> str:
    browser.open("/receive")
    browser.send("/receive", supplier="SUP", reference="PO-1", item_no=[item_no], quantity=[quantity])
    assert browser.path.startswith("/receive/"), browser.words
    return browser.path


def _delivery(browser: Browser, quantity: str) -> str:
    browser.open("/deliver")
    browser.send("/deliver", customer="K", reference="SO-1", item_no=["EL-100"], quantity=[quantity])
    assert browser.path.startswith("/deliver/"), browser.words
    return browser.path


def test_given_goods_at_the_dock_when_the_main_job_is_done_through_forms_then_the_oldest_leaves_and_books_agree(store):
    """R-A1, R-Q1, R-F1, R-F2, R-F18, 4.7.6 a"""
    clerk, keeper, qa = Browser(store, "clerk"), Browser(store, "keeper"), Browser(store, "qa")

    receipt = _receipt(clerk)
    keeper.open(receipt)
    keeper.send(f"{receipt}/scan", code="N-1", quantity="40", item_no="EL-100")
    assert "panel ok" in keeper.page.text
    assert "white until inspected" in keeper.words
    clerk.open(receipt)
    clerk.send(f"{receipt}/post")
    assert "Entries in the account: 1" in clerk.words

    qa.open("/inspect")
    assert "N-1" in qa.words
    qa.open("/inspect/EL-100/N-1")
    qa.send("/inspect/EL-100/N-1", qualified="40")
    assert "panel ok" in qa.page.text, qa.words
    assert store.stock("N-1") == [("IN-1", "qualified", "40")]

    delivery = _delivery(clerk, "30")
    keeper.open(delivery)
    assert "Take 30 of A from B-01" in keeper.words
    keeper.send(f"{delivery}/scan", code="N-1")
    assert keeper.page.status_code == 409
    assert "panel refused" in keeper.page.text
    assert "Take A at B-01" in keeper.words
    assert "Scanned: N-1" in keeper.words
    assert keeper.form(f"{delivery}/scan").fields["code"] == [""]
    keeper.send(f"{delivery}/scan", code="A")
    assert "panel ok" in keeper.page.text, keeper.words

    clerk.open(delivery)
    clerk.send(f"{delivery}/dispatch")
    assert "Check the outer package" in clerk.words
    clerk.send(f"{delivery}/package-check", code="P1", outer_ok="yes")
    clerk.send(f"{delivery}/dispatch")
    assert "panel ok" in clerk.page.text, clerk.words
    clerk.open(f"{delivery}/note")
    assert "EL-100" in clerk.words
    assert "30 pcs" in clerk.words
    assert [entry["balance"] for entry in store.get("/batches/EL-100/A/card").json["items"]] == ["30", "0"]
    assert [entry["balance"] for entry in store.get("/batches/EL-100/A/account").json["items"]] == ["30", "0"]


def test_given_a_form_when_it_is_sent_twice_then_one_movement_and_another_content_is_refused(store):
    """D12, R-X2, R-X3"""
    delivery = _delivery(Browser(store, "clerk"), "45")
    keeper = Browser(store, "keeper")
    keeper.open(delivery)
    once = {**keeper.form(f"{delivery}/scan").fields, "code": "A", "quantity": "10"}
    before = CardEntry.select().count()
    for _ in range(2):
        keeper.post(f"{delivery}/scan", once)
        assert "panel ok" in keeper.page.text
    keeper.post(f"{delivery}/scan", {**once, "quantity": "11"})
    assert keeper.page.status_code == 422
    assert CardEntry.select().count() == before + 1
    assert store.stock("A") == [("B-01", "qualified", "20")]


def test_given_an_item_in_mode_warn_when_yes_is_pressed_then_the_newer_batch_leaves_once(store):
    """R-F3"""
    Item.update(fifo_mode="warn").where(Item.item_no == "EL-100").execute()
    delivery = _delivery(Browser(store, "clerk"), "15")
    keeper = Browser(store, "keeper")
    keeper.open(delivery)
    keeper.send(f"{delivery}/scan", code="B", quantity="15")
    assert "panel ask" in keeper.page.text
    yes = next(form for form in keeper._read().forms if form.fields.get("confirmed"))
    keeper.post(f"{delivery}/scan", yes.fields)
    assert "panel ok" in keeper.page.text, keeper.words
    assert store.stock("B") == [("B-02", "qualified", "35")]


def test_given_hostile_text_when_it_is_shown_then_as_text_and_in_no_page_as_markup(store):
    """S2, S3, W1"""
    evil = "<script>alert(1)</script>{{7*7}}%(x)s"
    clerk = Browser(store, "clerk")
    clerk.open("/receive")
    clerk.send("/receive", supplier="SUP", reference=evil, item_no=["EL-100"], quantity=["40"])
    assert clerk.page.status_code == 200, clerk.words
    keeper = Browser(store, "keeper")
    keeper.open(clerk.path)
    keeper.send(f"{clerk.path}/scan", code=evil, quantity="1", item_no="EL-100")
    assert "panel ok" in keeper.page.text, keeper.words
    for path in (clerk.path, "/receive", "/stock", "/inspect", "/tasks", f"/batch/EL-100/{evil}"):
        page = keeper.open(path)
        assert page.status_code == 200, (path, keeper.words)
        assert "<script>alert" not in page.text
        assert evil in keeper.words
    keeper.open("/")
    keeper.send("/", code="<img src=x onerror=1>")
    assert keeper.page.status_code == 404
    assert "<img" not in keeper.page.text


def test_given_a_picture_when_it_is_sent_with_the_form_then_its_code_is_the_scan(store):
    """S15, S16, U2"""
    keeper = Browser(store, "keeper")

    def send(name: str, data: bytes) -> None:
        keeper.open("/")
        keeper.post("/", {**keeper.form("/").fields, "picture": (io.BytesIO(data), name)})

    send("nothing.jpg", (PICTURES / "quagga2-no_code-image-001.jpg").read_bytes())
    assert keeper.page.status_code == 422
    assert "Go closer" in keeper.words
    send("evil.png", b"%PDF-1.4 no picture")
    assert "This is no picture" in keeper.words
    send("code.png", (PICTURES / "code128-3-1.png").read_bytes())
    assert keeper.page.status_code == 404
    assert "Unknown code" in keeper.words
    send("three.png", (PICTURES / "multi-c-3xean-8.png").read_bytes())
    assert "Choose the one that is meant" in keeper.words
    choice = keeper.form("/")
    keeper.post("/", {**choice.fields, "code": "A"})
    assert keeper.path == "/batch/EL-100/A"


def test_given_any_page_route_when_a_stranger_asks_then_he_is_sent_to_sign_in_and_back_to_a_page_of_ours(store):
    """A1, A19, P13"""
    stranger = store.app.test_client()
    asked = 0
    for rule in store.app.url_map.iter_rules():
        view = store.app.view_functions[rule.endpoint]
        if rule.rule.startswith(("/api/", "/health/")) or ANYBODY in view.permission.roles:
            continue
        path = re.sub(r"<int:\w+>", "1", rule.rule).replace("<path:batch_no>", "A")
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", path)
        path = "/".join("X" if part.startswith("<") else part for part in path.split("/"))
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = stranger.open(path, method=method)
            assert (answer.status_code, method, path) == (303, method, path)
            assert answer.headers["Location"].startswith("/sign-in")
            asked += 1
    assert asked > 40


@pytest.mark.parametrize("language", ["en", "zh_Hans", "zh_Hant"])
def test_given_each_language_when_each_page_is_opened_then_it_is_drawn_without_a_missing_word(store, language):
    """W1: every page carries the headers; the language is the one asked for"""
    manager = Browser(store, "manager")
    manager.open(f"/sign-in?language={language}")
    pages = ("/", "/receive", "/inspect", "/inspect/EL-100/A", "/put-away", "/deliver", "/stock", "/batch/EL-100/A",
             "/tasks", "/items", "/places", "/partners")  # fmt: skip
    for path in pages:
        page = manager.open(path)
        assert page.status_code == 200, (path, manager.words)
        assert f'lang="{language.replace("_", "-")}"' in page.text
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        assert page.headers["Cache-Control"] == "no-store"
        assert " style=" not in page.text
    assert "Stock" not in manager.words or language == "en"


def test_given_a_wrong_role_when_a_form_is_sent_by_hand_then_403_and_nothing_is_written(store):
    """A3, R-Q4"""
    keeper = Browser(store, "keeper")
    keeper.open("/")
    fields = {**keeper.form("/").fields, "kind": "incoming", "qualified": "1"}
    keeper.post("/inspect/EL-100/A", fields)
    assert keeper.page.status_code == 403
    assert "Not allowed" in keeper.words
    keeper.open("/people")
    assert keeper.page.status_code == 403


def test_given_white_goods_when_decided_moved_and_doubted_on_pages_then_the_books_follow(store):
    """R-Q3, R-Q5, R-Q10, R-I7, 4.5.2"""
    clerk, keeper, qa, qa2 = (Browser(store, who) for who in ("clerk", "keeper", "qa", "qa2"))
    receipt = _receipt(clerk)
    keeper.open(receipt)
    keeper.send(f"{receipt}/scan", code="N-2", quantity="40", item_no="EL-100")
    qa.open("/inspect/EL-100/N-2")
    qa.send("/inspect/EL-100/N-2", qualified="35", nonconforming="6")
    assert "panel refused" in qa.page.text
    qa.send("/inspect/EL-100/N-2", qualified="35", nonconforming="5", note="torn")
    assert "panel ok" in qa.page.text, qa.words
    assert "N-2-1" in qa.words
    keeper.open("/put-away?code=EL-100/N-2")
    keeper.send("/put-away", to="QU-9")
    assert keeper.page.status_code == 404
    keeper.open("/put-away")
    keeper.send("/put-away", code="N-2", to="IN-1", quantity="1")
    assert "panel refused" in keeper.page.text
    keeper.send("/put-away", code="N-2", to="B-04")
    assert "panel ok" in keeper.page.text, keeper.words
    assert store.stock("N-2") == [("B-04", "qualified", "35")]
    qa.open("/inspect/EL-100/N-2-1")
    qa.send("/dispose/EL-100/N-2-1", decision="scrap", quantity="5", reason="torn")
    assert "panel ok" in qa.page.text, qa.words
    for who, told in ((qa, "A second person"), (qa2, "panel ok")):
        who.open("/inspect")
        approve = next(form.action for form in who._read().forms if form.action.endswith("/approve"))
        who.send(approve)
        assert told in who.page.text
    assert store.batch("N-2-1")["status"] == "scrap"
    keeper.open("/batch/EL-100/N-2")
    keeper.send("/doubt/EL-100/N-2", reason="odd smell")
    assert "white and on hold" in keeper.words
    keeper.open("/batch/EL-100/N-2")
    assert "May not leave" in keeper.words
    assert "odd smell" in keeper.words


def test_given_a_manager_when_items_bins_and_partners_are_made_on_pages_then_they_are_there_and_a_taken_one_is_told(
    store,
):
    """R-A8, 4.5.1"""
    manager = Browser(store, "manager")
    for path, fields in (
        ("/items", {"item_no": "NEW-1", "name": "Lamp", "unit": "pcs"}),
        ("/places", {"code": "NEW-2", "zone": "blue"}),
        ("/partners", {"code": "NEW-3", "name": "Kunde N"}),
    ):
        manager.open(path)
        manager.send(path, **fields)
        assert "panel ok" in manager.page.text, manager.words
        assert "taken already" in (manager.send(path, **fields), manager.words)[1]


def test_given_a_task_done_by_hand_when_the_button_is_pressed_twice_then_it_is_done_once(store):
    """R-X4"""
    factories.do(lambda tx: tasks.open_task(tx, "relabel", "EL-100/A", item_no="EL-100", batch_no="A"))
    keeper = Browser(store, "keeper")
    keeper.open("/tasks")
    button = next(form for form in keeper._read().forms if form.action.endswith("/done"))
    keeper.send(button.action)
    assert "panel ok" in keeper.page.text, keeper.words
    again = {**button.fields, "key": "another-key"}
    keeper.post(button.action, again)
    assert keeper.page.status_code == 409


def test_given_goods_that_come_back_when_taken_back_and_posted_on_the_page_then_white_and_the_account_follows(store):
    """R-A14"""
    clerk, keeper = Browser(store, "clerk"), Browser(store, "keeper")
    delivery = _delivery(clerk, "30")
    keeper.open(delivery)
    keeper.send(f"{delivery}/scan", code="A")
    clerk.open(delivery)
    clerk.send(f"{delivery}/package-check", code="P1", outer_ok="yes")
    clerk.send(f"{delivery}/dispatch")
    goods = {"item_no": ["EL-100"], "batch_no": ["A"], "location": ["IN-1"]}

    keeper.open("/returns")
    keeper.send("/returns", customer="K", reason="wrong colour", quantity=["31"], **goods)
    assert "panel refused" in keeper.page.text
    keeper.open("/returns")
    keeper.send("/returns", customer="K", reason="wrong colour", quantity=["4"], **goods)
    assert "panel ok" in keeper.page.text, keeper.words
    assert store.stock("A") == [("IN-1", "pending", "4")]
    (waiting,) = store.get("/customer-returns").json["items"]

    clerk.open("/returns")
    clerk.send(f"/returns/{waiting['return_no']}/post")
    assert "panel ok" in clerk.page.text, clerk.words
    assert "No return waits" in clerk.words
    assert [entry["balance"] for entry in store.get("/batches/EL-100/A/account").json["items"]] == ["30", "0", "4"]


def test_given_a_wrong_expiry_date_when_qa_corrects_it_on_the_page_then_the_old_paper_is_void(store):
    """R-E6"""
    factories.put_in_stock("E  2026-01-02  40  B-04  blue  2026-06-30")
    qa = Browser(store, "qa")
    qa.open("/inspect/EL-100/E")
    qa.send("/expiry/EL-100/E", expiry_date="2026-12-31", reason="retested")
    assert "panel refused" in qa.page.text
    qa.open("/inspect/EL-100/E")
    qa.send("/expiry/EL-100/E", expiry_date="2026-12-31", reason="retested", evidence="LAB-7")
    assert "panel ok" in qa.page.text, qa.words
    assert store.batch("E")["expiry_date"] == "2026-12-31"


def test_given_an_uncertain_print_when_the_last_label_is_said_on_the_page_then_the_rest_is_queued_again(store):
    """4.5.5"""
    admin, keeper = Browser(store, "admin"), Browser(store, "keeper")
    admin.open("/printers")
    admin.send("/printers", name="Z1", address="socket://printer.invalid", form="zpl", **{"prints-batch": "1"})
    assert "panel ok" in admin.page.text, admin.words
    made = store.done("/labels", kind="batch", item_no="EL-100", batch_no="A", copies=2, printer="Z1")
    first, second = made["label_nos"]
    (number,) = made["job"]["jobs"]
    keeper.open("/printing")
    assert f"{first}, {second}" in keeper.words
    keeper.send(f"/printing/{number}/cancel")
    assert "panel ok" in keeper.page.text, keeper.words
    made = store.done(f"/labels/{first}/reprint", reason="uncertain", printer="Z1")
    tables.base.rows("UPDATE print_job SET state = 'uncertain' WHERE id = ?", int(made["jobs"][0][1:]))
    keeper.open("/printing")
    assert "Which label came out last?" in keeper.words
    keeper.send(f"/printing/{made['jobs'][0]}/resolve", last_label="")
    assert "panel ok" in keeper.page.text, keeper.words
    waiting = store.get("/print-jobs?state=queued").json["items"]
    assert [each["label_nos"] for each in waiting] == [[first]]
