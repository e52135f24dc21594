"""The pictures of `docs/labels.md` are what the code draws today, one of each kind."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labels.kinds import PAPERS

DOCS = Path(__file__).parents[2] / "docs"
_found = importlib.util.spec_from_file_location("draw_labels", DOCS / "pictures" / "draw_labels.py")
assert _found is not None
assert _found.loader is not None
draw_labels = importlib.util.module_from_spec(_found)
_found.loader.exec_module(draw_labels)


def test_given_every_kind_when_the_page_is_read_then_it_shows_a_picture_of_it():
    """4.5.5"""
    page = (DOCS / "labels.md").read_text(encoding="utf-8")
    shown = {picture.kind for name, picture in draw_labels.PICTURES.items() if f"pictures/{name}.png" in page}
    assert shown == set(PAPERS)


@pytest.mark.parametrize("name", sorted(draw_labels.PICTURES))
def test_given_a_picture_of_the_page_when_drawn_again_then_it_is_the_same(name):
    """After a change: `python docs/pictures/draw_labels.py`"""
    kept = np.asarray(Image.open(DOCS / "pictures" / f"{name}.png").convert("RGB"), dtype=int)
    drawn = np.asarray(draw_labels.draw(name).convert("RGB"), dtype=int)
    assert kept.shape == drawn.shape
    assert np.abs(kept - drawn).mean() < 1.5, "shades of the smaller palette differ by less"
