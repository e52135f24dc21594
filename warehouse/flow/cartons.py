"""Labels of outer cartons, of a delivery or of one batch in stock, and cards of label rolls (4.7.3, 4.7.4; R-D5).

A carton is named by an SSCC where the site has a GS1 company prefix, else by its own label number, type letter H.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from labels.content import make_label_no
from labels.gs1 import make_sscc
from warehouse import catalogue
from warehouse.books import documents, numbers
from warehouse.flow import labelling
from warehouse.rules import packing
from warehouse.rules.printing import check_colour
from warehouse.rules.refusals import InsufficientStock
from warehouse.tables.base import quantity, rows
from warehouse.tables.books import Batch
from warehouse.tables.labels import Label
from warehouse.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Handling:
    """How a carton is handled, and what it weighs."""

    marks: tuple[str, ...] = ()
    stacking: int = 0
    gross_weight: str = ""


@dataclass(frozen=True, kw_only=True)
class Carton(Handling):
    """How cartons of a delivery are to be named: their contents (all that is taken, when not said) and handling."""

    delivery_no: str
    contents: tuple[tuple[str, str, str], ...] = ()  # item, batch, quantity as text


def issue_cartons(tx: Transaction, asked: Carton, *, copies: int) -> list[Label]:
    """Name `copies` cartons of a delivery, "1/2" and "2/2", each with its own number.

    Raises NotFound, DocumentState when nothing is taken, InvalidInput when several cartons are to be named without
    their contents or these were not taken for the delivery.
    """
    document = documents.get(tx, asked.delivery_no, "delivery")
    taken = _taken(document.id)
    contents = packing.check_contents(asked.contents, taken=taken, delivery_no=asked.delivery_no, cartons=copies)
    facts: dict[str, Any] = {
        "customer": document.partner, "order_no": document.reference, "delivery_no": asked.delivery_no,
        "contents": [list(line) for line in contents], "marks": list(asked.marks), "stacking": asked.stacking,
        "gross_weight": asked.gross_weight, "checked_by": tx.actor.name, "checked_on": tx.today.isoformat(),
    }  # fmt: skip
    prefix = _prefix(tx)
    return [
        _make(
            tx, "H", "package", {**facts, "copy": f"{number}/{copies}", "sscc": _next_sscc(tx, prefix)},
            document_no=asked.delivery_no,
        )
        for number in range(1, copies + 1)
    ]  # fmt: skip


def issue_stored(
    tx: Transaction, batch: Batch, asked: Handling, *, text: str | None, location: str | None, copies: int
) -> list[Label]:
    """Name `copies` cartons of a batch in stock, which no delivery has yet; `text` is how much is in each.

    Left out it is all that lies there in one carton; several of them then say no quantity, because nobody counted them.
    Raises InvalidInput, QuantityPrecision, InsufficientStock for more than lies there.
    """
    there = sum(labelling.lying(tx, batch, location).values(), Decimal(0))
    each = catalogue.read_quantity(batch.item, text) if text else there
    if text and each * copies > there:
        raise InsufficientStock(
            item_no=batch.item.item_no, batch_no=batch.batch_no, location=location, available=there
        )  # fmt: skip
    said = str(each) if text or copies == 1 else ""
    facts: dict[str, Any] = {
        "customer": "", "order_no": "", "delivery_no": "", "marks": list(asked.marks), "stacking": asked.stacking,
        "contents": [[batch.item.item_no, batch.batch_no, said, batch.item.unit]], "gross_weight": asked.gross_weight,
        "checked_by": "", "checked_on": None,
    }  # fmt: skip
    prefix = _prefix(tx)
    return [
        _make(
            tx, "H", "package", {**facts, "copy": f"{number}/{copies}", "sscc": _next_sscc(tx, prefix)}, batch=batch,
            quantity=each if said else 0,
        )
        for number in range(1, copies + 1)
    ]  # fmt: skip


def find_carton(tx: Transaction, sscc: str) -> str | None:
    """Give the label number of a carton by its SSCC; only the site's own are looked for, others are nothing of ours."""
    prefix = _prefix(tx) if sscc else ""
    if not prefix or not sscc.startswith(prefix, 1):  # before it stands the extension digit
        return None
    found = rows(
        "SELECT label_no FROM label WHERE site_id = ? AND kind = 'package' AND facts LIKE ? ORDER BY id DESC",
        tx.site.id, f'%"{sscc}"%',
    )  # fmt: skip
    return str(found[0][0]) if found else None


def issue_roll(tx: Transaction, colour: str | None, *, copy: str) -> Label:
    """Name a roll of label stock by its colour. Raises InvalidInput for a colour that no stock has."""
    return _make(tx, "R", "roll", {"colour": check_colour(colour or ""), "copy": copy})


def _taken(document_id: int) -> dict[tuple[str, str], tuple[Decimal, str]]:
    """Give (item, batch) -> quantity and unit of what is staged for a delivery or left with it."""
    found = rows(
        "SELECT i.item_no, b.batch_no, i.unit, i.decimals, SUM(p.quantity) FROM pick p"
        " JOIN document_line l ON l.id = p.line_id JOIN batch b ON b.id = p.batch_id JOIN item i ON i.id = b.item_id"
        " WHERE l.document_id = ? AND p.state IN ('staged', 'dispatched')"
        " GROUP BY i.item_no, b.batch_no, i.unit, i.decimals ORDER BY i.item_no, b.batch_no",
        document_id,
    )  # fmt: skip
    return {
        (item_no, batch_no): (quantity(total, decimals), unit) for item_no, batch_no, unit, decimals, total in found
    }


def _prefix(tx: Transaction) -> str:
    ((prefix,),) = rows("SELECT gs1_prefix FROM site WHERE id = ?", tx.site.id)
    return str(prefix)


def _next_sscc(tx: Transaction, prefix: str) -> str:
    """Give the next SSCC of the company; its serial never comes again (R-D5)."""
    return make_sscc(prefix, numbers.next_serial(f"sscc {prefix}")) if prefix else ""


def _make(tx: Transaction, letter: str, kind: str, facts: dict[str, Any], **members: Any) -> Label:
    return Label.create(
        label_no=make_label_no(letter), site_id=tx.site.id, kind=kind, facts=facts, issued_by=tx.actor.name,
        issued_at=tx.now, **members,
    )  # fmt: skip
