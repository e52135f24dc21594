"""Draw the pictures of `docs/labels.md`: `python docs/pictures/draw_labels.py`. A test holds them to the code.

The filled samples in the languages of each kind's usual reader; documents and cards are cut below their lines.
"""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from labels.rendering import render
from labels.samples import sample

HERE = Path(__file__).parent
SHADES = 128
OWN_SIZE = "60x40"  # nothing delivered has it


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture: what is drawn, at which part of its size, and how much of its height is shown."""

    kind: str
    status: str = "qualified"
    languages: tuple[str, str] = ("zh_Hant", "en")
    mode: str = "colour"
    size: str = ""
    scale: float = 1.0
    shown: float = 1.0


PICTURES = {
    **{f"label-{status}": Picture(kind="status", status=status)
       for status in ("pending", "awaiting", "qualified", "nonconforming", "scrap")},
    "label-scrap-mono": Picture(kind="status", status="scrap", mode="mono"),
    "label-status-70x40": Picture(kind="status", size="70x40", scale=0.8),
    "label-status-50x30": Picture(kind="status", status="nonconforming", size="50x30", scale=0.8),
    "label-batch": Picture(kind="batch", languages=("en", "zh_Hans")),
    "label-location": Picture(kind="location"),
    "label-package": Picture(kind="package", languages=("en", "zh_Hans"), scale=0.5),
    "label-ncr": Picture(kind="ncr", status="nonconforming", scale=0.5),
    "label-sample": Picture(kind="sample", languages=("zh_Hans", "en"), scale=0.8),
    "label-own-size": Picture(kind="status", languages=("en", "zh_Hans"), size=OWN_SIZE, scale=0.8),
    "label-roll": Picture(kind="roll", status="nonconforming", scale=0.6),
    "label-card": Picture(kind="card", languages=("zh_Hans", "en"), scale=0.4, shown=0.5),
    **{f"label-{kind.replace('_', '-')}": Picture(kind=kind, languages=languages, scale=0.4, shown=0.36)
       for kind, languages in (("count_sheet", ("zh_Hant", "en")), ("pick_list", ("zh_Hans", "en")),
                               ("packing_list", ("en", "zh_Hans")), ("delivery_note", ("zh_Hant", "en")),
                               ("conformity", ("en", "zh_Hant")), ("receipt_check", ("zh_Hans", "en")))},
}  # fmt: skip


def draw(name: str) -> Image.Image:
    """Draw one of the pictures."""
    wanted = PICTURES[name]
    data = sample(wanted.kind, status=wanted.status, languages=wanted.languages)
    own = {(wanted.kind, wanted.size): {}} if wanted.size == OWN_SIZE else {}  # of a site's own size
    drawn = render(wanted.kind, data, form="png", mode=wanted.mode, size=wanted.size, layouts=own)
    whole = Image.open(BytesIO(drawn))
    picture = whole.convert("RGB").crop((0, 0, whole.width, round(whole.height * wanted.shown)))
    size = (round(picture.width * wanted.scale), round(picture.height * wanted.scale))
    return picture.resize(size, Image.Resampling.LANCZOS) if wanted.scale != 1 else picture


if __name__ == "__main__":
    for each in PICTURES:
        draw(each).quantize(SHADES, dither=Image.Dither.NONE).save(HERE / f"{each}.png", optimize=True)
