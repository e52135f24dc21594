"""What a station says: one sentence a happening, in the keeper's words and with what to do, and its mark and sound.

Colour is never the only sign: each state has a mark, a word and a sound of its own. What the service refuses is told in
the service's own words. Source: R-A12, R-U3.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Look:
    """Mark, colour and sound (ok, ask, refused, '' for none) of a happening."""

    mark: str
    colour: str
    sound: str


_UNKNOWN = {"not-on-record": "nothing on record has this code; type the number that stands beside it"}

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

# What helps where something is seen and not read for sure.
_ADVICE = {
    "hold-still": "hold still",
    "closer": "come closer",
    "more-light": "more light",
    "no-glare": "turn it out of the reflection",
    "straight-on": "hold it straight on",
    "type-the-number": "type the number",
}
NOTHING_SEEN = ("closer", "more-light", "type-the-number")


_QUESTIONS = {
    "one-more": "was scanned before: one more? Scan or type *yes or *no",
    "how-many": "how many lie there? Type the number after a star, such as *12",
}


def advise(advice: Iterable[str]) -> str:
    """Say what to do about a code that was not read for sure, in one line."""
    *first, last = (_ADVICE[word] for word in advice)
    return f"{', '.join(first)}, or {last}" if first else last


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
        return lead + _FIXED[kind]
    if kind in _MADE:
        return (lead + _MADE[kind](facts)).rstrip()
    return f"{kind} {facts.get('state', '')}  {facts.get('detail', '')}".rstrip()


def settings_of(facts: Mapping[str, Any]) -> str:
    """Tell what the next scan is sent with."""
    quantity = f"quantity {facts['next_quantity']}" if facts.get("next_quantity") else "quantity by the code"
    return f"{quantity}, place {facts['next_location']}" if facts.get("next_location") else quantity


def _kept(facts: Mapping[str, Any]) -> str:
    """Tell that a scan is on the disk. What leaves the store wants the service's word first: oldest goods go first."""
    beside = f"(on the same label: {', '.join(facts['with'])})  " if facts.get("with") else ""
    if not facts.get("away"):
        return f"{beside}kept, not yet sent"
    if str(facts.get("task", "")).startswith("delivery:"):
        return f"{beside}kept, NOT JUDGED: the service is away; leave the goods here until it has answered"
    return f"{beside}kept, to be sent when the service is back"


def _refusal(facts: Mapping[str, Any]) -> str:
    answer = facts.get("answer") or {}
    number = facts.get("sequence")
    said = answer.get("detail") or answer.get("title") or f"refused with {facts.get('status')}"
    if facts.get("state") == "asked":
        return f"{said}  → *yes {number} or *no {number}"
    return f"{said}  → *again {number} or *no {number}"


def _result(answer: Mapping[str, Any]) -> str:
    """Tell what the service answered, in the words of its members."""
    batch = answer.get("batch") or {}
    what = "/".join(str(each) for each in (batch.get("item_no") or answer.get("item_no"),
                                           batch.get("batch_no") or answer.get("batch_no")) if each)  # fmt: skip
    if answer.get("kind") == "unknown":
        return _UNKNOWN.get(str(answer.get("reason")), "nothing on record; nothing was changed")
    parts = [str(answer["kind"])] if "kind" in answer else []
    parts += [what] if what else []
    parts += [str(batch.get("status") or answer["status"])] if batch.get("status") or answer.get("status") else []
    parts += [f"balance {answer['balance']}"] if "balance" in answer else []
    if answer.get("is_bin_empty") == "confirm":
        parts.append("is the bin empty now? look")
    following = answer.get("next")
    if isinstance(following, Mapping):
        parts.append(
            f"next: {following.get('quantity')} of {following.get('item_no')}/{following.get('batch_no')}"
            f" in {following.get('location')}"
        )
    elif "next" in answer:
        parts.append("nothing more to take")
    if refusal := answer.get("refusal"):
        parts.append(f"may not leave: {refusal.get('detail') or refusal.get('title')}")
    return ", ".join(parts)


def _farewell(facts: Mapping[str, Any]) -> str:
    said = "ended; every scan was sent" if not facts["waiting"] else (
        f"ended; {facts['waiting']} kept on disk: start the station again to send them"
    )  # fmt: skip
    return said + (f"; {facts['open']} refused, still to be dealt with" if facts["open"] else "")


_FIXED = {
    "left-out": "left out: nobody answered the question with yes",
    "repeat": "twice at once, counted once",
    "same-label": "stands on a label that was just counted",
    "already-scanned": "already scanned: this number is one piece only",
    "dropped": "taken off the list",
    "no-quantity": "is no quantity: digits and one point, at most six before it",
}
_MADE: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "kept": _kept,
    "done": lambda facts: _result(facts.get("answer") or {}),
    "refused": _refusal,
    "asked": _refusal,
    "still-open": _refusal,
    "ask": lambda facts: _QUESTIONS[facts["about"]],
    "not-kept": lambda facts: f"NOT KEPT, scan it again later: {facts['detail']}",
    "not-sure": lambda facts: f"not sure: {facts['detail']}",
    "queue-fault": lambda facts: f"the queue could not be written, it is tried again: {facts['detail']}",
    "no-such": lambda facts: f"({facts['word']}) no scan of this number waits for that",
    "command": lambda facts: f"next: {settings_of(facts)}",
    "end": _farewell,
}
