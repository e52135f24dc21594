"""Stock arriving ahead of demand: announced, scanned white at the dock, posted, inspected blue into its bin."""

from typing import TYPE_CHECKING, Any

from bench.order_file import Batch
from bench.store import SECOND_PERSON, Refused
from warehouse.flow import inspection, receiving
from warehouse.flow.inspection import Part
from warehouse.flow.receiving import Arrival
from warehouse.rules.inspection import InspectionKind, Verdict
from warehouse.transaction import Transaction

if TYPE_CHECKING:
    from bench.player import Player

LINES = 50  # of a receipt


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
        reference = f"PO-{batches[0].at:%y%m%d}-{self.player.report.batches}"
        asked = [(batch.item_no, str(batch.pieces)) for batch in batches]

        def announce(tx: Transaction) -> dict[str, str]:
            made = receiving.announce(tx, supplier="SUP", reference=reference, lines=list(asked))
            return {"receipt_no": made.document_no}

        body = {"supplier": "SUP", "reference": reference, "lines": asked}
        receipt_no = self._ask("announce", "POST /api/v1/receipts", body, announce)["receipt_no"]
        for batch in batches:
            self._scan(receipt_no, batch)
        path = f"POST /api/v1/receipts/{receipt_no}/post"
        self._ask("post", path, {}, lambda tx: {"entries": receiving.post(tx, receipt_no)})
        for batch in batches:
            release(self.player, batch)
        self.player.report.batches += len(batches)

    def _scan(self, receipt_no: str, batch: Batch) -> None:
        arrival = Arrival(item_no=batch.item_no, batch_no=batch.batch_no, quantity=str(batch.pieces))

        def act(tx: Transaction) -> dict[str, Any]:
            received = receiving.scan(tx, receipt_no, arrival)
            return {"entry_no": received.entry.entry_no, "label_nos": received.label_nos}

        body = {"item_no": batch.item_no, "batch_no": batch.batch_no, "quantity": str(batch.pieces)}
        self._ask("receive", f"POST /api/v1/receipts/{receipt_no}/scans", body, act)

    def _ask(self, kind: str, path: str, body: Any, act: Any) -> Any:
        said, given = self.player.ask(kind, path, body, act)
        if said.refused:
            raise Refused(f"{path}: {said.refused} {said.body}")
        return given


def release(player: "Player", batch: Batch) -> None:
    """Inspect white goods by a second person: blue, and into their bin."""
    part = Part(quantity=str(batch.pieces), verdict=Verdict.QUALIFIED, location=batch.bin_code)

    def act(tx: Transaction) -> dict[str, Any]:
        found = inspection.inspect(
            tx, item_no=batch.item_no, batch_no=batch.batch_no, kind=InspectionKind.INCOMING, parts=[part]
        )
        return {"inspection_no": found.document.document_no, "label_nos": found.label_nos}

    body = {"item_no": batch.item_no, "batch_no": batch.batch_no, "quantity": str(batch.pieces)}
    said, _ = player.ask("inspect", "POST /api/v1/inspections", body, act, actor=SECOND_PERSON)
    if said.refused:
        raise Refused(f"inspection of {batch.batch_no}: {said.refused} {said.body}")
