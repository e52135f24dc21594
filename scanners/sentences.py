"""What a station says: one sentence a happening, in the keeper's words and with what to do, and its mark and sound.

Colour is never the only sign: each state has a mark, a word and a sound of its own. What the service refuses is told in
the service's own words. Source: R-A12, R-U3.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scanners.words import say, word


@dataclass(frozen=True)
class Look:
    """Mark, colour and sound (ok, ask, refused, '' for none) of a happening."""

    mark: str
    colour: str
    sound: str


# What each happening looks like: mark, colour, sound. What is not here is shown without a line of its own.
LOOKS = {
    "kept": Look("…", "amber", ""),
    "done": Look("✔", "green", "ok"),
    "refused": Look("✘", "red", "refused"),
    "still-open": Look("✘", "red", ""),
    "asked": Look("?", "amber", "ask"),
    "ask": Look("?", "amber", "ask"),
    "left-out": Look("–", "amber", "ask"),
    "not-sure": Look("?", "amber", "ask"),
    "repeat": Look("=", "dim", ""),
    "same-label": Look("=", "dim", ""),
    "already-scanned": Look("=", "amber", "ask"),
    "not-kept": Look("✘", "red", "refused"),
    "queue-fault": Look("✘", "red", "refused"),
    "no-such": Look("✘", "red", "refused"),
    "no-quantity": Look("✘", "red", "refused"),
    "dropped": Look("–", "dim", ""),
    "source": Look("·", "dim", ""),
    "service": Look("·", "dim", ""),
    "command": Look("*", "dim", ""),
    "end": Look("·", "bold", ""),
}

NOTHING_SEEN = ("closer", "more-light", "type-the-number")


def advise(advice: Iterable[str]) -> str:
    """Say what to do about a code that was not read for sure, in one line."""
    *first, last = (say(key) for key in advice)
    return say("comma").join(first) + (say("or") if first else "") + last


def look_of(kind: str, facts: Mapping[str, Any]) -> Look:
    """Give how a happening looks and sounds; a look-up that found nothing, and a scan nobody judged, are no success."""
    if kind == "done" and (facts.get("answer") or {}).get("kind") == "unknown":
        return Look("?", "amber", "refused")
    if kind == "kept" and facts.get("away"):
        return Look("…", "amber", "ask")
    return LOOKS[kind]


def sound_of(kind: str, facts: Mapping[str, Any]) -> str:
    """Give the sound of a happening: ok, ask, refused, or '' for silence."""
    if kind == "source" and facts.get("state") in ("refused", "wrong"):
        return "refused"
    return look_of(kind, facts).sound if kind in LOOKS else ""


def printable(text: str) -> str:
    """Give a text that is safe on a terminal: control and direction characters as escapes, GS as ␝."""
    return "".join("␝" if each == "\x1d" else each if each.isprintable() else ascii(each)[1:-1] for each in text)


def sentence(kind: str, facts: Mapping[str, Any]) -> str:
    """Tell a happening in one safe line for the keeper, with what to do where something is to be done."""
    return printable(_sentence(kind, facts))


def _sentence(kind: str, facts: Mapping[str, Any]) -> str:
    text = facts.get("text", "")
    lead = f"{text}  " if text else ""
    if "sequence" in facts:
        amount = f"{facts['quantity']} × " if facts.get("quantity") else ""
        lead = f"#{facts['sequence']}  {amount}{lead}"
    if kind in _FIXED:
        return lead + say(kind)
    if kind in _MADE:
        return (lead + _MADE[kind](facts)).rstrip()
    return f"{word('view', kind)}: {word('state', facts.get('state', ''))}  {facts.get('detail', '')}".rstrip()


def settings_of(facts: Mapping[str, Any]) -> str:
    """Tell what the next scan is sent with."""
    quantity = (
        say("quantity", quantity=facts["next_quantity"]) if facts.get("next_quantity") else say("quantity-by-code")
    )
    return quantity + (say("comma") + say("place", place=facts["next_location"]) if facts.get("next_location") else "")


def _kept(facts: Mapping[str, Any]) -> str:
    """Tell that a scan is on the disk. What leaves the store wants the service's word first: oldest goods go first."""
    beside = say("beside", texts=", ".join(facts["with"])) + "  " if facts.get("with") else ""
    if not facts.get("away"):
        return beside + say("kept")
    return beside + say("kept-not-judged" if str(facts.get("task", "")).startswith("delivery:") else "kept-away")


def _refusal(facts: Mapping[str, Any]) -> str:
    answer = facts.get("answer") or {}
    number = facts.get("sequence")
    said = answer.get("detail") or answer.get("title") or say("refused-with", status=facts.get("status"))
    if facts.get("state") == "asked":
        return f"{said}  → *yes {number} / *no {number}"
    if answer.get("field") == "done_at":
        said = say("clock-ahead")
    if answer.get("reason") == "is-a-location":
        said += "  → " + say("at-this-place", place=facts.get("text"))
    return f"{said}  → *again {number} / *no {number}"


def _result(answer: Mapping[str, Any]) -> str:
    """Tell what the service answered, in the words of its members."""
    batch = answer.get("batch") or {}
    what = "/".join(str(each) for each in (batch.get("item_no") or answer.get("item_no"),
                                           batch.get("batch_no") or answer.get("batch_no")) if each)  # fmt: skip
    if answer.get("kind") == "unknown":
        return say("unknown-not-on-record" if answer.get("reason") == "not-on-record" else "unknown")
    parts = [word("kind", answer["kind"])] if "kind" in answer else []
    parts += [what] if what else []
    status = batch.get("status") or answer.get("status")
    parts += [word("status", status)] if status else []
    parts += [say("balance", balance=answer["balance"])] if "balance" in answer else []
    if answer.get("is_bin_empty") == "confirm":
        parts.append(say("bin-empty"))
    following = answer.get("next")
    if isinstance(following, Mapping):
        names = ("quantity", "item_no", "batch_no", "location")
        parts.append(say("next-pick", **{name: following.get(name) for name in names}))
    elif "next" in answer:
        parts.append(say("nothing-more"))
    if refusal := answer.get("refusal"):
        parts.append(say("may-not-leave", reason=refusal.get("detail") or refusal.get("title")))
    return say("comma").join(parts)


def _farewell(facts: Mapping[str, Any]) -> str:
    said = say("ended-kept", waiting=facts["waiting"]) if facts["waiting"] else say("ended")
    return said + (say("still-refused", open=facts["open"]) if facts["open"] else "")


_FIXED = ("left-out", "repeat", "same-label", "already-scanned", "dropped", "no-quantity")
_MADE: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "kept": _kept,
    "done": lambda facts: _result(facts.get("answer") or {}),
    "refused": _refusal,
    "asked": _refusal,
    "still-open": _refusal,
    "ask": lambda facts: say(f"ask-{facts['about']}"),
    "not-kept": lambda facts: say("not-kept", detail=facts["detail"]),
    "not-sure": lambda facts: say("not-sure", detail=facts["detail"]),
    "queue-fault": lambda facts: say("queue-fault", detail=facts["detail"]),
    "no-such": lambda facts: say("no-such", word=facts["word"]),
    "command": lambda facts: say("command", settings=settings_of(facts)),
    "end": _farewell,
}
