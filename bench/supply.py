"""Stock arriving ahead of demand: receipts scanned white, posted, inspected blue and put into their bins."""

from typing import TYPE_CHECKING, Any

from bench.order_file import Batch
from warehouse.flow import opening_balance
from warehouse.flow.opening_balance import OpeningLine

if TYPE_CHECKING:
    from bench.order_stream import Player

LINES = 50  # of a document


class Supply:
    """The planned batches, brought in when their day has come."""

    def __init__(self, player: "Player", planned: list[Batch]) -> None:
        self.player, self.planned = player, sorted(planned, key=lambda batch: batch.at)
        self.came = 0

    def receive_due(self, now: Any) -> bool:
        """Bring in every batch whose time has come; True when there was one."""
        due = self.came
        while due < len(self.planned) and self.planned[due].at <= now:
            due += 1
        batches, self.came = self.planned[self.came : due], due
        for start in range(0, len(batches), LINES):
            self._receive(batches[start : start + LINES])
        return bool(batches)

    def _receive(self, batches: list[Batch]) -> None:
        player = self.player
        lines = [
            OpeningLine(
                item_no=batch.item_no,
                batch_no=batch.batch_no,
                location=batch.bin_code,
                quantity=str(batch.pieces),
                first_received_on=batch.at.date(),
            )
            for batch in batches
        ]
        reference = f"PO-{batches[0].at:%y%m%d}-{player.report.batches}"
        player.ask(
            "receive", "POST /api/v1/opening-balances", {"reference": reference, "lines": len(lines)},
            lambda tx: opening_balance.post(tx, reference, lines).document_no,
        )  # fmt: skip
        player.report.batches += len(batches)
