"""The receipt check form: a customer's goods are looked over as they come in, and he hears what is wrong (4.6; R-O1).

A form is kept as it was filled in; who looks again fills in another, and the latest one counts. Goods whose form is
missing, or does not say what was scanned, are not posted. What the owner has to be told waits on the work list.
"""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from labels import documents as papers
from warehouse import catalogue
from warehouse.books import documents, numbers
from warehouse.flow import tasks
from warehouse.flow.papers import head_of, keep
from warehouse.rules import ownership
from warehouse.rules.ownership import CheckedLine
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.base import quantity, rows
from warehouse.tables.counts import OwnerNotice
from warehouse.tables.documents import Document
from warehouse.tables.labels import Label
from warehouse.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen of one item, quantities as text in its unit."""

    item_no: str
    found: str
    unfit: str = "0"
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Form:
    """The form as it is filled in: each item, whether the packages are whole and the papers agree."""

    lines: tuple[Seen, ...]
    packages_whole: bool
    papers_agree: bool
    note: str = ""


def fill_in(tx: Transaction, receipt_no: str, form: Form) -> Document:
    """Keep a receipt check form; what the owner must hear of puts a task on the work list.

    Raises NotFound, DocumentState when the receipt is closed or the goods are ours, InvalidInput, QuantityPrecision.
    """
    receipt = documents.lock(tx, receipt_no, "receipt")
    owner = owner_of(receipt)
    ownership.check_form_asked(owner, document_no=receipt_no, state=receipt.state)
    announced = {item_no: ordered for item_no, ordered, _ in _by_item(receipt)}
    lines = [_read(seen, announced) for seen in form.lines]
    ownership.check_form(lines, asked=announced)
    facts = {
        "lines": [{name: str(value) for name, value in asdict(line).items()} for line in lines],
        "packages_whole": form.packages_whole, "papers_agree": form.papers_agree, "note": form.note,
    }  # fmt: skip
    made = documents.create(
        tx, "receipt-check", partner=owner, of_document=receipt_no, reference=receipt.reference, state="posted",
        facts=facts,
    )  # fmt: skip
    _ask_to_tell(tx, receipt_no, owner, lines, is_whole=form.packages_whole and form.papers_agree)
    tx.tell(document=receipt_no, form=made.document_no, owner=owner, **facts)
    return made


def tell_owner(tx: Transaction, receipt_no: str, *, text: str) -> OwnerNotice:
    """Note what the owner was told of his goods as the latest form found them (4.6).

    Raises NotFound, DocumentState without a form.
    """
    receipt = documents.lock(tx, receipt_no, "receipt", state=None)
    owner = owner_of(receipt)
    ownership.check_form_asked(owner, document_no=receipt_no, state=receipt.state)
    form = ownership.check_form_there(latest(receipt), document_no=receipt_no, state=receipt.state)
    told = {"receipt_no": receipt_no, "form_no": form.document_no, "lines": form.facts["lines"]}
    notice = OwnerNotice.create(
        site_id=tx.site.id, notice_no=numbers.next_no(tx, "owner-notice"), owner=owner, facts=told, text=text,
        noticed_at=tx.now, noticed_by=tx.actor.name,
    )  # fmt: skip
    tasks.close_task(tx, "owner-notice", receipt_no)
    tx.tell(document=receipt_no, notice=notice.notice_no, owner=owner, text=text)
    return notice


def issue_form(tx: Transaction, receipt_no: str, *, copy: str = "1/1") -> Label:
    """Issue the form as a paper: filled in as the latest one says, else to be filled in by hand.

    Raises NotFound, DocumentState for goods of our own.
    """
    receipt = documents.get(tx, receipt_no, "receipt")
    owner = owner_of(receipt)
    ownership.check_form_asked(owner, document_no=receipt_no, state=receipt.state)
    form = latest(receipt)
    facts: dict[str, Any] = form.facts if form else {"lines": [], "note": ""}
    seen = {line["item_no"]: line for line in facts["lines"]}
    answers = {True: "yes", False: "no", None: ""}
    paper = papers.ReceiptCheck(
        **head_of(tx, "D", copy=copy), document_no=receipt_no, dated=tx.day_of(form.created_at if form else tx.now),
        owner=_named(owner), supplier=_named(receipt.partner), order_no=receipt.reference,
        form_no=form.document_no if form else "", packages=answers[facts.get("packages_whole")],
        agreement=answers[facts.get("papers_agree")], note=_on_one_line(facts["note"]),
        lines=tuple(_line(item_no, ordered, seen.get(item_no, {})) for item_no, ordered, _ in _by_item(receipt)),
    )  # fmt: skip
    return keep(tx, "receipt_check", paper, document_no=receipt_no)


def check_before_posting(receipt: Document) -> None:
    """Refuse to post a customer's goods without a form that says what was scanned. Raises DocumentState."""
    if not owner_of(receipt):
        return
    documents.lines(receipt.id, locked=True)  # a scan under way is counted before the form is compared
    form = latest(receipt)
    found = None if form is None else {line["item_no"]: Decimal(line["found"]) for line in form.facts["lines"]}
    received = {item_no: done for item_no, _, done in _by_item(receipt)}
    ownership.check_checked(found, received=received, document_no=receipt.document_no, state=receipt.state)


def owner_of(receipt: Document) -> str:
    """Give the customer whose property a receipt brings in, '' for ours."""
    return str(receipt.facts.get("owner", ""))


def latest(receipt: Document) -> Document | None:
    """Give the latest form of a receipt, or None."""
    return next(iter(forms(receipt)[-1:]), None)


def forms(receipt: Document) -> list[Document]:
    """Give the forms of a receipt, oldest first."""
    found = Document.select().where(
        (Document.site == receipt.site_id) & (Document.kind == "receipt-check")
        & (Document.reference == receipt.reference) & (Document.of_document == receipt.document_no)
    )  # fmt: skip
    return list(found.order_by(Document.id))


def notices(tx: Transaction, receipt_no: str) -> list[OwnerNotice]:
    """Give what the owner was told of a receipt, oldest first."""
    found = OwnerNotice.select().where((OwnerNotice.site == tx.site.id) & OwnerNotice.count.is_null())
    return [notice for notice in found.order_by(OwnerNotice.id) if notice.facts.get("receipt_no") == receipt_no]


def describe(form: Document) -> dict[str, Any]:
    """Give a form as the API shows it."""
    lines = [
        {**line, "difference": str(Decimal(line["found"]) - Decimal(line["announced"]))} for line in form.facts["lines"]
    ]
    kept = {name: form.facts[name] for name in ("packages_whole", "papers_agree", "note")}
    return {
        "form_no": form.document_no, "receipt_no": form.of_document, "owner": form.partner, **kept, "lines": lines,
        "checked_by": form.created_by, "checked_at": form.created_at,
    }  # fmt: skip


def _read(seen: Seen, announced: dict[str, Decimal]) -> CheckedLine:
    if seen.item_no not in announced:
        raise InvalidInput(field="item_no", reason="not-of-this-receipt")
    item = catalogue.get_item(seen.item_no)
    found, unfit = (catalogue.read_quantity(item, text, zero_allowed=True) for text in (seen.found, seen.unfit))
    return CheckedLine(
        item_no=seen.item_no, announced=announced[seen.item_no], found=found, unfit=unfit, note=seen.note
    )


def _by_item(receipt: Document) -> list[tuple[str, Decimal, Decimal]]:
    """Give (item, ordered, received) of a receipt, all its lines of an item together."""
    found = rows(
        "SELECT i.item_no, i.decimals, SUM(l.ordered), SUM(l.done) FROM document_line l"
        " JOIN item i ON i.id = l.item_id WHERE l.document_id = ? GROUP BY i.item_no, i.decimals ORDER BY i.item_no",
        receipt.id,
    )
    return [
        (item_no, quantity(ordered, decimals), quantity(done, decimals)) for item_no, decimals, ordered, done in found
    ]


def _line(item_no: str, announced: Decimal, seen: dict[str, str]) -> papers.ReceiptCheckLine:
    item = catalogue.get_item(item_no)
    said = {name: _on_one_line(seen.get(name, "")) for name in ("found", "unfit", "note")}
    return papers.ReceiptCheckLine(
        item_no=item_no, name=item.name, unit=item.unit, announced=str(announced), **said
    )  # fmt: skip


def _on_one_line(text: str) -> str:
    """Give a text as a line of a paper takes it, which shortens it to its room; the record keeps it whole."""
    return " ".join(text.split())


def _named(code: str) -> str:
    return f"{catalogue.get_partner(code).name} ({code})"


def _ask_to_tell(tx: Transaction, receipt_no: str, owner: str, lines: list[CheckedLine], *, is_whole: bool) -> None:
    differing = [line for line in lines if line.differs]
    tasks.close_task(tx, "owner-notice", receipt_no)
    if differing or not is_whole:
        tasks.open_task(
            tx, "owner-notice", receipt_no, receipt_no=receipt_no, owner=owner,
            items=[line.item_no for line in differing],
        )  # fmt: skip
