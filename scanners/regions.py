"""Where in a camera's frame anything is drawn at all: the engine need not be shown bare ground.

Light changes little from pixel to pixel on a bare table or wall, and much at the edges of print. What changes too
little is below what zxing-cpp reads (it wants some 16 grey levels between ink and paper); a noisy picture counts as
drawn on everywhere. R-A8.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from scanners.engines import Gray

Box = tuple[int, int, int, int]  # left, top, right, bottom; the last two are outside

_BLOCKS_ACROSS = 120  # a block is that part of the longer side
_DRAWN = 12  # squared grey levels from pixel to pixel, along and down together, mean of nine blocks
_SQUARES = np.minimum(np.arange(256) ** 2, 255).astype(np.uint8)
_GAP = 4  # blocks around what is drawn: bars less than twice that apart are in one box
_MARGIN = 3  # blocks of it that are shown
_WORTH = 0.6  # of the picture: boxes that cover more are shown as one
_MOST_BOXES = 24  # so many looks cost as much as one at the whole


def find_regions(gray: Gray) -> list[Box]:
    """Give boxes in pixels outside of which height x width grey values are bare; none overlaps, one may be the whole.

    No box cuts a code: the widest bar of a code that fits into the picture is narrower than boxes are apart.
    """
    high, wide = gray.shape
    block = max(2, max(high, wide) // _BLOCKS_ACROSS)
    rows, columns = high // block, wide // block
    if not rows or not columns:
        return [(0, 0, wide, high)]
    drawn = _change(gray[: rows * block, : columns * block], (columns, rows)) > _DRAWN
    boxes = _boxes(drawn.astype(np.uint8))
    covered = sum((right - left) * (low - top) for left, top, right, low in boxes)
    if len(boxes) > _MOST_BOXES or covered > _WORTH * drawn.size:
        return [(0, 0, wide, high)]
    return [
        (left * block, top * block, wide if right == columns else right * block, high if low == rows else low * block)
        for left, top, right, low in boxes
    ]


def _change(gray: Gray, blocks: tuple[int, int]) -> NDArray[np.uint8]:
    """Give how much grey values change, a value a block; above 255 it is cut off."""
    along, down = (
        cv2.LUT(cv2.absdiff(gray[one], gray[:-1, :-1]), _SQUARES) for one in (np.s_[:-1, 1:], np.s_[1:, :-1])
    )
    squares = cv2.copyMakeBorder(cv2.add(along, down), 0, 1, 0, 1, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.blur(cv2.resize(squares, blocks, interpolation=cv2.INTER_AREA), (3, 3)), np.uint8)


def _boxes(drawn: NDArray[np.uint8]) -> list[Box]:
    """Give the boxes, in blocks, around what is drawn and lies near to one another."""
    rows, columns = drawn.shape
    grown = cv2.dilate(drawn, np.ones((2 * _GAP + 1, 2 * _GAP + 1), np.uint8))
    cut = _GAP - _MARGIN
    boxes: list[Box] = []
    for left, top, wide, high, _ in cv2.connectedComponentsWithStats(grown)[2][1 : 4 * _MOST_BOXES]:
        right, low = left + wide, top + high
        one = (
            int(left + cut if left else 0), int(top + cut if top else 0),
            int(right - cut if right < columns else columns), int(low - cut if low < rows else rows),
        )  # fmt: skip
        boxes = _joined(boxes, one)
    return boxes


def _joined(boxes: list[Box], one: Box) -> list[Box]:
    """Add a box; what it overlaps becomes a part of it."""
    for number, other in enumerate(boxes):
        if one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]:
            both = (min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3]))
            return _joined(boxes[:number] + boxes[number + 1 :], both)
    return [*boxes, one]
