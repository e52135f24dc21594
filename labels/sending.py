"""What is sent to a printer and what came of it: the words the queue and every kind of printer share.

A label must come out once. So an outcome tells above all whether it is safe to send again without asking a person:
only as long as the printer accepted no byte of it. Source: 4.5.5; R-Q13.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
FORMS = {"pdf": "application/pdf", "zpl": "application/vnd.zebra-zpl", "png": "image/png", "pwg": "image/pwg-raster"}
DPI_TOLERANCE = 3  # a head of 8 dots a millimetre is sold as 203 and as 200 dpi
MOST_NAMED = 5  # sizes in a sentence: an office printer knows sixty
SIZE_TOLERANCE_MM = 1.0  # printers write 99.06 for 100: inches on the way
HANDED_OVER = "handed-over"  # the cause of a sent job of which its queue will never tell more
OnProgress = Callable[[], object]
SizeRange = tuple[tuple[float, float], tuple[float, float]]  # least and most mm of one side, and of the other


class Outcome(StrEnum):
    """What came of a job."""

    SENT = "sent"  # accepted whole; not known to be on paper
    CONFIRMED = "confirmed"  # the printer says that it is on paper
    UNCERTAIN = "uncertain"  # something was accepted and no answer came: a person looks at the last label
    FAILED = "failed"  # refused for good: nothing is on paper, and sending again would not help
    HELD = "held"  # nothing sent: another colour or size is loaded
    BUSY = "busy"  # nothing accepted: busy, paper out, head open, silent, not reachable

    @property
    def retried_alone(self) -> bool:
        """Whether the job may be sent again without a person."""
        return self is Outcome.BUSY


@dataclass(frozen=True, kw_only=True)
class Job:
    """One piece of work. `colour` is the stock's (white, blue, yellow, red), None for plain paper of any colour.

    `job_id` is ours and names the job at the printer; the same job sent again keeps it.
    """

    job_id: str
    document: bytes
    form: str  # pdf, zpl, png, pwg
    width_mm: float
    height_mm: float
    labels: int = 1
    colour: str | None = None

    def __post_init__(self) -> None:
        """Refuse an id that is no plain word, an unknown form, and nothing to print."""
        if not _ID.fullmatch(self.job_id):
            raise ValueError(f"job id {self.job_id!r}")
        if self.form not in FORMS:
            raise ValueError(f"form {self.form!r} is none of {', '.join(FORMS)}")
        if not self.document or self.labels < 1:
            raise ValueError("nothing to print")


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of it. `cause` is a code for the screen, `detail` the printer's own words, `remote_id` its number."""

    outcome: Outcome
    cause: str = ""
    detail: str = ""
    remote_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Media:
    """Loaded paper; None where the printer does not say."""

    colour: str | None
    width_mm: float | None
    height_mm: float | None


@dataclass(frozen=True, kw_only=True)
class State:
    """How a printer is now. `causes` says why it is not ready: paper-out, head-open, paused, silent, unreachable, …

    `media` is what it says is loaded, empty where it cannot tell; `forms` what it takes, empty where it does not say.
    `resolutions` are the dots an inch, across and along, that it prints with when nobody asks for others; `sizes` what
    paper it can hold, least and most of both sides in mm. Both are empty where it does not say.
    `raster_resolutions` are those of PWG raster, `paints` whether it has colour, None where it does not say.
    """

    ready: bool
    causes: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    forms: tuple[str, ...] = ()
    resolutions: tuple[tuple[int, int], ...] = ()
    sizes: tuple[SizeRange, ...] = ()
    raster_resolutions: tuple[tuple[int, int], ...] = ()
    paints: bool | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Where a printer is set otherwise than it says of itself: `field` dpi or size, what was set, what it says."""

    field: str
    reason: str  # other-dpi, other-size-loaded, size-not-known
    set: str
    said: str


class Printer(Protocol):
    """A printer of any kind. Neither method raises for what a printer or its line may do."""

    def state(self) -> State:
        """Ask how the printer is."""

    def send(self, job: Job, on_progress: OnProgress = lambda: None) -> Result:
        """Send a job; `on_progress` is called at every sign of life, for the sender's lease."""

    def look(self, job: Job, remote_id: str = "") -> Result:
        """Ask what became of a job sent before, without sending anything of it again."""


def check_loaded(job: Job, media: tuple[Media, ...], *, colour: str | None) -> Result | None:
    """Hold a job whose colour or size is not loaded; None where it may print.

    What the printer says of its paper goes before `colour`, the scanned roll card. A colour nobody knows is not the
    right one: a yellow label on white paper would call bad goods uninspected. Source: 4.5.5.
    """
    fitting = [each for each in media if _has_size(each, job)]
    if media and not fitting:
        return Result(outcome=Outcome.HELD, cause="wrong-size", detail=f"{job.width_mm:g}x{job.height_mm:g} mm")
    if job.colour is None:
        return None
    said = [each.colour for each in fitting if each.colour is not None]
    loaded = said or ([colour] if colour is not None else [])
    if not loaded:
        return Result(outcome=Outcome.HELD, cause="colour-unknown", detail=job.colour)
    if job.colour not in loaded:
        return Result(outcome=Outcome.HELD, cause="wrong-colour", detail=f"{job.colour}, loaded {', '.join(loaded)}")
    return None


def _has_size(media: Media, job: Job) -> bool:
    """Tell whether paper has the job's size, either way round; paper of unknown size has."""
    if media.width_mm is None or media.height_mm is None:
        return True
    return any(
        abs(media.width_mm - wide) <= SIZE_TOLERANCE_MM and abs(media.height_mm - high) <= SIZE_TOLERANCE_MM
        for wide, high in ((job.width_mm, job.height_mm), (job.height_mm, job.width_mm))
    )


def find_differences(state: State, *, dpi: int, size_mm: tuple[int, int] | None) -> tuple[Difference, ...]:
    """Compare what a printer was set to with what it says; what it does not say differs from nothing.

    Modules are whole dots at `dpi`, so the printer's own dots must be as many or a whole multiple. Source: 4.5.5.
    """
    found = []
    if state.resolutions and not any(is_multiple(each, dpi) for each in state.resolutions):
        said = ", ".join(
            f"{across}" if across == along else f"{across} × {along}" for across, along in state.resolutions
        )
        found.append(Difference(field="dpi", reason="other-dpi", set=str(dpi), said=said))
    if size_mm is None:
        return tuple(found)
    loaded = tuple(
        ((each.width_mm,) * 2, (each.height_mm,) * 2)
        for each in state.media
        if each.width_mm is not None and each.height_mm is not None
    )
    for sizes, reason in ((loaded, "other-size-loaded"), (state.sizes, "size-not-known")):
        if sizes and not any(_lies_in(size_mm, each) for each in sizes):
            said = ", ".join(_size_text(each) for each in sizes[:MOST_NAMED]) + (
                " …" if len(sizes) > MOST_NAMED else ""
            )
            found.append(Difference(field="size", reason=reason, set=f"{size_mm[0]} × {size_mm[1]} mm", said=said))
            break
    return tuple(found)


def is_multiple(resolution: tuple[int, int], dpi: int) -> bool:
    """Tell whether each dot is a whole number of the printer's."""
    times = [max(1, round(each / dpi)) for each in resolution]
    return all(abs(each - dpi * n) <= DPI_TOLERANCE for each, n in zip(resolution, times, strict=True))


def _lies_in(size_mm: tuple[int, int], sizes: SizeRange) -> bool:
    return any(
        all(
            low - SIZE_TOLERANCE_MM <= side <= high + SIZE_TOLERANCE_MM
            for side, (low, high) in zip(way, sizes, strict=True)
        )
        for way in (size_mm, size_mm[::-1])
    )


def _size_text(sizes: SizeRange) -> str:
    sides = [f"{low:g}" if low == high else f"{low:g}-{high:g}" for low, high in sizes]
    return f"{' × '.join(sides)} mm"
