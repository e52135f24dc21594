"""Frames of one camera -> the codes in view, remembered from frame to frame.

A frame costs little when nothing changed, a fast look when something did, and a few dear looks in turn when bars are
there that the fast look cannot read. Evidence is collected over frames, so a label that no single frame shows well
enough is still read. R-A8.
"""

import math
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scanners import doubts, engines, passes, places, quiet_zones, regions, strips, votes
from scanners.decode import as_gray
from scanners.engines import Corners, Gray, Sighting
from scanners.passes import Pass
from scanners.places import Place
from scanners.scan import Code

_THUMBNAIL = (96, 54)
_CHANGED_MEAN, _CHANGED_MOST = 1.0, 8.0  # grey levels between thumbnails: less is the sensor's noise
_WINDOW_SECONDS = 1.0  # evidence older than this is another scene's
_VIEW_SECONDS = 0.35  # a code not seen for so long has left the view
_MOST_FRAMES = 30
_HALF_FROM = 1_000_000  # px: of larger frames changes, regions and places are sought at half the size
_TURNED_EVERY = 16  # frames, while nothing is read
_RARE_EVERY = 3  # looks at all of a frame, while no rare symbology is in view
_REGIONS_MOST = 8  # codes in view: with more, looking at each costs as much as looking at all
_EVERYWHERE_EVERY = 4  # frames, while all known codes are still where they were
_REFILL_MS, _BURST_MS = 3.0, 60.0  # CPU for dear looks: what a frame adds, and what is saved up for a new scene
_FOUND_MS = 4.0  # what a look that reads something earns: where one small label lies, others do
_LEAST_MS = 6.0  # what must be saved up before places are sought, which costs as much
_KERNELS_PROVE = 3
_PATIENCE_SECONDS = 2.0  # so long a person may still be bringing a label before the camera
_AGAIN_SECONDS = 10.0
_MOST_ASKED = 8  # places whose bars are weighed for a word of advice
# What is tried at one place, in turn, one a frame.
_TRIES: tuple[tuple[str, tuple[strips.Kernel, ...]], ...] = (
    ("whole", strips.QUICK),
    ("whole", strips.KERNELS),
    ("middle", strips.KERNELS),
    ("upper", strips.KERNELS),
    ("lower", strips.KERNELS),
)
_REST_FRAMES = 8  # for a place where all of that gave nothing

Seen = list[tuple[Sighting, Corners]]


@dataclass(kw_only=True)
class _Unread:
    """A patch of bars without a text, how often it was tried, and from which frame it may be tried again."""

    place: Place
    tries: int = 0
    from_frame: int = 0


class LiveReader:
    """The state of one camera's view; one thread uses it, each camera has its own."""

    def __init__(self) -> None:
        self._number = 0
        self._looks = 0  # at all of a frame
        self._thumbnail: NDArray[np.float32] | None = None
        self._evidence: deque[tuple[float, Pass, Seen]] = deque(maxlen=_MOST_FRAMES * 4)
        self._unread: list[_Unread] = []
        self._saved_ms = _BURST_MS
        self._in_view: list[Code] = []
        self._last_seen: dict[tuple[str, str], float] = {}
        self._whole: set[tuple[str, str]] = set()  # of codes whose part reads as well, those seen with both ends
        self._unsure_since: float | None = None
        self._told_at = -math.inf

    def read(self, frame: NDArray[Any], seen_at: float) -> list[Code]:
        """Give the codes believed to be in view now: height x width (grey) or height x width x 3 (BGR), uint8.

        `seen_at` is the frame's time in seconds of a clock that never goes back. A code in view is given with every
        frame; counting it once is the work of `once`. Raises ValueError for another shape or type.
        """
        gray = as_gray(frame)
        small = np.asarray(cv2.resize(gray, None, fx=0.5, fy=0.5), np.uint8) if gray.size > _HALF_FROM else gray
        self._number += 1
        self._saved_ms = min(_BURST_MS, self._saved_ms + _REFILL_MS)
        if self._is_unchanged(small) and not self._is_pending():
            self._last_seen = {key: seen_at for key in self._last_seen}
            return self._in_view
        believed = self._look(gray, small, seen_at)
        self._in_view = [code for code in believed if seen_at - self._last_seen[_key(code)] <= _VIEW_SECONDS]
        return self._in_view

    def doubt(self, frame: NDArray[Any], seen_at: float) -> tuple[str, ...]:
        """Give what to do when bars are in view, nothing is read, and waiting has not helped.

        Asked after `read` with the same frame. Empty while there is nothing to say, and for a while after it was said.
        """
        if self._in_view or not self._unread:
            self._unsure_since = None
            return ()
        if self._unsure_since is None:
            self._unsure_since = seen_at
        if seen_at < max(self._unsure_since + _PATIENCE_SECONDS, self._told_at + _AGAIN_SECONDS):
            return ()
        gray = as_gray(frame)
        place = next((one.place for one in self._unread[:_MOST_ASKED] if doubts.are_bars(gray, one.place)), None)
        self._unsure_since = seen_at
        if place is None:
            return ()
        self._told_at = seen_at
        return doubts.advise(gray, place)

    def _is_unchanged(self, gray: Gray) -> bool:
        """Compare with the last frame that was looked at."""
        small = np.asarray(cv2.resize(gray, _THUMBNAIL, interpolation=cv2.INTER_AREA), np.float32)
        before, self._thumbnail = self._thumbnail, self._thumbnail if self._thumbnail is not None else small
        if before is None:
            return False
        apart = np.abs(small - before)
        unchanged = bool(apart.mean() < _CHANGED_MEAN and apart.max() < _CHANGED_MOST)
        if not unchanged:
            self._thumbnail = small
        return unchanged

    def _is_pending(self) -> bool:
        """Tell whether a place in an unchanged view has not been tried in every way."""
        return self._number <= 2 or any(one.tries < len(_TRIES) for one in self._unread)

    def _look(self, gray: Gray, small: Gray, seen_at: float) -> list[Code]:
        """Look fast, then dearly as far as the saved time goes; gives what is believed by the last second."""
        self._forget(seen_at)
        fast = Pass(engine="zxing", name="frame", vary=passes.as_it_is, raw=True)
        if again := self._glance_at_known(gray):
            self._note(fast, again, seen_at)
            if len(believed := self._believed(gray, small)) >= len(self._in_view):
                return believed
        self._note(fast, self._glance_everywhere(gray, small), seen_at)
        believed = self._believed(gray, small)
        if self._saved_ms < _LEAST_MS:
            return believed
        start, found = time.thread_time(), False
        self._find_unread(small, gray.shape[0] / small.shape[0], believed)
        for one in self._unread:
            if (time.thread_time() - start) * 1000 >= self._saved_ms:
                break
            if one.from_frame <= self._number and self._try(gray, one, seen_at):
                found = True
                self._saved_ms += _FOUND_MS
        self._saved_ms = max(0.0, self._saved_ms - (time.thread_time() - start) * 1000)
        return self._believed(gray, small) if found else believed

    def _glance_everywhere(self, gray: Gray, small: Gray) -> Seen:
        """Look at all of the frame that is not bare ground."""
        turned = not self._in_view and self._number % _TURNED_EVERY == 0
        seen_lately = {one.symbology for _, _, seen in self._evidence for one, _ in seen}
        rare = self._looks % _RARE_EVERY == 0 or turned or not seen_lately.isdisjoint(engines.RARE)
        self._looks += 1
        scale = gray.shape[0] / small.shape[0]
        boxes = (np.round(np.array(box) * scale).astype(int) for box in regions.find_regions(small))
        return [seen for box in boxes for seen in _glance_into(gray, box, turned=turned, rare=rare)]

    def _glance_at_known(self, gray: Gray) -> Seen:
        """Look only where codes were last; gives nothing when it is time to look everywhere, or one has moved."""
        known = self._in_view
        if not known or len(known) > _REGIONS_MOST or self._number % _EVERYWHERE_EVERY == 0:
            return []
        seen: Seen = []
        for code in known:
            near = _look_near(gray, code)
            if not any((one.symbology, one.text) == (code.symbology, code.text) for one, _ in near):
                return []
            seen += near
        return seen

    def _note(self, look: Pass, seen: Seen, seen_at: float) -> None:
        if seen:
            self._evidence.append((seen_at, look, seen))
        for one, _ in seen:
            self._last_seen[one.symbology, one.text] = seen_at

    def _forget(self, now: float) -> None:
        while self._evidence and now - self._evidence[0][0] > _WINDOW_SECONDS:
            self._evidence.popleft()
        kept = {(one.symbology, one.text) for _, _, seen in self._evidence for one, _ in seen}
        self._last_seen = {key: at for key, at in self._last_seen.items() if key in kept}
        self._whole &= kept

    def _believed(self, gray: Gray, small: Gray) -> list[Code]:
        """Give what the evidence proves; of a code of which a part reads as well, one frame must show both ends."""
        ballot = votes.Ballot()
        for seen_at, look, seen in self._evidence:
            ballot.count(look, seen, milliseconds=(seen_at - self._evidence[0][0]) * 1000)
        codes = list(ballot.codes())
        asked = [code for code in codes if votes.may_be_a_part(code) and _key(code) not in self._whole]
        if not asked:
            return codes
        patches = _find_patches(small, gray.shape[0] / small.shape[0])
        self._whole |= {_key(code) for code in asked if quiet_zones.is_whole(code, gray, 1.0, patches)}
        return [code for code in codes if code not in asked or _key(code) in self._whole]

    def _find_unread(self, small: Gray, scale: float, believed: list[Code]) -> None:
        """Find the patches of bars on which no believed code lies, and remember how often each was tried."""
        read = [np.array(code.polygon, np.float32) for code in believed]
        unread = []
        for place in _find_patches(small, scale):
            if not any(cv2.pointPolygonTest(polygon, (place.x, place.y), False) >= 0 for polygon in read):
                before = next((one for one in self._unread if places.is_same(place, one.place)), None)
                known = (before.tries, before.from_frame) if before else (0, 0)
                unread.append(_Unread(place=place, tries=known[0], from_frame=known[1]))
        self._unread = sorted(unread, key=lambda one: one.tries)

    def _try(self, gray: Gray, one: _Unread, seen_at: float) -> bool:
        """Read a place in the way whose turn it is, and when something is there in the next; tells whether it is."""
        for _ in range(2):
            name, kernels = _TRIES[one.tries % len(_TRIES)]
            one.tries += 1
            one.from_frame = self._number + (1 if one.tries < len(_TRIES) else _REST_FRAMES)
            heard = next(strips.read_place(gray, one.place, slices=(name,), kernels=kernels), [])
            for text in heard:
                if text.agreed:
                    proves = text.kernels >= _KERNELS_PROVE
                    look = Pass(engine=passes.STRIPS, name=name, vary=passes.as_it_is, raw=proves)
                    self._note(look, [(text.sighting, text.corners)], seen_at)
            if not heard or any(text.kernels >= _KERNELS_PROVE for text in heard):
                break
        return bool(heard)


def _key(code: Code) -> tuple[str, str]:
    return code.symbology, code.text


def _find_patches(small: Gray, scale: float) -> list[Place]:
    return [places.scaled(one, scale) for one in places.find_places(small)]


def _look_near(gray: Gray, code: Code) -> Seen:
    """Look for a code where it was last, and a little around it."""
    corners = np.array(code.polygon)
    reach = int((corners.max(axis=0) - corners.min(axis=0)).max() * 0.15) + 24
    (left, top), (right, low) = np.maximum(corners.min(axis=0) - reach, 0), corners.max(axis=0) + reach
    return _glance_into(gray, np.array([left, top, right, low]), symbology=code.symbology)


def _glance_into(gray: Gray, box: NDArray[Any], **asked: Any) -> Seen:
    """Look at a part of the frame: left, top, right and bottom in pixels, the last two outside."""
    left, top, right, low = box
    part = np.ascontiguousarray(gray[top:low, left:right])
    if not part.size:
        return []
    return [(one, one.corners + box[:2]) for one in engines.glance(part, **asked)]
