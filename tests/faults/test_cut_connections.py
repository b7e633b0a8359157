"""The database's connection cut at every message of a booking: it is made or not, and its key finds out (B7, J5)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.catalog.unit_of_work import PostgresCatalogUnitOfWork
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.verification.verify import verify
from core.shared.access import Role
from core.shared.ids import SessionId
from tests.support.builders import NOW, an_event
from tests.support.fault_tally import FaultTally
from tests.support.flaky_proxy import FlakyProxy
from tests.support.served import app_of, container_of

MakeClient = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]


@pytest.mark.parametrize("is_request_lost", [True, False], ids=["message lost", "answer lost"])
async def test_a_booking_whose_connection_is_cut_at_any_message_is_made_once_when_it_is_sent_again(
    engine: AsyncEngine, aiohttp_client: MakeClient, tally: FaultTally, is_request_lost: bool
) -> None:
    event = an_event(capacity=None)
    async with PostgresCatalogUnitOfWork(engine) as uow:
        await uow.events.add(event)
        await uow.commit()
    url = engine.url.render_as_string(hide_password=False)
    container = container_of("postgres", url)
    user = await container.add_user()(
        by=None, name="Ada", email="ada@example.com", password=uuid4().hex, role=Role.USER
    )
    token, _ = container.tokens().issue(user.principal, SessionId(uuid4()), NOW + timedelta(days=1))
    await container.engine().dispose()
    statuses: list[int] = []
    unknown = 0

    async with FlakyProxy(url).run() as proxy:
        remote = create_engine(proxy.url, pool_size=1)
        container.engine.override(remote)
        client = await aiohttp_client(app_of(container))

        async def book(key: str) -> tuple[int, str | None, bool]:
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
            answer = await client.post(f"/api/events/{event.id}/book", json={"quantity": 1}, headers=headers)
            is_replay = answer.headers.get("Idempotency-Replayed") == "true"
            return answer.status, (await answer.json(content_type=None)).get("id"), is_replay

        booked = {(await book("before"))[1]}
        while True:
            key = f"cut-{len(statuses)}"
            proxy.cut(len(statuses), is_request_lost=is_request_lost)
            status, first, _ = await book(key)
            if not proxy.is_cut:  # the booking took no more messages
                break
            statuses.append(status)
            proxy.cut(10_000, is_request_lost=True)
            again, second, is_replay = await book(key)
            assert again == 201
            assert first in (None, second)
            booked.add(second)
            unknown += status == 503 and is_replay
        booked.add(first)
        await asyncio.wait_for(remote.dispose(), 60)
    async with PostgresCatalogUnitOfWork(engine) as uow:
        count = (await uow.events.view(event.id, NOW)).event.booked_count
    how = "message" if is_request_lost else "answer"
    tally.add(
        f"database connection cut, {how} lost", requests=len(booked), retried=len(statuses), lost=len(booked) - count
    )
    assert len(statuses) > 3
    assert set(statuses) <= {201, 503}
    assert 503 in statuses
    assert (unknown > 0) != is_request_lost  # committed, but not answered
    assert count == len(booked)
    assert await verify(engine, NOW) == []
