"""What the codes of one picture are together (R-A11, S15)."""

from dataclasses import dataclass, field

from warehouse.flow.identification import Read, find
from warehouse.rules.refusals import LabelVoid, Refusal
from warehouse.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """What the codes of one picture, or one code, are together."""

    read: Read
    reason: str = ""  # why it is unknown: not-sure (nothing read), not-on-record, several-codes
    candidates: list[Read] = field(default_factory=list)  # of several known codes, to choose from


def recognise(tx: Transaction, texts: list[str]) -> Recognised:
    """Say what the codes of one picture are together: one that is known is taken, between several a person chooses.

    The same thing twice is once, and an item's own code beside a batch of it says nothing more. A void paper is never
    passed over for another code. Nothing is created, whatever is read (R-A11, S15). Raises as `find` does, of several
    codes only when none is known.
    """
    known, refused = _look_up(tx, list(dict.fromkeys(texts)))
    if len(known) == 1:
        return Recognised(read=known[0])
    if known:
        return Recognised(read=Read(text="", kind="unknown"), reason="several-codes", candidates=known)
    if refused:
        raise refused
    if not texts:
        return Recognised(read=Read(text="", kind="unknown"), reason="not-sure")
    return Recognised(read=Read(text=texts[0] if len(texts) == 1 else "", kind="unknown"), reason="not-on-record")


def _look_up(tx: Transaction, texts: list[str]) -> tuple[list[Read], Refusal | None]:
    """Give what is known of some codes, each meaning once, and the first refusal that is no void paper."""
    found: dict[tuple[str | None, ...], Read] = {}
    refused: Refusal | None = None
    for text in texts:
        try:
            read = find(tx, text)
        except LabelVoid:
            raise
        except Refusal as refusal:
            refused = refused or refusal
            continue
        if read.kind != "unknown":
            found.setdefault((read.item_no, read.batch_no, read.location, read.document_no, read.person), read)
    with_batch = {read.item_no for read in found.values() if read.batch_no}
    return [read for read in found.values() if read.kind != "item" or read.item_no not in with_batch], refused
