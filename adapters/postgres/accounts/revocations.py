"""Revoked sessions, kept in the memory of the process and updated by PostgreSQL notifications.

A database trigger sends a notification when a session is revoked, so notifications are the source of truth: revoked
sessions are only read once per connection.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.accounts.tables import sessions
from adapters.postgres.shared.listening import PostgresListener
from core.accounts.ports import Revocations
from core.shared.clock import Clock
from core.shared.errors import Unavailable
from core.shared.ids import SessionId

CHANNEL = "session_revoked"

MARGIN = timedelta(minutes=1)
"""How much longer than a token's lifetime a revocation is kept: more than the leeway for clocks that differ."""


class PostgresRevocations(Revocations):
    """Answers from memory while the listener is listening; otherwise asks the database for each session."""

    def __init__(
        self, engine: AsyncEngine, listener: PostgresListener, clock: Clock, *, token_lifetime: timedelta
    ) -> None:
        """Subscribe to `listener`, which must not have been started.

        Revocations older than the `token_lifetime` of access tokens are forgotten: those tokens have expired.
        """
        self.clock = clock
        self.known: OrderedDict[UUID, datetime] = OrderedDict()
        """When each session was revoked, the oldest first."""
        self._engine = engine
        self._listener = listener
        self._retention = token_lifetime + MARGIN
        listener.subscribe(CHANNEL, self._add, on_connect=self._load)

    @property
    def is_listening(self) -> bool:
        return self._listener.is_listening

    async def contains(self, session_id: SessionId) -> bool:
        if session_id in self.known:
            return True
        return False if self.is_listening else await self._is_stored(session_id)

    async def catch_up(self) -> None:
        await self._listener.catch_up()
        self._forget_old()

    async def _is_stored(self, session_id: SessionId) -> bool:
        query = select(sessions.c.id).where(sessions.c.id == session_id, sessions.c.revoked_at.is_not(None))
        try:
            async with self._engine.connect() as connection:
                return await connection.scalar(query) is not None
        except (OSError, SQLAlchemyError) as error:
            raise Unavailable("We can't check right now whether you are still signed in. Please try again.") from error

    async def _load(self, connection: AsyncConnection) -> None:
        """Read all revocations of tokens that may still be valid."""
        query = select(sessions.c.id, sessions.c.revoked_at).where(sessions.c.revoked_at > self._oldest())
        stored = {row.id: row.revoked_at for row in (await connection.execute(query)).all()}
        # Keep the known ones: a notification may have arrived during the query.
        self.known = OrderedDict(sorted((stored | self.known).items(), key=lambda each: each[1]))
        self._forget_old()

    def _add(self, session_id: str) -> None:
        self.known.setdefault(UUID(session_id), self.clock.now())
        self._forget_old()

    def _forget_old(self) -> None:
        oldest = self._oldest()
        while self.known and next(iter(self.known.values())) <= oldest:
            self.known.popitem(last=False)

    def _oldest(self) -> datetime:
        return self.clock.now() - self._retention
