"""Judging what the product says of the planted month: found, named, and what it cries over without need.

A fault is found when each row it spoilt is shown with a difference that nothing lawful explains; it is named when the
cause put first there is what was done. Where two faults met on a row, each has a part of its own with that cause. A row
that nobody touched and that is shown with a cause all the same is a false alarm.
"""

from dataclasses import dataclass
from typing import Any

from bench.planted_store import MANAGER, Desk
from bench.planted_world import Fault, Lot, Month

LEAST_NAMED = 0.9


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of the faults; `lines` tell it to a person."""

    planted: int
    found: list[Fault]
    named: list[Fault]
    false: list[Lot]
    lines: list[str]

    @property
    def line(self) -> str:
        """Give the closing line."""
        return f"planted {self.planted} found {len(self.found)} named {len(self.named)} false {len(self.false)}"

    @property
    def is_reached(self) -> bool:
        """Say whether all is found, nine of ten named, and nothing clean accused."""
        return (
            len(self.found) == self.planted and len(self.named) >= LEAST_NAMED * self.planted and not self.false
        )  # fmt: skip


def judge(desk: Desk, month: Month, name: str) -> Verdict:
    """Ask for the reconciliation of a month and compare it with the truth."""
    shown = {_lot(row): row for row in desk.get(MANAGER, f"/reconciliations/{name}")["items"]}
    accused = {lot: [part["cause"] for part in row["causes"]] for lot, row in shown.items() if row["causes"]}
    found = [fault for fault in month.faults if all(_rows_of(lot, accused) for lot in fault.lots)]
    named = [fault for fault in found if all(_is_named(fault, _rows_of(lot, accused)) for lot in fault.lots)]
    spoilt = {row for fault in month.faults for lot in fault.lots for row in (lot, _item_row(lot))}
    false = sorted(set(accused) - spoilt)
    lines = [_missed(fault, shown, is_found=fault in found) for fault in month.faults if fault not in named]
    lines += [f"FALSE ALARM {_told(shown[lot])}" for lot in false]
    return Verdict(planted=len(month.faults), found=found, named=named, false=false, lines=lines)


def _item_row(lot: Lot) -> Lot:
    return Lot(lot.item_no, "", lot.owner)


def _rows_of(lot: Lot, accused: dict[Lot, list[str]]) -> list[list[str]]:
    """Give the causes of the rows that speak of a lot: its own, and its item's where finance keeps items only."""
    return [accused[row] for row in (lot, _item_row(lot)) if row in accused]


def _is_named(fault: Fault, rows: list[list[str]]) -> bool:
    """Say whether the cause stands first on a row; where several faults met on one, whether a part has it."""
    return any(fault.cause in causes if fault.is_mixed else causes[0] == fault.cause for causes in rows)


def _lot(row: dict[str, Any]) -> Lot:
    return Lot(row["item_no"], row["batch_no"] or "", row["owner"])


def _missed(fault: Fault, shown: dict[Lot, dict[str, Any]], *, is_found: bool) -> str:
    rows = "; ".join(_told(shown[lot]) if lot in shown else f"{lot} not shown" for lot in fault.lots)
    return f"{'NOT NAMED' if is_found else 'NOT FOUND'} {fault.cause}: {fault.story} | {rows}"


def _told(row: dict[str, Any]) -> str:
    parts = ", ".join(
        f"{part['cause']} {part['difference']} ({part['confidence']}, {part['location'] or part['other'] or ''}"
        f" {' '.join(part['vouchers'][:3])}; else {' '.join(part['alternatives'])})"
        for part in row["causes"]
    )
    explained = ", ".join(f"{each['kind']} {each['voucher_no']} {each['quantity']}" for each in row["explained"])
    return f"{_lot(row)} {row['account']}/{row['card']}/{row['goods']} [{explained}] {parts}"
