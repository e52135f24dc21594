"""Commands of the scanners: read codes out of pictures, take GS1 texts apart, be a station."""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scanners import gs1, sentences, station_command, worker
from scanners.scan import MOST_FILE_BYTES, Code, PictureRefused

_EXAMPLES = """examples:
  python -m scanners decode photo.jpg scan.pdf
  python -m scanners decode --json pictures/*.png
  python -m scanners gs1 '(01)06912345678902(17)260600(10)AB12'
  python -m scanners gs1 --encode --label '(01)06912345678902' '(10)AB12(17)260600'
  printf ']C1010691234567890210AB12\\03517260600\\n' | python -m scanners gs1
  python -m scanners station --help
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0, 1 when a file could not be read, 2 for a wrong call."""
    options = _parser().parse_args(arguments)
    if options.command == "decode":
        return _decode_files(options.files, as_json=options.json)
    if options.command == "station":
        return station_command.run(options)
    _parse_texts(options)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scanners",
        description="Reads codes out of pictures, takes GS1 texts apart, and is the station of a store.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    decode = commands.add_parser("decode", help="read every code in each picture (PNG, JPEG, WebP) or PDF page")
    decode.add_argument("--json", action="store_true", help="one JSON object a line and file")
    decode.add_argument("files", nargs="+", metavar="FILE")
    parse = commands.add_parser("gs1", help="parse and check GS1 element strings, one JSON object a line")
    parse.add_argument("--json", action="store_true", help="the default, and the only form there is")
    parse.add_argument(
        "--encode", action="store_true", help="add encoded: the data as one symbol carries it, GS where it is needed"
    )
    parse.add_argument(
        "--label", action="store_true", help="at the end judge all texts as the symbols of one label: companions too"
    )
    parse.add_argument("texts", nargs="*", metavar="TEXT", help="as scanned or bracketed; else lines of standard input")
    station_command.add_parser(commands)
    return parser


def _lines() -> Iterator[str]:
    """Yield the lines of standard input; only LF and CR LF end one, since GS would end a line of Python's own."""
    for line in sys.stdin.buffer:
        yield line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "backslashreplace")


def _parse_texts(options: argparse.Namespace) -> None:
    symbols: list[gs1.Parsed] = []
    for text in options.texts or _lines():
        parsed = gs1.parse(text)
        encoded = {"encoded": gs1.encode(parsed.elements) if parsed.valid else None} if options.encode else {}
        _say_json({**_gs1_fields(parsed), **encoded})
        symbols += [parsed] if options.label else []
    if options.label:
        problem = gs1.find_label_problem(symbols) if symbols else "no symbol"
        _say_json({"label": len(symbols), "valid": problem is None, "problem": problem})


def _gs1_fields(parsed: gs1.Parsed) -> dict[str, Any]:
    return {
        "input": parsed.input,
        "valid": parsed.valid,
        "elements": [list(element) for element in parsed.elements],
        "problem": parsed.problem,
    }


def _say_json(fields: dict[str, Any]) -> None:
    print(json.dumps(fields), flush=True)


def _decode_files(files: Iterable[str], *, as_json: bool) -> int:
    reader = worker.Files()
    try:
        answers = [_say(_decode_file(reader, file), as_json=as_json) for file in files]
    finally:
        reader.end()
    return 1 if False in answers else 0


def _decode_file(reader: worker.Files, file: str) -> dict[str, Any]:
    """Read a file's codes; those of the pages before a fault are told with the fault."""
    started = time.perf_counter()
    answer: dict[str, Any] = {"file": file, "codes": [], "not_sure": []}
    try:
        for page, reading in reader.read(_bytes(Path(file))):
            number = {"page": page} if page else {}
            answer["codes"] += [{**_code_fields(code), **number} for code in reading.codes]
            answer["not_sure"] += [{**asdict(doubt), **number} for doubt in reading.doubts]
    except OSError as problem:
        answer["error"] = problem.strerror or str(problem)
    except PictureRefused as refused:
        answer["error"] = refused.detail
    answer["milliseconds"] = round((time.perf_counter() - started) * 1000, 1)
    return answer


def _bytes(path: Path) -> bytes:
    """Read a file, a byte more than may be at most. Raises OSError."""
    with path.open("rb") as file:
        return file.read(MOST_FILE_BYTES + 1)


def _say(answer: dict[str, Any], *, as_json: bool) -> bool:
    """Print what a file gave; tells whether it could be read."""
    if as_json:
        _say_json(answer)
    else:
        _say_plainly(answer)
    return "error" not in answer


def _code_fields(code: Code) -> dict[str, Any]:
    """Give the four fixed members, and after them why the read is believed."""
    fields = asdict(code)
    fixed = ("text", "symbology", "polygon", "gs1")
    why = ("identifier", "engine", "passes", "votes", "milliseconds")
    return {**{name: fields[name] for name in (*fixed, *why)}, "bytes": code.bytes.hex()}


def _say_plainly(answer: dict[str, Any]) -> None:
    """Print one line a code; control characters of a stranger's code never reach the terminal as they are."""
    name = ascii(answer["file"])[1:-1] if not answer["file"].isprintable() else answer["file"]
    for code in answer["codes"]:
        text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in code["text"])
        print(f"{name}: {code['symbology']} {text}")
    for doubt in answer["not_sure"]:
        print(f"{name}: not sure of a code at {doubt['polygon'][0]}: {sentences.advise(doubt['advice'])}")
    if "error" in answer:
        print(f"{name}: {answer['error']}", file=sys.stderr)
    elif not answer["codes"] and not answer["not_sure"]:
        print(f"{name}: no code found")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # the reader of our output has enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
