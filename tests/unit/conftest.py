"""What the tests of booking's use cases start from."""

from __future__ import annotations

import pytest

from tests.box_office import BoxOffice, box_office
from tests.stores import memory_store


@pytest.fixture
def office() -> BoxOffice:
    """Every use case of booking, on a memory store at noon the day before most events."""
    return box_office(memory_store())
