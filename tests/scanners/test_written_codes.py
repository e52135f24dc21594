"""Whatever the installed writer can write is read back with the same bytes, or gives nothing: never another text. R-A8."""

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.degraded import with_check_digit
from scanners.decode import decode

FORMAT = zxingcpp.BarcodeFormat
PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)
CODE39 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-. $/+%"


def digits(least: int, most: int | None = None, *, first: str = "0123456789") -> st.SearchStrategy[str]:
    return st.builds(
        str.__add__, st.sampled_from(first), st.text("0123456789", min_size=least - 1, max_size=(most or least) - 1)
    )


GTINS = digits(13).map("01{}".format)  # the writer adds the check digit
SAME_BYTES = {
    "Code128": st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=24),
    "Code39Std": st.text(CODE39, min_size=4, max_size=16),
    "Code93": st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./+%", min_size=2, max_size=16),
    "Codabar": digits(4, 14).map("A{}B".format),
    "ITF": st.integers(3, 9).flatmap(lambda pairs: digits(2 * pairs)),
    "ITF14": digits(13),
    "EAN13": digits(12, first="123456789"),
    "EAN8": digits(7),
    "ISBN": digits(9).map(lambda nine: with_check_digit("978" + nine)),
    "UPCA": digits(11),
    "DataBarOmni": GTINS,
    "DataBarStk": GTINS,
    "DataBarStkOmni": GTINS,
    "DataBarLtd": digits(13, first="01").map("01{}".format),
    "DataBarExp": st.text("ABCDEFGHIJ0123456789-/", min_size=1, max_size=20).map("[10]{}".format),
    "DataBarExpStk": st.text("ABCDEFGHIJ0123456789-/", min_size=1, max_size=20).map("[10]{}".format),
    "QRCode": st.text(min_size=1, max_size=40),
    "QRCodeModel2": st.text(min_size=1, max_size=40),
    "MicroQRCode": st.text("ABCDEFGHIJ0123456789-/", min_size=1, max_size=12),
    "RMQRCode": st.text("ABCDEFGHIJ0123456789-/", min_size=1, max_size=20),
    "DataMatrix": st.text(st.characters(min_codepoint=1, max_codepoint=126), min_size=1, max_size=40),
    "Aztec": PRINTABLE,
    "AztecCode": PRINTABLE,
    "AztecRune": st.integers(0, 255).map(str),
    "PDF417": PRINTABLE,
    "CompactPDF417": PRINTABLE,
    "MicroPDF417": PRINTABLE,
    "MaxiCode": st.text("ABCDEFGHIJ0123456789 -/", min_size=4, max_size=40),
}
# Told as it is printed, which is Code 39: what else the bars may stand for is for who knows what was printed there.
AS_PRINTED = {
    "Code39Ext": st.text(CODE39 + "abcxyz!&@", min_size=4, max_size=9),
    "Code32": digits(8),
    "PZN": digits(7).filter(lambda seven: sum(n * int(d) for n, d in enumerate(seven, 1)) % 11 != 10),
}
# In no store: magazines' add-ons, the edge of a film, libraries' Telepen.
UNREAD = {
    "Telepen": st.text("ABCDEF0123456789", min_size=4, max_size=12),
    "TelepenAlpha": st.text("ABCDEF0123456789", min_size=4, max_size=12),
    "TelepenNumeric": digits(8),
    "DXFilmEdge": st.integers(16, 2047).map("{:04}".format),
    "EAN5": digits(5),
    "EAN2": digits(2),
}
OTHER_NAMES = {"Code39", "DataBar", "DataBarExpanded", "DataBarLimited", "EANUPC"}  # of what stands above
QR = {"QRCode", "QRCodeModel2"}


def write(text: str, symbology: str) -> tuple[np.ndarray, bytes]:
    """Give a picture of the code, three pixels a module, and its bytes."""
    options = {"eci": "UTF-8"} if symbology in QR else {}
    barcode = zxingcpp.create_barcode(text, FORMAT.__members__[symbology], **options)
    return np.pad(np.array(barcode.to_image(scale=3)), 20, constant_values=255), bytes(barcode.bytes)


@pytest.mark.parametrize("symbology", SAME_BYTES)
def test_given_anything_when_written_by_zxing_then_the_same_bytes_are_read_back(symbology):
    """R-A8"""

    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(SAME_BYTES[symbology])
    def check(text: str) -> None:
        picture, written = write(text, symbology)
        (code,) = decode(picture)
        # A UPC-A is an EAN-13 that begins with 0; under its bars stand twelve digits.
        assert code.bytes == (written[-12:] if symbology == "UPCA" else written)
        assert code.text.encode("utf-8" if symbology in QR else "latin-1") == code.bytes

    check()


@pytest.mark.parametrize("symbology", AS_PRINTED)
def test_given_a_kind_of_code_39_when_read_then_what_draws_the_same_bars(symbology):
    """R-A8"""

    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(AS_PRINTED[symbology])
    def check(text: str) -> None:
        picture, _ = write(text, symbology)
        (code,) = decode(picture)
        assert code.symbology == "Code39"
        assert code.text.encode("ascii") == code.bytes
        bars, again = picture[picture.shape[0] // 3], write(code.text, "Code39Std")[0]
        assert np.array_equal(bars, again[again.shape[0] // 3])

    check()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.text("3456789", min_size=5, max_size=5), digits(1))
def test_given_a_upc_e_when_read_then_the_eight_digits_under_it_which_are_the_same_number(five, last):
    """R-A8; of number system 0: zbar, whose word UPC-E needs too, reads no other"""
    picture, written = write(f"0{five}{last}", "UPCE")
    (code,) = decode(picture)
    assert len(code.text) == 8
    assert write(code.text, "UPCE")[1] == written


@pytest.mark.parametrize("symbology", UNREAD)
def test_given_what_no_store_has_when_read_then_nothing_rather_than_another_text(symbology):
    """R-A8"""

    @settings(max_examples=10, deadline=None, derandomize=True)
    @given(UNREAD[symbology])
    def check(text: str) -> None:
        assert decode(write(text, symbology)[0]) == []

    check()


def test_given_all_that_the_writer_can_write_when_listed_then_none_is_forgotten():
    """R-A8"""
    known = {*SAME_BYTES, *AS_PRINTED, *UNREAD, *OTHER_NAMES, "UPCE"}
    creatable = set(zxingcpp.barcode_formats_list(FORMAT.AllCreatable))
    assert {name for name, one in FORMAT.__members__.items() if one in creatable} == known
