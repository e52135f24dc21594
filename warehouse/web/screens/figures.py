"""The month's figures on one page, each as a picture drawn here and as the table of the same numbers (R-K1..R-K5)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Response, request

from warehouse.reports import months
from warehouse.rules.period import month_of
from warehouse.transaction import Transaction
from warehouse.web import language, page
from warehouse.web.api.figures import READERS, every_figure

bp = page.blueprint("figures")
SHOWN = 20  # rows of a long list; the CSV has all


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar of a picture: what it is, its number as text ("" for n/a), and its length in per cent of the longest."""

    label: str
    text: str
    percent: str
    marked: bool = False  # drawn hatched, so that it differs without colour


@bp.get("/figures")
@page.page(*READERS, report=True)
def show(tx: Transaction) -> Response:
    """Show the figures of a month, this one unless another is asked for."""
    month = months.read_month(tx, request.args.get("month", ""))
    found = every_figure(tx, month)
    for row in found["adjustments"]["rows"]:
        row["reason"] = language.word("reason", row["reason"]) if row["reason"] else language.say("within tolerance")
    for row in found["ageing"]["six_months"] if found["ageing"] else ():
        row["past"] = language.say("older than six months" if row["past"] else "up to six months old")
    return page.render(
        "figures/figures.html", month=month, this_month=month_of(tx.today), before=_beside(month, -1),
        after=_beside(month, 1), found=found, segregated=tx.site.segregated,
        shown=SHOWN, bars_of=_bars(found), now=tx.now,
    )  # fmt: skip


def _beside(month: str, step: int) -> str:
    """Give the month before or after."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1 + step
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _bars(found: dict[str, Any]) -> dict[str, list[Bar]]:
    ageing = found["ageing"] or {"rows": [], "six_months": []}
    return {
        "accuracy": [
            Bar(label=row["month"], text=row["by_line"] or "", percent=_percent(row["by_line"], 100))
            for row in found["accuracy"]["rows"]
        ],
        "ageing": _batches(ageing["rows"], "days"),
        "six_months": _batches(ageing["six_months"], "past"),
        "adjustments": _counted(
            [{**row, "label": f"{row['reason']} ({row['unit']})"} for row in found["adjustments"]["rows"]],
            "label",
            "lines",
        ),
        "fifo": _counted(found["fifo"]["rows"][:SHOWN], "item_no", "refusals"),
    }


def _batches(rows: list[dict[str, Any]], name: str) -> list[Bar]:
    """Draw batches as parts of all; the last, the oldest, is marked."""
    total = sum(row["batches"] for row in rows)
    return [
        Bar(label=row[name], text=str(row["batches"]), percent=_percent(row["batches"], total), marked=row is rows[-1])
        for row in rows
    ]


def _counted(rows: list[dict[str, Any]], name: str, number: str) -> list[Bar]:
    longest = max((row[number] for row in rows), default=0)
    return [Bar(label=row[name], text=str(row[number]), percent=_percent(row[number], longest)) for row in rows]


def _percent(part: Any, whole: int) -> str:
    """Give a bar's length as SVG reads it; what is below 0 has none."""
    if part is None or not whole:
        return "0"
    return f"{max(100 * Decimal(part) / whole, Decimal(0)):.2f}"
