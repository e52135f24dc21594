"""/printers and /print-jobs: who prints what, what waits, and the answer to "which label came out last?" (4.5.5)."""

from typing import Annotated, Any, Literal, get_args

import msgspec
from flask import Blueprint, current_app, request
from msgspec import Meta

from labels.content import normal_label_no
from labels.printers import Proposal, find_differences, is_unlisted, listed, open_printer, propose
from labels.proof import label_sizes, stays_whole
from warehouse.flow import layouts, printers, printing, relabelling
from warehouse.posting import Reply
from warehouse.rules import printing as rules
from warehouse.rules.printing import size_to_draw
from warehouse.rules.refusals import InvalidInput
from warehouse.tables.printing import Printer, PrintJob
from warehouse.transaction import Transaction
from warehouse.web import body
from warehouse.web.posting import posting, reading

bp = Blueprint("printing", __name__)
READERS = ("keeper", "clerk", "qa", "manager")
ALL = (*READERS, "admin")
Printed = Literal["status", "batch", "location", "package", "roll", "sample"]
PRINTED: tuple[str, ...] = get_args(Printed)
SIZES = ("", "100x50", "70x40", "70x37", "50x30", "100x150", "148x210", "210x297")  # '': nobody said
Size = Annotated[str, Meta(pattern=r"^([1-9][0-9]{1,2}x[1-9][0-9]{1,2})?$")]  # one of these, or of a layout of the site
SCHEMES = ("ipp://", "ipps://", "socket://", "lp:")
STATES = ("queued", "sending", "sent", "confirmed", "uncertain", "failed", "held", "cancelled")


class PrinterBody(body.Body, kw_only=True, frozen=True):
    """A printer: where it is, and which kinds of label come to it by themselves.

    Of what is left out an IPP printer is asked: form at each job, the rest once; others are mono and 203 dpi.
    """

    name: body.Code
    address: body.Text
    form: Literal["pdf", "zpl", "pwg"] | None = None
    mode: Literal["stock", "colour", "mono"] | None = None
    dpi: Literal[203, 300, 600] | None = None
    size: Size | None = None
    prints: list[Printed] = msgspec.field(default_factory=list)
    certificate: body.Text | None = None
    site: body.Text | None = None


class AskedPrinter(PrinterBody, kw_only=True, frozen=True):
    """A printer with what it said of itself."""

    said: Proposal


class LoadBody(body.Body, kw_only=True, frozen=True):
    """The roll card that was scanned at the printer."""

    code: body.Code


class OffsetBody(body.Body, kw_only=True, frozen=True):
    """How far everything is moved to the right and down, in millimetres."""

    offset_x_mm: body.Millimetres
    offset_y_mm: body.Millimetres


class PaperBody(body.Body, kw_only=True, frozen=True):
    """Which labels lie in the printer, and how fine it prints."""

    size: Size
    dpi: Literal[203, 300, 600]


class LastLabelBody(body.Body, kw_only=True, frozen=True):
    """The last paper of the job that came out; null when none did."""

    last_label: body.Code | None


class ReasonBody(body.Body, kw_only=True, frozen=True):
    """Why."""

    reason: body.Text


class ReprintBody(body.Body, kw_only=True, frozen=True):
    """Why a paper is printed once more, and where."""

    reason: Literal["lost", "damaged", "uncertain"]
    note: body.Text | None = None
    printer: body.Text | None = None


class ReplaceBody(body.Body, kw_only=True, frozen=True):
    """The new paper that was stuck over this one."""

    new: body.Code


def _ask(sent: PrinterBody) -> AskedPrinter:
    """Look at an address and ask the printer before the transaction opens: both may take their time."""
    if not sent.address.startswith(SCHEMES):  # a folder of this machine is no printer: files are fetched
        raise InvalidInput(field="address", reason="no-printer-address")
    if sent.address.startswith("socket://") and sent.form not in ("zpl", None):
        raise InvalidInput(field="form", reason="raw-port-takes-zpl")
    if sent.form == "pwg" and not sent.address.startswith(("ipp://", "ipps://")):
        raise InvalidInput(field="form", reason="raster-goes-by-ipp")
    try:
        printer = open_printer(sent.address, certificate=sent.certificate, reach=_reach())
    except ValueError as error:
        raise InvalidInput(field="address", reason="no-printer-address") from error
    if is_unlisted(sent.address, _reach()):
        raise InvalidInput(field="address", reason="address-not-listed")
    tells = sent.address.startswith(("ipp://", "ipps://")) and None in (sent.mode, sent.dpi, sent.size)
    said = propose(printer.state()) if tells else Proposal(dpi=None, size=None, mode=None)
    return AskedPrinter(**msgspec.structs.asdict(sent), said=said)


@bp.post("/printers")
@posting("admin", body=PrinterBody, prepare=_ask)
def add(tx: Transaction, sent: AskedPrinter) -> Reply:
    """Add a printer; inner addresses only where the administrator of the machine listed their network.

    A size that it says and for which nothing is drawn is left open.
    """
    size = sent.size if sent.size is not None else sent.said.size or ""
    if sent.size is None and size not in sizes(tx):
        size = ""
    _check_size(tx, size)
    made = printers.add(
        tx, name=sent.name, address=sent.address, form=sent.form or rules.usual_form(sent.address),
        mode=sent.mode or sent.said.mode or "mono", dpi=sent.dpi or sent.said.dpi or 203, size=size,
        prints=list(sent.prints), certificate=sent.certificate or "",
    )  # fmt: skip
    return shown(made), 201


@bp.get("/printers")
@reading(*ALL)
def index(tx: Transaction) -> dict[str, Any]:
    """List the site's printers."""
    return body.short_page([shown(printer) for printer in printers.of_site(tx)], "name")


@bp.get("/printers/<name>")
@reading(*ALL)
def show(tx: Transaction, name: str) -> dict[str, Any]:
    """Ask a printer how it is."""
    return asked(printers.get(tx, name))


def asked(printer: Printer) -> dict[str, Any]:
    """Give a printer with what it says of itself now, and where it is set otherwise; a silent one is not ready."""
    state = open_printer(
        printer.address, colour=printer.loaded_colour or None, certificate=printer.certificate or None, reach=_reach()
    ).state()
    media = [{"colour": each.colour, "width_mm": each.width_mm, "height_mm": each.height_mm} for each in state.media]
    size_mm = printers.test_size(printer) if printer.size else None
    differs = [
        {"field": each.field, "reason": each.reason, "set": each.set, "said": each.said}
        for each in find_differences(state, dpi=printer.dpi, size_mm=size_mm)
    ]
    return {**shown(printer), "ready": state.ready, "causes": list(state.causes), "media": media, "differs": differs}


@bp.post("/printers/<name>/load")
@posting(*READERS, body=LoadBody, status=200)
def load(tx: Transaction, sent: LoadBody, name: str) -> Reply:
    """Say by its card which roll is in the printer; jobs held for that colour go on."""
    colour = printers.load(tx, printers.get(tx, name), code=normal_label_no(sent.code))
    return {"name": name, "loaded_colour": colour}, 200


@bp.post("/printers/<name>/calibrate")
@posting("manager", "admin", body=OffsetBody, status=200)
def calibrate(tx: Transaction, sent: OffsetBody, name: str) -> Reply:
    """Move what this printer prints; refused where a text or code of its labels would leave the label."""
    printer = printers.get(tx, name)
    x, y = float(sent.offset_x_mm), float(sent.offset_y_mm)
    _check_offset(tx, printer, x, y, size=printer.size)
    printers.calibrate(tx, printer, offset_x_mm=x, offset_y_mm=y)
    return {"name": name, "offset_x_mm": f"{x:g}", "offset_y_mm": f"{y:g}"}, 200


@bp.post("/printers/<name>/paper")
@posting("manager", "admin", body=PaperBody, status=200)
def paper(tx: Transaction, sent: PaperBody, name: str) -> Reply:
    """Say which labels lie in a printer; a job of another size is held, and those of this size go on."""
    printer = printers.get(tx, name)
    _check_size(tx, sent.size)
    _check_offset(tx, printer, printer.offset_x_mm, printer.offset_y_mm, size=sent.size)
    printers.set_paper(tx, printer, size=sent.size, dpi=sent.dpi)
    return {"name": name, "size": sent.size or None, "dpi": sent.dpi}, 200


@bp.post("/printers/<name>/test")
@posting("manager", "admin")
def test(tx: Transaction, name: str) -> Reply:
    """Print the test label: rulers to the edges, a cross in the middle, the smallest code, the offset it has."""
    made = printing.queue_test(tx, printers.get(tx, name))
    return {"name": name, "job": f"P{made.id}", "state": made.state}, 201


def sizes(tx: Transaction) -> tuple[str, ...]:
    """Give the sizes of labels that something is drawn for, those of the site's own layouts last; '' is not said."""
    return tuple(dict.fromkeys((*SIZES, *sorted(size for _, size in layouts.of_site(tx)))))


def _check_size(tx: Transaction, size: str) -> None:
    """Refuse a size that nothing is drawn for: every job would be held. Raises InvalidInput."""
    if size not in sizes(tx):
        raise InvalidInput(field="size", reason="no-layout-of-this-size")


def _check_offset(tx: Transaction, printer: Printer, x: float, y: float, *, size: str) -> None:
    """Draw what the printer prints, each kind in labels of `size`, so moved. Raises NotWhole."""
    own = layouts.of_site(tx)
    for kind in printer.prints.split() or PRINTED:
        drawn = size_to_draw(size, label_sizes(kind, own))
        moved = {"offset_x_mm": (x, 0.0), "offset_y_mm": (0.0, y)} if drawn else {}
        rules.check_whole(kind, [
            (field, "offset-too-large", "")
            for field, offset in moved.items()
            if not stays_whole(kind, drawn or "", layouts=own, offset_mm=offset)
        ])  # fmt: skip


@bp.post("/printers/<name>/remove")
@posting("admin", status=200)
def remove(tx: Transaction, name: str) -> Reply:
    """Let go of a printer for which nothing waits."""
    printers.remove(tx, printers.get(tx, name))
    return {"name": name, "state": "removed"}, 200


@bp.get("/print-jobs")
@reading(*ALL)
def jobs(tx: Transaction) -> dict[str, Any]:
    """List print jobs, `?state=` (repeatable), by number."""
    states = request.args.getlist("state")
    if unknown := [state for state in states if state not in STATES]:
        raise InvalidInput(field="state", reason=f"only {', '.join(STATES)}, not {unknown[0]}")
    query = PrintJob.select().where(PrintJob.site_id == tx.site.id)
    return body.page(query.where(PrintJob.state.in_(states)) if states else query, PrintJob.id, printing.describe)


@bp.get("/print-jobs/<job_no>")
@reading(*ALL)
def job(tx: Transaction, job_no: str) -> dict[str, Any]:
    """Show one print job."""
    return printing.describe(printing.get_job(tx, job_no))


@bp.post("/print-jobs/<job_no>/resolve")
@posting(*READERS, body=LastLabelBody, status=200)
def resolve(tx: Transaction, sent: LastLabelBody, job_no: str) -> Reply:
    """Answer for an uncertain job which paper came out last; the rest is printed, marked R1."""
    last = normal_label_no(sent.last_label) if sent.last_label is not None else None
    made = printing.resolve(tx, printing.get_job(tx, job_no), last_label=last)
    return {"job": job_no, "again": [f"P{each.id}" for each in made]}, 200


@bp.post("/print-jobs/<job_no>/cancel")
@posting(*READERS, body=ReasonBody, status=200)
def cancel(tx: Transaction, sent: ReasonBody, job_no: str) -> Reply:
    """Take a job out of the queue that is not on its way."""
    printing.cancel(tx, printing.get_job(tx, job_no), reason=sent.reason)
    return {"job": job_no, "state": "cancelled"}, 200


@bp.post("/print-jobs/<job_no>/retry")
@posting(*READERS, status=200)
def retry(tx: Transaction, job_no: str) -> Reply:
    """Try a job again now."""
    printing.retry(tx, printing.get_job(tx, job_no))
    return {"job": job_no, "state": "queued"}, 200


@bp.post("/labels/<label_no>/reprint")
@posting(*READERS, body=ReprintBody)
def reprint(tx: Transaction, sent: ReprintBody, label_no: str) -> Reply:
    """Print a paper once more: a new number when it is lost or damaged, the same one marked when nobody knows."""
    printer = printers.get(tx, sent.printer) if sent.printer else None
    paper, made = relabelling.reprint(tx, label_no, reason=sent.reason, note=sent.note or "", printer=printer)
    return {"label_no": paper.label_no, "jobs": [f"P{each.id}" for each in made]}, 201


@bp.post("/labels/<label_no>/replace")
@posting(*READERS, body=ReplaceBody, status=200)
def replace(tx: Transaction, sent: ReplaceBody, label_no: str) -> Reply:
    """Say, by scanning both, that the new paper was stuck over this void one."""
    done = relabelling.replace_paper(tx, old=label_no, new=sent.new)
    return {"label_no": label_no, "new": normal_label_no(sent.new), "task_done": done}, 200


def _reach() -> Any:
    return listed(current_app.config["SETTINGS"].printer_networks.split())


def shown(printer: Printer) -> dict[str, Any]:
    """Give a printer as it is on record; how it is now only it can tell."""
    return {
        "name": printer.name, "address": printer.address, "form": printer.form, "mode": printer.mode,
        "dpi": printer.dpi, "prints": printer.prints.split(), "loaded_colour": printer.loaded_colour or None,
        "loaded_by": printer.loaded_by or None, "size": printer.size or None,
        "offset_x_mm": f"{printer.offset_x_mm:g}", "offset_y_mm": f"{printer.offset_y_mm:g}",
    }  # fmt: skip
