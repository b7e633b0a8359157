"""Enqueueing jobs, and removing the log entries of finished ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.jobs.ports import JobsUnitOfWork
from core.shared.clock import Clock
from core.shared.jobs import Job


@dataclass(frozen=True, slots=True)
class EnqueueJob:
    """Enqueue a job for the next free worker."""

    new_uow: Callable[[], JobsUnitOfWork]

    async def __call__(self, job: Job) -> None:
        async with self.new_uow() as uow:
            await uow.jobs.enqueue([job])
            await uow.commit()


@dataclass(frozen=True, slots=True)
class ForgetDoneJobs:
    """Remove log entries of jobs that finished longer ago than the retention period. Returns how many."""

    new_uow: Callable[[], JobsUnitOfWork]
    clock: Clock
    retention: timedelta

    async def __call__(self) -> int:
        async with self.new_uow() as uow:
            removed = await uow.records.forget_done(self.clock.now() - self.retention)
            await uow.commit()
        return removed
