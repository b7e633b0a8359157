"""Migrate the schema."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.shared.engine import without_timeouts

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"
_LOCK_ID = 0x6E6F6374
"""The advisory lock that serializes migrations of processes that start at the same time."""


class Schema(Enum):
    """How the schema of a database compares to the revisions of this code. A database without a schema is older."""

    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


async def find_schema(engine: AsyncEngine) -> Schema:
    """Compare the schema of the database to this code, changing nothing. Raises SQLAlchemy's errors."""
    return compare_schema(await find_revisions(engine))


async def find_revisions(engine: AsyncEngine) -> set[str]:
    """Return the last revisions of the schema: one, or none if there is no schema. Raises SQLAlchemy's errors."""
    async with engine.connect() as connection:
        return await connection.run_sync(lambda each: set(MigrationContext.configure(each).get_current_heads()))


def compare_schema(revisions: set[str]) -> Schema:
    """Compare a schema with these last revisions to this code."""
    script = ScriptDirectory.from_config(_config())
    if revisions == set(script.get_heads()):
        return Schema.CURRENT
    known = {revision.revision for revision in script.walk_revisions()}
    return Schema.OLDER if revisions <= known else Schema.NEWER


async def migrate(engine: AsyncEngine, revision: str = "head") -> None:
    """Upgrade to `revision`. Idempotent, and safe when several processes do it at the same time."""
    await _run(engine, command.upgrade, revision)


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Downgrade to `revision`. Data of later revisions is lost."""
    await _run(engine, command.downgrade, revision)


@asynccontextmanager
async def exclude_migrations(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Keep others from migrating until the end of the block; they wait, and so does this until they are done.

    Yields the connection that has the lock.
    """
    async with engine.connect() as lock:
        await lock.execute(text("SET lock_timeout = 0"))
        await lock.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK_ID})
        yield lock


async def _run(engine: AsyncEngine, step: Callable[[Config, str], None], revision: str) -> None:
    async with (
        without_timeouts(engine) as slow_engine,
        exclude_migrations(slow_engine),
        slow_engine.connect() as connection,
    ):
        await connection.run_sync(_alembic, step, revision)


def _alembic(connection: Connection, step: Callable[[Config, str], None], revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    step(config, revision)
    connection.commit()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
