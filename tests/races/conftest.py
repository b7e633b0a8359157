"""Every race leaves consistent data behind, except where a control test removed the lock on purpose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from tests.support.rush import Rush


@pytest.fixture
async def rush(engine: AsyncEngine, postgres_url: str) -> AsyncIterator[Rush]:
    """A rush with connections of its own; `engine` empties the database afterwards."""
    from adapters.postgres.shared.engine import create_engine
    from tests.support.rush import CONNECTIONS, a_rush

    own = create_engine(postgres_url, pool_size=CONNECTIONS)
    rush = await a_rush(own)
    yield rush
    if not rush.lock_is_gone:
        await rush.must_be_sound()
    await own.dispose()
