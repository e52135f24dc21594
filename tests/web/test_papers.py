"""The papers that go with the goods, issued through HTTP, drawn and read back: their text and their codes.

4.5.4, 4.6, 4.7.4, 4.7.5; R-C1, R-D7, R-F1, R-Q13.
"""

from tests.factories import Store, put_in_stock
from tests.web.browser import Browser
from tests.web.papers import issue, leave, pages_of, paper, picked


def in_order(text: str, *wanted: str) -> bool:
    """Say whether texts stand in this order, each after the one before."""
    at = 0
    for each in wanted:
        at = text.find(each, at) + 1
        if not at:
            return False
    return True


def test_given_an_order_of_two_batches_when_its_pick_list_is_drawn_then_oldest_first_and_its_code_is_the_delivery(
    store,
):
    """R-F1, 4.7.5 b"""
    delivery_no = store.order("45")
    (label_no,) = issue(store, "pick_list", delivery_no=delivery_no)
    ((text, codes),) = paper(store, label_no)
    assert in_order(text, delivery_no, "B-01", "30 pcs", "B-02", "15 pcs")
    assert "Kunde K (K)" in text
    assert codes == {label_no}
    said = store.done("/scans", code=label_no)
    assert (said["kind"], said["document_no"], said["document_kind"]) == ("document", delivery_no, "delivery")
    before = store.get(f"/labels/{label_no}.pdf").data
    store.done(f"/deliveries/{delivery_no}/scans", code="A", quantity="30")
    assert store.get(f"/labels/{label_no}.pdf").data == before, "a paper says what it said"
    ((later, _),) = paper(store, issue(store, "pick_list", delivery_no=delivery_no)[0])
    assert "B-01" not in later
    store.done(f"/deliveries/{delivery_no}/scans", code="B", quantity="15")
    refused = store.refused("/labels", kind="pick_list", delivery_no=delivery_no)
    assert (refused["code"], refused["reason"]) == ("document-state", "nothing-to-pick")


def test_given_an_order_with_an_item_that_leaves_by_expiry_when_its_pick_list_is_drawn_then_each_item_by_its_own_order(
    store,
):
    """R-F14: FIFO and FEFO on one paper"""
    store.done("/items", who="manager", item_no="FE-1", name="Paint", unit="can", policy="fefo")
    put_in_stock("X  2026-01-10  5  B-04  blue  2027-12-31\nY  2026-02-10  5  B-04  blue  2026-12-31", item_no="FE-1")
    made = store.done(
        "/deliveries", who="clerk", customer="K", reference="SO-77",
        lines=[{"item_no": "FE-1", "quantity": "8"}, {"item_no": "EL-100", "quantity": "31"}],
    )  # fmt: skip
    ((text, _),) = paper(store, issue(store, "pick_list", delivery_no=made["delivery_no"])[0])
    assert in_order(text, "EL-100", "30 pcs", "EL-100", "1 pcs", "2026-12-31", "5 can", "2027-12-31", "3 can")


def test_given_goods_that_leave_when_their_papers_are_drawn_then_cartons_batches_status_and_day_stand_on_them(store):
    """4.7.4, R-D7"""
    delivery_no = picked(store, A="30", B="10")
    for kind, reason in (("delivery_note", "nothing-left-yet"),):
        assert store.refused("/labels", kind=kind, delivery_no=delivery_no)["reason"] == reason
    ((by_hand, _),) = paper(store, issue(store, "packing_list", delivery_no=delivery_no)[0])
    assert in_order(by_hand, "A", "30 pcs", "10 pcs")
    (carton,) = issue(store, "package", delivery_no=delivery_no, gross_weight="18.4 kg")
    (certificate,) = issue(store, "conformity", delivery_no=delivery_no)
    ((certified, codes),) = paper(store, certificate)
    assert codes == {certificate}
    assert in_order(certified, "EL-100", "30 pcs", "合格", "10 pcs", "合格")
    leave(store, delivery_no)
    (note_no,) = issue(store, "delivery_note", delivery_no=delivery_no)
    store.now = store.now.replace(day=store.now.day + 3)
    ((note, codes),) = paper(store, issue(store, "delivery_note", delivery_no=delivery_no)[0])
    assert in_order(note, delivery_no, "2026-06-01", "Kunde K (K)", "30 pcs", "合格", "10 pcs")
    assert store.done("/scans", code=note_no)["document_no"] == delivery_no
    ((listed, _),) = paper(store, issue(store, "packing_list", delivery_no=delivery_no)[0])
    assert in_order(listed, "18.4 kg", "1/1", carton, "30 pcs", carton, "10 pcs")
    assert "合格证" in listed
    assert "送货单" in listed


def test_given_goods_that_leave_under_a_concession_when_papers_are_asked_then_no_certificate_and_its_number_on_the_note(
    store,
):
    """4.5.4, R-D7, R-Q7: a concession is no conformity"""
    put_in_stock("Z  2026-01-01  8  B-04  white", item_no="EL-200")
    decided = [{"quantity": "8", "verdict": "nonconforming", "note": "shaft 0.12 mm off"}]
    store.done("/batches/EL-200/Z/inspections", who="qa", kind="incoming", decisions=decided)
    (yellow,) = [row["batch_no"] for row in stock_of(store, "EL-200") if row["status"] == "nonconforming"]
    made = store.done(
        f"/batches/EL-200/{yellow}/dispositions", who="qa", decision="concession", quantity="8", reason="usable",
        customer="K", until="2026-12-31",
    )  # fmt: skip
    store.done(f"/dispositions/{made['disposition_no']}/approve", who="manager")
    (blue,) = [row["batch_no"] for row in stock_of(store, "EL-200") if row["status"] == "qualified"]
    delivery_no = store.order("8", item_no="EL-200")
    store.done(f"/deliveries/{delivery_no}/scans", item_no="EL-200", batch_no=blue, quantity="8")
    refused = store.refused("/labels", kind="conformity", delivery_no=delivery_no)
    assert (refused["code"], refused["batch_no"]) == ("not-qualified", blue)
    leave(store, delivery_no)
    ((note, _),) = paper(store, issue(store, "delivery_note", delivery_no=delivery_no)[0])
    assert "让步接收" in note
    assert refused["concession"] in note


def stock_of(store: Store, item_no: str) -> list[dict]:
    """Give the stock rows of an item's batches with their numbers."""
    found = []
    for batch_no in ("Z", "Z-1", "Z-1-1"):
        answer = store.get(f"/batches/{item_no}/{batch_no}")
        if answer.status_code == 200:
            found += [{**row, "batch_no": batch_no} for row in answer.json["stock"]]
    return found


def test_given_a_batch_on_hold_when_its_certificate_is_asked_then_refused(store):
    """R-Q12: recalled after it was taken"""
    delivery_no = picked(store, A="30", B="10")
    store.done("/batches/EL-100/A/holds", who="qa", reason="recall", kind="recall")
    refused = store.refused("/labels", kind="conformity", delivery_no=delivery_no)
    assert (refused["code"], refused["batch_no"]) == ("on-hold", "A")
    ((text, _),) = paper(
        store, issue(store, "conformity", delivery_no=delivery_no, item_no="EL-100", batch_no="B")[0]
    )  # fmt: skip
    assert "10 pcs" in text
    assert "30 pcs" not in text


def test_given_yellow_goods_when_tagged_then_fault_and_finder_stand_on_it_and_their_next_status_voids_it(store):
    """4.5.4, R-Q13"""
    refused = store.refused("/labels", kind="ncr", item_no="EL-100", batch_no="A")
    assert (refused["code"], refused["reason"]) == ("invalid-input", "goods-conform")
    put_in_stock("Z  2026-01-01  8  B-04  white", item_no="EL-200")
    decided = [{"quantity": "8", "verdict": "nonconforming", "note": "shaft 0.12 mm off"}]
    store.done("/batches/EL-200/Z/inspections", who="qa", kind="incoming", decisions=decided)
    (yellow,) = [row["batch_no"] for row in stock_of(store, "EL-200") if row["status"] == "nonconforming"]
    (tag,) = issue(store, "ncr", item_no="EL-200", batch_no=yellow)
    ((text, codes),) = paper(store, tag)
    assert codes == {tag}
    for said in ("shaft 0.12 mm off", "qa", yellow, "8 pcs", "不合格", "2026-06-01"):
        assert said in text
    made = store.done(
        f"/batches/EL-200/{yellow}/dispositions", who="qa", decision="scrap", quantity="8", reason="cracked"
    )
    store.done(f"/dispositions/{made['disposition_no']}/approve", who="manager")
    assert store.refused("/scans", code=tag)["code"] == "label-void"
    (red_batch,) = [row["batch_no"] for row in stock_of(store, "EL-200") if row["status"] == "scrap"]
    ((red, _),) = paper(store, issue(store, "ncr", item_no="EL-200", batch_no=red_batch)[0])
    for said in ("报废", made["disposition_no"], "manager"):
        assert said in red


def test_given_a_sample_when_tagged_then_its_quantity_and_test_and_never_more_than_lies_there(store):
    """4.4"""
    members = {"item_no": "EL-100", "batch_no": "B", "test": "pull test", "keep_until": "2027-06-01"}
    (tag,) = issue(store, "sample", quantity="3", **members)
    ((text, codes),) = paper(store, tag)
    assert tag in codes
    for said in ("3 pcs", "pull test", "2027-06-01", "keeper"):
        assert said in text
    assert store.refused("/labels", kind="sample", quantity="51", **members)["code"] == "insufficient-stock"
    assert store.refused("/labels", kind="sample", quantity="0.5", **members)["code"] == "quantity-precision"
    assert store.refused("/labels", kind="sample", **members)["field"] == "quantity"


def test_given_a_count_when_its_sheet_is_drawn_then_no_quantity_is_in_text_code_or_file_and_each_owner_has_his_own(
    store,
):
    """R-C1, R-O2: blind; 7319 is the book"""
    put_in_stock("N  2026-05-01  7319  B-04  blue", item_no="EL-200")
    put_in_stock("O  2026-05-02  7319  B-04  blue  2027-01-01", item_no="KG-1")
    count_no = store.done("/counts", who="manager", month="2026-06")["count_no"]
    (sheet,) = issue(store, "count_sheet", count_no=count_no)
    data = store.get(f"/labels/{sheet}.pdf").data
    ((text, codes),) = pages_of(data)
    assert codes == {sheet}
    assert in_order(text, count_no, "B-01", "B-02", "B-03", "B-04")
    for wrong in ("7319", "30 pcs"):
        assert wrong not in text
        assert wrong.encode() not in data
        assert wrong not in store.get(f"/labels/{sheet}").get_data(as_text=True)
    said = store.done("/scans", code=sheet)
    assert (said["kind"], said["document_no"], said["document_kind"]) == ("document", count_no, "count")
    assert {"show", "scan"} <= {each["action"] for each in said["actions"]}
    assert store.done("/scans", code=count_no)["document_kind"] == "count"
    refused = store.refused("/labels", kind="count_sheet", count_no=count_no, zone="nowhere")
    assert (refused["code"], refused["reason"]) == ("document-state", "nothing-to-count")


def test_given_a_customer_s_goods_when_a_count_s_sheets_are_drawn_then_his_are_on_one_of_their_own(store):
    """4.6, R-O2"""
    line = {"item_no": "EL-200", "batch_no": "OF-K-7", "location": "B-04", "status": "qualified", "quantity": "9",
            "first_received_on": "2026-05-01", "owner": "K"}  # fmt: skip
    store.done("/opening-balances", who="manager", reference="OB-K", lines=[line])
    count_no = store.done("/counts", who="manager", month="2026-06")["count_no"]
    numbers = issue(store, "count_sheet", count_no=count_no)
    ours, theirs = (paper(store, number)[0][0] for number in numbers)
    assert f"{numbers[0]} 1/2" in " ".join(ours.split())
    assert ("OF-K-7" in ours, "OF-K-7" in theirs) == (False, True)
    assert "本公司" in ours
    assert in_order(theirs, "货主", "K", "B-04", "OF-K-7")


def test_given_a_card_when_issued_then_its_code_is_taken_by_every_scan_field_and_names_batch_and_place(store):
    """4.7.5 d: the paper at the bin opens the live card"""
    (label_no,) = issue(store, "card", item_no="EL-100", batch_no="A", location="B-01")
    ((text, codes),) = paper(store, label_no)
    for said in (label_no, "EL-100", "B-01", "30"):
        assert said in text
    (code,) = codes
    said = store.done("/scans", code=code)
    assert (said["kind"], said["batch_no"], said["location"]) == ("batch", "A", "B-01")
    browser = Browser(store, "keeper")
    for path in ("/card", "/"):
        browser.open(path)
        browser.send(path, code=code)
        assert browser.path in ("/card/EL-100/A", "/batch/EL-100/A"), browser.words
    moved = store.done("/transfers", code=code, quantity="5", to="B-04", **{"from": "B-01"})
    assert moved["entry_no"] > 0
    other = code.replace("http://localhost", "https://wms.example.com/plant")
    assert store.done("/scans", code=other)["batch_no"] == "A"
    for wrong in (code.replace("B-01", "NO-1"), code.replace("/A?", "/NO?"), code.replace("/card/", "/cart/")):
        assert store.done("/scans", code=wrong)["kind"] == "unknown"
    assert store.done("/scans", code=label_no)["batch_no"] == "A"
    assert store.refused("/labels", kind="card")["field"] == "item_no"
    assert store.refused("/labels", kind="card", location="B-04", item_no="EL-200")["reason"] == "nothing-lies-there"
    assert len(issue(store, "card", item_no="EL-100", batch_no="A")) == 2, "one for each of its places"
    assert len(issue(store, "card", location="B-02")) == 1


def test_given_a_batch_number_too_long_for_an_address_when_its_card_is_scanned_then_it_opens_all_the_same(store):
    """4.7.5 d: a Chinese number is nine characters each in an address"""
    batch_no = "批号" * 8
    put_in_stock(f"{batch_no}  2026-05-01  5  B-04  blue", item_no="EL-200")
    ((_, codes),) = paper(store, issue(store, "card", item_no="EL-200", batch_no=batch_no)[0])
    (code,) = codes
    assert len(code) < 128
    assert store.done("/scans", code=code)["batch_no"] == batch_no
    browser = Browser(store, "keeper")
    browser.open(code.removeprefix("http://localhost"))
    assert batch_no in browser.words
    assert browser.open("/card/at/999999").status_code == 404


def test_given_who_is_to_count_blind_when_he_asks_for_a_card_paper_then_refused_issued_or_not(store):
    """R-C1: a paper shows no more than the page"""
    (label_no,) = issue(store, "card", who="manager", item_no="EL-100", batch_no="A")
    assignments = [{"zone": "blue", "counter": "keeper"}]
    store.done("/counts", who="manager", month="2026-06", assignments=assignments)
    for answer in (store.get(f"/labels/{label_no}.pdf"), store.get(f"/labels/{label_no}")):
        assert answer.json["type"].endswith("#count-open")
    assert store.refused("/labels", kind="card", item_no="EL-100", batch_no="A")["code"] == "count-open"
    assert store.get(f"/labels/{label_no}.pdf", who="manager").status_code == 200


def test_given_items_with_specification_and_standard_when_certified_then_they_stand_there_and_nothing_empty_does(
    store,
):
    """4.7.4: of the item's own data; one standard of all goods stands above them, several with their goods"""
    delivery_no = picked(store, A="30", B="10")
    ((bare, _),) = paper(store, issue(store, "conformity", delivery_no=delivery_no)[0])
    assert "规格" not in bare
    assert "标准" not in bare
    said = {"spec": "100 W 230 V IP54", "standard": "GB/T 755-2019"}
    answer = store.done("/items/EL-100/specification", who="qa", **said)
    assert (answer["spec"], answer["standard"]) == tuple(said.values())
    ((full, _),) = paper(store, issue(store, "conformity", delivery_no=delivery_no)[0])
    assert full.replace("\r\n", " ").count("230 V") == 2, "with each batch"
    assert full.count("GB/T 755-2019") == 1
    for wrong in ({"spec": "x" * 51, "standard": ""}, {"spec": "", "standard": "x" * 37}, {"spec": "x"}):
        assert store.post("/items/EL-100/specification", who="manager", **wrong).status_code == 400
    assert store.post("/items/EL-100/specification", who="keeper", **said).status_code == 403
    assert store.refused("/items/NONE/specification", who="manager", **said)["code"] == "not-found"


def test_given_the_items_page_when_a_specification_is_typed_then_kept_and_shown(store):
    """4.7.4: for items that were there before"""
    manager = Browser(store, "manager")
    manager.open("/items")
    manager.send("/items/specification", item_no="EL-100", spec="100 W", standard="GB/T 755")
    assert "panel ok" in manager.page.text, manager.words
    assert "100 W · GB/T 755" in manager.words
    manager.send("/items/specification", item_no="NONE", spec="100 W", standard="")
    assert "panel refused" in manager.page.text
