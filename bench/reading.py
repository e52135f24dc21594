"""Damaged labels, frames, real pictures and pictures without a code: ours beside zxing-cpp, pyzbar and OpenCV raw.

    python -m bench.reading [--seed 1] [--cell 24] [--only damage,photographs,frames,real,nothing] [--kinds Code128,…]

Each decoder gets the same pictures in the same run. `wrong` counts texts that are in no code of the picture, times are
CPU milliseconds of this process with one thread. A third of the real pictures, by the hash of their names, was never
looked at while the decoder was made, and is told apart.
"""

import argparse
import csv
import hashlib
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import zxingcpp

from bench.degraded import Damage, Gray, frame, handheld, make_label, show
from bench.measure import ORDERS, Measured, Scale
from bench.negatives import negative
from bench.photographs import BLURRED, KINDS, MIXED, Hardness, photograph
from scanners import engines
from scanners.decode import decode, read_picture
from scanners.live import LiveReader

SCANS = ORDERS.with_name("scans")  # beside the repository, when it is there
Reader = Callable[[Gray], list[str]]
Maker = Callable[[np.random.Generator], Damage]

DAMAGES: dict[str, Maker] = {
    "clean": lambda _: Damage(),
    "2.0 px a module": lambda _: Damage(pixels=2.0),
    "1.5 px": lambda _: Damage(pixels=1.5),
    "1.25 px": lambda _: Damage(pixels=1.25),
    "1.0 px": lambda _: Damage(pixels=1.0),
    "motion 1.0 modules": lambda _: Damage(motion=1.0),
    "motion 2.0": lambda _: Damage(motion=2.0),
    "motion 3.0": lambda _: Damage(motion=3.0),
    "defocus 0.5 modules": lambda _: Damage(defocus=0.5),
    "defocus 0.75": lambda _: Damage(defocus=0.75),
    "defocus 1.0": lambda _: Damage(defocus=1.0),
    "low light 20/4": lambda _: Damage(contrast=20, noise=4),
    "low light 12/5": lambda _: Damage(contrast=12, noise=5),
    "low light 8/6": lambda _: Damage(contrast=8, noise=6),
    "glare 15 %": lambda _: Damage(glare=0.15),
    "glare 30 %": lambda _: Damage(glare=0.3),
    "glare 50 %": lambda _: Damage(glare=0.5),
    "tilt 45": lambda _: Damage(tilt=45),
    "tilt 60": lambda _: Damage(tilt=60),
    "tilt 70": lambda _: Damage(tilt=70),
    "rotation 0-360": lambda random: Damage(rotation=float(random.uniform(0, 360))),
    "JPEG 20 at 2 px": lambda _: Damage(pixels=2.0, jpeg=20),
    "JPEG 10 at 2 px": lambda _: Damage(pixels=2.0, jpeg=10),
    "handheld": handheld,
}
GOALS = {  # per cent of Code 128; the figures the decoder is made for
    "low light 20/4": 95, "motion 2.0": 60, "defocus 0.75": 90, "rotation 0-360": 98, "1.25 px": 100, "tilt 60": 100,
    "low light 12/5": 60, "motion 3.0": 30, "defocus 1.0": 15, "tilt 70": 40, "handheld": 50,
}  # fmt: skip


def _zxing(gray: Gray) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(gray, text_mode=zxingcpp.TextMode.Plain)]


def _opencv(gray: Gray) -> list[str]:
    bars, square = cv2.barcode.BarcodeDetector(), cv2.QRCodeDetector()
    texts = bars.detectAndDecodeMulti(gray)[1]
    more = square.detectAndDecodeMulti(gray)[1]
    return [text for text in (*texts, *more) if text]


def readers() -> dict[str, Reader]:
    """Give the decoders that are compared; pyzbar where its library is."""
    found: dict[str, Reader] = {"zxing-cpp": _zxing}
    if engines.find_zbar():
        from pyzbar import pyzbar

        found["pyzbar"] = lambda gray: [seen.data.decode("utf-8", "replace") for seen in pyzbar.decode(gray)]
    found["OpenCV"] = _opencv
    found["ours"] = lambda gray: [code.text for code in decode(gray)]
    return found


@dataclass(kw_only=True)
class Tally:
    """What one decoder did on a set of pictures."""

    codes: int = 0
    found: int = 0
    wrong: list[str] = field(default_factory=list)
    times_ms: list[float] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Found codes in per cent of those that must be found."""
        return 100 * self.found / self.codes if self.codes else 0.0

    def as_text(self) -> str:
        """Write recall, wrong texts and mean time for a cell of the table."""
        mark = f" !{len(self.wrong)}" if self.wrong else ""
        return f"{self.recall:.0f}{mark} ({np.mean(self.times_ms):.0f})"

    def count(self, texts: list[str], wanted: Iterable[set[str]], allowed: set[str], spent_ms: float) -> None:
        """Count one picture: each wanted code may be spelt in several ways; what is in no code is wrong."""
        self.times_ms.append(spent_ms)
        right = set(allowed)
        for spellings in wanted:
            self.codes += 1
            self.found += bool(spellings & set(texts))
            right |= spellings
        self.wrong += sorted(set(texts) - right)


def _timed(reader: Reader, gray: Gray) -> tuple[list[str], float]:
    start = time.process_time()
    texts = reader(gray)
    return [canonical(text) for text in texts], (time.process_time() - start) * 1000


def canonical(text: str) -> str:
    """Make the spellings of one retail number alike: UPC-E as its UPC-A, UPC-A as EAN-13; drop separators."""
    text = text.replace("\x1d", "").strip()
    if len(text) == 12 and text.isascii() and text.isdigit():
        return "0" + text
    return text


def damaged(kind: str, damage: Maker, *, cell: int, seed: int, among: dict[str, Reader]) -> dict[str, Tally]:
    """Show so many labels with one damage to every decoder."""
    tallies = {name: Tally() for name in among}
    random = np.random.default_rng(seed)
    for _ in range(cell):
        label = make_label(kind, random)
        picture = show(label, damage(random), random)
        for name, reader in among.items():
            texts, spent = _timed(reader, picture)
            tallies[name].count(texts, [{canonical(label.text)}], set(), spent)
    return tallies


def confirmed_by_hand(*, labels: int, frames: int, seed: int) -> Tally:
    """Hold labels before a live reader for so many frames; a label counts when one of them confirms it."""
    random, tally = np.random.default_rng(seed), Tally()
    for _ in range(labels):
        label, reader, texts, spent = make_label("Code128", random), LiveReader(), set[str](), 0.0
        for number in range(frames):
            start = time.process_time()
            texts |= {code.text for code in reader.read(show(label, handheld(random), random), number / 15)}
            spent += (time.process_time() - start) * 1000 / frames
        tally.count([canonical(text) for text in texts], [{canonical(label.text)}], set(), spent)
    return tally


def frames_in_view(*, codes: int, pixels: tuple[float, float], views: int, seed: int, frames: int = 15) -> Tally:
    """Show a live reader 1080p frames of still scenes with sensor noise; found is what it has told by the last."""
    random, tally = np.random.default_rng(seed), Tally()
    for _ in range(views):
        scene, texts = frame("Code128", codes, random, pixels=pixels)
        reader, seen = LiveReader(), set[str]()
        for number in range(frames):
            noisy = np.clip(scene + random.normal(0, 2, scene.shape), 0, 255).astype(np.uint8)
            moved = np.roll(noisy, (number % 3 - 1, 2 * (number % 4)), axis=(0, 1))
            start = time.process_time()
            seen |= {code.text for code in reader.read(moved, number / 15)}
            tally.times_ms.append((time.process_time() - start) * 1000)
        tally.codes += codes
        tally.found += len(seen & set(texts))
        tally.wrong += sorted(seen - set(texts))
    return tally


def photographed(kind: str, *, cell: int, seed: int, hardness: Hardness, among: dict[str, Reader]) -> dict[str, Tally]:
    """Show so many made photographs of goods with one code of a kind to every decoder."""
    tallies, random = {name: Tally() for name in among}, np.random.default_rng(seed)
    for _ in range(cell):
        picture, text = photograph(kind, random, hardness)
        for name, reader in among.items():
            texts, spent = _timed(reader, picture)
            tallies[name].count(texts, [{canonical(text)} | _upc_e(kind, text)], set(), spent)
    return tallies


def _upc_e(kind: str, text: str) -> set[str]:
    """Give the eight digits of a UPC-E that is written out."""
    return {engines.as_printed("UPCE", text)[1]} if kind == "UPCE" else set()


def _show_photographs(*, cell: int, seed: int) -> None:
    among = readers()
    for name, hardness in (("mixed", MIXED), ("out of focus", BLURRED)):
        for kind in KINDS:
            tallies = photographed(kind, cell=cell, seed=seed, hardness=hardness, among=among)
            print(
                f"{'photographs ' + name + ' ' + kind:34}" + "".join(f"{one.as_text():>16}" for one in tallies.values())
            )


def real_pictures(folder: Path) -> dict[str, tuple[list[set[str]], set[str]]]:
    """Read the truth beside real pictures: for each file the codes to find, and what else is in it."""
    truth: dict[str, tuple[list[set[str]], set[str]]] = {}
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            wanted, also = truth.setdefault(row["file"], ([], set()))
            text = canonical(json.loads(f'"{row["expected"]}"')) if row["expected"] else ""
            if row["role"] == "required":
                wanted.append({text} | _upc_a(row["symbology"], text))
            elif row["role"] == "alt":
                wanted[-1].add(text)
            elif row["role"] == "also":
                also.add(text)
    return truth


def _upc_a(symbology: str, text: str) -> set[str]:
    """Give the long number of a UPC-E, which some decoders tell instead."""
    if symbology != "UPCE" or len(text) != 8:
        return set()
    return {canonical(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.UPCE).text)}


def is_set_aside(file: str) -> bool:
    """Tell whether a real picture belongs to the third that the decoder was not made with."""
    return hashlib.sha256(file.encode()).digest()[0] % 3 == 0


def real(among: dict[str, Reader]) -> dict[str, dict[str, Tally]]:
    """Show the real pictures to every decoder; gives the tallies of both parts."""
    parts: dict[str, dict[str, Tally]] = defaultdict(lambda: {name: Tally() for name in among})
    for file, (wanted, also) in real_pictures(SCANS).items():
        picture = read_picture((SCANS / file).read_bytes())
        for name, reader in among.items():
            texts, spent = _timed(reader, picture)
            parts["set aside" if is_set_aside(file) else "seen"][name].count(texts, wanted, also, spent)
    return parts


def nothing(*, pictures: int, seed: int) -> Tally:
    """Show pictures without a whole code: torn and covered codes, stripes, print, cloth, keys (`bench.negatives`)."""
    random, tally = np.random.default_rng(seed), Tally()
    for number in range(pictures):
        start = time.process_time()
        texts = [code.text for code in decode(negative(number, random))]
        tally.count(texts, [], set(), (time.process_time() - start) * 1000)
    return tally


def show_table(kinds: list[str], *, cell: int, seed: int) -> dict[tuple[str, str], dict[str, Tally]]:
    """Print recall % (wrong texts after !) and mean CPU ms of each decoder, a line a damage; gives the tallies."""
    among, found = readers(), {}
    print(f"{'recall % !wrong (CPU ms)':34}" + "".join(f"{name:>16}" for name in among))
    for kind in kinds:
        for damage, maker in DAMAGES.items():
            tallies = damaged(kind, maker, cell=cell, seed=seed, among=among)
            found[kind, damage] = tallies
            cells = "".join(f"{tally.as_text():>16}" for tally in tallies.values())
            print(f"{kind + ' ' + damage:34}{cells}", flush=True)
    return found


def _show_real() -> dict[str, dict[str, Tally]]:
    if not SCANS.is_dir():
        print(f"real pictures: not here ({SCANS} is missing)")
        return {}
    parts = real(readers())
    for part, tallies in parts.items():
        for name, tally in tallies.items():
            times = sorted(tally.times_ms)
            print(
                f"real pictures, {part:10} {name:10} {tally.found}/{tally.codes} {tally.recall:.1f} %"
                f" wrong {len(tally.wrong)} {Counter(tally.wrong).most_common(3)}"
                f" ms median {times[len(times) // 2]:.1f} p95 {times[int(len(times) * 0.95)]:.0f}"
                f" mean {np.mean(times):.1f}",
                flush=True,
            )
    return parts


VIEWS = {
    "1080p, 1 code": (1, (1.8, 3.5), 12.0),
    "1080p, 5 codes": (5, (1.8, 2.6), 12.0),
    "1080p, 20 small codes": (20, (1.2, 2.0), 80.0),
    "1080p, no code": (0, (2.0, 2.0), 15.0),
}


def _show_frames(*, views: int, seed: int) -> dict[str, Tally]:
    found = {}
    for name, (codes, pixels, _) in VIEWS.items():
        tally = found[name] = frames_in_view(codes=codes, pixels=pixels, views=views, seed=seed)
        times = sorted(tally.times_ms)
        print(
            f"{name}: {tally.found}/{tally.codes} found, {len(tally.wrong)} wrong,"
            f" CPU ms mean {np.mean(times):.1f} p95 {times[int(len(times) * 0.95)]:.0f}",
            flush=True,
        )
    return found


def measure(folder: Path, scale: Scale) -> list[Measured]:
    """Print the tables, and give the figures beside those to reach: the yardstick is the goal itself."""
    del folder
    cv2.setNumThreads(1)
    cell = scale.pick(8, 24)
    table = show_table(["Code128"] if scale.small else ["Code128", "GS1-128", "DataMatrix"], cell=cell, seed=1)
    found = [
        _against(f"recall of Code 128, {damage}", table["Code128", damage]["ours"].recall, goal, "%")
        for damage, goal in GOALS.items()
    ]
    held = confirmed_by_hand(labels=cell, frames=12, seed=1)
    found.append(_against("handheld, confirmed within 12 frames", held.recall, 90, "%"))
    for name, tally in _show_frames(views=scale.pick(1, 4), seed=1).items():
        found.append(_against(f"{name}: CPU a frame", float(np.mean(tally.times_ms)), VIEWS[name][2], "ms", most=True))
        if tally.codes:
            found.append(_against(f"{name}: found", tally.recall, 100, "%"))
    for part, tallies in _show_real().items():
        times = sorted(tallies["ours"].times_ms)
        found.append(_against(f"real pictures, {part}: recall", tallies["ours"].recall, 90, "%"))
        found.append(_against(f"real pictures, {part}: mean CPU", float(np.mean(times)), 30, "ms", most=True))
        found.append(_against(f"real pictures, {part}: p95", times[int(len(times) * 0.95)], 150, "ms", most=True))
    empty = nothing(pictures=scale.pick(200, 10_000), seed=1)
    found.append(_against("texts read where no code is", len(empty.wrong), 1, "texts", most=True))
    return found


def _against(what: str, value: float, goal: float, unit: str, *, most: bool = False) -> Measured:
    return Measured(
        measure="READ", what=what, product=value, yardstick=goal, unit=unit, goal=1.0, at_least=not most, engine="-"
    )


def main() -> int:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.reading", description="Decoders side by side.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cell", type=int, default=24, help="labels a cell of the table")
    parser.add_argument("--only", default="damage,photographs,frames,real,nothing")
    parser.add_argument("--kinds", default="Code128,GS1-128,DataMatrix")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    parts = asked.only.split(",")
    if "damage" in parts:
        show_table(asked.kinds.split(","), cell=asked.cell, seed=asked.seed)
    if "photographs" in parts:
        _show_photographs(cell=asked.cell, seed=asked.seed)
    if "frames" in parts:
        held = confirmed_by_hand(labels=asked.cell, frames=12, seed=asked.seed)
        print(f"handheld, confirmed within 12 frames: {held.as_text()}")
        _show_frames(views=max(1, asked.cell // 6), seed=asked.seed)
    if "real" in parts:
        _show_real()
    if "nothing" in parts:
        empty = nothing(pictures=asked.cell * 40, seed=asked.seed)
        print(f"no code: {len(empty.times_ms)} pictures, {len(empty.wrong)} texts {empty.wrong[:5]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
