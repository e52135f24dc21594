"""The sender: takes due print jobs, draws them and gives them to their printers, each printer in its own thread.

A dead printer holds up nobody: scans write the queue and go on, other printers have other threads. A sender that dies
leaves its job uncertain after some seconds. Source: 4.5.5; K11.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from labels.printers import Job, Outcome, Reach, Result, choose_form, listed, open_printer
from labels.printers import Printer as Door
from labels.refused import LabelRefused
from labels.rendering import render_all, render_test, size_mm, sizes_of
from warehouse import catalogue
from warehouse.flow import layouts, papers, printers, printing
from warehouse.flow.printing import Claimed
from warehouse.jobs import SYSTEM
from warehouse.posting import Request, answer
from warehouse.rules.printing import ASK, size_to_draw
from warehouse.rules.refusals import LabelVoid
from warehouse.settings import Settings, SettingsRefused
from warehouse.tables.base import database, rows
from warehouse.transaction import DatabaseUnavailable, SiteFacts, reader, transaction, unavailable

log = logging.getLogger("warehouse")
LOOK_SECONDS = 0.2
MOST_PRINTERS = 16  # spoken to at one moment
Clock = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Sender:
    """Sends what is due; `reach` says which networks a printer may live in."""

    reach: Reach
    clock: Clock = _now
    _at_work: dict[int, Future[None]] = field(default_factory=dict)
    _forms: dict[tuple[int, str], str] = field(default_factory=dict)  # what printers that are asked said they take
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self, stop: threading.Event) -> threading.Thread:
        """Start the thread that looks for work until `stop` is set; what is on its way then is ended first."""
        self._stop = stop
        thread = threading.Thread(target=self._watch, args=(stop,), name="print-queue", daemon=True)
        thread.start()
        return thread

    def run_due(self) -> None:
        """Send all that is due now, one printer after the other; for tests and commands."""
        self._settle_lost()
        for printer_id in printing.waiting_printers(now=self.clock()):
            self._serve(printer_id)

    def _watch(self, stop: threading.Event) -> None:
        with ThreadPoolExecutor(MOST_PRINTERS, thread_name_prefix="printer") as pool:
            while not stop.wait(LOOK_SECONDS):
                _guarded(lambda: self._look(pool))
        database.close()

    def _look(self, pool: ThreadPoolExecutor) -> None:
        self._settle_lost()
        for printer_id in printing.waiting_printers(now=self.clock()):
            busy = self._at_work.get(printer_id)
            if busy is None or busy.done():
                self._at_work[printer_id] = pool.submit(_in_thread, self._serve, printer_id)

    def _serve(self, printer_id: int) -> None:
        """Work through what a printer has to do now."""
        while not self._stop.is_set() and (claimed := self._claim(printer_id)):
            self._do(claimed)

    def _claim(self, printer_id: int) -> Claimed | None:
        now = self.clock()
        with transaction(actor=SYSTEM, site=_site_of_printer(printer_id), now=now):
            return printing.claim(printer_id, now=now)

    def _settle_lost(self) -> None:
        now = self.clock()
        if not rows("SELECT 1 FROM print_job WHERE state = 'sending' LIMIT 1"):
            return
        with transaction(actor=SYSTEM, site=catalogue.site_facts(catalogue.FIRST_SITE), now=now):
            lost = printing.find_lost(now=now)
        for claimed in lost:
            self._do(claimed)

    def _do(self, claimed: Claimed) -> None:
        site = catalogue.site_facts_of(claimed.job.site_id)
        try:
            result = self._give(claimed, site)
        except LabelRefused as refused:
            # Never a box or a cut code on paper: it waits, and the character or field is named.
            result = Result(outcome=Outcome.FAILED, cause="cannot-be-drawn", detail=f"{refused.field}: {refused}")
        settled = Request(
            actor=SYSTEM, site=site, now=self.clock(), path="print queue", device="service",
            key=f"print {claimed.job.id} {claimed.job.attempts} {result.outcome} {self.clock().timestamp():.3f}",
            body={"job": claimed.job.id, "outcome": result.outcome},
        )  # fmt: skip
        answer(settled, lambda tx: ({"state": printing.settle(
            tx, claimed.job.id, outcome=result.outcome, cause=result.cause, detail=result.detail,
            remote_id=result.remote_id or claimed.job.remote_id,
        )}, 200))  # fmt: skip

    def _give(self, claimed: Claimed, site: SiteFacts) -> Result:
        """Draw the papers that are still valid and send them, or ask what became of them."""
        row, job = claimed.printer, claimed.job
        printer = open_printer(
            row.address, colour=row.loaded_colour or None, certificate=row.certificate or None, reach=self.reach
        )
        form = row.form if row.form != ASK else self._form((row.id, row.address), printer)
        drawn = self._draw_test(claimed, form) if job.purpose == printing.TEST else self._draw(claimed, site, form)
        if isinstance(drawn, Result):
            return drawn
        if claimed.only_look:
            return printer.look(drawn, job.remote_id)
        result = printer.send(drawn, lambda: self._keep_alive(job.id, site))
        if result.cause == "form":
            self._forms.pop((row.id, row.address), None)  # it takes another since it was asked
        return result

    def _form(self, named: tuple[int, str], printer: Door) -> str:
        """Ask a printer once which form it takes; one that does not answer now is asked again with the next job."""
        if named not in self._forms:
            forms = printer.state().forms
            if not forms:
                return choose_form(forms)
            self._forms[named] = choose_form(forms)
        return self._forms[named]

    def _draw(self, claimed: Claimed, site: SiteFacts, form: str) -> Job | Result:
        """Draw the papers in the size, layout and place that this printer needs; held when that size is not in it."""
        row, tx = claimed.printer, reader(actor=SYSTEM, site=site, now=self.clock())
        drawn = []
        for label, mark in claimed.labels:
            try:
                said = papers.data_of(tx, label)
            except LabelVoid:
                continue  # replaced since it was queued: the new paper has a job of its own
            drawn.append(replace(said, copy=f"{said.copy} {mark}".strip()))
        if not drawn:
            return Result(outcome=Outcome.FAILED, cause="all-void")
        own = layouts.of_site(tx)
        size, offset = size_to_draw(row.size, sizes_of(drawn[0], own)), (row.offset_x_mm, row.offset_y_mm)
        if claimed.only_look:  # on its way as it was: a size or offset set since must not send it anew
            size, offset = "", (0.0, 0.0)
        if size is None:
            return Result(outcome=Outcome.HELD, cause="wrong-size", detail=f"{row.size} mm")
        width, height = size_mm(drawn[0], size=size, layouts=own)
        document = render_all(drawn, form=form, mode=row.mode, dpi=row.dpi, size=size, offset_mm=offset, layouts=own)
        return Job(
            job_id=f"wms-{claimed.job.id}", form=form, width_mm=width, height_mm=height, labels=len(drawn),
            document=document, colour=claimed.job.colour or None,
        )  # fmt: skip

    def _draw_test(self, claimed: Claimed, form: str) -> Job:
        row = claimed.printer
        width, height = printers.test_size(row)
        document = render_test(
            row.name, form=form, width_mm=width, height_mm=height, dpi=row.dpi,
            offset_mm=(row.offset_x_mm, row.offset_y_mm),
        )  # fmt: skip
        return Job(job_id=f"wms-{claimed.job.id}", form=form, width_mm=width, height_mm=height, document=document)

    def _keep_alive(self, job_id: int, site: SiteFacts) -> None:
        now = self.clock()
        with transaction(actor=SYSTEM, site=site, now=now):
            printing.keep_alive(job_id, now=now)


def sender(settings: Settings) -> Sender:
    """Make the sender of a service. Raises SettingsRefused for a network that is none."""
    try:
        return Sender(reach=listed(settings.printer_networks.split()))
    except ValueError as error:
        raise SettingsRefused(f"printer_networks: {error}") from error


def _site_of_printer(printer_id: int) -> SiteFacts:
    ((site_id,),) = rows("SELECT site_id FROM printer WHERE id = ?", printer_id)
    return catalogue.site_facts_of(site_id)


def _in_thread(serve: Callable[[int], None], printer_id: int) -> None:
    """Serve on a connection of this thread's own that is closed again."""
    try:
        database.connect(reuse_if_open=True)
        _guarded(lambda: serve(printer_id))
    finally:
        database.close()


def _guarded(act: Callable[[], None]) -> None:
    """A fault of ours is logged whole and ends no thread; an unusable store is waited for."""
    try:
        act()
    except Exception as error:
        fault = error if isinstance(error, DatabaseUnavailable) else unavailable(error)
        if fault:
            log.warning("the print queue waits: %s", fault.reason)
        else:
            log.exception("the print queue met a fault")
