"""A filled sample of every kind, the same at every call: what `python -m labels render` draws without data."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from labels.content import (
    BatchLabel,
    Label,
    LocationLabel,
    NcrTag,
    PackageLabel,
    Packed,
    RollCard,
    SampleTag,
    StatusLabel,
)


def sample(kind: str, *, status: str = "qualified", languages: tuple[str, str] = ("zh_Hant", "en")) -> Label:
    """Give a filled label of a kind, the same at every call; `status` matters to kind status only."""
    makers: dict[str, Callable[[], Label]] = {
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
        "ncr": lambda: NcrTag(
            **_sample_goods(languages),
            ncr_no="NC-2026-0031",
            fault=_SAID[languages[0]]["fault"],
            disposition=_SAID[languages[0]]["disposition"],
            found_by=_SAID[languages[0]]["inspector"],
            found_on=date(2026, 3, 6),
            approver=_SAID[languages[0]]["approver"],
        ),
    }
    return makers[kind]()


_PRINTED = datetime.fromisoformat("2026-03-05T14:20:00+08:00")


# Names such as 堃 are in GBK but not in GB2312: the samples show that the fonts have them.
_SAID = {
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
