"""Opening the platform: its database, its container, and the components that are started and stopped with it."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr
from sqlalchemy.engine import make_url

from adapters.embedded_postgres.server import EmbeddedPostgres, EmbeddedPostgresError, MissingCluster
from adapters.embedded_postgres.supervision import Supervisor
from adapters.postgres.shared.engine import display_url
from container import Container
from core.shared.lifecycle import StartError, lifespan
from entrypoints.settings import Profile, Settings, choose_delivery, jwt_secret, public_url, storage_url

SHUTDOWN_SECONDS = 20.0
"""How long running requests and jobs may take to finish when the process stops."""


@asynccontextmanager
async def open_platform(settings: Settings, *, create: bool = False) -> AsyncIterator[Container]:
    """Start the platform with these settings and migrate its schema; stop it at the end. Raises StartError.

    A missing embedded database is created only if `create`.
    """
    async with run_database(settings, create=create) as url:
        container = _build_container(settings, url)
        async with lifespan(container.components()):
            yield container


@asynccontextmanager
async def open_for_reading(settings: Settings) -> AsyncIterator[Container]:
    """Reach the database without creating or migrating anything. Raises StartError."""
    async with run_database(settings, create=False) as url:
        container = _build_container(settings, url)
        async with lifespan([container.existing_database()]):
            yield container


def describe_database(settings: Settings) -> str:
    """Return which database these settings mean, for people, without its password."""
    if settings.database_url is not None:
        return f"the database at {display_url(make_url(settings.database_url))}"
    return f"the embedded database in {settings.data_dir.resolve()}"


def _build_container(settings: Settings, url: str) -> Container:
    container, previous, token = Container(), settings.jwt_secret_previous, settings.notification_token
    container.settings.from_dict(
        settings.model_dump()
        | {
            "store": "memory" if settings.profile is Profile.MEMORY else "postgres",
            "shared": "redis" if settings.redis_url else "memory",
            "storage": "memory" if settings.profile is Profile.MEMORY and settings.storage_url is None else "client",
            "storage_url": storage_url(settings),
            "aws_secret_access_key": _reveal(settings.aws_secret_access_key),
            "aws_session_token": _reveal(settings.aws_session_token),
            "database_url": url,
            # Booking never uses all connections, so that reads always get one.
            "batcher_connections": max(1, settings.database_pool_size // 2),
            # A search can keep a core of the database busy: the others are for bookings.
            "search_connections": settings.search_connections or max(1, (os.cpu_count() or 1) // 2),
            "jwt_secret": jwt_secret(settings),
            "jwt_secret_previous": previous.get_secret_value() if previous else None,
            "delivery": choose_delivery(settings),
            "public_url": public_url(settings),
            "shutdown_seconds": SHUTDOWN_SECONDS,
            "notification_token": token.get_secret_value() if token else None,
        }
    )
    return container


def _reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


@asynccontextmanager
async def run_database(settings: Settings, *, create: bool) -> AsyncIterator[str]:
    """Yield the URL of the database. The embedded one is kept running until the end of the block. Raises StartError."""
    if settings.profile is not Profile.EMBEDDED:
        yield settings.database_url or ""
        return
    with EmbeddedPostgres() as server:
        try:
            url = server.start(settings.data_dir, create=create)
        except MissingCluster as error:
            raise StartError(
                f"{error} Set DATA_DIR to the folder of the running platform; nocturne serve creates a new database."
            ) from error
        except EmbeddedPostgresError as error:
            raise StartError(str(error)) from error
        if server.notice:
            print(server.notice, file=sys.stderr)  # noqa: T201 - a message to the person at the console
        async with lifespan([Supervisor(server, settings.data_dir)]):
            yield url
