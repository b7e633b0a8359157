"""The API process, by default including the worker."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

import structlog
from aiohttp import web

from adapters.http.app import create_app
from adapters.http.middleware.public_cache import PublicCache
from adapters.http.middleware.rate_limiting import POLICIES, RateLimiting
from adapters.http.routes import ROUTES
from container import Container
from core.shared.lifecycle import lifespan
from core.shared.limits import Limit
from entrypoints.connections import IDLE_SECONDS, close_connections, limit_slow_readers
from entrypoints.demo import seed_demo_when_empty
from entrypoints.demo_programme.accounts import DemoLogins, find_logins, renew_passwords
from entrypoints.giving_way import give_way
from entrypoints.logs import is_json
from entrypoints.operations import allow_open_files, bind_socket, http_options, serve_operations
from entrypoints.platform import SHUTDOWN_SECONDS, open_platform
from entrypoints.settings import Profile, Settings, http_url
from entrypoints.signals import stop_signal
from entrypoints.worker import work

_log = structlog.get_logger(__name__)


async def serve(
    settings: Settings,
    *,
    with_worker: bool,
    announce: Callable[[str, DemoLogins | None], None],
    operations_port: int | None = None,
    is_supervised: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM, then finish accepted requests. Raises StartError.

    `announce` is called with the address as soon as it answers, and with the logins of the demo if they are offered.
    Health and metrics are served at `operations_port`, too. A supervised process shares its port, and stops
    with the process that started it.
    """
    allow_open_files()
    with bind_socket(settings.host, settings.port, reuse_port=is_supervised) as listener:
        async with (
            open_platform(settings, create=not is_supervised) as container,
            serve_operations(container, settings, operations_port),
        ):
            # Built before the components start, so that every subscriber to database notifications exists by then.
            app = build_app(container, settings)
            async with lifespan(container.api_components()):
                logins = await prepare_demo(container, settings) if settings.demo else None
                stop = stop_signal(with_parent=is_supervised)
                runner = web.AppRunner(
                    app,
                    access_log=None,
                    keepalive_timeout=IDLE_SECONDS,
                    shutdown_timeout=SHUTDOWN_SECONDS,
                    handler_cancellation=True,
                )
                await runner.setup()
                _freeze_startup_objects()
                limit_slow_readers(listener)
                await web.SockSite(runner, listener).start()
                worker = asyncio.create_task(work(container, settings, stop, pause=give_way)) if with_worker else None
                announce(http_url(settings.host, listener.getsockname()[1]), logins)
                await stop.wait()
                await close_connections(runner)
                await runner.cleanup()
                if worker is not None:
                    await worker


async def prepare_demo(container: Container, settings: Settings) -> DemoLogins | None:
    """Create the demo in an empty database, and return its logins where they are offered: to a person at the console
    of the embedded database. They get their passwords when the demo is created.
    """
    is_new = await seed_demo_when_empty(container)
    if is_new:
        _log.info("demo created")
    if settings.profile is not Profile.EMBEDDED or is_json(settings.log_format):
        return None
    return await renew_passwords(container) if is_new else await find_logins(container)


def _freeze_startup_objects() -> None:
    """Exclude what was created at startup from garbage collection: under load a full pass took 60 to 100 ms."""
    gc.collect()
    gc.freeze()


def build_app(container: Container, settings: Settings) -> web.Application:
    """Create the web application of an open platform."""
    return create_app(
        ROUTES,
        use_cases=container.use_cases(),
        options=http_options(settings),
        metrics=container.metrics(),
        ready=container.required_checks(),
        authenticate=container.authenticate(),
        public_cache=PublicCache(container.cache(), settings.public_cache_seconds),
        helpers=container.optional_checks(),
        limiting=RateLimiting(container.limiter(), parse_limits(settings)) if settings.rate_limits else None,
        measures=container.measures(),
        live=container.live(),
    )


def parse_limits(settings: Settings) -> dict[str, Limit]:
    """Return the limit of each policy, by its name: RATE_LIMIT_LOGIN_ADDRESS sets that of `login-address`."""
    return {
        policy.name: Limit.parse(policy.name, getattr(settings, f"rate_limit_{policy.name.replace('-', '_')}"))
        for policy in POLICIES
    }
