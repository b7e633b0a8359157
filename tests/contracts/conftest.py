"""Every suite here runs on every adapter of its port; a fake that lies fails with the same test."""

from __future__ import annotations

import pytest

from tests.stores import Store, memory_store, postgres_store


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return memory_store()
    return postgres_store(request.getfixturevalue("engine"))
