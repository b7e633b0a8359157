"""PgQueuer on one of our connections."""

from __future__ import annotations

from typing import Any

from pgqueuer.db import AsyncpgDriver
from sqlalchemy.ext.asyncio import AsyncConnection


async def driver(connection: AsyncConnection) -> AsyncpgDriver:
    """Return a PgQueuer driver for the connection. Each of its statements is a transaction of its own."""
    raw: Any = await connection.get_raw_connection()
    return AsyncpgDriver(raw.driver_connection)
