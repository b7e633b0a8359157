"""What every process tells its operators: what it needs, and how that is asked."""

from __future__ import annotations

import errno
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from adapters.http.app import create_operations_app
from adapters.http.health import Check
from adapters.postgres.jobs.stores import ping_queue
from adapters.postgres.shared.engine import ping
from adapters.redis.client import ping as ping_redis
from container import Container
from entrypoints.platform import StartError
from entrypoints.settings import Profile, Settings


@dataclass(frozen=True, slots=True)
class Probes:
    """What has to be there, what only helps, and what is measured when somebody asks."""

    ready: dict[str, Check]
    helpers: dict[str, Check]
    measures: Sequence[Check]


def probes_of(container: Container, settings: Settings) -> Probes:
    """The probes of an opened platform."""
    ready: dict[str, Check] = {}
    if settings.profile is not Profile.MEMORY:
        ready["database"] = partial(ping, container.engine())
        ready["jobs"] = partial(ping_queue, container.engine())
    helpers: dict[str, Check] = {}
    if settings.redis_url:
        helpers["redis"] = partial(ping_redis, container.redis())
    return Probes(ready, helpers, (container.count_jobs(), container.count_notifications()))


@asynccontextmanager
async def serve_operations(container: Container, settings: Settings, port: int) -> AsyncIterator[None]:
    """A process that serves nobody answers its operators at this port meanwhile. Raises StartError."""
    with bind_socket(settings.host, port) as listener:
        probes = probes_of(container, settings)
        app = create_operations_app(
            metrics=container.metrics(), ready=probes.ready, helpers=probes.helpers, measures=probes.measures
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            yield
        finally:
            await runner.cleanup()


def bind_socket(host: str, port: int) -> socket.socket:
    """A listening socket, had before anything slow is started. Raises StartError."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=1024
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = "is in use; choose another"
        else:
            reason = f"can't be used: {error.strerror or error}"
        raise StartError(f"Port {port} on {host} {reason}") from error
