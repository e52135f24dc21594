"""/figures: how far the records can be believed, how old goods are, how fast they turn; JSON and CSV (R-K1..R-K5)."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from warehouse.books import blindness
from warehouse.reports import figures, months, stock_figures
from warehouse.rules import counting
from warehouse.rules.refusals import NotFound
from warehouse.transaction import Transaction
from warehouse.web.posting import reading

bp = Blueprint("figures", __name__)
READERS = ("keeper", "clerk", "qa", "manager")
OF_STOCK = ("ageing", "turns", "slow")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula at the start of a cell
FIGURES: Mapping[str, Callable[[Transaction, str], dict[str, Any]]] = {
    "accuracy": figures.accuracy,
    "adjustments": figures.adjustments,
    "ageing": stock_figures.ageing,
    "turns": stock_figures.turns,
    "slow": stock_figures.slow_moving,
    "fifo": figures.fifo,
}
COLUMNS: Mapping[str, tuple[str, ...]] = {  # of each figure's rows, for a CSV that has none
    "accuracy": ("month", "lines", "inside_tolerance", "by_line", "by_sum", "by_value", "lines_without_price"),
    "adjustments": ("reason", "unit", "lines", "surplus", "deficit", "value", "lines_without_price"),
    "ageing": ("days", "batches", "quantities", "value", "batches_without_price"),
    "turns": ("item_no", "name", "unit", "issued", "average_stock", "turns"),
    "slow": ("item_no", "name", "quantity", "unit", "last_moved_on", "idle_days", "value"),
    "fifo": ("item_no", "refusals"),
}


@bp.get("/figures")
@reading(*READERS, report=True)
def index(tx: Transaction) -> dict[str, Any]:
    """Give all figures of a month, this one unless `month` says another."""
    month = months.read_month(tx, request.args.get("month", ""))
    return {"month": month, "segregated": tx.site.segregated, **every_figure(tx, month)}


@bp.get("/figures/<figure>")
@reading(*READERS, report=True)
def show(tx: Transaction, figure: str) -> dict[str, Any]:
    """Give one figure of a month."""
    month = months.read_month(tx, request.args.get("month", ""))
    return {"month": month, **_figure(tx, figure)(tx, month)}


@bp.get("/figures/<figure>.csv")
@reading(*READERS, report=True)
def table(tx: Transaction, figure: str) -> Response:
    """Give one figure's rows as CSV that a spreadsheet opens right: UTF-8 with its mark, no cell a formula (R-M2)."""
    month = months.read_month(tx, request.args.get("month", ""))
    text = _csv(COLUMNS.get(figure, ()), _figure(tx, figure)(tx, month)["rows"])
    response = Response(text.encode("utf-8-sig"), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{figure}-{month}.csv")
    return response


def every_figure(tx: Transaction, month: str) -> dict[str, Any]:
    """Give all figures by name; those of what lies there are None for who is to count blind (R-C1)."""
    hidden = OF_STOCK if blindness.hidden_places(tx) else ()
    return {name: None if name in hidden else of(tx, month) for name, of in FIGURES.items()}


def _figure(tx: Transaction, name: str) -> Callable[[Transaction, str], dict[str, Any]]:
    """Give what works a figure out. Raises NotFound, CountOpen for who is to count blind what lies there (R-C1)."""
    if name not in FIGURES:
        raise NotFound(kind="figure", name=name)
    if name in OF_STOCK:
        hidden = blindness.hidden_places(tx)
        counting.check_sighted(hidden, hidden=hidden)
    return FIGURES[name]


def _csv(columns: Iterable[str], found: Iterable[Mapping[str, Any]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in found)
    return file.getvalue()


def guarded(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run; a plain number stays one. Source: R-M2."""
    number = text.removeprefix("-").replace(".", "", 1)
    if text.startswith(FORMULA) and not (number.isascii() and number.isdigit()):
        return f"'{text}"
    return text


def _cell(value: Any) -> str:
    if value is None:
        return "n/a"
    if isinstance(value, Mapping):
        return guarded(" + ".join(f"{amount} {unit}" for unit, amount in value.items()))
    return guarded(str(value))
