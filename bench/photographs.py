"""Photographs of goods as a shop floor or a telephone takes them: other print around, far from a test sheet.

A package or label is drawn with other print beside the code, bent, crumpled, lit from a side, seen at a slant, out of
focus in a disc as lenses are, shaken, taken with few pixels, brightened unevenly and compressed. All of it follows from
the random generator. Nothing here is taken from any collection of pictures.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from bench.degraded import Gray, with_check_digit

_FORMAT = zxingcpp.BarcodeFormat
_FINE = 3  # drawn pixels for each of the camera's
_TEXTURE = 6  # pixels of the drawn paper a module
_LETTERS = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/. $%abcdefghiklmnoprstu")
Plane = NDArray[np.float32]

RETAIL = ("EAN13", "UPCA", "EAN8", "UPCE", "ITF")
MATRIX = ("QRCode", "DataMatrix")
BARS = ("Code128", "Code39")
KINDS = (*RETAIL, *BARS, *MATRIX)


@dataclass(frozen=True, kw_only=True)
class Hardness:
    """The worst of each damage that a set of photographs may have; what each has lies between none and that.

    `pixels` is the least a module has, blurs are in modules, angles in degrees.
    """

    pixels: float = 1.2
    defocus: float = 0.9
    motion: float = 1.0
    slant: float = 35.0
    bend: float = 0.7
    dark: float = 0.6


MIXED = Hardness()
BLURRED = Hardness(pixels=1.2, defocus=1.3, motion=0.5, slant=15, bend=0.3, dark=0.4)


def photograph(kind: str, random: np.random.Generator, hardness: Hardness = MIXED) -> tuple[Gray, str]:
    """Take a picture of goods with one code of that kind; gives it and what must be read."""
    modules, text = draw_code(kind, random)
    paper = _package(modules, kind, text, random)
    pixels = float(np.exp(random.uniform(np.log(hardness.pixels), np.log(3.5))))
    scene = _taken(paper, pixels, random, hardness)
    return _developed(scene, pixels, random, hardness), text


def draw_code(kind: str, random: np.random.Generator) -> tuple[Gray, str]:
    """Give the modules (1 is ink) of a code with a text at random, and the text as printed."""
    digits = "".join(str(d) for d in random.integers(0, 10, 14))
    letters = "".join(random.choice(_LETTERS[:39], int(random.integers(5, 13)))).strip() or "A12"
    if kind == "EAN13":
        text = with_check_digit(str(random.integers(1, 10)) + digits[:11])
    elif kind == "UPCA":
        text = with_check_digit(digits[:11])
    elif kind == "EAN8":
        text = with_check_digit(digits[:7])
    elif kind == "UPCE":
        text = str(
            zxingcpp.create_barcode("0" + digits[:5].replace("0", "7") + str(5 + int(digits[5]) % 5), _FORMAT.UPCE).text
        )
    elif kind == "ITF":
        text = with_check_digit(digits[:13])
    else:
        text = letters if kind != "QRCode" else f"https://example.org/{letters.replace(' ', '')}?b={digits}"
    barcode = zxingcpp.create_barcode(text[:-1] if kind in ("EAN13", "UPCA", "EAN8") else text, _format(kind))
    modules = (np.array(barcode.to_image(scale=1, add_quiet_zones=False)) < 128).astype(np.uint8)
    if kind not in MATRIX:
        high = modules.shape[1] * random.uniform(0.25, 0.7)
        modules = np.repeat(modules[:1], max(8, int(high)), axis=0)
    if kind == "UPCE":
        text = barcode.text[-8:] if len(barcode.text) == 8 else str(barcode.text)
    return modules, text


def _format(kind: str) -> zxingcpp.BarcodeFormat:
    return _FORMAT.__members__["Code39Std" if kind == "Code39" else kind]


def _package(modules: Gray, kind: str, text: str, random: np.random.Generator) -> Plane:
    """Draw a printed surface with the code on it: light 0 to 1."""
    rows, columns = modules.shape
    quiet = float(random.choice([10, 7, 4, 2.5])) if kind not in MATRIX else float(random.choice([4, 2, 1.5]))
    around = random.uniform(0.15, 0.8) * columns
    wide, high = int((columns + 2 * quiet + around) * _TEXTURE), int((rows + 2 * quiet + 24 + around) * _TEXTURE)
    ground = float(random.uniform(0.05, 0.95))
    paper = np.full((high, wide), round(255 * ground), np.uint8)
    for _ in range(int(random.integers(0, 14))):
        _print_something(paper, random)
    white, ink = float(random.uniform(150, 242)), float(random.uniform(8, 64))
    left = int(random.uniform(0, around) * _TEXTURE)
    top = int(random.uniform(0, around) * _TEXTURE)
    zone = int(quiet * _TEXTURE)
    size = (columns * _TEXTURE, rows * _TEXTURE)
    paper[top : top + size[1] + 2 * zone + 14 * _TEXTURE, left : left + size[0] + 2 * zone] = white
    drawn = cv2.resize(modules.astype(np.float32), size, interpolation=cv2.INTER_NEAREST)
    spread = random.uniform(-0.15, 0.25)  # ink that runs, in modules
    if abs(spread) > 0.05 and kind not in MATRIX:
        reach = max(1, round(abs(spread) * _TEXTURE))
        shape = np.ones((1, reach + 1), np.uint8)
        drawn = cv2.dilate(drawn, shape) if spread > 0 else cv2.erode(drawn, shape)
    y, x = top + zone, left + zone
    inverted = kind in MATRIX and random.random() < 0.06
    if inverted:
        paper[top : top + size[1] + 2 * zone, left : left + size[0] + 2 * zone] = ink
        drawn = 1 - drawn
    paper[y : y + size[1], x : x + size[0]] = np.asarray(white - drawn * (white - ink), np.uint8)
    if kind not in MATRIX:
        _write(paper, text, (x, y + size[1] + 8 * _TEXTURE), ink, _TEXTURE * random.uniform(0.25, 0.3))
        if random.random() < 0.4:
            _write(paper, "ISBN " + text[:9], (x, y - 2 * _TEXTURE), ink, _TEXTURE * 0.2)
        if kind in ("EAN13", "UPCA") and random.random() < 0.3:
            _add_on(paper, (x + size[0] + 9 * _TEXTURE, y + 8 * _TEXTURE), size[1], white, ink, random)
    return np.asarray(paper, np.float32) / 255


def _add_on(
    paper: Gray, place: tuple[int, int], high: int, white: float, ink: float, random: np.random.Generator
) -> None:
    """Draw the five digits that books and magazines have beside the number."""
    barcode = zxingcpp.create_barcode("".join(str(d) for d in random.integers(0, 10, 5)), _FORMAT.EAN5)
    bars = (np.array(barcode.to_image(scale=1, add_quiet_zones=False))[:1] < 128).astype(np.float32)
    drawn = cv2.resize(bars, (bars.shape[1] * _TEXTURE, max(1, high - 8 * _TEXTURE)), interpolation=cv2.INTER_NEAREST)
    x, y = place
    part = paper[y : y + drawn.shape[0], x - 9 * _TEXTURE : x + drawn.shape[1] + 5 * _TEXTURE]
    part[:] = white
    target = paper[y : y + drawn.shape[0], x : x + drawn.shape[1]]
    target[:] = (white - drawn[: target.shape[0], : target.shape[1]] * (white - ink)).astype(np.uint8)


def _print_something(paper: Gray, random: np.random.Generator) -> None:
    high, wide = paper.shape
    shade = float(random.uniform(0, 255))
    x, y = int(random.integers(0, wide)), int(random.integers(0, high))
    kind = random.integers(4)
    if kind == 0:
        cv2.rectangle(paper, (x, y), (x + int(random.integers(9, wide)), y + int(random.integers(4, high // 3 + 5))),
                      shade, -1 if random.random() < 0.5 else 3)  # fmt: skip
    elif kind == 1:
        cv2.ellipse(paper, (x, y), (int(random.integers(5, wide // 3 + 6)), int(random.integers(5, high // 3 + 6))),
                    float(random.uniform(0, 180)), 0, 360, shade, -1)  # fmt: skip
    else:
        _write(paper, "".join(random.choice(_LETTERS, int(random.integers(3, 24)))), (x // 2, y), shade,
               float(random.uniform(0.6, 3)))  # fmt: skip


def _write(paper: Gray, words: str, place: tuple[int, int], shade: float, size: float) -> None:
    cv2.putText(paper, words, place, cv2.FONT_HERSHEY_DUPLEX, size, shade, max(1, int(size * 2)), cv2.LINE_AA)


def _taken(paper: Plane, pixels: float, random: np.random.Generator, hardness: Hardness) -> Plane:
    """Look at the paper: slanted, turned, bent and crumpled, before a blurred background; `_FINE` times as large."""
    high, wide = paper.shape
    scale = pixels * _FINE / _TEXTURE
    turn = float(random.normal(0, 8) + random.choice([0, 0, 0, 0, 90, 180, 270, random.uniform(0, 360)]))
    view = _view((wide, high), scale, turn, random, hardness)
    corners = cv2.perspectiveTransform(np.array([[(0, 0), (wide, 0), (wide, high), (0, high)]], np.float32), view)[0]
    low, most = corners.min(axis=0), corners.max(axis=0)
    margin = float(random.uniform(0.02, 0.2)) * float((most - low).max())
    across, down = (np.ceil((most - low + 2 * margin) / _FINE).astype(int) * _FINE).clip(60, 2400)
    shift = np.array([[1, 0, margin - low[0]], [0, 1, margin - low[1]], [0, 0, 1]])
    back = np.linalg.inv(shift @ view)
    x, y = np.meshgrid(np.arange(across, dtype=np.float32), np.arange(down, dtype=np.float32))
    w = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    u, v = (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / w, (back[1, 0] * x + back[1, 1] * y + back[1, 2]) / w
    shade = np.ones_like(u)
    if random.random() < 0.35:  # a bottle or a can
        radius = wide / 2 / np.sin(max(0.05, hardness.bend * random.uniform(0.2, 1.2)))
        off = np.clip((u - wide / 2) / radius, -0.99, 0.99)
        u = wide / 2 + np.arcsin(off) * radius
        shade = np.sqrt(1 - off**2) ** random.uniform(0, 1)
    if random.random() < 0.3:  # film
        for _ in range(2):
            wave = _cloud(u.shape, random) * hardness.bend
            u, v = u + wave * _TEXTURE * 1.5, v + wave[:, ::-1] * _TEXTURE * 1.5
            shade = shade * (1 + 0.15 * wave)
    background = float(random.uniform(0.05, 0.9)) + 0.2 * _cloud(u.shape, random)
    seen = cv2.remap(paper, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR, borderValue=-1)
    return np.where(seen < 0, background, seen * shade).clip(0, 1).astype(np.float32)


def _view(
    size: tuple[int, int], scale: float, turn: float, random: np.random.Generator, hardness: Hardness
) -> NDArray[np.float64]:
    a, b = np.radians(hardness.slant) * random.uniform(-1, 1, 2)
    c = np.radians(turn)
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    rotation = about_z @ about_x @ about_y
    distance = max(size) * random.uniform(1.5, 4)
    centre = np.array([[1, 0, -size[0] / 2], [0, 1, -size[1] / 2], [0, 0, 1]])
    plane = rotation[:, :2]
    lens = np.array([[distance * scale, 0, 0], [0, distance * scale, 0], [0, 0, 1]])
    return np.asarray(lens @ np.column_stack([plane, [0, 0, distance]]) @ centre, np.float64)


def _cloud(shape: tuple[int, ...], random: np.random.Generator) -> Plane:
    """Give smooth values of about -1 to 1."""
    small = random.normal(0, 1, (int(random.integers(3, 7)), int(random.integers(3, 7)))).astype(np.float32)
    return np.asarray(cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def _developed(scene: Plane, pixels: float, random: np.random.Generator, hardness: Hardness) -> Gray:
    """Light, lens, shake, sensor and file."""
    fine = pixels * _FINE
    scene = scene * (1 + 0.35 * random.random() * _cloud(scene.shape, random)).clip(0.3, 1.6)
    if random.random() < 0.12:
        y, x = random.uniform(0, 1, 2) * np.array(scene.shape)
        light = np.zeros_like(scene)
        size = (int(scene.shape[1] * random.uniform(0.03, 0.2)), int(scene.shape[0] * random.uniform(0.03, 0.2)))
        cv2.ellipse(light, (int(x), int(y)), size, float(random.uniform(0, 180)), 0, 360, 0.8, -1)
        scene = scene + cv2.GaussianBlur(light, (0, 0), max(size) / 4 + 1)
    radius = 2 * hardness.defocus * random.uniform(0, 1) * fine
    if radius > 0.6:
        scene = np.asarray(cv2.filter2D(scene, -1, _disc(radius)), np.float32)
    if random.random() < 0.3:
        scene = np.asarray(cv2.filter2D(scene, -1, _shake(hardness.motion * random.uniform(0, 1) * fine, random)))
    scene = cv2.GaussianBlur(scene, (0, 0), 0.4 * _FINE)
    small = cv2.resize(scene, None, fx=1 / _FINE, fy=1 / _FINE, interpolation=cv2.INTER_AREA)
    strength = 1 - hardness.dark * random.random() ** 2
    levels = 255 * (small.clip(0, 2) * strength) ** random.uniform(0.7, 1.2) + random.uniform(0, 25)
    levels = levels + random.normal(0, random.uniform(0.5, 4), levels.shape)
    if random.random() < 0.3:  # a telephone's sharpening
        levels = 1.6 * levels - 0.6 * cv2.GaussianBlur(levels, (0, 0), 1.2)
    picture = np.asarray(levels.clip(0, 255).round(), np.uint8)
    if random.random() < 0.7:
        quality = int(random.integers(35, 95))
        picture = np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0))
    return picture


def _disc(radius: float) -> Plane:
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return np.asarray(disc / disc.sum(), np.float32)


def _shake(length: float, random: np.random.Generator) -> Plane:
    reach = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    turn = random.uniform(0, np.pi)
    for step in np.linspace(-length / 2, length / 2, 4 * reach + 1):
        kernel[round(reach + step * np.sin(turn)), round(reach + step * np.cos(turn))] += 1
    return np.asarray(kernel / kernel.sum(), np.float32)
