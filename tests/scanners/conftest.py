"""What tests of a station share."""

import pytest

from scanners import worker
from scanners.outbox import Outbox


@pytest.fixture(autouse=True)
def unhurried(monkeypatch):
    """As much time for a picture as a busy machine needs; the limits of memory and of processor time stay."""
    monkeypatch.setattr(worker, "SECONDS_PER_PICTURE", 60.0)
    monkeypatch.setattr(worker, "_SECONDS_TO_START", 120.0)


@pytest.fixture
def box(tmp_path):
    made = Outbox(tmp_path / "queue", device="dock", owner="a")
    yield made
    made.close()
