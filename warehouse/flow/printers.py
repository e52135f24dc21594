"""Printers of a site: added by an administrator, loaded by whoever changes the roll (4.5.5).

The colour of the paper in a printer is what the printer says, else what the roll card said that was scanned last.
"""

from typing import Any

from warehouse.rules import printing as rules
from warehouse.rules.printing import JobState
from warehouse.rules.refusals import InvalidInput, NotFound
from warehouse.tables.base import row_reader, rows, utc_text
from warehouse.tables.labels import Label
from warehouse.tables.printing import Printer
from warehouse.transaction import Transaction

USUAL_SIZE = "100x50"  # of a test label, where nobody said what lies in the printer
_COLUMNS, _read = row_reader(Printer, "p")  # a scan that issues a label asks for its printer
WAITING = (JobState.QUEUED, JobState.SENDING, JobState.HELD, JobState.UNCERTAIN)


def add(tx: Transaction, **facts: Any) -> Printer:
    """Add a printer, or one of a removed one's name again. Raises InvalidInput for a name in use.

    The address was read before: nothing below this knows what an address is.
    """
    known = Printer.get_or_none((Printer.site_id == tx.site.id) & (Printer.name == facts["name"]))
    if known is not None and known.state != "removed":
        raise InvalidInput(field="name", reason="taken")
    prints = " ".join(facts.pop("prints"))
    if known is None:
        made = Printer.create(site_id=tx.site.id, prints=prints, **facts)
    else:
        # Another machine, maybe: neither its roll nor its offset is that of the one before.
        Printer.update(
            **facts, prints=prints, state="in-use", loaded_colour="", loaded_by="", offset_x_mm=0, offset_y_mm=0
        ).where(Printer.id == known.id).execute()
        made = Printer.get_by_id(known.id)
    tx.tell(printer=made.name, address=made.address, prints=prints)
    return made


def get(tx: Transaction, name: str) -> Printer:
    """Give a printer of the act's site that is in use. Raises NotFound."""
    found = Printer.get_or_none((Printer.site_id == tx.site.id) & (Printer.name == name) & (Printer.state == "in-use"))
    if found is None:
        raise NotFound(kind="printer", name=name)
    return found


def of_site(tx: Transaction) -> list[Printer]:
    """Give the site's printers in use, by name."""
    return list(
        Printer.select().where((Printer.site_id == tx.site.id) & (Printer.state == "in-use")).order_by(Printer.name)
    )


def choose(tx: Transaction, kind: str, colour: str) -> Printer | None:
    """Give the printer to which papers of a kind come by themselves: the one with the right roll first; None: none."""
    found = rows(
        f"SELECT {_COLUMNS} FROM printer p WHERE p.site_id = ? AND p.state = 'in-use'"
        " AND ' ' || p.prints || ' ' LIKE ?"
        " ORDER BY CASE WHEN p.mode <> 'stock' OR p.loaded_colour = ? THEN 0 ELSE 1 END, p.id LIMIT 1",
        tx.site.id, f"% {kind} %", colour,
    )  # fmt: skip
    return _read(found[0]) if found else None


def load(tx: Transaction, printer: Printer, *, code: str) -> str:
    """Say which roll is in a printer by its scanned card; held jobs of that colour go on at once. Gives the colour.

    Raises InvalidInput for anything but a roll card of this site.
    """
    card = Label.get_or_none((Label.label_no == code) & (Label.site_id == tx.site.id) & (Label.kind == "roll"))
    if card is None or card.state == "void":
        raise InvalidInput(field="code", reason="no-roll-card")
    colour = rules.check_colour(card.facts["colour"])
    Printer.update(loaded_colour=colour, loaded_by=tx.actor.name).where(Printer.id == printer.id).execute()
    _try_held(tx, printer)
    tx.tell(printer=printer.name, loaded_colour=colour, roll_card=code)
    return colour


def forget_load(printer_id: int) -> None:
    """Nobody knows any more what is loaded: the paper ran out or the head was opened."""
    rows("UPDATE printer SET loaded_colour = '', loaded_by = '' WHERE id = ?", printer_id)


def calibrate(tx: Transaction, printer: Printer, *, offset_x_mm: float, offset_y_mm: float) -> None:
    """Move everything that this printer prints by so much."""
    Printer.update(offset_x_mm=offset_x_mm, offset_y_mm=offset_y_mm).where(Printer.id == printer.id).execute()
    before = [f"{printer.offset_x_mm:g}", f"{printer.offset_y_mm:g}"]
    tx.tell(printer=printer.name, offset_mm=[f"{offset_x_mm:g}", f"{offset_y_mm:g}"], before=before)


def set_paper(tx: Transaction, printer: Printer, *, size: str, dpi: int) -> None:
    """Say which labels lie in a printer and how fine it prints; jobs held for their size are tried again at once."""
    Printer.update(size=size, dpi=dpi).where(Printer.id == printer.id).execute()
    _try_held(tx, printer)
    tx.tell(printer=printer.name, size=size, dpi=dpi, before=[printer.size, printer.dpi])


def test_size(printer: Printer) -> tuple[int, int]:
    """Give width and height of a printer's test label in mm."""
    width, _, height = (printer.size or USUAL_SIZE).partition("x")
    return int(width), int(height)


def _try_held(tx: Transaction, printer: Printer) -> None:
    rows(
        "UPDATE print_job SET next_try_at = ? WHERE printer_id = ? AND state = ?",
        utc_text(tx.now), printer.id, JobState.HELD,
    )  # fmt: skip


def remove(tx: Transaction, printer: Printer) -> None:
    """Let go of a printer; its jobs stay on record. Raises DocumentState while jobs wait for it."""
    ((waiting,),) = rows(
        "SELECT COUNT(*) FROM print_job WHERE printer_id = ? AND state IN (?, ?, ?, ?)", printer.id, *WAITING
    )
    rules.check_removable(printer.name, jobs_waiting=int(waiting))
    Printer.update(state="removed", prints="").where(Printer.id == printer.id).execute()
    tx.tell(printer=printer.name, state="removed")
