"""GS1 Digital Link: a web address that carries the elements of a code, taken apart here and never fetched.

    https://example.com/some/path/01/09506000134352/10/AB12?17=261231&linkType=gs1:pip

The primary key and its qualifiers are steps of the path, all other elements are parameters whose name is a number.
Compressed links are not read. Source: GS1 Digital Link standard, URI syntax; R-A6, R-A7.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

Element = tuple[str, str]

_LONGEST = 2048
_WEB = re.compile(r"https?://", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+")
# What may follow each primary key in the path, in this order, each at most once; of several sequences one.
_QUALIFIERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "00": ((),),
    "01": (("22", "10", "21"), ("235",)),
    "253": ((),),
    "255": ((),),
    "401": ((),),
    "402": ((),),
    "414": (("254",), ("7040",)),
    "415": (("8020",),),
    "417": (("7040",),),
    "8003": ((),),
    "8004": (("7040",),),
    "8006": (("22", "10", "21"),),
    "8010": (("8011",),),
    "8013": ((),),
    "8017": (("8019",),),
    "8018": (("8019",),),
}
_SHORT_GTINS = (8, 12, 13)
# These stand in the path, or in no link at all; so does a lot where the path can take it in.
_NO_PARAMETERS = frozenset(
    [
        "03",
        "21",
        "22",
        "235",
        "254",
        "7040",
        "7041",
        "8011",
        "8014",
        "8019",
        "8020",
        "8040",
        "8041",
        "8042",
        "8043",
        "8200",
    ]
)


class Link(NamedTuple):
    """The elements of a link: its primary key with qualifiers, and the parameters whose name is a number."""

    path: list[Element]
    parameters: list[Element]

    @property
    def elements(self) -> list[Element]:
        return [*self.path, *self.parameters]


def is_web_address(text: str) -> bool:
    """Tell whether a text begins as an address of the web, be it a Digital Link or not."""
    return bool(_WEB.match(text))


def split_link(text: str) -> Link | None:
    """Give application identifiers and values as they stand in the address, values unchecked; None when it has none.

    A GTIN of 8, 12 or 13 digits is filled up to 14. A parameter whose name is a number is taken for an element, known
    or not; other parameters belong to the web. Never raises.
    """
    if len(text) > _LONGEST or not is_web_address(text):
        return None
    try:
        address = urlsplit(text)
    except ValueError:  # brackets that are no address of a host
        return None
    steps = [unquote(step) for step in address.path.removesuffix("/").split("/")]
    keys = next((found for first in range(len(steps)) if (found := _keys(steps[first:]))), None)
    if keys is None or not address.netloc:
        return None
    return Link([(ai, _filled(ai, value)) for ai, value in keys], _parameters(address.query))


def find_misplaced(link: Link) -> str | None:
    """Give the element that stands among the parameters and may not, or None."""
    (key, _), *qualifiers = link.path
    steps = {ai for ai, _ in qualifiers}
    with_lot = "10" not in steps and any((steps | {"10"}).issubset(sequence) for sequence in _QUALIFIERS[key])
    return next((ai for ai, _ in link.parameters if ai in _NO_PARAMETERS or (ai == "10" and with_lot)), None)


def _keys(steps: list[str]) -> list[Element] | None:
    """Read steps as a primary key and its qualifiers up to the end of the path."""
    pairs = list(zip(steps[::2], steps[1::2], strict=False))
    if len(steps) % 2 or not pairs or pairs[0][0] not in _QUALIFIERS:
        return None
    qualifiers = [ai for ai, _ in pairs[1:]]
    return pairs if any(_follows(qualifiers, sequence) for sequence in _QUALIFIERS[pairs[0][0]]) else None


def _follows(qualifiers: list[str], sequence: tuple[str, ...]) -> bool:
    left = iter(sequence)
    return all(ai in left for ai in qualifiers)  # `in` uses the iterator up: the order counts


def _parameters(query: str) -> list[Element]:
    """Read the parameters whose name is a number; a plus sign is a plus sign here."""
    parts = [part.partition("=") for part in re.split("[&;]", query)]
    return [(name, _filled(name, unquote(value))) for name, _, value in parts if _NUMBER.fullmatch(name)]


def _filled(ai: str, value: str) -> str:
    return value.zfill(14) if ai == "01" and len(value) in _SHORT_GTINS else value
