"""Label stock of a site's own size: the layout of the largest delivered size that lies in it, drawn apart to fill it.

Boxes and letters grow, codes keep their size, because a module is a whole number of dots. What the kind's first layout
has more, and a label may do without, is there too, hidden until somebody shows it. Source: 4.5.5; 4.7.5 b.
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from labels.arrangement import OPTIONAL, SHOWN
from labels.fitting import MIN_PT

MOST_MM = 210
_SIZE = re.compile(r"([1-9][0-9]{1,2})x([1-9][0-9]{1,2})")
Template = dict[str, Any]


def sides(size: str) -> tuple[int, int] | None:
    """Give width and height of a size such as 60x40 in mm; None for what is none, or larger than MOST_MM."""
    found = _SIZE.fullmatch(size)
    both = (int(found[1]), int(found[2])) if found else None
    return both if both and max(both) <= MOST_MM else None


def base_of(size: str, delivered: Sequence[str]) -> str | None:
    """Give the largest of the delivered sizes that lies in one of a site's own; None where none does."""
    there = sides(size)
    fitting = [
        (wide * high, each)
        for each in delivered
        if there and (own := sides(each)) and (wide := own[0]) <= there[0] and (high := own[1]) <= there[1]
    ]
    return max(fitting)[1] if fitting else None


def drawn_apart(template: Mapping[str, Any], size: str) -> Template:
    """Give a template for a larger label: all of it further apart, texts and band larger with it."""
    new = deepcopy(dict(template))
    wide, high = sides(size) or (0, 0)
    x, y = wide / new["label"]["width_mm"], high / new["label"]["height_mm"]
    new["label"] |= {"width_mm": wide, "height_mm": high}
    for part in (*new["text"], *new.get("rule", ())):
        _scale(part, x, y)
    for part in new["code"]:
        _scale(part, x, y, keep=("width_mm", "height_mm"))
    for key in ("handling", "complete"):
        if key in new:
            _scale(new[key], x, y, keep=("side_mm", "step_mm"))
    if "band" in new:
        _scale(new["band"], x, y, keep=("edge_mm",))
        new["band"]["word_mm"] = round(new["band"]["word_mm"] * y, 2)
    return new


def with_optional(template: Mapping[str, Any], first: Mapping[str, Any]) -> Template:
    """Give a template in which every text that a label may do without can be hidden, and those of `first` be shown."""
    new = deepcopy(dict(template))
    there = {text.get("field") for text in new["text"]}
    for text in new["text"]:
        if text.get("field") in OPTIONAL:
            text[SHOWN] = 1.0
    if first["label"] == new["label"]:
        return new
    x, y = (new["label"][side] / first["label"][side] for side in ("width_mm", "height_mm"))
    for text in deepcopy(first["text"]):
        if text.get("field") in OPTIONAL - there:
            _scale(text, x, y)
            least = 2.2 + (2.3 if "caption" in text else 0.0)
            new["text"].append(text | {SHOWN: 0.0, "height_mm": max(least, text["height_mm"])})
    return new


def _scale(part: dict[str, Any], x: float, y: float, *, keep: Sequence[str] = ()) -> None:
    factors = {"x_mm": x, "width_mm": x, "y_mm": y, "height_mm": y, "size_pt": min(x, y)}
    for key, factor in factors.items():
        if key in part and key not in keep:
            part[key] = round(part[key] * factor, 2)
    if "size_pt" in part:
        part["size_pt"] = max(MIN_PT, part["size_pt"])
