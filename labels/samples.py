"""A filled sample of every kind, the same at every call: what `python -m labels render` draws without data."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from labels.card import BinCard, CardLine
from labels.content import (
    BatchLabel,
    LocationLabel,
    NcrTag,
    PackageLabel,
    Packed,
    RollCard,
    SampleTag,
    StatusLabel,
)
from labels.documents import (
    Conformity,
    ConformityLine,
    CountLine,
    CountSheet,
    DeliveryLine,
    DeliveryNote,
    PackingList,
    PackLine,
    PickLine,
    PickList,
    ReceiptCheck,
    ReceiptCheckLine,
)
from labels.kinds import AnyPaper


def sample(kind: str, *, status: str = "qualified", languages: tuple[str, str] = ("zh_Hant", "en")) -> AnyPaper:
    """Give a filled label of a kind, the same at every call; `status` matters to kind status only."""
    makers: dict[str, Callable[[], AnyPaper]] = {
        "status": lambda: _sample_status(status, languages),
        "batch": lambda: BatchLabel(**_sample_goods(languages)),
        "location": lambda: LocationLabel(
            label_no="W4T9X2K7HX",
            printed_at=_PRINTED,
            languages=languages,
            bin_code="FG-A-03-2",
            zone="A",
            warehouse="FG",
        ),
        "package": lambda: _sample_package(languages),
        "roll": lambda: RollCard(
            label_no="R5P8N2C6T0", printed_at=_PRINTED, languages=languages, colour="yellow", labels="1000"
        ),
        "sample": lambda: SampleTag(
            **_sample_goods(languages) | {"label_no": "L7K2M9QX3F", "quantity": "5"},
            sampled_by=_SAID[languages[0]]["inspector"],
            sampled_on=date(2026, 3, 6),
            test=_SAID[languages[0]]["test"],
            keep_until=date(2026, 9, 6),
        ),
        "ncr": lambda: _sample_ncr(languages),
        "receipt_check": lambda: _sample_receipt_check(languages),
        "count_sheet": lambda: _sample_count_sheet(languages),
        "pick_list": lambda: _sample_pick_list(languages),
        "packing_list": lambda: _sample_packing_list(languages),
        "delivery_note": lambda: _sample_delivery_note(languages),
        "conformity": lambda: _sample_conformity(languages),
        "card": lambda: _sample_card(languages),
    }
    return makers[kind]()


_PRINTED = datetime.fromisoformat("2026-03-05T14:20:00+08:00")


# Names such as 堃 are in GBK but not in GB2312: the samples show that the fonts have them.
_SAID: dict[str, dict[str, Any]] = {
    "en": {
        "name": "Electric fan motor, 220 V 50 Hz, 45 W",
        "unit": "pcs",
        "supplier": "Hangzhou Motor Works",
        "inspector": "Chen Y.",
        "disposition": "rework",
        "approver": "Wang L.",
        "test": "Insulation, 1500 V, 1 min; torque",
        "fault": "Shaft runs out 0.12 mm, limit 0.05 mm; 14 of 80 pieces of the sample.",
        "customer": "Blue Lake Appliances",
        "ship_to": "Dock 4, 18 Harbour Road, Rotterdam",
        "sender": "Sunrise Electric, finished goods warehouse",
        "carrier": "Coast Freight",
        "papers": "Certificate of conformity, manual, 4 rubber feet a piece",
        "result": "passed",
        "acts": ("receipt", "put-away", "issue"),
    },
    "zh_Hans": {
        "name": "电风扇电机 220 V 50 Hz 45 W",
        "unit": "台",
        "supplier": "杭州堃宇电机",
        "inspector": "陈莹",
        "disposition": "返工",
        "approver": "王磊",
        "test": "绝缘 1500 V 1 min；扭矩",
        "fault": "轴跳动 0.12 mm，要求 0.05 mm；抽样 80 件中 14 件超差。",
        "customer": "蓝湖电器有限公司",
        "ship_to": "宁波市北仑区港口路 18 号 4 号码头",
        "sender": "晨光电器有限公司 成品仓",
        "carrier": "沿海物流",
        "papers": "合格证、说明书、每件橡胶脚 4 个",
        "result": "合格",
        "acts": ("收货", "上架", "发料"),
    },
    "zh_Hant": {
        "name": "電風扇馬達 220 V 50 Hz 45 W",
        "unit": "台",
        "supplier": "杭州堃宇電機",
        "inspector": "陳瑩",
        "disposition": "重工",
        "approver": "王磊",
        "test": "絕緣 1500 V 1 min；扭矩",
        "fault": "軸偏擺 0.12 mm，要求 0.05 mm；抽樣 80 件中 14 件超差。",
        "customer": "藍湖電器股份有限公司",
        "ship_to": "高雄市前鎮區港口路 18 號 4 號碼頭",
        "sender": "晨光電器股份有限公司 成品倉",
        "carrier": "沿海物流",
        "papers": "合格證、說明書、每件橡膠腳 4 個",
        "result": "合格",
        "acts": ("收貨", "上架", "發料"),
    },
}


def _sample_goods(languages: tuple[str, str]) -> dict[str, Any]:
    said = _SAID[languages[0]]
    return {
        "label_no": "L7K2M9QX3F",
        "printed_at": _PRINTED,
        "languages": languages,
        "item_no": "EF-2210-S01",
        "name": said["name"],
        "batch_no": "20260305-017",
        "quantity": "480",
        "unit": said["unit"],
        "bin_code": "FG-A-03-2",
        "first_received_on": date(2026, 3, 5),
        "produced_on": date(2026, 2, 27),
        "expiry_date": date(2028, 2, 27),
        "reinspect_on": date(2026, 9, 5),
        "supplier": said["supplier"],
    }


def _sample_status(status: str, languages: tuple[str, str]) -> StatusLabel:
    said = _SAID[languages[0]]
    inspected = {"inspector": said["inspector"], "inspected_on": date(2026, 3, 6)}
    report = inspected | {"ncr_no": "NC-2026-0031"}
    extra: dict[str, dict[str, Any]] = {
        "pending": {},
        "awaiting": inspected,
        "qualified": inspected,
        "nonconforming": report | {"disposition": said["disposition"]},
        "scrap": report | {"approver": said["approver"]},
    }
    return StatusLabel(status=status, **_sample_goods(languages), **extra[status])


def _sample_package(languages: tuple[str, str]) -> PackageLabel:
    said = _SAID[languages[0]]
    batches = (("20260305-017", "320"), ("20260305-018", "160"))
    return PackageLabel(
        label_no="H3D6W1M0RC",
        printed_at=_PRINTED,
        languages=languages,
        copy="1/2",
        customer=said["customer"],
        order_no="SO-2026-0412",
        ship_to=said["ship_to"],
        contents=tuple(
            Packed(item_no="EF-2210-S01", batch_no=batch_no, quantity=quantity, unit=said["unit"])
            for batch_no, quantity in batches
        ),
        sscc="395012340000000016",
        gross_weight="18.4 kg",
        marks=("this-way-up", "fragile", "keep-dry", "keep-from-sun"),
        stacking=4,
        checked_by=said["inspector"],
        checked_on=date(2026, 3, 6),
    )


_LATER = (("20260305-017", date(2026, 3, 5), "320"), ("20260311-004", date(2026, 3, 11), "160"))


def _sample_document(languages: tuple[str, str], letter_no: str, document_no: str) -> dict[str, Any]:
    return {
        "label_no": letter_no,
        "printed_at": _PRINTED,
        "languages": languages,
        "document_no": document_no,
        "dated": date(2026, 3, 5),
    }


def _sample_line(languages: tuple[str, str], batch_no: str) -> dict[str, Any]:
    said = _SAID[languages[0]]
    return {"item_no": "EF-2210-S01", "name": said["name"], "batch_no": batch_no, "unit": said["unit"]}


def _sample_count_sheet(languages: tuple[str, str]) -> CountSheet:
    places = ("FG-A-03-1", "FG-A-03-2", "FG-A-03-4", "FG-A-04-1")
    return CountSheet(
        **_sample_document(languages, "C8H2Q5V1N9", "SC-2026-03-FG"),
        warehouse="FG",
        zone="A",
        month="2026-03",
        lines=tuple(
            CountLine(**_sample_line(languages, f"2026030{number}-017"), bin_code=bin_code, label_no="L7K2M9QX3F")
            for number, bin_code in enumerate(places, start=2)
        ),
    )


def _sample_pick_list(languages: tuple[str, str]) -> PickList:
    return PickList(
        **_sample_document(languages, "D4G7T0X3K0", "DO-2026-0188"),
        customer=_SAID[languages[0]]["customer"],
        order_no="SO-2026-0412",
        due_on=date(2026, 3, 12),
        lines=tuple(
            PickLine(
                **_sample_line(languages, batch_no),
                bin_code=f"FG-A-03-{number}",
                first_received_on=day,
                expiry_date=date(2028, 2, 27),
                quantity=quantity,
            )
            for number, (batch_no, day, quantity) in enumerate(_LATER, start=1)
        ),
    )


def _sample_receipt_check(languages: tuple[str, str]) -> ReceiptCheck:
    said = _SAID[languages[0]]
    return ReceiptCheck(
        **_sample_document(languages, "D4G7T0X3K0", "GR-2026-0031"),
        owner=said["customer"],
        supplier=said["supplier"],
        order_no="SO-2026-0412",
        form_no="RF-2026-0007",
        packages="yes",
        agreement="no",
        lines=(
            ReceiptCheckLine(**_sample_line(languages, ""), announced="480", found="478", unfit="2", note=said["test"]),
        ),
    )


def _sample_packing_list(languages: tuple[str, str]) -> PackingList:
    said = _SAID[languages[0]]
    return PackingList(
        **_sample_document(languages, "D4G7T0X3K0", "PL-2026-0188"),
        customer=said["customer"],
        order_no="SO-2026-0412",
        ship_to=said["ship_to"],
        gross_weight="36.8 kg",
        papers=said["papers"],
        lines=tuple(
            PackLine(
                **_sample_line(languages, batch_no),
                carton=f"{number}/2",
                unit_no="395012340000000016",
                quantity=quantity,
            )
            for number, (batch_no, _, quantity) in enumerate(_LATER, start=1)
        ),
    )


def _sample_delivery_note(languages: tuple[str, str]) -> DeliveryNote:
    said = _SAID[languages[0]]
    terms = ("", "CN-2026-0007")
    return DeliveryNote(
        **_sample_document(languages, "D4G7T0X3K0", "DN-2026-0188"),
        sender=said["sender"],
        customer=said["customer"],
        order_no="SO-2026-0412",
        ship_to=said["ship_to"],
        carrier=said["carrier"],
        lines=tuple(
            DeliveryLine(
                **_sample_line(languages, batch_no),
                quantity=quantity,
                concession_no=concession_no,
                expiry_date=date(2028, 2, 27),
            )
            for (batch_no, _, quantity), concession_no in zip(_LATER, terms, strict=True)
        ),
    )


def _sample_conformity(languages: tuple[str, str]) -> Conformity:
    said = _SAID[languages[0]]
    return Conformity(
        **_sample_document(languages, "D4G7T0X3K0", "CC-2026-0188"),
        sender=said["sender"],
        customer=said["customer"],
        order_no="SO-2026-0412",
        standard="IEC 60335-2-80",
        lines=tuple(
            ConformityLine(
                **_sample_line(languages, batch_no),
                spec="220 V 50 Hz 45 W",
                quantity=quantity,
                produced_on=date(2026, 2, 27),
                report_no="IR-2026-0219",
                result=said["result"],
            )
            for batch_no, _, quantity in _LATER
        ),
    )


def _sample_card(languages: tuple[str, str]) -> BinCard:
    said = _SAID[languages[0]]
    movements = (
        ("GR-2026-0031", "480", "", "480"),
        ("PA-2026-0044", "20", "", "500"),
        ("DO-2026-0188", "", "320", "180"),
    )
    return BinCard(
        item_no="EF-2210-S01",
        name=said["name"],
        unit=said["unit"],
        batch_no="20260305-017",
        bin_code="FG-A-03-2",
        first_received_on=date(2026, 3, 5),
        expiry_date=date(2028, 2, 27),
        reinspect_on=date(2026, 9, 5),
        code="L7K2M9QX3F",
        printed_at=_PRINTED,
        languages=languages,
        lines=tuple(
            CardLine(
                entry_no=number,
                when=_PRINTED.replace(hour=9 + number),
                act=act,
                voucher_no=voucher_no,
                quantity_in=quantity_in,
                quantity_out=quantity_out,
                balance=balance,
                sign=said["inspector"],
            )
            for number, (act, (voucher_no, quantity_in, quantity_out, balance)) in enumerate(
                zip(said["acts"], movements, strict=True), start=1
            )
        ),
    )


def _sample_ncr(languages: tuple[str, str]) -> NcrTag:
    said = _SAID[languages[0]]
    return NcrTag(
        **_sample_goods(languages),
        ncr_no="NC-2026-0031",
        fault=said["fault"],
        disposition=said["disposition"],
        found_by=said["inspector"],
        found_on=date(2026, 3, 6),
        approver=said["approver"],
    )
