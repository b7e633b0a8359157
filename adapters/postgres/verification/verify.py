"""Check the stored data against the invariants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.shared.engine import without_timeouts
from adapters.postgres.verification.invariants import INVARIANTS, Invariant

MAX_FINDINGS = 20
"""The most violations of one invariant that are reported."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation of an invariant: a sentence that says what is wrong, and the ids of the rows concerned."""

    invariant: str
    wrong: str
    ids: tuple[UUID, ...]


def describe(finding: Finding) -> str:
    """Return a finding as one line of text."""
    return f"{finding.invariant}: {finding.wrong}"


async def verify(engine: AsyncEngine, now: datetime) -> list[Finding]:
    """Return every violation of an invariant, at most `MAX_FINDINGS` of each; an empty list when all data is sound.

    It reads one snapshot, so it may run while the platform is in use. Raises SQLAlchemy's errors.
    """
    # Reading every booking may exceed the statement timeout of requests.
    async with without_timeouts(engine) as slow_engine, slow_engine.connect() as new_connection:
        connection = await new_connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return [finding for invariant in INVARIANTS for finding in await _find_violations(connection, invariant, now)]


async def _find_violations(connection: AsyncConnection, invariant: Invariant, now: datetime) -> list[Finding]:
    query = text(f"SELECT * FROM ({invariant.query}) AS broken LIMIT {MAX_FINDINGS}")  # noqa: S608 - made of constants only
    rows = (await connection.execute(query, {"now": now} if ":now" in invariant.query else {})).mappings()
    return [
        Finding(
            invariant.name,
            invariant.message.format(**row),
            tuple(value for name, value in row.items() if name.endswith("id") and isinstance(value, UUID)),
        )
        for row in rows
    ]
