"""Try the scanner: three codes on paper or screen show whether it is set right, and the sounds are learned (S15)."""

from functools import cache

from flask import Response

from labels.symbols import draw_symbol
from warehouse.transaction import Transaction
from warehouse.web import language, page
from warehouse.web.page import READERS, Sent, page_posting
from warehouse.web.panel import Outcome, Panel
from warehouse.web.scanner_check import CODES, diagnose

bp = page.blueprint("scanner")
TONES = ("ok", "refused", "age", "goods", "place", "unknown", "ask")


@bp.get("/scanner")
@page.page(*READERS)
def show(tx: Transaction) -> Response:
    """Show the three codes and the field."""
    return _show()


@bp.post("/scanner")
@page_posting(*READERS)
def check(sent: Sent) -> Response:
    """Say what a read of one of the codes tells of the scanner; nothing is kept."""
    page.now_reader()
    code = sent.text("code") or ""
    number, fault = diagnose(code)
    good = fault == "good"
    title = language.say(f"scanner.{fault}", number=number)
    text = "" if good else language.say(f"scanner.{fault}.help")
    return _show(Outcome(panel=Panel(kind="ok" if good else "refused", title=title, text=text, scanned=code)))


def _show(outcome: Outcome | None = None) -> Response:
    return page.render("scanner/scanner.html", outcome=outcome, codes=_drawn(), tones=TONES)


@cache
def _drawn() -> list[tuple[int, str]]:
    """Give each code's width in modules and its bars as a path, one module high."""
    drawn = []
    for code in CODES:
        (bars,) = draw_symbol(code.symbology, code.content)
        drawn.append((len(bars), "".join(f"M{x} 0h1v1h-1z" for x, bar in enumerate(bars) if bar == "1")))
    return drawn
