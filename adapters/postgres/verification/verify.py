"""Looking for what must not be in the stored data (J6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.shared.engine import without_timeouts
from adapters.postgres.verification.invariants import INVARIANTS, Invariant

MOST = 20
"""Of what breaks one invariant, so much is told."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that breaks an invariant: what is wrong as a sentence, and the ids of what it is wrong with."""

    invariant: str
    wrong: str
    ids: tuple[UUID, ...]


def describe(finding: Finding) -> str:
    """A finding in a line."""
    return f"{finding.invariant}: {finding.wrong}"


async def verify(engine: AsyncEngine, now: datetime) -> list[Finding]:
    """Everything that breaks an invariant, at most `MOST` findings of each; nothing when all is well.

    All of it is seen as at one moment, so it may be asked of a platform at work. Raises SQLAlchemy's errors.
    """
    # It reads every booking there is, which takes what it takes.
    async with without_timeouts(engine) as patient, patient.connect() as fresh:
        connection = await fresh.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return [finding for invariant in INVARIANTS for finding in await _broken(connection, invariant, now)]


async def _broken(connection: AsyncConnection, invariant: Invariant, now: datetime) -> list[Finding]:
    query = text(f"SELECT * FROM ({invariant.query}) AS broken LIMIT {MOST}")  # noqa: S608 - of our own words alone
    rows = (await connection.execute(query, {"now": now} if ":now" in invariant.query else {})).mappings()
    return [
        Finding(
            invariant.name,
            invariant.says.format(**row),
            tuple(value for name, value in row.items() if name.endswith("id") and isinstance(value, UUID)),
        )
        for row in rows
    ]
