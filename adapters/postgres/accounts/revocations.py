"""Which sessions were revoked, kept in the memory of the process and told by PostgreSQL as soon as it is so.

Notifications are the source of truth: a trigger sends one when a session is revoked, PostgreSQL delivers it when that
is committed, however long after `revoked_at` that may be, and none is lost while the connection lives. So sessions are
read once for each connection, after it began to listen. From then on it is enough to ask the connection anything:
before a listening backend says that it is ready for the next statement, it passes on all notifications of what was
committed when it was asked (`PostgresMain` in PostgreSQL's postgres.c). Who has that answer has missed nothing, and it
costs the same however many were revoked.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from asyncpg import InterfaceError, PostgresError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.accounts.tables import sessions
from core.accounts.ports import Revocations
from core.shared.clock import Clock
from core.shared.errors import Unavailable
from core.shared.ids import SessionId

CHANNEL = "session_revoked"
RETRY_SECONDS = 1.0
HEARTBEAT_SECONDS = 3.0
PATIENCE_SECONDS = 2.0
"""A connection that died without a word is noticed after both of these at the latest: five seconds."""

MARGIN = timedelta(minutes=1)
"""Tokens are read for a little longer than they live, as clocks differ; revocations are kept longer than that."""

_log = structlog.get_logger(__name__)


class PostgresRevocations(Revocations):
    """Between `start` and `stop` it listens, and answers from memory. While it can't listen it asks the database for
    every single session.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        listening: AsyncEngine,
        clock: Clock,
        *,
        kept: timedelta,
        heartbeat: float = HEARTBEAT_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """`listening` is a pool of its own, for a connection that is never given back. `kept` is how long an access
        token lives: an older revocation concerns no token that is still good. Every `heartbeat` seconds the connection
        is asked whether it is there, and has `patience` seconds to answer.
        """
        self._engine = engine
        self._listening = listening
        self.clock = clock
        self._kept = kept + MARGIN
        self._heartbeat = heartbeat
        self._patience = patience
        self.known: OrderedDict[UUID, datetime] = OrderedDict()
        self.is_listening = False
        self._catching_up: list[asyncio.Future[None]] = []
        self._asked = asyncio.Event()
        self._listener: asyncio.Task[None] | None = None

    async def include(self, session_id: SessionId) -> bool:
        if session_id in self.known:
            return True
        return False if self.is_listening else await self._is_stored(session_id)

    async def catch_up(self) -> None:
        if self.is_listening:  # or else every session is asked for
            caught_up = asyncio.get_running_loop().create_future()
            self._catching_up.append(caught_up)
            self._asked.set()
            await caught_up

    async def start(self) -> None:
        self._listener = asyncio.create_task(self._listen_always())

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        await self._listening.dispose()

    async def _is_stored(self, session_id: SessionId) -> bool:
        query = select(sessions.c.id).where(sessions.c.id == session_id, sessions.c.revoked_at.is_not(None))
        try:
            async with self._engine.connect() as connection:
                return await connection.scalar(query) is not None
        except (OSError, SQLAlchemyError) as error:
            raise Unavailable("Whether this session is still good can't be found out just now; try again.") from error

    async def _listen_always(self) -> None:
        while True:
            try:
                async with self._listening.connect() as connection:
                    await self._listen(await connection.execution_options(isolation_level="AUTOCOMMIT"))
            except (OSError, SQLAlchemyError, PostgresError, InterfaceError) as error:  # TimeoutError is an OSError
                _log.warning("can't listen for revoked sessions; asking for each", reason=repr(error))
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, connection: AsyncConnection) -> None:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        self.known.clear()
        try:
            await raw.add_listener(CHANNEL, self._hear)
            raw.add_termination_listener(self._hear_no_more)
            # Listening came first, so whatever is revoked while this is read is heard.
            await self._read(connection)
            self.is_listening = True
            while True:
                await self._beat(raw)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._asked.wait(), self._heartbeat)
        finally:
            self._hear_no_more(raw)
            # Nobody else should have a connection that listens; and to close it in good order is to wait for an answer.
            raw.terminate()
            await connection.invalidate()

    async def _read(self, connection: AsyncConnection) -> None:
        """Know of all that concern a token which may still be good, the oldest first."""
        oldest = self.clock.now() - self._kept
        query = select(sessions.c.id, sessions.c.revoked_at).where(sessions.c.revoked_at > oldest)
        rows = (await connection.execute(query.order_by(sessions.c.revoked_at))).all()
        heard, self.known = self.known, OrderedDict((row.id, row.revoked_at) for row in rows)
        self.known.update(heard)

    async def _beat(self, raw: Any) -> None:
        """Ask whether the connection is there. Who wanted to catch up before that has caught up when it answers."""
        self._asked.clear()
        before = len(self._catching_up)
        # Of the driver: SQLAlchemy would close a connection that does not answer in good order first.
        await raw.execute("SELECT 1", timeout=self._patience)
        self._release(before)
        oldest = self.clock.now() - self._kept
        while self.known and next(iter(self.known.values())) <= oldest:
            self.known.popitem(last=False)

    def _hear(self, _connection: object, _pid: int, _channel: str, session_id: object) -> None:
        self.known.setdefault(UUID(str(session_id)), self.clock.now())

    def _hear_no_more(self, _connection: object) -> None:
        self.is_listening = False
        self._asked.set()
        self._release(len(self._catching_up))

    def _release(self, first: int) -> None:
        for each in self._catching_up[:first]:
            if not each.done():  # whoever waited may have left
                each.set_result(None)
        del self._catching_up[:first]
