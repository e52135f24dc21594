"""Books on fixture F, on each engine."""

from collections.abc import Callable, Iterator

import pytest

from tests import factories
from tests.factories import Store


@pytest.fixture
def prepare_database() -> Callable[[str], None]:
    """Every test here starts from fixture F."""
    return factories.prepare_fixture_f


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """The service on this test's database."""
    yield from factories.stores(database_url)
