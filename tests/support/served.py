"""The platform in a separate thread, for blocking clients and for browsers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.http.app import HttpOptions, create_app
from adapters.http.middleware.public_cache import PublicCache
from adapters.http.routes import ROUTES
from adapters.memory.accounts import QuickHasher
from adapters.memory.shared.system import SetClock
from container import Container
from core.shared.access import Role
from core.shared.ids import SessionId
from tests.support.builders import NOW
from tests.support.settings import SETTINGS

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Served:
    """The URL, and an admin's access token that no logout revokes."""

    url: str
    token: str
    container: Container
    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the thread that serves, and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)


def container_of(store: str, url: str | None = None) -> Container:
    container = Container()
    container.settings.from_dict(SETTINGS | {"store": store} | ({"database_url": url} if url else {}))
    container.hasher.override(QuickHasher())
    container.clock.override(SetClock(NOW))
    return container


def app_of(container: Container) -> web.Application:
    return create_app(
        ROUTES,
        use_cases=container.use_cases(),
        options=HttpOptions(),
        metrics=container.metrics(),
        ready={},
        authenticate=container.authenticate(),
        public_cache=PublicCache(container.cache(), container.settings.public_cache_seconds()),
        measures=container.measures(),
        live=container.live(),
    )


def engines_of(container: Container) -> list[AsyncEngine]:
    """Return every pool of connections that a platform on PostgreSQL has."""
    bulkheads = container.list_connections(), container.search_connections()
    return [container.engine(), *(each.engine for each in bulkheads)]


async def close_pools(container: Container) -> None:
    """Close the connections of a platform on PostgreSQL."""
    for engine in engines_of(container):
        await engine.dispose()


@contextmanager
def served(container: Container) -> Iterator[Served]:
    """Serve the API until the end of the block."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    address: list[Served] = []
    failures: list[Exception] = []

    async def start() -> web.AppRunner:
        runner = web.AppRunner(app_of(container), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        address.append(Served(url, await _admin(container), container, loop))
        return runner

    async def stop(runner: web.AppRunner) -> None:
        await runner.cleanup()
        for component in reversed(container.api_components()):
            await component.stop()
        if container.settings.store() == "postgres":
            await close_pools(container)

    def run() -> None:
        asyncio.set_event_loop(loop)
        try:
            runner = loop.run_until_complete(start())
        except Exception as error:  # raised again where the site is wanted
            failures.append(error)
            loop.close()
            return
        finally:
            ready.set()
        loop.run_forever()
        loop.run_until_complete(stop(runner))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(30)
    if failures:
        raise failures[0]
    try:
        yield address[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)


async def _admin(container: Container) -> str:
    add = container.add_user()
    root = await add(by=None, name="Root", email="root@example.com", password=uuid4().hex, role=Role.ADMIN)
    token, _ = container.tokens().issue(root.principal, SessionId(uuid4()), NOW + timedelta(days=1))
    return token
