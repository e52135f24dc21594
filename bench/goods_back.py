"""Cancellations: a customer's goods come back white with their old age, and are inspected blue again (R-A14)."""

from typing import TYPE_CHECKING, Any

from bench.order_file import Batch, Row
from bench.supply import release
from warehouse.flow import returns
from warehouse.flow.returns import ReturnLine
from warehouse.tables.base import MILLION, rows
from warehouse.transaction import Transaction

if TYPE_CHECKING:
    from bench.player import Player


class GoodsBack:
    """What customers bring back; what they never got here is refused by the service and counted."""

    def __init__(self, player: "Player") -> None:
        self.player = player

    def take(self, invoice: list[Row]) -> None:
        """Take each row of a cancellation back, as a return of its own: one bad row does not stop the others."""
        for row in invoice:
            lines = self._labels(row)
            body = {"customer": row.customer, "reason": row.invoice, "lines": [line.batch_no for line in lines]}
            said, given = self.player.ask("return", "POST /api/v1/customer-returns", body, _take_back(row, lines))
            if said.refused:
                self.player.outcome[row.number] = f"refused: {self._why(row)} ({said.refused})"
                continue
            self._post(given["return_no"])
            self._release(row, lines)
            self.player.outcome[row.number] = "came back"
            self.player.report.returns += 1

    def _post(self, return_no: str) -> None:
        path = f"POST /api/v1/customer-returns/{return_no}/post"
        self.player.ask("return", path, {}, lambda tx: {"entries": returns.post(tx, return_no)})

    def _labels(self, row: Row) -> list[ReturnLine]:
        """Say which batches the goods' papers name: what this customer got of the item, the last first.

        What nobody shipped to him is added under the last batch's number, for the service to refuse.
        """
        left = int(row.quantity.removeprefix("-"))
        found = rows(
            "SELECT b.batch_no, SUM(p.quantity - p.returned) FROM pick p JOIN batch b ON b.id = p.batch_id"
            " JOIN item i ON i.id = b.item_id JOIN document_line l ON l.id = p.line_id"
            " JOIN document d ON d.id = l.document_id WHERE i.item_no = ? AND d.partner = ? AND p.state = 'dispatched'"
            " AND p.quantity > p.returned GROUP BY b.batch_no, b.receipt_sequence ORDER BY b.receipt_sequence DESC",
            row.item_code, row.customer,
        )  # fmt: skip
        lines: dict[str, int] = {}
        for batch_no, shipped in found:
            if left > 0:
                lines[batch_no] = min(left, int(shipped) // MILLION)
                left -= lines[batch_no]
        if left > 0:
            last = next(iter(reversed(lines)), self._any_batch(row))
            lines[last] = lines.get(last, 0) + left
        return [
            ReturnLine(item_no=row.item_code, batch_no=batch_no, quantity=str(pieces))
            for batch_no, pieces in lines.items()
        ]

    def _any_batch(self, row: Row) -> str:
        found = rows(
            "SELECT b.batch_no FROM batch b JOIN item i ON i.id = b.item_id WHERE i.item_no = ? ORDER BY b.id LIMIT 1",
            row.item_code,
        )
        return str(found[0][0]) if found else "NO-PAPER"

    def _why(self, row: Row) -> str:
        return "more comes back than this customer got here" if row.is_goods else "no goods come back"

    def _release(self, row: Row, lines: list[ReturnLine]) -> None:
        for line in lines:
            bin_code = self.player.chance.choice(self.player.bins)
            release(
                self.player,
                Batch(
                    at=self.player.now, item_no=row.item_code, batch_no=line.batch_no, pieces=int(line.quantity),
                    bin_code=bin_code,
                ),
            )  # fmt: skip


def _take_back(row: Row, lines: list[ReturnLine]) -> Any:
    def act(tx: Transaction) -> dict[str, Any]:
        document, label_nos = returns.take_back(
            tx, customer=row.customer, delivery_no=None, lines=lines, reason=row.invoice
        )
        return {"return_no": document.document_no, "label_nos": label_nos}

    return act
