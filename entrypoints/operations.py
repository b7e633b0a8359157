"""Endpoints for operators: health and metrics."""

from __future__ import annotations

import errno
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from adapters.http.app import HttpOptions, create_operations_app
from adapters.http.metrics_access import MetricsAccess
from container import Container
from core.shared.lifecycle import StartError
from entrypoints.settings import Settings, public_url


@asynccontextmanager
async def serve_operations(container: Container, settings: Settings, port: int | None) -> AsyncIterator[None]:
    """Answer health checks and serve the metrics of this process at this port, if there is one. Raises StartError."""
    if port is None:
        yield
        return
    with bind_socket(settings.host, port) as listener:
        app = create_operations_app(
            options=http_options(settings),
            metrics=container.metrics(),
            ready=container.required_checks(),
            helpers=container.optional_checks(),
            measures=container.measures(),
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            yield
        finally:
            await runner.cleanup()


def http_options(settings: Settings) -> HttpOptions:
    """Return the settings of the web application."""
    token = settings.metrics_token
    return HttpOptions(
        public_url=public_url(settings),
        cors_origins=settings.cors_origin,
        trusted_proxies=settings.trusted_proxies,
        hsts=settings.hsts,
        compression=settings.compression,
        metrics_access=MetricsAccess(token.get_secret_value() if token else None, settings.metrics_addresses),
    )


def allow_open_files() -> None:
    """Let this process open as many files as the system allows it: each connection is one, and many systems begin with
    1024.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # such as on macOS, where "unlimited" can't be had
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def bind_socket(host: str, port: int, *, reuse_port: bool = False) -> socket.socket:
    """Return a listening socket; `::` accepts IPv4 too. Called before anything slow is started. Raises StartError.

    With `reuse_port`, the kernel spreads the connections to this port over all sockets that were bound so.
    """
    try:
        return socket.create_server(
            (host, port),
            family=socket.AF_INET6 if ":" in host else socket.AF_INET,
            backlog=1024,
            reuse_port=reuse_port,
            dualstack_ipv6=host == "::" and socket.has_dualstack_ipv6(),
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = "is in use; choose another"
        else:
            reason = f"can't be used: {error.strerror or error}"
        raise StartError(f"Port {port} on {host} {reason}") from error
