"""Labels as a hand shows them to a camera: drawn, tilted, turned, blurred, dimmed, glared on, noised and compressed.

Every picture follows from its seed, its symbology and its `Damage`. The scene is drawn at several times the camera's
pixels, so that blur and perspective happen before the pixels do, as in a camera.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from scanners import gs1

Gray = NDArray[np.uint8]

_FINE = 4  # drawn pixels for each of the camera's
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789-/."
_FORMAT = zxingcpp.BarcodeFormat
_LINEAR = {"Code128", "GS1-128", "EAN13", "ITF", "Code39"}
_PAPER, _INK = 0.85, 0.12  # of full light
_VIEWPOINT = 3.0  # the camera's distance in label lengths


@dataclass(frozen=True, kw_only=True)
class Damage:
    """What is done to a label. Lengths of blur are in modules, `pixels` in pixels a module, angles in degrees.

    `contrast` is paper minus ink in grey levels (None: as printed), `noise` a standard deviation in grey levels,
    `glare` the part of the code's width under it, `jpeg` a quality.
    """

    pixels: float = 3.0
    motion: float = 0.0
    defocus: float = 0.0
    contrast: float | None = None
    noise: float = 1.0
    glare: float = 0.0
    tilt: float = 0.0
    rotation: float = 0.0
    jpeg: int | None = None


@dataclass(frozen=True, kw_only=True)
class Label:
    """A drawn code: its modules (rows of 0 and 1, 1 is ink), and what a reader must give."""

    modules: Gray
    text: str
    symbology: str


def make_label(kind: str, random: np.random.Generator) -> Label:
    """Draw a code with a text at random: Code128, GS1-128, DataMatrix, QRCode, EAN13, ITF or Code39."""
    text, written = _text(kind, random)
    symbology = "Code128" if kind == "GS1-128" else kind
    options = {"gs1": True} if kind == "GS1-128" else {"force_square": True} if kind == "DataMatrix" else {}
    barcode = zxingcpp.create_barcode(written, _FORMAT.__members__[symbology], **options)
    modules = (np.array(barcode.to_image(scale=1, add_quiet_zones=False)) < 128).astype(np.uint8)
    if kind in _LINEAR:
        modules = np.repeat(modules[:1], int(random.integers(20, 41)), axis=0)
    return Label(modules=modules, text=text, symbology=symbology)


def _text(kind: str, random: np.random.Generator) -> tuple[str, str]:
    """Give what must be read and what the writer is told."""
    digits = "".join(str(d) for d in random.integers(0, 10, 13))
    letters = "".join(random.choice(list(_LETTERS), int(random.integers(8, 15))))
    if kind == "GS1-128":
        elements = [("01", with_check_digit(digits)), ("10", letters[:8].replace(" ", ""))]
        return gs1.encode(elements), "".join(f"({ai}){value}" for ai, value in elements)
    if kind in ("EAN13", "ITF"):
        number = with_check_digit(("4" + digits)[: 12 if kind == "EAN13" else 13])
        return number, number
    return letters, letters


def with_check_digit(digits: str) -> str:
    """Append the GS1 check digit."""
    weighted = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(digits)))
    return digits + str(-weighted % 10)


def show(label: Label, damage: Damage, random: np.random.Generator) -> Gray:
    """Give the camera's picture of one label on a table, the code in its middle."""
    fine = damage.pixels * _FINE
    paper, code = _paper(label, fine, random)
    scene, place = _seen(paper, code, damage, random)
    scene = _blurred(scene, damage, fine)
    if damage.glare:
        _glare(scene, place, damage, random)
    return _camera(cv2.resize(scene, None, fx=1 / _FINE, fy=1 / _FINE, interpolation=cv2.INTER_AREA), damage, random)


def _paper(label: Label, fine: float, random: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw the paper with the code and lines of writing; gives it and the code's corners on it."""
    quiet = 10
    rows, columns = label.modules.shape
    size = (round(columns * fine), round(rows * fine))
    ink = cv2.resize(label.modules.astype(np.float32), size, interpolation=cv2.INTER_NEAREST)
    left, top = round(quiet * fine), round(14 * fine)
    paper = np.full((size[1] + 2 * top, size[0] + 2 * left), _PAPER, np.float32)
    paper[top : top + size[1], left : left + size[0]] -= ink * (_PAPER - _INK)
    writing = np.zeros(paper.shape, np.uint8)
    for baseline in (9.5 * fine, paper.shape[0] - 3.5 * fine):
        words = "".join(random.choice(list(_LETTERS), 10))
        place = (left, int(baseline))
        cv2.putText(writing, words, place, cv2.FONT_HERSHEY_DUPLEX, fine / 4.2, 255, max(1, int(fine)))
    paper[writing > 127] = _INK
    corners = [(left, top), (left + size[0], top), (left + size[0], top + size[1]), (left, top + size[1])]
    return paper, np.array(corners, np.float32)


def _seen(
    paper: NDArray[np.float32], code: NDArray[np.float32], damage: Damage, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Tilt the paper about its vertical axis, turn it in the plane, lay it on a table; gives the code's corners too."""
    height, width = paper.shape
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    shaped = _project(flat, (width, height), damage)
    low, high = shaped.min(axis=0), shaped.max(axis=0)
    margin = 0.06 * float((high - low).max()) + 24 * _FINE
    shift = margin - low + random.uniform(0, _FINE, 2)
    across, down = np.ceil((high - low + 2 * margin) / _FINE).astype(int) * _FINE
    view = cv2.getPerspectiveTransform(flat, (shaped + shift).astype(np.float32))
    table = float(random.uniform(0.25, 0.6))
    scene = cv2.warpPerspective(paper, view, (int(across), int(down)), flags=cv2.INTER_LINEAR, borderValue=table)
    return np.asarray(scene, np.float32), np.asarray(cv2.perspectiveTransform(code[None], view)[0], np.float32)


def _project(points: NDArray[np.float32], size: tuple[int, int], damage: Damage) -> NDArray[np.float32]:
    """Project points of the paper as a camera sees them whose axis meets the paper's middle."""
    tilt, turn = np.radians(damage.tilt), np.radians(damage.rotation)
    x, y = (points - np.array(size) / 2).T
    distance = _VIEWPOINT * max(size)
    nearer = distance / (distance + x * np.sin(tilt))
    x, y = x * np.cos(tilt) * nearer, y * nearer
    turned = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=1)
    return np.asarray(turned, np.float32)


def _blurred(scene: NDArray[np.float32], damage: Damage, fine: float) -> NDArray[np.float32]:
    """Move along the reading direction and defocus; on top comes what any lens blurs."""
    if damage.motion:
        length = damage.motion * fine
        reach = int(np.ceil(length / 2)) + 1
        turn = np.radians(damage.rotation)
        kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
        for step in np.linspace(-length / 2, length / 2, int(4 * length) + 1):
            x, y = reach + step * np.cos(turn), reach + step * np.sin(turn)
            left, top = int(x), int(y)
            for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
                if left + dx <= 2 * reach and top + dy <= 2 * reach:
                    kernel[top + dy, left + dx] += (1 - abs(x - left - dx)) * (1 - abs(y - top - dy))
        scene = np.asarray(cv2.filter2D(scene, -1, kernel / kernel.sum()), np.float32)
    sigma = float(np.hypot(damage.defocus * fine, 0.35 * _FINE))
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), sigma), np.float32)


def _glare(scene: NDArray[np.float32], code: NDArray[np.float32], damage: Damage, random: np.random.Generator) -> None:
    """Let a lamp's reflection cover a part of the code's width over most of its height."""
    across, down = code[1] - code[0], code[3] - code[0]
    middle = code[0] + across * random.uniform(0.2, 0.8) + down * random.uniform(0.3, 0.7)
    axes = (np.linalg.norm(across) * damage.glare / 2, np.linalg.norm(down) * random.uniform(0.3, 1.1))
    angle = float(np.degrees(np.arctan2(across[1], across[0])))
    light = np.zeros_like(scene)
    cv2.ellipse(light, (int(middle[0]), int(middle[1])), (int(axes[0]), int(axes[1])), angle, 0, 360, 1.0, -1)
    scene += cv2.GaussianBlur(light, (0, 0), 2 * _FINE)


def _camera(scene: NDArray[np.float32], damage: Damage, random: np.random.Generator) -> Gray:
    """Turn light into grey levels, with noise, and compress."""
    levels = scene * 255
    if damage.contrast is not None:
        levels = 110 + (scene - (_PAPER + _INK) / 2) * damage.contrast / (_PAPER - _INK)
    levels = levels + random.normal(0, damage.noise, levels.shape)
    picture = np.asarray(levels.clip(0, 255).round(), np.uint8)
    if damage.jpeg is not None:
        picture = np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, damage.jpeg])[1], 0))
    return picture


def handheld(random: np.random.Generator) -> Damage:
    """Give what a hand does to one frame."""
    return Damage(
        pixels=2.2,
        tilt=float(random.uniform(10, 40) * random.choice([-1, 1])),
        rotation=float(random.uniform(-25, 25)),
        motion=float(random.uniform(0.5, 2)),
        defocus=0.4,
        contrast=float(random.uniform(30, 120)),
        noise=2.0,
        jpeg=int(random.integers(30, 71)),
    )


def frame(
    kind: str,
    codes: int,
    random: np.random.Generator,
    *,
    pixels: tuple[float, float],
    size: tuple[int, int] = (1080, 1920),
) -> tuple[Gray, list[str]]:
    """Give a frame of height x width pixels with so many labels, each at its own size and angle, and the texts."""
    height, width = size
    light = np.linspace(90, 150, width)[None, :] + np.linspace(-15, 15, height)[:, None]
    scene = (light + cv2.GaussianBlur(random.normal(0, 60, size), (0, 0), 12) + random.normal(0, 2, size)).clip(0, 255)
    picture = scene.round().astype(np.uint8)
    columns = max(1, int(np.ceil(np.sqrt(codes * width / height * 0.6))))
    rows = -(-codes // columns)
    cell = (height // max(rows, 1), width // columns)
    texts: list[str] = []
    for number in range(codes):
        for _ in range(20):  # until it fits its cell
            label = make_label(kind, random)
            damage = Damage(pixels=float(random.uniform(*pixels)), rotation=float(random.uniform(-8, 8)), noise=1.5)
            seen = show(label, damage, random)
            if seen.shape[0] <= cell[0] and seen.shape[1] <= cell[1]:
                break
        else:
            raise ValueError(f"{codes} labels of {pixels} pixels a module do not fit {size}")
        top = number // columns * cell[0] + int(random.integers(0, cell[0] - seen.shape[0] + 1))
        left = number % columns * cell[1] + int(random.integers(0, cell[1] - seen.shape[1] + 1))
        picture[top : top + seen.shape[0], left : left + seen.shape[1]] = seen
        texts.append(label.text)
    return picture, texts
