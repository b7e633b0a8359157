"""Which sessions were revoked, kept in the memory of the process and told by PostgreSQL as soon as it is so."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.tables import sessions
from core.accounts.ports import Revocations
from core.shared.clock import Clock
from core.shared.errors import Unavailable
from core.shared.ids import SessionId

CHANNEL = "session_revoked"
RETRY_SECONDS = 1.0
HEARTBEAT_SECONDS = 5.0
"""A connection that died without a word is noticed this late, and what was missed meanwhile is read then."""

MARGIN = timedelta(minutes=1)
"""Tokens are read for a little longer than they live, as clocks differ; revocations are kept longer than that."""

_log = structlog.get_logger(__name__)


class PostgresRevocations(Revocations):
    """Between `start` and `stop` it listens, and answers from memory. While it can't listen it asks the database for
    every single session.
    """

    def __init__(self, engine: AsyncEngine, listening: AsyncEngine, clock: Clock, *, kept: timedelta) -> None:
        """`listening` is a pool of its own, for a connection that is never given back. `kept` is how long an access
        token lives: an older revocation concerns no token that is still good.
        """
        self._engine = engine
        self._listening = listening
        self.clock = clock
        self._kept = kept + MARGIN
        self.known: dict[UUID, datetime] = {}
        self.is_listening = False
        self._listener: asyncio.Task[None] | None = None

    async def include(self, session_id: SessionId) -> bool:
        if session_id in self.known:
            return True
        return False if self.is_listening else await self._is_stored(session_id)

    async def catch_up(self) -> None:
        try:
            async with self._engine.connect() as connection:
                await self._read(connection)
        except (OSError, SQLAlchemyError):
            self.is_listening = False  # until the next reading: then every session is asked for

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
            except (OSError, SQLAlchemyError) as error:
                _log.warning("can't listen for revoked sessions; asking for each", reason=repr(error))
            finally:
                self.is_listening = False
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, connection: AsyncConnection) -> None:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await raw.add_listener(CHANNEL, self._hear)
        raw.add_termination_listener(self._hear_no_more)
        try:
            while True:
                # Listening came first, so whatever is revoked while this is read is heard.
                await self._read(connection)
                self.is_listening = True
                await asyncio.sleep(HEARTBEAT_SECONDS)
        finally:
            self.is_listening = False
            if not raw.is_closed():
                await raw.remove_listener(CHANNEL, self._hear)

    async def _read(self, connection: AsyncConnection) -> None:
        oldest = self.clock.now() - self._kept
        query = select(sessions.c.id, sessions.c.revoked_at).where(sessions.c.revoked_at > oldest)
        rows = (await connection.execute(query)).all()
        self.known = {row.id: row.revoked_at for row in rows} | {
            session_id: at for session_id, at in self.known.items() if at > oldest
        }

    def _hear_no_more(self, _connection: object) -> None:
        self.is_listening = False

    def _hear(self, _connection: object, _pid: int, _channel: str, session_id: object) -> None:
        self.known[UUID(str(session_id))] = self.clock.now()
