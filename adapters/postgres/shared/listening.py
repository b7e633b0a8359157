"""PostgreSQL notifications (LISTEN/NOTIFY) for a whole process, over one connection.

PostgreSQL delivers a notification when the transaction that sent it commits, however long after the change that may
be, and loses none while the connection lives. So a subscriber loads the current state once per connection, after the
connection began to listen, and then applies the notifications. To be up to date it is enough to get an answer to
any statement: before a listening backend reports that it is ready for the next statement, it delivers all
notifications that were committed when the statement arrived (`PostgresMain` in PostgreSQL's postgres.c). That costs the
same however many notifications there were.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from asyncpg import InterfaceError, PostgresError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.shared.lifecycle import Lifecycle

RETRY_SECONDS = 1.0
HEARTBEAT_SECONDS = 3.0
ANSWER_SECONDS = 2.0
"""A connection that died silently is noticed within HEARTBEAT_SECONDS + ANSWER_SECONDS: five seconds."""

OnNotification = Callable[[str], None]
"""Takes the payload of a notification. Must not block."""
OnConnect = Callable[[AsyncConnection], Awaitable[None]]
OnDisconnect = Callable[[], None]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Subscription:
    channel: str
    on_notification: OnNotification
    on_connect: OnConnect | None
    on_disconnect: OnDisconnect | None

    def notify(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self.on_notification(str(payload))


class PostgresListener(Lifecycle):
    """Listens to all subscribed channels between `start` and `stop`, and reconnects when the connection is lost."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """`engine` is a pool of its own, because its connection is never returned; `stop` disposes of it.

        A statement is sent every `heartbeat_seconds`, and a server that takes longer than `answer_seconds` to answer
        it counts as lost.
        """
        self.is_listening = False
        """Whether every subscriber has been connected and gets all notifications."""
        self._engine = engine
        self._heartbeat_seconds = heartbeat_seconds
        self._answer_seconds = answer_seconds
        self._subscriptions: list[_Subscription] = []
        self._catching_up: list[asyncio.Future[None]] = []
        self._beat_now = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def subscribe(
        self,
        channel: str,
        on_notification: OnNotification,
        *,
        on_connect: OnConnect | None = None,
        on_disconnect: OnDisconnect | None = None,
    ) -> None:
        """Call `on_notification` with the payload of every notification on `channel`. Only possible before `start`.

        `on_connect` is awaited for each new connection once that listens to all channels: it reads the current state
        over the connection, which is in autocommit mode, and misses nothing because notifications already arrive.
        `on_disconnect` is called when notifications may be missed from now on. Callbacks must not raise, except for
        errors of the database in `on_connect`: then the listener reconnects.
        """
        if self._task is not None:
            raise RuntimeError("Subscribe to channels before the listener is started.")
        self._subscriptions.append(_Subscription(channel, on_notification, on_connect, on_disconnect))

    async def start(self) -> None:
        """Begin to connect and listen in the background."""
        self._task = asyncio.create_task(self._listen_forever())

    async def stop(self) -> None:
        """Disconnect. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._engine.dispose()

    async def catch_up(self) -> None:
        """Wait until all notifications that were committed before this call have been passed to the subscribers.

        Returns at once if the listener is not listening, and early if the connection is lost: check `is_listening`.
        """
        if self.is_listening:
            caught_up = asyncio.get_running_loop().create_future()
            self._catching_up.append(caught_up)
            self._beat_now.set()
            await caught_up

    async def _listen_forever(self) -> None:
        while True:
            try:
                async with self._engine.connect() as connection:
                    await self._listen(await connection.execution_options(isolation_level="AUTOCOMMIT"))
            except (OSError, SQLAlchemyError, PostgresError, InterfaceError) as error:  # TimeoutError is an OSError
                _log.warning("database notifications unavailable, reconnecting", reason=repr(error))
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, connection: AsyncConnection) -> None:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        try:
            for each in self._subscriptions:
                await driver.add_listener(each.channel, each.notify)
            driver.add_termination_listener(self._disconnect)
            for each in self._subscriptions:
                if each.on_connect is not None:
                    await each.on_connect(connection)
            self.is_listening = True
            while True:
                await self._beat(driver)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._beat_now.wait(), self._heartbeat_seconds)
        finally:
            self._disconnect(driver)
            # A listening connection must not be reused, and closing it gracefully would wait for an answer.
            driver.terminate()
            await connection.invalidate()

    async def _beat(self, driver: Any) -> None:
        """Check that the server answers, and then release the callers that were catching up before."""
        self._beat_now.clear()
        waiting = len(self._catching_up)
        # Not through SQLAlchemy, which would first try to close an unresponsive connection gracefully.
        await driver.execute("SELECT 1", timeout=self._answer_seconds)
        self._release(waiting)

    def _disconnect(self, _driver: object) -> None:
        """Notify the subscribers that the connection is lost. Idempotent: the driver and the task both report it."""
        was_listening, self.is_listening = self.is_listening, False
        self._beat_now.set()
        self._release(len(self._catching_up))
        if was_listening:
            for each in self._subscriptions:
                if each.on_disconnect is not None:
                    each.on_disconnect()

    def _release(self, count: int) -> None:
        for each in self._catching_up[:count]:
            if not each.done():  # the caller may have been cancelled
                each.set_result(None)
        del self._catching_up[:count]
