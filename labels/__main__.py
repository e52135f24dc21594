"""`python -m labels render KIND [--data FILE.json] --to FILE` and `print FILE --printer URL`, without the service."""

import argparse
import secrets
import sys
from pathlib import Path

from labels.band import Mode
from labels.drawing import DOTS_PER_MM
from labels.kinds import PAPERS, AnyPaper, read_paper
from labels.marks import LANGUAGES, STATUS_MARKS
from labels.printers import Job, Outcome, open_printer
from labels.refused import LabelRefused
from labels.rendering import Form, render
from labels.samples import sample

_COLOURS = tuple(dict.fromkeys(mark.name for mark in STATUS_MARKS.values()))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; gives the exit status: 1 for a label that cannot be drawn, a file or a job that came to nothing.

    2 for arguments that are none, 3 where nobody knows whether it is on paper.
    """
    given = _parser().parse_args(arguments)
    status: int = given.run(given)
    return status


def _render(given: argparse.Namespace) -> int:
    form = given.to.suffix.removeprefix(".").lower()
    if form not in list(Form):
        print(f"{given.to}: the ending must be one of {', '.join('.' + name for name in Form)}", file=sys.stderr)
        return 2
    try:
        data = _data(given)
        given.to.write_bytes(render(given.kind, data, form=form, mode=given.mode, dpi=given.dpi, size=given.size))
    except (LabelRefused, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _print(given: argparse.Namespace) -> int:
    """Send a file and say what came of it."""
    form = given.file.suffix.removeprefix(".").lower()
    try:
        width, height = (float(side) for side in given.size.split("x"))
        printer = open_printer(given.printer, colour=given.loaded, certificate=given.certificate)
        job = Job(
            job_id=given.job_id or f"command-{secrets.token_hex(4)}",
            document=given.file.read_bytes(),
            form=form,
            width_mm=width,
            height_mm=height,
            colour=given.colour,
        )
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    result = printer.send(job)
    print(" ".join(part for part in (result.outcome, result.cause, result.remote_id, result.detail) if part))
    return {Outcome.SENT: 0, Outcome.CONFIRMED: 0, Outcome.UNCERTAIN: 3}.get(result.outcome, 1)


def _data(given: argparse.Namespace) -> AnyPaper:
    if given.data is not None:
        return read_paper(given.kind, given.data.read_bytes())
    return sample(given.kind, status=given.status, languages=tuple(given.languages))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m labels", description="Draw labels without the service.")
    commands = parser.add_subparsers(required=True)
    draw = commands.add_parser("render", help="draw a label into a file")
    draw.add_argument("kind", choices=sorted(PAPERS))
    draw.add_argument("--data", type=Path, help="the label's fields as a JSON object; without it a filled sample")
    draw.add_argument("--to", type=Path, required=True, help="the file; its ending is .pdf, .png, .svg, .zpl or .pwg")
    draw.add_argument("--mode", choices=list(Mode), default="colour", help="how the colour comes onto the paper")
    draw.add_argument("--dpi", type=int, choices=sorted(DOTS_PER_MM), default=203, help="the printer's resolution")
    draw.add_argument("--size", default="", help="of status and batch: 100x50, 70x40, 50x30; of sheets: 70x37")
    draw.add_argument("--status", choices=sorted(STATUS_MARKS), default="qualified", help="of the sample")
    draw.add_argument("--languages", nargs=2, choices=LANGUAGES, default=["zh_Hant", "en"], help="of the sample")
    draw.set_defaults(run=_render)
    send = commands.add_parser("print", help="send a drawn label to a printer and say what came of it")
    send.add_argument("file", type=Path, help="the label; its ending says what it is: .pdf, .zpl, .png, .pwg")
    send.add_argument("--printer", required=True, help="ipp://…, ipps://…, socket://host:9100, lp:QUEUE or file:DIR")
    send.add_argument("--size", default="100x50", help="of the paper, in millimetres")
    send.add_argument("--colour", choices=_COLOURS, help="the paper it needs; another one loaded holds the job")
    send.add_argument("--loaded", choices=_COLOURS, help="the paper loaded, where the printer cannot tell")
    send.add_argument("--certificate", help="SHA-256 of an ipps printer's own certificate, in hex")
    send.add_argument("--job-id", help="the job's name at the printer; the same job sent again keeps it")
    send.set_defaults(run=_print)
    return parser


if __name__ == "__main__":
    sys.exit(main())
