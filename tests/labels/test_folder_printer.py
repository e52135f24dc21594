"""Printers that are no machine: a folder, the system's queue, and addresses that are none. Source: 4.5.5."""

from ipaddress import ip_address

import pytest

from labels.__main__ import main
from labels.printers import Job, Outcome, listed, open_printer
from labels.sending import Media, check_loaded


def job(**changes):
    return Job(**({"job_id": "J1", "document": b"x", "form": "zpl", "width_mm": 100, "height_mm": 50} | changes))


def test_given_a_folder_when_a_job_is_sent_then_it_is_handed_out_and_never_said_to_be_printed(tmp_path):
    """4.5.5"""
    printer = open_printer(f"file:{tmp_path}")
    beats = []
    assert printer.look(job()).outcome is Outcome.BUSY
    sent = printer.send(job(), lambda: beats.append(1))
    assert (sent.outcome, beats) == (Outcome.SENT, [1])
    assert printer.send(job()).outcome is Outcome.SENT
    assert [file.name for file in tmp_path.iterdir()] == ["J1.zpl"]
    assert printer.look(job()).outcome is Outcome.SENT


def test_given_no_folder_when_a_job_is_sent_then_nothing_was_accepted(tmp_path):
    """4.5.5"""
    printer = open_printer(f"file:{tmp_path / 'none'}")
    assert printer.state().causes == ("unreachable",)
    assert printer.send(job()).outcome is Outcome.BUSY


@pytest.mark.parametrize(
    "address",
    [
        "http://host/", "ipp://", "ipp://me:word@host/", "ipp://host/?a=b", "socket://", "socket://host/x",
        "lp:-o", "lp:a b", "lp:a;b", "lp:", "file://host/x", "file:", "printer", "",
    ],
)  # fmt: skip
def test_given_an_address_of_no_printer_when_opened_then_refused(address):
    """4.5.5"""
    with pytest.raises(ValueError, match="address"):
        open_printer(address)


@pytest.mark.parametrize("changes", [{"job_id": "a b"}, {"job_id": "-o"}, {"form": "exe"}, {"document": b""}])
def test_given_a_job_that_is_none_when_made_then_refused(changes):
    """4.5.5"""
    with pytest.raises(ValueError, match=r"job id|form|nothing"):
        job(**changes)


@pytest.mark.parametrize(
    ("colour", "media", "card", "cause"),
    [
        ("yellow", [("yellow", 100, 50)], None, None),
        ("yellow", [("white", 100, 50)], "yellow", "wrong-colour"),  # the printer knows better than the card
        ("yellow", [(None, 100, 50)], "yellow", None),
        ("yellow", [], "blue", "wrong-colour"),
        ("yellow", [], None, "colour-unknown"),
        ("white", [], None, "colour-unknown"),
        (None, [], None, None),
        (None, [("white", 210, 297)], None, "wrong-size"),
        ("blue", [("white", 100, 50), ("blue", 210, 297)], None, "wrong-colour"),
        ("blue", [("blue", 50, 100)], None, None),
        ("blue", [("blue", 99.06, 50.8)], None, None),
        ("blue", [("blue", None, None)], None, None),
    ],
)
def test_given_what_is_loaded_when_a_job_comes_then_another_colour_or_size_is_held(colour, media, card, cause):
    """4.5.5"""
    loaded = tuple(Media(colour=said, width_mm=wide, height_mm=high) for said, wide, high in media)
    held = check_loaded(job(colour=colour), loaded, colour=card)
    assert (held.cause if held else None) == cause
    assert held is None or held.outcome is Outcome.HELD


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("127.0.0.1", True),
        ("::1", False),
        ("::ffff:127.0.0.1", True),
        ("192.168.1.9", False),
        ("169.254.169.254", False),
    ],
)
def test_given_the_administrators_list_when_an_inner_address_is_asked_for_then_only_listed_ones(address, allowed):
    """4.5.5"""
    reach = listed(["127.0.0.0/8", "10.1.2.3"])
    assert reach.allows(ip_address(address)) is allowed
    assert reach.allows(ip_address("8.8.8.8"))


def test_given_a_file_when_printed_by_command_then_it_says_what_came_of_it(tmp_path, capsys):
    """4.5.5"""
    label, folder = tmp_path / "label.zpl", tmp_path / "out"
    label.write_bytes(b"^XA^XZ")
    folder.mkdir()
    assert main(["print", str(label), "--printer", f"file:{folder}", "--job-id", "J7"]) == 0
    assert capsys.readouterr().out.startswith("sent J7.zpl")
    assert (folder / "J7.zpl").read_bytes() == b"^XA^XZ"
    assert main(["print", str(label), "--printer", "http://host"]) == 2
    assert main(["print", str(tmp_path / "none.zpl"), "--printer", f"file:{folder}"]) == 1
    assert main(["print", str(label), "--printer", f"file:{tmp_path / 'none'}"]) == 1
