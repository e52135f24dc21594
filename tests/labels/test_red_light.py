"""Bars must stand out in a scanner's red light on each colour of label stock, and each word by its size. Source: 4.5.5."""

import numpy as np
import pytest
from PIL import Image, ImageColor

from labels.band import Mode
from labels.drawing import Matrix
from labels.layout import lay_out, sizes
from labels.marks import STATUS_MARKS
from labels.rendering import render
from labels.symbols import SYMBOLOGIES
from tests.labels.reading import STATUSES, from_png, read_pyzbar, read_zxing, status_sample

INK = 25  # of 255: what a thermal printer's black gives back
LEAST_CONTRAST = 0.40  # lightest less darkest, of full light: the least that ISO/IEC 15416 calls grade C


def in_red_light(status, mode, size):
    """The label in its status' colour as a red scanner sees it, 0 to 255: `stock` lies on paper of the colour."""
    drawn = np.asarray(from_png(render("status", status_sample(status), form="png", mode=mode, size=size)), dtype=float)
    paper = ImageColor.getrgb(STATUS_MARKS[status].colour)[0] if mode == Mode.STOCK else 255
    return INK + drawn[:, :, 0] / 255 * (paper - INK)


def codes(status, mode, size):
    """Each code's place with its white zone to the sides."""
    for shape in lay_out(status_sample(status), mode=Mode(mode), size=size).items:
        if isinstance(shape, Matrix):
            quiet = shape.module * SYMBOLOGIES["code128" if len(shape.rows) == 1 else "qr"].quiet
            wide, high = len(shape.rows[0]) * shape.module, len(shape.rows) * shape.row_height
            yield shape, (slice(shape.y, shape.y + high), slice(shape.x - quiet, shape.x + wide + quiet))


@pytest.mark.parametrize("size", sizes("status"))
@pytest.mark.parametrize("mode", ["stock", "colour"])
@pytest.mark.parametrize("status", STATUSES)
def test_given_coloured_stock_when_lit_red_then_every_code_has_forty_percent_contrast_and_both_readers_read_it(
    status, mode, size
):
    """4.5.5: black on #90CAF9, the darkest in red light, has 0.47"""
    seen = in_red_light(status, mode, size)
    found = list(codes(status, mode, size))
    for shape, place in found:
        zone = seen[place]
        side = (zone.shape[1] - len(shape.rows[0]) * shape.module) // 2
        lightest = min(zone[:, :side].min(), zone[:, -side:].min())  # the white zone is whole, too
        assert (lightest - zone.min()) / 255 >= LEAST_CONTRAST
        assert (zone.max() - zone.min()) / 255 >= LEAST_CONTRAST
    picture = Image.fromarray(np.rint(seen).astype(np.uint8)).convert("RGB")
    for read in (read_zxing, read_pyzbar):
        assert len(read(picture)) == len(found)
