"""The process that reads strangers' pictures: little memory, little time, no files, no network.

    python -m scanners.child [--quiet] [--documents]

Started by `worker`. Pictures come in by standard input and JSON goes out, each message led by its length (4 bytes, big
endian). Security: boundary "image, decoder"; rows U1, U2; P15.
"""

import base64
import json
import logging
import re
import resource
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from scanners.scan import MOST_BYTES, MOST_FILE_BYTES, PictureRefused

SECONDS_PER_PICTURE = 3.0
_ADDRESS_SPACE = 1024 * 1024 * 1024
_MOST_GROWTH = 280 * 1024 * 1024  # beyond what the engines take themselves
QUIET, DOCUMENTS = "--quiet", "--documents"
LENGTH = struct.Struct(">I")
HEAD = struct.Struct(">cI")  # what is asked, and the length of the file
READ, CLEAN = b"r", b"c"


def _limit_this_process() -> None:
    """Take what reading a picture does not need: memory, files to write, and any further descriptor."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    if taken := _data_bytes():
        resource.setrlimit(resource.RLIMIT_DATA, (taken + _MOST_GROWTH, taken + _MOST_GROWTH))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # standard streams only: no file, no socket


def _data_bytes() -> int:
    """Give the memory that this process has to write to so far, 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = re.search(r"^VmData:\s+([0-9]+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _limit_next_picture() -> None:
    """Allow so many seconds of processor time from now on; the kernel ends the process beyond."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + SECONDS_PER_PICTURE) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _answers(what: bytes, data: bytes, *, documents: bool) -> Iterator[dict[str, Any]]:
    """Read or clean a picture; where documents are taken, read each page of a PDF too, and then nothing more."""
    import cv2  # the engines are for the child alone

    from scanners import pictures

    try:
        if what == CLEAN:
            yield {"picture": base64.b64encode(pictures.clean(data)).decode()}
        elif documents and pictures.is_pdf(data):
            for number, page in enumerate(pictures.read_pages(data), start=1):
                yield {"page": number, **_read(page)}
            yield {}
        else:
            yield _read(pictures.read_picture(data, most_bytes=MOST_FILE_BYTES if documents else MOST_BYTES))
    except PictureRefused as refused:
        yield {"refused": [refused.reason, refused.detail]}
    except (MemoryError, cv2.error) as full:
        if isinstance(full, cv2.error) and full.code != cv2.Error.StsNoMem:
            raise
        yield {"refused": ["too-slow", "reading took too much memory"]}


def _read(gray: Any) -> dict[str, Any]:
    from scanners import stills

    reading = stills.read_still(gray)
    return {
        "codes": [{**vars(code), "bytes": code.bytes.hex()} for code in reading.codes],
        "doubts": [vars(doubt) for doubt in reading.doubts],
    }


def _write(stream: IO[bytes], answer: object) -> None:
    message = json.dumps(answer).encode()
    stream.write(LENGTH.pack(len(message)) + message)
    stream.flush()


def main() -> None:
    """Read pictures from standard input until it ends, which it does when the service is gone."""
    import numpy as np

    from scanners import pictures, stills

    given, answers = sys.stdin.buffer, sys.stdout.buffer
    documents = DOCUMENTS in sys.argv
    if QUIET in sys.argv:
        logging.disable(logging.WARNING)
    pictures.preload(documents=documents)  # all that is otherwise loaded late, while files may still be opened
    stills.read_still(np.zeros((64, 64), np.uint8))
    _limit_this_process()
    _write(answers, "ready")
    while header := given.read(HEAD.size):
        what, length = HEAD.unpack(header)
        data = given.read(length)
        _limit_next_picture()
        for answer in _answers(what, data, documents=documents):
            _write(answers, answer)
            _limit_next_picture()


if __name__ == "__main__":
    main()
