"""The unit of work: what a use case changes becomes true as a whole, or not at all."""

from __future__ import annotations

from abc import abstractmethod
from types import TracebackType
from typing import Protocol, Self

from core.shared.audit import AuditLog
from core.shared.jobs import JobQueue
from core.shared.messages import Outbox


class UnitOfWork(Protocol):
    """One transaction, with the audit log, the jobs and the outbox in it. Each slice adds the repositories it needs.

    Nothing is visible to others before `commit`; leaving the `async with` without it takes everything back.
    """

    audit: AuditLog
    jobs: JobQueue
    outbox: Outbox

    @abstractmethod
    async def __aenter__(self) -> Self: ...

    @abstractmethod
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @abstractmethod
    async def commit(self) -> None:
        """Make it all true and durable. Raises Unavailable when the store can't, and nothing of it is true; or when it
        does not say, and that is to be seen when it answers again.
        """
