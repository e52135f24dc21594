"""All that is known of one batch on a page: where it lies, may it leave, card 卡, account 帳, its papers (K6, Q5)."""

from flask import Response

from labels.proof import label_sizes
from warehouse import catalogue
from warehouse.books import entries
from warehouse.flow import batches, layouts
from warehouse.reports import overview
from warehouse.transaction import Transaction
from warehouse.web import page, problems
from warehouse.web.page import READERS

bp = page.blueprint("batches")


@bp.get("/batch/<item_no>/<path:batch_no>")
@page.page(*READERS)
def show(tx: Transaction, item_no: str, batch_no: str) -> Response:
    """Show a batch, with its books."""
    facts, refusal = batches.describe(tx, item_no=item_no, batch_no=batch_no)
    batch = catalogue.get_batch(tx, item_no=item_no, batch_no=batch_no)
    batches.check_sighted(tx, batch=batch)
    papers, own = overview.papers(batch), layouts.of_site(tx)
    return page.render(
        "batches/batch.html", batch=facts, card=entries.card(batch), account=entries.account(batch), papers=papers,
        sizes={each["kind"]: label_sizes(each["kind"], own)[1:] for each in papers},
        why=problems.sentence(refusal.code, page.shown(refusal)) if refusal else "",
    )  # fmt: skip
