"""Folders, videos and cameras: whole pictures only, the newest frame only, and a camera that stalls, tears and vanishes.

Done means 7 of the scanners: it costs no scan and no memory over an hour of simulated frames. R-A12, U1, U2.
"""

import contextlib
import gc
import http.server
import os
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from scanners import camera, folder, window
from scanners.camera import Camera, Video, without_password
from scanners.capture import Capture, CaptureLost, Frame
from scanners.folder import Folder
from scanners.once import Once
from scanners.outbox import Outbox
from scanners.source import Scan, Seen, SourceWrong

SECONDS = 120.0


def label(text, *, width=640, height=480, scale=6):
    """Draw a QR code on a grey sheet: height x width x 3."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=scale)
    sheet = np.full((height, width), 210, np.uint8)
    at = ((height - code.shape[0]) // 2, (width - code.shape[1]) // 2)
    sheet[at[0] : at[0] + code.shape[0], at[1] : at[1] + code.shape[1]] = code
    return cv2.cvtColor(sheet, cv2.COLOR_GRAY2BGR)


def take(source, stop, *, until):
    """Read a source until a condition on what came holds; gives what came. Fails after a while."""
    came = []
    timer = threading.Timer(SECONDS, stop.set)
    timer.start()
    for what in source.read(stop):
        came.append(what)
        if until(came):
            stop.set()
    timer.cancel()
    assert until(came), came[-5:]
    return came


def texts_of(came):
    return [scan.text for what in came if isinstance(what, Seen) for scan in what.scans]


@pytest.fixture
def stop():
    return threading.Event()


def test_given_a_folder_being_filled_when_read_then_only_whole_pictures_once_and_in_order(tmp_path, stop, monkeypatch):
    """A file that grows, one that is no picture, other files, one rewritten; what was read before is not read again"""
    monkeypatch.setattr(folder, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(folder, "_PATIENCE_SECONDS", 0.5)
    for name, text, age in (("z.png", "FIRST", 30), ("a.png", "SECOND", 20), ("known.png", "KNOWN", 10)):
        cv2.imwrite(str(tmp_path / name), label(text))
        os.utime(tmp_path / name, (time.time() - age, time.time() - age))
    for name in (".hidden.png", "note.txt", "late.png.part"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "lie.jpg").write_text("<svg/>")
    late = cv2.imencode(".png", label("LATE"))[1].tobytes()
    growing = tmp_path / "late.png"
    growing.write_bytes(late[: len(late) // 2])
    known = [f"{tmp_path / 'known.png'}:"]
    source = Folder(tmp_path, known=lambda mark: mark.startswith(known[0]))

    def until(came):
        texts = texts_of(came)
        if texts[-1:] == ["SECOND"] and growing.stat().st_size < len(late):
            growing.write_bytes(late)
        if texts[-1:] == ["LATE"] and not (tmp_path / "z.png").stat().st_mtime > time.time() - 25:
            cv2.imwrite(str(tmp_path / "z.png"), label("AGAIN"))
        return texts[-1:] == ["AGAIN"] and any(
            what.detail.startswith("lie.jpg") for what in came if hasattr(what, "detail")
        )

    came = take(source, stop, until=until)
    assert texts_of(came) == ["FIRST", "SECOND", "LATE", "AGAIN"]
    assert len({what.mark for what in came if isinstance(what, Seen)}) == 5, "each with its mark, lie.jpg too"
    refused = [what.detail for what in came if not isinstance(what, Seen) and what.state == "refused"]
    assert refused == ["lie.jpg: not a PNG, JPEG or WebP picture"]


def test_given_a_name_that_is_not_utf8_when_read_then_its_mark_can_be_kept(tmp_path, stop, monkeypatch):
    """U4: a name in GB18030 from an older system; the queue holds UTF-8"""
    monkeypatch.setattr(folder, "POLL_SECONDS", 0.02)
    cv2.imwrite(str(tmp_path / "new.png"), label("NAMED"))
    os.rename(tmp_path / "new.png", os.fsencode(tmp_path) + b"/\xbf\xe2.png")
    box = Outbox(tmp_path / "queue", device="dock", owner="a")
    try:
        came = take(Folder(tmp_path, known=box.is_known), stop, until=lambda came: texts_of(came) == ["NAMED"])
        (mark,) = [what.mark for what in came if isinstance(what, Seen)]
        box.keep([], mark=mark)
        assert box.is_known(mark)
    finally:
        box.close()


def test_given_a_folder_that_goes_away_when_it_is_back_then_read_on(tmp_path, stop, monkeypatch):
    """A network drive, say"""
    monkeypatch.setattr(folder, "POLL_SECONDS", 0.02)
    place = tmp_path / "pictures"
    place.mkdir()
    source = Folder(place, known=lambda mark: False)

    def until(came):
        states = [what.state for what in came if not isinstance(what, Seen)]
        if states == ["open"]:
            place.rmdir()
        elif states == ["open", "lost"] and not place.exists():
            place.mkdir()
        return states == ["open", "lost", "open"]

    take(source, stop, until=until)


def test_given_a_video_when_read_then_every_label_in_its_own_time(tmp_path, stop):
    """A person without a camera sees it work; a label is one scan while the film shows it, and again when it is back"""
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480))
    blank = np.full((480, 640, 3), 210, np.uint8)
    for text, frames in (("FILM-1", 8), (None, 20), ("FILM-2", 8), (None, 20), ("FILM-1", 8)):
        for _ in range(frames):
            writer.write(label(text) if text else blank)
    writer.release()
    once, counted = Once.for_camera(), []
    for what in Video(path).read(stop):
        for scan in what.scans if isinstance(what, Seen) else ():
            counted += [scan.text] * once.is_new(0, scan.text, seconds=scan.seconds)
    assert counted == ["FILM-1", "FILM-2", "FILM-1"]
    (tmp_path / "no.avi").write_bytes(b"no film")
    with pytest.raises(SourceWrong, match="not a video"):
        list(Video(tmp_path / "no.avi").read(stop))


class Stream:
    """An MJPEG camera on loopback. Each connection runs the part of a script that it is at, the last one for ever."""

    def __init__(self, *parts):
        self.part = 0
        self.sent = 0  # frames
        self.seen = set()  # labels that the test read
        self.closed = threading.Event()
        stream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                part = parts[stream.part]
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=cut")
                self.end_headers()
                with contextlib.suppress(OSError):
                    part(self.wfile, stream)

            def log_message(self, *words):
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}/video.mjpg"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()


def frame(out, stream, text, *, torn=False):
    """Send a label as one of 20 frames a second; a torn one loses its second half."""
    jpeg = cv2.imencode(".jpg", label(text))[1].tobytes()
    sent = jpeg[: len(jpeg) // 2] if torn else jpeg
    out.write(b"--cut\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(sent), sent))
    stream.sent += 1
    stream.closed.wait(0.05)


def show(out, stream, text):
    """Send a label until the test has read it, however busy the machine is."""
    while text not in stream.seen and not stream.closed.is_set():
        frame(out, stream, text)


def vanishing(out, stream):
    show(out, stream, "CAM-1")
    stream.part = 1


def stalling(out, stream):
    show(out, stream, "CAM-2")
    for _ in range(5):
        frame(out, stream, "CAM-9", torn=True)
    show(out, stream, "CAM-3")
    stream.part = 2
    stream.closed.wait(SECONDS)


def steady(out, stream):
    show(out, stream, "CAM-4")


def counting(out, stream):
    while not stream.closed.is_set():
        frame(out, stream, f"{stream.sent}")


def test_given_a_stream_that_vanishes_tears_and_stalls_when_read_then_it_is_opened_again_and_no_label_is_missed(
    stop, monkeypatch
):
    """C19: watchdog, reconnection, a process is ended although its driver hangs; of torn frames nothing wrong is read"""
    monkeypatch.setattr(camera, "STALL_SECONDS", 1.0)
    monkeypatch.setattr(camera, "FIRST_PAUSE_SECONDS", 0.1)
    stream = Stream(vanishing, stalling, steady)

    def until(came):
        stream.seen.update(texts_of(came[-1:]))
        return "CAM-4" in stream.seen

    came = take(Camera(stream.address), stop, until=until)
    stream.close()
    assert list(dict.fromkeys(text for text in texts_of(came) if text != "CAM-9")) == [
        "CAM-1", "CAM-2", "CAM-3", "CAM-4"
    ]  # fmt: skip
    states = [what.state for what in came if not isinstance(what, Seen)]
    # A machine that has other work may starve the camera once more: it comes back from that as well.
    assert states == [*["open", "lost"] * (len(states) // 2), "open"]
    assert len(states) >= 5
    last = [what.detail for what in came if not isinstance(what, Seen) and what.state == "lost"][-1]
    assert "no picture came" in last


def test_given_a_camera_that_is_faster_than_we_when_read_then_the_newest_frame_and_no_queue(stop):
    """Newest frame only: after a pause the next frame is of now, and no queue is worked off one by one"""
    stream = Stream(counting)
    eye = Capture(stream.address)
    before, newest = number_in(eye, 0), 0
    for _ in range(20):  # the child may be as busy as we are, but not for ever
        while stream.sent < before + 20:
            stream.closed.wait(0.05)
        newest = number_in(eye, before)
        if newest >= before + 10:
            break
        before = newest
    eye.end()
    stream.close()
    assert newest >= before + 10


def number_in(eye, after):
    """Take the next frame and give the number on it, which is later than the one before."""
    end = time.monotonic() + SECONDS
    while (taken := eye.next(1.0)) is None:
        assert time.monotonic() < end
    assert taken.pixels.shape == (480, 640)
    (code,) = zxingcpp.read_barcodes(taken.pixels)
    assert int(code.text) >= after
    return int(code.text)


def test_given_a_camera_whose_driver_hangs_when_its_station_is_gone_then_the_process_ends_itself():
    """A killed station leaves no process that holds the camera"""
    stream = Stream(lambda out, stream: stream.closed.wait(SECONDS))
    eye = Capture(stream.address)
    assert eye.next(1.0) is None
    eye._process.stdin.close()
    assert eye._process.wait(SECONDS) == 0
    eye.end()
    stream.close()


def test_given_a_frame_with_a_code_when_drawn_for_the_window_then_a_box_and_an_edge_of_the_answer(monkeypatch):
    """Boxes and colours where there is a screen; where there is none it is said why"""
    gray = np.full((480, 640), 210, np.uint8)
    corners = ((100, 100), (200, 100), (200, 200), (100, 200))
    found = Scan(text="EL-100/\u6f06", seconds=0.0, seen_at=datetime.now(UTC), polygon=corners)
    drawn = window.draw(Seen(scans=(found,), frame=gray), (1, 2, 3))
    assert drawn.shape == (480, 640, 3)
    assert tuple(drawn[0, 320]) == (1, 2, 3)
    assert tuple(drawn[150, 100]) == tuple(drawn[200, 150]) != (210, 210, 210)
    assert tuple(drawn[150, 150]) == (210, 210, 210)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert window.missing() == "no display"


def test_given_no_camera_when_opened_then_lost_with_a_growing_pause(stop, monkeypatch):
    """Back-off 1 to 30 s; the password of a stream is never shown"""
    pauses = []
    monkeypatch.setattr(stop, "wait", lambda seconds: pauses.append(seconds) or (len(pauses) > 6 and stop.set()))

    came = list(Camera("rtsp://me:secret@door/1", capture=Broken).read(stop))
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert all("rtsp://door/1" in what.detail and "secret" not in what.detail for what in came)
    assert without_password("rtsp://a:b@c@host/x") == "rtsp://host/x"


class Broken:
    """A camera that cannot be opened."""

    def next(self, seconds):
        raise CaptureLost("could not be opened")

    def end(self):
        """Nothing runs."""


class Simulated:
    """An hour of a camera in simulated time, five frames a second; it stalls, tears and vanishes as its plan says."""

    def __init__(self, world):
        self._world = world

    def next(self, seconds):
        world = self._world
        world.seconds += 0.2
        if world.seconds >= world.end:
            world.stop.set()
            return None
        minute, second = divmod(world.seconds, 60)
        if minute % 7 == 3 and 10 < second < 20:
            world.seconds += seconds
            return None  # stalls
        if minute % 11 == 5 and 30 < second < 31:
            world.seconds += 1
            raise CaptureLost("unplugged")
        text = f"BOX-{int(minute)}" if 40 < second < 45 else None
        pixels = world.pictures[text] if text else world.empty
        if minute % 5 == 1 and second < 2:
            pixels = np.roll(pixels, 40, axis=1)  # torn
        return Frame(pixels=pixels, seconds=world.seconds)

    def end(self):
        """Nothing runs."""


class World:
    """The simulated time and what is to be seen in it; it is also the event that a stopped source looks at."""

    def __init__(self, minutes):
        self.seconds, self.end, self.stop = 0.0, minutes * 60.0, threading.Event()
        self.empty = np.full((120, 160), 210, np.uint8)
        self.pictures = {
            f"BOX-{minute}": cv2.cvtColor(
                label(f"BOX-{minute}", width=160, height=120, scale=3), cv2.COLOR_BGR2GRAY
            )
            for minute in range(minutes)
        }  # fmt: skip

    def is_set(self):
        return self.stop.is_set()

    def wait(self, seconds):
        self.seconds += seconds
        return self.is_set()


def test_given_an_hour_of_a_camera_that_misbehaves_when_read_then_every_label_once_and_no_memory_is_lost():
    """Done means 7, in simulated time"""
    minutes = 60
    world = World(minutes)
    source = Camera("0", capture=lambda: Simulated(world), clock=lambda: world.seconds)
    once, counted, sizes, lost = Once.for_camera(), [], [], 0
    for what in source.read(world):
        if not isinstance(what, Seen):
            lost += what.state == "lost"
            continue
        for scan in what.scans:
            if once.is_new(0, scan.text, seconds=scan.seconds):
                counted.append(scan.text)
                gc.collect()
                sizes.append((sys.getallocatedblocks(), pages_in_memory()))
    assert counted == [f"BOX-{minute}" for minute in range(minutes)]
    assert lost > 10
    (blocks, pages), (last_blocks, last_pages) = sizes[9], sizes[-1]
    assert last_blocks - blocks < 2000
    assert last_pages - pages < 2000, "of 4 KiB; 18,000 frames are 85,000"


def pages_in_memory():
    """Give the pages this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1])
