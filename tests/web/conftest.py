"""The service on fixture F, on each engine."""

from collections.abc import Callable, Iterator

import pytest

from scanners import worker
from tests import factories
from tests.factories import Store


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """As much time for a picture as a busy machine needs; its limits of memory and of processor time stay."""
    monkeypatch.setattr(worker, "SECONDS_PER_PICTURE", 60.0)
    monkeypatch.setattr(worker, "_SECONDS_TO_START", 120.0)


@pytest.fixture
def prepare_database() -> Callable[[str], None]:
    """Every test here starts from fixture F."""
    return factories.prepare_fixture_f


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """The service on this test's database."""
    yield from factories.stores(database_url)
