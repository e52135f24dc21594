"""Symbols are read back before they are drawn. Source: 4.5.1."""

from dataclasses import replace

import pytest

from labels.refused import LabelRefused, Reason
from labels.symbols import SYMBOLOGIES, draw_symbol, make, read_back


@pytest.mark.parametrize("text", ["9912345", "99A", "99"])
def test_given_code_128_that_loses_a_leading_99_when_drawn_then_refused(text):
    """4.5.1"""
    with pytest.raises(LabelRefused) as refused:
        draw_symbol("code128", text)
    assert refused.value.reason is Reason.UNREADABLE_CODE


@pytest.mark.parametrize("text", ["[01]09506000134352[10]AB12", "10AB12"])
@pytest.mark.parametrize("kind", ["gs1-qr", "gs1-datamatrix"])
def test_given_a_mistyped_keyword_when_drawn_then_the_symbology_identifier_betrays_it(kind, text):
    """4.5.1: the second text's bytes come back right, only their kind is wrong"""
    right = SYMBOLOGIES[kind]
    mistyped = {("gs1_" if name == "gs1" else name): value for name, value in right.options.items()}
    with pytest.raises(LabelRefused) as refused:
        make(replace(right, options=mistyped), text)
    assert refused.value.reason is Reason.UNREADABLE_CODE


def test_given_each_symbology_when_drawn_then_identifier_and_bytes_come_back():
    """4.5.1"""
    texts = {
        "code128": "L7K2M9QX3F",
        "gs1-128": "[01]09506000134352[10]AB[21]L7K2M9QX3F",
        "qr": "L7K2M9QX3F",
        "datamatrix": "L7K2M9QX3F",
        "gs1-qr": "[01]09506000134352[17]271231[10]A(1)B[21]L7K2M9QX3F",
        "gs1-datamatrix": "[01]09506000134352[17]271200[10]AB[21]L7K2M9QX3F",
    }
    assert texts.keys() == SYMBOLOGIES.keys()
    for kind, text in texts.items():
        read, identifier = read_back(SYMBOLOGIES[kind], draw_symbol(kind, text))
        assert identifier == SYMBOLOGIES[kind].identifier
        separated = text.replace("[21]", "\x1d21") if kind.startswith("gs1") else text
        assert read.decode() == separated.replace("[", "").replace("]", "")


def test_given_the_label_number_when_drawn_then_the_sizes_are_the_known_ones():
    """4.5.1"""
    assert len(draw_symbol("code128", "L7K2M9QX3F")[0]) == 145
    assert (len(draw_symbol("qr", "L7K2M9QX3F")), len(draw_symbol("datamatrix", "L7K2M9QX3F"))) == (21, 14)


@pytest.mark.parametrize("text", ["批号X", "批" * 9, "杭州堃宇", "Ø é"])
def test_given_chinese_when_drawn_as_qr_then_it_is_utf_8_and_not_shift_jis(text):
    """4.5.1: a hand scanner passes the bytes on as they are"""
    read, identifier = read_back(SYMBOLOGIES["qr"], draw_symbol("qr", text))
    assert (read.decode("utf-8"), identifier) == (text, "]Q1")


@pytest.mark.parametrize(("kind", "text"), [("code128", "é"), ("code128", ""), ("qr", ""), ("qr", "x" * 3000)])
def test_given_what_no_symbol_can_hold_when_drawn_then_refused(kind, text):
    """W6; 4.5.1"""
    with pytest.raises(LabelRefused):
        draw_symbol(kind, text)
