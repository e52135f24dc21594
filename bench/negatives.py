"""Pictures that hold no whole code, drawn to be taken for one: bars of all kinds, parts of codes, print, cloth, keys.

A text read in any of them is a wrong read. What is cut off a code, or drawn with a wrong check digit, is no code.
"""

from collections.abc import Callable
from functools import wraps

import cv2
import numpy as np

from bench.degraded import Gray
from bench.partial_codes import LOSSES, Print, print_code
from bench.photographs import BARS, RETAIL, draw_code

_SIZE = (240, 360)  # px, height and width
_WORDS = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789iIlL1|T/-.()")


def negative(number: int, random: np.random.Generator) -> Gray:
    """Draw the next kind of picture without a whole code, as a camera would see it."""
    return KINDS[number % len(KINDS)](random)


def _seen(scene: np.ndarray, random: np.random.Generator) -> Gray:
    """Turn, blur, light, noise and compress."""
    height, width = scene.shape
    turn = float(random.choice([0, 0, 90, random.uniform(-30, 30)]))
    view = cv2.getRotationMatrix2D((width / 2, height / 2), turn, float(random.uniform(0.5, 1.1)))
    ground = float(random.uniform(20, 230))
    scene = np.asarray(cv2.warpAffine(scene, view, (width, height), borderValue=ground), np.float64)
    scene = np.asarray(cv2.GaussianBlur(scene, (0, 0), float(random.uniform(0.3, 2.2))), np.float64)
    scene = (scene - 128) * random.uniform(0.2, 1.0) + random.uniform(90, 150)
    picture = (scene + random.normal(0, random.uniform(0.5, 6), scene.shape)).clip(0, 255).astype(np.uint8)
    if random.random() < 0.5:
        quality = int(random.integers(25, 90))
        picture = np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0))
    return picture


def _canvas(random: np.random.Generator) -> np.ndarray:
    return np.full(_SIZE, random.uniform(170, 250))


def _laid(rows: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Lay bars (modules, 1 is ink) on paper, high enough for a code."""
    scene = _canvas(random)
    module = random.uniform(1.5, max(1.6, 320 / len(rows)))
    wide = min(int(len(rows) * module), _SIZE[1] - 24)
    bars = cv2.resize(
        rows[None].astype(np.float32), (wide, int(random.integers(40, 150))), interpolation=cv2.INTER_AREA
    )
    left, top = int(random.integers(8, _SIZE[1] - wide - 8)), int(random.integers(10, 80))
    scene[top : top + bars.shape[0], left : left + wide] *= 1 - 0.85 * bars
    return scene


def _stripes(random: np.random.Generator) -> np.ndarray:
    """Bars of whole modules at random, with guards at both ends as codes have them."""
    widths = random.integers(1, 5, int(random.integers(20, 70)) | 1)
    bars = np.concatenate([np.full(w, (n + 1) % 2) for n, w in enumerate(widths)])
    guard = np.array([1, 0, 1])
    return _laid(np.concatenate([guard, [0], bars, [0], guard]), random)


def _odd_widths(random: np.random.Generator) -> np.ndarray:
    """Fences and blinds: bars of any width."""
    edges = np.cumsum(random.uniform(0.6, 6, 60))
    return _laid(np.searchsorted(edges, np.arange(0, edges[-1], 0.5)) % 2, random)


def _code(random: np.random.Generator) -> np.ndarray:
    kind = str(random.choice([*RETAIL, *BARS]))
    return draw_code(kind, random)[0][0]


def _cut(random: np.random.Generator) -> np.ndarray:
    """A code of which a part is missing at one end or both."""
    bars = _code(random)
    lost = int(len(bars) * random.uniform(0.12, 0.6))
    start = int(random.choice([0, lost, random.integers(0, lost + 1)]))
    return _laid(bars[start : start + len(bars) - lost], random)


def _at_the_border(random: np.random.Generator) -> np.ndarray:
    """A code that goes out of the picture."""
    bars = _code(random)
    module = random.uniform(1.6, 4)
    wide = int(len(bars) * module)
    drawn = cv2.resize(bars[None].astype(np.float32), (wide, 120), interpolation=cv2.INTER_NEAREST)
    shown = int(min(wide * random.uniform(0.3, 0.88), _SIZE[1] - 30))
    scene = np.full((_SIZE[0], shown + 30), 230.0)
    part = drawn[:, :shown] if random.random() < 0.5 else drawn[:, wide - shown :]
    at = 30 if part is not None and np.shares_memory(part, drawn[:, :1]) else 0
    scene[60:180, at : at + shown] *= 1 - 0.85 * part
    return scene


def _overlaid(random: np.random.Generator) -> np.ndarray:
    """Two codes over one another."""
    one, other = _code(random), _code(random)
    size = max(len(one), len(other))
    shift = int(random.integers(4, min(len(one), len(other)) // 2))  # they share half the shorter one at least
    both = np.zeros(size + shift)
    both[: len(one)] = one
    both[shift : shift + len(other)] = np.maximum(both[shift : shift + len(other)], other)
    both[len(both) // 2] = 1
    return _laid(both, random)


def _wiped(random: np.random.Generator) -> np.ndarray:
    """A code over whose whole height something white or black lies."""
    bars = _code(random).astype(np.float64)
    wide = int(len(bars) * random.uniform(0.15, 0.35))
    start = int(random.integers(3, len(bars) - wide - 3))
    bars[start : start + wide] = random.integers(0, 2)
    return _laid(bars, random)


def _over_exposed(random: np.random.Generator) -> np.ndarray:
    """Bars whose thin ones are gone in the light: what is left is another number, or none."""
    bars = _code(random).astype(np.uint8)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bars, [0]])))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start == 1 and random.random() < 0.7:
            bars[start:end] = 0
    return _laid(bars, random)


def _text(random: np.random.Generator) -> np.ndarray:
    scene = _canvas(random)
    size = float(random.uniform(0.3, 1.6))
    layer = np.zeros(_SIZE, np.uint8)
    for baseline in range(int(14 * size) + 6, _SIZE[0], int(30 * size) + 4):
        words = "".join(random.choice(_WORDS, 60))
        font = int(random.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX]))
        cv2.putText(layer, words, (4, baseline), font, size, 255, max(1, int(2 * size)), cv2.LINE_AA)
    return scene * (1 - 0.8 * layer / 255)


def _keyboard(random: np.random.Generator) -> np.ndarray:
    layer = np.full(_SIZE, 40, np.uint8)
    step = int(random.integers(14, 44))
    for y in range(6, _SIZE[0], step):
        for x in range(6 + y % step // 2, _SIZE[1], step):
            cv2.rectangle(layer, (x, y), (x + step - 5, y + step - 5), int(random.integers(120, 220)), -1)
            cv2.putText(layer, str(random.choice(_WORDS)), (x + 3, y + step // 2), 0, step / 60, 20, 1)
    return layer.astype(np.float64)


def _cloth(random: np.random.Generator) -> np.ndarray:
    x, y = np.meshgrid(np.arange(_SIZE[1]), np.arange(_SIZE[0]))
    a, b = random.uniform(0.3, 2.5, 2)
    return np.asarray(128 + 50 * np.sin(a * x + 0.3 * np.sin(y / 20)) + random.uniform(0, 50) * np.sin(b * y))


def _wood(random: np.random.Generator) -> np.ndarray:
    lines = np.cumsum(random.normal(0, 1, _SIZE[1]))
    lines = (lines - lines.mean()) / (lines.std() + 1e-9)
    return np.asarray(128 + 60 * np.sin(4 * lines)[None] + random.normal(0, 4, _SIZE))


def _grid(random: np.random.Generator) -> np.ndarray:
    """Windows, tiles, racks: squares that look like the corners of a matrix code."""
    cells = random.integers(0, 2, (int(random.integers(8, 30)), int(random.integers(8, 30)))).astype(np.float32)
    return np.asarray(cv2.resize(cells, _SIZE[::-1], interpolation=cv2.INTER_NEAREST) * 200 + 20, np.float64)


def _table(random: np.random.Generator) -> np.ndarray:
    scene = _canvas(random)
    scene[:, :: int(random.integers(5, 40))] = 20
    scene[:: int(random.integers(9, 50))] = 20
    return scene


def _noise(random: np.random.Generator) -> np.ndarray:
    return np.asarray(
        cv2.GaussianBlur(random.normal(128, 90, _SIZE), (0, 0), float(random.uniform(0.4, 4))), np.float64
    )


def _as_seen(draw: Callable[[np.random.Generator], np.ndarray]) -> Callable[[np.random.Generator], Gray]:
    @wraps(draw)
    def picture(random: np.random.Generator) -> Gray:
        return _seen(np.asarray(draw(random), np.float64), random)

    return picture


def _of_a_print(lose: Callable[[Print, np.random.Generator], Gray]) -> Callable[[np.random.Generator], Gray]:
    @wraps(lose)
    def picture(random: np.random.Generator) -> Gray:
        return lose(print_code(random), random)

    return picture


_SCENES = (
    _stripes, _odd_widths, _cut, _at_the_border, _overlaid, _wiped, _over_exposed, _text, _keyboard, _cloth, _wood,
    _grid, _table, _noise,
)  # fmt: skip
KINDS: tuple[Callable[[np.random.Generator], Gray], ...] = (*map(_as_seen, _SCENES), *map(_of_a_print, LOSSES))
