"""A camera behind RTSP: the installed FFmpeg asks a server on loopback, which vanishes in between. R-A12; 4.8.1.

The server speaks RTSP 1.0 (RFC 2326) and sends JPEG over RTP (RFC 2435) in the same connection, as network cameras do.
"""

import contextlib
import socketserver
import struct
import threading

import cv2
import numpy as np
import pytest
import zxingcpp

from scanners import camera
from scanners.camera import Camera
from scanners.capture import Capture
from scanners.source import Seen, SourceState

SECONDS = 120.0
QUALITY, PIECE = 80, 1200
SCRIPT = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=dock\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track1\r\n"


def sheet(text):
    """Draw a QR code on grey: 480 x 640 x 3."""
    code = np.array(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=6))
    drawn = np.full((480, 640), 210, np.uint8)
    drawn[100 : 100 + code.shape[0], 150 : 150 + code.shape[1]] = code
    return cv2.cvtColor(drawn, cv2.COLOR_GRAY2BGR)


def packets(picture, number):
    """Cut a picture into RTP packets: JPEG 4:2:0 whose tables follow from its quality, so only its scan is sent."""
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
    begin = jpeg.index(b"\xff\xda")
    scan = jpeg[begin + 2 + struct.unpack(">H", jpeg[begin + 2 : begin + 4])[0] : -2]
    height, width = picture.shape[:2]
    for offset in range(0, len(scan), PIECE):
        part = scan[offset : offset + PIECE]
        is_last = offset + PIECE >= len(scan)
        yield (
            struct.pack(">BBHII", 0x80, 26 | is_last << 7, (number * 97 + offset // PIECE) & 0xFFFF, number * 9000, 7)
            + struct.pack(">IBBBB", offset & 0xFFFFFF, 1, QUALITY, width // 8, height // 8)
            + part
        )


class Server(socketserver.ThreadingTCPServer):
    """Shows each connection the next of its labels until the test has read it; then the connection is cut."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, labels):
        self.labels, self.seen, self.connections = labels, set(), 0
        super().__init__(("127.0.0.1", 0), Session)
        self.address = f"rtsp://127.0.0.1:{self.server_address[1]}/dock"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        with contextlib.suppress(ConnectionError):
            while asked := self._asked():
                method, number = asked
                self._answer(method, number)
                if method == "PLAY":
                    self._play()
                    return

    def _asked(self):
        """Give method and CSeq of the next request, None at the end."""
        first, number = self.rfile.readline().decode(), "0"
        while (line := self.rfile.readline().decode().strip()) != "":
            name, _, value = line.partition(":")
            number = value.strip() if name.lower() == "cseq" else number
        return (first.split()[0], number) if first.strip() else None

    def _answer(self, method, number):
        more, body = {
            "OPTIONS": ("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n", ""),
            "DESCRIBE": (f"Content-Type: application/sdp\r\nContent-Length: {len(SCRIPT)}\r\n", SCRIPT),
            "SETUP": ("Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n", ""),
            "PLAY": ("Session: 1\r\n", ""),
        }.get(method, ("", ""))
        self.wfile.write(f"RTSP/1.0 200 OK\r\nCSeq: {number}\r\n{more}\r\n{body}".encode())

    def _play(self):
        label = next(each for each in self.server.labels if each not in self.server.seen)
        picture = sheet(label)
        self.server.connections += 1
        pause, number = threading.Event(), 0
        while label not in self.server.seen:
            for packet in packets(picture, number):
                self.wfile.write(b"$\x00" + struct.pack(">H", len(packet)) + packet)
            pause.wait(0.05)
            number += 1


@pytest.fixture
def server():
    made = Server(["DOCK-1", "DOCK-2"])
    yield made
    made.seen.update(made.labels)
    made.shutdown()
    made.server_close()


def test_given_a_camera_behind_rtsp_when_it_vanishes_and_returns_then_told_and_both_labels_are_read(
    server, monkeypatch
):
    """R-A12"""
    monkeypatch.setattr(camera, "FIRST_PAUSE_SECONDS", 0.1)
    stop, texts, states = threading.Event(), [], []
    timer = threading.Timer(SECONDS, stop.set)
    timer.start()
    source = Camera(server.address, capture=lambda: Capture(server.address))
    for what in source.read(stop):
        if isinstance(what, Seen):
            texts += [scan.text for scan in what.scans]
            server.seen.update(texts)
        elif isinstance(what, SourceState):
            states.append(what.state)
        if "DOCK-2" in texts:
            stop.set()
    timer.cancel()
    assert list(dict.fromkeys(texts)) == ["DOCK-1", "DOCK-2"]
    assert states[:3] == ["open", "lost", "open"]
    assert server.connections >= 2
