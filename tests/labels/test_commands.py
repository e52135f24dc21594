"""`python -m labels render`. Source: 4.5.5."""

import json
import subprocess
import sys

import pytest

from labels.__main__ import main
from labels.rendering import render
from tests.labels.reading import STATUSES, from_pdf, read_zxing, status_sample

GIVEN = {
    "item_no": "A-1",
    "name": "風扇",
    "batch_no": "007",
    "quantity": "12",
    "unit": "pcs",
    "first_received_on": "2026-01-31",
    "label_no": "L7K2M9QX3F",
    "printed_at": "2026-03-05T14:20:00+08:00",
}


@pytest.mark.parametrize("ending", ["pdf", "png", "svg", "zpl"])
def test_given_no_data_when_rendered_then_the_file_is_the_filled_sample(tmp_path, ending):
    """4.5.5"""
    to = tmp_path / f"label.{ending}"
    assert main(["render", "status", "--to", str(to)]) == 0
    assert to.read_bytes() == render("status", status_sample(), form=ending)


def test_given_data_when_rendered_as_a_module_then_the_file_holds_it(tmp_path):
    """4.5.5"""
    data, to = tmp_path / "label.json", tmp_path / "label.pdf"
    data.write_text(json.dumps(GIVEN), encoding="utf-8")
    command = [sys.executable, "-m", "labels", "render", "batch", "--data", str(data), "--to", str(to)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert ("]Q", "L7K2M9QX3F") in read_zxing(from_pdf(to.read_bytes(), dpi=300))


@pytest.mark.parametrize("status", STATUSES)
def test_given_a_status_when_the_sample_is_rendered_then_it_has_that_status(tmp_path, status):
    """4.5.5"""
    to = tmp_path / "label.svg"
    assert main(["render", "status", "--status", status, "--languages", "en", "zh_Hans", "--to", str(to)]) == 0
    assert to.read_bytes() == render("status", status_sample(status, ("en", "zh_Hans")), form="svg")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"batch_no": "8" * 90}, "batch_no: too-long"),
        ({"name": "fan 😀"}, "name: missing-glyph '😀' (U+1F600)"),
        ({"colour": "blue"}, "colour: invalid"),
    ],
)
def test_given_data_that_cannot_be_drawn_when_rendered_then_named_and_no_file(tmp_path, capsys, changes, named):
    """4.5.1"""
    data, to = tmp_path / "label.json", tmp_path / "label.png"
    data.write_text(json.dumps(GIVEN | changes), encoding="utf-8")
    assert main(["render", "batch", "--data", str(data), "--to", str(to)]) == 1
    assert named in capsys.readouterr().err
    assert not to.exists()


def test_given_an_ending_or_file_that_is_none_when_rendered_then_refused(tmp_path, capsys):
    """4.5.5"""
    assert main(["render", "status", "--to", str(tmp_path / "label.gif")]) == 2
    assert ".pdf, .png, .svg, .zpl" in capsys.readouterr().err
    missing = str(tmp_path / "none.json")
    assert main(["render", "status", "--data", missing, "--to", str(tmp_path / "a.png")]) == 1
    assert "none.json" in capsys.readouterr().err
