"""The four marks of inspection status, and the words printed on labels in each language of a site.

Colour is never the only sign: a grey copy or a colour-blind reader still has word, letter, icon and band. The colours
are pale because black bars on deep ones vanish in a scanner's red light. Awaiting verdict has the white mark and its
own word. Words are the glossary's. Source: 4.5.5; 4.5.4.
"""

from dataclasses import dataclass
from enum import StrEnum

LANGUAGES = ("en", "zh_Hans", "zh_Hant")


class Icon(StrEnum):
    """The sign at the left of the band."""

    HOLLOW_CIRCLE = "hollow-circle"
    TICK = "tick"
    WARNING = "triangle-with-exclamation-mark"
    STOP = "octagon-with-cross"


class Band(StrEnum):
    """The pattern of the band."""

    OUTLINE = "thin-outline"
    DOUBLE = "solid-double-border"
    STRIPES = "stripes"
    HATCH = "cross-hatch-struck-corners"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One of the four marks; `colour` is #RRGGBB and carries black text at 7:1 or better."""

    name: str
    colour: str
    letter: str
    icon: Icon
    band: Band


WHITE = Mark(name="white", colour="#FFFFFF", letter="P", icon=Icon.HOLLOW_CIRCLE, band=Band.OUTLINE)
BLUE = Mark(name="blue", colour="#90CAF9", letter="Q", icon=Icon.TICK, band=Band.DOUBLE)
YELLOW = Mark(name="yellow", colour="#FFD54F", letter="N", icon=Icon.WARNING, band=Band.STRIPES)
RED = Mark(name="red", colour="#FF8A80", letter="S", icon=Icon.STOP, band=Band.HATCH)

STATUS_MARKS = {"pending": WHITE, "awaiting": WHITE, "qualified": BLUE, "nonconforming": YELLOW, "scrap": RED}
COLOURS = {mark.name: mark for mark in (WHITE, BLUE, YELLOW, RED)}

# English, simplified, traditional
_WORDS = {
    "pending": ("Pending inspection", "待检", "待檢"),
    "awaiting": ("Awaiting verdict", "已检待判", "已檢待判"),
    "qualified": ("Qualified", "合格", "合格"),
    "nonconforming": ("Nonconforming", "不合格", "不合格"),
    "scrap": ("Scrap", "报废", "報廢"),
    "batch": ("Batch", "批次", "批次"),
    "batch_no": ("Batch no.", "批号", "批號"),
    "bin_code": ("Bin", "库位", "儲位"),
    "first_received_on": ("Received", "入库日期", "入庫日期"),
    "produced_on": ("Produced", "生产日期", "生產日期"),
    "expiry_date": ("Expiry date", "有效期至", "有效期限"),
    "reinspect_on": ("Re-inspect by", "复检到期日", "複檢到期日"),
    "inspector": ("Inspector", "质检员", "品管員"),
    "supplier": ("Supplier", "供应商", "供應商"),
    "traveller": ("Traveller", "随工单", "隨工單"),
    "ncr": ("NCR", "不合格品处理单", "不合格品處理單"),
    "approver": ("Approver", "审批人", "核准人"),
    "concession": ("Concession", "让步接收", "特採"),
    "return": ("Return to supplier", "退货", "退貨"),
    "rework": ("Rework", "返工", "重工"),
    "repair": ("Repair", "返修", "返修"),
    "until": ("until", "截至", "截至"),
    "customer": ("Customer", "客户", "客戶"),
    "printed": ("Printed", "打印", "列印"),
    "location": ("Bin", "库位", "儲位"),
    "zone": ("Zone", "库区", "庫區"),
    "warehouse": ("Warehouse", "仓库", "倉庫"),
    "card": ("Bin card", "材料卡", "材料卡"),
    "item_no": ("Item no.", "料号", "料號"),
    "unit": ("Unit", "单位", "單位"),
    "when": ("Date", "日期", "日期"),
    "act": ("Act", "摘要", "摘要"),
    "voucher": ("Voucher", "单据", "單據"),
    "quantity_in": ("In", "收入", "收入"),
    "quantity_out": ("Out", "发出", "發出"),
    "balance": ("Balance", "结存", "結存"),
    "signature": ("Sign", "签名", "簽名"),
    "carried": ("Carried forward", "承前页", "承前頁"),
    "after": ("after entry", "截至记录", "截至記錄"),
    "page": ("Page", "页", "頁"),
    "live": ("live card", "扫码看现卡", "掃碼看現卡"),
    "white": ("White", "白色", "白色"),
    "blue": ("Blue", "蓝色", "藍色"),
    "yellow": ("Yellow", "黄色", "黃色"),
    "red": ("Red", "红色", "紅色"),
    "package": ("Outer carton", "外箱", "外箱"),
    "carton": ("Carton", "箱号", "箱號"),
    "roll": ("Label roll", "标签卷", "標籤捲"),
    "roll_size": ("Label size", "标签尺寸", "標籤尺寸"),
    "roll_labels": ("Labels", "标签数", "標籤數"),
    "scan_when_loaded": ("Scan when loaded", "装入时扫描", "裝入時掃描"),
    "sample": ("Sample", "样品", "樣品"),
    "sampled": ("Sampled", "取样", "取樣"),
    "test": ("Test", "检验项目", "檢驗項目"),
    "keep_until": ("Keep until", "保留至", "保留至"),
    "fault": ("Fault", "不合格描述", "不合格描述"),
    "disposition": ("Disposition", "处置", "處置"),
    "found": ("Found by", "发现人", "發現人"),
    "name": ("Name", "名称", "品名"),
    "quantity": ("Quantity", "数量", "數量"),
    "order": ("Order", "订单", "訂單"),
    "ship_to": ("Ship to", "送货地址", "送貨地址"),
    "contents": ("Contents", "内装", "內裝"),
    "gross_weight": ("Gross weight", "毛重", "毛重"),
    "complete": ("Complete", "装箱核对完毕", "裝箱核對完畢"),
    "receipt_check": ("Receipt check form", "收货验证单", "收貨驗證單"),
    "form_no": ("Form", "验证单号", "驗證單號"),
    "announced": ("Announced", "通知数", "通知數"),
    "found_quantity": ("Found", "实收数", "實收數"),
    "unfit": ("Unfit", "不适用", "不適用"),
    "packages": ("Packages whole", "包装完好", "包裝完好"),
    "agreement": ("Papers agree", "单货相符", "單貨相符"),
    "yes": ("yes", "是", "是"),
    "no": ("no", "否", "否"),
    "count_sheet": ("Count sheet", "盘点表", "盤點表"),
    "pick_list": ("Pick list", "拣货单", "揀貨單"),
    "packing_list": ("Packing list", "装箱单", "裝箱單"),
    "delivery_note": ("Delivery note", "送货单", "送貨單"),
    "conformity": ("Certificate of conformity", "合格证", "合格證"),
    "document_no": ("No.", "单号", "單號"),
    "dated": ("Date", "日期", "日期"),
    "number": ("#", "序", "序"),
    "label_no": ("Label", "标签号", "標籤號"),
    "counted_quantity": ("Counted", "实盘数", "實盤數"),
    "note": ("Note", "备注", "備註"),
    "counted_by": ("Counted by", "盘点人", "盤點人"),
    "witnessed_by": ("Witness", "监盘人", "監盤人"),
    "picked_by": ("Picked by", "拣货人", "揀貨人"),
    "checked_by": ("Checked by", "复核人", "複核人"),
    "packed_by": ("Packed by", "装箱人", "裝箱人"),
    "issued_by": ("Issued by", "发货人", "出貨人"),
    "carrier": ("Carrier", "承运商", "貨運行"),
    "received_by": ("Received by", "收货人签收", "收貨人簽收"),
    "approved_by": ("Approved by", "批准人", "核准人"),
    "status": ("Status", "状态", "狀態"),
    "status_terms": ("Status or concession", "状态或让步单号", "狀態或特採單號"),
    "done": ("Done", "完成", "完成"),
    "due_on": ("Due", "交期", "交期"),
    "contains": ("Contains", "内容", "內容"),
    "spec": ("Specification", "规格型号", "規格"),
    "standard": ("Standard", "执行标准", "執行標準"),
    "result": ("Result", "检验结果", "檢驗結果"),
    "report_no": ("Inspection report", "检验报告", "檢驗報告"),
    "month": ("Month", "月份", "月份"),
    "owner": ("Owner", "货主", "貨主"),
    "ours": ("our own goods", "本公司", "本公司"),
    "sender": ("From", "发货单位", "出貨單位"),
    "policy": ("Order of issue", "出库顺序", "出庫順序"),
    "fifo": ("First in, first out", "先进先出", "先進先出"),
    "fefo": ("First expired, first out", "先到期先出", "先到期先出"),
    "papers": ("Papers and accessories", "随箱文件与附件", "隨箱文件與附件"),
    "conforms": (
        "The goods listed were inspected and conform to the requirements named.",
        "以上货物经检验，符合所列要求，准予出厂。",
        "以上貨物經檢驗，符合所列要求，准予出廠。",
    ),
}


def word(name: str, language: str) -> str:
    """Give a label's word in one language; an unknown name or language here is a bug (KeyError, ValueError)."""
    return _WORDS[name][LANGUAGES.index(language)]


def words(name: str, languages: tuple[str, ...]) -> list[str]:
    """Give the word in each language, once where two languages write it alike (合格)."""
    return list(dict.fromkeys(word(name, language) for language in languages))


def names() -> list[str]:
    """Give the names of all words; every one of their characters is in both label fonts, which a test walks."""
    return list(_WORDS)
