"""The API process; unless told otherwise, with the worker in it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from adapters.http.app import HttpOptions, create_app
from adapters.http.middleware.rate_limiting import POLICIES, RateLimiting
from adapters.http.routes import ROUTES
from adapters.postgres.accounts.revocations import PostgresRevocations
from container import Container
from core.shared.limits import Limit
from entrypoints.demo import seed_demo_when_empty
from entrypoints.operations import bind_socket, probes_of
from entrypoints.platform import SHUTDOWN_SECONDS, open_platform
from entrypoints.settings import Settings
from entrypoints.signals import stop_signal
from entrypoints.worker import work

_log = structlog.get_logger(__name__)


async def serve(settings: Settings, *, with_worker: bool, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM, then finish what was accepted. Raises StartError."""
    with bind_socket(settings.host, settings.port) as listener:
        async with open_platform(settings) as container, _hearing_of_revocations(container):
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
    await container.listener().start()
    try:
        yield
    finally:
        await container.listener().stop()


def _spare_the_garbage_collector() -> None:
    """Leave what was made at the start out of its passes: in a rush a full one stood still for 60 to 100 ms."""
    gc.collect()
    gc.freeze()


def build_app(container: Container, settings: Settings) -> web.Application:
    """The web application of an opened platform."""
    probes = probes_of(container, settings)
    return create_app(
        ROUTES,
        use_cases=container.use_cases(),
        options=HttpOptions(
            cors_origins=settings.cors_origin, trusted_proxies=settings.trusted_proxies, hsts=settings.hsts
        ),
        metrics=container.metrics(),
        ready=probes.ready,
        authenticate=container.authenticate(),
        helpers=probes.helpers,
        limiting=RateLimiting(container.limiter(), limits_of(settings)) if settings.rate_limits else None,
        measures=probes.measures,
    )


def limits_of(settings: Settings) -> dict[str, Limit]:
    """The limit of every policy, by its name: that of `login-address` is set as RATE_LIMIT_LOGIN_ADDRESS."""
    return {
        policy.name: Limit.parse(policy.name, getattr(settings, f"rate_limit_{policy.name.replace('-', '_')}"))
        for policy in POLICIES
    }
