"""PgQueuer on a connection of ours."""

from __future__ import annotations

from typing import Any

from pgqueuer.db import AsyncpgDriver
from sqlalchemy.ext.asyncio import AsyncConnection


async def driver(connection: AsyncConnection) -> AsyncpgDriver:
    """What PgQueuer asks the database with. Each of its statements is a transaction of its own."""
    raw: Any = await connection.get_raw_connection()
    return AsyncpgDriver(raw.driver_connection)
