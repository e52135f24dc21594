"""Strangers' pictures in child processes: same codes, bounded, and a lost child is replaced. U1, U2; P15."""

import io
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageCms
from reportlab.graphics.barcode.code128 import Code128
from reportlab.pdfgen.canvas import Canvas

from scanners import worker
from scanners.child import _ADDRESS_SPACE, _MOST_GROWTH
from scanners.decode import PictureRefused, decode, decode_safely, read_picture

PICTURES = Path(__file__).parent / "pictures"
LABEL = (PICTURES / "code128-3-1.png").read_bytes()
FILES = sorted(file for file in PICTURES.iterdir() if file.suffix in (".png", ".jpg", ".webp"))


def children() -> list[worker._Child]:
    return [child for child in worker._ours()._free.queue if child]


def saved(picture: Image.Image, kind: str, **options) -> bytes:
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


def run(script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own; waits until that process and all it left behind have ended."""
    return subprocess.run([sys.executable, "-c", script, str(PICTURES)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_given_a_picture_when_read_in_a_child_then_the_same_codes(file):
    """U2"""
    assert decode_safely(file.read_bytes()) == decode(read_picture(file.read_bytes()))


def test_given_many_threads_when_reading_at_once_then_each_gets_its_own_answer(monkeypatch):
    """U1: however slow this machine is"""
    monkeypatch.setattr(worker, "_SECONDS_IN_LINE", 60.0)
    expected = {file: decode(read_picture(file.read_bytes())) for file in FILES}
    with ThreadPoolExecutor(8) as threads:
        jobs = [(file, threads.submit(decode_safely, file.read_bytes())) for file in FILES * 4]
        for file, job in jobs:
            assert job.result() == expected[file]
    assert worker._ours()._free.qsize() == worker._CHILDREN


def test_given_hostile_bytes_when_read_then_the_childs_reason_arrives_and_the_child_lives():
    """U1, U2"""
    decode_safely(LABEL)
    before = children()[-1]
    reasons = []
    for data in (b"", b"<svg/>", LABEL[:400], saved(Image.new("1", (5001, 5000)), "PNG"), bytes(worker.MOST_BYTES + 1)):
        with pytest.raises(PictureRefused) as refused:
            decode_safely(data)
        reasons.append(refused.value.reason)
    assert reasons == ["not-a-picture", "not-a-picture", "damaged", "too-many-pixels", "too-large"]
    assert children()[-1] is before


def test_given_a_child_killed_while_idle_when_read_then_a_new_one_answers():
    """C17"""
    decode_safely(LABEL)
    for child in children():
        child._process.kill()
        child._process.wait()
    assert [code.text for code in decode_safely(LABEL)] == ["10064908"]


def test_given_a_child_that_stops_when_its_time_is_over_then_refused_and_replaced(monkeypatch):
    """U1, C17"""
    decode_safely(LABEL)
    stopped = children()[-1]
    os.kill(stopped._process.pid, signal.SIGSTOP)
    with monkeypatch.context() as hurried:
        hurried.setattr(worker, "SECONDS_PER_PICTURE", 0.2)
        with pytest.raises(PictureRefused) as refused:
            decode_safely(LABEL)
    assert refused.value.reason == "too-slow"
    assert not stopped.is_alive()
    assert [code.text for code in decode_safely(LABEL)] == ["10064908"]


def test_given_all_children_busy_when_the_line_is_long_then_refused_as_busy(monkeypatch):
    """C17: a no comes in time, however many ask."""
    decode_safely(LABEL)
    monkeypatch.setattr(worker, "_SECONDS_IN_LINE", 0.05)
    places = [worker._ours()._free.get_nowait() for _ in range(worker._CHILDREN)]
    try:
        with pytest.raises(PictureRefused) as refused:
            decode_safely(LABEL)
    finally:
        for place in reversed(places):
            worker._ours()._free.put(place)
    assert refused.value.reason == "busy"
    assert [code.text for code in decode_safely(LABEL)] == ["10064908"]


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="limits are read from Linux's /proc")
def test_given_a_child_when_it_reads_then_memory_files_and_processor_are_limited():
    """U1"""
    decode_safely(LABEL)
    lines = Path(f"/proc/{children()[-1]._process.pid}/limits").read_text(encoding="ascii").splitlines()
    soft = {line[:26].strip(): line[26:].split()[0] for line in lines}
    assert soft["Max address space"] == str(_ADDRESS_SPACE)
    assert soft["Max open files"] == "3"
    assert soft["Max file size"] == "0"
    assert soft["Max cpu time"].isdigit()
    assert int(soft["Max data size"]) < 2 * _MOST_GROWTH


def as_taken_by_a_telephone(kind: str) -> bytes:
    """The label upside down and marked so, with a place, a colour profile and, as MPO, a second picture behind it."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 3, "Telephone"
    exif.get_ifd(0x8825)[1] = "N"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with Image.open(PICTURES / "code128-3-1.png") as label:
        turned = label.convert("RGB").rotate(180)
    written = io.BytesIO()
    more = {"save_all": True, "append_images": [turned.resize((40, 20))]} if kind == "MPO" else {}
    turned.save(written, kind, exif=exif, icc_profile=profile, **more)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "MPO", "PNG", "WEBP"])
def test_given_a_telephones_picture_when_read_in_a_child_then_all_it_needs_is_loaded(kind):
    """U3: a child can open no file, so nothing may be left to import."""
    picture = as_taken_by_a_telephone(kind)
    (code,) = decode_safely(picture)
    assert code.text == "10064908"
    assert code.polygon[0][0] < code.polygon[1][0]
    assert [code] == decode(read_picture(picture))


@pytest.mark.parametrize("kind", ["JPEG", "MPO", "PNG", "WEBP"])
def test_given_a_telephones_picture_when_cleaned_then_upright_and_nothing_but_pixels(kind):
    """U3, U5: place, maker, profile and what is hidden behind the picture are gone; it reads as it did"""
    cleaned = worker.clean_safely(as_taken_by_a_telephone(kind) + b"<script>alert(1)</script>")
    with Image.open(io.BytesIO(cleaned)) as picture:
        assert (picture.format, dict(picture.getexif()), picture.info.keys() & {"icc_profile", "comment"}) == (
            "JPEG", {}, set()
        )  # fmt: skip
    assert b"Telephone" not in cleaned
    assert b"<script>" not in cleaned
    (code,) = decode_safely(cleaned)
    assert code.text == "10064908"
    assert code.polygon[0][0] < code.polygon[1][0]


def test_given_a_hostile_or_a_large_picture_when_cleaned_then_refused_or_made_smaller():
    """U1, U2"""
    for data, reason in (
        (b"<svg/>", "not-a-picture"),
        (LABEL[:400], "damaged"),
        (bytes(worker.MOST_BYTES + 1), "too-large"),
    ):
        with pytest.raises(PictureRefused) as refused:
            worker.clean_safely(data)
        assert refused.value.reason == reason
    for kind, mode in (("JPEG", "RGB"), ("PNG", "RGBA"), ("WEBP", "RGB")):
        with Image.open(io.BytesIO(worker.clean_safely(saved(Image.new(mode, (4000, 3000)), kind)))) as picture:
            assert picture.size == (2000, 1500)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="read from Linux's /proc")
def test_given_secrets_of_the_service_when_a_child_starts_then_it_does_not_get_them(monkeypatch):
    """A15"""
    for child in children():
        child._process.kill()
        child._process.wait()
    monkeypatch.setenv("WAREHOUSE_SECRET_KEY", "not-for-pictures")
    decode_safely(LABEL)
    assert b"not-for-pictures" not in Path(f"/proc/{children()[-1]._process.pid}/environ").read_bytes()


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("JPEG", "RGB", {}),
        ("JPEG", "RGB", {"progressive": True, "subsampling": 0}),
        ("JPEG", "CMYK", {}),
        ("PNG", "RGB", {"compress_level": 1}),
        ("PNG", "RGBA", {"compress_level": 1}),
        ("PNG", "I;16", {"compress_level": 1}),
        ("PNG", "P", {"compress_level": 1, "transparency": 0}),
        ("WEBP", "RGB", {"method": 0}),
        ("WEBP", "RGBA", {"method": 0}),
    ],
)
def test_given_the_largest_pictures_when_read_then_within_the_limits_of_memory(kind, mode, options):
    """P15: 25 megapixels are allowed, so they are read, whatever a pixel is made of."""
    data = saved(Image.new(mode, (5000, 5000)), kind, **options)
    before = children()
    assert decode_safely(data) == []
    assert not before or set(children()) & set(before), "none was lost"


def test_given_a_command_s_files_when_read_then_pages_come_one_by_one_and_a_lost_child_is_replaced(monkeypatch):
    """U1, C17: what a page costs is limited; the file after it is read all the same"""
    reader = worker.Files()
    try:
        assert [page for page, _ in reader.read(pdf("L7", "L8"))] == [1, 2]
        os.kill(reader._child._process.pid, signal.SIGSTOP)
        with monkeypatch.context() as hurried:
            hurried.setattr(worker, "_SECONDS_PER_PAGE", 0.5)
            with pytest.raises(PictureRefused) as refused:
                list(reader.read(LABEL))
        assert refused.value.reason == "too-slow"
        ((page, reading),) = reader.read(LABEL)
        assert (page, reading.codes[0].text) == (None, "10064908")
        with pytest.raises(PictureRefused) as refused:
            list(reader.read(bytes(worker.MOST_FILE_BYTES + 1)))
        assert refused.value.reason == "too-large"
    finally:
        reader.end()


def test_given_a_page_that_draws_for_ever_when_read_then_refused_when_its_processor_time_is_over():
    """U1: thirty forms in each of thirty forms, four deep: 24 million rectangles in two kilobytes"""
    with pytest.raises(PictureRefused) as refused:
        list(reading_of(forms_in_forms(30, 5)))
    assert refused.value.reason == "too-slow"


def reading_of(data):
    reader = worker.Files()
    try:
        yield from reader.read(data)
    finally:
        reader.end()


def pdf(*texts):
    written = io.BytesIO()
    canvas = Canvas(written)
    for text in texts:
        Code128(text, barWidth=1.2, barHeight=50).drawOn(canvas, 100, 600)
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def forms_in_forms(each, deep):
    """A PDF of one page whose form draws the next form so many times, and so on."""
    box = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]"

    def stream(head, content):
        return b"<<%s/Length %d>>stream\n%s\nendstream" % (head, len(content), content)

    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>",
        stream(b"", b"/F Do"),
        *[stream(box + b"/Resources<</XObject<</F %d 0 R>>>>" % (6 + n), b"/F Do " * each) for n in range(deep)],
        stream(box, b"0 0 600 800 re f"),
    ]
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % pair for pair in enumerate(objects, start=1))
    return body + b"trailer<</Size %d/Root 1 0 R>>\n%%%%EOF" % (len(objects) + 1)


SCRIPT = """
import os, signal, sys, pathlib
from scanners.worker import decode_safely
picture = (pathlib.Path(sys.argv[1]) / "code128-3-1.png").read_bytes()
print(decode_safely(picture)[0].text, "cv2" in sys.modules, flush=True)
"""


def test_given_a_service_that_ends_or_is_killed_when_it_is_gone_then_its_children_are():
    """C17: subprocess.run returns when every process that holds its pipes has ended."""
    ended = run(SCRIPT)
    killed = run(SCRIPT + "os.kill(os.getpid(), signal.SIGKILL)")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "10064908 False\n", "")
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "10064908 False\n")


def test_given_two_children_when_their_service_ends_them_then_neither_runs_and_both_places_are_free():
    """C17"""
    ours = worker._Children()
    both = [ours._start() for _ in range(worker._CHILDREN)]
    for child in both:
        assert ours._free.get_nowait() is None
        ours._free.queue.insert(0, child)
    ours.end()
    assert [child.is_alive() for child in both] == [False] * worker._CHILDREN
    assert [ours._free.get_nowait() for _ in both] == [None] * worker._CHILDREN


def test_given_a_service_that_forks_when_both_read_then_each_has_its_own_children():
    """C17"""
    forked = run(
        SCRIPT + "child = os.fork()\n"
        "print(decode_safely(picture)[0].text, flush=True)\n"
        "if child: sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    assert (forked.returncode, forked.stdout.splitlines()[1:]) == (0, ["10064908", "10064908"])


def test_given_no_zbar_when_children_come_and_go_then_said_once(tmp_path):
    """C17: a library that cannot be loaded is one line in the log, not one for each child."""
    broken = tmp_path / "pyzbar"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise ImportError('Unable to find zbar shared library')", encoding="ascii")
    ran = run(
        f"import os; os.environ['PYTHONPATH'] = {str(tmp_path)!r}\n"
        "import scanners.worker as worker\n" + SCRIPT + "for _ in range(3):\n"
        "    worker._ours()._free.queue[-1]._process.kill()\n"
        "    worker._ours()._free.queue[-1]._process.wait()\n"
        "    print(decode_safely(picture)[0].text)\n"
    )
    assert ran.stdout.splitlines() == ["10064908 False", *["10064908"] * 3]
    assert ran.stderr.count("libzbar0") == 1
