"""`python -m labels render KIND [--data FILE.json] --to FILE`: draw a label without the service."""

import argparse
import sys
from pathlib import Path

from labels.band import Mode
from labels.content import KINDS, Label, read_label, sample
from labels.drawing import DOTS_PER_MM
from labels.marks import LANGUAGES, STATUS_MARKS
from labels.refused import LabelRefused
from labels.rendering import Form, render


def main(arguments: list[str] | None = None) -> int:
    """Run the command; gives the exit status: 1 for a label or file that cannot be drawn, read or written."""
    given = _parser().parse_args(arguments)
    form = given.to.suffix.removeprefix(".").lower()
    if form not in list(Form):
        print(f"{given.to}: the ending must be one of {', '.join('.' + name for name in Form)}", file=sys.stderr)
        return 2
    try:
        data = _data(given)
        given.to.write_bytes(render(given.kind, data, form=form, mode=given.mode, dpi=given.dpi))
    except (LabelRefused, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _data(given: argparse.Namespace) -> Label:
    if given.data is not None:
        return read_label(given.kind, given.data.read_bytes())
    return sample(given.kind, status=given.status, languages=tuple(given.languages))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m labels", description="Draw labels without the service.")
    commands = parser.add_subparsers(required=True)
    draw = commands.add_parser("render", help="draw a label into a file")
    draw.add_argument("kind", choices=sorted(KINDS))
    draw.add_argument("--data", type=Path, help="the label's fields as a JSON object; without it a filled sample")
    draw.add_argument("--to", type=Path, required=True, help="the file; its ending is .pdf, .png, .svg or .zpl")
    draw.add_argument("--mode", choices=list(Mode), default="colour", help="how the colour comes onto the paper")
    draw.add_argument("--dpi", type=int, choices=sorted(DOTS_PER_MM), default=203, help="the printer's resolution")
    draw.add_argument("--status", choices=sorted(STATUS_MARKS), default="qualified", help="of the sample")
    draw.add_argument("--languages", nargs=2, choices=LANGUAGES, default=["zh_Hant", "en"], help="of the sample")
    return parser


if __name__ == "__main__":
    sys.exit(main())
