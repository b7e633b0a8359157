"""Start and stop the database connection of a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.shared.engine import display_url
from adapters.postgres.shared.migrations import Schema, find_schema, migrate
from core.shared.lifecycle import Lifecycle, StartError

_OLDEST_SERVER = 15
_FORBIDDEN = "42501"
"""The SQLSTATE of a statement that the role has no right to."""


class Database(Lifecycle):
    """The connection pool of a process and the schema behind it."""

    def __init__(self, engine: AsyncEngine, *, migrates: bool = True) -> None:
        """Without `migrates` the schema must have the version of this code, and nothing is changed."""
        self._engine = engine
        self._migrates = migrates
        self._name = display_url(engine.url)

    async def start(self) -> None:
        """Reach the database and check that it can be used, or migrate its schema to this version. Raises StartError.

        Nothing is changed in a database that can't be used.
        """
        with report_failures(self._engine, "can't be reached"):
            async with self._engine.connect() as connection:
                row = await connection.execute(
                    text(
                        "SELECT current_setting('server_encoding'), current_setting('server_version_num')::int / 10000"
                    )
                )
                encoding, version = row.one()
        if version < _OLDEST_SERVER:
            raise StartError(
                f"The database at {self._name} is PostgreSQL {version}: Nocturne needs {_OLDEST_SERVER} or newer."
            )
        if encoding != "UTF8":
            raise StartError(
                f"The database at {self._name} has the encoding {encoding}: use one that was created with "
                "ENCODING 'UTF8' TEMPLATE template0."
            )
        with report_failures(self._engine, "can't be read"):
            schema = await find_schema(self._engine)
        if schema is Schema.NEWER:
            raise StartError(
                f"The database at {self._name} was migrated by a newer version of Nocturne: install that version."
            )
        if self._migrates:
            with report_failures(self._engine, "can't be migrated"):
                await migrate(self._engine)
        elif schema is Schema.OLDER:
            raise StartError(
                f"The database at {self._name} does not have the schema of this version: run nocturne migrate first."
            )

    async def stop(self) -> None:
        await self._engine.dispose()


@contextmanager
def report_failures(engine: AsyncEngine, what: str) -> Iterator[None]:
    """Raise StartError, which says that the database "can't be reached", or whatever `what` is, for its errors."""
    try:
        yield
    except (OSError, SQLAlchemyError) as error:
        cause = getattr(error, "orig", None) or error
        reason = str(cause).splitlines()[0]
        advice = "; its role must own the database" if getattr(cause, "sqlstate", None) == _FORBIDDEN else ""
        raise StartError(f"The database at {display_url(engine.url)} {what}: {reason}{advice}") from error
