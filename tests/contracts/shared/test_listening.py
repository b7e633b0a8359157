"""LISTEN/NOTIFY on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.shared.engine import create_engine
from adapters.postgres.shared.listening import PostgresListener
from tests.support.waiting import TERMINATE_LISTENERS, until


class Subscriber:
    """Records what a listener calls, in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failures = 0

    def on_notification(self, payload: str) -> None:
        self.calls.append(payload)

    async def on_connect(self, connection: AsyncConnection) -> None:
        if self.failures:
            self.failures -= 1
            raise OperationalError("SELECT", {}, Exception("not now"))
        assert await connection.scalar(text("SELECT 1")) == 1
        self.calls.append("connected")

    def on_disconnect(self) -> None:
        self.calls.append("disconnected")

    def subscribe(self, listener: PostgresListener, channel: str) -> None:
        listener.subscribe(channel, self.on_notification, on_connect=self.on_connect, on_disconnect=self.on_disconnect)


@pytest.fixture
def listener(postgres_url: str) -> PostgresListener:
    # Without heartbeats, so that what is received is due to notifications and catch_up alone.
    return PostgresListener(create_engine(postgres_url, pool_size=1), heartbeat_seconds=3600)


@asynccontextmanager
async def started(listener: PostgresListener) -> AsyncIterator[None]:
    await listener.start()
    try:
        await until(lambda: listener.is_listening)
        yield
    finally:
        await listener.stop()


async def notify(engine: AsyncEngine, channel: str, *payloads: str) -> None:
    async with engine.begin() as connection:
        for payload in payloads:
            await connection.execute(
                text("SELECT pg_notify(:channel, :payload)").bindparams(channel=channel, payload=payload)
            )


async def terminate(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(TERMINATE_LISTENERS))


async def test_each_subscriber_gets_the_notifications_of_its_channel_in_order(
    engine: AsyncEngine, listener: PostgresListener
) -> None:
    seats, prices = Subscriber(), Subscriber()
    seats.subscribe(listener, "seats")
    prices.subscribe(listener, "prices")
    async with started(listener):
        await notify(engine, "seats", "1", "2")
        await notify(engine, "prices", "9")
        await notify(engine, "others", "0")
        await listener.catch_up()
        assert (seats.calls, prices.calls) == (["connected", "1", "2"], ["connected", "9"])


async def test_several_may_subscribe_to_one_channel(engine: AsyncEngine, listener: PostgresListener) -> None:
    one, other = Subscriber(), Subscriber()
    for each in (one, other):
        each.subscribe(listener, "seats")
    async with started(listener):
        await notify(engine, "seats", "1")
        await listener.catch_up()
        assert one.calls == other.calls == ["connected", "1"]


async def test_a_notification_comes_when_its_transaction_commits(
    engine: AsyncEngine, listener: PostgresListener
) -> None:
    seats = Subscriber()
    seats.subscribe(listener, "seats")
    async with started(listener), engine.connect() as connection:
        await connection.execute(text("SELECT pg_notify('seats', '1')"))
        await listener.catch_up()
        assert seats.calls == ["connected"]
        await connection.commit()
        await listener.catch_up()
        assert seats.calls == ["connected", "1"]


async def test_subscribers_are_told_of_a_lost_connection_and_of_the_next_one(
    engine: AsyncEngine, listener: PostgresListener
) -> None:
    seats = Subscriber()
    seats.subscribe(listener, "seats")
    async with started(listener):
        await terminate(engine)
        await until(lambda: seats.calls == ["connected", "disconnected"])
        await listener.catch_up()  # returns at once
        await until(lambda: listener.is_listening)
        await notify(engine, "seats", "1")
        await listener.catch_up()
        assert seats.calls == ["connected", "disconnected", "connected", "1"]


async def test_it_does_not_listen_before_every_subscriber_could_load_its_state(listener: PostgresListener) -> None:
    ready, late = Subscriber(), Subscriber()
    late.failures = 1
    for each in (ready, late):
        each.subscribe(listener, "seats")
    async with started(listener):
        assert (ready.calls, late.calls) == (["connected", "connected"], ["connected"])


async def test_stopping_disconnects_and_is_idempotent(engine: AsyncEngine, listener: PostgresListener) -> None:
    seats = Subscriber()
    seats.subscribe(listener, "seats")
    async with started(listener):
        pass
    await listener.stop()
    assert seats.calls == ["connected", "disconnected"]
    assert not listener.is_listening


async def test_a_listener_that_was_never_started_can_be_stopped(listener: PostgresListener) -> None:
    await listener.catch_up()
    await listener.stop()


async def test_subscribing_to_a_started_listener_is_an_error(listener: PostgresListener) -> None:
    async with started(listener):
        with pytest.raises(RuntimeError, match="before the listener is started"):
            Subscriber().subscribe(listener, "seats")
