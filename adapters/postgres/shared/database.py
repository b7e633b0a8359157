"""Start and stop the database connection of a process."""

from __future__ import annotations

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.shared.engine import ping
from adapters.postgres.shared.migrations import migrate
from core.shared.lifecycle import Lifecycle, StartError


class Database(Lifecycle):
    """The connection pool of a process and the schema behind it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def start(self) -> None:
        """Reach the database and migrate its schema to the newest version. Raises StartError."""
        try:
            await ping(self._engine)
        except (OSError, SQLAlchemyError) as error:
            where = make_url(self._engine.url).render_as_string(hide_password=True)
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise StartError(f"The database at {where} can't be reached: {reason}") from error
        await migrate(self._engine)

    async def stop(self) -> None:
        await self._engine.dispose()
