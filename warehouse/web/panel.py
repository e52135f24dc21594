"""What a screen says of the last act: a panel whose colour, sign and sound tell the kind before a word is read (R-F26).

The sound and the colour belong to the refusal's class, not to its code: the keeper learns five, not thirty.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from warehouse.web import language

# An older one first; not these goods; not this place; nobody knows this code. Every other refusal is plainly a no.
TONES = {
    "not-oldest": "age",
    "wrong-item": "goods", "wrong-batch": "goods", "wrong-owner": "goods",
    "wrong-place": "place", "zone-refuses-status": "place",
    "unknown-code": "unknown", "ambiguous-code": "unknown",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A button on a panel that does one more act at once: undo it, say whether the bin is empty."""

    text: str
    path: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What the screen says of the last act: ok, refused, ask (a "yes" is wanted), unsure, or fault (nobody said no)."""

    kind: str
    title: str
    text: str = ""
    instead: str = ""  # what to scan, and where
    scanned: str = ""
    code: str = ""
    again: Mapping[str, str] = field(default_factory=dict)  # the form once more, for the "yes"
    links: tuple[tuple[str, str], ...] = ()
    question: str = ""  # what the offers answer
    offers: tuple[Offer, ...] = ()

    @property
    def tone(self) -> str:
        """Name the sound, the colour and the sign: the kind, or a refusal's class."""
        return TONES.get(self.code, self.kind) if self.kind == "refused" else self.kind


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """An act's answer and its panel; `body` is empty when it was refused, `facts` when it was not."""

    panel: Panel
    status: int = 200
    body: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Say whether the act was done."""
        return self.panel.kind == "ok"

    def say(self, key: str, *links: tuple[str, str], **values: Any) -> "Outcome":
        """Give the outcome with this title on its green panel; a refusal keeps its own."""
        if not self.ok:
            return self
        return replace(self, panel=replace(self.panel, title=language.say(key, **values), links=links))

    def offer(self, *offers: Offer, question: str = "") -> "Outcome":
        """Give the outcome with more buttons on its green panel; a refusal has none."""
        if not self.ok or not offers:
            return self
        question = question or self.panel.question
        return replace(self, panel=replace(self.panel, question=question, offers=(*self.panel.offers, *offers)))


def unreachable() -> Panel:
    """Give the panel that the page shows by itself when its scan got no answer (the form keeps its key)."""
    return Panel(
        kind="unsure",
        title=language.say("The service cannot be reached."),
        text=language.say("Nobody knows whether the scan arrived. Press again where there is network: it counts once."),
    )


def instead(code: str, facts: Mapping[str, Any]) -> str:
    """Say what to scan and where, from the refusal's facts; '' when the sentence has said all."""
    words: Mapping[str, Any] = defaultdict(lambda: "–", facts)
    if code == "not-oldest":
        blind = facts.get("reason") == "counting"
        return language.say("not-oldest.counting" if blind else "instead.oldest") % words
    for name in ("places", "allowed_places", "expected", "candidates"):
        if facts.get(name):
            return language.say(f"instead.{name}", list=", ".join(map(str, facts[name])))
    return ""
