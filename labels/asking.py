"""What a printer is best set to, by what it says of itself: form, dots, what lies in it, how colour comes onto paper.

PDF where it is taken, because bars stay exact at any resolution; else PWG raster, which driverless printers take.
Source: 4.5.5.
"""

from dataclasses import dataclass

from labels.drawing import DOTS_PER_MM
from labels.sending import FORMS, State, is_multiple

_FIRST = ("pdf", "pwg", "zpl")


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """How a printer would be set; None where it does not say. `size` is 100x50 in whole mm, of what is loaded."""

    dpi: int | None
    size: str | None
    mode: str | None


def choose_form(forms: tuple[str, ...]) -> str:
    """Give the first of PDF, PWG raster and ZPL that a printer takes; PDF where it does not say, or takes none."""
    return next((form for form in _FIRST if FORMS[form] in forms), "pdf")


def propose(state: State) -> Proposal:
    """Give what a printer's answer proposes; one that did not answer proposes nothing."""
    raster = choose_form(state.forms) == "pwg"
    resolutions = (raster and state.raster_resolutions) or state.resolutions
    dpi = max((dpi for dpi in DOTS_PER_MM if any(is_multiple(each, dpi) for each in resolutions)), default=None)
    loaded = [each for each in state.media if each.width_mm and each.height_mm]
    size = f"{round(loaded[0].width_mm or 0)}x{round(loaded[0].height_mm or 0)}" if len(loaded) == 1 else None
    coloured = [each.colour for each in state.media if each.colour not in (None, "white")]
    mode = "stock" if coloured else {True: "colour", False: "mono", None: None}[state.paints]
    return Proposal(dpi=dpi, size=size, mode=mode)
