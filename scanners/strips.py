"""One patch of bars that the engines cannot read -> a clean strip that they can.

Along the bars all rows say the same, so they are added up: noise falls with their root. What is left is one line of
grey values, blurred by defocus, motion and too few pixels. It is upsampled and sharpened by a sweep of inverse filters,
each result is cut into black and white and drawn as a clean strip, and the engine reads that. The right filter is not
known beforehand; the wrong ones give nothing or a text that finds no second voice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy import fft  # by name: numpy loads it late otherwise, when a child may open no file
from numpy.typing import NDArray

from scanners import retail
from scanners.engines import Corners, Gray, Sighting, as_printed, from_zxing
from scanners.places import Place
from scanners.whole_codes import Likely, find_likely

Lines = NDArray[np.float64]
Spectrum = NDArray[np.complex128]

_FORMATS = zxingcpp.BarcodeFormats(
    [zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.Code39Std, zxingcpp.BarcodeFormat.Code93,
     zxingcpp.BarcodeFormat.ITF, zxingcpp.BarcodeFormat.EAN13, zxingcpp.BarcodeFormat.EAN8,
     zxingcpp.BarcodeFormat.UPCA, zxingcpp.BarcodeFormat.DataBar]
)  # fmt: skip
_BANDS = 12  # slices of the height, each added up before their slant is known
SLICES = {"whole": (0, 12), "middle": (4, 8), "upper": (0, 4), "lower": (8, 12)}  # bands of each
_SLANTS = np.linspace(-0.14, 0.14, 57)  # px along for each px down: errors of the direction that are searched
_BAR_FREQUENCIES = 0.7  # the lower part of all frequencies, in which bars are found rather than noise
_LEAST_AGREEMENT, _LEAST_EDGES = 0.25, 24  # of the bands, and between black and white: below it is writing or an edge
_CHECKED = {"Code128", "EAN13", "UPCA", "EAN8"}
_BETWEEN_MODULES = 0.29  # of a module, root mean square: what chance gives
_CLEAR = 3  # times the kernels of all other texts together
_UP = 4  # samples for each pixel
_ROWS = 2  # px of a drawn strip's height; the engine wants to see a line twice
_LONGEST = 1600  # px of a strip
_BEYOND = 1.2  # of a place's length, to both sides of it, where the rest of a retail number may lie
_ALIKE, _ALIKE_LEAST = 0.8, 0.86  # of the likest band, and of the middle one itself: how rows must agree with all
_LEAST_LINE = 60  # px


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """An inverse filter: gaussian of a sigma or box of a width in pixels, and how much noise it expects."""

    shape: str
    size: float
    noise: float


_GAUSS = (0.4, 0.6, 0.9, 1.2, 1.6, 2.0, 2.5, 3.1)
_BOX = (1.2, 2.0, 2.6, 3.2, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.5)
# Mild ones first, gaussian and box in turn; then those that trust a quiet line more.
KERNELS = tuple(
    Kernel(shape=shape, size=size, noise=noise)
    for noise in (0.02, 0.003)
    for shape, size in sorted(
        [("gauss", s) for s in _GAUSS] + [("box", s) for s in _BOX], key=lambda k: k[1] * (3 if k[0] == "gauss" else 1)
    )
)
QUICK = tuple(
    Kernel(shape=shape, size=size, noise=noise)
    for shape, size, noise in (
        ("gauss", 0.45, 0.01), ("box", 1.4, 0.01), ("gauss", 0.9, 0.02), ("box", 3.2, 0.02), ("gauss", 1.6, 0.003),
        ("box", 6.0, 0.02), ("gauss", 2.0, 0.003),
    )
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One text out of one slice of a place, and how many kernels gave it; `agreed` when no other text came near."""

    sighting: Sighting
    corners: Corners
    kernels: int
    agreed: bool


def read_place(
    gray: Gray, place: Place, *, slices: Iterable[str] = tuple(SLICES), kernels: tuple[Kernel, ...] = KERNELS
) -> Iterator[list[Heard]]:
    """Yield for each slice of a place what was read in it. Yields nothing for patches that are plainly no bars.

    The first slice is the whole height, the others are its parts: bars that converge, or a part that is damaged, spoil
    the sum. Corners are in pixels of the picture.
    """
    bands, to_picture, height = _bands(gray, place)
    for name in slices:
        first, last = SLICES[name]
        line, agreement = _upright_sum(bands[first:last], height / _BANDS)
        if agreement < _LEAST_AGREEMENT or _edges(_strips(line, kernels[:1])[0]) < _LEAST_EDGES:
            return
        yield _heard(line, _strips(line, kernels), kernels, to_picture, height)


def sum_rows(gray: Gray, place: Place) -> tuple[Lines, float]:
    """Add all rows of a place up along its bars; gives a grey value for each pixel, and how they agree."""
    bands, _, height = _bands(gray, place)
    return _upright_sum(bands, height / _BANDS)


def read_whole(gray: Gray, place: Place) -> list[tuple[Likely, Sighting]]:
    """Give the likeliest retail numbers of a place and beyond its ends: a patch may be a part of a code, or two.

    Rows that do not say what most say (print above, a fold, a reflection) are left out.
    """
    bands, to_picture, height = _bands(gray, place, beyond=_BEYOND)
    aligned, _ = _align(bands, height / _BANDS)
    mean = aligned.mean(axis=0)
    alike = np.array([_likeness(row, mean) for row in aligned])
    if float(np.median(alike)) < _ALIKE_LEAST:
        return []
    first, last = _inside(gray, to_picture, height, len(mean))
    if last - first < _LEAST_LINE:
        return []
    line = aligned[alike >= _ALIKE * alike.max(), first:last].mean(axis=0)
    found = []
    for likely in find_likely(line):
        box = [(likely.start + first, 0.0), (likely.end + first, 0.0), (likely.end + first, height)]
        corners = np.array([*box, (likely.start + first, height)]) @ to_picture[:, :2].T + to_picture[:, 2]
        symbology, text = as_printed(likely.symbology, likely.text)
        seen = Sighting(
            text=text,
            content=text.encode("ascii"),
            symbology=symbology,
            identifier="]E4" if symbology == "EAN8" else "]E0",
            corners=corners,
        )
        found.append((likely, seen))
    return found


def _likeness(one: Lines, other: Lines) -> float:
    one, other = one - one.mean(), other - other.mean()
    return float(one @ other / np.sqrt((one @ one) * (other @ other) + 1e-9))


def _inside(gray: Gray, to_picture: NDArray[np.float64], height: float, wide: int) -> tuple[int, int]:
    """Give from where to where the middle of a strip lies in the picture."""
    steps = np.stack([np.arange(wide), np.full(wide, height / 2)], axis=1)
    x, y = (steps @ to_picture[:, :2].T + to_picture[:, 2]).T
    inside = np.flatnonzero((x >= 0) & (x < gray.shape[1]) & (y >= 0) & (y < gray.shape[0]))
    return (int(inside[0]), int(inside[-1]) + 1) if len(inside) else (0, 0)


def _edges(strip: NDArray[np.uint8]) -> int:
    return int(np.count_nonzero(np.diff(strip)))


def _heard(
    line: Lines, strips: NDArray[np.uint8], kernels: tuple[Kernel, ...], to_picture: NDArray[np.float64], height: float
) -> list[Heard]:
    """Let the engine read each kernel's strip and count the texts.

    When a single kernel gave the only text, kernels a little longer and shorter are asked for it as well.
    """
    counted: dict[tuple[str, str], list[Sighting]] = {}
    voices: list[int] = []  # which kernels spoke
    for number, strip in enumerate(strips):
        voices += [number] * _count(counted, strip)
    if len(voices) == 1:
        for strip in _strips(line, _around(kernels[voices[0]])):
            _count(counted, strip)
    most = max((len(seen) for seen in counted.values()), default=0)
    rivals = sum(len(seen) for seen in counted.values()) - most
    return [
        Heard(
            sighting=seen[0],
            corners=_corners(seen[0], to_picture, height),
            kernels=len(seen),
            agreed=len(seen) == most and rivals * _CLEAR <= most,
        )
        for seen in counted.values()
    ]


def _count(counted: dict[tuple[str, str], list[Sighting]], strip: NDArray[np.uint8]) -> int:
    found = [seen for seen in _read(strip) if _is_clean(strip, seen)]
    for seen in found:
        counted.setdefault((seen.symbology, seen.text), []).append(seen)
    return len(found)


def _is_clean(strip: NDArray[np.uint8], seen: Sighting) -> bool:
    """Tell whether a retail number's slots are even, and the bars of a Code 128 whole modules wide, nearly.

    Of misreads many are neither. A character of a Code 128 is six elements of eleven modules, the last has a seventh.
    """
    if seen.symbology not in _CHECKED:
        return True
    start, end = seen.corners[:, 0].min(), seen.corners[:, 0].max()
    edges = np.flatnonzero(np.diff(strip)) + 1
    widths = np.diff(edges[(edges >= start - _UP) & (edges <= end + _UP)])
    if seen.symbology != "Code128":
        return retail.is_even(widths.astype(np.float64))
    if len(widths) % 6 != 1:
        return False
    characters = widths[:-1].reshape(-1, 6).astype(np.float64)
    modules = characters * (11 / characters.sum(axis=1, keepdims=True))
    return bool(np.sqrt(((modules - modules.round()) ** 2).mean()) <= _BETWEEN_MODULES)


@lru_cache(maxsize=64)
def _around(kernel: Kernel) -> tuple[Kernel, ...]:
    return tuple(replace(kernel, size=kernel.size * part) for part in (0.9, 0.95, 1.05, 1.1))


def _read(strip: NDArray[np.uint8]) -> list[Sighting]:
    found = zxingcpp.read_barcodes(
        np.repeat(strip[None], _ROWS, axis=0), formats=_FORMATS, text_mode=zxingcpp.TextMode.Plain,
        try_rotate=False, try_downscale=False, try_invert=False, binarizer=zxingcpp.Binarizer.BoolCast,
    )  # fmt: skip
    return [from_zxing(barcode) for barcode in found]


def _corners(seen: Sighting, to_picture: NDArray[np.float64], height: float) -> Corners:
    """Take the ends found in the upsampled strip to the picture."""
    start, end = seen.corners[:, 0].min() / _UP, seen.corners[:, 0].max() / _UP
    if seen.corners[0, 0] > seen.corners[1, 0]:
        start, end = end, start
    box = np.array([(start, 0.0), (end, 0.0), (end, height), (start, height)])
    return np.asarray(box @ to_picture[:, :2].T + to_picture[:, 2], np.float64)


def _bands(gray: Gray, place: Place, *, beyond: float = 0.12) -> tuple[Lines, NDArray[np.float64], float]:
    """Add the place's rows up in bands; gives them, the map (2 x 3) from strip to picture and the strip's height."""
    margin = beyond * place.length + 8
    wide = int(min(place.length + 2 * margin, _LONGEST))
    high = max(int(place.height), _BANDS)
    cosine, sine = np.cos(place.angle), np.sin(place.angle)
    step = place.height / high
    turn = np.array([[cosine, -sine * step], [sine, cosine * step]])
    to_picture = np.column_stack([turn, np.array([place.x, place.y]) - turn @ np.array([wide / 2, high / 2])])
    patch = cv2.warpAffine(
        gray, to_picture, (wide, high), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    bands = np.asarray(cv2.resize(patch.astype(np.float32), (wide, _BANDS), interpolation=cv2.INTER_AREA), np.float64)
    return bands, to_picture, float(high)


def _upright_sum(bands: Lines, pitch: float) -> tuple[Lines, float]:
    """Add bands up along the slant at which their edges agree best; `pitch` is their distance in pixels.

    Also gives how well they agree there: 1 when all say the same, one by their number when each says its own.
    """
    aligned, agreement = _align(bands, pitch)
    return np.asarray(aligned.mean(axis=0), np.float64), agreement


def _align(bands: Lines, pitch: float) -> tuple[Lines, float]:
    """Shift bands along the slant at which their edges agree best."""
    count, wide = bands.shape
    spectra = fft.rfft(_flat_ends(bands), axis=1)
    frequencies = fft.rfftfreq(wide)
    part = slice(1, max(2, int(_BAR_FREQUENCIES * len(frequencies))))
    weighed = spectra[:, part] * frequencies[part]
    agreed = _power_by_slant(weighed.astype(np.complex64), frequencies[part] * pitch)
    best = int(agreed.argmax())
    agreement = float(agreed[best] / (count * (np.abs(weighed) ** 2).sum() + 1e-9))
    offsets = (np.arange(count) - (count - 1) / 2) * pitch
    shifts = np.exp(2j * np.pi * frequencies[None] * (_SLANTS[best] * offsets)[:, None])
    return np.asarray(fft.irfft(spectra * shifts, wide, axis=1), np.float64), agreement


def _power_by_slant(spectra: NDArray[np.complex64], turns: NDArray[Any]) -> NDArray[np.float32]:
    """Give the power of the bands' sum (band x frequency) at each slant; `turns` a band for each px a px, by frequency.

    The sum is a polynomial in one band's turn: Horner's rule needs that turn only, not one for each band.
    """
    angles = (2 * np.pi * _SLANTS[:, None] * turns[None]).astype(np.float32)
    one = np.cos(angles) + np.complex64(1j) * np.sin(angles)
    total = np.repeat(spectra[-1:], len(_SLANTS), axis=0)
    for band in spectra[-2::-1]:
        total *= one
        total += band
    return np.asarray((total.real**2 + total.imag**2).sum(axis=1))


def _flat_ends(lines: Lines) -> Lines:
    """Let both ends run out into the line's mean, so that no edge appears where the line is closed to a ring."""
    wide = lines.shape[-1]
    window = np.ones(wide)
    soft = min(8, wide // 4)
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(soft) + 0.5) / soft)
    window[:soft], window[wide - soft :] = ramp, ramp[::-1]
    mean = lines.mean(axis=-1, keepdims=True)
    return np.asarray((lines - mean) * window + mean, np.float64)


@lru_cache(maxsize=64)
def _filters(wide: int, kernels: tuple[Kernel, ...]) -> NDArray[np.float32]:
    """Give the gain of each kernel at each frequency of a line of so many pixels."""
    frequencies = fft.rfftfreq(wide)
    gains = []
    for kernel in kernels:
        if kernel.shape == "gauss":
            blur = np.exp(-2 * (np.pi * kernel.size * frequencies) ** 2)
        else:
            blur = np.sinc(kernel.size * frequencies)
        gains.append(blur / (blur**2 + kernel.noise))
    return np.array(gains, np.float32)


def _strips(line: Lines, kernels: tuple[Kernel, ...]) -> NDArray[np.uint8]:
    """Sharpen and upsample the line by every kernel and cut it into black and white; a row a kernel."""
    wide = len(line)
    spectrum = (fft.rfft(_flat_ends(line)) * _UP).astype(np.complex64)
    sharp = np.asarray(fft.irfft(spectrum * _filters(wide, kernels), wide * _UP), np.float32)
    reach = max(9, wide // 9) | 1
    by_pixel = [sharp[:, first::_UP] for first in range(_UP)]
    around = np.ones((1, reach), np.uint8)
    high = cv2.blur(cv2.dilate(reduce(np.maximum, by_pixel), around), (reach, 1))
    low = cv2.blur(cv2.erode(reduce(np.minimum, by_pixel), around), (reach, 1))
    threshold = np.repeat((high + low) / 2, _UP, axis=1)
    return np.where(sharp > threshold, np.uint8(255), np.uint8(0))
