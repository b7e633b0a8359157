"""The unit of work: the changes of a use case are all or nothing."""

from __future__ import annotations

from abc import abstractmethod
from types import TracebackType
from typing import Protocol, Self

from core.shared.audit import AuditLog
from core.shared.jobs import JobQueue
from core.shared.messages import Outbox
from core.shared.signals import PendingSignals


class UnitOfWork(Protocol):
    """One transaction with its audit log, job queue, outbox, and the signals that follow it. Each slice adds the
    repositories it needs.

    Nothing is visible to others before `commit`; leaving the `async with` without it rolls everything back.
    """

    audit: AuditLog
    jobs: JobQueue
    outbox: Outbox
    signals: PendingSignals

    @abstractmethod
    async def __aenter__(self) -> Self: ...

    @abstractmethod
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @abstractmethod
    async def commit(self) -> None:
        """Make all changes durable, then publish the signals.

        Raises Unavailable if the store fails: then nothing was changed, or, if the connection was lost during the
        commit, the outcome is unknown until the store answers again.
        """
