"""How retail numbers are printed: EAN-13 (with UPC-A) and EAN-8 as fixed bars and slots of seven modules.

A symbol is a chain: guard, digits, guard, digits, guard. Of an EAN-13 the left digits are drawn in one of two sets, and
which digit is drawn in which tells the thirteenth, the first. Source: ISO/IEC 15420.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.float64]
_DIGITS = {59: 12, 43: 8}  # by the number of bars and spaces
_UNEVEN, _OFF_GUARD = 0.22, 0.6  # parts of a slot between neighbours, and of a module (root mean square)

SLOT = 7  # modules of a digit
_ODD = (
    "0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011",
)  # fmt: skip
_FIRST = ("000000", "001011", "001101", "001110", "010011", "011001", "011100", "010101", "010110", "011010")


def _bits(patterns: tuple[str, ...]) -> Bits:
    return np.array([[float(bit) for bit in pattern] for pattern in patterns])


ODD = _bits(_ODD)  # left, also of UPC-A and EAN-8
EVEN = 1 - ODD[:, ::-1]
RIGHT = 1 - ODD
# What a slot may hold: 0 to 9 odd, 10 to 19 even, 20 to 29 right.
PATTERNS = np.vstack([ODD, EVEN[:, ::1], RIGHT])
PATTERNS[10:20] = (1 - ODD)[:, ::-1]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One symbology: its length in modules, the fixed black modules, where slots begin, and the sets they draw from.

    `sets` has a row for each leading digit that is told by the choice of sets (one row when none is), a column a slot;
    values are multiples of ten into PATTERNS. `weights` are those of the check sum, a slot each; `leading` is that of
    the leading digit, 0 when there is none.
    """

    name: str
    modules: int
    black: tuple[int, ...]
    starts: tuple[int, ...]
    sets: NDArray[np.int64]
    weights: tuple[int, ...]
    leading: int


EAN13 = Layout(
    name="EAN13", modules=95, black=(0, 2, 46, 48, 92, 94),
    starts=(*range(3, 45, SLOT), *range(50, 92, SLOT)),
    sets=np.array([[10 * int(one) for one in first] + [20] * 6 for first in _FIRST]),
    weights=(3, 1) * 6, leading=1,
)  # fmt: skip
EAN8 = Layout(
    name="EAN8", modules=67, black=(0, 2, 32, 34, 64, 66),
    starts=(*range(3, 31, SLOT), *range(36, 64, SLOT)),
    sets=np.array([[0] * 4 + [20] * 4]), weights=(3, 1) * 4, leading=0,
)  # fmt: skip


def is_even(widths: NDArray[np.float64]) -> bool:
    """Tell whether bars and spaces (in turn, any unit) can be an EAN-13 or EAN-8: even slots, thin guards.

    Of bars that are none a number can be made whose check digit is right, but its slots are now wide, now
    narrow. A bent or slanted code's slots change little from one to the next: by 0.15 at most, where others had 0.4.
    """
    digits = _DIGITS.get(len(widths))
    if digits is None:
        return False
    half = 3 + 2 * digits  # bars and spaces before the middle guard
    slots = np.concatenate([widths[3:half], widths[half + 5 : -3]]).reshape(-1, 4).sum(axis=1)
    module = float(slots.mean()) / SLOT
    guards = np.concatenate([widths[:3], widths[half : half + 5], widths[-3:]]) / module
    uneven = np.abs(np.diff(slots)).max() / (SLOT * module)
    return bool(uneven <= _UNEVEN and np.sqrt(((guards - 1) ** 2).mean()) <= _OFF_GUARD)
