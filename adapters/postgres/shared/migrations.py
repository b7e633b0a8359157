"""Bringing the schema to the newest revision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.shared.engine import without_timeouts

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"
_TURN = 0x6E6F6374
"""The advisory lock of migrations: any number of processes may start at once."""


async def migrate(engine: AsyncEngine, revision: str = "head") -> None:
    """Upgrade to `revision`. Harmless when it is reached already; processes take turns."""
    await _run(engine, command.upgrade, revision)


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Go back to `revision`; what came after it is lost, with its data."""
    await _run(engine, command.downgrade, revision)


async def _run(engine: AsyncEngine, step: Callable[[Config, str], None], revision: str) -> None:
    async with without_timeouts(engine) as patient, patient.connect() as turn, patient.connect() as connection:
        await turn.execute(text("SET lock_timeout = 0"))
        await turn.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
        await connection.run_sync(_alembic, step, revision)


def _alembic(connection: Connection, step: Callable[[Config, str], None], revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    step(config, revision)
    connection.commit()
