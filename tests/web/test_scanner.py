"""Three printed codes tell how a keyboard scanner is set; nothing is kept of the trial."""

import io
import re

import pytest
from PIL import Image, ImageDraw

from scanners.decode import decode_safely
from tests.web.browser import Browser
from warehouse.web.scanner_check import CODES, diagnose

FIRST, END, GS1 = (code.typed for code in CODES)


@pytest.mark.parametrize(
    ("read", "found"),
    [
        (FIRST, (1, "good")), (END, (2, "good")), (GS1, (3, "good")), ("]C0" + FIRST, (1, "good")),
        ("]C1" + GS1, (3, "good")), (GS1.replace("\x1d", ""), (3, "no-gs")), (FIRST.swapcase(), (1, "case")),
        ("ZY/zy?019", (1, "layout")), ("END/OF/SCAN", (2, "layout")), ("ＥＮＤ－ＯＦ－ＳＣＡＮ", (2, "wide")),
        ("*END-OF-SCAN#", (2, "extra")), ("06912345678902", (0, "other")), ("", (0, "other")),
    ],
)  # fmt: skip
def test_given_what_a_scanner_typed_when_diagnosed_then_its_setting_is_named(read, found):
    """S15: layout, case, separator, input method, prefix"""
    assert diagnose(read) == found


def test_given_the_codes_on_the_page_when_read_by_our_own_reader_then_they_say_what_is_expected(store):
    """4.5.1: what is shown reads back"""
    keeper = Browser(store, "keeper")
    keeper.open("/scanner")
    shown = re.findall(r'viewBox="-10 0 (\d+) 1".*?<path d="([^"]+)"', keeper.page.text, re.DOTALL)
    read = []
    for width, path in shown:
        picture = Image.new("L", (3 * int(width), 120), 255)
        pen = ImageDraw.Draw(picture)
        for x in map(int, re.findall(r"M(\d+) 0", path)):
            pen.rectangle((3 * (x + 10), 10, 3 * (x + 10) + 2, 110), fill=0)
        file = io.BytesIO()
        picture.save(file, "PNG")
        (code,) = decode_safely(file.getvalue())
        read.append(code.text)
    assert read == [FIRST, END, GS1]


def test_given_the_page_when_a_code_comes_well_and_one_without_gs_then_it_says_so_and_keeps_nothing(store):
    """A wedge without Ctrl+] loses GS"""
    keeper = Browser(store, "keeper")
    keeper.open("/scanner")
    keeper.send("/scanner", code=FIRST)
    assert "Code 1 is read right" in keeper.words
    keeper.send("/scanner", code=GS1.replace("\x1d", ""))
    assert "Set the scanner to send GS" in keeper.words
    assert keeper.words.count("Wrong bin") == 1
