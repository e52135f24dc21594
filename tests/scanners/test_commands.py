"""`python -m scanners decode` and `gs1` as the public interface has them. R-A6, R-A7, R-A8."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from reportlab.graphics.barcode.code128 import Code128
from reportlab.pdfgen.canvas import Canvas

from scanners.__main__ import main

PICTURES = Path(__file__).parent / "pictures"


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_given_pictures_when_decoded_as_json_then_one_object_a_line(capsys):
    """R-A6"""
    files = [str(PICTURES / "cpp-datamatrix-1-gs1-figure-4.15.1-2-32x32.png"), str(PICTURES / "upce-2-14.png")]
    assert main(["decode", "--json", *files]) == 0
    gs1, empty = lines_of(capsys)
    assert gs1["file"] == files[0]
    (code,) = gs1["codes"]
    assert code["text"].startswith("01095040000591012112345678p901\x1d10")
    assert (code["symbology"], code["gs1"]["17"]) == ("DataMatrix", "141120")
    assert [len(point) for point in code["polygon"]] == [2, 2, 2, 2]
    assert gs1["milliseconds"] > 0
    assert (empty["codes"], "error" in empty) == ([], False)


def test_given_a_file_that_cannot_be_read_when_decoded_then_error_status_and_the_others_are_read(capsys, tmp_path):
    """U2"""
    drawing = tmp_path / "drawing.png"
    drawing.write_text("<svg/>", encoding="utf-8")
    good = str(PICTURES / "code128-3-1.png")
    assert main(["decode", "--json", str(tmp_path / "none.png"), str(drawing), str(tmp_path), good]) == 1
    missing, svg, folder, label = lines_of(capsys)
    assert missing["error"] == "No such file or directory"
    assert svg["error"] == "not a PNG, JPEG or WebP picture"
    assert "directory" in str(folder["error"])
    assert [code["text"] for code in label["codes"]] == ["10064908"]


def test_given_a_pdf_when_decoded_then_the_codes_of_each_page(capsys, tmp_path):
    """R-A6"""
    file = tmp_path / "two.pdf"
    canvas = Canvas(str(file))
    for text in ("EL-100/L7", "EL-100/L8"):
        Code128(text, barWidth=1.2, barHeight=50).drawOn(canvas, 100, 600)
        canvas.showPage()
    canvas.save()
    assert main(["decode", "--json", str(file)]) == 0
    (answer,) = lines_of(capsys)
    assert [(code["page"], code["text"]) for code in answer["codes"]] == [(1, "EL-100/L7"), (2, "EL-100/L8")]


@pytest.mark.parametrize("damage", [b"%PDF-1.4\nnot really", b"%PDF-"])
def test_given_a_broken_pdf_when_decoded_then_an_error(capsys, tmp_path, damage):
    """U2"""
    file = tmp_path / "broken.pdf"
    file.write_bytes(damage)
    assert main(["decode", "--json", str(file)]) == 1
    assert "PDF" in str(lines_of(capsys)[0]["error"])


def test_given_control_characters_in_a_code_when_shown_then_escaped(capsys):
    """W9"""
    assert main(["decode", str(PICTURES / "cpp-datamatrix-3-dm-e.webp"), str(PICTURES / "upce-2-14.png")]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.endswith(
        r"DataMatrix [)>\x1e06\x1d9N111234568408\x1d1TF17L715034\x1dD180800\x1dSXVTR75973491946876\x1e\x04"
    )
    assert "upce-2-14.png: not sure of a code at (" in second
    assert second.endswith("or type the number")


def test_given_an_upside_down_colour_photograph_when_decoded_then_read(capsys, tmp_path):
    """R-A8"""
    with Image.open(PICTURES / "code128-3-1.png") as picture:
        picture.convert("RGB").rotate(180).save(tmp_path / "turned.jpg", quality=80)
    assert main(["decode", str(tmp_path / "turned.jpg")]) == 0
    assert "Code128 10064908" in capsys.readouterr().out


def test_given_texts_when_parsed_then_fields_as_fixed(capsys):
    """R-A6, R-A7, R-A8"""
    assert main(["gs1", "--json", "(01)06912345678902(17)260600(10)AB12", "10AB1217260630", "0106912345678903"]) == 0
    right, lot, wrong = lines_of(capsys)
    assert right == {
        "input": "(01)06912345678902(17)260600(10)AB12",
        "valid": True,
        "elements": [["01", "06912345678902"], ["17", "260600"], ["10", "AB12"]],
        "problem": None,
    }
    assert (lot["valid"], lot["elements"]) == (True, [["10", "AB1217260630"]])
    assert (wrong["valid"], wrong["elements"]) == (False, [])
    assert "check digit" in str(wrong["problem"])


def test_given_lines_on_standard_input_when_parsed_then_one_answer_a_line(capsys, monkeypatch):
    """R-A7: a separator does not end a line, and bytes that are no text do not end the program."""
    sent = b"]C1010691234567890210AB12\x1d17260600\r\n\n\xff\xfe\n10A\x0b\n10AB"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(sent)))
    assert main(["gs1"]) == 0
    answers = lines_of(capsys)
    assert [answer["valid"] for answer in answers] == [True, False, False, False, True]
    assert answers[0]["input"] == "]C1010691234567890210AB12\x1d17260600"


def test_given_encode_and_label_when_asked_then_the_symbol_s_data_and_the_whole_label_s_verdict(capsys):
    """R-A7: the lot alone needs its article; with it on another symbol the label is right."""
    assert main(["gs1", "--encode", "--label", "(01)06912345678902", "(10)AB12(17)260600", "(10)"]) == 0
    item, lot, wrong, label = lines_of(capsys)
    assert (item["encoded"], lot["encoded"], wrong["encoded"]) == ("0106912345678902", "10AB12\x1d17260600", None)
    assert (label["label"], label["valid"]) == (3, False)
    assert main(["gs1", "--label", "(01)06912345678902", "(10)AB12(17)260600"]) == 0
    assert lines_of(capsys)[-1] == {"label": 2, "valid": True, "problem": None}
    assert main(["gs1", "--label", "(10)AB12"]) == 0
    assert "needs a companion" in str(lines_of(capsys)[-1]["problem"])


def test_given_the_module_when_called_for_help_then_examples_and_only_what_it_can():
    """R-A6"""
    ran = subprocess.run([sys.executable, "-m", "scanners", "--help"], capture_output=True, text=True, check=True)
    assert "examples:" in ran.stdout
    assert "{" not in ran.stdout
    assert "station" in ran.stdout
    wrong = subprocess.run([sys.executable, "-m", "scanners", "fly"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
