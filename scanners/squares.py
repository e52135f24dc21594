"""A square code too blurred for the engine -> sharpened pictures of it, which the engine reads.

Where a patch of edges is about as high as wide it is cut out, and what defocus and motion did is undone by a sweep of
inverse filters over both directions; motion lies along the direction in which edges are weakest. No symbology is
decoded here. Error correction makes a wrong text of a wrong filter unlikely, and two filters must agree. R-A8.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import zxingcpp
from numpy import fft  # by name: numpy loads it late otherwise, when a child may open no file
from numpy.typing import NDArray

from scanners.engines import Gray, Sighting, from_zxing
from scanners.places import is_drowned

_FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.QRCode])
_BLOCKS_ACROSS, _BLOCK_LEAST, _BLOCK_MOST = 240, 3, 8  # a block is that part of the longer side, within px
# A block is drawn on above these parts of the strongest around it, above the picture's median, and in grey levels.
_OF_NEIGHBOURS, _NEIGHBOURS, _ABOVE_MEDIAN, _LEAST_EDGE = (0.35, 0.12), 15, 1.5, 4.0
_LEAST_SIDE, _MOST_SIDE, _MOST_RATIO, _LEAST_FILLED = 20, 360, 1.6, 0.55  # px, px, of the sides, of the rectangle
_LEAST_BLOCKS, _MOST_PATCHES = 12, 24
_AROUND, _AROUND_PIXELS = 1.45, 12  # a patch is cut out so many times as wide, and so much more
_SHOWN = 180  # px of a cut-out's longer side; larger ones are shrunk
_SMALL = 90  # px: cut-outs up to that are enlarged more
_RING = 12  # px around a cut-out, against edges that run around


@dataclass(frozen=True, kw_only=True)
class Square:
    """A patch of edges about as high as wide: middle and longer side in pixels; `strength` ranks patches."""

    x: float
    y: float
    side: float
    strength: float


@dataclass(frozen=True, kw_only=True)
class Blur:
    """What is undone: a gaussian of a sigma, motion over a length, both in pixels, under so much noise."""

    sigma: float
    motion: float
    noise: float


# Defocus in steps that the next one covers; motion the same; both a little; and noise that drowns the code, last.
BLURS = (
    *(Blur(sigma=sigma, motion=0.0, noise=noise)
      for sigma, noise in ((0.8, 0.01), (1.0, 0.004), (1.2, 0.004), (1.4, 0.002), (1.6, 0.002), (1.8, 0.0008),
                           (2.0, 0.0008), (2.15, 0.0008), (2.4, 0.0008), (2.7, 0.0005))),
    *(Blur(sigma=0.0, motion=motion, noise=0.0015)
      for motion in (1.5, 2.0, 2.4, 2.8, 3.2, 3.6, 4.0, 4.4, 4.8, 5.2, 5.6, 6.0, 6.4, 6.9, 7.4, 7.9, 8.4, 8.9,
                     9.5, 10.2)),
    *(Blur(sigma=1.1, motion=motion, noise=0.006) for motion in (1.5, 2.4, 3.2, 4.0)),
    *(Blur(sigma=sigma, motion=0.0, noise=1.0) for sigma in (1.0, 1.4)),
)  # fmt: skip


def find_squares(gray: Gray) -> list[Square]:
    """Find patches that may be square codes in height x width grey values, the strongest first, none in another."""
    if is_drowned(gray):
        half = np.asarray(cv2.resize(gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
        return [replace(one, x=2 * one.x, y=2 * one.y, side=2 * one.side) for one in _find(half)]
    return _find(gray)


def _find(gray: Gray) -> list[Square]:
    block = int(np.clip(max(gray.shape) // _BLOCKS_ACROSS, _BLOCK_LEAST, _BLOCK_MOST))
    rows, columns = gray.shape[0] // block, gray.shape[1] // block
    if min(rows, columns) < _BLOCK_LEAST:
        return []
    across, down = cv2.spatialGradient(gray[: rows * block, : columns * block])
    squares = cv2.multiply(across, across, dtype=cv2.CV_32F) + cv2.multiply(down, down, dtype=cv2.CV_32F)
    edges = np.sqrt(cv2.blur(cv2.resize(squares, (columns, rows), interpolation=cv2.INTER_AREA), (3, 3)))
    least = max(_ABOVE_MEDIAN * float(np.partition(edges, edges.size // 2, axis=None)[edges.size // 2]), _LEAST_EDGE)
    around = cv2.dilate(edges, np.ones((_NEIGHBOURS, _NEIGHBOURS), np.uint8))
    found = [
        one for part in _OF_NEIGHBOURS for one in _patches(edges, (edges > part * around) & (edges > least), block)
    ]
    kept: list[Square] = []
    for one in sorted(found, key=lambda square: -square.strength):
        if all(np.hypot(one.x - other.x, one.y - other.y) >= max(one.side, other.side) / 3 for other in kept):
            kept.append(one)
    return kept


def _patches(edges: NDArray[np.float32], drawn: NDArray[np.bool_], block: int) -> Iterator[Square]:
    mask = cv2.morphologyEx(drawn.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, labels, facts, _ = cv2.connectedComponentsWithStats(mask, connectivity=4, ltype=cv2.CV_16U)
    for label in np.argsort(-facts[1:, cv2.CC_STAT_AREA])[:_MOST_PATCHES] + 1:
        left, top, wide, high, area = facts[label]
        short, long = sorted((int(wide), int(high)))
        if area < _LEAST_BLOCKS or long > 2 * short or not _LEAST_SIDE <= long * block <= _MOST_SIDE:
            continue
        inside = labels[top : top + high, left : left + wide] == label
        rows, columns = np.nonzero(inside)
        (x, y), sides, _ = cv2.minAreaRect(np.stack([columns, rows], axis=1).astype(np.float32))
        short_side, long_side = sorted(side + 1.0 for side in sides)
        if long_side <= _MOST_RATIO * short_side and area >= _LEAST_FILLED * short_side * long_side:
            yield Square(
                x=(x + float(left) + 0.5) * block, y=(y + float(top) + 0.5) * block, side=long_side * block,
                strength=float(edges[top : top + high, left : left + wide][inside].sum()),
            )  # fmt: skip


def read_square(gray: Gray, square: Square) -> Sighting | None:
    """Give the text that two filters agree on, with corners in pixels of the picture, or None."""
    reach = square.side * _AROUND / 2 + _AROUND_PIXELS / 2
    left, top = max(0, int(square.x - reach)), max(0, int(square.y - reach))
    part = gray[top : int(square.y + reach), left : int(square.x + reach)]
    scale = min(1.0, _SHOWN / max(part.shape))
    if scale < 1:
        part = np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    sharpener = _Sharpener(part)
    for blur in BLURS:
        for seen in sharpener.read(blur):
            if any(_is_same(seen, other) for near in _around(blur) for other in sharpener.read(near)):
                return replace(seen, corners=seen.corners / (sharpener.enlarged * scale) + np.array([left, top]))
    return None


def work_of_square() -> float:
    """Give the pixels an engine is shown for one patch, at most (`effort`)."""
    return float(len(BLURS) * (2 * _SHOWN) ** 2)


def _is_same(one: Sighting, other: Sighting) -> bool:
    return (one.symbology, one.content) == (other.symbology, other.content)


def _around(blur: Blur) -> tuple[Blur, ...]:
    longer, shorter = (
        replace(blur, motion=blur.motion * part) if blur.motion else replace(blur, sigma=blur.sigma * part)
        for part in (1.03, 0.97)
    )
    return replace(blur, noise=blur.noise / 2), replace(blur, noise=blur.noise * 2), longer, shorter


class _Sharpener:
    """A cut-out's spectrum, from which it is drawn anew for each blur, `enlarged` times as large."""

    def __init__(self, part: Gray) -> None:
        self.enlarged = 2 if max(part.shape) > _SMALL else 3
        self._shape = part.shape
        high, wide = (cv2.getOptimalDFTSize(side + 2 * _RING) for side in part.shape)
        ring = (_RING, high - part.shape[0] - _RING, _RING, wide - part.shape[1] - _RING)
        framed = np.asarray(cv2.copyMakeBorder(part, *ring, cv2.BORDER_REPLICATE), np.float32)
        self._spectrum = fft.rfft2(framed - framed.mean()).astype(np.complex64)
        self._size = (high, wide)
        angle = _weakest_direction(part)
        x, y = fft.rfftfreq(wide)[None].astype(np.float32), fft.fftfreq(high)[:, None].astype(np.float32)
        self._along = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
        self._squared = x * x + y * y

    def read(self, blur: Blur) -> list[Sighting]:
        """Read the cut-out with one blur undone; corners in pixels of the enlarged picture."""
        gain = np.exp(-2 * (np.pi * blur.sigma) ** 2 * self._squared) * np.sinc(blur.motion * self._along)
        sharp = fft.irfft2(self._spectrum * (gain / (gain * gain + blur.noise)), self._size)
        sharp = sharp[_RING : _RING + self._shape[0], _RING : _RING + self._shape[1]].astype(np.float32)
        dark, light = np.percentile(sharp[::2, ::2], (2, 98))
        large = cv2.resize(sharp, None, fx=self.enlarged, fy=self.enlarged, interpolation=cv2.INTER_CUBIC)
        drawn = ((large - dark) * (200 / max(float(light - dark), 1e-6)) + 28).clip(0, 255).astype(np.uint8)
        found = zxingcpp.read_barcodes(
            drawn, formats=_FORMATS, text_mode=zxingcpp.TextMode.Plain, try_rotate=False, try_downscale=False,
            try_invert=False,
        )  # fmt: skip
        return [from_zxing(barcode) for barcode in found]


def _weakest_direction(gray: Gray) -> float:
    """Give the angle, in radians from x towards y, along which grey values change least: that of the motion."""
    across, down = (part.astype(np.float32) for part in cv2.spatialGradient(np.ascontiguousarray(gray)))
    even, odd = float((across * across - down * down).sum()), float(2 * (across * down).sum())
    return 0.5 * float(np.arctan2(odd, even)) + np.pi / 2
