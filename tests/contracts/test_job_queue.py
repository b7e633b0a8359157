"""A job is part of the transaction that gives the reason."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.notifications import PostgresOutboxUnit
from core.shared.jobs import Job


async def test_a_job_is_there_when_its_transaction_is_committed_and_only_then(engine: AsyncEngine) -> None:
    for commits in (False, True):
        async with PostgresOutboxUnit(engine) as uow:
            await uow.jobs.enqueue([Job("match-events", {"event": "1"}), Job("match-events")])
            await uow.jobs.enqueue([])
            if commits:
                await uow.commit()
        async with engine.connect() as connection:
            found = await connection.scalar(text("SELECT count(*) FROM pgqueuer"))
        assert found == (2 if commits else 0)
