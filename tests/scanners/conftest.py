"""What tests of a station share."""

import pytest

from scanners.outbox import Outbox


@pytest.fixture
def box(tmp_path):
    made = Outbox(tmp_path / "queue", device="dock", owner="a")
    yield made
    made.close()
