"""How a station is seen and heard: a terminal that shows the whole, plain lines, or one JSON object a line.

Colour is never the only sign: each state has a mark, a word and a sound of its own. Source: R-A12, R-U3.
"""

import json
import os
import shutil
import sys
import unicodedata
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TextIO

from scanners.sentences import LOOKS, Look, look_of, printable, sentence, settings_of
from scanners.words import say, word

_COLOURS = {"green": "\x1b[32m", "amber": "\x1b[33m", "red": "\x1b[1;31m", "bold": "\x1b[1m", "dim": "\x1b[2m", "": ""}
_OFF = "\x1b[0m"
_STATE = ("waiting", "open", "next_quantity", "next_location")
_SHOWN_SCANS = 200  # kept in memory for a tall window


class JsonLines:
    """One JSON object a line and happening, for machines."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def tell(self, kind: str, facts: Mapping[str, Any]) -> None:
        """Write a happening."""
        self._out.write(json.dumps({"event": kind, **facts}) + "\n")
        self._out.flush()


class PlainLines:
    """One sentence a line, for a log or a pipe."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def tell(self, kind: str, facts: Mapping[str, Any]) -> None:
        """Write a happening that has a look."""
        if kind in LOOKS:
            self._out.write(f"{look_of(kind, facts).mark} {sentence(kind, facts)}\n")
            self._out.flush()


class Terminal:
    """The whole station on a terminal, drawn anew with every happening."""

    def __init__(
        self, out: TextIO, *, title: str, size: Callable[[], os.terminal_size] = shutil.get_terminal_size
    ) -> None:
        """`title` names device, task and service."""
        self._out, self._title, self._size = out, title, size
        self._colours = "NO_COLOR" not in os.environ
        self._lines: deque[tuple[str, Look, str]] = deque(maxlen=_SHOWN_SCANS)
        self._open: dict[int, tuple[str, str]] = {}
        self._question = ""
        self._source, self._service = ("starting", ""), ("nothing-sent", "")  # state and detail; told when drawn
        self._done, self._state = 0, dict[str, Any]()

    def tell(self, kind: str, facts: Mapping[str, Any]) -> None:
        """Take a happening in and draw."""
        self._state |= {name: facts[name] for name in _STATE if name in facts}
        self._note(kind, facts)
        if kind == "end":
            self._out.write(f"\x1b[H\x1b[J{self._title}\n{sentence(kind, facts)}\n")
        else:
            self._out.write("\x1b[H\x1b[J" + "\n".join(self._picture()) + "\n> ")
        self._out.flush()

    def _note(self, kind: str, facts: Mapping[str, Any]) -> None:
        said = sentence(kind, facts)
        self._question = said if kind == "ask" else "" if kind in ("left-out", "kept", "command") else self._question
        if kind in ("source", "service"):
            happened = (facts["state"], printable(facts["detail"]))
            if kind == "service":
                self._service = happened
                return
            if facts["state"] != "refused":
                self._source = happened
                return
        if kind in ("refused", "asked", "still-open"):
            self._open[facts["sequence"]] = (kind, said)
        elif kind == "dropped" or "instead_of" in facts:
            self._open.pop(facts.get("instead_of", facts["sequence"]), None)
        self._done += kind == "done"
        if kind in LOOKS and kind not in ("ask", "still-open", "command"):
            self._replace_or_add(kind, facts, said)

    def _replace_or_add(self, kind: str, facts: Mapping[str, Any], said: str) -> None:
        """A scan has one line, which changes from kept to its answer."""
        clock = datetime.now().astimezone().strftime("%H:%M:%S")
        name = str(facts.get("sequence", ""))
        for place, (known, _, _) in enumerate(self._lines):
            if name and known == name:
                self._lines[place] = (name, look_of(kind, facts), f"{clock}  {said}")
                return
        self._lines.append((name, look_of(kind, facts), f"{clock}  {said}"))

    def _picture(self) -> list[str]:
        columns, rows = self._size()
        waiting, still_open = self._state.get("waiting", 0), self._state.get("open", 0)
        is_away = self._service[0] in ("away", "signed-out")
        counts = say("view-counts", done=self._done, waiting=waiting, open=still_open)
        head = [
            self._line("bold", self._title, columns),
            self._line("", f"{say('view-source')}   {_state(*self._source)}", columns),
            self._line("red" if is_away else "", f"{say('view-service')}  {_state(*self._service)}", columns),
            self._line("amber" if waiting else "", counts, columns),
            self._line("", f"{say('view-next')}     {printable(settings_of(self._state))}", columns),
        ]
        foot = [self._line("red", f"✘ {said}", columns * 3) for _, said in list(self._open.values())[-5:]]
        if self._question:
            foot.append(self._line("amber", f"? {self._question}", columns * 2))
        room = max(rows - len(head) - 2 * len(foot) - 4, 3)
        shown = list(self._lines)[-room:]
        body = [self._line(look.colour, f"{look.mark} {said}", columns) for _, look, said in shown]
        rule = "─" * columns
        return [*head, rule, *body, *([rule, *foot] if foot else [])]

    def _line(self, colour: str, text: str, columns: int) -> str:
        cut = _cut(text, columns)
        return f"{_COLOURS[colour]}{cut}{_OFF}" if colour and self._colours else cut


def _state(name: str, detail: str) -> str:
    return f"{word('state', name)} {detail}".rstrip()


def _cut(text: str, columns: int) -> str:
    """Cut a text to so many columns; a Chinese character has two."""
    width = 0
    for place, each in enumerate(text):
        width += 2 if unicodedata.east_asian_width(each) in "WF" else 1
        if width > columns:
            return text[: max(place - 1, 0)] + "…"
    return text


def is_terminal(out: TextIO) -> bool:
    """Tell whether a person looks at this output."""
    return out.isatty() and os.environ.get("TERM", "dumb") != "dumb" and out is sys.stdout
