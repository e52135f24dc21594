"""Which of the texts the engines report is believed.

A single read is no proof: retail check digits pass by luck one time in ten, enhanced pictures invent bars, and two
engines can agree on a wrong number. Each pass that reads a text is one vote, and each symbology needs votes by its
strength: error correction speaks for itself, a plain check digit does not. Two texts in one place are both in doubt.
Our own labels carry Code 128 or two-dimensional codes, never bare retail numbers. R-A8.
"""

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from scanners import gs1, gs1_content
from scanners.engines import Corners, Sighting
from scanners.passes import MODEL, STRIPS, Pass
from scanners.scan import Code, Point, Polygon

ERROR_CORRECTED = frozenset({"QRCode", "DataMatrix", "Aztec", "PDF417"})
_DATA_BAR = frozenset({"DataBar", "DataBarLimited", "DataBarExpanded"})
_CHECKED_TWICE = _DATA_BAR | {"Code93", "MicroQRCode", "RMQRCode", "MicroPDF417", "MaxiCode"}
_BARS = _DATA_BAR | {"Code128", "Code39", "Code93", "Codabar", "ITF", "EAN13", "EAN8", "UPCA", "UPCE"}
_VOTES_WEAK = 3
_STRENGTH_MOST = 3
_CLEAR_MARGIN = 2  # in one place one text must have this many times the votes of the other
# Shorter ones are parts of other codes, or no code at all. Codabar has no check digit and counts its start and stop.
_ITF_DIGITS = 14
_PIXELS_PROVE = 2.0  # for a module of a Code 128: with less zxing-cpp misreads one in 250, with more not one of 3,000
_STRIP_PIXELS_PROVE = 4.4  # of a strip's, which has four for each of the picture's
_START_TO_STOP, _CHARACTER = 35, 11  # modules: start, check and stop characters together; each of the others
_SHORTEST = {"ITF": 6, "Code39": 4, "Codabar": 6}


@dataclass(kw_only=True)
class Candidate:
    """One text of one symbology and all that was seen of it.

    `best_places` are the corners, in pixels of the given picture, from the pass that found most copies of it; of equal
    ones the earliest.
    """

    text: str
    symbology: str
    identifier: str | None = None
    content: bytes = b""
    milliseconds: float = 0.0  # until it was believed
    passes: list[Pass] = field(default_factory=list)
    best_places: list[Corners] = field(default_factory=list)

    @property
    def votes(self) -> int:
        return len(self.passes)

    @property
    def engines(self) -> set[str]:
        return {seen.engine for seen in self.passes}

    def add(self, seen: Pass, sightings: list[Sighting], places: list[Corners], milliseconds: float) -> None:
        if not self.passes or not self.is_believed():
            self.milliseconds = milliseconds
        self.passes.append(seen)
        self.best_places = max(self.best_places, _apart(places), key=len)
        # What zbar drops of a GS1 symbol its text lacks too, so one text has one content.
        self.content = self.content or sightings[0].content
        self.identifier = self.identifier or next((s.identifier for s in sightings if s.identifier), None)

    def gs1(self) -> dict[str, str] | None:
        """Give the elements of a clean GS1 symbol or link. Without an identifier (zbar) the text must look like one."""
        marked = self.identifier in gs1.GS1_IDENTIFIERS or (
            (self.identifier is None or gs1.is_link(self.text)) and gs1.looks_like_gs1(self.text)
        )
        parsed = gs1.parse(self.text) if marked else None
        return dict(parsed.elements) if parsed and parsed.valid else None

    def needed(self) -> int:
        """Give the votes this text needs to be believed."""
        if self.symbology in ERROR_CORRECTED:
            return 1
        if self.identifier in gs1.GS1_IDENTIFIERS and self.gs1() is None:
            return _VOTES_WEAK  # a linear code that says GS1 and is not: misread, or a faulty label worth a firm no
        if self.symbology == "Code128":
            return 1 if any(seen.raw for seen in self.passes) else 2
        if any(seen.engine == MODEL and seen.raw for seen in self.passes):
            return 1
        return 2 if self.symbology in _CHECKED_TWICE else _VOTES_WEAK

    def is_believed(self) -> bool:
        """Tell whether the votes suffice.

        UPC-E shows up inside other codes, so both engines must have seen it; a part of an ITF is an ITF, so one of no
        usual length must have been seen in the whole picture, with free margins, and by a second engine. A Code 128
        that no look proves must be seen by both engines or in a strip: frame after frame gives the same misread, and
        so does the equalised picture.
        """
        if self.symbology == "UPCE" and len(self.engines) < 2:
            return False
        if (
            self.symbology == "ITF"
            and not _is_itf_14(self.text)
            and ("zxing" not in self.engines or len(self.engines) < 2)
        ):
            return False
        if self.symbology == "Code128" and not any(seen.raw for seen in self.passes):
            looks = {seen.name if seen.engine == STRIPS else seen.engine for seen in self.passes}
            return len(looks) >= self.needed()
        return self.votes >= self.needed()


def _is_itf_14(text: str) -> bool:
    return len(text) == _ITF_DIGITS and gs1_content.has_check_digit(text)


def may_be_a_part(code: Code) -> bool:
    """Tell whether this could be read in the middle of a longer code of its kind."""
    return code.symbology == "ITF" and not _is_itf_14(code.text)


class Ballot:
    """The candidates of one picture while passes come in."""

    def __init__(self) -> None:
        self._candidates: dict[tuple[str, str], Candidate] = {}
        self._began = time.perf_counter()

    def count(
        self, seen: Pass, sightings: Iterable[tuple[Sighting, Corners]], milliseconds: float | None = None
    ) -> None:
        """Count one pass: each text has one vote, however often the pass saw it.

        `milliseconds` is the time of the pass, by default since this ballot began.
        """
        at = (time.perf_counter() - self._began) * 1000 if milliseconds is None else milliseconds
        found: dict[tuple[str, str], list[tuple[Sighting, Corners]]] = {}
        for sighting, place in sightings:
            if len(sighting.text) >= _SHORTEST.get(sighting.symbology, 1):
                found.setdefault((sighting.symbology, sighting.text), []).append((sighting, place))
        for (symbology, text), together in found.items():
            candidate = self._candidates.setdefault((symbology, text), Candidate(text=text, symbology=symbology))
            told = [sighting for sighting, _ in together]
            candidate.add(_weighed(seen, told), told, [place for _, place in together], at)

    def is_empty(self) -> bool:
        """Tell whether no look gave any text."""
        return not self._candidates

    def is_settled(self) -> bool:
        """Tell whether something was read and nothing is in doubt, so that no further look is worth its time."""
        return bool(self._candidates) and len(self._elected()) == len(self._candidates)

    def is_about_bars(self) -> bool:
        """Tell whether something was seen and all of it is bars."""
        return bool(self._candidates) and all(symbology in _BARS for symbology, _ in self._candidates)

    def codes(self) -> Iterator[Code]:
        """Yield the believed codes, one for each place a text was seen in."""
        for candidate in self._elected():
            for corners in candidate.best_places:
                yield _as_code(candidate, corners)

    def open_questions(self) -> Iterator[tuple[str, Corners]]:
        """Yield reason and place of texts that were seen and are not believed, and with which no believed one lies."""
        elected = self._elected()
        for one in self._candidates.values():
            if one not in elected and not any(_share_a_place(one, other) for other in elected):
                yield ("conflict" if one.is_believed() else "votes"), one.best_places[0]

    def _elected(self) -> list[Candidate]:
        believed = [candidate for candidate in self._candidates.values() if candidate.is_believed()]
        return [one for one in believed if not any(_gives_way(one, other) for other in believed if other is not one)]


def _weighed(seen: Pass, told: list[Sighting]) -> Pass:
    """Give the pass as no proof where it is one of zxing-cpp or of a strip at a Code 128 with few pixels a module."""
    least = {"zxing": _PIXELS_PROVE, STRIPS: _STRIP_PIXELS_PROVE}.get(seen.engine)
    if not seen.raw or least is None or told[0].symbology != "Code128":
        return seen
    return replace(seen, raw=any(_pixels_a_module(one) >= least for one in told))


def _pixels_a_module(sighting: Sighting) -> float:
    """Estimate it from a Code 128's length: four digits or more are written two a character, after one that says so."""
    runs = re.findall(r"\d{4,}|.", sighting.text, re.DOTALL)
    characters = sum(1 if len(run) == 1 else len(run) // 2 + len(run) % 2 + 1 for run in runs)
    along = float(np.linalg.norm(sighting.corners[1] - sighting.corners[0]))
    return along / (_START_TO_STOP + _CHARACTER * characters)


def _strength(symbology: str) -> int:
    """Rank what stands in the symbology against a misread; UPC-E's few bars are found in nearly everything."""
    if symbology in ERROR_CORRECTED:
        return _STRENGTH_MOST
    if symbology in _CHECKED_TWICE or symbology == "Code128":
        return 2
    return 0 if symbology == "UPCE" else 1


def _gives_way(one: Candidate, other: Candidate) -> bool:
    """Tell whether a text is in doubt because of another in the same place: a weaker one, or a part of a longer one.

    Between equals the votes decide, and without a clear margin both are in doubt. Two error-corrected codes may lie in
    one another and are both true.
    """
    mine, theirs = _strength(one.symbology), _strength(other.symbology)
    if mine == _STRENGTH_MOST or mine > theirs or not _share_a_place(one, other):
        return False
    if mine < theirs or one.text in other.text:
        return True
    return other.text not in one.text and one.votes < _CLEAR_MARGIN * other.votes


def _apart(found: list[Corners]) -> list[Corners]:
    """Merge what are strips of one code, which lie nearer than the code is long; the largest stands for it."""
    kept: list[Corners] = []
    for corners in sorted(found, key=_area, reverse=True):
        if all(np.linalg.norm(corners.mean(axis=0) - other.mean(axis=0)) >= _length(other) for other in kept):
            kept.append(corners)
    return kept


def _area(corners: Corners) -> float:
    return float(cv2.contourArea(corners.astype(np.float32)))


def _length(corners: Corners) -> float:
    """Give the longest side in pixels, less a tenth for the doubt about where its ends are."""
    return 0.9 * float(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).max())


def _share_a_place(one: Candidate, other: Candidate) -> bool:
    return any(_overlap(a, b) for a in one.best_places for b in other.best_places)


def _overlap(a: Corners, b: Corners) -> bool:
    """Tell whether the middle of either quadrangle lies in the other; close neighbours of a label do not meet so."""
    return _holds_middle(a, b) or _holds_middle(b, a)


def _holds_middle(outer: Corners, inner: Corners) -> bool:
    hull = cv2.convexHull(outer.astype(np.float32))
    middle = inner.mean(axis=0)
    return cv2.pointPolygonTest(hull, (float(middle[0]), float(middle[1])), False) >= 0


def _as_code(candidate: Candidate, corners: Corners) -> Code:
    return Code(
        text=candidate.text,
        bytes=candidate.content,
        symbology=candidate.symbology,
        identifier=candidate.identifier,
        polygon=as_polygon(corners),
        gs1=candidate.gs1(),
        engine=candidate.passes[0].engine,
        passes=tuple(f"{seen.engine} {seen.name}" for seen in candidate.passes),
        votes=candidate.votes,
        milliseconds=round(candidate.milliseconds, 1),
    )


def as_polygon(corners: Corners) -> Polygon:
    """Give four corners in whole pixels."""
    first, second, third, fourth = (_point(corner) for corner in corners)
    return first, second, third, fourth


def _point(corner: Corners) -> Point:
    return round(float(corner[0])), round(float(corner[1]))
