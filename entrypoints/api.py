"""The API process; unless told otherwise, with the worker in it."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import structlog
from aiohttp import web

from adapters.http.app import HttpOptions, create_app
from adapters.http.limiting import POLICIES, Limiting
from adapters.http.routes import ROUTES
from adapters.postgres.engine import ping
from adapters.postgres.jobs import ask_queue
from adapters.postgres.revocations import PostgresRevocations
from adapters.redis.client import ping as ping_redis
from container import Container
from core.shared.limits import Limit
from entrypoints.demo import seed_demo_when_empty
from entrypoints.platform import SHUTDOWN_SECONDS, StartError, opened
from entrypoints.settings import Profile, Settings
from entrypoints.stopping import stop_signal
from entrypoints.worker import work

_log = structlog.get_logger(__name__)


async def serve(settings: Settings, *, with_worker: bool, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM, then finish what was accepted. Raises StartError."""
    with bound(settings.host, settings.port) as listener:
        async with opened(settings) as container, _hearing_of_revocations(container):
            if settings.demo and await seed_demo_when_empty(container):
                _log.info("demo data made")
            stop = stop_signal()
            runner = web.AppRunner(build_app(container, settings), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
            await runner.setup()
            _spare_the_garbage_collector()
            await web.SockSite(runner, listener).start()
            worker = asyncio.create_task(work(container, settings, stop)) if with_worker else None
            announce(f"http://{settings.host}:{listener.getsockname()[1]}")
            await stop.wait()
            await runner.cleanup()
            await container.desk().finish()
            if worker is not None:
                await worker


@asynccontextmanager
async def _hearing_of_revocations(container: Container) -> AsyncIterator[None]:
    """A session that is ended by another process is over in this one, too."""
    revocations = container.revocations()
    if not isinstance(revocations, PostgresRevocations):
        yield
        return
    await revocations.start()
    try:
        yield
    finally:
        await revocations.stop()


def _spare_the_garbage_collector() -> None:
    """Leave what was made at the start out of its passes: in a rush a full one stood still for 60 to 100 ms."""
    gc.collect()
    gc.freeze()


def build_app(container: Container, settings: Settings) -> web.Application:
    """The web application of an opened platform."""
    ready: dict[str, Callable[[], Awaitable[None]]] = {}
    if settings.profile is not Profile.MEMORY:
        ready["database"] = partial(ping, container.engine())
        ready["jobs"] = partial(ask_queue, container.engine())
    helpers: dict[str, Callable[[], Awaitable[None]]] = {}
    if settings.redis_url:
        helpers["redis"] = partial(ping_redis, container.redis())
    return create_app(
        ROUTES,
        use_cases=container.use_cases(),
        options=HttpOptions(
            cors_origins=settings.cors_origin, trusted_proxies=settings.trusted_proxies, hsts=settings.hsts
        ),
        metrics=container.metrics(),
        ready=ready,
        authenticate=container.authenticate(),
        helpers=helpers,
        limiting=Limiting(container.limiter(), limits_of(settings)) if settings.rate_limits else None,
        measures=(container.count_jobs(), container.count_notifications()),
    )


def limits_of(settings: Settings) -> dict[str, Limit]:
    """The limit of every policy, by its name: that of `login-address` is set as RATE_LIMIT_LOGIN_ADDRESS."""
    return {
        policy.name: Limit.parse(policy.name, getattr(settings, f"rate_limit_{policy.name.replace('-', '_')}"))
        for policy in POLICIES
    }


def bound(host: str, port: int) -> socket.socket:
    """A listening socket, had before anything slow is started. Raises StartError."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=1024
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = "is in use; choose another, for example: make run PORT=8001"
        else:
            reason = f"can't be used: {error.strerror or error}"
        raise StartError(f"Port {port} on {host} {reason}") from error
