"""IPP messages (RFC 8010 and 8011) as bytes, and one exchange with a printer over http.client.

Only what a label printer is asked: print, look at a job, list jobs, tell of oneself. Redirects are answers like any
other and never followed; a self-signed certificate is compared with the one pinned when the printer was added.
Source: 4.5.5.
"""

import hmac
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import count
from typing import Any
from urllib.parse import SplitResult, urlsplit

from labels.reach import NotListed, Reach, connect

CHUNK = 16 * 1024  # bytes between two heartbeats
ANSWER_S = 3.0  # a printer that says nothing for so long has not answered: uncertain is shown within 5 s
MOST_ANSWER = 4 * 1024 * 1024  # bytes of an answer; printers send a few thousand
_REQUEST_IDS = count(1)


class Operation(IntEnum):
    """The operations used."""

    PRINT_JOB = 2
    CANCEL_JOB = 8
    GET_JOB_ATTRIBUTES = 9
    GET_JOBS = 10
    GET_PRINTER_ATTRIBUTES = 11


class Tag(IntEnum):
    """Value tags that are written or need their own reading."""

    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE = 0x33
    COLLECTION = 0x34
    END_COLLECTION = 0x37
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49
    MEMBER_NAME = 0x4A


OPERATION_GROUP, JOB_GROUP, END, PRINTER_GROUP = 1, 2, 3, 4
Group = dict[str, list[Any]]


class Malformed(Exception):
    """The answer is no IPP."""


class Unanswered(Exception):
    """No answer came; `begun` tells whether a byte was sent, `late` whether the printer may still be at it."""

    def __init__(self, error: Exception, *, begun: bool) -> None:
        super().__init__(str(error) or type(error).__name__)
        self.begun, self.late = begun, isinstance(error, TimeoutError)
        self.cause = "silent" if begun else _cause(error)


def _cause(error: Exception) -> str:
    """Name what kept the first byte from going out."""
    if isinstance(error, NotListed):
        return "address-not-listed"
    return "certificate" if isinstance(error, ssl.SSLCertVerificationError) else "unreachable"


class HttpRefused(Exception):
    """The printer answered with an HTTP status that carries no IPP answer, a redirect among them."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer's status and its groups as (tag, attributes); every attribute is a list of values."""

    status: int
    groups: list[tuple[int, Group]]

    def first(self, tag: int) -> Group:
        """Give the first group of a kind, empty where there is none."""
        return next((group for kind, group in self.groups if kind == tag), {})


def message(operation: Operation, printer: str, attributes: list[tuple[int, str, Any]], job: bytes = b"") -> bytes:
    """Write a request: charset, language and printer-uri first, in the order RFC 8011 asks for, then the given ones."""
    head = struct.pack(">HHi", 0x0200, operation, next(_REQUEST_IDS) & 0x7FFFFFFF)
    common = [
        (Tag.CHARSET, "attributes-charset", "utf-8"),
        (Tag.LANGUAGE, "attributes-natural-language", "en"),
        (Tag.URI, "printer-uri", printer),
    ]
    body = b"".join(attribute(tag, name, value) for tag, name, value in [*common, *attributes])
    return head + bytes([OPERATION_GROUP]) + body + job + bytes([END])


def attribute(tag: int, name: str, value: Any) -> bytes:
    """Write one attribute; a list is a set of values, a collection a list of (tag, name, value)."""
    values = value if isinstance(value, list) and tag != Tag.COLLECTION else [value]
    return b"".join(_value(tag, "" if number else name, each) for number, each in enumerate(values))


def _value(tag: int, name: str, value: Any) -> bytes:
    if tag == Tag.COLLECTION:
        members = b"".join(_value(Tag.MEMBER_NAME, "", inner) + _value(kind, "", it) for kind, inner, it in value)
        return _field(tag, name, b"") + members + _field(Tag.END_COLLECTION, "", b"")
    if tag in (Tag.INTEGER, Tag.ENUM):
        return _field(tag, name, struct.pack(">i", value))
    if tag == Tag.BOOLEAN:
        return _field(tag, name, b"\x01" if value else b"\x00")
    return _field(tag, name, str(value).encode())


def _field(tag: int, name: str, raw: bytes) -> bytes:
    named = name.encode()
    return bytes([tag]) + struct.pack(">H", len(named)) + named + struct.pack(">H", len(raw)) + raw


def read_answer(raw: bytes) -> Answer:
    """Read an answer. Raises Malformed for anything that is not whole."""
    try:
        _, status, _ = struct.unpack_from(">HHi", raw)
        return Answer(status=status, groups=list(_groups(raw)))
    except (struct.error, IndexError, UnicodeDecodeError, ValueError) as error:
        raise Malformed(str(error)) from error


def _groups(raw: bytes) -> Iterator[tuple[int, Group]]:
    at = 8
    while raw[at] != END:
        tag, group, name = raw[at], Group(), ""
        at += 1
        while raw[at] >= 0x10:
            kind, said, value, at = _read_field(raw, at)
            name = said or name
            if kind == Tag.COLLECTION:
                value, at = _read_collection(raw, at)
            group.setdefault(name, []).append(_plain(kind, value))
        yield tag, group


def _read_field(raw: bytes, at: int) -> tuple[int, str, Any, int]:
    """Give tag, name, raw value and the place after it; a value cut off is an error, not a shorter value."""
    (name_length,) = struct.unpack_from(">H", raw, at + 1)
    start = at + 3 + name_length
    (length,) = struct.unpack_from(">H", raw, start)
    end = start + 2 + length
    if end > len(raw):
        raise IndexError("cut off")
    return raw[at], raw[at + 3 : start].decode(), raw[start + 2 : end], end


def _read_collection(raw: bytes, at: int) -> tuple[Group, int]:
    found, name = Group(), ""
    while True:
        kind, _, value, at = _read_field(raw, at)
        if kind == Tag.END_COLLECTION:
            return found, at
        if kind == Tag.MEMBER_NAME:
            name = value.decode()
            continue
        if kind == Tag.COLLECTION:
            value, at = _read_collection(raw, at)
        found.setdefault(name, []).append(_plain(kind, value))


def _plain(kind: int, value: Any) -> Any:
    """Give a value as Python has it; of out-of-band values (unknown, no-value) None."""
    if kind < 0x20:
        return None
    if kind in (Tag.INTEGER, Tag.ENUM):
        return struct.unpack(">i", value)[0]
    if kind == Tag.BOOLEAN:
        return value != b"\x00"
    if kind == Tag.RESOLUTION:
        return _dots_an_inch(value)
    if kind == Tag.RANGE:
        return struct.unpack(">ii", value)
    if kind == Tag.DATE_TIME:
        return _date_time(value)
    return value.decode() if isinstance(value, bytes) and kind >= 0x40 else value


def _dots_an_inch(raw: bytes) -> tuple[int, int]:
    """Give a resolution across and along the paper; units are 3 for dots an inch and 4 for dots a centimetre."""
    across, along, units = struct.unpack(">iib", raw)
    factor = 2.54 if units == 4 else 1
    return round(across * factor), round(along * factor)


def _date_time(raw: bytes) -> datetime:
    year, month, day, hour, minute, second, _, sign, hours, minutes = struct.unpack(">HBBBBBBcBB", raw)
    away = timedelta(hours=hours, minutes=minutes)
    zone = timezone(-away if sign == b"-" else away) if away else UTC
    return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone)


@dataclass(frozen=True, kw_only=True)
class Door:
    """Where a printer is asked: its address, the pinned certificate (SHA-256 in hex) and which hosts may be reached."""

    url: SplitResult
    certificate: str | None
    reach: Reach

    def ask(self, request: bytes, document: bytes = b"", *, on_progress: Callable[[], object] = lambda: None) -> Answer:
        """Send a request, its document in pieces with a heartbeat each, and give the answer.

        Raises Unanswered, HttpRefused, Malformed.
        """
        link = self._link()
        sent = _Sent()
        try:
            self._open(link)
            on_progress()
            # After the request's last byte the answer may already be there, also when the printer closed early.
            sent.post(link, self.url, request, document, on_progress)
            return _answer(link)
        except (OSError, HTTPException) as error:
            raise Unanswered(error, begun=sent.count > 0) from error
        finally:
            link.close()

    def _link(self) -> HTTPConnection:
        host, port = self.url.hostname or "", self.url.port or 631
        if self.url.scheme == "ipp":
            return HTTPConnection(host, port, timeout=ANSWER_S)
        return HTTPSConnection(host, port, timeout=ANSWER_S)

    def _open(self, link: HTTPConnection) -> None:
        """Connect, and before the first byte of a request compare the certificate."""
        line: socket.socket = connect(link.host, link.port, self.reach)
        line.settimeout(ANSWER_S)
        if isinstance(link, HTTPSConnection):
            line = _trusting(self.certificate).wrap_socket(line, server_hostname=link.host)
            if self.certificate is not None and not hmac.compare_digest(_fingerprint(line), self.certificate.lower()):
                line.close()
                raise ssl.SSLCertVerificationError("another certificate than the one pinned")
        link.sock = line
        link.auto_open = 0  # else the library would look the name up again, unchecked, where the line is gone


def read_fingerprint(address: str, *, reach: Reach) -> str:
    """Give the SHA-256 (hex) of the certificate an `ipps` address shows, to be pinned. Raises OSError."""
    url = urlsplit(address)
    host = url.hostname or ""
    with connect(host, url.port or 631, reach) as line:
        line.settimeout(ANSWER_S)
        with _trusting("").wrap_socket(line, server_hostname=host) as shown:
            return _fingerprint(shown)


def _trusting(pinned: str | None) -> ssl.SSLContext:
    """Give what checks certificates; for a printer's own one nobody vouches but the administrator who pins it."""
    context = ssl.create_default_context()
    if pinned is not None:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _fingerprint(line: ssl.SSLSocket) -> str:
    return sha256(line.getpeercert(binary_form=True) or b"").hexdigest()


class _Sent:
    """How many bytes of a request went out."""

    count = 0

    def post(
        self,
        link: HTTPConnection,
        url: SplitResult,
        request: bytes,
        document: bytes,
        on_progress: Callable[[], object],
    ) -> None:
        """Post request and document; a printer that stopped reading may have answered, so the answer is looked for."""
        link.putrequest("POST", url.path or "/ipp/print")
        link.putheader("Content-Type", "application/ipp")
        body = request + document
        link.putheader("Content-Length", str(len(body)))
        link.endheaders()
        for start in range(0, len(body), CHUNK):
            piece = body[start : start + CHUNK]
            try:
                link.send(piece)
            except (BrokenPipeError, ConnectionResetError):
                self.count += 1  # some of the piece may have gone
                return
            self.count += len(piece)
            on_progress()


def _answer(link: HTTPConnection) -> Answer:
    response = link.getresponse()
    raw = response.read(MOST_ANSWER)
    if response.status != 200:
        raise HttpRefused(response.status)
    return read_answer(raw)
