"""Codes that stand on one label are one scan: our own papers say the batch in a square and the label's number in bars.

A square and bars that are close are taken for one label, so that as many as can be have a partner and the way between
partners is short: labels of one print lie in rows. An article's number names no goods and joins what is next to it.
It is a guess from the picture, so the others are told beside the one that counts. Source: R-A12.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from scanners import gs1
from scanners.once import Once
from scanners.scan import Polygon
from scanners.source import Scan

_MATRIX = ("QRCode", "MicroQRCode", "DataMatrix", "Aztec", "PDF417")
_RETAIL = ("EAN13", "EAN8", "UPCA", "UPCE")
_NEAR = 0.8  # of the longer side of the larger code: as far apart as codes of one label lie
_MOST_MATCHED = 8  # of each kind; a fuller picture takes the nearest
_MOST_KNOWN = 1000  # labels that a view remembers
_OF_ONE_THING = ("10", "21", "00")  # lot, serial number, logistic unit: more than which article it is

_Match = tuple[int, float, tuple[tuple[int, int], ...]]  # partners wanting, way between the others, who they are


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at a label: the texts that name its goods, its codes that are newly in view, and whether it counted."""

    naming: tuple[str, ...]
    fresh: list[Scan]
    is_counted: bool


class View:
    """What one source has in view: by `Once`, and by which codes were seen on one label."""

    def __init__(self, once: Once) -> None:
        self._once = once
        self._beside: dict[str, set[str]] = {}
        self._counted: deque[str] = deque(maxlen=_MOST_KNOWN)

    def look(self, label: Sequence[Scan]) -> Look:
        """Judge the codes of one label, best first; the first of the fresh ones is taken for counted.

        Codes that only name the article do not count beside others: the next carton has the same.
        """
        naming = [scan for scan in label if not is_article(scan)] or list(label)
        new = [scan for scan in label if self._once.is_new(0, scan.text, seconds=scan.seconds)]
        is_counted = any(scan.text in self._counted for scan in naming if scan not in new)
        self._learn([scan.text for scan in naming])
        for scan in naming:
            for other in self._beside.get(scan.text, ()):
                self._once.is_new(0, other, seconds=scan.seconds)
        fresh = [scan for scan in naming if scan in new]
        if fresh and not is_counted:
            self._counted.append(fresh[0].text)
        return Look(naming=tuple(scan.text for scan in naming), fresh=fresh, is_counted=is_counted)

    def _learn(self, texts: list[str]) -> None:
        if len(texts) < 2:
            return
        if len(self._beside) > _MOST_KNOWN:
            self._beside.clear()
        for text in texts:
            self._beside.setdefault(text, set()).update(other for other in texts if other != text)


def labels_of(scans: Sequence[Scan]) -> list[list[Scan]]:
    """Give the scans of a picture by label; the first of each names the goods best. Those of no place stand alone."""
    squares = [scan for scan in scans if scan.symbology in _MATRIX]
    articles = [scan for scan in scans if scan not in squares and is_article(scan)]
    bars = [scan for scan in scans if scan not in squares and scan not in articles]
    partners = _partners(squares, bars)
    labels = [[square, *([bars[partners[n]]] if n in partners else [])] for n, square in enumerate(squares)]
    labels += [[bar] for n, bar in enumerate(bars) if n not in partners.values()]
    alone: list[Scan] = []
    for article in articles:
        near = [
            (gap, n) for n, label in enumerate(labels) if (gap := min(_gap(article, each) for each in label)) <= _NEAR
        ]
        (labels[min(near)[1]] if near else alone).append(article)
    return [sorted(label, key=_worth) for label in labels] + [[article] for article in alone]


def is_article(scan: Scan) -> bool:
    """Tell whether a code says which article it is and no more: cartons of one article share it."""
    if scan.symbology in _RETAIL:
        return True
    return gs1.looks_like_gs1(scan.text) and not _names_goods(scan.text)


def _names_goods(text: str) -> bool:
    parsed = gs1.parse(text)
    return not parsed.valid or any(identifier in _OF_ONE_THING for identifier, _ in parsed.elements)


def _worth(scan: Scan) -> int:
    """Give the place of a code among those of its label."""
    if is_article(scan):
        return 3
    return 0 if gs1.looks_like_gs1(scan.text) else 1 if scan.symbology in _MATRIX else 2


def _partners(squares: Sequence[Scan], bars: Sequence[Scan]) -> dict[int, int]:
    """Give the partner among `bars` of each square that has one."""
    gaps = {(n, m): gap for n, one in enumerate(squares) for m, other in enumerate(bars)
            if (gap := _gap(one, other)) <= _NEAR}  # fmt: skip
    if max(len(squares), len(bars)) > _MOST_MATCHED:
        return _nearest(gaps)

    @cache
    def best(n: int, taken: int) -> _Match:
        """Match the squares from `n` on with the bars whose bit in `taken` is not set."""
        if n == len(squares):
            return 0, 0.0, ()
        wanting, way, rest = best(n + 1, taken)
        found: list[_Match] = [(wanting + 1, way, rest)]
        for m in range(len(bars)):
            if (n, m) in gaps and not taken >> m & 1:
                wanting, way, rest = best(n + 1, taken | 1 << m)
                found.append((wanting, way + gaps[n, m], ((n, m), *rest)))
        return min(found)

    return dict(best(0, 0)[2])


def _nearest(gaps: dict[tuple[int, int], float]) -> dict[int, int]:
    partners: dict[int, int] = {}
    for (n, m), _ in sorted(gaps.items(), key=lambda item: item[1]):
        if n not in partners and m not in partners.values():
            partners[n] = m
    return partners


def _gap(one: Scan, other: Scan) -> float:
    """Give how far two codes are apart, by the size of the larger; without end when one has no place."""
    if one.polygon is None or other.polygon is None:
        return math.inf
    (left, top, right, bottom), (left2, top2, right2, bottom2) = _box(one.polygon), _box(other.polygon)
    across = max(left - right2, left2 - right, 0)
    down = max(top - bottom2, top2 - bottom, 0)
    size = max(right - left, bottom - top, right2 - left2, bottom2 - top2, 1)
    return float((across**2 + down**2) ** 0.5 / size)


def _box(polygon: Polygon) -> tuple[int, int, int, int]:
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return min(xs), min(ys), max(xs), max(ys)
