"""`python -m scanners station`: its options, and what they become. R-A12, R-U3; interface, "Commands"."""

import argparse
import hashlib
import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scanners import words
from scanners.courier import Courier, ServiceWrong
from scanners.opening import Wishes, is_picture_source, open_source
from scanners.outbox import Outbox, QueueBusy
from scanners.sentences import sound_of
from scanners.sound import find_player
from scanners.source import SourceWrong
from scanners.station import Station, Tell, stop_on_signals
from scanners.task import Task, TaskWrong, is_quantity, read_task
from scanners.view import JsonLines, PlainLines, Terminal, is_terminal
from scanners.window import Window, missing

_TOKEN = "WAREHOUSE_TOKEN"  # noqa: S105, the name of a variable
_LONGEST_NAME = 80

EXAMPLES = """examples:
  export WAREHOUSE_TOKEN=…                 made by: warehouse token add NAME
  python -m scanners station --source camera:0 --service http://127.0.0.1:8000 --task scan
  python -m scanners station --source pictures/ --service http://127.0.0.1:8000 --task receipt:S1-GR2611-0001
  printf '*12\\nEL-100/A7\\n' |
    python -m scanners station --source - --service http://127.0.0.1:8000 --task transfer:F-02

lines that begin with a star are for the station:
  *12      the quantity of the next scan (or of the one just asked about)
  *at F-02 the place of all that follows; *at alone: none
  *yes *no the answer to the question that stands; with a number: to that scan
  *again 7 try refused scan 7 again; *no 7 takes it off the list
"""


def add_parser(commands: Any) -> None:
    """Add the command to the parser of the package."""
    parser = commands.add_parser(
        "station",
        help="a scanning station: read codes, keep them on disk, send each once and in order",
        description="Reads codes from a source, keeps them on disk, and sends each once and in order to the service.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--source", required=True, metavar="SOURCE",
        help="camera:0, rtsp://…, a video file, a folder being filled with pictures, keyboard:[/dev/input/…],"
        " serial:/dev/…, or - for lines on standard input",
    )  # fmt: skip
    parser.add_argument("--service", required=True, metavar="URL", help="address of the service, http://HOST:PORT")
    parser.add_argument(
        "--task", required=True, metavar="TASK", help="scan, receipt:NO, delivery:NO, count:NO or transfer:TO"
    )
    parser.add_argument("--device", metavar="NAME", help="name of this station in the books (default: the machine's)")
    parser.add_argument("--queue", type=Path, metavar="DIR", help="where unsent scans are kept (default: one a source)")
    parser.add_argument("--quantity", default="", metavar="N", help="quantity of every scan that says none itself")
    parser.add_argument("--location", default="", metavar="PLACE", help="place of the goods, until *at says another")
    parser.add_argument("--gs", default="", metavar="TEXT", help="what the scanner sends in place of GS (Ctrl+])")
    parser.add_argument("--baud", type=int, default=9600, help="speed of a serial scanner (default 9600)")
    parser.add_argument("--language", default="", help="en, zh-Hans or zh-Hant (default: the service's)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line in place of the terminal view")
    parser.add_argument("--silent", action="store_true", help="no sounds")
    parser.add_argument(
        "--wait", type=float, default=30.0, metavar="SECONDS",
        help="after the end of standard input or a video: how long to wait for the service (default 30)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Run a station; gives the exit status: 0, 1 when something is left to deal with, 2 for a wrong call."""
    token = os.environ.get(_TOKEN, "").strip()
    words.speak(options.language or _language(os.environ))
    try:
        task = _checked(options, token)
        folder = options.queue or default_queue(options.source, options.service)
        outbox = Outbox(folder, device=options.device or socket.gethostname(), owner=_owner(token))
    except (TaskWrong, _Wrong, QueueBusy) as wrong:
        return _fail(str(wrong), 1 if isinstance(wrong, QueueBusy) else 2)
    try:
        return _run(options, token, task, outbox)
    except (SourceWrong, ServiceWrong) as wrong:
        return _fail(str(wrong), 2)
    finally:
        outbox.close()


class _Wrong(Exception):
    """An option that does not fit; the message says what would."""


def _checked(options: argparse.Namespace, token: str) -> Task:
    if not token:
        raise _Wrong(f"{_TOKEN} is not set: make a token by `warehouse token add NAME` and export it")
    if not token.isascii() or not token.isprintable():
        raise _Wrong(f"{_TOKEN} holds more than a token: ASCII without blanks and line ends")
    if options.device and not (options.device.isprintable() and len(options.device) <= _LONGEST_NAME):
        raise _Wrong(f"--device: a name of at most {_LONGEST_NAME} printable characters")
    if options.language and options.language not in words.LANGUAGES:
        raise _Wrong(f"--language {options.language}: {', '.join(words.LANGUAGES)}")
    if options.quantity and not is_quantity(options.quantity):
        raise _Wrong(f"--quantity {options.quantity}: digits and one point, at most six before it")
    return read_task(options.task)


def _run(options: argparse.Namespace, token: str, task: Task, outbox: Outbox) -> int:
    if strangers := outbox.strangers():
        _say(f"{strangers} scans wait that were read with another token; they are sent with this one")
    window = _window(options)
    wishes = Wishes(known=outbox.is_known, separator=options.gs, baud=options.baud, shown=window is not None)
    sources = [open_source(options.source, wishes)]
    if options.source != "-" and sys.stdin is not None and sys.stdin.isatty():
        sources.append(open_source("-", wishes))  # what cannot be read is typed, and questions are answered
    station = Station(
        task=task, outbox=outbox, sources=sources, tell=_teller(options, outbox, window), quantity=options.quantity,
        location=options.location, wait_seconds=options.wait, tick=window.show if window else lambda seen: None,
    )  # fmt: skip
    stop_on_signals(station)
    heard = (lambda language: None) if options.language else words.speak
    language = words.spoken()
    return station.run(lambda tell: Courier(options.service, token, language=language, tell=tell, heard=heard))


def _window(options: argparse.Namespace) -> Window | None:
    """Give the window of a camera or video; why there is none is said once, to a person."""
    if options.json or not sys.stdout.isatty() or not is_picture_source(options.source):
        return None
    if reason := missing():
        _say(f"no window with the picture: {reason}")
        return None
    return Window()


def _teller(options: argparse.Namespace, outbox: Outbox, window: Window | None) -> Tell:
    show: Tell
    if options.json:
        show = JsonLines(sys.stdout).tell
    elif is_terminal(sys.stdout):
        show = Terminal(sys.stdout, title=f"{outbox.device}   {options.task}   {options.service}").tell
    else:
        show = PlainLines(sys.stdout).tell
    play = None if options.silent or options.json else find_player(sys.stdout)

    def tell(kind: str, facts: Mapping[str, Any]) -> None:
        show(kind, facts)
        if sound := sound_of(kind, facts):
            if play:
                play(sound)
            if window:
                window.note(sound)

    return tell


def default_queue(source: str, service: str) -> Path:
    """Give the folder of the queue of a source and service, so that two stations on one machine do not meet."""
    home = os.environ.get("WAREHOUSE_HOME")
    base = Path(home) if home else Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser() / "warehouse"
    name = re.sub(r"[^A-Za-z0-9]+", "-", source).strip("-") or "lines"
    return base / "station" / f"{name[-40:]}-{hashlib.sha256(f'{source} {service}'.encode()).hexdigest()[:8]}"


def _owner(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def _language(environment: Mapping[str, str]) -> str:
    """Give the service the language of this terminal."""
    name = (environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or "").lower()
    if name.startswith("zh"):
        return "zh-Hant" if re.match(r"zh_(tw|hk|mo)", name) else "zh-Hans"
    return "en"


def _fail(text: str, status: int) -> int:
    _say(text)
    return status


def _say(text: str) -> None:
    sys.stderr.write(f"station: {text}\n")
