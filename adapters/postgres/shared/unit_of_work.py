"""A unit of work is a PostgreSQL transaction."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Awaitable
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.shared.audit import PostgresAudit
from adapters.postgres.shared.job_queue import PostgresJobQueue
from adapters.postgres.shared.outbox import PostgresOutbox
from core.shared.errors import TimedOut, Unavailable
from core.shared.signals import PendingSignals, Signals
from core.shared.unit_of_work import UnitOfWork

_DISK_FULL = "53100"
"""The SQLSTATE of a write for which there is no space. The platform still reads, and writes again when there is."""
# https://www.postgresql.org/docs/current/errcodes-appendix.html: a lock timeout, a deadlock, a serialization failure,
# too many connections, no memory left, a server that starts or stops, a read-only standby.
_TRANSIENT = frozenset({"55P03", "40P01", "40001", "53300", "53200", "57P01", "57P02", "57P03", "25006", _DISK_FULL})
# Without that of bookings: the batcher has to find out whose request in a batch it was.
_REFERS_TO_USER = re.compile(r"(?!bookings_).*_(user|organizer)_id_fkey")
_STOPPED = "57014"
"""The SQLSTATE of a statement that was cancelled, as by `statement_timeout`."""

_log = structlog.get_logger(__name__)


class Connections(Protocol):
    """Where connections come from: an engine, or a bulkhead in front of one."""

    @abstractmethod
    def connect(self) -> Awaitable[AsyncConnection]: ...


class PostgresUnitOfWork(UnitOfWork):
    """One transaction on one connection, READ COMMITTED on purpose: under REPEATABLE READ the rows that are read
    after waiting for a lock could be stale, and events would be oversold.
    """

    def __init__(self, connections: Connections, signals: Signals | None = None) -> None:
        self._connections = connections
        self.signals = PendingSignals(signals)

    @abstractmethod
    def bind(self, connection: AsyncConnection) -> None:
        """Create the repositories of the slice on the transaction's connection."""

    async def __aenter__(self) -> Self:
        try:
            self._connection = await self._connections.connect()
        except (OSError, DBAPIError, PoolTimeout) as error:  # TimeoutError is an OSError
            raise _unavailable() from error
        self.audit = PostgresAudit(self._connection)
        self.outbox = PostgresOutbox(self._connection)
        self.jobs = PostgresJobQueue(self._connection)
        self.bind(self._connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, TimeoutError):
            # Already invalidated, unless the statement bypassed SQLAlchemy, as those of PgQueuer do.
            await self._connection.invalidate(error)
        # Losing the connection rolls back too, so closing it may fail.
        with suppress(OSError, DBAPIError):
            await self._connection.close()
        if refusal := _refusal_of(error):
            raise refusal from error

    async def commit(self) -> None:
        await self._connection.commit()
        self.signals.publish()


def violates(error: IntegrityError, constraint: str) -> bool:
    """Return whether a write was refused by this constraint or unique index."""
    return _violated_constraint(error) == constraint


def _violated_constraint(error: IntegrityError) -> str | None:
    cause = error.orig.__cause__ if error.orig is not None else None
    return getattr(cause, "constraint_name", None)


def _refusal_of(error: BaseException | None) -> Unavailable | None:
    """Return the refusal for an error after which the same transaction may succeed when it is retried."""
    if isinstance(error, TimeoutError):
        return _unavailable()
    if not isinstance(error, DBAPIError):
        return None
    if isinstance(error, IntegrityError) and _REFERS_TO_USER.fullmatch(_violated_constraint(error) or ""):
        return Unavailable("An account that this is about was deleted at the same moment. Try again.")
    code = getattr(error.orig, "sqlstate", None)
    if code == _STOPPED:
        return TimedOut()
    if code == _DISK_FULL:
        _log.error("the database has no space left", reason=str(error.orig))
    if error.connection_invalidated or isinstance(error, InterfaceError) or code in _TRANSIENT:
        return _unavailable()
    return None


def _unavailable() -> Unavailable:
    return Unavailable("The database is not available right now. Try again in a moment.")
