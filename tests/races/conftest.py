"""A rush leaves sound books behind, but where a control took the lock away."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.shared.engine import create_engine
from tests.support.rush import CONNECTIONS, Rush, a_rush


@pytest.fixture
async def rush(engine: AsyncEngine, postgres_url: str) -> AsyncIterator[Rush]:
    """`engine` empties the database afterwards; the rush has connections of its own."""
    rushed = create_engine(postgres_url, pool_size=CONNECTIONS)
    rush = await a_rush(rushed)
    yield rush
    if not rush.is_lock_removed:
        await rush.must_be_sound()
    await rushed.dispose()
