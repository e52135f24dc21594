"""Our symbols beside an encoder of another hand, module by module: reportlab's, with which nothing of ours draws codes.

Read-back by the writer's own library would not find a fault that both of its halves share. Source: 4.5.1.
"""

import random
import re
import string

import pytest
from reportlab.graphics.barcode import code128 as other_linear
from reportlab.graphics.barcode import qrencoder as other

from labels.gs1 import separated
from labels.numbers import make_label_no
from labels.symbols import draw_symbol

ALNUM = string.ascii_uppercase + "$%*+-./:"
CHINESE = "批号电風扇馬達绝缘漆包线杭州堃宇"
MANY_DIGITS = re.compile(r"[0-9]{4}")
UTF8 = 26  # its number among the character sets
SETS = {103: other_linear.seta, 104: other_linear.setb, 105: other_linear.setc}
VALUES = {
    tuple(ord(bar.upper()) - ord("A") + 1 for bar in bars): value for value, bars in other_linear._patterns.items()
}


def linear_text(row: str) -> str:
    """Read Code 128 modules by reportlab's tables: start, check, switches of the code set; FNC1 is \\xf1."""
    runs = [len(run) for run in row.replace("01", "0 1").replace("10", "1 0").split()]
    values = [VALUES[tuple(runs[at : at + 6])] for at in range(0, len(runs) - 7, 6)]
    assert VALUES[tuple(runs[-7:])] == other_linear.stop
    start, *content, check = values
    assert (start + sum(place * value for place, value in enumerate(content, 1))) % 103 == check
    text, used, once = "", SETS[start], None
    for value in content:
        meaning = {number: character for character, number in (once or used).items()}[value]
        once = None
        if meaning in ("TO_A", "TO_B", "TO_C"):
            used = SETS[{"TO_A": 103, "TO_B": 104, "TO_C": 105}[meaning]]
        elif meaning == "SHIFT":
            once = SETS[104 if used is SETS[103] else 103]
        else:
            text += meaning
    return text


def square_by_other(text: str, rows: tuple[str, ...]) -> tuple[str, ...]:
    """Draw a QR code by reportlab in the version and with the mask of ours, in one segment of the plainest mode."""
    mask = int(rows[8][2:5], 2) ^ 0b101  # in the format bits beside the corner
    code = other.QRCode((len(rows) - 17) // 4, other.QRErrorCorrectLevel.M)
    if not text.isascii():
        code.addData(other.QRECI(UTF8))
        code.addData(other.QR8bitByte(text.encode()))
    else:
        code.addData(text)
    code.makeImpl(False, mask)
    return tuple("".join(str(int(bool(module))) for module in row) for row in code.modules)


def make_texts(kind: str, count: int) -> list[str]:
    """Make texts that differ at random, and label numbers."""
    chance = random.Random(kind)
    letters = {"printable": string.printable[:95], "digits": string.digits, "capitals": ALNUM,
               "small": string.ascii_lowercase + "?=&_", "chinese": CHINESE}  # fmt: skip
    longest = {"printable": 30, "digits": 40, "capitals": 40, "small": 60, "chinese": 20}
    if kind == "number":
        return [make_label_no(chance.choice("LBWHCDRU")) for _ in range(count)]
    return ["".join(chance.choices(letters[kind], k=chance.randint(1, longest[kind]))) for _ in range(count)]


@pytest.mark.parametrize("kind", ["printable", "digits", "number"])
def test_given_random_texts_as_code_128_when_their_modules_are_read_by_other_tables_then_each_is_the_text(kind):
    """1,500 of each; python-barcode's lost 99 is refused before"""
    texts = [text for text in make_texts(kind, 1500) if not text.startswith("99")]
    assert [linear_text(draw_symbol("code128", text)[0]) for text in texts] == texts


def test_given_random_element_strings_as_gs1_128_when_read_by_other_tables_then_separated_and_whole():
    """FNC1 first, and after each open end but the last"""
    chance = random.Random(1)
    for number in range(500):
        lot = "".join(chance.choices(string.ascii_uppercase + string.digits, k=chance.randint(1, 20)))
        code = f"[01]09506000134352[10]{lot}[21]{make_label_no()}" if number % 2 else "[00]395012340000000016"
        assert linear_text(draw_symbol("gs1-128", code)[0]) == f"\xf1{separated(code)}"


@pytest.mark.parametrize("kind", ["digits", "capitals", "small", "chinese", "number"])
def test_given_random_texts_as_qr_when_another_encoder_draws_them_then_every_module_is_the_same(kind):
    """Version and mask may be chosen; all else follows from the text, but for long digits after letters, which may split"""
    different = []
    for text in make_texts(kind, 500):
        if kind == "number" and MANY_DIGITS.search(text):
            continue
        rows = draw_symbol("qr", text)
        if square_by_other(text, rows) != rows:
            different.append(text)
    assert not different
