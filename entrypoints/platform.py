"""Opening the platform: its database, its container, and the components that are started and stopped with it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from adapters.embedded_postgres.server import EmbeddedPostgres, EmbeddedPostgresError
from container import Container
from core.shared.lifecycle import StartError, lifespan
from entrypoints.settings import Profile, Settings, choose_delivery, jwt_secret, public_url

SHUTDOWN_SECONDS = 20.0
"""How long running requests and jobs may take to finish when the process stops."""


@asynccontextmanager
async def open_platform(settings: Settings) -> AsyncIterator[Container]:
    """Start the platform with these settings and migrate its schema; stop it at the end. Raises StartError."""
    with run_database(settings) as url:
        container, previous, token = Container(), settings.jwt_secret_previous, settings.notification_token
        container.settings.from_dict(
            settings.model_dump()
            | {
                "store": "memory" if settings.profile is Profile.MEMORY else "postgres",
                "shared": "redis" if settings.redis_url else "memory",
                "database_url": url,
                # Booking never uses all connections, so that reads always get one.
                "batcher_connections": max(1, settings.database_pool_size // 2),
                "jwt_secret": jwt_secret(settings),
                "jwt_secret_previous": previous.get_secret_value() if previous else None,
                "delivery": choose_delivery(settings),
                "public_url": public_url(settings),
                "shutdown_seconds": SHUTDOWN_SECONDS,
                "notification_token": token.get_secret_value() if token else None,
            }
        )
        async with lifespan(container.components()):
            yield container


@contextmanager
def run_database(settings: Settings) -> Iterator[str]:
    """Yield the URL of the database. The embedded one runs until the end of the block. Raises StartError."""
    if settings.profile is not Profile.EMBEDDED:
        yield settings.database_url or ""
        return
    with EmbeddedPostgres() as server:
        try:
            url = server.start(settings.data_dir)
        except EmbeddedPostgresError as error:
            raise StartError(str(error)) from error
        if server.notice:
            print(server.notice, file=sys.stderr)  # noqa: T201 - a message to the person at the console
        yield url
