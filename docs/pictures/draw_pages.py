"""Set the pictures of pages for the README out of those that the browser tests keep of every page.

`WAREHOUSE_PICTURES=FOLDER pytest tests/browser/test_screens.py`, then `python docs/pictures/draw_pages.py FOLDER`.
"""

import sys
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
SHADES = 128
GAP = 24
PAPER = "#d5dae0"
# name: the pictures beside each other, and how much of their height is shown
PICTURES = {
    "page-deliver-refused": (("deliver-refused-360-en", "batch-360-en", "inspect-batch-360-zh_Hant"), 780),
}


def draw(folder: Path, names: tuple[str, ...], height: int) -> Image.Image:
    """Give the pictures on one sheet, cut below `height`."""
    shown = [Image.open(folder / f"{name}.png").convert("RGB") for name in names]
    sheet = Image.new("RGB", (sum(each.width for each in shown) + GAP * (len(shown) + 1), height + 2 * GAP), PAPER)
    left = GAP
    for each in shown:
        sheet.paste(each.crop((0, 0, each.width, min(height, each.height))), (left, GAP))
        left += each.width + GAP
    return sheet


if __name__ == "__main__":
    for name, (shown, height) in PICTURES.items():
        draw(Path(sys.argv[1]), shown, height).quantize(SHADES).save(HERE / f"{name}.png", optimize=True)
