"""What a printer is set to by what it says. Source: 4.5.5."""

import pytest

from labels.printers import Media, State, choose_form, propose

LABELS = Media(colour=None, width_mm=100.0, height_mm=50.0)


@pytest.mark.parametrize(
    ("forms", "chosen"),
    [
        ((), "pdf"),
        (("image/pwg-raster", "application/pdf"), "pdf"),
        (("image/urf", "image/pwg-raster", "image/jpeg"), "pwg"),
        (("application/vnd.zebra-zpl", "application/octet-stream"), "zpl"),
        (("image/jpeg",), "pdf"),
    ],
)
def test_given_the_forms_a_printer_takes_when_one_is_chosen_then_pdf_before_raster_before_zpl(forms, chosen):
    """4.5.5: one that takes none of ours is sent PDF and refuses it by name"""
    assert choose_form(forms) == chosen


@pytest.mark.parametrize(
    ("resolutions", "dpi"),
    [(((203, 203),), 203), (((200, 200),), 203), (((300, 300),), 300), (((600, 600),), 600), (((1200, 1200),), 600),
     (((600, 300),), 300), (((180, 180),), None), ((), None)],
)  # fmt: skip
def test_given_a_printers_dots_when_proposed_then_the_finest_that_are_whole_dots_of_it(resolutions, dpi):
    """4.5.1: modules are whole dots"""
    assert propose(State(ready=True, resolutions=resolutions)).dpi == dpi
    raster = State(ready=True, forms=("image/pwg-raster",), raster_resolutions=resolutions, resolutions=((300, 300),))
    assert propose(raster).dpi == (dpi if resolutions else 300)


@pytest.mark.parametrize(
    ("media", "paints", "size", "mode"),
    [
        ((LABELS,), False, "100x50", "mono"),
        ((LABELS,), True, "100x50", "colour"),
        ((Media(colour="yellow", width_mm=99.06, height_mm=50.8),), True, "99x51", "stock"),
        ((LABELS, Media(colour="white", width_mm=210.0, height_mm=297.0)), False, None, "mono"),
        ((), None, None, None),
    ],
)
def test_given_what_lies_in_a_printer_when_proposed_then_its_size_where_there_is_one_and_stock_where_it_is_coloured(
    media, paints, size, mode
):
    """4.5.5: coloured paper is not painted on"""
    said = propose(State(ready=True, media=media, paints=paints))
    assert (said.size, said.mode) == (size, mode)
