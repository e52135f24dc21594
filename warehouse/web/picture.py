"""A picture sent to the service -> the codes in it, read by a child process before any transaction (U1..U5, P15).

The picture itself is kept nowhere: its SHA-256 stands for it in the request's fingerprint and in the scan log.
"""

import hashlib
import json
from typing import Any, TypeVar

from flask import request
from werkzeug.datastructures import FileStorage

from scanners.decode import Code, PictureRefused, decode_safely
from warehouse.rules.refusals import InvalidInput
from warehouse.web import body

FIELD = "picture"
TOO_LARGE = ("too-large", "too-many-pixels")

Shape = TypeVar("Shape")


class PictureTooLarge(InvalidInput):
    """A picture beyond the limits: the same code, status 413."""

    status = 413


class NoPicture(InvalidInput):
    """Another kind of file than PNG, JPEG or WebP: the same code, status 415."""

    status = 415


def read_form(shape: type[Shape]) -> tuple[Shape, list[Code], dict[str, Any]]:
    """Read a multipart form with one picture: its other fields in a shape, the codes found, and plain values.

    Raises InvalidInput (400, 413, 415) for other fields and for a picture that is not read.
    """
    files = [*request.files.items(multi=True)]
    if [name for name, _ in files] != [FIELD]:
        raise InvalidInput(field=FIELD, reason="exactly one file field of this name is wanted")
    fields = {name: value for name, value in request.form.items()}
    sent, plain = body.read(json.dumps(fields).encode(), shape, strict=False)
    data = _bytes(files[0][1])
    return sent, read_codes(data), {**plain, FIELD: hashlib.sha256(data).hexdigest()}


def read_codes(data: bytes) -> list[Code]:
    """Give the codes in a picture, [] when none is read for sure. Raises InvalidInput with the reader's reason."""
    try:
        return decode_safely(data)
    except PictureRefused as refused:
        if refused.reason in TOO_LARGE:
            raise PictureTooLarge(field=FIELD, reason=refused.reason) from refused
        kind = NoPicture if refused.reason == "not-a-picture" else InvalidInput
        raise kind(field=FIELD, reason=refused.reason) from refused


def as_scanned(code: Code) -> str:
    """Give a code's text as a reader sends it: the symbology identifier in front, which tells GS1 from plain data."""
    return (code.identifier or "") + code.text


def _bytes(file: FileStorage) -> bytes:
    with file.stream:  # a large one lies in a temporary file
        data: bytes = file.read()
    if not data:
        raise InvalidInput(field=FIELD, reason="empty")
    return data
