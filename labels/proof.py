"""Whether a label may be laid out as somebody wants it: nothing cut, nothing over another, each code read back.

What a label says differs from goods to goods, so a text is judged by the whole width of its box and the lines that it
may take, and what one sample happens to say by drawing it, in every language and status. Source: 4.5.1, 4.5.5.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from labels import symbols
from labels.arrangement import SHOWN, Layouts, Places, arranged, changed, check_known, elements, shown_only
from labels.band import Mode
from labels.card import BinCard
from labels.content import KINDS, Label
from labels.documents import Document
from labels.drawing import MM_PER_POINT, Drawing, Matrix
from labels.fitting import LINE, MIN_PT
from labels.layout import CAPTION_MM, lay_out, sizes, usual_template
from labels.marks import LANGUAGES, STATUS_MARKS
from labels.offset import shifted
from labels.pictograms import PICTOGRAMS
from labels.png import draw_picture
from labels.refused import LabelRefused, Reason
from labels.samples import sample

__all__ = [
    "SHOWN", "Fault", "Places", "boxes_of", "can_be_drawn", "changed_only", "find_cut", "find_faults", "label_sizes",
    "places_of", "proof", "stays_whole",
]  # fmt: skip
MOST_PT = 200.0
HAIR_MM = 0.15  # about one dot at 203 dpi: what may touch, and what rounding moves
LEAST_MM = 0.1
DPI = 203  # the coarsest: what reads at it reads at the others
SECOND = {"en": "zh_Hans", "zh_Hans": "en", "zh_Hant": "en"}

Box = tuple[float, float, float, float]  # left, top, right, bottom in mm


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with an element; `other` is what it lies over."""

    element: str
    reason: str  # off-the-label, too-small, too-large, code-too-small, over-another, or one of `Reason`
    other: str = ""


def find_faults(kind: str, size: str, places: Places, *, shown: Label | None = None) -> list[Fault]:
    """Give what is wrong with an arrangement, first what the numbers tell, then what drawing the samples tells.

    `shown` draws this one only: for a preview, which must be quick. ValueError where the kind has no such size,
    element or number.
    """
    usual = usual_template(kind, size)
    check_known(usual, places)
    told = [*_of_codes(usual, places), *_of_numbers(shown_only(arranged(usual, places)))]
    return told or _of_samples(kind, size, places, [shown] if shown else _samples(kind))


def proof(kind: str, language: str, status: str = "qualified") -> Label:
    """Give the sample that an arrangement is shown with; a language is one of three, the second one goes with it."""
    made = sample(kind, status=status, languages=(language, SECOND[language]))
    assert not isinstance(made, Document | BinCard)
    return made


def stays_whole(kind: str, size: str, *, layouts: Layouts, offset_mm: tuple[float, float]) -> bool:
    """Tell whether a kind's samples are whole on their label when a printer moves them so far (mm right, down)."""
    return not find_cut(kind, size, layouts=layouts, offset_mm=offset_mm)


def find_cut(kind: str, size: str, *, layouts: Layouts, offset_mm: tuple[float, float]) -> str:
    """Name the element that reaches farthest over the edge when a printer moves a kind's samples; '' for whole ones."""
    try:
        for language in LANGUAGES:
            drawing = lay_out(proof(kind, language), mode=Mode.MONO, dpi=DPI, size=size, layouts=layouts)
            shifted(drawing, x_mm=offset_mm[0], y_mm=offset_mm[1])
    except LabelRefused as refused:
        if refused.reason is not Reason.OFF_THE_LABEL:
            raise
        wide, high = (int(side) for side in (size or sizes(kind)[0]).split("x"))
        x, y = offset_mm
        boxes = boxes_of(kind, size, layouts.get((kind, size or sizes(kind)[0]), {}))
        return max(boxes, key=lambda name: max(
            -x - boxes[name][0], -y - boxes[name][1], boxes[name][2] + x - wide, boxes[name][3] + y - high
        ))  # fmt: skip
    return ""


def label_sizes(kind: str, layouts: Layouts | None = None) -> tuple[str, ...]:
    """Give the sizes of a kind of label, a site's own last; the first when none is named, none of no such kind."""
    if kind not in KINDS:
        return ()
    own = sorted(size for of, size in layouts or () if of == kind and size not in sizes(kind))
    return (*sizes(kind), *own)


def can_be_drawn(kind: str, size: str) -> bool:
    """Tell whether a kind has a layout of a size, or could get one of a site's own."""
    try:
        return kind in KINDS and bool(size) and bool(usual_template(kind, size))
    except ValueError:
        return False


def _samples(kind: str) -> Iterator[Label]:
    statuses = tuple(STATUS_MARKS) if kind == "status" else ("qualified",)
    for language, status in product(LANGUAGES, statuses):
        yield proof(kind, language, status)


def _of_samples(kind: str, size: str, places: Places, samples: Iterable[Label]) -> list[Fault]:
    found: dict[Fault, None] = {}
    for data in samples:
        try:
            drawing = lay_out(data, mode=Mode.MONO, dpi=DPI, size=size, layouts={(kind, size): places})
        except LabelRefused as refused:
            found[Fault(element=_named(kind, size, refused), reason=str(refused.reason))] = None
            continue
        if not _reads_back(drawing):
            found[Fault(element="codes", reason=str(Reason.UNREADABLE_CODE))] = None
    return list(found)


def _named(kind: str, size: str, refused: LabelRefused) -> str:
    """Name the element: a code is refused by the field that it says."""
    template = usual_template(kind, size)
    by_field = {code["field"]: str(code["symbology"]) for code in template["code"]}
    texts = {text.get("field") or text["word"] for text in template["text"]}
    return refused.field if refused.field in texts else by_field.get(refused.field, refused.field)


def _reads_back(drawing: Drawing) -> bool:
    """Read all codes off the whole drawn label, dot by dot as the printer gets it."""
    picture = draw_picture(drawing.shapes, drawing.width, drawing.height).convert("L")
    return symbols.count_codes(picture) == sum(isinstance(shape, Matrix) for shape in drawing.items)


def _of_codes(usual: dict[str, Any], places: Places) -> Iterator[Fault]:
    """Check that no code has less room than it comes with: what the sample says is not the longest that it may say."""
    for code in usual["code"]:
        name = code["symbology"]
        if any(places.get(name, {}).get(key, code.get(key, 0)) < code.get(key, 0) for key in ("width_mm", "height_mm")):
            yield Fault(element=name, reason="code-too-small")


def _of_numbers(template: dict[str, Any]) -> Iterator[Fault]:
    """Check sizes, edges and what lies over what."""
    wide, high = (float(template["label"][key]) for key in ("width_mm", "height_mm"))
    boxes: dict[str, Box] = {}
    for name, numbers in elements(template).items():
        for key, value in numbers.items():
            if key == "size_pt" and not MIN_PT <= value <= MOST_PT:
                yield Fault(element=name, reason="too-small" if value < MIN_PT else "too-large")
            if key in ("width_mm", "height_mm", "side_mm") and value < LEAST_MM:
                yield Fault(element=name, reason="too-small")
        box = boxes[name] = box_of(template, name)
        if box[0] < 0 or box[1] < 0 or box[2] > wide + HAIR_MM or box[3] > high + HAIR_MM:
            yield Fault(element=name, reason="off-the-label")
    if "band" in template:
        boxes["band"] = _band(template)
    for (name, box), (other, there) in combinations(boxes.items(), 2):
        if _lie_over(box, there) and not {name, other} <= {"handling", "complete"}:
            yield Fault(element=name, reason="over-another", other=other)


def box_of(template: dict[str, Any], name: str) -> Box:
    """Give what an element may take of the label, in mm: a code with its quiet zone, a text with its caption."""
    texts = {text.get("field") or text["word"]: text for text in template["text"]}
    codes = {code["symbology"]: code for code in template["code"]}
    if name in texts:
        return _text(texts[name])
    if name in codes:
        return _code(codes[name])
    if name == "handling":
        part = template[name]
        last = part["x_mm"] + len(PICTOGRAMS) * part["step_mm"] + part["side_mm"]
        return part["x_mm"], part["y_mm"], last, part["y_mm"] + part["side_mm"]
    part = template[name] if name == "complete" else template["rule"][int(name.removeprefix("rule-")) - 1]
    wide, high = (part.get(key, part.get("side_mm")) for key in ("width_mm", "height_mm"))
    return part["x_mm"], part["y_mm"], part["x_mm"] + wide, part["y_mm"] + high


def _text(part: dict[str, Any]) -> Box:
    """Give the caption's place and, in the middle of what is left, the most that the lines may take."""
    down = CAPTION_MM if "caption" in part else 0.0
    top, room = part["y_mm"] + down, part["height_mm"] - down
    most = max(min(part["size_pt"] * MM_PER_POINT, room), MIN_PT * MM_PER_POINT)
    if part.get("fit", "keep") != "keep":  # the smallest letters take most of the height, in as many lines as go in
        least = MIN_PT * MM_PER_POINT
        most = max(most, least * (1 + LINE * max(0, int((room / least - 1) / LINE + 1e-6))))
    inset = (room - most) / 2 if room > most else 0.0
    upper = part["y_mm"] if down else top + inset
    return part["x_mm"], upper, part["x_mm"] + part["width_mm"], top + inset + most


def _code(part: dict[str, Any]) -> Box:
    """Give the symbol's whole box; a 2D symbol is as high as it is wide."""
    high = part.get("height_mm", part["width_mm"])
    return part["x_mm"], part["y_mm"], part["x_mm"] + part["width_mm"], part["y_mm"] + high


def _band(template: dict[str, Any]) -> Box:
    part = template["band"]
    x, y = part.get("x_mm", 0), part.get("y_mm", 0)
    return x, y, x + part.get("width_mm", template["label"]["width_mm"]), y + part["height_mm"]


def _lie_over(one: Box, other: Box) -> bool:
    """Tell whether boxes share more than a hair both ways; of a thin rule nearly its thickness is enough."""
    for low, high in ((0, 2), (1, 3)):
        thinner = min(one[high] - one[low], other[high] - other[low])
        if min(one[high], other[high]) - max(one[low], other[low]) <= min(HAIR_MM, 0.9 * thinner):
            return False
    return True


def places_of(kind: str, size: str, places: Places) -> dict[str, dict[str, float]]:
    """Give every element of a label with its numbers, as an arrangement puts them."""
    return elements(arranged(usual_template(kind, size), places))


def changed_only(kind: str, size: str, places: Places) -> dict[str, dict[str, float]]:
    """Give of an arrangement what differs from the template as delivered."""
    return changed(usual_template(kind, size), places)


def boxes_of(kind: str, size: str, places: Places) -> dict[str, Box]:
    """Give what each element may take of the label, in mm."""
    template = shown_only(arranged(usual_template(kind, size), places))
    return {name: box_of(template, name) for name in elements(template)}
