"""What waits for a printer, the question after a cut line, new papers for old, and the printers (4.5.5, R-Q13)."""

import base64

from flask import Response, request

from labels.refused import LabelRefused
from labels.rendering import render_test
from warehouse.flow import printers, printing
from warehouse.rules.printing import HANDED_OVER, ReprintReason
from warehouse.tables.printing import Printer, PrintJob
from warehouse.transaction import Transaction
from warehouse.web import page
from warehouse.web.api import printing as routes
from warehouse.web.page import Sent, page_posting
from warehouse.web.panel import Outcome
from warehouse.web.typed import corrected, millimetres_text, whole_number

bp = page.blueprint("printing")
WAITING = ("queued", "sending", "sent", "held", "failed")
DONE = ("confirmed", "cancelled")
DPIS = (203, 300, 600)
LATEST = 20  # finished jobs shown; the API has them all


@bp.get("/printing")
@page.page(*routes.ALL)
def index(tx: Transaction) -> Response:
    """Show what is uncertain, what waits and why, and what came out last."""
    return _index(tx)


@bp.post("/printing/<job_no>/resolve")
@page_posting(routes.resolve)
def resolve(sent: Sent, job_no: str) -> Response:
    """Answer which paper came out last; "none" is an answer too."""
    outcome = sent.ask(routes.resolve, {"last_label": sent.text("last_label")}, job_no=job_no)
    return _index(page.now_reader(), outcome.say("print-answered", job=job_no))


@bp.post("/printing/<job_no>/<any(retry, cancel):act>")
@page_posting(routes.retry, routes.cancel)
def go_on(sent: Sent, job_no: str, act: str) -> Response:
    """Try a waiting job again now, or take it out of the queue."""
    if act == "retry":
        outcome = sent.ask(routes.retry, job_no=job_no).say("print-again", job=job_no)
    else:
        outcome = sent.ask(routes.cancel, sent.members("reason"), job_no=job_no).say("print-cancelled", job=job_no)
    return _index(page.now_reader(), outcome)


@bp.post("/printing/replace")
@page_posting(routes.replace)
def replace(sent: Sent) -> Response:
    """Scan the old paper and the new one that is stuck over it."""
    outcome = sent.ask(routes.replace, sent.members("new"), label_no=sent.text("old") or "–")
    return _index(page.now_reader(), outcome.say("relabelled", new=outcome.body.get("new", "")))


@bp.post("/printing/reprint")
@page_posting(routes.reprint)
def reprint(sent: Sent) -> Response:
    """Print a paper once more, with its reason."""
    body = sent.members("reason", "note", "printer")
    outcome = sent.ask(routes.reprint, body, label_no=sent.text("label_no") or "–")
    return _index(page.now_reader(), outcome.say("reprinted", label_no=outcome.body.get("label_no", "")))


@bp.get("/printers")
@page.page(*routes.ALL)
def machines(tx: Transaction) -> Response:
    """List the printers, what each prints and what is loaded."""
    return _machines(tx)


@bp.post("/printers")
@page_posting(routes.add)
def add(sent: Sent) -> Response:
    """Add a printer."""
    members = sent.members("name", "address", "form", "mode", "size", "certificate")
    if dpi := whole_number(sent.text("dpi") or ""):
        members["dpi"] = dpi
    kinds = [kind for kind in routes.PRINTED if sent.text(f"prints-{kind}")]
    outcome = sent.ask(routes.add, {**members, "prints": kinds})
    outcome = outcome.say("printer-added", name=sent.text("name") or "")
    if not outcome.ok:
        return _machines(page.now_reader(), outcome)
    return _machine(page.now_reader(), outcome.body["name"], outcome, ask=True)


@bp.post("/printers/<name>/load")
@page_posting(routes.load)
def load(sent: Sent, name: str) -> Response:
    """Scan the card of the roll that was put in."""
    outcome = sent.ask(routes.load, sent.members("code"), name=name)
    return _machines(page.now_reader(), outcome.say("roll-loaded", name=name))


@bp.get("/printers/<name>")
@page.page(*routes.calibrate.permission.roles)  # type: ignore[attr-defined]
def machine(tx: Transaction, name: str) -> Response:
    """Show one printer: its labels, the test label and what came of it, the offset; `?ask=true` asks how it is."""
    return _machine(tx, name, ask=bool(request.args.get("ask")))


@bp.post("/printers/<name>/paper")
@page_posting(routes.paper)
def paper(sent: Sent, name: str) -> Response:
    """Say which labels lie in a printer and how fine it prints."""
    body = {"size": sent.text("size") or "", "dpi": whole_number(sent.text("dpi"))}
    outcome = sent.ask(routes.paper, body, name=name).say("printer-changed", name=name)
    return _machine(page.now_reader(), name, outcome, ask=True)


@bp.post("/printers/<name>/test")
@page_posting(routes.test)
def test(sent: Sent, name: str) -> Response:
    """Print the test label."""
    tx, outcome = page.now_reader(), sent.ask(routes.test, name=name).say("test-queued", name=name)
    # A raw port talks to one at a time: a question now could get in the way of the label.
    tells = printers.get(tx, name).address.startswith(("ipp://", "ipps://"))
    return _machine(tx, name, outcome, ask=tells)


@bp.post("/printers/<name>/calibrate")
@page_posting(routes.calibrate)
def calibrate(sent: Sent, name: str) -> Response:
    """Move what a printer prints: by the offset itself, or by where the cross of the test label came out."""
    body = {axis: millimetres_text(sent.text(axis)) for axis in ("offset_x_mm", "offset_y_mm")}
    printer = printers.get(page.now_reader(), name)
    middle, offset = printers.test_size(printer), (printer.offset_x_mm, printer.offset_y_mm)
    for axis, half, moved in zip(body, middle, offset, strict=True):
        if measured := millimetres_text(sent.text(axis.replace("offset", "cross")), empty=""):
            body[axis] = corrected(measured, expected=half / 2, moved=moved)
    outcome = sent.ask(routes.calibrate, body, name=name)
    return _machine(page.now_reader(), name, outcome.say("printer-changed", name=name))


@bp.post("/printers/<name>/remove")
@page_posting(routes.remove)
def remove(sent: Sent, name: str) -> Response:
    """Let go of a printer."""
    outcome = sent.ask(routes.remove, name=name)
    return _machines(page.now_reader(), outcome.say("printer-removed", name=name))


def _index(tx: Transaction, outcome: Outcome | None = None) -> Response:
    of_site = PrintJob.select().where(PrintJob.site_id == tx.site.id)
    handed_over = (PrintJob.state == "sent") & (PrintJob.cause == HANDED_OVER)  # nobody will tell more
    uncertain, waiting, done = (
        [printing.describe(job) for job in query]
        for query in (
            of_site.where(PrintJob.state == "uncertain").order_by(PrintJob.id),
            of_site.where(PrintJob.state.in_(WAITING) & ~handed_over).order_by(PrintJob.id),
            of_site.where(PrintJob.state.in_(DONE) | handed_over).order_by(PrintJob.id.desc()).limit(LATEST),
        )
    )
    return page.render(
        "printing/index.html", outcome=outcome, uncertain=uncertain, waiting=waiting, done=done,
        printers=printers.of_site(tx), reasons=list(ReprintReason),
    )  # fmt: skip


def _machines(tx: Transaction, outcome: Outcome | None = None) -> Response:
    return page.render(
        "printing/printers.html", outcome=outcome, printers=[routes.shown(each) for each in printers.of_site(tx)],
        kinds=routes.PRINTED, sizes=routes.sizes(tx),
    )  # fmt: skip


def _machine(tx: Transaction, name: str, outcome: Outcome | None = None, *, ask: bool = False) -> Response:
    printer = printers.get(tx, name)
    (wide, high), job = printers.test_size(printer), printing.last_test(printer)
    return page.render(
        "printing/printer.html", outcome=outcome, printer=routes.shown(printer), wide=wide, high=high,
        said=routes.asked(printer) if ask else None,
        sizes=routes.sizes(tx), dpis=DPIS, test=printing.describe(job) if job else None, picture=_test_picture(printer),
    )  # fmt: skip


def _test_picture(printer: Printer) -> str:
    """Draw the test label as it should come out, with no offset; '' for a name that cannot be shown."""
    wide, high = printers.test_size(printer)
    try:
        drawn = render_test(printer.name, form="png", width_mm=wide, height_mm=high, dpi=DPIS[0])
    except LabelRefused:
        return ""  # the job itself says which character it is
    return f"data:image/png;base64,{base64.b64encode(drawn).decode()}"
